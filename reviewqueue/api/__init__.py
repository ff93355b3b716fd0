"""The API for automations, version 1: JSON over HTTP under /api/v1. An automation submits drafts and reads what became
of them; it never decides.

authentication (key, scope, reading a request)  requests (what may be sent)  items (the calls)
idempotency (repeated and waiting calls)  responses, schemas (what is returned)  item_queries  openapi (the document)
mail_reports (what the mail provider posts, which has a signature and no key)
"""

from __future__ import annotations

from flask_openapi.openapi import OpenAPI

from reviewqueue.api import items, mail_reports, openapi, schemas
from reviewqueue.web.extensions import csrf


def init(app: OpenAPI) -> None:
    """Register the calls on the application; they need a key and never a cookie, so no CSRF token either."""
    app.openapi_version = "3.1.1"
    app.validation_error_model = schemas.Problem
    app.security_schemes = {"key": {"type": "http", "scheme": "bearer"}}
    csrf.exempt(items.calls)
    app.register_api(items.calls)
    csrf.exempt(mail_reports.blueprint)
    app.register_blueprint(mail_reports.blueprint)
    app.add_url_rule("/api/v1/openapi.json", "openapi", lambda: openapi.document(app))
    app.add_url_rule("/api/v1/openapi-3.0.json", "openapi_3_0", lambda: openapi.in_3_0(openapi.document(app)))
