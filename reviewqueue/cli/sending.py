"""`sending`: which messages of a lane go by themselves, what the others lack, and standing one down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reviewqueue.cli import out, place

if TYPE_CHECKING:
    from reviewqueue.sendings import Sending


@click.group()
def sending() -> None:
    """How each message of a lane is sent, what going by itself takes, and stopping one from it."""


@sending.command()
@click.argument("lane")
@out.as_json
def show(lane: str, as_json: bool) -> None:
    """Every message of LANE: how it is sent, what it lacks, and what came of it."""
    from reviewqueue import policies, sendings

    with place.opened() as session:
        _, found = sendings.of(session, policies.current(session), lane, place.now())
        if as_json:
            out.tell([sendings.plain(one) for one in found])
            return
        out.table(("message", "sent", "lacking", "rule"), [_row(one) for one in found])
        for one in found:
            out.say(*(f"{one.template.key}: {says}" for says in (one.shown.lacks if one.shown else ())))


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
@out.as_json
def stand_down(lane: str, message: str, why: str, as_json: bool) -> None:
    """Stop MESSAGE of LANE from going by itself, at once. What has not gone out yet goes back to its gate."""
    from reviewqueue import standing

    with place.opened() as session:
        row = standing.stop(session, place.CLI, lane, message, why, place.now())
        told = {"standing": row.id, "lane": lane, "message": message, "down_at": row.down_at, "why": why}
    if as_json:
        out.tell(told)
    out.say(f"{message} no longer goes by itself in {lane}. What had not gone out waits at its gate.")
