"""Deliveries: what was told to automations, what has not arrived, and what a person does about it."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from reviewqueue import access, desk, heartbeat, messages, pages, paging, policies
from reviewqueue.refusals import Invalid, Moved, Refused
from reviewqueue.web import frame
from reviewqueue.web.extensions import now, session, visitor

blueprint = frame.room("deliveries", __name__)
VIEWS = {
    "": ("Not yet arrived", ("waiting", "sending", "failed")),
    "delivered": ("Delivered", ("delivered",)),
    "given_up": ("Given up", ("given_up",)),
}


@blueprint.before_request
def _may_read() -> None:
    frame.must("read deliveries")


@blueprint.get("/deliveries")
def outbox() -> ResponseReturnValue:
    """One page of messages, newest first."""
    return _shown(request.args.get("view", ""), frame.place())


@blueprint.post("/deliveries/<row:message_id>/retry")
def retry(message_id: int) -> ResponseReturnValue:
    """Send it again now: the same id, the same body."""
    try:
        messages.retry(session(), visitor().person_id, message_id, now())
    except Moved as moved:
        frame.told("warn", "Nothing was changed", more=moved.says)
    else:
        frame.told("pass", "It is sent again now", more="The id stays the same, so the receiver knows it.")
    return frame.back_to("deliveries.outbox")


@blueprint.post("/deliveries/<row:message_id>/give-up")
def give_up(message_id: int) -> ResponseReturnValue:
    """Give it up, with a reason."""
    reason = request.form.get("reason", "")
    try:
        messages.give_up(session(), visitor().person_id, message_id, reason, now())
    except Invalid as refused:
        return _shown("", paging.FIRST, 422, wrong=(message_id, refused, reason))
    except Moved as moved:
        frame.told("warn", "Nothing was changed", more=moved.says)
    else:
        frame.told("pass", "Given up", more="It stays on the list with your reason.", taken=f"give-up-{message_id}")
    return frame.back_to("deliveries.outbox")


def _shown(
    view: str, place: paging.Place, status: int = 200, wrong: tuple[int, Refused, str] | None = None
) -> ResponseReturnValue:
    view = view if view in VIEWS else ""
    reading, at = session(), now()
    listed = pages.deliveries(reading, VIEWS[view][1], place)
    rows = [(message, item) for message, item in listed.rows]
    mine = set(access.desks(policies.current(reading), desk.roles_of(frame.actor(at))))
    return frame.page(
        "deliveries/outbox.html", status, rows=rows, listed=listed, view=view, views=VIEWS, wrong=wrong,
        here="/deliveries", no_worker=heartbeat.read(reading, at).wrong,
        attempts=pages.attempts(reading, [message.id for message, _ in rows]),
        visible={item.id for _, item in rows if (item.lane, item.gate) in mine},
        names=pages.actors(reading, {f"automation:{message.automation_id}" for message, _ in rows}),
    )  # fmt: skip
