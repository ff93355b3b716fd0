"""`db`: migrations, up and down."""

from __future__ import annotations

import click

from reviewqueue.cli import out, place


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
@out.as_json
def upgrade(app_role: str, as_json: bool) -> None:
    """Bring the database to this version's schema. Run it as the role that owns the tables."""
    from reviewqueue import migrations

    url = place.settings().database()
    if file := place.file_of(url):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    migrations.upgrade(url, app_role=app_role)
    _done(as_json, migrations.newest())


@db.command()
@click.argument("revision")
@click.option("--yes", is_flag=True, help="Do not ask first.")
@out.as_json
def downgrade(revision: str, yes: bool, as_json: bool) -> None:
    """Bring the database back to REVISION (`base` is the empty one). What newer tables hold is lost."""
    from alembic.util import CommandError

    from reviewqueue import migrations
    from reviewqueue.refusals import Refused

    with place.opened():
        pass
    if not yes:
        click.confirm(
            f"Take the database back to {revision}? What the newer tables hold is lost.", abort=True, err=True
        )
    try:
        migrations.downgrade(place.settings().database(), revision)
    except CommandError as error:
        raise Refused(
            f"There is no revision {revision}, so nothing was changed ({error}). Name one, or `base`."
        ) from None
    _done(as_json, revision)


def _done(as_json: bool, revision: str) -> None:
    if as_json:
        out.tell({"revision": revision})
    out.say(f"The database is at schema {revision}.")
