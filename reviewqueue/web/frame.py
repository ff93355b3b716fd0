"""The frame: what every page has around it, who may see any page at all, and how htmx is answered."""

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

from reviewqueue import access, desk, installation, paging
from reviewqueue.policy import judging
from reviewqueue.refusals import NotAllowed
from reviewqueue.web import words
from reviewqueue.web.extensions import Visitor, logins, now, session, settings, somebody, visitor

htmx = Htmx()
# What every template has from here, from base.html, from Flask and its extensions: no page names a variable so.
OWN = frozenset(
    {
        *("me", "menu", "can", "now", "said", "static", "file_and_line", "messages"),
        *("request", "session", "g", "config", "url_for", "get_flashed_messages", "current_user", "csrf_token"),
        "csrf_meta_tag",
    }
)
LONGEST_TOLD = 240
UNTOLD = 1


class RowConverter(IntegerConverter):
    """A row's number in a path: no larger than a database can hold, else there is nothing at that address."""

    def __init__(self, map: Map) -> None:
        super().__init__(map, min=1, max=2**63 - 1)


# Where somebody chooses a password of their own; signing out is no page of a room.
CHOOSING = ("people.choose", "people.chosen")
# What the header offers: endpoint, name, and the ability it takes. The rest, not opened every day, is under “More”.
NAV = (
    ("queue.lines", "Queue", ""),
    ("onboardings.board", "Onboardings", ""),
    ("exceptions.inbox", "Exceptions", ""),
    ("corrections.inbox", "Corrections", "read corrections"),
    ("releases.outbound", "Releases", ""),
    ("workload.figures", "Workload", "read workload"),
    ("log.entries", "Override log", "read the override log"),
)
MORE = (
    ("deliveries.outbox", "Deliveries", "read deliveries"),
    ("policy.words", "Policy", "read policy"),
    ("readiness.lanes", "Readiness", "read readiness"),
    ("measurement.figures", "Measurement", "read measurement"),
    ("quality.everything", "QA sample", ""),
    ("people.everybody", "People", "read people and keys"),
)


def init(app: Flask) -> None:
    """Put filters, the header's facts and htmx on the application."""
    htmx.init_app(app)
    app.url_map.converters["row"] = RowConverter
    app.jinja_env.filters.update(words.FILTERS)
    app.jinja_env.globals["file_and_line"] = words.file_and_line
    app.jinja_env.globals["said"] = _said
    app.context_processor(_around)


def room(name: str, import_name: str) -> Blueprint:
    """A blueprint whose every page is for people who signed in."""
    blueprint = Blueprint(name, import_name)
    blueprint.before_request(_signed_in_only)
    return blueprint


def _signed_in_only() -> ResponseReturnValue | None:
    me = somebody()
    if me is None:
        answer: ResponseReturnValue = logins.unauthorized()
        return answer
    return _choose_first() if me.must_change and request.endpoint not in CHOOSING else None


def _choose_first() -> ResponseReturnValue:
    """To the page where a person whose password somebody else set chooses their own; nothing else is reached before."""
    came_from = local(request.referrer or "") if request.method != "GET" or request.headers.get("HX-Request") else ""
    here = local(request.script_root + request.full_path) if request.method == "GET" else ""
    target = url_for("people.choose", next=came_from or here)
    if request.headers.get("HX-Request"):
        return Response(status=204, headers={"HX-Redirect": target})
    return redirect(target, 303)


def local(target: str) -> str:
    """The path and query of an address of ours, or "" for anything that leads elsewhere."""
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


def _offered(pages: Iterable[tuple[str, str, str]], me: Visitor | None, roles: frozenset[str]) -> list[tuple[str, str]]:
    """(endpoint, name) of those that this person may open."""
    return [
        (endpoint, name)
        for endpoint, name, needs in pages
        if me and not me.must_change and (not needs or access.able(roles, needs))
    ]


def _around() -> dict[str, Any]:
    visiting = me()
    roles = visiting.roles if visiting else frozenset()
    return {
        "me": visiting,
        "menu": {
            "daily": [*([("setup.steps", "Setup")] if setting_up(visiting) else []), *_offered(NAV, visiting, roles)],
            "more": _offered(MORE, visiting, roles),
        },
        "can": lambda ability: access.able(roles, ability),
        "now": now(),
    }


def setting_up(who: Visitor | None) -> bool:
    """Whether this is an admin of an installation that is not set up yet: the page that says what is left is theirs."""
    if who is None or not access.able(who.roles, "change people and keys"):
        return False
    try:
        return not installation.finished(session(), settings())
    except SQLAlchemyError:  # as in me
        return False


def home(who: Visitor | None) -> str:
    """Where this person begins."""
    return url_for("setup.steps" if setting_up(who) else "queue.lines")


def me() -> Visitor | None:
    """Who is signed in, as far as the database can say."""
    try:
        return somebody()
    except SQLAlchemyError:  # the page that says the database is away has a header too
        return None


def told(kind: str, says: str, **more: Any) -> None:
    """Say on the next page what was done; `kind` is pass, warn or fail. `taken` names the form that was taken.

    It travels in the cookie, which browsers drop when it grows: long names and titles are cut, and of what a client
    that reads no page was told only the last two wait for it.
    """
    if untold := cookie.get("_flashes"):
        cookie["_flashes"] = untold[-UNTOLD:]
    message = {"says": says, **more}
    flash(json.dumps({name: _cut(value) if isinstance(value, str) else value for name, value in message.items()}), kind)


def _said() -> list[tuple[str, dict[str, Any]]]:
    """(kind, message) of all that waited to be said; it is said once."""
    kinds = ["pass", "warn", "fail"]
    waiting = cast(list[tuple[str, str]], get_flashed_messages(with_categories=True, category_filter=kinds))
    return [(kind, json.loads(message)) for kind, message in waiting]


def _cut(text: str) -> str:
    shown = words.spelled(text)
    return shown if len(shown) <= LONGEST_TOLD else f"{shown[: LONGEST_TOLD - 1]}…"


def back_to(endpoint: str, **values: Any) -> Answer:
    """The answer to every POST that was done: go and look. Who came from a page of that list, or from a filter of it,
    goes back to the same."""
    target, came_from = url_for(endpoint, **values), local(request.referrer or "")
    return redirect(came_from if not values and came_from.partition("?")[0] == target else target, 303)


def page(template: str, status: int = 200, **context: Any) -> ResponseReturnValue:
    """A rendered page."""
    return rendered(template, **context), status


def confirm(
    title: str, follows: Sequence[str], *, action: str, button: str, keep: str, otherwise: str, **sent: str
) -> ResponseReturnValue:
    """The page that asks before something is done that cannot be taken back: what follows, the button that does it by
    a POST of `sent` to `action`, and the way back to `keep`, which does nothing."""
    return page(
        "confirm.html", title=title, follows=follows, action=action, button=button, keep=keep, otherwise=otherwise,
        sent=sent,
    )  # fmt: skip


def rendered(template: str, **context: Any) -> str:
    """A template with these variables. Raises TypeError for one that is named as the frame's own: it would take the
    header's place without a word."""
    if taken := context.keys() & OWN:
        raise TypeError(f"{template} is given {', '.join(sorted(taken))}, which every page has from the frame")
    return render_template(template, **context)


def fragment(target: str) -> bool:
    """Whether htmx asks for the element of that id alone, and not for a page out of its history."""
    asked = request.headers.get("HX-Request") == "true" and not request.headers.get("HX-History-Restore-Request")
    return asked and request.headers.get("HX-Target", "").rpartition("#")[2] == target


def actor(at: datetime) -> judging.Actor:
    """The visitor as judging takes them, freshly read."""
    return desk.actor_of(session(), visitor().person_id, at)


def must(ability: str) -> None:
    """Refuse a page the visitor has no ability for. Raises NotAllowed naming who has it."""
    if not access.able(visitor().roles, ability):
        who = words.words(sorted(access.ABILITIES[ability]))
        raise NotAllowed(f"This page is for those who may {ability}: {who}. Ask an admin if you should be one of them.")


def asked(name: str, longest: int = 255) -> str:
    """A word out of the address, as long as a column at most. A zero, which PostgreSQL does not look for, is shown."""
    return request.args.get(name, "")[:longest].replace("\x00", "\ufffd")


def place(forward: str = "before", read: Callable[[str], Any] | None = None) -> paging.Place:
    """The page of a list that the address asks for: `forward` names where it begins, `back` where it ends."""
    edge_of = read or row
    if back := edge_of(asked("back")):
        return paging.Place(back, back=True)
    return paging.Place(edge_of(asked(forward)))


def row(text: str) -> int:
    """A row's number out of an address; 0 for anything that is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
