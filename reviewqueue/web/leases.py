"""Leases: take an item, keep it while working on it, give it back, or take it over with a reason."""

from __future__ import annotations

from flask import Response, request
from flask.typing import ResponseReturnValue

from reviewqueue.core.errors import Conflict, DomainError, Forbidden, Invalid
from reviewqueue.items import item_page, leases
from reviewqueue.web import items, layout
from reviewqueue.web.extensions import now, session, visitor

blueprint = layout.signed_in_blueprint("leases", __name__)


@blueprint.post("/items/<row:item_id>/lease")
def lease(item_id: int) -> ResponseReturnValue:
    """Take, keep, give back or take over. The result is shown on the item page; htmx gets the lease line alone."""
    act, me = request.form.get("act", ""), visitor().person_id
    try:
        if act == "take":
            leases.take(session(), me, item_id, now())
        elif act == "keep":
            leases.extend(session(), me, item_id, now())
        elif act == "give_back":
            leases.give_back(session(), me, item_id, now())
        elif act == "take_over":
            leases.take_over(session(), me, item_id, request.form.get("reason", ""), now())
            layout.flash_result(
                "pass", "It is yours now", more="The log keeps your reason.", taken=f"take_over-item-{item_id}"
            )
        else:
            raise Invalid("That is not something one can do with an item. Go back to the item and use its buttons.")
    except (Conflict, Forbidden, Invalid) as refused:
        if request.form.get("quiet") and layout.is_fragment_request("lease"):
            return _render_lease(item_id)
        return _render_refusal(item_id, act, refused)
    if layout.is_fragment_request("lease"):
        return _render_lease(item_id)
    return layout.back_to("items.one", item_id=item_id)


def _render_lease(item_id: int) -> str:
    """The lease line of the item page. A refusal of what the page asked for by itself is not shown."""
    page = item_page.item_page(session(), item_id, visitor().person_id, now())
    return layout.render("items/_lease.html", page=page, quiet=True, **items.page_variables(page))


def _render_refusal(item_id: int, act: str, refused: DomainError) -> ResponseReturnValue:
    """Shows the refusal on the item page, with the reason that was typed; htmx loads the page as a whole."""
    if act == "take_over":
        if not isinstance(refused, Invalid):
            return items.stale_act_page(item_id, refused, request.form.get("reason", ""))
        says = ". ".join(fault.message for fault in refused.faults) or refused.says
        return items.item(
            item_id, None, refused.status, takeover_says=says, takeover_reason=request.form.get("reason", "")
        )
    layout.flash_result("warn", "Nothing was changed", more=refused.says)
    if layout.is_fragment_request("lease"):
        return Response(status=204, headers={"HX-Refresh": "true"})
    return layout.back_to("items.one", item_id=item_id)
