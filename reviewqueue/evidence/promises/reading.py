"""How the patterns of this package are compiled."""

from __future__ import annotations

import re

from reviewqueue.core.patterns import as_pattern


def any_case(pattern: str) -> re.Pattern[str]:
    """A pattern that takes capitals and small letters alike."""
    return as_pattern(pattern, re.IGNORECASE)
