"""The milestones of the plan that was approved last, as rows. A milestone is reached only by evidence that a person
records (`onboarding.milestones`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from reviewqueue.checks import dependencies
from reviewqueue.checks.dependencies import plain
from reviewqueue.core import text_limits
from reviewqueue.core.characters import visible_length
from reviewqueue.db.rows import insert_rows
from reviewqueue.db.tables.items import Item, Revision
from reviewqueue.db.tables.milestones import LAYERS, Milestone

CUSTOMER_VALUE = LAYERS[-1]
_EVIDENCE_COLUMNS = ("reached_at", "reached_by_id", "proof")


def current(session: Session, onboarding_id: int) -> Sequence[Milestone]:
    """The milestones of the current plan, soonest due first; none before a plan is approved."""
    query = select(Milestone).where(Milestone.onboarding_id == onboarding_id, Milestone.replaced_at.is_(None))
    return sorted(session.scalars(query), key=lambda one: (one.due_on or date.max, one.number))


def next_unreached(milestones: Sequence[Milestone], except_id: int = 0) -> Milestone | None:
    """The first of them that is not reached, leaving out the one with id `except_id`; None when all are reached."""
    return next((one for one in milestones if one.reached_at is None and one.id != except_id), None)


def first_value_reached(milestones: Sequence[Milestone]) -> bool:
    """Whether first value is reached: the plan has customer-value milestones, and each has its evidence."""
    value = [one for one in milestones if one.layer == CUSTOMER_VALUE]
    return bool(value) and all(one.reached_at for one in value)


def unreached_before(session: Session, milestones: Sequence[Milestone]) -> dict[int, list[Milestone]]:
    """By the id of each customer-value milestone of the current plan: those it depends on that are not reached; a
    milestone that waits for none is left out."""
    value = [one for one in milestones if one.layer == CUSTOMER_VALUE]
    if not value:
        return {}
    rows = _approved_rows(session, value[0].item_id)
    names = {plain(row["name"]): number for number, row in reversed(rows.items()) if plain(row["name"])}
    by_number = {one.number: one for one in milestones}
    found = {}
    for one in value:
        named = dependencies.names_in(rows[one.number]["depends"], names) if one.number in rows else []
        before = [by_number[names[plain(name)]] for name in named if plain(name) in names]
        found[one.id] = [other for other in before if other.reached_at is None and other.id != one.id]
    return {key: listed for key, listed in found.items() if listed}


def _approved_rows(session: Session, item_id: int) -> dict[int, dict[str, str]]:
    """What the approved plan says of each milestone, by its number; the columns hold only the beginning of a long
    text."""
    query = select(Revision.draft).join(Item, (Item.id == Revision.item_id) & (Item.revision_number == Revision.number))
    draft = session.scalars(query.where(Item.id == item_id)).first()
    listed = draft.get("milestones") if isinstance(draft, dict) else None
    return {
        number: {name: entry[name] if isinstance(entry.get(name), str) else "" for name in ("name", "depends")}
        for number, entry in enumerate(listed if isinstance(listed, list) else [], 1)
        if isinstance(entry, dict)
    }


def activate(session: Session, item: Item, draft: Any, now: datetime) -> None:
    """Activate a plan that was just approved, inside a transaction the caller holds. Evidence recorded for a
    milestone of the same layer and name is kept."""
    assert item.onboarding_id is not None  # noqa: S101  (a plan is never about no customer)
    before = {(one.layer, one.name.casefold()): one for one in current(session, item.onboarding_id) if one.reached_at}
    older = update(Milestone).where(Milestone.onboarding_id == item.onboarding_id, Milestone.replaced_at.is_(None))
    session.connection().execute(older.values(replaced_at=now))
    rows = []
    for row in _milestone_rows(draft):
        reached = before.pop((row["layer"], row["name"].casefold()), None)
        kept = {name: getattr(reached, name) if reached else None for name in _EVIDENCE_COLUMNS}
        place = {"onboarding_id": item.onboarding_id, "item_id": item.id, "planned_at": now}
        rows.append({**row, **place, **kept, "proof": kept["proof"] or ""})
    insert_rows(session, Milestone, rows)


def _milestone_rows(draft: Any) -> Iterator[dict[str, Any]]:
    """Each milestone of a plan's draft as columns, whatever shape an automation gave it."""
    listed = draft.get("milestones") if isinstance(draft, dict) else None
    for number, entry in enumerate(listed if isinstance(listed, list) else [], 1):
        if not isinstance(entry, dict):
            continue
        texts = {name: text_limits.replace_invalid(value) for name, value in entry.items() if isinstance(value, str)}
        name, layer = texts.get("name", ""), texts.get("layer", "").strip().lower()
        yield {
            "number": number,
            "name": name[:255] if visible_length(name) else f"Milestone {number}",
            "layer": layer if layer in LAYERS else "",
            "owner": texts.get("owner", "")[:255],
            "due_on": _day(texts.get("due", "")),
            "evidence": texts.get("evidence", ""),
            "exit": texts.get("exit", ""),
            "depends": texts.get("depends", "")[:255],
        }


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
