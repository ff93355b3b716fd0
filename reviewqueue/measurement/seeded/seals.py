"""The seal of a seeded defect: the hash that the log keeps before anybody decides on it, and how it is verified
afterwards."""

from __future__ import annotations

import hashlib
from random import Random
from typing import Any

from reviewqueue.core import canonical_json

MIN_BETWEEN = 3  # so many real drafts come between two seeded defects, whatever the share


def seal(revision_digest: str, fault: dict[str, Any], salt: str) -> str:
    """SHA-256 over the canonical JSON of the draft's digest, its fault and a salt (64 hexadecimal characters)."""
    whole = canonical_json.write({"revision": revision_digest, "fault": fault, "salt": salt}, digits=True)
    return hashlib.sha256(whole.encode()).hexdigest()


def opens(sealed: str, revision_digest: str, fault: dict[str, Any], salt: str) -> bool:
    """Whether what was revealed is what was sealed."""
    return seal(revision_digest, fault, salt) == sealed


def turn(percent: int, seed: str) -> int:
    """How many real drafts come before the next seeded defect: 100/percent on average, between half and one and a half
    times as many, so that nobody can count it out."""
    mean = 100 / percent
    return max(MIN_BETWEEN, round(Random(f"turn {seed}").uniform(mean / 2, mean * 3 / 2)))  # noqa: S311
