"""Pauses: stop an item's clock while it waits for the customer or for sales, and resume it."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from reviewqueue.core.errors import Conflict, Forbidden, Invalid
from reviewqueue.items import pauses
from reviewqueue.web import items, layout
from reviewqueue.web.extensions import now, session, visitor

blueprint = layout.signed_in_blueprint("pauses", __name__)


@blueprint.post("/items/<row:item_id>/pause")
def pause(item_id: int) -> ResponseReturnValue:
    """Stop the clock. A refusal is shown on the item page, which keeps what was typed."""
    waits = request.form.get("waits", "")
    try:
        pauses.pause(session(), visitor().person_id, item_id, waits, request.form.get("reason", ""), now())
    except (Conflict, Forbidden, Invalid) as refused:
        return _render_refusal(item_id, "pause", refused)
    more = "Its clock is paused until somebody resumes it, or a new draft comes. The log keeps your reason."
    layout.flash_result("pass", "Paused", more=more, taken=f"pause-item-{item_id}")
    return layout.back_to("items.one", item_id=item_id)


@blueprint.post("/items/<row:item_id>/resume")
def resume(item_id: int) -> ResponseReturnValue:
    """Resume the clock."""
    try:
        pauses.resume(session(), visitor().person_id, item_id, request.form.get("reason", ""), now())
    except (Conflict, Forbidden, Invalid) as refused:
        return _render_refusal(item_id, "resume", refused)
    more = "The clock is running again, with the time that was left. The log keeps your reason."
    layout.flash_result("pass", "Resumed", more=more, taken=f"resume-item-{item_id}")
    return layout.back_to("items.one", item_id=item_id)


def _render_refusal(item_id: int, act: str, refused: Conflict | Forbidden | Invalid) -> ResponseReturnValue:
    if not isinstance(refused, Invalid):
        return items.stale_act_page(item_id, refused, request.form.get("reason", ""))
    says = {fault.at.strip("/"): fault.message for fault in refused.faults} or {"": refused.says}
    typed = {name: request.form.get(name, "") for name in ("waits", "reason")}
    return items.item(item_id, None, refused.status, paused_says=says, paused_act=act, paused_typed=typed)
