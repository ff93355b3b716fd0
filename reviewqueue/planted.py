"""Planted: known-bad drafts at a gate. Sealed in the log, planted among the real ones, revealed by the first decision.

A planted draft is a copy of one that people approved unchanged, with one known fault. It is sealed long before it
comes, so that the log does not tell which one it is, and so that nobody can call a real approval planted afterwards.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from reviewqueue import (
    access,
    calendar,
    copying,
    desk,
    keys,
    opening,
    override_log,
    planting,
    policies,
)
from reviewqueue.access import Caller
from reviewqueue.database import writing
from reviewqueue.events import EventType
from reviewqueue.override_log import Event
from reviewqueue.planting import Fault
from reviewqueue.policy.shape import Gate, Lane, Policy
from reviewqueue.policy.stages import RANK
from reviewqueue.policy.words import POLICY_CHANGE
from reviewqueue.proofs import canonical
from reviewqueue.records.items import Decision, Item
from reviewqueue.records.planting import Plant, real
from reviewqueue.records.prepared import Prepared
from reviewqueue.records.rows import change, put
from reviewqueue.submissions import Submission

ACTOR = "system:planting"
_PLANTED = Prepared(select(Plant.id).where(Plant.item_id == bindparam("item")))
AFTER_MINUTES = (4, 90)  # a planted draft comes so long after a real one


def gates(policy: Policy) -> Iterator[tuple[Lane, Gate]]:
    """The lanes and gates at which drafts are planted: those whose policy says how many, in a lane that is in pilot or
    further."""
    for lane in policy.lanes:
        for key in dict.fromkeys(gate for kind, gate in lane.kinds.items() if kind != POLICY_CHANGE):
            gate = policy.gate(lane.key, key)
            if gate is not None and gate.planted_percent and RANK[lane.stage] >= RANK["pilot"]:
                yield lane, gate


def tick(session: Session, now: datetime) -> int:
    """Let the clock act: end what nobody judged, seal the next draft of each gate, and plant what is due. Returns on
    how many it acted."""
    policy = policies.current(session)
    wanted = {(lane.key, gate.key): (lane, gate) for lane, gate in gates(policy)}
    acted = 0
    for plant in session.scalars(select(Plant).where(Plant.revealed_at.is_(None)).order_by(Plant.id)).all():
        place = wanted.pop((plant.lane, plant.gate), None)
        if plant.item_id is not None:
            acted += _settled(session, plant.id, now)
        elif place is None:
            acted += _dropped(session, plant.id, "nothing is planted at this gate any more", now)
        elif _is_due(session, policy, plant, place[1], now):
            plant_now(session, plant.id, now)
            acted += 1
    acted += sum(seal(session, lane, gate, now) is not None for lane, gate in wanted.values())
    if session.in_transaction():
        session.commit()
    return acted


def seal(session: Session, lane: Lane, gate: Gate, now: datetime, salt: str = "") -> int | None:
    """Choose the next draft of a gate and seal it in the log; returns the plant's id, None where no approved draft can
    be copied. It is no item yet."""
    salt = salt or secrets.token_hex(16)
    if next(copying.approved(session, lane, gate, now, salt), None) is None:
        return None
    with writing(session):
        policy = policies.current(session)
        known = policy.lane(lane.key), policy.gate(lane.key, gate.key)
        waits = select(Plant.id).where(Plant.lane == lane.key, Plant.gate == gate.key, Plant.revealed_at.is_(None))
        if None in known or session.scalar(waits) is not None:
            return None
        found = next(copying.copies(session, policy, lane, gate, now, salt), None)
        if found is None:
            return None
        fault = vars(found.fault)
        sealed = planting.seal(found.weighed.digest, fault, salt)
        position = override_log.append(session, now, Event(ACTOR, EventType.PLANT_SEAL, facts={"seal": sealed}))
        words = {name: fault[name] for name in ("says", "at", "was", "became")}
        turn = planting.turn(gate.planted_percent or 1, salt)
        return put(
            session, Plant, lane=lane.key, gate=gate.key, kind=found.item.kind, fault=found.fault.key, **words,
            from_item_id=found.item.id, revision_digest=found.weighed.digest, salt=salt, seal=sealed, position=position,
            turn=turn, sealed_at=now,
        )  # fmt: skip


def plant_now(session: Session, plant_id: int, now: datetime) -> int | None:
    """Open the item of a sealed draft, like any other at its gate; returns its id. None where what was sealed does not
    hold any more: it is dropped then, and the next one is sealed."""
    with writing(session):
        plant, policy = session.get_one(Plant, plant_id), policies.current(session)
        lane, gate = policy.lane(plant.lane), policy.gate(plant.lane, plant.gate)
        if plant.revealed_at is not None or plant.item_id is not None or lane is None or gate is None:
            return None
        item = session.get_one(Item, plant.from_item_id)
        made = (
            copying.copied(session, policy, lane, gate, item, [fault_of(plant)])
            if copying.fits(session, item, now)
            else None
        )
        if made is None or made.weighed.digest != plant.revision_digest:
            events = _end(session, plant, "the rules, or what it rests on, moved before it came", now)
            override_log.append(session, now, *events)
            return None
        run = made.run
        submission = Submission(
            *(run.lane, made.drafted, run.external_id, run.customer, run.system, run.account_id, run.segment),
            checks=made.sent, confidence=made.confidence,
        )  # fmt: skip
        author = Caller(made.key, keys.automation(session, access.PLANTER, "", now), access.PLANTER)
        opened = opening.open_item(session, policy, author, submission, now, shown_as=made.wrote)
        change(session, plant, item_id=opened.item_id, planted_at=now)
        override_log.append(session, now, *opened.events)
        return opened.item_id


def revealed(
    session: Session, found: desk.Desk, made: Decision, draft: Mapping[str, Any] | None, now: datetime
) -> list[Event]:
    """What follows a person's decision on a planted draft, inside its transaction: the item is withdrawn, whatever was
    decided, and the log says what it was. Nothing for a real one."""
    known = _PLANTED.scalar(session, {"item": found.item.id})
    plant = session.get(Plant, known) if known else None
    if plant is None or plant.revealed_at is not None:
        return []
    ended = {"state": "withdrawn", "settled_at": now, "settled_by_id": made.person_id}
    change(session, found.item, **ended, lease_holder_id=None, lease_until=None)
    seen = planting.caught(fault_of(plant), made.action, draft)
    change(session, plant, revealed_at=now, decision_id=made.id, caught=seen)
    return [_reveal(plant, opening.whereabouts(found.item))]


def fault_of(plant: Plant) -> Fault:
    """The fault of a planted draft."""
    return Fault(plant.fault, plant.says, plant.at, plant.was, plant.became)


def of_item(session: Session, item_id: int) -> Plant | None:
    """What an item was planted as, once that is revealed; None for real ones, and for those nobody decided yet."""
    return session.scalars(select(Plant).where(Plant.item_id == item_id, Plant.revealed_at.is_not(None))).first()


def _reveal(plant: Plant, place: dict[str, Any]) -> Event:
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
    words = canonical.write(vars(fault_of(plant)), digits=True)
    return Event(ACTOR, EventType.PLANT_REVEAL, **place, facts=facts, texts={"fault": words})


def _end(session: Session, plant: Plant, note: str, now: datetime) -> list[Event]:
    change(session, plant, revealed_at=now, note=note)
    item = session.get(Item, plant.item_id) if plant.item_id else None
    return [_reveal(plant, opening.whereabouts(item) if item else {"lane": plant.lane, "gate": plant.gate})]


def _settled(session: Session, plant_id: int, now: datetime) -> int:
    """End a planted draft whose item was settled without a decision: superseded, withdrawn or expired."""
    settled = select(Item.id).join(Plant, Plant.item_id == Item.id).where(Item.settled_at.is_not(None))
    if session.scalar(settled.where(Plant.id == plant_id)) is None:
        return 0
    return _dropped(session, plant_id, "it was settled before anybody judged it", now)


def _dropped(session: Session, plant_id: int, note: str, now: datetime) -> int:
    with writing(session):
        plant = session.get_one(Plant, plant_id)
        if plant.revealed_at is not None:
            return 0
        override_log.append(session, now, *_end(session, plant, note, now))
    return 1


def _is_due(session: Session, policy: Policy, plant: Plant, gate: Gate, now: datetime) -> bool:
    """Whether enough real drafts came since it was sealed, and the last one some while ago in business hours."""
    here = (Item.lane == plant.lane) & (Item.gate == plant.gate) & (Item.opened_at > plant.sealed_at)
    count, last = session.execute(select(func.count(), func.max(Item.opened_at)).where(here, real())).one()
    if count < plant.turn or last is None:
        return False
    wait = timedelta(minutes=Random(plant.salt).uniform(*AFTER_MINUTES))  # noqa: S311
    hours = policy.calendar(plant.lane)
    return bool(now >= last + wait and calendar.business_hours(now - timedelta(minutes=1), now, hours))
