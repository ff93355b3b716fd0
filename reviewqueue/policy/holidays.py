"""Public holidays of a country, loaded without those of every other country."""

from __future__ import annotations

import sys
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import holidays


def _apart() -> None:
    """Let a country's module be imported by itself: the package around it imports all 250, for 8 MB and a fifth of a
    second."""
    package = ModuleType("holidays.countries")
    package.__path__ = [str(Path(holidays.__file__).with_name("countries"))]
    sys.modules.setdefault(package.__name__, package)


_apart()


@lru_cache(maxsize=64)
def days_off(country: str, year: int) -> frozenset[str]:
    """The public holidays of a country (ISO 3166-1 alpha-2; "" has none) in a year, as ISO dates.

    Raises NotImplementedError for a country that is not known.
    """
    if not country:
        return frozenset()
    return frozenset(day.isoformat() for day in holidays.country_holidays(country, years=year))
