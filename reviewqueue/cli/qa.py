"""`qa`: the weekly samples of decided drafts: their state and results, drawing one, and drawing it again to verify
it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from reviewqueue.audit.events import Actor
from reviewqueue.cli import installation, output

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@click.group()
def qa() -> None:
    """The weekly QA samples: decided drafts that are reviewed a second time by somebody else.

    Second answers are given on the pages, by people; nothing here gives one.
    """


@qa.command()
@click.argument("lane", required=False)
@output.as_json
def show(lane: str | None, as_json: bool) -> None:
    """The samples of LANE, or of every lane, and how far first and second answers agree."""
    from reviewqueue.policy import policy_versions

    with installation.open_session() as session:
        known = [one.key for one in policy_versions.current(session).lanes]
        if lane and lane not in known:
            says = f"{lane!r} is not a lane of the active policy: {', '.join(known)}"
            raise click.BadParameter(says, param_hint="LANE")
        told = [_lane_json(session, one) for one in ([lane] if lane else known)]
    if as_json:
        output.print_json(told)
    for one in told:
        _print_lane(one)


def _lane_json(session: Session, lane: str) -> dict[str, Any]:
    from reviewqueue.measurement.sampling import agreement, sample_queries
    from reviewqueue.policy import policy_versions

    policy, at = policy_versions.current(session), installation.now()
    standing = agreement.status(session, lane, at)
    return {
        "lane": lane,
        "weeks": agreement.WEEKS,
        "drawn": standing.drawn,
        "looked_at": standing.reviewed,
        "open_disputes": standing.open_disputes,
        "settled": standing.settled,
        "figures": agreement.agreement_figures(session, policy, lane, at),
        "samples": [
            {
                "id": one.id, "week": one.week, "seed": one.seed, "log_position": one.log_position,
                "frame": one.frame_digest, "frame_size": one.frame_size, "drawn_at": one.drawn_at,
                "drawn_by": one.drawn_by, "policy": one.policy_digest,
            }
            for one in sample_queries.samples(session, lane)
        ],
    }  # fmt: skip


def _print_lane(lane: dict[str, Any]) -> None:
    from reviewqueue.measurement.stats.formatting import with_interval

    output.say(
        f"{lane['lane']}, the last {lane['weeks']} weeks: {lane['drawn']} drawn, {lane['looked_at']} reviewed, "
        f"{lane['open_disputes']} in dispute, {lane['settled']} settled"
    )
    output.table(("sample", "week", "decided", "seed"), [
        (str(one["id"]), one["week"], str(one["frame_size"]), one["seed"]) for one in lane["samples"]
    ])  # fmt: skip
    rows = [
        (
            one["name"],
            with_interval(one["agreed"], "share"),
            with_interval(one["kappa_passes"], "kappa"),
            with_interval(one["wrong_passes"], "share"),
        )
        for one in lane["figures"]
    ]
    output.table(("gate", "agree", "kappa", "wrongly passed, of all (estimate)"), rows)
    output.say("")


@qa.command()
@click.argument("lane")
@click.argument("week", metavar="WEEK")
@output.as_json
def draw(lane: str, week: str, as_json: bool) -> None:
    """Draw the sample of LANE for a past WEEK, such as 2026-W10, that has none."""
    from reviewqueue.measurement.sampling import weekly_sample

    with installation.open_session() as session:
        made = weekly_sample.draw_manually(session, Actor.CLI, lane, week, installation.now())
    if as_json:
        output.print_json({"sample": made, "lane": lane, "week": week})
    output.say(f"Sample {made} is drawn. The pages ask whoever may review a second time.")


@qa.command()
@click.argument("sample", type=output.ROW)
@output.as_json
def again(sample: int, as_json: bool) -> None:
    """Draw a SAMPLE (its number) again from the log and the decisions, and say whether it came out the same."""
    from reviewqueue.measurement.sampling import weekly_sample

    with installation.open_session() as session:
        found = weekly_sample.verify(session, sample)
    if as_json:
        output.print_json({"sample": sample, "same": found.same, **vars(found)})
    for says, held in (
        ("seed, from the log", found.seed),
        ("what it was drawn from", found.frame),
        ("what was drawn at random", found.evenly),
        ("what was drawn by weight is in it", found.weighted),
    ):
        output.say(f"{'same' if held else 'NOT THE SAME'}: {says}")
    if not found.same:
        raise click.ClickException("The sample is not what is drawn from this log. Run `reviewqueue log verify` next.")
