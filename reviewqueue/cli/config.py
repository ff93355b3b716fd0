"""`config`: every setting with its present value, secrets masked."""

from __future__ import annotations

import click

from reviewqueue.cli import installation, output


@click.command()
@output.as_json
def config(as_json: bool) -> None:
    """Show every setting, secrets masked, and the place they lead to."""
    settings = installation.settings()
    shown = settings.shown()
    shown["policy"] = str(installation.policy_folder(settings).absolute())
    shown["database"] = _address(settings.database())
    shown["address"] = settings.address()
    if as_json:
        output.print_json(shown)
    output.table(("setting", "value"), list(shown.items()))


def _address(url: str) -> str:
    from sqlalchemy import make_url

    from reviewqueue.db import database

    return make_url(database.url_of(url)).render_as_string(hide_password=True)
