"""Medians of finished amounts, and of durations of which some still run."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from math import comb, exp, floor, log, sqrt

from reviewqueue.measurement.stats.figure import UNKNOWN, Figure, Z

ORDER_STATISTICS = "order statistics, without an assumption about the distribution"
SURVIVAL = "Kaplan–Meier with the Brookmeyer–Crowley interval (log-log), unfinished ones counted as unfinished"
MAX_EXACT = 300  # up to so many the ranks are exact; beyond it their normal approximation is close enough


def median(values: Sequence[float]) -> Figure:
    """The median and its distribution-free interval from order statistics; no interval below six values.

    From the binomial distribution of how many values lie below the median: W. R. Thompson, "On confidence ranges for
    the median and other expectation distributions", Ann. Math. Statist. 7 (1936) 122–128. It covers at least 95 %.
    """
    held = sorted(values)
    n = len(held)
    if not n:
        return UNKNOWN
    middle = (held[(n - 1) // 2] + held[n // 2]) / 2
    rank = lower_rank(n)
    if rank < 1:
        return Figure(middle, n=n, of=n)
    return Figure(middle, held[rank - 1], held[n - rank], n, n, method=ORDER_STATISTICS)


def lower_rank(n: int) -> int:
    """The rank, from 1, of the value that the interval begins with; 0 where n is too small for one."""
    if n > MAX_EXACT:
        return max(0, floor((n + 1) / 2 - Z * sqrt(n) / 2))
    below, rank = 0.0, 0
    while rank < n:
        below += comb(n, rank) / 2**n
        if below > 0.025:
            return rank
        rank += 1
    return rank


def survival_median(ended: Sequence[float], running: Sequence[float]) -> Figure:
    """The median of durations of which some still run, with its interval; leaving those out would make it too short.
    Without a value where none has ended, or the survival curve is still above one half; a limit that cannot be told is
    None.

    E. L. Kaplan, P. Meier, "Nonparametric estimation from incomplete observations", JASA 53 (1958) 457–481; R.
    Brookmeyer, J. Crowley, "A confidence interval for the median survival time", Biometrics 38 (1982) 29–41, on the
    log(−log) scale with Greenwood's variance. Where all have ended it is the median of `median`.
    """
    if not running:
        return median(ended)
    n = len(ended) + len(running)
    if not ended:
        return Figure(None, n=n, of=n, running=len(running))
    moments = sorted([(one, True) for one in ended] + [(one, False) for one in running])
    middle, low, high = _crossings(moments)
    return Figure(middle, low, high, n, n, len(running), SURVIVAL)


def _crossings(moments: Sequence[tuple[float, bool]]) -> tuple[float | None, float | None, float | None]:
    """When the survival curve, its lower band and its upper band come down to one half."""
    left, alive, greenwood = len(moments), 1.0, 0.0
    crossed: list[float | None] = [None, None, None]
    for at, group in groupby(moments, key=lambda one: one[0]):
        ended_flags = [over for _, over in group]
        over = sum(ended_flags)
        if over:
            alive *= 1 - over / left
            greenwood += over / (left * (left - over)) if left > over else 0.0
            for place, curve in enumerate((alive, *_bands(alive, greenwood))):
                if crossed[place] is None and curve <= 0.5 + 1e-12:
                    crossed[place] = at
        left -= len(ended_flags)
    return crossed[0], crossed[1], crossed[2]


def _bands(alive: float, greenwood: float) -> tuple[float, float]:
    if alive <= 0.0:
        return 0.0, 1.0  # nobody is left to tell how far the upper band reaches
    if alive >= 1.0:
        return alive, alive
    half = Z * sqrt(greenwood) / abs(log(alive))
    return alive ** exp(half), alive ** exp(-half)
