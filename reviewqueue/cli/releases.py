"""`releases`: what will be written, what is stopped of what goes out, and stopping it at once."""

from __future__ import annotations

import click

from reviewqueue.audit.events import Actor
from reviewqueue.cli import installation, output


@click.group()
def releases() -> None:
    """What goes out: what it will write, what is stopped of it, and stopping it at once."""


@releases.command()
@output.as_json
def stops(as_json: bool) -> None:
    """Show what is stopped, since when, by whom and why."""
    from reviewqueue.delivery import send_stops

    with installation.open_session() as session:
        found = [
            {"id": one.id, "to": one.destination, "at": one.at, "by": one.by, "why": one.why}
            for one in send_stops.in_force(session)
        ]
    if as_json:
        output.print_json(found)
    for one in found:
        output.say(
            f"{one['to'] or 'everything'}: stopped since {one['at']:%d %b %H:%M} UTC by {one['by']}: {one['why']}"
        )
    if not found:
        output.say("Nothing is stopped.")


@releases.command("dry-run")
@click.argument("item", type=int)
@output.as_json
def dry_run(item: int, as_json: bool) -> None:
    """Show exactly what an ITEM will write once it is approved. Nothing is written, and nobody is asked."""
    from reviewqueue.delivery import destinations
    from reviewqueue.items import item_context

    with installation.open_session() as session:
        writes = destinations.dry_run(session, item_context.load(session, item, installation.now()))
    if as_json:
        output.print_json([{"what": one.what, "fields": one.fields, "text": one.text} for one in writes])
    for write in writes:
        output.say(
            write.what, *(f"  {name}: {before or 'not there'} → {after}" for name, before, after in write.fields)
        )
        output.say(*write.text.splitlines())
    if not writes:
        output.say(f"Item {item} writes nothing that can be shown before: its page says where it goes.")


@releases.command()
@click.option("--to", default="", metavar="DESTINATION", help="Stop only what goes there; without it, everything.")
@click.option("--why", required=True, help="Why it is stopped; it is recorded in the log.")
@output.as_json
def stop(to: str, why: str, as_json: bool) -> None:
    """Stop all that goes out, at once. A CS leader or RevOps lets it go out again, on the page Releases."""
    from reviewqueue.delivery import send_stops

    with installation.open_session() as session:
        stop_id = send_stops.stop(session, Actor.CLI, to, why, installation.now())
    if as_json:
        output.print_json({"id": stop_id, "to": to, "why": why})
    what = f"what goes to {to}" if to else "all that goes out"
    output.say(f"Stopped: {what}. A CS leader or RevOps lets it go out again at {send_stops.PAGE}.")
