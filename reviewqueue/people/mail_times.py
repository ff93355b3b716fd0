"""When an e-mail to a person goes out: at once, after their quiet hours, or on the morning of their next working day.
Pure functions of how the person wants to be told."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from reviewqueue.core.notification_kinds import KINDS

GATHER = timedelta(seconds=45)  # what happens within it is one e-mail, and everybody is told within a minute
MORNING = time(8)


@dataclass(frozen=True)
class Wishes:
    """How a person wants to be told: the way of each kind they chose one for, their time zone, working days (0 is
    Monday), and the hours from and until which nothing is mailed (None: at any hour). With quiet hours, their days off
    are quiet as well. `chat` says whether they have a webhook."""

    timezone: str
    weekdays: Collection[int]
    ways: Mapping[str, str] = field(default_factory=dict)
    quiet_from: time | None = None
    quiet_until: time | None = None
    chat: bool = False

    def way(self, kind: str) -> str:
        """The way in which they are told of this kind; by e-mail where they have no chat any more."""
        found = self.ways.get(kind) or KINDS[kind].usual
        return "now" if found == "chat" and not self.chat else found


def due(wishes: Wishes, way: str, now: datetime) -> datetime:
    """When an e-mail goes out that tells in this way ("now", "chat" or "digest") what happened at that moment."""
    return _morning(wishes, now) if way == "digest" else _after_quiet(wishes, now + GATHER)


def _morning(wishes: Wishes, now: datetime) -> datetime:
    """The next morning of a working day; where it is quiet then, the end of the quiet hours."""
    zone = ZoneInfo(wishes.timezone)
    day = now.astimezone(zone).date()
    while True:
        at = datetime.combine(day, MORNING, zone).astimezone(UTC)
        if at > now and day.weekday() in wishes.weekdays:
            return _after_quiet(wishes, at)
        day += timedelta(days=1)


def _after_quiet(wishes: Wishes, at: datetime) -> datetime:
    """That moment, or where it is quiet then, the first end of the quiet hours on a working day."""
    end = wishes.quiet_until
    if wishes.quiet_from is None or end is None:
        return at
    zone = ZoneInfo(wishes.timezone)
    local = at.astimezone(zone)
    while _is_quiet(wishes, local):
        ends = datetime.combine(local.date(), end, zone)
        local = ends if ends > local else datetime.combine(local.date() + timedelta(days=1), end, zone)
    return local.astimezone(UTC)


def _is_quiet(wishes: Wishes, local: datetime) -> bool:
    start, end, clock = wishes.quiet_from or time(), wishes.quiet_until or time(), local.time()
    hours = start <= clock < end if start < end else clock >= start or clock < end
    return hours or local.weekday() not in wishes.weekdays
