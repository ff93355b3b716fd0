"""The client that an automation imports, against a real server; and what it does when the server is in trouble."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from time import monotonic, sleep
from typing import Any

import httpx2
import pytest

from reviewqueue import client
from reviewqueue.api import idempotency
from reviewqueue.client import Client, NotOurs, Problem, verify_callback
from reviewqueue.db.tables.items import Item
from reviewqueue.delivery import webhooks
from reviewqueue.delivery.callbacks import DueCallback
from reviewqueue.people import api_keys
from tests import drafts
from tests.api import payloads
from tests.cast import DANA
from tests.conftest import Site
from tests.support.callback_receiver import listening
from tests.world import KEY


@pytest.fixture
def engine_name() -> str:
    """The client knows nothing of engines."""
    return "sqlite"


@pytest.fixture
def queue(site: Site) -> Iterator[Client]:
    """The automation's way in."""
    with Client(site.url, KEY) as found:
        yield found


def test_from_submitting_to_the_outcome(queue: Client, site: Site) -> None:
    """Submit, be sent back, revise, be decided: the whole of an automation's day."""
    made = queue.submit(payloads.email(confidence=Decimal("0.870")), idempotency_key="deal-1")
    assert queue.submit(payloads.put(payloads.email(), "/title", "x"), idempotency_key="deal-2")["id"] == made["id"] + 1
    item = queue.get(made["id"])
    assert str(item["revision"]["confidence"]) == "0.870"
    site.world.decide(DANA, made["id"], "send_back", text="Say who attends, please.")
    item = queue.get(made["id"], wait=30)
    assert item["outcome"]["reason"]["text"] == "Say who attends, please."
    draft = {**item["draft"], "subject": "Kickoff invitation, with names"}
    assert queue.revise(made["id"], item["revision"]["digest"], draft, confidence=Decimal("0.9"))["state"] == "pending"
    later = threading.Timer(0.5, site.world.decide, (DANA, made["id"], "reject"), {"text": "The deal fell through."})
    later.start()
    assert queue.get(made["id"], wait=30)["outcome"]["action"] == "reject"
    later.join()
    with pytest.raises(Problem) as refused:
        queue.withdraw(made["id"], "No longer needed here.")
    assert (refused.value.status, refused.value.kind) == (409, "settled")
    assert queue.withdraw(made["id"] + 1, "No longer needed here.")["state"] == "withdrawn"


def test_a_refusal_names_its_places(queue: Client) -> None:
    """What the server says is wrong stands in the exception, and in its text."""
    with pytest.raises(Problem, match=r"/approved_by: only the server sets this") as refused:
        queue.submit({**payloads.email(), "approved_by": "me"})
    assert (refused.value.status, refused.value.kind) == (422, "invalid")
    assert refused.value.errors == [{"at": "/approved_by", "message": "only the server sets this"}]


def test_pages_lead_to_every_item(queue: Client, site: Site) -> None:
    """Page by page to the end, narrowed as asked."""
    made = [site.world.submit(drafts.email()) for _ in range(51)]
    site.world.submit(drafts.packet())
    pages = list(queue.pages(gate="customer-communication", state="pending"))
    assert [len(page) for page in pages] == [50, 1]
    assert [item["id"] for page in pages for item in page] == made


def test_a_wait_that_the_server_could_not_hold_is_asked_again_when_it_says(
    queue: Client, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two threads have one seat, which is taken: the answer comes at once and says when to ask again; the client does
    so within its seconds, and comes back with the decision."""
    made = site.world.submit(drafts.email())
    monkeypatch.setattr(idempotency, "_waiting", site.app.extensions["reviewqueue"].threads)
    asked = Troubled(queue._http._transport, ())
    queue._http._transport = asked
    rested: list[float] = []
    monkeypatch.setattr(client, "sleep", lambda seconds: (rested.append(seconds), sleep(seconds)))
    later = threading.Timer(0.3, site.world.decide, (DANA, made, "reject"), {"text": "The deal fell through."})
    later.start()
    assert queue.get(made, wait=20)["outcome"]["action"] == "reject"
    later.join()
    assert [1 <= seconds <= idempotency.MAX_RETRY_AFTER for seconds in rested] == [True] * len(asked.asked[1:]) != []
    assert all("wait=" in str(request.url) for request in asked.asked)


def test_a_wait_that_was_never_held_ends_in_its_time(
    queue: Client, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Undecided after its seconds, as if it had been held, and not later, though the server would have it rest for half
    a minute; the last look asks for no more waiting."""
    made = site.world.submit(drafts.email())
    monkeypatch.setattr(idempotency, "_waiting", site.app.extensions["reviewqueue"].threads)
    monkeypatch.setattr(idempotency, "MIN_RETRY_AFTER", idempotency.MAX_RETRY_AFTER)
    rested: list[float] = []
    monkeypatch.setattr(client, "sleep", lambda seconds: (rested.append(seconds), sleep(min(seconds, 2))))
    asked = Troubled(queue._http._transport, ())
    queue._http._transport = asked
    begun = monotonic()
    assert queue.get(made, wait=2)["outcome"] is None
    assert monotonic() - begun >= 1.9
    assert 0 < sum(rested) <= 2
    assert "wait=" not in str(asked.asked[-1].url)


def test_the_more_are_turned_away_the_longer_they_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """From two seconds to half a minute, spread over its later half; ten seconds later all is forgotten."""
    monkeypatch.setattr(idempotency, "_turned_away", deque())
    few = [idempotency._retry_after(100.0) for _ in range(5)]
    many = [idempotency._retry_after(101.0) for _ in range(1_000)][-200:]
    assert (set(few) <= {1, 2}, min(many) >= 15, max(many) <= 30, len(set(many)) > 5) == (True,) * 4
    assert idempotency._retry_after(120.0) <= 2


class Troubled(httpx2.BaseTransport):
    """A way to the server with trouble on it: each entry is a status answered instead, or an error raised; `after` lets
    the request through first and loses its answer."""

    def __init__(self, real: httpx2.BaseTransport, trouble: tuple[int | Exception | str, ...]) -> None:
        self.real = real
        self.trouble = list(trouble)
        self.asked: list[httpx2.Request] = []

    def close(self) -> None:
        self.real.close()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        if not self.trouble:
            return self.real.handle_request(request)
        trouble = self.trouble.pop(0)
        if isinstance(trouble, Exception):
            raise trouble
        if trouble == "after":
            self.real.handle_request(request).read()
            raise httpx2.ReadError("the answer was lost")
        if isinstance(trouble, str):
            told = {"type": f"urn:reviewqueue:problem:{trouble}", "detail": "in words", "status": 409}
            return httpx2.Response(409, json=told, headers={"Retry-After": "0"})
        return httpx2.Response(trouble, text="<h1>Bad gateway</h1>")


def through(queue: Client, *trouble: int | Exception | str) -> Troubled:
    """The client with that trouble on its way."""
    way = Troubled(queue._http._transport, trouble)
    queue._http._transport = way
    return way


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses it would have made."""
    made: list[float] = []
    monkeypatch.setattr(client, "sleep", made.append)
    return made


TROUBLE: list[tuple[int | Exception | str, ...]] = [
    (503,),
    (500, 502),
    (429,),
    (httpx2.ConnectError("nobody listens"), 503, httpx2.ReadTimeout("slow")),
    ("idempotency-key-in-progress",),
    ("after",),
    ("after", "idempotency-key-in-progress", 503),
]


@pytest.mark.parametrize("trouble", TROUBLE)
def test_a_submission_is_repeated_under_one_key(
    queue: Client, site: Site, pauses: list[float], trouble: tuple[Any, ...]
) -> None:
    """Whatever was lost on the way, there is one item in the end, and the caller has its answer."""
    way = through(queue, *trouble)
    made = queue.submit(payloads.email())
    assert site.world.count(Item) == 1
    assert made["id"] == 1
    assert len({asked.headers["Idempotency-Key"] for asked in way.asked}) == 1
    assert len(way.asked) == len(trouble) + 1
    assert pauses == [client.PAUSE * 2**number for number in range(len(trouble))]


def test_it_gives_up_in_the_end(queue: Client, pauses: list[float]) -> None:
    """Six tries, then the last trouble is the caller's."""
    way = through(queue, *([503] * 9))
    with pytest.raises(Problem) as refused:
        queue.get(1)
    assert (refused.value.status, len(way.asked), len(pauses)) == (503, 6, 5)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 415, 422])
def test_what_will_not_pass_is_not_repeated(queue: Client, pauses: list[float], status: int) -> None:
    """Asking again would change nothing."""
    way = through(queue, status)
    with pytest.raises(Problem):
        queue.submit(payloads.email())
    assert (len(way.asked), pauses) == (1, [])


def test_what_is_not_safe_is_not_repeated(queue: Client, pauses: list[float]) -> None:
    """A revision or a withdrawal whose answer was lost is the caller's to look into."""
    for call in (lambda: queue.withdraw(1, "No longer needed here."), lambda: queue.revise(1, "0" * 64, {"a": "b"})):
        way = through(queue, httpx2.ReadError("lost"))
        with pytest.raises(Problem) as lost:
            call()
        assert (lost.value.status, len(way.asked)) == (0, 1)
    assert pauses == []


SECRET = api_keys.callback_secret("a" * 32, 1, 1)


def test_a_callback_of_ours_is_verified() -> None:
    """What the worker sends, the client believes; its numbers keep their digits."""
    body = '{"data":{"draft":{"amount":1.10}},"type":"item.decided"}'
    with listening() as receiver:
        due = DueCallback(1, "lease", 1, "msg_1", "item.decided", receiver.url, body, 1, 1)
        webhooks.send(due, SECRET, datetime.now(UTC), private=True)
    got = receiver.came[0]
    told = verify_callback(got.headers, got.body, SECRET)
    assert str(told["data"]["draft"]["amount"]) == "1.10"


@pytest.mark.parametrize(
    "wrong",
    ["body", "secret", "no signature", "garbled signature", "no version", "old", "future", "time in words", "not text"],
)
def test_a_callback_of_somebody_elses_is_not(wrong: str) -> None:
    """Anything not signed by the queue, or signed too long ago, raises NotOurs and nothing else."""
    body = b'{"type":"item.decided"}'
    moment = {"old": 1_700_000_000.0, "future": 4_000_000_000.0}.get(wrong, datetime.now(UTC).timestamp())
    due = DueCallback(1, "lease", 1, "msg_1", "item.decided", "", body.decode(), 1, 1)
    headers = webhooks.headers(due, SECRET, datetime.fromtimestamp(moment, UTC))
    verify = {"body": body, "secret": SECRET}
    if wrong == "body":
        verify["body"] = b'{"type":"item.approved"}'
    elif wrong == "not text":
        verify["body"] = b"\xff\xfe"
    elif wrong == "secret":
        verify["secret"] = api_keys.callback_secret("a" * 32, 2, 1)
    elif wrong == "no signature":
        del headers["webhook-signature"]
    elif wrong == "garbled signature":
        headers["webhook-signature"] = "v1,abc"
    elif wrong == "no version":
        headers["webhook-signature"] = "abc"
    elif wrong == "time in words":
        headers["webhook-timestamp"] = "noon"
    with pytest.raises(NotOurs):
        verify_callback(headers, verify["body"], str(verify["secret"]))


def test_it_needs_no_flask_and_no_database() -> None:
    """An automation installs the package and imports the client: nothing of the server comes along."""
    program = "import sys, json, reviewqueue.client; print(json.dumps(sorted(sys.modules)))"
    loaded = json.loads(subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout)
    assert {"flask", "sqlalchemy", "pydantic"}.isdisjoint(loaded)
