"""Whether a length of time only says how far away the day is that stands beside it: "six weeks left until 5 May"."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from reviewqueue.evidence.text.clauses import sentence_spans
from reviewqueue.evidence.text.entities import Entity, find

_A_MONTH = 30.44


def leads_to_its_day(text: str, one: Entity, today: date | None) -> bool:
    """Whether a length of time, counted from the day of the draft or from another day of its sentence, leads to a day
    that the sentence names: then it says nothing that the day does not."""
    days = _days(one)
    if days is None:
        return False
    first, last = next((span for span in sentence_spans(text) if span[0] <= one.start < span[1]), (0, 0))
    named = [
        day for other in find(text[first:last], people=False) if other.kind == "date" for day in _exact(other, today)
    ]
    begins = [*named, *([today] if today else [])]
    slack = max(1.0, 0.05 * days) if one.unit == "day" and days % 7 else 4 if one.unit == "day" else 6
    aims = [start + timedelta(days=sign * days) for start in begins for sign in (1, -1)]
    return any(abs((day - aim).days) <= slack for day in named for aim in aims)


def _days(one: Entity) -> int | None:
    if one.kind != "duration" or ".." in one.values[0] or one.unit not in ("day", "month"):
        return None
    many = float(Decimal(one.values[0])) * (_A_MONTH if one.unit == "month" else 1)
    return round(many) if 1 < many < 4000 else None


def _exact(one: Entity, today: date | None) -> list[date]:
    """The days that a date may be; one without a year is in the year of the draft, the one before or the one after."""
    found = []
    for value in one.values:
        years = (today.year - 1, today.year, today.year + 1) if today and value.startswith("--") else ()
        for said in (value, *(f"{year}-{value[2:]}" for year in years)):
            if len(said) == 10:
                try:
                    found.append(date.fromisoformat(said))
                except ValueError:
                    continue
    return found
