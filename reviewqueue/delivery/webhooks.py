"""Sending one callback to its automation over HTTP, signed by Standard Webhooks.

A name is resolved once, every address it has is checked against our own list of forbidden networks, and the connection
goes to the very address that was checked. Redirects are failures. Nothing here raises for what the other side does: the
outcome says it.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from time import monotonic
from typing import Any

import httpx2
from standardwebhooks import Webhook

from reviewqueue.core.version import __version__
from reviewqueue.delivery.callbacks import DueCallback

TIMEOUT = 10.0
MAX_SECONDS = 20.0
MAX_ANSWER_BYTES = 64 * 1024
MAX_RETRY_AFTER = 7 * 24 * 3600
# Our own list: `ipaddress` passes NAT64 and multicast as global, and differs from one Python to the next.
FORBIDDEN_NETWORKS = {
    ip_network(network): what
    for what, networks in {
        "unspecified": "0.0.0.0/8 ::/128",
        "loopback": "127.0.0.0/8 ::1/128",
        "private": "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 198.18.0.0/15 fc00::/7 fec0::/10",
        "link-local": "169.254.0.0/16 fe80::/10",
        "multicast": "224.0.0.0/4 ff00::/8",
        "IPv4 in disguise": "::/96 ::ffff:0:0/96 ::ffff:0:0:0/96",
        "NAT64": "64:ff9b::/96 64:ff9b:1::/48",
        "6to4": "2002::/16 192.88.99.0/24",
        "reserved": "240.0.0.0/4 192.0.0.0/24 192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 100::/64 100:0:0:1::/64 "
        "2001::/23 2001:db8::/32 3fff::/20 5f00::/16",
    }.items()
    for network in networks.split()
}
GLOBAL_V6 = ip_network("2000::/3")


@dataclass(frozen=True)
class CallbackOutcome:
    """What came of one attempt: the HTTP status (None without an answer), the reason in words for people, and how many
    seconds the receiver asked us to wait."""

    status: int | None
    says: str
    milliseconds: int
    retry_after: int = 0


class Unreachable(Exception):
    """No address that may be connected to; its text is for people."""


def send(due: DueCallback, secret: str, now: datetime, *, private: bool = False) -> CallbackOutcome:
    """Post a message once. `secret` is the automation's `whsec_…`; `private` lets it go to our own network as well."""
    started = monotonic()
    try:
        status, says, retry_after = _post(due, secret, now, private)
    except Unreachable as error:
        status, says, retry_after = None, str(error), 0
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError, OverflowError) as error:
        status, says, retry_after = None, _error_text(error), 0
    return CallbackOutcome(status, says, int((monotonic() - started) * 1000), retry_after)


def why_forbidden(address: IPv4Address | IPv6Address) -> str:
    """Why nothing is sent to this address; "" when it may be."""
    for network, what in FORBIDDEN_NETWORKS.items():
        if address.version == network.version and address in network:
            return what
    return "reserved" if address.version == 6 and address not in GLOBAL_V6 else ""


def headers(due: DueCallback, secret: str, now: datetime) -> dict[str, str]:
    """The headers of Standard Webhooks, and what the body is."""
    return {
        "Content-Type": "application/json",
        "User-Agent": f"reviewqueue/{__version__}",
        "webhook-id": due.webhook_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(due.webhook_id, now.astimezone(UTC), due.body),
    }


def _post(due: DueCallback, secret: str, now: datetime, private: bool) -> tuple[int, str, int]:
    url = httpx2.URL(due.url)
    if url.scheme not in ("http", "https") or not url.host:
        raise Unreachable("The address is not http or https, so nothing was sent.")
    name = url.raw_host.decode("ascii")
    address = _resolve(name, url.port or (443 if url.scheme == "https" else 80), private)
    sent = {**headers(due, secret, now), "Host": url.netloc.decode("ascii")}
    limits = httpx2.Limits(max_keepalive_connections=0)  # one name's connection never serves another name there
    with (
        _deadline_trace() as trace,
        httpx2.Client(
            verify=_ssl_context(), limits=limits, timeout=TIMEOUT, trust_env=False, follow_redirects=False
        ) as client,
    ):
        extensions = {"sni_hostname": name, "trace": trace}
        target = url.copy_with(host=str(address))
        with client.stream("POST", target, content=due.body.encode(), headers=sent, extensions=extensions) as answer:
            read = 0
            for part in answer.iter_raw():
                read += len(part)
                if read > MAX_ANSWER_BYTES:
                    break
            return answer.status_code, _answer_text(answer), _retry_after(answer.headers.get("Retry-After", ""), now)


def _resolve(host: str, port: int, private: bool) -> IPv4Address | IPv6Address:
    """The address to connect to. Every address of the name must be allowed: one bad one is a trap."""
    try:
        infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unreachable(f"The name {host} has no address, so nothing was sent. Check the callback address.") from None
    addresses = [ip_address(str(row[4][0]).partition("%")[0]) for row in infos]
    if not private:
        for address in addresses:
            if what := why_forbidden(address):
                raise Unreachable(
                    f"{host} leads to {address}, which is {what}, so nothing was sent. Callbacks go to public "
                    "addresses only, unless REVIEWQUEUE_PRIVATE_CALLBACKS is on."
                )
    return addresses[0]


@cache
def _ssl_context() -> ssl.SSLContext:
    return httpx2.create_ssl_context()


@contextmanager
def _deadline_trace() -> Iterator[Any]:
    """A trace for the connection that cuts it after MAX_SECONDS seconds, however slowly the other side answers."""
    streams: list[Any] = []

    def trace(name: str, told: dict[str, Any]) -> None:
        if name in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            streams.append(told["return_value"])

    def cut() -> None:
        for stream in streams[-1:]:
            stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(MAX_SECONDS, cut)
    timer.daemon = True
    timer.start()
    try:
        yield trace
    finally:
        timer.cancel()


def _answer_text(answer: httpx2.Response) -> str:
    status = f"{answer.status_code} {answer.reason_phrase}".strip()
    if 200 <= answer.status_code < 300:
        return f"Taken: {status}"
    if 300 <= answer.status_code < 400:
        return f"Answered {status}: redirects are not followed. Give the final address as callback_url."
    if answer.status_code == 410:
        return f"Answered {status}: the receiver wants no more of this."
    return f"Answered {status}"


def _error_text(error: Exception) -> str:
    if isinstance(error, httpx2.TimeoutException):
        return f"No answer within {TIMEOUT:.0f} seconds"
    if isinstance(error, httpx2.InvalidURL | ValueError | OverflowError):
        return "The address cannot be read, so nothing was sent. Check the callback address."
    return f"The connection failed: {str(error) or type(error).__name__}"[:255]


def _retry_after(header: str, now: datetime) -> int:
    """Seconds to wait by a Retry-After of seconds or of a date; a week at the most, 0 when it says nothing."""
    seconds = 0.0
    if header.isascii() and header.isdigit() and len(header) < 10:
        seconds = int(header)
    elif header:
        try:
            seconds = (parsedate_to_datetime(header) - now).total_seconds()
        except (ValueError, TypeError, OverflowError):
            return 0
    return int(min(max(seconds, 0), MAX_RETRY_AFTER))
