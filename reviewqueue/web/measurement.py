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
from reviewqueue.measurement.metrics import comparison, metric_queries, recorded_events
from reviewqueue.measurement.seeded import catch_rate
from reviewqueue.measurement.stats import formatting
from reviewqueue.measurement.stats.kappa import FEWEST
from reviewqueue.people import access, actors
from reviewqueue.policy import check_weights, policy_versions
from reviewqueue.policy.model.policy import Policy
from reviewqueue.web import charts, layout
from reviewqueue.web.extensions import now, session, visitor
from reviewqueue.web.forms import Form, choices, pick

blueprint = layout.signed_in_blueprint("measurement", __name__)
KINDS = {
    "period": "A period: onboardings that were closed-won in it",
    "figure": "A figure of one metric that was measured elsewhere",
    "pilot": "The first day of the pilot",
}
NUMBERS = ("value", "low", "high")


class BasisForm(Form):
    """What a lane's figures are compared with: its baseline and the start of its pilot."""

    kind = pick("What")
    starts_on = StringField("First day")
    ends_on = StringField("Last day")
    metric = pick("Metric")
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


def _room(lane: str = "") -> LaneChoice:
    layout.require("read measurement")
    policy = policy_versions.current(session())
    theirs = access.lanes(policy, actors.effective_roles(layout.actor(now())))
    mine = [one.key for one in policy.lanes if one.key in theirs]
    if not mine or (lane and lane not in mine):
        raise NotFound()
    return LaneChoice(policy, lane or mine[0], mine)


@blueprint.get("/measurement")
def figures() -> ResponseReturnValue:
    """All figures of one lane."""
    return _figures(layout.query_arg("lane"))


@blueprint.post("/measurement/<lane>/baseline")
def baseline(lane: str) -> ResponseReturnValue:
    """Set what a lane is compared with; a refusal shows the page again with what was typed."""
    _room(lane)
    form = BasisForm()
    try:
        basis = _basis(lane, form)
        recorded_events.record_reference(session(), visitor().actor, basis, now())
    except Invalid as refused:
        form.blame(refused)
        return _figures(lane, form, refused.says, refused.status)
    more = "The figures follow within a minute; earlier ones stay readable below."
    layout.flash_result("pass", "Recorded", more=more, taken="baseline")
    return layout.back_to("measurement.figures", lane=lane, _anchor="against")


def _figures(lane: str, form: BasisForm | None = None, says: str = "", status: int = 200) -> ResponseReturnValue:
    room = _room(lane)
    form = form or BasisForm(sent=False)
    choices(form.kind, KINDS.items())
    choices(form.metric, [("", "none"), *((one.key, one.name) for one in metric_definitions.ALL_METRICS)])
    against, history = metric_queries.basis(session(), room.lane)
    return layout.page(
        "measurement/figures.html", status, room=room, sheet=metric_queries.sheet(session(), room.lane), form=form,
        says=says,
        against=against, history=history, every=metric_definitions.METRICS, companions=metric_definitions.COMPANIONS,
        words=formatting,
        pair=charts.pair, here="/measurement", fewest=metric_definitions.FEWEST,
        known_checks=check_weights.all_checks(room.policy),
        few_planted=catch_rate.FEWEST, fewest_looks=FEWEST,
        caught_by=catch_rate.by_person(session(), room.policy, room.lane),
    )  # fmt: skip


@blueprint.get("/measurement/<lane>/<metric>")
def one(lane: str, metric: str) -> ResponseReturnValue:
    """One metric: its definition, its figures in words and as a chart, and the onboardings behind them."""
    room, known = _room(lane), metric_definitions.KNOWN.get(metric)
    if known is None:
        raise NotFound()
    found = metric_queries.sheet(session(), lane)
    against, _ = metric_queries.basis(session(), lane)
    sides = found.figures["metrics"].get(metric) if found else None
    began = comparison.time_of(against.pilot, sides["step"]) if against.pilot and sides else ""
    listed = metric_queries.contributing_onboardings(session(), lane, metric, layout.place())
    return layout.page(
        "measurement/metric.html", room=room, metric=known, sheet=found, sides=sides, against=against, words=formatting,
        curve=charts.curve(sides["times"], known.unit, began) if sides else None, listed=listed,
        events=metric_definitions.EVENTS, here="/measurement",
    )  # fmt: skip


@blueprint.get("/measurement/<lane>.json")
def as_json(lane: str) -> ResponseReturnValue:
    """Every figure of a lane, with the definition of each metric."""
    found = _sheet(lane)
    meant = {one.key: {"name": one.name, "unit": one.unit, "says": one.says} for one in metric_definitions.ALL_METRICS}
    return {"lane": lane, "at": found.at.isoformat(), "position": found.position, "means": meant, **found.figures}


@blueprint.get("/measurement/<lane>.csv")
def as_csv(lane: str) -> ResponseReturnValue:
    """Every figure of a lane, one a line."""
    rows = list(metric_queries.rows(_sheet(lane)))
    written = io.StringIO()
    writer = csv.DictWriter(written, rows[0].keys() if rows else [])
    writer.writeheader()
    writer.writerows({name: _safe(value) for name, value in row.items()} for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="measurement-{lane}.csv"'}
    return Response(written.getvalue(), mimetype="text/csv", headers=headers)


def _sheet(lane: str) -> metric_queries.Sheet:
    _room(lane)
    found = metric_queries.sheet(session(), lane)
    if found is None:
        raise NotFound("The figures of this lane were not computed yet. The worker does it within a minute.")
    return found


def _safe(value: Any) -> Any:
    """The value made safe for a spreadsheet, which takes text from outside that begins like a formula for one."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _basis(lane: str, form: BasisForm) -> recorded_events.ReferenceInput:
    """What was typed, as values. Raises Invalid naming the field that cannot be read."""
    kind, faults = form.kind.data or "", []
    read: dict[str, Any] = {}
    for name in ("starts_on", "ends_on", *NUMBERS, "sample"):
        typed = (form[name].data or "").strip()
        wanted = name in ("value", "low", "high", "sample") if kind == "figure" else name.endswith("_on")
        try:
            read[name] = _value(name, typed) if typed and wanted else None
        except ValueError:
            faults.append(
                FieldError(f"/{name}", "write a day as 2026-03-02" if name.endswith("_on") else "write a number")
            )
    if faults:
        raise Invalid(recorded_events.REFUSED, faults)
    if kind == "pilot":
        read["ends_on"] = None
    metric = (form.metric.data or "") if kind == "figure" else ""
    known = metric_definitions.KNOWN.get(metric)
    if known and known.unit == "share":
        read |= {name: read[name] / 100 for name in NUMBERS if read[name] is not None}
    return recorded_events.ReferenceInput(lane, kind, form.how.data or "", metric=metric, **read)


def _value(name: str, typed: str) -> date | float | int:
    if name.endswith("_on"):
        return date.fromisoformat(typed)
    return int(typed) if name == "sample" else float(typed.rstrip("% "))
