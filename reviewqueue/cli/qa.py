"""`qa`: the weekly samples of decided drafts: how they stand, what they say, drawing one, and drawing it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from reviewqueue.cli import out, place

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@click.group()
def qa() -> None:
    """The weekly QA samples: decided drafts that are looked at a second time by somebody else.

    Second answers are given on the pages, by people; nothing here gives one.
    """


@qa.command()
@click.argument("lane", required=False)
@out.as_json
def show(lane: str | None, as_json: bool) -> None:
    """The samples of LANE, or of every lane, and how far first and second answers agree."""
    from reviewqueue import policies

    with place.opened() as session:
        known = [one.key for one in policies.current(session).lanes]
        if lane and lane not in known:
            says = f"{lane!r} is no lane of the policy in force: {', '.join(known)}"
            raise click.BadParameter(says, param_hint="LANE")
        told = [_whole(session, one) for one in ([lane] if lane else known)]
    if as_json:
        out.tell(told)
    for one in told:
        _say(one)


def _whole(session: Session, lane: str) -> dict[str, Any]:
    from reviewqueue import agreement, policies, sampled

    policy, at = policies.current(session), place.now()
    standing = agreement.standing(session, lane, at)
    return {
        "lane": lane,
        "weeks": agreement.WEEKS,
        "drawn": standing.drawn,
        "looked_at": standing.reviewed,
        "open_disputes": standing.open_disputes,
        "settled": standing.settled,
        "figures": agreement.whole(session, policy, lane, at),
        "samples": [
            {
                "id": one.id, "week": one.week, "seed": one.seed, "log_position": one.log_position,
                "frame": one.frame_digest, "frame_size": one.frame_size, "drawn_at": one.drawn_at,
                "drawn_by": one.drawn_by, "policy": one.policy_digest,
            }
            for one in sampled.samples(session, lane)
        ],
    }  # fmt: skip


def _say(told: dict[str, Any]) -> None:
    from reviewqueue.figures.words import spoken

    out.say(
        f"{told['lane']}, the last {told['weeks']} weeks: {told['drawn']} drawn, {told['looked_at']} looked at, "
        f"{told['open_disputes']} in dispute, {told['settled']} settled"
    )
    out.table(("sample", "week", "decided", "seed"), [
        (str(one["id"]), one["week"], str(one["frame_size"]), one["seed"]) for one in told["samples"]
    ])  # fmt: skip
    rows = [
        (one["name"], spoken(one["agreed"], "share"), _kappa(one["kappa_passes"]), spoken(one["wrong_passes"], "share"))
        for one in told["figures"]
    ]
    out.table(("gate", "agree", "kappa", "wrongly let go on, of all (estimate)"), rows)
    out.say("")


def _kappa(figure: dict[str, Any]) -> str:
    from reviewqueue.figures.words import spoken

    return "not defined" if figure["value"] is None and figure["n"] else spoken(figure, "kappa")


@qa.command()
@click.argument("lane")
@click.argument("week", metavar="WEEK")
@out.as_json
def draw(lane: str, week: str, as_json: bool) -> None:
    """Draw the sample of LANE for a past WEEK, such as 2026-W10, that has none."""
    from reviewqueue import sampling

    with place.opened() as session:
        made = sampling.by_hand(session, place.CLI, lane, week, place.now())
    if as_json:
        out.tell({"sample": made, "lane": lane, "week": week})
    out.say(f"Sample {made} is drawn. The pages ask whoever may look a second time.")


@qa.command()
@click.argument("sample", type=out.ROW)
@out.as_json
def again(sample: int, as_json: bool) -> None:
    """Draw a SAMPLE (its number) again from the log and the decisions, and say whether it came out the same."""
    from reviewqueue import sampling

    with place.opened() as session:
        found = sampling.again(session, sample)
    if as_json:
        out.tell({"sample": sample, "same": found.same, **vars(found)})
    for says, held in (
        ("seed, from the log", found.seed),
        ("what it was drawn from", found.frame),
        ("what was drawn evenly", found.evenly),
        ("what was looked for stands in it", found.looked_for),
    ):
        out.say(f"{'same' if held else 'NOT THE SAME'}: {says}")
    if not found.same:
        raise click.ClickException("The sample is not what is drawn from this log. Run `reviewqueue log verify` next.")
