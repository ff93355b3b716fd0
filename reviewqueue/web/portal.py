"""A customer's portal: the page behind their link, and what they say there to their own tasks. Nobody is signed in, no
cookie is set, and nothing but that one onboarding can be reached."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import TooManyRequests

from reviewqueue.core.errors import Conflict, Invalid, NotFound
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.onboarding import customer_portals, portal_page
from reviewqueue.onboarding.customer_portals import Reply
from reviewqueue.web import layout
from reviewqueue.web.extensions import csrf, now, session
from reviewqueue.web.visit_limit import VisitLimit

blueprint = Blueprint("portal", __name__)
csrf.exempt(blueprint)  # the link is what lets somebody in, and no browser sends it by itself
VISITS = VisitLimit(120)
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@blueprint.before_request
def limit() -> None:
    """Raises TooManyRequests for an address that asks too often."""
    if VISITS.is_too_often(request.remote_addr or ""):
        raise TooManyRequests(description="This page was asked for too often from here. Try again in a minute.")


@blueprint.after_request
def own_headers(answer: Response) -> Response:
    """No script, no search engine, and no other site learns of the link."""
    answer.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return answer


@blueprint.get("/portal")
def page() -> ResponseReturnValue:
    """The page behind a link; the same plain words for every link that opens nothing."""
    token = layout.query_arg("token")
    try:
        onboarding = customer_portals.reader(session(), token, now())
    except NotFound as closed:
        return layout.page("portal/closed.html", 404, says=closed.says)
    return render(onboarding, token)


@blueprint.post("/portal")
def reply() -> ResponseReturnValue:
    """Say something to one of the tasks."""
    token, task = request.form.get("token", ""), layout.row_id(request.form.get("task", ""))
    said = Reply(
        done=request.form.get("done") == "yes",
        words=request.form.get("words", "").replace("\r\n", "\n"),
        said_by=request.form.get("said_by", ""),
    )
    try:
        customer_portals.reply(session(), token, task or 0, said, now())
    except NotFound as closed:
        return layout.page("portal/closed.html", 404, says=closed.says)
    except Invalid as refused:
        says = {fault.at[1:]: fault.message for fault in refused.faults}
        onboarding = customer_portals.reader(session(), token, now())
        return render(onboarding, token, refused.status, wrong=task, says=says, typed=said, more=refused.says)
    except Conflict as moved:
        onboarding = customer_portals.reader(session(), token, now())
        return render(onboarding, token, moved.status, wrong=0, says={}, typed=said, more=moved.says)
    return redirect(url_for("portal.page", token=token, _anchor=f"task-{task}"), 303)


def render(onboarding: Onboarding, token: str, status: int = 200, **answer: object) -> ResponseReturnValue:
    """The page, with what a refusal says and what was typed; without a token as a preview, where nothing is sent."""
    portal = portal_page.load(session(), onboarding, now())
    return layout.page("portal/page.html", status, portal=portal, token=token, answer=answer)
