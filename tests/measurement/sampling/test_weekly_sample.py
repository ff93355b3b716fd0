"""Sampling: what a week's sample is drawn from, that nobody chooses it, and that anybody can draw it again."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from reviewqueue.core.errors import Conflict, Forbidden, Invalid
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row
from reviewqueue.db.tables.milestones import DraftJob
from reviewqueue.db.tables.sampling import AttentionSignal, QaPlace, QaSample
from reviewqueue.measurement.sampling import attention, sample_queries, stratified_draw, weekly_sample
from reviewqueue.policy import policy_versions
from tests import drafts
from tests.cast import DANA, HELEN, INES, MARCUS, PRIYA, TOM
from tests.support.concurrency import at_once
from tests.support.sampled_week import OVER, decided, look, ruled, sample, settled, strata
from tests.world import World

LANE = drafts.LANE


def test_the_frame_has_each_decided_draft_once(world: World) -> None:
    """By gate and by what was decided last of it in that week; what people did not decide is not in it."""
    ids = decided(world)
    late = world.submit(drafts.email())
    world.decide(DANA, late, "approve", now=OVER + timedelta(minutes=1))
    with world.session() as session:
        week = weekly_sample.week_of(policy_versions.current(session), LANE, world.now.date())
        frame = weekly_sample.frame(session, LANE, week)
        other = weekly_sample.frame(session, drafts.TWO_APPROVALS, week)
    assert strata(frame) == {
        "customer-communication/approved": 3,
        "customer-communication/edited": 1,
        "customer-communication/stopped": 3,
        "customer-communication/overridden": 1,
        "implementation-launch/approved": 1,
    }
    assert not other
    assert {one.item for one in frame} == set(ids.values()) - {ids["waits"], ids["question"], ids["withdrawn"]}
    assert [one.outcome for one in frame if one.item == ids["twice"]] == ["edited", "approved"]


def test_the_weeks_are_the_calendar_s_own(world: World) -> None:
    """From Monday to Monday where the lane works; a week of 23 hours less or more is one too."""
    with world.session() as session:
        policy = policy_versions.current(session)
    for lane, day, name, starts, ends in [
        (LANE, "2026-03-02", "2026-W10", "2026-03-02T05:00+00:00", "2026-03-09T04:00+00:00"),  # clocks go forward
        (LANE, "2026-03-08", "2026-W10", "2026-03-02T05:00+00:00", "2026-03-09T04:00+00:00"),
        (drafts.TWO_APPROVALS, "2026-01-01", "2026-W01", "2025-12-28T23:00+00:00", "2026-01-04T23:00+00:00"),
    ]:
        week = weekly_sample.week_of(policy, lane, date.fromisoformat(day))
        assert (week.name, week.starts_at, week.ends_at) == (
            name, datetime.fromisoformat(starts), datetime.fromisoformat(ends),
        )  # fmt: skip
        assert weekly_sample.week_named(policy, lane, name) == week
    for wrong in ("2026-W54", "W10", "last", "0000-W01", "2026-W10 "):
        with pytest.raises(Invalid):
            weekly_sample.week_named(policy, LANE, wrong)


def test_the_clock_draws_once_and_anybody_can_draw_it_again(world: World) -> None:
    """Two workers draw one sample between them; its seed is the log's; drawn again it is the same, and what was changed
    behind its back is told."""
    decided(world)

    def tick(_: int) -> int:
        with world.session() as session:
            return weekly_sample.draw_due(session, OVER + timedelta(hours=1))

    with world.session() as session:
        assert weekly_sample.draw_due(session, OVER + timedelta(minutes=9)) == 0, (
            "what was decided may still be on its way"
        )
    assert sorted(at_once(2, tick)) in ([0, 1], [1, 0]), "the other came second"
    assert tick(0) == 0
    with world.session() as session:
        made = session.scalars(select(QaSample)).one()
        places = session.scalars(select(QaPlace)).all()
        told = [entry for entry in world.log() if entry.act == "qa.draw"]
        before = [entry for entry in world.log() if entry.at < OVER][-1]
        assert made.seed == stratified_draw.seed_of(LANE, "2026-W10", before.leaf)
        assert (made.frame_size, made.drawn_by, len(told)) == (9, "system:qa", 1)
        assert len(places) == 9  # nine of at most ten: everything, three of it looked for
        assert sum(one.looked_for for one in places) == 2
        assert weekly_sample.verify(session, made.id).same
        assert world.verify().holds
    world.decide(DANA, world.submit(drafts.email()), "approve", now=OVER - timedelta(minutes=1))
    with world.session() as session:
        found = weekly_sample.verify(session, 1)
        assert not found.same
        assert (found.frame, found.seed) == (False, True), "a decision in a week that was over, written since"


def test_by_hand_for_a_week_that_is_over_and_has_none(world: World) -> None:
    """By RevOps, or on the command line; who may not, and for which week, is told."""
    decided(world)
    with world.session() as session:
        after = OVER + timedelta(days=9)
        for who, week, raised in [
            (DANA, "2026-W10", Forbidden),
            (HELEN, "2026-W10", Forbidden),
            (PRIYA, "2026-W11x", Invalid),
            (PRIYA, "2026-W12", Invalid),
            (PRIYA, "2026-W09", Invalid),
        ]:
            with pytest.raises(raised):
                weekly_sample.draw_manually(session, who.actor, LANE, week, after)
        with pytest.raises(Invalid, match="drawn"):
            weekly_sample.draw_manually(session, PRIYA.actor, "no-lane", "2026-W10", after)
        made = weekly_sample.draw_manually(session, PRIYA.actor, LANE, "2026-W10", after)
        with pytest.raises(Conflict):
            weekly_sample.draw_manually(session, PRIYA.actor, LANE, "2026-W10", after)
        assert weekly_sample.verify(session, made).same
    assert [entry.actor for entry in world.log() if entry.act == "qa.draw"] == [PRIYA.actor]


def test_glances_are_coarse_weigh_and_are_forgotten(world: World) -> None:
    """Four bands and no more; a brief look at what was let go weighs most; old ones go; a few are shown to nobody."""
    for seconds, said in [(None, "unknown"), (-1, "unknown"), (0, "under 10 s"), (9.9, "under 10 s"),
                          (10, "under a minute"), (59.9, "under a minute"), (60, "longer"), (1e9, "longer")]:  # fmt: skip
        assert attention.band(seconds) == said
    items = [world.submit(drafts.email()) for _ in range(4)]
    for item, act, glance in zip(
        items,
        ("approve", "reject", "approve", "approve"),
        ((3, "no"), (3, "no"), (70, "yes"), (None, "x")),
        strict=True,
    ):
        world.decide(DANA, item, act, glance=glance)
    with world.session() as session:
        frame = weekly_sample.frame(
            session, LANE, weekly_sample.week_of(policy_versions.current(session), LANE, world.now.date())
        )
        assert list(attention.sample_weights(session, frame).values()) == [3, 2, 1, 1]
        assert attention.lane_shares(session, LANE) is None
        assert {one.opened for one in session.scalars(select(AttentionSignal))} == {"no", "yes", "unknown"}
        assert attention.purge(session, 30, world.now + timedelta(days=30)) == 0
        assert attention.purge(session, 30, world.now + timedelta(days=31)) == 4
        assert attention.sample_weights(session, frame) == {}
        assert session.scalars(select(AttentionSignal)).all() == []
    assert not any(word in entry.body for entry in world.log() for word in ("under 10 s", "glance"))


def test_enough_people_and_decisions_are_shown_together(world: World) -> None:
    """Five people and twenty decisions; one fewer of either shows nothing."""
    people = [DANA, MARCUS, TOM, HELEN]
    for number in range(19):
        world.decide(people[number % 4], world.submit(drafts.email()), "reject", glance=(number * 5, "no"))
    with world.session() as session:
        assert attention.lane_shares(session, LANE) is None
    world.decide(INES, world.submit(drafts.plan()), "reject", glance=(200, "yes"))
    with world.session() as session:
        assert attention.lane_shares(session, LANE) == (20, {"under 10 s": 2, "under a minute": 10, "longer": 8})


def test_a_lane_that_draws_none_draws_none(world: World) -> None:
    """`weekly = 0` in the lane's own table; by hand neither."""
    ruled(world, LANE, "weekly = 0\nby_weight = 0\n")
    decided(world)
    with world.session() as session:
        assert weekly_sample.draw_due(session, OVER + timedelta(hours=1)) == 0
        with pytest.raises(Invalid):
            weekly_sample.draw_manually(session, PRIYA.actor, LANE, "2026-W10", OVER + timedelta(hours=1))


def test_what_agreed_of_a_template(world: World) -> None:
    """Second answers on the drafts of one template of ours, since a moment; a dispute counts as open until settled."""
    sample(world)
    with world.session() as session:
        found = [one for one in sample_queries.sampled_drafts(session) if one.item.kind == "customer_email"]
    with world.session() as session, writing(session):
        for number, one in enumerate(found):
            row = {"template": "welcome" if number else "kickoff-scheduling", "cause": "", "state": "drafted"}
            times = {"next_at": world.now, "created_at": world.now, "item_id": one.item.id}
            insert_row(session, DraftJob, onboarding_id=one.item.onboarding_id, **row | {"cause": str(number)}, **times)
    passed = next(one for one in found[1:] if one.first.action == "approve" and one.first.person_id == MARCUS.id)
    gone = next(one for one in found if one.first.action == "reject")
    look(world, TOM, passed.place.id, "edit")
    look(world, MARCUS, gone.place.id, "send_back")

    def told(template: str = "welcome", since: datetime = world.now, lane: str = LANE) -> tuple[int, int, int]:
        with world.session() as session:
            return weekly_sample.review_counts(session, lane, template, since)

    assert told() == (1, 2, 1)
    assert told(since=OVER) == told("kickoff-scheduling") == told(lane="enterprise-saas") == (0, 0, 0)
    settled(world, passed.place.id)
    assert told() == (1, 2, 0)
