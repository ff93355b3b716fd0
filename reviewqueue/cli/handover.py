"""What a person owns, in words for the terminal, and who takes it when they go or lose a role."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from reviewqueue.cli import installation, output
from reviewqueue.core.errors import FieldError, Invalid

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from reviewqueue.review.belongings import Belongings, Kind, Thing
    from reviewqueue.review.handover import Choices, Handover

WHAT = {
    "accounts": "accounts",
    "exceptions": "exceptions",
    "items": "assigned items",
    "questions": "questions to sales",
}


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a command that hands on: `--to` for everything, and one for each kind."""
    for kind, what in reversed(WHAT.items()):
        command = click.option(f"--{kind}-to", metavar="EMAIL", help=f"Who takes their {what}.")(command)
    return click.option("--to", metavar="EMAIL", help="Who takes everything that no other option names.")(command)


def belongings_of(session: Session, person_id: int, roles: Collection[str] | None = None) -> Belongings:
    """What is in question when this person goes or, with `roles`, holds only these."""
    from reviewqueue.review import belongings

    return belongings.of_person(session, person_id, installation.now(), roles)


def plain(found: Belongings) -> dict[str, Any]:
    """What a person owns, as JSON."""
    from reviewqueue.review.belongings import KINDS

    things: dict[str, Any] = {kind: [_plain(one) for one in found.of(kind)] for kind in KINDS}
    rest = {"stands_in_for": found.stands_in, "automations": found.automations, "launches": found.launches}
    return {
        "id": found.person.id, "email": found.person.email, **things, "leases": found.leases,
        **{name: list(said) for name, said in rest.items()}, "duties": list(found.duties),
    }  # fmt: skip


def _plain(thing: Thing) -> dict[str, Any]:
    return {"id": thing.id, "title": thing.title, "due_at": thing.due_at}


def say(found: Belongings) -> None:
    """What a person owns, in words."""
    output.say(*_lines(found))


def _lines(found: Belongings) -> Iterator[str]:
    from reviewqueue.review.belongings import KINDS

    if not found.any:
        yield f"{found.person.name} owns no account, no exception and no assigned item."
    for kind in (one for one in KINDS if found.of(one)):
        yield f"{found.person.name}: {len(found.of(kind))} {WHAT[kind]}"
        for thing in found.of(kind)[:20]:
            due = f", due {thing.due_at:%d %b %H:%M} UTC" if thing.due_at else ""
            yield f"  #{thing.id} {thing.title}{due}"
        if len(found.of(kind)) > 20:
            yield f"  and {len(found.of(kind)) - 20} more"
    yield from (f"Stands in for {one}." for one in found.stands_in)
    yield from (f"Owns {one}." for one in found.launches)
    yield from (f"Without them nobody decides: {one}." for one in found.duties)


def choices(session: Session, found: Belongings, to: Mapping[str, str | None]) -> Choices:
    """Who takes what: as the options say, else as a person at the terminal does; nobody where neither names anybody.
    Raises Invalid for an e-mail that nobody here has."""
    from reviewqueue.review.belongings import KINDS
    from reviewqueue.review.handover import Choices

    kinds: dict[Kind, int] = {}
    asks = sys.stdin.isatty() and not any(to.values())
    if asks and found.any:
        say(found)
    for kind in KINDS:
        if found.of(kind):
            given = to.get(f"{kind}_to") or to.get("to")
            if asks:
                says = f"Who takes the {WHAT[kind]} (e-mail; empty: nobody)"
                given = str(click.prompt(says, default="", show_default=False, err=True))
            kinds[kind] = _person_id(session, kind, given) if given else 0
    return Choices(kinds)


def _person_id(session: Session, kind: str, email: str) -> int:
    from reviewqueue.people import directory

    everybody, _ = directory.people(session, installation.now())
    for one in everybody:
        if one.email == email.strip().lower():
            return one.id
    raise Invalid("Nothing was changed.", [FieldError(f"/{kind}", f"nobody here has the e-mail {email}")])


def told(session: Session, made: Handover) -> list[str]:
    """What went to whom, and what nobody owns now, in words."""
    from reviewqueue.people import directory

    names = {one.id: one.name for one in directory.people(session, installation.now())[0]}
    lines = [f"{len(ids)} {WHAT[kind]} went to {names[to]}." for (kind, to), ids in sorted(made.taken.items())]
    left = [f"{len(ids)} {WHAT[kind]}" for kind, ids in made.left.items()]
    return lines + ([f"Nobody owns {' and '.join(left)}: `reviewqueue doctor` lists them."] if left else [])
