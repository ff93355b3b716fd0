"""Keys: made by admins, shown once, kept as a hash, with their reach; revoked is revoked at the next request."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from reviewqueue import keys
from reviewqueue.access import SCOPES
from reviewqueue.records.people import ApiKey, Automation
from reviewqueue.refusals import Invalid, NotAllowed, NotThere
from tests.cast import AUTOMATION, DANA, EVERYBODY, SAM
from tests.world import World


def add(world: World, actor: str = SAM.actor, **changes: Any) -> str:
    """Make a key."""
    whole = {"name": "Kickoff agent", "scopes": ["items:write"], **changes}
    with world.session() as session:
        return keys.add(session, actor=actor, now=world.now, **whole)


def test_a_key_is_shown_once_and_kept_as_a_hash(world: World) -> None:
    """What is stored does not give the key away, and the key gives what it may."""
    token = add(world, scopes=["items:read", "items:write"], lanes=["mid-market-saas"], gates=["handoff-quality"])
    assert token not in str(world.everything())
    with world.session() as session:
        caller = keys.caller(session, token)
    assert caller is not None
    assert (caller.automation, caller.scopes) == ("Kickoff agent", {"items:read", "items:write"})
    assert caller.reaches("mid-market-saas", "handoff-quality")
    assert not caller.reaches("enterprise-saas", "handoff-quality")
    assert not caller.reaches("mid-market-saas", "customer-communication")
    assert world.log()[-1].act == "key.add"


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"name": ""}, "/name"),
        ({"name": "\u3164"}, "/name"),
        ({"name": "k" * 256}, "/name"),
        ({"scopes": []}, "/scopes"),
        ({"scopes": ["items:write", "items:decide"]}, "/scopes"),
        ({"lanes": ["everything"]}, "/lanes"),
        ({"gates": ["no-gate"]}, "/gates"),
        ({"owner_email": "nobody@northbeam.example"}, "/owner"),
        ({"owner_email": "\x00"}, "/owner"),
        ({"name": AUTOMATION, "owner_email": DANA.email}, "/owner"),
    ],
)
def test_a_key_that_is_not_made_says_where(world: World, changes: dict[str, Any], at: str) -> None:
    """Each fault at its place, and nothing written."""
    before = world.everything()
    with pytest.raises(Invalid) as refused:
        add(world, **changes)
    assert [fault.at for fault in refused.value.faults] == [at]
    assert world.everything() == before


def test_there_is_no_scope_that_decides() -> None:
    """What a key can be given at all."""
    assert SCOPES == ("items:write", "items:read", "events:write", "log:read")


def test_a_second_key_is_of_the_same_automation(world: World) -> None:
    """One name is one automation, with the owner it has."""
    add(world, name=AUTOMATION)
    add(world, name=AUTOMATION, owner_email=SAM.email)
    with world.session() as session:
        ids = session.scalars(select(ApiKey.automation_id)).all()
        assert sorted(ids) == [1, 1, 1, 2]
        assert session.get_one(Automation, 1).owner_id == SAM.id


def test_the_owner_is_who_was_named(world: World) -> None:
    """The person who is involved in everything the automation makes."""
    add(world, owner_email=DANA.email.upper())
    with world.session() as session:
        assert session.scalars(select(Automation.owner_id).where(Automation.name == "Kickoff agent")).one() == DANA.id


@pytest.mark.parametrize("person", [person for person in EVERYBODY if person != SAM], ids=lambda person: person.name)
def test_only_an_admin_makes_and_revokes_keys(world: World, person: Any) -> None:
    """Refused to every other role."""
    before = world.everything()
    with pytest.raises(NotAllowed, match="Only an admin"):
        add(world, actor=person.actor)
    with world.session() as session, pytest.raises(NotAllowed, match="Only an admin"):
        keys.revoke(session, 1, person.actor, world.now)
    assert world.everything() == before


def test_a_revoked_key_is_nobody_at_once(world: World) -> None:
    """In every process, because it is read afresh each time; other keys of the automation stay."""
    token = add(world, name=AUTOMATION)
    with world.session() as session:
        keys.revoke(session, 1, SAM.actor, world.now)
        assert keys.caller(session, world.key) is None
        assert keys.caller(session, token) is not None
        with pytest.raises(NotThere):
            keys.revoke(session, 1, SAM.actor, world.now)
        with pytest.raises(NotThere):
            keys.revoke(session, 4711, SAM.actor, world.now)
    assert world.log()[-1].act == "key.revoke"


def test_callback_secrets_are_derived_and_differ() -> None:
    """By installation, automation and number; the same every time, and none of them is stored."""
    one = keys.callback_secret("s" * 40, 1, 1)
    assert one.startswith("whsec_")
    assert one == keys.callback_secret("s" * 40, 1, 1)
    others = [
        keys.callback_secret("s" * 40, 2, 1),
        keys.callback_secret("s" * 40, 1, 2),
        keys.callback_secret("t" * 40, 1, 1),
    ]
    assert len({one, *others}) == 4
