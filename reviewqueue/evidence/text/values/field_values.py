"""A field's value: compared with another one, and as a person reads it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

from reviewqueue.core import canonical_json

Blank = Literal["", "empty", "null", "not there"]


def blank_word(value: Any) -> Blank:
    """How a field has no value: its text is empty, it is null, or it is not there; "" where it has one."""
    if value is canonical_json.MISSING:
        return "not there"
    return "null" if value is None else "empty" if _is_blank(value) else ""


def same_value(was: Any, is_now: Any) -> bool:
    """Whether two values of a field are equal: numbers whatever their zeros; blank, null and absent are one."""
    if _is_blank(was) or _is_blank(is_now):
        return _is_blank(was) and _is_blank(is_now)
    if _is_number(was) and _is_number(is_now):
        return Decimal(str(was)) == Decimal(str(is_now))
    return canonical_json.write(was, digits=True) == canonical_json.write(is_now, digits=True)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _is_blank(value: Any) -> bool:
    return value is canonical_json.MISSING or value is None or (isinstance(value, str) and not value.strip())


def display_text(value: Any) -> str | None:
    """A field's value as a person reads it, without null characters, which no database keeps; None for no value."""
    if value is canonical_json.MISSING or value is None:
        return None
    text = value if isinstance(value, str) else canonical_json.write(value, digits=True)
    return text.replace("\x00", "\ufffd")
