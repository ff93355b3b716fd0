"""What a lane lacks for the stage that a policy gives it. A stage changes as every rule does: one person proposes the
lane's file, another approves, and this is evaluated both times."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from reviewqueue.core.errors import FieldError
from reviewqueue.lanes import readiness
from reviewqueue.lanes.autosend import eligibility, monitoring
from reviewqueue.measurement.metrics import metric_queries
from reviewqueue.policy.autosend import automatic_rules
from reviewqueue.policy.lane_stages import RANK, place
from reviewqueue.policy.model.policy import Lane, Policy


def lacks(session: Session, policy: Policy, lane: Lane, now: datetime) -> tuple[str, ...]:
    """What the lane lacks for the stage this policy gives it, one sentence each; empty when nothing."""
    if RANK[lane.stage] == 0:
        return ()
    lane_state = readiness.lane_readiness(
        session, policy, lane.key, now, metric_queries.baseline_recorded(session, lane.key)
    )
    if lane.stage == "shadow":
        return (f"No gate decides on: {', '.join(lane_state.without_gate)}.",) if lane_state.without_gate else ()
    if lane.stage == "live" and not automatic_rules(lane):
        return (
            *lane_state.lacks,
            "No message of it is sent automatically: name one that has earned it, or stay in pilot.",
        )
    return lane_state.lacks


def faults(session: Session, base: Policy, wanted: Policy, now: datetime) -> Iterator[FieldError]:
    """What the lanes lack that `wanted` puts in a higher stage than `base`, and the messages that it newly sends
    automatically; each at its file (/files/NAME)."""
    yield from eligibility.faults(session, base, wanted, now)
    for lane in wanted.lanes:
        before = base.lane(lane.key)
        if RANK[lane.stage] <= (RANK[before.stage] if before else 0):
            continue
        where = place(wanted, lane)
        for says in (*lacks(session, wanted, lane, now), *_stops_again(session, wanted, lane)):
            yield FieldError(f"/files/{where.rpartition(':')[0]}", f"{where}: not in {lane.stage} yet. {says}")


def _stops_again(session: Session, wanted: Policy, lane: Lane) -> Iterator[str]:
    """What would stop the lane as soon as it goes on."""
    met = monitoring.met_stop_criterion(session, wanted, lane) if RANK[lane.stage] >= RANK["pilot"] else None
    if met:
        yield f"It would be stopped at once. {met[1]}. Change the rule, or wait until the figure is back."
