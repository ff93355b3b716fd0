"""The days that a draft names, counted in the lane's business days and never before today. The calculation is a source
record, so that a day in a draft cites how it was found."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from reviewqueue.connectors.citation_collector import Cited, Fact
from reviewqueue.core import canonical_json
from reviewqueue.evidence.text.values.dates import in_words, read
from reviewqueue.evidence.types import Source
from reviewqueue.policy.business_hours import business_day
from reviewqueue.policy.model.calendar import Calendar
from reviewqueue.policy.model.templates import due

REF = "dates"
# A start date further away is taken for a typing error.
MAX_AHEAD = timedelta(days=3660)


class DraftDates:
    """The days of one draft, by name: `today`, `start`, and those that the template counts from them."""

    def __init__(self, calendar: Calendar, today: date, promised: Fact | None) -> None:
        """`promised` is the packet's start date as a fact."""
        self.calendar, self.today = calendar, today
        self.days: dict[str, dict[str, Any]] = {}
        self.moved: dict[str, Fact] = {}
        self._set_day("today", today)
        wanted = read(promised.says) if promised else None
        if promised and wanted and wanted - today <= MAX_AHEAD:
            self._set_start(promised, wanted)

    def count(self, rules: Mapping[str, str]) -> None:
        """Compute these days (name → `3 business days after start`). One whose base is not known stays unknown."""
        waiting = dict(rules)
        while ready := [name for name, says in waiting.items() if due(says)[1] in self.days]:
            for name in ready:
                says = waiting.pop(name)
                number, base = due(says)
                from_day = date.fromisoformat(self.days[base]["date"])
                self._set_day(name, business_day(from_day, number, self.calendar), counted=says)

    def source(self) -> Source:
        """The calculation as a source record."""
        payload = {"calendar": self.calendar.key, **self.days}
        # Another calculation is another source record.
        name = f"{self.calendar.key}/{self.today}/{canonical_json.digest(payload)[:12]}"
        return Source("reviewqueue", "reckoning", name, payload, label="Dates")

    def facts(self) -> dict[str, Fact]:
        """Each day in words, and the sentence about a start that was moved."""
        found = {
            name: Fact(day["says"], (Cited(day["says"], REF, f"/{name}/says"),)) for name, day in self.days.items()
        }
        return {**found, **self.moved}

    def iso(self, name: str) -> Fact | None:
        """One day as `2026-03-06`."""
        day = self.days.get(name)
        return Fact(day["date"], (Cited(day["date"], REF, f"/{name}/date"),)) if day else None

    def _set_day(self, name: str, day: date, **how: str) -> None:
        self.days[name] = {"date": day.isoformat(), "says": in_words(day), **how}

    def _set_start(self, promised: Fact, wanted: date) -> None:
        past = wanted < self.today
        day = business_day(self.today + timedelta(days=1) if past else wanted, 0, self.calendar)
        self._set_day("start", day, promised=promised.says)
        if day == wanted:
            return
        was, now = in_words(wanted), in_words(day)
        why = "has passed" if past else f"is no working day ({self.calendar.key})"
        says = f"The packet's start date, {was}, {why}; dates here count from {now}, the next working day."
        citations = tuple(Cited(was, cited.ref, cited.path) for cited in promised.cited)
        self.moved["start_moved"] = Fact(says, (*citations, Cited(now, REF, "/start/says")))
        if past:
            self.moved["start_was"] = Fact(was, citations)
