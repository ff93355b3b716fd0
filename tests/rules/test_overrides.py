"""Rule 4: an override is its own event: it names each failed check, has a reason, words, an end, and its people."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from reviewqueue.core.errors import Forbidden, Invalid
from reviewqueue.db.tables.items import Decision
from reviewqueue.policy import evaluation
from tests import drafts
from tests.cast import DANA, HELEN, INES, MARCUS, PRIYA, TOM
from tests.world import World

TONE, CLAIM = "automation.tone", "evidence.citation"


@pytest.fixture
def failing(world: World) -> int:
    """An e-mail with two failed checks that may be overridden, at a gate that asks for a second person."""
    return world.submit(drafts.with_check(drafts.with_check(drafts.email(), TONE), CLAIM))


def refusal(world: World, item: int, **said: Any) -> list[str]:
    """Where Tom's override is refused; fails the test when it is not."""
    before = world.everything()
    with pytest.raises(Invalid) as refused:
        world.decide(TOM, item, "override", **said)
    assert world.everything() == before
    return [fault.at for fault in refused.value.faults]


@pytest.mark.parametrize(
    "passes",
    [(), (TONE,), (CLAIM,), (TONE, CLAIM, "field.customer_outcome"), ("automation.*", CLAIM), (TONE.upper(), CLAIM)],
)
def test_each_failed_check_is_named(world: World, failing: int, passes: tuple[str, ...]) -> None:
    """Not fewer, not more, no pattern: exactly the checks that fail; and the control with both."""
    assert refusal(world, failing, passes=passes) == ["/passes"]
    assert world.decide(TOM, failing, "override", passes=(CLAIM, TONE)).state == "pending"


@pytest.mark.parametrize("days", [None, -1, 0, 8, 400])
def test_it_has_an_end(world: World, failing: int, days: int | None) -> None:
    """After today and no later than the gate's days; and the control at the last day."""
    said = None if days is None else world.now.date() + timedelta(days=days)
    assert refusal(world, failing, passes=(CLAIM, TONE), expires_on=said) == ["/expires_on"]
    last = world.now.date() + timedelta(days=7)
    world.decide(TOM, failing, "override", passes=(CLAIM, TONE), expires_on=last)
    assert world.decisions(failing)[0].expires_at == datetime(2026, 3, 9, 4, tzinfo=UTC), "midnight in New York"


def test_it_is_never_an_approve(world: World, failing: int) -> None:
    """With a failed check there is no approving, without one there is no overriding, and the rows differ."""
    with pytest.raises(Forbidden, match=f"Failed checks block approval: .*{TONE}"):
        world.decide(TOM, failing, "approve")
    clean = world.submit(drafts.email())
    with pytest.raises(Forbidden, match="nothing to override"):
        world.decide(TOM, clean, "override", passes=())
    world.decide(TOM, failing, "override", passes=(CLAIM, TONE))
    world.decide(DANA, clean, "approve")
    (overrides,), (approves,) = world.decisions(failing), world.decisions(clean)
    assert (overrides.action, overrides.passes) == ("override", [TONE, CLAIM])
    assert (approves.action, approves.passes, approves.expires_at) == ("approve", [], None)


def test_not_an_override_and_not_recorded_are_two_things(world: World, failing: int) -> None:
    """The log says null where there was none, and names checks and end where there was one."""
    clean = world.submit(drafts.email())
    world.decide(DANA, clean, "approve")
    world.decide(TOM, failing, "override", passes=(CLAIM, TONE))
    none, one = (json.loads(world.log(item)[-1].body) for item in (clean, failing))
    assert (none["act"], none["facts"]["override"]) == ("item.approve", None)
    assert one["act"] == "item.override"
    assert one["facts"]["override"] == {"passes": [TONE, CLAIM], "until": "2026-03-07T05:00:00.000000Z"}


def test_only_the_gates_own_people_override(world: World, failing: int) -> None:
    """A CSM decides here but does not override here; the refusal says who, and which rule."""
    with pytest.raises(
        Forbidden, match=r"Only manager or cs leader may override [a-z.]+ here \(gates/customer-communication"
    ):
        world.decide(DANA, failing, "override", passes=(CLAIM, TONE))


@pytest.mark.parametrize("key", ["text.hidden", "topic.renewal", "automation", "evidences.citation"])
def test_what_the_gate_does_not_name_nobody_passes_over(world: World, key: str) -> None:
    """A failed check outside the gate's families shuts the draft until it is edited, for everybody."""
    item = world.submit(drafts.with_check(drafts.with_check(drafts.email(), TONE), key))
    for person in (TOM, HELEN):
        with pytest.raises(Forbidden, match=f"Nobody may override {key}"):
            world.decide(person, item, "override", passes=(TONE, key))


def test_a_second_person_where_the_policy_says_so(world: World, failing: int) -> None:
    """One override is not enough here; the same person twice is one; another's approval makes it two."""
    done = world.decide(TOM, failing, "override", passes=(CLAIM, TONE))
    assert (done.state, [need.code for need in done.needs]) == ("pending", ["approval"])
    for action, passes in (("approve", ()), ("override", (CLAIM, TONE))):
        with pytest.raises(Forbidden):
            world.decide(TOM, failing, action, passes=passes)
    assert world.decide(DANA, failing, "approve").state == "approved"


def test_one_person_where_the_policy_says_so(world: World) -> None:
    """At the handoff gate RevOps alone overrides a gap, with a reason and an end."""
    item = world.submit(drafts.packet(without=("customer_outcome",)))
    said = {"reason_code": "known-gap-accepted", "passes": ("field.customer_outcome",)}
    assert world.decide(PRIYA, item, "override", **said).state == "approved"
    (message,) = world.outbox(item)
    assert '"checks_passed_over":["field.customer_outcome"]' in message.body


def test_an_edit_makes_it_void(world: World, failing: int) -> None:
    """Overridden for these words is not overridden for others."""
    world.decide(TOM, failing, "override", passes=(CLAIM, TONE))
    world.decide(MARCUS, failing, "edit", draft={**world.draft(failing), "subject": "Kickoff on Tuesday"})
    with pytest.raises(Forbidden, match="Failed checks block approval"):
        world.decide(DANA, failing, "approve")


def test_after_its_end_it_counts_for_nothing(world: World, failing: int) -> None:
    """Nobody came as second person in time: the checks stand in the way again, and it can be said again."""
    world.decide(TOM, failing, "override", passes=(CLAIM, TONE), expires_on=world.tomorrow())
    in_time, too_late = world.now + timedelta(hours=13), world.now + timedelta(hours=15)
    with pytest.raises(Forbidden, match="Failed checks block approval"):
        world.decide(DANA, failing, "approve", now=too_late)
    later = (too_late + timedelta(days=2)).date()
    world.decide(TOM, failing, "override", passes=(CLAIM, TONE), expires_on=later, now=too_late)
    assert world.decide(DANA, failing, "approve", now=too_late).state == "approved"
    again = world.submit(drafts.with_check(drafts.email(), TONE))
    world.decide(TOM, again, "override", passes=(TONE,), expires_on=world.tomorrow())
    assert world.decide(DANA, again, "approve", now=in_time).state == "approved", "the control: in time"


def test_two_overrides_of_one_onboarding_are_counted(world: World) -> None:
    """What was overridden before is a fact that the policy's conditions can ask for."""
    about = drafts.deal()
    packet = world.submit(drafts.packet(about, without=("customer_outcome",)))
    said = {"reason_code": "known-gap-accepted", "passes": ("field.customer_outcome",)}
    world.decide(PRIYA, packet, "override", **said)
    from reviewqueue.items.evaluate import earlier_overrides

    with world.session() as session:
        onboarding = world.item(packet).onboarding_id
        assert earlier_overrides(session, onboarding) == 1
        assert session.scalars(select(Decision.action)).all() == ["override"]


def test_the_control_a_laxer_gate_lets_it_through(world: World, failing: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the second person taken out of the rule, one override is enough: it was the rule that asked."""
    monkeypatch.setattr(evaluation, "quorum", lambda *_: 1)
    assert world.decide(TOM, failing, "override", passes=(CLAIM, TONE)).state == "approved"


def test_the_implementation_lead_overrides_at_their_own_gate(world: World) -> None:
    """Each gate has its own people for it."""
    item = world.submit(drafts.with_check(drafts.plan(), TONE))
    said = {"reason_code": "check-wrong", "passes": (TONE,)}
    with pytest.raises(Forbidden):
        world.decide(TOM, item, "override", **said)
    assert world.decide(INES, item, "override", **said).state == "pending"
    assert world.decide(HELEN, item, "approve").state == "approved"
