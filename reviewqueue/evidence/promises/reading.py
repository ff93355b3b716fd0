"""How the patterns of this package are compiled."""

from __future__ import annotations

import re


def any_case(pattern: str) -> re.Pattern[str]:
    """A pattern that takes capitals and small letters alike."""
    return re.compile(pattern, re.IGNORECASE)
