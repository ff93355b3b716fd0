"""Records: the tables, by noun, with their constraints and no rules. Importing this room knows every table."""

from reviewqueue.records import (
    exceptions,
    items,
    log,
    measurement,
    messages,
    onboardings,
    people,
    plans,
    planting,
    policies,
    promises,
    quality,
    readiness,
    releases,
    standings,
    workers,
)
from reviewqueue.records.base import Base

__all__ = [
    "Base",
    "exceptions",
    "items",
    "log",
    "measurement",
    "messages",
    "onboardings",
    "people",
    "plans",
    "planting",
    "policies",
    "promises",
    "quality",
    "readiness",
    "releases",
    "standings",
    "workers",
]
