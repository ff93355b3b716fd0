"""Prose checks: a statement that no record says warns, one that its record contradicts blocks."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reviewqueue import checks
from reviewqueue.evidence.types import CheckResult, Citation, Source
from tests.checks.policies import MID, POLICY, packet, sources
from tests.checks.test_malformed_drafts import NAMES, POINTERS, SHAPED, VALUES
from tests.evidence.text.records import contact, named, opportunity

CRM = named(opportunity(), contact())


def results(
    key: str, body: str, cited: tuple[Citation, ...] = (), rests: dict[str, Source] = CRM, kind: str = "customer_email"
) -> list[CheckResult]:
    """What one check says of a message with that body."""
    draft: dict[str, Any] = {"to": ["nobody@else.example"], "subject": "Hello", "body": body}
    return [result for result in checks.run(POLICY, MID, kind, draft, rests, cited) if result.key == key]


def test_each_unsupported_passage_warns_once_with_its_words() -> None:
    """It does not block; whom the message goes to is for the recipient checks."""
    found = results("evidence.unsupported", "It takes six weeks and covers 50 seats from 1 May 2026.")
    assert [(one.outcome, one.blocking, one.at) for one in found] == [("warn", False, "/body")] * 2
    assert found[0].message.startswith("“six weeks”: no record says this length of time.")
    assert found[1].message.startswith("“1 May 2026”: no record says this date.")


def test_more_than_twenty_are_counted() -> None:
    """Twenty by name, the rest in one line."""
    found = results("evidence.unsupported", " ".join(f"We need {n} trucks there." for n in range(20, 50)))
    assert len(found) == 21
    assert found[-1].message == "10 more statements are in no record; each is marked in the draft."


def test_a_short_passage_is_told_with_what_follows() -> None:
    """“1” alone would be found nowhere."""
    (first, second) = results("evidence.unsupported", "Deliveries arrived on 1 and 3 December this year.")
    assert first.message.startswith("“1 and 3 December”")
    assert second.message.startswith("“3 December”")


def test_a_contradicted_statement_blocks_and_names_both() -> None:
    """The e-mail says 60 seats, the deal says 50."""
    (wrong,) = results("evidence.contradicted", "Your contract has 60 seats.")
    assert (wrong.outcome, wrong.blocking, wrong.at) == ("fail", True, "/body")
    assert "“60 seats”, but Opportunity 006NB1 says “50” (/Seats__c)" in wrong.message
    assert results("evidence.unsupported", "Your contract has 60 seats.") == []
    assert results("evidence.contradicted", "Your contract has 50 seats.") == []


def test_a_citation_that_says_otherwise_blocks() -> None:
    """A date beside the one its field holds; the same day in other words is none."""
    said = (Citation("/body", "starts on 30 March 2026", "opportunity", "/Start_Date__c"),)
    (wrong,) = results("evidence.contradicted", "The pilot starts on 30 March 2026.", said)
    assert "“30 March 2026”, but Opportunity 006NB1 says “2026-03-23”" in wrong.message
    same = (Citation("/body", "starts on 23 March 2026", "opportunity", "/Start_Date__c"),)
    assert results("evidence.contradicted", "The pilot starts on 23 March 2026.", same) == []


def test_a_packet_keeps_its_own_marks() -> None:
    """A packet's fields are marked as fields: prose in them does not warn a second time."""
    rests = sources(Seats__c=50)
    found = checks.run(POLICY, MID, "handoff_packet", packet(risks="It takes six weeks and 12 trucks."), rests, ())
    assert not any("no record says" in result.message for result in found)


KINDS = ["customer_email", "project_plan", "kickoff_brief", "risk_summary", "internal_alert"]


@given(kind=st.sampled_from(KINDS), draft=SHAPED, payload=VALUES, at=POINTERS, path=POINTERS)
def test_nothing_raises(kind: str, draft: Any, payload: Any, at: str, path: str) -> None:
    """Any draft, any record of a kind the table knows, any citation."""
    rests = {
        "deal": Source(
            "salesforce", "Opportunity", "1", {"Seats__c": payload, "ARR__c": payload, "Start_Date__c": payload}
        ),
        "billing": Source("stripe", "subscription", "2", {"items": {"data": [payload]}, "start_date": payload}),
        "other": Source("chargebee", "subscription", "3", {"subscription": payload}),
        "person": Source("hubspot", "CONTACT", "4", {"properties": payload}),
    }
    assert checks.run(POLICY, MID, kind, draft, rests, (Citation(at, "x", "deal", path),))


@given(payload=VALUES, name=NAMES)
def test_hostile_records_are_read(payload: Any, name: str) -> None:
    """Whatever stands in a field that the table compares."""
    rests = {
        "deal": Source(
            "salesforce", "Contact", "1", {"FirstName": payload, "LastName": payload, "Email": payload, name: payload}
        )
    }
    assert checks.run(POLICY, MID, "customer_email", {"body": "50 seats"}, rests, ())
