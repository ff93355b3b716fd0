"""Migrations: up, down and up again on a database that has lived, and the same schema as the records say (row 29)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from reviewqueue.audit import log_queries
from reviewqueue.audit.events import Actor
from reviewqueue.core.settings import ROOT
from reviewqueue.db import database, migrate
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row
from reviewqueue.db.seeded_defect_triggers import KEPT_IN, SEALED
from reviewqueue.db.tables import Base, autosend
from reviewqueue.db.tables.log import LogEntry
from reviewqueue.db.tables.onboardings import SourceArrival
from reviewqueue.db.tables.people import ApiKey, Automation
from reviewqueue.db.triggers import KEYS, create_triggers
from reviewqueue.evidence import source_records
from reviewqueue.evidence.types import Source
from reviewqueue.people import access, api_keys
from tests import drafts
from tests.cast import DANA
from tests.db.test_triggers import refused
from tests.measurement.seeded.seeded_copies import good, plant
from tests.support import standing_approvals
from tests.support.crm_changes import says_now
from tests.support.databases import Place, Run
from tests.world import World, populate

# Everything PostgreSQL knows of a schema, as it writes it down itself.
POSTGRESQL = {
    "columns": "SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default "
    "FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'",
    "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
    "WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version'",
    "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' "
    "AND tablename <> 'alembic_version'",
    "triggers": "SELECT tgname, pg_get_triggerdef(oid), tgenabled FROM pg_trigger WHERE NOT tgisinternal",
    "functions": "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
}


def shape(connection: Connection) -> dict[str, set[Any]]:
    """What a database's schema is made of, in a form that can be held against another's."""
    if connection.dialect.name == "postgresql":
        return {name: set(map(tuple, connection.execute(sa.text(query)))) for name, query in POSTGRESQL.items()}
    known = sa.inspect(connection)
    found: dict[str, set[Any]] = {"columns": set(), "constraints": set()}
    for table in known.get_table_names():
        if table != "alembic_version":
            for row in connection.exec_driver_sql(f"PRAGMA table_xinfo({table})"):
                found["columns"].add((table, *row[1:]))
            for row in connection.exec_driver_sql(f"PRAGMA foreign_key_list({table})"):
                found["constraints"].add((table, *row[2:]))
            for check in (*known.get_check_constraints(table), *known.get_unique_constraints(table)):
                found["constraints"].add((table, repr(sorted(check.items()))))
    query = sa.text("SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL")
    found["indexes and triggers"] = {
        (kind, name, " ".join(sql.split())) for kind, name, sql in connection.execute(query)
    }
    return found


def shape_of(place: Place) -> dict[str, set[Any]]:
    """The shape of a database, as its owner sees it."""
    engine = database.connect(place.owner_url, owner=True)
    with engine.connect() as connection:
        found = shape(connection)
    engine.dispose()
    return found


@pytest.fixture
def as_recorded(blank: Callable[[], Place]) -> Place:
    """A database made from the records alone: `create_all()` and the guards."""
    place = blank()
    engine = database.connect(place.owner_url, owner=True)
    with engine.begin() as connection:
        Base.metadata.create_all(connection)
        create_triggers(connection)
    engine.dispose()
    return place


def test_migrating_up_makes_what_the_records_say(world: World, as_recorded: Place) -> None:
    """Columns, checks, keys, indexes, triggers: what autogenerate does not see is compared here."""
    migrated, recorded = shape_of(world.place), shape_of(as_recorded)
    for kind in recorded:
        assert migrated[kind] == recorded[kind], kind
    assert len(recorded["columns"]) > 100


@pytest.mark.parametrize("table", ["decisions", "log_entries"])
def test_the_control_sees_a_difference(world: World, as_recorded: Place, table: str) -> None:
    """A check, an index, a column or a trigger that only one of them has is seen."""
    sqlite = world.engine.dialect.name == "sqlite"
    trigger = f"{table}_no_delete" if sqlite else f"{table}_no_change ON {table}"
    ways = [f"CREATE INDEX more ON {table} (at)", f"ALTER TABLE {table} ADD more TEXT", f"DROP TRIGGER {trigger}"]
    if not sqlite:
        ways += [f"ALTER TABLE {table} ADD CHECK (at > '2000-01-01')", f"ALTER TABLE {table} DISABLE TRIGGER ALL"]
    with world.owner() as engine, engine.connect() as connection:
        for way in ways:
            connection.execute(sa.text(way))
            assert shape(connection) != shape_of(as_recorded), way
            connection.rollback()
        assert shape(connection) == shape_of(as_recorded)


def revisions() -> list[str]:
    """Every revision, oldest first, with "base" before them."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("path_separator", "os")
    known = ScriptDirectory.from_config(config).walk_revisions()
    return ["base", *reversed([one.revision for one in known])]


def test_the_newest_is_the_head(world: World) -> None:
    """Told by the files' names, without asking the tool that runs them; and it is what the database was brought to."""
    assert migrate.newest() == revisions()[-1]
    migrate.require(world.engine)


def kept(world: World) -> list[tuple[Any, ...]]:
    """The log's rows, where there is a log."""
    with world.owner() as engine, engine.connect() as connection:
        if not sa.inspect(connection).has_table("log_entries"):
            return []
        return [tuple(row) for row in connection.execute(sa.select(LogEntry.__table__).order_by(sa.text("position")))]


def test_up_down_and_up_again_on_a_database_that_has_lived(world: World, run: Run) -> None:
    """Each step down and up again: the same schema, every trigger in place, and the log as it was where it is kept."""
    item = world.submit(drafts.email())
    world.decide(DANA, item, "approve")
    before, log = shape_of(world.place), kept(world)
    assert len(log) >= 3
    for older in reversed(revisions()[:-1]):
        migrate.downgrade(world.place.owner_url, older)
        assert kept(world) in (log, []), f"going down to {older} changed the log"
        assert kept(world) or older == "base", f"going down to {older} lost the log"
        migrate.upgrade(world.place.owner_url, app_role=run.role(world.place.dialect))
        assert shape_of(world.place) == before
    migrate.require(world.engine)
    populate(world.url)
    item = world.submit(drafts.email())
    assert world.decide(DANA, item, "approve").state == "approved"
    assert world.verify().holds


def columns_of(world: World) -> dict[str, list[str]]:
    """The tables and their columns at the version that the database has now, which need not be ours."""
    with world.owner() as engine, engine.connect() as connection:
        known = sa.inspect(connection)
        named = {table: [one["name"] for one in known.get_columns(table)] for table in known.get_table_names()}
    return {table: columns for table, columns in named.items() if table != "alembic_version"}


def stored(world: World, columns: dict[str, list[str]]) -> dict[str, list[Any]]:
    """Every row in those columns."""
    with world.owner() as engine, engine.connect() as connection:
        asked = {
            table: sa.select(*map(sa.column, names)).select_from(sa.table(table)) for table, names in columns.items()
        }
        return {table: sorted(map(tuple, connection.execute(query)), key=repr) for table, query in asked.items()}


# (what is so, each automation before with whether it has a key, the names after going up, and after going down again)
RENAMED: list[tuple[str, dict[str, bool], list[str], list[str]]] = [
    (
        "ours are renamed, and back",
        {"Planting desk": False, "Policy desk": False},
        ["Seeded defects", "Policy proposals"],
        ["Planting desk", "Policy desk"],
    ),
    ("nobody else's is", {"planting desk": True, "Desk": True}, ["planting desk", "Desk"], ["planting desk", "Desk"]),
    (
        "somebody's with our new name makes way, also where there is none of ours yet, and has its name back",
        {"Seeded defects": True, "Policy desk": False, "Policy proposals": True},
        ["Seeded defects (automation {0})", "Policy proposals", "Policy proposals (automation {2})"],
        ["Seeded defects", "Policy desk", "Policy proposals"],
    ),
    (
        "one of our old name that has a key is somebody's: it keeps its name, and makes way for ours going down",
        {"Policy desk": True},
        ["Policy desk"],
        ["Policy desk (automation {0})"],
    ),
]


@pytest.mark.parametrize(("says", "before", "up", "down"), RENAMED, ids=[row[0] for row in RENAMED])
def test_our_automations_have_the_products_words(
    world: World, run: Run, says: str, before: dict[str, bool], up: list[str], down: list[str]
) -> None:
    """Only their names change, only ours, and going down and up again is the same each time."""
    url = world.place.owner_url
    migrate.downgrade(url, "0011")
    with world.session() as session, writing(session):
        made = [insert_row(session, Automation, name=name, created_at=world.now) for name in before]
        for number, keyed in zip(made, before.values(), strict=True):
            if keyed:
                words = {"token_hash": f"{number:064}", "scopes": "items:read", "lanes": "", "gates": ""}
                insert_row(session, ApiKey, automation_id=number, prefix=f"p{number}", created_at=world.now, **words)
    role = run.role(world.place.dialect)
    columns = columns_of(world)
    rows = stored(world, columns)

    def named() -> list[str]:
        with world.session() as session:
            found = {one.id: one.name for one in session.scalars(sa.select(Automation))}
        return [found[number] for number in made]

    for _ in range(2):
        migrate.upgrade(url, app_role=role)
        assert named() == [name.format(*made) for name in up], says
        assert {**stored(world, columns), "automations": 0} == {**rows, "automations": 0}
        migrate.downgrade(url, "0011")
        assert named() == [name.format(*made) for name in down], says
        assert world.count(Automation) == len(rows["automations"])


def untouched(world: World) -> dict[str, list[Any]]:
    """Every row but what newer migrations take away going down: the models' checks, and how records came."""
    away = ("checks", "model_checks", "model_results", "source_arrivals")
    return {name: found for name, found in world.everything().items() if name not in away}


def test_the_triggers_say_it_in_the_products_words(world: World, run: Run) -> None:
    """The new words going up, the old ones going down, in each trigger that had them; and no row is touched."""
    item = plant(world)
    standing_approvals.drawn(world, good(world))
    with world.session() as session, writing(session):
        proposals_of_ours = api_keys.own_caller(session, access.PROPOSAL_AUTOMATION, world.now)
    rows, before = untouched(world), shape_of(world.place)
    refusals = {
        f"UPDATE items SET state = 'released' WHERE id = {item}": (KEPT_IN, "a planted draft never goes out"),
        "DELETE FROM plants": (SEALED, "a planted draft stays as it was sealed"),
        "UPDATE standings SET lane = 'x'": (autosend._REFUSAL, "a standing is only taken down, and once"),
    }
    for statement, (new, old) in refusals.items():
        assert new in refused(world.engine, statement)
        assert new in str(before)
        assert old not in str(before)
    planted = world.item(item)
    migrate.downgrade(world.place.owner_url, "0011")
    for statement, (new, old) in refusals.items():
        assert old in refused(world.engine, statement)
        assert new not in str(shape_of(world.place))
    with world.session() as session:
        ours = {Actor.automation(planted.automation_id), Actor.automation(proposals_of_ours.automation_id)}
        assert set(log_queries.actors(session, ours).values()) == {"Planting desk", "Policy desk"}
    migrate.upgrade(world.place.owner_url, app_role=run.role(world.place.dialect))
    assert (untouched(world), shape_of(world.place)) == (rows, before)


def test_decisions_of_old_say_that_nothing_had_changed(world: World, run: Run) -> None:
    """Going up adds the column to each row in place and touches nothing else of it; looks are gone when going down, and the
    item's own row, which says that it was looked at, stays."""
    item = world.submit(drafts.email())
    world.decide(DANA, item, "approve")
    rows = world.everything()
    migrate.downgrade(world.place.owner_url, "0014")
    with world.owner() as engine, engine.connect() as connection:
        assert "changes_seen" not in [one["name"] for one in sa.inspect(connection).get_columns("decisions")]
        assert not sa.inspect(connection).has_table("source_looks")
    migrate.upgrade(world.place.owner_url, app_role=run.role(world.place.dialect))
    assert world.everything() == rows
    assert [made.changes_seen for made in world.decisions(item)] == [""]
    says = refused(world.engine, "UPDATE decisions SET changes_seen = '.1'")
    assert "append-only" in says or "permission denied" in says


def test_items_of_old_say_no_purpose(world: World, run: Run) -> None:
    """Going down drops what an item is for and nothing else; going up again leaves every row, for no purpose."""
    item = world.submit(replace(drafts.email(), purpose="welcome"))
    world.decide(DANA, item, "approve")
    rows, before = world.everything(), shape_of(world.place)
    migrate.downgrade(world.place.owner_url, "0017")
    with world.owner() as engine, engine.connect() as connection:
        assert "purpose" not in [one["name"] for one in sa.inspect(connection).get_columns("items")]
    migrate.upgrade(world.place.owner_url, app_role=run.role(world.place.dialect))
    assert (world.item(item).purpose, shape_of(world.place)) == ("", before)
    assert {**world.everything(), "items": 0} == {**rows, "items": 0}


def test_down_to_nothing_leaves_nothing(world: World) -> None:
    """No table, trigger or function of ours stays behind."""
    migrate.downgrade(world.place.owner_url, "base")
    assert not any(shape_of(world.place).values())


def test_migrating_twice_changes_nothing(world: World, run: Run) -> None:
    """`db upgrade` may be run at every start."""
    before, rows = shape_of(world.place), world.everything()
    migrate.upgrade(world.place.owner_url, app_role=run.role(world.place.dialect))
    assert (shape_of(world.place), world.everything()) == (before, rows)


def test_what_fails_half_way_leaves_nothing(blank: Callable[[], Place]) -> None:
    """A migration that cannot be finished is taken back whole, so that it can be run again."""
    place = blank()
    engine = database.connect(place.owner_url, owner=True)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE revision_sources (in_the_way INTEGER)"))
    with pytest.raises(sa.exc.DBAPIError, match="revision_sources"):
        migrate.upgrade(place.owner_url)
    with engine.begin() as connection:
        assert sa.inspect(connection).get_table_names() == ["revision_sources"]
        connection.execute(sa.text("DROP TABLE revision_sources"))
    migrate.upgrade(place.owner_url)
    migrate.require(engine)
    engine.dispose()


def test_every_guarded_table_is_guarded(world: World) -> None:
    """No append-only table without its triggers, and the ones that name them are all there are."""
    with world.owner() as engine, engine.connect() as connection:
        named = " ".join(str(one) for kind in shape(connection).values() for one in kind if "append" in str(one))
    assert all(f"{table}_no_" in named for table in KEYS)


def test_the_migrations_import_nothing_of_the_house() -> None:
    """A migration says what it does in itself: what the house calls things may change later, what was done may not."""
    for file in Path(ROOT / "migrations" / "versions").glob("*.py"):
        assert "reviewqueue" not in file.read_text(encoding="utf-8").split('"""', 2)[2]


def arrivals(world: World) -> list[Any]:
    """How each record came, through which automation and when."""
    columns = (SourceArrival.source_record_id, SourceArrival.way, SourceArrival.automation_id, SourceArrival.at)
    with world.session() as session:
        return list(session.execute(sa.select(*columns).order_by(SourceArrival.source_record_id, SourceArrival.id)))


def test_old_records_say_what_can_be_known_of_who_brought_them(world: World, run: Run, tmp_path: Path) -> None:
    """Imported where the log has an import of that system at that moment, our own fetched, and all else claimed by who
    wrote the first revision that rests on it."""
    about = drafts.deal()
    world.submit(drafts.email(about))
    plant(world)
    world.now += timedelta(hours=1)
    says_now(world, tmp_path, drafts.email(about), CloseDate="2026-03-12")
    with world.session() as session, writing(session):
        ours = Source("reviewqueue", "policy", "p", {"name": "Northbeam"})
        source_records.keep(session, [ours], world.now, "fetched")
    before = arrivals(world)
    assert {row.way for row in before} == {"imported", "claimed", "fetched"}
    migrate.downgrade(world.place.owner_url, "0013")
    for _ in range(2):
        migrate.upgrade(world.place.owner_url, app_role=run.role(world.place.dialect))
        assert arrivals(world) == before
        migrate.downgrade(world.place.owner_url, "0013")
    migrate.upgrade(world.place.owner_url, app_role=run.role(world.place.dialect))
