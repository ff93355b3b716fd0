"""`replies`: keeps e-mails that customers answered, as records of their onboardings."""

from __future__ import annotations

from pathlib import Path

import click

from reviewqueue.audit.events import Actor
from reviewqueue.cli import installation, output


@click.group()
def replies() -> None:
    """What customers answered by e-mail, as records of their onboardings."""


@replies.command()
@click.argument("files", metavar="FILE…", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--onboarding", type=int, help="Its number; without it, that of the mail of ours which it answers.")
def add(files: tuple[Path, ...], onboarding: int | None) -> None:
    """Keep each FILE, an e-mail saved with its headers (.eml). The first one that is refused ends it."""
    from reviewqueue.onboarding import replies as kept

    for file in files:
        try:
            data = file.read_bytes()
        except OSError as error:
            raise click.ClickException(f"{file} was not read: {error.strerror}. Nothing of it was kept.") from None
        with installation.open_session() as session:
            number = kept.keep(session, Actor.CLI, onboarding, data, installation.now())
        output.say(f"{file.name} is kept as a record of onboarding #{number}.")
