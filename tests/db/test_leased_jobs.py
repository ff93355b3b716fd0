"""The leased queue, which callbacks, releases and draft jobs share: who may take a job, who holds it, when it is tried
again, and what a person's word does to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.db import leased_jobs
from reviewqueue.db.database import writing
from reviewqueue.db.leased_jobs import Leased
from reviewqueue.db.tables.base import LeasedJob
from reviewqueue.db.tables.callbacks import Callback
from reviewqueue.db.tables.milestones import DraftJob
from reviewqueue.db.tables.releases import Release
from tests import drafts
from tests.cast import DANA
from tests.support.draft_chain import begun
from tests.world import World

LEASE = timedelta(minutes=5)
SECOND = timedelta(seconds=1)


@pytest.fixture
def job(world: World, request: pytest.FixtureRequest) -> LeasedJob:
    """One waiting job of each kind in turn."""
    begun(world)
    world.decide(DANA, world.submit(drafts.email()), "approve")
    with world.session() as session:
        found = session.scalars(select(request.param).order_by(request.param.id).limit(1)).one()
    assert isinstance(found, LeasedJob)
    return found


KINDS = pytest.mark.parametrize("job", [Callback, Release, DraftJob], indirect=True, ids=lambda kind: kind.__name__)


def change(world: World, job: LeasedJob, act: Callable[[Session, Any], Any]) -> LeasedJob:
    """The job after something was done to it in a transaction."""
    with world.session() as session, writing(session):
        found = session.get_one(type(job), job.id)
        act(session, found)
        return found


def put(**values: Any) -> Callable[[Session, Any], None]:
    """Set these columns."""

    def act(session: Session, job: Any) -> None:
        for name, value in values.items():
            setattr(job, name, value)
        session.flush()

    return act


@KINDS
def test_who_may_take_it(world: World, job: LeasedJob) -> None:
    """What waits is due at its time and not before; what a worker has is lost when its lease ends and not before."""
    kind, now = type(job), world.now
    rows: list[tuple[dict[str, Any], bool, bool, str]] = [
        ({"state": "waiting", "next_at": now}, True, False, "its time has come"),
        ({"state": "waiting", "next_at": now + SECOND}, False, False, "its time comes in a second"),
        ({"state": kind.IN_HAND, "lease_until": now}, False, True, "its worker is too late"),
        ({"state": kind.IN_HAND, "lease_until": now + SECOND}, False, False, "its worker has a second left"),
        ({"state": "failed", "next_at": now}, False, False, "it waits for a person"),
    ]
    for values, due, lost, says in rows:
        change(world, job, put(**{"lease_until": None, **values}))
        with world.session() as session:
            asked = [leased_jobs.due(kind, now), leased_jobs.lost(kind, now)]
            found = [session.scalar(select(kind.id).where(kind.id == job.id, one)) is not None for one in asked]
        assert found == [due, lost], says


@KINDS
def test_a_lease_ends_with_whatever_comes_next(world: World, job: LeasedJob) -> None:
    """It is held by the one that took it last, until it is given back, ended, given up, or taken by another."""
    now = world.now
    rows: list[tuple[str, Callable[[Session, Any], Any], str]] = [
        ("it failed", lambda session, one: leased_jobs.end_lease(session, one, "failed"), "failed"),
        ("it is tried later", lambda session, one: leased_jobs.retry_later(session, one, now, (30,)), "waiting"),
        ("it is given up", lambda session, one: leased_jobs.give_up(session, one, now), "given_up"),
        ("another took it", lambda session, one: leased_jobs.take(session, one, now, LEASE), job.IN_HAND),
    ]
    for says, act, state in rows:
        change(world, job, put(state="waiting", attempts=0, lease="", lease_until=None, done_at=None))
        taken = change(world, job, lambda session, one: leased_jobs.take(session, one, now, LEASE))
        leased = Leased(job.id, taken.lease, taken.attempts)
        assert (taken.state, taken.attempts, taken.lease_until) == (job.IN_HAND, 1, now + LEASE), says
        assert leased_jobs.is_held(taken, leased), says
        after = change(world, job, act)
        assert (after.state, leased_jobs.is_held(after, leased)) == (state, False), says
        with world.session() as session:
            leased_jobs.give_back(session, type(job), leased, now)
            assert session.get_one(type(job), job.id).state == state, "a worker gives back only what it holds"


@KINDS
def test_given_back_it_was_not_tried(world: World, job: LeasedJob) -> None:
    """As if nobody had taken it: due at once, and the attempt does not count."""
    taken = change(world, job, lambda session, one: leased_jobs.take(session, one, world.now, LEASE))
    with world.session() as session:
        leased_jobs.give_back(session, type(job), Leased(job.id, taken.lease, taken.attempts), world.now + SECOND)
        back = session.get_one(type(job), job.id)
    assert (back.state, back.attempts, back.next_at) == ("waiting", 0, world.now + SECOND)
    assert (back.lease, back.lease_until) == ("", None)


# (attempts that were begun, jitter, what the other side asks for, seconds at least and at most; None: no more attempts)
PAUSES: list[tuple[int, float, float, tuple[float, float] | None, str]] = [
    (1, 0, 0, (30, 30), "after the first attempt the first pause"),
    (2, 0, 0, (300, 300), "after the second the second"),
    (3, 0, 0, None, "the third was the last"),
    (2, 0.2, 0, (300, 360), "jitter adds up to its share and takes nothing away"),
    (1, 0, 90, (90, 90), "the other side asks for more than the pause"),
    (2, 0, 90, (300, 300), "and for less"),
]


@KINDS
def test_pauses_grow_and_end(world: World, job: LeasedJob) -> None:
    """Each attempt is further from the one before it, and after the last one nothing is changed."""
    now = world.now
    for attempts, jitter, at_least, seconds, says in PAUSES:
        change(world, job, put(state=job.IN_HAND, attempts=attempts, next_at=now))
        again = partial(leased_jobs.retry_later, now=now, retry_after=(30, 300), jitter=jitter, at_least=at_least)
        after = change(world, job, again)
        assert after.state == ("waiting" if seconds else job.IN_HAND), says
        least, most = seconds or (0, 0)
        assert least <= (after.next_at - now).total_seconds() <= most, says
