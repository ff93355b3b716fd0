"""Commitments: the promises in what people approved, kept for each onboarding, and held against every later draft."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol, cast

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from reviewqueue.checks import package
from reviewqueue.checks.package import Part
from reviewqueue.policy.words import kind_words
from reviewqueue.promises import Held, Kind, Promise, comparing, documents
from reviewqueue.records.items import Decision, Item, Revision
from reviewqueue.records.people import Person
from reviewqueue.records.planting import real
from reviewqueue.records.promises import Commitment
from reviewqueue.records.rows import put_all

_MILESTONE = "milestone: "
_KEPT = (
    select(Commitment, Item.id.label("id"), Item.kind.label("kind"), Item.subject.label("subject"))
    .join(Item, Item.id == Commitment.item_id)
    .where(Commitment.onboarding_id == bindparam("onboarding"))
    .order_by(Commitment.id)
)


_OPEN = (
    select(Item.id, Item.kind, Revision.title, Revision.draft)
    .join(Revision, (Revision.item_id == Item.id) & (Revision.number == Item.revision_number))
    .where(Item.onboarding_id == bindparam("onboarding"), Item.settled_at.is_(None))
    .where(real() | (Item.id == bindparam("own")))
    .order_by(Item.id)
)


class Maker(Protocol):
    """The item that made a promise, as far as it is asked here."""

    id: Any
    kind: Any
    subject: Any


def held(session: Session, onboarding_id: int) -> tuple[Held, ...]:
    """The promises that hold in an onboarding, in one statement."""
    return standing([(row.Commitment, row) for row in session.execute(_KEPT, {"onboarding": onboarding_id})])


def standing(kept: Iterable[tuple[Commitment, Maker]], before: int = 0) -> tuple[Held, ...]:
    """Of promises, each with its item, those that hold; if an item is named, those that held `before` its own."""
    rows = sorted(kept, key=lambda one: one[0].id)
    own = next((number for number, (_, maker) in enumerate(rows) if maker.id == before), len(rows))
    return comparing.standing([_held(one, maker) for one, maker in rows[:own]])


def _held(kept: Commitment, maker: Maker) -> Held:
    promise = Promise(cast(Kind, kept.kind), kept.key, kept.says, kept.value, kept.at)
    day = kept.approved_at
    where = f"the {kind_words(maker.kind)} approved on {day.day} {day:%B %Y}"
    return Held(promise, where, maker.id, (maker.kind, maker.subject), kept.dropped)


def milestones(known: Sequence[Held]) -> list[str]:
    """The names of the milestones whose dates or owners are among these promises."""
    keys = (one.promise.key for one in known)
    return list(dict.fromkeys(key.removeprefix(_MILESTONE) for key in keys if key.startswith(_MILESTONE)))


def keep(session: Session, item: Item, revision: Revision, made: Decision, now: datetime) -> None:
    """Keep what an approved draft promises, and what it takes back, inside a transaction the caller holds.

    One insert; none for a draft that promises nothing. What holds is read only for a document, which takes back what
    it leaves out, and after an override, which may have changed a milestone's date in a message.
    """
    if item.onboarding_id is None:
        return
    asks = item.kind in comparing.WHOLE or made.action == "override"
    known = held(session, item.onboarding_id) if asks else ()
    found = documents.promises(item.kind, revision.draft, milestones(known))
    lost = [
        one.was.promise for one in comparing.changes(found, known, (item.kind, item.subject)) if not one.now and one.was
    ]
    place = {"onboarding_id": item.onboarding_id, "item_id": item.id, "revision_id": revision.id}
    approved = {"approved_at": now, "approved_by_id": made.person_id}
    rows = [_row(one) | place | approved | {"dropped": one in lost} for one in (*found, *lost)]
    put_all(session, Commitment, rows)


def _row(one: Promise) -> dict[str, Any]:
    return {"kind": one.kind, "key": _kept(one.key), "says": _kept(one.says), "value": _kept(one.value), "at": one.at}


def _kept(text: str) -> str:
    """A text as every database keeps it: the zero is shown as its symbol."""
    return text.replace("\x00", "\u2400")


def apart(session: Session, item: Item) -> str:
    """What the other open drafts of an item's onboarding say otherwise than it does, in words; "" when they agree."""
    if item.onboarding_id is None or item.settled_at is not None:
        return ""
    rows = session.execute(_OPEN, {"onboarding": item.onboarding_id, "own": item.id}).all()
    parts = [Part(row.id, row.kind, row.title, row.draft) for row in rows]
    lines = [line for line in package.cross(item.customer, parts) if not line.agrees and item.id in line.items]
    return ", ".join(f"{line.what} ({' and '.join(f'#{one}' for one in sorted(line.items))})" for line in lines)


def history(session: Session, onboarding_id: int, kind: str = "") -> Sequence[tuple[Commitment, Item, str]]:
    """Every promise ever kept in an onboarding with the item and who approved it, by what it is about, newest first."""
    query = (
        select(Commitment, Item, Person.name)
        .join(Item, Item.id == Commitment.item_id)
        .join(Person, Person.id == Commitment.approved_by_id)
        .where(Commitment.onboarding_id == onboarding_id)
        .order_by(Commitment.kind, Commitment.key, Commitment.id.desc())
    )
    rows = session.execute(query.where(Commitment.kind == kind) if kind else query)
    return [(row[0], row[1], row[2]) for row in rows]
