"""Loads the demo data in `seed_data/` through the same functions that everybody uses.

CRM records are imported, automations submit, named people decide; nothing is written directly, so the override log of a
seeded database verifies like any other.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.checks import messages as checks_messages
from reviewqueue.checks import model_check
from reviewqueue.checks.model_check import Model
from reviewqueue.cli.demo_stories import (
    DealStory,
    SeededDefectStory,
    World,
    play_readiness,
    play_second_review,
    play_settlement,
    propose_check,
)
from reviewqueue.core import canonical_json
from reviewqueue.core.errors import DomainError
from reviewqueue.core.mime.message import as_read
from reviewqueue.core.patterns import as_pattern
from reviewqueue.core.settings import shipped
from reviewqueue.core.vocabulary import TO_CUSTOMERS
from reviewqueue.db.database import writing
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.log import LogEntry
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.delivery import sent_reports
from reviewqueue.evidence.types import Source
from reviewqueue.exceptions import escalate_overdue, undecidable_items
from reviewqueue.items import sla
from reviewqueue.lanes import model_checks, readiness
from reviewqueue.measurement.metrics import recorded_events
from reviewqueue.measurement.sampling import weekly_sample
from reviewqueue.onboarding import crm_import, reminders
from reviewqueue.people import api_keys, users
from reviewqueue.people.access import Caller
from reviewqueue.policy import loading, policy_versions

SEED = shipped("seed_data")
LOAD_COMPLETE = EventType.SEED_LOAD
# A working day of the demo data in UTC: the hours that its people in New York and in Berlin share.
WORKING_HOURS = (13, 21)
# On Mondays at this hour the samples of the week before are drawn; with a fixed seed, so every demo draws the same.
DRAW_HOUR, FIXED_SEED = 13, "5eed" * 4
_CALENDAR = as_pattern(r'^calendar = ".*"$', re.MULTILINE)
_DAY_OFFSET = as_pattern(r"([+-])(\d+)d (\d\d):(\d\d)")
_DUE = as_pattern(r'due = "([+-]\d+d)"')  # a date of a plan, so many working days from the day of loading
_TIME_AGO = as_pattern(r"-(?:(\d+)h)?(?:(\d+)m)?")
_OTHER_SYSTEMS = {  # systems without a connector of their own: where their records and ids are
    "gong": ("callTranscripts", "callId", "call", "Call transcript"),
    "stripe": ("data", "id", "subscription", "Subscription"),
}


@dataclass(frozen=True)
class Step:
    """One act of the demo data and its time."""

    at: datetime
    play: Callable[[datetime], object]


def has_data(session: Session) -> bool:
    """Whether there is anything in this database's log.

    Raises DomainError when loading the demo data broke off half-way: it is never loaded twice.
    """
    first = session.scalar(select(LogEntry.actor).where(LogEntry.position == 1))
    completed = session.scalar(select(LogEntry.position).where(LogEntry.act == LOAD_COMPLETE.value).limit(1))
    if first == Actor.SEED and completed is None:
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
    each lane on its calendar and with a customer portal."""
    files = loading.files_in(loading.SHIPPED) | {"organisation.toml": loading.text_of(folder / "organisation.toml")}
    for lane, calendar in plan(folder)["calendars"].items():
        name = f"lanes/{lane}.toml"
        files[name] = _CALENDAR.sub(f'calendar = "{calendar}"\nportal_days = 60', files[name])
    return files


def messages(now: datetime, folder: Path = SEED) -> list[str]:
    """The texts of the messages to customers that the automations submit, for a model to read them ahead."""
    drafts = (draft for story in _stories(folder, now) for draft in story.get("drafts", ()))
    texts = (checks_messages.texts_of(as_read(one["draft"])) for one in drafts if one["kind"] in TO_CUSTOMERS)
    return list(dict.fromkeys(text for found in texts for _, text in found))


def load(
    session: Session,
    files: dict[str, str],
    password: str,
    now: datetime,
    folder: Path = SEED,
    model: Callable[[], Model] = model_check.load_model,
) -> dict[str, int]:
    """Load the demo data into an empty database, with one password for everybody, under the policy of those files.
    `model` reads the messages.

    Returns how many people, onboardings and items there are. Raises DomainError when the database is not empty.
    """
    if has_data(session):
        raise DomainError("There is something in this database already, so the demo data was not loaded.")
    world_plan = plan(folder)
    world = World(session, folder, records=_records(folder))
    opened_at, password_hash = parse_moment(world_plan["opens"], now), users.hash_password(password)
    policy_versions.activate(session, files, Actor.SEED, opened_at)
    for person in world_plan["people"]:
        actor = Actor.person(next(iter(world.people.values()))) if world.people else Actor.SEED
        added = users.add(session, person["email"], person["name"], person["roles"], password_hash, actor, opened_at)
        world.people[person["key"]] = added
    for automation in world_plan["automations"]:
        world.callers[automation["key"]] = _add_automation(world, automation, opened_at)
    steps = [*_world_steps(world, world_plan, now)]
    for story in _stories(folder, now):
        steps += _story_steps(world, story, now)
    steps.append(Step(_last_working_moment(now), partial(reminders.check_tasks, session)))
    steps += _readiness_steps(world, now)
    steps += _measured_steps(world, now)
    steps += _quality_steps(world, now)
    steps += _planted_steps(world, now)
    for step in sorted(steps, key=lambda one: one.at):
        _run_clock(session, step.at)
        step.play(step.at)
        model_checks.run_due(lambda: nullcontext(session), lambda at=step.at: at, model)  # type: ignore[misc]
    _run_clock(session, now)
    sent_reports.check_silence(session, now)
    undecidable_items.scan(session, now)
    return _log_complete(session, len(world.people), now)


def _stories(folder: Path, now: datetime) -> Iterator[dict[str, Any]]:
    """The stories of the deals, with the days of their plans counted from now."""
    for path in sorted((folder / "stories").glob("*.toml")):
        text = _DUE.sub(lambda due: f'due = "{parse_moment(f"{due[1]} 12:00", now):%Y-%m-%d}"', path.read_text("utf-8"))
        yield tomllib.loads(text)


def _run_clock(session: Session, until: datetime) -> None:
    """Run the clock as the worker would have: at each moment up to `until` at which something was overdue."""
    while (at := sla.soonest(session)) is not None and at <= until:
        sla.tick(session, at)
    escalate_overdue.escalate(session, until)


def _log_complete(session: Session, count: int, now: datetime) -> dict[str, int]:
    """Record in the log that the demo data is complete; returns its counts."""
    counts = {
        "people": count,
        "onboardings": len(session.scalars(select(Onboarding.id)).all()),
        "items": len(session.scalars(select(Item.id)).all()),
    }
    with writing(session):
        override_log.append(session, now, override_log.Event(Actor.SEED, LOAD_COMPLETE, facts=counts))
    return counts


def parse_moment(says: str, now: datetime) -> datetime:
    """The time that a text means: `-9d 14:05` is nine working days ago at 14:05 UTC, `-1h20m` so long before the last
    working moment, `now` is now. Raises ValueError."""
    if says == "now":
        return now
    latest = _last_working_moment(now)
    if ago := _TIME_AGO.fullmatch(says):
        return latest - timedelta(hours=int(ago[1] or 0), minutes=int(ago[2] or 0))
    if not (found := _DAY_OFFSET.fullmatch(says)):
        raise ValueError(f"{says!r} is not a time of the demo data")
    step, left, day = (1 if found[1] == "+" else -1), int(found[2]), latest.date()
    while left:
        day += timedelta(days=step)
        left -= day.weekday() < 5
    return datetime.combine(day, time(int(found[3]), int(found[4])), now.tzinfo)


def _last_working_moment(now: datetime) -> datetime:
    """Now, or the end of the last working day where it is night or a weekend."""
    if now.weekday() < 5 and WORKING_HOURS[0] <= now.hour < WORKING_HOURS[1]:
        return now
    day = now.date() if now.hour >= WORKING_HOURS[1] else now.date() - timedelta(days=1)
    while day.weekday() >= 5:
        day -= timedelta(days=1)
    return datetime.combine(day, time(WORKING_HOURS[1] - 1, 50), now.tzinfo)


def _records(folder: Path) -> dict[str, Source]:
    """The records of systems without a connector, by id."""
    found: dict[str, Source] = {}
    for system, (listed, key, kind, label) in _OTHER_SYSTEMS.items():
        for path in sorted((folder / system).glob("*.json")):
            for record in canonical_json.read(path.read_text(encoding="utf-8"))[listed]:
                found[record[key]] = Source(system, kind, record[key], record, label=record.get("description") or label)
    return found


def _add_automation(world: World, entry: dict[str, Any], at: datetime) -> Caller:
    admin, scopes = Actor.person(world.people["sam"]), ("items:read", "items:write")
    owner = entry.get("owner", "")
    token = api_keys.add(world.session, entry["name"], scopes, admin, at, gates=entry["gates"], owner_email=owner)
    caller = api_keys.caller(world.session, token)
    assert caller is not None  # noqa: S101  (the key was made one line up)
    return caller


def _world_steps(world: World, plan: dict[str, Any], now: datetime) -> Iterator[Step]:
    """Imports, absences, and policy proposals."""
    for entry in plan["imports"]:
        paths = [world.folder / entry["system"] / name for name in entry["files"]]
        yield Step(parse_moment(entry["at"], now), partial(crm_import.run, world.session, entry["system"], paths))
    for entry in plan["proposals"]:
        yield Step(parse_moment(entry["at"], now), partial(propose_check, world, entry))
    for entry in plan["absences"]:
        who, delegate = world.people[entry["who"]], world.people[entry["delegate"]]
        starts, ends = parse_moment(entry["starts"], now), parse_moment(entry["ends"], now)
        yield Step(
            parse_moment(entry["at"], now), partial(users.set_absence, world.session, who, delegate, starts, ends)
        )


def _readiness_steps(world: World, now: datetime) -> Iterator[Step]:
    """Readiness of each lane: scores, colours, owners and answers."""
    data = tomllib.loads((world.folder / "readiness.toml").read_text(encoding="utf-8"))
    for lane in data["lane"]:
        for kind in ("scores", "colours", "owners", "steps", "answers"):
            for entry in lane.get(kind, ()):
                at = parse_moment(entry["at"], now)
                yield Step(at, partial(play_readiness, world, lane["key"], entry))
                if entry.get("accepts"):
                    who = world.people[entry["who"]]
                    accepts = partial(readiness.confirm_ownership, world.session, who, lane["key"], entry["part"])
                    yield Step(at + timedelta(minutes=15), accepts)


def _measured_steps(world: World, now: datetime) -> Iterator[Step]:
    """Recorded events for the metrics, and the baselines of the lanes."""
    data = tomllib.loads((world.folder / "measurement.toml").read_text(encoding="utf-8"))
    for one in data["baselines"]:
        words = {name: one[name] for name in one if name not in ("at", "by")}
        if "starts_on" in words:
            words["starts_on"] = parse_moment(words["starts_on"], now).date()
        said = partial(
            recorded_events.record_reference,
            world.session,
            Actor.person(world.people[one["by"]]),
            recorded_events.ReferenceInput(**words),
        )
        yield Step(parse_moment(one["at"], now), said)
    for one in data["recorded"]:
        yield Step(parse_moment(one["at"], now), partial(DealStory(world, one["deal"]).record, one))


def _planted_steps(world: World, now: datetime) -> Iterator[Step]:
    """The seeded defects: sealed, opened, and most of them decided."""
    for entry in tomllib.loads((world.folder / "seeded_defects.toml").read_text(encoding="utf-8"))["seeded"]:
        story = SeededDefectStory(world, entry)
        yield Step(parse_moment(entry["sealed"], now), story.seal)
        yield Step(parse_moment(entry["at"], now), story.open)
        if "decision" in entry:
            yield Step(parse_moment(entry["decision"]["at"], now), story.decide)


def _quality_steps(world: World, now: datetime) -> Iterator[Step]:
    """The QA samples of past weeks, drawn each Monday, and the second reviews so far."""
    this = datetime.combine(now.date() - timedelta(days=now.weekday()), time(DRAW_HOUR), now.tzinfo)
    for weeks in range(4):
        if (monday := this - timedelta(weeks=weeks)) <= now:
            yield Step(monday, partial(weekly_sample.draw_due, world.session, lots=lambda: FIXED_SEED))
    for entry in tomllib.loads((world.folder / "quality.toml").read_text(encoding="utf-8"))["looks"]:
        decided = parse_moment(entry["decided"], now)
        monday = datetime.combine(decided.date() + timedelta(days=7 - decided.weekday()), time(DRAW_HOUR), now.tzinfo)
        for one, act in ((entry, play_second_review), (entry.get("settled"), play_settlement)):
            if one and (at := monday + timedelta(hours=one["after"])) <= now:
                yield Step(at, partial(act, world, entry))


def _story_steps(world: World, story: dict[str, Any], now: datetime) -> Iterator[Step]:
    """What happened with one deal: up to its packet, and with each draft that followed."""
    deal_story = DealStory(world, story["deal"])
    if entry := story.get("owner"):
        yield Step(parse_moment(entry["at"], now), partial(deal_story.name_owner, entry))
    for act in story.get("packet", []):
        yield Step(parse_moment(act["at"], now), partial(deal_story.act, act, {"kind": "handoff_packet"}))
    for draft in story.get("drafts", []):
        yield Step(parse_moment(draft["at"], now), partial(deal_story.submit, draft))
        for act in draft.get("acts", []):
            yield Step(parse_moment(act["at"], now), partial(deal_story.act, act, draft))
    for entry in story.get("milestones", []):
        yield Step(parse_moment(entry["at"], now), partial(deal_story.reach, entry))
    for entry in story.get("replies", []):
        yield Step(parse_moment(entry["at"], now), partial(deal_story.bring_reply, entry))
    for entry in story.get("suppressed", []):
        yield Step(parse_moment(entry["at"], now), partial(deal_story.suppress, entry))
    for entry in story.get("exceptions", []):
        if "by" in entry:
            yield Step(parse_moment(entry["at"], now), partial(deal_story.open, entry))
        for act in entry["acts"]:
            yield Step(parse_moment(act["at"], now), partial(deal_story.work, entry["category"], act))
