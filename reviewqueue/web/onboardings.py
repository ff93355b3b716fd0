"""Onboardings: every customer's run, and where its drafts stand."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from reviewqueue import access, desk, pages, policies
from reviewqueue.web import frame
from reviewqueue.web.extensions import now, session

blueprint = frame.room("onboardings", __name__)


@blueprint.get("/onboardings")
def board() -> ResponseReturnValue:
    """The onboardings of the lanes this person sees, newest first, with the drafts they may see."""
    reading, at = session(), now()
    policy = policies.current(reading)
    mine = set(access.desks(policy, desk.roles_of(frame.actor(at))))
    lanes = {lane for lane, _ in mine}
    wanted, customer = frame.asked("lane"), frame.asked("customer")
    narrowed = {wanted} & lanes if wanted else lanes
    found, items, before = pages.onboardings(reading, narrowed, customer, frame.row(request.args.get("before", "")))
    shown = {key: [item for item in held if (item.lane, item.gate) in mine] for key, held in items.items()}
    return render_template(
        "onboardings/board.html", onboardings=found, items=shown, before=before, policy=policy, lanes=sorted(lanes),
        lane=wanted, customer=customer, here="/onboardings",
    )  # fmt: skip
