"""Runs several processes that do the same work, replaces each that dies, and balances connections among them."""

from __future__ import annotations

import os
import signal
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from mmap import mmap
from time import monotonic, sleep
from typing import Any

from reviewqueue.cli import output
from reviewqueue.core.errors import DomainError

MIN_LIFETIME = 2.0  # seconds; a process that dies younger never got to work
MAX_EARLY_DEATHS = 5
ProcessStart = tuple[int, float]  # (slot of the process, start time)
HANDLED_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)


def run_processes(count: int, work: Callable[[int], None], started: Callable[[], None]) -> None:
    """Run `work` in that many forked processes until Ctrl-C or SIGTERM, then wait for all of them. Each is given its
    number, from 0 on; a replacement gets the number of the process it replaces.

    They end by themselves when this process is gone, however it ended. Raises DomainError when they die again and again
    before they get to work.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED_SIGNALS)  # they stay pending until _watch waits for them
    died = signal.signal(signal.SIGCHLD, lambda *_: None)  # a system may drop a blocked signal that nobody handles
    read_end, write_end = os.pipe()
    processes: dict[int, ProcessStart] = {}

    def hire(seat: int) -> None:
        processes[_fork(partial(work, seat), read_end, write_end)] = (seat, monotonic())

    try:
        for seat in range(count):
            hire(seat)
        started()
        _watch(processes, hire)
    finally:
        for pid in processes:
            os.kill(pid, signal.SIGTERM)
        for pid in processes:
            os.waitpid(pid, 0)
        os.close(read_end)
        os.close(write_end)
        signal.signal(signal.SIGCHLD, died)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _watch(processes: dict[int, ProcessStart], start_process: Callable[[int], None]) -> None:
    """Replace each process that dies, until told to stop."""
    early_deaths = 0
    while signal.sigwait(HANDLED_SIGNALS) == signal.SIGCHLD:
        for seat, since, status in _reap(processes):
            early_deaths = early_deaths + 1 if monotonic() - since < MIN_LIFETIME else 0
            code = os.waitstatus_to_exitcode(status)
            if early_deaths == MAX_EARLY_DEATHS:
                raise DomainError(
                    f"The server's processes die as soon as they start (status {code}), so it was stopped."
                )
            output.say(f"A process of the server died (status {code}); another takes its place.")
            sleep(0.1 * early_deaths)
            start_process(seat)


def _reap(processes: dict[int, ProcessStart]) -> list[tuple[int, float, int]]:
    """Take out all that ended since the last call: slot, start time and status of each.

    All at once, so that nobody signals a number that may already be another process's.
    """
    found = []
    with suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            if pid in processes:
                found.append((*processes.pop(pid), status))
    return found


def _fork(work: Callable[[], None], read_end: int, write_end: int) -> int:
    """Run the work in a forked process, which ends when nobody holds the other end of the pipe any more."""
    if child := os.fork():
        return child
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the parent ends this one
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED_SIGNALS)
        os.close(write_end)
        threading.Thread(target=_end_with_parent, args=(read_end,), daemon=True).start()
        work()
        status = 0
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(status)


def _end_with_parent(read_end: int) -> None:
    os.read(read_end, 1)
    os.kill(os.getpid(), signal.SIGTERM)


YIELD_SECONDS = 0.001  # seconds to wait, so that others can accept first
TOLERANCE_PART = (
    8  # up to an eighth above the least is tolerated: that keeps the balance, and a rush is accepted at once
)
MAX_WAITS = 20  # waits; then this process accepts it, since the others may be gone or busy


class ConnectionCounts:
    """How many connections each process has, one number each in shared memory. Create it before forking."""

    def __init__(self, many: int) -> None:
        self._open = memoryview(mmap(-1, 4 * many)).cast("i")

    def balancer(self, seat: int) -> Callable[[Any], None]:
        """A function that makes a server (waitress) in the process of that number yield to those with fewer
        connections."""

        def share(server: Any) -> None:
            take, waited = server.handle_accept, 0
            self._open[seat] = 0

            def fairly() -> None:
                nonlocal waited
                self._open[seat] = len(server.active_channels)
                least = min(self._open)
                if self._open[seat] > least + least // TOLERANCE_PART and waited < MAX_WAITS:
                    waited += 1
                    sleep(YIELD_SECONDS)  # the server asks again at once, as long as nobody accepted the connection
                    return
                waited = 0
                take()
                self._open[seat] = len(server.active_channels)

            server.handle_accept = fairly

        return share
