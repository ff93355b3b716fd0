"""Chooses the thresholds on the calibration part, from the answers of the converted model itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from training.topics.data import NAMES, Message

# The share of messages with a topic that may be missed altogether, neither said nor "may".
MAY_MISS = 0.2
# The shares of look-alikes and of ordinary messages in which a topic may be said.
LOOK_ALIKES, ORDINARY = 0.05, 0.03
LOWEST = -8000


@dataclass(frozen=True)
class Answer:
    """A message of the calibration part and its greatest output for each topic, in thousandths."""

    message: Message
    greatest: tuple[int, ...]


def answers(messages: Iterable[Message], scored: Callable[[str], Iterable[tuple[str, list[int]]]]) -> list[Answer]:
    """Each message with what the model says of it."""
    found = []
    for one in messages:
        said = [logits for _, logits in scored(one.text)] or [[LOWEST] * len(NAMES)]
        found.append(Answer(one, tuple(max(column) for column in zip(*said, strict=True))))
    return found


def unsure(found: Sequence[Answer], may_miss: float = MAY_MISS) -> tuple[dict[str, int], dict[str, float]]:
    """For each topic the conformal threshold and the share that it misses: of n messages with the topic and a next one
    like them, that one is below the k-th smallest output with a chance of at most k / (n + 1)."""
    thresholds: dict[str, int] = {}
    missed: dict[str, float] = {}
    for at, topic in enumerate(NAMES):
        outputs = sorted(one.greatest[at] for one in found if topic in one.message.topics)
        rank = max(1, math.floor(may_miss * (len(outputs) + 1)))
        thresholds[topic] = outputs[rank - 1]
        missed[topic] = round(rank / (len(outputs) + 1), 3)
    return thresholds, missed


def speaks(found: Sequence[Answer]) -> int:
    """The threshold above which a sentence is said to speak of a topic, the same for all six: as low as the shares of
    look-alikes and of ordinary messages allow."""
    none = [one for one in found if not one.message.topics]
    alike = sorted((max(one.greatest) for one in none if one.message.like in NAMES), reverse=True)
    plain = sorted((max(one.greatest) for one in none if one.message.like not in NAMES), reverse=True)
    return 1 + max(some[math.floor(share * len(some))] for some, share in ((alike, LOOK_ALIKES), (plain, ORDINARY)))


def scores(found: Sequence[Answer]) -> list[float]:
    """For each tenth from -8 to 8 the share of messages with such an output that speak of the topic (Platt's fit)."""
    pairs = [
        (one.greatest[at] / 1000, float(topic in one.message.topics))
        for one in found
        for at, topic in enumerate(NAMES)
        if topic not in one.message.also
    ]
    slope, shift = 1.0, 0.0
    for _ in range(50):
        slope, shift = _newton(pairs, slope, shift)
    return [round(1 / (1 + math.exp(-slope * (step / 10 - 8 + 0.05) - shift)), 3) for step in range(161)]


def _newton(pairs: Sequence[tuple[float, float]], slope: float, shift: float) -> tuple[float, float]:
    """One step of Newton's method for a logistic regression of one input."""
    first = second = third = fourth = fifth = 0.0
    for x, y in pairs:
        p = 1 / (1 + math.exp(-slope * x - shift))
        weight = p * (1 - p) + 1e-9
        first, second = first + (y - p) * x, second + (y - p)
        third, fourth, fifth = third + weight * x * x, fourth + weight * x, fifth + weight
    whole = third * fifth - fourth * fourth
    return slope + (fifth * first - fourth * second) / whole, shift + (third * second - fourth * first) / whole
