"""Weekdays beside a date: whether "Tuesday, 13 April" is a Tuesday."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.records.index import Place
from reviewqueue.evidence.text.values.entities import Entity, find

NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAYS = (
    "monday mon montag lundi lunes", "tuesday tue tues dienstag mardi martes",
    "wednesday wed mittwoch mercredi miércoles",
    "thursday thu thur thurs donnerstag jeudi jueves", "friday fri freitag vendredi viernes",
    "saturday samstag sonnabend samedi sábado", "sunday sonntag dimanche domingo",
)  # fmt: skip
_NUMBER = {word: number for number, words in enumerate(_DAYS) for word in words.split()}
_NAME = "|".join(sorted(_NUMBER, key=len, reverse=True))
_BEFORE = as_pattern(rf"(?i)(?<!\w)({_NAME})\.?,?(?: (?:the|den|dem|le|el))? ?\Z")
_INSIDE = as_pattern(rf"(?i)(?<!\w)({_NAME})(?!\w)")
_AFTER = as_pattern(rf"(?i),? ?\(?(?:a |an? |einem? |un )?({_NAME})\)?(?![\w-])(?! (?:to|bis|and|und|or|oder) )")


def said(text: str, one: Entity) -> int | None:
    """The weekday (0 is Monday) that a text gives a date, in it or beside it; None where it gives none."""
    hit = _INSIDE.search(text, one.start, one.end) or _BEFORE.search(text[max(0, one.start - 16) : one.start])
    hit = hit or _AFTER.match(text, one.end)
    return _NUMBER[hit[1].lower()] if hit else None


def not_that_day(text: str, one: Entity, places: Iterable[Place]) -> tuple[Place, ...]:
    """The places that hold a date which is not the weekday that the text gives it, each with its own weekday."""
    called = said(text, one) if one.kind == "date" else None
    if called is None:
        return ()
    found = [(place, day) for place in places for day in _days(place, one)]
    if not found or any(day.weekday() == called for _, day in found):
        return ()
    return tuple(Place(place.ref, place.path, f"{place.value} ({NAMES[day.weekday()]})") for place, day in found)[:2]


def is_next(text: str, one: Entity, today: date | None) -> bool:
    """Whether a date without a year is the weekday that the text gives it where it lies nearest to today."""
    called = said(text, one)
    if today is None or called is None or len(one.values[0]) != len("--03-23"):
        return False
    days = []
    for year in (today.year - 1, today.year, today.year + 1):
        try:
            days.append(date.fromisoformat(f"{year}-{one.values[0][2:]}"))
        except ValueError:
            continue
    nearest = min(days, key=lambda day: abs((day - today).days), default=None)
    return nearest is not None and nearest.weekday() == called


def _days(place: Place, one: Entity) -> list[date]:
    """The days at a place that the date may be."""
    values = [value for other in find(place.value, people=False) if other.kind == "date" for value in other.values]
    own = [value for value in one.values if len(value) == 10]
    found = [value for value in values if len(value) == 10 and any(value[-5:] == mine[-5:] for mine in one.values)]
    return [date.fromisoformat(value) for value in dict.fromkeys(own or found)]
