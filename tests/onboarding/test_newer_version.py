"""A newer version of an approved document: it begins with what was approved, and takes its place once it is approved."""

from __future__ import annotations

from typing import Any

import pytest

from reviewqueue.core.errors import Conflict, DomainError, NotFound
from reviewqueue.onboarding import draft_again, newer_version
from tests import drafts
from tests.cast import AIKO, HELEN, INES, NOOR, PRIYA, Named
from tests.onboarding.test_crm_import import put
from tests.onboarding.test_draft_again import FILLED, arrived, section
from tests.support.draft_chain import begun, draft, of_kind, plan_of, reach
from tests.web.conftest import text_of
from tests.world import World

__all__ = ["put"]
PLAN = "project_plan"


def start(world: World, person: Named, item: int) -> int:
    with world.session() as session:
        return newer_version.start(session, person.id, item, world.now)


def approved_plan(world: World) -> int:
    """Our own plan, with a milestone that a lead added, approved by somebody else."""
    begun(world)
    draft(world)
    plan = of_kind(world, PLAN)[-1].id
    written = world.draft(plan)
    written["milestones"][0]["name"] = "Access for both depots"
    world.decide(INES, plan, "edit", draft=written)
    world.decide(HELEN, plan, "approve")
    return plan


def test_a_plan_is_shaped_after_its_approval(world: World, client_for: Any) -> None:
    """From the approved plan's page to the milestones of the newer one: a milestone that was reached stays reached, what
    a person wrote stays through another drafting, and until the approval the older plan holds."""
    plan = approved_plan(world)
    reach(world, plan_of(world)[0], INES)
    client = client_for(INES)
    assert "Start a newer version" in text_of(client.get(f"/items/{plan}"))
    there = client.post(f"/items/{plan}/newer-version").headers["Location"]
    newer = int(there.rpartition("/")[2])
    page = text_of(client.get(there))
    assert "This is the newer version" in page
    assert f"A newer version of item {plan}, which is approved and holds until this is." in page
    assert world.draft(newer) == world.draft(plan)
    assert f"Item {newer} is a newer version, pending." in text_of(client.get(f"/items/{plan}"))
    with world.session() as session:
        draft_again.ask(session, INES.id, newer, world.seen(newer).revision, world.now)
    draft(world)
    assert world.draft(newer)["milestones"][0]["name"] == "Access for both depots"
    written = world.draft(newer)
    written["milestones"].append({**written["milestones"][-1], "name": "Second depot counts its own stock"})
    world.decide(INES, newer, "edit", draft=written)
    assert {one.item_id for one in plan_of(world)} == {plan}
    world.decide(HELEN, newer, "approve")
    now = plan_of(world)
    assert {one.item_id for one in now} == {newer}
    assert "Second depot counts its own stock" in [one.name for one in now]
    assert [one.proof != "" for one in sorted(now, key=lambda one: one.number)][:2] == [True, False]
    assert "It is the one that holds." in text_of(client.get(f"/items/{plan}"))
    page = text_of(client.get("/onboardings/1"))
    assert f"replaced by item {newer}" in page
    assert f"holds; it replaced item {plan}" in page
    assert world.verify().holds


def test_a_packet_begins_with_what_is_known_now(world: World, put: Any) -> None:
    """The CRM says otherwise since the approval: the newer packet says it, cites the newer record and keeps a person's
    words; whoever asked for it may approve it."""
    packet = arrived(world, put, **FILLED)
    written = world.draft(packet)
    for fields in written["sections"].values():
        fields.update({key: "Two depots at once." for key in ("risks",) if key in fields})
    world.decide(HELEN, packet, "edit", draft=written)
    world.decide(PRIYA, packet, "approve")
    arrived(world, put, **{**FILLED, "Success_Metric__c": "Claims closed within two days"})
    newer = start(world, PRIYA, packet)
    assert section(world, newer, "success_metric") == "Claims closed within two days"
    assert section(world, newer, "risks") == "Two depots at once."
    assert world.decide(PRIYA, newer, "approve").state == "approved"


def undecided(world: World) -> int:
    """A plan that is open still."""
    return int(world.submit(drafts.plan(drafts.deal())))


def decided(world: World) -> int:
    """An approved plan of another automation."""
    item = undecided(world)
    world.decide(INES, item, "approve")
    return item


def begun_anew(world: World) -> int:
    """An approved plan of which a newer version is open."""
    item = decided(world)
    start(world, INES, item)
    return item


# (the item, who asks, the error, what it says)
REFUSED: list[tuple[Any, Named, type[DomainError], str]] = [
    (undecided, INES, Conflict, "Only an approved"),
    (begun_anew, INES, Conflict, "There is a newer project plan already, which is pending"),
    (decided, AIKO, Conflict, "Only an implementation lead"),
    (decided, NOOR, NotFound, "not yours to see"),
]


@pytest.mark.parametrize(("made", "person", "error", "says"), REFUSED, ids=[f"{row[0].__name__}-{row[1].name}" for row in REFUSED])  # fmt: skip
def test_when_it_is_refused(world: World, made: Any, person: Named, error: type[DomainError], says: str) -> None:
    item = made(world)
    entries = len(world.log())
    with pytest.raises(error, match=says):
        start(world, person, item)
    assert len(world.log()) == entries


def test_another_automation_s_plan_is_revised_here_by_people(world: World, client_for: Any) -> None:
    """Its newer version is ours to edit, and no template writes it again, so nobody is offered that."""
    newer = start(world, INES, decided(world))
    page = text_of(client_for(INES).get(f"/items/{newer}"))
    assert "Draft it again" not in page
    assert world.draft(newer)["milestones"] == drafts.MILESTONES


def test_a_newer_version_that_is_rejected_leaves_the_approved_one_standing(world: World, client_for: Any) -> None:
    """The onboarding's page shows the newer one while it is open, then the approved one again."""
    newer = start(world, INES, decided(world))
    page = client_for(INES).get("/onboardings/1").text
    assert '<strong>Plan</strong> <span class="state is-pending">' in page
    world.decide(INES, newer, "reject", text="The dates stay as they are.")
    page = client_for(INES).get("/onboardings/1").text
    assert '<strong>Plan</strong> <span class="state is-approved">' in page
    assert "Start a newer version" in text_of(client_for(INES).get("/items/1"))
