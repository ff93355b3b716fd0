"""Sealing: what the log keeps of a planted draft before anybody decides on it, and how it is opened afterwards."""

from __future__ import annotations

import hashlib
from random import Random
from typing import Any

from reviewqueue.proofs import canonical

FEWEST = 3  # so many real drafts come between two planted ones, whatever the share


def seal(revision_digest: str, fault: dict[str, Any], salt: str) -> str:
    """SHA-256 over the canonical JSON of the draft's digest, its fault and a salt (64 hexadecimal characters)."""
    whole = canonical.write({"revision": revision_digest, "fault": fault, "salt": salt}, digits=True)
    return hashlib.sha256(whole.encode()).hexdigest()


def opens(sealed: str, revision_digest: str, fault: dict[str, Any], salt: str) -> bool:
    """Whether what was revealed is what was sealed."""
    return seal(revision_digest, fault, salt) == sealed


def turn(percent: int, seed: str) -> int:
    """After how many real drafts the next one is planted: 100/percent on average, between half and half as many again,
    so that it cannot be counted out."""
    mean = 100 / percent
    return max(FEWEST, round(Random(f"turn {seed}").uniform(mean / 2, mean * 3 / 2)))  # noqa: S311
