"""Idempotency: one key, one body, one item, on both engines; however often and however close together it is sent."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from contextlib import nullcontext
from typing import Any

import pytest
from flask import Flask

from reviewqueue.api import idempotency
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.onboardings import Onboarding
from tests.api import payloads
from tests.conftest import Api
from tests.world import World

ITEMS = "/api/v1/items"
KEY = {"Idempotency-Key": "deal-006-kickoff"}


@pytest.fixture(params=["sqlite", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """What holds for one engine has to hold for the other."""
    name: str = request.param
    return name


def test_the_same_again_gets_the_first_answer_byte_for_byte(api: Api, world: World) -> None:
    """Also when the item has moved on since, and when the body says the same in another order."""
    body = payloads.email(checks=[{"key": "tone", "outcome": "pass", "confidence": 0.93}])
    first = api.post(ITEMS, json=body, headers=KEY)
    api.post(f"{ITEMS}/{first.json['id']}/withdrawal", json={"reason": "No longer needed here."})
    again = api.post(ITEMS, json=body, headers=KEY)
    other_order = json.dumps(dict(reversed(body.items())), indent=3)
    once_more = api.post(ITEMS, data=other_order, content_type="application/json", headers=KEY)
    assert [one.status_code for one in (first, again, once_more)] == [201, 201, 201]
    assert first.data == again.data == once_more.data
    assert world.count(Item) == 1


def test_another_body_under_the_key_is_refused(api: Api, world: World) -> None:
    """422, and it says what to do; a digit more in a payload is another body."""
    body = payloads.email()
    api.post(ITEMS, json=body, headers=KEY)
    other = json.dumps(payloads.put(body, "/sources/0/payload/more", 1.5)).replace("1.5", "1.50")
    same = json.dumps(payloads.put(body, "/sources/0/payload/more", 1.5))
    for data in (other, same):
        answer = api.post(ITEMS, data=data, content_type="application/json", headers=KEY)
        assert (answer.status_code, answer.json["type"]) == (422, "urn:reviewqueue:problem:idempotency-key-reused")
        assert "new key" in answer.json["detail"]
    assert world.count(Item) == 1


def test_a_refused_request_leaves_its_key_free(api: Api, world: World) -> None:
    """What was never done can be fixed and sent under the same key."""
    assert api.post(ITEMS, json=payloads.email(title=""), headers=KEY).status_code == 422
    assert api.post(ITEMS, json=payloads.email(), headers=KEY).status_code == 201


def test_keys_belong_to_their_automation(api: Api, world: World) -> None:
    """Two automations may use the same key for different things."""
    first = api.post(ITEMS, json=payloads.email(), headers=KEY)
    api.key = world.other_key
    second = api.post(ITEMS, json=payloads.email(), headers=KEY)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json["id"] != second.json["id"]


@pytest.mark.parametrize("key", ["k", "k" * 255, "Schlüssel ☂".encode().decode("latin-1"), "a'b\"c;--"])
def test_any_text_up_to_255_is_a_key(api: Api, world: World, key: str) -> None:
    """Kept as it came, and found again."""
    body = payloads.email()
    first, second = (api.post(ITEMS, json=body, headers={"Idempotency-Key": key}) for _ in range(2))
    assert (first.status_code, first.data) == (201, second.data)


def test_a_longer_key_is_refused(api: Api, world: World) -> None:
    """Never cut off: two keys that begin alike stay two."""
    answer = api.post(ITEMS, json=payloads.email(), headers={"Idempotency-Key": "k" * 256})
    assert (answer.status_code, answer.json["errors"][0]["at"]) == (422, "/Idempotency-Key")
    assert world.count(Item) == 0


def test_one_still_running_is_409(api: Api, world: World) -> None:
    """While the first runs, the second is told so, with when to come back; then it gets the first answer."""
    body = payloads.email()
    with idempotency.run_alone(world.caller.automation_id, KEY["Idempotency-Key"]):
        running = api.post(ITEMS, json=body, headers=KEY)
        assert api.post(ITEMS, json=body, headers={"Idempotency-Key": "another"}).status_code == 201
    assert (running.status_code, running.headers["Retry-After"]) == (409, "1")
    assert running.json["type"] == "urn:reviewqueue:problem:idempotency-key-in-progress"
    assert api.post(ITEMS, json=body, headers=KEY).status_code == 201


HOLDS = """
import fcntl, sys
fcntl.lockf(int(sys.argv[1]), fcntl.LOCK_EX, 1, int(sys.argv[2]))
print("held", flush=True)
sys.stdin.read()
"""


def test_one_still_running_in_another_process_is_409_too(api: Api, world: World) -> None:
    """Another process of the server holds the key's turn; when it is gone, however it went, the key is free."""
    byte = idempotency._key_byte(world.caller.automation_id, KEY["Idempotency-Key"])
    command = [sys.executable, "-c", HOLDS, str(idempotency._lock_file), str(byte)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, pass_fds=[idempotency._lock_file], stdin=pipe, stdout=pipe, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        running = api.post(ITEMS, json=payloads.email(), headers=KEY)
        other.kill()
    assert (running.status_code, running.headers["Retry-After"]) == (409, "1")
    assert api.post(ITEMS, json=payloads.email(), headers=KEY).status_code == 201


def at_once(app: Flask, bodies: list[dict[str, Any]], headers: dict[str, str]) -> list[tuple[int, bytes]]:
    """Send all of them at the same moment; status and body of each."""
    ready, found = threading.Barrier(len(bodies)), []

    def send(body: dict[str, Any]) -> None:
        client = Api(app, app.response_class, use_cookies=False)
        ready.wait()
        answer = client.post(ITEMS, json=body, headers=headers)
        found.append((answer.status_code, answer.data))

    threads = [threading.Thread(target=send, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_a_hundred_at_once_open_one_item(app: Flask, api: Api, world: World) -> None:
    """One item and one onboarding; each sender has the answer or is told to come back for it; nobody gets a 5xx."""
    body = payloads.email()
    found = at_once(app, [body] * 100, KEY)
    answered = {data for status, data in found if status == 201}
    assert {status for status, _ in found} <= {201, 409}
    assert len(answered) == 1
    assert world.count(Item) == world.count(Onboarding) == 1
    assert api.post(ITEMS, json=body, headers=KEY).data in answered
    assert world.verify().holds


def test_without_the_guard_in_the_process_the_database_still_holds(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when servers started apart serve: then every one of them gets the first answer."""
    monkeypatch.setattr("reviewqueue.api.idempotency.run_alone", lambda *_: nullcontext())
    found = at_once(app, [payloads.email()] * 20, KEY)
    assert {status for status, _ in found} == {201}
    assert len({data for _, data in found}) == 1
    assert world.count(Item) == 1


def test_the_control_without_a_key_opens_many(app: Flask, world: World) -> None:
    """Without the key each of them is an item, the older ones superseded: the key is what makes it one."""
    found = at_once(app, [payloads.email()] * 5, {})
    assert {status for status, _ in found} == {201}
    assert world.count(Item) == 5
