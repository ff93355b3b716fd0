"""Gaps: what stands in a draft where nobody knows a fact. It is seen by everybody, and never guessed away."""

from __future__ import annotations

import re

from reviewqueue.policy.vocabulary import Word

GAP = re.compile(r"\[[^\[\]\n]{1,120}: not known, [^\[\]\n]{1,80}\]")


def gap(word: Word) -> str:
    """`[customer-side owner: not known, ask sales]`."""
    return f"[{word.label}: not known, {word.ask}]"
