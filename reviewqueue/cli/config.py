"""`config`: every setting as it is now, secrets masked."""

from __future__ import annotations

import click

from reviewqueue.cli import out, place


@click.command()
@out.as_json
def config(as_json: bool) -> None:
    """Show every setting, secrets masked, and the place they lead to."""
    found = place.settings()
    shown = found.shown()
    shown["policy"] = str(place.policy_folder(found).absolute())
    shown["database"] = _address(found.database())
    shown["address"] = found.address()
    if as_json:
        out.tell(shown)
    out.table(("setting", "value"), list(shown.items()))


def _address(url: str) -> str:
    from sqlalchemy import make_url

    from reviewqueue import database

    return make_url(database.url_of(url)).render_as_string(hide_password=True)
