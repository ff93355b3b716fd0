"""How many sentences of a draft say something in which nothing could be compared with a record."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate

from reviewqueue.evidence.text.sentence.clauses import telling_sentences


def count(texts: Iterable[tuple[str, str]], spans: Iterable[tuple[str, int, int]]) -> int:
    """How many telling sentences of the texts, by pointer, none of the compared spans (pointer, start, end) touches."""
    by_text: dict[str, list[tuple[int, int]]] = {}
    for at, start, end in spans:
        by_text.setdefault(at, []).append((start, end))
    return sum(_outside(telling_sentences(text), by_text.get(at, ())) for at, text in texts)


def _outside(sentences: Sequence[tuple[int, int]], spans: Sequence[tuple[int, int]]) -> int:
    """How many of these sentences no span touches."""
    ordered = sorted(spans)
    starts, ends = [start for start, _ in ordered], list(accumulate((end for _, end in ordered), max))
    before = ((first, bisect_left(starts, last)) for first, last in sentences)
    return sum(not (many and ends[many - 1] > first) for first, many in before)
