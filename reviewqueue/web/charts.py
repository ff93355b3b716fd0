"""Geometry of the charts: where points, whiskers and bars of a figure are drawn. Templates draw them; the table beside
each says the same in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any

from reviewqueue.measurement.stats.formatting import amount, interval

WIDTH, HEIGHT = 640, 220
LEFT, RIGHT, TOP, BOTTOM = 48, 12, 12, 28


@dataclass(frozen=True)
class Point:
    """One value: its position, the ends of its whisker, its label below, and its text."""

    x: float
    y: float
    low: float
    high: float
    label: str
    says: str


@dataclass(frozen=True)
class Curve:
    """Values over time, ready to draw. `grid` are (y, label) lines; `pilot` is the x at which the period begins in
    which the pilot started."""

    points: Sequence[Point]
    grid: Sequence[tuple[float, str]]
    labels: Sequence[tuple[float, str]]
    pilot: float | None
    width: int = WIDTH
    height: int = HEIGHT


def curve(values: Sequence[Mapping[str, Any]], unit: str, pilot: str = "") -> Curve | None:
    """The curve of a metric over time; None where no period has a value. `pilot` is the period in which the pilot
    started."""
    known = [one for one in values if one["value"] is not None]
    if not known:
        return None
    ends = [end for one in known for end in (one["value"], one["low"], one["high"]) if end is not None]
    ticks = [0, 0.25, 0.5, 0.75, 1.0] if unit == "share" else scale(max(ends))
    top, step = ticks[-1], (WIDTH - LEFT - RIGHT) / len(values)

    def down(value: float) -> float:
        return round(HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM), 1)

    places = {one["time"]: round(LEFT + step * (number + 0.5), 1) for number, one in enumerate(values)}
    points = [
        Point(
            places[one["time"]],
            down(one["value"]),
            down(one["value"] if one["low"] is None else one["low"]),
            TOP if one["high"] is None and one["low"] is not None else down(one["high"] or one["value"]),
            one["time"],
            f"{one['time']}: {amount(one['value'], unit)} {interval(one, unit)}, n={one['n']}",
        )
        for one in known
    ]
    label_step = max(1, ceil(len(values) / 6))
    labels = [(places[one["time"]], one["time"]) for number, one in enumerate(values) if number % label_step == 0]
    begins = round(places[pilot] - step / 2, 1) if pilot in places else None
    return Curve(points, [(down(one), amount(one, unit)) for one in ticks], labels, begins)


def scale(top: float) -> list[float]:
    """Four or five round numbers from 0 to at least `top`."""
    if top <= 0:
        return [0, 1]
    rough = top / 4
    size = 10.0 ** floor(log10(rough))
    step = next(one * size for one in (1, 2, 2.5, 5, 10) if one * size >= rough)
    return [step * number for number in range(ceil(top / step) + 1)]


def paired_bars(sides: Mapping[str, Any], unit: str) -> Mapping[str, Any] | None:
    """Baseline and pilot of one metric on one scale of 100, as (at, low, high) each; None where both are unknown."""
    known = {which: sides[which] for which in ("baseline", "pilot") if sides[which]["value"] is not None}
    if not known:
        return None
    ends = [one[end] for one in known.values() for end in ("value", "low", "high") if one[end] is not None]
    top = 1.0 if unit == "share" else max(ends) * 1.05 or 1.0

    def across(value: float | None, otherwise: float) -> float:
        return otherwise if value is None else round(4 + value / top * 152, 1)

    return {
        which: (
            across(one["value"], 0),
            across(one["low"], across(one["value"], 0)),
            across(one["high"], 156 if one["low"] is not None else across(one["value"], 0)),
        )
        for which, one in known.items()
    }
