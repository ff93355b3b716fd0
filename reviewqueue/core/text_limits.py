"""Limits on text that somebody typed or sent: what a person can read and a database can keep."""

from __future__ import annotations

from reviewqueue.core.characters import visible_length
from reviewqueue.core.errors import FieldError
from reviewqueue.core.patterns import as_pattern

# A reason in words has at least so many characters that can be seen, and at most so many in all.
MIN_VISIBLE, MAX_TEXT = 10, 10_000
_INVALID = as_pattern("[\x00\ud800-\udfff]")


def invalid_characters(at: str, text: str) -> list[FieldError]:
    """An error for the first character that no database keeps, a null character or a lone surrogate; [] for none. `at`
    is the JSON Pointer of the text, here and below."""
    if found := _INVALID.search(text):
        return [FieldError(at, f"U+{ord(found[0]):04X} is not allowed in text; remove it")]
    return []


def validate_line(at: str, text: str) -> list[FieldError]:
    """Errors of a text as a name or a title: it takes 1 to 255 characters, of which something can be seen."""
    if len(text) > 255:
        return [FieldError(at, f"{len(text)} characters; at most 255")]
    if not visible_length(text):
        return [FieldError(at, "nothing a person could see; say it in words")]
    return invalid_characters(at, text)


def replace_invalid(text: str) -> str:
    """The text with U+FFFD for what no database keeps: for words that nobody typed who could fix them."""
    return _INVALID.sub("\ufffd", text)


def validate_reason(at: str, text: str, *, required: bool = True, ask: str = "say why") -> list[FieldError]:
    """Errors of a text as a reason; where none is `required`, it may be short or empty. `ask` begins the message."""
    seen = visible_length(text)
    if required and seen < MIN_VISIBLE:
        return [FieldError(at, f"{ask} in at least {MIN_VISIBLE} characters that can be seen; there are {seen}")]
    if len(text) > MAX_TEXT:
        return [FieldError(at, f"{len(text):,} characters; at most {MAX_TEXT:,}")]
    return invalid_characters(at, text)
