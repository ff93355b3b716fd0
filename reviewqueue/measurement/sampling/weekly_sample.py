"""The weekly QA sample of each lane: drawing it, by the clock or by hand, and drawing it again to verify it. Its second
reviews are in `second_review`."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from reviewqueue.core.patterns import as_pattern
from reviewqueue.core.vocabulary import NOT_DRAFTS
from reviewqueue.db.clock_batch import act_on_each
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row, insert_rows
from reviewqueue.db.tables.items import Decision, Item
from reviewqueue.db.tables.log import LogEntry
from reviewqueue.db.tables.milestones import DraftJob
from reviewqueue.db.tables.sampling import QaPlace, QaReview, QaSample, QaSettlement
from reviewqueue.db.tables.seeded_defects import not_seeded
from reviewqueue.items import undecidable
from reviewqueue.measurement.sampling import attention, sample_queries, stratified_draw
from reviewqueue.measurement.sampling.stratified_draw import OUTCOME_BY_ACT, DrawnUnits, Unit
from reviewqueue.people import access, actors, notifications
from reviewqueue.people.notifications import About
from reviewqueue.policy import policy_versions
from reviewqueue.policy.model.policy import Policy

COMMIT_GRACE = timedelta(minutes=10)  # after a week's end, until every decision of it is committed
_MARGIN = timedelta(hours=1)  # by how much the order of decisions by id and by time may differ
_WEEK = as_pattern(r"(\d{4})-W(\d\d)")


@dataclass(frozen=True)
class Week:
    """A calendar week (Monday to Sunday) in the lane's timezone: its name `2026-W10`, its start and its end in UTC."""

    name: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Verification:
    """The results of drawing a sample again: whether seed, frame and the even draw came out the same, and whether the
    drafts drawn by weight are in the frame and not in the even draw. Which of those came up cannot be verified: see
    `_secret_seed`."""

    seed: bool
    frame: bool
    evenly: bool
    weighted: bool

    @property
    def same(self) -> bool:
        """Whether everything came out the same."""
        return self.seed and self.frame and self.evenly and self.weighted


def _secret_seed() -> str:
    """A seed that is not kept, for the draw by weight: with a known one anybody could tell from the draw which drafts
    were read briefly, and so how each person read."""
    return secrets.token_hex(8)


def week_of(policy: Policy, lane: str, day: date) -> Week:
    """The week of a lane that contains a day."""
    zone = ZoneInfo(policy.calendar(lane).timezone)
    monday = day - timedelta(days=day.weekday())
    year, number, _ = monday.isocalendar()
    starts, ends = (datetime.combine(one, time(), zone).astimezone(UTC) for one in (monday, monday + timedelta(days=7)))
    return Week(f"{year}-W{number:02}", starts, ends)


def week_named(policy: Policy, lane: str, name: str) -> Week:
    """The week of that name, such as 2026-W10. Raises Invalid for anything else."""
    found = _WEEK.fullmatch(name)
    try:
        if found:
            return week_of(policy, lane, date.fromisocalendar(int(found[1]), int(found[2]), 1))
    except (ValueError, OverflowError):
        pass
    raise Invalid("Nothing was drawn.", [FieldError("/week", f"{name!r} is not a week; write one such as 2026-W10")])


def last_week(policy: Policy, lane: str, now: datetime) -> Week:
    """The last week of a lane that is over."""
    today = (now - COMMIT_GRACE).astimezone(ZoneInfo(policy.calendar(lane).timezone)).date()
    return week_of(policy, lane, today - timedelta(days=7))


def frame(session: Session, lane: str, week: Week) -> list[Unit]:
    """The sampling frame of a week: each draft on which a person decided, with its last outcome (`overridden` where an
    approval followed an override). What must never be drawn is left out here, and nowhere else."""
    query = (
        select(Decision, Item.gate)
        .join(Item, Item.id == Decision.item_id)
        .where(Decision.id >= _decision_id_near(session, week.starts_at - _MARGIN))
        .where(Decision.id <= _decision_id_near(session, week.ends_at + _MARGIN))
        .where(Decision.at >= week.starts_at, Decision.at < week.ends_at)
        # A question is answered, a policy proposal judged by a backtest: neither is a draft to be reviewed again.
        .where(Item.lane == lane, Item.kind.not_in(NOT_DRAFTS), not_seeded())
        .order_by(Decision.id)
    )
    by_revision: dict[int, Unit] = {}
    for decision, gate in session.execute(query):
        outcome, before = OUTCOME_BY_ACT[decision.action], by_revision.get(decision.revision_id)
        if outcome == "approved" and before is not None and before.outcome == "overridden":
            outcome = "overridden"
        by_revision[decision.revision_id] = Unit(decision.id, decision.item_id, decision.revision_id, gate, outcome)
    return list(by_revision.values())


def _decision_id_near(session: Session, at: datetime) -> int:
    """The id of a decision near that moment, by binary search: ids grow in the order in which decisions are made."""
    low, high = 0, session.scalar(select(func.max(Decision.id))) or 0
    while low < high:
        middle = (low + high) // 2
        later = select(Decision.at).where(Decision.id > middle).order_by(Decision.id).limit(1)
        if (session.scalar(later) or at) >= at:
            high = middle
        else:
            low = middle + 1
    return low + 1


def draw_due(session: Session, now: datetime, lots: Callable[[], str] = _secret_seed) -> int:
    """Draw last week's sample of each lane that has none, and delete old attention signals; returns how many were
    drawn."""
    policy = policy_versions.current(session)
    attention.purge(session, policy.organisation.qa.keep_days, now)
    weeks = {lane.key: last_week(policy, lane.key, now) for lane in policy.lanes}
    drawn = select(QaSample.lane, QaSample.week).where(QaSample.week.in_({week.name for week in weeks.values()}))
    known = {(lane, week) for lane, week in session.execute(drawn)}
    due = {lane: week for lane, week in weeks.items() if (lane, week.name) not in known}
    return act_on_each(
        due, lambda lane: bool(_draw_sample(session, policy, lane, due[lane], Actor.QA, now, lots())), "lane"
    )


def draw_manually(session: Session, actor: Actor, lane: str, name: str, now: datetime) -> int:
    """Draw the sample of a past week that has none; returns its id. Raises Forbidden, Invalid and Conflict."""
    policy = policy_versions.current(session)
    _require_may_draw(session, actor, now)
    if policy.lane(lane) is None:
        known = ", ".join(one.key for one in policy.lanes)
        raise Invalid("Nothing was drawn.", [FieldError("/lane", f"no lane {lane!r}; known: {known}")])
    week = week_named(policy, lane, name)
    if week.ends_at + COMMIT_GRACE > now:
        raise Invalid(
            "Nothing was drawn.", [FieldError("/week", f"{name} is not over yet; its sample is drawn after it")]
        )
    sample_id = _draw_sample(session, policy, lane, week, actor, now, _secret_seed())
    if sample_id is None:
        raise Invalid(
            "Nothing was drawn.", [FieldError("/week", f"no draft of {lane} was decided by a person in {name}")]
        )
    if sample_id == 0:
        raise Conflict(f"The sample of {name} is drawn already, so nothing was drawn again. Reload the page.")
    return sample_id


def _require_may_draw(session: Session, actor: Actor, now: datetime) -> None:
    person = actors.load_if_person(session, actor, now)
    if person and not access.has_ability(person.roles, "draw a sample"):
        raise Forbidden("Only RevOps draws a sample by hand, so nothing was drawn. The clock draws one each week.")


def _draw_sample(
    session: Session, policy: Policy, lane: str, week: Week, actor: Actor, now: datetime, lots: str
) -> int | None:
    """The sample's id; 0 where another drew it first, None where there is nothing to draw."""
    units = frame(session, lane, week)
    sampling, _ = policy.sampling(lane)
    if not units or not sampling.weekly:
        return None
    position, leaf = _last_entry(session, week.ends_at)
    seed = stratified_draw.seed_of(lane, week.name, leaf)
    strata = _sizes(policy, lane, units)
    evenly = stratified_draw.draw(units, seed, strata)
    others = [one for one in units if one not in set(evenly)]
    drawn = DrawnUnits(
        evenly,
        stratified_draw.draw_weighted(others, lots, sampling.by_weight, attention.sample_weights(session, units)),
    )
    with writing(session):
        taken = select(QaSample.id).where(QaSample.lane == lane, QaSample.week == week.name)
        if session.scalar(taken) is not None:
            return 0
        facts = {
            "week": week.name, "seed": seed, "log_position": position, "frame_digest": stratified_draw.digest(units),
            "frame_size": len(units), "strata": {name: list(count) for name, count in strata.items()},
        }  # fmt: skip
        times = {"starts_at": week.starts_at, "ends_at": week.ends_at, "drawn_at": now}
        row = {**facts, **times, "lane": lane, "drawn_by": actor, "policy_digest": policy.digest}
        sample_id = insert_row(session, QaSample, **row)
        insert_rows(session, QaPlace, _place_rows(sample_id, drawn))
        log_facts = {
            **facts,
            "sample": sample_id,
            "policy": policy.digest,
            "items": [one.item for one in _all_units(drawn)],
        }
        _tell_reviewers(session, policy, sample_id, actor, now)
        override_log.append(session, now, Event(actor, EventType.QA_DRAW, lane=lane, facts=log_facts))
    return sample_id


def _tell_reviewers(session: Session, policy: Policy, sample_id: int, actor: Actor, now: datetime) -> None:
    """Tell everybody who may give the second answer to something of a sample."""
    sampled = sample_queries.sampled_drafts(session, QaPlace.sample_id == sample_id)
    able = [
        one.person_id
        for one in undecidable.load_actors(session, now)
        if any(sample_queries.may_review(policy, place, one) for place in sampled)
    ]
    notifications.tell(session, "sample", able, About(sample_id=sample_id), actor, now)


def _last_entry(session: Session, before: datetime) -> tuple[int, str]:
    """(position, hash) of the log's last entry before a moment; the empty log's where there is none."""
    query = select(LogEntry.position, LogEntry.leaf).where(LogEntry.at < before)
    row = session.execute(query.order_by(LogEntry.position.desc()).limit(1)).first()
    return (row.position, row.leaf) if row else (0, override_log.NO_PREVIOUS)


def _leaf_at(session: Session, position: int, before: datetime) -> str:
    """The hash of the entry at that position, if it is the last before a moment; else ""."""
    rows = session.execute(
        select(LogEntry.position, LogEntry.at, LogEntry.leaf).where(LogEntry.position.between(position, position + 1))
    ).all()
    found = {row.position: row for row in rows}
    if (after := found.get(position + 1)) and after.at < before:
        return ""
    if position == 0:
        return override_log.NO_PREVIOUS
    return found[position].leaf if position in found and found[position].at < before else ""


def _sizes(policy: Policy, lane: str, found: Sequence[Unit]) -> dict[str, tuple[int, int]]:
    sampling, _ = policy.sampling(lane)
    gates = {one.gate: policy.gate(lane, one.gate) for one in found}
    percents = {key: gate.sample_percent for key, gate in gates.items() if gate}
    return stratified_draw.sizes(found, sampling.weekly - sampling.by_weight, sampling.least_each, percents)


def _all_units(drawn: DrawnUnits) -> list[Unit]:
    """All that was drawn, in an order that does not show how each was drawn."""
    return sorted((*drawn.evenly, *drawn.weighted), key=lambda one: one.decision)


def _place_rows(sample: int, drawn: DrawnUnits) -> list[dict[str, object]]:
    return [
        {
            "sample_id": sample, "item_id": one.item, "revision_id": one.revision, "decision_id": one.decision,
            "gate": one.gate, "stratum": one.outcome, "looked_for": one in drawn.weighted,
        }
        for one in _all_units(drawn)
    ]  # fmt: skip


def verify(session: Session, sample_id: int) -> Verification:
    """Draw a sample again from the log and the decisions, and compare it with what was drawn. Raises NotFound."""
    sample = session.get(QaSample, sample_id)
    if sample is None:
        raise NotFound("There is no such sample. `reviewqueue qa` lists those there are.")
    policy = policy_versions.version(session, sample.policy_digest)
    week = Week(sample.week, sample.starts_at, sample.ends_at)
    units = frame(session, sample.lane, week)
    leaf = _leaf_at(session, sample.log_position, week.ends_at)
    seed = stratified_draw.seed_of(sample.lane, sample.week, leaf)
    evenly = {one.decision for one in stratified_draw.draw(units, seed, _sizes(policy, sample.lane, units))}
    places = session.scalars(select(QaPlace).where(QaPlace.sample_id == sample_id)).all()
    drawn_evenly, others = ({one.decision_id for one in places if one.looked_for is which} for which in (False, True))
    return Verification(
        seed=seed == sample.seed,
        frame=stratified_draw.digest(units) == sample.frame_digest,
        evenly=evenly == drawn_evenly,
        weighted=others <= {one.decision for one in units} - evenly,
    )


def review_counts(session: Session, lane: str, template: str, since: datetime) -> tuple[int, int, int]:
    """(how many second reviews agreed, how many there were, how many disputes are open) over the drafts of one template
    of ours in a lane that were decided since then. To agree is to agree on whether the draft may pass as it is."""
    reviews = (
        select(QaReview.id, QaReview.differs)
        .join(QaPlace, QaPlace.id == QaReview.place_id)
        .join(QaSample, QaSample.id == QaPlace.sample_id)
        .join(Decision, Decision.id == QaPlace.decision_id)
        .where(QaSample.lane == lane, Decision.at >= since)
        .where(select(DraftJob.id).where(DraftJob.item_id == QaPlace.item_id, DraftJob.template == template).exists())
    ).subquery()
    settled = select(QaSettlement.id).where(QaSettlement.review_id == reviews.c.id).exists()
    rows = session.execute(select(reviews.c.differs, settled.label("settled"))).all()
    return sum(not row.differs for row in rows), len(rows), sum(row.differs and not row.settled for row in rows)
