"""The scorecard's arithmetic: points over the most possible, bands and their edges, go/no-go, and what is recommended."""

from __future__ import annotations

from fractions import Fraction

import pytest

from reviewqueue.lanes.scorecard import areas, go_no_go, owners, recommendation, scoring, worksheet
from reviewqueue.lanes.scorecard.areas import AREAS
from reviewqueue.lanes.scorecard.go_no_go import CONTROLS, call
from reviewqueue.lanes.scorecard.recommendation import recommend
from reviewqueue.lanes.scorecard.scoring import Score, percent_text, verdict

KEYS = [area.key for area in AREAS]
PRINTED = (10, 10, 14, 12, 10, 12, 10, 10, 8, 6)


def scored(*numbers: int) -> Score:
    """Ten scores, in the order of the areas; a single one stands for all."""
    return Score(dict(zip(KEYS, numbers * 10 if len(numbers) == 1 else numbers, strict=True)))


def test_the_sheet_is_the_fields_own() -> None:
    """Ten areas with the weights as printed, which sum to 102; 31 lines; seven colours; six owners; one who answers."""
    assert tuple(area.weight for area in AREAS) == PRINTED
    assert (sum(PRINTED), scoring.MAX_POINTS) == (102, 510)
    assert (len(worksheet.LINES), len(CONTROLS), len(owners.PARTS)) == (31, 7, 6)
    for keys in (areas.BY_KEY, worksheet.BY_KEY, go_no_go.BY_KEY, owners.BY_KEY):
        assert all(key == key.lower() and " " not in key for key in keys)
    assert (len(areas.BY_KEY), len(worksheet.BY_KEY)) == (10, 31)
    assert all(len(duty.letters) == 6 and duty.letters.count("A") == 1 for duty in owners.DUTIES)
    assert all(set(duty.letters) <= set(owners.LETTERS) for duty in owners.DUTIES)


@pytest.mark.parametrize(
    ("numbers", "points", "percent", "says"),
    [
        ((5,), 510, Fraction(100), "ready for a controlled pilot"),
        ((1,), 102, Fraction(20), "do not automate yet"),
        ((3,), 306, Fraction(60), "narrow the workflow"),
        ((4,), 408, Fraction(80), "ready for a controlled pilot"),
        ((4, 4, 4, 4, 4, 4, 4, 4, 4, 3), 402, Fraction(40200, 510), "a good candidate, not ready"),
        ((1, 1, 5, 5, 1, 5, 1, 1, 1, 1), 254, Fraction(25400, 510), "narrow the workflow"),
        ((1, 1, 1, 5, 1, 5, 1, 1, 1, 1), 198, Fraction(19800, 510), "do not automate yet"),
        ((5, 5, 1, 1, 5, 1, 5, 5, 5, 1), 334, Fraction(33400, 510), "a good candidate, not ready"),
        ((5, 5, 1, 1, 5, 1, 5, 5, 4, 1), 326, Fraction(32600, 510), "narrow the workflow"),
    ],
)
def test_points_over_the_most_possible(numbers: tuple[int, ...], points: int, percent: Fraction, says: str) -> None:
    """All fives are exactly 100 and all ones 20, never 102; nothing is rounded before it is judged."""
    made = scored(*numbers)
    assert (made.points, made.percent) == (points, percent)
    assert made.verdict is not None
    assert made.verdict.says == says


@pytest.mark.parametrize(
    ("percent", "key"),
    [
        ("100", "ready"), ("80", "ready"), ("79.999999", "candidate"), ("79", "candidate"), ("65", "candidate"),
        ("64.999999", "narrow"), ("45", "narrow"), ("44.999999", "not-yet"), ("20", "not-yet"), ("0", "not-yet"),
    ],
)  # fmt: skip
def test_a_band_begins_exactly_at_its_edge(percent: str, key: str) -> None:
    assert verdict(Fraction(percent)).key == key


@pytest.mark.parametrize(
    ("percent", "said"),
    [(Fraction(100), "100"), (Fraction("79.96"), "79.9"), (Fraction(4280, 51), "83.9"), (Fraction(20), "20")],
)
def test_what_is_short_of_an_edge_never_looks_like_it(percent: Fraction, said: str) -> None:
    assert percent_text(percent) == said


def test_a_score_that_is_missing_is_no_score() -> None:
    """No percentage and no verdict, but how far it can still go; and the steps say which area is open."""
    made = Score({key: 4 for key in KEYS if key != "measurement-and-roi"})
    assert (made.percent, made.verdict, made.missing) == (None, None, ("Measurement and ROI",))
    assert made.possible_range == (Fraction(376 + 8, 510) * 100, Fraction(376 + 40, 510) * 100)
    assert "Not scored: Measurement and ROI. With 1 for each it would be 75.2 %, with 5 81.5 %." in list(made.steps())
    assert Score({}).possible_range == (20, 100)


def test_the_steps_can_be_followed_with_a_pencil() -> None:
    first, second, third = scored(4, 4, 3, 3, 4, 5, 3, 4, 1, 2).steps()
    parts = first.removeprefix("Points: ").partition(" = ")[0].split(" + ")
    assert sum(int(part.split(" × ")[0]) * int(part.split(" × ")[1]) for part in parts) == 348
    assert first.endswith("= 348.")
    assert "102, times 5 = 510" in second
    assert third.startswith("348 ÷ 510 × 100 = 68.2 %")


def test_the_riskiest_gap_is_the_one_that_costs_most() -> None:
    assert scored(4, 4, 3, 3, 4, 5, 3, 4, 1, 2).riskiest == "Measurement and ROI"  # 8 × 4 = 32 points
    assert scored(5, 5, 2, 5, 5, 5, 5, 5, 1, 5).riskiest == "Sales handoff packet"  # 14 × 3 = 42, against 32
    assert scored(5).riskiest == ""


GREEN = {control.key: "green" for control in CONTROLS}
OTHERS = ("workflow-scope", "milestones", "systems", "exceptions")


@pytest.mark.parametrize(
    ("colours", "key", "red"),
    [
        (GREEN, "go", ()),
        (GREEN | dict.fromkeys(OTHERS[:3], "yellow"), "go", ()),
        (GREEN | dict.fromkeys(OTHERS, "yellow"), "no-go", ()),
        (GREEN | {"measurement": "red"}, "no-go", ("Measurement",)),
        (GREEN | {"handoff-data": "red"}, "stop", ("Handoff data",)),
        (GREEN | {"handoff-data": "red", "systems": "red"}, "stop", ("Handoff data", "Systems")),
        ({"handoff-data": "red"}, "stop", ("Handoff data",)),
        ({"systems": "red"}, "no-go", ("Systems",)),
        ({"systems": "green"}, "open", ()),
        ({}, "open", ()),
    ],
)
def test_build_only_with_mostly_green_and_no_red(colours: dict[str, str], key: str, red: tuple[str, ...]) -> None:
    """Mostly green is four of seven; any red is a control gap, also while others have no colour; handoff data stops."""
    made = call(colours)
    assert (made.key, made.red) == (key, red)
    assert all(label.lower() in made.says.lower() for label in red[:1])


@pytest.mark.parametrize(
    ("numbers", "colours", "choice"),
    [
        ((5,), GREEN, "build"),
        ((4,), GREEN | {"measurement": "yellow"}, "build"),
        ((4,), GREEN | {"measurement": "red"}, "wait"),
        ((4, 4, 4, 4, 4, 4, 4, 4, 4, 3), GREEN, "wait"),
        ((3,), GREEN, "narrow"),
        ((5,), GREEN | {"workflow-scope": "red"}, "narrow"),
        ((1,), GREEN, "reject"),
        ((5,), GREEN | {"handoff-data": "red"}, "reject"),
        ((), GREEN, "wait"),
        ((5,), {}, "wait"),
    ],
)
def test_the_strictest_finding_is_recommended(numbers: tuple[int, ...], colours: dict[str, str], choice: str) -> None:
    """And every finding is there, the strictest first, each with what it asks for."""
    made = scored(*numbers) if numbers else Score({})
    found = recommend(made, call(colours), colours)
    assert found.choice == choice == found.reasons[0].choice
    order = [recommendation.CHOICES.index(one.choice) for one in found.reasons]
    assert order == sorted(order, reverse=True)
    assert len(found.reasons) >= 2
