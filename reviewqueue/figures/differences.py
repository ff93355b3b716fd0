"""Differences: of two figures, from the intervals of both."""

from __future__ import annotations

from math import hypot

from reviewqueue.figures.figure import Figure

NEWCOMBE = "from the intervals of both (Newcombe; Zou and Donner)"


def difference(before: Figure, after: Figure) -> Figure:
    """`after` less `before`, with the interval made from the limits of both; a side is None where a limit is missing.

    For shares this is method 10 of R. G. Newcombe, "Interval estimation for the difference between independent
    proportions", Stat. Med. 17 (1998) 873–890; for medians the same recovery of variance from the limits: G. Y. Zou,
    A. Donner, "Construction of confidence limits about effect measures: a general approach", Stat. Med. 27 (2008)
    1693–1702. It is about as wide as the two intervals are, so medians' stay on the safe side.
    """
    if before.value is None or after.value is None:
        return Figure(None, n=before.n + after.n)
    moved = after.value - before.value
    down = _side(after.value, after.low, before.high, before.value)
    up = _side(after.high, after.value, before.value, before.low)
    low = None if down is None else moved - down
    high = None if up is None else moved + up
    method = NEWCOMBE if low is not None or high is not None else ""
    return Figure(moved, low, high, before.n + after.n, before.of + after.of, before.running + after.running, method)


def _side(upper: float | None, lower: float | None, theirs: float | None, less: float | None) -> float | None:
    if upper is None or lower is None or theirs is None or less is None:
        return None
    return hypot(upper - lower, theirs - less)
