"""Source moves: the cited fields that a newer snapshot changed under an item, and what they hold up. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ScalarSelect, Select, Text, func, literal, null, select, type_coerce, union_all
from sqlalchemy.orm import Session, aliased

from reviewqueue.proofs import canonical
from reviewqueue.records.items import Claim, Item, Revision, RevisionSource
from reviewqueue.records.onboardings import SourceRecord
from reviewqueue.records.promises import Correction, SourceMove

LONGEST = 500


def last(item_id: Any) -> ScalarSelect[int]:
    """The last move under an item, as a column beside another statement's rows."""
    return select(func.max(SourceMove.id)).where(SourceMove.item_id == item_id).scalar_subquery()


@dataclass(frozen=True)
class Shift:
    """A cited field that a newer snapshot changed: what it said and what it says now (None for nothing there)."""

    move_id: int
    ref: str
    path: str
    system: str
    object: str
    external_id: str
    was: str | None
    now: str | None
    at: datetime
    now_record_id: int
    looked_at: datetime | None = None
    looked_by_id: int | None = None

    @property
    def says(self) -> str:
        """The change in words, its values cut where they are long."""
        return f"{self.ref} {self.path}: {_cut(self.was)} → {_cut(self.now)}"


@dataclass(frozen=True)
class Question:
    """An open correction of a field that a draft rests on."""

    correction_id: int
    path: str
    system: str
    object: str
    external_id: str
    was: str
    proposed: str
    owner_role: str


@dataclass(frozen=True)
class Unsettled:
    """What a draft rests on and nobody has settled: fields that moved and wait for a look, fields in question."""

    shifts: tuple[Shift, ...] = ()
    questions: tuple[Question, ...] = ()

    @property
    def why(self) -> str:
        """Why nobody passes it now, with the way out; "" when nothing is unsettled."""
        if self.shifts:
            many = len(self.shifts)
            what = f"{many} {'statement rests on a source' if many == 1 else 'statements rest on sources'} that changed"
            return f"{what} after this was drafted: look at {'it' if many == 1 else 'them'} again first"
        if self.questions:
            one = self.questions[0]
            role = one.owner_role.replace("_", " ")
            return (
                f"It rests on {one.path} of {one.object} {one.external_id}, and correction {one.correction_id} of "
                f"that field is open: it waits until the {role} answers it"
            )
        return ""


def evidence(digest: str, last: int | None) -> str:
    """The evidence of a revision as it stands: its digest, and the last move under it if there was one. A decision on
    what was seen before a move is a decision on something else, though the revision is the same."""
    return f"{digest}.{last}" if last else digest


def unsettled(session: Session, item: Item, revision_id: int, *, questioned: bool) -> Unsettled:
    """What waits for a look under an item, and which fields it rests on are in question. Without a statement where
    neither its row nor its onboarding (`questioned`) says that there is anything."""
    if not (item.moved_at or questioned):
        return Unsettled()
    moved = _moved(item.id).where(SourceMove.looked_at.is_(None)) if item.moved_at else None
    asked = _asked(item, revision_id) if questioned else None
    found = [query for query in (moved, asked) if query is not None]
    rows = sorted(session.execute(union_all(*found) if len(found) > 1 else found[0]), key=lambda row: row.id)
    return Unsettled(
        tuple(_shift(row) for row in rows if row.what == "moved"),
        tuple(_question(row) for row in rows if row.what == "asked"),
    )


def shifts(session: Session, item_id: int, *, after: int | None = None) -> list[Shift]:
    """The fields under an item that wait for a look; with `after` all that moved since that move instead."""
    still = SourceMove.looked_at.is_(None) if after is None else SourceMove.id > after
    return [_shift(row) for row in session.execute(_moved(item_id).where(still).order_by(SourceMove.id))]


def _moved(item_id: int) -> Select[Any]:
    """Moves under an item, in the columns of `_asked`: what a field said and says stands in two records."""
    was, is_now = aliased(SourceRecord), aliased(SourceRecord)
    return (
        select(literal("moved").label("what"), SourceMove.id, SourceMove.ref, SourceMove.path)
        .add_columns(is_now.system, is_now.object, is_now.external_id)
        .add_columns(type_coerce(was.payload, Text).label("was"), type_coerce(is_now.payload, Text).label("now"))
        .add_columns(literal("").label("owner_role"))
        .add_columns(SourceMove.at, SourceMove.now_record_id, SourceMove.looked_at, SourceMove.looked_by_id)
        .join(was, was.id == SourceMove.was_record_id)
        .join(is_now, is_now.id == SourceMove.now_record_id)
        .where(SourceMove.item_id == item_id)
    )


def _shift(row: Any) -> Shift:
    values = (shown(canonical.look(canonical.read(payload), row.path)) for payload in (row.was, row.now))
    of = (row.system, row.object, row.external_id)
    return Shift(*(row.id, row.ref, row.path, *of, *values, row.at, row.now_record_id, row.looked_at, row.looked_by_id))


def _asked(item: Item, revision_id: int) -> Select[Any]:
    """Open corrections in an item's onboarding of fields that the revision rests on, in the columns of `_moved`."""
    wrong, mine, about = aliased(SourceRecord), aliased(SourceRecord), aliased(Item)
    same_record = (
        (mine.system == wrong.system) & (mine.object == wrong.object) & (mine.external_id == wrong.external_id)
    )
    rests = (
        select(Claim.id)
        .join(RevisionSource, (RevisionSource.revision_id == Claim.revision_id) & (RevisionSource.ref == Claim.ref))
        .join(mine, mine.id == RevisionSource.source_record_id)
        .where(Claim.revision_id == revision_id, Claim.path == Correction.path, same_record)
    )
    return (
        select(literal("asked").label("what"), Correction.id, literal("").label("ref"), Correction.path)
        .add_columns(wrong.system, wrong.object, wrong.external_id)
        .add_columns(Correction.was, Correction.proposed.label("now"), Correction.owner_role)
        .add_columns(Correction.opened_at, Correction.source_record_id, null(), null())
        .join(wrong, wrong.id == Correction.source_record_id)
        .join(about, about.id == Correction.item_id)
        .where(Correction.state == "open", about.onboarding_id == item.onboarding_id, rests.exists())
    )


def _question(row: Any) -> Question:
    of = (row.system, row.object, row.external_id)
    return Question(row.id, row.path, *of, row.was, row.now, row.owner_role)


def holds(session: Session, item_id: int) -> bool:
    """Whether an item waits, also an approved one: a source moved under it and nobody looked, or a field it rests on is
    in question. Whatever lets something go out asks this first, under the lock."""
    item = session.get_one(Item, item_id)
    number = select(Revision.id).where(Revision.item_id == item_id, Revision.number == item.revision_number)
    return bool(unsettled(session, item, session.scalars(number).one(), questioned=True).why)


def same(was: Any, is_now: Any) -> bool:
    """Whether two values of a field say the same: a number whatever its zeros; blank, null and absent are nothing."""
    if _nothing(was) or _nothing(is_now):
        return _nothing(was) and _nothing(is_now)
    if _number(was) and _number(is_now):
        return Decimal(str(was)) == Decimal(str(is_now))
    return canonical.write(was, digits=True) == canonical.write(is_now, digits=True)


def _number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _nothing(value: Any) -> bool:
    return value is canonical.MISSING or value is None or (isinstance(value, str) and not value.strip())


def shown(value: Any) -> str | None:
    """A field's value as a person reads it, without the zeros that no database keeps; None for nothing there."""
    if value is canonical.MISSING or value is None:
        return None
    text = value if isinstance(value, str) else canonical.write(value, digits=True)
    return text.replace("\x00", "\ufffd")


def _cut(value: str | None) -> str:
    if not value:
        return "nothing"
    return value if len(value) <= LONGEST else f"{value[:LONGEST]}…"
