"""Readiness of a lane for automation: scorecard, go/no-go, worksheet and launch owners, and the forms to fill them
in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import partial
from types import MappingProxyType
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from reviewqueue.audit import log_queries
from reviewqueue.audit.events import Actor
from reviewqueue.core.errors import Conflict, Invalid, NotFound
from reviewqueue.db.tables.readiness import ControlColour, LaunchOwner, ReadinessScore, WorksheetAnswer
from reviewqueue.lanes import lane_launch, live_figures, readiness, readiness_queries
from reviewqueue.lanes.scorecard import areas, go_no_go, owners, recommendation, scoring, worksheet
from reviewqueue.lanes.scorecard import launch as scorecard_launch
from reviewqueue.measurement.metrics import metric_queries
from reviewqueue.people import directory
from reviewqueue.policy import policy_versions, systems
from reviewqueue.policy.lane_stages import MEANS as STAGES
from reviewqueue.web import layout
from reviewqueue.web.extensions import now, session, visitor

blueprint = layout.signed_in_blueprint("readiness", __name__)
NAV_PATH = "/readiness"
NO_FAULTS: Mapping[str, str] = MappingProxyType({})


@blueprint.before_request
def _may_read() -> None:
    layout.require("read readiness")


@blueprint.get("/readiness")
def lanes() -> ResponseReturnValue:
    """Every lane of the active policy, with its score and what follows from it."""
    reading, at = session(), now()
    policy = policy_versions.current(reading)
    standings = [
        (
            lane,
            readiness.lane_readiness(
                reading, policy, lane.key, at, metric_queries.baseline_recorded(reading, lane.key)
            ),
        )
        for lane in policy.lanes
    ]
    return layout.page(
        "readiness/lanes.html", standings=standings, shown=scoring.percent_text, verdicts=scoring.VERDICTS,
        means=recommendation.CHOICE_TEXT, here=NAV_PATH, stages=STAGES,
    )  # fmt: skip


@blueprint.get("/lanes/<lane>/readiness")
def scorecard(lane: str) -> ResponseReturnValue:
    """The ten areas with their evidence, and the resulting score."""
    return _render_scorecard(lane)


@blueprint.post("/lanes/<lane>/readiness/<area>")
def score(lane: str, area: str) -> ResponseReturnValue:
    """Score one area."""
    typed = request.form
    number = layout.row_id(typed.get("score", ""))
    on = _parse_day(typed.get("evidence_on", ""))
    words = {name: typed.get(name, "").strip() for name in ("evidence", "link", "note")}
    score_input = readiness.ScoreInput(area, number, evidence_on=on, **words)
    act = partial(readiness.score, session(), visitor().actor, lane, score_input, now())
    return _perform(act, "The score is recorded", lane, area, "score", "scorecard", _render_scorecard)


@blueprint.get("/lanes/<lane>/go-no-go")
def colours(lane: str) -> ResponseReturnValue:
    """The seven areas, each green, yellow or red, and the overall result."""
    return _render_colours(lane)


@blueprint.post("/lanes/<lane>/go-no-go/<area>")
def colour(lane: str, area: str) -> ResponseReturnValue:
    """Set the colour of one area."""
    typed = request.form
    colour_and_reason = typed.get("colour", ""), typed.get("reason", "")
    act = partial(readiness.set_colour, session(), visitor().actor, lane, area, *colour_and_reason, now())
    return _perform(act, "The colour is recorded", lane, area, "colour", "colours", _render_colours)


@blueprint.get("/lanes/<lane>/worksheet")
def sheet(lane: str) -> ResponseReturnValue:
    """The 31 lines, made to be printed."""
    return _render_worksheet(lane)


@blueprint.post("/lanes/<lane>/worksheet/<line>")
def answer(lane: str, line: str) -> ResponseReturnValue:
    """Answer a line, or take its answer back."""
    typed = request.form
    text = None if typed.get("act") == "take_back" else typed.get("answer", "")
    act = partial(readiness.answer_line, session(), visitor().actor, lane, line, text, typed.get("reason", ""), now())
    return _perform(act, "The worksheet has your answer", lane, line, "answer", "sheet", _render_worksheet)


@blueprint.get("/lanes/<lane>/owners")
def launch(lane: str) -> ResponseReturnValue:
    """Who owns which part of the launch, and what each is for."""
    return _render_launch(lane)


@blueprint.post("/lanes/<lane>/owners/<part>")
def owner(lane: str, part: str) -> ResponseReturnValue:
    """Name the owner of a part, or take the name back."""
    typed = request.form
    taken = typed.get("act") == "take_back"
    person = None if taken else layout.row_id(typed.get("person", ""))
    act = partial(readiness.name_owner, session(), visitor().actor, lane, part, person, typed.get("note", ""), now())
    return _perform(act, "The launch owner is recorded", lane, part, "owner", "launch", _render_launch)


@blueprint.post("/lanes/<lane>/owners/<part>/accept")
def accept(lane: str, part: str) -> ResponseReturnValue:
    """Accept one's own part of the launch."""
    act = partial(readiness.confirm_ownership, session(), visitor().person_id, lane, part, now())
    return _perform(act, "You accepted your part", lane, part, "accept", "launch", _render_launch)


@blueprint.post("/lanes/<lane>/launch/<step>")
def tick(lane: str, step: str) -> ResponseReturnValue:
    """Record that a step of the launch was done, or that it was not after all."""
    typed = request.form
    on = None if typed.get("act") == "take_back" else _parse_day(typed.get("on", "")) or now().date()
    act = partial(lane_launch.record_step, session(), visitor().actor, lane, step, on, typed.get("note", ""), now())
    return _perform(act, "The launch checklist is recorded", lane, step, "step", "launch", _render_launch)


def _parse_day(text: str) -> date | None:
    """The day from a date field; None for an empty one, and a day far ahead, which the function behind it refuses, for
    nonsense."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date.max


def _perform(
    act: Callable[[], int], says: str, lane: str, place: str, form: str, endpoint: str, page: Callable[..., Any]
) -> ResponseReturnValue:
    """Perform the act and go back to the page, at its place; a refusal keeps what was typed, at its form."""
    try:
        act()
    except Invalid as refused:
        known = (areas.BY_KEY, go_no_go.BY_KEY, worksheet.BY_KEY, owners.BY_KEY, scorecard_launch.BY_KEY)
        if not any(place in keys for keys in known):
            raise NotFound() from None
        wrong = {fault.at.lstrip("/"): fault.message for fault in refused.faults}
        answer: ResponseReturnValue = page(lane, refused.status, f"{form}-{place}", wrong)
        return answer
    except Conflict as moved:
        layout.flash_result("warn", "Nothing was changed", more=moved.says)
    else:
        layout.flash_result(
            "pass", says, more="The log keeps it, and what was there before stays.", taken=f"{form}-{place}"
        )
    return layout.back_to(f"readiness.{endpoint}", lane=lane, _anchor=place)


def _page(
    template: str, lane: str, entity: Any, status: int, form: str, wrong: Mapping[str, str], **more: Any
) -> ResponseReturnValue:
    """One of a lane's four pages, with the history of each of its rows, and who entered what."""
    reading, at = session(), now()
    found = readiness_queries.load(reading, policy_versions.current(reading), lane)
    past = readiness_queries.history(reading, entity, lane)
    return layout.page(
        template, status, sheet=found, keeps=readiness_queries.may_record(found.lane, layout.actor(at)),
        names=_names(reading, found, past), past=_rows_by_place(past), shown=scoring.percent_text, today=at.date(),
        form=form, wrong=wrong, typed=request.form if form else {}, verdicts=scoring.VERDICTS, here=NAV_PATH,
        means=recommendation.CHOICE_TEXT, stages=STAGES, **more,
    )  # fmt: skip


def _names(reading: Any, found: readiness_queries.LaneSheet, past: Iterable[Any]) -> dict[str, str]:
    rows = (*found.scores.values(), *found.colours.values(), *found.answers.values(), *past)
    refs = {row.actor for row in rows} | {one.row.actor for one in found.owners.values()}
    people = {Actor.person(row.person_id) for row in past if isinstance(row, LaunchOwner) and row.person_id}
    said: dict[str, str] = {Actor.CLI: "the command line", Actor.SEED: "the seed"}
    return {**said, **log_queries.actors(reading, refs | people)}


def _rows_by_place(past: Iterable[Any]) -> dict[str, list[Any]]:
    """Rows by area, line or part, newest first."""
    found: dict[str, list[Any]] = {}
    for row in past:
        place = next(getattr(row, name) for name in ("area", "line", "part") if hasattr(row, name))
        found.setdefault(place, []).append(row)
    return found


def _render_scorecard(
    lane: str, status: int = 200, form: str = "", wrong: Mapping[str, str] = NO_FAULTS
) -> ResponseReturnValue:
    reading, at = session(), now()
    figures_by_area: dict[str, list[live_figures.LiveFigure]] = {}
    for one in live_figures.read(reading, readiness_queries.lane_of(policy_versions.current(reading), lane), at):
        figures_by_area.setdefault(one.area, []).append(one)
    return _page(
        "readiness/scorecard.html",
        lane,
        ReadinessScore,
        status,
        form,
        wrong,
        areas=areas.AREAS,
        gauges=figures_by_area,
        at=at,
        old=at.date() - readiness.MAX_EVIDENCE_AGE,
        most=scoring.MAX_POINTS,
        highest=areas.HIGHEST,
        baseline=metric_queries.baseline_recorded(reading, lane),
    )


def _render_colours(
    lane: str, status: int = 200, form: str = "", wrong: Mapping[str, str] = NO_FAULTS
) -> ResponseReturnValue:
    more = {
        "controls": go_no_go.CONTROLS,
        "colours": go_no_go.COLOURS,
        "rule": go_no_go.RULE,
        "mostly": go_no_go.MIN_GREEN,
        "systems": systems.rows(policy_versions.current(session())),
    }
    return _page("readiness/go_no_go.html", lane, ControlColour, status, form, wrong, **more)


def _render_worksheet(
    lane: str, status: int = 200, form: str = "", wrong: Mapping[str, str] = NO_FAULTS
) -> ResponseReturnValue:
    parts = dict.fromkeys(line.part for line in worksheet.LINES)
    more = {"parts": parts, "longest": worksheet.MAX_ANSWER, "choices": recommendation.CHOICES, "at": now()}
    return _page(
        "readiness/worksheet.html", lane, WorksheetAnswer, status, form, wrong, decides=worksheet.RECOMMENDATION, **more
    )


def _render_launch(
    lane: str, status: int = 200, form: str = "", wrong: Mapping[str, str] = NO_FAULTS
) -> ResponseReturnValue:
    everybody, _ = directory.people(session(), now())
    open_ones = [one for one in everybody if not one.disabled_at]
    more: dict[str, Any] = {
        "parts": owners.PARTS,
        "duties": owners.DUTIES,
        "letters": owners.LETTERS,
        "people": open_ones,
    }
    more |= {
        "training": scorecard_launch.TRAINING,
        "checklist": scorecard_launch.CHECKLIST,
        "line": scorecard_launch.stored_line,
        "may": lane_launch.may_record_step,
    }
    return _page("readiness/owners.html", lane, LaunchOwner, status, form, wrong, **more)
