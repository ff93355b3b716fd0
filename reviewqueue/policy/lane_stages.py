"""The stage of each lane (off, shadow, pilot, live, stopped): whether it takes drafts in, and whether approved drafts
are released.

Callers pass the active policy, never the one an item was opened under: a lane that is stopped is stopped for items
that already wait in it as well.
"""

from __future__ import annotations

from reviewqueue.core.vocabulary import Stage
from reviewqueue.policy.model.policy import Lane, Policy

RANK: dict[Stage, int] = {"off": 0, "stopped": 0, "shadow": 1, "pilot": 2, "live": 3}
MEANS: dict[Stage, str] = {
    "off": "nothing is taken in, and nothing leaves",
    "shadow": "drafts are reviewed, and nothing leaves",
    "pilot": "every draft waits at its gate, and what is approved leaves",
    "live": "what has earned it is sent automatically, sampled; every other draft waits, and what is approved leaves",
    "stopped": "nothing is taken in, and nothing leaves, until two people agree that it goes on",
}


def place(policy: Policy, lane: Lane) -> str:
    """File and line that say the lane's stage."""
    return policy.place(f"lane:{lane.key}", "stage")


def why_no_intake(policy: Policy, lane: Lane) -> str:
    """Why a lane takes nothing in, in words; "" when it does."""
    return "" if RANK[lane.stage] else _says(policy, lane)


def releases(lane: Lane) -> bool:
    """Whether approved drafts of a lane are released."""
    return RANK[lane.stage] >= RANK["pilot"]


def why_not_released(policy: Policy, lane_key: str) -> str:
    """Why nothing of a lane is released, in words; "" when it may be."""
    lane = policy.lane(lane_key)
    if lane is None:
        return f"Lane {lane_key} is not in the active policy, so nothing of it leaves"
    return "" if releases(lane) else _says(policy, lane)


def _says(policy: Policy, lane: Lane) -> str:
    said = "in shadow" if lane.stage == "shadow" else lane.stage
    return f"Lane {lane.name} is {said} ({place(policy, lane)}): {MEANS[lane.stage]}"
