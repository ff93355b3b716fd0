"""The link of a customer's portal, on a page of its onboarding: what the customer sees, making it and ending it."""

from __future__ import annotations

from typing import Any

from flask import make_response, request, url_for
from flask.typing import ResponseReturnValue

from reviewqueue.core.errors import Conflict, Invalid, NotFound
from reviewqueue.db.tables.people import Person
from reviewqueue.onboarding import customer_portals, portal_page
from reviewqueue.people import visibility
from reviewqueue.policy import policy_versions
from reviewqueue.web import layout, portal
from reviewqueue.web.extensions import now, session, visitor

blueprint = layout.signed_in_blueprint("customer_portals", __name__)


@blueprint.get("/onboardings/<row:onboarding_id>/portal")
def one(onboarding_id: int) -> ResponseReturnValue:
    """How the portal of an onboarding stands, for whoever sees the onboarding."""
    return _render(onboarding_id)


@blueprint.get("/onboardings/<row:onboarding_id>/portal/preview")
def preview(onboarding_id: int) -> ResponseReturnValue:
    """The page exactly as the customer sees it; nothing can be sent from here."""
    onboarding = visibility.load_onboarding(session(), onboarding_id, layout.actor(now()))
    return portal.own_headers(make_response(portal.render(onboarding, "")))


@blueprint.post("/onboardings/<row:onboarding_id>/portal")
def make(onboarding_id: int) -> ResponseReturnValue:
    """Make a link and show it, this once."""
    try:
        token = customer_portals.open_link(session(), visitor().person_id, onboarding_id, now())
    except Conflict as refused:
        return _render(onboarding_id, refused.status, says=refused.says)
    return _render(onboarding_id, address=url_for("portal.page", token=token, _external=True))


@blueprint.post("/onboardings/<row:onboarding_id>/portal/end")
def end(onboarding_id: int) -> ResponseReturnValue:
    """End the link, with a reason. A refusal keeps what was typed."""
    reason = request.form.get("reason", "")
    try:
        customer_portals.end_link(session(), visitor().person_id, onboarding_id, reason, now())
    except Invalid as refused:
        says = ". ".join(fault.message for fault in refused.faults) or refused.says
        return _render(onboarding_id, refused.status, wrong=says, typed=reason)
    except Conflict as moved:
        layout.flash_result("warn", "Nothing was changed", more=moved.says)
    else:
        layout.flash_result("pass", "The link is ended", more="It opens nothing any more. The log keeps your reason.")
    return layout.back_to("customer_portals.one", onboarding_id=onboarding_id)


def _render(onboarding_id: int, status: int = 200, **answer: Any) -> ResponseReturnValue:
    me = layout.actor(now())
    onboarding = visibility.load_onboarding(session(), onboarding_id, me)
    policy = policy_versions.current(session())
    days, link = customer_portals.days(policy, onboarding), customer_portals.current(session(), onboarding_id, now())
    if not days and link is None:
        raise NotFound("The lane of this onboarding has no customer portal. RevOps sets `portal_days` in the lane.")
    return layout.page(
        "onboardings/portal.html", status, onboarding=onboarding, link=link, days=days, answer=answer,
        maker=session().get(Person, link.made_by_id) if link else None, here="/onboardings",
        may_open=customer_portals.may_open(onboarding, me), portal=portal_page.load(session(), onboarding, now()),
    )  # fmt: skip
