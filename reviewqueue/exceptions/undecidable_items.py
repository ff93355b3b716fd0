"""Exceptions for undecidable items. The worker scans the open items: for those that nobody can decide, and those
overdue with nobody left to escalate to, it opens one exception for each lane and gate, and resolves it later.

Each scan evaluates the next SCAN_SIZE items along one index, so its time does not grow with the queue; a full round
over 100,000 takes under nine minutes at a scan every five seconds. Any number of workers may scan: each act reads again
under the lock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, select, tuple_
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import vocabulary
from reviewqueue.db.clock_batch import act_on_each
from reviewqueue.db.database import writing
from reviewqueue.db.rows import update_row
from reviewqueue.db.tables import base
from reviewqueue.db.tables.exceptions import ExceptionCase, ExceptionItem
from reviewqueue.db.tables.items import Item
from reviewqueue.exceptions import case_queries, exception_cases
from reviewqueue.items import sla, undecidable
from reviewqueue.policy import policy_versions
from reviewqueue.policy.model.exceptions import Category
from reviewqueue.policy.model.policy import Policy

SCAN_SIZE = 1000
MAX_LINKED = 200  # items linked to one exception at most; the others follow when it is resolved
MAX_ESCALATIONS = 50  # stuck items that one scan tries again to escalate
OUTCOME_DECIDABLE = "decidable"
_FACTS = (Item.id, Item.lane, Item.gate, Item.state, Item.due_at, Item.overdue_at, Item.paused_at)
_KEY = (Item.lane, Item.gate, Item.due_at, Item.id)
_NEXT = (
    select(*_FACTS)
    .where(
        Item.state == bindparam("state"),
        tuple_(*_KEY) > tuple_(*(bindparam(f"after_{one.key}", type_=one.type) for one in _KEY)),
    )
    .order_by(*_KEY)
    .limit(bindparam("at_most"))
)


@dataclass(frozen=True)
class ScanCursor:
    """Where a scan goes on: behind the item it evaluated last, along the index of one state."""

    state: str
    lane: str = ""
    gate: str = ""
    due_at: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    id: int = 0


START = ScanCursor(vocabulary.UNDECIDED[0])


def scan(session: Session, now: datetime, place: ScanCursor = START) -> tuple[int, ScanCursor]:
    """Evaluate the next items of the round: escalate stuck ones for which there is somebody again, open or join an
    exception for undecidable ones, and resolve exceptions whose items can be decided again.

    Returns (on how many it acted, where the next scan goes on). Nothing is opened under a policy that names no category
    for it (`standstill`); then only the item's page and `reviewqueue doctor` show it.
    """
    rows, place = _next_rows(session, place)
    stuck = [row.id for row in rows if sla.stuck(row)]
    acted = act_on_each(stuck[:MAX_ESCALATIONS], lambda one: sla.escalate_further(session, one, now), "item")
    acted += _open_exceptions(session, rows, now) + _resolve_ended(session, now)
    if session.in_transaction():
        session.commit()
    return acted, place


def _open_exceptions(session: Session, rows: Sequence[Any], now: datetime) -> int:
    policy = policy_versions.current(session)
    category = policy.exceptions.called(policy.exceptions.standstill)
    if category is None:
        return 0
    why = _why_each(session, rows, now)
    by_gate: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        if row.id in why:
            by_gate.setdefault((row.lane, row.gate), []).append(row.id)
    return sum(_open(session, policy, category, desk, ids, now) for desk, ids in by_gate.items())


def _next_rows(session: Session, place: ScanCursor) -> tuple[list[Any], ScanCursor]:
    """(the next items of the round, where it goes on): from START again when it is complete."""
    rows: list[Any] = []
    while True:
        after = {f"after_{one.key}": getattr(place, one.key) for one in _KEY}
        wanted = SCAN_SIZE - len(rows)
        found = session.execute(_NEXT, {"state": place.state, "at_most": wanted, **after}).all()
        rows += found
        if len(found) == wanted:
            last = found[-1]
            return rows, ScanCursor(place.state, last.lane, last.gate, last.due_at, last.id)
        following = vocabulary.UNDECIDED.index(place.state) + 1
        if following == len(vocabulary.UNDECIDED):
            return rows, START
        place = ScanCursor(vocabulary.UNDECIDED[following])


def _why_each(session: Session, rows: Sequence[Any], now: datetime) -> dict[int, str]:
    """Why nobody decides these items, by id; items that somebody can decide are left out."""
    found = {
        row.id: f"It was due on {row.due_at:%d %b %H:%M} UTC, nobody decided it, and nobody is left to escalate "
        "it to. An admin has to give somebody a role it escalates to, or a leader assigns it to somebody who may "
        "decide it"
        for row in rows
        if sla.stuck(row)
    }
    people = undecidable.load_actors(session, now)
    return found | undecidable.why_each_undecidable(session, [row.id for row in rows], now, people)


def _open(
    session: Session, policy: Policy, category: Category, gate_keys: tuple[str, str], ids: Sequence[int], now: datetime
) -> int:
    """Open the exception of a lane and gate, or join it, for the items not linked to it yet; returns 1 if it acted."""
    lane, gate_key = gate_keys
    gate, known = policy.gate(lane, gate_key), policy.lane(lane)
    summary = f"Nobody decides at {gate.name if gate else gate_key}, {known.name if known else lane}"
    if not _unlinked(session, _find_open(session, lane, summary), ids):
        return 0
    with writing(session):
        case = _find_open(session, lane, summary)
        rows = session.execute(select(*_FACTS).where(Item.id.in_(_unlinked(session, case, ids)))).all()
        why = _why_each(session, rows, now)
        if not why:
            return 0
        fresh = case is None
        place = exception_cases.CaseSubject(lane, policy.organisation.name, None, None)
        case = case or exception_cases.insert_case(session, policy, category, place, summary, Actor.SLA, now)
        items = session.scalars(select(Item).where(Item.id.in_(why)).order_by(Item.id)).all()
        for item in items:
            exception_cases.link(session, case, item)
        exception_cases.add_note(session, case, Actor.SLA, "opened" if fresh else "note", _note_text(why), now)
        exception_cases.enqueue_callback(session, case, category.label, items, "exception.opened", now, {})
        override_log.append(session, now, *_events(case, items, why, fresh))
    return 1


def _find_open(session: Session, lane: str, summary: str) -> ExceptionCase | None:
    """The unresolved exception that the clock opened for this lane and gate."""
    query = select(ExceptionCase).where(
        ExceptionCase.state.in_(("open", "responded")),
        ExceptionCase.opened_by == Actor.SLA,
        ExceptionCase.lane == lane,
        ExceptionCase.summary == summary,
    )
    return session.scalars(query.order_by(ExceptionCase.id).limit(1)).one_or_none()


def _unlinked(session: Session, case: ExceptionCase | None, ids: Sequence[int]) -> list[int]:
    """The items not linked to the exception yet, as many as it still takes."""
    if case is None:
        return sorted(ids)[:MAX_LINKED]
    linked_ids = set(session.scalars(select(ExceptionItem.item_id).where(ExceptionItem.exception_id == case.id)))
    return sorted(set(ids) - linked_ids)[: max(0, MAX_LINKED - len(linked_ids))]


def _note_text(why: dict[int, str]) -> str:
    """One paragraph for each reason, with the items it is about."""
    items: dict[str, list[int]] = {}
    for item_id, says in sorted(why.items()):
        items.setdefault(says, []).append(item_id)
    return "\n\n".join(f"{_item_list_text(ids)}: {says}." for says, ids in items.items())


def _item_list_text(ids: Sequence[int]) -> str:
    return f"Item{'s' if len(ids) > 1 else ''} {', '.join(f'#{one}' for one in ids)}"


def _events(case: ExceptionCase, items: Sequence[Item], why: dict[int, str], fresh: bool) -> list[Event]:
    """One log entry for each item: the first opens the exception, the others join it."""
    events = []
    for number, item in enumerate(items):
        opens = fresh and number == 0
        facts = {"category": case.category, "blocking": case.blocking, "about" if opens else "joined": item.id}
        words = {"summary": case.summary, "text": why[item.id]} if opens else {"text": why[item.id]}
        whole = facts | (exception_cases.opening_facts(case) if opens else {})
        act = EventType.EXCEPTION_OPEN if opens else EventType.EXCEPTION_NOTE
        events.append(exception_cases.log_event(case, Actor.SLA, act, whole, words, item))
    return events


def _resolve_ended(session: Session, now: datetime) -> int:
    """Resolve the clock's exceptions whose items are all settled or can be decided again; returns how many."""
    opened = (ExceptionCase.opened_by == Actor.SLA) & ExceptionCase.state.in_(("open", "responded"))
    found = session.scalars(select(ExceptionCase.id).where(opened).order_by(ExceptionCase.id)).all()
    return act_on_each(found, lambda one: _resolve_if_ended(session, one, now), "exception")


def _resolve_if_ended(session: Session, case_id: int, now: datetime) -> bool:
    if _still_undecidable(session, case_id, now):
        return False
    with writing(session):
        case = session.get_one(ExceptionCase, case_id)
        if case.resolved_at is not None or _still_undecidable(session, case_id, now):
            return False
        _resolve(session, case, now)
        return True


def _still_undecidable(session: Session, case_id: int, now: datetime) -> bool:
    """Whether an open item linked to this exception is still undecidable."""
    linked = select(*_FACTS).join(ExceptionItem, ExceptionItem.item_id == Item.id)
    linked = linked.where(ExceptionItem.exception_id == case_id, Item.state.in_(vocabulary.UNDECIDED))
    rows = session.execute(linked).all()
    return bool(rows and _why_each(session, rows, now))


def _resolve(session: Session, case: ExceptionCase, now: datetime) -> None:
    text = "Every item it names is decided, or can be decided again: it was closed automatically."
    items = exception_cases.linked_items(session, case)
    answered: dict[str, Any] = {} if case.responded_at else {"responded_at": now}
    update_row(
        session,
        case,
        state="resolved",
        outcome=OUTCOME_DECIDABLE,
        resolved_at=now,
        pause="",
        paused_at=None,
        **answered,
    )
    exception_cases.add_note(session, case, Actor.SLA, "resolution", text, now)
    category = case_queries.category_of(session, case)
    label = category.label if category else case.category
    more = {"outcome": OUTCOME_DECIDABLE, "by": Actor.SLA, "at": base.moment(now), "text": text}
    exception_cases.enqueue_callback(session, case, label, items, "exception.resolved", now, more)
    facts = {"outcome": OUTCOME_DECIDABLE, "items": [item.id for item in items], "stayed": []}
    override_log.append(
        session,
        now,
        exception_cases.log_event(case, Actor.SLA, EventType.EXCEPTION_RESOLVE, facts, {"text": text}),
    )
