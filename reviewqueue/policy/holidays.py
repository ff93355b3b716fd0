"""Public holidays of a country, or of one of its parts, loaded without those of every other country."""

from __future__ import annotations

import sys
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import holidays


def _apart() -> None:
    """Let a country's module be imported by itself: the package around it imports all 250, for 8 MB and a fifth of a
    second."""
    package = ModuleType("holidays.countries")
    package.__path__ = [str(Path(holidays.__file__).with_name("countries"))]
    sys.modules.setdefault(package.__name__, package)


_apart()


class UnknownPlace(LookupError):
    """A country, or a part of one, whose holidays are not known."""


@lru_cache(maxsize=64)
def days_off(place: str, year: int) -> frozenset[str]:
    """The public holidays of a place in a year, as ISO dates: of a country (ISO 3166-1 alpha-2, "DE"), or of a part of
    one (ISO 3166-2, "DE-BY"); "" has none.

    Raises UnknownPlace.
    """
    if not place:
        return frozenset()
    country, dash, part = place.partition("-")
    if dash and part not in parts(country):
        raise UnknownPlace(f"{country} has no part {part!r}")
    return frozenset(day.isoformat() for day in _of(country, subdiv=part or None, years=year))


@lru_cache(maxsize=64)
def parts(country: str) -> tuple[str, ...]:
    """The parts of a country whose holidays are known, by what follows the country in their code. Raises
    UnknownPlace."""
    return tuple(_of(country).subdivisions)


def _of(country: str, **which: Any) -> holidays.HolidayBase:
    try:
        return holidays.country_holidays(country, **which)
    except NotImplementedError:  # what the library says of a country that it does not know
        raise UnknownPlace(f"no holidays are known for {country!r}") from None


def kept_by_most_parts(country: str, year: int) -> tuple[str, tuple[str, ...]] | None:
    """(a day off that three quarters of a country's parts keep while the country's own code does not count it, the
    parts that keep it); None where there is none."""
    known, shared = parts(country), days_off(country, year)
    kept: dict[str, tuple[str, ...]] = {}
    for part in known:
        for day in days_off(f"{country}-{part}", year) - shared:
            kept[day] = (*kept.get(day, ()), part)
    found = ((day, who) for day, who in sorted(kept.items()) if len(known) > 1 and len(who) * 4 >= len(known) * 3)
    return next(found, None)
