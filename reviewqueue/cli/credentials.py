"""`credentials`: the secrets by which destinations are written to. They are entered, removed and sealed anew, never
shown."""

from __future__ import annotations

import os
import sys

import click

from reviewqueue.audit.events import Actor
from reviewqueue.cli import installation, output


@click.group()
def credentials() -> None:
    """Credentials of destinations. What is entered is sealed, and shown to nobody again."""


@credentials.command("list")
@output.as_json
def list_(as_json: bool) -> None:
    """Show which destinations take a credential, and whether one is there. None is shown."""
    from reviewqueue.delivery import credentials as kept

    with installation.open_session() as session:
        found = kept.states(session, installation.settings())
    if as_json:
        output.print_json([vars(one) for one in found])
    for one in found:
        since = f"entered {one.at:%d %b %Y %H:%M} UTC by {one.by}" if one.at else "held"
        output.say(f"{one.key}: {since}{f': {one.why_not}' if one.why_not else ''}")
    if not found:
        output.say("No destination of the active policy takes a credential.")


@credentials.command()
@click.argument("destination")
@click.option(
    "--from-env", "variable", default="", metavar="NAME", help="Read it from this variable of the environment."
)
@output.as_json
def enter(destination: str, variable: str, as_json: bool) -> None:
    """Keep the credential of DESTINATION: from standard input, asked for at a terminal, or from a variable. It is no
    argument, for others on the machine read those."""
    from pydantic import SecretStr

    from reviewqueue.delivery import credentials as kept

    secret = SecretStr(os.environ.get(variable, "") if variable else _read())
    with installation.open_session() as session:
        kept.enter(session, installation.settings(), Actor.CLI, destination, secret, installation.now())
    if as_json:
        output.print_json({"destination": destination})
    output.say(f"The credential of {destination} is kept, sealed.")


def _read() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Token", hide_input=True, err=True)).strip()
    return sys.stdin.readline().strip()


@credentials.command()
@click.argument("destination")
@output.as_json
def remove(destination: str, as_json: bool) -> None:
    """Forget the credential of DESTINATION: what goes there is held."""
    from reviewqueue.delivery import credentials as kept

    with installation.open_session() as session:
        kept.remove(session, Actor.CLI, destination, installation.now())
    if as_json:
        output.print_json({"destination": destination})
    output.say(f"The credential of {destination} is removed. Take it back at the other system, too.")


@credentials.command()
@output.as_json
def rotate(as_json: bool) -> None:
    """Seal every credential anew with the first key of REVIEWQUEUE_CREDENTIAL_KEY; the earlier ones stand behind it."""
    from reviewqueue.delivery import credentials as kept

    with installation.open_session() as session:
        count = kept.rotate(session, installation.settings(), installation.now())
    if as_json:
        output.print_json({"credentials": count})
    output.say(f"{count} sealed anew. The earlier keys are not needed any more: take them out of the setting.")
