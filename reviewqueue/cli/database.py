"""`db`: database migrations, up and down."""

from __future__ import annotations

import click

from reviewqueue.cli import installation, output


@click.group()
def db() -> None:
    """Migrate the database: `upgrade` before the first start and after each new version."""


@db.command()
@click.option(
    "--app-role",
    metavar="NAME",
    default="",
    help="PostgreSQL: the role the application connects as; it gets no right to change the log.",
)
@output.as_json
def upgrade(app_role: str, as_json: bool) -> None:
    """Bring the database to this version's schema. Run it as the role that owns the tables."""
    from reviewqueue.db import migrate

    url = installation.settings().database()
    if file := installation.file_of(url):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    migrate.upgrade(url, app_role=app_role)
    _print_revision(as_json, migrate.newest())


@db.command()
@click.argument("revision")
@click.option("--yes", is_flag=True, help="Do not ask first.")
@output.as_json
def downgrade(revision: str, yes: bool, as_json: bool) -> None:
    """Bring the database back to REVISION (`base` is the empty one). What newer tables hold is lost."""
    from alembic.util import CommandError

    from reviewqueue.core.errors import DomainError
    from reviewqueue.db import migrate

    with installation.open_session():
        pass
    if not yes:
        click.confirm(
            f"Take the database back to {revision}? What the newer tables hold is lost.", abort=True, err=True
        )
    try:
        migrate.downgrade(installation.settings().database(), revision)
    except CommandError as error:
        raise DomainError(
            f"There is no revision {revision}, so nothing was changed ({error}). Name one, or `base`."
        ) from None
    _print_revision(as_json, revision)


def _print_revision(as_json: bool, revision: str) -> None:
    if as_json:
        output.print_json({"revision": revision})
    output.say(f"The database is at schema {revision}.")
