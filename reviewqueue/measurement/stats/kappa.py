"""Cohen's kappa of two reviewers, and a share of a whole from a stratified sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import sqrt

from reviewqueue.measurement.stats.figure import UNKNOWN, Figure, Z
from reviewqueue.measurement.stats.shares import wilson

LARGE_SAMPLE = "Cohen's kappa, large-sample variance (Fleiss, Cohen and Everitt)"
NO_VARIANCE = "Cohen's kappa; its large-sample variance is nothing, so the interval is that of the agreement (Wilson)"
UNDEFINED = "kappa is not defined: both answered the same every time, so chance alone explains it"
STRATIFIED = "Wilson score interval at Kish's effective sample size, strata weighted by their size"
ROUNDING_ERROR = 1e-9  # a variance below it is a rounding error
MIN_REVIEWED = 20  # reviewed drafts before agreement is more than an anecdote


def kappa(pairs: Sequence[tuple[str, str]]) -> Figure:
    """Cohen's kappa of (first, second) answers with its interval; without a value where it is not defined.

    J. Cohen, "A coefficient of agreement for nominal scales", Educ. Psychol. Meas. 20 (1960) 37–46; the variance under
    agreement beyond chance: J. L. Fleiss, J. Cohen, B. S. Everitt, "Large sample standard errors of kappa and weighted
    kappa", Psychol. Bull. 72 (1969) 323–327. Where that variance is zero (all agree, or one of the two said the same
    every time) it would claim certainty, and the interval is made from Wilson's of the agreement instead.
    """
    n = len(pairs)
    if not n:
        return UNKNOWN
    cells = {pair: count / n for pair, count in Counter(pairs).items()}
    names = sorted({name for pair in cells for name in pair})
    first = {name: sum(part for pair, part in cells.items() if pair[0] == name) for name in names}
    second = {name: sum(part for pair, part in cells.items() if pair[1] == name) for name in names}
    agree = sum(cells.get((name, name), 0.0) for name in names)
    chance = sum(first[name] * second[name] for name in names)
    if len(names) == 1:
        return Figure(None, n=n, of=n, method=UNDEFINED)
    value = (agree - chance) / (1 - chance)
    on_diagonal = sum(
        cells.get((name, name), 0.0) * (1 - (first[name] + second[name]) * (1 - value)) ** 2 for name in names
    )
    off_diagonal = sum(part * (second[one] + first[two]) ** 2 for (one, two), part in cells.items() if one != two)
    spread = on_diagonal + (1 - value) ** 2 * off_diagonal - (value - chance * (1 - value)) ** 2
    if spread < ROUNDING_ERROR:
        ends = [(end - chance) / (1 - chance) for end in wilson(agree, n)]
        return Figure(value, max(-1.0, ends[0]), min(1.0, ends[1]), n, n, method=NO_VARIANCE)
    half = Z * sqrt(spread / n) / (1 - chance)
    return Figure(value, max(-1.0, value - half), min(1.0, value + half), n, n, method=LARGE_SAMPLE)


def stratified(strata: Sequence[tuple[int, int, int]]) -> Figure:
    """A share of a whole from a sample of its strata: (how many there are, how many were reviewed, how many of those
    are bad) of each. Strata of which none was reviewed are left out. `n` is how many were reviewed, `of` of how many.

    Strata are weighted by their size; the interval is Wilson's at the effective size 1 / Σ(W²/n) of L. Kish, "Survey
    Sampling" (1965), 11.7, which leaves the gain of stratifying out and so stays on the safe side.
    """
    reviewed_strata = [(there, looked, bad) for there, looked, bad in strata if looked > 0]
    whole = sum(there for there, _, _ in reviewed_strata)
    if not whole:
        return UNKNOWN
    value = sum(there / whole * bad / looked for there, looked, bad in reviewed_strata)
    sample = 1 / sum((there / whole) ** 2 / looked for there, looked, _ in reviewed_strata)
    low, high = wilson(value, sample)
    return Figure(value, low, high, sum(looked for _, looked, _ in reviewed_strata), whole, method=STRATIFIED)
