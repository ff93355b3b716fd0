"""Seeded defects: known-bad drafts at a gate. Sealed in the log, inserted among the real ones, revealed by the first
decision.

Each is a copy of a draft that people approved unchanged, with one known fault. It is sealed long before it is inserted,
so that the log does not tell which one it is, and so that nobody can call a real approval seeded afterwards.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import canonical_json
from reviewqueue.core.vocabulary import POLICY_CHANGE
from reviewqueue.db.clock_batch import act_on_each
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row, update_row
from reviewqueue.db.statements import Prepared
from reviewqueue.db.tables.items import Decision, Item
from reviewqueue.db.tables.seeded_defects import SeededDefect, not_seeded
from reviewqueue.evidence.row_moves import RowMoves, moved
from reviewqueue.items import item_context, opening
from reviewqueue.measurement import seeded
from reviewqueue.measurement.seeded import Fault, draft_copies
from reviewqueue.people import access, api_keys
from reviewqueue.policy import business_hours, policy_versions
from reviewqueue.policy.lane_stages import RANK
from reviewqueue.policy.model.policy import Gate, Lane, Policy

_PLANTED = Prepared(select(SeededDefect.id).where(SeededDefect.item_id == bindparam("item")))
AFTER_MINUTES = (4, 90)  # a seeded defect comes so long after a real draft


def gates(policy: Policy) -> Iterator[tuple[Lane, Gate]]:
    """The lanes and gates at which defects are seeded: the gate's policy says how many, and the lane is in pilot or
    further."""
    for lane in policy.lanes:
        for key in dict.fromkeys(gate for kind, gate in lane.kinds.items() if kind != POLICY_CHANGE):
            gate = policy.gate(lane.key, key)
            if gate is not None and gate.planted_percent and RANK[lane.stage] >= RANK["pilot"]:
                yield lane, gate


def schedule(session: Session, now: datetime) -> int:
    """One turn of the clock: end those that nobody decided, seal the next one of each gate, and insert what is due.
    Returns on how many it acted."""
    policy = policy_versions.current(session)
    wanted = {(lane.key, gate.key): (lane, gate) for lane, gate in gates(policy)}
    hidden = select(SeededDefect.id, SeededDefect.lane, SeededDefect.gate).where(SeededDefect.revealed_at.is_(None))
    places = {
        row.id: wanted.pop((row.lane, row.gate), None) for row in session.execute(hidden.order_by(SeededDefect.id))
    }
    acted = act_on_each(places, lambda one: _move_on(session, policy, one, places[one], now), "seeded_defect")
    free = {f"{lane}/{gate}": place for (lane, gate), place in wanted.items()}
    acted += act_on_each(free, lambda one: seal(session, *free[one], now) is not None, "gate")
    if session.in_transaction():
        session.commit()
    return acted


def _move_on(session: Session, policy: Policy, plant_id: int, place: tuple[Lane, Gate] | None, now: datetime) -> bool:
    """End one that nobody decided, drop one that is not wanted any more, or insert one that is due; whether it did."""
    plant = session.get_one(SeededDefect, plant_id)
    if plant.item_id is not None:
        return bool(_end_if_settled(session, plant_id, now))
    if place is None:
        return bool(_drop(session, plant_id, "nothing is seeded at this gate any more", now))
    if not _is_due(session, policy, plant, place[1], now):
        return False
    insert_now(session, plant_id, now)
    return True


def seal(session: Session, lane: Lane, gate: Gate, now: datetime, salt: str = "") -> int | None:
    """Choose the next draft of a gate and seal it in the log; returns its id in `plants`, None where no approved draft
    can be copied or another one waits. It is no item yet."""
    salt = salt or secrets.token_hex(16)
    if next(draft_copies.approved_drafts(session, lane, gate, now, salt), None) is None:
        return None
    with writing(session):
        policy = policy_versions.current(session)
        known = policy.lane(lane.key), policy.gate(lane.key, gate.key)
        waits = select(SeededDefect.id).where(
            SeededDefect.lane == lane.key, SeededDefect.gate == gate.key, SeededDefect.revealed_at.is_(None)
        )
        if None in known or session.scalar(waits) is not None:
            return None
        copy = next(draft_copies.copies(session, policy, lane, gate, now, salt), None)
        if copy is None:
            return None
        fault = vars(copy.fault)
        sealed = seeded.seal(copy.digest, fault, salt)
        position = override_log.append(
            session, now, Event(Actor.SEEDED_DEFECTS, EventType.PLANT_SEAL, facts={"seal": sealed})
        )
        words = {name: fault[name] for name in ("says", "at", "was", "became")}
        turn = seeded.turn(gate.planted_percent or 1, salt)
        return insert_row(
            session, SeededDefect, lane=lane.key, gate=gate.key, kind=copy.item.kind, fault=copy.fault.key, **words,
            from_item_id=copy.item.id, revision_digest=copy.digest, salt=salt, seal=sealed, position=position,
            turn=turn, sealed_at=now,
        )  # fmt: skip


def insert_now(session: Session, plant_id: int, now: datetime) -> int | None:
    """Open the item of a sealed draft, like any other at its gate; returns its id. None where it was inserted or ended
    already, or what was sealed no longer holds: then it is dropped, and the next one is sealed."""
    with writing(session):
        plant, policy = session.get_one(SeededDefect, plant_id), policy_versions.current(session)
        lane, gate = policy.lane(plant.lane), policy.gate(plant.lane, plant.gate)
        if plant.revealed_at is not None or plant.item_id is not None or lane is None or gate is None:
            return None
        item = session.get_one(Item, plant.from_item_id)
        copy = (
            draft_copies.make_copy(session, policy, lane, gate, item, lambda _: [fault_of(plant)])
            if draft_copies.can_be_opened(session, item, now)
            else None
        )
        if copy is None or copy.digest != plant.revision_digest:
            events = _end_and_reveal(
                session, plant, "the rules, or what it rests on, changed before it was submitted", now
            )
            override_log.append(session, now, *events)
            return None
        author = api_keys.own_caller(session, access.SEED_AUTOMATION, now, key_id=copy.api_key_id)
        opened = opening.open_item(session, policy, author, copy.submission, now, shown_as=copy.automation_id)
        update_row(session, plant, item_id=opened.item_id, planted_at=now)
        override_log.append(session, now, *opened.events)
        return opened.item_id


def reveal_if_seeded(
    session: Session,
    context: item_context.ItemContext,
    decision: Decision,
    draft: Mapping[str, Any] | None,
    now: datetime,
    rows: RowMoves,
) -> list[Event]:
    """Inside the transaction of a person's decision on a seeded defect: the item is withdrawn, whatever was decided.
    `rows` are those that an edit's `draft` has in other places. Returns the events that reveal it, for the caller to
    append; none for a real draft."""
    defect_id = _PLANTED.scalar(session, {"item": context.item.id})
    plant = session.get(SeededDefect, defect_id) if defect_id else None
    if plant is None or plant.revealed_at is not None:
        return []
    ended = {"state": "withdrawn", "settled_at": now, "settled_by_id": decision.person_id}
    update_row(session, context.item, **ended, lease_holder_id=None, lease_until=None)
    fault = fault_of(plant)
    at = moved(fault.at, rows)
    was_caught = at is None or seeded.caught(replace(fault, at=at), decision.action, draft)
    update_row(session, plant, revealed_at=now, decision_id=decision.id, caught=was_caught)
    return [_reveal(plant, context.item)]


def fault_of(plant: SeededDefect) -> Fault:
    """The fault of a seeded defect."""
    return Fault(plant.fault, plant.says, plant.at, plant.was, plant.became)


def hidden_in(session: Session, item_id: int) -> Fault | None:
    """The fault of an item that is a seeded defect which nobody decided yet; None for every other."""
    mine = select(SeededDefect).where(SeededDefect.item_id == item_id, SeededDefect.revealed_at.is_(None))
    plant = session.scalars(mine).first()
    return fault_of(plant) if plant else None


def of_item(session: Session, item_id: int) -> SeededDefect | None:
    """The seeded defect that an item was, once that is revealed; None for real ones, and for those nobody decided
    yet."""
    return session.scalars(
        select(SeededDefect).where(SeededDefect.item_id == item_id, SeededDefect.revealed_at.is_not(None))
    ).first()


def _reveal(plant: SeededDefect, item: Item | None) -> Event:
    facts = {
        "plant": plant.id,
        "sealed_at": plant.position,
        "seal": plant.seal,
        "revision_digest": plant.revision_digest,
        "salt": plant.salt,
        "fault": plant.fault,
        "from": plant.from_item_id,
        "decision": plant.decision_id,
        "caught": plant.caught,
    }
    words = canonical_json.write(vars(fault_of(plant)), digits=True)
    told = Actor.SEEDED_DEFECTS, EventType.PLANT_REVEAL
    if item is None:
        return Event(*told, lane=plant.lane, gate=plant.gate, facts=facts, texts={"fault": words})
    return Event.about(item, *told, facts=facts, texts={"fault": words})


def _end_and_reveal(session: Session, plant: SeededDefect, note: str, now: datetime) -> list[Event]:
    update_row(session, plant, revealed_at=now, note=note)
    item = session.get(Item, plant.item_id) if plant.item_id else None
    return [_reveal(plant, item)]


def _end_if_settled(session: Session, plant_id: int, now: datetime) -> int:
    """End a seeded defect whose item was settled without a decision: superseded, withdrawn or expired."""
    settled = select(Item.id).join(SeededDefect, SeededDefect.item_id == Item.id).where(Item.settled_at.is_not(None))
    if session.scalar(settled.where(SeededDefect.id == plant_id)) is None:
        return 0
    return _drop(session, plant_id, "it was settled before anybody judged it", now)


def _drop(session: Session, plant_id: int, note: str, now: datetime) -> int:
    with writing(session):
        plant = session.get_one(SeededDefect, plant_id)
        if plant.revealed_at is not None:
            return 0
        override_log.append(session, now, *_end_and_reveal(session, plant, note, now))
    return 1


def _is_due(session: Session, policy: Policy, plant: SeededDefect, gate: Gate, now: datetime) -> bool:
    """Whether enough real drafts came since it was sealed, and the last one some minutes ago, within business hours."""
    here = (Item.lane == plant.lane) & (Item.gate == plant.gate) & (Item.opened_at > plant.sealed_at)
    count, last = session.execute(select(func.count(), func.max(Item.opened_at)).where(here, not_seeded())).one()
    if count < plant.turn or last is None:
        return False
    wait = timedelta(minutes=Random(plant.salt).uniform(*AFTER_MINUTES))  # noqa: S311
    hours = policy.calendar(plant.lane)
    return bool(now >= last + wait and business_hours.business_hours(now - timedelta(minutes=1), now, hours))
