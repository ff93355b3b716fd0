"""Validates calendars beyond what each says of itself: a country whose parts keep more days than its own code
counts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from reviewqueue.policy import holidays
from reviewqueue.policy.flaws import Flaw
from reviewqueue.policy.model.policy import Policy


def warnings(policy: Policy, today: date) -> Iterator[Flaw]:
    """Calendars that count as working days on which most of their country has a day off."""
    for number, calendar in enumerate(policy.organisation.calendars):
        country, dash, _ = calendar.holidays.partition("-")
        found = holidays.kept_by_most_parts(country, today.year) if country and not dash else None
        if found:
            day, parts = found
            named = ", ".join(f"{country}-{part}" for part in parts)
            says = f"{country} counts only what all of its parts keep: {day} is a working day here, and a day off in "
            place = policy.place("organisation", "calendars", str(number), "holidays")
            yield Flaw(place, f"{says}{named}. Name the part that your office is in, such as {country}-{parts[0]}")
