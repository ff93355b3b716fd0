"""Assignments: give an item to a named person who may decide it, with a reason."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue
from wtforms import TextAreaField

from reviewqueue import assignments as verbs
from reviewqueue import pages
from reviewqueue.policy import judging
from reviewqueue.refusals import Invalid, Moved, NotAllowed
from reviewqueue.web import frame, items
from reviewqueue.web.extensions import now, session, visitor
from reviewqueue.web.forms import Form, choices, pick

blueprint = frame.room("assignments", __name__)


class ReassignForm(Form):
    """Whom the item is given to, and why."""

    to = pick("Who it waits for", coerce=lambda given: frame.row(str(given)))
    reason = TextAreaField("Why")


@blueprint.get("/items/<row:item_id>/assign")
def form(item_id: int) -> ResponseReturnValue:
    """Everybody who may decide it, to choose one."""
    frame.must("reassign")
    return _shown(item_id, ReassignForm(sent=False))


@blueprint.post("/items/<row:item_id>/assign")
def give(item_id: int) -> ResponseReturnValue:
    """Give it to somebody; a refusal keeps what was typed."""
    typed = ReassignForm()
    try:
        verbs.reassign(session(), visitor().person_id, item_id, typed.to.data or 0, typed.reason.data or "", now())
    except Invalid as refused:
        typed.blame(refused)
        return _shown(item_id, typed, refused.status, refused.says)
    except (Moved, NotAllowed) as refused:
        return items.overtaken(item_id, refused, typed.reason.data or "")
    frame.told("pass", "The item waits for them now", more="The log keeps your reason.", taken=f"assign-item-{item_id}")
    return frame.back_to("items.one", item_id=item_id)


def _shown(item_id: int, typed: ReassignForm, status: int = 200, says: str = "") -> ResponseReturnValue:
    reading, at = session(), now()
    page = pages.item_page(reading, item_id, visitor().person_id, at)
    found = verbs.candidates(reading, page.desk, at) if page.desk.item.state in judging.OPEN else []
    others = [one for one in found if one.id != page.desk.item.assignee_id]
    choices(typed.to, [("", "Choose one"), *((str(one.id), one.name) for one in others)])
    context: dict[str, Any] = {"page": page, "item": page.desk.item, "form": typed, "others": others, "says": says}
    return frame.page("items/assign.html", status, **context)
