"""A field that says that nothing was agreed. It is no gap, and no fact, promise or person either."""

from __future__ import annotations

import re
from datetime import date

from reviewqueue.core.patterns import as_pattern

_SAYS = as_pattern(r"not agreed(?: with the customer)?\.?(?: \(.{1,300}\))?", re.I)


def wording(who: str, day: date) -> str:
    """What stands in the field: "Not agreed (Lena Vogt, 3 Dec 2026)"."""
    return f"Not agreed ({who}, {day.day} {day:%b %Y})"


def is_not_agreed(text: object) -> bool:
    """Whether the whole text says so, in our wording or without who and when."""
    return isinstance(text, str) and _SAYS.fullmatch(text.strip()) is not None
