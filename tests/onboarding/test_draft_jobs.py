"""Draftings: taken under a lease, drafted once in effect, tried again when a drafter raises, and never lost from sight."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from reviewqueue.core.errors import Conflict, Forbidden, Invalid, NotFound
from reviewqueue.db import database
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.milestones import DraftJob
from reviewqueue.db.tables.people import Automation
from reviewqueue.evidence.types import DraftWithEvidence
from reviewqueue.onboarding import draft_input, draft_jobs
from reviewqueue.onboarding.drafting.compose import compose
from tests import drafts
from tests.cast import AIKO, DANA, PRIYA, SAM, TOM
from tests.support.draft_chain import acts, begun, draft, of_kind, states
from tests.support.draft_chain import draftings as due_of
from tests.world import World


class Stubborn:
    """A drafter of an organisation's own that fails as often as it is told, then writes what ours writes."""

    def __init__(self, fails: int) -> None:
        self.left, self.calls = fails, 0

    def __call__(self, *given: Any) -> DraftWithEvidence:
        self.calls += 1
        if self.left:
            self.left -= 1
            raise RuntimeError("the model is\x00 away")
        return compose(*given)


def only(world: World, template: str) -> None:
    """Leave one drafting due."""
    with world.session() as session, database.writing(session):
        for one in session.scalars(select(DraftJob).where(DraftJob.template != template)).all():
            one.state = "skipped"
        session.flush()


def test_a_drafter_that_raises_is_tried_again_then_waits_for_a_person(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    """Growing pauses, a logged line each time; after the fifth it has failed, visibly, until somebody retries it."""
    begun(world)
    only(world, "kickoff-brief")
    drafter, at = Stubborn(5), world.now
    for pause in (*draft_jobs.RETRY_DELAYS, None):
        assert draft(world, drafter, at) == 1
        one = due_of(world)["kickoff-brief"]
        assert (one.state, one.says) == (
            "failed" if pause is None else "waiting",
            "RuntimeError: the model is\ufffd away",
        )
        assert draft(world, drafter, at) == 0
        at += timedelta(seconds=pause or 0)
    assert capfd.readouterr().err.count("event=draft.trouble") == 5
    assert acts(world)[-1] == "drafting.fail"
    assert draft(world, drafter, at + timedelta(days=9)) == 0
    with world.session() as session:
        for person in (AIKO, TOM):
            with pytest.raises(Forbidden):
                draft_jobs.retry(session, person.id, one.id, at)
        with pytest.raises(NotFound):
            draft_jobs.retry(session, SAM.id, one.id, at)
        draft_jobs.retry(session, PRIYA.id, one.id, at)
    assert draft(world, drafter, at) == 1
    assert states(world)["kickoff-brief"] == "drafted"
    with world.session() as session, pytest.raises(Conflict, match="drafted by now"):
        draft_jobs.give_up(session, PRIYA.id, one.id, "Written by hand instead.", at)


def test_what_is_given_up_is_not_drafted_and_says_why(world: World) -> None:
    begun(world)
    only(world, "welcome")
    draft(world, Stubborn(1))
    one = due_of(world)["welcome"]
    with world.session() as session:
        with pytest.raises(Invalid, match="needs a reason"):
            draft_jobs.give_up(session, DANA.id, one.id, "no", world.now)
        draft_jobs.give_up(session, DANA.id, one.id, "I called Piet instead.", world.now)
    assert draft(world, at=world.now + timedelta(days=30)) == 0
    assert due_of(world)["welcome"].state == "given_up"
    assert acts(world)[-1] == "drafting.give_up"


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (DraftWithEvidence("customer_email", "Hello", {"subject": "Hello", "body": "Hello."}), "is a customer_email"),
        (DraftWithEvidence("kickoff_brief", "", {"framing": "Anything."}), "Invalid: "),
        (DraftWithEvidence("kickoff_brief", "Brief", {}), "Invalid: "),
        ({"kind": "kickoff_brief"}, "AttributeError: "),
    ],
)
def test_what_no_gate_takes_is_a_failure_of_the_drafter(world: World, made: Any, says: str) -> None:
    """A drafter cannot reach another gate, nor leave the title or the draft out."""
    begun(world)
    only(world, "kickoff-brief")
    draft(world, lambda *_: made)
    one = due_of(world)["kickoff-brief"]
    assert (one.state, one.item_id) == ("waiting", None)
    assert says in one.says
    assert not of_kind(world, "kickoff_brief")


def test_killed_between_composing_and_writing_it_is_drafted_once(world: World) -> None:
    """The lease runs out and it is taken again; the one that was thought dead comes back and writes nothing."""
    begun(world)
    only(world, "kickoff-brief")
    with world.session() as session:
        lost = draft_jobs.take_due(session, world.now)
        assert lost is not None
        material = draft_input.load(session, lost.onboarding_id, lost.template, lost.cause, world.now)
    made = compose(material.policy, material.lane, material.template, material.known, material.today)
    assert draft(world) == 0, "leased"
    later = world.now + draft_jobs.LEASE + timedelta(seconds=1)
    assert draft(world, at=later) == 1
    with world.session() as session:
        assert draft_jobs.open_item(session, lost, made, later) is None
        assert draft_jobs.fail(session, lost, "late", later) == "drafted"
        draft_jobs.skip(session, lost, "late", later)
    assert len(of_kind(world, "kickoff_brief")) == 1
    assert states(world)["kickoff-brief"] == "drafted"


def test_one_that_kills_its_worker_each_time_fails_in_the_end(world: World) -> None:
    begun(world)
    only(world, "kickoff-brief")
    at = world.now
    with world.session() as session:
        for _ in range(len(draft_jobs.RETRY_DELAYS) + 1):
            assert draft_jobs.take_due(session, at)
            at += draft_jobs.LEASE + timedelta(seconds=1)
        assert draft_jobs.take_due(session, at) is None
    assert states(world)["kickoff-brief"] == "failed"


def test_many_workers_draft_each_draft_once(world: World) -> None:
    """Eight at four packets: each draft is one item."""
    for _ in range(4):
        begun(world, drafts.deal(), owner=None)
    hands = [threading.Thread(target=draft, args=(world,)) for _ in range(8)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    with world.session() as session:
        rows = session.scalars(select(DraftJob)).all()
        made = [one.item_id for one in rows if one.item_id]
        ours = select(Item.id).join(Automation).where(Automation.name == "Review Queue")
        assert sorted(made) == sorted(session.scalars(ours))
        assert len(session.scalars(select(Automation).where(Automation.name == "Review Queue")).all()) == 1
    assert len(made) == len(set(made)) == 16
    assert {one.attempts for one in rows} == {1}


def test_nothing_is_open_in_the_database_while_it_is_drafted(world: World) -> None:
    """A drafter may take its time without anybody waiting for a connection or a lock."""
    begun(world)
    before, open_then = world.engine.pool.checkedout(), []  # type: ignore[attr-defined]

    def slow(*given: Any) -> DraftWithEvidence:
        open_then.append(world.engine.pool.checkedout())  # type: ignore[attr-defined]
        return compose(*given)

    draft(world, slow)
    assert set(open_then) == {before}
