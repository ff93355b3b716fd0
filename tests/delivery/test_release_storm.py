"""The worker's process killed for real, again and again, while the automation's server fails in every way: each
approval has its effect once, nothing is lost, and what went out is what was approved."""

from __future__ import annotations

import json
import os
import random
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic, sleep

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from reviewqueue import worker
from reviewqueue.core.settings import Settings
from reviewqueue.db.tables.callbacks import Callback
from reviewqueue.db.tables.releases import Release
from reviewqueue.delivery import callbacks, webhooks
from tests import drafts
from tests.cast import DANA
from tests.support.concurrency import until_killed
from tests.support.releases import opened, tell
from tests.support.sizes import size
from tests.world import World

SECRET_KEY = "0123456789abcdefghijklmnopqrstuv"
PATIENCE = 0.3  # seconds that the worker waits for an answer here, instead of ten
FAULTS = ("refuses", "acts and fails", "acts and stalls", "acts and hangs up")


@dataclass
class Automation:
    """An automation that acts on an approval once, by the id of the message, whatever it answers. By its dice it refuses
    before it acts, or acts and answers 500, answers too late, or hangs up; but the same message at most three times."""

    port: int = 0
    came: int = 0
    bodies: dict[str, set[bytes]] = field(default_factory=dict)  # by the message's id
    acted: dict[str, tuple[int, str]] = field(default_factory=dict)  # … → the item, and the digest of what was sent
    failed: dict[str, int] = field(default_factory=dict)
    dice: random.Random = field(default_factory=lambda: random.Random(17))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, key: str, body: bytes) -> str:
        """Act on the message that came; returns how the answer fails, "" when it does not."""
        told = json.loads(body)["data"]
        with self.lock:
            self.came += 1
            self.bodies.setdefault(key, set()).add(body)
            fault = self.dice.choice((*FAULTS, "", "", "")) if self.failed.get(key, 0) < 3 else ""
            if fault:
                self.failed[key] = self.failed.get(key, 0) + 1
            if fault != "refuses":
                self.acted.setdefault(key, (told["id"], told["revision"]["digest"]))
        return fault


@pytest.fixture
def automation() -> Iterator[Automation]:
    """The automation's server, on a real port."""
    ours = Automation()

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            if len(body) < length:  # whoever sent it was killed in the middle: nothing came
                return
            fault = ours.take(self.headers["webhook-id"], body)
            if fault == "acts and hangs up":
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            if fault == "acts and stalls":
                sleep(PATIENCE * 2)
            self.send_response(500 if fault else 204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Whoever asked is gone: that is what this is about."""

    server = Quiet(("127.0.0.1", 0), Answers)
    ours.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield ours
    server.shutdown()
    thread.join()
    server.server_close()


def approved(world: World, automation: Automation, many: int) -> list[int]:
    """So many messages to customers that were approved, in the worker's own time, and that their automation sends."""
    now, items = datetime.now(UTC), []
    for _ in range(many):
        submission = replace(drafts.email(), callback_url=f"http://127.0.0.1:{automation.port}/approved")
        items.append(world.submit(submission, now))
        world.decide(DANA, items[-1], "approve", now=now)
    return items


def delivered(world: World) -> int:
    """How many messages are delivered."""
    with world.session() as session:
        return session.scalar(select(func.count()).where(Callback.state == "delivered")) or 0


def until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until it holds."""
    end = monotonic() + seconds
    while not holds():
        assert monotonic() < end, "it never came to hold"
        sleep(0.05)


def work(_: object, environment: dict[str, str], run: Callable[..., bool]) -> None:
    """Be a worker, in a process of its own, that sends messages by `run` until it is killed. It waits and pauses for
    tenths of a second where it would for seconds and hours."""
    os.environ |= environment
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    callbacks.LEASE = timedelta(seconds=4)
    callbacks.RETRY_DELAYS = (0.1,) * len(callbacks.RETRY_DELAYS)  # type: ignore[assignment]
    webhooks.TIMEOUT = PATIENCE
    worker.IDLE_REST = 0.1
    worker.send_one_callback = run
    worker.run(Settings(), threading.Event())


def hasty(
    sessions: sessionmaker[Session], send: worker.Send, stop: threading.Event, now: Callable[[], datetime]
) -> bool:
    """Say that it was told before telling: the order that loses what a killed worker had in hand."""
    with sessions() as session:
        taken = callbacks.take_due(session, now(), at_most=1)
    for due in taken:
        with sessions() as session:
            callbacks.report(session, due, now(), status=200, says="", milliseconds=0, retry_after=0)
        sleep(0.5)
        send(due, now())
    return bool(taken)


Workers = Callable[..., ExitStack]


@pytest.fixture
def workers(world: World, tmp_path: Path) -> Workers:
    """`workers()`: as many workers as one engine is run with, each in a process of its own, killed at the end of the
    block: two on PostgreSQL, one on SQLite."""
    settings = Settings(data=tmp_path, database_url=SecretStr(world.url), secret_key=SecretStr(SECRET_KEY))
    environment = {
        "DATABASE_URL": world.url,
        "REVIEWQUEUE_DATA": str(settings.data),
        "REVIEWQUEUE_SECRET_KEY": SECRET_KEY,
        "REVIEWQUEUE_PRIVATE_CALLBACKS": "true",
    }

    @contextmanager
    def start(run: Callable[..., bool] = worker.send_one_callback) -> Iterator[None]:
        with ExitStack() as stack:
            for _ in range(how_many(world)):
                stack.enter_context(until_killed(work, environment, run))
            yield

    return start  # type: ignore[return-value]


def how_many(world: World) -> int:
    """How many workers there are."""
    return 2 if world.engine.dialect.name == "postgresql" else 1


def test_each_approval_has_its_effect_once(world: World, automation: Automation, workers: Workers) -> None:
    """However often the workers are killed and whatever the automation's server does: nothing is lost, nothing is told
    that was not approved, and what was told twice is the same to the byte. Told again are at most those that the
    server failed and those that a killed worker had in hand. Each is reported then, and none differs."""
    many, kills = size(40, 1_000), size(3, 50)
    items = approved(world, automation, many)
    for _ in range(kills):
        before = automation.came
        with workers():
            until(lambda before=before: automation.came > before + 3)
    with workers():
        until(lambda: delivered(world) >= many, size(60, 600))
    with world.session() as session:
        releases = [tuple(row) for row in session.execute(select(Release.item_id, Release.digest))]
    assert sorted(automation.acted.values()) == sorted(releases)
    assert len(automation.bodies) == len(releases) == many
    assert {len(bodies) for bodies in automation.bodies.values()} == {1}
    again, failures = automation.came - many, sum(automation.failed.values())
    assert again <= failures + kills * how_many(world) * worker.CALLBACK_THREADS
    differing = [item for item in items if not tell(world, item, now=datetime.now(UTC)).agrees]
    assert (differing, opened(world)) == ([], [])
    print(
        f"{world.engine.dialect.name}: {many} approved releases, {failures} failures of the receiver, {kills} kills of "
        f"{how_many(world)} workers: {len(automation.acted)} effects, 0 lost, 0 differing, {again} told again, each alike"
    )


def test_the_control_that_reports_first_loses_some(world: World, automation: Automation, workers: Workers) -> None:
    """One kill is enough when a worker says that it told before it tells."""
    items = approved(world, automation, 20)
    with workers(hasty):
        until(lambda: automation.came >= 2 and delivered(world) >= automation.came + 2)  # two said and not told
    with workers(hasty):
        until(lambda: delivered(world) == len(items), 40)
        sleep(1)
    assert len(automation.bodies) < len(items)
