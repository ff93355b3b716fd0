"""Auto-send of a lane's messages: how each is sent, what it needs before it can be sent automatically, and revoking
one."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from wtforms import TextAreaField

from reviewqueue.audit import log_queries
from reviewqueue.audit.events import Actor
from reviewqueue.core.errors import Conflict, DomainError
from reviewqueue.exceptions import case_queries
from reviewqueue.lanes import readiness_queries
from reviewqueue.lanes.autosend import autosend_queries, sending
from reviewqueue.people import access
from reviewqueue.policy import policy_versions
from reviewqueue.web import layout
from reviewqueue.web.extensions import now, session, visitor
from reviewqueue.web.forms import Form

blueprint = layout.signed_in_blueprint("sending", __name__)
CAUSES = {
    "rejected": "a person rejected one",
    "drift": "people changed too many",
    "schema": "a source changed",
    "stop": "a criterion stopped it",
    "by_hand": "stopped by hand",
    "words": "its words changed",
}


class StandDownForm(Form):
    """Why a message is not to be sent automatically any more."""

    why = TextAreaField("Why")


@blueprint.before_request
def _may_read() -> None:
    layout.require("read readiness")


@blueprint.get("/lanes/<lane>/sending")
def messages(lane: str) -> ResponseReturnValue:
    """Every message of the lane, and how it is sent."""
    return _page(lane)


@blueprint.post("/lanes/<lane>/sending/<message>/stand-down")
def stand_down(lane: str, message: str) -> ResponseReturnValue:
    """Revoke auto-send of one message, at once."""
    asked = StandDownForm()
    try:
        sending.revoke_by_person(session(), visitor().person_id, lane, message, asked.why.data or "", now())
    except Conflict as moved:
        layout.flash_result("warn", "Nothing was changed", more=moved.says)
    except DomainError as refused:
        if refused.status != 422:
            raise
        asked.add_faults(refused)
        return _page(lane, refused.status, message, asked)
    else:
        layout.flash_result(
            "pass", "It is no longer sent automatically", more="What had not been sent waits at its gate."
        )
    return layout.back_to("sending.messages", lane=lane, _anchor=message)


def _page(lane: str, status: int = 200, form: str = "", asked: StandDownForm | None = None) -> ResponseReturnValue:
    reading, at = session(), now()
    policy = policy_versions.current(reading)
    known, found = autosend_queries.of_lane(reading, policy, lane, at)
    approvals = [past.row for one in found for past in (one.active, *one.revoked) if past]
    refs = {Actor.person(one) for row in approvals for one in row.people} | {row.down_by for row in approvals}
    return layout.page(
        "autosend/messages.html", status, sheet=readiness_queries.load(reading, policy, lane), lane=known, found=found,
        form=form,
        asked=asked, blank=StandDownForm(sent=False), names=log_queries.actors(reading, refs), causes=CAUSES,
        here="/readiness",
        open_to_read=case_queries.readable(reading, policy, [row.exception_id for row in approvals], layout.actor(at)),
        down=access.has_ability(visitor().roles, sending.ABILITY), bars=known.earned, policy=policy,
    )  # fmt: skip
