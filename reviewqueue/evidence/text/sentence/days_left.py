"""Whether a length of time only says how far away the day is that stands beside it: "six weeks left until 5 May"."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.sentence.clauses import sentence_spans
from reviewqueue.evidence.text.values.entities import Entity, find
from reviewqueue.evidence.text.words.number_words import with_figures

# Words of which a sentence that counts days from another day has one.
_COUNTS = as_pattern(
    r"(?i)\b(?:after|before|from|until|till|later|earlier|since|nach|vor|ab|bis|später|seit|après|avant|dès|jusqu"
    r"|à partir|después|antes|desde|hasta)\b"
)
_A_MONTH, _SHORT = 30.44, 28


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


def counts_from(
    text: str, one: Entity, starts: list[date], known: Callable[[Entity], bool], today: date | None
) -> bool:
    """Whether a day and a length of time of one sentence follow from a day that is `known` to the records there, or
    from one of the `starts`: "four weeks after go-live, on 18 May"."""
    first, last = next((span for span in sentence_spans(text) if span[0] <= one.start < span[1]), (0, 0))
    if (one.kind == "duration" and _days(one) is None) or not _COUNTS.search(text, first, last):
        return False
    found = find(with_figures(text[first:last]), people=False)
    dated = [other for other in found if other.kind == "date"]
    spans = [days for other in (found if one.kind == "date" else [one]) if (days := _days(other))]
    ends = _exact(one, today) if one.kind == "date" else [day for other in dated for day in _exact(other, today)]
    begins = [*starts, *(day for other in dated if known(other) for day in _exact(other, today))]
    return any(
        abs((day - (start + timedelta(days=sign * days))).days) <= (1 if days < _SHORT or not days % 7 else 4)
        for day in ends
        for start in begins
        for days in spans
        for sign in (1, -1)
    )


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
