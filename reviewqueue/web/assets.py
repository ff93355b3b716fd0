"""Serves our own style sheets, scripts and pictures. Each URL contains the version of the file's content, so that a
browser caches it for a year; files are read, and compressed, once for each process."""

from __future__ import annotations

import gzip
import mimetypes
import os
import re
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

from reviewqueue.core.patterns import as_pattern

FOR_A_YEAR = "public, max-age=31536000, immutable"
# Set here, since the system's own list of types for scripts differs from one system to the next.
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".json": "application/json"}
TYPES |= {".txt": "text/plain"}
# A reference from one file to another, as in `@import url("../vendor/x.css")` and `import … from "../vendor/x.js"`.
_REFERENCE = as_pattern(rb'"(\.\.?/[\w./-]+\.(?:css|js|svg))"')


@dataclass(frozen=True)
class Asset:
    """A file as it is sent: the references in its content carry the versions of the files they name."""

    content: bytes
    gzipped: bytes  # gzip; empty where that makes it no smaller
    mimetype: str
    version: str


def init(app: Flask) -> None:
    """Serve the static folder."""
    app.view_functions["static"] = file
    app.jinja_env.globals["static"] = versioned_url
    app.session_interface = Sessions()


class Sessions(SecureCookieSessionInterface):
    """Sessions that leave static files alone: a file that varied by the cookie would be fetched again whenever a
    flashed message or a sign-in changes it."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie, except on a static file: that answer is the same for everybody."""
        if request.endpoint != "static" or response.status_code >= 400:
            super().save_session(app, session, response)


def versioned_url(name: str) -> str:
    """The URL of this version of a file."""
    return url_for("static", filename=name, v=_asset(name).version)


def file(filename: str) -> Response:
    """A file. A URL without a version always returns the newest one, to be revalidated."""
    found = _asset(filename)
    packs = bool(found.gzipped) and bool(request.accept_encodings["gzip"])
    answer = Response(found.gzipped if packs else found.content, mimetype=found.mimetype)
    answer.set_etag(f"{found.version}-gzip" if packs else found.version)
    if packs:
        answer.content_encoding = "gzip"
    if found.gzipped:
        answer.vary.add("Accept-Encoding")
    known = request.args.get("v") == found.version
    answer.headers["Cache-Control"] = FOR_A_YEAR if known else "no-cache"
    answer.make_conditional(request)
    return answer


def _asset(name: str) -> Asset:
    """The file of that name. Raises NotFound."""
    path = safe_join(current_app.static_folder or "", name) or ""
    try:
        return _load_asset(path, os.stat(path).st_mtime_ns)  # asked ten times a page: no Path is made for it
    except (OSError, ValueError):
        raise NotFound from None


@lru_cache(maxsize=256)
def _load_asset(file_path: str, changed: int) -> Asset:
    """A file, read again when it has changed."""
    path = Path(file_path)
    mimetype = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    content = path.read_bytes()
    if path.suffix in (".css", ".js"):
        content = _REFERENCE.sub(lambda found: _versioned_reference(path, found), content)
    packed = gzip.compress(content, 9, mtime=0) if path.suffix in TYPES else b""
    smaller = len(packed) < len(content) - 100
    return Asset(content, packed if smaller else b"", mimetype, sha256(content).hexdigest()[:16])


def _versioned_reference(path: Path, found: re.Match[bytes]) -> bytes:
    other = (path.parent / found[1].decode()).resolve()
    if not other.is_file():
        return found[0]
    version = _load_asset(str(other), other.stat().st_mtime_ns).version
    return b'"' + found[1] + f'?v={version}"'.encode()
