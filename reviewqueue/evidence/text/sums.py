"""Whether a sentence says that an amount is several others together."""

from __future__ import annotations

import re

from reviewqueue.evidence.text.clauses import sentence_spans
from reviewqueue.evidence.text.entities import Entity

_TOGETHER = re.compile(
    r"(?i)\b(?:together|altogether|in total|in all|total\w*|overall|combined|including|counting|plus|add\w*|sum"
    r"|first year"
    r"|zusammen|insgesamt|einschließlich|inklusive|gesamt\w*|summe|im ersten jahr|au total|en tout|y compris|ensemble"
    r"|première année|somme|en total|incluyendo|incluid\w+|suma|primer año)\b"
)


def says_a_sum(text: str, one: Entity) -> bool:
    """Whether the sentence around an amount adds things up: "counting the project, the first year comes to …"."""
    first, last = next((span for span in sentence_spans(text) if span[0] <= one.start < span[1]), (0, 0))
    return _TOGETHER.search(text[first:last]) is not None
