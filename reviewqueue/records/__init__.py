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
    policies,
    promises,
    readiness,
    releases,
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
    "policies",
    "promises",
    "readiness",
    "releases",
]
