"""Somebody goes or loses a role: what they own goes to whom the admin chose, in one transaction, or is told as nobody's."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from reviewqueue.core.errors import DomainError, Forbidden, Invalid
from reviewqueue.db.tables.exceptions import ExceptionNote
from reviewqueue.db.tables.people import Person
from reviewqueue.exceptions import case_actions, case_queries
from reviewqueue.items import leases
from reviewqueue.lanes import readiness
from reviewqueue.onboarding import owner
from reviewqueue.people import actors, users
from reviewqueue.policy import policy_versions
from reviewqueue.review import belongings, handover
from reviewqueue.review.belongings import Kind
from reviewqueue.review.handover import Choices, Handover
from tests import drafts, northbeam
from tests.cast import AIKO, DANA, HELEN, INES, JONAS, LENA, MARCUS, PRIYA, RAVI, SAM, TOM, Named
from tests.support.last_day import dana_owns, owners
from tests.world import World

TO_MARCUS: dict[Kind, int] = dict.fromkeys(belongings.KINDS, MARCUS.id)


@pytest.fixture
def dana(world: World) -> dict[str, int]:
    """What Dana owns on her last day."""
    return dana_owns(world)


def leave(world: World, choices: Choices, person: Named = DANA, actor: Named | None = SAM) -> Handover:
    """An admin closes the account."""
    with world.session() as session:
        return handover.disable(session, person.id, actor.id if actor else None, choices, world.now)


def facts(world: World, act: str) -> list[dict[str, Any]]:
    """The facts of the entries of one kind."""
    return [json.loads(one.body)["facts"] for one in world.log() if one.act == act]


def nobodys(world: World, viewer: Named | None = None) -> belongings.Unowned:
    """What nobody owns now."""
    with world.session() as session:
        seen_by = actors.load_actor(session, viewer.id, world.now) if viewer else None
        return belongings.unowned(session, policy_versions.current(session), world.now, seen_by)


def test_what_a_person_owns_is_named_before_the_act(world: World, dana: dict[str, int]) -> None:
    before = world.everything()
    with world.session() as session:
        found = belongings.of_person(session, DANA.id, world.now)
    assert [len(found.of(kind)) for kind in belongings.KINDS] == [1, 1, 1, 0]
    assert (found.leases, [one.partition(" until ")[0] for one in found.stands_in]) == (1, [HELEN.name])
    assert found.duties == [], "Marcus is a CSM too"
    takers = {kind: {one.name for one in found.takers[kind]} for kind in belongings.KINDS}
    assert AIKO.name not in set().union(*takers.values()), "an auditor takes nothing"
    assert takers["items"] == {MARCUS.name, TOM.name, HELEN.name}, "who may decide it, and never the leaver"
    assert found.takers["accounts"][0].name == MARCUS.name, "who has the same role comes first"
    assert world.everything() == before


def test_all_goes_to_the_chosen_person_in_one_transaction(world: World, dana: dict[str, int]) -> None:
    made = leave(world, Choices(TO_MARCUS))
    assert owners(world, dana) == (MARCUS.id,) * 3
    row = world.item(dana["item"])
    assert (row.lease_holder_id, row.lease_until) == (None, None)
    taken = [{"what": kind, "to": MARCUS.actor, "ids": [number]} for kind, number in (
        ("accounts", dana["account"]), ("exceptions", dana["case"]), ("items", dana["item"]),
    )]  # fmt: skip
    assert facts(world, "person.disable") == [{"person": DANA.id, "handed_on": taken}]
    assert made.facts == {"handed_on": taken}
    for act in ("onboarding.owner", "exception.move", "item.reassign"):
        entry = next(one for one in reversed(world.log()) if one.act == act)
        known = json.loads(entry.body)["facts"]
        assert (entry.actor, known["from"], known["to"]) == (SAM.actor, DANA.actor, MARCUS.actor), act
        assert known["why"] == "Dana Whitfield’s account was closed"
    assert world.verify().holds
    found = nobodys(world)
    assert (found.accounts, found.exceptions) == ([], [])
    with world.session() as session:
        actor = actors.load_actor(session, MARCUS.id, world.now)
        mine = case_queries.page(session, actor, case_queries.CaseFilters("mine"), case_queries.paging.FIRST, world.now)
        note = session.scalars(select(ExceptionNote).order_by(ExceptionNote.id.desc()).limit(1)).one()
    assert [case.id for case, _ in mine.rows] == [dana["case"]], "it is in his inbox"
    assert note.text == "To Marcus Oyelaran. Dana Whitfield’s account was closed."
    assert world.decide(MARCUS, dana["item"], "approve").state == "approved"


def test_what_nobody_takes_is_nobodys_and_is_named(world: World, dana: dict[str, int]) -> None:
    """In the log, on the workload page and by `doctor`; the item waits for everybody at its gate, the absent leader has
    no stand-in."""
    leave(world, Choices())
    left = {"accounts": [dana["account"]], "exceptions": [dana["case"]]}
    assert facts(world, "person.disable") == [{"person": DANA.id, "nobodys": left}]
    assert world.item(dana["item"]).assignee_id is None
    found = nobodys(world)
    assert [(one.id, whose) for one, whose in found.accounts] == [(dana["account"], DANA.name)]
    assert [(one.id, whose) for one, whose in found.exceptions] == [(dana["case"], DANA.name)]
    assert [says.partition(" is away")[0] for says in found.absent] == [HELEN.name]
    with world.session() as session:
        owner.set_owner(session, PRIYA.id, dana["account"], MARCUS.id, "He takes it over.", world.now)
        case_actions.reassign(session, PRIYA.id, dana["case"], f"person:{MARCUS.id}", "He takes it over.", world.now)
    found = nobodys(world)
    assert (found.accounts, found.exceptions) == ([], []), "until somebody takes them"


def test_one_thing_may_go_elsewhere(world: World, dana: dict[str, int]) -> None:
    other = world.submit(drafts.email(drafts.deal("Acme Tools"), to=["rosa@marlowfreight.example"]))
    account = world.item(other).onboarding_id or 0
    with world.session() as session:
        owner.set_owner(session, HELEN.id, account, DANA.id, "She led the sale.", world.now)
    made = leave(
        world, Choices({"accounts": MARCUS.id}, {("accounts", account): TOM.id, ("exceptions", dana["case"]): 0})
    )
    assert owners(world, dana)[0] == MARCUS.id
    assert made.taken == {("accounts", MARCUS.id): [dana["account"]], ("accounts", TOM.id): [account]}
    assert made.left == {"exceptions": [dana["case"]]}


def test_an_item_its_taker_took_part_in_waits_for_everybody(world: World, dana: dict[str, int]) -> None:
    """Marcus edited it: it cannot become his to decide, and it is not lost either."""
    with world.session() as session:
        leases.give_back(session, DANA.id, dana["item"], world.now)
    world.decide(MARCUS, dana["item"], "edit", draft={**world.draft(dana["item"]), "subject": "The kickoff"})
    assert world.item(dana["item"]).assignee_id == DANA.id
    made = leave(world, Choices(TO_MARCUS))
    assert ("items", MARCUS.id) not in made.taken
    assert world.item(dana["item"]).assignee_id is None


REFUSED: list[tuple[str, Choices, Named, str]] = [
    ("an auditor", Choices({"exceptions": AIKO.id}), SAM, "Aiko Mori cannot take them: an auditor changes nothing"),
    ("an admin, who decides nothing", Choices({"accounts": SAM.id}), SAM, ""),
    ("the leaver", Choices({"accounts": DANA.id}), SAM, "choose somebody else with an open account"),
    ("nobody we know", Choices({"items": 999}), SAM, "choose somebody else with an open account"),
]


@pytest.mark.parametrize(("why", "choices", "actor", "says"), REFUSED, ids=[row[0] for row in REFUSED])
def test_who_could_not_work_on_it_takes_nothing(
    world: World, dana: dict[str, int], why: str, choices: Choices, actor: Named, says: str
) -> None:
    """Refused at the choice, and the account stays open: nothing was written."""
    before = world.everything()
    if not says:
        policy = northbeam.policy()
        acts = {role for gate in policy.gates for role in (*gate.reviewers, *gate.goes_up_to)}
        assert "admin" in acts, "an admin decides policy changes here, so this row is the control"
        assert leave(world, choices, actor=actor).taken
        return
    with pytest.raises(Invalid) as refused:
        leave(world, choices, actor=actor)
    (fault,) = refused.value.faults
    assert fault.at == f"/{next(iter(choices.kinds))}", why
    assert says in fault.message
    assert world.everything() == before


@pytest.mark.parametrize("actor", [PRIYA, DANA, AIKO], ids=lambda one: one.name)
def test_only_an_admin_hands_on(world: World, dana: dict[str, int], actor: Named) -> None:
    before = world.everything()
    with pytest.raises((Forbidden, DomainError)):
        leave(world, Choices(TO_MARCUS), actor=actor)
    assert world.everything() == before


def test_from_the_command_line_too(world: World, dana: dict[str, int]) -> None:
    leave(world, Choices(TO_MARCUS), actor=None)
    assert owners(world, dana) == (MARCUS.id,) * 3
    assert {one.actor for one in world.log()[-4:]} == {"system:cli"}


def test_who_loses_a_role_hands_on_what_they_could_not_work_on(world: World, dana: dict[str, int]) -> None:
    """Dana goes to finance: the item and the exception are not hers to work on; the account may stay hers."""
    with world.session() as session:
        users.end_absence(session, HELEN.id, world.now)
        found = belongings.of_person(session, DANA.id, world.now, ["finance"])
        assert ([one.id for one in found.items], found.may_keep) == ([dana["item"]], True)
        assert [one.id for one in found.exceptions] == [dana["case"]]
        made = handover.set_roles(
            session, DANA.id, ["finance"], SAM.id, Choices({"exceptions": HELEN.id, "items": MARCUS.id}), world.now
        )
    assert owners(world, dana) == (DANA.id, HELEN.id, MARCUS.id)
    assert made.left == {}
    (known,) = facts(world, "person.roles")
    assert (known["before"], known["roles"], len(known["handed_on"])) == (["csm"], ["finance"], 2)
    assert nobodys(world).accounts == [], "she still works here"


def test_who_is_left_with_no_role_that_acts_owns_nothing_quietly(world: World, dana: dict[str, int]) -> None:
    with world.session() as session:
        assert not belongings.of_person(session, DANA.id, world.now, ["auditor"]).may_keep
        handover.set_roles(session, DANA.id, ["auditor"], SAM.id, Choices(), world.now)
    assert [one.id for one, _ in nobodys(world).accounts] == [dana["account"]]
    assert [one.id for one, _ in nobodys(world).exceptions] == [dana["case"]]


def test_who_only_gets_a_role_is_asked_nothing(world: World, dana: dict[str, int]) -> None:
    with world.session() as session:
        found = belongings.of_person(session, DANA.id, world.now, ["csm", "manager"])
    assert not found.any


DUTIES: list[tuple[str, list[Named], Named, str]] = [
    ("the one implementation lead", [], INES, "Implementation launch"),
    ("the last of RevOps", [JONAS], PRIYA, "Handoff quality"),
    ("one of two", [], PRIYA, ""),
    ("who decides nothing", [], AIKO, ""),
]


@pytest.mark.parametrize(("why", "gone", "person", "gate"), DUTIES, ids=[row[0] for row in DUTIES])
def test_the_duty_that_nobody_else_has_is_named_before_and_after(
    world: World, why: str, gone: list[Named], person: Named, gate: str
) -> None:
    with world.session() as session:
        for one in gone:
            users.disable(session, one.id, SAM.id, world.now)
        before = belongings.of_person(session, person.id, world.now).duties
    assert any(says.startswith(gate) for says in before) == bool(gate), (why, before)
    assert nobodys(world).duties == []
    leave(world, Choices(), person)
    assert sorted(nobodys(world).duties) == sorted(before)


def test_the_part_of_a_launch_is_named_too(world: World) -> None:
    with world.session() as session:
        readiness.name_owner(session, PRIYA.actor, "mid-market-saas", "sales", LENA.id, "", world.now)
        owned = belongings.of_person(session, LENA.id, world.now)
        assert owned.launches == ["Sales in the launch of Mid-market SaaS"]
        assert not owned.any, "nobody takes it with the account: RevOps names somebody on the lane's page"
    assert nobodys(world).launches == []
    leave(world, Choices(), LENA)
    assert nobodys(world).launches == ["Sales in the launch of Mid-market SaaS, which was Lena Vogt's"]


def test_of_what_nobody_owns_one_sees_what_one_may_see(world: World, dana: dict[str, int]) -> None:
    leave(world, Choices())
    assert nobodys(world, PRIYA).accounts
    assert not nobodys(world, RAVI).accounts, "a product owner sees no lane"


STAND_INS: list[tuple[str, Callable[[World], None]]] = [
    ("the stand-in's account is closed", lambda world: leave(world, Choices()) and None),
    ("the stand-in becomes an auditor", lambda world: _made(world, DANA, ["auditor"])),
]


def _made(world: World, person: Named, roles: list[str]) -> None:
    with world.session() as session:
        handover.set_roles(session, person.id, roles, SAM.id, Choices(), world.now)


@pytest.mark.parametrize(("why", "done"), STAND_INS, ids=[row[0] for row in STAND_INS])
def test_an_absent_person_without_a_stand_in_is_named(
    world: World, dana: dict[str, int], why: str, done: Callable[[World], None]
) -> None:
    assert nobodys(world).absent == []
    done(world)
    assert [says.partition(" is away")[0] for says in nobodys(world).absent] == [HELEN.name], why


def test_opened_again_the_account_is_its_owners_again(world: World, dana: dict[str, int]) -> None:
    leave(world, Choices())
    with world.session() as session:
        users.enable(session, DANA.id, SAM.id, world.now + timedelta(hours=1))
        assert session.get_one(Person, DANA.id).disabled_at is None
    assert nobodys(world).accounts == []
    assert LENA.id != owners(world, dana)[0] == DANA.id
