"""The trigger checks: a closed-won deal, with what the lane requires, in the lane's segment, of a known customer."""

from __future__ import annotations

from typing import Any

import pytest

from reviewqueue.evidence.types import CheckResult, Source
from tests.checks.policies import MID, found, packet, source, sources

ANSWER = Source("reviewqueue", "answer", "7", {"choice": "account:1"})
PIPELINE = Source(
    "hubspot", "pipeline", "p", {"stages": [{"id": "771", "metadata": {"isClosed": "true", "probability": "1.0"}}]}
)
CUSTOM = Source("hubspot", "DEAL", "1", {"properties": {"dealname": "Marlow", "dealstage": "771"}})


def only(results: list[CheckResult]) -> CheckResult:
    """The one result."""
    (result,) = results
    return result


OBJECTS: dict[str, tuple[dict[str, Source], str, str]] = {
    "a closed-won deal": (sources(), "pass", "is closed won"),
    "the stage in another case": (sources(StageName="closed won"), "pass", "is closed won"),
    "a deal under another ref": ({"crm": sources()["deal"]}, "pass", "is closed won"),
    "no deal at all": ({}, "fail", "Send the record: Opportunity of salesforce or DEAL of hubspot"),
    "an account instead of a deal": ({"deal": sources()["account"]}, "fail", "No deal stands behind this"),
    "an open deal": (sources(StageName="Prospecting"), "fail", "stage “Prospecting”, lane asks for Closed Won"),
    "a lost deal": (sources(StageName="Closed Lost"), "fail", "is not closed won"),
    "a stage nobody knows": (sources(StageName="Signed"), "fail", "is not closed won"),
    "no stage": (sources(StageName=None), "fail", "is not closed won"),
    "a stage nobody knows, and a person's answer": (
        {**sources(StageName="Signed"), "answer": ANSWER},
        "pass",
        "a person said so",
    ),
    "an answer does not close an open deal": (
        {**sources(StageName="Prospecting"), "answer": ANSWER},
        "fail",
        "not closed won",
    ),
    "a custom stage that its pipeline maps": ({"deal": CUSTOM, "pipeline": PIPELINE}, "pass", "stage “771”"),
    "a custom stage without its pipeline": ({"deal": CUSTOM}, "fail", "is not closed won"),
}


@pytest.mark.parametrize("name", OBJECTS)
def test_the_trigger_object(name: str) -> None:
    """The deal must be there, of the lane's object, and closed won."""
    rests, outcome, says = OBJECTS[name]
    result = only(found("trigger.object", packet(), rests))
    assert (result.outcome, result.blocking) == (outcome, True)
    assert says in result.message


REQUIRED: dict[str, tuple[dict[str, str], str, str]] = {
    "everything there": ({}, "pass", "Every field"),
    "no segment": ({"segment": ""}, "fail", "Missing: segment."),
    "no sales owner": ({"sales_owner": " "}, "fail", "Missing: sales owner."),
    "three missing": ({"plan": "", "product": "", "arr": ""}, "fail", "Missing: product, plan, annual value."),
    "a start date in words": ({"start_date": "soon"}, "fail", "Start date is not a date."),
    "a date and a time": ({"start_date": "2026-03-23T09:00:00Z"}, "pass", "Every field"),
    "milliseconds, as HubSpot sends them": ({"start_date": "1712693965000"}, "pass", "Every field"),
    "a day that does not exist": ({"start_date": "2026-02-30"}, "fail", "Start date is not a date."),
    "an amount in words": ({"arr": "a lot"}, "fail", "Annual value is not an amount."),
    "an amount below nothing": ({"arr": "-1"}, "fail", "Annual value is not an amount."),
    "an amount that is not a number": ({"arr": "NaN"}, "fail", "Annual value is not an amount."),
    "one missing, one wrong": ({"plan": "", "arr": "x"}, "fail", "Missing: plan. Annual value is not an amount."),
}


@pytest.mark.parametrize("name", REQUIRED)
def test_required_fields(name: str) -> None:
    """What the lane requires is there and valid; what is missing is named, and the first of it pointed at."""
    changes, outcome, says = REQUIRED[name]
    result = only(found("trigger.required-fields", packet(**changes)))
    assert (result.outcome, result.blocking) == (outcome, True)
    assert says in result.message
    assert bool(result.at) is (outcome == "fail")


INCLUSION: dict[str, tuple[dict[str, str], dict[str, Any], str]] = {
    "segment and type of the lane": ({}, {}, "pass"),
    "the segment in another spelling": ({"segment": "Mid Market"}, {}, "pass"),
    "another segment": ({"segment": "enterprise"}, {}, "fail"),
    "no segment": ({"segment": ""}, {}, "warn"),
    "no deal type": ({}, {"Type": None}, "warn"),
    "an excluded deal type": ({}, {"Type": "Renewal"}, "fail"),
    "a deal type of no list": ({}, {"Type": "Barter"}, "fail"),
}


@pytest.mark.parametrize("name", INCLUSION)
def test_inclusion(name: str) -> None:
    """Segment and deal type are in the lane's lists and in none of its exclusions; nothing said is for a person."""
    fields, changes, outcome = INCLUSION[name]
    result = only(found("trigger.inclusion", packet(**fields), sources(**changes)))
    assert (result.outcome, result.blocking) == (outcome, outcome != "warn")


OTHER = source({"Id": "001NB0000000009AAA", "Name": "Quill Media"}, "Account")
PART = source({"Id": "001NB0000000001AAA", "Name": "Marlow Freight Baltic Ltd"}, "Account")
ONE = source({"Id": "001NB0000000001AAA", "Name": "Marlow Baltic"}, "Account")
IDENTITY: dict[str, tuple[dict[str, Source], str, str | None, str]] = {
    "by id": (sources(), "pass", None, "The deal names its account: Marlow Freight Inc."),
    "by the short form of the id": (
        sources(AccountId="006dM00000Mw7Vt"),
        "fail",
        None,
        "names account 006dM00000Mw7VtQAJ",
    ),
    "another account's id": (
        {**sources(), "account": OTHER},
        "fail",
        None,
        "but this draft rests on 001NB0000000009AAA",
    ),
    "by its whole name": (sources(AccountId=None), "warn", "0.90", "matched by name (2 of 2 words)"),
    "by two words of three": ({**sources(AccountId=None), "account": PART}, "warn", "0.75", "(2 of 3 words)"),
    "by one word of two": ({**sources(AccountId=None), "account": ONE}, "warn", "0.50", "(1 of 2 words)"),
    "by nothing": ({**sources(AccountId=None), "account": OTHER}, "fail", None, "Nothing ties the deal to account"),
    "an id whose record is not here": (sources(account=False), "warn", None, "whose record was not imported"),
    "no account": (sources(account=False, AccountId=None), "warn", None, "names no account"),
    "a person said it": ({**sources(AccountId=None), "answer": ANSWER}, "pass", None, "A person named the customer"),
    "an answer that is not ours": (
        {**sources(AccountId=None), "answer": Source("agent", "answer", "7", {})},
        "warn",
        "0.90",
        "matched by name",
    ),
    "no deal": ({}, "warn", None, "No deal record says"),
}


@pytest.mark.parametrize("name", IDENTITY)
def test_identity(name: str) -> None:
    """How the account was found: an id is certain, a name is only as sure as what the two names share."""
    rests, outcome, confidence, says = IDENTITY[name]
    result = only(found("trigger.identity", packet(), rests))
    assert (result.outcome, result.confidence) == (outcome, confidence)
    assert says in result.message


def test_a_lane_without_trigger_has_no_deal() -> None:
    """Where a lane knows no CRM, nothing is its deal."""
    lane = MID.model_copy(update={"triggers": {}})
    assert only(found("trigger.object", packet(), sources(), lane=lane)).outcome == "fail"
