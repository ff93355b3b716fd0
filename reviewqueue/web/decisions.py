"""Takes the POST of a decision. `review.decisions.decide` applies the rules; this module reads the form and shows the
result."""

from __future__ import annotations

from dataclasses import replace

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from reviewqueue.core import vocabulary
from reviewqueue.core.errors import Conflict, Forbidden, Invalid
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.releases import Release
from reviewqueue.exceptions import case_queries
from reviewqueue.items import item_page
from reviewqueue.onboarding import ways_on
from reviewqueue.policy import policy_versions
from reviewqueue.review import decisions
from reviewqueue.web import attention, decision_forms, items, layout, queue_navigation
from reviewqueue.web.decision_forms import DecisionForm, RefusedForm, fill_form, text_needed
from reviewqueue.web.extensions import now, session, visitor

blueprint = layout.signed_in_blueprint("decisions", __name__)


@blueprint.post("/items/<row:item_id>/decisions")
def decide(item_id: int) -> ResponseReturnValue:
    """Decide the item; then show the next item of the list, or why it was refused."""
    typed = request.form
    try:
        decision_request = replace(
            decision_forms.decision_request(typed), glance=attention.submitted_signals(typed, item_id)
        )
        done = decisions.decide(
            session(), visitor().person_id, item_id, decision_request, decision_forms.seen_in_form(typed), now()
        )
    except Conflict as moved:
        return conflict_page(item_id, DecisionForm(), moved)
    except (Invalid, Forbidden) as refused:
        form = DecisionForm()
        return items.item(item_id, RefusedForm(form, refused.says, form.add_faults(refused)), refused.status)
    return redirect_to_next(item_id, typed["action"], done, decision_request.choice)


def redirect_to_next(item_id: int, act: str, done: decisions.DecisionResult, choice: str = "") -> ResponseReturnValue:
    """Report the decision with a link back, and what comes after a rejection; redirect to the next item of the list
    from which this one was opened."""
    still_needed = (
        "; ".join(need.says for need in done.needs) if done.needs and done.state in vocabulary.UNDECIDED else ""
    )
    rejected = done.state == "rejected" and choice
    comes = f"What comes next: {ways_on.told(policy_versions.current(session()), choice)}." if rejected else ""
    comes = comes or _held_by(item_id, done)
    layout.flash_result(
        "pass", vocabulary.act_on(done.kind, act).done, item=item_id, title=done.title,
        customer=done.customer, left=still_needed, taken=f"{act}-item-{item_id}", more=comes,
    )  # fmt: skip
    if done.state == "withdrawn":
        return redirect(url_for("items.one", item_id=item_id, _anchor="planted"), 303)
    return redirect(queue_navigation.next_url(session(), done.actor, item_id, settled=True), 303)


def _held_by(item_id: int, done: decisions.DecisionResult) -> str:
    """Which exceptions hold what was just approved and goes out; "" for none."""
    if done.state != "approved":
        return ""
    mine = select(Item.onboarding_id).join(Release, Release.item_id == Item.id).where(Item.id == item_id)
    runs = [one for one in session().scalars(mine) if one]
    numbers = [f"#{case.id}" for held in case_queries.blocking(session(), runs).values() for case in held]
    return f"It does not go out yet: exception {' and '.join(numbers)} holds it." if numbers else ""


def conflict_page(item_id: int, form: DecisionForm, conflict: Conflict) -> ResponseReturnValue:
    """The 409 page: who changed the item, when, what changed, and the typed text to decide again on the current
    version."""
    page = item_page.item_page(session(), item_id, visitor().person_id, now())
    act = next((one.key for one in vocabulary.ACTS.values() if one.key == form.action.data), None)
    again = act is not None and page.legal[act].allowed and act != "edit"
    seen, differs = items.changes_since(page, form.revision_digest.data or "")
    if act is not None and again:
        fill_form(form, page, act)
    return layout.page(
        "items/conflict.html",
        409,
        page=page,
        moved=conflict,
        form=form,
        act=act,
        again=again,
        seen=seen,
        differs=differs,
        needed=bool(act and text_needed(page, act)),
        names=items.label_function(page),
        **items.page_variables(page),
    )
