"""The milestones of the plan that was approved last, as rows. A milestone is reached only by evidence that a person
records (`onboarding.milestones`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from reviewqueue.core import text_limits
from reviewqueue.core.characters import visible_length
from reviewqueue.db.rows import insert_rows
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.milestones import LAYERS, Milestone

CUSTOMER_VALUE = LAYERS[-1]
_KEPT = ("reached_at", "reached_by_id", "proof")


def current(session: Session, onboarding_id: int) -> Sequence[Milestone]:
    """The milestones of the current plan, soonest due first; none before a plan is approved."""
    query = select(Milestone).where(Milestone.onboarding_id == onboarding_id, Milestone.replaced_at.is_(None))
    return sorted(session.scalars(query), key=lambda one: (one.due_on or date.max, one.number))


def following(milestones: Sequence[Milestone], besides: int = 0) -> Milestone | None:
    """The first of them that is not reached, leaving out the one with id `besides`; None when all are reached."""
    return next((one for one in milestones if one.reached_at is None and one.id != besides), None)


def done(milestones: Sequence[Milestone]) -> bool:
    """Whether first value is reached: the plan has customer-value milestones, and each has its evidence."""
    value = [one for one in milestones if one.layer == CUSTOMER_VALUE]
    return bool(value) and all(one.reached_at for one in value)


def put_in_place(session: Session, item: Item, draft: Any, now: datetime) -> None:
    """Activate a plan that was just approved, inside a transaction the caller holds. Evidence recorded for a
    milestone of the same layer and name is kept."""
    assert item.onboarding_id is not None  # noqa: S101  (a plan is never about no customer)
    before = {(one.layer, one.name.casefold()): one for one in current(session, item.onboarding_id) if one.reached_at}
    older = update(Milestone).where(Milestone.onboarding_id == item.onboarding_id, Milestone.replaced_at.is_(None))
    session.connection().execute(older.values(replaced_at=now))
    rows = []
    for row in _told(draft):
        reached = before.pop((row["layer"], row["name"].casefold()), None)
        kept = {name: getattr(reached, name) if reached else None for name in _KEPT}
        place = {"onboarding_id": item.onboarding_id, "item_id": item.id, "planned_at": now}
        rows.append({**row, **place, **kept, "proof": kept["proof"] or ""})
    insert_rows(session, Milestone, rows)


def _told(draft: Any) -> Iterator[dict[str, Any]]:
    """Each milestone of a plan's draft as columns, whatever shape an automation gave it."""
    listed = draft.get("milestones") if isinstance(draft, dict) else None
    for number, told in enumerate(listed if isinstance(listed, list) else [], 1):
        if not isinstance(told, dict):
            continue
        said = {name: text_limits.replace_invalid(value) for name, value in told.items() if isinstance(value, str)}
        name, layer = said.get("name", ""), said.get("layer", "").strip().lower()
        yield {
            "number": number,
            "name": name[:255] if visible_length(name) else f"Milestone {number}",
            "layer": layer if layer in LAYERS else "",
            "owner": said.get("owner", "")[:255],
            "due_on": _day(said.get("due", "")),
            "evidence": said.get("evidence", ""),
            "exit": said.get("exit", ""),
            "depends": said.get("depends", "")[:255],
        }


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
