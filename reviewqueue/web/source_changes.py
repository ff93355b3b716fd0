"""Takes the POST by which a person acknowledges source changes under a draft, on the item page."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from reviewqueue.core.errors import Conflict, Forbidden, Invalid
from reviewqueue.items import acknowledge_change
from reviewqueue.web import decision_forms, items, layout
from reviewqueue.web.extensions import now, session, visitor

blueprint = layout.signed_in_blueprint("looks", __name__)


@blueprint.post("/items/<row:item_id>/looks")
def look(item_id: int) -> ResponseReturnValue:
    """Acknowledge the ticked source changes. A refusal is shown on the item page, which keeps what was typed."""
    typed = request.form
    ticked = {layout.row_id(one) for one in typed.getlist("move")}
    text, code = typed.get("text", "").replace("\r\n", "\n"), typed.get("reason_code", "")
    request_made = acknowledge_change.LookRequest(ticked, code, text)
    try:
        waiting_count = acknowledge_change.acknowledge(
            session(), visitor().person_id, item_id, request_made, decision_forms.seen_in_form(typed), now()
        )
    except (Conflict, Forbidden) as refused:
        return items.stale_act_page(item_id, refused, text)
    except Invalid as refused:
        says = "; ".join([refused.says.rstrip("."), *(fault.message for fault in refused.faults)])
        return items.item(item_id, None, refused.status, look_says=f"{says}.", look_typed=request_made)
    more = (
        f"{waiting_count} {'statement waits' if waiting_count == 1 else 'statements wait'} for a look."
        if waiting_count
        else "Nothing of it waits any more."
    )
    layout.flash_result("pass", "Change reviewed", more=more, taken=f"look-item-{item_id}")
    return layout.back_to("items.one", item_id=item_id)
