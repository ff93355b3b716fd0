"""Storms: what an outsider does to a server from a distance: connections that stay idle, senders that never finish.

with storm(address, idle=600, slow=100):
    …   # they are held, and the slow ones go on sending
"""

from __future__ import annotations

import http.client
import resource
import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from urllib.parse import urlsplit

HALF = b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n"
PAUSE = 0.5  # seconds between two bytes of a slow sender


def room(connections: int) -> None:
    """Let this process hold that many connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + 512
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(wanted, hard)), hard))


class Held:
    """The connections of a storm."""

    def __init__(self, idle: list[socket.socket], slow: list[socket.socket]) -> None:
        self.idle, self.slow = idle, slow

    def closed(self) -> int:
        """How many of the idle ones the server has closed."""
        watch = selectors.DefaultSelector()
        for one in self.idle:
            watch.register(one, selectors.EVENT_READ)
        count = sum(1 for key, _ in watch.select(0) if _ended(key.fileobj))  # type: ignore[arg-type]
        watch.close()
        return count


def _ended(one: socket.socket) -> bool:
    try:
        return one.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


@contextmanager
def storm(address: str, *, idle: int, slow: int) -> Iterator[Held]:
    """Hold `idle` kept connections that have asked once, and `slow` that send a byte of their request now and then."""
    parts = urlsplit(address)
    host, port = str(parts.hostname), int(parts.port or 80)
    room(idle + slow)
    over = threading.Event()
    with ExitStack() as kept:
        resting = [_rested(kept, host, port) for _ in range(idle)]
        sending = [kept.enter_context(socket.create_connection((host, port), timeout=60)) for _ in range(slow)]
        for number, one in enumerate(sending):
            one.sendall(HALF + (b"\r\n" if number % 2 else b""))  # half of them in the headers, half in the body
        dripping = threading.Thread(target=_drip, args=(sending, over), daemon=True)
        dripping.start()
        try:
            yield Held(resting, sending)
        finally:
            over.set()
            dripping.join()


def _rested(kept: ExitStack, host: str, port: int) -> socket.socket:
    """A kept connection that has had its answer."""
    one = kept.enter_context(closing(http.client.HTTPConnection(host, port, timeout=60)))
    one.request("GET", "/static/icon.svg")
    answer = one.getresponse()
    answer.read()
    assert one.sock is not None, f"the server did not keep the connection ({answer.status})"
    return one.sock


def _drip(sending: list[socket.socket], over: threading.Event) -> None:
    while not over.wait(PAUSE):
        for one in sending:
            if over.is_set():
                return
            try:
                one.send(b"x")
            except OSError:
                continue
