"""Heartbeats: a worker that lives is seen, one that dies or stops getting on shows, and one that was stopped does not."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep
from typing import Any

import pytest
from pydantic import SecretStr

from reviewqueue.core.settings import Settings
from reviewqueue.db import disk, heartbeat
from reviewqueue.db.tables.workers import Worker
from tests.cast import PRIYA
from tests.world import World


def beats(world: World, at: datetime, *, host: str = "north", turns: Mapping[str, datetime] | None = None) -> None:
    """A worker on that host is alive at that time."""
    with world.session() as session:
        mine = heartbeat.WorkerIdentity(f"id-{host}", host, 7, "1", world.now)
        heartbeat.beat(session, mine, turns or {"worker-clock": at}, at)


def read(world: World, at: datetime) -> heartbeat.WorkerStatus:
    """The workers as they are known at that time."""
    with world.session() as session:
        return heartbeat.read(session, at)


def test_a_worker_is_alive_until_it_has_been_silent_for_a_minute(world: World) -> None:
    never = read(world, world.now)
    assert (never.alive, never.seen_at) == (0, None)
    assert never.wrong.startswith("No worker is running: nothing is sent, nothing is drafted")
    beats(world, world.now)
    assert read(world, world.now + timedelta(seconds=59)) == heartbeat.WorkerStatus(1, world.now)
    dead = read(world, world.now + timedelta(seconds=61))
    assert dead.alive == 0
    assert dead.wrong.startswith(f"No worker has reported since {world.now:%Y-%m-%d %H:%M} UTC: nothing is sent")


def test_it_goes_on_being_one_worker(world: World) -> None:
    for seconds in (0, 10, 20):
        beats(world, world.now + timedelta(seconds=seconds))
    assert world.count(Worker) == 1
    assert read(world, world.now + timedelta(seconds=70)).alive == 1


def test_another_that_lives_does_the_work_of_one_that_died(world: World) -> None:
    beats(world, world.now)
    later = world.now + timedelta(minutes=5)
    beats(world, later, host="south")
    assert read(world, later) == heartbeat.WorkerStatus(1, later)


def test_one_that_was_stopped_is_gone_and_one_silent_for_a_day_is_forgotten(world: World) -> None:
    beats(world, world.now)
    beats(world, world.now, host="south")
    with world.session() as session:
        heartbeat.remove(session, heartbeat.WorkerIdentity("id-south", "south", 7, "1", world.now))
    assert world.count(Worker) == 1
    beats(world, world.now + timedelta(days=2), host="west")
    assert world.count(Worker) == 1


@pytest.mark.parametrize(
    ("minutes", "beside", "wrong", "why"),
    [
        (14, False, False, "it may take its time"),
        (16, False, True, "no turn takes a quarter of an hour"),
        (16, True, False, "another worker does the same work"),
    ],
)
def test_a_thread_that_stopped_getting_on_shows(
    world: World, minutes: int, beside: bool, wrong: bool, why: str
) -> None:
    at = world.now + timedelta(minutes=minutes)
    beats(world, at, turns={"worker-clock": at, "worker-releaser": world.now})
    if beside:
        beats(world, at, host="south", turns={"worker-clock": at, "worker-releaser": at})
    says = f"worker-releaser of the worker on north has finished nothing since {world.now:%Y-%m-%dT%H:%M}Z"
    assert read(world, at).wrong == (says if wrong else ""), why


class TestSeen:
    """Where a dead worker shows: health for monitoring, the pages of what it sends, Prometheus."""

    def test_deep_health_wants_a_worker_and_plain_health_does_not(self, client_for: Any, world: World) -> None:
        assert client_for().get("/healthz").status_code == 200
        deep = client_for().get("/healthz?deep")
        assert (deep.status_code, deep.json["status"][:20]) == (503, "No worker is running")
        beats(world, world.now + timedelta(minutes=1))
        assert client_for().get("/healthz?deep").json == {"status": "ok"}

    @pytest.mark.parametrize("page", ["/releases", "/deliveries"])
    def test_the_pages_of_what_is_sent_say_so(self, client_for: Any, world: World, page: str) -> None:
        assert "No worker is running" in client_for(PRIYA).get(page).get_data(as_text=True)
        beats(world, world.now + timedelta(minutes=1))
        assert "No worker is running" not in client_for(PRIYA).get(page).get_data(as_text=True)

    def test_monitoring_reads_it(self, client_for: Any, world: World) -> None:
        told = client_for().get("/metrics").get_data(as_text=True)
        assert "reviewqueue_workers_alive 0.0" in told
        assert "\nreviewqueue_worker_silent_seconds " not in told
        beats(world, world.now)
        told = client_for().get("/metrics").get_data(as_text=True)
        assert "reviewqueue_workers_alive 1.0" in told
        assert "reviewqueue_worker_stuck 0.0" in told
        assert "\nreviewqueue_worker_silent_seconds " in told


def test_a_full_disk_is_not_healthy(client_for: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 while less is left than the database needs to write, and well again by itself when there is room."""
    left = disk.MIN_FREE_BYTES - 1
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=left))
    answer = client_for().get("/healthz")
    assert (answer.status_code, answer.json["status"][:17]) == (503, "the disk is full:")
    left = disk.MIN_FREE_BYTES
    assert client_for().get("/healthz").status_code == 200


def test_the_sqlite_files_own_disk_counts(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The least of the two, whichever it is; a folder that is not there yet is looked for above."""
    asked: list[str] = []
    usage = shutil.disk_usage("/")

    def room(folder: Any) -> Any:
        asked.append(str(folder))
        return usage._replace(free=5 if str(folder) == str(tmp_path / "data") else 9)

    monkeypatch.setattr(shutil, "disk_usage", room)
    (tmp_path / "data").mkdir()
    url = SecretStr(f"sqlite:///{tmp_path}/base/queue.sqlite3")
    assert disk.free_bytes(Settings(data=tmp_path / "data", database_url=url)) == 5
    assert asked == [str(tmp_path / "data"), str(tmp_path)]


def until(what: Callable[[], bool], seconds: float = 30.0) -> bool:
    """Whether it comes true in time."""
    end = monotonic() + seconds
    while monotonic() < end:
        if what():
            return True
        sleep(0.1)
    return False


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_real_worker_is_seen_and_missed(world: World, settings: Settings, how: signal.Signals) -> None:
    """Killed, its row stays and grows old; stopped on purpose, it takes its row along."""
    env = {
        **os.environ,
        "DATABASE_URL": world.url,
        "REVIEWQUEUE_DATA": str(settings.data),
        "REVIEWQUEUE_SECRET_KEY": settings.secret(),
    }
    command = [sys.executable, "-m", "reviewqueue", "worker"]
    with subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        assert until(lambda: read(world, datetime.now(UTC)).alive == 1)
        process.send_signal(how)
    assert world.count(Worker) == (1 if how is signal.SIGKILL else 0)
    assert read(world, datetime.now(UTC) + timedelta(minutes=2)).alive == 0
