"""Another policy becomes active, and people are told of the lanes that it stops or lets go on: in one transaction."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor
from reviewqueue.audit.override_log import Event
from reviewqueue.core.errors import DomainError
from reviewqueue.db.database import writing
from reviewqueue.items import told_of_stops
from reviewqueue.policy import loading, policy_versions
from reviewqueue.policy.flaws import BadPolicy
from reviewqueue.policy.model.policy import Policy


def put_in_force(
    session: Session, policy: Policy, files: dict[str, str], actor: Actor, now: datetime, way: dict[str, Any]
) -> Event:
    """As `policy_versions.put_in_force`, inside `writing()`."""
    before = None
    with suppress(BadPolicy, DomainError):  # none was active, or it is not usable: this one takes its place
        before = policy_versions.current(session)
    for lane in policy.lanes:
        earlier = before.lane(lane.key) if before else None
        if earlier is None or "stopped" not in (earlier.stage, lane.stage) or earlier.stage == lane.stage:
            continue
        if lane.stage != "off":  # from stopped to off nothing goes on
            told_of_stops.tell(session, f"lane:{lane.key}", actor, now, ended=lane.stage != "stopped")
    return policy_versions.put_in_force(session, policy, files, actor, now, way)


def activate(session: Session, files: dict[str, str], actor: Actor, now: datetime) -> Policy:
    """As `policy_versions.activate`, for a policy that somebody loads while another is active."""
    policy = loading.load(files)
    with writing(session):
        newest = policy_versions.newest(session)
        if newest != policy.digest:
            way = {"way": "first" if newest is None else "emergency"}
            override_log.append(session, now, put_in_force(session, policy, files, actor, now, way))
    return policy
