"""Structured log lines for operators: one event a line (logfmt) on standard error, without secrets or bodies. The
override log is in `audit`."""

from __future__ import annotations

import sys
import traceback
from typing import Any


def log_event(event: str, **facts: Any) -> None:
    """Write one line: the time in UTC, the event, and its facts as key=value."""
    import structlog  # noqa: PLC0415  (a twentieth of a second at every start, for a line that may never come)

    steps = (
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.LogfmtRenderer(key_order=["timestamp", "event"], bool_as_flag=False),
    )
    structlog.wrap_logger(structlog.PrintLogger(sys.stderr), processors=steps).info(event, **facts)


def log_error(event: str, error: BaseException, **facts: Any) -> None:
    """Log an error and the last frames of its traceback. A statement's parameters, people's words, stay out."""
    says = str(getattr(error, "orig", None) or error)  # of a database error the driver's, which has no parameters
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    trace = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
    log_event(event, error=type(error).__name__, says=" ".join(says.split())[:300], way=trace, **facts)
