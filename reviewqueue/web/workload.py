"""Workload: who has how much, how old it is, and at which gate it waits. Read only, for those who lead."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from reviewqueue import policies
from reviewqueue import workload as reads
from reviewqueue.web import frame
from reviewqueue.web.extensions import now, session

blueprint = frame.room("workload", __name__)


@blueprint.get("/workload")
def figures() -> ResponseReturnValue:
    """The figures of everybody and of every gate this person sees, most overdue first."""
    frame.must("read workload")
    reading, at = session(), now()
    policy = policies.current(reading)
    people, gates = reads.workload(reading, policy, frame.actor(at), at)
    return frame.rendered(
        "workload/figures.html", people=people, gates=gates, policy=policy, most=reads.COUNTED, here="/workload"
    )
