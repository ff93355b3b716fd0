"""Speed: the promises of the longest message are found, and held against those that hold, in proportion to its length; and
what makes it fast changes no answer. The seconds are in docs/checks.md."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewqueue.checks import commitments
from reviewqueue.evidence.promises import KeptPromise, amounts, compare, documents, paraphrases, periods, sentences
from tests.checks.policies import MID
from tests.evidence.promises.labelled_sentences import LOOK_ALIKES, PROMISES
from tests.support.proportion import in_proportion

SIZE = 100_000


def numbered(row: str, number: int) -> str:
    """The sentence again, of another team and with other small figures."""
    return f"Team {number}: " + re.sub(
        r"\d+", lambda hit: str(int(hit[0]) + number) if len(hit[0]) < 4 else hit[0], row
    )


def text_of(*rows: str) -> str:
    """100 kB of these sentences, none of them twice."""
    lines = [numbered(row, number) for number in range(SIZE // 40 // len(rows) + 2) for row in rows]
    return "\n".join(lines)[:SIZE]


TEXTS = {
    "what each promise looks like": text_of(*(row[0] for row in PROMISES)),
    "what only looks like one": text_of(*LOOK_ALIKES),
    "days, one after the other": text_of("we will go live on 3 March and connect SAP;"),
    "what is brought over and what is not": text_of(
        "We will not migrate the old shipments, but the open orders are migrated."
    ),
}
HELD = [
    KeptPromise(promise, "the welcome message", number)
    for number, (said, *_) in enumerate(PROMISES, 1)
    for promise in documents.promises("customer_email", {"body": said})
]


def forget() -> None:
    """A process that has read nothing yet."""
    read = amounts.marked, sentences.of_message, compare._same_day, paraphrases._speaks_of, paraphrases._is_else
    for known in read:
        known.cache_clear()


def compare_with_held(text: str) -> None:
    """Find the promises of a message and compare them with sixty that hold."""
    forget()
    commitments.changes(MID, "customer_email", {"subject": "Welcome", "body": text}, {}, HELD)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("what", TEXTS)
def test_the_longest_message_is_read_in_proportion(what: str) -> None:
    """The control is a part of the same text: eight times as much takes at most twenty times as long."""
    assert len(HELD) > 50
    assert in_proportion(lambda length: compare_with_held(TEXTS[what][:length]), SIZE)


WORDS = st.sampled_from(
    ["may", "MAR", "Q1", "q5", "xq1", "by", "bye", "in", "within", "end", "friend", "Pâques", "noël", "mid-", "2027", "’", "é", "\u0130n",
     "\u212aar", "Mär", "août", "enero", "half", "before", "after", "year", "Ostern", "a", "déc", "janvıer", "ſeptember"]
)  # fmt: skip


@given(st.lists(WORDS | st.text(max_size=5), max_size=6).map(" ".join))
def test_a_day_is_looked_for_wherever_it_was(text: str) -> None:
    """The quick look at the letters says what the whole pattern says, whatever the text."""
    assert periods._may_name_a_day(text) == (periods._CUE.search(text) is not None)


@pytest.mark.parametrize("row", [*(row[0] for row in PROMISES), *LOOK_ALIKES])
def test_the_quick_look_says_so_of_every_labelled_sentence(row: str) -> None:
    assert periods._may_name_a_day(row) == (periods._CUE.search(row) is not None)


def test_a_sentence_that_was_read_before_is_answered_alike() -> None:
    """What is kept of a sentence is what is found in it."""
    forget()
    for row in (*(row[0] for row in PROMISES), *LOOK_ALIKES):
        assert sentences.of_message(row) == sentences.of_message(row) == tuple(sentences.in_sentence(row))
