"""Sides that are read in the same way of several things: how long something lasts."""

from __future__ import annotations

import re

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.promises import measures
from reviewqueue.evidence.promises.aspects import NEVER, Aspect, Words

NO_DENIAL = as_pattern(r"\b(?:not|never|no\slonger)\b|n['’]t\b", re.I)


def timed(key: str, about: Words, wider: Words, other: Words = NEVER, *, keeps: bool = True) -> Aspect:
    """How long something lasts."""
    return Aspect(
        "term", key, about, wider, measures.span, measures.span, measures.same_span, other, keeps, denied=False
    )
