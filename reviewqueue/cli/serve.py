"""`serve` and `worker`: the two commands of production. One serves pages and the API, the other sends, drafts and keeps
the time."""

from __future__ import annotations

import ctypes
import errno
import gc
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import click

from reviewqueue.cli import connections, installation, output, supervisor
from reviewqueue.core.errors import DomainError

if TYPE_CHECKING:
    from flask import Flask

    from reviewqueue.core.settings import Settings

MAX_PROCESSES = 4  # processes by default


@click.command()
@click.option("--host", help="The address to listen on. Default: REVIEWQUEUE_HOST, or 127.0.0.1.")
@click.option("--port", type=click.IntRange(0, 65535), help="Default: REVIEWQUEUE_PORT, or 8000; 0 takes any free one.")
@click.option(
    "--processes",
    type=click.IntRange(0, 64),
    help="Default: REVIEWQUEUE_PROCESSES, or 0: one more than there are cores, at most four.",
)
@output.as_json
def serve(host: str | None, port: int | None, processes: int | None, as_json: bool) -> None:
    """Serve the pages and the API from a migrated database, in several processes with several threads each.

    Runs until Ctrl-C or SIGTERM. `reviewqueue worker` runs beside it.
    """
    settings = installation.settings(host=host, port=port, processes=processes)
    from reviewqueue.delivery import receipt_keys

    with installation.open_session(settings) as session:
        receipt_keys.ensure(session, settings, installation.now())
    with listening(settings.host, settings.port) as listener:
        settings = settings.model_copy(update={"port": listener.getsockname()[1]})
        from reviewqueue import create_app

        app, process_count = create_app(settings), settings.processes or min(cores() + 1, MAX_PROCESSES)
        if process_count == 1:
            serve_app(app, listener, settings.threads, lambda _: _print_started(settings, as_json))
        else:
            reduce_gc()  # so that memory of imported modules stays shared among the processes
            shares = supervisor.ConnectionCounts(process_count)

            def work(seat: int) -> None:
                serve_app(app, listener, settings.threads, shares.balancer(seat))

            supervisor.run_processes(process_count, work, lambda: _print_started(settings, as_json))
    output.say("Stopped.")


def cores() -> int:
    """How many cores this process may use; where the system does not say (macOS), how many there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _print_started(settings: Settings, as_json: bool) -> None:
    if as_json:
        output.print_json({"address": settings.address()})
    output.say(f"Review Queue answers at {settings.address()}. Ctrl-C stops it.")
    if settings.proxy_unnamed():
        output.say(
            "There is a proxy in front, and REVIEWQUEUE_TRUSTED_PROXIES does not name it: all who come through it "
            "count as one address. Set it to the proxy's address, as `reviewqueue doctor` says."
        )


@click.command()
def worker() -> None:
    """Notify automations of decisions, send e-mail, draft what is due, and run the clock.

    Runs until Ctrl-C or SIGTERM; one or several, beside `serve`.
    """
    from reviewqueue import worker as reviewqueue_worker

    settings = installation.settings()
    with installation.open_session(settings):
        pass
    settings.secret()
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    output.say("The worker runs. Ctrl-C stops it.")
    reviewqueue_worker.run(settings, stop)
    output.say("Stopped.")


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that listens on that address. Raises DomainError, with the fix, when it cannot."""
    with ExitStack() as closing:
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            listener = closing.enter_context(socket.socket(family, kind, protocol))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(1024)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                says = f"Port {port} on {host} is in use by another program. Stop it, or take --port {port + 1}."
            else:
                says = f"Nothing can listen on {host}, port {port} ({error.strerror or error}). Choose another."
            raise DomainError(f"Nothing was started. {says}", code="port-in-use") from None
        yield listener


def serve_app(app: Flask, listener: socket.socket, threads: int, started: Callable[[Any], None]) -> None:
    """Serve until Ctrl-C or SIGTERM, then finish the requests that were received, held ones included. Calls `started`
    with the server once it answers."""
    from reviewqueue.web.extensions import stopping

    return_freed_memory()
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    server = connections.server(app, listener, threads)
    connections.stop_on_signal(server, stopping)
    reduce_gc()
    started(server)
    connections.accept_many(server)
    connections.run(server, stopping)


def return_freed_memory() -> None:
    """Have the C library return freed memory to the system: verifying a password takes 19 MB, which every thread would
    otherwise keep."""
    with suppress(AttributeError, OSError):  # glibc only
        library = ctypes.CDLL(None)
        library.mallopt(-3, 262_144)  # M_MMAP_THRESHOLD: larger blocks are returned when they are freed
        library.mallopt(-8, 2)  # M_ARENA_MAX: two heaps for all threads


def reduce_gc() -> None:
    """Exclude what is loaded so far from garbage collection, and collect less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
    gc.enable()
