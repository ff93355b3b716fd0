"""The day of a moment: what a timestamp says depends on where it is read, and a lane's calendar says where that is."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from reviewqueue.core.patterns import as_pattern

_MOMENT = as_pattern(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?P<zone>Z|[+-]\d\d(?::?\d\d)?)?")
_FIRST, _LAST = 631_152_000, 4_133_980_800  # 1990 to 2100


class Place(NamedTuple):
    """Where a draft is read, and on which day there: its lane's time zone, and today (None where nobody says)."""

    zone: str = "UTC"
    today: date | None = None


ANYWHERE = Place()


@lru_cache(maxsize=64)
def zone_of(name: str) -> ZoneInfo:
    """A time zone by its name."""
    return ZoneInfo(name)


def day_in(moment: datetime, zone: str) -> date:
    """The day of a moment in a time zone. Midnight in UTC is how systems write a day without a time: it stays that
    day everywhere."""
    utc = moment.astimezone(UTC)
    return utc.date() if utc.time() == time() else moment.astimezone(zone_of(zone)).date()


def read(words: str) -> datetime | None:
    """The moment that a text holds and nothing else: an ISO time with its offset; None for any other, also for a time
    of which nobody says where it is."""
    hit = _MOMENT.fullmatch(words.strip())
    if hit is None or not hit["zone"]:
        return None
    try:
        found = datetime.fromisoformat(hit[0].replace(",", "."))
    except ValueError:
        return None
    return found if 1990 <= found.year <= 2100 else None


def day_of(words: str, zone: str) -> str:
    """The ISO day of a moment written as a text, in a time zone; "" for what is none."""
    moment = read(words)
    return "" if moment is None else day_in(moment, zone).isoformat()


def days_of(words: str, zone: str) -> tuple[str, ...]:
    """The ISO days of a moment written as a text: in a time zone, and where its writer was; () for what is none. One
    in UTC says nothing of its writer."""
    day = day_of(words, zone)
    own = words.strip()[:10] if day and not words.rstrip().endswith(("Z", "+00:00", "+0000")) else day
    return tuple(dict.fromkeys((day, own))) if day else ()


def from_timestamp(number: int) -> datetime | None:
    """The moment of a Unix time in seconds or milliseconds (1990 to 2100); None for any other number."""
    seconds = number / 1000 if number >= 10**11 else number
    if not _FIRST <= seconds <= _LAST:
        return None
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
