"""Sharing: processes behind one socket take new connections in turn, so that none of them has most.

A new connection wakes every one of them, and who comes first has little to do only by chance. Browsers and automations
keep their connections for long, and a process with seven of eight does the work of all on one core.
"""

from __future__ import annotations

from collections.abc import Callable
from mmap import mmap
from time import sleep
from typing import Any

BREATH = 0.001  # seconds for the others to come first
TOLERATED = 8  # an eighth more than the least is no reason: of many, none has most by it, and a rush is taken at once
PATIENCE = 20  # breaths; then whoever is here takes it, since the others may be gone or busy


class Shares:
    """How many connections each process has: a number each, in memory that all of them see. Made before they split."""

    def __init__(self, many: int) -> None:
        self._open = memoryview(mmap(-1, 4 * many)).cast("i")

    def of(self, seat: int) -> Callable[[Any], None]:
        """What makes a server (waitress's) at that seat give way to those that have fewer."""

        def share(server: Any) -> None:
            take, waited = server.handle_accept, 0
            self._open[seat] = 0

            def fairly() -> None:
                nonlocal waited
                self._open[seat] = len(server.active_channels)
                least = min(self._open)
                if self._open[seat] > least + least // TOLERATED and waited < PATIENCE:
                    waited += 1
                    sleep(BREATH)  # it is asked again at once, as long as nobody took the connection
                    return
                waited = 0
                take()
                self._open[seat] = len(server.active_channels)

            server.handle_accept = fairly

        return share
