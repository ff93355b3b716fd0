"""The command board: eight stations from closed-won to first value, and where each onboarding waits, for whom, how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from reviewqueue.db import paging
from reviewqueue.db.tables.people import Person
from reviewqueue.exceptions import case_queries
from reviewqueue.items import assignments, pauses
from reviewqueue.onboarding import board, milestones, onboardings
from reviewqueue.policy import policy_versions
from tests import drafts
from tests.cast import AUTOMATION, DANA, HELEN, INES, PRIYA, SAM, TOM
from tests.measurement.seeded.seeded_copies import good, plant
from tests.support.draft_chain import PROOF, begun, draft, of_kind, plan_of
from tests.web.conftest import text_of
from tests.web.test_exceptions import opened
from tests.world import World

STATIONS = ["Trigger", "Packet", "Kickoff milestones", "Tasks", "CSM gate", "Portal", "Health", "Time to value"]


def shown(world: World, at: datetime | None = None) -> dict[int, board.BoardEntry]:
    """The board as it stands."""
    with world.session() as session:
        policy = policy_versions.current(session)
        listed, items = onboardings.onboardings(session, {lane.key for lane in policy.lanes}, "", paging.FIRST)
        found = [run for (run,) in listed.rows]
        names = {one.id: one.name for one in session.scalars(select(Person))}
        return board.load_entries(
            session, policy, found, items, case_queries.blocking(session, items), names, at or world.now
        )


def only(world: World, at: datetime | None = None) -> board.BoardEntry:
    """The one onboarding there is."""
    (run,) = shown(world, at).values()
    return run


def stations(run: board.BoardEntry) -> dict[str, tuple[str, str]]:
    """What each station says, and how it is marked."""
    return {one.name: (one.says, one.mark) for one in run.stations}


def waits(run: board.BoardEntry) -> tuple[str, str, tuple[str, ...], bool]:
    """Where it waits, for whom or which roles, and whether that is late."""
    found = run.waits
    assert found is not None
    return found.at, found.whom, found.roles, found.late


def test_from_the_packet_on_the_board_says_where_it_waits(world: World) -> None:
    """At the packet's gate for RevOps; in business hours it becomes late; taken, paused, given to somebody it says so."""
    item = world.submit(drafts.packet())
    run = only(world)
    assert [one.name for one in run.stations] == STATIONS
    assert stations(run)["Packet"] == ("pending", "here")
    assert stations(run)["Trigger"] == ("closed-won", "past")
    assert stations(run)["Tasks"] == ("no plan yet", "ahead")
    assert stations(run)["Health"] == ("no signs of trouble", "here")
    assert waits(run) == ("Handoff quality", "", ("revops",), False)
    assert run.waits is not None
    assert run.waits.since == world.now
    later = only(world, world.item(item).due_at + timedelta(minutes=1))
    assert waits(later) == ("Handoff quality", "", ("revops",), True)
    assert stations(later)["Packet"] == ("pending", "late")
    assert stations(later)["Health"] == ("1 draft overdue", "late")
    with world.session() as session:
        assignments.reassign(session, TOM.id, item, PRIYA.id, "She knows this customer.", world.now)
    assert waits(only(world)) == ("Handoff quality", PRIYA.name, (), False)
    with world.session() as session:
        pauses.pause(session, PRIYA.id, item, "waiting_for_sales", "Lena asks for a date.", world.now)
    assert waits(only(world)) == ("Handoff quality", "sales; its clock is paused", (), False)
    still = only(world, world.now + timedelta(days=30))
    assert not waits(still)[3], "a clock that stands still is not late"
    assert stations(still)["Health"] == ("no signs of trouble", "here")


def test_what_blocks_everything_comes_first(world: World) -> None:
    """An exception that holds the customer up is what it waits for, whatever else is open."""
    item = world.submit(drafts.email())
    assert waits(only(world))[0] == "Customer communication"
    assert stations(only(world))["CSM gate"] == ("1 waits", "here")
    opened(world, item, "non-standard-promise")
    run = only(world)
    assert waits(run)[:2] == ("exception #1", HELEN.name)
    assert stations(run)["Health"][0].startswith("held by an exception")
    assert waits(only(world, world.now + timedelta(days=9)))[3]


# (what the rejection says comes next, where it waits, for whom, what they do, whether it ends here)
REJECTED: list[tuple[str, str, str, str, bool]] = [
    (
        "", f"another handoff packet: {HELEN.name} rejected the last one, and nobody said what comes next",
        f"{AUTOMATION}, which {SAM.name} owns", "to submit another", False,
    ),
    (
        "again", f"another handoff packet: {HELEN.name} rejected the last one",
        f"{AUTOMATION}, which {SAM.name} owns", "to submit another", False,
    ),
    ("not-needed", f"{HELEN.name} rejected a handoff packet, and none is needed", HELEN.name, "", True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("choice", "at", "whom", "to", "ends"), REJECTED, ids=[row[0] or "nothing" for row in REJECTED]
)
def test_after_a_rejected_packet(
    world: World, client_for: Any, choice: str, at: str, whom: str, to: str, ends: bool
) -> None:
    """The board says who rejected it and what comes next, or that it ends here."""
    world.decide(HELEN, world.submit(drafts.packet()), "reject", choice=choice)
    run = only(world)
    assert run.waits is not None
    assert (run.waits.at, run.waits.whom, run.waits.to, run.waits.ends) == (at, whom, to, ends)
    assert stations(run)["Packet"] == ("rejected", "ahead")
    assert stations(run)["Time to value"] == ("turned away", "ahead")
    said = text_of(client_for(HELEN).get("/onboardings"))
    assert f"ends here: {at}" in said if ends else f"waits at {at} for {whom} {to}" in said
    assert "whoever" not in said
    assert "To first value" not in said


def test_a_sent_back_draft_waits_for_who_can_revise_it_and_an_escalated_one_for_those_above(world: World) -> None:
    """Another automation's for that automation, and the person who owns it; ours for those who may have it drafted again."""
    back, up = world.submit(drafts.plan()), world.submit(drafts.email())
    world.decide(INES, back, "send_back")
    world.decide(DANA, up, "escalate", reason_code="timeline-risk")
    found = shown(world)
    waiting = found[world.item(back).onboarding_id or 0].waits
    assert waiting is not None
    assert (waiting.whom, waiting.to) == (f"{AUTOMATION}, which {SAM.name} owns", "to send a new revision")
    escalated = found[world.item(up).onboarding_id or 0]
    assert waits(escalated)[:3] == ("Customer communication", "", ("cs_leader",))
    assert stations(escalated)["Health"] == ("1 escalated", "late")


def test_a_draft_that_fails_is_where_it_waits(world: World) -> None:
    """Once nothing is open, what does not come about stands there with why, for those who may try again."""
    begun(world)
    name = "“Kickoff brief with agenda and stakeholder map”"
    assert waits(only(world))[:2] == (f"{name}, to be drafted", "the worker")

    def away(*_: Any) -> Any:
        raise RuntimeError("the model is away")

    for _ in range(12):
        draft(world, away)
        world.now += timedelta(hours=30)
    run = only(world)
    assert waits(run)[0] == f"{name}, which could not be drafted: RuntimeError: the model is away"
    assert waits(run)[2:] == (("csm", "revops", "implementation_lead", "cs_leader"), True)
    assert "drafts failed" in stations(run)["Health"][0]


def test_from_the_plan_to_first_value(world: World) -> None:
    """Milestones count by layer; the next one is what it waits for, from the day the last was reached; late when its day
    is over; at first value the days it took."""
    begun(world)
    draft(world)
    plan = of_kind(world, "project_plan")[0]
    world.decide(INES, plan.id, "approve")
    for item in [one for kind in ("kickoff_brief", "risk_summary", "customer_email") for one in of_kind(world, kind)]:
        if item.settled_at is None:
            world.decide(HELEN if item.kind == "risk_summary" else DANA, item.id, "reject")
    held = plan_of(world)
    run = only(world)
    assert stations(run)["Tasks"][0] == f"0 of {len([one for one in held if one.layer == 'implementation progress'])}"
    assert stations(run)["Time to value"][0].startswith("day 0; 0 of 3, due ")
    due = held[0].due_on
    assert due is not None
    after = datetime(due.year, due.month, due.day, 15, tzinfo=UTC) + timedelta(days=1)
    assert "1 milestone late" in stations(only(world, after))["Health"][0]
    for one in held:
        with world.session() as session:
            milestones.reach(session, INES.id, one.id, PROOF, world.now + timedelta(days=12))
    done = only(world, world.now + timedelta(days=20))
    assert done.done
    assert stations(done)["Time to value"] == ("12 days", "past")
    assert stations(done)["Tasks"][1] == "past"


def test_of_several_the_draft_that_waits_longest_counts_and_of_plans_the_newest(world: World) -> None:
    about = drafts.deal()
    world.submit(drafts.packet(about))
    begin = world.now
    world.now += timedelta(hours=1)
    world.submit(drafts.email(about))
    run = only(world)
    assert waits(run)[0] == "Handoff quality"
    assert run.waits is not None
    assert run.waits.since == begin
    for milestones_of in (None, drafts.MILESTONES[:1]):
        world.decide(INES, world.submit(drafts.plan(about, milestones_of)), "approve")
    assert stations(only(world))["Tasks"] == ("0 of 1", "here")
    assert stations(only(world))["Time to value"] == ("day 0", "ahead")


def test_the_places_are_counted_over_what_is_shown(world: World) -> None:
    """Most first, with how many are late and since when the longest waits."""
    first = world.submit(drafts.packet())
    world.now += timedelta(hours=2)
    world.submit(drafts.packet())
    world.submit(drafts.email())
    at = world.item(first).due_at + timedelta(minutes=5)
    found = board.waiting_places(shown(world, at))
    assert [(one.name, one.count, one.late) for one in found] == [
        ("Handoff quality", 2, 1), ("Customer communication", 1, 1),
    ]  # fmt: skip
    assert found[0].since == world.item(first).opened_at


def test_a_plan_that_nobody_drafted_says_why_and_who_can_have_it(world: World, client_for: Any) -> None:
    """Rejected as not needed it ends here, and may be asked for all the same; skipped, with why; asked for, the worker."""
    begun(world)
    draft(world)
    for kind, person in (
        ("project_plan", INES),
        ("kickoff_brief", DANA),
        ("risk_summary", HELEN),
        ("customer_email", DANA),
    ):
        world.decide(person, of_kind(world, kind)[0].id, "reject", choice="not-needed")
    assert waits(only(world))[0] == f"{INES.name} rejected a project plan, and none is needed"
    asked = client_for(INES).post("/onboardings/1/draftings", data={"template": "project-plan"})
    assert asked.status_code == 303
    assert waits(only(world))[1] == "the worker"
    draft(world, at=world.now + timedelta(minutes=1))
    again = of_kind(world, "project_plan")[-1]
    assert (again.state, waits(only(world))[0]) == ("pending", "Implementation launch")


def test_seeded_defects_are_not_on_it(world: World, client_for: Any) -> None:
    """Neither on the board nor on the onboarding's page, nor in their figures; in the queue it looks like any other."""
    good(world)
    item = plant(world)
    run = world.item(item).onboarding_id or 0
    entry = shown(world, world.item(item).due_at + timedelta(days=1))[run]
    assert item not in [one.id for one in entry.items]
    assert (stations(entry)["CSM gate"][0], "overdue" in stations(entry)["Health"][0]) == ("clear", False)
    for path in ("/onboardings", f"/onboardings/{run}"):
        assert f'href="/items/{item}"' not in client_for(HELEN).get(path).get_data(as_text=True), path
    assert f"/items/{item}" in client_for(DANA).get("/queue").get_data(as_text=True)
