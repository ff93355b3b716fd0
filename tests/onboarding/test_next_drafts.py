"""The chain: from the approved packet to first value by approvals and evidence, each draft at its own gate, each once."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from reviewqueue.core.errors import Invalid
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.people import ApiKey, Automation
from reviewqueue.items import approved_plan
from reviewqueue.people import api_keys
from tests import drafts
from tests.cast import DANA, INES, PRIYA, SAM
from tests.support.draft_chain import PROOF, acts, begun, draft, of_kind, packet, plan_of, reach, states
from tests.support.draft_chain import draftings as due_of
from tests.support.executed_statements import hearing
from tests.world import World


def test_from_the_approved_packet_to_first_value(world: World) -> None:
    """The whole way: every draft comes by itself, waits at its gate, and what a person does with it brings the next."""
    begun(world)
    assert set(states(world)) == {"kickoff-brief", "project-plan", "risk-summary", "welcome", "sales-question"}
    assert set(states(world).values()) == {"waiting"}
    assert draft(world) == 5
    assert states(world)["sales-question"] == "skipped", "no field is missing"
    gates = {"kickoff_brief": "kickoff-preparation", "project_plan": "implementation-launch",
             "risk_summary": "risk-escalation", "customer_email": "customer-communication"}  # fmt: skip
    for kind, gate in gates.items():
        (item,) = of_kind(world, kind)
        assert (item.gate, item.state) == (gate, "pending"), kind
    (welcome,) = of_kind(world, "customer_email")
    assert world.draft(welcome.id)["to"] == ["piet@marlowfreight.example"]

    world.decide(DANA, of_kind(world, "kickoff_brief")[0].id, "approve")
    assert not plan_of(world), "a plan that nobody approved has no milestones active"
    world.decide(INES, of_kind(world, "project_plan")[0].id, "approve")
    held = plan_of(world)
    assert {one.layer for one in held} == {"internal setup", "implementation progress", "customer value"}
    assert all(one.owner and one.due_on and one.evidence and one.exit for one in held)
    draft(world)
    now = states(world)
    assert [now[key] for key in ("kickoff-scheduling", "portal-plan", "portal-task")] == ["drafted"] * 3

    before = len(acts(world))
    reach(world, held[0], INES)
    assert acts(world)[before:] == ["milestone.reach", "drafting.due"]
    draft(world)
    progress = world.draft(of_kind(world, "portal_update")[-1].id)
    assert held[0].name in progress["body"]
    assert held[1].name in progress["body"], "what comes next"
    assert PROOF in progress["body"]
    assert "task-complete" not in states(world), "it is nothing of the customer's"
    value = [one for one in held if one.layer == approved_plan.CUSTOMER_VALUE]
    reach(world, value[0])
    draft(world)
    assert states(world)["task-complete"] == "drafted"
    for one in value[1:]:
        assert "first-value" not in states(world)
        reach(world, one)
    draft(world)
    assert states(world)["first-value"] == "drafted"
    assert approved_plan.first_value_reached(plan_of(world))
    before = acts(world).count("drafting.due")
    reach(world, held[1])
    assert acts(world).count("drafting.due") == before, "first value ends it: nothing follows what comes after"

    assert not [one for one in states(world).values() if one not in ("drafted", "skipped")]
    assert draft(world) == 0, "nothing is due any more"
    with world.session() as session:
        ours = session.scalars(select(Automation).where(Automation.name == "Review Queue")).one()
        made = session.scalars(select(Item).where(Item.automation_id == ours.id)).all()
        assert ours.owner_id is None
        assert not session.scalars(select(ApiKey).where(ApiKey.automation_id == ours.id)).all()
    assert {one.item_id for one in due_of(world).values() if one.item_id} <= {one.id for one in made}
    assert world.verify().holds


def test_what_is_written_down_says_what_caused_it_and_which_template_it_is(world: World) -> None:
    """On the log: what an approval made due; and with each item, the drafting and the template it came from."""
    item = begun(world)
    draft(world)
    told = [json.loads(entry.body) for entry in world.log() if entry.act.startswith("drafting.")]
    assert told[0]["actor"] == "system:chain"
    assert told[0]["facts"]["cause"] == f"item:{item}"
    assert told[0]["facts"]["templates"][0] in states(world)
    drafted = {one["facts"]["template"]: one["item"] for one in told if one["act"] == "drafting.draft"}
    assert drafted == {one.template: one.item_id for one in due_of(world).values() if one.item_id}


def test_an_approval_costs_one_insert_and_nothing_where_nothing_follows(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many drafts follow a packet, they are one statement; a message that nothing follows costs none."""
    items = [world.submit(packet(drafts.deal())), world.submit(drafts.email()), world.submit(packet(drafts.deal()))]
    seen = [world.seen(item) for item in items]

    def approve(number: int, person: Any) -> list[str]:
        with hearing(world.engine) as said:
            world.decide(person, items[number], "approve", seen=seen[number])
        return [" ".join(statement.split()) for statement, _ in said]

    ran, mail = approve(0, PRIYA), approve(1, DANA)
    with monkeypatch.context() as patched:
        patched.setattr("reviewqueue.policy.model.policy.Policy.after", lambda *_: ())
        without = approve(2, PRIYA)
    assert len([one for one in ran if "INTO draftings" in one]) == 1
    assert len(ran) == len(without) + 1
    assert not [one for one in mail if "INTO draftings" in one or "milestones" in one]


@pytest.mark.parametrize(
    ("first", "template", "skipped", "why"),
    [
        ("brief", "kickoff-brief", True, "a brief of another automation is open"),
        ("welcome", "welcome", True, "another automation welcomes this customer already"),
        ("mail", "welcome", False, "another automation writes to this customer, but for another purpose"),
        ("withdrawn", "welcome", False, "what was taken back is in nobody's way"),
    ],
)
def test_what_another_automation_drafted_is_not_drafted_again(
    world: World, first: str, template: str, skipped: bool, why: str
) -> None:
    from reviewqueue.items import intake

    about = drafts.deal()
    if first == "brief":
        sent = drafts._submission(about, "kickoff_brief", "Kickoff brief", {"framing": "Dispatch is short."}, ())
        other = world.submit(sent)
    else:
        other = world.submit(replace(drafts.email(about), purpose="welcome" if first != "mail" else "kickoff"))
    if first == "withdrawn":
        with world.session() as session:
            intake.withdraw(session, world.caller, other, "Drafted twice by mistake.", world.now)
    begun(world, about)
    draft(world)
    one = due_of(world)[template]
    assert (one.state == "skipped") is skipped, why
    assert (f"Item {other} is open already" in one.says) is skipped
    assert world.item(other).state == ("withdrawn" if first == "withdrawn" else "pending"), "theirs stays as it is"


def test_nobody_makes_a_key_for_our_own_automation(world: World) -> None:
    with world.session() as session, pytest.raises(Invalid, match="not made"):
        api_keys.add(session, " Review Queue ", ["items:write"], SAM.actor, world.now)


def test_a_template_that_is_gone_from_the_policy_is_skipped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    begun(world)
    monkeypatch.setattr("reviewqueue.policy.model.policy.Policy.template", lambda *_: None)
    draft(world)
    assert set(states(world).values()) == {"skipped"}
    assert "no such template" in due_of(world)["welcome"].says
