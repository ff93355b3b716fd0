"""What every page shares: header and navigation, sign-in and abilities, flashed messages, and how htmx requests are
answered."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Flask,
    Response,
    flash,
    get_flashed_messages,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import session as cookie
from flask.typing import ResponseReturnValue
from htmx_flask import Htmx
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.routing import IntegerConverter, Map
from werkzeug.wrappers import Response as Answer

from reviewqueue.core import vocabulary
from reviewqueue.core.errors import Forbidden
from reviewqueue.db import paging
from reviewqueue.evidence.statements import blank_at
from reviewqueue.evidence.text.records.shared_facts import invoice_state
from reviewqueue.onboarding import sales_answers
from reviewqueue.people import access, actors
from reviewqueue.policy import evaluation, setup_steps
from reviewqueue.web import formatting
from reviewqueue.web.extensions import Visitor, logins, now, session, settings, visitor, visitor_or_none

htmx = Htmx()
# Variables that every template has from here, from base.html, Flask and its extensions: no page may use these names.
RESERVED_NAMES = frozenset(
    {
        *("me", "menu", "can", "now", "said", "static", "file_and_line", "messages", "ACTS", "act_on"),
        *("blank_at", "invoice_state"),
        *("request", "session", "g", "config", "url_for", "get_flashed_messages", "current_user", "csrf_token"),
        "csrf_meta_tag",
    }
)
MAX_MESSAGE = 240
MAX_KEPT_MESSAGES = 1


class RowConverter(IntegerConverter):
    """A row's id in a URL. One that is larger than a database can hold is a 404."""

    def __init__(self, map: Map) -> None:
        super().__init__(map, min=1, max=2**63 - 1)


# Endpoints open to who must choose their own password first. Signing out is open too: it is in no
# `signed_in_blueprint`.
PASSWORD_ENDPOINTS = ("people.choose", "people.chosen")
# The header's links: endpoint, name, and the ability required. The rest, used less often, is under “More”.
NAV = (
    ("queue.lines", "Queue", ""),
    ("questions.asked", "Asked of me", "answer questions to sales"),
    ("onboardings.board", "Onboardings", ""),
    ("exceptions.inbox", "Exceptions", ""),
    ("corrections.inbox", "Corrections", "read corrections"),
    ("releases.outbound", "Releases", ""),
    ("workload.figures", "Workload", "read workload"),
    ("log.entries", "Override log", "read the override log"),
)
MORE_NAV = (
    ("deliveries.outbox", "Deliveries", "read deliveries"),
    ("policy.words", "Policy", "read policy"),
    ("readiness.lanes", "Readiness", "read readiness"),
    ("measurement.figures", "Measurement", "read measurement"),
    ("quality.everything", "QA sample", ""),
    ("people.everybody", "People", "read people and keys"),
)


def init(app: Flask) -> None:
    """Set up filters, template variables and htmx on the application."""
    htmx.init_app(app)
    app.url_map.converters["row"] = RowConverter
    app.jinja_env.filters.update(formatting.FILTERS)
    app.jinja_env.globals["file_and_line"] = formatting.file_and_line
    app.jinja_env.globals.update(said=_flashed_messages, ACTS=vocabulary.ACTS, act_on=vocabulary.act_on)
    app.jinja_env.globals.update(blank_at=blank_at, invoice_state=invoice_state)
    app.context_processor(_template_variables)


def signed_in_blueprint(name: str, import_name: str) -> Blueprint:
    """A blueprint all of whose pages require a signed-in person."""
    blueprint = Blueprint(name, import_name)
    blueprint.before_request(_signed_in_only)
    return blueprint


def _signed_in_only() -> ResponseReturnValue | None:
    me = visitor_or_none()
    if me is None:
        answer: ResponseReturnValue = logins.unauthorized()
        return answer
    return _redirect_to_password() if me.must_change and request.endpoint not in PASSWORD_ENDPOINTS else None


def _redirect_to_password() -> ResponseReturnValue:
    """Redirects a person whose password somebody else set to the page where they choose their own; no other page is
    open to them before."""
    came_from = own_path(request.referrer or "") if request.method != "GET" or request.headers.get("HX-Request") else ""
    here = own_path(request.script_root + request.full_path) if request.method == "GET" else ""
    target = url_for("people.choose", next=came_from or here)
    if request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Redirect": target})
    return redirect(target, 303)


def own_path(target: str) -> str:
    """The path and query of a URL of this application, or "" for anything that leads elsewhere."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return ""
    ours = (not parts.scheme and not parts.netloc) or (
        parts.scheme in ("http", "https") and parts.netloc == request.host
    )
    if not ours or not parts.path.startswith("/") or parts.path.startswith("//") or target.startswith("//"):
        return ""
    if any(ord(letter) < 33 for letter in parts.path) or "\\" in parts.path:
        return ""
    return f"{parts.path}?{parts.query}" if parts.query.strip() else parts.path


def _allowed_pages(
    pages: Iterable[tuple[str, str, str]], me: Visitor | None, roles: frozenset[str]
) -> list[tuple[str, str]]:
    """(endpoint, name) of the pages that this person may open."""
    return [
        (endpoint, name)
        for endpoint, name, needs in pages
        if me and not me.must_change and (not needs or access.has_ability(roles, needs) or _is_lent(me, endpoint))
    ]


def _is_lent(me: Visitor, endpoint: str) -> bool:
    """Whether it is the page of questions to sales, for somebody who stands in for whom they are addressed to."""
    return endpoint == "questions.asked" and bool(me.answers_for)


def _template_variables() -> dict[str, Any]:
    person = current_visitor()
    roles = person.roles if person else frozenset()
    return {
        "me": person,
        "menu": {
            "daily": [*([("setup.steps", "Setup")] if setting_up(person) else []), *_allowed_pages(NAV, person, roles)],
            "asked": lambda: asked_of(person),
            "more": _allowed_pages(MORE_NAV, person, roles),
        },
        "can": lambda ability: access.has_ability(roles, ability),
        "now": now(),
    }


def asked_of(who: Visitor | None) -> int:
    """How many questions wait for an answer of this person, also for whom they stand in: of whoever has the page for
    them in the menu, on one statement."""
    if who is None or who.must_change or not who.answers_for:
        return 0
    try:
        return sales_answers.waiting(session(), who.answers_for)
    except SQLAlchemyError:  # as in me
        return 0


def setting_up(who: Visitor | None) -> bool:
    """Whether this is an admin of an installation that is not set up yet; they see the setup page."""
    if who is None or not access.has_ability(who.roles, "change people and keys"):
        return False
    try:
        return not setup_steps.finished(session(), settings())
    except SQLAlchemyError:  # as in me
        return False


def home(who: Visitor | None) -> str:
    """The URL of this person's first page. Whoever only answers questions lands at those that wait."""
    if who is not None and who.roles == {"sales_owner"} and asked_of(who):
        return url_for("questions.asked")
    return url_for("setup.steps" if setting_up(who) else "queue.lines")


def current_visitor() -> Visitor | None:
    """The signed-in person; None as well when the database cannot say."""
    try:
        return visitor_or_none()
    except SQLAlchemyError:  # the error page for an unavailable database has a header too
        return None


def flash_result(kind: str, says: str, **more: Any) -> None:
    """Show on the next page what was done; `kind` is pass, warn or fail. `taken` names the form that was accepted.

    The message is kept in the session cookie, which browsers drop when it grows: long names and titles are cut, and
    only the last two wait for a client that reads no page.
    """
    if unread := cookie.get("_flashes"):
        cookie["_flashes"] = unread[-MAX_KEPT_MESSAGES:]
    message = {"says": says, **more}
    flash(
        json.dumps({name: _shorten(value) if isinstance(value, str) else value for name, value in message.items()}),
        kind,
    )


def _flashed_messages() -> list[tuple[str, dict[str, Any]]]:
    """(kind, message) of all flashed messages; each is returned once."""
    kinds = ["pass", "warn", "fail"]
    waiting = cast(list[tuple[str, str]], get_flashed_messages(with_categories=True, category_filter=kinds))
    return [(kind, json.loads(message)) for kind, message in waiting]


def _shorten(text: str) -> str:
    shown = formatting.plain_text(text)
    return shown if len(shown) <= MAX_MESSAGE else f"{shown[: MAX_MESSAGE - 1]}…"


def back_to(endpoint: str, **values: Any) -> Answer:
    """The answer to every POST that succeeded: a redirect (303) to the endpoint, or to the same page or filter of that
    list if the person came from there."""
    target, came_from = url_for(endpoint, **values), own_path(request.referrer or "")
    return redirect(came_from if not values and came_from.partition("?")[0] == target else target, 303)


def page(template: str, status: int = 200, **context: Any) -> ResponseReturnValue:
    """A rendered page."""
    return render(template, **context), status


def confirm(
    title: str, follows: Sequence[str], *, action: str, button: str, keep: str, otherwise: str, **sent: str
) -> ResponseReturnValue:
    """The confirmation page before an act that cannot be undone: what follows, the button that does it by a POST of
    `sent` to `action`, and the way back to `keep`, which changes nothing."""
    return page(
        "confirm.html", title=title, follows=follows, action=action, button=button, keep=keep, otherwise=otherwise,
        sent=sent,
    )  # fmt: skip


def render(template: str, **context: Any) -> str:
    """A template with these variables. Raises TypeError for a name that every page has already: it would silently
    replace part of the header."""
    if taken := context.keys() & RESERVED_NAMES:
        raise TypeError(f"{template} is given {', '.join(sorted(taken))}, which every page has from the frame")
    return render_template(template, **context)


def is_fragment_request(target: str) -> bool:
    """Whether htmx asks for the element of that id alone, and not for a page from its history."""
    is_htmx = request.headers.get("HX-Request") == "true" and not request.headers.get("HX-History-Restore-Request")
    return is_htmx and request.headers.get("HX-Target", "").rpartition("#")[2] == target


def actor(at: datetime) -> evaluation.Actor:
    """The visitor as policy evaluation takes them, freshly read."""
    return actors.load_actor(session(), visitor().person_id, at)


def require(ability: str) -> None:
    """Require an ability of the visitor. Raises Forbidden naming the roles that have it."""
    if not access.has_ability(visitor().roles, ability):
        who = formatting.words(sorted(access.ABILITIES[ability]))
        raise Forbidden(f"This page is for those who may {ability}: {who}. Ask an admin if you should be one of them.")


def query_arg(name: str, longest: int = 255) -> str:
    """An argument of the query, cut to `longest`. A NUL, which PostgreSQL rejects, is replaced by U+FFFD."""
    return request.args.get(name, "")[:longest].replace("\x00", "\ufffd")


def page_position(forward: str = "before", read: Callable[[str], Any] | None = None) -> paging.PagePosition:
    """The page of a list that the query asks for: the argument named by `forward` is where it begins, `back` where it
    ends."""
    edge_of = read or row_id
    if back := edge_of(query_arg("back")):
        return paging.PagePosition(back, back=True)
    return paging.PagePosition(edge_of(query_arg(forward)))


def row_id(text: str) -> int:
    """A row's id from text; 0 for anything that is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
