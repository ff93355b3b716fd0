"""Row 42: whatever figures, dates and names are repeated into a text, it is read in proportion to its length. How
many seconds that is depends on the machine."""

from __future__ import annotations

import pytest

from reviewqueue.core import folding
from reviewqueue.evidence.text.values import entities
from reviewqueue.evidence.text.words import number_words
from tests.support.proportion import in_proportion

LONG = 50_000
PIECES = [
    "€1", "1€", "1 €", "EUR ", "1,", "1.", "1 000", "1'", "4,80,", "kr ", "R 1 000", "1 to ", "1–", "40–45 ", "between 1 and ", "€1k–",
    "48,000 US dollars ", "1 dólares de los ", "$1 a month ", "monthly ", "annual annual ", "1 a", "a year ", "k€", "48 k", "12 % ",
    "forty-", "forty and ", "a dozen ", "quatre-vingt-", "mil ", "y uno ", "achtund", "hundert", "half a dozen ", "twenty one hundred ",
    "first of ", "first of March ", "mid-", "the end of ", "end of Q2 ", "by the end of June ", "early May 20", "KW 1", "2026-W1", "Q1 ", "in Q1 ",
    "Monday, ", "Monday, 1 May ", "13 Apr 26 ", "13-", "May ", "May 1", "in six weeks ", "six weeks from now ", "2026-12-01T01:09:44Z ",
    "R. ", "R. G", "A. B. ", "Rosa, ", "Marlow, Rosa ", "van der ", "Aa van der ", "O'", "Jean-", "e\u0301", "E\u0301", "I\u0321\u0353\u035e", "Zoe\u0308 ", "GmbH ", "A & ",
    "\u200b", "\u00a0", "ß", "ﬁ", "Ａ", "İ", "é", "バ",
]  # fmt: skip


@pytest.mark.parametrize("piece", PIECES, ids=repr)
@pytest.mark.timeout(60)
def test_a_text_is_read_in_proportion(piece: str) -> None:
    """The control is a part of the same text."""

    def read(length: int) -> None:
        long = piece * (length // len(piece))
        entities._find(long, True)
        number_words.with_figures.__wrapped__(long)  # type: ignore[attr-defined]  # without its cache
        folding.readings(long)

    assert in_proportion(read, LONG)
