"""The worker process: it sends callbacks and e-mails, writes the drafts that are due, computes figures, and is the
clock that escalates what is overdue to the next named person. Several at once are safe.

A callback is leased before it is sent, and no transaction is open while it goes out. When a worker dies before it
reports, the lease runs out: the same callback, with the same id and body, goes out again. A draft job is leased in the
same way, and becomes an item only under its lease. An e-mail that a dead worker held is `unknown` and not sent again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from time import monotonic, sleep
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from reviewqueue.core.logging import log_error, log_event
from reviewqueue.core.settings import Settings
from reviewqueue.core.version import __version__
from reviewqueue.db import database, heartbeat, leased_jobs, migrate
from reviewqueue.db.clock_batch import act_on_each
from reviewqueue.db.tables.callbacks import Callback
from reviewqueue.db.tables.releases import Release
from reviewqueue.delivery import (
    account_mails,
    callbacks,
    destinations,
    notification_chats,
    notification_mails,
    releases,
    sent_reports,
)
from reviewqueue.delivery.callbacks import DueCallback
from reviewqueue.delivery.destinations import DestinationsInHand
from reviewqueue.exceptions import due_soon, escalate_overdue, undecidable_items
from reviewqueue.items import sla
from reviewqueue.lanes import lane_stops, model_checks, second_opinion
from reviewqueue.lanes.autosend import monitoring
from reviewqueue.measurement.metrics import rollup
from reviewqueue.measurement.sampling import weekly_sample
from reviewqueue.measurement.seeded import seeded_drafts
from reviewqueue.onboarding import draft_input, draft_jobs, inactivity, leader_summaries, reminders
from reviewqueue.onboarding.draft_input import NothingToDraft
from reviewqueue.onboarding.drafting import Drafter
from reviewqueue.onboarding.drafting.drafter import load_drafter
from reviewqueue.people import api_keys
from reviewqueue.policy import policy_versions

if TYPE_CHECKING:
    from reviewqueue.delivery.webhooks import CallbackOutcome

CALLBACK_THREADS = 4  # threads that send callbacks
CHECK_THREADS = 1  # threads that run models' checks: the model is in memory once
RELEASE_THREADS = 3  # threads that send what was approved: to so many destinations at once, and to each one at a time
DRAFT_THREADS = 2  # threads that write drafts
IDLE_CONNECTIONS = 2  # database connections, while nothing is due: its threads seldom need them at one moment then
IDLE_REST = 0.5  # seconds of rest when nothing is due
CLOCK_INTERVAL = 5.0  # seconds between two turns of the clock
SLOW_CHECKS_INTERVAL = 300.0  # seconds between two looks for inactivity, weekly samples and seeded defects
FIGURES_INTERVAL = 5.0  # seconds between two looks at what the figures are computed from
FIGURES_REST_FACTOR = 20  # after computing them the thread rests so many times as long as it took
FIGURES_LONGEST_REST = 600.0  # and never so long that the thread seems to have died
HEARTBEAT_INTERVAL = 10.0  # seconds between two heartbeats
MAX_PAUSE = 30.0  # seconds, after repeated errors and while stopping
Send = Callable[[DueCallback, datetime], "CallbackOutcome"]


@dataclass(frozen=True)
class ThreadState:
    """What the threads of one worker share: the order to stop, and when each of them last finished a turn."""

    stop: threading.Event
    turns: dict[str, datetime] = field(default_factory=dict)


def run(settings: Settings, stop: threading.Event) -> None:
    """Work until `stop` is set; then finish what is in hand and return. Raises DomainError when the database is not
    migrated, or the drafter that the settings name cannot be loaded."""
    drafter = load_drafter(settings.drafter)
    engine = database.connect(settings.database(), pool_size=IDLE_CONNECTIONS)
    try:
        migrate.require(engine)
        sessions, senders = database.sessions(engine), destinations.senders(settings)
        send, mail = partial(_send_callback, settings.secret(), settings.private_callbacks), senders.get("email")
        ask, address, in_hand = second_opinion.asker(settings), settings.mailed_address(), DestinationsInHand()
        mails = sessions, mail, address, stop, _now
        identity, running = heartbeat.identity(__version__, _now()), ThreadState(stop)
        turns: list[tuple[str, int, Callable[[], bool]]] = [  # one thing that is due, as often as there is one
            ("worker", CALLBACK_THREADS, lambda: send_one_callback(sessions, send, stop, _now)),
            ("worker-releaser", RELEASE_THREADS, lambda: send_one_release(sessions, senders, stop, _now, in_hand)),
            ("worker-notifier", 1, lambda: account_mails.send_one(*mails) or notification_mails.send_one(*mails)),
            ("worker-messenger", 1, lambda: notification_chats.send_one(sessions, settings, stop, _now)),
            ("worker-drafter", DRAFT_THREADS, lambda: compose_one_draft(sessions, drafter, _now, address=address)),
            ("worker-checker", CHECK_THREADS, lambda: model_checks.run_one(sessions, _now, ask=ask)),
        ]
        loops: list[tuple[str, Callable[..., None], tuple[object, ...]]] = [
            *((f"{name}-{one}", _repeat, (do, IDLE_REST, running)) for name, many, do in turns for one in range(many)),
            ("worker-clock", _keep_clock, (sessions, running)),
            ("worker-listener", _run_slow_checks, (sessions, running)),
            ("worker-figures", _compute_figures, (sessions, running)),
            ("worker-heartbeat", _write_heartbeat, (sessions, identity, running)),
        ]
        # Daemons: looking up a host's name has no deadline, and what is cut off is done again under its lease.
        threads = [threading.Thread(name=name, target=do, args=args, daemon=True) for name, do, args in loops]
        running.turns.update({thread.name: _now() for thread in threads})
        log_event("worker.start", hands=CALLBACK_THREADS, drafters=DRAFT_THREADS)
        for thread in threads:
            thread.start()
        while not stop.is_set():  # a signal in this very thread may set it: no lock is waited for here
            sleep(IDLE_REST)
        for thread in threads:
            thread.join(timeout=MAX_PAUSE)
        with suppress(SQLAlchemyError), sessions() as session:  # if it fails, another worker deletes the row later
            heartbeat.remove(session, identity)
        log_event("worker.stop")
    finally:
        engine.dispose()


def send_one_callback(
    sessions: sessionmaker[Session], send: Send, stop: threading.Event, now: Callable[[], datetime]
) -> bool:
    """Take one message that is due, send it and report; False when none was. Given back unsent once `stop` is set."""
    with sessions() as session:
        taken = callbacks.take_due(session, now(), at_most=1)
    if not taken:
        return False
    due = taken[0]
    if stop.is_set():
        with sessions() as session:
            leased_jobs.give_back(session, Callback, due, now())
        return False
    outcome = send(due, now())
    with sessions() as session:
        state = callbacks.report(
            session,
            due,
            now(),
            status=outcome.status,
            says=outcome.says,
            milliseconds=outcome.milliseconds,
            retry_after=outcome.retry_after,
        )
    log_event(
        "callback", message=due.webhook_id, type=due.type, host=_host(due.url), attempt=due.attempts,
        status=outcome.status, milliseconds=outcome.milliseconds, state=state,
    )  # fmt: skip
    return True


def send_one_release(
    sessions: sessionmaker[Session], senders: Mapping[str, destinations.Send], stop: threading.Event,
    now: Callable[[], datetime], in_hand: DestinationsInHand | None = None,
) -> bool:  # fmt: skip
    """Take one release that is due, that nothing holds, and to whose destination no other thread sends, send it by its
    kind's sender and report; False when none was."""
    in_hand = in_hand or DestinationsInHand()
    with in_hand.lock, sessions() as session:
        if (due := releases.take_due(session, now(), mail="email" in senders, busy=in_hand.names)) is None:
            return False
        in_hand.names.add(due.destination)
    try:
        with sessions() as session:
            if stop.is_set() or releases.stopped_meanwhile(session, due):
                leased_jobs.give_back(session, Release, due, now())
                return False
        came = senders[due.kind](due.content, now())
        with sessions() as session:
            state = releases.report(session, due, came, now())
    finally:
        in_hand.names.discard(due.destination)
    log_event(
        "release", release=due.id, item=due.item_id, attempt=due.attempts, code=came.code,
        milliseconds=came.milliseconds, state=state,
    )  # fmt: skip
    return True


def compose_one_draft(
    sessions: sessionmaker[Session], drafter: Drafter, now: Callable[[], datetime],
    log: Callable[..., None] = log_event, address: str = "",
) -> bool:  # fmt: skip
    """Take one draft job that is due, compose the draft and open its item; False when none was due. A drafter that
    raises leaves it due again later, and in the end failed, for a person to retry or give up. `address` is the URL that
    a message may link to."""
    with sessions() as session:
        due = draft_jobs.take_due(session, now())
    if due is None:
        return False
    facts = {"drafting": due.id, "template": due.template, "attempt": due.attempts}
    try:
        item = _compose(sessions, drafter, due, now, address)
        log("draft", **facts, item=item or "none")
    except NothingToDraft as none:
        with sessions() as session:
            draft_jobs.skip(session, due, str(none), now())
        log("draft", **facts, item="none")
    except Exception as error:
        with sessions() as session:
            state = draft_jobs.fail(session, due, f"{type(error).__name__}: {error}", now())
        log_error("draft.trouble", error, **facts, state=state)
    return True


def _compose(
    sessions: sessionmaker[Session], drafter: Drafter, due: draft_jobs.DueDraft, now: Callable[[], datetime],
    address: str,
) -> int | None:  # fmt: skip
    """The id of the item that was opened. No transaction is open while the drafter works: it may be slow."""
    with sessions() as session:
        template = policy_versions.current(session).template(due.template)
        if template and (says := draft_jobs.why_superfluous(session, due, template.kind)):
            raise NothingToDraft(says)
        material = draft_input.load(session, due.onboarding_id, due.template, due.cause, now(), address)
    drafted = drafter(material.policy, material.lane, material.template, material.known, material.today)
    with sessions() as session:
        return draft_jobs.open_item(session, due, drafted, now())


def run_clock(
    sessions: sessionmaker[Session], now: datetime, cursor: undecidable_items.ScanCursor = undecidable_items.START
) -> tuple[int, undecidable_items.ScanCursor]:
    """Run the clock once, over items, exceptions, unreported releases, lanes and standing approvals; returns on how
    many it acted, and where the scan of the open items goes on. Of what is due soon it only tells people."""
    jobs: dict[str, Callable[[Session, datetime], int]] = {
        "items": sla.tick,
        "exceptions": escalate_overdue.escalate,
        "releases": sent_reports.check_silence,
        "lanes": lane_stops.tick,
        "standing_approvals": monitoring.tick,
    }
    with sessions() as session:
        acted = act_on_each(jobs, lambda job: jobs[job](session, now), "job")
        stalled, cursor = undecidable_items.scan(session, now, cursor)
        due_soon.tell(session, now)  # last: it only tells
        return acted + stalled, cursor


def _send_callback(secret_key: str, private: bool, due: DueCallback, now: datetime) -> CallbackOutcome:
    from reviewqueue.delivery import webhooks  # noqa: PLC0415  (five megabytes that are not needed without callbacks)

    secret = api_keys.callback_secret(secret_key, due.automation_id, due.secret_number)
    return webhooks.send(due, secret, now, private=private)


def _run_slow_checks(sessions: sessionmaker[Session], running: ThreadState) -> None:
    """The thread that notices inactivity and tasks that come due, writes weekly summaries, draws weekly samples, and
    seeds defects."""

    def listened() -> bool:
        with sessions() as session:
            run_slow_checks(session, _now())
        return False

    _repeat(listened, SLOW_CHECKS_INTERVAL, running)


def run_slow_checks(session: Session, now: datetime) -> None:
    """Run each of the slow checks once; one that fails is logged under its name and does not hold up the others."""
    jobs: dict[str, Callable[[Session, datetime], int]] = {
        "silence": inactivity.check_inactivity,
        "reminders": reminders.check_tasks,
        "summaries": leader_summaries.draft_due,
        "samples": weekly_sample.draw_due,
        "seeded": seeded_drafts.schedule,
    }

    def run_job(job: str) -> int:
        if (acted := jobs[job](session, now)) and job != "seeded":  # of seeded defects nothing is told
            log_event(job, acted=acted)
        return acted

    act_on_each(jobs, run_job, "job")


def _keep_clock(sessions: sessionmaker[Session], running: ThreadState) -> None:
    """The thread that runs the clock."""
    place = undecidable_items.START

    def looked() -> bool:
        nonlocal place
        acted, place = run_clock(sessions, _now(), place)
        if acted:
            log_event("clock", acted=acted)
        return False

    _repeat(looked, CLOCK_INTERVAL, running)


def _compute_figures(sessions: sessionmaker[Session], running: ThreadState) -> None:
    """The thread that keeps the figures of the measurement page up with the log."""

    def computed() -> bool:
        begun = monotonic()
        with sessions() as session:
            lanes = rollup.refresh(session, _now())
        if lanes:
            log_event("figures", lanes=lanes, seconds=round(monotonic() - begun, 2))
            running.stop.wait(min((monotonic() - begun) * FIGURES_REST_FACTOR, FIGURES_LONGEST_REST))
        return False

    _repeat(computed, FIGURES_INTERVAL, running)


def _write_heartbeat(sessions: sessionmaker[Session], mine: heartbeat.WorkerIdentity, running: ThreadState) -> None:
    """The thread that writes the heartbeat: that this worker is alive, and when each thread last finished a turn."""

    def told() -> bool:
        with sessions() as session:
            heartbeat.beat(session, mine, running.turns, _now())
        return False

    _repeat(told, HEARTBEAT_INTERVAL, running)


def _repeat(turn: Callable[[], bool], rest: float, running: ThreadState) -> None:
    """Call `turn` until told to stop, with a rest of `rest` seconds after an idle one, longer when it raises."""
    pause, stop = IDLE_REST, running.stop
    while not stop.is_set():
        try:
            busy = turn()
        except Exception as error:
            log_error("worker.trouble", error, pause=pause)
            stop.wait(pause)
            pause = min(pause * 2, MAX_PAUSE)
            continue
        pause = IDLE_REST
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
