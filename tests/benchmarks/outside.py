"""Outside: what a new visitor waits for while outsiders hold thousands of connections, beside the same server at rest."""

from __future__ import annotations

import http.client
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from urllib.parse import urlencode

from tests.benchmarks.figures import p95, tell
from tests.benchmarks.place import PASSWORD, Place, place, served, wait
from tests.support.idle_connections import room, storm

VISITS = 100
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def outside() -> None:
    """`serve` under 2,000 idle connections and 500 slow senders; then 1,000 waits and a guesser besides. `demo` under 500
    and 100."""
    with place() as where, served(where, 18_931, REVIEWQUEUE_TRUSTED_PROXIES="127.0.0.1") as address:
        _beside("serve, 2,000 idle, 500 slow: a page, p95", address, 2_000, 500)
        calm = [_longest(address) for _ in range(3)]
        with ExitStack() as held, storm(f"http://{address}", idle=2_000, slow=500):
            _waits(held, address, where, 1_000)
            over = threading.Event()
            guessing = threading.Thread(target=_guess, args=(address, over))
            guessing.start()
            tell(
                "… 1,000 waits, a guesser: a right sign-in",
                [_longest(address) for _ in range(3)],
                "ms",
                calm,
                "at rest",
            )
            over.set()
            guessing.join()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "reviewqueue", "demo", "--port", "18932", "--data", folder]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ})
        try:
            wait("http://127.0.0.1:18932/healthz", 60)
            _beside("demo, 500 idle, 100 slow: a page, p95", "127.0.0.1:18932", 500, 100)
        finally:
            server.terminate()
            server.wait(30)


def _beside(name: str, address: str, idle: int, slow: int) -> None:
    """The p95 under the storm, beside the p95 without one, in turn."""
    _visits(address)
    calm, under = [], []
    for _ in range(3):
        calm.append(_visits(address))
        with storm(f"http://{address}", idle=idle, slow=slow):
            under.append(_visits(address))
    tell(name, under, "ms", calm, "at rest")


def _visits(address: str) -> float:
    return p95([_timed(lambda: _page(address)) for _ in range(VISITS)])


def _timed(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return (time.perf_counter() - begun) * 1000


def _page(address: str) -> None:
    with closing(http.client.HTTPConnection(address, timeout=60)) as connection:
        connection.request("GET", "/sign-in")
        connection.getresponse().read()


def _longest(address: str) -> float:
    return max(_timed(lambda: _enter(address, PASSWORD, "198.51.100.20", 303)) for _ in range(10))


def _enter(address: str, password: str, came_from: str, *expected: int) -> None:
    """A visitor without a cookie signs in, in two requests."""
    with closing(http.client.HTTPConnection(address, timeout=60)) as connection:
        headers = {"X-Forwarded-For": came_from, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request("GET", "/sign-in", headers=headers)
        page = connection.getresponse()
        token = TOKEN.findall(page.read().decode())[0]
        headers["Cookie"] = str(page.getheader("Set-Cookie")).partition(";")[0]
        form = {"csrf_token": token, "email": "helen@example.com", "password": password}
        connection.request("POST", "/sign-in", urlencode(form), headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status not in expected:
            raise SystemExit(f"sign-in answered {answer.status}")


def _guess(address: str, over: threading.Event) -> None:
    while not over.is_set():
        _enter(address, secrets.token_hex(8), "203.0.113.7", 403, 429)


def _waits(held: ExitStack, address: str, where: Place, many: int) -> None:
    """That many automations ask for an undecided item and wait; who was turned away asks again when it was told to."""
    host, _, port = address.partition(":")
    where.fill(1)
    asks = f"GET /api/v1/items/1?wait=30 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {where.key}\r\n\r\n".encode()
    room(5_000)
    for _ in range(many):
        one = held.enter_context(socket.create_connection((host, int(port)), timeout=60))
        one.sendall(asks)
