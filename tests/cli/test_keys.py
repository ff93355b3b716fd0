"""`key`: printed alone and once, its hash kept, revoked for every process."""

from __future__ import annotations

from sqlalchemy import func, select

from reviewqueue.db.tables.people import ApiKey
from reviewqueue.people import api_keys
from tests.cast import AUTOMATION, SAM
from tests.cli.conftest import Terminal
from tests.world import World


def test_add_prints_the_key_alone_and_it_works(terminal: Terminal, world: World) -> None:
    answer = terminal("key", "add", "Plan agent", "--scopes", "items:write, items:read", "--owner", SAM.email)
    token = answer.out.removesuffix("\n")
    assert answer.status == 0
    assert token not in answer.err
    with world.session() as session:
        caller = api_keys.caller(session, token)
        hashes = session.scalars(select(ApiKey.token_hash)).all()
    assert caller is not None
    assert (caller.automation, sorted(caller.scopes)) == ("Plan agent", ["items:read", "items:write"])
    assert token not in hashes


def test_a_key_reaches_only_the_lanes_and_gates_it_was_made_for(terminal: Terminal, world: World) -> None:
    asked = ("--lane", "enterprise-saas", "--gate", "risk-escalation", "--gate", "handoff-quality")
    answer = terminal("key", "add", "Risk agent", "--scopes", "items:write", *asked, "--json")
    with world.session() as session:
        caller = api_keys.caller(session, answer.json["key"])
    assert caller is not None
    assert caller.reaches("enterprise-saas", "handoff-quality")
    assert not caller.reaches("enterprise-saas", "kickoff-preparation")
    assert not caller.reaches("mid-market-saas", "risk-escalation")


def test_nothing_is_made_when_the_key_is_refused(terminal: Terminal, world: World) -> None:
    def count() -> int:
        with world.session() as session:
            return session.scalar(select(func.count()).select_from(ApiKey)) or 0

    before = count()
    assert terminal("key", "add", "Bot", "--scopes", "items:read", "--gate", "moon").status == 1
    assert count() == before


def test_list_shows_what_each_key_may_do_and_never_the_key(terminal: Terminal) -> None:
    token = terminal("key", "add", "Plan agent", "--scopes", "items:read").out.strip()
    listed = terminal("key", "list", "--json")
    newest = listed.json[0]
    assert (newest["name"], newest["scopes"], newest["revoked_at"]) == ("Plan agent", ["items:read"], None)
    assert token.split("_", 2)[2] not in listed.out + listed.err


def test_a_revoked_key_opens_nothing_any_more(terminal: Terminal, world: World) -> None:
    token = terminal("key", "add", "Plan agent", "--scopes", "items:read").out.strip()
    key_id = terminal("key", "list", "--json").json[0]["id"]
    assert terminal("key", "revoke", str(key_id)).status == 0
    with world.session() as session:
        assert api_keys.caller(session, token) is None
    assert terminal("key", "list", "--json").json[0]["revoked_at"] is not None
    assert terminal("key", "revoke", str(key_id)).status == 1


def test_callback_secret_is_the_one_that_callbacks_are_signed_with(terminal: Terminal) -> None:
    answer = terminal("key", "callback-secret", AUTOMATION)
    expected = api_keys.callback_secret(terminal.env["REVIEWQUEUE_SECRET_KEY"], 1, 1)
    assert (answer.status, answer.out) == (0, f"{expected}\n")


def test_each_change_of_a_key_is_on_the_log_by_the_command_line(terminal: Terminal, world: World) -> None:
    terminal("key", "add", "Plan agent", "--scopes", "items:read")
    terminal("key", "revoke", str(terminal("key", "list", "--json").json[0]["id"]))
    assert [(entry.actor, entry.act) for entry in world.log()[-2:]] == [
        ("system:cli", "key.add"),
        ("system:cli", "key.revoke"),
    ]
