"""`metrics`: the figures of each lane, their baselines, and recording events that no other table holds."""

from __future__ import annotations

import csv
import sys
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import click

from reviewqueue.audit.events import Actor
from reviewqueue.cli import installation, output

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from reviewqueue.measurement.metrics.metric_queries import LaneFigures

CSV_COLUMNS = (
    "lane", "metric", "unit", "by", "name", "which", "value", "low", "high", "n", "of", "running", "verdict", "method",
)  # fmt: skip


class DefaultShowGroup(click.Group):
    """A group that runs `show` when its first argument is none of its commands."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read `metrics`, `metrics LANE` and `metrics --json` as `metrics show …`."""
        asked = any(one in ("--help", "-h") for one in args[:1])
        if not asked and (not args or args[0] not in self.commands):
            args = ["show", *args]
        return super().parse_args(ctx, args)


@click.group(cls=DefaultShowGroup)
def metrics() -> None:
    """The thirteen metrics of a lane with their intervals, baseline against pilot; and what the gates do.

    `metrics [LANE] [--json|--csv]` shows them.
    """


@metrics.command()
@click.argument("lane", required=False)
@output.as_json
@click.option("--csv", "as_csv", is_flag=True, help="Print every figure as CSV on standard output.")
def show(lane: str | None, as_json: bool, as_csv: bool) -> None:
    """Show the figures of LANE, or of every lane, brought up to the end of the log first."""
    from reviewqueue.measurement.metrics import metric_queries, rollup

    if as_json and as_csv:
        raise click.UsageError("Ask for --json or for --csv, not for both.")
    with installation.open_session() as session:
        lanes = _requested_lanes(session, lane)
        rollup.refresh(session, installation.now())
        sheets = [found for one in lanes if (found := metric_queries.sheet(session, one))]
    if as_json:
        output.print_json([{"lane": one.lane, "at": one.at, "position": one.position, **one.figures} for one in sheets])
    elif as_csv:
        writer = csv.DictWriter(sys.stdout, CSV_COLUMNS)
        writer.writeheader()
        writer.writerows(row for one in sheets for row in metric_queries.rows(one))
    else:
        for one in sheets:
            _print_lane(one)


def _requested_lanes(session: Session, lane: str | None) -> list[str]:
    from reviewqueue.policy import policy_versions

    known = [one.key for one in policy_versions.current(session).lanes]
    if lane and lane not in known:
        raise click.BadParameter(f"{lane!r} is not a lane of the active policy: {', '.join(known)}", param_hint="LANE")
    return [lane] if lane else known


def _print_lane(sheet: LaneFigures) -> None:
    from reviewqueue.core.metric_definitions import ALL_METRICS
    from reviewqueue.measurement.stats.formatting import with_interval, with_sign_and_interval

    output.say(f"{sheet.lane}, up to entry {sheet.position} of the log")
    rows = []
    for metric in ALL_METRICS:
        sides = sheet.figures["metrics"][metric.key]
        cells = [with_interval(sides[which], metric.unit) for which in ("all", "baseline", "pilot")]
        difference = sides["difference"]
        rows.append(
            (metric.name, *cells, f"{with_sign_and_interval(difference, metric.unit)} {sides['verdict']}".strip())
        )
    output.table(("metric", "all", "baseline", "pilot", "difference"), rows)
    output.say(
        "",
        "Intervals are 95 %. What is unknown has nothing recorded; `reviewqueue metrics define` says what to record.",
        "",
    )


@metrics.command()
@output.as_json
def define(as_json: bool) -> None:
    """Say what each metric means, from what it is counted, and what to record for it."""
    from reviewqueue.core.metric_definitions import ALL_METRICS, EVENTS

    if as_json:
        output.print_json(
            [{name: getattr(one, name) for name in type(one).__dataclass_fields__} for one in ALL_METRICS]
        )
        return
    for one in ALL_METRICS:
        output.say(
            f"{one.key}: {one.name} ({one.unit})", f"  {one.says}", f"  From: {one.rests_on}. To do: {one.asks}.", ""
        )
    output.say("What can be recorded:")
    output.table(
        ("kind", "what", "--about", "--amount"),
        [(kind, *told) for kind, told in EVENTS.items() if kind != "taken_back"],
    )


@metrics.command()
@click.argument("onboarding", type=output.ROW)
@click.argument("kind")
@click.option("--at", "at", help="When it happened, such as 2026-03-02T15:00Z. Default: now.")
@click.option("--about", default="", help="Which task, ticket, or who answered.")
@click.option("--amount", type=int, help="Minutes, an answer from 1 to 5, or how many tickets.")
@click.option("--note", default="", help="A remark.")
@output.as_json
def record(
    onboarding: int, kind: str, at: str | None, about: str, amount: int | None, note: str, as_json: bool
) -> None:
    """Record that something of a KIND happened in an ONBOARDING (its number). `metrics define` lists the kinds."""
    from reviewqueue.measurement.metrics import recorded_events

    event_input = recorded_events.EventInput(kind, _parse_moment(at), about, amount, note)
    with installation.open_session() as session:
        event_id = recorded_events.record(session, Actor.CLI, onboarding, event_input, installation.now())
    if as_json:
        output.print_json({"event": event_id, "onboarding": onboarding, "kind": kind})
    output.say(f"Recorded as {event_id}. The figures follow within a minute.")


@metrics.command("take-back")
@click.argument("event", type=output.ROW)
@click.option("--reason", required=True, help="Why it was wrong.")
@output.as_json
def take_back(event: int, reason: str, as_json: bool) -> None:
    """Take a recorded EVENT (its number) back: it stays readable and counts no longer."""
    from reviewqueue.measurement.metrics import recorded_events

    with installation.open_session() as session:
        run = recorded_events.take_back(session, Actor.CLI, event, reason, installation.now())
    if as_json:
        output.print_json({"event": event, "onboarding": run})
    output.say(f"Taken back; onboarding {run} is counted without it.")


@metrics.command()
@click.argument("lane")
@click.option("--period", nargs=2, metavar="FIRST LAST", help="The days whose onboardings are the baseline.")
@click.option("--pilot", metavar="DAY", help="The first day of the pilot.")
@click.option("--metric", help="Type in one metric's figure that was measured elsewhere.")
@click.option("--value", type=float, help="The figure: days, minutes, or a share from 0 to 1.")
@click.option("--low", type=float, help="The lower end of its 95 % interval.")
@click.option("--high", type=float, help="The upper end of it.")
@click.option("--sample", type=int, help="On how many onboardings it was measured.")
@click.option("--how", required=True, help="How it was measured, and by whom.")
@output.as_json
def baseline(
    lane: str, period: tuple[str, str] | None, pilot: str | None, how: str, as_json: bool, **figure: Any
) -> None:
    """Say what a LANE is compared with: a --period, a --metric with its --value, or the first day of the --pilot."""
    from reviewqueue.measurement.metrics import recorded_events

    if sum(map(bool, (period, pilot, figure["metric"]))) != 1:
        raise click.UsageError("Name one of --period, --pilot and --metric.")
    kind = "period" if period else "pilot" if pilot else "figure"
    first, last = (
        (_parse_day(period[0]), _parse_day(period[1])) if period else (_parse_day(pilot) if pilot else None, None)
    )
    figure["metric"] = figure["metric"] or ""
    basis = recorded_events.ReferenceInput(lane, kind, how, first, last, **figure)
    with installation.open_session() as session:
        made = recorded_events.record_reference(session, Actor.CLI, basis, installation.now())
    if as_json:
        output.print_json({"baseline": made, "lane": lane, "kind": kind})
    output.say(f"Recorded as {made}. Earlier ones stay readable.")


def _parse_moment(at: str | None) -> datetime:
    if at is None:
        return installation.now()
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        raise click.BadParameter(f"{at!r} is not a date and time; write 2026-03-02T15:00Z", param_hint="--at") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _parse_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a date; write 2026-03-02") from None
