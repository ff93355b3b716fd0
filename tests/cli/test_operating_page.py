"""docs/operating.md: every command it shows does what it says, in the order it is shown, on both engines."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import make_url

from reviewqueue.core.settings import Settings
from reviewqueue.db import database
from tests.cli.conftest import Terminal
from tests.support import databases, preloaded

PAGE = (Path(__file__).parents[2] / "docs" / "operating.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
SQL = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)


def as_here(shown: str, place: databases.Place, role: str) -> str:
    """What the page shows, with this test's database in the place of the page's."""
    shown = shown.replace("postgresql://reviewqueue_owner:password@db.example/reviewqueue", f"'{place.owner_url}'")
    shown = shown.replace("postgresql://reviewqueue_app:password@db.example/reviewqueue", f"'{place.url}'")
    if place.dialect == "sqlite":
        return shown.replace(" --app-role reviewqueue_app", "")
    return shown.replace("reviewqueue_app", role)


def with_a_worker(shown: str) -> str:
    """What the page shows, with a worker beside it from the first `doctor` on, as the page says before it."""
    started = """
        if [ -z "${WORKER:-}" ]; then
          reviewqueue worker 2> worker.log & WORKER=$!; trap 'kill $WORKER; wait $WORKER' EXIT
          for _ in $(seq 100); do reviewqueue doctor > /dev/null 2>&1 && break; sleep 0.2; done
        fi
    """
    return f"{started}\n{shown}" if "reviewqueue doctor" in shown else shown


def test_the_commands_run_in_the_order_they_are_shown(
    blank: Callable[[], databases.Place], folder: Path, tmp_path: Path
) -> None:
    place = blank()
    role = make_url(place.url).username or ""
    script = "\n".join(["set -eu", *(with_a_worker(as_here(block, place, role)) for block in BLOCKS)])
    with preloaded.on_path(tmp_path) as path:
        env = {**os.environ, "PATH": path, "REVIEWQUEUE_DATA": str(folder)}
        done = subprocess.run(
            ["bash", "-c", script], capture_output=True, text=True, check=False, cwd=tmp_path, env=env
        )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "can be used" in done.stderr
    assert "The log is intact" in done.stderr
    assert "WRONG" not in done.stderr
    assert (tmp_path / "override-log.jsonl").stat().st_size > 0


def test_there_are_blocks_to_run() -> None:
    assert len(BLOCKS) >= 6
    assert sum(block.count("\nreviewqueue ") + block.startswith("reviewqueue ") for block in BLOCKS) >= 15


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_explained(name: str) -> None:
    shown = "DATABASE_URL" if name == "database_url" else f"REVIEWQUEUE_{name.upper()}"
    assert f"`{shown}`" in PAGE


@pytest.fixture
def server(run: databases.Run) -> Iterator[tuple[sa.Connection, str]]:
    """An administrator's connection to PostgreSQL, and a name that what a test makes there begins with."""
    engine = sa.create_engine(run.postgresql()["url"], isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    name = f"{run.postgresql()['role']}_{secrets.token_hex(3)}"
    with engine.connect() as connection:
        yield connection, name
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        for role in ("owner", "app"):
            connection.exec_driver_sql(f"DROP ROLE IF EXISTS {name}_{role}")


def test_the_sql_makes_two_roles_and_the_application_owns_nothing(
    server: tuple[sa.Connection, str], folder: Path
) -> None:
    """As the page has it, on a real server: the owner migrates, the application works and cannot touch tables or log."""
    connection, name = server
    (shown,) = SQL
    for statement in shown.replace("reviewqueue", name).split(";\n")[:-1]:
        connection.exec_driver_sql(statement)
    urls = {
        role: connection.engine.url.set(username=f"{name}_{role}", password="password", database=name).render_as_string(
            hide_password=False
        )
        for role in ("owner", "app")
    }
    terminal = Terminal({"REVIEWQUEUE_DATA": str(folder), "REVIEWQUEUE_SECRET_KEY": secrets.token_hex(32)})
    assert terminal("db", "upgrade", DATABASE_URL=urls["app"]).status == 1, "the application may not migrate"
    assert terminal("db", "upgrade", "--app-role", f"{name}_app", DATABASE_URL=urls["owner"]).status == 0
    app = {"DATABASE_URL": urls["app"]}
    assert terminal("policy", "load", **app).status == 0
    assert (
        terminal("user", "add", "sam@northbeam.example", "--role", "admin", stdin="nine wet umbrellas\n", **app).status
        == 0
    )
    doctor = terminal("doctor", **app)
    wrong = re.findall(r"^WRONG +(\w+)", doctor.err, re.MULTILINE)
    assert wrong == ["worker"], f"none was started, and all else is well: {doctor.err}"
    assert terminal("log", "verify", "--json", **app).json["size"] == 2
    assert refused(urls["app"]) == list(FORBIDDEN)
    owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
    with sa.create_engine(urls["owner"], poolclass=sa.NullPool).connect() as owner:
        assert owner.exec_driver_sql(owners).scalars().all() == [f"{name}_owner"]
    others = f"SELECT has_database_privilege('public', '{name}', 'CONNECT')"
    assert connection.exec_driver_sql(others).scalar() is False, "nobody else of this server may connect"


FORBIDDEN = (
    "DELETE FROM log_entries",
    "UPDATE log_entries SET act = 'nothing'",
    "TRUNCATE log_entries",
    "ALTER TABLE log_entries DISABLE TRIGGER ALL",
    "DROP TABLE items",
    "CREATE TABLE mine (number integer)",
    "CREATE TEMP TABLE mine (number integer)",
)


def refused(url: str) -> list[str]:
    """Which of these the database refuses that role for want of a right."""
    found = []
    engine = sa.create_engine(database.url_of(url), poolclass=sa.NullPool)
    for statement in FORBIDDEN:
        with engine.connect() as connection:
            try:
                connection.exec_driver_sql(statement)
            except sa.exc.ProgrammingError as error:
                if "permission denied" in str(error.orig) or "must be owner" in str(error.orig):
                    found.append(statement)
    return found
