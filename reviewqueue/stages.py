"""Stages: what keeps a lane from going as far as a policy says. A stage changes as every rule does: one proposes the
lane's file, another approves, and both times it is asked here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from reviewqueue import earning, metrics, readiness
from reviewqueue.policy.earned import automatic
from reviewqueue.policy.shape import Lane, Policy
from reviewqueue.policy.stages import RANK, place
from reviewqueue.refusals import Fault


def lacks(session: Session, policy: Policy, lane: Lane, now: datetime) -> tuple[str, ...]:
    """What the lane lacks for the stage this policy gives it: one sentence each."""
    if RANK[lane.stage] == 0:
        return ()
    stands = readiness.standing(session, policy, lane.key, now, metrics.baseline_recorded(session, lane.key))
    if lane.stage == "shadow":
        return (f"No gate decides on: {', '.join(stands.ungated)}.",) if stands.ungated else ()
    if lane.stage == "live" and not automatic(lane):
        return (*stands.lacks, "No message of it goes by itself: name one that has earned it, or stay in pilot.")
    return stands.lacks


def faults(session: Session, base: Policy, wanted: Policy, now: datetime) -> Iterator[Fault]:
    """What keeps lanes from the higher stage that `wanted` gives them beside `base`, and messages from going by
    themselves, each with its file."""
    yield from earning.faults(session, base, wanted, now)
    for lane in wanted.lanes:
        before = base.lane(lane.key)
        if RANK[lane.stage] <= (RANK[before.stage] if before else 0):
            continue
        where = place(wanted, lane)
        for says in lacks(session, wanted, lane, now):
            yield Fault(f"/files/{where.rpartition(':')[0]}", f"{where}: not in {lane.stage} yet. {says}")
