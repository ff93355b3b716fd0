"""Workload: how many items each person has, how old they are, and at which gate they wait. Read only, for leads."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from reviewqueue.exceptions import owned_cases
from reviewqueue.items import workload
from reviewqueue.policy import policy_versions
from reviewqueue.review import belongings
from reviewqueue.web import layout
from reviewqueue.web.extensions import now, session

blueprint = layout.signed_in_blueprint("workload", __name__)


@blueprint.get("/workload")
def figures() -> ResponseReturnValue:
    """The figures for every person and every gate this person sees, most overdue first."""
    layout.require("read workload")
    reading, at = session(), now()
    policy = policy_versions.current(reading)
    viewer = layout.actor(at)
    cases = owned_cases.by_owner(reading, policy, viewer)
    people, gates = workload.workload(reading, policy, viewer, at, cases)
    limits = {"most": workload.LOAD_COUNT_LIMIT, "soonest": workload.SEARCH_LIMIT}
    nobodys = belongings.unowned(reading, policy, at, viewer)
    return layout.render(
        "workload/workload.html", people=people, gates=gates, policy=policy, nobodys=nobodys, cases=cases,
        **limits, here="/workload",
    )  # fmt: skip
