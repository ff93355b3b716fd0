"""Schema migrations: bring a database to this version's schema, and refuse one that is not there.

Alembic is loaded only to migrate: every command and every process asks whether the database is migrated.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import ProgrammingError

from reviewqueue.core.errors import DomainError
from reviewqueue.core.settings import shipped
from reviewqueue.db import database
from reviewqueue.db.triggers import KEYS

if TYPE_CHECKING:
    from alembic.config import Config


def _config(connection: Connection) -> Config:
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(shipped("migrations")))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def upgrade(url: str, revision: str = "head", *, app_role: str = "") -> None:
    """Migrate up. On PostgreSQL, `app_role` is granted what the application needs, and nothing that changes the log."""
    from alembic import command  # noqa: PLC0415

    with _as_owner(url) as connection:
        _refuse_newer(_revision(connection))
        command.upgrade(_config(connection), revision)
        if app_role:
            _grant(connection, app_role)


def downgrade(url: str, revision: str) -> None:
    """Migrate down."""
    from alembic import command  # noqa: PLC0415

    with _as_owner(url) as connection:
        command.downgrade(_config(connection), revision)


@contextmanager
def _as_owner(url: str) -> Iterator[Connection]:
    """One transaction that may change the schema, whole or not at all."""
    engine = database.connect(url, owner=True)
    try:
        with engine.connect() as plain:
            connection = plain.execution_options(**{database.WRITING: True})
            yield connection
            connection.commit()
    finally:
        engine.dispose()


def _grant(connection: Connection, role: str) -> None:
    if connection.dialect.name != "postgresql":
        raise DomainError(
            "--app-role is for PostgreSQL; on SQLite the application's own connections cannot touch the schema."
        )
    quoted = connection.dialect.identifier_preparer.quote_identifier(role)
    connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {quoted}"))
    connection.execute(text(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {quoted}"))
    connection.execute(text(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {quoted}"))
    for table in KEYS:
        connection.execute(text(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {quoted}"))


def newest() -> str:
    """The schema revision this version of the application wants."""
    return max(_known())


def _known() -> set[str]:
    """Every revision of this version: a file's name begins with it."""
    return {path.name.partition("_")[0] for path in (shipped("migrations") / "versions").glob("[0-9]*.py")}


def revision_of(engine: Engine) -> str | None:
    """The schema revision that a database is at; None where there are no tables of ours."""
    with engine.connect() as connection:
        return _revision(connection)


def _revision(connection: Connection) -> str | None:
    made = inspect(connection).has_table("alembic_version")
    return connection.scalar(text("SELECT version_num FROM alembic_version")) if made else None


def _refuse_newer(found: str | None) -> None:
    if found is not None and found not in _known():
        raise DomainError(
            f"The database is at schema {found}, which is newer than this program: it knows schemas up to {newest()}. "
            "Nothing was started or changed. Install the newer version of reviewqueue that this database was last "
            "used with, or restore the backup from before it.",
            code="newer-database",
        )


def require(engine: Engine) -> None:
    """Raises DomainError for a database that is not migrated, with the command that fixes it."""
    try:
        found = revision_of(engine)
    except ProgrammingError as error:
        raise DomainError(
            f"This role may not read the database ({error.orig}). Nothing was started. Run `reviewqueue db upgrade "
            "--app-role NAME` as the owner of the tables, with the name of the role the application connects as.",
            code="not-migrated",
        ) from error
    _refuse_newer(found)
    if found != newest():
        raise DomainError(
            f"The database is at schema {found or 'none'}, this version wants {newest()}. "
            "Nothing was started. Run `reviewqueue db upgrade` first.",
            code="not-migrated",
        )
