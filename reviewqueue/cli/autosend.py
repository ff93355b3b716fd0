"""`sending`: which messages of a lane are sent automatically, what the others lack, and revoking one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reviewqueue.audit.events import Actor
from reviewqueue.cli import installation, output

if TYPE_CHECKING:
    from reviewqueue.lanes.autosend.autosend_queries import MessageSending


@click.group()
def sending() -> None:
    """How each message of a lane is sent, what automatic sending requires, and how to stop it."""


@sending.command()
@click.argument("lane")
@output.as_json
def show(lane: str, as_json: bool) -> None:
    """Every message of LANE: how it is sent, which conditions it does not meet, and what resulted."""
    from reviewqueue.lanes.autosend import autosend_queries
    from reviewqueue.policy import policy_versions

    with installation.open_session() as session:
        _, found = autosend_queries.of_lane(session, policy_versions.current(session), lane, installation.now())
        if as_json:
            output.print_json([autosend_queries.plain(one) for one in found])
            return
        output.table(("message", "sent", "lacking", "rule"), [_row(one) for one in found])
        for one in found:
            output.say(*(f"{one.template.key}: {says}" for says in (one.eligibility.lacks if one.eligibility else ())))


def _row(one: MessageSending) -> tuple[str, str, str, str]:
    if one.active:
        tally = one.active.tally
        how = f"automatically since {one.active.row.since}: {tally['went']} went, {tally['sampled']} sampled"
    else:
        how = "after approval" if one.lacks_approval else one.says
    lacking = (
        f"{len(one.eligibility.lacks)} of {len(one.eligibility.conditions)}"
        if one.eligibility
        else "never automatically"
    )
    return one.template.key, how, lacking, one.place


@sending.command()
@click.argument("lane")
@click.argument("message")
@click.option("--why", required=True, help="Why it is no longer to be sent automatically; it is recorded in the log.")
@output.as_json
def stop(lane: str, message: str, why: str, as_json: bool) -> None:
    """Stop MESSAGE of LANE from being sent automatically, at once. What has not been sent yet goes back to its gate."""
    from reviewqueue.lanes.autosend import sending as autosend_sending

    with installation.open_session() as session:
        row = autosend_sending.revoke_by_operator(session, Actor.CLI, lane, message, why, installation.now())
        told = {"standing": row.id, "lane": lane, "message": message, "down_at": row.down_at, "why": why}
    if as_json:
        output.print_json(told)
    output.say(f"{message} is no longer sent automatically in {lane}. What had not been sent waits at its gate.")


sending.add_command(click.Command("stand-down", callback=stop.callback, params=stop.params, hidden=True))  # in 0.2
