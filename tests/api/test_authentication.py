"""Who may call: keys with scopes, lanes and gates. A cookie is no key, and no key decides."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from sqlalchemy import select

from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.people import ApiKey
from reviewqueue.people import api_keys
from reviewqueue.people.access import SCOPES
from tests import drafts
from tests.api import payloads
from tests.cast import AUTOMATION, DANA
from tests.conftest import Api
from tests.world import World

ITEMS = "/api/v1/items"
REASON = {"reason": "The deal was reopened by sales."}


def key(world: World, scopes: Iterable[str], **reach: Iterable[str]) -> str:
    """A new key of the tests' automation."""
    with world.session() as session:
        return api_keys.add(session, AUTOMATION, scopes, "system:cli", world.now, **reach)  # type: ignore[arg-type]


CALLS = [
    ("POST", ITEMS, payloads.email(), "items:write"),
    ("GET", ITEMS, None, "items:read"),
    ("GET", f"{ITEMS}/1", None, "items:read"),
    ("POST", f"{ITEMS}/1/revisions", {"based_on": "0" * 64, "draft": {"body": "Hello"}}, "items:write"),
    ("POST", f"{ITEMS}/1/withdrawal", REASON, "items:write"),
    ("POST", f"{ITEMS}/1/sent", {"digest": "0" * 64, "at": "2026-03-02T15:00:00Z", "by": "outreach"}, "items:write"),
]
NO_KEY = ["", "Bearer", "Bearer ", "Basic cnE6cnE=", "rq_aaaaaaaaaaaa_" + "k" * 43]
UNKNOWN = [
    "Bearer rq_aaaaaaaaaaaa_" + "x" * 43,
    "Bearer rq_cccccccccccc_" + "k" * 43,
    "Bearer " + "k" * 3000,
    "Bearer rq__",
    "Bearer rq_aaaaaaaaaaaa_" + "ä" * 43,
]


@pytest.mark.parametrize(("method", "way", "body", "scope"), CALLS)
@pytest.mark.parametrize("said", [*NO_KEY, *UNKNOWN])
def test_without_a_known_key_nothing_is_answered(
    api: Api, world: World, said: str, method: str, way: str, body: Any, scope: str
) -> None:
    """401 with WWW-Authenticate, whatever was sent and whether the item is there or not."""
    world.submit(drafts.email())
    answer = api.open(way, method=method, json=body, headers={"Authorization": said})
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    told = answer.headers["WWW-Authenticate"]
    assert told.startswith('Bearer realm="reviewqueue"')
    assert ('error="invalid_token"' in told) == (answer.json["type"].endswith("unknown-key"))
    assert answer.json["type"].endswith("no-key" if said in NO_KEY else "unknown-key")
    assert world.count(Item) == 1


@pytest.mark.parametrize(("method", "way", "body", "scope"), CALLS)
def test_each_call_asks_for_its_scope(api: Api, world: World, method: str, way: str, body: Any, scope: str) -> None:
    """403 naming the missing scope for a key with all the others; the right one alone is enough to be heard."""
    world.submit(drafts.email())
    api.key = key(world, [one for one in SCOPES if one != scope])
    refused = api.open(way, method=method, json=body)
    assert refused.status_code == 403
    assert f"needs the scope {scope}" in refused.json["detail"]
    told = f'Bearer realm="reviewqueue", error="insufficient_scope", scope="{scope}"'
    assert refused.headers["WWW-Authenticate"] == told
    api.key = key(world, [scope])
    assert api.open(way, method=method, json=body).status_code in (200, 201, 409)


def test_a_key_reaches_its_lanes_and_gates_only(api: Api, world: World) -> None:
    """Submitting elsewhere is refused by name; an item elsewhere is not there; a list leaves it out."""
    elsewhere = world.submit(drafts.in_lane(drafts.email(), "enterprise-saas"))
    packet = world.submit(drafts.packet())
    mine = world.submit(drafts.email())
    api.key = key(world, ["items:write", "items:read"], lanes=["mid-market-saas"], gates=["customer-communication"])
    for body in ({**payloads.email(), "lane": "enterprise-saas"}, payloads.packet()):
        answer = api.post(ITEMS, json=body)
        assert (answer.status_code, answer.json["errors"][0]["at"]) == (403, "/lane")
    for item_id in (elsewhere, packet):
        revision = {"based_on": world.seen(item_id).revision, "draft": {"body": "Hello"}}
        assert api.get(f"{ITEMS}/{item_id}").status_code == 404
        assert api.get(f"{ITEMS}/{item_id}?wait=5").status_code == 404
        assert api.post(f"{ITEMS}/{item_id}/withdrawal", json=REASON).status_code == 404
        assert api.post(f"{ITEMS}/{item_id}/revisions", json=revision).status_code == 404
    assert [line["id"] for line in api.get(ITEMS).json["items"]] == [mine]
    assert api.get(f"{ITEMS}?lane=enterprise-saas").json["items"] == []
    assert api.post(f"{ITEMS}/{mine}/withdrawal", json=REASON).status_code == 200


def test_another_automations_item_looks_absent(api: Api, world: World) -> None:
    """Forbidden and absent are answered alike, byte for byte."""
    item_id = world.submit(drafts.email())
    api.key = world.other_key
    there, nowhere = api.get(f"{ITEMS}/{item_id}"), api.get(f"{ITEMS}/{item_id + 1}")
    assert (there.status_code, there.data) == (nowhere.status_code, nowhere.data) == (404, nowhere.data)
    assert api.get(ITEMS).json["items"] == []


def test_a_revoked_key_is_refused_from_its_next_request(api: Api, world: World) -> None:
    """Revoking is immediate; another key of the same automation goes on."""
    other = key(world, ["items:read"])
    assert api.get(ITEMS).status_code == 200
    with world.session() as session:
        first = session.scalars(select(ApiKey.id).where(ApiKey.prefix == "aaaaaaaaaaaa")).one()
        api_keys.revoke(session, first, "system:cli", world.now)
    refused = api.get(ITEMS)
    assert (refused.status_code, refused.json["type"]) == (401, "urn:reviewqueue:problem:unknown-key")
    api.key = other
    assert api.get(ITEMS).status_code == 200


def test_a_signed_in_person_is_no_automation(client_for: Callable[..., Any], world: World) -> None:
    """The API never reads the cookie: with one alone, every call is without a key."""
    browser = client_for(DANA)
    assert browser.get(ITEMS).status_code == 401
    answer = browser.post(ITEMS, json=payloads.email())
    assert (answer.status_code, world.count(Item)) == (401, 0)
    assert "Set-Cookie" not in answer.headers


def test_only_the_hash_of_a_key_is_kept(world: World) -> None:
    """Neither the key nor its secret part stands anywhere in the database, nor in what is written for people."""
    made = key(world, ["items:read"])
    everything = repr(world.everything())
    assert made not in everything
    assert made.split("_", 2)[2] not in everything
    assert made.split("_", 2)[1] in everything  # the control: what is kept would be found


@pytest.mark.parametrize(
    ("method", "way"),
    [
        ("POST", f"{ITEMS}/1/decisions"),
        ("POST", f"{ITEMS}/1/approval"),
        ("PUT", f"{ITEMS}/1"),
        ("PATCH", f"{ITEMS}/1"),
        ("DELETE", f"{ITEMS}/1"),
        ("POST", "/items/1/decisions"),
    ],
)
def test_no_key_decides(api: Api, world: World, method: str, way: str) -> None:
    """There is no call by which an automation could decide, and the pages' own does not take its key."""
    world.submit(drafts.email())
    before = world.item(1).state
    answer = api.open(way, method=method, json={"action": "approve", "reason_code": "evidence-complete"})
    assert answer.status_code in (302, 400, 401, 404, 405)
    assert (world.item(1).state, world.decisions(1)) == (before, [])
