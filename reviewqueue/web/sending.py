"""Sending: how each message of a lane is sent, what going by itself takes, and standing one down."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from wtforms import TextAreaField

from reviewqueue import access, pages, policies, sendings, sheets, standing
from reviewqueue.refusals import Moved, Refused
from reviewqueue.web import frame
from reviewqueue.web.extensions import now, session, visitor
from reviewqueue.web.forms import Form

blueprint = frame.room("sending", __name__)
CAUSES = {
    "rejected": "a person rejected one",
    "drift": "people changed too many",
    "schema": "a source changed",
    "stop": "a criterion stopped it",
    "by_hand": "stood down by hand",
    "words": "its words changed",
}


class DownForm(Form):
    """Why a message is not to go by itself any more."""

    why = TextAreaField("Why")


@blueprint.before_request
def _may_read() -> None:
    frame.must("read readiness")


@blueprint.get("/lanes/<lane>/sending")
def messages(lane: str) -> ResponseReturnValue:
    """Every message of the lane."""
    return _page(lane)


@blueprint.post("/lanes/<lane>/sending/<message>/stand-down")
def stand_down(lane: str, message: str) -> ResponseReturnValue:
    """Stop one from going by itself, at once."""
    asked = DownForm()
    try:
        standing.stand_down(session(), visitor().person_id, lane, message, asked.why.data or "", now())
    except Moved as moved:
        frame.told("warn", "Nothing was changed", more=moved.says)
    except Refused as refused:
        if refused.status != 422:
            raise
        asked.blame(refused)
        return _page(lane, refused.status, message, asked)
    else:
        frame.told("pass", "It no longer goes by itself", more="What had not gone out waits at its gate.")
    return frame.back_to("sending.messages", lane=lane, _anchor=message)


def _page(lane: str, status: int = 200, form: str = "", asked: DownForm | None = None) -> ResponseReturnValue:
    reading, at = session(), now()
    policy = policies.current(reading)
    known, found = sendings.of(reading, policy, lane, at)
    stood = [past.row for one in found for past in (one.up, *one.fallen) if past]
    refs = {f"person:{one}" for row in stood for one in row.people} | {row.down_by for row in stood}
    return frame.page(
        "sending/messages.html", status, sheet=sheets.of(reading, policy, lane), lane=known, found=found, form=form,
        asked=asked, blank=DownForm(sent=False), names=pages.actors(reading, refs), causes=CAUSES, here="/readiness",
        down=access.able(visitor().roles, standing.ABILITY), bars=known.earned, policy=policy,
    )  # fmt: skip
