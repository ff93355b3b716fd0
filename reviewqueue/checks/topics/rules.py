"""The form of a topic rule: the words that show a topic in a sentence, and those that rule it out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Rule:
    """A sentence is about `topic` when every pattern of `all_of` matches somewhere in it, from the start of a word, and
    `unless` nowhere.

    Patterns match plain text (`evidence.text.sentences.plain`) with contractions written out. They are tried only when
    a word of the text begins with one of `begins` (its first four letters). `sure` is the estimated share of its
    findings that are right.
    """

    topic: str
    sure: str
    begins: frozenset[str]
    all_of: tuple[str, ...]
    unless: str

    def may_stand_in(self, text: str) -> bool:
        """Whether `all_of` matches in a text; `unless` is ignored."""
        return all(part.search(text) for part in self._all_of)

    def stands_in(self, sentence: str) -> bool:
        """Whether a sentence is about the topic."""
        return self.may_stand_in(sentence) and not (self.unless and self._unless.search(sentence))

    # Compiled at first use: all of them together take longer than most commands.
    @cached_property
    def _all_of(self) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(rf"\b(?:{words})") for words in self.all_of)

    @cached_property
    def _unless(self) -> re.Pattern[str]:
        return re.compile(self.unless)


def rule(topic: str, sure: str, begins: str, *all_of: str, unless: str = "") -> Rule:
    """A rule from its patterns as text."""
    return Rule(topic, sure, frozenset(begins.split()), all_of, unless)
