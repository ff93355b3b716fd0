"""What a draft adds to the promises that hold, what it changes, and what it drops."""

from __future__ import annotations

from typing import Any

import pytest

from reviewqueue.checks import signed_order
from reviewqueue.evidence.promises import KeptPromise, Kind, Promise, compare, documents
from reviewqueue.evidence.types import Source
from tests import drafts
from tests.checks.policies import MID

PLAN, MAIL = ("project_plan", ""), ("customer_email", "kickoff")


@pytest.mark.parametrize(
    ("sentence", "kind", "one", "other", "agree"),
    [
        ("a day is that day", "date", "2026-06-01", "2026-06-01", True),
        ("another day is another day", "date", "2026-06-01", "2026-06-02", False),
        ("a day without a year is that day of any year", "date", "--06-01", "2026-06-01", True),
        ("and no other day", "date", "--06-01", "2026-06-02", False),
        ("an earlier day keeps a last day", "date", "by 2026-06-01", "2026-05-20", True),
        ("in either order", "date", "2026-05-20", "by 2026-06-01", True),
        ("a later one does not", "date", "by 2026-06-01", "2026-06-02", False),
        ("two last days are two promises", "date", "by 2026-06-01", "by 2026-05-01", False),
        ("an amount without a currency is that amount", "price", "48000", "EUR 48000", True),
        ("two currencies are two prices", "price", "USD 48000", "EUR 48000", False),
        ("two amounts are two prices", "price", "EUR 40000", "EUR 48000", False),
        ("a share is no sum", "discount", "20 %", "EUR 20", False),
        ("a first name is that person", "owner", "dana", "Dana Whitfield", True),
        ("two people are two owners", "owner", "dana whitfield", "ines castellanos", False),
        ("one of two owners is among them", "owner", "piet", "dana whitfield and piet", True),
        ("four hours are not four business hours", "sla", "4 hours", "4 business hours", False),
    ],
)
def test_values_are_compared_as_people_mean_them(sentence: str, kind: str, one: str, other: str, agree: bool) -> None:
    assert compare.same(kind, one, other) is agree, sentence


def said(value: str, *, key: str = "go-live", kind: Kind = "date", says: str = "words") -> Promise:
    return Promise(kind, key, says, value, "/body")


def held(promise: Promise, item: int = 7, maker: tuple[str, str] = PLAN, *, dropped: bool = False) -> KeptPromise:
    return KeptPromise(promise, f"item {item}", item, maker, dropped)


@pytest.mark.parametrize(
    ("sentence", "made", "holding", "maker", "changes"),
    [
        ("what nobody promised is added", [said("2026-06-01")], [], MAIL, [("added", False)]),
        ("what is repeated changes nothing", [said("--06-01")], [held(said("2026-06-01"))], MAIL, []),
        ("another value contradicts", [said("2026-06-02")], [held(said("2026-06-01"))], MAIL, [("changed", True)]),
        ("other words are a change", [said("", says="a")], [held(said("", says="b"))], MAIL, [("changed", False)]),
        ("the same words are none", [said("", says="a  b")], [held(said("", says="a b"))], MAIL, []),
        ("a document drops what it leaves out", [], [held(said("2026-06-01"))], PLAN, [("dropped", False)]),
        ("of its own making", [], [held(said("2026-06-01"), maker=MAIL)], PLAN, []),
        ("a message drops nothing", [], [held(said("2026-06-01"), maker=MAIL)], MAIL, []),
        ("the order is held too", [said("2")], [held(said("1"), item=0)], MAIL, [("changed", True)]),
        ("what people approved against the order stands", [said("2")], [held(said("1"), item=0), held(said("2"))], MAIL,
         [("changed", False)]),
        ("back to the order is against what people approved", [said("1")], [held(said("1"), item=0), held(said("2"))], MAIL,
         [("changed", True)]),
    ],
)  # fmt: skip
def test_changes(sentence: str, made: Any, holding: Any, maker: Any, changes: list[tuple[str, bool]]) -> None:
    found = [(one.what, one.contradicts) for one in compare.changes(made, holding, maker)]
    assert found == changes, sentence


def test_the_newest_holds_until_it_is_dropped() -> None:
    """Two values of one item hold together; a newer item's take their place; a drop leaves nothing."""
    first, second, other = said("1"), said("2"), said("x", key="seats", kind="scope")
    assert compare.standing([held(first, 1), held(second, 1)]) == (held(first, 1), held(second, 1))
    assert compare.standing([held(first, 1), held(other, 1), held(second, 2)]) == (held(second, 2), held(other, 1))
    assert compare.standing([held(first, 1), held(first, 2, dropped=True)]) == ()


def test_values_are_shown_as_people_write_them() -> None:
    rows = [
        (said("2026-06-01"), "1 June 2026"),
        (said("by --06-01"), "by 1 June"),
        (said("Dana Whitfield", kind="owner"), "Dana Whitfield"),
        (said("", says="Two dashboards"), "Two dashboards"),
    ]
    assert [one.shown for one, _ in rows] == [shown for _, shown in rows]


def test_a_packet_and_a_plan_say_what_they_promise() -> None:
    packet, plan = drafts.packet().drafted, drafts.plan().drafted
    found = {(one.kind, one.key): one.value for one in documents.promises(packet.kind, packet.draft)}
    assert found == {
        ("date", "start"): "2026-03-23",
        ("price", "price per year"): "48000",
        ("owner", "customer"): "Piet de Vries",
        ("scope", "deliverables"): "",
        ("scope", "dashboards"): "2",
        ("scope", "trainings"): "1",
        ("term", "non-standard terms"): "",
        ("integration", "integrations"): "",
    }
    keys = [(one.kind, one.key, one.value, one.at) for one in documents.promises(plan.kind, plan.draft)]
    assert keys[0] == ("date", "milestone: transport system connected", "2026-03-30", "/milestones/0/due")
    assert len(keys) == 4
    live = {
        "milestones": [
            {"name": "Go-live of both depots", "due": "2026-06-01", "owner": "[owner: not known, ask sales]"}
        ]
    }
    assert [(one.key, one.value) for one in documents.promises("project_plan", live)] == [("go-live", "2026-06-01")]


@pytest.mark.parametrize("kind", ["internal_alert", "sales_question", "risk_summary", "trigger_question"])
def test_what_is_for_our_own_people_promises_nothing(kind: str) -> None:
    assert documents.promises(kind, {"body": "We go live on 1 June 2026.", "subject": "Go-live on 1 June 2026"}) == ()


@pytest.mark.parametrize(
    "draft", [None, 7, [], {"body": [1]}, {"sections": 3}, {"milestones": [None, 3, {"name": {}}]}, {"note": 1}]
)
@pytest.mark.parametrize(
    "kind", ["handoff_packet", "project_plan", "kickoff_brief", "customer_email", "of the lane's own"]
)
def test_no_shape_of_a_draft_raises(kind: str, draft: Any) -> None:
    assert documents.promises(kind, draft) == ()


def test_the_order_says_start_price_seats_and_term() -> None:
    """Deals before billing; a flat fee's quantity of one is no number of seats; another system's deal says nothing."""
    deal = {
        "Start_Date__c": "2026-03-23",
        "ARR__c": 48000,
        "Number_of_Seats__c": "50",
        "Contract_Term__c": "24",
        "Users": None,
    }
    bill = {"items": {"data": [{"quantity": 40}]}}
    sources = {
        "bill": Source("stripe", "subscription", "sub_1", bill),
        "deal": Source("salesforce", "Opportunity", "006", deal),
        "other": Source("salesforce", "Account", "001", {"Seats": "9"}),
    }
    found = {one.promise.key: (one.promise.value, one.promise.at) for one in signed_order.order_promises(MID, sources)}
    assert found == {
        "start": ("2026-03-23", "/Start_Date__c"),
        "price per year": ("48000", "/ARR__c"),
        "seats": ("50", "/Number_of_Seats__c"),
        "term": ("24 months", "/Contract_Term__c"),
    }
    del sources["deal"]
    assert [one.promise.value for one in signed_order.order_promises(MID, sources)] == ["40"]
    bill["items"]["data"][0]["quantity"] = 1
    assert signed_order.order_promises(MID, sources) == ()
