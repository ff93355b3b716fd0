"""The catch rate: how many seeded defects each gate caught, and whether every reveal matches its seal. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import EventType
from reviewqueue.core import canonical_json
from reviewqueue.db.tables.items import Decision, Item
from reviewqueue.db.tables.log import LogEntry, LogText
from reviewqueue.db.tables.people import Person
from reviewqueue.db.tables.seeded_defects import SeededDefect
from reviewqueue.measurement import seeded, stats
from reviewqueue.measurement.seeded.faults import FAULTS
from reviewqueue.policy.model.policy import Policy

MIN_DRAFTS = 10  # below so many decided drafts a share says next to nothing, and whose it is could be guessed
MIN_DECIDERS = 2  # so many must have decided at a gate for its share to be shown: with one it would be that person's
MAX_DECIDED = 500
MAX_LISTED = 200


@dataclass(frozen=True)
class SealVerification:
    """The result of verifying: how many seals and reveals the log has, how many seals are not revealed yet, and every
    break with its position in the log."""

    seals: int
    reveals: int
    waiting: int
    breaks: tuple[override_log.Violation, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing was found wrong."""
        return not self.breaks


def by_gate(session: Session, policy: Policy, lane: str) -> list[dict[str, Any]]:
    """By gate of a lane where a seeded defect was decided: the share caught with its interval, also by kind of fault;
    with fewer than MIN_DRAFTS, or fewer than MIN_DECIDERS who decided, only how many there were."""
    here = select(SeededDefect.gate, SeededDefect.fault, SeededDefect.caught, Decision.person_id)
    here = here.join(Decision, Decision.id == SeededDefect.decision_id).where(
        SeededDefect.lane == lane, SeededDefect.caught.is_not(None)
    )
    gates: dict[str, list[Any]] = defaultdict(list)
    for row in session.execute(here.order_by(SeededDefect.id.desc())):
        if len(gates[row.gate]) < MAX_DECIDED:
            gates[row.gate].append(row)
    return [_gate_figures(policy, lane, key, rows) for key, rows in sorted(gates.items())]


def _gate_figures(policy: Policy, lane: str, key: str, rows: Sequence[Any]) -> dict[str, Any]:
    known = policy.gate(lane, key)
    kinds: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        kinds[row.fault].append(row)
    return {
        "gate": key,
        "name": known.name if known else key,
        "planted": _share_if_enough(rows),
        "faults": [
            {"fault": fault, "says": FAULTS[fault][0] if fault in FAULTS else fault, "caught": _share_if_enough(found)}
            for fault, found in sorted(kinds.items())
        ],
    }


def _share_if_enough(rows: Sequence[Any]) -> dict[str, Any]:
    if len(rows) < MIN_DRAFTS or len({row.person_id for row in rows}) < MIN_DECIDERS:
        return stats.Figure(None, n=len(rows)).plain()
    return _share(rows)


def _share(rows: Sequence[Any]) -> dict[str, Any]:
    return stats.share(sum(bool(row.caught) for row in rows), len(rows)).plain()


def by_person(session: Session, policy: Policy, lane: str) -> list[dict[str, Any]]:
    """The share caught by each decider, by name; empty unless the policy has `catch_rate_per_person`."""
    if not policy.organisation.catch_rate_per_person:
        return []
    query = (
        select(SeededDefect.gate, SeededDefect.caught, Person.name)
        .join(Decision, Decision.id == SeededDefect.decision_id)
        .join(Person, Person.id == Decision.person_id)
        .where(SeededDefect.lane == lane, SeededDefect.caught.is_not(None))
    )
    people: dict[str, list[Any]] = defaultdict(list)
    for row in session.execute(query):
        people[row.name].append(row)
    return [{"person": name, "caught": _share(rows)} for name, rows in sorted(people.items())]


def newest_defects(session: Session) -> list[tuple[SeededDefect, Item | None]]:
    """The newest seeded defects with their items (None before they are inserted), unrevealed ones among them: only for
    those who run the seeding."""
    query = (
        select(SeededDefect, Item)
        .outerjoin(Item, Item.id == SeededDefect.item_id)
        .order_by(SeededDefect.id.desc())
        .limit(MAX_LISTED)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def verify(session: Session) -> SealVerification:
    """Compare each reveal in the log with its seal and with the submitted item, and the rows of `plants` with both."""
    acts = (EventType.PLANT_SEAL.value, EventType.PLANT_REVEAL.value)
    query = select(LogEntry).where(LogEntry.act.in_(acts)).order_by(LogEntry.position)
    seals: dict[int, str] = {}
    used: set[int] = set()
    breaks: list[override_log.Violation] = []
    revealed: set[str] = set()
    reveals = 0
    for entry in session.scalars(query):
        facts = canonical_json.read(entry.body)["facts"]
        if entry.act == EventType.PLANT_SEAL:
            seals[entry.position] = facts["seal"]
            continue
        reveals += 1
        breaks += [
            override_log.Violation(entry.position, says) for says in _reveal_faults(session, entry, facts, seals, used)
        ]
        used.add(facts["sealed_at"])
        revealed.add(facts["seal"])
    for plant in session.scalars(select(SeededDefect).order_by(SeededDefect.id)):
        if seals.get(plant.position) != plant.seal:
            breaks.append(override_log.Violation(plant.position, f"seeded defect {plant.id} has no seal in the log"))
        if (plant.revealed_at is not None) != (plant.seal in revealed):
            breaks.append(override_log.Violation(plant.position, f"seeded defect {plant.id} was revealed past the log"))
    return SealVerification(len(seals), reveals, len(seals) - len(used), tuple(breaks))


def _reveal_faults(
    session: Session, entry: LogEntry, facts: dict[str, Any], seals: dict[int, str], used: set[int]
) -> Iterator[str]:
    at = facts["sealed_at"]
    if seals.get(at) != facts["seal"]:
        yield f"there is no seal of this at position {at}, before it"
    if at in used:
        yield f"the seal at position {at} was opened before"
    words = session.get(LogText, (entry.position, "fault"))
    fault = canonical_json.read(words.text) if words else None
    if fault is None or not seeded.opens(facts["seal"], facts["revision_digest"], fault, facts["salt"]):
        yield "the draft, the fault and the salt are not what was sealed"
    if entry.item_id is None:
        return
    first = select(LogEntry).where(LogEntry.item_id == entry.item_id, LogEntry.act == EventType.ITEM_SUBMIT.value)
    submitted = session.scalars(first.order_by(LogEntry.position).limit(1)).first()
    if submitted is None or submitted.position <= at:
        yield f"item {entry.item_id} was not submitted after it was sealed"
    elif canonical_json.read(submitted.body)["facts"]["revision_digest"] != facts["revision_digest"]:
        yield f"item {entry.item_id} is not the draft that was sealed"
