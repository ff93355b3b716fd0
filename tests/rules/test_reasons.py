"""Rule 3 and row 6: every decision has a reason from the gate's list, and readable words where they are due."""

from __future__ import annotations

from typing import Any

import pytest

from reviewqueue.core.errors import Invalid
from reviewqueue.core.vocabulary import ACTS, ActKey
from reviewqueue.delivery import callbacks
from reviewqueue.items import intake, leases
from reviewqueue.review import decision_requests
from tests import drafts, northbeam
from tests.cast import DANA, MARCUS, PRIYA, TOM
from tests.db.test_triggers import UNREADABLE
from tests.world import REASONS, World

POLICY = northbeam.policy()


@pytest.mark.parametrize("gate", sorted(one.key for one in POLICY.gates))
@pytest.mark.parametrize("act", ["send_back", "escalate", "reject"])
def test_each_gate_has_a_last_reason_for_what_none_of_the_others_says(gate: str, act: ActKey) -> None:
    """ "Something else" stands last, behind few enough to read; the words that these acts require say what."""
    shipped = next(one for one in POLICY.gates if one.key == gate)
    offered = [one.code for one in POLICY.reasons_for(shipped, act)]
    assert offered[-1] == "something-else"
    assert 2 <= len(offered) <= 9


def said_for(world: World, item: int, action: str) -> dict[str, Any]:
    """What an act needs beside its reason."""
    if action == "edit":
        return {"draft": {**world.draft(item), "subject": "Kickoff on Tuesday"}}
    return {"passes": ("automation.tone",)} if action == "override" else {}


def faults(world: World, action: str, item: int, **said: Any) -> list[str]:
    """Where the act is refused; fails the test when it is not."""
    before = world.everything()
    with pytest.raises(Invalid) as refused:
        world.decide(TOM, item, action, **{**said_for(world, item, action), **said})
    assert world.everything() == before
    return [fault.at for fault in refused.value.faults]


@pytest.fixture
def failing(world: World) -> int:
    """An e-mail with a failed check that may be overridden."""
    return world.submit(drafts.with_check(drafts.email(), "automation.tone"))


@pytest.mark.parametrize("action", ["send_back", "escalate", "override", "reject"])
def test_words_nobody_can_read_are_no_reason(world: World, failing: int, action: str) -> None:
    """Nothing, white space, hidden characters, or nine letters: refused at /text; and the control: ten are enough."""
    for what, text in UNREADABLE.items():
        assert faults(world, action, failing, text=text) == ["/text"], what
    assert world.decide(TOM, failing, action, text="ten letters", **said_for(world, failing, action))


@pytest.mark.parametrize("action", [act for act in ACTS if act != "approve"])
def test_a_reason_is_one_of_the_gates(world: World, failing: int, action: str) -> None:
    """No code, an invented one, one of another act, one in other letters: refused at /reason_code."""
    other = REASONS["approve"] if action != "approve" else REASONS["reject"]
    for code in ("", " ", "because", other, REASONS[action].upper(), f" {REASONS[action]}"):
        assert faults(world, action, failing, reason_code=code) == ["/reason_code"]
    assert world.decide(TOM, failing, action, **said_for(world, failing, action))


def test_an_approval_needs_its_code_too(world: World) -> None:
    """The same for approving; its words may stay empty where the policy asks for none."""
    item = world.submit(drafts.email())
    for code in ("", "because", REASONS["reject"]):
        assert faults(world, "approve", item, reason_code=code) == ["/reason_code"]
    assert world.decide(DANA, item, "approve", text="").state == "approved"


@pytest.mark.parametrize("gate", POLICY.gates, ids=lambda gate: gate.key)
def test_every_gate_has_reasons_for_each_act(gate: Any) -> None:
    """At no gate is an act there that could not be given a reason."""
    assert all(POLICY.reasons_for(gate, act) for act in ACTS if act != "override" or gate.overrides)


def test_everything_wrong_is_told_at_once(world: World, failing: int) -> None:
    """One try tells the person all there is to fix."""
    said = {"reason_code": "", "text": "", "passes": (), "expires_on": None}
    assert faults(world, "override", failing, **said) == ["/reason_code", "/text", "/passes", "/expires_on"]


def test_more_words_than_anybody_reads_are_refused(world: World, failing: int) -> None:
    """Ten thousand characters are kept whole, one more is told."""
    assert faults(world, "reject", failing, text="x" * 10_001) == ["/text"]
    world.decide(TOM, failing, "reject", text="x" * 10_000)
    assert world.decisions(failing)[0].text == "x" * 10_000


NAUGHTY = [
    "Robert'); DROP TABLE decisions;-- said so",
    "<script>alert('ten letters')</script>",
    "{{ 7 * 7 }} ${7*7} %s %(x)s :name \\u0000",
    "the customer said 👩‍👩‍👧‍👦 \U0001f3f4\U000e0067\U000e0062\U000e007f fine",
    "مرحبا بالعالم كله \u202e dlrow",
    "line one\r\nline two\u2028line three",
]


@pytest.mark.parametrize("text", NAUGHTY)
def test_whatever_is_typed_comes_back_letter_for_letter(world: World, failing: int, text: str) -> None:
    """No text breaks anything, and none is changed on its way in."""
    world.decide(TOM, failing, "reject", text=text)
    assert world.decisions(failing)[0].text == text
    assert world.verify().holds


@pytest.mark.parametrize("text", ["half a character: \ud800", "It was 5\x00 o'clock when they called."])
def test_what_no_database_keeps_is_refused_with_its_place(world: World, failing: int, text: str) -> None:
    """Half of a pair is written down nowhere; a zero only in a draft, which is kept as JSON."""
    assert faults(world, "reject", failing, text=text) == ["/text"]
    draft = {**world.draft(failing), "subject": text}
    if "\x00" not in text:
        assert faults(world, "edit", failing, draft=draft) == ["/draft/subject"]
    else:
        world.decide(TOM, failing, "edit", draft=draft)
        assert world.draft(failing)["subject"] == text


@pytest.mark.parametrize("what", ["nothing", "zero width", "nine letters in a crowd"])
def test_other_acts_that_need_a_reason_need_a_readable_one(world: World, what: str) -> None:
    """Withdrawing, taking over, giving a message up: the same rule, and nothing is written."""
    reason = UNREADABLE[what]
    item = world.submit(drafts.email())
    with world.session() as session:
        leases.take(session, DANA.id, item, world.now)
        before = world.everything()
        with pytest.raises(Invalid):
            leases.take_over(session, TOM.id, item, reason, world.now)
        with pytest.raises(Invalid):
            intake.withdraw(session, world.caller, item, reason, world.now)
        with pytest.raises(Invalid):
            callbacks.give_up(session, PRIYA.id, 1, reason, world.now)
        assert world.everything() == before
        intake.withdraw(session, world.caller, item, "Drafted twice by mistake.", world.now)


def test_the_control_without_the_guard_a_blank_reason_stops_at_the_database(
    world: World, failing: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the verb's own check taken out, a blank reason gets as far as the table, which refuses it."""
    from sqlalchemy.exc import DBAPIError

    monkeypatch.setattr(decision_requests, "_validate_request", lambda *_: None)
    with pytest.raises(DBAPIError, match="text_seen"):
        world.decide(MARCUS, failing, "reject", text="\u200b")
    world.decide(MARCUS, failing, "reject", reason_code="because", text="no such code is known")
