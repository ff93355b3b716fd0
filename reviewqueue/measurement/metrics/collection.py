"""What each onboarding adds to each metric, read from its items, checks, decisions, milestones, exceptions and recorded
events. Reads only; `rollup` keeps the rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from reviewqueue.core.metric_definitions import ACTIVATION_DAYS, EARLY_TICKET_DAYS, SATISFIED_FROM
from reviewqueue.core.vocabulary import APPROVED, PACKET, QUESTION
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.items import Check, Decision, Item, Revision
from reviewqueue.db.tables.metrics import RecordedEvent
from reviewqueue.db.tables.milestones import LAYERS, Milestone
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.seeded_defects import tellable
from reviewqueue.policy.model.policy import Policy

DAY = timedelta(days=1)
NO_SEGMENT = "no segment"
TURNED_AWAY = {"rejected", "withdrawn"}  # where every packet is one of these


@dataclass(frozen=True)
class Contribution:
    """What an onboarding adds to a metric: `value` out of `of`, or a duration in days, `since` being its start while it
    still runs; `of` is 0 where the onboarding ended first, after `value` days. It counts from the moment `counts_from`
    on (None: at once); `heard` says whether anybody recorded what it rests on."""

    value: float
    of: float = 1
    since: datetime | None = None
    counts_from: datetime | None = None
    heard: bool = True


@dataclass
class OnboardingFacts:
    """One onboarding with the rows that its metrics are computed from, without what could be a seeded defect."""

    onboarding: Onboarding
    items: list[Any] = field(default_factory=list)
    decisions: list[Any] = field(default_factory=list)
    fields: tuple[int, int, int] = (0, 0, 0)  # audited packet fields: all, those that do not pass, those that fail
    cases: list[datetime] = field(default_factory=list)
    milestones: list[Any] = field(default_factory=list)
    events: list[Any] = field(default_factory=list)

    def events_of_kind(self, kind: str) -> list[Any]:
        """The recorded events of one kind, oldest first."""
        return sorted((one for one in self.events if one.kind == kind), key=lambda one: one.happened_at)

    def first_event(self, *kinds: str) -> datetime | None:
        """The earliest event of the first of these kinds that has one; None where none has."""
        for kind in kinds:
            found: list[datetime] = [one.happened_at for one in self.events if one.kind == kind]
            if found:
                return min(found)
        return None

    @property
    def won_at(self) -> datetime:
        """Closed-won: as recorded, else when the onboarding began here."""
        return self.first_event("closed_won") or self.onboarding.started_at

    @property
    def turned_away(self) -> bool:
        """Whether the lane turned the customer away: there were packets, and each was rejected or withdrawn, and not
        because the onboarding ended."""
        packets = {one.state for one in self.items if one.kind == PACKET}
        return is_turned_away(packets, self.onboarding.ended_at)

    @property
    def value_reached(self) -> datetime | None:
        """When the last customer-value milestone of the current plan was reached; None before that."""
        held = [one.reached_at for one in self.milestones if one.replaced_at is None and one.layer == LAYERS[-1]]
        reached = [one for one in held if one is not None]
        return max(reached) if reached and len(reached) == len(held) else None

    @property
    def risk_times(self) -> list[datetime]:
        """When each exception was opened and each escalation made, oldest first."""
        return sorted([*self.cases, *(one.at for one in self.decisions if one.action == "escalate")])


def is_turned_away(packets: Collection[str], ended_at: datetime | None) -> bool:
    """Whether packets in these states say that the lane turned the customer away; with the end of an onboarding its
    open packet is withdrawn, too."""
    turned = bool(packets) and TURNED_AWAY.issuperset(packets)
    return turned and not (ended_at and "withdrawn" in packets)


def _duration(since: datetime, end: datetime | None, stopped: datetime | None = None) -> Contribution:
    """The days from `since` to `end`; without an end, those until the onboarding `stopped`, or it still runs."""
    if end is None and stopped is None:
        return Contribution(0, since=since)
    if end is None and stopped is not None:
        return Contribution(max(0.0, (stopped - since) / DAY), of=0)
    assert end is not None  # noqa: S101  (asked above)
    return Contribution(max(0.0, (end - since) / DAY))


def _handoff(facts: OnboardingFacts) -> Contribution | None:
    packets = [one for one in facts.items if one.kind == PACKET]
    done = [one.settled_at for one in packets if one.state in APPROVED]
    return _duration(facts.won_at, min(done, default=None), facts.onboarding.ended_at) if packets else None


def _kickoff(facts: OnboardingFacts) -> Contribution | None:
    """None where first value is reached and no kickoff was recorded: nobody waits for that kickoff any more."""
    agreed = facts.first_event("kickoff_scheduled", "kickoff_held")
    if agreed is None and facts.value_reached:
        return None
    return _duration(facts.won_at, agreed, facts.onboarding.ended_at)


def _first_value(facts: OnboardingFacts) -> Contribution | None:
    kickoff_at = facts.first_event("kickoff_held")
    return _duration(kickoff_at, facts.value_reached, facts.onboarding.ended_at) if kickoff_at else None


def _complete(facts: OnboardingFacts) -> Contribution | None:
    audited, _, failing = facts.fields
    return Contribution(float(failing == 0)) if audited else None


def _missing(facts: OnboardingFacts) -> Contribution | None:
    audited, missing, _ = facts.fields
    return Contribution(missing, audited) if audited else None


def _on_time(today: date, zone: tzinfo, facts: OnboardingFacts) -> Contribution | None:
    """What was due after the onboarding ended is nobody's lateness."""
    if facts.onboarding.ended_at:
        today = min(today, facts.onboarding.ended_at.astimezone(zone).date())
    milestones = [
        one for one in facts.milestones if one.replaced_at is None and one.layer in LAYERS[:-1] and one.due_on
    ]
    due = [one for one in milestones if one.reached_at or (one.due_on or today) < today]
    met = [one for one in due if one.reached_at and one.due_on and one.reached_at.astimezone(zone).date() <= one.due_on]
    return Contribution(len(met), len(due)) if due else None


def _customer_tasks(facts: OnboardingFacts) -> Contribution | None:
    done = {one.about.strip().casefold() for one in facts.events_of_kind("customer_task_done")}
    given = done | {one.about.strip().casefold() for one in facts.events_of_kind("customer_task_given")}
    return Contribution(len(done), len(given)) if given else None


def _prep(facts: OnboardingFacts) -> Contribution | None:
    minutes = [one.amount or 0 for one in facts.events_of_kind("csm_prep")]
    return Contribution(sum(minutes)) if minutes else None


def _rework(facts: OnboardingFacts) -> Contribution | None:
    plans = {one.item_id for one in facts.milestones}
    reworked = len(plans) > 1 or bool(facts.events_of_kind("work_redone"))
    return Contribution(float(reworked)) if plans else None


def _risks(facts: OnboardingFacts) -> Contribution | None:
    return Contribution(float(bool(facts.risk_times)))


def _first_risk(facts: OnboardingFacts) -> Contribution | None:
    return _duration(facts.won_at, facts.risk_times[0]) if facts.risk_times else None


def _tickets(facts: OnboardingFacts) -> Contribution | None:
    kickoff_at = facts.first_event("kickoff_held")
    if kickoff_at is None:
        return None
    ends, tickets = kickoff_at + EARLY_TICKET_DAYS * DAY, facts.events_of_kind("support_ticket")
    early = [one for one in tickets if kickoff_at <= one.happened_at < ends and one.amount != 0]
    if not early and facts.onboarding.ended_at and facts.onboarding.ended_at < ends:
        return None  # nobody knows what would have come
    return Contribution(float(bool(early)), counts_from=ends, heard=bool(tickets))


def _satisfaction(facts: OnboardingFacts) -> Contribution | None:
    answers = [one.amount or 0 for one in facts.events_of_kind("satisfaction")]
    return Contribution(sum(one >= SATISFIED_FROM for one in answers), len(answers)) if answers else None


def _activation(facts: OnboardingFacts) -> Contribution | None:
    ends = facts.won_at + ACTIVATION_DAYS * DAY
    reached = [one for one in (facts.first_event("activated"), facts.value_reached) if one is not None]
    planned = any(one.layer == LAYERS[-1] for one in facts.milestones)
    return Contribution(
        float(bool(reached) and min(reached) < ends),
        counts_from=ends,
        heard=planned or bool(facts.events_of_kind("activated")),
    )


def _loops(facts: OnboardingFacts) -> Contribution | None:
    packets = {one.id for one in facts.items if one.kind == PACKET}
    was_sent_back = any(one.action == "send_back" and one.item_id in packets for one in facts.decisions)
    asked = any(one.kind == QUESTION for one in facts.items)
    return Contribution(float(was_sent_back or asked)) if packets else None


RULES: dict[str, Callable[[OnboardingFacts], Contribution | None]] = {
    "handoff_complete": _handoff, "kickoff_scheduled": _kickoff, "first_value": _first_value,
    "packet_complete": _complete, "missing_fields": _missing, "customer_tasks": _customer_tasks,
    "csm_prep": _prep, "rework": _rework, "risk_escalations": _risks, "early_tickets": _tickets,
    "satisfaction": _satisfaction, "activation": _activation, "sales_loops": _loops, "first_risk": _first_risk,
}  # fmt: skip


def contributions(facts: OnboardingFacts, today: date, zone: tzinfo = UTC) -> dict[str, Contribution]:
    """What one onboarding adds, by metric; nothing where its customer was turned away at the first gate."""
    if facts.turned_away:
        return {}
    found = {key: part for key, rule in RULES.items() if (part := rule(facts)) is not None}
    if on_time := _on_time(today, zone, facts):
        found["tasks_on_time"] = on_time
    return found


def rows(session: Session, ids: Sequence[int], now: datetime, policy: Policy) -> list[dict[str, Any]]:
    """The rows of `measures` for these onboardings, as they are now; a day is one of the lane's time zone."""
    made = []
    for facts in load_facts(session, ids).values():
        onboarding = facts.onboarding
        place = {"onboarding_id": onboarding.id, "lane": onboarding.lane, "segment": onboarding.segment or NO_SEGMENT}
        zone = ZoneInfo(policy.calendar(onboarding.lane).timezone)
        for key, part in contributions(facts, now.astimezone(zone).date(), zone).items():
            values = {"value": part.value, "of": part.of, "since": part.since, "heard": part.heard}
            when = {"at": facts.won_at, "counts_from": part.counts_from or facts.won_at}
            made.append({**place, "metric": key, "owner_id": onboarding.owner_id, **when, **values})
    return made


def load_facts(session: Session, ids: Sequence[int]) -> Mapping[int, OnboardingFacts]:
    """Each of these onboardings by id with all its rows, in a handful of queries whatever their number."""
    by_onboarding = {
        run.id: OnboardingFacts(run) for run in session.scalars(select(Onboarding).where(Onboarding.id.in_(ids)))
    }
    columns = (Item.id, Item.onboarding_id, Item.kind, Item.gate, Item.state, Item.opened_at, Item.settled_at)
    first: dict[int, int] = {}
    items: dict[int, int] = {}
    for item in session.execute(
        select(*columns, Item.automation_id).where(Item.onboarding_id.in_(ids), tellable()).order_by(Item.id)
    ):
        by_onboarding[item.onboarding_id].items.append(item)
        items[item.id] = item.onboarding_id
        if item.kind == PACKET:
            first.setdefault(item.onboarding_id, item.id)
    _count_audits(session, by_onboarding, {item: run for run, item in first.items()})
    acts = (Decision.item_id, Decision.action, Decision.at, Decision.role)
    query = select(*acts).join(Item, Item.id == Decision.item_id).where(Item.onboarding_id.in_(ids), tellable())
    for one in session.execute(query.order_by(Decision.id)):
        by_onboarding[items[one.item_id]].decisions.append(one)
    cases = select(ExceptionCase.onboarding_id, ExceptionCase.opened_at).where(ExceptionCase.onboarding_id.in_(ids))
    for case_ in session.execute(cases):
        by_onboarding[case_.onboarding_id].cases.append(case_.opened_at)
    facts = (Milestone.item_id, Milestone.layer, Milestone.due_on, Milestone.reached_at, Milestone.replaced_at)
    for milestone in session.execute(select(Milestone.onboarding_id, *facts).where(Milestone.onboarding_id.in_(ids))):
        by_onboarding[milestone.onboarding_id].milestones.append(milestone)
    for run, told in events(session, ids).items():
        by_onboarding[run].events = told
    return by_onboarding


def _count_audits(session: Session, by_onboarding: Mapping[int, OnboardingFacts], first: Mapping[int, int]) -> None:
    """Count the audited fields of revision 1 of each onboarding's first packet."""
    tests = (Check.outcome != "pass", Check.outcome == "fail")
    silent, failing = (func.sum(case((test, 1), else_=0)) for test in tests)
    query = select(Revision.item_id, func.count(), silent, failing).join(Check, Check.revision_id == Revision.id)
    query = query.where(Revision.item_id.in_(first), Revision.number == 1, Check.key.like("field.%"))
    for item_id, audited, missing, failed in session.execute(query.group_by(Revision.item_id)):
        by_onboarding[first[item_id]].fields = (audited, missing, failed)


def events(session: Session, ids: Sequence[int]) -> dict[int, list[Any]]:
    """The recorded events of these onboardings that nobody took back, by onboarding id, in the order they were
    recorded."""
    facts = (RecordedEvent.id, RecordedEvent.onboarding_id, RecordedEvent.kind, RecordedEvent.takes_back_id)
    query = select(*facts, RecordedEvent.about, RecordedEvent.amount, RecordedEvent.happened_at)
    recorded = session.execute(query.where(RecordedEvent.onboarding_id.in_(ids)).order_by(RecordedEvent.id)).all()
    taken_back = {one.takes_back_id for one in recorded}
    held: dict[int, list[Any]] = defaultdict(list)
    for one in recorded:
        if one.id not in taken_back and one.kind != "taken_back":
            held[one.onboarding_id].append(one)
    return held
