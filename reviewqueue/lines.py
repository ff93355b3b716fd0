"""Lines: what the doors tell whoever runs them, one event a line on standard error, without secrets or bodies."""

from __future__ import annotations

import sys
import traceback
from typing import Any

from sqlalchemy.exc import DBAPIError


def line(event: str, **facts: Any) -> None:
    """Write one line: the moment, the event, and its facts as key=value."""
    import structlog  # noqa: PLC0415  (a twentieth of a second at every start, for a line that may never come)

    steps = (
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.LogfmtRenderer(key_order=["timestamp", "event"], bool_as_flag=False),
    )
    structlog.wrap_logger(structlog.PrintLogger(sys.stderr), processors=steps).info(event, **facts)


def failure(event: str, error: BaseException, **facts: Any) -> None:
    """Write down an error and the places it came through. A statement's parameters, people's words, stay out."""
    says = str(error.orig) if isinstance(error, DBAPIError) else str(error)
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    way = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
    line(event, error=type(error).__name__, says=" ".join(says.split())[:300], way=way, **facts)
