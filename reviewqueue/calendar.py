"""Business hours: when an SLA that starts now is due. Pure; a calendar says zone, weekdays, hours, holidays."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from reviewqueue.policy.shape import Calendar


@lru_cache(maxsize=64)
def _holidays(country: str, year: int) -> frozenset[str]:
    if not country:
        return frozenset()
    return frozenset(day.isoformat() for day in holidays.country_holidays(country, years=year))


def due(start: datetime, hours: int, calendar: Calendar) -> datetime:
    """The moment `hours` business hours after `start`, in UTC. Across a clock change an hour stays an hour."""
    zone = ZoneInfo(calendar.timezone)
    left = timedelta(hours=hours)
    day = start.astimezone(zone).date()
    for _ in range(3660):
        if day.weekday() in calendar.weekdays and day.isoformat() not in _holidays(calendar.holidays, day.year):
            midnight = datetime.combine(day, time(), zone)
            opens = (midnight + timedelta(hours=calendar.opens)).astimezone(UTC)
            closes = (midnight + timedelta(hours=calendar.closes)).astimezone(UTC)
            begin = max(opens, start.astimezone(UTC))
            if begin + left <= closes:
                return begin + left
            left -= max(closes - begin, timedelta())
        day += timedelta(days=1)
    raise ValueError(f"calendar {calendar.key!r} has no business hours in ten years")
