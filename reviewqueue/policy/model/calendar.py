"""The organisation's office calendar as the policy states it. `reviewqueue.policy.business_hours` counts with it."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Annotated, Any, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, model_validator

from reviewqueue.core.patterns import as_pattern
from reviewqueue.policy import holidays
from reviewqueue.policy.model.base import Key, PolicyTable, Whole

_CLOCK = as_pattern(r"([01]?\d|2[0-4]):([0-5]\d)")
_BETWEEN, _SINCE = " to ", " from "
# A year with a 29 February, in which a day of every year is read.
_LEAP = 2024
_A_YEAR = timedelta(days=366)


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        raise ValueError(f"{name!r} is not a time zone; write one such as Europe/Berlin") from None
    return name


def holiday_code(given: str) -> str:
    """A country's code, or that of one of its parts, as it is spelled here: "de-by" is "DE-BY". A code that is not
    known comes back in capitals."""
    country, dash, part = given.strip().partition("-")
    country = country.upper()
    try:
        known = {one.casefold(): one for one in holidays.parts(country)} if country else {}
    except holidays.UnknownPlace:
        known = {}
    return country + dash + known.get(part.casefold(), part.upper())


def _known_place(code: str) -> str:
    try:
        holidays.days_off(code, 2026)
    except holidays.UnknownPlace:
        raise ValueError(f"no holidays are known for {code!r}; {_instead(code)}") from None
    return code


def _instead(code: str) -> str:
    """What to write in place of a code that is not known."""
    meant = holiday_code(code)
    country, dash, _ = meant.partition("-")
    try:
        known = [f"{country}-{part}" for part in holidays.parts(country)]
    except holidays.UnknownPlace:
        return "write a country's code such as US, or that of one of its parts such as DE-BY, or leave it out"
    if meant in (country, *known) and meant != code:
        return f"write {meant}"
    if dash and not known:
        return f"write {country}: no part of it has holidays of its own"
    return f"write {country} for what the whole country keeps, or one of its parts: {', '.join(known)}"


class ClosedDays(NamedTuple):
    """Days on which the office is closed though they are no public holidays: from the first to the last, in one year or
    (`yearly`) in every one; the whole day, or from the hour `since` on."""

    first: date
    last: date
    yearly: bool = False
    since: float = 0

    def covers(self, day: date) -> bool:
        """Whether that day is one of them."""
        if not self.yearly:
            return self.first <= day <= self.last
        at, first, last = ((one.month, one.day) for one in (day, self.first, self.last))
        return first <= at <= last if first <= last else at >= first or at <= last

    def __str__(self) -> str:
        first, last = (one.isoformat()[5 if self.yearly else 0 :] for one in (self.first, self.last))
        days = first if first == last else f"{first}{_BETWEEN}{last}"
        return f"{days}{_SINCE}{_said(self.since)}" if self.since else days


def _closed_days(given: Any) -> ClosedDays:
    """What a policy writes as days on which the office is closed: "2026-12-24", "12-24" for every year, and two of a
    kind with " to " between them; with " from 12:00" behind it for a half day."""
    if isinstance(given, ClosedDays):
        return given
    written = given.isoformat() if type(given) is date else given
    days, _, since = written.partition(_SINCE) if isinstance(written, str) else ("", "", "")
    ends = days.split(_BETWEEN) if days else []
    yearly = all(len(one.strip()) == len("12-24") for one in ends)
    try:
        first, *more = (date.fromisoformat(f"{_LEAP}-{one.strip()}" if yearly else one.strip()) for one in ends)
    except ValueError:
        more, first = [], None
    if first is None or len(more) > 1:
        says = (
            'write a day such as "2026-12-24", "12-24" for every year, or "2026-12-24 to 2027-01-01"; a half day as '
            '"12-24 from 12:00"'
        )
        raise ValueError(f"{given!r} is no day on which the office is closed; {says}")
    last = more[0] if more else first
    if last < first and not yearly:
        raise ValueError(f"{given!r} ends before it begins; write the earlier day first")
    if last - first > _A_YEAR:
        raise ValueError(f"{given!r} is more than a year; write when the office is closed, year by year")
    return ClosedDays(first, last, yearly, _hours(since) if since else 0)


def _hours(given: Any) -> Any:
    """Hours since midnight of what a policy writes as a time of day: 9, "9:00" or "08:30"."""
    if isinstance(given, time):
        given = given.isoformat("minutes")
    if isinstance(given, int | float) and not isinstance(given, bool):
        return given
    clock = _CLOCK.fullmatch(given.strip()) if isinstance(given, str) else None
    if clock is None:
        raise ValueError(f'{given!r} is no time of day; write one such as "08:30", or a whole hour such as 9')
    hours, minutes = int(clock[1]), int(clock[2])
    return hours + minutes / 60 if minutes else hours


def _said(hours: float) -> str:
    """A time of day in words: 8.5 is 08:30."""
    whole, minutes = divmod(round(hours * 60), 60)
    return f"{whole:02}:{minutes:02}"


Zone = Annotated[str, AfterValidator(_known_zone)]
HolidayPlace = Annotated[str, AfterValidator(_known_place)]
Hours = Annotated[Whole | Annotated[float, Field(strict=True)], BeforeValidator(_hours)]
Closed = Annotated[ClosedDays, BeforeValidator(_closed_days), PlainSerializer(str, return_type=str, when_used="json")]


class Calendar(PolicyTable):
    """Business hours: weekdays 0 (Monday) to 6, when the office opens and closes (local time, in hours since midnight:
    8.5 is 08:30), whose public holidays it keeps, and its own closing days."""

    key: Key
    timezone: Zone
    weekdays: tuple[Annotated[Whole, Field(ge=0, le=6)], ...] = Field(default=(0, 1, 2, 3, 4), min_length=1)
    opens: Annotated[Hours, Field(ge=0, lt=24)] = 9
    closes: Annotated[Hours, Field(gt=0, le=24)] = 17
    holidays: HolidayPlace = ""
    closed: tuple[Closed, ...] = ()

    @model_validator(mode="after")
    def _open_at_all(self) -> Calendar:
        if self.closes <= self.opens:
            raise ValueError(
                f"the office closes at {_said(self.closes)}, before it opens at {_said(self.opens)}; correct one of "
                "them"
            )
        every_year = tuple(one for one in self.closed if one.yearly and one.since <= self.opens)
        year = (date(_LEAP, 1, 1) + timedelta(number) for number in range(366))
        if every_year and all(any(one.covers(day) for one in every_year) for day in year):
            raise ValueError("the office is closed on every day of the year; correct closed")
        return self

    def closed_on(self, day: date) -> bool:
        """Whether this is one of the office's own closing days; a half one is none."""
        return self.closes_on(day) <= self.opens

    def closes_on(self, day: date) -> float:
        """When the office closes on a day on which it is open, in hours since midnight: on a half day earlier."""
        return min([self.closes, *(one.since for one in self.closed if one.covers(day))])

    def is_holiday(self, day: date) -> bool:
        """Whether this is a public holiday where the office is."""
        return day.isoformat() in holidays.days_off(self.holidays, day.year)
