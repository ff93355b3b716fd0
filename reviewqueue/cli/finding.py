"""A finding of `doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

OVERDUE_AFTER = timedelta(minutes=10)  # what a worker should have taken since


@dataclass(frozen=True)
class Finding:
    """One thing that was examined: whether it is well, what was found, and how to fix it where it is not."""

    name: str
    well: bool
    says: str
    fix: str = ""
