"""The contract: what each call answers, in which shape, and what it leaves as it was."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from time import perf_counter
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from reviewqueue.api import idempotency, requests
from reviewqueue.api import schemas as api_schemas
from reviewqueue.core import canonical_json
from reviewqueue.db.tables.base import moment
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.evidence.types import CheckResult
from reviewqueue.items import pauses, routing, sla
from reviewqueue.web.extensions import db
from tests import drafts
from tests.api import payloads
from tests.cast import DANA, MARCUS, TOM
from tests.conftest import Api
from tests.world import World

ITEMS = "/api/v1/items"


def submitted(api: Api, body: dict[str, Any], **headers: str) -> dict[str, Any]:
    """Submit, and return the answer."""
    answer = api.post(ITEMS, json=body, headers=headers)
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return dict(answer.json)


def item(api: Api, item_id: int) -> dict[str, Any]:
    """Read one item whole, numbers with their digits, held against the shape it is documented to have."""
    answer = api.get(f"{ITEMS}/{item_id}")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found = canonical_json.read(answer.get_data())
    api_schemas.ItemShown.model_validate(found)
    return dict(found)


def test_a_submission_answers_where_it_stands(api: Api) -> None:
    """The answer has the contract's fields, an absolute address, and says what is still needed: the model's check runs
    on beside it."""
    answer = submitted(api, payloads.email())
    api_schemas.Standing.model_validate(answer)
    assert answer["url"] == f"http://127.0.0.1:8000/items/{answer['id']}"
    assert (answer["state"], answer["gate"], answer["revision"]["number"]) == ("pending", "customer-communication", 1)
    assert [need["code"] for need in answer["needs"]] == ["check-running", "approval"]
    assert answer["needs"][1]["says"] == "One approval from csm or manager"
    assert answer["due_at"].startswith("2026-03-02T19:00:0")


def test_an_item_is_given_back_whole(api: Api, world: World) -> None:
    """Draft, sources, citations and checks come back as sent; a check of the automation's never looks like ours."""
    told = {"key": "text.hidden", "outcome": "warn", "confidence": 0.5, "message": "Sounds curt.", "at": "/body"}
    body = payloads.email(checks=[told], confidence=0.87, purpose="kickoff-scheduling")
    found = item(api, submitted(api, body)["id"])
    for name in ("lane", "kind", "title", "draft", "onboarding", "citations", "callback_url", "purpose"):
        assert found[name] == body[name], name
    assert [source.pop("arrival")["way"] for source in found["sources"]] == ["claimed"] * len(body["sources"])
    assert [len(source.pop("digest")) for source in found["sources"]] == [64] * len(body["sources"])
    assert found["sources"] == [{**one, "fetched_at": "2026-03-02T09:00:00.000000Z"} for one in body["sources"]]
    theirs = next(check for check in found["checks"] if check["origin"])
    assert theirs["key"] == "automation.text.hidden"
    assert theirs == {
        **told,
        "key": "automation.text.hidden",
        "blocking": False,
        "origin": "Handoff agent",
        "version": 1,
        "model": "",
    }
    assert found["revision"]["confidence"] == Decimal("0.87")
    assert found["revision"]["author"] == "automation"
    assert found["decisions"] == []
    assert (found["outcome"], found["settled_at"], found["superseded_by"]) == (None, None, None)


def test_a_failing_blocking_check_of_the_automation_blocks(api: Api, world: World) -> None:
    """What the automation itself says is wrong stands in the way of approving it."""
    answer = submitted(api, payloads.email(checks=[{"key": "tone", "outcome": "fail", "blocking": True}]))
    assert {"code": "check", "at": "automation.tone"}.items() <= answer["needs"][0].items()


@pytest.mark.parametrize(
    "number",
    ["1.10", "9007199254740993", "-0.000", "1E+2", "12345678901234567890.123456789012345678901234567890", "0"],
)
def test_numbers_in_payloads_keep_every_digit(api: Api, number: str) -> None:
    """What came as text of a number goes back as that text."""
    whole = json.dumps(payloads.put(payloads.email(), "/sources/0/payload/Amount", "@")).replace('"@"', number)
    answer = api.post(ITEMS, data=whole, content_type="application/json")
    back = api.get(f"{ITEMS}/{answer.json['id']}").get_data(as_text=True)
    assert f'"Amount":{number},' in back or f'"Amount":{number}}}' in back


def test_blank_null_and_absent_stay_three_things(api: Api) -> None:
    """In a payload and in a draft, an empty text, a null and a missing name are not the same."""
    body = payloads.put(payloads.packet(), "/draft/extra", {"blank": "", "null": None})
    body = payloads.put(body, "/sources/0/payload", {"blank": "", "null": None})
    found = item(api, submitted(api, body)["id"])
    assert found["draft"]["extra"] == {"blank": "", "null": None}
    assert found["sources"][0]["payload"] == {"blank": "", "null": None}


def test_the_deal_names_its_system_and_segment(api: Api, world: World) -> None:
    """The onboarding is the CRM's own deal: the same one an import would start, in the segment its record says."""
    about = drafts.deal()
    body = payloads.email(about)
    deal = next(source for source in body["sources"] if source["ref"] == "deal")
    deal["payload"] = {**deal["payload"], "Segment__c": "Mid-Market"}
    submitted(api, body)
    with world.session() as session:
        found = session.scalars(select(Onboarding)).one()
        assert (found.system, found.external_id, found.segment) == ("salesforce", about.external_id, "mid-market")


def test_a_newer_draft_supersedes_the_pending_one_visibly(api: Api) -> None:
    """Same onboarding, kind and subject: the older item says by which it was superseded; another kind stays."""
    about = drafts.deal()
    first, other = submitted(api, payloads.email(about)), submitted(api, payloads.packet(about))
    second = submitted(api, payloads.email(about, title="Kickoff invitation, again"))
    older = item(api, first["id"])
    assert (older["state"], older["superseded_by"]) == ("superseded", second["id"])
    assert item(api, second["id"])["state"] == item(api, other["id"])["state"] == "pending"


def test_a_decision_comes_back_with_all_it_carries(api: Api, world: World) -> None:
    """Action, reason, who, when and which revision; the draft goes along once a person has edited it."""
    made = submitted(api, payloads.email())
    draft = {**world.draft(made["id"]), "subject": "Kickoff invitation for Marlow"}
    world.decide(DANA, made["id"], "edit", draft=draft)
    waiting = item(api, made["id"])
    assert waiting["outcome"] is None
    assert waiting["revision"]["author"] == "person"
    world.decide(MARCUS, made["id"], "approve", text="Fine as Dana put it.")
    found = item(api, made["id"])
    outcome = found["outcome"]
    assert found["state"] == "approved"
    assert [one["action"] for one in found["decisions"]] == ["edit", "approve"]
    assert outcome == found["decisions"][1]
    assert outcome["by"] == MARCUS.name
    assert outcome["reason"] == {"code": "evidence-complete", "text": "Fine as Dana put it."}
    assert outcome["revision_digest"] == found["revision"]["digest"]
    assert outcome["draft"] == draft
    assert "draft" not in found["decisions"][0]
    assert found["settled_at"] == outcome["at"]


def test_an_override_names_the_checks_it_passed_over(api: Api, world: World) -> None:
    """Passing over is never told as an approval."""
    made = submitted(api, payloads.email(checks=[{"key": "tone", "outcome": "fail", "blocking": True}]))
    world.decide(TOM, made["id"], "override", passes=("automation.tone",))
    found = item(api, made["id"])
    told = found["decisions"][0]
    assert (found["state"], found["outcome"]) == ("pending", None)  # a second person is asked for
    assert (told["action"], told["checks_passed_over"]) == ("override", ["automation.tone"])
    assert told["expires_at"] is not None


def test_a_revision_answers_the_one_sent_back(api: Api, world: World) -> None:
    """After "send back" a new draft, based on the digest it answers, waits at the gate; the old digest is moved on."""
    made = submitted(api, payloads.email())
    world.decide(DANA, made["id"], "send_back", text="Say who attends, please.")
    back = item(api, made["id"])
    assert (back["state"], back["outcome"]["action"]) == ("sent_back", "send_back")
    body = payloads.email()
    revision = {
        "based_on": made["revision"]["digest"],
        "draft": {**body["draft"], "body": body["draft"]["body"].replace("agenda", "agenda and the list of guests")},
        "sources": body["sources"],
        "citations": body["citations"],
        "confidence": 0.9,
    }
    answer = api.post(f"{ITEMS}/{made['id']}/revisions", json=revision)
    assert answer.status_code == 201
    api_schemas.Standing.model_validate(answer.json)
    assert (answer.json["state"], answer.json["revision"]["number"]) == ("pending", 2)
    found = item(api, made["id"])
    assert found["draft"] == revision["draft"]
    assert found["title"] == body["title"]
    assert found["revision"]["based_on"] == made["revision"]["digest"]
    assert (found["revision"]["confidence"], found["outcome"]) == (Decimal("0.9"), None)
    moved = api.post(f"{ITEMS}/{made['id']}/revisions", json=revision)
    assert moved.status_code == 409
    assert moved.json["errors"][0]["at"] == "/based_on"
    assert found["revision"]["digest"] in moved.json["errors"][0]["message"]
    assert moved.json["detail"].startswith("Revision 2 is newer than the one you answer. Nothing was changed")
    unknown = api.post(f"{ITEMS}/{made['id']}/revisions", json={**revision, "based_on": "0" * 64})
    assert "is the current one, and you answer none of this item" in unknown.json["detail"]


def test_a_withdrawal_takes_an_open_item_back(api: Api, world: World) -> None:
    """With a reason, once; the reason is on the log and a settled item stays as it is."""
    made = submitted(api, payloads.email())
    way = f"{ITEMS}/{made['id']}/withdrawal"
    short = api.post(way, json={"reason": "no\u200b\u200b\u200b\u200b\u200b\u200b\u200b\u200b"})
    assert (short.status_code, short.json["errors"][0]["at"]) == (422, "/reason")
    answer = api.post(way, json={"reason": "The deal was reopened by sales."})
    assert (answer.status_code, answer.json["state"], answer.json["needs"]) == (200, "withdrawn", [])
    again = api.post(way, json={"reason": "The deal was reopened by sales."})
    assert again.status_code == 409
    assert again.json["detail"] == "The item is withdrawn already, so it cannot be taken back. Nothing was changed."
    assert world.log(made["id"])[-1].act == "item.withdraw"


def test_a_list_is_read_page_by_page(api: Api, world: World) -> None:
    """Fifty a page, newest last, each exactly once, whatever comes in meanwhile; `next` keeps the filters."""
    made = [world.submit(drafts.email()) for _ in range(53)]
    world.submit(drafts.packet())
    way, seen, pages = f"{ITEMS}?state=pending&gate=customer-communication&lane=mid-market-saas", [], 0
    while way:
        page = api.get(way.removeprefix("http://127.0.0.1:8000")).json
        api_schemas.Page.model_validate(page)
        seen += [line["id"] for line in page["items"]]
        way, pages = page["next"], pages + 1
        if pages == 1:
            assert len(seen) == 50
            assert way.startswith(f"http://127.0.0.1:8000{ITEMS}?state=pending&gate=customer-communication&lane=")
            made.append(world.submit(drafts.email()))
    assert (seen, pages) == (made, 2)


def test_an_item_tells_where_its_clock_stands(api: Api, world: World) -> None:
    """Due, paused since when and for whom, passed to the next person, at its end: whole and in the list alike."""
    stood, late = submitted(api, payloads.email())["id"], submitted(api, payloads.email())["id"]
    at = world.now + timedelta(hours=1)
    with world.session() as session:
        pauses.pause(session, DANA.id, stood, "waiting_for_customer", "Rosa looks for a date.", at)
    up = world.item(late).due_at
    with world.session() as session:
        sla.tick(session, up)
    waits = {"waits": "waiting_for_customer", "since": moment(at)}
    lines = {line["id"]: line for line in api.get(ITEMS).json["items"]}
    for found in (item(api, stood), lines[stood]):
        assert (found["paused"], found["overdue_at"], found["expires_at"]) == (waits, None, None)
    for found in (item(api, late), lines[late]):
        assert (found["paused"], found["overdue_at"], found["state"]) == (None, moment(up), "escalated")
    with world.session() as session:
        pauses.resume(session, DANA.id, stood, "Rosa has found a date.", at)
    assert item(api, stood)["paused"] is None


def test_a_list_tells_where_each_item_stands(api: Api) -> None:
    """A line has what a follower needs to choose what to read."""
    body = payloads.email()
    made = submitted(api, body)
    (line,) = api.get(f"{ITEMS}?state=pending").json["items"]
    assert {name: line[name] for name in ("id", "url", "state", "gate", "revision", "due_at")} == {
        name: made[name] for name in ("id", "url", "state", "gate", "revision", "due_at")
    }
    assert (line["onboarding"], line["title"], line["kind"]) == (body["onboarding"], body["title"], body["kind"])
    assert api.get(f"{ITEMS}?state=approved").json == {"items": [], "next": None}


class TestWaiting:
    """`?wait=` holds the answer until the item is decided or the seconds are over."""

    def test_it_comes_with_the_decision(self, api: Api, world: World) -> None:
        """Decided meanwhile: the answer comes with the outcome, and does not wait for the seconds."""
        made = submitted(api, payloads.email())
        later = threading.Timer(0.6, world.decide, (DANA, made["id"], "reject"), {"text": "The deal fell through."})
        started = perf_counter()
        later.start()
        found = api.get(f"{ITEMS}/{made['id']}?wait=30").json
        later.join()
        assert found["outcome"]["action"] == "reject"
        assert perf_counter() - started < 30

    def test_it_ends_with_the_seconds(self, api: Api) -> None:
        """Not decided: the item as it stands, after the seconds and not before."""
        made = submitted(api, payloads.email())
        started = perf_counter()
        assert api.get(f"{ITEMS}/{made['id']}?wait=1").json["state"] == "pending"
        assert perf_counter() - started > 0.95

    def test_nothing_is_held_open_meanwhile(self, api: Api, app: Flask) -> None:
        """Between two looks no connection is out of the pool, so no transaction is open."""
        made = submitted(api, payloads.email())
        out: list[int] = []
        with app.app_context():
            pool = db.engine.pool
        watch = threading.Timer(0.6, lambda: out.extend(pool.checkedout() for _ in range(20)))
        watch.start()
        api.get(f"{ITEMS}/{made['id']}?wait=1")
        watch.join()
        assert sorted(out)[10] == 0

    def test_half_the_threads_wait_and_the_rest_answer_at_once(self, api: Api, app: Flask, world: World) -> None:
        """A seventh follower of twelve threads is not held while six are, so that the others can still be served."""
        made = submitted(api, payloads.email())

        def follow() -> None:
            Api(app, app.response_class, use_cookies=False).get(f"{ITEMS}/{made['id']}?wait=30")

        held = [threading.Thread(target=follow) for _ in range(6)]
        for thread in held:
            thread.start()
        for _ in range(400):  # until all of them are held, however busy the machine is
            if idempotency._waiting == len(held):
                break
            threading.Event().wait(0.05)
        assert api.get(f"{ITEMS}/{made['id']}?wait=30").json["state"] == "pending"
        assert idempotency._waiting == len(held)
        world.decide(DANA, made["id"], "reject", text="The deal fell through.")
        for thread in held:
            thread.join()
        assert idempotency._waiting == 0

    def test_a_decided_item_is_answered_at_once(self, api: Api, world: World) -> None:
        """Sent back is an outcome too: the automation is to act."""
        made = submitted(api, payloads.email())
        world.decide(DANA, made["id"], "send_back", text="Say who attends, please.")
        started = perf_counter()
        assert api.get(f"{ITEMS}/{made['id']}?wait=30").json["state"] == "sent_back"
        assert perf_counter() - started < 30


def test_calls_of_later_versions_are_not_there(api: Api, world: World) -> None:
    """A call that this version does not have says so, as a problem."""
    for method, way in (
        ("POST", "/api/v1/events/hubspot"),
        ("GET", "/api/v1/releases/1/receipt"),
        ("GET", "/api/v1/log/checkpoint"),
    ):
        answer = api.open(way, method=method)
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json"), way


def test_a_document_of_the_calls(api: Api, world: World) -> None:
    """OpenAPI 3.1, from the models that validate: what they refuse, it says; every call tells its problems."""
    found = api.get("/api/v1/openapi.json").json
    assert found["openapi"] == "3.1.1"
    schemas = found["components"]["schemas"]
    assert schemas["Submission"]["additionalProperties"] is False
    assert set(schemas["Submission"]["required"]) == {"lane", "kind", "onboarding", "title", "draft"}
    assert schemas["Source"]["properties"]["fetched_at"]["anyOf"][0]["format"] == "date-time"
    assert found["components"]["securitySchemes"] == {"key": {"type": "http", "scheme": "bearer"}}
    for way, calls in found["paths"].items():
        for method, call in calls.items():
            problem = call["responses"]["422"]["content"]
            assert set(problem) == {"application/problem+json"}, (method, way)
    assert set(found["paths"]) == {
        ITEMS, f"{ITEMS}/{{item_id}}", f"{ITEMS}/{{item_id}}/revisions", f"{ITEMS}/{{item_id}}/withdrawal",
        f"{ITEMS}/{{item_id}}/sent", "/api/v1/releases/{release_id}/receipt", "/api/v1/receipt-keys",
    }  # fmt: skip
    texts = json.dumps(found)
    for name in [part.split('"')[0] for part in texts.split("#/components/schemas/")[1:]]:
        assert name in schemas, name


def test_an_escalated_item_is_still_to_be_decided(api: Api, world: World) -> None:
    """A low confidence is escalated; that is no outcome."""
    made = submitted(api, payloads.email(confidence=0.3))
    assert made["state"] == "escalated"
    assert item(api, made["id"])["outcome"] is None


def test_the_onboarding_keeps_its_segment(api: Api, world: World) -> None:
    """A later draft without the deal's record is routed by the segment that is known, never by none."""
    about = drafts.deal()
    kept = replace(drafts.email(about), segment="enterprise")
    world.submit(kept)
    seen: list[str] = []
    route = routing.route

    def watched(*given: Any) -> tuple[str, str]:
        seen.append(given[3]["segment"])
        return route(*given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routing, "route", watched)
        submitted(api, {**payloads.packet(about), "sources": [], "citations": []})
    assert seen == ["enterprise"]


def test_times_have_their_zone(api: Api) -> None:
    """Every moment in an answer is RFC 3339 with its zone."""
    made = submitted(api, payloads.email())
    found = item(api, made["id"])
    for told in (found["opened_at"], found["due_at"], found["revision"]["at"], found["sources"][0]["fetched_at"]):
        assert told.endswith("Z")
    assert found["opened_at"].startswith("2026-03-02T15:00:")


def test_the_automations_name_is_its_checks_origin() -> None:
    """Results sent along are ours to keep, under a key that ours never have."""
    body = requests.Draft.model_validate({"draft": {"a": "b"}, "checks": [{"key": "k", "outcome": "pass"}]})
    assert requests.check_results(body, "Agent") == (CheckResult("automation.k", "pass", False, "", origin="Agent"),)
