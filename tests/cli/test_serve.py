"""`serve` and `worker`: production, one process each; what is unsafe is refused at start-up."""

from __future__ import annotations

import secrets
import socket
import urllib.request
from collections.abc import Callable

import pytest

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


def test_worker_runs_and_stops_cleanly(running: Start, world: World) -> None:
    env = {"DATABASE_URL": world.url, "REVIEWQUEUE_SECRET_KEY": secrets.token_hex(32)}
    worker = running("worker", **env)
    while not any("The worker runs" in line for line in worker.words):
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
