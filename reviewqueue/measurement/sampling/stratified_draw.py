"""The draw of a weekly sample: evenly from strata, and some by weight. Pure: the same frame, seed and sizes draw the
same, anywhere.

The lots are SHA-256 over the seed and the decision's number. In each stratum the lowest lots are taken, so that each
draft of it is as likely as another. By weight, a draft of weight w draws w lots and keeps its lowest: it is then w
times as likely to come first (P. S. Efraimidis, P. G. Spirakis, "Weighted random sampling with a reservoir", Inf.
Process. Lett. 97 (2006) 181–185).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reviewqueue.core import canonical_json

# The outcomes of a decision, in the order of the table on screen. The first two let a draft pass as it was.
OUTCOMES = {
    "approved": "approved unchanged",
    "overridden": "overrode a check",
    "edited": "edited",
    "stopped": "sent back, escalated or rejected",
}
PASSED = ("approved", "overridden")
OUTCOME_BY_ACT = {
    "approve": "approved", "override": "overridden", "edit": "edited",
    "send_back": "stopped", "escalate": "stopped", "reject": "stopped",
}  # fmt: skip
_SEED_BYTES = 8


@dataclass(frozen=True)
class Unit:
    """A decided draft: the ids of the decision, its item and its revision, the gate's key, and the outcome (a key of
    OUTCOMES)."""

    decision: int
    item: int
    revision: int
    gate: str
    outcome: str

    @property
    def stratum(self) -> str:
        """Gate and outcome, `gate/outcome`: within it each draft is as likely as another."""
        return f"{self.gate}/{self.outcome}"


@dataclass(frozen=True)
class DrawnUnits:
    """What was drawn: evenly from the strata, and with more weight for a brief reading (`weighted`)."""

    evenly: tuple[Unit, ...]
    weighted: tuple[Unit, ...]


def seed_of(lane: str, week: str, leaf: str) -> str:
    """The seed, as 16 hex digits: the first 8 bytes of SHA-256 over lane, week and the hash of the log's last entry
    before the week's end, which nobody chooses."""
    return hashlib.sha256(f"{lane}\n{week}\n{leaf}".encode()).hexdigest()[: 2 * _SEED_BYTES]


def digest(frame: Sequence[Unit]) -> str:
    """SHA-256 over the frame: every decision's number with its stratum, in order."""
    rows = [[one.decision, one.stratum] for one in sorted(frame, key=lambda one: one.decision)]
    return hashlib.sha256(canonical_json.write(rows).encode()).hexdigest()


def sizes(
    frame: Sequence[Unit], evenly: int, least_each: int, percents: Mapping[str, int] | None = None
) -> dict[str, tuple[int, int]]:
    """By stratum (how many there are, how many are drawn at random): at least `least_each`, at least the gate's
    percentage, and the rest of `evenly` in proportion to what is left (largest remainder, ties by name)."""
    counts = Counter(one.stratum for one in frame)
    taken = {}
    for stratum, count in counts.items():
        percent = (percents or {}).get(stratum.partition("/")[0], 0)
        taken[stratum] = min(count, max(least_each, -(-count * percent // 100)))
    rest = min(evenly, sum(counts.values())) - sum(taken.values())
    left = {stratum: counts[stratum] - taken[stratum] for stratum in counts}
    total_left = sum(left.values())
    if rest > 0:
        parts = {stratum: divmod(rest * count, total_left) for stratum, count in left.items()}
        order = sorted(parts, key=lambda stratum: (-parts[stratum][1], stratum))
        leftover = rest - sum(part for part, _ in parts.values())
        for stratum in parts:
            taken[stratum] += parts[stratum][0] + (stratum in order[:leftover])
    return {stratum: (counts[stratum], taken[stratum]) for stratum in sorted(counts)}


def draw(frame: Sequence[Unit], seed: str, strata: Mapping[str, tuple[int, int]]) -> tuple[Unit, ...]:
    """Draw evenly from each stratum as many as `strata` says."""
    drawn: list[Unit] = []
    for stratum, (_, count) in sorted(strata.items()):
        members = [one for one in frame if one.stratum == stratum]
        drawn += sorted(members, key=lambda one: _lot(seed, one, 0))[:count]
    return tuple(drawn)


def draw_weighted(frame: Sequence[Unit], seed: str, count: int, weights: Mapping[int, int]) -> tuple[Unit, ...]:
    """Draw so many of the whole frame by weight (by decision; 1 where none is given)."""

    def lowest(one: Unit) -> bytes:
        return min(_lot(seed, one, lot) for lot in range(1, 1 + weights.get(one.decision, 1)))

    return tuple(sorted(frame, key=lowest)[:count])


def _lot(seed: str, unit: Unit, number: int) -> bytes:
    return hashlib.sha256(bytes.fromhex(seed) + unit.decision.to_bytes(8, "big") + bytes([number])).digest()
