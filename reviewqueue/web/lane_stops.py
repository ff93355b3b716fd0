"""Stopping a lane at once: what follows, which figures would stop it, and how it goes on."""

from __future__ import annotations

from collections.abc import Sequence

from flask.typing import ResponseReturnValue
from wtforms import HiddenField, TextAreaField

from reviewqueue.audit import log_queries
from reviewqueue.audit.events import Actor
from reviewqueue.core.errors import Conflict, Invalid
from reviewqueue.core.metric_definitions import METRIC_BY_KEY
from reviewqueue.lanes import lane_restarts, lane_stops, readiness_queries
from reviewqueue.measurement.metrics import metric_queries
from reviewqueue.measurement.stats import formatting
from reviewqueue.people import access, actors
from reviewqueue.policy import policy_versions
from reviewqueue.policy.lane_stages import MEANS, RANK
from reviewqueue.web import layout
from reviewqueue.web.extensions import now, session, visitor
from reviewqueue.web.forms import Form

blueprint = layout.signed_in_blueprint("lane_stops", __name__)


class StopForm(Form):
    """Why the lane stops."""

    why = TextAreaField("Why it stops")


class GoOnForm(Form):
    """Why a stopped lane may go on."""

    reason = TextAreaField("Why it may go on")
    stage = HiddenField()


@blueprint.before_request
def _may_read() -> None:
    layout.require("read readiness")


@blueprint.get("/lanes/<lane>/stop")
def ask(lane: str) -> ResponseReturnValue:
    """What follows when the lane is stopped, its stop rules with their figures, and the form; or who stopped it."""
    return _page(lane, StopForm(sent=False))


@blueprint.post("/lanes/<lane>/stop")
def stop(lane: str) -> ResponseReturnValue:
    """Stop the lane, at once."""
    form = StopForm()
    try:
        lane_stops.stop(session(), Actor.person(visitor().person_id), lane, form.why.data or "", now())
    except Conflict as moved:
        layout.flash_result("warn", "Nothing was changed", more=moved.says)
    except Invalid as refused:
        form.add_faults(refused)
        return _page(lane, form, refused.status, refused.says)
    else:
        more = "Nothing is taken in and nothing leaves, until two people agree that it goes on."
        layout.flash_result("pass", "The lane is stopped", more=more, taken="stop-lane")
    return layout.back_to("lane_stops.ask", lane=lane)


@blueprint.post("/lanes/<lane>/go-on")
def go_on(lane: str) -> ResponseReturnValue:
    """Propose that a stopped lane goes on as before; somebody else decides it."""
    form = GoOnForm()
    try:
        item = lane_restarts.propose(
            session(), visitor().person_id, lane, form.stage.data or "", form.reason.data or "", now()
        )
    except Conflict as moved:
        layout.flash_result("warn", "Nothing was changed", more=moved.says)
        return layout.back_to("lane_stops.ask", lane=lane)
    except Invalid as refused:
        lacks = form.add_faults(refused)
        return _page(lane, StopForm(sent=False), refused.status, refused.says, going=form, lacks=lacks)
    more = "Somebody else decides it; until then the lane is stopped."
    layout.flash_result("pass", "It is proposed that the lane goes on", more=more, taken="go-on-lane")
    return layout.back_to("items.one", item_id=item)


def _page(
    key: str,
    form: StopForm,
    status: int = 200,
    says: str = "",
    going: GoOnForm | None = None,
    lacks: Sequence[tuple[str, str]] = (),
) -> ResponseReturnValue:
    reading, at = session(), now()
    policy = policy_versions.current(reading)
    lane = readiness_queries.lane_of(policy, key)
    sheet = metric_queries.sheet(reading, key)
    known = sheet.figures.get("metrics", {}) if sheet else {}
    me = layout.actor(at)
    held = actors.effective_roles(me)
    stopped = lane_stops.in_force(reading, lane)
    stages = lane_restarts.stages(stopped) if stopped else []
    wanted = (going.stage.data if going else "") or layout.query_arg("stage")
    stage = wanted if wanted in stages else next(iter(stages), "")
    cannot = lane_restarts.lacks(reading, policy, lane, stage, at) if stage else []
    return layout.page(
        "readiness/stop.html", status, cannot=cannot, lane=lane, form=form,
        sheet=readiness_queries.load(reading, policy, key),
        says=says, going=going or GoOnForm(sent=False), lacks=lacks, stopped=stopped,
        proposed=lane_restarts.proposed(reading, key, me) if stopped else (),
        change=lane_restarts.difference(reading, policy, lane, stage) if stage else "", stage=stage, stages=stages,
        means=MEANS, runs=RANK[lane.stage] > 0, words=formatting,
        metrics=METRIC_BY_KEY, policy=policy,
        figures={metric: (found or {}).get("all") or {} for metric, found in known.items()},
        may=access.has_ability(held, lane_stops.ABILITY), here="/readiness",
        names=log_queries.actors(reading, {stopped.by} if stopped else set()),
    )  # fmt: skip
