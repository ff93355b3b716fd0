"""Kinds: fields that drafts rest on hold what their system answers in them, else the file is refused with the place.

Blank, null and absent are three ways of saying nothing, and what is missing is what the gate is for. An object where a
name belongs is a file that somebody made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from reviewqueue.connectors.telling import refusal, shown

Kind = tuple[str, Callable[[Any], bool]]  # how it is called, and whether a value is one


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    """HubSpot gives its numbers as texts."""
    try:
        return not isinstance(value, bool) and isinstance(value, (str, int, Decimal)) and Decimal(value).is_finite()
    except InvalidOperation:
        return False


def _is_day(value: Any) -> bool:
    """A date, a moment that begins with one, or the milliseconds of HubSpot's older answers."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value > 0
    if not isinstance(value, str):
        return False
    try:
        return bool((value.isdecimal() and len(value) > 10) or date.fromisoformat(value[:10]))
    except ValueError:
        return False


TEXT: Kind = ("text", _is_text)
NUMBER: Kind = ("a number", _is_number)
DAY: Kind = ("a date", _is_day)


def hold(path: Path, at: str, record: Mapping[str, Any], fields: Mapping[str, Kind]) -> None:
    """Raises Invalid, naming file and place, for the first field that holds something of another kind."""
    for name, (wanted, fits) in fields.items():
        value = record.get(name)
        if value is not None and value != "" and not fits(value):
            mend = "Export the answer of the API as it came."
            raise refusal(path, f"{at}/{name}", f"must be {wanted}, not {shown(value)}", mend)
