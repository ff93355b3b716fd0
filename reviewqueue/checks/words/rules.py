"""A rule: the words by which a topic is known in a sentence, and those that make them harmless."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Rule:
    """A sentence speaks of `topic` when every pattern of `all_of` stands somewhere in it, from the start of a word, and
    `unless` nowhere.

    Patterns read plain text (`passages.plain`) with short forms written out. Unless a word of the text begins with one
    of `begins` (its first four letters), none is tried. `sure` is about the share of its findings that are right.
    """

    topic: str
    sure: str
    begins: frozenset[str]
    all_of: tuple[str, ...]
    unless: str

    def may_stand_in(self, text: str) -> bool:
        """Whether all that the topic is known by stands in a text, whatever makes it harmless."""
        return all(part.search(text) for part in self._all_of)

    def stands_in(self, sentence: str) -> bool:
        """Whether a sentence speaks of the topic."""
        return self.may_stand_in(sentence) and not (self.unless and self._unless.search(sentence))

    # Put together at first need: all of them take longer than most commands do.
    @cached_property
    def _all_of(self) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(rf"\b(?:{words})") for words in self.all_of)

    @cached_property
    def _unless(self) -> re.Pattern[str]:
        return re.compile(self.unless)


def rule(topic: str, sure: str, begins: str, *all_of: str, unless: str = "") -> Rule:
    """A rule from patterns as text."""
    return Rule(topic, sure, frozenset(begins.split()), all_of, unless)
