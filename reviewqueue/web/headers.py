"""Headers: a strict content policy without inline script or style; nobody keeps a page, also not a refusal."""

from __future__ import annotations

from flask import Flask, Response, request

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def init(app: Flask) -> None:
    """Set the headers on every answer."""

    @app.after_request
    def _headers(answer: Response) -> Response:
        answer.headers["Content-Security-Policy"] = POLICY
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "same-origin"
        answer.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        answer.headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
        # A refusal under the address of a file is a page like any other: it has the reader's name on it.
        if request.endpoint != "static" or answer.status_code >= 400:
            answer.headers["Cache-Control"] = "no-store"
            answer.vary.add("HX-Request")
        return answer
