"""Decisions: what becomes of a POST. `review.decide` says what holds; this asks, and shows the answer."""

from __future__ import annotations

from dataclasses import replace

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from reviewqueue import pages, review
from reviewqueue.policy.words import ACTS
from reviewqueue.refusals import Invalid, Moved, NotAllowed
from reviewqueue.web import frame, items, listed, opened, panels
from reviewqueue.web.extensions import now, session, visitor
from reviewqueue.web.panels import Answer, DecisionForm, offer, text_needed

blueprint = frame.room("decisions", __name__)


@blueprint.post("/items/<row:item_id>/decisions")
def decide(item_id: int) -> ResponseReturnValue:
    """Decide; then the next item of the list, or what stands in the way."""
    typed = request.form
    try:
        ask = replace(panels.ask(typed), glance=opened.glance(typed, item_id))
        done = review.decide(session(), visitor().person_id, item_id, ask, panels.seen(typed), now())
    except Moved as moved:
        return moved_page(item_id, DecisionForm(), moved)
    except (Invalid, NotAllowed) as refused:
        form = DecisionForm()
        return items.item(item_id, Answer(form, refused.says, form.blame(refused)), refused.status)
    return onward(item_id, typed["action"], done)


def onward(item_id: int, act: str, done: review.Done) -> ResponseReturnValue:
    """Say what was done, with a link back, and go on in the list that the item was come to from."""
    left = "; ".join(need.says for need in done.needs) if done.needs and done.state in ("pending", "escalated") else ""
    frame.told(
        "pass", items.done_with(done.kind, act), item=item_id, title=done.title,
        customer=done.customer, left=left, taken=f"{act}-item-{item_id}",
    )  # fmt: skip
    if done.state == "withdrawn":
        return redirect(url_for("items.one", item_id=item_id, _anchor="planted"), 303)
    return redirect(listed.onward(session(), done.actor, item_id, settled=True), 303)


def moved_page(item_id: int, form: DecisionForm, moved: Moved) -> ResponseReturnValue:
    """409: who moved it, when, what changed, and the typed text to decide again with on what is there now."""
    page = pages.item_page(session(), item_id, visitor().person_id, now())
    act = next((act for act in ACTS if act == form.action.data), None)
    again = act is not None and page.legal[act].allowed and act != "edit"
    seen, differs = items.since(page, form.revision_digest.data or "")
    if act is not None and again:
        offer(form, page, act)
    return frame.page(
        "items/moved.html", 409, page=page, moved=moved, form=form, act=act, again=again, seen=seen, differs=differs,
        needed=bool(act and text_needed(page, act)), names=items.labels(page), **items.around(page),
    )  # fmt: skip
