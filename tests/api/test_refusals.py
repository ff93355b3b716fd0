"""What is refused: each with its status and the place at fault, and nothing is written for it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.onboardings import SourceRecord
from tests import drafts
from tests.api import payloads
from tests.conftest import Api
from tests.world import World

ITEMS = "/api/v1/items"
PROBLEM = "application/problem+json"

# (what is wrong, where it is put, what is put there, the place named, a word of the message)
FIELDS = [
    ("a field only the server sets", "/state", "approved", "/state", "only the server"),
    ("a decision of the automation's own", "/approved_by", "Dana", "/approved_by", "only the server"),
    ("an id of its own", "/id", 7, "/id", "only the server"),
    ("a gate of its own", "/gate", "handoff-quality", "/gate", "only the server"),
    ("a digest of its own", "/sources/0/digest", "0" * 64, "/sources/0/digest", "only the server"),
    ("an origin of its own", "/checks/0/origin", "", "/checks/0/origin", "only the server"),
    ("a field nobody knows", "/prioritiy", 1, "/prioritiy", "no such field"),
    ("a name with a slash and a tilde", "/onboarding/a~b", 1, "/onboarding/a~0b", "no such field"),
    ("no lane", "/lane", ..., "/lane", "missing"),
    ("no kind", "/kind", ..., "/kind", "missing"),
    ("no title", "/title", ..., "/title", "missing"),
    ("no draft", "/draft", ..., "/draft", "missing"),
    ("no onboarding", "/onboarding", ..., "/onboarding", "missing"),
    ("no customer", "/onboarding/customer", ..., "/onboarding/customer", "missing"),
    ("a number for a text", "/title", 7, "/title", "must be text, not a number"),
    ("true for a text", "/title", True, "/title", "must be text, not true"),
    ("null for a text", "/lane", None, "/lane", "must be text, not null"),
    ("a list for the draft", "/draft", [], "/draft", "must be an object, not a list"),
    ("text for the draft", "/draft", "Hello", "/draft", "must be an object, not text"),
    ("an empty draft", "/draft", {}, "/draft", "at least 1 item"),
    ("a text for the onboarding", "/onboarding", "006", "/onboarding", "must be an object, not text"),
    ("an object for the sources", "/sources", {}, "/sources", "must be a list, not an object"),
    ("a number for who gets a copy", "/draft/cc", 5, "/draft/cc", "must be a list of addresses"),
    ("true for who gets a hidden copy", "/draft/bcc", True, "/draft/bcc", "must be a list of addresses"),
    ("a number among the copies", "/draft/cc", ["a@b.example", 5], "/draft/cc/1", "must be an address as text"),
    ("a blank title", "/title", "  ", "/title", "nothing a person could see"),
    ("an encoded word as a title", "/title", "=?utf-8?Q?May?= is next", "/title", "shows as “May is next”"),
    ("an invisible title", "/title", "\u200b\u2060", "/title", "nothing a person could see"),
    ("a blank customer", "/onboarding/customer", "", "/onboarding/customer", "nothing a person could see"),
    ("a title of 256 characters", "/title", "a" * 256, "/title", "255"),
    ("an unknown lane", "/lane", "mid-market", "/lane", "known lanes: enterprise-saas, mid-market-saas"),
    ("an unknown kind", "/kind", "poem", "/kind", "has no gate for kind 'poem'"),
    ("a question that imports ask", "/kind", "trigger_question", "/kind", "the import only"),
    ("a source without a ref", "/sources/0/ref", ..., "/sources/0/ref", "missing"),
    ("a blank ref", "/sources/0/ref", " ", "/sources/0/ref", "nothing a person could see"),
    ("a system of 65 characters", "/sources/0/system", "s" * 65, "/sources/0/system", "64"),
    ("our own name as a system", "/sources/0/system", "reviewqueue", "/sources/0/system", "own name"),
    ("a blank object", "/sources/0/object", "", "/sources/0/object", "nothing a person could see"),
    ("a number for a record's id", "/sources/0/id", 6, "/sources/0/id", "must be text, not a number"),
    ("a payload that is a list", "/sources/0/payload", [1], "/sources/0/payload", "must be an object, not a list"),
    ("a payload that is null", "/sources/0/payload", None, "/sources/0/payload", "must be an object, not null"),
    ("a moment without its zone", "/sources/0/fetched_at", "2026-03-02T09:00:00", "/sources/0/fetched_at", "its zone"),
    ("a day that is none", "/sources/0/fetched_at", "2026-02-30T09:00:00Z", "/sources/0/fetched_at", "its zone"),
    (
        "a moment before all time",
        "/sources/0/fetched_at",
        "0001-01-01T00:00:00+14:00",
        "/sources/0/fetched_at",
        "its zone",
    ),
    ("a moment as a number", "/sources/0/fetched_at", 1772442000, "/sources/0/fetched_at", "its zone"),
    ("a citation of no source", "/citations/0/source", "crm", "/citations/0/source", "no source has the ref 'crm'"),
    ("a place that is no pointer", "/citations/0/at", "body", "/citations/0/at", "not a JSON Pointer"),
    ("a path with a bad escape", "/citations/0/path", "/a~2b", "/citations/0/path", "not a JSON Pointer"),
    ("a blank quote", "/citations/0/quote", "\u200b", "/citations/0/quote", "nothing a person could see"),
    ("a check that maybe passed", "/checks/0/outcome", "maybe", "/checks/0/outcome", "'pass', 'warn' or 'fail'"),
    ("a blocking that is a word", "/checks/0/blocking", "yes", "/checks/0/blocking", "must be true or false"),
    ("a confidence above one", "/checks/0/confidence", 1.01, "/checks/0/confidence", "from 0 to 1"),
    ("a key of 245 characters", "/checks/0/key", "k" * 245, "/checks/0/key", "244"),
    ("a confidence below nought", "/confidence", -0.1, "/confidence", "from 0 to 1"),
    ("a confidence in words", "/confidence", "0.9", "/confidence", "from 0 to 1"),
    ("a confidence that is true", "/confidence", True, "/confidence", "from 0 to 1"),
    ("a receiver that is a number", "/draft/to", ["a@b.example", 7], "/draft/to/1", "an address as text"),
    ("receivers that are a text", "/draft/to", "a@b.example", "/draft/to", "a list of addresses"),
    ("receivers that are null", "/draft/to", None, "/draft/to", "a list of addresses"),
    ("a subject that is a number", "/draft/subject", 1, "/draft/subject", "must be text"),
    ("a body that is an object", "/draft/body", {}, "/draft/body", "must be text"),
    ("a callback to a file", "/callback_url", "file:///etc/passwd", "/callback_url", "http or https"),
    ("a callback with a password", "/callback_url", "https://u:p@a.example/", "/callback_url", "without credentials"),
    ("a callback without a host", "/callback_url", "https://", "/callback_url", "http or https"),
    ("a callback to a host that hides", "/callback_url", "https://\u202e.example/", "/callback_url", "http or https"),
    ("a callback to a host of quotes", "/callback_url", 'https://a"b=c.example/', "/callback_url", "http or https"),
    ("a callback to no punycode", "/callback_url", "https://xn--.example/", "/callback_url", "http or https"),
    ("a callback to a long label", "/callback_url", f"https://{'a' * 64}.example/", "/callback_url", "http or https"),
    ("a callback that is a number", "/callback_url", 1, "/callback_url", "must be text, not a number"),
    ("a draft of 5 MB", "/draft/body", "word " * 1_000_000, "/draft", "at most 1,000,000"),
    ("201 sources", "/sources", [{}] * 201, "/sources", "at most 200"),
    ("U+0000 in a title", "/title", "a\0b", "/title", "U+0000"),
    ("U+0000 in a payload's name", "/sources/0/payload", {"a\0": 1}, "/sources/0/payload", "U+0000"),
    ("U+0000 in a draft's list", "/draft/to", ["a\0"], "/draft/to/0", "U+0000"),
]


@pytest.fixture
def whole() -> dict[str, Any]:
    """A body with everything in it, right in every place."""
    return payloads.email(checks=[{"key": "tone", "outcome": "pass"}], confidence=0.9)


@pytest.mark.parametrize(
    ("pointer", "value", "at", "says"), [row[1:] for row in FIELDS], ids=[row[0] for row in FIELDS]
)
def test_what_is_wrong_is_named_with_its_place(
    api: Api, world: World, whole: dict[str, Any], pointer: str, value: Any, at: str, says: str
) -> None:
    """422 with the pointer, words that say what would be right, and nothing written."""
    answer = api.post(ITEMS, json=payloads.put(whole, pointer, value))
    assert (answer.status_code, answer.mimetype) == (422, PROBLEM), answer.get_data(as_text=True)[:300]
    assert {"type", "title", "status", "detail", "errors"} == set(answer.json)
    told = {fault["at"]: fault["message"] for fault in answer.json["errors"]}
    assert says in told.get(at, ""), told
    assert world.count(Item) == world.count(SourceRecord) == 0


def test_the_body_of_the_table_is_right(api: Api, whole: dict[str, Any]) -> None:
    """The control: without any of the table's changes, it is accepted."""
    assert api.post(ITEMS, json=whole).status_code == 201


def test_everything_wrong_is_told_at_once(api: Api, whole: dict[str, Any]) -> None:
    """Nobody has to send six times to hear of six faults."""
    body = {**whole, "state": "approved", "lane": 3, "confidence": 2, "title": ""}
    body = payloads.put(payloads.put(body, "/sources/0/ref", ...), "/citations/0/at", "x")
    told = {fault["at"] for fault in api.post(ITEMS, json=body).json["errors"]}
    assert told == {"/state", "/lane", "/confidence", "/title", "/sources/0/ref", "/citations/0/at"}


def test_two_sources_of_one_ref(api: Api, whole: dict[str, Any]) -> None:
    """A citation must lead to one record."""
    body = {**whole, "sources": [*whole["sources"], whole["sources"][0]]}
    (fault,) = api.post(ITEMS, json=body).json["errors"]
    assert fault["at"] == f"/sources/{len(whole['sources'])}/ref"


# (what is sent, as which type, status, a word of the detail)
BODIES = [
    (b"{", "application/json", 400, "line 1, column 2"),
    (b'{"lane": "a",\n  "kind" "b"}', "application/json", 400, "line 2, column 10"),
    (b"", "application/json", 400, "line 1, column 1"),
    (b"\xff\xfe", "application/json", 400, "not UTF-8 at byte 0"),
    (b"\xef\xbb\xbf{}", "application/json", 400, "BOM"),
    (b'{"lane":1,"lane":2}', "application/json", 400, "'lane' appears twice"),
    (b'{"confidence":NaN}', "application/json", 400, "NaN is not JSON"),
    (b'{"confidence":-Infinity}', "application/json", 400, "not JSON"),
    (b"[]", "application/json", 422, "not a JSON object"),
    (b'"text"', "application/json", 422, "not a JSON object"),
    (b"null", "application/json", 422, "not a JSON object"),
    (b"{}", "text/plain", 415, "application/json"),
    (b"lane=a", "application/x-www-form-urlencoded", 415, "application/json"),
    (b"{}", "application/json; charset=utf-16", 415, "UTF-8"),
    (b"{}", "", 415, "application/json"),
]


@pytest.mark.parametrize(("data", "kind", "status", "says"), BODIES)
def test_a_body_that_cannot_be_read(api: Api, data: bytes, kind: str, status: int, says: str) -> None:
    """Broken JSON says line and column; what is not JSON at all is not looked at."""
    answer = api.post(ITEMS, data=data, headers={"Content-Type": kind} if kind else {})
    assert (answer.status_code, answer.mimetype) == (status, PROBLEM)
    assert says in answer.json["detail"]


TORTURE = {
    "100,000 lists in each other": "[" * 100_000 + "]" * 100_000,
    "100,000 objects in each other": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "65 lists in each other": '{"draft":' + "[" * 65 + "]" * 65 + "}",
    "a lone high surrogate": '{"draft":{"body":"\\ud800"}}',
    "a lone low surrogate in a name": '{"draft":{"\\udfff":1}}',
    "a number of 5,000 digits": '{"confidence":' + "9" * 5_000 + "}",
    "an exponent beyond all": '{"confidence":1e99999999999999999999}',
    "an exponent of a billion": '{"confidence":1e999999999}',
    "a name twice among 20,000": "{" + ",".join(f'"n{number}":1' for number in range(20_000)) + ',"n19999":2}',
}


@pytest.mark.parametrize("name", TORTURE)
def test_torture_is_refused_and_never_breaks_anything(api: Api, world: World, name: str) -> None:
    """A 4xx with a place or a reason, soon."""
    answer = api.post(ITEMS, data=TORTURE[name], content_type="application/json")
    assert 400 <= answer.status_code < 500
    assert answer.mimetype == PROBLEM
    assert world.count(Item) == 0


@pytest.mark.parametrize("amount", ["9007199254740992", "9" * 4_000, "1e999999999", "1E-999999999", "-1e400", "1e-400"])
def test_large_numbers_in_a_payload_are_kept_and_harmless(api: Api, whole: dict[str, Any], amount: str) -> None:
    """What a double cannot hold is no error in a record: it is kept, digit by digit."""
    deal = [source["ref"] for source in whole["sources"]].index("deal")
    body = json.dumps(payloads.put(whole, f"/sources/{deal}/payload/Amount", "@")).replace('"@"', amount)
    answer = api.post(ITEMS, data=body, content_type="application/json")
    assert answer.status_code == 201, answer.get_data(as_text=True)[:300]
    back = api.get(f"{ITEMS}/{answer.json['id']}").get_data(as_text=True)
    assert amount.upper().replace("E9", "E+9").replace("E4", "E+4") in back


def test_a_pointer_with_a_huge_index_points_nowhere(api: Api, whole: dict[str, Any]) -> None:
    """An index of nine hundred digits is a place that is not there, not a failure."""
    body = payloads.put(whole, "/sources/0/payload", {"list": [1]})
    body["citations"] = [{**whole["citations"][0], "source": body["sources"][0]["ref"], "path": "/list/" + "9" * 900}]
    answer = api.post(ITEMS, json=body)
    assert answer.status_code == 201
    assert any(check["outcome"] == "fail" for check in answer.json["checks"])


def test_more_than_is_taken_is_413(api: Api) -> None:
    """A request of nine megabytes is not read to its end."""
    answer = api.post(ITEMS, data=b'{"a":"' + b"a" * 9_000_000 + b'"}', content_type="application/json")
    assert (answer.status_code, answer.mimetype) == (413, PROBLEM)
    assert "larger" in answer.json["detail"]


NOWHERE = {"at": "/body", "quote": "a", "source": "x", "path": ""}
REVISIONS = [
    ("no digest", {"based_on": ...}, 422, "/based_on"),
    ("a digest that is none", {"based_on": "abc"}, 422, "/based_on"),
    ("a lane", {"lane": "mid-market-saas"}, 422, "/lane"),
    ("a blank title", {"title": " "}, 422, "/title"),
    ("an empty draft", {"draft": {}}, 422, "/draft"),
    ("a draft of 2 MB", {"draft": {"body": "word " * 400_000}}, 422, "/draft"),
    ("a receiver that is no text", {"draft": {"to": [1], "body": "Hello"}}, 422, "/draft/to/0"),
    ("a citation of no source", {"citations": [NOWHERE]}, 422, "/citations/0/source"),
    ("the digest of another", {"based_on": "0" * 64}, 409, "/based_on"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "status", "at"), [row[1:] for row in REVISIONS], ids=[row[0] for row in REVISIONS])
def test_a_revision_is_held_to_the_same_rules(
    api: Api, world: World, change: dict[str, Any], status: int, at: str
) -> None:
    """Whatever is wrong with it, the item stays as it was."""
    item_id = world.submit(drafts.email())
    body = {"based_on": world.seen(item_id).revision, "draft": {"body": "Another text."}, **change}
    body = {name: value for name, value in body.items() if value is not ...}
    answer = api.post(f"{ITEMS}/{item_id}/revisions", json=body)
    assert answer.status_code == status, answer.get_data(as_text=True)[:300]
    assert at in {fault["at"] for fault in answer.json["errors"]}
    assert world.item(item_id).revision_number == 1


QUERIES = [
    (f"{ITEMS}?state=done", "/state"),
    (f"{ITEMS}?cursor=abc", "/cursor"),
    (f"{ITEMS}?cursor={'9' * 30}", "/cursor"),
    (f"{ITEMS}?page=2", "/page"),
    (f"{ITEMS}?state=pending&state=approved", "/state"),
    (f"{ITEMS}?lane=%00", "/lane"),
    (f"{ITEMS}/1?wait=31", "/wait"),
    (f"{ITEMS}/1?wait=-1", "/wait"),
    (f"{ITEMS}/1?wait=soon", "/wait"),
]


@pytest.mark.parametrize(("way", "at"), QUERIES)
def test_a_query_that_is_not_understood(api: Api, world: World, way: str, at: str) -> None:
    """A typing error in a filter is told, never answered with an empty page."""
    world.submit(drafts.email())
    answer = api.get(way)
    assert (answer.status_code, answer.json["errors"][0]["at"]) == (422, at)


@pytest.mark.parametrize(
    "item_id", ["0", "2", "9223372036854775807", "9223372036854775808", "9" * 60, "x", "-1", "1.0"]
)
def test_an_item_that_is_not_there(api: Api, world: World, item_id: str) -> None:
    """Any id at all is a 404 when it is nobody's."""
    world.submit(drafts.email())
    for answer in (
        api.get(f"{ITEMS}/{item_id}"),
        api.post(f"{ITEMS}/{item_id}/withdrawal", json={"reason": "No longer needed."}),
    ):
        assert (answer.status_code, answer.mimetype) == (404, PROBLEM)


@pytest.mark.parametrize(
    "address",
    [
        "http://automation:8080/told",
        "http://[::1]:9/",
        "http://10.0.0.7/",
        "https://bücher.example/",
        "http://my_service./",
    ],
)
def test_a_callback_to_any_host_there_may_be_is_taken(api: Api, address: str) -> None:
    assert api.post(ITEMS, json={**payloads.email(), "callback_url": address}).status_code == 201
