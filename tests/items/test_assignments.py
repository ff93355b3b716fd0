"""Assignments: which named person something waits for, and how an item is given to one of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from reviewqueue.core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from reviewqueue.db.database import writing
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.log import LogEntry, LogText
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.people import Absence, Person
from reviewqueue.items import assignments, item_context, leases
from reviewqueue.onboarding import owner as onboarding_owner
from reviewqueue.people import next_in_line, users
from tests import drafts
from tests.cast import AIKO, DANA, HELEN, INES, LENA, MARCUS, NOOR, PRIYA, SAM, TOM, Named
from tests.world import World

HOUR = timedelta(hours=1)
LANE = "mid-market-saas"


def away(world: World, person: Named, delegate: Named, start: int = -1, end: int = 1) -> None:
    """One is away for these hours, counted from now, and another stands in."""
    row = {"starts_at": world.now + start * HOUR, "ends_at": world.now + end * HOUR}
    with world.session() as session, writing(session):
        session.execute(insert(Absence).values(person_id=person.id, delegate_id=delegate.id, **row))


def closed(world: World, person: Named) -> None:
    """An account is closed."""
    with world.session() as session, writing(session):
        session.execute(update(Person).where(Person.id == person.id).values(disabled_at=world.now))


def waits(world: World, person: Named, count: int = 1, **becomes: Any) -> None:
    """So many items wait for a person."""
    for _ in range(count):
        item = world.submit(drafts.email())
        with world.session() as session, writing(session):
            session.execute(update(Item).where(Item.id == item).values(assignee_id=person.id, **becomes))


def has_exception(world: World, person: Named, lane: str = LANE, **becomes: Any) -> None:
    """An exception waits for a person."""
    row = {
        "category": "sales-promise", "lane": lane, "customer": "Acme", "summary": "Something was promised",
        "state": "open", "blocking": False, "owner_role": "csm", "policy_digest": "0" * 64, "opened_by": "system:test",
        "opened_at": world.now, "respond_by": world.now, "due_at": world.now, **becomes,
    }  # fmt: skip
    with world.session() as session, writing(session):
        session.execute(insert(ExceptionCase).values(owner_id=person.id, **row))


def nothing(world: World) -> None:
    """Nobody is away and nothing waits."""


def several(*steps: Callable[[World], None]) -> Callable[[World], None]:
    """One after another."""

    def all_of_them(world: World) -> None:
        for step in steps:
            step(world)

    return all_of_them


NEXT: list[tuple[str, tuple[str, ...], frozenset[int], Callable[[World], None], Named | None]] = [
    ("equal ones: the lowest id", ("csm",), frozenset(), nothing, DANA),
    ("not who is left out", ("csm",), frozenset({DANA.id}), nothing, MARCUS),
    ("nobody is left", ("csm",), frozenset({DANA.id, MARCUS.id}), nothing, None),
    ("then the next role", ("csm", "manager"), frozenset({DANA.id, MARCUS.id}), nothing, TOM),
    ("in the order of the roles, not of the people", ("manager", "csm"), frozenset(), nothing, TOM),
    ("no role, nobody", (), frozenset(), nothing, None),
    ("a word that only begins like a role is none", ("cs",), frozenset(), nothing, None),
    ("whoever has fewer open items", ("csm",), frozenset(), lambda world: waits(world, DANA), MARCUS),
    (
        "settled ones do not count",
        ("csm",), frozenset(), lambda world: waits(world, DANA, settled_at=world.now, state="rejected"), DANA,
    ),
    ("an open exception counts like an item", ("csm",), frozenset(), lambda world: has_exception(world, DANA), MARCUS),
    (
        "a resolved one does not",
        ("csm",), frozenset(), lambda world: has_exception(world, DANA, resolved_at=world.now, state="resolved"), DANA,
    ),
    (
        "whoever has fewer of all lanes together",
        ("csm",), frozenset(), lambda world: has_exception(world, DANA, "enterprise-saas"), MARCUS,
    ),
    (
        "as many each: whoever has fewer of this lane",
        ("csm",), frozenset(),
        several(lambda world: has_exception(world, DANA), lambda world: has_exception(world, MARCUS, "enterprise-saas")),
        MARCUS,
    ),
    ("not a closed account", ("csm",), frozenset(), lambda world: closed(world, DANA), MARCUS),
    ("who stands in for somebody away", ("sales_owner",), frozenset(), lambda world: away(world, LENA, NOOR), NOOR),
    (
        "the work of the one who stands in is what counts",
        ("csm",), frozenset(), several(lambda world: away(world, DANA, NOOR), lambda world: waits(world, NOOR)), MARCUS,
    ),
    (
        "over two hops",
        ("sales_owner",), frozenset(),
        several(lambda world: away(world, LENA, NOOR), lambda world: away(world, NOOR, INES)), INES,
    ),
    ("away later is here now", ("sales_owner",), frozenset(), lambda world: away(world, LENA, NOOR, 1, 2), LENA),
    ("away until now is back", ("sales_owner",), frozenset(), lambda world: away(world, LENA, NOOR, -2, 0), LENA),
    (
        "the stand-in is left out: nobody",
        ("sales_owner",), frozenset({NOOR.id}), lambda world: away(world, LENA, NOOR), None,
    ),
    (
        "the stand-in's account is closed: nobody",
        ("sales_owner",), frozenset(), several(lambda world: away(world, LENA, NOOR), lambda world: closed(world, NOOR)),
        None,
    ),
    (
        "two stand in and the first is closed: the second",
        ("sales_owner",), frozenset(),
        several(
            lambda world: away(world, LENA, NOOR), lambda world: away(world, LENA, INES),
            lambda world: closed(world, NOOR),
        ),
        INES,
    ),
    (
        "away in a circle that was there before loops were refused: nobody, and it ends",
        ("sales_owner",), frozenset(),
        several(lambda world: away(world, LENA, NOOR), lambda world: away(world, NOOR, LENA)), None,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("why", "roles", "besides", "given", "expected"), NEXT, ids=[row[0] for row in NEXT])
def test_who_it_waits_for_next(
    world: World,
    why: str,
    roles: tuple[str, ...],
    besides: frozenset[int],
    given: Callable[[World], None],
    expected: Named | None,
) -> None:
    """One named person, or nobody at all."""
    given(world)
    with world.session() as session:
        found = next_in_line.next_person(session, roles, LANE, world.now, excluded=besides)
    assert found == (expected.id if expected else None), why


REASON = "Dana knows this customer best."


def give(world: World, actor: Named, item: int, to: Named | int, reason: str = REASON) -> None:
    """A leader gives an item to somebody."""
    with world.session() as session:
        to_id = to if isinstance(to, int) else to.id
        assignments.reassign(session, actor.id, item, to_id, reason, world.now)


def facts(entry: LogEntry) -> dict[str, Any]:
    """The facts of an entry."""
    found: dict[str, Any] = json.loads(entry.body)["facts"]
    return found


def test_an_item_is_given_to_a_named_person_and_the_log_says_from_and_to(world: World) -> None:
    """Everybody whom the gate allows may still decide it."""
    item = world.submit(drafts.email())
    give(world, HELEN, item, DANA)
    give(world, HELEN, item, MARCUS)
    assert world.item(item).assignee_id == MARCUS.id
    first, second = world.log(item)[-2:]
    assert (first.actor, first.act, facts(first)) == (HELEN.actor, "item.reassign", {"from": None, "to": DANA.actor})
    assert facts(second) == {"from": DANA.actor, "to": MARCUS.actor}
    with world.session() as session:
        texts = session.scalars(select(LogText.text).where(LogText.position == second.position)).all()
    assert texts == [REASON]
    assert world.decide(DANA, item, "approve").state == "approved", "it waited for Marcus, and Dana decides it"


def edited(world: World, item: int) -> None:
    """Marcus edits it."""
    world.decide(MARCUS, item, "edit", draft={**world.draft(item), "note": "Marcus changed this."})


NOT_GIVEN: list[
    tuple[str, Callable[[World, int], object], Named, Named | int, str, type[DomainError], list[str], str]
] = [
    ("a CSM gives nothing", lambda *_: None, DANA, MARCUS, REASON, Forbidden, [], "Only a CS leader"),
    ("an auditor gives nothing", lambda *_: None, AIKO, MARCUS, REASON, Forbidden, [], "Only a CS leader"),
    ("who does not see it", lambda *_: None, NOOR, MARCUS, REASON, NotFound, [], ""),
    ("no reason", lambda *_: None, HELEN, DANA, "", Invalid, ["/reason"], ""),
    ("a short reason", lambda *_: None, HELEN, DANA, "she may", Invalid, ["/reason"], ""),
    ("somebody who does not decide there", lambda *_: None, HELEN, NOOR, REASON, Invalid, ["/to"], "may not decide it"),
    ("who owns the automation that drafted it", lambda *_: None, HELEN, SAM, REASON, Invalid, ["/to"], "may not decide"),
    ("who edited it", edited, HELEN, MARCUS, REASON, Invalid, ["/to"], "Marcus Oyelaran may not decide it"),
    (
        "a closed account",
        lambda world, _: closed(world, DANA), HELEN, DANA, REASON, Invalid, ["/to"], "somebody with an open account",
    ),
    ("nobody", lambda *_: None, HELEN, 99, REASON, Invalid, ["/to"], "somebody with an open account"),
    (
        "whose it is already",
        lambda world, item: give(world, TOM, item, DANA), HELEN, DANA, REASON, Invalid, ["/to"], "waits for Dana",
    ),
    (
        "both wrong, told together", lambda *_: None, HELEN, 99, "", Invalid, ["/reason", "/to"], "",
    ),
    (
        "a settled item",
        lambda world, item: world.decide(DANA, item, "approve"), HELEN, MARCUS, REASON, Conflict, [], "waits for nobody",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("why", "given", "actor", "to", "reason", "kind", "places", "says"), NOT_GIVEN, ids=[row[0] for row in NOT_GIVEN]
)
def test_what_is_not_given_changes_nothing(
    world: World,
    why: str,
    given: Callable[[World, int], object],
    actor: Named,
    to: Named | int,
    reason: str,
    kind: type[DomainError],
    places: list[str],
    says: str,
) -> None:
    item = world.submit(drafts.email())
    given(world, item)
    before = world.everything()
    with pytest.raises(kind) as refused:
        give(world, actor, item, to, reason)
    assert [fault.at for fault in refused.value.faults] == places, why
    assert says in " ".join([refused.value.says, *(fault.message for fault in refused.value.faults)]), why
    assert world.everything() == before


def test_who_may_be_chosen_is_who_may_decide_it(world: World) -> None:
    item = world.submit(drafts.email())
    edited(world, item)
    with world.session() as session:
        found = assignments.candidates(session, item_context.load(session, item, world.now), world.now)
    assert [one.name for one in found] == [DANA.name, HELEN.name, TOM.name]


GONE: list[tuple[str, Callable[[Session, World], None], bool]] = [
    ("the account is closed", lambda session, world: users.disable(session, DANA.id, SAM.id, world.now), False),
    ("closed from the command line", lambda session, world: users.disable(session, DANA.id, None, world.now), False),
    (
        "the role is taken away",
        lambda session, world: users.set_roles(session, DANA.id, ["finance"], SAM.id, world.now), False,
    ),
    (
        "another role is left with which it can be decided",
        lambda session, world: users.set_roles(session, DANA.id, ["manager"], SAM.id, world.now), True,
    ),
    ("somebody else's account is closed", lambda s, world: users.disable(s, MARCUS.id, SAM.id, world.now), True),
]  # fmt: skip


@pytest.mark.parametrize(("why", "done", "keeps"), GONE, ids=[row[0] for row in GONE])
def test_who_cannot_decide_any_more_holds_nothing(
    world: World, why: str, done: Callable[[Session, World], None], keeps: bool
) -> None:
    """At the very moment: it waits for nobody in particular, the lease is over, and the log says both and by whom."""
    item, settled = world.submit(drafts.email()), world.submit(drafts.email())
    for one in (item, settled):
        give(world, HELEN, one, DANA)
    world.decide(TOM, settled, "approve")
    with world.session() as session:
        leases.take(session, DANA.id, item, world.now)
        done(session, world)
    row = world.item(item)
    assert world.item(settled).assignee_id == DANA.id, "what is settled stays as it was"
    after = [entry for entry in world.log(item) if entry.act in ("item.reassign", "lease.end")][1:]
    if keeps:
        assert (row.assignee_id, row.lease_holder_id, after) == (DANA.id, DANA.id, []), why
        return
    assert (row.assignee_id, row.lease_holder_id, row.lease_until) == (None, None, None), why
    assert [entry.act for entry in after] == ["item.reassign", "lease.end"], why
    assert facts(after[0])["from"] == DANA.actor
    assert facts(after[0])["to"] is None
    assert {entry.actor for entry in after} <= {SAM.actor, "system:cli"}
    assert world.decide(MARCUS, item, "approve").state == "approved", "nobody has to wait for a lease that is over"


def own(world: World, actor: Named, owner: Named | int, reason: str = "Handed over at the kickoff.") -> None:
    """Say whose account the first onboarding is."""
    with world.session() as session:
        to_id = owner if isinstance(owner, int) else owner.id
        onboarding_owner.set_owner(session, actor.id, 1, to_id, reason, world.now)


def test_an_account_gets_its_owner_and_the_log_says_from_and_to(world: World) -> None:
    world.submit(drafts.packet())
    own(world, PRIYA, DANA)
    own(world, TOM, MARCUS)
    with world.session() as session:
        assert session.get_one(Onboarding, 1).owner_id == MARCUS.id
    entry = world.log()[-1]
    assert (entry.actor, entry.act, json.loads(entry.body)["onboarding"]) == (TOM.actor, "onboarding.owner", 1)
    assert facts(entry) == {"from": DANA.actor, "to": MARCUS.actor}


NOT_OWNED: list[tuple[str, Named, Named | int, str, type[DomainError], list[str]]] = [
    ("a CSM does not say whose it is", DANA, MARCUS, REASON, Forbidden, []),
    ("finance does not see it", NOOR, MARCUS, REASON, NotFound, []),
    ("no reason", HELEN, MARCUS, "", Invalid, ["/reason"]),
    ("nobody", HELEN, 99, REASON, Invalid, ["/owner"]),
    ("whose it is already", HELEN, DANA, REASON, Invalid, ["/owner"]),
    ("a closed account", HELEN, LENA, REASON, Invalid, ["/owner"]),
    ("an auditor acts for no customer", HELEN, AIKO, REASON, Invalid, ["/owner"]),
    ("nor does whoever only administers", HELEN, SAM, REASON, Invalid, ["/owner"]),
]


@pytest.mark.parametrize(
    ("why", "actor", "owner", "reason", "kind", "places"), NOT_OWNED, ids=[row[0] for row in NOT_OWNED]
)
def test_an_owner_that_is_refused_changes_nothing(
    world: World, why: str, actor: Named, owner: Named | int, reason: str, kind: type[DomainError], places: list[str]
) -> None:
    world.submit(drafts.packet())
    own(world, PRIYA, DANA)
    closed(world, LENA)
    before = world.everything()
    with pytest.raises(kind) as refused:
        own(world, actor, owner, reason)
    assert [fault.at for fault in refused.value.faults] == places, why
    assert world.everything() == before
