"""What people record for the metrics: events of an onboarding that no other row has, a lane's baseline, and its pilot's
first day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from math import isfinite

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import text_limits
from reviewqueue.core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from reviewqueue.core.metric_definitions import EVENTS, METRIC_BY_KEY
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row
from reviewqueue.db.tables import base
from reviewqueue.db.tables.metrics import Baseline, RecordedEvent
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.people import access, actors, visibility
from reviewqueue.policy import evaluation, policy_versions

REFUSAL = "Nothing was recorded; what you typed is still here."
# The least and the greatest amount of each kind that has one.
AMOUNT_RANGES = {"csm_prep": (1, 24 * 60), "support_ticket": (0, 1000), "satisfaction": (1, 5)}
KINDS_NEEDING_ABOUT = ("customer_task_given", "customer_task_done")
SHARE_KINDS = ("share", "clustered")


@dataclass(frozen=True)
class EventInput:
    """An event that somebody records: a kind of EVENTS, when it happened, and what its kind asks for. `note` may be
    empty."""

    kind: str
    happened_at: datetime | None
    about: str = ""
    amount: int | None = None
    note: str = ""


@dataclass(frozen=True)
class ReferenceInput:
    """What a lane's figures are compared with: a `period` (`starts_on` to `ends_on`), a `figure` of one metric that was
    measured elsewhere (a share between 0 and 1), or the day a `pilot` began. `how` says how it was measured, or why
    then."""

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


def may_record(session: Session, onboarding: Onboarding, person_id: int, now: datetime) -> bool:
    """Whether this person may record what happens in an onboarding: by role, or because the account is theirs."""
    return _may_record(onboarding, actors.load_actor(session, person_id, now))


def _may_record(onboarding: Onboarding, actor: evaluation.Actor) -> bool:
    held = actors.effective_roles(actor)
    return visibility.owns_account(onboarding, actor) or access.has_ability(held, "record what happened")


def record(session: Session, actor: Actor, onboarding_id: int, event_input: EventInput, now: datetime) -> int:
    """Record an event, and return its id. `actor` is `person:ID` or one of the system's own.

    Raises NotFound, Forbidden and Invalid naming the field.
    """
    with writing(session):
        run = _load_visible(session, actor, onboarding_id, now)
        if faults := _faults(event_input, now):
            raise Invalid(REFUSAL, faults)
        row = {
            "about": event_input.about.strip(),
            "amount": _amount(event_input),
            "note": event_input.note,
            "happened_at": event_input.happened_at,
        }
        place = {"onboarding_id": run.id, "kind": event_input.kind, "recorded_at": now, "recorded_by": actor}
        event_id = insert_row(session, RecordedEvent, **place, **row, takes_back_id=None)
        facts = {"event": event_id, "kind": event_input.kind, "amount": _amount(event_input)}
        facts["happened_at"] = base.moment(event_input.happened_at or now)
        words = {name: text for name, text in (("about", event_input.about), ("note", event_input.note)) if text}
        override_log.append(
            session, now, Event(actor, EventType.EVENT_RECORD, None, run.id, run.lane, facts=facts, texts=words)
        )
    return event_id


def take_back(session: Session, actor: Actor, event_id: int, reason: str, now: datetime) -> int:
    """Take a recorded event back with a reason: it stays readable and counts no longer. Returns its onboarding's id.

    Raises NotFound, Forbidden, Conflict (409: taken back already) and Invalid naming the field.
    """
    if faults := text_limits.validate_reason("/reason", reason):
        raise Invalid("The record was not taken back; what you typed is still here.", faults)
    with writing(session):
        recorded = session.get(RecordedEvent, event_id)
        if recorded is None or recorded.kind == "taken_back":
            raise NotFound("There is no such record.")
        run = _load_visible(session, actor, recorded.onboarding_id, now)
        if session.scalar(select(RecordedEvent.id).where(RecordedEvent.takes_back_id == event_id)):
            raise Conflict("This record was taken back already, so nothing was changed. Reload the page.")
        row = {"about": recorded.about, "amount": None, "note": reason, "happened_at": now, "recorded_at": now}
        place = {"onboarding_id": run.id, "kind": "taken_back", "recorded_by": actor, "takes_back_id": event_id}
        insert_row(session, RecordedEvent, **place, **row)
        facts = {"event": event_id, "kind": recorded.kind}
        event = Event(actor, EventType.EVENT_TAKE_BACK, None, run.id, run.lane, facts=facts, texts={"reason": reason})
        override_log.append(session, now, event)
    return run.id


def record_reference(session: Session, actor: Actor, basis: ReferenceInput, now: datetime) -> int:
    """Record what a lane's figures are compared with from now on, and return its id; earlier ones stay readable.

    Raises NotFound, Forbidden and Invalid naming the field.
    """
    with writing(session):
        _require_ability(session, actor, "record a baseline", now)
        if policy_versions.current(session).lane(basis.lane) is None:
            raise NotFound("There is no such lane in the active policy.")
        if faults := [
            *_basis_faults(basis, now),
            *text_limits.validate_reason("/how", basis.how, ask="say how, and by whom"),
        ]:
            raise Invalid(REFUSAL, faults)
        row = {name: getattr(basis, name) for name in ReferenceInput.__dataclass_fields__}
        baseline_id = insert_row(session, Baseline, **row, recorded_at=now, recorded_by=actor)
        said = ("kind", "metric", "value", "low", "high", "sample")
        figures = {name: row[name] for name in said if row[name] is not None}
        days = {name: row[name].isoformat() for name in ("starts_on", "ends_on") if row[name]}
        facts = {"baseline": baseline_id, **figures, **days}
        event = Event(actor, EventType.BASELINE_RECORD, lane=basis.lane, facts=facts, texts={"how": basis.how})
        override_log.append(session, now, event)
    return baseline_id


def _load_visible(session: Session, actor: Actor, onboarding_id: int, now: datetime) -> Onboarding:
    onboarding, person = session.get(Onboarding, onboarding_id), actors.load_if_person(session, actor, now)
    if onboarding is None or (
        person and not visibility.sees_onboarding(policy_versions.current(session), onboarding, person)
    ):
        raise NotFound()
    if person and not _may_record(onboarding, person):
        raise Forbidden(
            "What happened is recorded by CSMs, implementation leads, RevOps, leaders or the account's owner. Ask "
            "one of them. Nothing was recorded."
        )
    return onboarding


def _require_ability(session: Session, actor: Actor, ability: str, now: datetime) -> None:
    person = actors.load_if_person(session, actor, now)
    if person and not access.has_ability(actors.effective_roles(person), ability):
        raise Forbidden("A baseline is recorded by RevOps or a CS leader. Ask one of them. Nothing was recorded.")


def _amount(event_input: EventInput) -> int | None:
    return event_input.amount if event_input.kind in AMOUNT_RANGES else None


def _faults(event_input: EventInput, now: datetime) -> list[FieldError]:
    known = [kind for kind in EVENTS if kind != "taken_back"]
    if event_input.kind not in known:
        return [
            FieldError(
                "/kind", f"{event_input.kind!r} is not something that is recorded; choose one of {', '.join(known)}"
            )
        ]
    faults = [*text_limits.validate_reason("/note", event_input.note, required=False)]
    if event_input.happened_at is None:
        faults.append(FieldError("/happened_at", "say when it happened"))
    elif event_input.happened_at > now:
        faults.append(FieldError("/happened_at", "this has not happened yet; record it when it has"))
    if event_input.kind in KINDS_NEEDING_ABOUT or event_input.about:
        faults += text_limits.validate_line("/about", event_input.about)
    if event_input.kind in AMOUNT_RANGES:
        least, most = AMOUNT_RANGES[event_input.kind]
        if event_input.amount is None or not least <= event_input.amount <= most:
            what = EVENTS[event_input.kind][2]
            faults.append(FieldError("/amount", f"a whole number from {least} to {most} is needed ({what})"))
    return faults


def _basis_faults(basis: ReferenceInput, now: datetime) -> list[FieldError]:
    today = now.astimezone(UTC).date()
    if basis.kind == "figure":
        return _figure_faults(basis)
    if basis.kind not in ("period", "pilot"):
        return [FieldError("/kind", "choose a period, a figure or the pilot's first day")]
    if basis.starts_on is None:
        return [FieldError("/starts_on", "say the first day")]
    if basis.kind == "period":
        if basis.ends_on is None or basis.ends_on < basis.starts_on:
            return [FieldError("/ends_on", "say the last day; it is on or after the first")]
        if basis.ends_on > today:
            return [FieldError("/ends_on", "a baseline is a time that has passed")]
    elif basis.starts_on > today:
        return [FieldError("/starts_on", "this has not begun yet; record it when it has")]
    return []


def _figure_faults(basis: ReferenceInput) -> list[FieldError]:
    metric = METRIC_BY_KEY.get(basis.metric)
    if metric is None:
        return [FieldError("/metric", "choose one of the metrics")]
    faults = []
    top = 1.0 if metric.kind in SHARE_KINDS else 1e6
    for name in ("value", "low", "high"):
        given: float | None = getattr(basis, name)
        if given is None and name == "value":
            faults.append(FieldError("/value", f"say the figure, in {metric.unit}"))
        elif given is not None and not (isfinite(given) and 0 <= given <= top):
            faults.append(FieldError(f"/{name}", f"from 0 to {top:g}"))
    low, high, value = basis.low, basis.high, basis.value
    if not faults and (low is None) != (high is None):
        faults.append(FieldError("/low", "an interval has both ends, or is left out"))
    if not faults and low is not None and high is not None and value is not None and not low <= value <= high:
        faults.append(FieldError("/low", "the figure lies inside its interval"))
    if basis.sample is not None and not 1 <= basis.sample <= 10**9:
        faults.append(FieldError("/sample", "how many onboardings it was measured on; leave it out where nobody knows"))
    return faults
