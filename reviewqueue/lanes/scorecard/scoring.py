"""The readiness score: from ten area scores to a percentage of the maximum, and to a verdict. It is exact, never
rounded before the verdict.

The ten weights sum to 102, so the maximum is 510 points and not 500. The percentage is points ÷ 510 × 100.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from reviewqueue.lanes.scorecard.areas import AREAS, HIGHEST, LOWEST

WEIGHTS = sum(area.weight for area in AREAS)
MAX_POINTS = WEIGHTS * HIGHEST


@dataclass(frozen=True)
class ReadinessVerdict:
    """A band of the scale: its lower edge in percent (inclusive), what it says of the lane, and the next step."""

    at_least: int
    key: str
    says: str
    next_step: str


VERDICTS = (
    ReadinessVerdict(80, "ready", "ready for a controlled pilot", "a narrow pilot, human review, weekly QA"),
    ReadinessVerdict(65, "candidate", "a good candidate, not ready", "fix the riskiest gap first"),
    ReadinessVerdict(45, "narrow", "narrow the workflow", "pick one lane, clean the operating model"),
    ReadinessVerdict(0, "not-yet", "do not automate yet", "redesign the handoff by hand"),
)


def verdict(percent: Fraction) -> ReadinessVerdict:
    """The band of a percentage. A band begins exactly at its edge: 79.99 is not 80."""
    return next(one for one in VERDICTS if percent >= one.at_least)


@dataclass(frozen=True)
class Score:
    """The score of a lane. `scores` are 1 to 5, by the key of the area; there is a percentage and a verdict only once
    all ten areas are scored."""

    scores: Mapping[str, int]

    @property
    def points(self) -> int:
        """Σ weight × score over the areas that are scored."""
        return sum(area.weight * self.scores[area.key] for area in AREAS if area.key in self.scores)

    @property
    def missing(self) -> tuple[str, ...]:
        """The labels of the areas without a score."""
        return tuple(area.label for area in AREAS if area.key not in self.scores)

    @property
    def percent(self) -> Fraction | None:
        """Points ÷ the most possible × 100, exactly; None while an area is not scored."""
        return None if self.missing else Fraction(self.points * 100, MAX_POINTS)

    @property
    def verdict(self) -> ReadinessVerdict | None:
        """The percentage's band; None while an area is not scored."""
        return None if self.percent is None else verdict(self.percent)

    @property
    def possible_range(self) -> tuple[Fraction, Fraction]:
        """(lowest, highest possible percentage): with 1 and with 5 for each area not scored."""
        left = sum(area.weight for area in AREAS if area.key not in self.scores)
        ends = [Fraction((self.points + left * score) * 100, MAX_POINTS) for score in (LOWEST, HIGHEST)]
        return ends[0], ends[1]

    @property
    def riskiest(self) -> str:
        """The label of the scored area that loses the most points, the gap to fix first; "" where none loses any."""
        lost = {area.label: area.weight * (HIGHEST - self.scores.get(area.key, HIGHEST)) for area in AREAS}
        worst = max(lost, key=lambda label: lost[label])
        return worst if lost[worst] else ""

    def steps(self) -> Iterator[str]:
        """How the score is computed, step by step in words and figures, so that a person can check it by hand."""
        parts = " + ".join(f"{area.weight} × {self.scores[area.key]}" for area in AREAS if area.key in self.scores)
        yield f"Points: {parts or 'none yet'} = {self.points}."
        yield f"The most possible: the ten weights sum to {WEIGHTS}, times {HIGHEST} = {MAX_POINTS}."
        if self.percent is None:
            low, high = map(percent_text, self.possible_range)
            yield f"Not scored: {', '.join(self.missing)}. With 1 for each it would be {low} %, with 5 {high} %."
        else:
            percent = percent_text(self.percent)
            yield f"{self.points} ÷ {MAX_POINTS} × 100 = {percent} %, cut to one decimal and never rounded up."


def lower_first(label: str) -> str:
    """A label within a sentence: "human review gates", but "ROI" as it is."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def percent_text(percent: Fraction) -> str:
    """A percentage with one decimal, truncated, so that a value short of a band's edge never looks like the edge."""
    tenths = percent * 10 // 1
    return f"{tenths // 10}" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}"
