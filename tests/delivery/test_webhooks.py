"""Callbacks on the wire: signed, to nobody's network but the receiver's, patient for so long and no longer."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from reviewqueue.core import outbound
from reviewqueue.delivery import webhooks
from reviewqueue.delivery.callbacks import DueCallback
from reviewqueue.delivery.webhooks import send
from reviewqueue.people import api_keys
from tests.support.callback_receiver import Receiver, listening

SECRET = api_keys.callback_secret("a" * 32, 7, 1)
PEM = Path(__file__).parent / "tls" / "hooks.example.pem"
BODY = '{"data":{"id":7,"name":"Zoë"},"type":"item.decided"}'


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """The automation's server."""
    with listening() as found:
        yield found


def due(url: str) -> DueCallback:
    """A message on its way there."""
    return DueCallback(1, "lease", 1, "msg_fixed", "item.decided", url, BODY, 7, 1)


def now() -> datetime:
    """The moment."""
    return datetime.now(UTC)


def test_the_official_library_verifies_what_arrives(receiver: Receiver) -> None:
    """Id, timestamp and signature as Standard Webhooks has them; the body byte for byte; the query with it."""
    came = send(due(receiver.url), SECRET, now(), private=True)
    assert (came.status, came.says, came.retry_after) == (204, "Taken: 204 No Content", 0)
    (got,) = receiver.came
    assert Webhook(SECRET).verify(got.body, got.headers)["data"] == {"id": 7, "name": "Zoë"}
    assert (got.headers["webhook-id"], got.body.decode()) == ("msg_fixed", BODY)
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert (got.path, got.headers["content-type"]) == ("/hooks/decisions?team=a", "application/json")


@pytest.mark.parametrize("change", ["body", "id", "time", "secret"])
def test_a_changed_message_is_not_verified(receiver: Receiver, change: str) -> None:
    """The control: any change to what is signed, or another secret, and the signature does not hold."""
    send(due(receiver.url), SECRET, now(), private=True)
    got = receiver.came[0]
    changed = {"id": "webhook-id", "time": "webhook-timestamp"}.get(change)
    headers = got.headers
    if changed:
        headers = {**headers, changed: "msg_other" if change == "id" else str(int(headers[changed]) + 1)}
    secret = api_keys.callback_secret("a" * 32, 8, 1) if change == "secret" else SECRET
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(got.body + b" " if change == "body" else got.body, headers)


ANSWERS: list[tuple[int, dict[str, str], str, int]] = [
    (200, {}, "Taken: 200 OK", 0),
    (202, {}, "Taken: 202 Accepted", 0),
    (301, {"Location": "http://127.0.0.1:1/"}, "redirects are not followed", 0),
    (307, {"Location": "http://127.0.0.1:1/"}, "redirects are not followed", 0),
    (400, {}, "Answered 400 Bad Request", 0),
    (410, {}, "wants no more", 0),
    (429, {"Retry-After": "120"}, "Answered 429", 120),
    (503, {"Retry-After": "99999999999"}, "Answered 503", 0),
    (503, {"Retry-After": "999999999"}, "Answered 503", webhooks.MAX_RETRY_AFTER),
    (503, {"Retry-After": "-5"}, "Answered 503", 0),
    (503, {"Retry-After": "soon"}, "Answered 503", 0),
]


@pytest.mark.parametrize(("status", "headers", "says", "wait"), ANSWERS)
def test_an_answer_is_told_in_words(
    receiver: Receiver, status: int, headers: dict[str, str], says: str, wait: int
) -> None:
    """The status is kept as it came, and Retry-After as far as it makes sense."""
    receiver.answers = [(status, headers)]
    came = send(due(receiver.url), SECRET, now(), private=True)
    assert (came.status, came.retry_after) == (status, wait)
    assert says in came.says
    assert len(receiver.came) == 1


def test_a_date_to_come_back_is_kept(receiver: Receiver) -> None:
    """Retry-After as a date counts from now; one long past asks for nothing."""
    later = (now() + timedelta(minutes=10)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    receiver.answers = [(503, {"Retry-After": later}), (503, {"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT"})]
    assert 590 <= send(due(receiver.url), SECRET, now(), private=True).retry_after <= 600
    assert send(due(receiver.url), SECRET, now(), private=True).retry_after == 0


# Every address here is somebody else's business; each with a network it stands for.
FORBIDDEN = (
    "0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.254 127.0.0.1 127.255.255.254 169.254.0.1 "
    "169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.8 192.0.2.1 192.88.99.1 192.168.0.1 192.168.255.255 "
    "198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 :: "
    "::1 ::7f00:1 ::10.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 "
    "64:ff9b::808:808 64:ff9b:1::1 100::1 100:0:0:1::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:10::1 "
    "2001:20::1 2001:db8::1 2002:7f00:1:: 2002:808:808::1 3fff::1 4000::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 "
    "febf::1 fec0::1 ff02::1 ff0e::1"
)
ALLOWED = "1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 100.63.255.255 100.128.0.1 172.15.255.255 172.32.0.1 223.255.255.255"
ALLOWED += " 2606:4700::1111 2a00:1450:4001::1 2001:200::1 2003::1 3ffe::1"


@pytest.mark.parametrize("address", FORBIDDEN.split())
def test_an_address_of_somebodys_own_network_is_refused(address: str) -> None:
    """Whatever `ipaddress` thinks of it."""
    assert outbound.why_forbidden(ip_address(address)) != ""


@pytest.mark.parametrize("address", ALLOWED.split())
def test_a_public_address_is_allowed(address: str) -> None:
    """The control: the neighbours of every network on the list."""
    assert outbound.why_forbidden(ip_address(address)) == ""


HOSTS = ["127.0.0.1", "2130706433", "0x7f000001", "0x7f.1", "127.1", "0", "localhost", "localhost.", "[::1]", "[::]"]
HOSTS += ["[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "127.0.0.1.", "017700000001"]


@pytest.mark.parametrize("host", HOSTS)
def test_no_spelling_of_this_machine_is_connected_to(receiver: Receiver, host: str) -> None:
    """Decimal, hexadecimal, short, mapped and translated forms: nothing arrives, and the failure says why."""
    came = send(due(f"http://{host}:{receiver.port}/"), SECRET, now())
    assert came.status is None
    assert "nothing was sent" in came.says
    assert receiver.came == []


def test_the_control_switched_on_it_is_connected_to(receiver: Receiver) -> None:
    """With private addresses allowed, the very same spelling arrives."""
    assert send(due(f"http://2130706433:{receiver.port}/"), SECRET, now(), private=True).status == 204
    assert len(receiver.came) == 1


def answers(*rows: str) -> Callable[..., list[Any]]:
    """A resolver that gives these addresses, one call after the other; the last one again and again."""
    left = list(rows)

    def resolve(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        found = (left.pop(0) if len(left) > 1 else left[0]).split()
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    return resolve


def test_a_name_is_resolved_once_and_that_address_is_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads outward when it is looked at and home when it is connected to (rebinding) never gets home."""
    seen: list[str] = []

    def connect(address: tuple[str, int], *_: Any, **__: Any) -> socket.socket:
        seen.append(address[0])
        raise OSError("not in this test")

    monkeypatch.setattr(socket, "getaddrinfo", answers("93.184.216.34", "127.0.0.1"))
    monkeypatch.setattr(socket, "create_connection", connect)
    came = send(due(f"http://rebinding.example:{receiver.port}/"), SECRET, now())
    assert (seen, came.status) == (["93.184.216.34"], None)
    assert receiver.came == []


def test_one_bad_address_among_good_ones_is_a_trap(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name with a public and a private address is refused before anything is connected."""
    monkeypatch.setattr(socket, "getaddrinfo", answers("93.184.216.34 127.0.0.1"))
    came = send(due(f"http://both.example:{receiver.port}/"), SECRET, now())
    assert "127.0.0.1, which is loopback" in came.says
    assert receiver.came == []


def test_the_name_goes_along_with_the_address(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """The receiver is called by its own name, though the connection goes to a number."""
    monkeypatch.setattr(socket, "getaddrinfo", answers("127.0.0.1"))
    assert send(due(f"http://hooks.example:{receiver.port}/"), SECRET, now(), private=True).status == 204
    assert receiver.came[0].headers["host"] == f"hooks.example:{receiver.port}"


@pytest.mark.parametrize(("name", "status"), [("hooks.example", 204), ("other.example", None)])
def test_a_certificate_is_held_against_the_name(monkeypatch: pytest.MonkeyPatch, name: str, status: int | None) -> None:
    """Over TLS to the address that was looked at, the certificate must still be the name's own."""
    theirs, ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context(cafile=str(PEM))
    theirs.load_cert_chain(PEM)
    monkeypatch.setattr(outbound, "ssl_context", lambda: ours)
    monkeypatch.setattr(socket, "getaddrinfo", answers("127.0.0.1"))
    with listening(theirs) as receiver:
        came = send(due(f"https://{name}:{receiver.port}/"), SECRET, now(), private=True)
    assert (came.status, len(receiver.came)) == (status, 1 if status else 0)
    assert ("CERTIFICATE_VERIFY_FAILED" in came.says) == (status is None)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://nobody.invalid/", "has no address"),
        ("ftp://hooks.example/", "not http or https"),
        ("http://[::1/", "cannot be read"),
        ("http://127.0.0.1:99999/", "nothing was sent"),
        ("http://" + "a" * 300 + ".example/", "nothing was sent"),
        ("nonsense", "not http or https"),
    ],
)
def test_an_address_that_leads_nowhere_is_told(url: str, says: str) -> None:
    """Whatever is in the row, the worker gets words and no exception."""
    came = send(due(url), SECRET, now())
    assert came.status is None
    assert says in came.says


def test_a_closed_port_is_told(receiver: Receiver) -> None:
    """Nobody listens: words, no status."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    came = send(due(f"http://127.0.0.1:{port}/"), SECRET, now(), private=True)
    assert (came.status, came.says.startswith("The connection failed")) == (None, True)


def dripping(answer: bytes, pause: float) -> tuple[int, Callable[[], None]]:
    """A server that answers one byte at a time, and how to end it."""
    door, over = socket.create_server(("127.0.0.1", 0)), threading.Event()

    def serve() -> None:
        caught, _ = door.accept()
        with caught:
            caught.recv(65536)
            for number in range(len(answer)):
                try:
                    caught.send(answer[number : number + 1])
                except OSError:
                    return
                if over.wait(pause):
                    return

    thread = threading.Thread(target=serve)
    thread.start()

    def end() -> None:
        over.set()
        thread.join()
        door.close()

    return door.getsockname()[1], end


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 500, b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * 500]
)
def test_a_receiver_that_drips_is_cut_off(monkeypatch: pytest.MonkeyPatch, answer: bytes) -> None:
    """A byte every now and then keeps each read alive; the whole still ends, long before the answer would."""
    monkeypatch.setattr(webhooks, "MAX_SECONDS", 1.0)
    port, end = dripping(answer, 0.1)
    came = send(due(f"http://127.0.0.1:{port}/"), SECRET, now(), private=True)
    assert came.status is None
    end()


def test_a_silent_receiver_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer within the time: words that say so."""
    monkeypatch.setattr(webhooks, "TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as door:
        came = send(due(f"http://127.0.0.1:{door.getsockname()[1]}/"), SECRET, now(), private=True)
    assert (came.status, came.says[:19]) == (None, "No answer within 0 ")


def test_only_so_much_of_an_answer_is_read() -> None:
    """A receiver that answers without end is heard for 64 KiB."""
    door = socket.create_server(("127.0.0.1", 0))
    sent = 0

    def flood() -> None:
        nonlocal sent
        caught, _ = door.accept()
        with caught:
            caught.recv(65536)
            caught.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            try:
                while sent < 500_000_000:
                    sent += caught.send(b"a" * 65536)
            except OSError:
                return

    thread = threading.Thread(target=flood)
    thread.start()
    came = send(due(f"http://127.0.0.1:{door.getsockname()[1]}/"), SECRET, now(), private=True)
    thread.join()
    door.close()
    assert came.status == 200
    assert sent < 50_000_000


def test_a_connection_that_closed_in_the_same_moment_is_not_cut_again() -> None:
    """The deadline comes as the answer does: its thread ends without a word."""
    ours, theirs = socket.socketpair()
    theirs.close()
    ours.close()
    stream = SimpleNamespace(get_extra_info=lambda _: ours)
    with outbound._deadline_trace(0) as trace:
        trace("connection.connect_tcp.complete", {"return_value": stream})
        for thread in [one for one in threading.enumerate() if isinstance(one, threading.Timer)]:
            thread.join()
