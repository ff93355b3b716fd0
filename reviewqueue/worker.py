"""The worker: takes messages that are due, tells them, and writes down what came back. Several at once are safe.

A message is leased before it is sent and nothing is held open in the database while it goes out. A worker that dies
between sending and reporting leaves a lease that runs out: the same message, with the same id and body, goes out again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import httpx2
from sqlalchemy.orm import Session, sessionmaker

from reviewqueue import callbacks, database, keys, messages, migrations
from reviewqueue.callbacks import Outcome
from reviewqueue.lines import failure, line
from reviewqueue.messages import Due
from reviewqueue.settings import Settings

HANDS = 4
IDLE = 0.5
LONGEST_PAUSE = 30.0
Send = Callable[[Due, datetime], Outcome]


def run(settings: Settings, stop: threading.Event) -> None:
    """Work until `stop` is set; then finish what is in hand and come back. Raises Refused when the database is not
    migrated."""
    engine = database.connect(settings.database())
    try:
        migrations.require(engine)
        send = partial(_send, settings.secret(), settings.private_callbacks)
        given = (database.sessions(engine), send, stop)
        # Daemons: looking up a host's name has no deadline, and what is cut off goes out again under its lease.
        hands = [
            threading.Thread(name=f"worker-{number}", target=_hand, args=given, daemon=True) for number in range(HANDS)
        ]
        line("worker.start", hands=HANDS)
        for hand in hands:
            hand.start()
        for hand in hands:
            hand.join(timeout=LONGEST_PAUSE)
        line("worker.stop")
    finally:
        engine.dispose()


def one(sessions: sessionmaker[Session], send: Send, stop: threading.Event, now: Callable[[], datetime]) -> bool:
    """Take one message that is due, send it and report; False when none was. Given back unsent once `stop` is set."""
    with sessions() as session:
        taken = messages.take_due(session, now(), at_most=1)
    if not taken:
        return False
    due = taken[0]
    if stop.is_set():
        with sessions() as session:
            messages.forget_leases(session, due.lease, now())
        return False
    came = send(due, now())
    with sessions() as session:
        state = messages.report(
            session, due, now(),
            status=came.status, says=came.says, milliseconds=came.milliseconds, retry_after=came.retry_after,
        )  # fmt: skip
    line(
        "callback", message=due.webhook_id, type=due.type, host=_host(due.url), attempt=due.attempts,
        status=came.status, milliseconds=came.milliseconds, state=state,
    )  # fmt: skip
    return True


def _send(secret_key: str, private: bool, due: Due, now: datetime) -> Outcome:
    secret = keys.callback_secret(secret_key, due.automation_id, due.secret_number)
    return callbacks.send(due, secret, now, private=private)


def _hand(sessions: sessionmaker[Session], send: Send, stop: threading.Event) -> None:
    """One of the worker's threads: on and on, resting when nothing is due, longer when the database does not answer."""
    pause = IDLE
    while not stop.is_set():
        try:
            busy = one(sessions, send, stop, _now)
        except Exception as error:
            failure("worker.trouble", error, pause=pause)
            stop.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
            continue
        pause = IDLE
        if not busy:
            stop.wait(IDLE)


def _host(url: str) -> str:
    try:
        return httpx2.URL(url).host
    except httpx2.InvalidURL:
        return ""


def _now() -> datetime:
    return datetime.now(UTC)
