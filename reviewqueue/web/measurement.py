"""Metrics of a lane: every figure with its interval, its baseline, and figures of the gates."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response
from flask.typing import ResponseReturnValue
from wtforms import StringField, TextAreaField

from reviewqueue.core import metric_definitions
from reviewqueue.core.errors import FieldError, Invalid, NotFound
from reviewqueue.core.spreadsheets import safe_cell
from reviewqueue.measurement.metrics import comparison, metric_queries, recorded_events
from reviewqueue.measurement.seeded import catch_rate
from reviewqueue.measurement.stats import formatting
from reviewqueue.measurement.stats.kappa import MIN_REVIEWED
from reviewqueue.people import access, actors
from reviewqueue.policy import check_rules, policy_versions
from reviewqueue.policy.model.policy import Policy
from reviewqueue.web import charts, layout
from reviewqueue.web.extensions import now, session, visitor
from reviewqueue.web.forms import Form, select_field, set_choices

blueprint = layout.signed_in_blueprint("measurement", __name__)
KINDS = {
    "period": "A period: onboardings that were closed-won in it",
    "figure": "A figure of one metric that was measured elsewhere",
    "pilot": "The first day of the pilot",
}
NUMBERS = ("value", "low", "high")


class ReferenceForm(Form):
    """What a lane's figures are compared with: its baseline and the start of its pilot."""

    kind = select_field("What")
    starts_on = StringField("First day")
    ends_on = StringField("Last day")
    metric = select_field("Metric")
    value = StringField("Figure")
    low = StringField("Lower end")
    high = StringField("Upper end")
    sample = StringField("Measured on how many onboardings")
    how = TextAreaField("How it was measured")


@dataclass(frozen=True)
class LaneChoice:
    """The lane that is shown, and those that could be."""

    policy: Policy
    lane: str
    lanes: list[str]


def _lane_choice(lane: str = "") -> LaneChoice:
    layout.require("read measurement")
    policy = policy_versions.current(session())
    visible_lanes = access.visible_lanes(policy, actors.effective_roles(layout.actor(now())))
    lane_keys = [one.key for one in policy.lanes if one.key in visible_lanes]
    if not lane_keys or (lane and lane not in lane_keys):
        raise NotFound()
    return LaneChoice(policy, lane or lane_keys[0], lane_keys)


@blueprint.get("/measurement")
def figures() -> ResponseReturnValue:
    """All figures of one lane."""
    return _render_figures(layout.query_arg("lane"))


@blueprint.post("/measurement/<lane>/baseline")
def baseline(lane: str) -> ResponseReturnValue:
    """Set what a lane is compared with; a refusal shows the page again with what was typed."""
    _lane_choice(lane)
    form = ReferenceForm()
    try:
        basis = _reference_input(lane, form)
        recorded_events.record_reference(session(), visitor().actor, basis, now())
    except Invalid as refused:
        form.add_faults(refused)
        return _render_figures(lane, form, refused.says, refused.status)
    more = "The figures follow within a minute; earlier ones stay readable below."
    layout.flash_result("pass", "Recorded", more=more, taken="baseline")
    return layout.back_to("measurement.figures", lane=lane, _anchor="against")


def _render_figures(
    lane: str, form: ReferenceForm | None = None, says: str = "", status: int = 200
) -> ResponseReturnValue:
    choice = _lane_choice(lane)
    form = form or ReferenceForm(sent=False)
    set_choices(form.kind, KINDS.items())
    set_choices(form.metric, [("", "none"), *((one.key, one.name) for one in metric_definitions.ALL_METRICS)])
    against, history = metric_queries.basis(session(), choice.lane)
    return layout.page(
        "measurement/figures.html", status, room=choice, sheet=metric_queries.sheet(session(), choice.lane), form=form,
        says=says,
        against=against, history=history, every=metric_definitions.METRICS, companions=metric_definitions.COMPANIONS,
        words=formatting,
        pair=charts.paired_bars, here="/measurement", fewest=metric_definitions.MIN_ONBOARDINGS,
        known_checks=check_rules.all_checks(choice.policy),
        few_planted=catch_rate.MIN_DRAFTS, fewest_looks=MIN_REVIEWED,
        caught_by=catch_rate.by_person(session(), choice.policy, choice.lane),
    )  # fmt: skip


@blueprint.get("/measurement/<lane>/<metric>")
def one(lane: str, metric: str) -> ResponseReturnValue:
    """One metric: its definition, its figures in words and as a chart, and the onboardings behind them."""
    room, known = _lane_choice(lane), metric_definitions.METRIC_BY_KEY.get(metric)
    if known is None:
        raise NotFound()
    found = metric_queries.sheet(session(), lane)
    against, _ = metric_queries.basis(session(), lane)
    sides = found.figures["metrics"].get(metric) if found else None
    began = comparison.period_of(against.pilot, sides["step"]) if against.pilot and sides else ""
    listed = metric_queries.contributing_onboardings(session(), lane, metric, layout.page_position())
    return layout.page(
        "measurement/metric.html", room=room, metric=known, sheet=found, sides=sides, against=against, words=formatting,
        curve=charts.curve(sides["times"], known.unit, began) if sides else None, listed=listed,
        events=metric_definitions.EVENTS, here="/measurement",
    )  # fmt: skip


@blueprint.get("/measurement/<lane>.json")
def as_json(lane: str) -> ResponseReturnValue:
    """Every figure of a lane, with the definition of each metric."""
    found = _require_figures(lane)
    definitions = {
        one.key: {"name": one.name, "unit": one.unit, "says": one.says} for one in metric_definitions.ALL_METRICS
    }
    return {"lane": lane, "at": found.at.isoformat(), "position": found.position, "means": definitions, **found.figures}


@blueprint.get("/measurement/<lane>.csv")
def as_csv(lane: str) -> ResponseReturnValue:
    """Every figure of a lane, one a line."""
    rows = list(metric_queries.rows(_require_figures(lane)))
    written = io.StringIO()
    writer = csv.DictWriter(written, rows[0].keys() if rows else [])
    writer.writeheader()
    writer.writerows({name: safe_cell(value) for name, value in row.items()} for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="measurement-{lane}.csv"'}
    return Response(written.getvalue(), mimetype="text/csv", headers=headers)


def _require_figures(lane: str) -> metric_queries.LaneFigures:
    _lane_choice(lane)
    found = metric_queries.sheet(session(), lane)
    if found is None:
        raise NotFound("The figures of this lane were not computed yet. The worker does it within a minute.")
    return found


def _reference_input(lane: str, form: ReferenceForm) -> recorded_events.ReferenceInput:
    """What was typed, as values. Raises Invalid naming the field that cannot be read."""
    kind, faults = form.kind.data or "", []
    values: dict[str, Any] = {}
    for name in ("starts_on", "ends_on", *NUMBERS, "sample"):
        typed = (form[name].data or "").strip()
        wanted = name in ("value", "low", "high", "sample") if kind == "figure" else name.endswith("_on")
        try:
            values[name] = _parse_value(name, typed) if typed and wanted else None
        except ValueError:
            faults.append(
                FieldError(f"/{name}", "write a day as 2026-03-02" if name.endswith("_on") else "write a number")
            )
    if faults:
        raise Invalid(recorded_events.REFUSAL, faults)
    if kind == "pilot":
        values["ends_on"] = None
    metric = (form.metric.data or "") if kind == "figure" else ""
    known = metric_definitions.METRIC_BY_KEY.get(metric)
    if known and known.unit == "share":
        values |= {name: values[name] / 100 for name in NUMBERS if values[name] is not None}
    return recorded_events.ReferenceInput(lane, kind, form.how.data or "", metric=metric, **values)


def _parse_value(name: str, typed: str) -> date | float | int:
    if name.endswith("_on"):
        return date.fromisoformat(typed)
    return int(typed) if name == "sample" else float(typed.rstrip("% "))
