"""The promises in prose: a labelled set, half of it harmless look-alikes, with its precision and recall held."""

from __future__ import annotations

import pytest

from reviewqueue.evidence.promises import KINDS
from reviewqueue.evidence.promises import sentences as promises_sentences
from tests.evidence.promises.labelled_sentences import LOOK_ALIKES, PROMISES

PRECISION, RECALL = 0.99, 0.97


def found(sentence: str) -> set[str]:
    """What is found in a sentence, as the labels say it."""
    return {f"{one.kind} {one.key} = {one.value}" for one in promises_sentences.promises("/body", sentence)}


def test_precision_and_recall_are_held() -> None:
    """Over the whole set; each sentence that is wrong is named."""
    right = wrong = missed = 0
    says = []
    for sentence, labels in [*PROMISES, *((one, ()) for one in LOOK_ALIKES)]:
        seen, due = found(sentence), set(labels)
        right, wrong, missed = right + len(seen & due), wrong + len(seen - due), missed + len(due - seen)
        if seen != due:
            says.append(f"{sentence}: found {sorted(seen)}, not {sorted(due)}")
    assert right / (right + wrong) >= PRECISION, "\n".join(says)
    assert right / (right + missed) >= RECALL, "\n".join(says)


def test_the_set_is_large_enough() -> None:
    """A hundred sentences and more, half of them look-alikes, every kind among the promises, none twice."""
    sentences = [sentence for sentence, _ in PROMISES] + LOOK_ALIKES
    assert len(sentences) == len(set(sentences)) >= 100
    assert len(LOOK_ALIKES) >= len(sentences) / 2
    assert {label.split()[0] for _, labels in PROMISES for label in labels} == set(KINDS)


@pytest.mark.parametrize(
    "text",
    ["", "x" * 5000, "\ue000d0\ue001 go-live \ue000d9\ue001", "go-live " * 2000 + "1 June", "kickoff is " * 50, "\x00\u202e",
     "price is " + "9" * 300, "We go live on 31 February 2026.", "we " + "answer " * 80 + "within"],
)  # fmt: skip
def test_nothing_odd_is_a_promise_or_a_failure(text: str) -> None:
    """Text from outside makes no promise by being odd, and takes no time."""
    assert promises_sentences.promises("/body", text) == []


def test_a_milestones_name_makes_its_date_a_promise() -> None:
    says = "Transport system connected is due on 30 March 2026."
    assert [one.key for one in promises_sentences.promises("/body", says, ["Transport system connected"])] == [
        "milestone: transport system connected"
    ]
    assert promises_sentences.promises("/body", says) == []
