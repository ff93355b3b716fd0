"""Worker heartbeats: each worker writes every few seconds that it is alive, so that a dead one shows. They are not in
the override log, because nobody acted. A database that cannot be written, as on a full disk, stops them: it shows."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from reviewqueue.db.database import writing
from reviewqueue.db.tables.base import moment
from reviewqueue.db.tables.workers import Worker

SILENT_AFTER = timedelta(seconds=60)  # six heartbeats missed
STUCK_AFTER = timedelta(minutes=15)  # no turn of a thread takes so long, and no pause between two is so long
KEEP_FOR = timedelta(days=1)


@dataclass(frozen=True)
class WorkerIdentity:
    """Which worker process this is."""

    id: str
    host: str
    pid: int
    version: str
    started_at: datetime


@dataclass(frozen=True)
class WorkerStatus:
    """The state of the workers: how many are alive, when one was last seen (None: never, or all were stopped on
    purpose), and what is wrong and what to do, in words ("" where nothing is)."""

    alive: int
    seen_at: datetime | None
    wrong: str = ""


def identity(version: str, now: datetime) -> WorkerIdentity:
    """A new identity for this process."""
    return WorkerIdentity(secrets.token_hex(8), socket.gethostname()[:255], os.getpid(), version, now)


def beat(session: Session, worker: WorkerIdentity, turns: Mapping[str, datetime], now: datetime) -> None:
    """Record that this worker is alive, and delete those that have been silent for a day."""
    turn_times = {name: moment(at) for name, at in sorted(turns.items())}
    with writing(session):
        same = update(Worker).where(Worker.id == worker.id).values(seen_at=now, turns=turn_times)
        if session.execute(same.returning(Worker.id)).first() is None:
            session.add(Worker(**vars(worker), seen_at=now, turns=turn_times))
            session.execute(delete(Worker).where(Worker.seen_at < now - KEEP_FOR))


def remove(session: Session, worker: WorkerIdentity) -> None:
    """Delete this worker's row, because it stops on purpose: its silence is not reported then."""
    with writing(session):
        session.execute(delete(Worker).where(Worker.id == worker.id))


def read(session: Session, now: datetime) -> WorkerStatus:
    """The state of the workers at `now`. One that died while others live is no problem: they do its work."""
    living = list(
        session.scalars(select(Worker).where(Worker.seen_at > now - SILENT_AFTER).order_by(Worker.started_at))
    )
    if living:
        return WorkerStatus(len(living), max(one.seen_at for one in living), _stuck_thread(living, now))
    newest = session.scalar(select(func.max(Worker.seen_at)))
    since = f"No worker has reported since {newest:%Y-%m-%d %H:%M} UTC" if newest else "No worker is running"
    return WorkerStatus(0, newest, f"{since}: nothing is sent, nothing is drafted, and nothing overdue is escalated")


def _stuck_thread(living: list[Worker], now: datetime) -> str:
    """The first thread that has not finished a turn for too long, unless another worker does the same work."""
    late = moment(now - STUCK_AFTER)
    for name in sorted({name for one in living for name in one.turns}):
        turns = [one.turns[name] for one in living if name in one.turns]
        if max(turns) < late:
            return f"{name} of the worker on {living[0].host} has finished nothing since {max(turns)[:16]}Z"
    return ""
