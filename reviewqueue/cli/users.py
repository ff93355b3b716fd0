"""`user`: people, their roles and their passwords."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from reviewqueue.cli import out, place

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from reviewqueue.records.people import Person


class RoleName(click.ParamType):  # type: ignore[type-arg]
    """One of the roles; the list is read when it is needed, so that help of other commands stays quick."""

    name = "role"

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """The roles, for help."""
        return f"[{'|'.join(_roles())}]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The role, or a usage error that names the roles there are."""
        if value not in _roles():
            self.fail(f"{value!r} is no role; the roles are {', '.join(_roles())}", param, ctx)
        return str(value)


def _roles() -> Sequence[str]:
    from reviewqueue.records.people import ROLES

    return ROLES


def at_terminal() -> bool:
    """Whether somebody sits at standard input and can be asked."""
    return sys.stdin.isatty()


def password_of() -> str:
    """A password: asked for at a terminal until it is long enough, or the next line of standard input."""
    from reviewqueue.people import SHORTEST_PASSWORD

    if at_terminal():
        says = f"Password (at least {SHORTEST_PASSWORD} characters)"
        while True:
            given = str(click.prompt(says, hide_input=True, confirmation_prompt="The same again", err=True))
            if len(given) >= SHORTEST_PASSWORD:
                return given
            out.say(f"Error: it has {len(given)} characters, and needs at least {SHORTEST_PASSWORD}.")
    return sys.stdin.readline().rstrip("\r\n")


def named_after(email: str) -> str:
    """The name that an e-mail is made of."""
    return " ".join(email.partition("@")[0].replace(".", " ").replace("_", " ").split()).title()


def person_of(session: Session, email: str) -> Person:
    """Who has that e-mail. Raises NotThere when nobody does."""
    from reviewqueue import pages
    from reviewqueue.refusals import NotThere

    everybody, _ = pages.people(session, place.now())
    found = next((person for person in everybody if person.email == email.strip().lower()), None)
    if found is None:
        raise NotThere(
            f"Nobody here has the e-mail {email}, so nothing was changed. `reviewqueue user list` shows who is there."
        )
    return found


@click.group()
def user() -> None:
    """People: add, list, disable, password, group."""


@user.command()
@click.argument("email")
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=RoleName(),
    help="What they decide; several times for several roles.",
)
@click.option("--name", default="", help="Their name as the log shows it. Without it, it is made from the e-mail.")
@out.as_json
def add(email: str, roles: tuple[str, ...], name: str, as_json: bool) -> None:
    """Add a person. Their password, for one sign-in, is read from standard input, or asked for."""
    from reviewqueue import people

    name = name or named_after(email)
    with place.opened() as session:
        person_id = people.add(session, email, name, roles, password_of(), place.CLI, place.now())
    if as_json:
        out.tell({"id": person_id, "email": email.strip().lower(), "name": name, "roles": sorted(set(roles))})
    out.say(
        f"{name} can sign in as {email.strip().lower()} ({', '.join(sorted(set(roles)))}). "
        "The password is good for one sign-in, at which they choose their own."
    )


@user.command("list")
@out.as_json
def list_(as_json: bool) -> None:
    """List everybody, with their roles and groups, and whether they are away or shut out."""
    from reviewqueue import groups, pages

    with place.opened() as session:
        everybody, away = pages.people(session, place.now())
        inside = groups.members(session, place.now())
    if as_json:
        out.tell(
            [
                {
                    "id": one.id,
                    "email": one.email,
                    "name": one.name,
                    "roles": sorted(one.roles),
                    "groups": inside.get(one.id, []),
                    "disabled_at": one.disabled_at,
                    "away_until": away[one.id].ends_at if one.id in away else None,
                }
                for one in everybody
            ]
        )
    if not everybody:
        out.say("There is nobody yet. Add the first with `reviewqueue user add EMAIL --role admin`.")
        return
    rows = []
    for one in everybody:
        state = f"away until {away[one.id].ends_at:%d %b}" if one.id in away else "open"
        held = ", ".join(sorted(one.roles)), ", ".join(inside.get(one.id, []))
        rows.append((one.name, one.email, *held, "disabled" if one.disabled_at else state))
    out.table(("name", "e-mail", "roles", "groups", "state"), rows)


@user.command()
@click.argument("email")
@click.argument("key")
@click.option("--remove", is_flag=True, help="Take them out of the group.")
@out.as_json
def group(email: str, key: str, remove: bool, as_json: bool) -> None:
    """Put a person into a group that the policy names (organisation.toml), or take them out of it."""
    from reviewqueue import groups

    with place.opened() as session:
        person = person_of(session, email)
        (groups.remove if remove else groups.add)(session, person.id, key, place.CLI, place.now())
    if as_json:
        out.tell({"id": person.id, "email": person.email, "group": key, "in": not remove})
    out.say(f"{person.name} is {'no longer' if remove else 'now'} in {key}.")


@user.command()
@click.argument("email")
@out.as_json
def disable(email: str, as_json: bool) -> None:
    """Shut a person out: their next request is refused. They stay on the log for ever."""
    from reviewqueue import people

    with place.opened() as session:
        person = person_of(session, email)
        people.disable(session, person.id, None, place.now())
    if as_json:
        out.tell({"id": person.id, "email": person.email, "disabled": True})
    out.say(f"{person.name} is shut out; an admin lets them in again on the people page.")


@user.command()
@click.argument("email")
@out.as_json
def password(email: str, as_json: bool) -> None:
    """Set a person's password for one sign-in, read from standard input or asked for, and end their sign-ins."""
    from reviewqueue import people

    with place.opened() as session:
        person = person_of(session, email)
        people.set_password(session, person.id, password_of(), place.CLI, place.now())
    if as_json:
        out.tell({"id": person.id, "email": person.email})
    out.say(f"{person.name} has a password for one sign-in, at which they choose their own. Their sign-ins ended.")
