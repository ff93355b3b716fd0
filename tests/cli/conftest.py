"""`terminal`: the command line on a test's own installation.

    answer = terminal("key", "list", "--json")
    assert answer.status == 0 and answer.json == []

`running(…)`: the command in a process of its own, for those that stay.
"""

from __future__ import annotations

import json
import os
import queue
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from reviewqueue.cli import main
from reviewqueue.db import heartbeat
from tests.world import World

CHECKOUT = (sys.executable, "-m", "reviewqueue")


@dataclass(frozen=True)
class Answer:
    """What a command did: its exit status, standard output, standard error."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON value on standard output."""
        return json.loads(self.out)


@dataclass
class Terminal:
    """Runs commands with an environment of their own."""

    env: dict[str, str]

    def __call__(self, *words: str, stdin: str = "", **env: str) -> Answer:
        """Run one command in this process; nothing but an exit may come out of it."""
        result = CliRunner().invoke(main, words, input=stdin, env={**self.env, **env})
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.stderr
        return Answer(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of the installation, closed to others; nothing of the machine's own settings is set."""
    for name in [name for name in os.environ if name.startswith("REVIEWQUEUE_") or name == "DATABASE_URL"]:
        monkeypatch.delenv(name)
    made = tmp_path / "house"
    made.mkdir(mode=0o700)
    return made


@pytest.fixture
def terminal(world: World, folder: Path) -> Terminal:
    """The command line on the test's world."""
    env = {"DATABASE_URL": world.url, "REVIEWQUEUE_DATA": str(folder), "REVIEWQUEUE_SECRET_KEY": secrets.token_hex(32)}
    return Terminal(env)


@pytest.fixture
def worker_is_alive(world: World) -> None:
    """A sound installation has a worker that says so."""
    at = datetime.now(UTC)
    with world.session() as session:
        heartbeat.beat(session, heartbeat.WorkerIdentity("a1", "north", 7, "1", at), {"worker-clock": at}, at)


@pytest.fixture
def nowhere(folder: Path) -> Terminal:
    """The command line where nothing was made yet."""
    return Terminal({"REVIEWQUEUE_DATA": str(folder), "REVIEWQUEUE_SECRET_KEY": secrets.token_hex(32)})


@dataclass
class Running:
    """A command in a process of its own. `first` is what it says as JSON once it answers."""

    process: subprocess.Popen[str]
    words: list[str] = field(default_factory=list)
    lines: queue.Queue[str] = field(default_factory=queue.Queue)
    listener: threading.Thread = field(default_factory=threading.Thread)

    @property
    def first(self) -> Any:
        """The first line of standard output, read as JSON; fails with what was said instead."""
        try:
            return json.loads(self.lines.get(timeout=60))
        except queue.Empty:
            raise AssertionError("".join(self.words) or "it said nothing") from None

    def stop(self, how: int = signal.SIGTERM) -> int:
        """Stop it, and return its exit status."""
        self.process.send_signal(how)
        return self.process.wait(timeout=30)

    def said(self) -> str:
        """Everything it said on standard error until it ended."""
        self.process.wait(timeout=60)
        self.listener.join(timeout=10)
        return "".join(self.words)

    def kill(self) -> None:
        """Kill it with everything it started, as a machine does that loses its power."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def _hear_ctrl_c() -> None:
    """Tests that run in the background are started deaf to it, and what they start would be too."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _listen(stream: Any, keep: Callable[[str], None]) -> threading.Thread:
    def listen() -> None:
        for line in stream:
            keep(line)

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    return thread


@pytest.fixture
def running(folder: Path) -> Iterator[Callable[..., Running]]:
    """Starts commands and ends what a test left running."""
    started: list[Running] = []

    def start(*words: str, program: Sequence[str] = CHECKOUT, cwd: Path | None = None, **env: str | None) -> Running:
        whole = {**os.environ, "REVIEWQUEUE_DATA": str(folder), **env}  # None takes a variable away
        _hear_ctrl_c()
        process = subprocess.Popen(
            [*program, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            cwd=cwd,
            env={name: value for name, value in whole.items() if value is not None},
        )
        one = Running(process)
        started.append(one)
        _listen(process.stdout, one.lines.put)
        one.listener = _listen(process.stderr, one.words.append)
        return one

    yield start
    for one in started:
        one.kill()
        for stream in (one.process.stdout, one.process.stderr):
            if stream:
                stream.close()
