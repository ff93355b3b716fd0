"""Recording: what happened in an onboarding and no other row says, what a baseline was, and since when a pilot runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from math import isfinite

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue import access, desk, milestones, override_log, policies, texts
from reviewqueue.database import writing
from reviewqueue.events import EventType
from reviewqueue.figures.definitions import EVENTS, KNOWN
from reviewqueue.override_log import Event
from reviewqueue.records.measurement import Baseline, RecordedEvent
from reviewqueue.records.onboardings import Onboarding
from reviewqueue.records.rows import put
from reviewqueue.refusals import Fault, Invalid, Moved, NotAllowed, NotThere

REFUSED = "Nothing was recorded; what you typed is still here."
# The least and the greatest amount of a kind that has one.
AMOUNTS = {"csm_prep": (1, 24 * 60), "support_ticket": (0, 1000), "satisfaction": (1, 5)}
NAMED = ("customer_task_given", "customer_task_done")
SHARES = ("share", "clustered")


@dataclass(frozen=True)
class Told:
    """What somebody says happened: a kind of EVENTS, when, and what its kind asks for. `note` may be empty."""

    kind: str
    happened_at: datetime | None
    about: str = ""
    amount: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Basis:
    """What a lane is held against: a `period` (`starts_on` to `ends_on`), a `figure` of one metric that was measured
    elsewhere (a share between 0 and 1), or the day a `pilot` began. `how` says how it was measured, or why then."""

    lane: str
    kind: str
    how: str
    starts_on: date | None = None
    ends_on: date | None = None
    metric: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    sample: int | None = None


def may_record(session: Session, run: Onboarding, person_id: int, now: datetime) -> bool:
    """Whether this person records what happens in an onboarding: by role, or because it is their account."""
    actor = desk.actor_of(session, person_id, now)
    return milestones.owns(run, actor) or access.able(desk.roles_of(actor), "record what happened")


def record(session: Session, actor: str, onboarding_id: int, told: Told, now: datetime) -> int:
    """Write down what happened, and return its id. `actor` is `person:ID` or one of the system's own.

    Raises NotThere, NotAllowed and Invalid naming the place.
    """
    with writing(session):
        run = _run(session, actor, onboarding_id, now)
        if faults := _faults(told, now):
            raise Invalid(REFUSED, faults)
        row = {"about": told.about.strip(), "amount": _amount(told), "note": told.note, "happened_at": told.happened_at}
        place = {"onboarding_id": run.id, "kind": told.kind, "recorded_at": now, "recorded_by": actor}
        made = put(session, RecordedEvent, **place, **row, takes_back_id=None)
        facts = {"event": made, "kind": told.kind, "amount": _amount(told)}
        facts["happened_at"] = override_log.moment(told.happened_at or now)
        words = {name: text for name, text in (("about", told.about), ("note", told.note)) if text}
        override_log.append(
            session, now, Event(actor, EventType.EVENT_RECORD, None, run.id, run.lane, facts=facts, texts=words)
        )
    return made


def take_back(session: Session, actor: str, event_id: int, reason: str, now: datetime) -> int:
    """Take a record back with a reason: it stays readable and counts no longer. Returns its onboarding's id.

    Raises NotThere, NotAllowed, Moved (409: taken back already) and Invalid naming the place.
    """
    if faults := texts.reason_faults("/reason", reason):
        raise Invalid("The record was not taken back; what you typed is still here.", faults)
    with writing(session):
        told = session.get(RecordedEvent, event_id)
        if told is None or told.kind == "taken_back":
            raise NotThere("There is no such record.")
        run = _run(session, actor, told.onboarding_id, now)
        if session.scalar(select(RecordedEvent.id).where(RecordedEvent.takes_back_id == event_id)):
            raise Moved("This record was taken back already, so nothing was changed. Reload the page.")
        row = {"about": told.about, "amount": None, "note": reason, "happened_at": now, "recorded_at": now}
        place = {"onboarding_id": run.id, "kind": "taken_back", "recorded_by": actor, "takes_back_id": event_id}
        put(session, RecordedEvent, **place, **row)
        facts = {"event": event_id, "kind": told.kind}
        event = Event(actor, EventType.EVENT_TAKE_BACK, None, run.id, run.lane, facts=facts, texts={"reason": reason})
        override_log.append(session, now, event)
    return run.id


def set_basis(session: Session, actor: str, basis: Basis, now: datetime) -> int:
    """Write down what a lane is held against from now on, and return its id; what stood before stays readable.

    Raises NotThere, NotAllowed and Invalid naming the place.
    """
    with writing(session):
        _able(session, actor, "record a baseline", now)
        if policies.current(session).lane(basis.lane) is None:
            raise NotThere("There is no such lane in the policy in force.")
        if faults := [*_basis_faults(basis, now), *texts.reason_faults("/how", basis.how, ask="say how, and by whom")]:
            raise Invalid(REFUSED, faults)
        row = {name: getattr(basis, name) for name in Basis.__dataclass_fields__}
        made = put(session, Baseline, **row, recorded_at=now, recorded_by=actor)
        said = ("kind", "metric", "value", "low", "high", "sample")
        told = {name: row[name] for name in said if row[name] is not None}
        days = {name: row[name].isoformat() for name in ("starts_on", "ends_on") if row[name]}
        facts = {"baseline": made, **told, **days}
        event = Event(actor, EventType.BASELINE_RECORD, lane=basis.lane, facts=facts, texts={"how": basis.how})
        override_log.append(session, now, event)
    return made


def _run(session: Session, actor: str, onboarding_id: int, now: datetime) -> Onboarding:
    run = session.get(Onboarding, onboarding_id)
    if run is None:
        raise NotThere()
    if (person_id := _person(actor)) is not None:
        if not milestones.sees(session, run, desk.actor_of(session, person_id, now)):
            raise NotThere()
        if not may_record(session, run, person_id, now):
            raise NotAllowed(
                "What happened is recorded by CSMs, implementation leads, RevOps, leaders or the account's owner. Ask "
                "one of them. Nothing was recorded."
            )
    return run


def _able(session: Session, actor: str, ability: str, now: datetime) -> None:
    person_id = _person(actor)
    if person_id is not None and not access.able(desk.roles_of(desk.actor_of(session, person_id, now)), ability):
        raise NotAllowed("A baseline is recorded by RevOps or a CS leader. Ask one of them. Nothing was recorded.")


def _person(actor: str) -> int | None:
    kind, _, number = actor.partition(":")
    return int(number) if kind == "person" else None


def _amount(told: Told) -> int | None:
    return told.amount if told.kind in AMOUNTS else None


def _faults(told: Told, now: datetime) -> list[Fault]:
    known = [kind for kind in EVENTS if kind != "taken_back"]
    if told.kind not in known:
        return [Fault("/kind", f"{told.kind!r} is nothing that is recorded; choose one of {', '.join(known)}")]
    faults = [*texts.reason_faults("/note", told.note, due=False)]
    if told.happened_at is None:
        faults.append(Fault("/happened_at", "say when it happened"))
    elif told.happened_at > now:
        faults.append(Fault("/happened_at", "this has not happened yet; record it when it has"))
    if told.kind in NAMED or told.about:
        faults += texts.line_faults("/about", told.about)
    if told.kind in AMOUNTS:
        least, most = AMOUNTS[told.kind]
        if told.amount is None or not least <= told.amount <= most:
            what = EVENTS[told.kind][2]
            faults.append(Fault("/amount", f"a whole number from {least} to {most} is needed ({what})"))
    return faults


def _basis_faults(basis: Basis, now: datetime) -> list[Fault]:
    today = now.astimezone(UTC).date()
    if basis.kind == "figure":
        return _figure_faults(basis)
    if basis.kind not in ("period", "pilot"):
        return [Fault("/kind", "choose a period, a figure or the pilot's first day")]
    if basis.starts_on is None:
        return [Fault("/starts_on", "say the first day")]
    if basis.kind == "period":
        if basis.ends_on is None or basis.ends_on < basis.starts_on:
            return [Fault("/ends_on", "say the last day; it is on or after the first")]
        if basis.ends_on > today:
            return [Fault("/ends_on", "a baseline is a time that has passed")]
    elif basis.starts_on > today:
        return [Fault("/starts_on", "this has not begun yet; record it when it has")]
    return []


def _figure_faults(basis: Basis) -> list[Fault]:
    metric = KNOWN.get(basis.metric)
    if metric is None:
        return [Fault("/metric", "choose one of the metrics")]
    faults = []
    top = 1.0 if metric.kind in SHARES else 1e6
    for name in ("value", "low", "high"):
        given: float | None = getattr(basis, name)
        if given is None and name == "value":
            faults.append(Fault("/value", f"say the figure, in {metric.unit}"))
        elif given is not None and not (isfinite(given) and 0 <= given <= top):
            faults.append(Fault(f"/{name}", f"from 0 to {top:g}"))
    low, high, value = basis.low, basis.high, basis.value
    if not faults and (low is None) != (high is None):
        faults.append(Fault("/low", "an interval has both ends, or is left out"))
    if not faults and low is not None and high is not None and value is not None and not low <= value <= high:
        faults.append(Fault("/low", "the figure lies inside its interval"))
    if basis.sample is not None and not 1 <= basis.sample <= 10**9:
        faults.append(Fault("/sample", "how many onboardings it was measured on; leave it out where nobody knows"))
    return faults
