"""The demo's world in a database: loaded once for the whole run, and copied for whoever reads or changes it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from shutil import copyfile

from reviewqueue.cli import demo_data
from reviewqueue.db import database, migrate
from tests import northbeam
from tests.cast import PASSWORD
from tests.support.databases import Run

NOW = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)  # a Tuesday, in working hours


def seed(url: str, now: datetime = NOW) -> dict[str, int]:
    """Load the seed world into an empty database."""
    migrate.upgrade(url)
    engine = database.connect(url)
    try:
        with database.sessions(engine)() as session:
            return demo_data.load(session, northbeam.files(), PASSWORD, now)
    finally:
        engine.dispose()


def copied(run: Run, folder: Path) -> Path:
    """A SQLite file in `folder` with the seed world in it. Nobody opens the one it is copied from."""
    loaded = run.folder / "seed.sqlite3"
    with run.alone("seed") as known:
        if not known.exists():
            seed(f"sqlite:///{loaded}")
            assert not loaded.with_name(f"{loaded.name}-wal").exists(), "a copy would lack what is not yet in the file"
            known.touch()
    return copyfile(loaded, folder / loaded.name)
