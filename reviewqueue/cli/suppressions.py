"""`suppressions`: the addresses that get no mail; putting one on the list, and taking one off."""

from __future__ import annotations

import click

from reviewqueue.audit.events import Actor
from reviewqueue.cli import installation, output
from reviewqueue.core.errors import DomainError


@click.group()
def suppressions() -> None:
    """The suppression list: the addresses that get no mail from here."""


@suppressions.command("list")
@output.as_json
def list_(as_json: bool) -> None:
    """Show every address on the list, since when, what for and why."""
    from sqlalchemy import select

    from reviewqueue.db.tables.mail_returns import Suppression

    with installation.open_session() as session:
        query = select(Suppression).where(Suppression.ended_at.is_(None)).order_by(Suppression.id)
        found = [
            {"address": one.address, "for": one.kind, "why": one.why, "at": one.at, "by": one.by, "item": one.item_id}
            for one in session.scalars(query)
        ]
    if as_json:
        output.print_json(found)
    for one in found:
        output.say(f"{one['address']}: {one['for']} since {one['at']:%d %b %Y} by {one['by']}: {one['why']}")
    if not found:
        output.say("No address is on the suppression list.")


@suppressions.command()
@click.argument("address")
@click.option("--why", required=True, help="Why it gets no mail; it is recorded in the log.")
def add(address: str, why: str) -> None:
    """Put an ADDRESS on the list: no mail goes to it."""
    from reviewqueue.delivery import suppressions as addresses

    with installation.open_session() as session:
        addresses.add(session, Actor.CLI, address, why, installation.now())
    output.say(f"{address} gets no mail from now on.")


@suppressions.command()
@click.argument("address")
@click.option("--why", required=True, help="Why it gets mail again; it is recorded in the log.")
def remove(address: str, why: str) -> None:
    """Take an ADDRESS off the list: mail goes to it again."""
    from reviewqueue.delivery import suppressions as addresses

    with installation.open_session() as session:
        found = addresses.find(session, address.strip().casefold())
        if found is None:
            raise DomainError(f"{address} is not on the suppression list, so nothing was changed.")
        addresses.end(session, Actor.CLI, found.id, why, installation.now())
    output.say(f"{address} gets mail again.")
