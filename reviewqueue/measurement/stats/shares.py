"""Shares of onboardings, and of things that onboardings have several of; the difference of two figures and its
verdict."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot, sqrt

from reviewqueue.core.metric_definitions import MIN_ONBOARDINGS, Metric
from reviewqueue.measurement.stats.figure import UNKNOWN, Figure, Z, student

WILSON = "Wilson score interval"
CLUSTERED = "Wilson score interval, sample reduced to its effective size"


def share(good: int, n: int) -> Figure:
    """A share of independent things with the Wilson score interval; unknown when n is 0.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927) 209–212.
    """
    if n <= 0:
        return UNKNOWN
    low, high = wilson(good / n, n)
    return Figure(good / n, low, high, n, n, method=WILSON)


def wilson(p: float, n: float) -> tuple[float, float]:
    """The Wilson score interval of a share p of n; n need not be whole (an effective sample)."""
    middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * sqrt(max(0.0, p * (1 - p) / n + Z * Z / (4 * n * n)))
    return (0.0 if p <= 0 else max(0.0, middle - half)), (1.0 if p >= 1 else min(1.0, middle + half))


def clustered(parts: Sequence[tuple[float, float]]) -> Figure:
    """A share of things that come in clusters: one (good, of) an onboarding. Unknown when there is none.

    The Wilson interval at the effective sample p(1 − p)/v, where v is the linearised variance of a ratio of cluster
    totals, reduced by Student's t over the clusters; where nothing varies, the clusters are the sample.
    E. L. Korn, B. I. Graubard, "Confidence intervals for proportions with small expected number of positive counts
    estimated from survey data", Survey Methodology 24 (1998) 193–201; with Wilson's interval: N. Dean, M. Pagano,
    "Evaluating confidence interval methods for binomial proportions in clustered surveys", J. Survey Stat. Methodol. 3
    (2015) 484–503.
    """
    clusters_of_any = [(good, of) for good, of in parts if of > 0]
    whole = sum(of for _, of in clusters_of_any)
    if not clusters_of_any:
        return UNKNOWN
    clusters, p = len(clusters_of_any), sum(good for good, _ in clusters_of_any) / whole
    spread = sum((good - p * of) ** 2 for good, of in clusters_of_any)
    sample = float(clusters)
    if spread > 0 and clusters > 1:
        variance = clusters / (clusters - 1) * spread / whole**2
        freedom = max(clusters - 1, 2)
        sample = min(whole, p * (1 - p) / variance * (Z / student(freedom)) ** 2)
    low, high = wilson(p, sample)
    return Figure(p, low, high, clusters, round(whole), method=CLUSTERED)


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
    change = after.value - before.value
    down = _limit_distance(after.value, after.low, before.high, before.value)
    up = _limit_distance(after.high, after.value, before.value, before.low)
    low = None if down is None else change - down
    high = None if up is None else change + up
    method = NEWCOMBE if low is not None or high is not None else ""
    return Figure(change, low, high, before.n + after.n, before.of + after.of, before.running + after.running, method)


def _limit_distance(upper: float | None, lower: float | None, theirs: float | None, less: float | None) -> float | None:
    if upper is None or lower is None or theirs is None or less is None:
        return None
    return hypot(upper - lower, theirs - less)


TOO_FEW = "too few"
INCONCLUSIVE = "cannot be told"


def verdict(metric: Metric, before: Figure, after: Figure, change: Figure) -> str:
    """`better`, `worse` (`more`, `less` where neither is a gain), `cannot be told` where the interval holds zero or a
    limit is missing, `too few` where a side has fewer than FEWEST, "" where there is nothing to compare."""
    if before.value is None or after.value is None or change.value is None:
        return ""
    if min(before.n, after.n) < MIN_ONBOARDINGS:
        return TOO_FEW
    if change.low is not None and change.low > 0:
        return {"more": "better", "less": "worse", "neither": "more"}[metric.better]
    if change.high is not None and change.high < 0:
        return {"more": "worse", "less": "better", "neither": "less"}[metric.better]
    return INCONCLUSIVE
