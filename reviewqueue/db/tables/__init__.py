"""The tables, by noun, with their constraints and no business rules. Importing this package registers every table."""

from reviewqueue.db.tables import (
    autosend,
    callbacks,
    evidence,
    exceptions,
    items,
    log,
    metrics,
    milestones,
    model_checks,
    onboardings,
    people,
    policies,
    readiness,
    releases,
    sampling,
    seeded_defects,
    workers,
)
from reviewqueue.db.tables.base import Base

__all__ = [
    "Base",
    "autosend",
    "callbacks",
    "evidence",
    "exceptions",
    "items",
    "log",
    "metrics",
    "milestones",
    "model_checks",
    "onboardings",
    "people",
    "policies",
    "readiness",
    "releases",
    "sampling",
    "seeded_defects",
    "workers",
]
