"""Drafts: what the automation of the tests submits, as believable as the real thing. Each call is about a new deal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Literal

from reviewqueue.evidence.types import CheckResult, Citation, DraftWithEvidence, Source
from reviewqueue.items.submission_rules import Submission

LANE = "mid-market-saas"
TWO_APPROVALS = "enterprise-saas"
CALLBACK = "https://automation.example/hooks/decisions"
_numbers = count(1)  # of the deals that test modules make when they are imported
_IN_TEMPLATES, _IN_TESTS = 500_000, 1_000_000

# Where each field of the packet stands in the draft and in the deal's record, and what it says.
FIELDS = [
    ("business_outcome", "customer_outcome", "/Business_Outcome__c", "Dispatchers see every late shipment by 8 a.m."),
    ("use_cases", "use_cases", "/Use_Cases__c", "Late-shipment board; carrier scorecard."),
    ("first_value", "success_metric", "/Success_Metric__c", "Nine of ten late shipments noticed before a call."),
    ("first_value", "first_value_milestone", "/First_Value_Milestone__c", "First report used by 17 April 2026."),
    ("buyer_and_owner", "economic_buyer", "/Economic_Buyer__c", "Rosa Marlow, COO"),
    ("buyer_and_owner", "customer_owner", "/Customer_Owner__c", "Piet de Vries, dispatch lead"),
    ("stakeholders", "key_stakeholders", "/Key_Stakeholders__c", "Rosa Marlow, Piet de Vries, Ana Brandt (IT)"),
    ("technical", "technical_requirements", "/Technical_Requirements__c", "Single sign-on; data stays in the EU."),
    ("integrations", "integrations", "/Integrations__c", "Transport system by nightly file."),
    (
        "commitments",
        "promised_deliverables",
        "/Promised_Deliverables__c",
        "Two dashboards, 2025 imported, one training.",
    ),
    ("commitments", "non_standard_terms", "/Non_Standard_Terms__c", "none"),
    ("risks", "risks", "/Risks__c", "IT is short of people until April."),
    ("risks", "renewal_signal", "/Renewal_Signal__c", "A second depot is planned for 2027."),
    ("commercial", "deal", "/Name", "Platform for two depots"),
    ("commercial", "segment", "/Segment__c", "mid-market"),
    ("commercial", "product", "/Product__c", "Shipment Radar"),
    ("commercial", "plan", "/Plan__c", "Team"),
    ("commercial", "arr", "/ARR__c", "48000.00"),
    ("commercial", "closed_on", "/CloseDate", "2026-02-27"),
    ("commercial", "sales_owner", "/Owner_Name__c", "Lena Vogt"),
    ("commercial", "implementation_type", "/Implementation_Type__c", "Guided"),
    ("commercial", "billing", "/Billing_Status__c", "Contract signed, first invoice paid"),
    ("kickoff", "start_date", "/Start_Date__c", "2026-03-23"),
    ("kickoff", "kickoff", "/NextStep", "Kickoff in the week of 9 March; Rosa and Piet attend."),
]


@dataclass(frozen=True)
class Deal:
    """A closed-won deal: one onboarding."""

    external_id: str
    customer: str

    @property
    def sources(self) -> dict[str, Source]:
        """The deal's record and its account's, as the CRM gave them."""
        account = f"001NB{self.external_id[5:]}"
        said = {path[1:]: value for _, _, path, value in FIELDS}
        deal = {**said, "Id": self.external_id, "AccountId": account, "StageName": "Closed Won", "Type": "New Business"}
        deal |= {"Buyer_Email__c": "rosa@marlowfreight.example", "Agenda_Due__c": "2026-03-06"}
        whose = {"Id": account, "Name": self.customer, "Website": "https://www.marlowfreight.example"}
        return {
            "deal": Source("salesforce", "Opportunity", self.external_id, deal),
            "account": Source("salesforce", "Account", account, whose),
        }


def begin_test() -> None:
    """Have a test's deals numbered alike wherever it runs: what they are does not depend on the tests before it."""
    global _numbers  # noqa: PLW0603
    _numbers = count(_IN_TESTS)


@contextmanager
def in_template() -> Iterator[None]:
    """What fills a template that is copied numbers its deals by itself: a test's own are others."""
    global _numbers  # noqa: PLW0603
    before, _numbers = _numbers, count(_IN_TEMPLATES)
    yield
    _numbers = before


def deal(customer: str = "Marlow Freight") -> Deal:
    """A deal nobody has seen yet."""
    return Deal(f"006NB{next(_numbers):013d}", customer)


def _submission(about: Deal, kind: str, title: str, draft: dict[str, Any], rests: tuple[Citation, ...]) -> Submission:
    drafted = DraftWithEvidence(kind, title, draft, about.sources, rests)
    return Submission(LANE, drafted, about.external_id, about.customer, segment="mid-market", callback_url=CALLBACK)


BODY = (
    "Hello Rosa,\n\nthank you for choosing us. Your project starts on 2026-03-23.\n\n"
    "Next step: Dana Whitfield sends you the agenda for our kickoff by 6 March 2026. "
    "Please tell Dana who should be in the room.\n\nKind regards\nDana Whitfield"
)


def email(about: Deal | None = None, **changes: Any) -> Submission:
    """A customer e-mail that passes every check. `changes` replace the draft's own fields (to, subject, body)."""
    draft = {"to": ["rosa@marlowfreight.example"], "subject": "Kickoff invitation", "body": BODY, **changes}
    rests = Citation("/body", "starts on 2026-03-23", "deal", "/Start_Date__c")
    kept = (rests,) if rests.quote in draft["body"] else ()
    return _submission(about or deal(), "customer_email", "Kickoff invitation", draft, kept)


def packet(about: Deal | None = None, *, without: tuple[str, ...] = (), **changes: str) -> Submission:
    """A handoff packet that passes every check. `without` leaves fields out by key; `changes` set fields by key."""
    about = about or deal()
    sections: dict[str, dict[str, str]] = {}
    rests = []
    for section, key, path, value in FIELDS:
        said = changes.get(key, value)
        if key not in without:
            sections.setdefault(section, {})[key] = said
            if said == value:
                rests.append(Citation(f"/sections/{section}/{key}", said, "deal", path))
    return _submission(
        about, "handoff_packet", f"Handoff packet: {about.customer}", {"sections": sections}, tuple(rests)
    )


MILESTONES = [
    {
        "name": "Transport system connected",
        "layer": "implementation progress",
        "owner": "Ines Castellanos",
        "due": "2026-03-30",
        "evidence": "The nightly file of 29 March is in the import log",
        "exit": "Three nightly files in a row are imported without an error",
    },
    {
        "name": "First late-shipment report used",
        "layer": "customer value",
        "owner": "Dana Whitfield and Piet de Vries",
        "due": "2026-04-17",
        "evidence": "Piet shows the report in the morning stand-up",
        "exit": "Dispatchers acted on one late shipment found in the report",
    },
]


def question(to: str, about: Deal | None = None) -> Submission:
    """A question to sales about what a packet lacks."""
    draft = {
        "to": [to],
        "subject": "What we still need from you",
        "body": "Hello,\n\nPlease answer in a line:\n\n- Which business outcome did the customer buy?\n\nNext step: the sales owner "
        "answers by 5 March 2026.\n",
    }
    return _submission(about or deal(), "sales_question", "Missing in the handoff", draft, ())


def plan(about: Deal | None = None, milestones: list[dict[str, str]] | None = None) -> Submission:
    """A project plan whose milestones each have owner, date, evidence and exit criteria."""
    about = about or deal()
    draft = {"milestones": MILESTONES if milestones is None else milestones}
    return _submission(about, "project_plan", f"Project plan: {about.customer}", draft, ())


def with_check(
    submission: Submission, key: str, outcome: Literal["pass", "warn", "fail"] = "fail", *, blocking: bool = True
) -> Submission:
    """The submission with one more check result, sent along by the automation."""
    sent = CheckResult(key, outcome, blocking, "Says the automation.", origin="Handoff agent")
    return replace(submission, checks=(*submission.checks, sent))


def in_lane(submission: Submission, lane: str) -> Submission:
    """The submission in another lane."""
    return replace(submission, lane=lane)
