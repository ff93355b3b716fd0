"""`user`: accounts, roles, groups and passwords."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from reviewqueue.audit.events import Actor
from reviewqueue.cli import handover, installation, output, told

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from reviewqueue.db.tables.people import Person


class RoleName(click.ParamType):  # type: ignore[type-arg]
    """One of the roles; the list is imported only when needed, so that other commands' help stays fast."""

    name = "role"

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """The roles, for help."""
        return f"[{'|'.join(_role_names())}]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The role, or a usage error that names the roles there are."""
        if value not in _role_names():
            self.fail(f"{value!r} is not a role; the roles are {', '.join(_role_names())}", param, ctx)
        return str(value)


def _role_names() -> Sequence[str]:
    from reviewqueue.db.tables.people import ROLES

    return ROLES


def at_terminal() -> bool:
    """Whether standard input is a terminal, so that a person can be asked."""
    return sys.stdin.isatty()


def read_password() -> str:
    """A password: asked for at a terminal until it is long enough, or the next line of standard input."""
    from reviewqueue.people.users import SHORTEST_PASSWORD

    if at_terminal():
        says = f"Password (at least {SHORTEST_PASSWORD} characters)"
        while True:
            typed = str(click.prompt(says, hide_input=True, confirmation_prompt="The same again", err=True))
            if len(typed) >= SHORTEST_PASSWORD:
                return typed
            output.say(f"Error: it has {len(typed)} characters, and needs at least {SHORTEST_PASSWORD}.")
    return sys.stdin.readline().rstrip("\r\n")


def name_from_email(email: str) -> str:
    """A name made from an e-mail address."""
    return " ".join(email.partition("@")[0].replace(".", " ").replace("_", " ").split()).title()


def find_person(session: Session, email: str) -> Person:
    """The person with that e-mail. Raises NotFound when there is none."""
    from reviewqueue.core.errors import NotFound
    from reviewqueue.people import directory

    everybody, _ = directory.people(session, installation.now())
    found = next((person for person in everybody if person.email == email.strip().lower()), None)
    if found is None:
        raise NotFound(
            f"Nobody here has the e-mail {email}, so nothing was changed. `reviewqueue user list` shows who is there."
        )
    return found


@click.group()
def user() -> None:
    """People: add, invite, revoke, list, owns, disable, roles, password, email, group, notifications."""


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
@output.as_json
def add(email: str, roles: tuple[str, ...], name: str, as_json: bool) -> None:
    """Add a person. Their password, for one sign-in, is read from standard input, or asked for."""
    from reviewqueue.people import users

    name = name or name_from_email(email)
    with installation.open_session() as session:
        person_id = users.add(session, email, name, roles, read_password(), Actor.CLI, installation.now())
    if as_json:
        output.print_json({"id": person_id, "email": email.strip().lower(), "name": name, "roles": sorted(set(roles))})
    output.say(
        f"{name} can sign in as {email.strip().lower()} ({', '.join(sorted(set(roles)))}). "
        "The password is good for one sign-in, at which they choose their own."
    )


@user.command("list")
@output.as_json
def list_(as_json: bool) -> None:
    """List everybody, with their roles and groups, and whether they are away or disabled."""
    from reviewqueue.people import directory, groups, password_links

    with installation.open_session() as session:
        everybody, away = directory.people(session, installation.now())
        invited = {one.id for one in everybody if password_links.has_no_password(one)}
        inside = groups.members(session, installation.now())
    if as_json:
        output.print_json(
            [
                {
                    "id": one.id,
                    "email": one.email,
                    "name": one.name,
                    "roles": sorted(one.roles),
                    "groups": inside.get(one.id, []),
                    "disabled_at": one.disabled_at,
                    "invited": one.id in invited,
                    "away_until": away[one.id].ends_at if one.id in away else None,
                }
                for one in everybody
            ]
        )
    if not everybody:
        output.say("There is nobody yet. Add the first with `reviewqueue user add EMAIL --role admin`.")
        return
    rows = []
    for one in everybody:
        state = "invited" if one.id in invited else "open"
        state = f"away until {away[one.id].ends_at:%d %b}" if one.id in away else state
        held = ", ".join(sorted(one.roles)), ", ".join(inside.get(one.id, []))
        rows.append((one.name, one.email, *held, "disabled" if one.disabled_at else state))
    output.table(("name", "e-mail", "roles", "groups", "state"), rows)


@user.command()
@click.argument("email")
@click.argument("key")
@click.option("--remove", is_flag=True, help="Take them out of the group.")
@output.as_json
def group(email: str, key: str, remove: bool, as_json: bool) -> None:
    """Put a person into a group that the policy names (organisation.toml), or take them out of it."""
    from reviewqueue.people import groups

    with installation.open_session() as session:
        person = find_person(session, email)
        (groups.remove if remove else groups.add)(session, person.id, key, Actor.CLI, installation.now())
    if as_json:
        output.print_json({"id": person.id, "email": person.email, "group": key, "in": not remove})
    output.say(f"{person.name} is {'no longer' if remove else 'now'} in {key}.")


@user.command()
@click.argument("email")
@output.as_json
def owns(email: str, as_json: bool) -> None:
    """Show what a person owns: accounts, exceptions and assigned items, and what nobody could decide without them."""
    with installation.open_session() as session:
        found = handover.belongings_of(session, find_person(session, email).id)
    if as_json:
        output.print_json(handover.plain(found))
    handover.say(found)


@user.command()
@click.argument("email")
@handover.options
@output.as_json
def disable(email: str, as_json: bool, **to: str | None) -> None:
    """Close a person's account: their next request is refused. Their entries stay in the log.

    What they own goes to whom the options name, or whom you name at a terminal; the rest is nobody's, and `doctor` and
    the workload page list it. `user owns EMAIL` shows it before.
    """
    from reviewqueue.review import handover as review_handover

    with installation.open_session() as session:
        person = find_person(session, email)
        choices = handover.choices(session, handover.belongings_of(session, person.id), to)
        made = review_handover.disable(session, person.id, None, choices, installation.now())
        told = handover.told(session, made)
    if as_json:
        output.print_json({"id": person.id, "email": person.email, "disabled": True, **made.facts})
    output.say(f"{person.name} can no longer sign in; an admin opens the account again on the people page.", *told)


@user.command()
@click.argument("email")
@click.option("--role", "roles", multiple=True, required=True, type=RoleName(), help="A role they have from now on.")
@handover.options
@output.as_json
def roles(email: str, roles: tuple[str, ...], as_json: bool, **to: str | None) -> None:
    """Give a person exactly these roles. What they could not work on any more is handed on as by `user disable`."""
    from reviewqueue.review import handover as review_handover

    with installation.open_session() as session:
        person = find_person(session, email)
        choices = handover.choices(session, handover.belongings_of(session, person.id, roles), to)
        made = review_handover.set_roles(session, person.id, roles, None, choices, installation.now())
        told = handover.told(session, made)
    if as_json:
        output.print_json({"id": person.id, "email": person.email, "roles": sorted(set(roles)), **made.facts})
    output.say(f"{person.name} is {', '.join(sorted(set(roles)))} from the next request on.", *told)


@user.command()
@click.argument("email")
@output.as_json
def password(email: str, as_json: bool) -> None:
    """Set a person's password for one sign-in, read from standard input or asked for, and end their sign-ins."""
    from reviewqueue.people import users

    with installation.open_session() as session:
        person = find_person(session, email)
        users.set_password(session, person.id, read_password(), Actor.CLI, installation.now())
    if as_json:
        output.print_json({"id": person.id, "email": person.email})
    output.say(f"{person.name} has a password for one sign-in, at which they choose their own. Their sign-ins ended.")


@user.command("notifications")
@click.argument("email")
@told.options
@output.as_json
def notifications(email: str, as_json: bool, **change: Any) -> None:
    """Show what a person is told of and how, and whether their last e-mail arrived; or change it."""
    with installation.open_session() as session:
        person = find_person(session, email)
        told.save(session, person.id, change)
        shown = told.shown(session, person.id)
    if as_json:
        output.print_json({"id": person.id, "email": person.email, **shown})
    told.say(shown)
