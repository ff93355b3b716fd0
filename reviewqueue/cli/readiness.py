"""`readiness`: whether a lane may be automated yet, and what people entered for it: scores, colours, answers,
owners."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

from reviewqueue.audit.events import Actor
from reviewqueue.cli import installation, output, users

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from reviewqueue.lanes.readiness import LaneReadiness
    from reviewqueue.lanes.readiness_queries import LaneSheet
    from reviewqueue.policy.model.policy import Policy


class DefaultShowGroup(click.Group):
    """A group whose `show` may be left out: `readiness LANE` shows that lane."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `show` before anything that is none of its commands."""
        asks_help = bool(args) and args[0] in ctx.help_option_names
        if not args or (args[0] not in self.commands and not asks_help):
            args = ["show", *args]
        return super().parse_args(ctx, args)


@click.group(cls=DefaultShowGroup)
def readiness() -> None:
    """May a lane be automated yet: show it, score it, colour it, answer its worksheet, name its owners.

    `readiness LANE` is `readiness show LANE`. What is written here is recorded in the log as the command line's.
    """


@readiness.command()
@click.argument("lane", required=False)
@output.as_json
def show(lane: str | None, as_json: bool) -> None:
    """Every lane in a line, or all that is said and computed of one LANE."""
    from reviewqueue.policy import policy_versions

    with installation.open_session() as session:
        policy, at = policy_versions.current(session), installation.now()
        keys = [lane] if lane else [one.key for one in policy.lanes]
        standings = [_lane_readiness(session, key) for key in keys]
        if as_json:
            whole = [_lane_json(session, policy, one, at) for one in standings]
            output.print_json(whole[0] if lane else whole)
        elif lane:
            _print_lane(session, policy, standings[0], at)
        else:
            stages = {lane.key: lane.stage for lane in policy.lanes}
            rows = [
                (one.lane, stages[one.lane], _score_text(one), one.verdict.says if one.verdict else "", one.call.key)
                for one in standings
            ]
            output.table(("lane", "stage", "score", "verdict", "go / no-go"), rows)


def _score_text(standing: LaneReadiness) -> str:
    from reviewqueue.lanes.scorecard.scoring import percent_text

    return f"{percent_text(standing.percent)} %" if standing.percent is not None else "no score"


def _print_lane(session: Session, policy: Policy, standing: LaneReadiness, at: datetime) -> None:
    """One lane in words."""
    from reviewqueue.lanes import live_figures, readiness_queries
    from reviewqueue.lanes.scorecard.areas import AREAS

    sheet = readiness_queries.load(session, policy, standing.lane)
    verdict = standing.verdict.says if standing.verdict else "no verdict"
    output.say(f"{sheet.lane.name}, in stage {sheet.lane.stage}: {_score_text(standing)}, {verdict}", "")
    rows = []
    for area in AREAS:
        row = sheet.scores.get(area.key)
        said = (str(row.score), row.evidence_on.isoformat(), row.evidence or row.link) if row else ("-", "", "")
        rows.append((area.key, str(area.weight), *said))
    output.table(("area", "weight", "score", "evidence of", "evidence"), rows)
    output.say("", *sheet.score.steps(), "", standing.call.says)
    output.say(f"Recommended: {standing.recommendation.choice}. A person says: {standing.confirmed or 'nothing yet'}.")
    output.say(*(f"Blocking a pilot: {says}" for says in standing.lacks), "", "Computed now:")
    counted = live_figures.read(session, sheet.lane, at)
    output.table(("figure", "count", "of"), [(one.label, str(one.count), str(one.total)) for one in counted])


def _lane_json(session: Session, policy: Policy, standing: LaneReadiness, at: datetime) -> dict[str, Any]:
    """All of a lane as JSON. Shares are exact, as numerator and denominator, beside their percentage."""
    from reviewqueue.lanes import live_figures, readiness_queries
    from reviewqueue.lanes.scorecard.scoring import MAX_POINTS, percent_text

    sheet = readiness_queries.load(session, policy, standing.lane)
    percent = standing.percent
    return {
        "lane": standing.lane,
        "stage": sheet.lane.stage,
        "policy": policy.digest,
        "at": at,
        "points": sheet.score.points,
        "most": MAX_POINTS,
        "percent": percent_text(percent) if percent is not None else None,
        "percent_exact": f"{percent.numerator}/{percent.denominator}" if percent is not None else None,
        "computed_as": list(sheet.score.steps()),
        "verdict": standing.verdict.says if standing.verdict else None,
        "next_step": standing.verdict.next_step if standing.verdict else None,
        "go_no_go": {"call": standing.call.key, "says": standing.call.says, "red": standing.control_gaps},
        "recommendation": {
            "choice": standing.recommendation.choice,
            "reasons": [{"choice": one.choice, "says": one.says} for one in standing.recommendation.reasons],
            "confirmed": standing.confirmed or None,
        },
        "lacks": standing.lacks,
        "baseline_recorded": standing.baseline,
        "old_evidence": standing.old,
        "owners_who_have_not_said_so": standing.unconfirmed,
        "computed": [
            {"key": one.key, "area": one.area, "count": one.count, "of": one.total, "says": one.says, "at": at}
            for one in live_figures.read(session, sheet.lane, at)
        ],
        **_entered_json(session, sheet),
    }


def _entered_json(session: Session, sheet: LaneSheet) -> dict[str, Any]:
    """What people entered: for each place the newest first, with everything entered before."""
    from reviewqueue.db.tables import readiness as tables_readiness
    from reviewqueue.lanes import readiness_queries

    def rows(entity: Any) -> list[dict[str, Any]]:
        columns = [one.key for one in entity.__table__.columns if one.key not in ("id", "lane", "policy_digest")]
        past = readiness_queries.history(session, entity, sheet.lane.key)
        return [{name: getattr(row, name) for name in columns} for row in past]

    return {
        "scores": rows(tables_readiness.ReadinessScore),
        "colours": rows(tables_readiness.ControlColour),
        "owners": rows(tables_readiness.LaunchOwner),
        "answers": rows(tables_readiness.WorksheetAnswer),
        "worksheet": [
            {
                "line": one.line.key,
                "label": one.line.label,
                "says": one.says or None,
                "known": one.known.says if one.known else None,
                "place": one.known.place or None if one.known else None,
                "differs": one.differs,
            }
            for one in sheet.lines
        ],
    }


@readiness.command()
@click.argument("lane")
@click.argument("area")
@click.argument("number", type=click.IntRange(1, 5), metavar="1-5")
@click.option("--evidence", default="", help="What the score rests on, in words.")
@click.option("--link", default="", help="A page of ours, such as /items/7, or an https address.")
@click.option("--on", "on", type=click.DateTime(["%Y-%m-%d"]), help="The day the evidence is of. Default: today.")
@click.option("--note", default="", help="What else there is to say.")
@output.as_json
def score(
    lane: str, area: str, number: int, evidence: str, link: str, on: datetime | None, note: str, as_json: bool
) -> None:
    """Score an AREA of a LANE from 1 to 5, with its evidence."""
    from reviewqueue.lanes import readiness as lanes_readiness

    day: date | None = on.date() if on else None
    with installation.open_session() as session:
        said = lanes_readiness.ScoreInput(area, number, evidence, link, day, note)
        made = lanes_readiness.score(session, Actor.CLI, lane, said, installation.now())
        standing = _lane_readiness(session, lane)
    if as_json:
        output.print_json({"id": made, "lane": lane, "area": area, "score": number})
    output.say(f"{area} of {lane} has {number}. The lane: {_score_text(standing)}.")


def _lane_readiness(session: Session, lane: str) -> LaneReadiness:
    from reviewqueue.lanes import readiness as lanes_readiness
    from reviewqueue.measurement.metrics import metric_queries
    from reviewqueue.policy import policy_versions

    baseline = metric_queries.baseline_recorded(session, lane)
    return lanes_readiness.lane_readiness(session, policy_versions.current(session), lane, installation.now(), baseline)


@readiness.command()
@click.argument("lane")
@click.argument("area")
@click.argument("said", metavar="green|yellow|red")
@click.option("--why", required=True, help="Why it has this colour.")
@output.as_json
def colour(lane: str, area: str, said: str, why: str, as_json: bool) -> None:
    """Set a go/no-go AREA of a LANE to green, yellow or red."""
    from reviewqueue.lanes import readiness as lanes_readiness

    with installation.open_session() as session:
        made = lanes_readiness.set_colour(session, Actor.CLI, lane, area, said, why, installation.now())
        standing = _lane_readiness(session, lane)
    if as_json:
        output.print_json({"id": made, "lane": lane, "area": area, "colour": said, "call": standing.call.key})
    output.say(f"{area} of {lane} is {said}. {standing.call.says}")


@readiness.command()
@click.argument("lane")
@click.argument("line")
@click.argument("text", required=False)
@click.option("--why", default="", help="Why; the pilot recommendation asks for it.")
@click.option("--take-back", is_flag=True, help="Take the answer back instead.")
@output.as_json
def answer(lane: str, line: str, text: str | None, why: str, take_back: bool, as_json: bool) -> None:
    """Answer a LINE of a LANE's worksheet with TEXT, or take the answer back."""
    from reviewqueue.lanes import readiness as lanes_readiness

    if take_back == (text is not None):
        raise click.UsageError("Give the answer, or --take-back, and not both.")
    with installation.open_session() as session:
        made = lanes_readiness.answer_line(session, Actor.CLI, lane, line, text, why, installation.now())
    if as_json:
        output.print_json({"id": made, "lane": lane, "line": line, "answer": text})
    output.say(f"{line} of {lane}: {'the answer is taken back' if take_back else 'answered'}.")


@readiness.command()
@click.argument("lane")
@click.argument("part")
@click.argument("email", required=False)
@click.option("--nobody", is_flag=True, help="Take the name back instead.")
@click.option("--note", default="", help="A note; required with --nobody.")
@output.as_json
def owner(lane: str, part: str, email: str | None, nobody: bool, note: str, as_json: bool) -> None:
    """Name who owns a PART of a LANE's launch, by EMAIL."""
    from reviewqueue.lanes import readiness as lanes_readiness

    if nobody == (email is not None):
        raise click.UsageError("Give an e-mail, or --nobody, and not both.")
    with installation.open_session() as session:
        person = users.find_person(session, email) if email else None
        made = lanes_readiness.name_owner(
            session, Actor.CLI, lane, part, person.id if person else None, note, installation.now()
        )
        standing = _lane_readiness(session, lane)
    if as_json:
        output.print_json({"id": made, "lane": lane, "part": part, "email": person.email if person else None})
    left = f" Nobody owns: {', '.join(standing.unowned)}." if standing.unowned else " Every part has an owner."
    output.say(f"{part} of {lane}: {person.name if person else 'nobody'}.{left}")
