"""Dates: the days that a draft names, reckoned on the lane's business days and never before today. The reckoning is a
source record, so that a day in a draft cites how it was found."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from reviewqueue.calendar import business_day
from reviewqueue.drafting.cited import Cited, Fact
from reviewqueue.evidence import Source
from reviewqueue.policy.hours import Calendar
from reviewqueue.policy.templates import due
from reviewqueue.proofs import canonical

REF = "dates"
# A start further away is a slip of the pen, not a plan.
FURTHEST = timedelta(days=3660)


def in_words(day: date) -> str:
    """`Friday, 6 March 2026`."""
    return f"{day:%A}, {day.day} {day:%B} {day.year}"


def read(words: str) -> date | None:
    """The day a CRM's text names: an ISO date or time, or milliseconds since 1970 as HubSpot sends them."""
    try:
        if words.isascii() and words.isdigit() and len(words) in (12, 13):
            return datetime.fromtimestamp(int(words) / 1000, UTC).date()
        return date.fromisoformat(words[:10]) if words[10:11] in ("", "T", " ") else None
    except ValueError:
        return None


class Reckoning:
    """The days of one draft, by name: `today`, `start`, and those that the template counts from them."""

    def __init__(self, calendar: Calendar, today: date, promised: Fact | None) -> None:
        """`promised` is the packet's start date as a fact."""
        self.calendar, self.today = calendar, today
        self.days: dict[str, dict[str, Any]] = {}
        self.moved: dict[str, Fact] = {}
        self._put("today", today)
        wanted = read(promised.says) if promised else None
        if promised and wanted and wanted - today <= FURTHEST:
            self._start(promised, wanted)

    def count(self, rules: Mapping[str, str]) -> None:
        """Reckon these days (name → `3 business days after start`). One whose base is not known stays unknown."""
        waiting = dict(rules)
        while ready := [name for name, says in waiting.items() if due(says)[1] in self.days]:
            for name in ready:
                says = waiting.pop(name)
                number, base = due(says)
                from_day = date.fromisoformat(self.days[base]["date"])
                self._put(name, business_day(from_day, number, self.calendar), counted=says)

    def source(self) -> Source:
        """The reckoning as a source record."""
        payload = {"calendar": self.calendar.key, **self.days}
        name = (
            f"{self.calendar.key}/{self.today}/{canonical.digest(payload)[:12]}"  # another reckoning is another record
        )
        return Source("reviewqueue", "reckoning", name, payload, label="Dates")

    def facts(self) -> dict[str, Fact]:
        """Each day in words, and what is to be said of a start that was moved."""
        found = {
            name: Fact(day["says"], (Cited(day["says"], REF, f"/{name}/says"),)) for name, day in self.days.items()
        }
        return {**found, **self.moved}

    def iso(self, name: str) -> Fact | None:
        """One day as `2026-03-06`."""
        day = self.days.get(name)
        return Fact(day["date"], (Cited(day["date"], REF, f"/{name}/date"),)) if day else None

    def _put(self, name: str, day: date, **how: str) -> None:
        self.days[name] = {"date": day.isoformat(), "says": in_words(day), **how}

    def _start(self, promised: Fact, wanted: date) -> None:
        past = wanted < self.today
        day = business_day(self.today + timedelta(days=1) if past else wanted, 0, self.calendar)
        self._put("start", day, promised=promised.says)
        if day == wanted:
            return
        was, now = in_words(wanted), in_words(day)
        why = "has passed" if past else f"is no working day ({self.calendar.key})"
        says = f"The packet's start date, {was}, {why}; dates here count from {now}, the next working day."
        rests = tuple(Cited(was, cited.ref, cited.path) for cited in promised.cited)
        self.moved["start_moved"] = Fact(says, (*rests, Cited(now, REF, "/start/says")))
        if past:
            self.moved["start_was"] = Fact(was, rests)
