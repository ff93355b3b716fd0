"""Corrections: what people say is wrong in source records, and the answers of the owners of those systems."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from reviewqueue.core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from reviewqueue.items import corrections
from reviewqueue.people import access, actors
from reviewqueue.web import layout
from reviewqueue.web.extensions import now, session, visitor

blueprint = layout.signed_in_blueprint("corrections", __name__)
TITLES = {"mine": "Mine to answer", "open": "Open", "answered": "Answered"}
ANSWERS = {"accept": "Accepted", "refuse": "Refused"}
REFUSED = "What rests on it goes on as it is. The log keeps your reason."


@blueprint.get("/corrections")
def inbox() -> ResponseReturnValue:
    """The corrections this person may see."""
    return _render_inbox()


@blueprint.post("/corrections/<row:correction_id>/<answer>")
def answer(correction_id: int, answer: str) -> ResponseReturnValue:
    """Accept or refuse a correction; a refused request shows the page again with what was typed."""
    if answer not in ANSWERS:
        raise NotFound()
    text = request.form.get("text", "").replace("\r\n", "\n")
    try:
        failing = corrections.answer(session(), visitor().person_id, correction_id, answer == "accept", text, now())
    except (Invalid, Conflict, Forbidden) as refused:
        return _render_inbox(refused, about=correction_id, act=answer, typed=text)
    more = (
        _accepted_text(len(failing)) if answer == "accept" else "What rests on it goes on. The log keeps your reason."
    )
    layout.flash_result("pass", ANSWERS[answer], more=more, taken=f"{answer}-correction-{correction_id}")
    return layout.back_to("corrections.inbox")


def _accepted_text(failing: int) -> str:
    """What follows from accepting a correction, in words."""
    if not failing:
        return "No draft says the old value. The next import shows the record as it is now."
    many = "1 draft says the old value and fails until it is" if failing == 1 else ""
    many = many or f"{failing} drafts say the old value and fail until they are"
    return f"{many} changed or drafted again, or an import shows the new value."


def _render_inbox(refused: DomainError | None = None, **answered: Any) -> ResponseReturnValue:
    reading, me = session(), layout.actor(now())
    sees_all = access.has_ability(actors.effective_roles(me), "read every correction")
    first: corrections.View = "open" if sees_all else "mine"
    view: corrections.View = "answered" if request.args.get("view") == "answered" else first
    listed = corrections.inbox(reading, me, view, layout.page_position())
    says = ". ".join(fault.message for fault in refused.faults) or refused.says if refused else ""
    return layout.page(
        "corrections/inbox.html", refused.status if refused else 200, listed=listed, view=view,
        titles={one: TITLES[one] for one in (first, "answered")}, says=says, answered=answered, here="/corrections",
    )  # fmt: skip
