"""The page on which an item is assigned to a named person who may decide it, with a reason."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue
from wtforms import TextAreaField

from reviewqueue.core import vocabulary
from reviewqueue.core.errors import Conflict, Forbidden, Invalid
from reviewqueue.items import assignments, item_page
from reviewqueue.web import items, layout
from reviewqueue.web.extensions import now, session, visitor
from reviewqueue.web.forms import Form, select_field, set_choices

blueprint = layout.signed_in_blueprint("assignments", __name__)


class ReassignForm(Form):
    """Whom the item is assigned to, and why."""

    to = select_field("Who it waits for", coerce=lambda given: layout.row_id(str(given)))
    reason = TextAreaField("Why")


@blueprint.get("/items/<row:item_id>/assign")
def form(item_id: int) -> ResponseReturnValue:
    """Everybody who may decide the item, to choose one."""
    layout.require("reassign")
    return _render_form(item_id, ReassignForm(sent=False))


@blueprint.post("/items/<row:item_id>/assign")
def give(item_id: int) -> ResponseReturnValue:
    """Assign the item; a refusal keeps what was typed."""
    typed = ReassignForm()
    try:
        assignments.reassign(
            session(), visitor().person_id, item_id, typed.to.data or 0, typed.reason.data or "", now()
        )
    except Invalid as refused:
        typed.add_faults(refused)
        return _render_form(item_id, typed, refused.status, refused.says)
    except (Conflict, Forbidden) as refused:
        return items.stale_act_page(item_id, refused, typed.reason.data or "")
    layout.flash_result(
        "pass", "The item waits for them now", more="The log keeps your reason.", taken=f"assign-item-{item_id}"
    )
    return layout.back_to("items.one", item_id=item_id)


def _render_form(item_id: int, typed: ReassignForm, status: int = 200, says: str = "") -> ResponseReturnValue:
    reading, at = session(), now()
    page = item_page.item_page(reading, item_id, visitor().person_id, at)
    found = assignments.candidates(reading, page.context, at) if page.context.item.state in vocabulary.OPEN else []
    others = [one for one in found if one.id != page.context.item.assignee_id]
    set_choices(typed.to, [("", "Choose one"), *((str(one.id), one.name) for one in others)])
    context: dict[str, Any] = {"page": page, "item": page.context.item, "form": typed, "others": others, "says": says}
    return layout.page("items/assign.html", status, **context)
