"""Reads and validates the fields every record has or may have: its id, its name, and typed values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from reviewqueue.connectors.file_errors import describe_value, import_error, join_values
from reviewqueue.core.errors import Invalid
from reviewqueue.core.patterns import as_pattern
from reviewqueue.core.vocabulary import system_name

_CONTROL = as_pattern(r"[\x00-\x1f\x7f-\x9f]+")
# Names that only one system's answers hold, and where each lists its records.
_TELLTALE_KEYS = {
    "salesforce": {"Id", "attributes", "records", "ChangeEventHeader", "errorCode"},
    "hubspot": {"results", "properties", "eventType", "subscriptionType", "portalId", "stages", "from", "category"},
}
_LISTS = {"salesforce": "records", "hubspot": "results"}
_EXPORT_HINT = "Export the answer of the API as it came."


def label(*texts: Any) -> str:
    """The first text that is not empty, as one line of at most 255 characters without control characters."""
    flat = (" ".join(_CONTROL.sub(" ", text).split())[:255] for text in texts if isinstance(text, str))
    return next(filter(None, flat), "")


def identifier(path: Path, at: str, value: Any) -> str:
    """An id as text. Raises Invalid, naming the place, for what cannot be one."""
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise import_error(path, at, f"an id must be text or a whole number, not {describe_value(value)}", _EXPORT_HINT)
    found = str(value)
    if not found.strip():
        raise import_error(path, at, "the id is blank", "Ask for the id as well and export the records again.")
    if len(found) > 255:
        what = f"the id {describe_value(found)} has {len(found):,} characters, and at most 255 can be kept"
        raise import_error(path, at, what, _EXPORT_HINT)
    if not found.isprintable():
        raise import_error(
            path, at, f"the id {describe_value(found)} holds a character that cannot be seen", _EXPORT_HINT
        )
    return found


def missing_id_error(system: str, path: Path, at: str, record: dict[str, Any]) -> Invalid:
    """The error for what has no id: another system's answer, a file of another shape, or a record that lacks it."""
    known = _TELLTALE_KEYS[system] & record.keys()
    others = (other for other, signs in _TELLTALE_KEYS.items() if not known and signs & record.keys())
    if other := next(others, ""):
        return import_error(
            path, at, f"this is an answer of {system_name(other)}'s", f"Import it with `import {other}`."
        )
    if at or known:
        return import_error(path, at, "a record has no id", "Ask for the id as well and export the records again.")
    listed = _LISTS[system]
    found = join_values(*list(record)[:5]) or "nothing"
    what = f"a record with its id, or a list of records at /{listed}, was expected, but the file holds {found}"
    return import_error(
        path, "", what, f"Save {system_name(system)}'s answer as it came, with its list under “{listed}”."
    )


Kind = tuple[str, Callable[[Any], bool]]  # its name in messages, and whether a value is one


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    """HubSpot gives its numbers as texts."""
    try:
        return not isinstance(value, bool) and isinstance(value, (str, int, Decimal)) and Decimal(value).is_finite()
    except InvalidOperation:
        return False


def _is_day(value: Any) -> bool:
    """A date, a timestamp that begins with one, or the milliseconds of HubSpot's older answers."""
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


def require_kinds(path: Path, at: str, record: Mapping[str, Any], fields: Mapping[str, Kind]) -> None:
    """Raises Invalid, naming file and place, for the first of these fields whose value is not of its kind."""
    for name, (wanted, fits) in fields.items():
        value = record.get(name)
        if value is not None and value != "" and not fits(value):
            fix = "Export the answer of the API as it came."
            raise import_error(path, f"{at}/{name}", f"must be {wanted}, not {describe_value(value)}", fix)
