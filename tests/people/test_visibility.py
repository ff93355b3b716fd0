"""Who may see what: one rule for an item, held against its page and every list; and one for an onboarding."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from reviewqueue.core import vocabulary
from reviewqueue.core.errors import NotFound
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row, insert_rows
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.people import Automation
from reviewqueue.exceptions import case_queries, exception_cases
from reviewqueue.items import intake, item_context, queue_ranges
from reviewqueue.items.queue_ranges import QueueFilters
from reviewqueue.onboarding import draft_package
from reviewqueue.people import actors, users, visibility
from reviewqueue.policy import evaluation, policy_versions
from tests import drafts
from tests.cast import AIKO, DANA, EVERYBODY, HELEN, INES, LENA, MARCUS, NOOR, RAVI, SAM, TOM, Named
from tests.rules.test_separation import chain
from tests.web.conftest import text_of
from tests.world import World

YEAR = timedelta(days=365)

# (what is so, who looks, whether the gate lets the account's owner decide, whose account it is, whether they made it,
#  whether they see it), at the gate of customer messages, which CSMs decide and a CS leader gets what is escalated
RULE: list[tuple[str, Named, bool, Named | None, bool, bool]] = [
    ("who decides at its gate sees an item", DANA, False, None, False, True),
    ("who gets what is escalated there sees it", HELEN, False, None, False, True),
    ("who reads the whole queue sees it", AIKO, False, None, False, True),
    ("nobody else does", LENA, False, None, False, False),
    ("an admin keeps accounts, not customers", SAM, False, None, False, False),
    ("who made it sees it, whatever their role", SAM, False, None, True, True),
    ("whose account it is sees it where the gate lets them decide", LENA, True, LENA, False, True),
    ("not where it does not", LENA, False, LENA, False, False),
    ("and not the account of somebody else", LENA, True, NOOR, False, False),
    ("nor one that is nobody's", LENA, True, None, False, False),
    ("who stands in for the account's owner sees it too", RAVI, True, NOOR, False, True),
    ("but only where the gate lets the owner decide", RAVI, False, NOOR, False, False),
]


@pytest.mark.parametrize(("says", "person", "lets", "owner", "made", "sees"), RULE, ids=[row[0] for row in RULE])
def test_the_rule(
    world: World, says: str, person: Named, lets: bool, owner: Named | None, made: bool, sees: bool
) -> None:
    chain(world, NOOR, RAVI)
    with world.session() as session:
        gate = policy_versions.current(session).gate(drafts.LANE, "customer-communication")
        assert gate is not None
        gate = gate.model_copy(update={"account_owner": lets})
        actor = actors.load_actor(session, person.id, world.now)
    assert visibility.sees_item(gate, actor, owner=owner.id if owner else None, made=made) == sees, says


def test_an_item_at_a_gate_that_is_gone_is_for_who_reads_everything_and_who_made_it(world: World) -> None:
    for person in EVERYBODY:
        actor = evaluation.Actor(person.id, frozenset(person.roles))
        assert visibility.sees_item(None, actor, owner=person.id, made=False) == (
            person.roles[0] in ("auditor", "revops", "cs_leader")
        ), person.name
        assert visibility.sees_item(None, actor, owner=None, made=True)


@pytest.fixture
def one_of_everything(world: World) -> World:
    """An item in each state at each gate: nobody's account, Lena's, and Noor's, for whom Ravi stands in."""
    chain(world, NOOR, RAVI)
    with world.session() as session:
        users.set_absence(session, INES.id, TOM.id, world.now, world.now + YEAR, world.now)
        policy = policy_versions.current(session)
        with writing(session):
            for number, owner in enumerate((None, LENA, NOOR)):
                run = insert_row(
                    session, Onboarding, system="crm", external_id=f"006{number}", lane=drafts.LANE, customer="Marlow",
                    customer_key="marlow", owner_id=owner.id if owner else None, started_at=world.now,
                )  # fmt: skip
                whole = {
                    "kind": "kickoff_brief", "title": "A draft", "customer": "Marlow", "customer_key": "marlow",
                    "automation_id": 2, "policy_digest": policy.digest, "opened_at": world.now,
                    "due_at": world.now + timedelta(hours=1), "onboarding_id": run,
                }  # fmt: skip
                rows = [
                    {**whole, "lane": lane, "gate": gate, "state": state,
                     "settled_at": world.now if state in vocabulary.SETTLED else None}
                    for lane, gate in policy.gates_by_lane for state in (*vocabulary.OPEN, *vocabulary.SETTLED)
                ]  # fmt: skip
                insert_rows(session, Item, rows)
    return world


def test_the_queues_ranges_lead_to_what_the_rule_says_and_to_nothing_else(one_of_everything: World) -> None:
    """For everybody and every item, in every state and at every gate: nobody is led to what they may not see, and
    whatever they may see is open or decided in their queue. (Nobody made these items; the queue is by gate.)"""
    world, some = one_of_everything, set()
    with world.session() as session:
        policy = policy_versions.current(session)
        items = session.scalars(select(Item)).all()
        for person in EVERYBODY:
            actor = actors.load_actor(session, person.id, world.now)
            seen = visibility.visible_items(session, [item.id for item in items], actor)
            led: dict[str, set[int]] = {}
            for view in queue_ranges.VIEWS:
                merged = queue_ranges.ranges(session, policy, actor, QueueFilters(view))
                led[view] = {
                    key[1] for key in queue_ranges.keys(session, merged, QueueFilters(view), world.now, 10_000)
                }
                assert led[view] == {item.id for item in items if merged.contains(item)}, (person.name, view)
                assert led[view] <= seen, (person.name, view)
            assert led["open"] | led["decided"] == seen, person.name
            some.add(len(seen))
    assert len(some) > 4, "the cast sees different things, or this proves nothing"
    assert max(some) == len(items)


@pytest.fixture
def made_by_some(world: World) -> dict[str, int]:
    """Drafts of one onboarding: by Sam's automation, by nobody's and edited by Marcus, by Lena's; by name."""
    about = drafts.deal()
    made = {"packet": world.submit(drafts.packet(about)), "plan": world.submit(drafts.plan(about))}
    with world.session() as session:
        with writing(session):
            session.execute(update(Automation).where(Automation.id == 2).values(owner_id=LENA.id))
        made["email"] = intake.submit(session, world.stranger, drafts.email(about), world.now)[0]["id"]
    draft = world.draft(made["email"])
    world.decide(MARCUS, made["email"], "edit", draft={**draft, "subject": "Your kickoff"})
    return made


def test_every_list_shows_what_the_items_page_shows(world: World, made_by_some: dict[str, int]) -> None:
    """One rule: whoever may open an item's page finds it in its package and in the exception about it, also who made it
    or owns the automation that did; and nobody else finds it anywhere."""
    with world.session() as session:
        run = session.get_one(Item, made_by_some["plan"]).onboarding_id or 0
        with writing(session):
            session.execute(update(Onboarding).where(Onboarding.id == run).values(owner_id=SAM.id))
        for item_id in made_by_some.values():
            said = exception_cases.ExceptionRequest(
                "billing-or-contract-mismatch", "What is owed?", "It differs.", item_id
            )
            case_id = exception_cases.open_case(session, HELEN.id, said, world.now)
        for person in EVERYBODY:
            actor = actors.load_actor(session, person.id, world.now)
            opens = set(_opened(world, person, made_by_some.values()))
            assert visibility.visible_items(session, made_by_some.values(), actor) == opens, person.name
            if visibility.sees_onboarding(policy_versions.current(session), session.get_one(Onboarding, run), actor):
                package = draft_package.load(session, run, person.id, world.now)
                assert {piece.item.id for piece in package.pieces} == opens, person.name
            if case_queries.sees(policy_versions.current(session), session.get_one(ExceptionCase, case_id), actor):
                linked = case_queries.load_page(session, case_id, person.id, world.now).linked
                assert len(linked) == 3
                assert {one.item.id for one in linked if not one.hidden} == opens, person.name
        assert _opened(world, SAM, made_by_some.values()) == [made_by_some["packet"], made_by_some["plan"]]
        assert _opened(world, LENA, made_by_some.values()) == [made_by_some["email"]]
        assert _opened(world, NOOR, made_by_some.values()) == []


def _opened(world: World, person: Named, item_ids: Any) -> list[int]:
    """Those whose page this person can open."""
    with world.session() as session:
        actor, found = actors.load_actor(session, person.id, world.now), []
        for item_id in item_ids:
            try:
                found.append(item_context.load_visible(session, item_id, actor, world.now).item.id)
            except NotFound:
                continue
        return found


def test_a_closed_account_lends_nothing_and_an_auditor_stands_in_for_nobody(world: World) -> None:
    """Nor the sight of an account, nor its milestones, nor its exceptions."""
    chain(world, LENA, RAVI)
    with world.session() as session:
        account = Onboarding(owner_id=LENA.id, lane=drafts.LANE)
        case = ExceptionCase(owner_id=LENA.id, owner_role="", category="", opened_by="system:sla")

        def rights() -> list[bool]:
            actor = actors.load_actor(session, RAVI.id, world.now)
            return [
                visibility.sees_onboarding(policy_versions.current(session), account, actor), visibility.owns_account(account, actor),
                visibility.may_record_milestones(account, actor),
                case_queries.may_act(policy_versions.current(session), case, actor),
            ]  # fmt: skip

        assert rights() == [True] * 4, "the control: while she is away her accounts are his"
        users.disable(session, LENA.id, SAM.id, world.now)
        assert rights() == [False] * 4
        users.enable(session, LENA.id, SAM.id, world.now)
        assert rights() == [True] * 4
        users.set_roles(session, RAVI.id, ["auditor"], SAM.id, world.now)
        assert rights() == [True, False, False, False], "he reads everything and changes nothing"


def test_whose_account_it_is_can_open_an_exception_about_it(client_for: Any, world: World) -> None:
    """Lena sees no gate of the lane, and the onboarding as its owner: what its page offers her opens."""
    run = world.item(world.submit(drafts.packet())).onboarding_id
    client = client_for(LENA)
    assert client.get(f"/onboardings/{run}").status_code == 404
    assert client.get(f"/exceptions/new?onboarding={run}").status_code == 404
    with world.session() as session, writing(session):
        session.execute(update(Onboarding).where(Onboarding.id == run).values(owner_id=LENA.id))
    page = client.get(f"/onboardings/{run}").get_data(as_text=True)
    assert f"/exceptions/new?onboarding={run}" in page
    assert "About the onboarding of Marlow Freight" in text_of(client.get(f"/exceptions/new?onboarding={run}"))
    said = {"onboarding": run, "category": "billing-or-contract-mismatch", "summary": "Owed?", "text": "It differs."}
    assert client.post("/exceptions", data=said).status_code == 303
