"""Says of each passage of a text whether it speaks of one of the six topics, or may. Pure, and the same on every
machine."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from reviewqueue.checks.topics import RULES, TOPICS, find_topics

Verdict = Literal["speaks", "unsure"]


@dataclass(frozen=True)
class TopicScore:
    """A passage that speaks of a topic, or that may (`unsure`): its score is from 0 to 1."""

    topic: str
    passage: str
    score: float
    verdict: Verdict


# The digest of what decides: the patterns.
VERSION: str = hashlib.sha256(
    "\n".join(f"{rule.topic} {rule.all_of} {rule.unless}" for rule in RULES).encode()
).hexdigest()
# Of messages that speak of a topic, the share that is not found: 206 of 228 (plainly topical messages by other hands).
MISSED: dict[str, float] = dict.fromkeys(TOPICS, 0.9)


def classify(text: str) -> list[TopicScore]:
    """What a text speaks of, passage by passage; empty where nothing is found."""
    return [TopicScore(one.topic, one.passage, float(one.sure), "speaks") for one in find_topics(text)]
