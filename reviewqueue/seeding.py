"""Seeding: the small believable world of `seed_data/`, brought in through the verbs that everybody uses.

CRM records are imported, automations submit, named people decide; nothing is written past a verb, so the override log
of a seeded database verifies like any other.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue import (
    casework,
    desk,
    exceptions,
    imports,
    intake,
    keys,
    leases,
    override_log,
    pauses,
    people,
    policies,
    resolving,
    review,
    sla,
)
from reviewqueue.access import Caller
from reviewqueue.database import writing
from reviewqueue.evidence import CheckResult, Citation, Drafted, Source
from reviewqueue.opening import Submission
from reviewqueue.policy import judging
from reviewqueue.proofs import canonical
from reviewqueue.records.exceptions import ExceptionCase
from reviewqueue.records.items import Item
from reviewqueue.records.log import LogEntry
from reviewqueue.records.onboardings import Onboarding, SourceRecord
from reviewqueue.refusals import Refused
from reviewqueue.settings import ROOT

SEED = ROOT / "seed_data"
ACTOR = "system:seed"
WHOLE = "seed.load"
# A working day of the seed world in UTC: the hours that its people in New York and in Berlin share.
DAY = (13, 21)
_DAYS = re.compile(r"([+-])(\d+)d (\d\d):(\d\d)")
_AGO = re.compile(r"-(?:(\d+)h)?(?:(\d+)m)?")
_PLAIN = {  # systems without a connector of their own: where their records and ids stand
    "gong": ("callTranscripts", "callId", "call", "Call transcript"),
    "stripe": ("data", "id", "subscription", "Subscription"),
}


@dataclass(frozen=True)
class Step:
    """One act of the seed world and its moment."""

    at: datetime
    do: Callable[[datetime], object]


@dataclass
class World:
    """What the steps share while they are played."""

    session: Session
    folder: Path
    people: dict[str, int] = field(default_factory=dict)
    callers: dict[str, Caller] = field(default_factory=dict)
    records: dict[str, Source] = field(default_factory=dict)

    def record(self, external_id: str) -> Source:
        """A record by its id: as it was imported, or of a system without a connector. KeyError for an unknown one."""
        if external_id not in self.records:
            kept = self.session.scalars(
                select(SourceRecord).where(SourceRecord.external_id == external_id)
            ).one_or_none()
            if kept is None:
                raise KeyError(f"no record {external_id} was imported by then")
            source = Source(kept.system, kept.object, kept.external_id, kept.payload, kept.fetched_at, kept.label)
            self.records[external_id] = source
        return self.records[external_id]


def begun(session: Session) -> bool:
    """Whether anything ever happened in this database.

    Raises Refused when the seed world broke off half-way: it is never loaded on top of itself.
    """
    first = session.scalar(select(LogEntry.actor).where(LogEntry.position == 1))
    done = session.scalar(select(LogEntry.position).where(LogEntry.act == WHOLE).limit(1))
    if first == ACTOR and done is None:
        raise Refused(
            "The seed world broke off half-way in this database, so it was left as it is. Start with an empty database."
        )
    return first is not None


def plan(folder: Path = SEED) -> dict[str, Any]:
    """Who is in the seed world, which automations draft, and what was imported when, as `world.toml` says it."""
    return tomllib.loads((folder / "world.toml").read_text(encoding="utf-8"))


def load(session: Session, files: dict[str, str], password: str, now: datetime, folder: Path = SEED) -> dict[str, int]:
    """Load the seed world into an empty database, with everybody's password, under the policy of those files.

    Returns how many people, onboardings and items there are. Raises Refused when the database is not empty.
    """
    if begun(session):
        raise Refused("There is something in this database already, so the seed world was not loaded.")
    told = plan(folder)
    world = World(session, folder, records=_records(folder))
    opens, shared = moment(told["opens"], now), people.hashed(password)
    policies.activate(session, files, ACTOR, opens)
    for person in told["people"]:
        actor = f"person:{next(iter(world.people.values()))}" if world.people else ACTOR
        added = people.add(session, person["email"], person["name"], person["roles"], shared, actor, opens)
        world.people[person["key"]] = added
    for automation in told["automations"]:
        world.callers[automation["key"]] = _automation(world, automation, opens)
    steps = [*_world_steps(world, told, now)]
    for path in sorted((folder / "stories").glob("*.toml")):
        steps += _story_steps(world, tomllib.loads(path.read_text(encoding="utf-8")), now)
    for step in sorted(steps, key=lambda one: one.at):
        _clock(session, step.at)
        step.do(step.at)
    _clock(session, now)
    return _whole(session, len(world.people), now)


def _clock(session: Session, until: datetime) -> None:
    """Let the clock act as it would have: at each moment up to `until` at which something was overdue."""
    while (at := sla.soonest(session)) is not None and at <= until:
        sla.tick(session, at)
    exceptions.tick(session, until)


def _whole(session: Session, count: int, now: datetime) -> dict[str, int]:
    """Write down that the seed world is whole."""
    found = {
        "people": count,
        "onboardings": len(session.scalars(select(Onboarding.id)).all()),
        "items": len(session.scalars(select(Item.id)).all()),
    }
    with writing(session):
        override_log.append(session, now, override_log.Event(ACTOR, WHOLE, facts=found))
    return found


def moment(says: str, now: datetime) -> datetime:
    """When something happened: `-9d 14:05` is nine working days ago at 14:05 UTC, `-1h20m` so long before the last
    working moment, `now` is now. Raises ValueError."""
    if says == "now":
        return now
    latest = _working(now)
    if ago := _AGO.fullmatch(says):
        return latest - timedelta(hours=int(ago[1] or 0), minutes=int(ago[2] or 0))
    if not (found := _DAYS.fullmatch(says)):
        raise ValueError(f"{says!r} is no moment of the seed world")
    step, left, day = (1 if found[1] == "+" else -1), int(found[2]), latest.date()
    while left:
        day += timedelta(days=step)
        left -= day.weekday() < 5
    return datetime.combine(day, time(int(found[3]), int(found[4])), now.tzinfo)


def _working(now: datetime) -> datetime:
    """Now, or the end of the last working day where it is night or a weekend."""
    if now.weekday() < 5 and DAY[0] <= now.hour < DAY[1]:
        return now
    day = now.date() if now.hour >= DAY[1] else now.date() - timedelta(days=1)
    while day.weekday() >= 5:
        day -= timedelta(days=1)
    return datetime.combine(day, time(DAY[1] - 1, 50), now.tzinfo)


def _records(folder: Path) -> dict[str, Source]:
    """The records of systems without a connector, by id."""
    found: dict[str, Source] = {}
    for system, (listed, key, kind, label) in _PLAIN.items():
        for path in sorted((folder / system).glob("*.json")):
            for record in canonical.read(path.read_text(encoding="utf-8"))[listed]:
                found[record[key]] = Source(system, kind, record[key], record, label=record.get("description") or label)
    return found


def _automation(world: World, told: dict[str, Any], at: datetime) -> Caller:
    admin, scopes = f"person:{world.people['sam']}", ("items:read", "items:write")
    owner = told.get("owner", "")
    token = keys.add(world.session, told["name"], scopes, admin, at, gates=told["gates"], owner_email=owner)
    caller = keys.caller(world.session, token)
    assert caller is not None  # noqa: S101  (the key was made one line up)
    return caller


def _world_steps(world: World, plan: dict[str, Any], now: datetime) -> Iterator[Step]:
    """Imports and absences."""
    for told in plan["imports"]:
        paths = [world.folder / told["system"] / name for name in told["files"]]
        yield Step(moment(told["at"], now), partial(imports.run, world.session, told["system"], paths))
    for told in plan["absences"]:
        who, delegate = world.people[told["who"]], world.people[told["delegate"]]
        starts, ends = moment(told["starts"], now), moment(told["ends"], now)
        yield Step(moment(told["at"], now), partial(people.go_away, world.session, who, delegate, starts, ends))


def _story_steps(world: World, story: dict[str, Any], now: datetime) -> Iterator[Step]:
    """What happened with one deal: to its packet, and to each draft that followed."""
    tale = Tale(world, story["deal"])
    for act in story.get("packet", []):
        yield Step(moment(act["at"], now), partial(tale.act, act, {"kind": "handoff_packet"}))
    for draft in story.get("drafts", []):
        yield Step(moment(draft["at"], now), partial(tale.submit, draft))
        for act in draft.get("acts", []):
            yield Step(moment(act["at"], now), partial(tale.act, act, draft))
    for told in story.get("exceptions", []):
        if "by" in told:
            yield Step(moment(told["at"], now), partial(tale.open, told))
        for act in told["acts"]:
            yield Step(moment(act["at"], now), partial(tale.work, told["category"], act))


@dataclass
class Tale:
    """One deal's story while it is played; `items` are the drafts submitted so far, by identity of their text."""

    world: World
    deal: str
    items: dict[int, int] = field(default_factory=dict)

    def submit(self, told: dict[str, Any], now: datetime) -> None:
        """An automation hands a draft in."""
        session, caller = self.world.session, self.world.callers[told["by"]]
        onboarding = session.scalars(select(Onboarding).where(Onboarding.external_id == self.deal)).one()
        submission = Submission(
            lane=onboarding.lane,
            drafted=self._drafted(told, told),
            external_id=self.deal,
            customer=onboarding.customer,
            system=onboarding.system,
            segment=onboarding.segment,
            checks=tuple(CheckResult(**check, origin=caller.automation) for check in told.get("checks", [])),
            confidence=told.get("confidence", ""),
        )
        answer, _ = intake.submit(session, caller, submission, now)
        self.items[id(told)] = answer["id"]

    def act(self, told: dict[str, Any], draft: dict[str, Any], now: datetime) -> None:
        """Somebody acts on a draft: a person decides, takes or pauses it, or the automation revises or withdraws it."""
        session, item_id = self.world.session, self._item(draft)
        if told["do"] == "withdraw":
            intake.withdraw(session, self.world.callers[draft["by"]], item_id, told["text"], now)
        elif told["do"] == "revise":
            found, again = desk.open_desk(session, item_id, now), self._drafted(draft | told, draft)
            caller, sure = self.world.callers[draft["by"]], told["confidence"]
            intake.revise(session, caller, item_id, found.revision.digest, again, now, confidence=sure)
        elif told["do"] == "pause":
            pauses.pause(session, self.world.people[told["by"]], item_id, told["waits"], told["text"], now)
        elif told["do"] == "take":
            leases.take(session, self.world.people[told["by"]], item_id, now)
        else:
            self._decide(told, item_id, now)

    def _decide(self, told: dict[str, Any], item_id: int, now: datetime) -> None:
        found = desk.open_desk(self.world.session, item_id, now)
        changed = told["do"] == "edit"
        ask = review.Ask(
            action=told["do"],
            reason_code=told["reason"],
            text=told.get("text", ""),
            passes=tuple(judging.failing(found.situation)) if told["do"] == "override" else (),
            expires_on=now.date() + timedelta(days=told["days"]) if "days" in told else None,
            draft=_replaced(found.revision.draft, told["replace"]) if changed else None,
        )
        seen = review.Seen(found.revision.digest, found.revision.evidence_digest, found.item.policy_digest)
        review.decide(self.world.session, self.world.people[told["by"]], item_id, ask, seen, now)

    def open(self, told: dict[str, Any], now: datetime) -> None:
        """Somebody opens an exception about a draft of this deal."""
        item_id = self._item({"kind": told["about"]})
        said = exceptions.Opening(told["category"], told["summary"], told["text"], item_id=item_id)
        exceptions.open_case(self.world.session, self.world.people[told["by"]], said, now)

    def work(self, category: str, told: dict[str, Any], now: datetime) -> None:
        """Somebody does something with the exception of that category."""
        session, who, text = self.world.session, self.world.people[told["by"]], told["text"]
        query = select(ExceptionCase.id).join(Onboarding, Onboarding.id == ExceptionCase.onboarding_id)
        case_id = session.scalars(
            query.where(Onboarding.external_id == self.deal, ExceptionCase.category == category)
        ).one()
        if told["do"] == "resolve":
            resolving.resolve(session, who, case_id, resolving.Resolution(told["outcome"], text), now)
        elif told["do"] == "move":
            casework.move(session, who, case_id, f"person:{self.world.people[told['to']]}", text, now)
        elif told["do"] == "pause":
            casework.pause(session, who, case_id, told["waits"], text, now)
        else:
            {"respond": casework.respond, "note": casework.note}[told["do"]](session, who, case_id, text, now)

    def _item(self, draft: dict[str, Any]) -> int:
        if id(draft) in self.items:
            return self.items[id(draft)]
        query = select(Item.id).join(Onboarding, Onboarding.id == Item.onboarding_id)
        return self.world.session.scalars(
            query.where(Onboarding.external_id == self.deal, Item.kind == draft["kind"])
        ).one()

    def _drafted(self, told: dict[str, Any], first: dict[str, Any]) -> Drafted:
        sources = {ref: self.world.record(found) for ref, found in first["sources"].items()}
        cited = tuple(Citation(one["at"], one["quote"], one["source"], one["path"]) for one in told["citations"])
        return Drafted(first["kind"], told["title"], told["draft"], sources, cited)


def _replaced(draft: Any, changes: list[list[str]]) -> dict[str, Any]:
    """The draft with each (pointer, old, new) replaced. Raises ValueError when the old text is not there."""
    after: dict[str, Any] = deepcopy(draft)
    for pointer, old, new in changes:
        above, _, name = pointer.rpartition("/")
        holder = canonical.look(after, above)
        if old not in holder[name]:
            raise ValueError(f"{old!r} does not stand at {pointer}")
        holder[name] = holder[name].replace(old, new)
    return after
