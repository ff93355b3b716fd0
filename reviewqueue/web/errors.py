"""Error handlers: every refusal and failure, as problem details (RFC 9457) under /api and as a page elsewhere.

Nothing internal is shown: an unexpected error is logged to standard error under a reference, and the answer gives the
reference.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from flask import Flask, Response, make_response, redirect, request
from flask_wtf.csrf import CSRFError
from markupsafe import escape
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from reviewqueue.core import canonical_json
from reviewqueue.core.errors import Conflict, DomainError, FieldError, MissingScope, NotFound
from reviewqueue.core.logging import log_error
from reviewqueue.web import form_pages, layout, signin

PROBLEM = "application/problem+json"
IN_PROGRESS = "idempotency-key-in-progress"
TITLES = {
    400: "Not understood",
    401: "No valid key",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    408: "Timed out",
    409: "It has changed",
    413: "Too large",
    415: "Not JSON",
    422: "Not accepted",
    429: "Too many at once",
    500: "Something went wrong",
    503: "Temporarily unavailable",
}
DETAIL_BY_STATUS = {
    400: "The request could not be understood, so nothing was done. Go back, reload the page and try again.",
    404: NotFound.says,
    405: "This address does not take that kind of request, so nothing was done.",
    413: "What was sent is larger than this place takes, so nothing was done. Send less: link to large material.",
    415: "The body was not sent as application/json, so it was not read. Set Content-Type: application/json.",
}
_API_DETAIL = {404: "There is no such call in this API. What there is stands in /api/v1/openapi.json."}
DATABASE_BUSY = (
    "The database could not answer, so this was not done. Try again in a few seconds; "
    "if it goes on, tell whoever runs Review Queue here."
)


def init(app: Flask) -> None:
    """Put the handlers on the application."""
    app.register_error_handler(DomainError, _on_domain_error)
    app.register_error_handler(HTTPException, _on_http_error)
    for kind in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(kind, _on_database_error)
    app.register_error_handler(Exception, _on_unexpected)


def _on_domain_error(error: DomainError) -> Response:
    more: dict[str, Any] = {}
    if isinstance(error, Conflict):
        more = {name: told for name in ("who", "when", "what") if (told := getattr(error, name))}
    answer = _error_answer(error.status, error.code, error.says, error.faults, more)
    if told := _challenge(error):
        answer.headers["WWW-Authenticate"] = told
    if error.code == IN_PROGRESS:
        answer.headers["Retry-After"] = "1"
    return answer


def _challenge(error: DomainError) -> str:
    """The WWW-Authenticate value for this call (RFC 6750): without `error` where no key was sent, since then nothing
    was wrong with it."""
    realm = 'Bearer realm="reviewqueue"'
    if isinstance(error, MissingScope):
        return f'{realm}, error="insufficient_scope", scope="{error.scope}"'
    if error.code == "unknown-key":
        return f'{realm}, error="invalid_token", error_description="The key is unknown or was revoked"'
    return realm if error.status == 401 else ""


def _on_http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if status == 405 and request.method in ("GET", "HEAD") and not _in_api() and (page := form_pages.page_of_form()):
        return make_response(redirect(page, 303))
    says = (
        (_API_DETAIL if _in_api() else DETAIL_BY_STATUS).get(status)
        or DETAIL_BY_STATUS.get(status)
        or error.description
        or "The request was refused, so nothing was done."
    )
    if isinstance(error, CSRFError):
        if (
            request.path != "/sign-in"
            and not _in_api()
            and not layout.current_visitor()
            and layout.own_path(request.referrer or "")
        ):
            return make_response(signin.ended())
        says = "This form was open too long, or did not come from here, so nothing was done. Reload it and try again."
    answer = _error_answer(status, error.name.lower().replace(" ", "-"), says)
    for name, value in error.get_headers(request.environ):
        if name in ("Allow", "Retry-After"):
            answer.headers[name] = value
    return answer


def _on_database_error(error: Exception) -> Response:
    log_error("database.refused", error, method=request.method, path=request.path)
    answer = _error_answer(503, "database", DATABASE_BUSY)
    answer.headers["Retry-After"] = "5"
    return answer


def _on_unexpected(error: Exception) -> Response:
    reference = secrets.token_hex(4)
    log_error("unexpected", error, reference=reference, method=request.method, path=request.path)
    says = (
        "Something went wrong on our side, so this was not done. Try again; if it happens again, tell whoever runs "
        f"Review Queue here and name the reference {reference}."
    )
    return _error_answer(500, "unexpected", says)


def _error_answer(
    status: int, code: str, says: str, faults: Sequence[FieldError] = (), more: dict[str, Any] | None = None
) -> Response:
    title = TITLES.get(status, "Refused")
    if not _in_api():
        return Response(_page(status, title, says, faults), status, mimetype="text/html")
    problem: dict[str, Any] = {
        "type": f"urn:reviewqueue:problem:{code}",
        "title": title,
        "status": status,
        "detail": says,
    }
    problem |= more or {}
    if faults:
        problem["errors"] = [{"at": fault.at, "message": fault.message} for fault in faults]
    return Response(canonical_json.write(problem), status, mimetype=PROBLEM)


def _in_api() -> bool:
    return request.path == "/api" or request.path.startswith("/api/")


def _page(status: int, title: str, says: str, faults: Sequence[FieldError]) -> str:
    """The error page; a bare one when even that cannot be rendered, as when the database is away."""
    try:
        return layout.render("error.html", status=status, title=title, says=says, faults=faults)
    except Exception as error:
        log_error("error.page", error, status=status)
        listed = "".join(f"<li>{escape(fault.at)} {escape(fault.message)}</li>" for fault in faults)
        head = f"<!doctype html><title>{escape(title)}</title><h1>{escape(title)}</h1>"
        return f"{head}<p>{escape(says)}</p><ul>{listed}</ul>"
