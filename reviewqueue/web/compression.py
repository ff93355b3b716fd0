"""Compresses pages and API answers with gzip, where that does not help anybody guess a secret (BREACH).

An attacker whose text is reflected on a page that also holds a secret could learn it from the compressed size. So a
page is compressed only where nothing from the address is shown on it (a GET without a query), never an answer to a
form, and its form token is masked again each time (web/form_token.py). The API's secret, the key, is in no answer.
Static files are compressed in web/assets.py.
"""

from __future__ import annotations

import gzip

from flask import Flask, Response, request

MIN_BYTES = 1_024  # bytes; anything smaller fits one packet anyway
LEVEL = 4  # a page of 60 kB in under a millisecond; a higher one saves a tenth more and takes twice as long
TEXT_TYPES = frozenset({"text/html", "text/plain", "text/csv", "application/json", "application/problem+json"})


def init(app: Flask) -> None:
    """Compress what may be compressed."""
    app.after_request(compress)


def compress(answer: Response) -> Response:
    """The answer, gzipped where it may be and the client takes it."""
    if (
        answer.mimetype not in TEXT_TYPES
        or answer.is_streamed
        or answer.direct_passthrough
        or not _may_compress(answer)
    ):
        return answer
    answer.vary.add("Accept-Encoding")
    if "Content-Encoding" in answer.headers or not request.accept_encodings["gzip"]:
        return answer
    body = answer.get_data()
    if len(body) >= MIN_BYTES:
        answer.set_data(gzip.compress(body, LEVEL, mtime=0))
        answer.content_encoding = "gzip"
    return answer


def _may_compress(answer: Response) -> bool:
    if request.path.startswith("/api/"):
        return True
    return request.method in ("GET", "HEAD") and not request.query_string and answer.status_code == 200
