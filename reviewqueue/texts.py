"""Texts: what somebody typed or sent, held to what a person can read and a database can keep."""

from __future__ import annotations

import re

from reviewqueue.characters import visible_length
from reviewqueue.refusals import Fault

# A reason in words has at least so many characters that can be seen, and at most so many in all.
SHORTEST, LONGEST = 10, 10_000
_UNKEPT = re.compile("[\x00\ud800-\udfff]")


def unkept(at: str, text: str) -> list[Fault]:
    """The character that no database keeps, if there is one: a zero, or half of a pair."""
    if found := _UNKEPT.search(text):
        return [Fault(at, f"U+{ord(found[0]):04X} is no character of a text; take it out")]
    return []


def line_faults(at: str, text: str) -> list[Fault]:
    """What keeps a text from being a name or a title: 1 to 255 characters, of which something can be seen."""
    if len(text) > 255:
        return [Fault(at, f"{len(text)} characters; at most 255")]
    if not visible_length(text):
        return [Fault(at, "nothing a person could see; say it in words")]
    return unkept(at, text)


def keepable(text: str) -> str:
    """The text with U+FFFD for what no database keeps: for words that nobody typed who could mend them."""
    return _UNKEPT.sub("\ufffd", text)


def reason_faults(at: str, text: str, *, due: bool = True, ask: str = "say why") -> list[Fault]:
    """What keeps a text from being a reason; where none is `due`, it may be short or empty."""
    seen = visible_length(text)
    if due and seen < SHORTEST:
        return [Fault(at, f"{ask} in at least {SHORTEST} characters that can be seen; there are {seen}")]
    if len(text) > LONGEST:
        return [Fault(at, f"{len(text):,} characters; at most {LONGEST:,}")]
    return unkept(at, text)
