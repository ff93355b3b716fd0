"""Source changes, which are cited fields that a newer snapshot changed under an item, and open corrections of cited
fields: both hold an item up. Reads only; `flag_changes` writes them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, Select, Text, func, literal, null, select, type_coerce, union_all
from sqlalchemy.orm import Session, aliased

from reviewqueue.core import canonical_json
from reviewqueue.db.tables.evidence import Correction, SourceChangeRow, SourceLook
from reviewqueue.db.tables.items import Claim, Item, Revision, RevisionSource
from reviewqueue.db.tables.onboardings import SourceRecord
from reviewqueue.evidence.text.values.field_values import display_text

MAX_SHOWN = 500


def last_change_id(item_id: Any) -> ScalarSelect[int]:
    """The id of the last source change under an item, as a scalar subquery for another statement."""
    return select(func.max(SourceChangeRow.id)).where(SourceChangeRow.item_id == item_id).scalar_subquery()


@dataclass(frozen=True)
class Look:
    """A person's look at a source change, with their reason."""

    person_id: int
    reason_code: str
    text: str
    at: datetime


@dataclass(frozen=True)
class SourceChange:
    """A cited field that a newer snapshot changed: what it `was` and is `now` (None for nothing there). `looked_at` is
    when it was acknowledged or settled; `looks` are who looked at it, and why it is right all the same."""

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
    revision_id: int = 0
    looks: tuple[Look, ...] = ()

    @property
    def says(self) -> str:
        """The change in words, its values cut where they are long."""
        return f"{self.ref} {self.path}: {_cut(self.was)} → {_cut(self.now)}"


@dataclass(frozen=True)
class OpenCorrection:
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
    """What a draft rests on and nobody has settled: source changes not acknowledged, and open corrections."""

    changes: tuple[SourceChange, ...] = ()
    corrections: tuple[OpenCorrection, ...] = ()

    @property
    def why(self) -> str:
        """Why it cannot be approved now, with the way out; "" when nothing is unsettled."""
        if self.changes:
            many = len(self.changes)
            what = f"{many} {'statement rests on a source' if many == 1 else 'statements rest on sources'} that changed"
            return f"{what} after this was drafted: look at {'it' if many == 1 else 'them'} again first"
        if self.corrections:
            one = self.corrections[0]
            role = one.owner_role.replace("_", " ")
            return (
                f"It rests on {one.path} of {one.object} {one.external_id}, and correction {one.correction_id} of "
                f"that field is open: it waits until the {role} answers it"
            )
        return ""


def evidence_version(digest: str, last: int | None, corrections: Collection[int] = (), model_result: str = "") -> str:
    """The version of a revision's evidence: its digest, the id of the last source change under it if there was one, the
    accepted corrections that it is at odds with (`.c…`), and what the model's check came to (`.m…`). A decision on what
    was seen before is refused, though the revision is the same."""
    told = f".{last}" if last else ""
    if corrections:
        told += f".c{canonical_json.digest(sorted(corrections))[:12]}"
    if model_result:
        told += f".m{model_result[:16]}"
    return f"{digest}{told}"


def unsettled(session: Session, item: Item, revision_id: int, *, questioned: bool) -> Unsettled:
    """The source changes of an item that wait for acknowledgement, and open corrections of fields it rests on. Runs no
    SQL where neither the item's row nor its onboarding (`questioned`) says that there is anything."""
    if not (item.moved_at or questioned):
        return Unsettled()
    moved = _changes_query(item.id).where(SourceChangeRow.looked_at.is_(None)) if item.moved_at else None
    asked = _corrections_query(item, revision_id) if questioned else None
    queries = [query for query in (moved, asked) if query is not None]
    rows = sorted(session.execute(union_all(*queries) if len(queries) > 1 else queries[0]), key=lambda row: row.id)
    return Unsettled(
        tuple(_to_source_change(row) for row in rows if row.what == "moved"),
        tuple(_to_correction(row) for row in rows if row.what == "asked"),
    )


def changes(session: Session, item_id: int, *, after: int | None = None) -> list[SourceChange]:
    """The source changes of an item that wait for acknowledgement; with `after`, all since that one's id instead."""
    still = SourceChangeRow.looked_at.is_(None) if after is None else SourceChangeRow.id > after
    return [
        _to_source_change(row)
        for row in session.execute(_changes_query(item_id).where(still).order_by(SourceChangeRow.id))
    ]


def looked_at(session: Session, item_id: int) -> tuple[SourceChange, ...]:
    """The source changes of an item that somebody looked at, settled or not, each with its looks, oldest first."""
    looks: dict[int, list[Look]] = {}
    for row in session.scalars(select(SourceLook).where(SourceLook.item_id == item_id).order_by(SourceLook.id)):
        looks.setdefault(row.move_id, []).append(Look(row.person_id, row.reason_code, row.text, row.at))
    if not looks:
        return ()
    query = _changes_query(item_id).where(SourceChangeRow.id.in_(looks)).order_by(SourceChangeRow.id)
    found = map(_to_source_change, session.execute(query))
    return tuple(replace(one, looks=tuple(looks[one.move_id])) for one in found)


def _changes_query(item_id: int) -> Select[Any]:
    """Source changes under an item, in the columns of `_corrections_query`: old and new value stand in two records."""
    was, is_now = aliased(SourceRecord), aliased(SourceRecord)
    return (
        select(literal("moved").label("what"), SourceChangeRow.id, SourceChangeRow.ref, SourceChangeRow.path)
        .add_columns(is_now.system, is_now.object, is_now.external_id)
        .add_columns(type_coerce(was.payload, Text).label("was"), type_coerce(is_now.payload, Text).label("now"))
        .add_columns(literal("").label("owner_role"))
        .add_columns(
            SourceChangeRow.at, SourceChangeRow.now_record_id, SourceChangeRow.looked_at, SourceChangeRow.looked_by_id
        )
        .add_columns(SourceChangeRow.revision_id)
        .join(was, was.id == SourceChangeRow.was_record_id)
        .join(is_now, is_now.id == SourceChangeRow.now_record_id)
        .where(SourceChangeRow.item_id == item_id)
    )


def _to_source_change(row: Any) -> SourceChange:
    was, is_now = (
        display_text(canonical_json.resolve_pointer(canonical_json.read(payload), row.path))
        for payload in (row.was, row.now)
    )
    of = (row.system, row.object, row.external_id)
    looked = (row.looked_at, row.looked_by_id, row.revision_id)
    return SourceChange(row.id, row.ref, row.path, *of, was, is_now, row.at, row.now_record_id, *looked)


def _corrections_query(item: Item, revision_id: int) -> Select[Any]:
    """Open corrections in an item's onboarding of fields that the revision rests on, in the columns of
    `_changes_query`."""
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
        .add_columns(Correction.opened_at, Correction.source_record_id, null(), null(), null())
        .join(wrong, wrong.id == Correction.source_record_id)
        .join(about, about.id == Correction.item_id)
        .where(Correction.state == "open", about.onboarding_id == item.onboarding_id, rests.exists())
    )


def _to_correction(row: Any) -> OpenCorrection:
    of = (row.system, row.object, row.external_id)
    return OpenCorrection(row.id, row.path, *of, row.was, row.now, row.owner_role)


def is_unsettled(session: Session, item_id: int) -> bool:
    """Whether an item, also an approved one, has source changes that nobody acknowledged or rests on a field whose
    correction is open. For lists: what is about to be sent reads the same anew (`ItemContext.unsettled`)."""
    item = session.get_one(Item, item_id)
    number = select(Revision.id).where(Revision.item_id == item_id, Revision.number == item.revision_number)
    return bool(unsettled(session, item, session.scalars(number).one(), questioned=True).why)


def _cut(value: str | None) -> str:
    if not value:
        return "nothing"
    return value if len(value) <= MAX_SHOWN else f"{value[:MAX_SHOWN]}…"
