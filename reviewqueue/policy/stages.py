"""Stages: how far each lane goes, as its file says: what it takes in, and what leaves.

What is asked is the policy in force, never the one an item was opened under: a lane that is stopped is stopped for what
waits in it as well.
"""

from __future__ import annotations

from reviewqueue.policy.shape import Lane, Policy
from reviewqueue.policy.words import Stage

RANK: dict[Stage, int] = {"off": 0, "stopped": 0, "shadow": 1, "pilot": 2, "live": 3}
MEANS: dict[Stage, str] = {
    "off": "nothing is taken in, and nothing leaves",
    "shadow": "drafts are reviewed, and nothing leaves",
    "pilot": "every draft waits at its gate, and what is approved leaves",
    "live": "what has earned it goes by itself, sampled; every other draft waits, and what is approved leaves",
    "stopped": "nothing is taken in, and nothing leaves, until two people agree that it goes on",
}


def place(policy: Policy, lane: Lane) -> str:
    """File and line that say the lane's stage."""
    return policy.place(f"lane:{lane.key}", "stage")


def shut(policy: Policy, lane: Lane) -> str:
    """Why a lane takes nothing in, in words; "" when it does."""
    return "" if RANK[lane.stage] else _says(policy, lane)


def leaves(lane: Lane) -> bool:
    """Whether what is approved in a lane leaves."""
    return RANK[lane.stage] >= RANK["pilot"]


def held(policy: Policy, lane_key: str) -> str:
    """Why nothing of a lane leaves, in words; "" when it may."""
    lane = policy.lane(lane_key)
    if lane is None:
        return f"Lane {lane_key} is not in the policy in force, so nothing of it leaves"
    return "" if leaves(lane) else _says(policy, lane)


def _says(policy: Policy, lane: Lane) -> str:
    said = "in shadow" if lane.stage == "shadow" else lane.stage
    return f"Lane {lane.name} is {said} ({place(policy, lane)}): {MEANS[lane.stage]}"
