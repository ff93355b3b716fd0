"""Measurement: every figure of a lane with its interval, what it is held against, and what the gates do."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response
from flask.typing import ResponseReturnValue
from wtforms import StringField, TextAreaField

from reviewqueue import access, catching, comparing, desk, metrics, policies, recording
from reviewqueue.figures import definitions, words
from reviewqueue.figures.kappa import FEWEST
from reviewqueue.policy import check_rules
from reviewqueue.policy.shape import Policy
from reviewqueue.refusals import Fault, Invalid, NotThere
from reviewqueue.web import charts, frame
from reviewqueue.web.extensions import now, session, visitor
from reviewqueue.web.forms import Form, choices, pick

blueprint = frame.room("measurement", __name__)
KINDS = {
    "period": "A period: onboardings that were closed-won in it",
    "figure": "A figure of one metric that was measured elsewhere",
    "pilot": "The first day of the pilot",
}
NUMBERS = ("value", "low", "high")


class BasisForm(Form):
    """What the lane is held against."""

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
class Room:
    """The lane that is looked at, and those that could be."""

    policy: Policy
    lane: str
    lanes: list[str]


def _room(lane: str = "") -> Room:
    frame.must("read measurement")
    policy = policies.current(session())
    theirs = access.lanes(policy, desk.roles_of(frame.actor(now())))
    mine = [one.key for one in policy.lanes if one.key in theirs]
    if not mine or (lane and lane not in mine):
        raise NotThere()
    return Room(policy, lane or mine[0], mine)


@blueprint.get("/measurement")
def figures() -> ResponseReturnValue:
    """All figures of one lane."""
    return _figures(frame.asked("lane"))


@blueprint.post("/measurement/<lane>/baseline")
def baseline(lane: str) -> ResponseReturnValue:
    """Say what a lane is held against; a refusal shows the page again with what was typed."""
    _room(lane)
    form = BasisForm()
    try:
        basis = _basis(lane, form)
        recording.set_basis(session(), f"person:{visitor().person_id}", basis, now())
    except Invalid as refused:
        form.blame(refused)
        return _figures(lane, form, refused.says, refused.status)
    more = "The figures follow within a minute; what stood before stays readable below."
    frame.told("pass", "Recorded", more=more, taken="baseline")
    return frame.back_to("measurement.figures", lane=lane, _anchor="against")


def _figures(lane: str, form: BasisForm | None = None, says: str = "", status: int = 200) -> ResponseReturnValue:
    room = _room(lane)
    form = form or BasisForm(sent=False)
    choices(form.kind, KINDS.items())
    choices(form.metric, [("", "none"), *((one.key, one.name) for one in definitions.EVERY)])
    against, history = metrics.basis(session(), room.lane)
    return frame.page(
        "measurement/figures.html", status, room=room, sheet=metrics.sheet(session(), room.lane), form=form, says=says,
        against=against, history=history, every=definitions.METRICS, companions=definitions.COMPANIONS, words=words,
        pair=charts.pair, here="/measurement", fewest=definitions.FEWEST, known_checks=check_rules.known(room.policy),
        few_planted=catching.FEWEST, fewest_looks=FEWEST,
        caught_by=catching.by_person(session(), room.policy, room.lane),
    )  # fmt: skip


@blueprint.get("/measurement/<lane>/<metric>")
def one(lane: str, metric: str) -> ResponseReturnValue:
    """One metric: what it means, its figures in words and drawn, and the onboardings behind them."""
    room, known = _room(lane), definitions.KNOWN.get(metric)
    if known is None:
        raise NotThere()
    found = metrics.sheet(session(), lane)
    against, _ = metrics.basis(session(), lane)
    sides = found.figures["metrics"].get(metric) if found else None
    began = comparing.time_of(against.pilot, sides["step"]) if against.pilot and sides else ""
    listed = metrics.behind(session(), lane, metric, frame.place())
    return frame.page(
        "measurement/metric.html", room=room, metric=known, sheet=found, sides=sides, against=against, words=words,
        curve=charts.curve(sides["times"], known.unit, began) if sides else None, listed=listed,
        events=definitions.EVENTS, here="/measurement",
    )  # fmt: skip


@blueprint.get("/measurement/<lane>.json")
def as_json(lane: str) -> ResponseReturnValue:
    """Every figure of a lane, and what each metric means."""
    found = _sheet(lane)
    meant = {one.key: {"name": one.name, "unit": one.unit, "says": one.says} for one in definitions.EVERY}
    return {"lane": lane, "at": found.at.isoformat(), "position": found.position, "means": meant, **found.figures}


@blueprint.get("/measurement/<lane>.csv")
def as_csv(lane: str) -> ResponseReturnValue:
    """Every figure of a lane, one a line."""
    rows = list(metrics.flat(_sheet(lane)))
    written = io.StringIO()
    writer = csv.DictWriter(written, rows[0].keys() if rows else [])
    writer.writeheader()
    writer.writerows({name: _safe(value) for name, value in row.items()} for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="measurement-{lane}.csv"'}
    return Response(written.getvalue(), mimetype="text/csv", headers=headers)


def _sheet(lane: str) -> metrics.Sheet:
    _room(lane)
    found = metrics.sheet(session(), lane)
    if found is None:
        raise NotThere("The figures of this lane were not computed yet. The worker does it within a minute.")
    return found


def _safe(value: Any) -> Any:
    """A spreadsheet takes a name from outside that begins like a formula for one."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _basis(lane: str, form: BasisForm) -> recording.Basis:
    """What was typed, as values. Raises Invalid naming the field that is none."""
    kind, faults = form.kind.data or "", []
    read: dict[str, Any] = {}
    for name in ("starts_on", "ends_on", *NUMBERS, "sample"):
        typed = (form[name].data or "").strip()
        wanted = name in ("value", "low", "high", "sample") if kind == "figure" else name.endswith("_on")
        try:
            read[name] = _value(name, typed) if typed and wanted else None
        except ValueError:
            faults.append(Fault(f"/{name}", "write a day as 2026-03-02" if name.endswith("_on") else "write a number"))
    if faults:
        raise Invalid(recording.REFUSED, faults)
    if kind == "pilot":
        read["ends_on"] = None
    metric = (form.metric.data or "") if kind == "figure" else ""
    known = definitions.KNOWN.get(metric)
    if known and known.unit == "share":
        read |= {name: read[name] / 100 for name in NUMBERS if read[name] is not None}
    return recording.Basis(lane, kind, form.how.data or "", metric=metric, **read)


def _value(name: str, typed: str) -> date | float | int:
    if name.endswith("_on"):
        return date.fromisoformat(typed)
    return int(typed) if name == "sample" else float(typed.rstrip("% "))
