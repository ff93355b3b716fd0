"""Onboardings: every customer's run, and where its drafts stand."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from reviewqueue import access, assignments, cases, desk, pages, policies
from reviewqueue.refusals import Invalid
from reviewqueue.web import frame
from reviewqueue.web.extensions import now, session, visitor

blueprint = frame.room("onboardings", __name__)


@blueprint.get("/onboardings")
def board() -> ResponseReturnValue:
    """The onboardings of the lanes this person sees, newest first, with the drafts they may see."""
    return _board()


@blueprint.post("/onboardings/<row:onboarding_id>/owner")
def owner(onboarding_id: int) -> ResponseReturnValue:
    """Say whose account it is. A refusal keeps what was typed, at its row."""
    to, reason = frame.row(request.form.get("owner", "")), request.form.get("reason", "")
    try:
        assignments.set_owner(session(), visitor().person_id, onboarding_id, to, reason, now())
    except Invalid as refused:
        says = ". ".join(fault.message for fault in refused.faults) or refused.says
        return _board(refused.status, wrong=onboarding_id, says=says, typed=reason, chosen=to)
    frame.told("pass", "The account has its owner", more="The log keeps your reason.", taken=f"owner-{onboarding_id}")
    return frame.back_to("onboardings.board", _anchor=f"onboarding-{onboarding_id}")


def _board(status: int = 200, **answer: Any) -> ResponseReturnValue:
    reading, at = session(), now()
    policy = policies.current(reading)
    me = frame.actor(at)
    mine = set(access.desks(policy, desk.roles_of(me)))
    lanes = access.lanes(policy, desk.roles_of(me))
    wanted, customer = frame.asked("lane"), frame.asked("customer")
    narrowed = {wanted} & lanes if wanted else lanes
    found, items, before = pages.onboardings(reading, narrowed, customer, frame.row(request.args.get("before", "")))
    shown = {key: [item for item in held if (item.lane, item.gate) in mine] for key, held in items.items()}
    everybody, _ = pages.people(reading, at)
    return frame.page(
        "onboardings/board.html", status, onboardings=found, items=shown, before=before, policy=policy,
        lanes=sorted(lanes), lane=wanted, customer=customer, here="/onboardings", answer=answer,
        names={one.id: one.name for one in everybody},
        holding=cases.holding(reading, items), leads=lambda case: cases.sees(policy, case, me),
        open_ones=[one for one in everybody if not one.disabled_at],
    )  # fmt: skip
