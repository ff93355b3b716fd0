"""`metrics`: the figures of each lane, what they are held against, and recording what no other row says."""

from __future__ import annotations

import csv
import sys
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import click

from reviewqueue.cli import out, place

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from reviewqueue.metrics import Sheet

HEADS = (
    "lane", "metric", "unit", "by", "name", "which", "value", "low", "high", "n", "of", "running", "verdict", "method",
)  # fmt: skip


class Metrics(click.Group):
    """A group that shows figures when what follows is no command of its own."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take `metrics`, `metrics LANE` and `metrics --json` for `metrics show …`."""
        asked = any(one in ("--help", "-h") for one in args[:1])
        if not asked and (not args or args[0] not in self.commands):
            args = ["show", *args]
        return super().parse_args(ctx, args)


@click.group(cls=Metrics)
def metrics() -> None:
    """The thirteen metrics of a lane with their intervals, baseline against pilot; and what the gates do.

    `metrics [LANE] [--json|--csv]` shows them.
    """


@metrics.command()
@click.argument("lane", required=False)
@out.as_json
@click.option("--csv", "as_csv", is_flag=True, help="Print every figure as CSV on standard output.")
def show(lane: str | None, as_json: bool, as_csv: bool) -> None:
    """Show the figures of LANE, or of every lane, brought up to the end of the log first."""
    from reviewqueue import metrics as reads
    from reviewqueue import rollup

    if as_json and as_csv:
        raise click.UsageError("Ask for --json or for --csv, not for both.")
    with place.opened() as session:
        lanes = _lanes(session, lane)
        rollup.refresh(session, place.now())
        sheets = [found for one in lanes if (found := reads.sheet(session, one))]
    if as_json:
        out.tell([{"lane": one.lane, "at": one.at, "position": one.position, **one.figures} for one in sheets])
    elif as_csv:
        writer = csv.DictWriter(sys.stdout, HEADS)
        writer.writeheader()
        writer.writerows(row for one in sheets for row in reads.flat(one))
    else:
        for one in sheets:
            _say(one)


def _lanes(session: Session, lane: str | None) -> list[str]:
    from reviewqueue import policies

    known = [one.key for one in policies.current(session).lanes]
    if lane and lane not in known:
        raise click.BadParameter(f"{lane!r} is no lane of the policy in force: {', '.join(known)}", param_hint="LANE")
    return [lane] if lane else known


def _say(sheet: Sheet) -> None:
    from reviewqueue.figures.definitions import EVERY
    from reviewqueue.figures.words import spoken, sure

    out.say(f"{sheet.lane}, up to entry {sheet.position} of the log")
    rows = []
    for metric in EVERY:
        sides = sheet.figures["metrics"][metric.key]
        told = [spoken(sides[which], metric.unit) for which in ("all", "baseline", "pilot")]
        moved = sides["difference"]
        rows.append((metric.name, *told, f"{sure(moved, metric.unit)} {sides['verdict']}".strip()))
    out.table(("metric", "all", "baseline", "pilot", "difference"), rows)
    out.say(
        "",
        "Intervals are 95 %. What is unknown has nothing recorded; `reviewqueue metrics define` says what to record.",
        "",
    )


@metrics.command()
@out.as_json
def define(as_json: bool) -> None:
    """Say what each metric means, from what it is counted, and what to record for it."""
    from reviewqueue.figures.definitions import EVENTS, EVERY

    if as_json:
        out.tell([{name: getattr(one, name) for name in type(one).__dataclass_fields__} for one in EVERY])
        return
    for one in EVERY:
        out.say(
            f"{one.key}: {one.name} ({one.unit})", f"  {one.says}", f"  From: {one.rests_on}. To do: {one.asks}.", ""
        )
    out.say("What can be recorded:")
    out.table(
        ("kind", "what", "--about", "--amount"),
        [(kind, *told) for kind, told in EVENTS.items() if kind != "taken_back"],
    )


@metrics.command()
@click.argument("onboarding", type=out.ROW)
@click.argument("kind")
@click.option("--at", "at", help="When it happened, such as 2026-03-02T15:00Z. Default: now.")
@click.option("--about", default="", help="Which task, ticket, or who answered.")
@click.option("--amount", type=int, help="Minutes, an answer from 1 to 5, or how many tickets.")
@click.option("--note", default="", help="A remark.")
@out.as_json
def record(
    onboarding: int, kind: str, at: str | None, about: str, amount: int | None, note: str, as_json: bool
) -> None:
    """Record that something of a KIND happened in an ONBOARDING (its number). `metrics define` lists the kinds."""
    from reviewqueue import recording

    told = recording.Told(kind, _moment(at), about, amount, note)
    with place.opened() as session:
        made = recording.record(session, place.CLI, onboarding, told, place.now())
    if as_json:
        out.tell({"event": made, "onboarding": onboarding, "kind": kind})
    out.say(f"Recorded as {made}. The figures follow within a minute.")


@metrics.command("take-back")
@click.argument("event", type=out.ROW)
@click.option("--reason", required=True, help="Why it was wrong.")
@out.as_json
def take_back(event: int, reason: str, as_json: bool) -> None:
    """Take a recorded EVENT (its number) back: it stays readable and counts no longer."""
    from reviewqueue import recording

    with place.opened() as session:
        run = recording.take_back(session, place.CLI, event, reason, place.now())
    if as_json:
        out.tell({"event": event, "onboarding": run})
    out.say(f"Taken back; onboarding {run} is counted without it.")


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
@out.as_json
def baseline(
    lane: str, period: tuple[str, str] | None, pilot: str | None, how: str, as_json: bool, **figure: Any
) -> None:
    """Say what a LANE is held against: a --period, a --metric with its --value, or the first day of the --pilot."""
    from reviewqueue import recording

    if sum(map(bool, (period, pilot, figure["metric"]))) != 1:
        raise click.UsageError("Name one of --period, --pilot and --metric.")
    kind = "period" if period else "pilot" if pilot else "figure"
    first, last = (_day(period[0]), _day(period[1])) if period else (_day(pilot) if pilot else None, None)
    figure["metric"] = figure["metric"] or ""
    basis = recording.Basis(lane, kind, how, first, last, **figure)
    with place.opened() as session:
        made = recording.set_basis(session, place.CLI, basis, place.now())
    if as_json:
        out.tell({"baseline": made, "lane": lane, "kind": kind})
    out.say(f"Recorded as {made}. What stood before stays readable.")


def _moment(at: str | None) -> datetime:
    if at is None:
        return place.now()
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        raise click.BadParameter(f"{at!r} is no moment; write 2026-03-02T15:00Z", param_hint="--at") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no day; write 2026-03-02") from None
