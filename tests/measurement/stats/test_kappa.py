"""Kappa: against tables whose arithmetic can be followed, where it is not defined, and how often its interval holds."""

from __future__ import annotations

import random

import pytest

from reviewqueue.measurement.stats import kappa, stratified
from reviewqueue.measurement.stats.kappa import LARGE_SAMPLE, NO_VARIANCE, UNDEFINED

Pairs = list[tuple[str, str]]


def table(yes: int, only_first: int, only_second: int, no: int) -> Pairs:
    """A two-by-two table of answers."""
    return [("y", "y")] * yes + [("y", "n")] * only_first + [("n", "y")] * only_second + [("n", "n")] * no


# Agreement, chance by the margins, kappa = (agreement − chance) / (1 − chance).
VECTORS = [
    ("35 of 50 agree; chance is .5 × .6 + .5 × .4 = .5", table(20, 5, 10, 15), 0.4),
    ("60 of 100 agree; chance is .6 × .7 + .4 × .3 = .54", table(45, 15, 25, 15), 3 / 23),
    ("60 of 100 agree; chance is .6 × .3 + .4 × .7 = .46", table(25, 35, 5, 35), 7 / 27),
    ("as often as chance makes: .5 × .5 + .5 × .5", table(10, 10, 10, 10), 0.0),
    ("never", table(0, 10, 10, 0), -1.0),
    ("always", table(10, 0, 0, 10), 1.0),
]


def test_the_arithmetic() -> None:
    """Three tables from textbooks and three ends."""
    for says, pairs, value in VECTORS:
        assert kappa(pairs).value == pytest.approx(value), says
        assert kappa(pairs).n == len(pairs)
    # Fleiss, Cohen and Everitt's own example: three diagnoses, n = 200, kappa .429, standard error .054.
    counts = {("p", "p"): 106, ("p", "n"): 10, ("p", "o"): 4, ("n", "p"): 22, ("n", "n"): 28, ("n", "o"): 10,
              ("o", "p"): 2, ("o", "n"): 12, ("o", "o"): 6}  # fmt: skip
    found = kappa([pair for pair, count in counts.items() for _ in range(count)])
    assert found.value == pytest.approx(0.429, abs=0.0005)
    assert found.low is not None
    assert (found.value - found.low) / 1.96 == pytest.approx(0.0538, abs=0.0002)
    assert found.method == LARGE_SAMPLE


def test_where_there_is_nothing_to_tell() -> None:
    """No pairs, one category, and agreement so whole that its variance is nothing."""
    assert kappa([]).value is None
    alike = kappa([("y", "y")] * 40)
    assert (alike.value, alike.low, alike.n, alike.method) == (None, None, 40, UNDEFINED)
    whole = kappa(table(10, 0, 0, 10))
    assert (whole.high, whole.method) == (1.0, NO_VARIANCE)
    assert whole.low == pytest.approx((0.8389 - 0.5) / 0.5, abs=0.001)  # Wilson of 20 of 20
    for pairs, value in ((table(0, 10, 10, 0), -1.0), (table(15, 5, 0, 0), 0.0), ([("y", "n")] * 5, 0.0)):
        found = kappa(pairs)
        assert found.value == value
        assert found.low is not None
        assert found.high is not None
        assert found.high - found.low > 0.2, "never certain"


@pytest.mark.parametrize(("agreeing", "often"), [(0.5, 0.5), (0.5, 0.7)])
def test_the_interval_holds_as_often_as_it_says(agreeing: float, often: float) -> None:
    """Two who agree by knowing with that chance, and else each answer yes that often: kappa is that chance. 800 samples
    of 250; 95 % give or take three standard errors of the simulation and the approximation's own."""
    chance = random.Random(20260302)
    held = 0
    for _ in range(800):
        pairs: Pairs = []
        for _ in range(250):
            first = "y" if chance.random() < often else "n"
            second = first if chance.random() < agreeing else ("y" if chance.random() < often else "n")
            pairs.append((first, second))
        found = kappa(pairs)
        held += found.low is not None and found.high is not None and found.low <= agreeing <= found.high
    assert 0.925 <= held / 800 <= 0.975


def test_a_stratified_share() -> None:
    """Weighted by the strata's sizes, not by what was drawn; strata nobody looked at are left out, and said so."""
    found = stratified([(90, 3, 0), (10, 3, 3)])
    assert (found.value, found.n, found.of) == (pytest.approx(0.1), 6, 100)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.1 < found.high
    assert stratified([(90, 3, 0), (10, 0, 0)]).of == 90
    assert stratified([(5, 0, 0)]).value is None
    assert stratified([]).value is None
    even = stratified([(50, 25, 5), (50, 25, 5)])
    wilson = (0.1124, 0.3304)  # of 10 of 50
    assert (even.low, even.high) == (pytest.approx(wilson[0], abs=0.0002), pytest.approx(wilson[1], abs=0.0002))


def test_a_stratified_interval_holds_at_least_as_often_as_it_says() -> None:
    """Two strata of 400 and 100, wrong in 5 and 20 of a hundred (8 % in all), 60 and 30 looked at."""
    chance = random.Random(7)
    held = 0
    for _ in range(600):
        bad = [sum(chance.random() < wrong for _ in range(many)) for many, wrong in ((60, 0.05), (30, 0.2))]
        found = stratified([(400, 60, bad[0]), (100, 30, bad[1])])
        held += found.low is not None and found.high is not None and found.low <= 0.08 <= found.high
    assert held / 600 >= 0.94
