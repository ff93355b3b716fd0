"""Stalls: what nobody decides opens an exception to an admin by itself, once, and it ends when somebody can decide."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from reviewqueue.db.database import writing
from reviewqueue.db.tables.exceptions import ExceptionCase, ExceptionItem, ExceptionNote
from reviewqueue.db.tables.items import Item
from reviewqueue.exceptions import case_actions, undecidable_items
from reviewqueue.items import assignments, sla
from reviewqueue.people import users
from reviewqueue.policy import loading, policy_versions, validate_gates
from reviewqueue.review.resolve_exception import Resolution, resolve
from tests import drafts, northbeam
from tests.cast import DANA, HELEN, INES, JONAS, LENA, MARCUS, PRIYA, SAM, TOM, Named
from tests.support import concurrency
from tests.world import World

DAY = timedelta(days=1)
PACKETS = "Nobody decides at Handoff quality, Mid-market SaaS"


def closes(world: World, *persons: Named) -> None:
    """These accounts are closed."""
    with world.session() as session:
        for person in persons:
            users.disable(session, person.id, SAM.id, world.now)


def tick(world: World, place: undecidable_items.ScanCursor = undecidable_items.START, **more: Any) -> int:
    """The clock looks once; on how many it acted."""
    with world.session() as session:
        return undecidable_items.scan(session, more.get("now", world.now), place)[0]


def cases(world: World) -> list[ExceptionCase]:
    """Every exception, oldest first."""
    with world.session() as session:
        return list(session.scalars(select(ExceptionCase).order_by(ExceptionCase.id)))


def named(world: World, case_id: int = 1) -> list[int]:
    """The items an exception names."""
    query = select(ExceptionItem.item_id).where(ExceptionItem.exception_id == case_id)
    with world.session() as session:
        return sorted(session.scalars(query))


def said(world: World, case_id: int = 1) -> list[tuple[str, str, str]]:
    """Its conversation: (actor, kind, text)."""
    query = select(ExceptionNote).where(ExceptionNote.exception_id == case_id).order_by(ExceptionNote.id)
    with world.session() as session:
        return [(one.actor, one.kind, one.text) for one in session.scalars(query)]


def test_while_somebody_can_decide_nothing_is_opened_or_written(world: World) -> None:
    """The control: pending, escalated, sent back and decided items, all of which somebody can bring through."""
    items = [world.submit(drafts.in_lane(drafts.email(), lane)) for lane in (drafts.LANE, drafts.TWO_APPROVALS)]
    for item in (*items, world.submit(drafts.email())):
        world.decide(DANA, item, "escalate")
    world.decide(PRIYA, world.submit(drafts.packet()), "send_back")
    before = world.everything()
    assert tick(world) == 0
    assert world.everything() == before


def test_it_opens_one_for_the_admin_once(world: World) -> None:
    """Who decides packets is gone: one exception for the gate, named items, owner, both due times, one entry each."""
    items = [world.submit(drafts.packet()) for _ in range(3)]
    plan = world.submit(drafts.plan())
    closes(world, PRIYA, JONAS, HELEN)
    assert [tick(world) for _ in range(3)] == [1, 0, 0]
    (case,) = cases(world)
    assert (case.category, case.summary, case.owner_id, case.owner_role) == ("nobody-decides", PACKETS, SAM.id, "admin")
    assert (case.opened_by, case.blocking, case.onboarding_id) == ("system:sla", False, None)
    assert case.respond_by == world.now + timedelta(hours=4)
    assert named(world) == items, f"not the plan, #{plan}: Ines decides it"
    why = (
        "No open account is revops, so nobody can decide this item. An admin has to give somebody who is not involved "
        "the role it waits for: revops."
    )
    assert said(world) == [("system:sla", "opened", f"Items #{items[0]}, #{items[1]}, #{items[2]}: {why}")]
    assert [world.log(item)[-1].act for item in items] == ["exception.open", "exception.note", "exception.note"]
    assert {world.log(item)[-1].actor for item in items} == {"system:sla"}
    assert [message.type for message in world.outbox(items[0])] == ["exception.opened"]
    late = world.submit(drafts.packet())
    assert tick(world) == 1
    assert named(world) == [*items, late], "the one that came later joined it"
    assert world.verify().holds


def test_it_ends_by_itself_when_somebody_can_decide_again(world: World) -> None:
    item = world.submit(drafts.packet())
    closes(world, PRIYA, JONAS, HELEN)
    tick(world)
    with world.session() as session:
        users.set_roles(session, LENA.id, ["revops"], SAM.id, world.now)
    assert [tick(world) for _ in range(2)] == [1, 0]
    (case,) = cases(world)
    assert (case.state, case.outcome, case.resolved_by_id, case.resolved_at) == (
        "resolved",
        "decidable",
        None,
        world.now,
    )
    assert said(world)[-1][:2] == ("system:sla", "resolution")
    assert [message.type for message in world.outbox(item)] == ["exception.opened", "exception.resolved"]
    closes(world, LENA)
    assert tick(world) == 1, "again it is a new one"
    assert [one.state for one in cases(world)] == ["resolved", "open"]
    assert world.verify().holds


def test_a_person_who_ends_it_without_a_mend_is_told_again(world: World) -> None:
    """Never a silent stall: the item still waits for nobody."""
    world.submit(drafts.packet())
    closes(world, PRIYA, JONAS, HELEN)
    tick(world)
    with world.session() as session:
        case_actions.respond(session, SAM.id, 1, "Asking who can take packets over.", world.now)
        resolve(session, SAM.id, 1, Resolution("decided_here", "We will see next week."), world.now)
    assert tick(world) == 1
    assert [one.state for one in cases(world)] == ["resolved", "open"]


def test_what_was_late_twice_and_has_nobody_above_opens_one(world: World) -> None:
    """Its reviewers may still decide it; a leader who comes takes it up, and the exception ends."""
    item = world.submit(drafts.email())
    closes(world, HELEN)
    due_at = world.item(item).due_at
    with world.session() as session:
        sla.tick(session, due_at)
    assert sla.stuck(world.item(item))
    assert tick(world, now=due_at) == 1
    (case,) = cases(world)
    assert (case.owner_id, named(world)) == (SAM.id, [item])
    assert "was due on 02 Mar 19:00 UTC, nobody decided it, and nobody is left to escalate it to" in said(world)[0][2]
    assert tick(world, now=due_at) == 0
    with world.session() as session:
        users.set_roles(session, LENA.id, ["cs_leader"], SAM.id, due_at)
    assert tick(world, now=due_at) == 2, "it is escalated, and the exception ends"
    assert (world.item(item).state, world.item(item).assignee_id) == ("escalated", LENA.id)
    assert cases(world)[0].outcome == "decidable"
    assert [entry.act for entry in world.log(item)].count("item.overdue") == 2
    assert world.verify().holds


@pytest.mark.parametrize("by", ["a decision", "a pause"])
def test_an_overdue_one_ends_when_it_is_decided_or_waits_for_somebody(world: World, by: str) -> None:
    item = world.submit(drafts.email())
    closes(world, HELEN)
    due_at = world.item(item).due_at
    with world.session() as session:
        sla.tick(session, due_at)
    tick(world, now=due_at)
    if by == "a decision":
        world.decide(DANA, item, "reject", now=due_at)
    else:
        with world.session() as session, writing(session):
            session.execute(update(Item).where(Item.id == item).values(paused_at=due_at, pause="waiting_for_sales"))
    assert tick(world, now=due_at) == 1
    assert cases(world)[0].state == "resolved"


def test_it_goes_round_a_piece_at_a_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every open item is looked at in each round, in whatever state, lane and gate, and the round begins again."""
    monkeypatch.setattr(undecidable_items, "SCAN_SIZE", 3)
    seen: list[int] = []
    whole = undecidable_items._why_each
    monkeypatch.setattr(undecidable_items, "_why_each", lambda session, rows, now: seen.extend(row.id for row in rows) or whole(session, rows, now))  # fmt: skip
    kinds = (drafts.email, drafts.packet, drafts.plan, drafts.email)
    items = [world.submit(drafts.in_lane(kind(), lane)) for kind in kinds for lane in (drafts.LANE, "enterprise-saas")]
    world.decide(DANA, items[0], "escalate")
    world.decide(PRIYA, items[2], "send_back")
    place, pieces = undecidable_items.START, 0
    while pieces == 0 or place != undecidable_items.START:
        with world.session() as session:
            _, place = undecidable_items.scan(session, world.now, place)
        pieces += 1
    assert sorted(seen) == sorted(set(items) - {items[2]})
    assert pieces == 3


def test_one_exception_names_so_many_and_the_next_names_the_rest(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undecidable_items, "MAX_LINKED", 2)
    items = [world.submit(drafts.packet()) for _ in range(3)]
    closes(world, PRIYA, JONAS, HELEN)
    assert [tick(world), tick(world)] == [1, 0]
    assert named(world) == items[:2]


@pytest.mark.parametrize("together", [4])
def test_several_clocks_open_and_end_one_once(world: World, together: int) -> None:
    """With the control: a clock that did not read again under the lock would open as many as there are clocks."""
    for _ in range(3):
        world.submit(drafts.packet())
    closes(world, PRIYA, JONAS, HELEN)
    assert sum(concurrency.at_once(together, lambda _: tick(world))) == 1
    assert (len(cases(world)), len(named(world))) == (1, 3)
    with world.session() as session:
        users.set_roles(session, LENA.id, ["revops"], SAM.id, world.now)
    assert sum(concurrency.at_once(together, lambda _: tick(world))) == 1
    assert [entry.act for entry in world.log()].count("exception.resolve") == 1
    assert world.verify().holds


def test_under_a_policy_that_names_no_category_nothing_is_opened(world: World) -> None:
    """An older policy: the page and the doctor say it, and `policy check` says how it would open by itself."""
    files = northbeam.files()
    files["exceptions.toml"] = files["exceptions.toml"].replace('standstill = "nobody-decides"\n', "")
    (warning,) = validate_gates.warnings(loading.load(files))
    assert "standstill" in warning.message
    with world.session() as session:
        policy_versions.activate(session, files, SAM.actor, world.now)
    world.submit(drafts.packet())
    closes(world, PRIYA, JONAS, HELEN)
    assert tick(world) == 0
    assert cases(world) == []


def test_a_gate_that_its_policy_has_lost_is_nobodys_and_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can decide at a shut gate: RevOps moves the item, and an admin hears of it."""
    item = world.submit(drafts.packet())
    with world.session() as session, writing(session):
        session.execute(update(Item).where(Item.id == item).values(gate="handoff-lost"))
    assert tick(world) == 1
    assert "Gate handoff-lost is not in its policy" in said(world)[0][2]


def test_an_escalated_message_in_the_lane_of_two_approvals_is_a_leaders_and_a_managers(world: World) -> None:
    """With one leader and one manager it goes through; the shipped policy leaves nothing that nobody can finish."""
    item = world.submit(drafts.in_lane(drafts.email(), drafts.TWO_APPROVALS))
    world.decide(DANA, item, "escalate")
    assert tick(world) == 0
    assert world.decide(HELEN, item, "approve").state == "escalated"
    assert world.decide(TOM, item, "approve").state == "approved"


def test_an_override_that_stands_is_one_of_two_wherever_the_item_went(world: World) -> None:
    """Tom overrides a check that asks for a second person; nobody comes in time, and Helen above is that second."""
    item = world.submit(drafts.with_check(drafts.email(), "automation.reading-level"))
    world.decide(TOM, item, "override", passes=("automation.reading-level",))
    due_at = world.item(item).due_at
    with world.session() as session:
        sla.tick(session, due_at)
    assert (world.item(item).state, tick(world, now=due_at)) == ("escalated", 0)
    assert world.decide(HELEN, item, "approve", now=due_at).state == "approved"


def test_who_is_given_the_item_does_not_end_it_before_it_is_decided(world: World) -> None:
    """Overdue with nobody above: giving it to Marcus is an answer, and the exception goes on until he decides."""
    item = world.submit(drafts.email())
    closes(world, HELEN)
    due_at = world.item(item).due_at
    with world.session() as session:
        sla.tick(session, due_at)
    tick(world, now=due_at)
    with world.session() as session:
        assignments.reassign(session, TOM.id, item, MARCUS.id, "Marcus knows the customer.", due_at)
    assert tick(world, now=due_at) == 0
    world.decide(MARCUS, item, "approve", now=due_at)
    assert tick(world, now=due_at + DAY) == 1


def test_a_newer_policy_counts_for_the_category_and_the_items_own_for_who_decides(world: World) -> None:
    """The item stays under the version it was opened under: who decides it is read there."""
    plan = world.submit(drafts.plan())
    files = northbeam.files()
    gate = "gates/implementation-launch.toml"
    files[gate] = files[gate].replace('reviewers = ["implementation_lead"]', 'reviewers = ["csm"]', 1)
    files[gate] = files[gate].replace('["implementation_lead", "cs_leader"]', '["csm", "cs_leader"]')
    files["lanes/enterprise-saas.toml"] = files["lanes/enterprise-saas.toml"].replace("approvals_from", "# ")
    with world.session() as session:
        policy_versions.activate(session, files, SAM.actor, world.now)
    fresh = world.submit(replace(drafts.plan()))
    closes(world, INES, HELEN)
    tick(world)
    assert named(world) == [plan], f"Dana decides #{fresh}"
