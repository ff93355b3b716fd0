"""Arithmetic in business hours and days: an SLA's due time, business time between two moments, the effect of a pause,
and dates of a plan. Pure functions over a `Calendar` (zone, weekdays, hours, holidays, closing days)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from reviewqueue.policy.model.calendar import Calendar


def local_day(moment: datetime, calendar: Calendar) -> date:
    """The day that a moment is on where the office is."""
    return moment.astimezone(ZoneInfo(calendar.timezone)).date()


def midnight(day: date, calendar: Calendar) -> datetime:
    """The moment at which a day begins where the office is, in UTC."""
    return datetime.combine(day, time(), ZoneInfo(calendar.timezone)).astimezone(UTC)


def noon(day: date, calendar: Calendar) -> datetime:
    """The moment at which it is noon on a day where the office is, in UTC."""
    return datetime.combine(day, time(12), ZoneInfo(calendar.timezone)).astimezone(UTC)


def is_working_day(day: date, calendar: Calendar) -> bool:
    """Whether the office is open on that day: one of its weekdays, no public holiday, and none of its closing days."""
    return day.weekday() in calendar.weekdays and not calendar.is_holiday(day) and not calendar.closed_on(day)


def business_day(day: date, count: int, calendar: Calendar) -> date:
    """The working day `count` working days after `day`; a day off counts as the next working day. Raises ValueError
    where there is none before the last year of the calendar."""
    try:
        while count or not is_working_day(day, calendar):
            count -= is_working_day(day, calendar)
            day += timedelta(days=1)
    except OverflowError:
        raise ValueError(f"calendar {calendar.key!r} has no such day before the year 10000") from None
    return day


def working_days(start: date, end: date, calendar: Calendar) -> int:
    """How many working days lie after `start` up to and with `end`; negative where `end` comes first."""
    if end < start:
        return -working_days(end, start, calendar)
    days = (start + timedelta(days=one) for one in range(1, (end - start).days + 1))
    return sum(is_working_day(day, calendar) for day in days)


def move_day(day: date, count: int, calendar: Calendar) -> date:
    """The working day `count` working days after `day`, or before it where `count` is negative; with 0 the day itself.
    Raises ValueError where the calendar has no such day."""
    step = timedelta(days=1 if count > 0 else -1)
    left = abs(count)
    try:
        while left:
            day += step
            left -= is_working_day(day, calendar)
    except OverflowError:
        raise ValueError(f"calendar {calendar.key!r} has no such day") from None
    return day


def due(start: datetime, hours: int, calendar: Calendar) -> datetime:
    """The moment `hours` business hours after `start`, in UTC. Across a clock change an hour stays an hour."""
    return _add_business_time(start, timedelta(hours=hours), calendar)


def next_open(start: datetime, calendar: Calendar) -> datetime:
    """The first moment from `start` on at which the office is open, in UTC."""
    return _add_business_time(start, timedelta(), calendar)


def business_hours(start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    """How long the office was open between two moments; nothing when `end` is not after `start`."""
    end, spent = end.astimezone(UTC), timedelta()
    for begin, closes in _office_hours(start, calendar):
        if begin >= end:
            break
        spent += min(closes, end) - begin
    return spent


def resume(due_at: datetime, paused_at: datetime, resumed_at: datetime, calendar: Calendar) -> datetime:
    """The new due time of something that was paused from `paused_at` to `resumed_at`: later by the business time
    between."""
    stood = business_hours(paused_at, resumed_at, calendar)
    return _add_business_time(due_at, stood, calendar) if stood else due_at


def _add_business_time(start: datetime, left: timedelta, calendar: Calendar) -> datetime:
    for begin, closes in _office_hours(start, calendar):
        if begin + left <= closes:
            return begin + left
        left -= closes - begin
    raise ValueError(f"calendar {calendar.key!r} has no business hours in ten years")


def _office_hours(start: datetime, calendar: Calendar) -> Iterator[tuple[datetime, datetime]]:
    """The (opening, closing) times of the office from `start` on, in UTC, for ten years."""
    zone = ZoneInfo(calendar.timezone)
    day = start.astimezone(zone).date()
    for _ in range(3660):
        if is_working_day(day, calendar):
            midnight = datetime.combine(day, time(), zone)
            opens = (midnight + timedelta(hours=calendar.opens)).astimezone(UTC)
            closes = (midnight + timedelta(hours=calendar.closes_on(day))).astimezone(UTC)
            begin = max(opens, start.astimezone(UTC))
            if begin < closes:
                yield begin, closes
        day += timedelta(days=1)
