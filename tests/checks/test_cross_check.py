"""The package: drafts of one onboarding held against each other, with every place that says it."""

from __future__ import annotations

from typing import Any

import pytest

from reviewqueue.checks import cross_check
from reviewqueue.checks.cross_check import PackageDraft
from tests import drafts

CUSTOMER = "Marlow Freight"
PACKET = PackageDraft(1, "handoff_packet", "Packet", drafts.packet().drafted.draft)
PLAN = PackageDraft(2, "project_plan", "Plan", drafts.plan().drafted.draft)
BRIEF = PackageDraft(
    3,
    "kickoff_brief",
    "Brief",
    {
        "framing": "We go live on 1 June 2026. Your project starts on 23 March 2026.",
        "agenda": [],
        "stakeholders": [
            {"name": "Rosa Marlow", "role": "COO", "email": "rosa@marlowfreight.example", "cares_about": ""}
        ],
        "open_questions": [],
        "next_step": "Dana sends the agenda.",
    },
)


def mail(body: str, number: int = 4) -> PackageDraft:
    return PackageDraft(
        number, "customer_email", "Mail", {"to": ["rosa@marlowfreight.example"], "subject": "Hello", "body": body}
    )


def verdicts(*parts: PackageDraft) -> dict[str, bool]:
    return {line.what: line.agrees for line in cross_check.compare_drafts(CUSTOMER, parts)}


@pytest.mark.parametrize(
    ("sentence", "parts", "expected"),
    [
        ("one draft alone is held against nothing", [PLAN], {}),
        ("the same start in packet and brief", [PACKET, BRIEF], {"Start, date": True}),
        ("another start in the mail", [PACKET, mail("Your project starts on 30 March 2026.")], {"Start, date": False}),
        ("the same go-live", [BRIEF, mail("We go live on 1 June.")], {"Go-live, date": True}),
        ("another go-live", [BRIEF, mail("We go live on 8 June.")], {"Go-live, date": False}),
        ("a milestone moved by a mail", [PLAN, mail("Transport system connected is due on 6 April 2026.")],
         {"Transport system connected, date": False}),
        ("scope", [PACKET, mail("Your plan includes three dashboards.")], {"Dashboards": False}),
        ("price", [PACKET, mail("The price is EUR 48,000 per year.")], {"Price per year": True}),
        ("an owner", [mail("Ines Castellanos owns the data import."), mail("Dana Whitfield owns the data import.", 5)],
         {"Owner: data import": False}),
        ("a person misspelt", [PLAN, mail("Please thank Ines Castelanos.")], {"Name of Ines Castellanos": False}),
        ("the customer misspelt", [mail("Welcome to Marlow Frieght and all of you.")], {"Name of the customer": False}),
        ("another company is no misspelling", [mail("Welcome, Marlow Trucking and all of you.")], {}),
        ("another person is no misspelling", [PLAN, mail("Please thank Ines Castro and Irene Castellanos.")], {}),
    ],
)  # fmt: skip
def test_cross_checks(sentence: str, parts: list[PackageDraft], expected: dict[str, bool]) -> None:
    assert verdicts(*parts) == expected, sentence


def test_two_addresses_of_one_person() -> None:
    """In what lists people, and with the place in each."""
    listed = {"sections": {"stakeholders": {"key_stakeholders": "Rosa Marlow, COO, rosa.marlow@marlow.example"}}}
    (line,) = cross_check.compare_drafts(CUSTOMER, [BRIEF, PackageDraft(9, "handoff_packet", "Packet", listed)])
    assert (line.what, line.agrees, line.items) == ("E-mail of Rosa Marlow", False, {3, 9})
    assert [place.at for place in line.places] == ["/stakeholders/0/email", "/sections/stakeholders/key_stakeholders"]


def test_contradictions_come_first() -> None:
    found = cross_check.compare_drafts(
        CUSTOMER, [PACKET, BRIEF, mail("We go live on 8 June. Your project starts on 23 March.")]
    )
    assert [line.agrees for line in found] == sorted(line.agrees for line in found)
    assert {line.agrees for line in found} == {True, False}


@pytest.mark.parametrize(
    "odd", [None, 3, [], {"milestones": [3]}, {"stakeholders": [{"name": 3, "email": []}]}, {"body": {"a": [1]}}]
)
@pytest.mark.parametrize("kind", ["handoff_packet", "kickoff_brief", "project_plan", "customer_email"])
def test_no_shape_of_a_draft_raises(kind: str, odd: Any) -> None:
    assert cross_check.compare_drafts(CUSTOMER, [PackageDraft(1, kind, "Odd", odd), PLAN]) == []
