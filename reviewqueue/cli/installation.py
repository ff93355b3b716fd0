"""Finds the settings and the database for a command, and explains errors when they cannot be used."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reviewqueue.core.errors import DomainError

if TYPE_CHECKING:
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.orm import Session

    from reviewqueue.core.settings import Settings

# Prefixes of SQLite's errors where a file or folder, its journal included, cannot be written.
_UNWRITABLE_ERRORS = ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")


def now() -> datetime:
    """The time, in UTC: the command line's only clock."""
    return datetime.now(UTC)


def settings(**given: Any) -> Settings:
    """The settings of this run: from the environment, overridden by the options given (None overrides nothing)."""
    from reviewqueue.core.settings import Settings

    return Settings().model_copy(update={name: value for name, value in given.items() if value is not None})


def policy_folder(found: Settings) -> Path:
    """Where this installation's policy files are: REVIEWQUEUE_POLICY, or `policy` in the data folder where `init` put
    them, or else the shipped ones."""
    from reviewqueue.policy import loading

    own = found.data / "policy"
    return found.policy or (own if own.is_dir() else loading.SHIPPED)


def file_of(url: str) -> Path | None:
    """The file of an embedded database; None for one on a server."""
    from sqlalchemy import make_url

    from reviewqueue.db import database

    parts = make_url(database.url_of(url))
    embedded = parts.get_backend_name() == "sqlite" and parts.database and ":memory:" not in parts.database
    return Path(parts.database or "") if embedded else None


@contextmanager
def open_session(found: Settings | None = None) -> Iterator[Session]:
    """A session on the migrated database. Raises DomainError when there is none, or it is not migrated."""
    from reviewqueue.db import database, migrate

    url = (found or settings()).database()
    if (file := file_of(url)) and not file.exists():
        raise DomainError(
            f"There is no database at {file}, so nothing was done. Begin a new installation with `reviewqueue "
            "init`, make an empty database alone with `reviewqueue db upgrade`, try everything out with `reviewqueue "
            "demo`, or name the right place in REVIEWQUEUE_DATA or DATABASE_URL."
        )
    engine = database.connect(url)
    try:
        migrate.require(engine)
        with database.sessions(engine)() as session:
            yield session
    finally:
        engine.dispose()


def explain_error(error: Exception) -> str:
    """A message for an error that the person can fix; "" for any other."""
    if isinstance(error, DomainError):
        return "\n".join(
            [error.says, *(f"  {fault.at.lstrip('/') or 'here'}: {fault.message}" for fault in error.faults)]
        )
    if isinstance(error, UnicodeDecodeError):
        return "A file is not UTF-8 text, so nothing was done. Save it as UTF-8 and try again."
    if isinstance(error, ModuleNotFoundError) and error.name == "psycopg":
        return (
            "PostgreSQL needs a package that is not here, so nothing was done. Install Review Queue again with the "
            "extra `postgres`, from the folder it came from: `pip install '.[postgres]'`, or `uv tool install "
            "'.[postgres]'`."
        )
    if isinstance(error, OSError) and error.errno != errno.EPIPE:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror or error}. Correct the path, or the permission to use it, and try again."
    return _library_error(error)


def _library_error(error: Exception) -> str:
    from pydantic import ValidationError
    from sqlalchemy.exc import DBAPIError

    from reviewqueue.core.settings import variable
    from reviewqueue.policy.flaws import BadPolicy

    if isinstance(error, BadPolicy):
        return f"The policy cannot be used, so nothing was changed:\n{error}"
    if isinstance(error, ValidationError) and error.title == "Settings":
        wrong = [f"  {variable(str(fault['loc'][0]))}: {fault['msg']}" for fault in error.errors()]
        return "\n".join(["A setting cannot be used, so nothing was started. Correct it in the environment:", *wrong])
    if isinstance(error, DBAPIError):
        return _database_error(error)
    return ""


def _database_error(error: DBAPIError) -> str:
    reason = (str(error.orig).strip().splitlines() or ["no reason given"])[0]
    file = file_of(settings().database())
    if file and getattr(error.orig, "sqlite_errorname", "").startswith(_UNWRITABLE_ERRORS):
        return (
            f"{file}: {reason}, so nothing was done. Whoever runs this lacks the right to write that file or its "
            "folder, which reading needs too. Run it as their owner, or give the right with chmod."
        )
    return (
        f"{f'{file}: the' if file else 'The'} database reported an error ({reason}), so nothing was changed. Check "
        "that it runs, that DATABASE_URL or REVIEWQUEUE_DATA names the right one, and that its disk has space; "
        "`reviewqueue doctor` says more."
    )
