"""Proxies: only those that are named are believed, from the right; and whoever guesses behind one is slowed alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask

from reviewqueue.core.settings import Settings
from reviewqueue.people import sign_in_throttle
from reviewqueue.web.proxies import UNNAMED, ProxyMiddleware
from tests.cast import DANA, PASSWORD, SAM
from tests.world import World

PROXY, INNER = "10.0.0.5", "10.0.0.9"
STRANGER, VISITOR = "203.0.113.7", "198.51.100.20"


@pytest.fixture
def proxied(world: World, application: Callable[..., Flask]) -> Iterator[Any]:
    """The application behind a proxy that it was told of."""
    with time_machine.travel(world.now, tick=True):
        app = application(trusted_proxies=f"{PROXY}, {INNER}")
        app.config["WTF_CSRF_ENABLED"] = False
        yield app


def enter(client: Any, address: str, password: str, email: str = DANA.email, peer: str = PROXY) -> int:
    """Sign in from that address, through the proxy; the status."""
    sent = {"email": email, "password": password}
    headers = {"X-Forwarded-For": address}
    answer = client.post("/sign-in", data=sent, headers=headers, environ_overrides={"REMOTE_ADDR": peer})
    return int(answer.status_code)


def test_a_stranger_who_guesses_behind_the_proxy_keeps_nobody_else_out(proxied: Any) -> None:
    """Forty wrong ones over many accounts, then eight on one: only that address waits."""
    stranger = proxied.test_client()
    for number in range(sign_in_throttle.MAX_PER_ADDRESS):
        assert enter(stranger, STRANGER, "wrong", f"guess{number}@northbeam.example") == 403
    assert enter(stranger, STRANGER, "wrong") == 429
    assert enter(proxied.test_client(), VISITOR, PASSWORD) == 303


def test_a_guesser_of_one_account_does_not_keep_its_owner_out(proxied: Any) -> None:
    """The right password passes from any address that did not guess itself."""
    for _ in range(sign_in_throttle.MAX_PER_SOURCE):
        assert enter(proxied.test_client(), STRANGER, "wrong") == 403
    assert enter(proxied.test_client(), STRANGER, PASSWORD) == 429
    assert enter(proxied.test_client(), VISITOR, PASSWORD) == 303
    assert enter(proxied.test_client(), STRANGER, PASSWORD) == 429, "the owner's sign-in forgives the guesser nothing"


def test_guessing_one_account_from_everywhere_is_slowed_and_its_owners_browser_is_not(proxied: Any) -> None:
    """A hundred addresses, one guess each: then no stranger is tried, and a browser that was here before is."""
    known = proxied.test_client()
    assert enter(known, VISITOR, PASSWORD) == 303
    for number in range(sign_in_throttle.MAX_PER_ACCOUNT):
        assert enter(proxied.test_client(), f"203.0.113.{number}", "wrong") == 403
    assert enter(proxied.test_client(), "192.0.2.99", "wrong") == 429
    known.delete_cookie("reviewqueue")
    assert enter(known, "192.0.2.99", PASSWORD) == 303
    assert enter(known, "192.0.2.99", PASSWORD, SAM.email) == 303, "another account is not guessed at"


def test_a_known_browser_is_slowed_when_it_guesses_itself(proxied: Any) -> None:
    """The cookie opens nothing: eight wrong ones, then it waits like anybody; nor does it help on other accounts."""
    known = proxied.test_client()
    assert enter(known, VISITOR, PASSWORD) == 303
    known.delete_cookie("reviewqueue")
    for _ in range(sign_in_throttle.MAX_PER_SOURCE):
        assert enter(known, VISITOR, "wrong") == 403
    assert enter(known, VISITOR, PASSWORD) == 429
    for _ in range(sign_in_throttle.MAX_PER_SOURCE):
        assert enter(known, STRANGER, "wrong", SAM.email) == 403
    assert enter(known, STRANGER, PASSWORD, SAM.email) == 429
    assert enter(known, VISITOR, PASSWORD, SAM.email) == 303, "of an account it is not known for, the address counts"
    assert enter(proxied.test_client(), VISITOR, PASSWORD, SAM.email) == 303


def test_what_known_browsers_mistype_keeps_no_stranger_out(world: World) -> None:
    """However often: they are counted each by itself. The control: as many tries from addresses do."""
    for kind, waits in (("device", False), ("address", True)):
        with world.session() as session:
            for number in range(sign_in_throttle.MAX_PER_ACCOUNT):
                whose = sign_in_throttle.counting_key(f"10.1.0.{number}", f"known-{number}" if kind == "device" else "")
                sign_in_throttle.record_failure(session, DANA.email, whose, world.now)
            left = sign_in_throttle.wait(session, DANA.email, sign_in_throttle.counting_key(VISITOR), world.now)
        assert bool(left) is waits, kind


def test_a_right_password_forgives_what_was_mistyped_before(proxied: Any) -> None:
    """Seven wrong ones and the right one, again and again: nobody waits for the sum of them."""
    client = proxied.test_client()
    for _ in range(3):  # the first time as an address, then as a known browser
        for _ in range(sign_in_throttle.MAX_PER_SOURCE - 1):
            assert enter(client, VISITOR, "wrong") == 403
        assert enter(client, VISITOR, PASSWORD) == 303
        client.delete_cookie("reviewqueue")


@pytest.mark.parametrize("forged", ["", "WyJ4IixbXV0.aaaa.bbbb", "x" * 3000])
def test_a_forged_device_is_nobodys(proxied: Any, forged: str) -> None:
    client = proxied.test_client()
    for _ in range(sign_in_throttle.MAX_PER_SOURCE):
        assert enter(proxied.test_client(), STRANGER, "wrong") == 403
    client.set_cookie("reviewqueue_device", forged)
    assert enter(client, STRANGER, PASSWORD) == 429


def test_a_new_password_ends_the_wait(proxied: Any, world: World) -> None:
    """The refusal says to ask an admin for one, and so it helps."""
    from reviewqueue.people import users

    for _ in range(sign_in_throttle.MAX_PER_SOURCE):
        enter(proxied.test_client(), VISITOR, "wrong")
    with world.session() as session:
        users.set_password(session, DANA.id, "another long password", f"person:{SAM.id}", world.now)
    assert enter(proxied.test_client(), VISITOR, "another long password") == 303


def test_who_owns_an_ipv6_network_is_one_guesser(proxied: Any) -> None:
    for number in range(sign_in_throttle.MAX_PER_SOURCE):
        assert enter(proxied.test_client(), f"2001:db8:1:2::{number}", "wrong") == 403
    assert enter(proxied.test_client(), "2001:db8:1:2:ffff::1", PASSWORD) == 429
    assert enter(proxied.test_client(), "2001:db8:1:3::1", PASSWORD) == 303


def test_what_nobody_vouches_for_is_not_believed(client_for: Any) -> None:
    """Another address in each try, from a peer that is no proxy: they count as one all the same."""
    client = client_for()
    for number in range(sign_in_throttle.MAX_PER_SOURCE):
        assert enter(client, f"203.0.113.{number}", "wrong", peer="127.0.0.1") == 403
    assert enter(client, "203.0.113.99", PASSWORD, peer="127.0.0.1") == 429


# (what, peer, headers, then: address, scheme, host)
FOR, PROTO, HOST = "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST"
BELIEVED: list[tuple[str, str, dict[str, str], tuple[str, str, str]]] = [
    ("one hop", PROXY, {FOR: VISITOR, PROTO: "https", HOST: "q.example"}, (VISITOR, "https", "q.example")),
    ("no header", PROXY, {}, (PROXY, "http", "inside")),
    ("not a proxy", VISITOR, {FOR: "1.2.3.4", PROTO: "https", HOST: "evil.example"}, (VISITOR, "http", "inside")),
    ("what the visitor put in front", PROXY, {FOR: f"127.0.0.1, {VISITOR}"}, (VISITOR, "http", "inside")),
    (
        "two hops: what the outer one saw",
        PROXY,
        {FOR: f"6.6.6.6, {VISITOR}, {INNER}", PROTO: "ftp, https, http", HOST: "a.example, q.example, inner"},
        (VISITOR, "https", "q.example"),
    ),
    ("two hops, one of which says the scheme", PROXY, {FOR: f"{VISITOR}, {INNER}", PROTO: "https"}, (VISITOR, "https", "inside")),
    ("only proxies", PROXY, {FOR: INNER}, (INNER, "http", "inside")),
    ("with a port", PROXY, {FOR: f"{VISITOR}:4711"}, (VISITOR, "http", "inside")),
    ("version six with a port", PROXY, {FOR: "[2001:db8::1]:4711"}, ("2001:db8::1", "http", "inside")),
    ("version six", PROXY, {FOR: "2001:db8::1"}, ("2001:db8::1", "http", "inside")),
    ("four in six", f"::ffff:{PROXY}", {FOR: f"::ffff:{VISITOR}"}, (VISITOR, "http", "inside")),
    ("no address at all", PROXY, {FOR: "unknown"}, (PROXY, "http", "inside")),
    ("a scheme and a host that are none", PROXY, {FOR: VISITOR, PROTO: "javascript", HOST: "a b"}, (VISITOR, "http", "inside")),
]  # fmt: skip


@pytest.mark.parametrize(("what", "peer", "sent", "then"), BELIEVED, ids=[row[0] for row in BELIEVED])
def test_what_is_believed(
    settings: Settings, what: str, peer: str, sent: dict[str, str], then: tuple[str, str, str]
) -> None:
    """Of named proxies, read from the right; nothing of what else was sent is left in the request."""
    seen: dict[str, Any] = {}
    named = settings.model_copy(update={"trusted_proxies": f"{PROXY},{INNER}"})
    environ = {"REMOTE_ADDR": peer, "wsgi.url_scheme": "http", "HTTP_HOST": "inside", "PATH_INFO": "/", **sent}
    environ["HTTP_FORWARDED"] = "for=1.2.3.4;proto=https;host=evil.example"
    ProxyMiddleware(lambda environ, _: seen.update(environ) or [], named)(environ, lambda *_: None)  # type: ignore[func-returns-value]
    assert (seen["REMOTE_ADDR"], seen["wsgi.url_scheme"], seen["HTTP_HOST"]) == then, what
    assert not [name for name in seen if name.startswith(("HTTP_X_FORWARDED", "HTTP_FORWARDED"))]


@pytest.mark.parametrize(
    ("said", "taken"),
    [("/reviews", "/reviews"), ("/a/b/", "/a/b"), ("//evil.example", ""), ("/a b", ""), ('/"><script>', ""), ("x", "")],
)
def test_a_prefix_that_is_no_path_is_none(settings: Settings, said: str, taken: str) -> None:
    """Every link of a page begins with it, so a named proxy that passes on what a visitor sent makes no link of that."""
    seen: dict[str, Any] = {}
    named = settings.model_copy(update={"trusted_proxies": PROXY})
    environ = {"REMOTE_ADDR": PROXY, "PATH_INFO": "/queue", "HTTP_X_FORWARDED_PREFIX": said}
    ProxyMiddleware(lambda environ, _: seen.update(environ) or [], named)(environ, lambda *_: None)  # type: ignore[func-returns-value]
    assert seen.get("SCRIPT_NAME", "") == taken


def test_a_proxy_that_is_not_named_is_told_once_and_kept_for_doctor(
    settings: Settings, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A private peer that forwards is a proxy; one line says what to set, however much comes through it."""
    from reviewqueue.cli import diagnostics
    from reviewqueue.cli.finding import Finding

    def finding() -> Finding:
        return next(one for one in diagnostics.settings_findings(settings) if one.name == "proxy")

    proxies = ProxyMiddleware(lambda environ, _: [str(environ.get(UNNAMED)).encode()], settings)
    assert finding().well
    for peer, marked in (("9.9.9.9", b"None"), (PROXY, b"True"), (PROXY, b"True")):
        environ = {"REMOTE_ADDR": peer, FOR: VISITOR, "PATH_INFO": "/"}
        assert proxies(environ, lambda *_: None) == [marked]
    assert capfd.readouterr().err.count(f"REVIEWQUEUE_TRUSTED_PROXIES={PROXY}") == 1
    assert (finding().well, finding().fix.split()[1]) == (False, f"REVIEWQUEUE_TRUSTED_PROXIES={PROXY}")
    settings.trusted_proxies = PROXY
    assert finding().well
    settings.trusted_proxies = ""
    ProxyMiddleware(lambda *_: [], settings)
    assert finding().well, "a new start has seen none yet"
    settings.public_url = "https://queue.example"
    assert not finding().well, "nothing but a proxy makes an https address of this server"


PROXYS_OWN = [
    ("X-Forwarded-For", VISITOR),
    ("X-Forwarded-For", ""),
    ("X-Forwarded-Proto", "https"),
    ("X-Forwarded-Host", "queue.example"),
    ("Forwarded", f"for={VISITOR};proto=https"),
    ("Via", "1.1 proxy"),
    ("X-Real-IP", VISITOR),
]


@pytest.mark.parametrize(("name", "value"), PROXYS_OWN, ids=[f"{name}: {value}" for name, value in PROXYS_OWN])
def test_metrics_without_a_token_are_not_for_whoever_a_proxy_lets_in(
    client_for: Any, settings: Settings, name: str, value: str
) -> None:
    """Whatever shows a proxy: no browser sends any of these, and this machine itself sends none."""
    client = client_for()
    settings.public_url = ""
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", headers={name: value}).status_code == 404
    assert settings.proxy_seen() == "127.0.0.1", "and doctor says which proxy to name"
    assert client.get("/metrics", environ_overrides={"REMOTE_ADDR": VISITOR}).status_code == 404
    settings.public_url = "https://queue.example"
    assert client.get("/metrics").status_code == 404, "behind a proxy everybody comes from this machine"


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("said", ["", VISITOR, "127.0.0.1", "unknown"])
def test_metrics_without_a_token_are_nobodys_where_a_proxy_is_named(
    application: Callable[..., Flask], said: str
) -> None:
    """It stands in front, whatever it says of the request: one that is not told to add to `X-Forwarded-For` passes it on
    as a stranger sent it."""
    app = application(trusted_proxies="127.0.0.1", public_url="")
    headers = {"X-Forwarded-For": said} if said else {}
    assert app.test_client().get("/metrics", headers=headers).status_code == 404


SILENT: list[tuple[dict[str, str], bool]] = [
    ({"HTTP_FORWARDED": f"for={VISITOR}"}, True),
    ({"HTTP_X_REAL_IP": VISITOR}, True),
    ({FOR: "unknown"}, True),
    ({FOR: f"{VISITOR},"}, True),
    ({FOR: VISITOR, "HTTP_FORWARDED": f"for={VISITOR}"}, False),
    ({FOR: f"nonsense, {VISITOR}"}, False),
    ({}, False),
]


@pytest.mark.parametrize(("sent", "silent"), SILENT, ids=[str(row[0]) for row in SILENT])
def test_a_named_proxy_that_says_no_address_is_told_of(
    settings: Settings, capfd: pytest.CaptureFixture[str], sent: dict[str, str], silent: bool
) -> None:
    """All who come through it are one address to us: a stranger who guesses would slow everybody. A visitor's own
    words in front, and a request of the proxy itself, are no reason."""
    from reviewqueue.cli import diagnostics

    settings.trusted_proxies = PROXY
    proxies, seen = ProxyMiddleware(lambda environ, _: [environ["REMOTE_ADDR"].encode()], settings), []
    for _ in range(2):
        seen += proxies({"REMOTE_ADDR": PROXY, "PATH_INFO": "/", **sent}, lambda *_: None)
    assert seen == [(PROXY if silent or not sent else VISITOR).encode()] * 2
    found = next(one for one in diagnostics.settings_findings(settings) if one.name == "proxy")
    assert (found.well, "X-Forwarded-For" in found.fix) == (not silent, silent)
    assert capfd.readouterr().err.count("event=proxy.silent") == silent
