"""The leased queue: jobs that workers take under a lease, try again after growing pauses, and give back when they are
told to stop. What a job does, who may retry it, and what follows when it fails is in the modules of its kind.

Everything but `give_back`, which opens a transaction of its own, is called inside `writing()`: its one lock keeps two
workers from taking the same job.
"""

from __future__ import annotations

import random
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from reviewqueue.db.database import writing
from reviewqueue.db.rows import update_row
from reviewqueue.db.tables.base import LeasedJob


@dataclass(frozen=True)
class Leased:
    """A job as a worker takes it: its id, the lease to show when reporting back, and which attempt this is."""

    id: int
    lease: str
    attempts: int


def due(jobs: type[LeasedJob], now: datetime) -> ColumnElement[bool]:
    """The condition that a job waits and its time has come."""
    return (jobs.state == "waiting") & (jobs.next_at <= now)


def lost(jobs: type[LeasedJob], now: datetime) -> ColumnElement[bool]:
    """The condition that a worker has a job and its lease ran out: the worker died, or was slower than its lease."""
    return (jobs.state == jobs.IN_HAND) & (jobs.lease_until <= now)


def take(session: Session, job: LeasedJob, now: datetime, lasts: timedelta) -> None:
    """Lease a job that is due or lost; `lasts` is longer than one attempt may take."""
    leased = {"lease": secrets.token_hex(16), "lease_until": now + lasts, "attempts": job.attempts + 1}
    update_row(session, job, state=job.IN_HAND, **leased)


def is_held(job: LeasedJob, leased: Leased) -> bool:
    """Whether the worker still has the job under this lease: nobody else took it, and nobody ended it."""
    return job.state == job.IN_HAND and job.lease == leased.lease


def end_lease(session: Session, job: LeasedJob, state: str, **values: Any) -> None:
    """End a job's lease and put it into its next state; `values` are other columns to change."""
    update_row(session, job, state=state, lease="", lease_until=None, **values)


def retry_later(
    session: Session, job: LeasedJob, now: datetime, retry_after: tuple[int, ...], *, jitter: float = 0,
    at_least: float = 0, **values: Any,
) -> bool:  # fmt: skip
    """Let a job wait for its next attempt: for its seconds of `retry_after` and up to the share `jitter` of them more,
    or for `at_least` seconds, as the other side asked. False, and nothing is changed, after the last attempt."""
    if job.attempts > len(retry_after):
        return False
    pause = retry_after[job.attempts - 1] * (1 + random.uniform(0, jitter))  # noqa: S311  (no secret)
    end_lease(session, job, "waiting", next_at=now + timedelta(seconds=max(pause, at_least)), **values)
    return True


def retry_now(session: Session, job: LeasedJob, due_at: datetime, **values: Any) -> None:
    """Let a job begin anew at `due_at`, with every attempt before it, because a person asks for it."""
    update_row(session, job, state="waiting", next_at=due_at, attempts=0, **values)


def give_up(session: Session, job: LeasedJob, now: datetime, **values: Any) -> None:
    """End a job that did not succeed: it is never tried again."""
    end_lease(session, job, "given_up", done_at=now, **values)


def give_back(session: Session, jobs: type[LeasedJob], leased: Leased, now: datetime) -> None:
    """Give a leased job back as if it had not been taken, as a worker does when it is told to stop before it began."""
    with writing(session):
        job = session.get_one(jobs, leased.id)
        if is_held(job, leased):
            end_lease(session, job, "waiting", next_at=now, attempts=job.attempts - 1)
