"""How a stopped lane goes on: the change of its file, prepared, for one person to propose and another to approve."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.core.errors import Conflict, FieldError, Invalid
from reviewqueue.core.vocabulary import OPEN, POLICY_CHANGE, Stage
from reviewqueue.db.tables.items import Item
from reviewqueue.lanes import lane_stops, proposals, readiness_queries, stage_requirements
from reviewqueue.lanes.lane_stops import LaneStop
from reviewqueue.people import visibility
from reviewqueue.policy import policy_versions
from reviewqueue.policy.evaluation import Actor
from reviewqueue.policy.lane_stages import RANK
from reviewqueue.policy.model.policy import Lane, Policy


def prepared(session: Session, policy: Policy, lane: Lane, stage: str) -> dict[str, str]:
    """The files of the active policy with this lane in that stage."""
    files = policy_versions.files(session, policy.digest)
    name = policy.place(f"lane:{lane.key}").rpartition(":")[0]
    return {**files, name: lane_stops.with_stage(files[name], stage)}


def difference(session: Session, policy: Policy, lane: Lane, stage: str) -> str:
    """That change, as a diff of the lane's file."""
    base = policy_versions.files(session, policy.digest)
    return "\n".join(one["difference"] for one in proposals.changes(base, prepared(session, policy, lane, stage)))


def lacks(session: Session, policy: Policy, lane: Lane, stage: str, now: datetime) -> list[str]:
    """Why the lane cannot go on in that stage as things are, one sentence each; empty when it can be proposed."""
    base = policy_versions.files(session, policy.digest)
    try:
        wanted = proposals.parse_candidate(base, prepared(session, policy, lane, stage))
    except Invalid as refused:
        return [fault.message for fault in refused.faults]
    return [fault.message for fault in stage_requirements.faults(session, policy, wanted, now)]


def stages(stopped: LaneStop) -> list[str]:
    """The stages in which a stopped lane may go on: the one it was stopped in first, then those before it."""
    known = sorted(RANK, key=lambda stage: -RANK[stage])
    return [one for one in known[known.index(cast(Stage, stopped.before)) :] if RANK[one]]


def propose(session: Session, person_id: int, lane_key: str, stage: str, reason: str, now: datetime) -> int:
    """Propose that a stopped lane goes on in one of its `stages`; returns the item's id. Nothing changes until somebody
    else approves it. Raises NotFound, Conflict (409: no stop is in force), Invalid (/stage) and as
    `proposals.propose`."""
    policy = policy_versions.current(session)
    lane = readiness_queries.lane_of(policy, lane_key)
    stopped = lane_stops.in_force(session, lane)
    if stopped is None:
        raise Conflict("The lane is not stopped any more, so there was nothing to propose. Reload the page.")
    if stage not in stages(stopped):
        raise Invalid("Nothing was proposed.", [FieldError("/stage", "choose one of the stages it may go on in")])
    return proposals.propose(session, person_id, prepared(session, policy, lane, stage), reason, now)


def proposed(session: Session, lane_key: str, actor: Actor) -> Sequence[Item]:
    """The undecided proposals to change a lane's file that this person may see, the newest first."""
    mine = Item.kind == POLICY_CHANGE, Item.lane == lane_key, Item.state.in_(OPEN)
    found = session.scalars(select(Item).where(*mine).order_by(Item.id.desc())).all()
    seen = visibility.visible_items(session, [one.id for one in found], actor)
    return [one for one in found if one.id in seen]
