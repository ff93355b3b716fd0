"""The worker: takes messages that are due, tells them, and writes down what came back; and it is the clock that takes
what is overdue to the next named person. Several at once are safe.

A message is leased before it is sent and nothing is held open in the database while it goes out. A worker that dies
between sending and reporting leaves a lease that runs out: the same message, with the same id and body, goes out again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from time import sleep

import httpx2
from sqlalchemy.orm import Session, sessionmaker

from reviewqueue import callbacks, database, exceptions, keys, messages, migrations, sla
from reviewqueue.callbacks import Outcome
from reviewqueue.lines import failure, line
from reviewqueue.messages import Due
from reviewqueue.settings import Settings

HANDS = 4
IDLE = 0.5
CLOCK = 5.0  # seconds between two looks of the clock
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
        hands.append(threading.Thread(name="worker-clock", target=_clock, args=(given[0], stop), daemon=True))
        line("worker.start", hands=HANDS)
        for hand in hands:
            hand.start()
        while not stop.is_set():  # whoever sets it may be a signal in this very thread: no lock is waited for here
            sleep(IDLE)
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


def look(sessions: sessionmaker[Session], now: datetime) -> int:
    """The clock looks once at items and at exceptions; returns on how many it acted."""
    with sessions() as session:
        return sla.tick(session, now) + exceptions.tick(session, now)


def _send(secret_key: str, private: bool, due: Due, now: datetime) -> Outcome:
    secret = keys.callback_secret(secret_key, due.automation_id, due.secret_number)
    return callbacks.send(due, secret, now, private=private)


def _hand(sessions: sessionmaker[Session], send: Send, stop: threading.Event) -> None:
    """A thread that tells: one message after another, resting when none is due."""
    _on_and_on(lambda: one(sessions, send, stop, _now), IDLE, stop)


def _clock(sessions: sessionmaker[Session], stop: threading.Event) -> None:
    """The thread that is the clock."""
    _on_and_on(lambda: _looked(sessions), CLOCK, stop)


def _looked(sessions: sessionmaker[Session]) -> bool:
    if acted := look(sessions, _now()):
        line("clock", acted=acted)
    return False


def _on_and_on(turn: Callable[[], bool], rest: float, stop: threading.Event) -> None:
    """Turn after turn until `stop` is set, with a rest after an idle one, longer when the database does not answer."""
    pause = IDLE
    while not stop.is_set():
        try:
            busy = turn()
        except Exception as error:
            failure("worker.trouble", error, pause=pause)
            stop.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
            continue
        pause = IDLE
        if not busy:
            stop.wait(rest)


def _host(url: str) -> str:
    try:
        return httpx2.URL(url).host
    except httpx2.InvalidURL:
        return ""


def _now() -> datetime:
    return datetime.now(UTC)
