"""Leases: take an item, keep it while one works, give it back, or take it over with a reason."""

from __future__ import annotations

from flask import Response, request
from flask.typing import ResponseReturnValue

from reviewqueue import leases as verbs
from reviewqueue import pages
from reviewqueue.refusals import Invalid, Moved, NotAllowed, Refused
from reviewqueue.web import frame, items
from reviewqueue.web.extensions import now, session, visitor

blueprint = frame.room("leases", __name__)


@blueprint.post("/items/<row:item_id>/lease")
def lease(item_id: int) -> ResponseReturnValue:
    """What became of the wish is said on the item page; htmx gets the line alone."""
    act, me = request.form.get("act", ""), visitor().person_id
    try:
        if act == "take":
            verbs.take(session(), me, item_id, now())
        elif act == "keep":
            verbs.keep(session(), me, item_id, now())
        elif act == "give_back":
            verbs.give_back(session(), me, item_id, now())
        elif act == "take_over":
            verbs.take_over(session(), me, item_id, request.form.get("reason", ""), now())
            frame.told("pass", "It is yours now", more="The log keeps your reason.", taken=f"take_over-item-{item_id}")
        else:
            raise Invalid("That is nothing one does with an item. Go back to the item and use its buttons.")
    except (Moved, NotAllowed, Invalid) as refused:
        if request.form.get("quiet") and frame.fragment("lease"):
            return _line(item_id)
        return _refused(item_id, act, refused)
    if frame.fragment("lease"):
        return _line(item_id)
    return frame.back_to("items.one", item_id=item_id)


def _line(item_id: int) -> str:
    """Whose it is now, as the item page says it. What the page asked for by itself is never refused aloud."""
    page = pages.item_page(session(), item_id, visitor().person_id, now())
    return frame.rendered("items/_lease.html", page=page, quiet=True, **items.around(page))


def _refused(item_id: int, act: str, refused: Refused) -> ResponseReturnValue:
    """The item page says why, and keeps the reason that was typed; htmx loads it whole."""
    if act == "take_over":
        if not isinstance(refused, Invalid):
            return items.overtaken(item_id, refused, request.form.get("reason", ""))
        says = ". ".join(fault.message for fault in refused.faults) or refused.says
        return items.item(
            item_id, None, refused.status, takeover_says=says, takeover_reason=request.form.get("reason", "")
        )
    frame.told("warn", "Nothing was changed", more=refused.says)
    if frame.fragment("lease"):
        return Response(status=204, headers={"HX-Refresh": "true"})
    return frame.back_to("items.one", item_id=item_id)
