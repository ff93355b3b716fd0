"""The demo's world in a database: loaded once for the whole run, and copied for whoever reads or changes it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import make_url

from reviewqueue.cli import demo_data
from reviewqueue.db import database, migrate
from tests import northbeam
from tests.cast import PASSWORD
from tests.support.databases import Place, Run

NOW = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)  # a Tuesday, in working hours


def seed(url: str, now: datetime = NOW) -> dict[str, int]:
    """Load the seed world into an empty database."""
    migrate.upgrade(url)
    return load(url, now)


def load(url: str, now: datetime = NOW) -> dict[str, int]:
    """Load the seed world into a migrated database."""
    engine = database.connect(url)
    try:
        with database.sessions(engine)() as session:
            return demo_data.load(session, northbeam.files(), PASSWORD, now)
    finally:
        engine.dispose()


def copied(run: Run, folder: Path) -> Path:
    """A SQLite file in `folder` with the seed world in it."""
    return Path(str(make_url(copy(run, "sqlite", folder).url).database))


def copy(run: Run, dialect: str, folder: Path) -> Place:
    """A database with the seed world in it, on this engine, for one test. Nobody opens the one it is copied from."""
    template = run.template(dialect, "seed", load)
    assert not Path(f"{make_url(template.url).database}-wal").exists(), "a copy would lack what is not yet in the file"
    return run.copy(dialect, folder, template)
