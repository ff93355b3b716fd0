"""Reverse proxies: which are trusted to say where a request comes from, and the path this installation is mounted
under.

`X-Forwarded-For`, `-Proto`, `-Host` and `-Prefix` are trusted only from the proxies that `REVIEWQUEUE_TRUSTED_PROXIES`
names: anybody can send them. Each proxy appends what it saw at the right, so they are read from there. `Forwarded`,
`Via` and `X-Real-IP` are never trusted; they only show that a request came through a proxy.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from flask import Flask

from reviewqueue.core.errors import DomainError
from reviewqueue.core.logging import log_event
from reviewqueue.core.patterns import as_pattern
from reviewqueue.core.settings import Settings

Environ = dict[str, Any]
_HOST = as_pattern(r"[A-Za-z0-9.-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")
_PREFIX = as_pattern(r"(/[A-Za-z0-9._~-]+)+")
_FORWARDED = ("FOR", "PROTO", "HOST", "PREFIX", "PORT", "BY")
# Headers that no browser sends, empty or not.
_PROXY_HEADERS = frozenset(
    {f"HTTP_X_FORWARDED_{name}" for name in _FORWARDED} | {"HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP"}
)
UNNAMED = "reviewqueue.proxy-unnamed"  # in the environ: the request came through a proxy that the settings do not name


def init(app: Flask, settings: Settings) -> None:
    """Wrap the application in this middleware. Raises DomainError when the settings' path begins like one of our
    own."""
    ours = {str(rule).split("/")[1] for rule in app.url_map.iter_rules()}
    if settings.path() and settings.path().split("/")[1] in ours:
        raise DomainError(
            f"Not started. REVIEWQUEUE_PUBLIC_URL ends in {settings.path()}, which begins like pages of Review Queue "
            "itself, so nobody could tell them apart. Choose another path, such as /reviews."
        )
    app.wsgi_app = ProxyMiddleware(app.wsgi_app, settings)  # type: ignore[method-assign]


class ProxyMiddleware:
    """WSGI middleware. It removes forwarded headers of untrusted senders from the request, so nothing behind it can
    rely on them."""

    def __init__(self, app: Callable[..., Iterable[bytes]], settings: Settings) -> None:
        self._app, self._settings = app, settings
        self._trusted, self._path = settings.proxies(), settings.path()
        self._told = threading.Event()
        settings.see_proxy("")

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request."""
        peer = _parse_address(environ.get("REMOTE_ADDR", ""))
        passed_on = not _PROXY_HEADERS.isdisjoint(environ)
        forwarded = {name: environ.pop(f"HTTP_X_FORWARDED_{name}", "") for name in _FORWARDED}
        environ.pop("HTTP_FORWARDED", None)
        prefix = ""
        if peer is not None and self._is_trusted(peer):
            prefix = self._apply_forwarded(environ, peer, forwarded)
            if passed_on and _parse_address(forwarded["FOR"].rpartition(",")[2].strip()) is None:
                self._report_proxy(str(peer), silent=True)
        elif passed_on and peer is not None and (peer.is_private or peer.is_loopback):
            environ[UNNAMED] = True
            if not self._trusted:
                self._report_proxy(str(peer))
        self._mount(environ, self._path or prefix)
        return self._app(environ, start_response)

    def _is_trusted(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self._trusted)

    def _apply_forwarded(self, environ: Environ, peer: IPv4Address | IPv6Address, forwarded: dict[str, str]) -> str:
        """Apply what trusted proxies say; returns the prefix that they removed from the path."""
        client, hops = peer, 1
        for hop in reversed(forwarded["FOR"].split(",")):
            found = _parse_address(hop.strip())
            if found is None:
                break
            client = found
            if not self._is_trusted(found):
                break
            hops += 1
        environ["REMOTE_ADDR"] = str(client)
        if (scheme := _value_at_hop(forwarded["PROTO"], hops).lower()) in ("http", "https"):
            environ["wsgi.url_scheme"] = scheme
        if _HOST.fullmatch(host := _value_at_hop(forwarded["HOST"], hops)):
            environ["HTTP_HOST"] = host
        prefix = _value_at_hop(forwarded["PREFIX"], hops).rstrip("/")
        return prefix if _PREFIX.fullmatch(prefix) else ""

    def _mount(self, environ: Environ, prefix: str) -> None:
        """Set the mount path, whether the proxy passes the whole path on or removes the prefix: links contain it,
        routes do not."""
        if not prefix:
            return
        path = environ.get("PATH_INFO", "")
        if path == prefix or path.startswith(f"{prefix}/"):
            environ["PATH_INFO"] = path[len(prefix) :] or "/"
        environ["SCRIPT_NAME"] = prefix

    def _report_proxy(self, peer: str, *, silent: bool = False) -> None:
        """Report an unnamed proxy once for each process, in the log and for `doctor`: everybody behind it has one
        address for us. A `silent` one is named, but does not say where its requests come from."""
        if self._told.is_set():
            return
        self._told.set()
        if silent:
            log_event("proxy.silent", peer=peer, set="X-Forwarded-For in that proxy")
        else:
            log_event("proxy.unnamed", peer=peer, set=f"REVIEWQUEUE_TRUSTED_PROXIES={peer}")
        self._settings.see_proxy(peer, silent=silent)


def _value_at_hop(header: str, hops: int) -> str:
    """The value so many places from the right; the leftmost where there are fewer."""
    values = [value.strip() for value in header.split(",")]
    return values[-min(hops, len(values))]


def _parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """An address as proxies write it, also with a port or in brackets; None for anything else."""
    bare = text[1:].partition("]")[0] if text.startswith("[") else text.partition(":")[0] if "." in text else text
    try:
        found = ip_address(bare if text.count(":") < 2 or text.startswith("[") else text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
