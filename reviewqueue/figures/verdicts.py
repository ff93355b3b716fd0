"""Verdicts: what may be said of a difference, and what may not."""

from __future__ import annotations

from reviewqueue.figures.definitions import FEWEST, Metric
from reviewqueue.figures.figure import Figure

FEW = "too few"
UNTOLD = "cannot be told"


def verdict(metric: Metric, before: Figure, after: Figure, moved: Figure) -> str:
    """`better`, `worse` (`more`, `less` where neither is a gain), `cannot be told` where the interval holds zero or a
    limit is missing, `too few` where a side has fewer than FEWEST, "" where there is nothing to compare."""
    if before.value is None or after.value is None or moved.value is None:
        return ""
    if min(before.n, after.n) < FEWEST:
        return FEW
    if moved.low is not None and moved.low > 0:
        return {"more": "better", "less": "worse", "neither": "more"}[metric.better]
    if moved.high is not None and moved.high < 0:
        return {"more": "worse", "less": "better", "neither": "less"}[metric.better]
    return UNTOLD
