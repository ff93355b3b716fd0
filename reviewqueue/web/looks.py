"""Looks: a person says on the item page that they looked again at what moved under a draft."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from reviewqueue import looks as verbs
from reviewqueue.refusals import Invalid, Moved, NotAllowed
from reviewqueue.web import frame, items, panels
from reviewqueue.web.extensions import now, session, visitor

blueprint = frame.room("looks", __name__)


@blueprint.post("/items/<row:item_id>/looks")
def look(item_id: int) -> ResponseReturnValue:
    """Look again at the ticked statements. A refusal is said on the item page, which keeps what was typed."""
    typed = request.form
    ticked = {frame.row(one) for one in typed.getlist("move")}
    text = typed.get("text", "").replace("\r\n", "\n")
    try:
        left = verbs.look(session(), visitor().person_id, item_id, ticked, text, panels.seen(typed), now())
    except (Moved, NotAllowed) as refused:
        return items.overtaken(item_id, refused, text)
    except Invalid as refused:
        says = "; ".join([refused.says.rstrip("."), *(fault.message for fault in refused.faults)])
        return items.item(item_id, None, refused.status, look_says=f"{says}.", look_typed=text, look_ticked=ticked)
    more = f"{left} more {'waits' if left == 1 else 'wait'} for a look." if left else "Nothing of it waits any more."
    frame.told("pass", "You looked again", more=more, taken=f"look-item-{item_id}")
    return frame.back_to("items.one", item_id=item_id)
