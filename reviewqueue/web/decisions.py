"""Takes the POST of a decision. `review.decisions.decide` applies the rules; this module reads the form and shows the
result."""

from __future__ import annotations

from dataclasses import replace

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from reviewqueue.core import vocabulary
from reviewqueue.core.errors import Conflict, Forbidden, Invalid
from reviewqueue.items import item_page
from reviewqueue.review import decisions
from reviewqueue.web import attention, decision_forms, items, layout, queue_navigation
from reviewqueue.web.decision_forms import Answer, DecisionForm, offer, text_needed
from reviewqueue.web.extensions import now, session, visitor

blueprint = layout.signed_in_blueprint("decisions", __name__)


@blueprint.post("/items/<row:item_id>/decisions")
def decide(item_id: int) -> ResponseReturnValue:
    """Decide the item; then show the next item of the list, or why it was refused."""
    typed = request.form
    try:
        ask = replace(decision_forms.requested(typed), glance=attention.glance(typed, item_id))
        done = decisions.decide(session(), visitor().person_id, item_id, ask, decision_forms.seen(typed), now())
    except Conflict as moved:
        return moved_page(item_id, DecisionForm(), moved)
    except (Invalid, Forbidden) as refused:
        form = DecisionForm()
        return items.item(item_id, Answer(form, refused.says, form.blame(refused)), refused.status)
    return onward(item_id, typed["action"], done)


def onward(item_id: int, act: str, done: decisions.DecisionResult) -> ResponseReturnValue:
    """Report the decision with a link back, and redirect to the next item of the list from which this one was
    opened."""
    left = "; ".join(need.says for need in done.needs) if done.needs and done.state in vocabulary.UNDECIDED else ""
    layout.flash_result(
        "pass", vocabulary.act_on(done.kind, act).done, item=item_id, title=done.title,
        customer=done.customer, left=left, taken=f"{act}-item-{item_id}",
    )  # fmt: skip
    if done.state == "withdrawn":
        return redirect(url_for("items.one", item_id=item_id, _anchor="planted"), 303)
    return redirect(queue_navigation.onward(session(), done.actor, item_id, settled=True), 303)


def moved_page(item_id: int, form: DecisionForm, moved: Conflict) -> ResponseReturnValue:
    """The 409 page: who changed the item, when, what changed, and the typed text to decide again on the current
    version."""
    page = item_page.item_page(session(), item_id, visitor().person_id, now())
    act = next((one.key for one in vocabulary.ACTS.values() if one.key == form.action.data), None)
    again = act is not None and page.legal[act].allowed and act != "edit"
    seen, differs = items.since(page, form.revision_digest.data or "")
    if act is not None and again:
        offer(form, page, act)
    return layout.page(
        "items/conflict.html", 409, page=page, moved=moved, form=form, act=act, again=again, seen=seen, differs=differs,
        needed=bool(act and text_needed(page, act)), names=items.labels(page), **items.around(page),
    )  # fmt: skip
