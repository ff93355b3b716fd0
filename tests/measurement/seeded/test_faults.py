"""Faults: one known fault in one text, the same from the same seed; which acts catch it; and the seal."""

from __future__ import annotations

from typing import Any

import pytest

from reviewqueue.measurement.seeded import Fault, apply, candidates, caught, opens, seal, turn
from reviewqueue.measurement.seeded.faults import FAULTS
from tests import drafts

MAIL = drafts.email(
    body="Hello Rosa,\n\nyour project starts on 23 March 2026, with 40 users. Ines Castellanos is your lead. The old board "
    "is not switched off before.\n\nPlease send the branch list by Friday. We look forward to it.\n\nKind regards\nDana"
).drafted
PACKET, PLAN = drafts.packet().drafted, drafts.plan().drafted


@pytest.mark.parametrize("drafted", [MAIL, PACKET, PLAN], ids=["mail", "packet", "plan"])
def test_each_fault_is_one_change_that_a_reader_could_see(drafted: Any) -> None:
    """In one text, and gone when the good draft is back; the same seed gives the same, another one another order."""
    found = candidates(drafted.draft, drafted.sources, "a")
    assert found == candidates(drafted.draft, drafted.sources, "a")
    assert found != candidates(drafted.draft, drafted.sources, "b")
    for fault in found:
        bad = apply(drafted.draft, fault)
        assert bad != drafted.draft
        assert not caught(fault, "edit", bad), fault
        assert caught(fault, "edit", drafted.draft), fault


def test_every_kind_is_found_somewhere() -> None:
    """No row of the table is dead."""
    every = [one for drafted in (MAIL, PACKET, PLAN) for one in candidates(drafted.draft, drafted.sources, "a")]
    assert {one.key for one in every} == set(FAULTS)


# (the kind of fault, what the mail says with it)
SAYS: list[tuple[str, str]] = [
    ("date", "starts on 16 March 2026"),
    ("not", "is switched off before"),
    ("receiver", "@marlowfreight.example"),
]


@pytest.mark.parametrize(("key", "words"), SAYS, ids=[one[0] for one in SAYS])
def test_what_a_fault_says(key: str, words: str) -> None:
    """A week off, the opposite, an address nobody knows in the customer's own domain."""
    fault = next(one for one in candidates(MAIL.draft, MAIL.sources, "a") if one.key == key)
    bad = apply(MAIL.draft, fault)
    assert words in bad["body"] + bad["to"][0]
    assert bad["to"] != MAIL.draft["to"] or key != "receiver"


CHANGED = Fault("date", "", "/body", "on 9 March", "on 16 March")
LEFT_OUT = Fault("next_step", "", "/body", "So be it. Please send us the list.", "So be it.")
PUT_IN = Fault("promise", "", "/body", "So be it.", "So be it. A second training is included.")
# (a sentence, the fault, the act, the body after it, whether that catches it)
ACTS: list[tuple[str, Fault, str, str, bool]] = [
    ("approving misses it", CHANGED, "approve", "on 16 March", False),
    ("passing over a check misses it", CHANGED, "override", "on 16 March", False),
    ("sending back catches it", CHANGED, "send_back", "on 16 March", True),
    ("escalating catches it", CHANGED, "escalate", "on 16 March", True),
    ("rejecting catches it", CHANGED, "reject", "on 16 March", True),
    ("an edit elsewhere misses it", CHANGED, "edit", "Hello. We meet on 16 March", False),
    ("an edit to a third date catches it", CHANGED, "edit", "on 23 March", True),
    ("what was left out is still out", LEFT_OUT, "edit", "Hi. So be it.", False),
    ("it is back in other words", LEFT_OUT, "edit", "So be it. Could you please send the list to us?", True),
    ("what was put in is still there", PUT_IN, "edit", "Hi. So be it. A second training is included.", False),
    ("it is taken out", PUT_IN, "edit", "So be it.", True),
    ("the whole text is gone", PUT_IN, "edit", "", True),
]


@pytest.mark.parametrize(("says", "fault", "act", "body", "is_caught"), ACTS, ids=[one[0] for one in ACTS])
def test_which_acts_catch_it(says: str, fault: Fault, act: str, body: str, is_caught: bool) -> None:
    """Stopping it does, letting it pass does not, an edit only if the fault is gone."""
    assert caught(fault, act, {"body": body}) is is_caught, says


def test_a_fault_whose_words_are_gone_is_not_put_in() -> None:
    """What was sealed is what is seeded, or nothing is."""
    with pytest.raises(ValueError, match="is not exactly once"):
        apply({"body": "on 9 March, on 9 March"}, CHANGED)


def test_the_seal_opens_with_exactly_what_was_sealed() -> None:
    """Another draft, fault or salt does not open it."""
    made = seal("a" * 64, vars(CHANGED), "00ff")
    assert len(made) == 64
    assert opens(made, "a" * 64, vars(CHANGED), "00ff")
    assert not opens(made, "b" * 64, vars(CHANGED), "00ff")
    assert not opens(made, "a" * 64, vars(PUT_IN), "00ff")
    assert not opens(made, "a" * 64, vars(CHANGED), "00fe")


@pytest.mark.parametrize("percent", [1, 2, 5, 10])
def test_it_comes_as_often_as_the_policy_says_and_cannot_be_counted_out(percent: int) -> None:
    """100/percent on average over many seeds, between half and half as many again."""
    turns = [turn(percent, str(number)) for number in range(2000)]
    assert sum(turns) / len(turns) == pytest.approx(100 / percent, rel=0.05)
    assert min(turns) >= 100 / percent / 2 - 1
    assert max(turns) <= 150 / percent + 1
    assert len(set(turns)) >= 100 / percent / 2
