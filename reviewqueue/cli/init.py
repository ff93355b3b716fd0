"""`init`: sets up a new installation: its policy files, its database, and the first admin."""

from __future__ import annotations

import secrets
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from reviewqueue.audit.events import Actor
from reviewqueue.cli import installation, output, users
from reviewqueue.cli.demo import ensure_data_folder
from reviewqueue.core.errors import DomainError, FieldError, Invalid

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from reviewqueue.core.settings import Settings
    from reviewqueue.policy.organisation_file import OrganisationDetails

QUESTIONS = {
    "name": "Your organisation, as customers know it",
    "domain": "Mail domain: what comes after the @ in your addresses (several with commas)",
    "timezone": "Time zone of your office, such as Europe/Berlin",
    "holidays": "Whose holidays you keep: a country such as US, or a part of one such as DE-BY (empty: none)",
}
NEXT_COMMANDS = ("reviewqueue serve", "reviewqueue worker")


@click.command()
@click.option("--name", help="What customers call you.")
@click.option("--domain", "domains", multiple=True, help="Your mail domain; several times for several.")
@click.option("--timezone", metavar="ZONE", help="Where your office is, such as Europe/Berlin.")
@click.option(
    "--holidays",
    metavar="CODE",
    help="Whose holidays are days off: a country's code such as US, or that of a part of one such as DE-BY.",
)
@click.option(
    "--admin", metavar="EMAIL", help="The first admin; the password is read from standard input, or asked for."
)
@click.option("--admin-name", metavar="NAME", help="Their name as the log shows it. Default: made from the e-mail.")
@output.as_json
def init(
    name: str | None, domains: tuple[str, ...], timezone: str | None, holidays: str | None, admin: str | None,
    admin_name: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Begin a new installation: write your policy, make the database, add the first admin.

    What no option says is asked for. Without a terminal, name, domain and time zone are read from standard input, each
    on a line, as far as no option says them; an admin is added only with --admin. The policy is written to
    REVIEWQUEUE_POLICY, or `policy` in REVIEWQUEUE_DATA, and becomes active. Nothing is ever overwritten.
    """
    settings = installation.settings()
    folder = settings.policy or settings.data / "policy"
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DomainError(
            f"{folder} holds something already, so nothing was written. To change your policy, edit organisation.toml "
            "there, then `reviewqueue policy check` and `reviewqueue policy load`. To begin another installation, name "
            "another folder in REVIEWQUEUE_DATA."
        )
    given = {"name": name, "domain": ",".join(domains) or None, "timezone": timezone, "holidays": holidays}
    files, details = _files(given)
    ensure_data_folder(settings)
    _migrate(settings)
    output.say(*_calendar_warnings(files))
    with installation.open_session(settings) as session:
        new = _is_new(session, settings)
        first_admin = _read_admin(admin, admin_name) if new or admin else None
        digest, person = _write_and_activate(session, folder, files, first_admin)
    _print_result(settings, folder, details, digest, person, as_json)


def _calendar_warnings(files: Mapping[str, str]) -> Iterator[str]:
    from reviewqueue.policy import loading, validate_calendars

    for one in validate_calendars.warnings(loading.load(dict(files)), installation.now().date()):
        yield f"{one.place}: warning: {one.message}"


def _files(given: dict[str, str | None]) -> tuple[dict[str, str], OrganisationDetails]:
    """The policy files for this organisation. Raises Invalid naming each answer that cannot be used."""
    from reviewqueue.policy import loading, organisation_file

    answers = {word: _read_answer(word, given[word]) for word in QUESTIONS}
    details = _organisation_details(answers)
    if faults := details.faults():
        raise Invalid("Nothing was written.", faults)
    return organisation_file.with_details(loading.files_in(loading.SHIPPED), details), details


def _organisation_details(answers: dict[str, str]) -> OrganisationDetails:
    from reviewqueue.policy.model.calendar import holiday_code
    from reviewqueue.policy.organisation_file import OrganisationDetails

    domains = tuple(filter(None, (one.strip().lower() for one in answers["domain"].split(","))))
    return OrganisationDetails(
        answers["name"].strip(), domains, answers["timezone"].strip(), holiday_code(answers["holidays"])
    )


def _read_answer(word: str, given: str | None) -> str:
    """The value of an option, or else the answer of a person at the terminal, or the next line of standard input."""
    if given is not None:
        return given
    if users.at_terminal():
        default = "" if word == "holidays" else None
        return _prompt(QUESTIONS[word], default, lambda value: _check_answer(word, value))
    if word == "holidays":
        return ""
    line = sys.stdin.readline()
    if not line:
        raise Invalid("Nothing was written.", [FieldError(f"/{word}", f"not said; give --{word}, or a line of input")])
    return line.rstrip("\r\n")


def _prompt(says: str, default: str | None, check: Callable[[str], str]) -> str:
    return str(click.prompt(says, default=default, show_default=bool(default), value_proc=check, err=True))


def _check_answer(word: str, value: str) -> str:
    """The answer; an invalid one raises a usage error, so that it is asked for again."""
    answers = {**dict.fromkeys(QUESTIONS, ""), word: value}
    for fault in _organisation_details(answers).faults():
        if fault.at == f"/{word}":
            raise click.BadParameter(fault.message)
    return value


def _check_email(value: str) -> str:
    """The e-mail, or "" for none; an invalid one raises a usage error, so that it is asked for again."""
    from reviewqueue.people import users as people_users

    value = value.strip()
    for fault in people_users.email_faults(value) if value else []:
        raise click.BadParameter(fault.message)
    return value


def _migrate(settings: Settings) -> None:
    """Make the embedded database, or migrate it; one on a server is migrated by the owner of its tables."""
    from reviewqueue.db import migrate

    if installation.file_of(settings.database()):
        migrate.upgrade(settings.database())


def _is_new(session: Session, settings: Settings) -> bool:
    """Whether nobody has an account yet. Raises DomainError where the policy of a named organisation is active."""
    from reviewqueue.policy import policy_versions, setup_steps

    digest = policy_versions.newest(session)
    if digest is not None and (organisation := policy_versions.version(session, digest).organisation).named:
        raise DomainError(
            f"The policy of {organisation.name} is active in this database, so nothing was written. To change it, edit "
            "its files, then `reviewqueue policy check` and `reviewqueue policy load`. To begin another installation, "
            f"name another place than {settings.data} in REVIEWQUEUE_DATA, or another DATABASE_URL."
        )
    return not setup_steps.has_people(session)


def _read_admin(email: str | None, name: str | None) -> tuple[str, str, str] | None:
    """(e-mail, name, password) of the first admin; None where nobody is named. Raises Invalid."""
    if email is None and users.at_terminal():
        email = _prompt("E-mail of the first admin (empty: add one later)", "", _check_email)
    if not email:
        return None
    if name is None:
        name = users.name_from_email(email)
        if users.at_terminal():
            name = str(click.prompt("Their name", default=name, err=True))
    password = users.read_password()
    if faults := _faults(email, password):
        raise Invalid("No policy was written and nobody was added. Put this right and run it again.", faults)
    return email, name, password


def _faults(email: str, password: str) -> list[FieldError]:
    from reviewqueue.people import users as people_users

    return [*people_users.email_faults(email), *people_users.password_faults(password)]


def _write_and_activate(
    session: Session, folder: Path, files: dict[str, str], admin: tuple[str, str, str] | None
) -> tuple[str, dict[str, Any] | None]:
    """Write the files, add the admin and activate the policy; returns its digest, and who was added. A refusal
    leaves no folder behind."""
    from reviewqueue.people import users as people_users
    from reviewqueue.policy import policy_versions

    person, partial_folder = None, folder.with_name(f".{folder.name}-{secrets.token_hex(4)}")
    try:
        for name, text in files.items():
            path = partial_folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        if admin:
            email, name, password = admin
            own = people_users.hash_password(
                password
            )  # of whoever runs this, so not one to be changed at the first sign-in
            person_id = people_users.add(session, email, name, ["admin"], own, Actor.CLI, installation.now())
            person = {"id": person_id, "email": email.strip().lower(), "name": name}
        partial_folder.rename(folder)
    finally:
        shutil.rmtree(partial_folder, ignore_errors=True)
    return policy_versions.activate(session, files, Actor.CLI, installation.now()).digest, person


def _print_result(
    settings: Settings,
    folder: Path,
    details: OrganisationDetails,
    digest: str,
    person: dict[str, Any] | None,
    as_json: bool,
) -> None:
    if as_json:
        result_json = {
            "policy": str(folder),
            "digest": digest,
            "organisation": vars(details),
            "admin": person,
            "next": NEXT_COMMANDS,
        }
        output.print_json(result_json)
    output.say(f"The policy of {details.name} is in {folder}, and active: digest {digest[:12]}.")
    if person:
        output.say(f"{person['name']} can sign in as {person['email']} (admin).")
    else:
        output.say("Nobody was added. The first admin: reviewqueue user add EMAIL --role admin")
    output.say("", "Next, each in a terminal of its own, with the same environment as this command:", "")
    output.say(f"  reviewqueue serve     pages and API, at {settings.address()}")
    output.say("  reviewqueue worker    drafts, mail, callbacks and the clock", "")
    output.say("Then sign in: the page Setup says what is left, in order.")
