"""People: who comes in, with which roles, who stands in for whom, and how somebody is shut out at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from reviewqueue.core.errors import Forbidden, Invalid, NotFound
from reviewqueue.db.database import writing
from reviewqueue.db.tables.people import ROLES, Absence, Person, SignIn
from reviewqueue.items import leases
from reviewqueue.people import actors, users
from reviewqueue.people.access import ABILITIES
from reviewqueue.policy.evaluation import Actor
from tests import drafts
from tests.cast import AIKO, DANA, EVERYBODY, HELEN, INES, LENA, MARCUS, NOOR, PASSWORD, PRIYA, SAM, TOM, Named
from tests.world import World

NEW = "zoe.lind@northbeam.example"
ANOTHER = "nine wet umbrellas"
HOUR = timedelta(hours=1)


def add(world: World, **given: Any) -> int:
    """Add Zoe; `given` replaces what is said of her."""
    said = {"email": NEW, "name": "Zoe Lind", "roles": ["csm"], "password": ANOTHER, "actor": SAM.actor, **given}
    with world.session() as session:
        return users.add(session, **said, now=world.now)


def set_roles(world: World, person: Named, roles: Iterable[str], actor: Named = SAM) -> None:
    """Give a person roles."""
    with world.session() as session:
        users.set_roles(session, person.id, roles, actor.id, world.now)


def disable(world: World, person: Named, actor: Named | None = SAM) -> None:
    """Shut a person out."""
    with world.session() as session:
        users.disable(session, person.id, actor.id if actor else None, world.now)


def enable(world: World, person: Named, actor: Named | None = SAM) -> None:
    """Let a person in again."""
    with world.session() as session:
        users.enable(session, person.id, actor.id if actor else None, world.now)


def enter(world: World, email: str = DANA.email, password: str = PASSWORD, now: datetime | None = None) -> str:
    """Sign in; returns the token."""
    with world.session() as session:
        return users.sign_in(session, email, password, now or world.now)


def set_password(world: World, person: Named, actor: str) -> None:
    """Give a person another password."""
    with world.session() as session:
        users.set_password(session, person.id, ANOTHER, actor, world.now)


def who(world: World, token: str, now: datetime | None = None) -> str | None:
    """The name behind a sign-in, if it holds."""
    with world.session() as session:
        found = users.signed_in(session, token, now or world.now)
        return found.name if found else None


def go_away(world: World, person: Named, delegate: Named | int, start: timedelta, end: timedelta) -> None:
    """Be away from `start` to `end`, counted from now."""
    stands_in = delegate if isinstance(delegate, int) else delegate.id
    with world.session() as session:
        users.set_absence(session, person.id, stands_in, world.now + start, world.now + end, world.now)


def actor(world: World, person: Named, now: datetime | None = None) -> Actor:
    """What a person holds at a moment."""
    with world.session() as session:
        return actors.load_actor(session, person.id, now or world.now)


def person(world: World, person_id: int) -> Person:
    """A person's row."""
    with world.session() as session:
        return session.get_one(Person, person_id)


def last(world: World) -> tuple[str, str, dict[str, Any]]:
    """Who did what, and the facts of it, in the log's last entry."""
    entry = world.log()[-1]
    return entry.actor, entry.act, json.loads(entry.body)["facts"]


def test_a_person_is_added_and_comes_in(world: World) -> None:
    """The address in small letters, the name trimmed, each role once; the password kept as an Argon2id hash alone."""
    made = add(world, email=f" {NEW.upper()} ", name=" Zoe Lind ", roles=["revops", "csm", "csm"])
    row = person(world, made)
    assert (row.email, row.name, row.held, row.disabled_at) == (NEW, "Zoe Lind", "csm revops", None)
    assert row.password_hash.startswith("$argon2id$")
    assert ANOTHER not in repr(world.everything())
    assert last(world) == (SAM.actor, "person.add", {"person": made, "roles": ["csm", "revops"]})
    assert who(world, enter(world, NEW, ANOTHER)) == "Zoe Lind"


FAULTS: list[tuple[dict[str, Any], list[str], str]] = [
    ({"email": ""}, ["/email"], "no address"),
    ({"email": "zoe"}, ["/email"], "no domain"),
    ({"email": "zoe@northbeam"}, ["/email"], "no top-level domain"),
    ({"email": "zoe lind@northbeam.example"}, ["/email"], "a space inside"),
    ({"email": "zoe@lind@northbeam.example"}, ["/email"], "two signs"),
    ({"email": f"{'z' * 65}@northbeam.example"}, ["/email"], "longer than an address may be"),
    ({"email": DANA.email.upper()}, ["/email"], "somebody has it already, whatever the capitals"),
    ({"email": "zoe\x00@northbeam.example"}, ["/email"], "a character no database keeps"),
    ({"name": ""}, ["/name"], "no name"),
    ({"name": "Zoe\x00Lind"}, ["/name"], "the same in a name"),
    ({"name": "\u200b\u3164"}, ["/name"], "a name nobody can see"),
    ({"name": "z" * 256}, ["/name"], "a name too long"),
    ({"roles": []}, ["/roles"], "no role"),
    ({"roles": ["csm", "root"]}, ["/roles"], "a role that is none"),
    ({"roles": ["csm admin"]}, ["/roles"], "two roles in one"),
    ({"password": "x" * 11}, ["/password"], "a password of eleven"),
    (
        {"email": "zoe", "name": " ", "roles": [], "password": ""},
        ["/email", "/name", "/password", "/roles"],
        "all of it, told together",
    ),
]


def test_each_fault_is_named_by_its_place(world: World) -> None:
    before = world.everything()
    for given, places, why in FAULTS:
        with pytest.raises(Invalid, match="was not added") as refused:
            add(world, **given)
        assert sorted(fault.at for fault in refused.value.faults) == places, why
    assert world.everything() == before
    add(world, password="x" * 12)


def test_an_admin_gives_roles_and_they_hold_at_once(world: World) -> None:
    token = enter(world)
    set_roles(world, DANA, ["manager", "csm"])
    assert last(world) == (SAM.actor, "person.roles", {"person": 3, "before": ["csm"], "roles": ["csm", "manager"]})
    assert actor(world, DANA).roles == {"csm", "manager"}
    assert who(world, token) == DANA.name
    set_roles(world, DANA, ["finance"])
    item = world.submit(drafts.email())
    with pytest.raises(NotFound):
        world.decide(DANA, item, "approve")


@pytest.mark.parametrize("roles", [[], ["root"], ["csm", ""]])
def test_unknown_roles_are_not_given(world: World, roles: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        set_roles(world, DANA, roles)
    assert [fault.at for fault in refused.value.faults] == ["/roles"]
    assert person(world, DANA.id).roles == {"csm"}


def test_only_an_admin_changes_people(world: World) -> None:
    """Not one of the other roles, not for another, not for oneself."""
    before = world.everything()
    for other in EVERYBODY:
        if other is not SAM:
            for change in (
                lambda actor: set_roles(world, DANA, ROLES, actor),
                lambda actor: set_roles(world, actor, ["admin"], actor),
                lambda actor: disable(world, LENA, actor),
                lambda actor: enable(world, LENA, actor),
                lambda actor: add(world, actor=actor.actor),
                lambda actor: set_password(world, LENA if actor is not LENA else DANA, actor.actor),
            ):
                with pytest.raises(Forbidden, match="Only an admin changes people and keys"):
                    change(other)
    assert world.everything() == before


def test_nobody_removes_their_own_admin_role(world: World) -> None:
    """So there is always one left; another admin may, and one's other roles are one's own to change."""
    before = world.everything()
    with pytest.raises(Invalid, match="another admin does that") as refused:
        set_roles(world, SAM, ["csm"])
    assert [fault.at for fault in refused.value.faults] == ["/roles"]
    with pytest.raises(Invalid, match="another admin does that") as refused:
        disable(world, SAM)
    assert [fault.at for fault in refused.value.faults] == ["/person"]
    assert world.everything() == before
    set_roles(world, SAM, ["admin", "revops"])
    set_roles(world, PRIYA, ["admin"])
    set_roles(world, SAM, ["csm"], PRIYA)
    assert person(world, SAM.id).roles == {"csm"}


def test_a_delegate_borrows_no_admin_rights(world: World) -> None:
    """Standing in is for deciding; people and keys are changed by an admin of one's own right."""
    go_away(world, SAM, TOM, timedelta(0), HOUR)
    assert actor(world, TOM).borrowed == {"admin"}
    with pytest.raises(Forbidden, match="Only an admin"):
        set_roles(world, TOM, ["admin"], TOM)


@pytest.mark.parametrize("verb", ["set_roles", "disable", "set_password"])
def test_who_is_not_there_is_said_not_to_be(world: World, verb: str) -> None:
    given = {"set_roles": (["csm"], SAM.id), "disable": (SAM.id,), "set_password": (ANOTHER, SAM.actor)}[verb]
    with world.session() as session, pytest.raises(NotFound, match="no such person"):
        getattr(users, verb)(session, 99, *given, world.now)


def test_a_person_is_shut_out_by_the_very_next_look(world: World) -> None:
    """In a session that had just seen them signed in; each of their acts is refused and nothing is written."""
    item, given = world.submit(drafts.email()), world.submit(drafts.email())
    with world.session() as session:
        token = users.sign_in(session, DANA.email, PASSWORD, world.now)
        assert users.signed_in(session, token, world.now) is not None
        session.rollback()
        disable(world, DANA)
        assert users.signed_in(session, token, world.now) is None
    assert last(world) == (SAM.actor, "person.disable", {"person": DANA.id})
    before = world.everything()
    acts: list[Callable[[], object]] = [
        lambda: world.decide(DANA, item, "approve"),
        lambda: world.decide(DANA, given, "reject"),
        lambda: actor(world, DANA),
        lambda: go_away(world, DANA, MARCUS, timedelta(0), HOUR),
        lambda: enter(world),
    ]
    for act in acts:
        with pytest.raises(Forbidden):
            act()
    with world.session() as session, pytest.raises(Forbidden, match="This account is closed"):
        leases.take(session, DANA.id, item, world.now)
    assert world.everything() == before


def test_a_closed_admin_changes_nobody_and_an_opened_account_is_whole_again(world: World) -> None:
    disable(world, SAM, None)
    assert last(world)[:2] == ("system:cli", "person.disable")
    with pytest.raises(Forbidden, match="This account is closed"):
        disable(world, DANA)
    enable(world, SAM, None)
    assert last(world)[:2] == ("system:cli", "person.enable")
    disable(world, DANA)
    enable(world, DANA)
    assert who(world, enter(world)) == DANA.name


def test_a_new_password_ends_every_sign_in_of_that_person_alone(world: World) -> None:
    old = [enter(world), enter(world)]
    others = enter(world, MARCUS.email)
    with world.session() as session:
        users.set_password(session, DANA.id, ANOTHER, DANA.actor, world.now)
    assert last(world) == (DANA.actor, "person.password", {"person": DANA.id})
    assert [who(world, token) for token in (*old, others)] == [None, None, MARCUS.name]
    with pytest.raises(Forbidden):
        enter(world)
    assert who(world, enter(world, password=ANOTHER)) == DANA.name


def test_a_short_password_changes_nothing(world: World) -> None:
    token = enter(world)
    with world.session() as session, pytest.raises(Invalid, match="was not changed") as refused:
        users.set_password(session, DANA.id, "x" * 11, DANA.actor, world.now)
    assert [fault.at for fault in refused.value.faults] == ["/password"]
    assert who(world, token) == DANA.name
    with pytest.raises(Invalid):
        users.hash_password("x" * 11)


def test_the_refusal_at_the_door_is_the_same_for_everybody(world: World) -> None:
    """Stranger, wrong password, closed account: the same words, so that nobody learns who works here."""
    disable(world, LENA)
    before = world.everything()
    told = []
    for email, password in [
        ("nobody@northbeam.example", PASSWORD),
        ("", ""),
        (DANA.email, "not her password"),
        (DANA.email, PASSWORD.upper()),
        (DANA.email, f"{PASSWORD} "),
        (LENA.email, PASSWORD),
        (f"{DANA.email}' OR '1'='1", PASSWORD),
    ]:
        with pytest.raises(Forbidden) as refused:
            enter(world, email, password)
        told.append((refused.value.says, refused.value.status, refused.value.code, refused.value.faults))
    assert told == [told[0]] * len(told)
    assert world.everything() == before
    assert who(world, enter(world, f"  {DANA.email.upper()} ")) == DANA.name


def test_a_stranger_costs_a_hash_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Time tells nothing either: one verification, at the same cost, whether or not the address is known."""
    real, asked = users._hasher, []

    class Counting:
        def verify(self, kept: str, password: str) -> bool:
            asked.append(kept)
            return real.verify(kept, password)

    monkeypatch.setattr(users, "_hasher", Counting())
    add_hash = person(world, DANA.id).password_hash
    for email in ("nobody@northbeam.example", DANA.email):
        with pytest.raises(Forbidden):
            enter(world, email, "not the password")
    assert asked == [users._DUMMY_HASH, add_hash]
    assert users._DUMMY_HASH.split("$")[1:4] == real.hash("any").split("$")[1:4]


def test_a_sign_in_lasts_twelve_hours_and_its_token_is_not_kept(world: World) -> None:
    token = enter(world)
    assert last(world)[:2] == (DANA.actor, "person.sign_in")
    assert token not in repr(world.everything())
    moment = timedelta(microseconds=1)
    assert who(world, token, world.now + 12 * HOUR - moment) == DANA.name
    assert who(world, token, world.now + 12 * HOUR) is None
    with world.session() as session:
        kept = session.scalars(select(SignIn)).one()
    assert who(world, kept.token_hash) is None
    assert who(world, "") is None


def test_signing_out_ends_that_sign_in_and_no_other(world: World) -> None:
    first, second = enter(world), enter(world)
    with world.session() as session:
        users.sign_out(session, first, world.now)
        users.sign_out(session, first, world.now)
        users.sign_out(session, "unknown", world.now)
    assert (who(world, first), who(world, second)) == (None, DANA.name)
    assert [entry.act for entry in world.log()].count("person.sign_out") == 1


def test_a_delegate_borrows_the_roles_for_that_time(world: World) -> None:
    """From the start until just before the end; the one who is away keeps their own."""
    go_away(world, DANA, TOM, HOUR, 3 * HOUR)
    starts, ends = (world.now + hours * HOUR for hours in (1, 3))
    assert last(world)[:2] == (DANA.actor, "absence.start")
    assert last(world)[2]["delegate"] == TOM.id
    moment = timedelta(microseconds=1)
    for at, borrowed, why in [
        (world.now, frozenset(), "not yet"),
        (starts - moment, frozenset(), "not quite"),
        (starts, frozenset({"csm"}), "from the start"),
        (ends - moment, frozenset({"csm"}), "up to the last moment"),
        (ends, frozenset(), "no longer"),
    ]:
        stands_in = actor(world, TOM, at)
        assert (stands_in.borrowed, stands_in.roles) == (borrowed, {"manager"}), why
        assert stands_in.delegators == ({DANA.id} if borrowed else set()), why
        away = actor(world, DANA, at)
        assert (away.roles, away.delegates) == ({"csm"}, {TOM.id} if borrowed else set()), why


def escalated(world: World) -> int:
    """An e-mail that waits for a leader: who stands in for one decides it for them."""
    item = world.submit(drafts.email())
    world.decide(DANA, item, "escalate")
    return item


def test_the_delegate_decides_on_behalf_and_not_after_the_return(world: World) -> None:
    go_away(world, HELEN, TOM, timedelta(0), HOUR)
    item, other = escalated(world), escalated(world)
    world.decide(TOM, item, "approve")
    made = world.decisions(item)[-1]
    assert (made.person_id, made.role, made.on_behalf_of_id) == (TOM.id, "cs_leader", HELEN.id)
    with world.session() as session:
        users.end_absence(session, HELEN.id, world.now + HOUR / 2)
    assert last(world)[:2] == (HELEN.actor, "absence.end")
    with pytest.raises(Forbidden, match="Only cs leader decides here"):
        world.decide(TOM, other, "approve", now=world.now + HOUR / 2)


@pytest.mark.parametrize(
    ("closed", "why", "says"),
    [
        (HELEN, "whose roles were lent: they are lent no more", "Only cs leader decides here"),
        (TOM, "who stands in: they act no more", "account is closed"),
    ],
)
def test_a_closed_account_lends_and_borrows_nothing(world: World, closed: Named, why: str, says: str) -> None:
    go_away(world, HELEN, TOM, timedelta(0), HOUR)
    item = escalated(world)
    made = len(world.decisions(item))
    disable(world, closed)
    with pytest.raises(Forbidden, match=says):
        world.decide(TOM, item, "approve")
    assert len(world.decisions(item)) == made, why


HOPS: list[tuple[str, list[tuple[Named, Named, int, int]], list[Named], Named, set[str], set[Named], set[Named]]] = [
    ("nobody is away", [], [], NOOR, set(), set(), set()),
    (
        "Noor stands in for Ines, who stands in for Dana: Noor has both their roles",
        [(DANA, INES, 0, 1), (INES, NOOR, 0, 1)], [], NOOR, {"csm", "implementation_lead"}, {DANA, INES}, set(),
    ),
    (
        "in the middle: borrowed from one side, stood in for by the other",
        [(DANA, INES, 0, 1), (INES, NOOR, 0, 1)], [], INES, {"csm"}, {DANA}, {NOOR},
    ),
    ("at the beginning: both stand in", [(DANA, INES, 0, 1), (INES, NOOR, 0, 1)], [], DANA, set(), set(), {INES, NOOR}),
    (
        "three hops",
        [(DANA, INES, 0, 1), (INES, NOOR, 0, 1), (NOOR, TOM, 0, 1)], [], TOM,
        {"csm", "implementation_lead", "finance"}, {DANA, INES, NOOR}, set(),
    ),
    (
        "the first absence is over: what was passed on through it is too",
        [(DANA, INES, -1, 0), (INES, NOOR, 0, 1)], [], NOOR, {"implementation_lead"}, {INES}, set(),
    ),
    (
        "the second has not begun: nothing gets past Ines yet",
        [(DANA, INES, 0, 1), (INES, NOOR, 1, 2)], [], NOOR, set(), set(), set(),
    ),
    (
        "the one in the middle has no account any more: nothing is passed on, and all stay involved",
        [(DANA, INES, 0, 1), (INES, NOOR, 0, 1)], [INES], NOOR, set(), {DANA, INES}, set(),
    ),
    (
        "the one at the beginning has none: only hers is missing",
        [(DANA, INES, 0, 1), (INES, NOOR, 0, 1)], [DANA], NOOR, {"implementation_lead"}, {DANA, INES}, set(),
    ),
    (
        "two ways to the same person are one",
        [(DANA, INES, 0, 1), (DANA, TOM, 0, 1), (INES, NOOR, 0, 1), (TOM, NOOR, 0, 1)], [], NOOR,
        {"csm", "implementation_lead", "manager"}, {DANA, INES, TOM}, set(),
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("why", "away", "closed", "person", "borrowed", "delegators", "delegates"), HOPS, ids=[row[0] for row in HOPS]
)
def test_standing_in_goes_on_from_hop_to_hop(
    world: World,
    why: str,
    away: list[tuple[Named, Named, int, int]],
    closed: list[Named],
    person: Named,
    borrowed: set[str],
    delegators: set[Named],
    delegates: set[Named],
) -> None:
    """Roles come along the hops that hold now; both circles are whole, whoever's account is closed."""
    with world.session() as session, writing(session):
        for one, delegate, start, end in away:
            row = {"starts_at": world.now + start * HOUR, "ends_at": world.now + end * HOUR}
            session.execute(insert(Absence).values(person_id=one.id, delegate_id=delegate.id, **row))
    for one in closed:
        disable(world, one)
    found = actor(world, person)
    assert found.borrowed == borrowed, why
    assert found.delegators == {one.id for one in delegators}, why
    assert found.delegates == {one.id for one in delegates}, why
    assert {what for _, what in found.lent} == borrowed, why


def test_the_decision_names_whom_it_was_made_for_over_every_hop(world: World) -> None:
    go_away(world, HELEN, MARCUS, timedelta(0), HOUR)
    go_away(world, MARCUS, TOM, timedelta(0), HOUR)
    item = escalated(world)
    world.decide(TOM, item, "approve")
    made = world.decisions(item)[-1]
    assert (made.person_id, made.role, made.on_behalf_of_id) == (TOM.id, "cs_leader", HELEN.id)


def test_one_return_in_the_middle_ends_the_borrowing_of_everybody_behind_it(world: World) -> None:
    go_away(world, HELEN, MARCUS, timedelta(0), HOUR)
    go_away(world, MARCUS, TOM, timedelta(0), HOUR)
    item = escalated(world)
    with world.session() as session:
        leases.take(session, TOM.id, item, world.now)
        users.end_absence(session, HELEN.id, world.now)
    assert actor(world, TOM).borrowed == {"csm"}
    assert world.item(item).lease_holder_id is None, "a lease that stood on the borrowed role is over with it"
    assert [entry.act for entry in world.log()[-2:]] == ["absence.end", "lease.end"]
    with pytest.raises(Forbidden, match="Only cs leader decides here"):
        world.decide(TOM, item, "approve")


LOOPS: list[tuple[str, list[tuple[Named, Named, int, int]], tuple[Named, Named, int, int], str]] = [
    ("back at once", [(DANA, MARCUS, 0, 4)], (MARCUS, DANA, 0, 4), "Marcus Oyelaran → Dana Whitfield → Marcus Oyelaran"),
    (
        "over a third",
        [(DANA, MARCUS, 0, 4), (MARCUS, TOM, 0, 4)], (TOM, DANA, 0, 4),
        "Tom Abara → Dana Whitfield → Marcus Oyelaran → Tom Abara",
    ),
    (
        "they share an hour only",
        [(DANA, MARCUS, 0, 4)], (MARCUS, DANA, 3, 9), "Marcus Oyelaran → Dana Whitfield → Marcus Oyelaran",
    ),
    ("one after the other is no loop", [(DANA, MARCUS, 0, 4)], (MARCUS, DANA, 4, 9), ""),
    (
        "each two of them meet, but never all three",
        [(DANA, MARCUS, 0, 4), (MARCUS, TOM, 3, 8)], (TOM, DANA, 5, 9), "",
    ),
    (
        "a long absence meets both of the others, and these two never meet",
        [(DANA, MARCUS, 0, 4), (MARCUS, TOM, 5, 8)],
        (TOM, DANA, 0, 9),
        "",
    ),
    ("the same stand-in twice is none", [(DANA, MARCUS, 0, 4)], (TOM, MARCUS, 0, 4), ""),
    (
        "of two who stand in, one leads back",
        [(DANA, HELEN, 0, 4), (DANA, MARCUS, 0, 4)], (MARCUS, DANA, 0, 4),
        "Marcus Oyelaran → Dana Whitfield → Marcus Oyelaran",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("why", "before", "asked", "says"), LOOPS, ids=[row[0] for row in LOOPS])
def test_a_loop_is_refused_when_it_is_entered(
    world: World,
    why: str,
    before: list[tuple[Named, Named, int, int]],
    asked: tuple[Named, Named, int, int],
    says: str,
) -> None:
    """The names along it are said; absences that never meet make none."""
    for person, delegate, start, end in before:
        go_away(world, person, delegate, start * HOUR, end * HOUR)
    person, delegate, start, end = asked
    had = world.everything()
    if not says:
        go_away(world, person, delegate, start * HOUR, end * HOUR)
        assert last(world)[:2] == (person.actor, "absence.start"), why
        return
    with pytest.raises(Invalid, match="Your absence was not recorded") as refused:
        go_away(world, person, delegate, start * HOUR, end * HOUR)
    (fault,) = refused.value.faults
    assert fault.at == "/delegate"
    assert fault.message.startswith(f"{says}: all of them would be away at once"), why
    assert world.everything() == had


def test_who_comes_back_from_a_loop_may_enter_it_again(world: World) -> None:
    """A cancelled absence closes nothing."""
    go_away(world, DANA, MARCUS, timedelta(0), HOUR)
    with world.session() as session:
        users.end_absence(session, DANA.id, world.now)
    go_away(world, MARCUS, DANA, timedelta(0), HOUR)
    assert actor(world, DANA).borrowed == {"csm"}


def test_an_absence_that_makes_no_sense_is_named_by_its_place(world: World) -> None:
    disable(world, LENA)
    before = world.everything()
    table: list[tuple[Named | int, timedelta, timedelta, list[str], str]] = [
        (MARCUS, HOUR, HOUR, ["/ends_at"], "no time at all"),
        (MARCUS, 2 * HOUR, HOUR, ["/ends_at"], "the end before the start"),
        (MARCUS, -2 * HOUR, -HOUR, ["/ends_at"], "all of it past"),
        (MARCUS, -HOUR, timedelta(0), ["/ends_at"], "over this moment"),
        (DANA, timedelta(0), HOUR, ["/delegate"], "oneself"),
        (DANA, HOUR, HOUR, ["/ends_at", "/delegate"], "both, told together"),
        (LENA, timedelta(0), HOUR, ["/delegate"], "somebody whose account is closed"),
        (99, timedelta(0), HOUR, ["/delegate"], "nobody"),
    ]
    for delegate, start, end, places, why in table:
        with pytest.raises(Invalid, match="Your absence was not recorded") as refused:
            go_away(world, DANA, delegate, start, end)
        assert [fault.at for fault in refused.value.faults] == places, why
    assert world.everything() == before


def test_coming_back_ends_all_of_ones_own_absences_and_nobody_elses(world: World) -> None:
    go_away(world, DANA, TOM, timedelta(0), HOUR)
    go_away(world, DANA, MARCUS, 5 * HOUR, 6 * HOUR)
    go_away(world, HELEN, TOM, timedelta(0), HOUR)
    with world.session() as session:
        users.end_absence(session, DANA.id, world.now)
        with pytest.raises(Invalid, match="You are not away"):
            users.end_absence(session, DANA.id, world.now)
        ended = session.scalars(select(Absence.person_id).where(Absence.cancelled_at.is_not(None))).all()
    assert ended == [DANA.id, DANA.id]
    assert actor(world, TOM).borrowed == {"cs_leader"}
    assert actor(world, MARCUS, world.now + 5 * HOUR).borrowed == frozenset()


def test_the_role_that_reads_everything_changes_nothing(world: World) -> None:
    """An auditor's abilities all begin with "read", and a role nobody declared has none."""
    had = {ability for ability, roles in ABILITIES.items() if set(AIKO.roles) & roles}
    assert had
    assert all(ability.startswith("read ") for ability in had)
    assert all(roles <= set(ROLES) for roles in ABILITIES.values())


def test_an_address_that_cannot_be_is_a_stranger(world: World) -> None:
    """A character no database looks for is told like any wrong address."""
    with pytest.raises(Forbidden, match="do not go together"):
        enter(world, "\x00", "\x00")


@pytest.mark.parametrize("meanwhile", ["another password", "a closed account"])
def test_nobody_comes_in_with_what_ended_while_it_was_proved(
    world: World, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    """Proving a password takes long. What an admin changes during it holds, and no sign-in is left behind."""
    verify = users._hasher.verify

    class Slow:
        def verify(self, *given: str) -> bool:
            with world.session() as other:
                if meanwhile == "another password":
                    users.set_password(other, DANA.id, "quite another password", SAM.actor, world.now)
                else:
                    users.disable(other, DANA.id, SAM.id, world.now)
            return verify(*given)

    slow = Slow()
    slow.hash = users._hasher.hash  # type: ignore[attr-defined]
    monkeypatch.setattr(users, "_hasher", slow)
    with world.session() as session, pytest.raises(Forbidden, match="do not go together"):
        users.sign_in(session, DANA.email, PASSWORD, world.now)
    assert world.count(SignIn) == 0
