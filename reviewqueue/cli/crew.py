"""The crew: several processes that do the same work side by side; another takes the place of each that dies."""

from __future__ import annotations

import os
import signal
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from time import monotonic, sleep

from reviewqueue.cli import out
from reviewqueue.refusals import Refused

YOUNG = 2.0  # seconds; who dies younger did not get to work
TRIES = 5
Hand = tuple[int, float]  # the seat, and since when
HEARD = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)


def together(many: int, work: Callable[[int], None], started: Callable[[], None]) -> None:
    """Do `work` in that many processes, split off from this one, until Ctrl-C or SIGTERM; then wait for all of them.
    Each is told its seat, from 0 on; who takes the place of another takes its seat.

    They end by themselves when this process is gone, however it went. Raises Refused when they die again and again
    before they get to work.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)  # they wait until _watch asks for them
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
    """Put another in the place of each process that dies, until told to stop."""
    young = 0
    while signal.sigwait(HEARD) == signal.SIGCHLD:
        for pid, status in _dead():
            seat, since = hands.pop(pid)
            young = young + 1 if monotonic() - since < YOUNG else 0
            code = os.waitstatus_to_exitcode(status)
            if young == TRIES:
                raise Refused(f"The server's processes die as soon as they start (status {code}), so it was stopped.")
            out.say(f"A process of the server died (status {code}); another takes its place.")
            sleep(0.1 * young)
            hire(seat)


def _dead() -> list[tuple[int, int]]:
    """(process, status) of all that ended since."""
    found = []
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            found.append(ended)
    return found


def _split(work: Callable[[], None], alive: int, held: int) -> int:
    """Do the work in a process of its own, which ends when nobody holds the other end of the pipe any more."""
    if child := os.fork():
        return child
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the first process tells us when to end
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
