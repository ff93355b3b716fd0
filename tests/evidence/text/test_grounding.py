"""Statements: supported, unsupported or conflicting, by citation, by the only record, and by records that argue."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from reviewqueue.evidence.text.grounding import GroundedDraft
from reviewqueue.evidence.types import Citation, Source
from tests.evidence.text.records import contact, named, opportunity, subscription

CRM = named(opportunity(), contact())
BOTH = named(opportunity(), subscription(40, 10000))


def told(body: str, sources: dict[str, Source] = CRM, *cited: Citation) -> list[tuple[str, str]]:
    """(words, status) of each statement of a message, "wrong" where it contradicts its record."""
    reading = GroundedDraft({"body": body}, sources, cited)
    return [(one.quote, "wrong" if one.wrong else one.status) for one in reading.statements]


def cites(quote: str, path: str, ref: str = "opportunity") -> Citation:
    return Citation("/body", quote, ref, path)


@pytest.mark.parametrize(
    ("sentence", "body", "cited", "expected"),
    [
        ("in a record, though nobody cited it", "You have 50 seats.", (), [("50 seats", "supported")]),
        ("in no record", "It takes six weeks.", (), [("six weeks", "unsupported")]),
        ("cited word for word", "Rosa Marlow decides.", (cites("Rosa", "/FirstName", "contact"),), [("Rosa Marlow", "supported")]),
        ("cited and said in other words", "It starts 23 March 2026.", (cites("23 March 2026", "/Start_Date__c"),), []),
        ("more than its citation says", "From 23 March 2026, for 12 months.", (cites("23 March 2026, for 12 months", "/Start_Date__c"),), [("12 months", "unsupported")]),
        ("otherwise than its citation", "It starts 30 March 2026.", (cites("starts 30 March 2026", "/Start_Date__c"),), [("30 March 2026", "wrong")]),
        ("otherwise than its number", "There are 60 seats.", (cites("60 seats", "/Seats__c"),), [("60 seats", "wrong")]),
        ("otherwise than the only record", "Your contract has 60 seats.", (), [("60 seats", "wrong")]),
        ("a price otherwise than the only record", "The annual price is $60,000.", (), [("$60,000", "wrong")]),
        ("a start otherwise than the only record", "Your project starts on 30 March 2026.", (), [("30 March 2026", "wrong")]),
        ("an address otherwise than the only record", "Write to Rosa Marlow (rosa@else.example).", (), [("Rosa Marlow", "supported"), ("rosa@else.example", "wrong")]),
        ("another fact: a part of the seats", "The first 10 seats come early.", (), [("10 seats", "unsupported")]),
        ("another fact: users who are trained", "We train 20 users.", (), [("20 users", "unsupported")]),
        ("another fact: a fee", "The setup fee is $5,000 per year.", (), [("$5,000", "unsupported")]),
        ("another fact: a price in other money", "The annual price is 60,000 EUR.", (), [("60,000 EUR", "unsupported")]),
        ("another fact: a training that starts", "The training starts on 30 March 2026.", (), [("30 March 2026", "unsupported")]),
        ("a question", "Could we start on 30 March 2026?", (), []),
        ("a question whose day a record knows", "Could we start on 23 March 2026?", (), [("23 March 2026", "supported")]),
        ("said twice", "50 seats, yes, 50 seats.", (), [("50 seats", "supported")]),
        ("a range in which one day is cited", "From 23 March 2026 to 27 March 2026.", (cites("From 23 March 2026 to 27 March 2026", "/Start_Date__c"),), [("27 March 2026", "unsupported")]),
        ("a broken citation is no support", "It takes six weeks.", (cites("six weeks", "/Nowhere"),), [("six weeks", "unsupported")]),
    ],
)  # fmt: skip
def test_a_statement_has_its_status(
    sentence: str, body: str, cited: tuple[Citation, ...], expected: list[tuple[str, str]]
) -> None:
    assert told(body, CRM, *cited) == expected, sentence


def test_records_that_argue_put_both_values_beside_the_statement() -> None:
    """Billing says 40, the deal says 50: whichever the draft says, the other stands against it."""
    reading = GroundedDraft({"body": "You have 50 seats, 40 seats are billed."}, BOTH, ())
    fifty, forty = reading.statements
    assert [place.path for place in fifty.places] == ["/Seats__c"]
    assert [(place.ref, place.value) for place in fifty.against] == [("subscription", "40")]
    assert [place.path for place in forty.against] == ["/Seats__c"]
    assert {fifty.status, forty.status} == {"conflicting"}
    assert not fifty.wrong


def test_a_third_value_stands_against_both() -> None:
    """The draft says 60: neither record bears it out."""
    (one,) = GroundedDraft({"body": "Your licence has 60 seats."}, BOTH, ()).statements
    assert one.wrong
    assert [place.value for place in one.against] == ["50", "40"]


def test_what_a_plan_sets_and_a_stakeholder_list_names() -> None:
    """Owner and due date are the plan's own; an address beside a name is that person's."""
    plan = {"milestones": [{"owner": "Graham Tolley", "due": "2026-04-01", "exit": "12 trucks are live"}]}
    assert [one.quote for one in GroundedDraft(plan, CRM, ()).statements] == ["12 trucks"]
    brief = {"stakeholders": [{"name": "Rosa Marlow", "email": "rosa@else.example"}]}
    assert [one.status for one in GroundedDraft(brief, CRM, ()).statements] == ["supported", "conflicting"]


def test_our_own_addresses_claim_nothing() -> None:
    draft = {"body": "Write to help@northbeam.example or to rosa@else.example."}
    reading = GroundedDraft(draft, CRM, (), frozenset({"northbeam.example"}))
    assert [one.quote for one in reading.statements] == ["rosa@else.example"]


WORDS = "The rollout for the depot team goes on and the next report is read by everybody who works there today. "
FACTS = "We agreed on {n} trucks by {d} May 2026 at ${n},500, as Rosa Marlow and Graham Tolley said. "


def long_draft(words: int) -> dict[str, Any]:
    """So many words of prose, a fact in every third sentence."""
    piece = "".join(FACTS.format(n=10 + n, d=1 + n % 28) + WORDS + WORDS for n in range(20))
    return {"body": (piece * (words // len(piece.split()) + 1))[: words * 6]}


def records(many: int) -> dict[str, Source]:
    """So many records of forty fields."""
    fields = {f"Note_{n}__c": f"On {1 + n % 28} May 2026 they asked for {n} trucks at $ {n},500." for n in range(40)}
    return {f"s{n}": Source("salesforce", "Case", str(n), {**fields, "Amount": Decimal(n)}) for n in range(many)}


@pytest.mark.timeout(15)
def test_long_drafts_and_many_records_are_read_whole() -> None:
    """8,000 words against 20 records: the last fact is found as the first is."""
    told = GroundedDraft(long_draft(8_000), records(20), ()).statements
    assert len(told) > 300
    assert max(one.entity.start for one in told if one.entity) > 30_000
