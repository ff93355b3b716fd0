"""One guarded HTTP request to somebody else's server.

A name is resolved once, every address it has is checked against our own list of forbidden networks, and the connection
goes to the very address that was checked. No proxy of the environment, no redirect, one deadline for the whole, and
only so much of an answer is read.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import httpx2

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
EVERY_NETWORK = frozenset(FORBIDDEN_NETWORKS.values())
OWN_NETWORKS = frozenset({"loopback", "private"})
GLOBAL_V6 = ip_network("2000::/3")
ERRORS = (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError, OverflowError)  # what `post` raises beside its own
TIMED_OUT = httpx2.TimeoutException
NOT_CONNECTED = (httpx2.ConnectError, httpx2.ConnectTimeout)  # of ERRORS, before anything was sent


@dataclass(frozen=True)
class Limits:
    """How long a request may take, in seconds: until something comes, and altogether; and how many bytes of the answer
    are read."""

    wait: float
    altogether: float
    most: int


@dataclass(frozen=True)
class Answer:
    """What the other side answered; `whole` is False where more came than was read."""

    status: int
    reason: str
    headers: Mapping[str, str]
    content: bytes
    whole: bool


class Unreachable(Exception):
    """No address that may be connected to; its text is for people."""


def why_forbidden(address: IPv4Address | IPv6Address) -> str:
    """Why nothing is sent to this address; "" when it may be."""
    for network, what in FORBIDDEN_NETWORKS.items():
        if address.version == network.version and address in network:
            return what
    return "reserved" if address.version == 6 and address not in GLOBAL_V6 else ""


def post(
    address: str,
    body: bytes,
    headers: Mapping[str, str],
    limits: Limits,
    *,
    allowed: Collection[str] = (),
    fix: str,
    encrypted: bool = False,
    method: str = "POST",
) -> Answer:
    """Post a body once, or make another request. `allowed` are the forbidden networks that it may reach all the same;
    `fix` says what to do about a refused one; `encrypted` refuses plain HTTP but to our own networks. Raises
    Unreachable and ERRORS."""
    url = httpx2.URL(address)
    if url.scheme not in ("http", "https") or not url.host:
        raise Unreachable("The address is not http or https, so nothing was sent.")
    name = url.raw_host.decode("ascii")
    number = _resolve(name, url.port or (443 if url.scheme == "https" else 80), allowed, fix)
    if encrypted and url.scheme == "http" and why_forbidden(number) not in OWN_NETWORKS:
        raise Unreachable(f"{name} leads to a public address, and without https others could read what is sent there.")
    sent = {**headers, "Host": url.netloc.decode("ascii")}
    kept = httpx2.Limits(max_keepalive_connections=0)  # one name's connection never serves another name there
    with (
        _deadline_trace(limits.altogether) as trace,
        httpx2.Client(
            verify=ssl_context(), limits=kept, timeout=limits.wait, trust_env=False, follow_redirects=False
        ) as client,
    ):
        extensions = {"sni_hostname": name, "trace": trace}
        target = url.copy_with(host=str(number))
        with client.stream(method, target, content=body, headers=sent, extensions=extensions) as answer:
            content, whole = _read(answer, limits.most)
            return Answer(answer.status_code, answer.reason_phrase, answer.headers, content, whole)


def _read(answer: httpx2.Response, most: int) -> tuple[bytes, bool]:
    """(the first bytes of an answer, whether they are all of it)."""
    parts, read = [], 0
    for part in answer.iter_raw():
        parts.append(part)
        read += len(part)
        if read > most:
            return b"".join(parts)[:most], False
    return b"".join(parts), True


def _resolve(host: str, port: int, allowed: Collection[str], fix: str) -> IPv4Address | IPv6Address:
    """The address to connect to. Every address of the name must be allowed: one bad one is a trap."""
    try:
        infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unreachable(f"The name {host} has no address, so nothing was sent. Check the address.") from None
    addresses = [ip_address(str(row[4][0]).partition("%")[0]) for row in infos]
    for address in addresses:
        what = why_forbidden(address)
        if what and what not in allowed:
            raise Unreachable(f"{host} leads to {address}, which is {what}, so nothing was sent. {fix}")
    return addresses[0]


@cache
def ssl_context() -> ssl.SSLContext:
    """Verifies certificates against the system's authorities."""
    return httpx2.create_ssl_context()


@contextmanager
def _deadline_trace(seconds: float) -> Iterator[Any]:
    """A trace for the connection that cuts it after so many seconds, however slowly the other side answers."""
    streams: list[Any] = []

    def trace(name: str, told: dict[str, Any]) -> None:
        if name in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            streams.append(told["return_value"])

    def cut() -> None:
        for stream in streams[-1:]:
            with suppress(OSError):  # it was closed in the same moment
                stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield trace
    finally:
        timer.cancel()
