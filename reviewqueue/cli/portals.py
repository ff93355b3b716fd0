"""`portals`: the customers' links that are open, and ending one."""

from __future__ import annotations

import click

from reviewqueue.cli import installation, output


@click.group()
def portals() -> None:
    """Customers' portals: the links that are open, and ending one."""


@portals.command("list")
@output.as_json
def every(as_json: bool) -> None:
    """Show every link that is open: whose, since when and until when. No link itself is kept."""
    from reviewqueue.onboarding import customer_portals

    with installation.open_session() as session:
        found = [
            {"onboarding": run.id, "customer": run.customer, "since": link.created_at, "until": link.expires_at}
            for link, run in customer_portals.every_open(session, installation.now())
        ]
    if as_json:
        output.print_json(found)
    for one in found:
        output.say(
            f"onboarding {one['onboarding']}, {one['customer']}: since {one['since']:%d %b %Y}, until "
            f"{one['until']:%d %b %Y}"
        )
    if not found:
        output.say("No link is open.")


@portals.command()
@click.argument("onboarding", type=int)
@click.option("--why", required=True, help="Why it ends; it is recorded in the log.")
def end(onboarding: int, why: str) -> None:
    """End the link of an ONBOARDING at once."""
    from reviewqueue.onboarding import customer_portals

    with installation.open_session() as session:
        customer_portals.end_by_command(session, onboarding, why, installation.now())
    output.say(f"The link of onboarding {onboarding} opens nothing any more.")
