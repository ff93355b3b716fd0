"""The worker: takes messages that are due, tells them, and writes down what came back; drafts what the chain has due;
and it is the clock that takes what is overdue to the next named person. Several at once are safe.

A message is leased before it is sent and nothing is held open in the database while it goes out. A worker that dies
between sending and reporting leaves a lease that runs out: the same message, with the same id and body, goes out again.
A draft is leased in the same way while it is composed, and becomes an item only under the lease it was taken with.
An e-mail is leased as well while it goes out, but what a worker leaves in hand is unknown, and goes out no second time
by itself.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from time import monotonic, sleep
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from reviewqueue import (
    __version__,
    database,
    draftings,
    gathering,
    heartbeat,
    keys,
    mail,
    messages,
    migrations,
    overdue,
    planted,
    policies,
    release,
    rollup,
    sampling,
    sent,
    silence,
    sla,
    stalls,
    watching,
)
from reviewqueue.drafting import Drafter
from reviewqueue.drafting.chosen import chosen
from reviewqueue.gathering import Unneeded
from reviewqueue.lines import failure, line
from reviewqueue.messages import Due
from reviewqueue.settings import Settings

if TYPE_CHECKING:
    from reviewqueue.callbacks import Outcome

HANDS = 4
DRAFTERS = 2
KEEPS = 2  # of its connections, once nothing is due: its threads seldom ask at one moment then
IDLE = 0.5
CLOCK = 5.0  # seconds between two looks of the clock
LISTEN = 300.0  # seconds between two looks for onboardings that have gone quiet
FIGURES = 5.0  # seconds between two looks at what the figures are computed from
SHARE = 20  # computing them rests so many times as long as it took
LONGEST_SHARE = 600.0  # and never so long that the thread seems to have died
BEAT = 10.0  # seconds between two heartbeats
LONGEST_PAUSE = 30.0
Send = Callable[[Due, datetime], "Outcome"]
Post = Callable[[mail.Letter, datetime], mail.Outcome]


@dataclass(frozen=True)
class Running:
    """What the threads of one worker share: the order to stop, and when each of them last finished a turn."""

    stop: threading.Event
    turns: dict[str, datetime] = field(default_factory=dict)


def run(settings: Settings, stop: threading.Event) -> None:
    """Work until `stop` is set; then finish what is in hand and come back. Raises Refused when the database is not
    migrated, or the drafter that the settings name cannot be had."""
    drafter = chosen(settings.drafter)
    engine = database.connect(settings.database(), keeps=KEEPS)
    try:
        migrations.require(engine)
        send = partial(_send, settings.secret(), settings.private_callbacks)
        sessions = database.sessions(engine)
        mine, running = heartbeat.identity(__version__, _now()), Running(stop)
        turning: list[tuple[str, Callable[..., None], tuple[object, ...]]] = [
            *((f"worker-{number}", _hand, (sessions, send, running)) for number in range(HANDS)),
            ("worker-releaser", _releaser, (sessions, settings.mail(), running)),
            *((f"worker-drafter-{number}", _drafter, (sessions, drafter, running)) for number in range(DRAFTERS)),
            ("worker-clock", _clock, (sessions, running)),
            ("worker-listener", _listener, (sessions, running)),
            ("worker-figures", _figures, (sessions, running)),
            ("worker-heartbeat", _heartbeat, (sessions, mine, running)),
        ]
        # Daemons: looking up a host's name has no deadline, and what is cut off is done again under its lease.
        hands = [threading.Thread(name=name, target=do, args=args, daemon=True) for name, do, args in turning]
        running.turns.update({hand.name: _now() for hand in hands})
        line("worker.start", hands=HANDS, drafters=DRAFTERS)
        for hand in hands:
            hand.start()
        while not stop.is_set():  # whoever sets it may be a signal in this very thread: no lock is waited for here
            sleep(IDLE)
        for hand in hands:
            hand.join(timeout=LONGEST_PAUSE)
        with suppress(SQLAlchemyError), sessions() as session:  # the database may be away; it is told by the next one
            heartbeat.ended(session, mine)
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


def post(
    sessions: sessionmaker[Session], send: Post | None, stop: threading.Event, now: Callable[[], datetime]
) -> bool:
    """Take one release that is due and that nothing holds, send it by e-mail and report; False when none was. Without
    a mail server (`send` is None) each of them is held."""
    with sessions() as session:
        due = release.take_due(session, now(), mail=send is not None)
    if due is None or send is None:
        return False
    if stop.is_set():
        with sessions() as session:
            release.forget(session, due, now())
        return False
    came = send(due.letter, now())
    with sessions() as session:
        state = release.report(session, due, came, now())
    line(
        "release", release=due.id, item=due.item_id, attempt=due.attempts, code=came.code,
        milliseconds=came.milliseconds, state=state,
    )  # fmt: skip
    return True


def draft(
    sessions: sessionmaker[Session], drafter: Drafter, now: Callable[[], datetime], told: Callable[..., None] = line
) -> bool:
    """Take one draft that is due, compose it and open its item; False when none was due. A drafter that raises leaves
    it due again later, and in the end to a person."""
    with sessions() as session:
        due = draftings.take_due(session, now())
    if due is None:
        return False
    facts = {"drafting": due.id, "template": due.template, "attempt": due.attempts}
    try:
        item = _composed(sessions, drafter, due, now)
        told("draft", **facts, item=item or "none")
    except Unneeded as none:
        with sessions() as session:
            draftings.skip(session, due, str(none), now())
        told("draft", **facts, item="none")
    except Exception as error:
        with sessions() as session:
            state = draftings.fail(session, due, f"{type(error).__name__}: {error}", now())
        failure("draft.trouble", error, **facts, state=state)
    return True


def _composed(
    sessions: sessionmaker[Session], drafter: Drafter, due: draftings.Due, now: Callable[[], datetime]
) -> int | None:
    """The id of the item that was opened. No transaction is open while the drafter works: it may take its time."""
    with sessions() as session:
        template = policies.current(session).template(due.template)
        if template and (says := draftings.standing(session, due, template.kind)):
            raise Unneeded(says)
        material = gathering.material(session, due.onboarding_id, due.template, due.cause, now())
    made = drafter(material.policy, material.lane, material.template, material.known, material.today)
    with sessions() as session:
        return draftings.open_item(session, due, made, now())


def look(
    sessions: sessionmaker[Session], now: datetime, place: stalls.Place = stalls.START
) -> tuple[int, stalls.Place]:
    """The clock looks once at items, at exceptions and at what nobody says went out; returns on how many it acted, and
    where its round over the open items goes on."""
    with sessions() as session:
        acted = sla.tick(session, now) + overdue.tick(session, now) + sent.tick(session, now)
        acted += watching.tick(session, now)
        stalled, place = stalls.tick(session, now, place)
        return acted + stalled, place


def _send(secret_key: str, private: bool, due: Due, now: datetime) -> Outcome:
    from reviewqueue import callbacks  # noqa: PLC0415  (five megabytes that a house without callbacks never needs)

    secret = keys.callback_secret(secret_key, due.automation_id, due.secret_number)
    return callbacks.send(due, secret, now, private=private)


def _hand(sessions: sessionmaker[Session], send: Send, running: Running) -> None:
    """A thread that tells: one message after another, resting when none is due."""
    _on_and_on(lambda: one(sessions, send, running.stop, _now), IDLE, running)


def _releaser(sessions: sessionmaker[Session], url: str, running: Running) -> None:
    """The thread that brings out what was approved and goes out from here."""
    send = partial(mail.send, url) if url else None
    _on_and_on(lambda: post(sessions, send, running.stop, _now), IDLE, running)


def _drafter(sessions: sessionmaker[Session], drafter: Drafter, running: Running) -> None:
    """A thread that drafts, one draft after another."""
    _on_and_on(lambda: draft(sessions, drafter, _now), IDLE, running)


def _listener(sessions: sessionmaker[Session], running: Running) -> None:
    """The thread that hears when an onboarding has gone quiet, and when a week is over that is looked at again."""

    def listened() -> bool:
        with sessions() as session:
            if noticed := silence.tick(session, _now()):
                line("silence", noticed=noticed)
            if drawn := sampling.tick(session, _now()):
                line("samples", drawn=drawn)
            planted.tick(session, _now())
        return False

    _on_and_on(listened, LISTEN, running)


def _clock(sessions: sessionmaker[Session], running: Running) -> None:
    """The thread that is the clock."""
    place = stalls.START

    def looked() -> bool:
        nonlocal place
        acted, place = look(sessions, _now(), place)
        if acted:
            line("clock", acted=acted)
        return False

    _on_and_on(looked, CLOCK, running)


def _figures(sessions: sessionmaker[Session], running: Running) -> None:
    """The thread that keeps the figures of the measurement page up with the log."""

    def computed() -> bool:
        begun = monotonic()
        with sessions() as session:
            lanes = rollup.refresh(session, _now())
        if lanes:
            line("figures", lanes=lanes, seconds=round(monotonic() - begun, 2))
            running.stop.wait(min((monotonic() - begun) * SHARE, LONGEST_SHARE))
        return False

    _on_and_on(computed, FIGURES, running)


def _heartbeat(sessions: sessionmaker[Session], mine: heartbeat.Identity, running: Running) -> None:
    """The thread that says that this worker is alive, and how the others get on."""

    def told() -> bool:
        with sessions() as session:
            heartbeat.beat(session, mine, running.turns, _now())
        return False

    _on_and_on(told, BEAT, running)


def _on_and_on(turn: Callable[[], bool], rest: float, running: Running) -> None:
    """Turn after turn until told to stop, with a rest after an idle one, longer when the database does not answer."""
    pause, stop = IDLE, running.stop
    while not stop.is_set():
        try:
            busy = turn()
        except Exception as error:
            failure("worker.trouble", error, pause=pause)
            stop.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
            continue
        pause = IDLE
        running.turns[threading.current_thread().name] = _now()
        if not busy:
            stop.wait(rest)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _now() -> datetime:
    return datetime.now(UTC)
