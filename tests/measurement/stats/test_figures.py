"""Figures: published examples, what is unknown, and how often each interval covers a truth that is known."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from reviewqueue.core.metric_definitions import METRIC_BY_KEY, MIN_ONBOARDINGS
from reviewqueue.measurement import stats
from reviewqueue.measurement.stats import Figure
from reviewqueue.measurement.stats.critical_path import BETWEEN, critical_path
from reviewqueue.measurement.stats.figure import UNKNOWN, student
from reviewqueue.measurement.stats.formatting import with_interval, with_sign_and_interval
from reviewqueue.measurement.stats.medians import MAX_EXACT, lower_rank
from reviewqueue.measurement.stats.shares import verdict

NEVER = math.inf
E = math.exp


def near(figure: Figure, value: float, low: float, high: float, within: float = 5e-5) -> bool:
    """Whether a figure is this one, to the digits that were printed."""
    said = (figure.value, figure.low, figure.high)
    return all(
        one is not None and abs(one - wanted) <= within for one, wanted in zip(said, (value, low, high), strict=True)
    )


def test_published_examples() -> None:
    """Newcombe's tables (1998), a binomial table, and Freireich's leukaemia trial, on which the median's interval is
    known."""
    assert near(stats.share(81, 263), 0.3080, 0.2553, 0.3662)
    assert near(stats.share(15, 148), 0.1014, 0.0624, 0.1605)
    assert near(stats.share(0, 20), 0.0, 0.0, 0.1611)
    assert near(stats.difference(stats.share(48, 80), stats.share(56, 70)), 0.2, 0.0524, 0.3339)
    assert near(stats.difference(stats.share(0, 10), stats.share(10, 10)), 1.0, 0.6075, 1.0)
    assert [lower_rank(n) for n in (5, 6, 8, 9, 20, 100)] == [0, 1, 1, 2, 6, 40]
    treated = [6, 6, 6, 7, 10, 13, 16, 22, 23], [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    found = stats.survival_median(*treated)
    assert (found.value, found.low, found.high, found.n, found.running) == (23, 13, None, 21, 12)
    placebo = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
    found = stats.survival_median(placebo, [0.5])  # one who left before anything happened changes nothing
    assert (found.value, found.low, found.high) == (8, 4, 11)
    found = stats.survival_median(placebo, [])
    assert (found.value, found.low, found.high) == (8, 4, 12), (
        "where nobody left, the ranks, which promise a little more"
    )


@pytest.mark.parametrize(("freedom", "printed"), [(5, 2.5706), (9, 2.2622), (30, 2.0423), (120, 1.9799)])
def test_students_t_is_that_of_the_tables(freedom: int, printed: float) -> None:
    """From five degrees of freedom on."""
    assert abs(student(freedom) - printed) < 2e-3


@pytest.mark.parametrize(
    ("says", "figure", "value", "interval"),
    [
        ("no thing at all is unknown, not zero", stats.share(0, 0), None, (None, None)),
        ("nothing in clusters is unknown", stats.clustered([]), None, (None, None)),
        ("clusters with nothing in them are unknown", stats.clustered([(0, 0)]), None, (None, None)),
        ("no value has no median", stats.median([]), None, (None, None)),
        ("five values have a median and no interval", stats.median([1, 2, 3, 4, 5]), 3, (None, None)),
        ("where none has ended nothing is known", stats.survival_median([], [3, 4]), None, (None, None)),
        (
            "where a third has ended half of them never did so far",
            stats.survival_median([1], [2, 2]),
            None,
            (1, None),
        ),
        ("what runs since before all ends says nothing", stats.survival_median([5, 6, 7], [1]), 6, (5, None)),
    ],
)
def test_what_cannot_be_told(says: str, figure: Figure, value: float | None, interval: tuple[object, object]) -> None:
    """It is None, never zero."""
    assert figure.value == value, says
    if value is None and not figure.n:
        assert (figure.low, figure.high) == interval, says
    assert figure.high is interval[1] or figure.high == interval[1], says


def test_clusters_that_all_agree_are_as_many_as_there_are_clusters() -> None:
    """Sixty fields of six packets, all said, are six observations; the control: sixty packets are sixty."""
    assert stats.clustered([(10, 10)] * 6).low == stats.share(6, 6).low
    assert (stats.clustered([(10, 10)] * 60).low or 0) > (stats.clustered([(10, 10)] * 6).low or 0) + 0.2


def test_a_difference_with_an_open_side_says_so() -> None:
    """A limit that is missing makes the side that needs it missing, and only that."""
    before, after = Figure(10, 8, None, 20), Figure(7, 6, 9, 20)
    moved = stats.difference(before, after)
    assert moved.value == -3
    assert moved.low is None
    assert moved.high == pytest.approx(-3 + math.hypot(2, 2))
    assert stats.difference(UNKNOWN, after) == Figure(None, n=20)


def coverage(draw: Callable[[random.Random], Figure], truth: float, times: int, seed: int = 2026) -> float:
    """How often the interval holds the truth."""
    pick, held = random.Random(seed), 0
    for _ in range(times):
        one = draw(pick)
        low, high = -NEVER if one.low is None else one.low, NEVER if one.high is None else one.high
        held += low <= truth <= high
    return held / times


def some(pick: random.Random, n: int, p: float) -> Figure:
    return stats.share(sum(pick.random() < p for _ in range(n)), n)


def packets(pick: random.Random, n: int, a: float, b: float) -> Figure:
    """Fields missing in packets, where some packets are worse than others."""
    parts = []
    for _ in range(n):
        worse, of = pick.betavariate(a, b), pick.randint(3, 8)
        parts.append((sum(pick.random() < worse for _ in range(of)), of))
    return stats.clustered(parts)


def waits(pick: random.Random, n: int, mu: float, seen: float = 30) -> Figure:
    """Durations of onboardings that began at any time within the last `seen` days."""
    ended, running = [], []
    for _ in range(n):
        length, left = pick.lognormvariate(mu, 0.7), pick.uniform(0, seen)
        (ended if length <= left else running).append(min(length, left))
    return stats.survival_median(ended, running)


def minutes(pick: random.Random, n: int, mu: float) -> Figure:
    return stats.median([pick.lognormvariate(mu, 0.8) for _ in range(n)])


@pytest.mark.parametrize(
    ("says", "draw", "truth", "most"),
    [
        ("missing fields in 20 packets that differ", lambda pick: packets(pick, 20, 2, 8), 0.2, 0.97),
        ("missing fields in 60 packets", lambda pick: packets(pick, 60, 1, 9), 0.1, 0.97),
        ("the median of 40 skewed amounts", lambda pick: minutes(pick, 40, 1), E(1), 0.975),
        ("the median of 25 durations, a third unfinished", lambda pick: waits(pick, 25, 2), E(2), 0.975),
        ("the median of 60 durations", lambda pick: waits(pick, 60, 2), E(2), 0.97),
        ("two shares", lambda pick: stats.difference(some(pick, 40, 0.3), some(pick, 50, 0.5)), 0.2, 0.97),
        ("two clustered ones", lambda pick: stats.difference(packets(pick, 40, 4, 6), packets(pick, 30, 2, 8)), -0.2, 0.97),
        ("two medians", lambda pick: stats.difference(minutes(pick, 40, 1), minutes(pick, 40, 0.7)), E(0.7) - E(1), 0.985),
        ("two medians of durations", lambda pick: stats.difference(waits(pick, 50, 2), waits(pick, 50, 1.6)), E(1.6) - E(2), 0.985),
    ],
)  # fmt: skip
def test_intervals_cover_what_they_promise(
    says: str, draw: Callable[[random.Random], Figure], truth: float, most: float
) -> None:
    """95 in 100, between 93 and 97; medians' ranks are whole numbers and their differences are on the safe side, by as
    much as is said here."""
    covered = coverage(draw, truth, 1200)
    assert 0.93 <= covered <= most, f"{says}: {covered:.3f}"


@pytest.mark.parametrize("n", [12, 30, 100])
def test_the_interval_of_a_share_covers_95_in_100_on_the_whole(n: int) -> None:
    """Exactly, by the binomial distribution, over shares from 5 to 95 %; a single one lies a little above or below,
    because what is counted is whole."""
    held = []
    for p in (number / 100 for number in range(5, 96)):
        kept = [stats.share(good, n) for good in range(n + 1)]
        inside = [(one.low or 0) <= p <= (one.high or 0) for one in kept]
        chances = [math.comb(n, good) * p**good * (1 - p) ** (n - good) for good in range(n + 1)]
        held.append(sum(chance for chance, yes in zip(chances, inside, strict=True) if yes))
    assert 0.94 <= sum(held) / len(held) <= 0.96
    assert min(held) > 0.9


def test_the_control_of_coverage_sees_an_interval_that_is_too_narrow() -> None:
    """Fields taken for independent, as if there were no packets; and leaving out what still runs: both are found out."""
    covered = coverage(naive, 0.2, 600)
    assert covered < 0.9
    flattering = coverage(finished_only, E(2), 600)
    assert flattering < 0.8


def naive(pick: random.Random) -> Figure:
    parts = []
    for _ in range(40):
        worse = pick.betavariate(1, 4)
        parts.append((sum(pick.random() < worse for _ in range(8)), 8))
    return stats.share(sum(good for good, _ in parts), 320)


def finished_only(pick: random.Random) -> Figure:
    both = [(pick.lognormvariate(2, 0.7), pick.uniform(0, 15)) for _ in range(80)]
    return stats.median([length for length, left in both if length <= left])


def test_the_ranks_go_on_smoothly_where_they_are_no_longer_exact() -> None:
    """At the bound between exact and approximate ranks the two differ by one at most."""
    exact = lower_rank(MAX_EXACT)
    after = lower_rank(MAX_EXACT + 1)
    assert exact <= after <= exact + 1


def at(hours: float) -> datetime:
    return datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=hours)


PATHS: list[tuple[str, list[tuple[float, float, str]], list[tuple[str, float]]]] = [
    ("nothing was open", [], [(BETWEEN, 10)]),
    ("one draft all along", [(0, 10, "a")], [("a", 10)]),
    ("one after another", [(0, 4, "a"), (4, 10, "b")], [("a", 4), ("b", 6)]),
    ("a gap between", [(0, 3, "a"), (5, 9, "b")], [("a", 3), (BETWEEN, 2), ("b", 4), (BETWEEN, 1)]),
    ("beside a longer one the shorter one held nothing up", [(0, 8, "a"), (2, 5, "b")], [("a", 8), (BETWEEN, 2)]),
    ("what began before counts from the beginning", [(-5, 6, "a")], [("a", 6), (BETWEEN, 4)]),
    ("what had not ended by the end held nothing up", [(0, 4, "a"), (3, 12, "b")], [("a", 4), (BETWEEN, 6)]),
    ("the one that ended last is what it waited for", [(0, 4, "a"), (0, 6, "b"), (6, 10, "c")], [("b", 6), ("c", 4)]),
]


@pytest.mark.parametrize(("says", "spans", "steps"), PATHS)
def test_the_critical_path(says: str, spans: list[tuple[float, float, str]], steps: list[tuple[str, float]]) -> None:
    """Walked back from the end; it adds up to all of the time."""
    found = critical_path(at(0), at(10), [(at(since), at(until), name) for since, until, name in spans])
    assert [(name, length / timedelta(hours=1)) for name, length in found] == steps, says
    assert sum((length for _, length in found), timedelta(0)) == timedelta(hours=10)


def test_any_path_adds_up_and_goes_forward() -> None:
    """Over a thousand random histories."""
    pick = random.Random(5)
    for _ in range(1000):
        spans = [
            (at(start := pick.uniform(-5, 12)), at(start + pick.expovariate(0.3)), str(n))
            for n in range(pick.randint(0, 9))
        ]
        found = critical_path(at(0), at(10), spans)
        assert sum((length for _, length in found), timedelta(0)) == timedelta(hours=10)
        assert all(length > timedelta(0) for _, length in found)


SURE, UNSURE = Figure(-3, -5, -1), Figure(-3, -8, 2)


@pytest.mark.parametrize(
    ("says", "metric", "n", "moved", "word"),
    [
        ("fewer days, the interval without zero", "kickoff_scheduled", 20, SURE, "better"),
        ("a smaller share of complete packets", "packet_complete", 20, SURE, "worse"),
        ("fewer escalations are no gain", "risk_escalations", 20, SURE, "less"),
        ("the interval holds zero", "kickoff_scheduled", 20, UNSURE, "cannot be told"),
        ("a side is open", "kickoff_scheduled", 20, Figure(-3, None, None), "cannot be told"),
        ("nine are too few", "kickoff_scheduled", MIN_ONBOARDINGS - 1, SURE, "too few"),
    ],
)
def test_what_may_be_said_of_a_difference(says: str, metric: str, n: int, moved: Figure, word: str) -> None:
    """No gain is claimed that could be chance, and none of a count that hides."""
    before, after = Figure(10, 8, 12, 20), Figure(7, 6, 8, n)
    assert verdict(METRIC_BY_KEY[metric], before, after, moved) == word, says
    assert verdict(METRIC_BY_KEY[metric], UNKNOWN, after, moved) == ""


@pytest.mark.parametrize(
    ("figure", "unit", "says"),
    [
        (Figure(0.57, 0.25, 0.84, 7), "share", "57 % (25 to 84 %, n=7)"),
        (Figure(6.14, 2.1, None, 7, running=4), "days", "6.1 days (at least 2.1 days, n=7, 4 not ended)"),
        (Figure(None, n=7, running=4), "days", "half not reached (n=7, 4 not ended)"),
        (Figure(None, n=2, running=2), "days", "unknown (n=2, 2 not ended)"),
        (UNKNOWN, "minutes", "unknown"),
        (stats.kappa([("yes", "yes")] * 3), "kappa", "not defined (n=3)"),
        (Figure(85.4, n=3), "minutes", "85 min (n=3)"),
    ],
)
def test_how_a_figure_is_said(figure: Figure, unit: str, says: str) -> None:
    """Never without its sample, and unknown where it is."""
    assert with_interval(figure.plain(), unit) == says


def test_how_a_difference_is_said() -> None:
    """With its sign and its interval, shares in points."""
    assert with_sign_and_interval(Figure(0.17, -0.18, 0.47).plain(), "share") == "+17 points (−18 to +47)"
    assert with_sign_and_interval(Figure(-5.4, -10.8, None).plain(), "days") == "−5.4 days (−10.8 to unknown)"
    assert with_sign_and_interval(Figure(-0.001, -0.2, 0.2).plain(), "share") == "0 points (−20 to +20)"
