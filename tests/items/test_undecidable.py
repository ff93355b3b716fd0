"""Standstill: an item that nobody could bring through says so, with what an admin has to do; nothing waits silently."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from reviewqueue.cli import diagnostics
from reviewqueue.db.database import writing
from reviewqueue.db.tables.people import Automation, Membership, Person
from reviewqueue.items import item_context, undecidable
from reviewqueue.items.submission_rules import Submission
from reviewqueue.people import api_keys, users
from reviewqueue.policy import evaluation, policy_versions
from reviewqueue.policy.evaluation import Actor, Situation, Vote
from tests import drafts, northbeam
from tests.cast import AUTOMATION, DANA, HELEN, INES, JONAS, LENA, MARCUS, PRIYA, SAM, TOM, Named
from tests.rules.test_separation import chain, gives
from tests.web.conftest import text_of
from tests.world import World

POLICY = northbeam.policy()


def closes(world: World, *persons: Named) -> None:
    """These accounts are closed."""
    with world.session() as session:
        for person in persons:
            users.disable(session, person.id, SAM.id, world.now)


def told(world: World, item: int) -> str:
    """What is said of an item."""
    with world.session() as session:
        return undecidable.why_undecidable(session, item_context.load(session, item, world.now), world.now)


def test_while_somebody_can_decide_nothing_is_said(world: World) -> None:
    """The control: each kind of draft in each lane can be brought through by the cast."""
    for draft in (drafts.email(), drafts.packet(), drafts.plan()):
        for lane in (drafts.LANE, drafts.TWO_APPROVALS):
            submission = drafts.in_lane(draft, lane)
            about = drafts.deal(f"{draft.drafted.kind} {lane}")
            item = world.submit(_about(submission, about))
            assert told(world, item) == ""


def _about(submission: Submission, deal: drafts.Deal) -> Submission:
    return replace(submission, external_id=deal.external_id, customer=deal.customer)


def test_nobody_holds_a_role_that_decides(world: World) -> None:
    """RevOps and the CS leader are gone: the packet says whom it waits for and what an admin does about it."""
    item, plan = world.submit(drafts.packet()), world.submit(drafts.plan())
    closes(world, PRIYA, HELEN)
    assert told(world, item) == "", "Jonas is still there"
    closes(world, JONAS)
    assert told(world, item) == (
        "No open account is revops, so nobody can decide this item. An admin has to give somebody who is not involved "
        "the role it waits for: revops"
    )
    assert told(world, plan) == "", "Ines still decides plans"


def test_everybody_who_decides_is_involved(world: World) -> None:
    """Ines owns the automation and Helen is gone: nobody is left for the plan, until somebody gets the role."""
    item = world.submit(drafts.plan())
    closes(world, HELEN)
    with world.session() as session, writing(session):
        session.execute(update(Automation).where(Automation.id == 1).values(owner_id=INES.id))
    assert "of the 1 who decide here none is neither involved in it nor has approved it" in told(world, item)
    with world.session() as session:
        users.set_roles(session, LENA.id, ["sales_owner", "implementation_lead"], SAM.id, world.now)
    assert told(world, item) == ""


def test_in_a_small_team_who_made_it_brings_it_through(world: World) -> None:
    """The same Ines, where the policy exempts a small team."""
    files = northbeam.files()
    files["organisation.toml"] = files["organisation.toml"].replace("small_team = false", "small_team = true")
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)
    item = world.submit(drafts.plan())
    closes(world, HELEN)
    with world.session() as session, writing(session):
        session.execute(update(Automation).where(Automation.id == 1).values(owner_id=INES.id))
    assert told(world, item) == ""


def test_who_is_above_can_finish_it_so_it_is_to_be_escalated(world: World) -> None:
    """Nobody who decides is left, and the leader it is escalated to is: that is what to do, and no role has to be given."""
    item = world.submit(drafts.in_lane(drafts.plan(), drafts.TWO_APPROVALS))
    closes(world, INES)
    assert told(world, item).endswith("so it stands. Escalate it: cs leader or manager can finish it then")


@pytest.mark.parametrize("what", ["of an older revision", "of an override that has ended"])
def test_only_the_approvals_that_hold_are_counted(world: World, what: str) -> None:
    """Two are asked for: what was approved before, or until yesterday, is none of them. The control: until then it is."""
    draft = drafts.with_check(drafts.email(), "automation.tone", "fail" if "override" in what else "pass")
    item = world.submit(drafts.in_lane(draft, drafts.TWO_APPROVALS))
    at = world.now
    if "override" in what:
        world.decide(TOM, item, "override", passes=("automation.tone",))
        at += timedelta(days=30)
    else:
        world.decide(DANA, item, "approve")
    closes(world, HELEN, *((DANA, MARCUS) if "override" in what else (TOM,)))
    with world.session() as session:
        before = dict(undecidable.open_items(session, world.now)).get(item, "")
    assert "It needs 2" not in before
    if "revision" in what:
        world.decide(MARCUS, item, "edit", draft={**world.draft(item), "subject": "Kickoff, moved"})
    with world.session() as session:
        assert "It needs 2 more approvals" in dict(undecidable.open_items(session, at))[item]


def test_two_are_asked_for_and_one_is_left(world: World) -> None:
    """In the lane of two approvals, with one reviewer left who has approved."""
    item = world.submit(drafts.in_lane(drafts.email(), drafts.TWO_APPROVALS))
    world.decide(DANA, item, "approve")
    closes(world, MARCUS, TOM, HELEN)
    assert "It needs 1 more approval, and of the 1 who decide here none" in told(world, item)


def test_a_stand_in_counts(world: World) -> None:
    """Who stands in for the only one left is one of two where two are asked for, once they act at the gate themselves."""
    item = world.submit(drafts.in_lane(drafts.email(), drafts.TWO_APPROVALS))
    closes(world, MARCUS, TOM, HELEN)
    assert told(world, item)
    chain(world, DANA, LENA)
    assert told(world, item), "a sales owner has no role of her own there"
    gives(world, LENA, ("sales_owner", "manager"))
    assert told(world, item) == ""


def test_a_group_counts(world: World) -> None:
    """Somebody of the deal desk decides a risk when no leader is there."""
    item = world.submit(_kind(drafts.email(), "risk_summary"))
    closes(world, HELEN, TOM)
    assert "No open account is cs leader or the group Deal desk" in told(world, item)
    with world.session() as session, writing(session):
        row = {"group_key": "deal-desk", "person_id": LENA.id, "since": world.now - timedelta(days=1)}
        session.execute(insert(Membership).values(**row))
    assert told(world, item) == ""


def _kind(submission: Submission, kind: str) -> Submission:
    return replace(submission, drafted=replace(submission.drafted, kind=kind))


def test_what_was_sent_back_and_what_is_settled_waits_for_no_reviewer(world: World) -> None:
    back, done = world.submit(drafts.packet()), world.submit(drafts.packet())
    world.decide(PRIYA, back, "send_back")
    world.decide(PRIYA, done, "approve")
    closes(world, PRIYA, HELEN, JONAS)
    assert (told(world, back), told(world, done)) == ("", "")


LEAD, BOTH, OTHER = (
    Actor(1, frozenset({"implementation_lead"})),
    Actor(2, frozenset({"implementation_lead", "csm"})),
    Actor(3, frozenset({"cs_leader"})),
)


@pytest.mark.parametrize(
    ("what", "there", "votes", "stands"),
    [
        ("a lead, and somebody who is CSM as well", [LEAD, BOTH], (), False),
        ("one person who is both is one, and a leader is neither", [BOTH, OTHER], (), True),
        ("the one who is both approved as lead, and no CSM is left", [BOTH, OTHER], (Vote(2, "implementation_lead", "approve"),), True),
    ],
)  # fmt: skip
def test_each_role_that_must_approve_needs_a_person_of_its_own(
    what: str, there: list[Actor], votes: tuple[Vote, ...], stands: bool
) -> None:
    gate = POLICY.gate("enterprise-saas", "implementation-launch")
    assert gate is not None
    found = undecidable.why_nobody(POLICY, gate, Situation("pending", "project_plan", votes=votes), there)
    assert bool(found) is stands, what
    assert evaluation.quorum(gate, Situation("pending", "project_plan")) == 2


def test_the_doctor_names_the_items(world: World) -> None:
    """With the first one's reason and the fix; and is content once somebody can decide."""
    item = world.submit(drafts.packet())
    closes(world, PRIYA, HELEN, JONAS)
    with world.session() as session:
        (found,) = [one for one in diagnostics.database_findings(session, world.now) if one.name == "deciders"]
    assert not found.well
    assert f"nobody can bring #{item} through. #{item}: No open account is revops" in found.says
    assert "people page" in found.fix
    with world.session() as session:
        users.set_roles(session, LENA.id, ["revops"], SAM.id, world.now)
        (found,) = [one for one in diagnostics.database_findings(session, world.now) if one.name == "deciders"]
    assert found.well


def test_a_maker_of_the_key_and_a_role_that_came_too_late_bring_nothing_through(world: World) -> None:
    """The clock and the doctor see what the item's page sees: the only one left made the key, or gave themselves the
    role since. The control: another admin's gift to somebody else counts."""
    item = world.submit(drafts.packet())
    closes(world, HELEN, JONAS)
    with world.session() as session, writing(session):
        session.execute(update(Person).where(Person.id == PRIYA.id).values(held="admin revops"))
    with world.session() as session:
        assert list(undecidable.open_items(session, world.now)) == []
        api_keys.add(session, AUTOMATION, ["items:write"], PRIYA.actor, world.now)
    with world.session() as session:
        ((stuck, why),) = undecidable.open_items(session, world.now)
    assert stuck == item
    assert "of the 1 who decide here none is neither involved" in why

    with world.session() as session, writing(session):
        session.execute(update(Person).where(Person.id == TOM.id).values(held="admin"))
    with world.session() as session:  # Tom, who has nothing to do with the item: Sam owns its automation
        users.set_roles(session, TOM.id, ["admin", "revops"], TOM.id, world.now + timedelta(minutes=1))
    with world.session() as session:
        assert [one for one, _ in undecidable.open_items(session, world.now + timedelta(minutes=2))] == [item]
        users.set_roles(session, LENA.id, ["revops"], SAM.id, world.now + timedelta(minutes=3))
    with world.session() as session:
        assert list(undecidable.open_items(session, world.now + timedelta(minutes=4))) == []


# (who edits, what, whose accounts are closed, what the page tells the editor)
EDITED = [
    (DANA, drafts.email, (), "Marcus Oyelaran, Helen Strand or Tom Abara may approve it."),
    (DANA, drafts.email, (MARCUS,), "Helen Strand or Tom Abara may approve it."),
    (INES, drafts.plan, (), "Helen Strand may approve it."),
    (INES, drafts.plan, (HELEN, TOM), "Nobody else may, here or once it is escalated: an admin gives somebody a role"),
    (PRIYA, drafts.packet, (), "Jonas Petersen or Helen Strand may approve it."),
]


@pytest.mark.parametrize(("editor", "write", "gone", "says"), EDITED)
def test_who_edits_is_told_who_may_approve(
    world: World, client_for: Any, editor: Named, write: Any, gone: tuple[Named, ...], says: str
) -> None:
    """An edit makes its editor a maker: the page names who approves it then, by name, at the gate or once escalated."""
    item = world.submit(write())
    closes(world, *gone)
    assert says not in text_of(client_for(editor).get(f"/items/{item}"))
    draft = world.draft(item)
    key = "body" if "body" in draft else None
    changed = {**draft, "body": f"{draft['body']}\nSee you then."} if key else {**draft, "note": "Read once more."}
    world.decide(editor, item, "edit", draft=changed)
    page = text_of(client_for(editor).get(f"/items/{item}"))
    assert says in page, page[page.find("You cannot approve") :][:400]
