"""Storms from outside: idle and slow connections, guessers and held waits keep nobody out, and the end is an end.

Small in the suite, as large as the product's promise with `RQ_TEST_SIZE=full`.
"""

from __future__ import annotations

import http.client
import re
import resource
import secrets
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import waitress
from flask import Flask

from reviewqueue.cli import connections
from reviewqueue.cli.supervisor import ConnectionCounts
from reviewqueue.people import sign_in_throttle
from tests import drafts
from tests.cast import DANA, PASSWORD
from tests.cli.conftest import CHECKOUT, Running
from tests.support.idle_connections import storm
from tests.support.sizes import size
from tests.world import KEY, World

Start = Callable[..., Running]
IDLE, SLOW, WAITS = size(600, 2_000), size(100, 500), size(60, 1_000)
PROCESSES = size(1, 3)


@pytest.fixture
def engine_name() -> str:
    """Connections know nothing of engines."""
    return "sqlite"


def started(running: Start, world: World, *words: str, program: tuple[str, ...] = CHECKOUT, **more: str) -> Running:
    env = {"DATABASE_URL": world.url, "REVIEWQUEUE_SECRET_KEY": secrets.token_hex(32), **more}
    return running("serve", "--port", "0", "--json", *words, program=program, **env)


def sign_in(address: str, password: str = PASSWORD, came_from: str = "198.51.100.20", email: str = DANA.email) -> int:
    """A new visitor signs in, over a connection of their own and through a proxy; the status."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    headers = {"X-Forwarded-For": came_from}
    connection.request("GET", "/sign-in", headers=headers)
    page = connection.getresponse()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.read().decode())
    assert token, page.status
    headers |= {"Cookie": str(page.getheader("Set-Cookie")).partition(";")[0]}
    headers |= {"Content-Type": "application/x-www-form-urlencoded"}
    form = urlencode({"csrf_token": token[1], "email": email, "password": password})
    connection.request("POST", "/sign-in", form, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def test_idle_and_slow_connections_waits_and_guessers_keep_nobody_out(running: Start, world: World) -> None:
    """All at once, and the right password passes while every one of them is still held."""
    item = world.submit(drafts.email())
    server = started(running, world, "--processes", str(PROCESSES), REVIEWQUEUE_TRUSTED_PROXIES="127.0.0.1")
    address = server.first["address"]
    with ExitStack() as opened, storm(address, idle=IDLE, slow=SLOW) as held:
        asks = f"GET /api/v1/items/{item}?wait=30 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\n\r\n".encode()
        for _ in range(WAITS):
            one = opened.enter_context(socket.create_connection(("127.0.0.1", urlsplit(address).port), timeout=60))
            one.sendall(asks)
        statuses = {sign_in(address, "wrong", "203.0.113.7") for _ in range(sign_in_throttle.MAX_PER_SOURCE + 4)}
        assert statuses == {403, 429}
        assert sign_in(address) == 303
        assert held.closed() == 0
    assert server.stop() == 0


def test_the_control(app: Flask) -> None:
    """The same server with its own bounds, as it was before: a hundred idle connections, and nobody else is answered."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen(1024)
        server = waitress.create_server(app, sockets=[door], threads=2)
        serving = threading.Thread(target=server.run)
        serving.start()
        with ExitStack() as opened:
            for _ in range(120):
                opened.enter_context(socket.create_connection(door.getsockname(), timeout=60))
            visitor = opened.enter_context(socket.create_connection(door.getsockname(), timeout=2))
            visitor.sendall(b"GET /static/icon.svg HTTP/1.1\r\nHost: x\r\n\r\n")
            with pytest.raises(TimeoutError):
                visitor.recv(1)
        server.task_dispatcher.shutdown()
        server.trigger.pull_trigger(lambda: server.asyncore.close_all(server._map, ignore_all=True))
        serving.join(10)


def test_a_system_that_allows_few_files_has_room_all_the_same(running: Start, world: World) -> None:
    """At the bound, who has been idle longest makes room for who comes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    code = "import resource, sys; resource.setrlimit(resource.RLIMIT_NOFILE, (400, 400)); from reviewqueue.cli import main; main()"
    server = started(running, world, "--processes", "1", program=(sys.executable, "-c", code))
    address = server.first["address"]
    with storm(address, idle=200, slow=40) as held:
        assert sign_in(address) == 303
        assert held.closed() > 0
    assert server.stop() == 0
    assert (soft, hard) == resource.getrlimit(resource.RLIMIT_NOFILE)


def test_at_the_bound_the_longest_idle_go_first_and_nobody_who_gets_an_answer(app: Flask) -> None:
    """Then who has been sending one request for longest; never one whose request is being answered."""

    class Channel:
        def __init__(self, name: str, asked: float, began: float, *, sends: bool = False, answered: bool = False):
            self.name, self.last_activity, self.creation_time = name, asked, began
            self.request, self.requests = (object() if sends else None), [object()] * answered

    there = [
        Channel("sends since 3", 9, 3, sends=True),
        Channel("idle since 6", 6, 1),
        Channel("answered", 1, 1, answered=True),
        Channel("idle since 4", 4, 2),
        Channel("sends since 2", 9, 2, sends=True),
    ]
    server: Any = type("Server", (), {"active_channels": dict(enumerate(there))})
    found = [channel.name for channel in connections.dispensable(server)]
    assert found == ["idle since 4", "idle since 6", "sends since 2", "sends since 3"]


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_held_wait_is_answered_when_the_server_is_told_to_end(running: Start, world: World, processes: str) -> None:
    """SIGTERM: the answer comes at once and whole, says when to ask again, and the server is gone soon after."""
    item = world.submit(drafts.email())
    server = started(running, world, "--processes", processes)
    address = urlsplit(server.first["address"])
    connection = http.client.HTTPConnection(address.netloc, timeout=60)
    connection.request("GET", f"/api/v1/items/{item}?wait=30", headers={"Authorization": f"Bearer {KEY}"})
    idle = socket.create_connection(("127.0.0.1", address.port or 0), timeout=60)
    threading.Event().wait(1.5)
    stopping = threading.Thread(target=server.stop)
    stopping.start()
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("Retry-After")) == (200, "2")
    assert b'"state":"pending"' in answer.read()
    stopping.join()
    assert server.process.returncode == 0
    assert idle.recv(1) == b""
    idle.close()
    connection.close()


def test_a_request_that_runs_is_answered_whole_before_the_end() -> None:
    """Told to end in the middle of it, the server takes no new connection, and sends the last byte of a long answer."""
    inside, go_on, stop = threading.Event(), threading.Event(), threading.Event()
    long = b"x" * 900_000

    def app(_: Any, start_response: Any) -> list[bytes]:
        inside.set()
        go_on.wait(30)
        start_response("200 OK", [("Content-Length", str(len(long)))])
        return [long]

    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen(16)
        server = connections.server(app, door, 2)  # type: ignore[arg-type]
        serving = threading.Thread(target=connections.run, args=(server, stop))
        serving.start()
        connection = http.client.HTTPConnection(*door.getsockname(), timeout=60)
        connection.request("GET", "/")
        assert inside.wait(30)
        stop.set()
        server.pull_trigger()
        serving.join(1.5)
        assert serving.is_alive()
        go_on.set()
        assert connection.getresponse().read() == long
        serving.join(30)
        assert not serving.is_alive()
        connection.close()
        server.asyncore.close_all(server._map, ignore_all=True)


def test_an_answer_that_is_still_on_its_way_is_not_cut_off() -> None:
    """At the end each connection closes once it has its answer; one that a request of is being answered stays."""
    answered = SimpleNamespace(requests=[], total_outbufs_len=5, close_when_flushed=False)
    asking = SimpleNamespace(requests=["one"], total_outbufs_len=0, close_when_flushed=False)
    idle = SimpleNamespace(requests=[], total_outbufs_len=0, close_when_flushed=False)
    every = (answered, asking, idle)
    assert [*connections._pending_channels(SimpleNamespace(active_channels=dict(enumerate(every))))] == [
        True,
        True,
        False,
    ]
    assert [one.close_when_flushed for one in every] == [True, False, True]


@pytest.mark.parametrize(("holds", "gone"), [(41, []), (40, [0, 1])])
def test_at_the_bound_a_twentieth_makes_room_for_the_next(holds: int, gone: list[int]) -> None:
    """Those that are idle longest; and whoever comes is taken. Below the bound nobody has to go."""
    closed, taken = list[int](), list[str]()

    def idle(number: int) -> Any:
        quiet = {"requests": [], "request": None, "last_activity": number}
        return SimpleNamespace(**quiet, handle_close=lambda: closed.append(number))

    server: Any = SimpleNamespace(active_channels={number: idle(number) for number in range(40)})
    server.handle_accept = lambda: taken.append("it")
    connections.make_room(server, holds)
    server.handle_accept()
    assert (closed, taken) == (gone, ["it"])


def test_calls_that_wish_to_be_held_come_after_everybody_and_leave_threads_free() -> None:
    """Six threads: four of them at most answer such calls, and a page that comes last goes first."""
    lanes, done = connections.RequestQueue(6), list[str]()

    def channel(query: str) -> Any:
        return SimpleNamespace(requests=[SimpleNamespace(query=query)], service=lambda: done.append(query))

    for number in range(10):
        lanes.append(channel(f"wait={number}"))
    lanes.append(channel("view=mine"))
    assert (len(lanes), lanes.popleft().requests[0].query) == (5, "view=mine")
    taken = [lanes.popleft() for _ in range(4)]
    assert len(lanes) == 0, "the last two threads are for others"
    lanes.append(channel("lane=x"))
    lanes.popleft().service()
    for one in taken:
        one.service()
    assert (len(lanes), done) == (4, ["lane=x", "wait=0", "wait=1", "wait=2", "wait=3"])


def test_sharing_still_gives_way_when_there_is_no_room(app: Flask) -> None:
    """Both stand before the server's own accepting: the one that gives way, and the one that makes room."""
    taken: list[str] = []
    server: Any = type("Server", (), {"active_channels": {}, "handle_accept": staticmethod(lambda: taken.append("it"))})
    connections.make_room(server, 1)
    ConnectionCounts(1).balancer(0)(server)
    server.handle_accept()
    assert taken == ["it"]
