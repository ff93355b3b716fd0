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

YOUNG = 2.0  # seconds; a process that dies younger never got to work
TRIES = 5
Hand = tuple[int, float]  # (slot of the process, start time)
HEARD = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)


def run_processes(many: int, work: Callable[[int], None], started: Callable[[], None]) -> None:
    """Run `work` in that many forked processes until Ctrl-C or SIGTERM, then wait for all of them. Each is given its
    number, from 0 on; a replacement gets the number of the process it replaces.

    They end by themselves when this process is gone, however it ended. Raises DomainError when they die again and again
    before they get to work.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)  # they stay pending until _watch waits for them
    died = signal.signal(signal.SIGCHLD, lambda *_: None)  # a system may drop a blocked signal that nobody handles
    alive, held = os.pipe()
    hands: dict[int, Hand] = {}

    def hire(seat: int) -> None:
        hands[_split(partial(work, seat), alive, held)] = (seat, monotonic())

    try:
        for seat in range(many):
            hire(seat)
        started()
        _watch(hands, hire)
    finally:
        for pid in hands:
            os.kill(pid, signal.SIGTERM)
        for pid in hands:
            os.waitpid(pid, 0)
        os.close(alive)
        os.close(held)
        signal.signal(signal.SIGCHLD, died)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _watch(hands: dict[int, Hand], hire: Callable[[int], None]) -> None:
    """Replace each process that dies, until told to stop."""
    young = 0
    while signal.sigwait(HEARD) == signal.SIGCHLD:
        for pid, status in _dead():
            seat, since = hands.pop(pid)
            young = young + 1 if monotonic() - since < YOUNG else 0
            code = os.waitstatus_to_exitcode(status)
            if young == TRIES:
                raise DomainError(
                    f"The server's processes die as soon as they start (status {code}), so it was stopped."
                )
            output.say(f"A process of the server died (status {code}); another takes its place.")
            sleep(0.1 * young)
            hire(seat)


def _dead() -> list[tuple[int, int]]:
    """(process id, status) of all that ended since the last call."""
    found = []
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            found.append(ended)
    return found


def _split(work: Callable[[], None], alive: int, held: int) -> int:
    """Run the work in a forked process, which ends when nobody holds the other end of the pipe any more."""
    if child := os.fork():
        return child
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the parent ends this one
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HEARD)
        os.close(held)
        threading.Thread(target=_mourn, args=(alive,), daemon=True).start()
        work()
        status = 0
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(status)


def _mourn(alive: int) -> None:
    os.read(alive, 1)
    os.kill(os.getpid(), signal.SIGTERM)


BREATH = 0.001  # seconds to wait, so that others can accept first
TOLERATED = 8  # up to an eighth above the least is tolerated: that keeps the balance, and a rush is accepted at once
PATIENCE = 20  # waits; then this process accepts it, since the others may be gone or busy


class ConnectionCounts:
    """How many connections each process has, one number each in shared memory. Create it before forking."""

    def __init__(self, many: int) -> None:
        self._open = memoryview(mmap(-1, 4 * many)).cast("i")

    def of(self, seat: int) -> Callable[[Any], None]:
        """A function that makes a server (waitress) in the process of that number yield to those with fewer
        connections."""

        def share(server: Any) -> None:
            take, waited = server.handle_accept, 0
            self._open[seat] = 0

            def fairly() -> None:
                nonlocal waited
                self._open[seat] = len(server.active_channels)
                least = min(self._open)
                if self._open[seat] > least + least // TOLERATED and waited < PATIENCE:
                    waited += 1
                    sleep(BREATH)  # the server asks again at once, as long as nobody accepted the connection
                    return
                waited = 0
                take()
                self._open[seat] = len(server.active_channels)

            server.handle_accept = fairly

        return share
