"""Connections of a server process: how many it holds, which it closes to make room for a new one, and how it stops.

A connection that is idle, or that sends its request slowly, costs a few kilobytes and no thread. Their number is still
limited, and at the limit those idle longest are closed: nobody can lock others out by holding connections open.
"""

from __future__ import annotations

import resource
import signal
import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

MAX_CONNECTIONS = 10_000  # connections of one process
MAX_OPEN_FILES = 65_536  # open files, where the system sets no limit
SPARE_FILES = 256  # open files kept for the database, our own files, and a few connections above the limit
ACCEPT_BATCH = 64  # connections accepted in one turn
IDLE_TIMEOUT = 120  # seconds until a connection without a request is closed
STOP_TIMEOUT = 8.0  # seconds for running requests to finish; containers are killed after ten
LARGEST_HEADERS = 32 * 1024
LARGEST_BODY = 64 * 1024 * 1024  # the application refuses less than this with a message; more is not even received
IN_MEMORY = 64 * 1024  # bytes of an incoming request; the rest of it goes into a temporary file


def max_connections() -> int:
    """How many connections a process may hold. Raises this process's limit of open files as far as the system allows;
    half of them are for connections, since a long incoming request has a file of its own."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_OPEN_FILES if hard == resource.RLIM_INFINITY else hard
    if soft not in (resource.RLIM_INFINITY, wanted):
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    files = MAX_OPEN_FILES if files == resource.RLIM_INFINITY else files
    return max(64, min(MAX_CONNECTIONS, (files - SPARE_FILES) // 2))


def server(app: Flask, listener: socket.socket, threads: int) -> Any:
    """A waitress server on that socket, which receives a request in full before a thread answers it. The client's
    address and the scheme are determined by the application (web/proxies.py)."""
    from waitress.server import create_server

    limit = max_connections()
    created = create_server(  # type: ignore[no-untyped-call]
        app,
        sockets=[listener],
        threads=threads,
        ident=None,
        clear_untrusted_proxy_headers=False,
        asyncore_use_poll=True,  # select() cannot handle file descriptors above 1,023
        backlog=2048,
        connection_limit=limit + SPARE_FILES // 2,
        channel_timeout=IDLE_TIMEOUT,
        max_request_header_size=LARGEST_HEADERS,
        max_request_body_size=LARGEST_BODY,
        inbuf_overflow=IN_MEMORY,
    )
    created.task_dispatcher.queue = RequestQueue(threads)
    make_room(created, limit)
    return created


class RequestQueue:
    """The queue of requests that wait for a thread, used by the server's dispatcher under its lock. Calls that want to
    be held (`?wait=`) come after all others, and never take the last third of the threads."""

    def __init__(self, threads: int) -> None:
        self._first: deque[Any] = deque()
        self._later: deque[Any] = deque()
        self._free = max(1, threads * 2 // 3)
        self._counting = threading.Lock()

    def append(self, channel: Any) -> None:
        """Add a connection whose first request is complete."""
        first_request = channel.requests[0] if channel.requests else None
        waits = "wait=" in str(getattr(first_request, "query", ""))
        (self._later if waits else self._first).append(channel)

    def popleft(self) -> Any:
        """The next one. Raises IndexError when there is none."""
        if self._first:
            return self._first.popleft()
        with self._counting:
            self._free -= 1
        return HeldCall(self._later.popleft(), self)

    def release(self) -> None:
        """A held call has its answer: its thread is free again."""
        with self._counting:
            self._free += 1

    def __len__(self) -> int:
        return len(self._first) + max(0, min(len(self._later), self._free))


@dataclass
class HeldCall:
    """A held call (`?wait=`), while a thread has it."""

    channel: Any
    request_queue: RequestQueue

    def service(self) -> None:
        """Answer it, then free its place."""
        try:
            self.channel.service()
        finally:
            self.request_queue.release()

    def cancel(self) -> None:
        """Cancel it."""
        self.channel.cancel()


def make_room(server: Any, limit: int) -> None:
    """Have a server that holds `limit` connections close a twentieth of them before it accepts another."""
    take = server.handle_accept

    def accept() -> None:
        if len(server.active_channels) >= limit:
            for channel in dispensable(server)[: max(1, limit // 20)]:
                channel.handle_close()
        take()

    server.handle_accept = accept


def dispensable(server: Any) -> list[Any]:
    """The connections without a request in progress: first those that are idle, idle longest first, then those that
    have been sending a request, oldest connection first."""
    waiting = [channel for channel in list(server.active_channels.values()) if not channel.requests]
    idle = sorted((one for one in waiting if one.request is None), key=lambda one: one.last_activity)
    return idle + sorted((one for one in waiting if one.request is not None), key=lambda one: one.creation_time)


def accept_many(server: Any) -> None:
    """Have a server accept up to ACCEPT_BATCH waiting connections in each turn of its loop instead of one: with every
    thread busy a turn takes long, and the last to come would wait for all turns before."""
    take = server.handle_accept

    def accept() -> None:
        for _ in range(ACCEPT_BATCH):
            before = len(server.active_channels)
            take()
            if len(server.active_channels) <= before:
                return

    server.handle_accept = accept


def stop_on_signal(server: Any, stop: threading.Event) -> None:
    """Set `stop` when the process is told to end: by SIGTERM, and by Ctrl-C unless that is ignored."""

    def end(*_: object) -> None:
        stop.set()
        server.pull_trigger()

    signal.signal(signal.SIGTERM, end)
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, end)


def run(server: Any, stop: threading.Event) -> None:
    """Serve until `stop` is set, then finish the requests that were received."""
    while not stop.is_set():
        _run_once(server, server.adj.asyncore_loop_timeout)
    server.accepting = False
    until = monotonic() + STOP_TIMEOUT
    while any([*_pending_channels(server)]) and monotonic() < until:
        _run_once(server, 0.1)
    server.task_dispatcher.shutdown(timeout=1)


def _run_once(server: Any, seconds: float) -> None:
    server.asyncore.poll2(seconds, server._map)


def _pending_channels(server: Any) -> Iterator[bool]:
    """Whether each connection still waits for an answer. Idle ones are closed, the others once they have it."""
    for channel in list(server.active_channels.values()):
        if not channel.requests:
            channel.close_when_flushed = True
        yield bool(channel.requests or channel.total_outbufs_len)
