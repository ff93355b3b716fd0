"""Whether something takes as long as what it is given: two amounts side by side in this thread, never a bound in seconds,
which says more of the machine than of the code."""

from __future__ import annotations

from collections.abc import Callable
from time import thread_time

NOTHING = 0.2  # seconds of this thread: less than this is not told from noise


def taken(work: Callable[[], object]) -> float:
    """The seconds of a processor that this thread works; what other threads do meanwhile does not count."""
    begun = thread_time()
    work()
    return thread_time() - begun


def in_proportion(work: Callable[[int], object], large: int, runs: int = 3) -> bool:
    """Eight times as much takes at most twenty times as long, the least of some runs each; quadratic work takes
    sixty-four times as long. `work` is given the size of what it is to work on."""
    whole = taken(lambda: work(large))
    if whole < NOTHING:
        return True
    part = min(taken(lambda: work(large // 8)) for _ in range(runs))
    return whole < 20 * part or min(taken(lambda: work(large)) for _ in range(runs - 1)) < 20 * part
