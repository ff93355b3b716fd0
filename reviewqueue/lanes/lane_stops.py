"""Stopping a lane at once: one person does it with a reason, or a figure that its `[[stop]]` rule names.

A stop activates the active policy with one line changed: the lane's `stage` is "stopped". From then on nothing is taken
in and nothing leaves, and what was to be sent automatically is back at its gate. Going on again is a change of the
policy like any other: one person proposes it, another approves.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import text_limits
from reviewqueue.core.errors import Conflict, DomainError, Forbidden, Invalid
from reviewqueue.core.metric_definitions import ALL_METRICS
from reviewqueue.core.patterns import as_pattern
from reviewqueue.db.clock_batch import act_on_each
from reviewqueue.db.database import writing
from reviewqueue.db.rows import update_row
from reviewqueue.db.tables.autosend import StandingApproval
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.log import LogEntry, LogText
from reviewqueue.exceptions import exception_cases
from reviewqueue.lanes import readiness_queries, stage_changes
from reviewqueue.lanes.autosend import monitoring, sending
from reviewqueue.measurement.metrics import metric_queries
from reviewqueue.measurement.stats.formatting import with_interval
from reviewqueue.people import access, actors
from reviewqueue.policy import loading, policy_versions
from reviewqueue.policy.flaws import BadPolicy
from reviewqueue.policy.lane_stages import RANK, place
from reviewqueue.policy.model.policy import Lane, Policy

ABILITY = "stop a lane"
_TABLE = as_pattern(r"^\[+[A-Za-z]", 8)  # 8 is re.MULTILINE
_STAGE = as_pattern(r"""^[ \t]*(?:stage|"stage"|'stage')[ \t]*=.*$""", 8)


@dataclass(frozen=True)
class LaneStop:
    """A stop that is still in force: when, by whom (the log's actor), why, and the stage the lane was in."""

    at: datetime
    by: str
    why: str
    before: str


def stop(session: Session, actor: Actor, lane_key: str, why: str, now: datetime) -> Policy:
    """Stop a lane, at once and alone, with a reason; returns the policy that is active now. `actor` is `person:ID` or
    one of the system's own.

    Raises NotFound, Forbidden, Conflict (409: it takes nothing in already, or the policy changed meanwhile) and Invalid
    (/why).
    """
    person = actors.load_if_person(session, actor, now)
    if person is not None and not access.has_ability(actors.effective_roles(person), ABILITY):
        raise Forbidden("Only a CS leader or RevOps stops a lane. Tell one of them; nothing was changed.")
    policy = policy_versions.current(session)
    lane = readiness_queries.lane_of(policy, lane_key)
    if faults := text_limits.validate_reason("/why", why):
        raise Invalid("Nothing was changed yet; what you typed is still here.", faults)
    if RANK[lane.stage] == 0:
        raise Conflict(f"The lane is {lane.stage} already, so there was nothing to stop. Reload the page.")
    wanted, files = _stopped(session, policy, lane)
    with writing(session):
        if policy_versions.current(session).digest != policy.digest:
            raise Conflict(
                "The active policy changed meanwhile, so nothing was stopped. Reload the page and try again."
            )
        events = _stop(session, wanted, files, lane, actor, why, {"cause": "by_hand"}, now)
        override_log.append(session, now, *events)
    return wanted


def _stopped(session: Session, policy: Policy, lane: Lane) -> tuple[Policy, dict[str, str]]:
    """The active policy with this lane stopped, and its files."""
    files = policy_versions.files(session, policy.digest)
    name = policy.place(f"lane:{lane.key}").rpartition(":")[0]
    files = {**files, name: with_stage(files[name], "stopped")}
    says = f'Its file {name} could not be changed here. Write stage = "stopped" in it and load it'
    fix = DomainError(f"{says}: `reviewqueue policy load FOLDER`.")
    try:
        wanted = loading.load(files, stored=True)
    except BadPolicy as bad:
        raise fix from bad
    changed = wanted.lane(lane.key)
    if changed is None or changed.stage != "stopped":
        raise fix
    return wanted, files


def with_stage(text: str, stage: str) -> str:
    """A lane's file with another stage; where it names none, it is written before the first table."""
    table = _TABLE.search(text)
    head, rest = (text[: table.start()], text[table.start() :]) if table else (text, "")
    line = f'stage = "{stage}"'
    changed, many = _STAGE.subn(line, head, count=1)
    return changed + rest if many else f"{head.rstrip()}\n{line}\n\n{rest}"


def _stop(
    session: Session, wanted: Policy, files: dict[str, str], lane: Lane, actor: Actor, why: str,
    facts: dict[str, Any], now: datetime, case: ExceptionCase | None = None,
) -> list[Event]:  # fmt: skip
    """Activate the policy with the stopped lane and take back what was to be sent automatically, inside `writing()`;
    returns the events for the log. `case` is the exception that tells of it."""
    known = {"before": lane.stage, "policy": wanted.digest, **facts}
    events = [Event(actor, EventType.LANE_STOP, lane=lane.key, facts=known, texts={"why": why})]
    events.append(stage_changes.put_in_force(session, wanted, files, actor, now, {"way": "stop", "lane": lane.key}))
    standing = StandingApproval.lane == lane.key, StandingApproval.down_at.is_(None)
    for row in session.scalars(select(StandingApproval).where(*standing).order_by(StandingApproval.id)).all():
        events += sending.revoke(session, row, facts["cause"], f"The lane was stopped. {why}", actor, now)
        if case is not None:
            update_row(session, row, exception_id=case.id)
    return events


def tick(session: Session, now: datetime) -> int:
    """Stop each lane in pilot or live whose figures, as last computed, meet one of its stop rules; returns how many.
    Any number of workers may run it: each lane is stopped once."""
    stopped = 0
    with suppress(BadPolicy, DomainError):  # without a usable policy there is no lane
        lanes = policy_versions.current(session).lanes if policy_versions.newest(session) else ()
        ruled = [one.key for one in lanes if one.stop and RANK[one.stage] >= RANK["pilot"]]
        stopped = act_on_each(ruled, lambda lane: _stop_by_rule(session, lane, now), "lane")
    if session.in_transaction():
        session.commit()
    return stopped


def _stop_by_rule(session: Session, lane_key: str, now: datetime) -> bool:
    policy = policy_versions.current(session)
    lane = policy.lane(lane_key)
    if lane is None or RANK[lane.stage] < RANK["pilot"] or not monitoring.met_stop_criterion(session, policy, lane):
        return False
    wanted, files = _stopped(session, policy, lane)
    with writing(session):
        met = monitoring.met_stop_criterion(session, policy, lane)
        if policy_versions.current(session).digest != policy.digest or met is None:
            return False  # the next turn of the clock looks again
        facts = {"cause": "stop", "figures": dict(figures(session, lane_key))}
        case, opened = _open_exception(session, policy, lane, met[1], now)
        events = _stop(session, wanted, files, lane, Actor.STANDING, met[1], facts, now, case)
        override_log.append(session, now, *events, *opened)
    return True


def figures(session: Session, lane_key: str) -> Iterator[tuple[str, str]]:
    """(name, value with its interval and its sample) of every metric of the lane that is known."""
    sheet = metric_queries.sheet(session, lane_key)
    found = sheet.figures.get("metrics", {}) if sheet else {}
    for metric in ALL_METRICS:
        figure = (found.get(metric.key) or {}).get("all") or {}
        if figure.get("value") is not None:
            blank = {"low": None, "high": None, "n": 0, "running": 0}
            yield metric.name, with_interval({**blank, **figure}, metric.unit)


def _open_exception(
    session: Session, policy: Policy, lane: Lane, why: str, now: datetime
) -> tuple[ExceptionCase | None, list[Event]]:
    """The exception of a stop, with the lane's figures, and its events; None under a policy that names no category."""
    category = policy.exceptions.called(policy.exceptions.stood_down)
    if category is None:
        return None, []
    subject = exception_cases.CaseSubject(lane.key, policy.organisation.name, None, None)
    summary = exception_cases.shorten(f"{lane.name} is stopped: {why}")
    case = exception_cases.insert_case(session, policy, category, subject, summary, Actor.STANDING, now)
    told = "\n".join(f"{name}: {value}" for name, value in figures(session, lane.key))
    text = f"{why}.\n\nThe lane's figures at that moment:\n{told}\n\n{going_on(policy, lane)}"
    exception_cases.add_note(session, case, Actor.STANDING, "opened", text, now)
    exception_cases.enqueue_callback(session, case, category.label, (), "exception.opened", now, {})
    facts = {"category": case.category, "blocking": case.blocking, **exception_cases.opening_facts(case)}
    texts = {"summary": case.summary, "text": text}
    return case, [exception_cases.log_event(case, Actor.STANDING, EventType.EXCEPTION_OPEN, facts, texts)]


def going_on(policy: Policy, lane: Lane) -> str:
    """How a stopped lane goes on, in words."""
    name = policy.place(f"lane:{lane.key}").rpartition(":")[0]
    return (
        f"Nothing is taken in and nothing leaves until two people agree that it goes on: one proposes another stage in "
        f"{name}, somebody else approves it."
    )


def in_force(session: Session, lane: Lane) -> LaneStop | None:
    """The stop by which a lane is stopped now; None where its file says so by a decision of two people."""
    return _not_lifted(session, lane.key) if lane.stage == "stopped" else None


def _not_lifted(session: Session, lane_key: str) -> LaneStop | None:
    """The last stop of a lane, unless two people have decided since on a policy in which it runs. What one person loads
    lifts none, in however many steps."""
    mine = select(LogEntry).where(LogEntry.act == EventType.LANE_STOP.value, LogEntry.lane == lane_key)
    entry = session.scalars(mine.order_by(LogEntry.position.desc()).limit(1)).first()
    if entry is None or any(_runs_in(session, digest, lane_key) for digest in _decided_since(session, entry.position)):
        return None
    words = select(LogText.text).where(LogText.position == entry.position, LogText.name == "why")
    facts = json.loads(entry.body)["facts"]
    return LaneStop(entry.at, entry.actor, session.scalar(words) or "", facts["before"])


def _decided_since(session: Session, position: int) -> Iterator[str]:
    """The digests of the policies that became active by a decision after that entry of the log."""
    later = select(LogEntry.body).where(LogEntry.act == EventType.POLICY_ACTIVATE.value, LogEntry.position > position)
    for body in session.scalars(later):
        facts = json.loads(body)["facts"]
        if facts.get("way") == "decision":
            yield facts["digest"]


def _runs_in(session: Session, digest: str, lane_key: str) -> bool:
    lane = policy_versions.version(session, digest).lane(lane_key)
    return lane is not None and RANK[lane.stage] > 0


def restarted(session: Session, wanted: Policy) -> Iterator[tuple[str, str]]:
    """(file and line, what to do) of each lane that was stopped at once and that `wanted` would let go on."""
    if policy_versions.newest(session) is None:
        return
    for lane in wanted.lanes:
        found = _not_lifted(session, lane.key) if RANK[lane.stage] else None
        if found:
            says = f"lane {lane.key} was stopped on {found.at:%d %b %H:%M} UTC, and stage = {lane.stage!r} lets it go"
            mend = 'That takes two people: write stage = "stopped" here, and propose it on the page'
            yield place(wanted, lane), f"{says}. {mend}"
