"""`serve` and `worker`: production; several processes behind one socket; what is unsafe is refused at start-up."""

from __future__ import annotations

import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from time import monotonic, sleep
from types import SimpleNamespace
from typing import Any

import pytest

from reviewqueue.cli import connections
from reviewqueue.cli.supervisor import MAX_WAITS, ConnectionCounts
from tests.cli.conftest import Running, Terminal
from tests.world import World

Start = Callable[..., Running]


def test_serve_answers_from_a_migrated_database_and_stops_cleanly(running: Start, world: World) -> None:
    env = {"DATABASE_URL": world.url, "REVIEWQUEUE_SECRET_KEY": secrets.token_hex(32)}
    server = running("serve", "--port", "0", "--json", **env)
    with urllib.request.urlopen(f"{server.first['address']}/sign-in", timeout=60) as answer:
        assert answer.status == 200
        assert "Server" not in answer.headers
    assert server.stop() == 0
    assert "Stopped." in server.said()


def test_serve_starts_where_the_system_does_not_tell_which_cores_a_process_may_use(
    running: Start, world: World, folder: Path
) -> None:
    """macOS has no `os.sched_getaffinity`: as many processes as the machine has cores, and one more."""
    code = (
        "import os; del os.sched_getaffinity; os.cpu_count = lambda: 1\n"
        "from reviewqueue.cli import main; main(prog_name='reviewqueue')"
    )
    env = {"DATABASE_URL": world.url, "REVIEWQUEUE_SECRET_KEY": secrets.token_hex(32)}
    server = running("serve", "--port", "0", "--json", program=(sys.executable, "-c", code), **env)
    with urllib.request.urlopen(f"{server.first['address']}/sign-in", timeout=60) as answer:
        assert answer.status == 200
    assert len(children(server.process.pid)) == 2
    assert server.stop() == 0


def stat(pid: str) -> list[str]:
    """State and parent of a process, as the kernel says; nothing of one that is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except (FileNotFoundError, ProcessLookupError):
        return []


def children(process: int) -> list[int]:
    """The processes that one has split off."""
    return [int(pid) for pid in os.listdir("/proc") if pid.isdigit() and stat(pid)[1:] == [str(process)]]


def alive(pid: int) -> bool:
    """Whether it runs; one that ended and nobody asked after does not."""
    return stat(str(pid))[:1] not in ([], ["Z"])


def until(holds: Callable[[], bool]) -> None:
    """Wait until it holds."""
    end = monotonic() + 30
    while not holds():
        assert monotonic() < end, "it never came to hold"
        sleep(0.05)


def test_several_processes_serve_and_one_that_dies_is_replaced(running: Start, world: World) -> None:
    """Every one of them answers, whichever is killed; Ctrl-C ends them all."""
    env = {"DATABASE_URL": world.url, "REVIEWQUEUE_SECRET_KEY": secrets.token_hex(32)}
    server = running("serve", "--port", "0", "--processes", "2", "--json", **env)
    address, crew = server.first["address"], children(server.process.pid)
    assert len(crew) == 2
    os.kill(crew[0], signal.SIGKILL)
    until(lambda: len(fresh := children(server.process.pid)) == 2 and crew[0] not in fresh)
    for _ in range(6):
        with urllib.request.urlopen(f"{address}/sign-in", timeout=60) as answer:
            assert answer.status == 200
    crew = children(server.process.pid)
    assert server.stop(signal.SIGINT) == 0
    assert "A process of the server died (status -9); another takes its place." in server.said()
    assert not any(alive(pid) for pid in crew)


def held_by(process: int, port: int) -> int:
    """How many connections to that port a process has open."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ours = {f"socket:[{row[9]}]" for row in rows if int(row[1].partition(":")[2], 16) == port and row[3] == "01"}
    return sum(file.is_symlink() and os.readlink(file) in ours for file in Path(f"/proc/{process}/fd").iterdir())


def test_connections_that_stay_are_shared_among_the_processes(running: Start, world: World) -> None:
    """A dozen people who keep theirs: each process has its part of them, whoever wakes first."""
    env = {"DATABASE_URL": world.url, "REVIEWQUEUE_SECRET_KEY": secrets.token_hex(32)}
    server = running("serve", "--port", "0", "--processes", "3", "--json", **env)
    host, port = server.first["address"].removeprefix("http://").split(":")
    processes = children(server.process.pid)
    with ExitStack() as kept:

        def shares() -> list[int]:
            one = kept.enter_context(closing(http.client.HTTPConnection(host, int(port), timeout=60)))
            one.request("GET", "/healthz")
            assert one.getresponse().read()
            return sorted(held_by(process, int(port)) for process in processes)

        until(lambda: shares()[0] > 0)  # each of them works by now
        found = [shares() for _ in range(12)][-1]
    assert (len(found), found[-1] - found[0] <= 2) == (3, True), found


def test_who_has_more_gives_way_and_takes_it_in_the_end() -> None:
    """At once where nobody has fewer; after its patience where whoever has fewer does not come."""
    shares, taken = ConnectionCounts(2), list[str]()

    def server(name: str, has: int) -> Any:
        one = SimpleNamespace(active_channels=dict.fromkeys(range(has)), handle_accept=lambda: taken.append(name))
        shares.balancer(("full", "empty").index(name))(one)
        return one

    full, empty = server("full", 4), server("empty", 0)
    for _ in range(MAX_WAITS):
        full.handle_accept()
    assert taken == []
    full.handle_accept()
    empty.handle_accept()
    assert taken == ["full", "empty"]
    for key in range(4):
        empty.active_channels[key] = None
    empty.handle_accept()
    full.handle_accept()
    assert taken == ["full", "empty", "empty", "full"], "as many as the other: at once"


def test_of_many_connections_an_eighth_more_is_no_reason_to_wait() -> None:
    """A rush of a thousand is taken at once: giving way for each of them would take twenty turns for each."""
    shares, taken = ConnectionCounts(2), list[str]()

    def server(seat: int, has: int) -> Any:
        one = SimpleNamespace(active_channels=dict.fromkeys(range(has)))
        one.handle_accept = lambda: taken.append("it") or one.active_channels.update({len(one.active_channels): None})
        shares.balancer(seat)(one)
        return one

    full, other = server(0, 100), server(1, 96)
    other.handle_accept()
    connections.accept_many(full)
    taken.clear()
    full.handle_accept()
    assert len(taken) == 9, "to an eighth more than the other's 96 and one, then it gives way"


def test_they_do_not_outlive_the_one_that_watches_them(running: Start, world: World) -> None:
    env = {"DATABASE_URL": world.url, "REVIEWQUEUE_SECRET_KEY": secrets.token_hex(32)}
    server = running("serve", "--port", "0", "--processes", "2", "--json", **env)
    assert server.first["address"]
    crew = children(server.process.pid)
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    until(lambda: not any(alive(pid) for pid in crew))


@pytest.mark.parametrize("pause", ["0", "0.5"], ids=["one after the other", "two at once"])
def test_who_dies_at_once_again_and_again_is_not_replaced_for_ever(pause: str) -> None:
    """A server that cannot work stops with a message instead of spinning."""
    code = (
        "import os, signal, time; from reviewqueue.cli import supervisor; from reviewqueue.core.errors import DomainError\n"
        "wait = signal.sigwait\n"
        f"signal.sigwait = lambda signals: time.sleep({pause}) or wait(signals)\n"
        "try: supervisor.run_processes(2, lambda seat: os._exit(7), lambda: None)\n"
        "except DomainError as refused: print(refused.says)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "The server's processes die as soon as they start (status 7), so it was stopped.\n"


def test_worker_runs_and_stops_cleanly(running: Start, world: World) -> None:
    env = {"DATABASE_URL": world.url, "REVIEWQUEUE_SECRET_KEY": secrets.token_hex(32)}
    worker = running("worker", **env)
    until(lambda: any("The worker runs" in line for line in worker.words) or worker.process.poll() is not None)
    assert worker.process.poll() is None, worker.said()
    assert worker.stop() == 0
    assert "Stopped." in worker.said()


@pytest.mark.parametrize(
    ("env", "says"),
    [
        ({"REVIEWQUEUE_SECRET_KEY": "changeme"}, "REVIEWQUEUE_SECRET_KEY is weak"),
        ({"REVIEWQUEUE_SECRET_KEY": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}, "REVIEWQUEUE_SECRET_KEY is weak"),
        ({"REVIEWQUEUE_SECRET_KEY": ""}, "REVIEWQUEUE_SECRET_KEY"),
        ({"REVIEWQUEUE_DEBUG": "1"}, "REVIEWQUEUE_DEBUG"),
        ({"REVIEWQUEUE_HOST": "0.0.0.0"}, "REVIEWQUEUE_PUBLIC_URL"),
        ({"REVIEWQUEUE_HOST": "0.0.0.0", "REVIEWQUEUE_PUBLIC_URL": "http://queue.example"}, "REVIEWQUEUE_PUBLIC_URL"),
    ],
)
def test_serve_refuses_what_is_unsafe_and_names_it(terminal: Terminal, env: dict[str, str], says: str) -> None:
    answer = terminal("serve", "--port", "0", **env)
    assert (answer.status, answer.out) == (1, "")
    assert says in answer.err


def test_serve_tells_of_a_port_in_use(terminal: Terminal) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        answer = terminal("serve", "--port", str(taken.getsockname()[1]))
    assert (answer.status, "is in use by another program" in answer.err) == (1, True)


def test_serve_tells_of_an_address_that_is_not_this_machines(terminal: Terminal) -> None:
    answer = terminal(
        "serve", "--port", "0", REVIEWQUEUE_HOST="192.0.2.7", REVIEWQUEUE_PUBLIC_URL="https://queue.example"
    )
    assert (answer.status, "Nothing can listen on 192.0.2.7" in answer.err) == (1, True)
