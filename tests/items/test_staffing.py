"""Staffing: the shipped policy can be carried through by the people of the demo data, whatever comes; and who is too few
is told so before: by `policy check`, and in the escalate form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from reviewqueue.cli import demo_data
from reviewqueue.core import vocabulary
from reviewqueue.core.vocabulary import POLICY_CHANGE
from reviewqueue.db import database
from reviewqueue.db.database import writing
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.people import Person
from reviewqueue.items import item_context, staffing
from reviewqueue.items.submission_rules import Submission
from reviewqueue.lanes import check_rule_proposals, proposals
from reviewqueue.people import actors
from reviewqueue.policy import evaluation, loading, policy_versions
from reviewqueue.policy.evaluation import Actor
from tests import drafts
from tests.cast import HELEN, MARCUS, PASSWORD, TOM, Named
from tests.cli.conftest import Terminal, folder, nowhere, terminal  # noqa: F401  (fixtures)
from tests.support.databases import Place, Run
from tests.support.seed_world import NOW, copied
from tests.web.conftest import text_of
from tests.world import World

POLICY = loading.load(loading.files_in(loading.SHIPPED))
LANES = [lane.key for lane in POLICY.lanes]


@pytest.fixture
def engine_name() -> str:
    """Who decides is the same on every engine."""
    return "sqlite"


def of_the_seed(without: str = "") -> tuple[list[Actor], dict[str, int]]:
    """The people of the demo data as judging takes them, and their numbers by e-mail."""
    told = demo_data.plan()["people"]
    numbers = {one["email"]: number for number, one in enumerate(told, start=1)}
    people = [Actor(numbers[one["email"]], frozenset(one["roles"])) for one in told if one["key"] != without]
    return people, numbers


def test_nothing_at_any_gate_is_too_much_for_the_seed_world() -> None:
    """Every gate, kind of maker, edit, override and escalation of the shipped policy; the control: one leader fewer."""
    people, numbers = of_the_seed()
    owners = {numbers[one["owner"]] for one in demo_data.plan()["automations"]}
    assert len([*staffing.cases(POLICY, people, owners, {})]) > 200
    assert staffing.shortfalls(POLICY, people, owners) == []
    fewer, _ = of_the_seed(without="grace")
    found = staffing.shortfalls(POLICY, fewer, owners)
    assert {one.case.gate.key for one in found} >= {"handoff-quality", "policy-change", "implementation-launch"}
    assert all("An admin has to give somebody" in one.says for one in found)


@pytest.fixture
def crew(run: Run, tmp_path: Path) -> Iterator[tuple[World, list[Named]]]:
    """The seeded database, and its people."""
    url = f"sqlite:///{copied(run, tmp_path)}"
    engine = database.connect(url)
    world = World(Place(url, url), engine, NOW)
    with world.session() as session:
        rows = session.scalars(select(Person).order_by(Person.id)).all()
        people = [Named(one.id, one.name, tuple(one.held.split())) for one in rows]
    yield world, people
    engine.dispose()


def allowed(world: World, person: Named, item: int) -> dict[str, str]:
    """What this person may do with an item, with a reason for each."""
    with world.session() as session:
        context, actor = (
            item_context.load(session, item, world.now),
            actors.load_actor(session, person.id, world.now),
        )
        assert context.gate is not None
        legal = [one.act for one in context.permissions(actor) if one.allowed]
        reasons = {act: evaluation.reasons(context.policy, context.gate, act, context.situation) for act in legal}
    return {act: known[0].code for act, known in reasons.items() if known}


def done(world: World, person: Named, item: int, act: str) -> bool:
    """Whether this person may do it; then it is done."""
    may = allowed(world, person, item)
    if act not in may:
        return False
    more: dict[str, Any] = {}
    if act == "override":
        with world.session() as session:
            more["passes"] = tuple(evaluation.failing_checks(item_context.load(session, item, world.now).situation))
    if act == "edit":
        draft = world.draft(item)
        more = {"draft": {**draft, "subject": "Another subject"} if "subject" in draft else draft, "title": "Another"}
    world.decide(person, item, act, reason_code=may[act], **more)
    return True


def finish(world: World, people: list[Named], item: int) -> str:
    """Let pass as long as somebody may, then escalate it once, and let pass again; returns the item's state."""
    for acts in (("approve", "override"), ("escalate",), ("approve", "override")):
        for person in people:
            did = world.item(item).state in vocabulary.OPEN and any(done(world, person, item, act) for act in acts)
            if did and acts == ("escalate",):
                break
    return world.item(item).state


def kinds() -> Iterator[tuple[str, Submission]]:
    """A draft for each gate, by the gate's key."""
    yield "customer-communication", drafts.email()
    yield "handoff-quality", drafts.packet()
    yield "implementation-launch", drafts.plan()
    for kind, gate in (("kickoff_brief", "kickoff-preparation"), ("risk_summary", "risk-escalation")):
        mail = drafts.email()
        yield gate, replace(mail, drafted=replace(mail.drafted, kind=kind))


SITUATIONS = [(), ("escalate",), ("edit",), ("escalate", "edit"), ("override",), ("escalate", "override")]


@pytest.mark.parametrize("lane", LANES)
@pytest.mark.parametrize("acts", SITUATIONS, ids=" and ".join)
def test_each_gate_ends_approved_with_the_people_of_the_seed_world(
    crew: tuple[World, list[Named]], lane: str, acts: tuple[str, ...]
) -> None:
    """In the seeded database, by the verbs: the first who may does what makes it hard, and the others finish it."""
    world, people = crew
    for gate, submission in kinds():
        checked = drafts.with_check(submission, "automation.tone") if "override" in acts else submission
        item = world.submit(drafts.in_lane(checked, lane))
        assert world.item(item).gate == gate
        for act in acts:
            assert any(done(world, person, item, act) for person in people), f"nobody may {act} at {gate}"
        assert finish(world, people, item) == "approved", f"{gate}, {acts}"


def proposed(session: Session, person: Named, *, check: bool) -> int:
    """A proposal of other rules, or of what a check counts as."""
    policy = policy_versions.current(session)
    files = policy_versions.files(session, policy.digest)
    if check:
        wanted = check_rule_proposals.ProposedRule(
            "message.next-step", "warn", (), ("customer_email",), "as the audit asks for it"
        )
        changed = check_rule_proposals.files_with_rule(files, policy, wanted)
    else:
        name = "gates/risk-escalation.toml"
        changed = {**files, name: files[name].replace("sla_hours = 4", "sla_hours = 5")}
    return proposals.propose(session, person.id, changed, "The last month showed that it is better so.", NOW)


@pytest.mark.parametrize("who", ["Priya Raman", "Sam Keller"])
@pytest.mark.parametrize("check", [False, True], ids=["rules", "check"])
@pytest.mark.parametrize("up", [False, True], ids=["", "escalated"])
def test_each_proposal_comes_into_force(crew: tuple[World, list[Named]], who: str, check: bool, up: bool) -> None:
    world, people = crew
    proposer = next(one for one in people if one.name == who)
    with world.session() as session:
        item = proposed(session, proposer, check=check)
        assert session.get_one(Item, item).kind == POLICY_CHANGE
    if up:
        assert any(done(world, person, item, "escalate") for person in people)
    assert finish(world, people, item) == "approved"
    with world.session() as session:
        assert policy_versions.current(session).digest != POLICY.digest


def test_policy_check_holds_the_people_against_the_gates(terminal: Terminal, world: World) -> None:  # noqa: F811
    """With a database: what its people could not finish, by name and with file and line."""
    answer = terminal("policy", "check", "--json")
    assert answer.status == 0
    said = [one["message"] for one in answer.json["warnings"]]
    mine = next(one for one in said if "lane mid-market-saas at gate kickoff-preparation" in one)
    assert mine.startswith(
        "With the people now in the database nobody could finish an item in lane mid-market-saas at gate "
        "kickoff-preparation once it is escalated, edited by Helen Strand. It needs 1 more approval"
    )
    assert "needs:" not in answer.err
    for name in ("grace", "yusuf"):
        added = terminal("user", "add", f"{name}@northbeam.example", "--role", "cs_leader", stdin=f"{PASSWORD}\n")
        assert added.status == 0, added.err
    said = [one["message"] for one in terminal("policy", "check", "--json").json["warnings"]]
    assert [one for one in said if "people" in one] == []


def test_policy_check_without_people_says_how_many_it_takes(nowhere: Terminal) -> None:  # noqa: F811
    answer = nowhere("policy", "check")
    assert answer.status == 0
    assert (
        "gate policy-change needs different people: 2 who are revops or admin before it is escalated when a check counts "
        "differently; 2 who are cs leader once it is escalated when a check counts differently; one more where"
    ) in answer.err
    assert "Every other gate needs one person" in answer.err
    assert "With the people" not in answer.err


def test_the_first_admin_alone_is_not_held_against_the_gates(world: World, terminal: Terminal) -> None:  # noqa: F811
    """Who is there before the others are added could finish nothing, which twenty warnings would not say better."""
    with world.session() as session, writing(session):
        session.execute(update(Person).values(held="admin"))
    answer = terminal("policy", "check")
    assert answer.status == 0
    assert "With the people" not in answer.err
    assert "Every other gate needs one person" in answer.err


def test_the_escalate_form_says_it_before(client_for: Any, world: World) -> None:
    """Two are asked for above and one is left there; the control: with both of them it says nothing."""
    item = world.submit(drafts.in_lane(drafts.email(), drafts.TWO_APPROVALS))
    client = client_for(MARCUS)
    assert "Nobody could finish it then" not in text_of(client.get(f"/items/{item}"))
    world.decide(TOM, item, "edit", draft={**world.draft(item), "subject": "Kickoff, our proposal"})
    page = text_of(client.get(f"/items/{item}"))
    assert "Nobody could finish it then. It needs 2 more approvals, and of the 2 who decide here 1 is neither" in page
    assert "Nobody can decide this item as things are" not in page, "as long as it is not escalated, somebody can"
    world.decide(MARCUS, item, "escalate")
    stuck = text_of(client_for(HELEN).get(f"/items/{item}"))
    assert "Nobody can decide this item as things are" in stuck
    assert "Nobody can finish approving it as things are. Why, and what to do" in stuck, "beside the buttons too"
