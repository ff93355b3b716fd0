"""Corrections: what people say is wrong in the systems of record, and the answers of those who keep them."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from reviewqueue import access, corrections, desk
from reviewqueue.refusals import Invalid, Moved, NotAllowed, NotThere, Refused
from reviewqueue.web import frame
from reviewqueue.web.extensions import now, session, visitor

blueprint = frame.room("corrections", __name__)
TITLES = {"mine": "Mine to answer", "open": "Open", "answered": "Answered"}
ANSWERS = {"accept": ("Accepted", "What rests on it goes on. The next import shows the record as it is now."),
           "refuse": ("Refused", "What rests on it goes on as it is. The log keeps your reason.")}  # fmt: skip


@blueprint.get("/corrections")
def inbox() -> ResponseReturnValue:
    """The corrections this person may see."""
    return _inbox()


@blueprint.post("/corrections/<row:correction_id>/<answer>")
def answer(correction_id: int, answer: str) -> ResponseReturnValue:
    """Accept or refuse one; a refusal shows the page again with what was typed."""
    if answer not in ANSWERS:
        raise NotThere()
    text = request.form.get("text", "").replace("\r\n", "\n")
    try:
        corrections.answer(session(), visitor().person_id, correction_id, answer == "accept", text, now())
    except (Invalid, Moved, NotAllowed) as refused:
        return _inbox(refused, about=correction_id, act=answer, typed=text)
    says, more = ANSWERS[answer]
    frame.told("pass", says, more=more, taken=f"{answer}-correction-{correction_id}")
    return frame.back_to("corrections.inbox")


def _inbox(refused: Refused | None = None, **answered: Any) -> ResponseReturnValue:
    reading, me = session(), frame.actor(now())
    everything = access.able(desk.roles_of(me), "read every correction")
    first: corrections.View = "open" if everything else "mine"
    view: corrections.View = "answered" if request.args.get("view") == "answered" else first
    listed = corrections.inbox(reading, me, view, frame.place())
    says = ". ".join(fault.message for fault in refused.faults) or refused.says if refused else ""
    return frame.page(
        "corrections/inbox.html", refused.status if refused else 200, listed=listed, view=view,
        titles={one: TITLES[one] for one in (first, "answered")}, says=says, answered=answered, here="/corrections",
    )  # fmt: skip
