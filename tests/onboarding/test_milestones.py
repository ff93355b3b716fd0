"""Milestones: of the plan approved last, reached and reopened by a person's evidence alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from reviewqueue.core.errors import Conflict, Forbidden, Invalid, NotFound
from reviewqueue.db import database
from reviewqueue.db.tables.items import Item
from reviewqueue.items import approved_plan
from reviewqueue.onboarding import milestones
from tests import drafts
from tests.cast import AIKO, DANA, EVERYBODY, HELEN, INES, JONAS, LENA, MARCUS, PRIYA, SAM, TOM
from tests.support.draft_chain import PROOF, acts, begun, draft, of_kind, plan_of, reach
from tests.world import World


def test_a_newer_plan_takes_the_older_ones_place_and_keeps_its_evidence(world: World) -> None:
    """Its milestones become active, the older ones leave it; what a person saw reached stays reached."""
    about = drafts.deal()
    world.decide(INES, world.submit(drafts.plan(about)), "approve")
    older = plan_of(world)
    reach(world, older[0], INES)
    renamed = [drafts.MILESTONES[0], {**drafts.MILESTONES[1], "name": "First report used every morning"}]
    world.decide(INES, world.submit(drafts.plan(about, renamed)), "approve")
    newer = plan_of(world)
    assert [one.name for one in newer] == [drafts.MILESTONES[0]["name"], "First report used every morning"]
    assert not {one.id for one in older} & {one.id for one in newer}
    assert (newer[0].proof, newer[0].reached_by_id) == (PROOF, INES.id)
    assert newer[1].reached_at is None
    with world.session() as session, pytest.raises(Conflict, match="newer plan"):
        milestones.reach(session, INES.id, older[1].id, PROOF, world.now)


@pytest.mark.parametrize(
    "draft_of_it",
    [
        {"milestones": "later"},
        {"milestones": [7, None, "x", {}, {"name": " ", "due": "soon", "layer": 3, "owner": ["a"]}]},
        {"milestones": [{"name": "n" * 400, "layer": "Customer Value", "due": "2026-02-30", "depends": "d" * 400}]},
        {"sections": {"aim": "Everything by Friday."}},
    ],
)
def test_a_plan_of_any_shape_is_taken_as_it_is(world: World, draft_of_it: dict[str, Any]) -> None:
    """An automation's plan may look like anything: what is not a milestone is none, what says nothing stays empty."""
    item = world.submit(drafts._submission(drafts.deal(), "project_plan", "Plan", draft_of_it, ()))
    with world.session() as session, database.writing(session):
        approved_plan.activate(session, session.get_one(Item, item), draft_of_it, world.now)
    for one in plan_of(world):
        assert one.name
        assert one.due_on is None
        assert one.layer in ("", "customer value")


def test_a_milestone_reopened_takes_back_what_followed_from_it(world: World) -> None:
    """Undecided drafts about it are withdrawn, also one that followed a rejected one, and reached again it is drafted
    again; what was decided stays."""
    begun(world)
    draft(world)
    world.decide(INES, of_kind(world, "project_plan")[0].id, "approve")
    one = plan_of(world)[0]
    reach(world, one, INES)
    draft(world)
    world.decide(DANA, of_kind(world, "portal_update")[-1].id, "reject", choice="again")
    draft(world)
    update = of_kind(world, "portal_update")[-1].id
    with world.session() as session:
        with pytest.raises(Invalid, match="not reopened"):
            milestones.reopen(session, INES.id, one.id, "  no  ", world.now)
        milestones.reopen(session, INES.id, one.id, "It was the wrong workspace.", world.now)
        with pytest.raises(Conflict, match="is open"):
            milestones.reopen(session, INES.id, one.id, "It was the wrong workspace.", world.now)
    assert plan_of(world)[0].reached_at is None
    assert world.item(update).state == "withdrawn"
    assert acts(world)[-2:] == ["milestone.reopen", "item.withdraw"]
    reach(world, one, INES, world.now + timedelta(hours=1))
    draft(world, at=world.now + timedelta(hours=1))
    assert of_kind(world, "portal_update")[-1].id > update
    reached = plan_of(world)[0]
    with world.session() as session, pytest.raises(Conflict, match="by Ines Castellanos"):
        milestones.reach(session, DANA.id, reached.id, PROOF, world.now)


MAY_RECORD = {
    DANA: True, MARCUS: True, INES: True, PRIYA: True, JONAS: True, TOM: False, HELEN: False, LENA: False, AIKO: False,
    SAM: False,
}  # fmt: skip


def test_who_says_that_a_milestone_is_reached(world: World) -> None:
    """Implementation lead, CSM, RevOps and the account's owner; who may not is told so, and nothing is written."""
    world.decide(INES, world.submit(drafts.plan(drafts.deal())), "approve")
    milestone = plan_of(world)[0]
    for number, person in enumerate(EVERYBODY):
        before, at = world.everything(), world.now + timedelta(minutes=number)
        with world.session() as session:
            if MAY_RECORD.get(person):
                milestones.reach(session, person.id, milestone.id, PROOF, at)
                milestones.reopen(session, person.id, milestone.id, "Only to try it out.", world.now)
                continue
            with pytest.raises((Forbidden, NotFound)):
                milestones.reach(session, person.id, milestone.id, PROOF, world.now)
        assert world.everything() == before, person.name
    from reviewqueue.onboarding import owner

    with world.session() as session:
        owner.set_owner(session, TOM.id, 1, LENA.id, "She knows them best of all.", world.now)
        for words in ("", "  seen  ", "\u200b" * 20):
            with pytest.raises(Invalid, match="not recorded"):
                milestones.reach(session, LENA.id, milestone.id, words, world.now)
        milestones.reach(session, LENA.id, milestone.id, PROOF, world.now + timedelta(hours=1))
    assert plan_of(world)[0].reached_by_id == LENA.id
