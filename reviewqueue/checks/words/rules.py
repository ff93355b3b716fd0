"""A rule: the words by which a topic is known in a sentence, and those that make them harmless."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """A sentence speaks of `topic` when every pattern of `all_of` stands somewhere in it, and `unless` nowhere.

    Patterns read plain text (`passages.plain`) with short forms written out. Unless a word of the text begins with one
    of `begins` (its first four letters), none is tried. `sure` is about the share of its findings that are right.
    """

    topic: str
    sure: str
    begins: frozenset[str]
    all_of: tuple[re.Pattern[str], ...]
    unless: re.Pattern[str] | None


def rule(topic: str, sure: str, begins: str, *all_of: str, unless: str = "") -> Rule:
    """A rule from patterns as text; each of `all_of` begins at the start of a word."""
    return Rule(
        topic,
        sure,
        frozenset(begins.split()),
        tuple(re.compile(rf"\b(?:{words})") for words in all_of),
        re.compile(unless) if unless else None,
    )
