"""Loads the demo data in `seed_data/` through the same functions that everybody uses.

CRM records are imported, automations submit, named people decide; nothing is written directly, so the override log of a
seeded database verifies like any other.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.cli.demo_stories import (
    DealStory,
    PlantedTale,
    World,
    look_again,
    propose_check,
    say_ready,
    settle_look,
)
from reviewqueue.core import canonical_json
from reviewqueue.core.errors import DomainError
from reviewqueue.core.settings import shipped
from reviewqueue.db.database import writing
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.log import LogEntry
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.delivery import sent_reports
from reviewqueue.evidence.types import Source
from reviewqueue.exceptions import escalate_overdue, undecidable_items
from reviewqueue.items import sla
from reviewqueue.lanes import readiness
from reviewqueue.measurement.metrics import recorded_events
from reviewqueue.measurement.sampling import weekly_sample
from reviewqueue.onboarding import crm_import
from reviewqueue.people import api_keys, users
from reviewqueue.people.access import Caller
from reviewqueue.policy import loading, policy_versions

SEED = shipped("seed_data")
WHOLE = EventType.SEED_LOAD
# A working day of the demo data in UTC: the hours that its people in New York and in Berlin share.
DAY = (13, 21)
# On Mondays at this hour the samples of the week before are drawn; with a fixed seed, so every demo draws the same.
DRAWN, LOTS = 13, "5eed" * 4
_CALENDAR = re.compile(r'^calendar = ".*"$', re.MULTILINE)
_DAYS = re.compile(r"([+-])(\d+)d (\d\d):(\d\d)")
_AGO = re.compile(r"-(?:(\d+)h)?(?:(\d+)m)?")
_PLAIN = {  # systems without a connector of their own: where their records and ids are
    "gong": ("callTranscripts", "callId", "call", "Call transcript"),
    "stripe": ("data", "id", "subscription", "Subscription"),
}


@dataclass(frozen=True)
class Step:
    """One act of the demo data and its time."""

    at: datetime
    do: Callable[[datetime], object]


def begun(session: Session) -> bool:
    """Whether there is anything in this database's log.

    Raises DomainError when loading the demo data broke off half-way: it is never loaded twice.
    """
    first = session.scalar(select(LogEntry.actor).where(LogEntry.position == 1))
    done = session.scalar(select(LogEntry.position).where(LogEntry.act == WHOLE.value).limit(1))
    if first == Actor.SEED and done is None:
        raise DomainError(
            "Loading the demo data stopped half-way in this database, so it was left as it is. "
            "Start with an empty database."
        )
    return first is not None


def plan(folder: Path = SEED) -> dict[str, Any]:
    """The content of `world.toml`: the people, the automations, and what was imported when."""
    return tomllib.loads((folder / "world.toml").read_text(encoding="utf-8"))


def policy(folder: Path = SEED) -> dict[str, str]:
    """The files of the demo data's policy: the shipped ones, with its own organisation.toml in place of theirs, and
    each lane on its calendar."""
    files = loading.files_in(loading.SHIPPED) | {"organisation.toml": loading.text_of(folder / "organisation.toml")}
    for lane, calendar in plan(folder)["calendars"].items():
        name = f"lanes/{lane}.toml"
        files[name] = _CALENDAR.sub(f'calendar = "{calendar}"', files[name])
    return files


def load(session: Session, files: dict[str, str], password: str, now: datetime, folder: Path = SEED) -> dict[str, int]:
    """Load the demo data into an empty database, with one password for everybody, under the policy of those files.

    Returns how many people, onboardings and items there are. Raises DomainError when the database is not empty.
    """
    if begun(session):
        raise DomainError("There is something in this database already, so the demo data was not loaded.")
    told = plan(folder)
    world = World(session, folder, records=_records(folder))
    opens, shared = moment(told["opens"], now), users.hashed(password)
    policy_versions.activate(session, files, Actor.SEED, opens)
    for person in told["people"]:
        actor = Actor.person(next(iter(world.people.values()))) if world.people else Actor.SEED
        added = users.add(session, person["email"], person["name"], person["roles"], shared, actor, opens)
        world.people[person["key"]] = added
    for automation in told["automations"]:
        world.callers[automation["key"]] = _automation(world, automation, opens)
    steps = [*_world_steps(world, told, now)]
    for path in sorted((folder / "stories").glob("*.toml")):
        steps += _story_steps(world, tomllib.loads(path.read_text(encoding="utf-8")), now)
    steps += _readiness_steps(world, now)
    steps += _measured_steps(world, now)
    steps += _quality_steps(world, now)
    steps += _planted_steps(world, now)
    for step in sorted(steps, key=lambda one: one.at):
        _clock(session, step.at)
        step.do(step.at)
    _clock(session, now)
    sent_reports.check_silence(session, now)
    undecidable_items.scan(session, now)
    return _whole(session, len(world.people), now)


def _clock(session: Session, until: datetime) -> None:
    """Run the clock as the worker would have: at each moment up to `until` at which something was overdue."""
    while (at := sla.soonest(session)) is not None and at <= until:
        sla.tick(session, at)
    escalate_overdue.escalate(session, until)


def _whole(session: Session, count: int, now: datetime) -> dict[str, int]:
    """Record in the log that the demo data is complete; returns its counts."""
    found = {
        "people": count,
        "onboardings": len(session.scalars(select(Onboarding.id)).all()),
        "items": len(session.scalars(select(Item.id)).all()),
    }
    with writing(session):
        override_log.append(session, now, override_log.Event(Actor.SEED, WHOLE, facts=found))
    return found


def moment(says: str, now: datetime) -> datetime:
    """The time that a text means: `-9d 14:05` is nine working days ago at 14:05 UTC, `-1h20m` so long before the last
    working moment, `now` is now. Raises ValueError."""
    if says == "now":
        return now
    latest = _working(now)
    if ago := _AGO.fullmatch(says):
        return latest - timedelta(hours=int(ago[1] or 0), minutes=int(ago[2] or 0))
    if not (found := _DAYS.fullmatch(says)):
        raise ValueError(f"{says!r} is not a time of the demo data")
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
            for record in canonical_json.read(path.read_text(encoding="utf-8"))[listed]:
                found[record[key]] = Source(system, kind, record[key], record, label=record.get("description") or label)
    return found


def _automation(world: World, told: dict[str, Any], at: datetime) -> Caller:
    admin, scopes = Actor.person(world.people["sam"]), ("items:read", "items:write")
    owner = told.get("owner", "")
    token = api_keys.add(world.session, told["name"], scopes, admin, at, gates=told["gates"], owner_email=owner)
    caller = api_keys.caller(world.session, token)
    assert caller is not None  # noqa: S101  (the key was made one line up)
    return caller


def _world_steps(world: World, plan: dict[str, Any], now: datetime) -> Iterator[Step]:
    """Imports, absences, and policy proposals."""
    for told in plan["imports"]:
        paths = [world.folder / told["system"] / name for name in told["files"]]
        yield Step(moment(told["at"], now), partial(crm_import.run, world.session, told["system"], paths))
    for told in plan["proposals"]:
        yield Step(moment(told["at"], now), partial(propose_check, world, told))
    for told in plan["absences"]:
        who, delegate = world.people[told["who"]], world.people[told["delegate"]]
        starts, ends = moment(told["starts"], now), moment(told["ends"], now)
        yield Step(moment(told["at"], now), partial(users.set_absence, world.session, who, delegate, starts, ends))


def _readiness_steps(world: World, now: datetime) -> Iterator[Step]:
    """Readiness of each lane: scores, colours, owners and answers."""
    told = tomllib.loads((world.folder / "readiness.toml").read_text(encoding="utf-8"))
    for lane in told["lane"]:
        for kind in ("scores", "colours", "owners", "steps", "answers"):
            for said in lane.get(kind, ()):
                at = moment(said["at"], now)
                yield Step(at, partial(say_ready, world, lane["key"], said))
                if said.get("accepts"):
                    who = world.people[said["who"]]
                    accepts = partial(readiness.confirm_ownership, world.session, who, lane["key"], said["part"])
                    yield Step(at + timedelta(minutes=15), accepts)


def _measured_steps(world: World, now: datetime) -> Iterator[Step]:
    """Recorded events for the metrics, and the baselines of the lanes."""
    told = tomllib.loads((world.folder / "measurement.toml").read_text(encoding="utf-8"))
    for one in told["baselines"]:
        words = {name: one[name] for name in one if name not in ("at", "by")}
        if "starts_on" in words:
            words["starts_on"] = moment(words["starts_on"], now).date()
        said = partial(
            recorded_events.record_reference,
            world.session,
            Actor.person(world.people[one["by"]]),
            recorded_events.ReferenceInput(**words),
        )
        yield Step(moment(one["at"], now), said)
    for one in told["recorded"]:
        yield Step(moment(one["at"], now), partial(DealStory(world, one["deal"]).record, one))


def _planted_steps(world: World, now: datetime) -> Iterator[Step]:
    """The seeded defects: sealed, opened, and most of them decided."""
    for told in tomllib.loads((world.folder / "planted.toml").read_text(encoding="utf-8"))["planted"]:
        tale = PlantedTale(world, told)
        yield Step(moment(told["sealed"], now), tale.seal)
        yield Step(moment(told["at"], now), tale.open)
        if "decision" in told:
            yield Step(moment(told["decision"]["at"], now), tale.decide)


def _quality_steps(world: World, now: datetime) -> Iterator[Step]:
    """The QA samples of past weeks, drawn each Monday, and the second reviews so far."""
    this = datetime.combine(now.date() - timedelta(days=now.weekday()), time(DRAWN), now.tzinfo)
    for weeks in range(4):
        if (monday := this - timedelta(weeks=weeks)) <= now:
            yield Step(monday, partial(weekly_sample.draw_due, world.session, lots=lambda: LOTS))
    for told in tomllib.loads((world.folder / "quality.toml").read_text(encoding="utf-8"))["looks"]:
        decided = moment(told["decided"], now)
        monday = datetime.combine(decided.date() + timedelta(days=7 - decided.weekday()), time(DRAWN), now.tzinfo)
        for one, act in ((told, look_again), (told.get("settled"), settle_look)):
            if one and (at := monday + timedelta(hours=one["after"])) <= now:
                yield Step(at, partial(act, world, told))


def _story_steps(world: World, story: dict[str, Any], now: datetime) -> Iterator[Step]:
    """What happened with one deal: up to its packet, and with each draft that followed."""
    tale = DealStory(world, story["deal"])
    for act in story.get("packet", []):
        yield Step(moment(act["at"], now), partial(tale.act, act, {"kind": "handoff_packet"}))
    for draft in story.get("drafts", []):
        yield Step(moment(draft["at"], now), partial(tale.submit, draft))
        for act in draft.get("acts", []):
            yield Step(moment(act["at"], now), partial(tale.act, act, draft))
    for told in story.get("milestones", []):
        yield Step(moment(told["at"], now), partial(tale.reach, told))
    for told in story.get("exceptions", []):
        if "by" in told:
            yield Step(moment(told["at"], now), partial(tale.open, told))
        for act in told["acts"]:
            yield Step(moment(act["at"], now), partial(tale.work, told["category"], act))
