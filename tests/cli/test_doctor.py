"""`doctor`: everything wrong is found, each with its fix; what is well is said to be well."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text, update

from reviewqueue.db import database
from reviewqueue.db.tables.workers import Worker
from reviewqueue.items import undecidable
from tests import drafts
from tests.cast import DANA
from tests.cli.conftest import Answer, Terminal
from tests.cli.test_log import without_guards
from tests.lanes.test_second_opinion import activate, policy_files
from tests.support import databases
from tests.support.draft_chain import begun, draft
from tests.world import World

pytestmark = pytest.mark.usefixtures("worker_is_alive")


def wrong(answer: Answer) -> dict[str, str]:
    """What was found wrong: name and fix."""
    return {one["name"]: one["fix"] for one in answer.json["findings"] if not one["well"]}


def as_owner(world: World, *statements: str) -> None:
    """Do this with the rights of who owns the tables."""
    with world.owner() as engine, engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_a_sound_installation_is_well_and_every_part_was_looked_at(terminal: Terminal) -> None:
    answer = terminal("doctor", "--json")
    assert (answer.status, wrong(answer)) == (0, {}), answer.err
    looked_at = {one["name"] for one in answer.json["findings"]}
    kept = {
        "guards",
        "policy",
        "deciders",
        "owners",
        "log",
        "worker",
        "checks",
        "outbox",
        "drafts",
        "releases",
        "notifications",
        "stops",
        "receipts",
        "setup",
    }
    assert looked_at == {"settings", "proxy", "drafter", "disk", "permissions", "database", *kept}


def test_what_was_not_looked_at_is_not_said_to_be_well(
    terminal: Terminal, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`deciders` looks at the items due soonest, and speaks of all of them only where there are no others."""
    monkeypatch.setattr(undecidable, "SOONEST", 1)
    for says in ("every open item has people", "each of the 1 open items due soonest has people"):
        world.submit(drafts.email())
        found = {one["name"]: one["says"] for one in terminal("doctor", "--json").json["findings"]}
        assert found["deciders"].startswith(says)


def test_a_worker_that_died_is_named(terminal: Terminal, world: World) -> None:
    with world.session() as session, database.writing(session):
        session.execute(update(Worker).values(seen_at=datetime.now(UTC) - timedelta(minutes=5)))
    answer = terminal("doctor", "--json")
    assert (answer.status, wrong(answer)) == (1, {"worker": "start `reviewqueue worker`"})
    assert "worker: No worker has reported since 20" in answer.err


def test_a_full_disk_is_named(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=2**20))
    assert wrong(terminal("doctor", "--json")) == {"disk": "free some space on that disk"}


def test_a_guard_that_is_gone_or_asleep_is_named(terminal: Terminal, world: World) -> None:
    as_owner(world, *without_guards(world.place.dialect))
    answer = terminal("doctor", "--json")
    assert answer.status == 1
    assert list(wrong(answer)) == ["guards"]
    assert "log_entries_" in answer.err


def test_a_guard_that_guards_nothing_any_more_is_named(terminal: Terminal, world: World) -> None:
    if world.place.dialect == "sqlite":
        as_owner(
            world,
            "DROP TRIGGER decisions_no_update",
            "CREATE TRIGGER decisions_no_update BEFORE UPDATE ON decisions BEGIN SELECT 1; END",
        )
    else:
        as_owner(
            world,
            "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
            "DROP TRIGGER decisions_no_change ON decisions",
            "CREATE TRIGGER decisions_no_change BEFORE UPDATE ON decisions FOR EACH ROW EXECUTE FUNCTION nothing()",
            "ALTER TABLE decisions ENABLE ALWAYS TRIGGER decisions_no_change",
        )
    answer = terminal("doctor", "--json")
    assert list(wrong(answer)) == ["guards"]
    assert "decisions_no_" in answer.err


def test_a_guards_function_that_was_emptied_is_named(terminal: Terminal, world: World) -> None:
    if world.place.dialect == "sqlite":
        as_owner(world, "DROP TRIGGER log_entries_no_gap")
    else:
        body = "$$ BEGIN RETURN NEW; END $$"
        as_owner(world, f"CREATE OR REPLACE FUNCTION rq_no_gap() RETURNS trigger LANGUAGE plpgsql AS {body}")
    assert list(wrong(terminal("doctor", "--json"))) == ["guards"]


def test_a_log_that_was_changed_is_found(terminal: Terminal, world: World) -> None:
    world.decide(DANA, world.submit(drafts.email()), "approve")
    put_back = "ALTER TABLE log_entries ENABLE ALWAYS TRIGGER log_entries_no_change"
    as_owner(
        world,
        *without_guards(world.place.dialect),
        "UPDATE log_entries SET actor = 'person:1' WHERE position = 3",
        *([put_back] if world.place.dialect == "postgresql" else []),
    )
    answer = terminal("doctor", "--json")
    assert "log" in wrong(answer)
    assert "entry 3" in answer.err


def test_callbacks_that_nobody_sends_are_found(terminal: Terminal, world: World) -> None:
    asked = replace(drafts.email(), callback_url="https://automation.example/hooks")
    world.decide(DANA, world.submit(asked), "approve")
    answer = terminal("doctor", "--json")
    late = {"outbox": "start `reviewqueue worker`"}
    assert wrong(answer) == late | {"releases": "its page says what holds it, or whose it is to send: /releases"}
    as_owner(world, "UPDATE releases SET state = 'unknown'")
    assert "view=trouble" in wrong(terminal("doctor", "--json"))["releases"]
    as_owner(world, "UPDATE releases SET state = 'waiting', kind = 'email'")
    assert wrong(terminal("doctor", "--json")) == late | {"releases": "start `reviewqueue worker`"}
    as_owner(world, "UPDATE releases SET state = 'given_up', done_at = opened_at")
    as_owner(world, "UPDATE messages SET state = 'failed'")
    assert "deliveries page" in wrong(terminal("doctor", "--json"))["outbox"]
    as_owner(world, "UPDATE messages SET state = 'delivered'")
    assert wrong(terminal("doctor", "--json")) == {}


def test_drafts_that_nobody_composes_or_that_failed_are_found(terminal: Terminal, world: World) -> None:
    """Overdue without a worker; failed for good, with the page on which a person sees to it."""
    begun(world)
    answer = terminal("doctor", "--json")
    assert wrong(answer) == {"drafts": "start `reviewqueue worker`"}
    draft(world)
    as_owner(world, "UPDATE draftings SET state = 'failed' WHERE template = 'welcome'")
    assert "/onboardings/1" in wrong(terminal("doctor", "--json"))["drafts"]
    as_owner(world, "UPDATE draftings SET state = 'given_up' WHERE state = 'failed'")
    assert wrong(terminal("doctor", "--json")) == {}


def test_a_drafter_that_cannot_be_had_is_found_and_starts_nothing(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REVIEWQUEUE_DRAFTER", "nobodys.drafts:friendlier")
    assert "REVIEWQUEUE_DRAFTER" in wrong(terminal("doctor", "--json"))["drafter"]
    started = terminal("worker")
    assert started.status == 1
    assert "nobodys.drafts" in started.err


@pytest.mark.parametrize("path", [".", "secret.key"])
def test_what_other_users_of_the_machine_can_read_is_named(terminal: Terminal, folder: Path, path: str) -> None:
    (folder / "secret.key").write_text("k" * 48)
    (folder / "secret.key").chmod(0o600)
    assert terminal("doctor").status == 0
    (folder / path).chmod(0o744)
    answer = terminal("doctor", "--json")
    assert list(wrong(answer)) == ["permissions"]
    assert wrong(answer)["permissions"].startswith("chmod ")


def test_a_weak_secret_is_named(terminal: Terminal) -> None:
    answer = terminal("doctor", "--json", REVIEWQUEUE_SECRET_KEY="password")
    assert (answer.status, list(wrong(answer))) == (1, ["settings"])


def test_without_a_policy_it_says_how_to_load_one(nowhere: Terminal, blank: Callable[[], databases.Place]) -> None:
    place = blank()
    assert nowhere("db", "upgrade", DATABASE_URL=place.owner_url).status == 0
    answer = nowhere("doctor", "--json", DATABASE_URL=place.owner_url)
    assert "reviewqueue policy load" in wrong(answer)["policy"]


def test_an_application_that_owns_its_tables_is_told_so(terminal: Terminal, world: World) -> None:
    answer = terminal("doctor", "--json", DATABASE_URL=world.place.owner_url)
    expected = ["guards"] if world.place.dialect == "postgresql" else []
    assert list(wrong(answer)) == expected


def test_a_database_that_is_not_there_is_one_finding_among_the_others(nowhere: Terminal) -> None:
    answer = nowhere("doctor", "--json")
    assert (answer.status, list(wrong(answer))) == (1, ["database"])
    assert "There is no database" in answer.err


@pytest.mark.parametrize(
    ("named", "well"), [("", False), ("https://other.example.com/v1", False), ("https://models.example.com/v1/", True)]
)
def test_a_second_opinion_that_may_not_be_asked_is_named(
    terminal: Terminal, world: World, monkeypatch: pytest.MonkeyPatch, named: str, well: bool
) -> None:
    """Policy and settings must name one address; without it in the policy there is nothing to look at (above)."""
    activate(world, policy_files("https://models.example.com/v1"))
    monkeypatch.setenv("REVIEWQUEUE_SECOND_OPINION_URL", named)
    assert ("second opinion" not in wrong(terminal("doctor", "--json"))) is well
