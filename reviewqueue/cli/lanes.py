"""`lane`: the stage of each lane and what would stop it, and stopping one at once."""

from __future__ import annotations

import click

from reviewqueue.audit.events import Actor
from reviewqueue.cli import installation, output


@click.group()
def lane() -> None:
    """Lanes: their stage, and stopping one at once."""


@lane.command()
@output.as_json
def show(as_json: bool) -> None:
    """Show the stage of each lane, the rules that stop it, and by whom one was stopped."""
    from reviewqueue.lanes import lane_stops
    from reviewqueue.policy import policy_versions

    with installation.open_session() as session:
        policy = policy_versions.current(session)
        found = [(one, lane_stops.in_force(session, one)) for one in policy.lanes]
    if as_json:
        output.print_json(
            [
                {
                    "lane": one.key,
                    "stage": one.stage,
                    "stop": [rule.model_dump(exclude_none=True) for rule in one.stop],
                    "stopped": vars(stopped) if stopped else None,
                }
                for one, stopped in found
            ]
        )
    for one, stopped in found:
        by = f", since {stopped.at:%d %b %H:%M} UTC by {stopped.by}: {stopped.why}" if stopped else ""
        output.say(f"{one.key}: {one.stage}{by}")
        output.say(*(f"  stops when {rule.metric} is {rule.limit}: {rule.says}" for rule in one.stop))


@lane.command()
@click.argument("lane_key", metavar="LANE")
@click.option("--why", required=True, help="Why it stops; it is recorded in the log.")
@output.as_json
def stop(lane_key: str, why: str, as_json: bool) -> None:
    """Stop LANE at once: nothing is taken in and nothing leaves. Going on again takes two people, on the page."""
    from reviewqueue.lanes import lane_stops

    with installation.open_session() as session:
        policy = lane_stops.stop(session, Actor.CLI, lane_key, why, installation.now())
    if as_json:
        output.print_json({"lane": lane_key, "stage": "stopped", "digest": policy.digest, "why": why})
    output.say(
        f"{lane_key} is stopped. Nothing is taken in and nothing leaves until two people agree that it goes on.",
        f'Your own policy files do not know it yet: write stage = "stopped" in lanes/{lane_key}.toml.',
    )
