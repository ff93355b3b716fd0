"""People: added, changed and shut out by admins alone, each change on the log; what is revoked is revoked at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from reviewqueue import desk, people
from reviewqueue.records.people import Person, SignIn
from reviewqueue.refusals import Invalid, NotAllowed, NotThere
from tests.cast import AIKO, DANA, EVERYBODY, HELEN, MARCUS, PASSWORD, PRIYA, SAM, TOM
from tests.world import World

LONG = "a long enough password"
RIGHT: dict[str, Any] = {"email": "yara@northbeam.example", "name": "Yara Lind", "roles": ["csm"], "password": LONG}


def add(world: World, actor: str = SAM.actor, **changes: Any) -> int:
    """Add Yara, or somebody a little different."""
    with world.session() as session:
        return people.add(session, **{**RIGHT, **changes}, actor=actor, now=world.now)


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"email": ""}, "/email"),
        ({"email": "yara"}, "/email"),
        ({"email": "yara@northbeam"}, "/email"),
        ({"email": "ya ra@northbeam.example"}, "/email"),
        ({"email": "yara\x00@northbeam.example"}, "/email"),
        ({"email": f"{'y' * 65}@northbeam.example"}, "/email"),
        ({"email": DANA.email.upper()}, "/email"),
        ({"name": ""}, "/name"),
        ({"name": "\u200b"}, "/name"),
        ({"name": "y" * 256}, "/name"),
        ({"name": "Ya\x00ra"}, "/name"),
        ({"roles": []}, "/roles"),
        ({"roles": ["csm", "boss"]}, "/roles"),
        ({"password": "eleven char"}, "/password"),
    ],
)
def test_who_is_not_added_is_told_where(world: World, changes: dict[str, Any], at: str) -> None:
    """Each fault at its place, nothing written; and the control: without it, they are added."""
    before = world.everything()
    with pytest.raises(Invalid) as refused:
        add(world, **changes)
    assert [fault.at for fault in refused.value.faults] == [at]
    assert world.everything() == before
    assert add(world) == len(EVERYBODY) + 1


def test_one_who_is_added_can_sign_in(world: World) -> None:
    """With the e-mail in any letters, and with that password alone; only its hash is kept."""
    person = add(world, email=" Yara@Northbeam.example ")
    with world.session() as session:
        token = people.sign_in(session, "YARA@northbeam.example", LONG, world.now)
        found = people.signed_in(session, token, world.now)
        assert found is not None
        assert (found.id, found.roles) == (person, {"csm"})
        assert LONG not in found.password_hash
        assert session.scalars(select(SignIn.token_hash)).all() == [people.hash_of(token)]
        assert token not in str(world.everything())


@pytest.mark.parametrize(
    ("email", "password"),
    [
        (DANA.email, "another password"),
        (DANA.email, ""),
        ("nobody@northbeam.example", PASSWORD),
        ("", ""),
        ("\x00", "\x00"),
    ],
)
def test_what_does_not_go_together_is_told_alike(world: World, email: str, password: str) -> None:
    """A wrong password and a stranger get the same words, and nothing is written."""
    before = world.everything()
    with world.session() as session, pytest.raises(NotAllowed, match="do not go together"):
        people.sign_in(session, email, password, world.now)
    assert world.everything() == before


def test_a_stranger_takes_as_long(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password is verified also where there is nobody, so that the time does not tell who has an account."""
    verified: list[str] = []
    hasher = people._hasher

    class Counting:
        def verify(self, kept: str, given: str) -> bool:
            verified.append(kept)
            return hasher.verify(kept, given)

    monkeypatch.setattr(people, "_hasher", Counting())
    for email in (DANA.email, "nobody@northbeam.example"):
        with world.session() as session, pytest.raises(NotAllowed):
            people.sign_in(session, email, "another password", world.now)
    assert len(verified) == 2


@pytest.mark.parametrize("person", [person for person in EVERYBODY if person != SAM], ids=lambda person: person.name)
def test_only_an_admin_changes_people(world: World, person: Any) -> None:
    """Adding, roles, closing and opening accounts, other people's passwords: refused to every other role."""
    other, before = MARCUS if person == DANA else DANA, world.everything()
    with world.session() as session:
        tries: list[Any] = [
            lambda: people.add(session, **RIGHT, actor=person.actor, now=world.now),
            lambda: people.set_roles(session, other.id, ["admin"], person.id, world.now),
            lambda: people.set_roles(session, person.id, ["admin"], person.id, world.now),
            lambda: people.disable(session, other.id, person.id, world.now),
            lambda: people.disable(session, other.id, person.id, world.now, again=True),
            lambda: people.set_password(session, other.id, LONG, person.actor, world.now),
        ]
        for attempt in tries:
            with pytest.raises(NotAllowed):
                attempt()
    assert world.everything() == before


def test_roles_change_at_once_and_on_the_log(world: World) -> None:
    """Exactly these roles from now on; the entry says what they were before."""
    with world.session() as session:
        people.set_roles(session, DANA.id, ["manager", "csm"], SAM.id, world.now)
        assert desk.actor_of(session, DANA.id, world.now).roles == {"csm", "manager"}
    entry = world.log()[-1]
    assert (entry.act, entry.actor) == ("person.roles", SAM.actor)
    assert '"before":["csm"]' in entry.body


def test_an_admin_does_not_saw_off_their_own_branch(world: World) -> None:
    """Neither their own admin role nor their own account."""
    with world.session() as session:
        with pytest.raises(Invalid, match="own admin role"):
            people.set_roles(session, SAM.id, ["csm"], SAM.id, world.now)
        with pytest.raises(Invalid, match="own account"):
            people.disable(session, SAM.id, SAM.id, world.now)
        with pytest.raises(NotThere):
            people.set_roles(session, 4711, ["csm"], SAM.id, world.now)


def test_a_closed_account_is_out_at_once_and_back_at_once(world: World) -> None:
    """The next request is refused, signing in is refused, and nothing that was done before is undone."""
    with world.session() as session:
        token = people.sign_in(session, DANA.email, PASSWORD, world.now)
        people.disable(session, DANA.id, SAM.id, world.now)
        assert people.signed_in(session, token, world.now) is None
        with pytest.raises(NotAllowed, match="do not go together"):
            people.sign_in(session, DANA.email, PASSWORD, world.now)
        with pytest.raises(NotAllowed, match="closed"):
            desk.actor_of(session, DANA.id, world.now)
        people.disable(session, DANA.id, SAM.id, world.now, again=True)
        assert people.signed_in(session, token, world.now) is not None
    assert [entry.act for entry in world.log()][-2:] == ["person.disable", "person.enable"]


def test_signing_out_and_time_end_a_sign_in(world: World) -> None:
    """One ends the token it was given, the other every token after twelve hours."""
    with world.session() as session:
        first, second = (people.sign_in(session, DANA.email, PASSWORD, world.now) for _ in range(2))
        people.sign_out(session, first, world.now)
        people.sign_out(session, first, world.now)
        assert people.signed_in(session, first, world.now) is None
        assert people.signed_in(session, second, world.now + people.STAYS - timedelta(seconds=1)) is not None
        assert people.signed_in(session, second, world.now + people.STAYS) is None
        assert people.signed_in(session, "no token of ours", world.now) is None


def test_a_new_password_ends_other_sign_ins(world: World) -> None:
    """Whoever had the old one is out; one's own password one may set oneself."""
    with world.session() as session:
        token = people.sign_in(session, DANA.email, PASSWORD, world.now)
        with pytest.raises(Invalid):
            people.set_password(session, DANA.id, "short", DANA.actor, world.now)
        assert people.signed_in(session, token, world.now) is not None
        people.set_password(session, DANA.id, LONG, DANA.actor, world.now)
        assert people.signed_in(session, token, world.now) is None
        assert people.sign_in(session, DANA.email, LONG, world.now)


@pytest.mark.parametrize(
    ("delegate", "start", "end", "at"),
    [
        (DANA.id, 0, 24, "/delegate"),
        (4711, 0, 24, "/delegate"),
        (MARCUS.id, 24, 0, "/ends_at"),
        (MARCUS.id, 0, 0, "/ends_at"),
        (MARCUS.id, -48, -24, "/ends_at"),
    ],
)
def test_an_absence_that_is_none(world: World, delegate: int, start: int, end: int, at: str) -> None:
    """Oneself or nobody as stand-in, an end before its start or in the past: refused with the place."""
    hour, before = timedelta(hours=1), world.everything()
    with world.session() as session, pytest.raises(Invalid) as refused:
        people.go_away(session, DANA.id, delegate, world.now + start * hour, world.now + end * hour, world.now)
    assert [fault.at for fault in refused.value.faults] == [at]
    assert world.everything() == before


def test_a_stand_in_has_the_roles_for_that_time_only(world: World) -> None:
    """From its start, until a moment before its end, and not after coming back."""
    day = timedelta(days=1)
    with world.session() as session:
        people.go_away(session, HELEN.id, TOM.id, world.now + day, world.now + 2 * day, world.now)
        for offset, borrowed in ((0, False), (1, True), (1.99, True), (2, False)):
            actor = desk.actor_of(session, TOM.id, world.now + offset * day)
            assert ("cs_leader" in actor.borrowed) is borrowed, offset
            assert actor.roles == {"manager"}
        people.come_back(session, HELEN.id, world.now)
        assert desk.actor_of(session, TOM.id, world.now + 1.5 * day).borrowed == frozenset()
        with pytest.raises(Invalid, match="not away"):
            people.come_back(session, HELEN.id, world.now)


def test_a_stand_in_of_a_stand_in_borrows_nothing_further(world: World) -> None:
    """Dana is away, Marcus stands in and is away too: Tom stands in for Marcus, not for Dana."""
    day = timedelta(days=1)
    with world.session() as session:
        people.go_away(session, HELEN.id, PRIYA.id, world.now - day, world.now + day, world.now)
        people.go_away(session, PRIYA.id, TOM.id, world.now - day, world.now + day, world.now)
        assert desk.actor_of(session, TOM.id, world.now).borrowed == {"revops"}


def test_an_auditor_reads_and_changes_nothing(world: World) -> None:
    """The role that reads everything has no ability that changes anything."""
    from reviewqueue.access import ABILITIES

    abilities = {ability for ability, roles in ABILITIES.items() if set(AIKO.roles) & roles}
    assert abilities
    assert all(ability.startswith("read ") for ability in abilities)
    with world.session() as session:
        assert session.get_one(Person, AIKO.id).roles == {"auditor"}
