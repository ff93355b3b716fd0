"""Callbacks: what was sent to automations, what has not arrived, and retrying or giving up."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from reviewqueue.audit import log_queries
from reviewqueue.audit.events import Actor
from reviewqueue.core.errors import Conflict, DomainError, Invalid
from reviewqueue.db import heartbeat, paging
from reviewqueue.delivery import callback_queries, callbacks
from reviewqueue.people import visibility
from reviewqueue.web import layout
from reviewqueue.web.extensions import now, session, visitor

blueprint = layout.signed_in_blueprint("deliveries", __name__)
VIEWS = {
    "": ("Not yet delivered", ("waiting", "sending", "failed")),
    "delivered": ("Delivered", ("delivered",)),
    "given_up": ("Given up", ("given_up",)),
}


@blueprint.before_request
def _may_read() -> None:
    layout.require("read deliveries")


@blueprint.get("/deliveries")
def outbox() -> ResponseReturnValue:
    """One page of callbacks, newest first."""
    return _render_outbox(request.args.get("view", ""), layout.page_position())


@blueprint.post("/deliveries/<row:message_id>/retry")
def retry(message_id: int) -> ResponseReturnValue:
    """Send one again now: the same id, the same body."""
    try:
        callbacks.retry(session(), visitor().person_id, message_id, now())
    except Conflict as moved:
        layout.flash_result("warn", "Nothing was changed", more=moved.says)
    else:
        layout.flash_result("pass", "It is sent again now", more="The id stays the same, so the receiver knows it.")
    return layout.back_to("deliveries.outbox")


@blueprint.post("/deliveries/<row:message_id>/give-up")
def give_up(message_id: int) -> ResponseReturnValue:
    """Give one up, with a reason."""
    reason = request.form.get("reason", "")
    try:
        callbacks.give_up(session(), visitor().person_id, message_id, reason, now())
    except Invalid as refused:
        return _render_outbox("", paging.FIRST, 422, wrong=(message_id, refused, reason))
    except Conflict as moved:
        layout.flash_result("warn", "Nothing was changed", more=moved.says)
    else:
        layout.flash_result(
            "pass", "Given up", more="It stays on the list with your reason.", taken=f"give-up-{message_id}"
        )
    return layout.back_to("deliveries.outbox")


def _render_outbox(
    view: str, place: paging.PagePosition, status: int = 200, wrong: tuple[int, DomainError, str] | None = None
) -> ResponseReturnValue:
    view = view if view in VIEWS else ""
    reading, at = session(), now()
    listed = callback_queries.deliveries(reading, VIEWS[view][1], place)
    rows = [(message, item) for message, item in listed.rows]
    return layout.page(
        "deliveries/deliveries.html", status, rows=rows, listed=listed, view=view, views=VIEWS, wrong=wrong,
        here="/deliveries", no_worker=heartbeat.read(reading, at).wrong,
        attempts=callback_queries.attempts(reading, [message.id for message, _ in rows]),
        visible=visibility.visible_items(reading, [item.id for _, item in rows], layout.actor(at)),
        names=log_queries.actors(reading, {Actor.automation(message.automation_id) for message, _ in rows}),
    )  # fmt: skip
