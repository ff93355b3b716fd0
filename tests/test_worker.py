"""The worker: told once in effect, retried with the same id and body, and nothing lost when it is killed."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from time import monotonic, sleep

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker
from standardwebhooks import Webhook

from reviewqueue import worker
from reviewqueue.core.errors import DomainError
from reviewqueue.core.settings import Settings
from reviewqueue.db import database
from reviewqueue.db.tables.callbacks import Attempt, Callback
from reviewqueue.delivery import callbacks
from reviewqueue.delivery.callbacks import DueCallback
from reviewqueue.delivery.webhooks import CallbackOutcome
from reviewqueue.people import api_keys
from tests import drafts
from tests.cast import DANA, PRIYA
from tests.support.callback_receiver import Receiver, listening
from tests.world import World

SECRET_KEY = "0123456789abcdefghijklmnopqrstuv"
SECRET = api_keys.callback_secret(SECRET_KEY, 1, 1)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """The automation's server."""
    with listening() as found:
        yield found


class Turns:
    """A worker's turns one by one, at a time of the test's own choosing."""

    def __init__(self, world: World) -> None:
        self.sessions: sessionmaker[Session] = database.sessions(world.engine)
        self.stop = threading.Event()
        self.send: worker.Send = partial(worker._send_callback, SECRET_KEY, True)
        self.at = world.now

    def one(self, at: datetime | None = None) -> bool:
        """One turn; True when a message was sent."""
        self.at = at or self.at
        return worker.send_one_callback(self.sessions, self.send, self.stop, lambda: self.at)


@pytest.fixture
def turns(world: World) -> Turns:
    """Turns over the test's world."""
    return Turns(world)


def decided(world: World, url: str) -> int:
    """An item that was rejected, whose automation asked to be told at `url`."""
    item_id = world.submit(replace(drafts.email(), callback_url=url))
    world.decide(DANA, item_id, "reject", text="The deal fell through.")
    return item_id


def attempts(world: World) -> list[Attempt]:
    """Every attempt, oldest first."""
    with world.session() as session:
        return list(session.scalars(select(Attempt).order_by(Attempt.id)))


def state(world: World, item_id: int) -> str:
    """The state of the one message about an item."""
    (message,) = world.outbox(item_id)
    return message.state


def delivered(world: World) -> int:
    """How many messages are delivered."""
    with world.session() as session:
        return session.scalar(select(func.count()).where(Callback.state == "delivered")) or 0


def test_a_decision_is_told_once(world: World, turns: Turns, receiver: Receiver) -> None:
    """Signed, with the outcome as the API gives it; then there is nothing more to do."""
    item_id = decided(world, receiver.url)
    assert turns.one() is True
    assert turns.one() is False
    (got,) = receiver.came
    clock = turns.at.timestamp()
    assert int(got.headers["webhook-timestamp"]) == int(clock)
    signed = Webhook(SECRET).sign(got.headers["webhook-id"], turns.at, got.body.decode())
    assert got.headers["webhook-signature"] == signed
    told = json.loads(got.body)
    assert (told["type"], told["data"]["id"], told["data"]["state"]) == ("item.decided", item_id, "rejected")
    decision = told["data"]["decision"]
    assert (decision["action"], decision["by"]) == ("reject", DANA.name)
    assert decision["reason"] == {"code": "duplicate", "text": "The deal fell through."}
    (attempt,) = attempts(world)
    assert (state(world, item_id), attempt.status, attempt.says) == ("delivered", 204, "Taken: 204 No Content")


def test_a_failure_is_told_again_with_the_same_id_and_body(world: World, turns: Turns, receiver: Receiver) -> None:
    """Not before its time; each attempt stays visible; it ends with the first that is taken."""
    receiver.answers = [(500, {}), (302, {"Location": "http://127.0.0.1:1/"}), (200, {})]
    item_id = decided(world, receiver.url)
    assert turns.one()
    assert not turns.one(world.now + timedelta(seconds=4))
    assert turns.one(world.now + timedelta(seconds=7))
    assert turns.one(world.now + timedelta(seconds=60))
    assert not turns.one(world.now + timedelta(days=9))
    assert [attempt.status for attempt in attempts(world)] == [500, 302, 200]
    assert "redirects are not followed" in attempts(world)[1].says
    assert len({(got.headers["webhook-id"], got.body) for got in receiver.came}) == 1
    assert len({got.headers["webhook-signature"] for got in receiver.came}) == 3  # each signs its own moment
    assert state(world, item_id) == "delivered"


def test_a_receiver_that_asks_for_time_gets_it(world: World, turns: Turns, receiver: Receiver) -> None:
    """Retry-After longer than our own pause is kept."""
    receiver.answers = [(429, {"Retry-After": "3600"}), (204, {})]
    decided(world, receiver.url)
    turns.one()
    assert not turns.one(world.now + timedelta(seconds=3599))
    assert turns.one(world.now + timedelta(seconds=3601))


def test_410_ends_it_visibly(world: World, turns: Turns, receiver: Receiver) -> None:
    """Gone is gone: failed at once, on the log, until a person sends it again by hand with the same id and body."""
    receiver.answers = [(410, {}), (204, {})]
    item_id = decided(world, receiver.url)
    turns.one()
    assert not turns.one(world.now + timedelta(days=9))
    assert (state(world, item_id), world.log(item_id)[-1].act) == ("failed", "message.fail")
    with world.session() as session:
        callbacks.retry(session, PRIYA.id, world.outbox(item_id)[0].id, turns.at)
    assert turns.one()
    first, second = receiver.came
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)
    assert state(world, item_id) == "delivered"


def test_ten_failures_over_some_75_hours_end_it(world: World, turns: Turns, receiver: Receiver) -> None:
    """Ten attempts, each later than the one before by more and more; then it waits for a person, visibly."""
    receiver.answers = [(500, {})]
    item_id = decided(world, receiver.url)
    moments = []
    while state(world, item_id) != "failed":
        with world.session() as session:
            at = session.get_one(Callback, world.outbox(item_id)[0].id).next_at
        assert turns.one(at)
        moments.append(at - world.now)
    assert len(moments) == len(receiver.came) == 10
    assert timedelta(hours=74) < moments[-1] < timedelta(hours=90)  # up to a fifth of jitter on each
    pauses = [later - sooner for sooner, later in pairwise(moments)]
    assert pauses == sorted(pauses)


def test_a_worker_killed_before_it_reports_sends_the_same_again(world: World, turns: Turns, receiver: Receiver) -> None:
    """What was sent but not written down goes out again when the lease has run out: same id, same body."""
    item_id = decided(world, receiver.url)
    whole = turns.send

    def killed(due: DueCallback, at: datetime) -> CallbackOutcome:
        whole(due, at)
        raise SystemExit("killed between sending and reporting")

    turns.send = killed
    with pytest.raises(SystemExit):
        turns.one()
    turns.send = whole
    assert not turns.one(world.now + timedelta(seconds=59))
    assert turns.one(world.now + timedelta(seconds=61))
    first, second = receiver.came
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)
    assert state(world, item_id) == "delivered"


def test_a_late_report_never_undoes_a_delivery(world: World, turns: Turns, receiver: Receiver) -> None:
    """A worker that was thought dead comes back with a failure after another has delivered: delivered it stays."""
    item_id = decided(world, receiver.url)
    with world.session() as session:
        (lost,) = callbacks.take_due(session, world.now)
    assert turns.one(world.now + timedelta(seconds=61))
    with world.session() as session:
        callbacks.report(session, lost, world.now + timedelta(seconds=70), status=500, says="late", milliseconds=1)
    assert state(world, item_id) == "delivered"
    assert [attempt.status for attempt in attempts(world)] == [204, 500]


def test_told_to_stop_it_gives_back_what_it_has_not_sent(world: World, turns: Turns, receiver: Receiver) -> None:
    """The lease is given back at once, and the attempt does not count."""
    item_id = decided(world, receiver.url)
    turns.stop.set()
    assert not turns.one()
    assert receiver.came == []
    (message,) = world.outbox(item_id)
    assert (message.state, message.attempts, message.lease) == ("waiting", 0, "")
    turns.stop.clear()
    assert turns.one()


def test_nothing_is_open_in_the_database_while_it_sends(world: World, turns: Turns, receiver: Receiver) -> None:
    """A receiver may take its time without anybody waiting for a connection or a lock."""
    decided(world, receiver.url)
    whole, open_then = turns.send, []

    def watched(due: DueCallback, at: datetime) -> CallbackOutcome:
        open_then.append(world.engine.pool.checkedout())  # type: ignore[attr-defined]
        return whole(due, at)

    turns.send = watched
    before = world.engine.pool.checkedout()  # type: ignore[attr-defined]
    assert turns.one()
    assert open_then == [before]


def test_many_workers_send_each_message_once(world: World, turns: Turns, receiver: Receiver) -> None:
    """Eight at the same outbox: forty messages, forty arrivals, forty ids."""
    for _ in range(40):
        decided(world, receiver.url)

    def work() -> None:
        while worker.send_one_callback(turns.sessions, turns.send, turns.stop, lambda: world.now):
            pass

    hands = [threading.Thread(target=work) for _ in range(8)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    ids = [got.headers["webhook-id"] for got in receiver.came]
    assert (len(ids), len(set(ids))) == (40, 40)


@pytest.fixture
def at_work(world: World, tmp_path: Path) -> Callable[..., Settings]:
    """Settings for a worker over the test's world."""

    def make(**changed: object) -> Settings:
        given = {"data": tmp_path, "database_url": SecretStr(world.url), "private_callbacks": True, **changed}
        return Settings(secret_key=SecretStr(SECRET_KEY), **given)  # type: ignore[arg-type]

    return make


def until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until it holds."""
    end = monotonic() + seconds
    while not holds():
        assert monotonic() < end, "it never came to hold"
        sleep(0.05)


@contextmanager
def running(settings: Settings) -> Iterator[threading.Thread]:
    """A worker in a thread of its own, told to stop at the end whatever happened, so that none outlives its world."""
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(settings, stop))
    thread.start()
    try:
        yield thread
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()


def test_it_runs_until_it_is_told_to_stop(
    world: World, receiver: Receiver, at_work: Callable[..., Settings], capfd: pytest.CaptureFixture[str]
) -> None:
    """In the loop as `reviewqueue worker` runs it; its lines name the message and what came of it, and no secret."""
    items = [decided(world, receiver.url) for _ in range(3)]  # before its clock, which knows no time but today's
    with running(at_work()):
        until(lambda: all(state(world, item_id) == "delivered" for item_id in items))
    said = capfd.readouterr().err
    assert said.count("event=callback") == 3
    assert "status=204" in said
    for secret in (SECRET, SECRET_KEY, "The deal fell through", "team=a"):
        assert secret not in said


def test_it_does_not_end_by_itself(
    world: World, at_work: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long its threads take to end when they are told to, it does not begin to count before."""
    monkeypatch.setattr(worker, "MAX_PAUSE", 0.01)
    with running(at_work()) as thread:
        thread.join(2)
        assert thread.is_alive()


def test_it_goes_on_when_the_database_does_not_answer(
    world: World, receiver: Receiver, at_work: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """A failing database is a logged line and a pause, never the end of the worker."""
    whole, failures = callbacks.take_due, []

    def shaky(*given: object, **named: object) -> list[DueCallback]:
        if len(failures) < 3:
            failures.append(1)
            raise OSError("the disk is away")
        return whole(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(callbacks, "take_due", shaky)
    monkeypatch.setattr(worker, "IDLE_REST", 0.02)
    item_id = decided(world, receiver.url)
    with running(at_work()):
        until(lambda: state(world, item_id) == "delivered")
    assert capfd.readouterr().err.count("event=worker.trouble") == 3


def test_a_private_address_is_refused_and_says_so(world: World, turns: Turns, receiver: Receiver) -> None:
    """Unless it is switched on, nothing is sent to our own network, and the attempt tells why."""
    turns.send = partial(worker._send_callback, SECRET_KEY, False)
    item_id = decided(world, receiver.url)
    assert turns.one()
    assert receiver.came == []
    assert "REVIEWQUEUE_PRIVATE_CALLBACKS" in attempts(world)[0].says
    assert state(world, item_id) == "waiting"


def test_a_database_that_is_not_migrated_is_refused(tmp_path: Path) -> None:
    """Before anything is started, with the command that fixes it."""
    empty = Settings(data=tmp_path, secret_key=SecretStr(SECRET_KEY), database_url=SecretStr(f"sqlite:///{tmp_path}/a"))
    with pytest.raises(DomainError, match="db upgrade"):
        worker.run(empty, threading.Event())
