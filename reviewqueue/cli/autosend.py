"""`sending`: which messages of a lane are sent automatically, what the others lack, and revoking one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reviewqueue.audit.events import Actor
from reviewqueue.cli import installation, output

if TYPE_CHECKING:
    from reviewqueue.lanes.autosend.autosend_queries import Sending


@click.group()
def sending() -> None:
    """How each message of a lane is sent, what going by itself takes, and stopping one from it."""


@sending.command()
@click.argument("lane")
@output.as_json
def show(lane: str, as_json: bool) -> None:
    """Every message of LANE: how it is sent, what it lacks, and what came of it."""
    from reviewqueue.lanes.autosend import autosend_queries
    from reviewqueue.policy import policy_versions

    with installation.opened() as session:
        _, found = autosend_queries.of(session, policy_versions.current(session), lane, installation.now())
        if as_json:
            output.tell([autosend_queries.plain(one) for one in found])
            return
        output.table(("message", "sent", "lacking", "rule"), [_row(one) for one in found])
        for one in found:
            output.say(*(f"{one.template.key}: {says}" for says in (one.shown.lacks if one.shown else ())))


def _row(one: Sending) -> tuple[str, str, str, str]:
    if one.up:
        tally = one.up.tally
        how = f"by itself since {one.up.row.since}: {tally['went']} went, {tally['sampled']} sampled"
    else:
        how = "after approval" if one.unstood else one.says
    lacking = f"{len(one.shown.lacks)} of {len(one.shown.conditions)}" if one.shown else "never by itself"
    return one.template.key, how, lacking, one.place


@sending.command(name="stand-down")
@click.argument("lane")
@click.argument("message")
@click.option("--why", required=True, help="Why it is not to go by itself any more; it is on the log.")
@output.as_json
def stand_down(lane: str, message: str, why: str, as_json: bool) -> None:
    """Stop MESSAGE of LANE from going by itself, at once. What has not gone out yet goes back to its gate."""
    from reviewqueue.lanes.autosend import sending as autosend_sending

    with installation.opened() as session:
        row = autosend_sending.revoke_by_operator(session, Actor.CLI, lane, message, why, installation.now())
        told = {"standing": row.id, "lane": lane, "message": message, "down_at": row.down_at, "why": why}
    if as_json:
        output.tell(told)
    output.say(f"{message} no longer goes by itself in {lane}. What had not gone out waits at its gate.")
