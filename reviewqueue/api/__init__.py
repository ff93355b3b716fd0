"""The automation's contract, version 1: JSON over HTTP under /api/v1. An automation submits and
follows; it never decides.

door (who calls, what was sent)  bodies (what may be sent)  items (the calls)  turns (who waits)
shown (what is given back)  document (OpenAPI)
"""

from __future__ import annotations

from flask_openapi.openapi import OpenAPI

from reviewqueue.api import document, items, shapes
from reviewqueue.web.extensions import csrf


def init(app: OpenAPI) -> None:
    """Put the calls on the application; they need a key, never a cookie, so no CSRF token either."""
    app.openapi_version = "3.1.1"
    app.validation_error_model = shapes.Problem
    app.security_schemes = {"key": {"type": "http", "scheme": "bearer"}}
    csrf.exempt(items.calls)
    app.register_api(items.calls)
    app.add_url_rule("/api/v1/openapi.json", "openapi", lambda: document.document(app))
    app.add_url_rule("/api/v1/openapi-3.0.json", "openapi_3_0", lambda: document.in_3_0(document.document(app)))
