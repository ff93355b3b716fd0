"""The promises in approved drafts, kept for each onboarding and compared with every later draft. Finding promises in a
text is in `promises`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol, cast

from sqlalchemy import ColumnElement, bindparam, literal, select
from sqlalchemy.orm import Session

from reviewqueue.core.vocabulary import APPROVED, kind_of
from reviewqueue.db.rows import insert_rows
from reviewqueue.db.tables.evidence import Commitment
from reviewqueue.db.tables.items import Decision, Item, Revision
from reviewqueue.db.tables.people import Person
from reviewqueue.evidence.promises import KeptPromise, Kind, Promise, compare, documents

_MILESTONE = "milestone: "


def holds() -> ColumnElement[bool]:
    """The condition that what was promised was not undone: its item is approved still, in that revision."""
    return (Revision.number == Item.revision_number) & Item.state.in_([literal(state) for state in APPROVED])


_PROMISES = (
    select(Commitment, Item.id.label("id"), Item.kind.label("kind"), Item.subject.label("subject"))
    .join(Item, Item.id == Commitment.item_id)
    .join(Revision, Revision.id == Commitment.revision_id)
    .where(Commitment.onboarding_id == bindparam("onboarding"), holds())
    .order_by(Commitment.id)
)


class PromiseItem(Protocol):
    """The item that made a promise: what of it is needed here."""

    id: Any
    kind: Any
    subject: Any


def active_promises(session: Session, onboarding_id: int) -> tuple[KeptPromise, ...]:
    """The promises that hold in an onboarding, by one SQL statement."""
    return still_active([(row.Commitment, row) for row in session.execute(_PROMISES, {"onboarding": onboarding_id})])


def still_active(kept: Iterable[tuple[Commitment, PromiseItem]], before: int = 0) -> tuple[KeptPromise, ...]:
    """Those of the kept promises, each with its item, that hold; with the id of an item, those that held `before` that
    item's own."""
    rows = sorted(kept, key=lambda one: one[0].id)
    own = next((number for number, (_, maker) in enumerate(rows) if maker.id == before), len(rows))
    return compare.standing([_kept_promise(one, maker) for one, maker in rows[:own]])


def _kept_promise(kept: Commitment, maker: PromiseItem) -> KeptPromise:
    promise = Promise(cast(Kind, kept.kind), kept.key, kept.says, kept.value, kept.at)
    day = kept.approved_at
    where = f"the {kind_of(maker.kind).words} approved on {day.day} {day:%B %Y}"
    return KeptPromise(promise, where, maker.id, (maker.kind, maker.subject), kept.dropped, day)


def milestones(known: Sequence[KeptPromise]) -> list[str]:
    """The names of the milestones whose dates or owners are among these promises."""
    keys = (one.promise.key for one in known)
    return list(dict.fromkeys(key.removeprefix(_MILESTONE) for key in keys if key.startswith(_MILESTONE)))


def keep(session: Session, item: Item, revision: Revision, decision: Decision, now: datetime) -> None:
    """Keep what an approved draft promises, and what it takes back. Only inside `writing()`.

    One insert; none for a draft that promises nothing. The promises that hold are read only for a document, which takes
    back what it leaves out, and after an override, which may have changed a milestone's date in a message.
    """
    if item.onboarding_id is None:
        return
    needs_known = item.kind in compare.COMPLETE_KINDS or decision.action == "override"
    known = active_promises(session, item.onboarding_id) if needs_known else ()
    found = documents.promises(item.kind, revision.draft, milestones(known))
    dropped = [
        one.was.promise for one in compare.changes(found, known, (item.kind, item.subject)) if not one.now and one.was
    ]
    place = {"onboarding_id": item.onboarding_id, "item_id": item.id, "revision_id": revision.id}
    approved = {"approved_at": now, "approved_by_id": decision.person_id}
    rows = [_row(one) | place | approved | {"dropped": one in dropped} for one in (*found, *dropped)]
    insert_rows(session, Commitment, rows)


def _row(one: Promise) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "key": _storable_text(one.key),
        "says": _storable_text(one.says),
        "value": _storable_text(one.value),
        "at": one.at,
    }


def _storable_text(text: str) -> str:
    """A text as every database keeps it: a null character becomes its symbol."""
    return text.replace("\x00", "\u2400")


def history(session: Session, onboarding_id: int, kind: str = "") -> Sequence[tuple[Commitment, Item, str]]:
    """(promise, item, approver's name) of all that was ever kept in an onboarding, by subject, newest first."""
    query = (
        select(Commitment, Item, Person.name)
        .join(Item, Item.id == Commitment.item_id)
        .join(Person, Person.id == Commitment.approved_by_id)
        .where(Commitment.onboarding_id == onboarding_id)
        .order_by(Commitment.kind, Commitment.key, Commitment.id.desc())
    )
    rows = session.execute(query.where(Commitment.kind == kind) if kind else query)
    return [(row[0], row[1], row[2]) for row in rows]
