"""Keys: how an automation proves who it is. Shown once, kept as a hash, gone at once when revoked."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from reviewqueue.core.errors import Forbidden, Invalid, NotFound
from reviewqueue.db.tables.people import ApiKey, Automation
from reviewqueue.people import api_keys, users
from reviewqueue.people.access import SCOPES, Caller
from tests.cast import AIKO, AUTOMATION, DANA, EVERYBODY, PRIYA, SAM
from tests.world import World

NEW = "Onboarding writer"

ALMOST: list[tuple[Callable[[str], str], str]] = [
    (lambda key: "", "nothing"),
    (lambda key: "rq", "the mark alone"),
    (lambda key: "rq__", "empty halves"),
    (lambda key: key[:-1], "one character short"),
    (lambda key: f"{key}k", "one too many"),
    (lambda key: f"{key} ", "a space behind it"),
    (lambda key: key.upper(), "in capitals"),
    (lambda key: f"sk{key[2:]}", "another mark"),
    (lambda key: key.replace("aaaaaaaaaaaa", "bbbbbbbbbbbb"), "another key's prefix"),
    (lambda key: key.replace("aaaaaaaaaaaa", "%"), "a pattern for a prefix"),
    (lambda key: f"{key[:-1]}ä", "a character outside ASCII"),
    (lambda key: hashlib.sha256(key.encode()).hexdigest(), "what the database keeps"),
]


def add(
    world: World, actor: str = SAM.actor, name: str = NEW, scopes: Iterable[str] = ("items:read",), **more: Any
) -> str:
    """A new key."""
    with world.session() as session:
        return api_keys.add(session, name, scopes, actor, world.now, **more)


def revoke(world: World, key_id: int, actor: str = SAM.actor) -> None:
    """Revoke a key."""
    with world.session() as session:
        api_keys.revoke(session, key_id, actor, world.now + timedelta(minutes=5))


def caller(world: World, token: str) -> Caller | None:
    """Who a token belongs to."""
    with world.session() as session:
        return api_keys.caller(session, token)


def newest(world: World) -> ApiKey:
    """The key that was made last."""
    with world.session() as session:
        return session.scalars(select(ApiKey).order_by(ApiKey.id.desc()).limit(1)).one()


def test_a_key_says_whose_it_is_and_what_it_may_do(world: World) -> None:
    token = add(
        world,
        scopes=["items:write", "items:read", "items:read"],
        lanes=["mid-market-saas"],
        gates=["handoff-quality", "customer-communication"],
        owner_email=PRIYA.email.upper(),
    )
    found = caller(world, token)
    kept = newest(world)
    assert found == Caller(
        kept.id,
        kept.automation_id,
        NEW,
        frozenset({"items:read", "items:write"}),
        frozenset({"mid-market-saas"}),
        frozenset({"handoff-quality", "customer-communication"}),
    )
    assert (kept.automation.owner_id, kept.created_by_id, kept.revoked_at) == (PRIYA.id, SAM.id, None)
    entry = world.log()[-1]
    assert (entry.actor, entry.act) == (SAM.actor, "key.add")
    assert json.loads(entry.body)["facts"] == {
        "key": kept.id,
        "automation": kept.automation_id,
        "scopes": ["items:read", "items:write"],
        "lanes": ["mid-market-saas"],
        "gates": ["customer-communication", "handoff-quality"],
    }


def test_a_second_key_of_one_name_is_the_same_automations(world: World) -> None:
    """And the first goes on: keys are changed without a gap."""
    first, second = caller(world, add(world)), caller(world, add(world, name=f" {NEW} "))
    assert first is not None
    assert second is not None
    assert first.automation_id == second.automation_id
    assert first.key_id != second.key_id
    assert world.count(Automation) == 3


def test_only_the_hash_is_kept(world: World) -> None:
    """The key's secret half is in no row of any table and in no entry of the log."""
    token = add(world)
    mark, prefix, secret = token.split("_", 2)
    assert (mark, len(prefix), len(secret)) == ("rq", 12, 43)
    assert newest(world).token_hash == hashlib.sha256(token.encode()).hexdigest()
    everything = repr(world.everything())
    assert prefix in everything  # what is looked through does hold the row
    assert secret not in everything
    assert token != add(world)


@pytest.mark.parametrize(
    ("given", "place", "says", "why"),
    [
        ({"scopes": []}, "/scopes", "at least one of items:write", "a key that may do nothing"),
        ({"scopes": ["items:read", "items:decide"]}, "/scopes", "items:decide is not known", "no key can decide"),
        ({"scopes": ["items:*"]}, "/scopes", "items:* is not known", "no wildcards"),
        ({"lanes": ["mid-market-saas", "smb"]}, "/lanes", "smb is not known; known: enterprise", "an unknown lane"),
        ({"gates": ["legal"]}, "/gates", "legal is not known; known: customer-comm", "an unknown gate"),
        ({"name": ""}, "/name", "1 to 255", "no name"),
        ({"name": "\u200b \u2060"}, "/name", "1 to 255", "a name nobody can see"),
        ({"name": "n" * 256}, "/name", "1 to 255", "a name too long"),
        ({"owner_email": "zoe@northbeam.example"}, "/owner", "zoe@northbeam.example", "an owner who is not here"),
        ({"owner_email": "\x00"}, "/owner", "nobody here", "an owner who cannot be"),
        (
            {"name": AUTOMATION, "owner_email": DANA.email},
            "/owner",
            "another owner",
            "an automation of somebody else's",
        ),
    ],
)
def test_each_fault_is_named_by_its_place(world: World, given: dict[str, Any], place: str, says: str, why: str) -> None:
    before = world.everything()
    with pytest.raises(Invalid) as refused:
        add(world, **given)
    (fault,) = refused.value.faults
    assert fault.at == place, why
    assert says in fault.message
    assert world.everything() == before, "nothing was written"


@pytest.mark.parametrize("name", ["Review Queue", "Seeded defects", " Policy proposals "])
def test_our_own_automations_never_have_a_key(world: World, name: str) -> None:
    """Whoever held one could read, revise or withdraw what only people, or only we, may."""
    with pytest.raises(Invalid) as raised:
        add(world, name=name)
    (fault,) = raised.value.faults
    assert (fault.at, f"{name.strip()} never has a key" in fault.message) == ("/name", True)
    assert world.count(Automation) == 2


def test_all_faults_are_named_together(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        add(world, name=" ", scopes=["all"], lanes=["smb"], gates=["legal"])
    assert [fault.at for fault in refused.value.faults] == ["/name", "/scopes", "/lanes", "/gates"]


def test_only_an_admin_makes_and_revokes_keys(world: World) -> None:
    before = world.everything()
    for person in EVERYBODY:
        for ask in (add, lambda world, actor: revoke(world, 1, actor)):
            if person is not SAM:
                with pytest.raises(Forbidden, match="Only an admin makes and revokes keys"):
                    ask(world, person.actor)
    assert world.everything() == before


def test_the_command_line_makes_and_revokes_keys_and_the_log_says_so(world: World) -> None:
    add(world, "system:cli")
    made = newest(world)
    assert made.created_by_id is None
    revoke(world, made.id, "system:cli")
    assert [(entry.actor, entry.act) for entry in world.log()[-2:]] == [
        ("system:cli", "key.add"),
        ("system:cli", "key.revoke"),
    ]


def test_a_revoked_key_is_refused_at_once(world: World) -> None:
    """By the very next look, in a session that had seen it work; the automation's other keys go on."""
    kept_on, token = add(world), add(world)
    made = newest(world)
    with world.session() as session:
        assert api_keys.caller(session, token) is not None
        session.rollback()
        revoke(world, made.id)
        assert api_keys.caller(session, token) is None
        assert api_keys.caller(session, kept_on) is not None
    assert newest(world).revoked_at == world.now + timedelta(minutes=5)
    entry = world.log()[-1]
    assert (entry.actor, entry.act, json.loads(entry.body)["facts"]) == (SAM.actor, "key.revoke", {"key": made.id})


def test_a_key_is_revoked_once(world: World) -> None:
    revoke(world, 1)
    before = world.everything()
    for key_id in (1, 99):
        with pytest.raises(NotFound, match="no such key, or it was revoked before"):
            revoke(world, key_id)
    assert world.everything() == before


def test_nothing_but_the_whole_key_is_known(world: World) -> None:
    assert caller(world, world.key) == Caller(1, 1, AUTOMATION, frozenset(SCOPES))
    for change, why in ALMOST:
        assert caller(world, change(world.key)) is None, why


def test_lanes_and_gates_narrow_what_a_key_reaches() -> None:
    narrow = Caller(1, 1, AUTOMATION, lanes=frozenset({"mid-market-saas"}), gates=frozenset({"handoff-quality"}))
    table = [
        (Caller(1, 1, AUTOMATION), "enterprise-saas", "risk-escalation", True, "empty means all"),
        (narrow, "mid-market-saas", "handoff-quality", True, "both fit"),
        (narrow, "enterprise-saas", "handoff-quality", False, "another lane"),
        (narrow, "mid-market-saas", "risk-escalation", False, "another gate"),
    ]
    for who, lane, gate, reaches, why in table:
        assert who.reaches(lane, gate) is reaches, why


def test_a_callback_secret_is_derived_and_stable() -> None:
    """The HMAC anybody can recompute; another for each automation, number and installation; 32 bytes, as the standard
    has them."""
    secret = api_keys.callback_secret("s" * 48, 7, 1)
    assert secret == "whsec_Vvh7mFPEcDbDbnD2HRAtYGzF3qGjoI54BFcXTfvA7jo="
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
    others = [("s" * 48, 8, 1), ("s" * 48, 7, 2), ("t" * 48, 7, 1), ("s" * 48, 71, 1), ("s" * 48, 7, 11)]
    assert len({secret, *(api_keys.callback_secret(*given) for given in others)}) == 6


def test_no_callback_secret_is_stored(world: World) -> None:
    add(world)
    kept = newest(world)
    secret = api_keys.callback_secret("s" * 48, kept.automation_id, kept.automation.secret_number)
    assert secret.removeprefix("whsec_") not in repr(world.everything())
    assert "whsec_" not in repr(world.everything())


def test_a_former_admin_makes_no_more_keys(world: World) -> None:
    """The right is read at the moment of asking; an account that is closed has none."""
    with world.session() as session:
        users.set_roles(session, DANA.id, ["admin"], SAM.id, world.now)
        users.set_roles(session, SAM.id, ["csm"], DANA.id, world.now)
        users.disable(session, AIKO.id, DANA.id, world.now)
    assert caller(world, add(world, DANA.actor)) is not None
    for person, says in ((SAM, "Only an admin"), (AIKO, "This account is closed")):
        with pytest.raises(Forbidden, match=says):
            add(world, person.actor)
