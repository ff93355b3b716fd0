"""`receipts`: the keys that sign the receipts of releases, and verifying a receipt."""

from __future__ import annotations

import json
from typing import IO

import click

from reviewqueue.cli import installation, output


@click.group()
def receipts() -> None:
    """Receipts of what went out: the keys that sign them, and verifying one."""


@receipts.command()
@output.as_json
def keys(as_json: bool) -> None:
    """Show every public key that ever signed, the newest first."""
    from reviewqueue.delivery import receipt_keys

    with installation.open_session() as session:
        found = [vars(one) for one in receipt_keys.published(session)]
    if as_json:
        output.print_json({"keys": found})
    output.say(*(f"{one['key']} since {one['since']:%d %b %Y %H:%M} UTC, entry {one['position']}" for one in found))
    if not found:
        output.say("None yet: `reviewqueue serve` makes the first one when it starts.")


@receipts.command()
@output.as_json
def rotate(as_json: bool) -> None:
    """Make another key and publish it in the log; earlier receipts stay valid under the earlier keys."""
    from reviewqueue.delivery import receipt_keys

    with installation.open_session() as session:
        public = receipt_keys.rotate(session, installation.settings(), installation.now())
    if as_json:
        output.print_json({"key": public})
    output.say(f"Receipts are signed by {public} from now on. The log has it.")


@receipts.command()
@click.argument("file", type=click.File("r", encoding="utf-8"))
@click.option("--key", "trusted", multiple=True, help="A published key; several may be named.", required=True)
@click.option("--release", type=int, help="The release that it has to be about.")
@click.option("--to", default="", metavar="DESTINATION", help="The destination that it has to be about.")
@click.option("--content", default="", metavar="DIGEST", help="The content that it has to be about.")
@output.as_json
@click.pass_context
def verify(
    ctx: click.Context, file: IO[str], trusted: tuple[str, ...], release: int | None, to: str, content: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Verify the receipt in FILE, with no database and no network. Exit status 1 if it proves nothing."""
    from reviewqueue.core import receipts as offline

    try:
        said = offline.verify(json.load(file), trusted, release=release, destination=to, content=content)
    except (offline.NotVerified, ValueError, RecursionError) as wrong:
        says = str(wrong) if isinstance(wrong, offline.NotVerified) else "it is no JSON"
        if as_json:
            output.print_json({"holds": False, "says": says})
        output.say(f"The receipt proves nothing: {says}.")
        ctx.exit(1)
    if as_json:
        output.print_json({"holds": True, "receipt": said})
    people = ", ".join(one["name"] or one["person"] for one in said["approved"]) or "nobody"
    output.say(f"It holds: release {said['release']} to {said['destination']['key']}, approved by {people}.")
