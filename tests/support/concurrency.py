"""Racing: many threads or processes let go at one moment, and what each of them came back with."""

from __future__ import annotations

import multiprocessing
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkServerProcess
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from reviewqueue.db import database
from reviewqueue.db.database import writing
from reviewqueue.db.tables.people import Automation

# Fresh processes come from one that has done nothing but load the modules: it holds no connection and no thread.
_FRESH = multiprocessing.get_context("forkserver")
_FRESH.set_forkserver_preload(
    [
        "pytest",
        "reviewqueue.delivery.webhooks",
        "reviewqueue.worker",
        "structlog",
        "tests.drafts",
        "tests.support.concurrency",
        "tests.world",
    ]
)


def at_once(runners: int, run: Callable[[int], Any]) -> list[Any]:
    """What `run(number)` returned, or raised, for each of so many threads that start together."""
    barrier = threading.Barrier(runners)
    came: list[Any] = [None] * runners

    def go(number: int) -> None:
        barrier.wait()
        try:
            came[number] = run(number)
        except Exception as error:  # what was raised is what is looked at
            came[number] = error

    threads = [threading.Thread(target=go, args=(number,)) for number in range(runners)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads), "somebody waits for ever"
    return came


def processes(runners: int, run: Callable[..., None], *args: Any) -> list[Any]:
    """What `run(answers, *args)` put into `answers` in each of so many fresh processes; a failure is told whole."""
    answers = _FRESH.SimpleQueue()
    started = [_FRESH.Process(target=_caught, args=(run, answers, *args)) for _ in range(runners)]
    for process in started:
        process.start()
    came = [answers.get() for _ in started]
    for process in started:
        process.join(60)
    answers.close()
    assert not [text for text in came if isinstance(text, str)], "\n".join(map(str, came))
    return came


def _caught(run: Callable[..., None], answers: Any, *args: Any) -> None:
    try:
        run(answers, *args)
    except BaseException:
        answers.put(traceback.format_exc())


def count_up(answers: Any, url: str, times: int) -> None:
    """Read a number, add one, write it, so many times, through the application's own engine and `writing()`."""
    engine = database.connect(url)
    with database.sessions(engine)() as session:
        for _ in range(times):
            with writing(session):
                session.get_one(Automation, 1).secret_number += 1
    engine.dispose()
    answers.put(times)


def count_up_carelessly(answers: Any, url: str, times: int) -> None:
    """The same as SQLAlchemy does it when nobody sets it up; counts what it was told was committed."""
    engine, done = sa.create_engine(url), 0
    for _ in range(times):
        try:
            with Session(engine) as session, session.begin():
                session.get_one(Automation, 1).secret_number += 1
        except sa.exc.OperationalError:
            continue  # "database is locked" at least is said
        done += 1
    engine.dispose()
    answers.put(done)


def start(run: Callable[..., None], *args: Any) -> ForkServerProcess:
    """One fresh process that does `run(None, *args)`, started."""
    process = _FRESH.Process(target=run, args=(None, *args))
    process.start()
    return process


def alone(run: Callable[..., None], *args: Any) -> int:
    """The exit status of one fresh process that does `run(None, *args)`; negative when a signal ended it."""
    process = start(run, *args)
    process.join(120)
    status = process.exitcode
    process.close()
    assert status is not None
    return status


@contextmanager
def until_killed(run: Callable[..., None], *args: Any) -> Iterator[None]:
    """A fresh process that does `run(None, *args)` beside the block, killed at its end."""
    process = _FRESH.Process(target=run, args=(None, *args))
    process.start()
    try:
        yield
    finally:
        process.kill()
        process.join()
        status = process.exitcode
        process.close()
    assert status == -signal.SIGKILL, "it ended by itself"
