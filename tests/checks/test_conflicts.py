"""Conflict checks: what two records of a draft disagree on is told with both records, both fields and both values."""

from __future__ import annotations

import pytest

from reviewqueue import checks
from reviewqueue.evidence.types import CheckResult, Citation, Source
from tests.checks.policies import MID, POLICY
from tests.evidence.text.records import account, contact, deal, invoice, named, opportunity, payer, subscription

DRAFT = {"to": ["rosa@marlow.example"], "subject": "Welcome", "body": "You have 50 seats for $48,000 a year."}


def results(*sources: Source, kind: str = "customer_email", cited: tuple[Citation, ...] = ()) -> list[CheckResult]:
    """What the conflict checks say of a message that rests on these records."""
    found = checks.run(POLICY, MID, kind, DRAFT, named(*sources), cited)
    return [result for result in found if result.key.startswith("conflict.")]


@pytest.mark.parametrize(
    ("key", "outcome", "confidence", "sources", "says"),
    [
        ("quantity", "fail", None, (opportunity(), subscription(40, 10000)),
         "seats: Salesforce Opportunity 006NB1 says 50 seats (/Seats__c); Stripe subscription sub_1 says 40 seats (/items/data/0/quantity)."),
        ("amount", "fail", None, (opportunity(), subscription(50, 6000)),
         "price: Salesforce Opportunity 006NB1 says 48,000 USD (/ARR__c); Stripe subscription sub_1 says 36,000 USD a year"),
        ("amount", "warn", "0.60", (opportunity(), invoice(510000)), "Stripe invoice in_1 says 5,100 USD (/total)"),
        ("date", "warn", "0.80", (deal(), subscription(metadata={"service_start": "2026-04-01"})),
         "HubSpot DEAL 217 says 2026-03-23 (/properties/start_date); Stripe subscription sub_1 says 2026-04-01"),
        ("contact", "warn", "0.80", (contact(), payer(email="rosa@else.example")),
         "e-mail address of Rosa Marlow: Salesforce Contact 003A says rosa@marlow.example (/Email)"),
        ("contact", "warn", "0.80", (contact(), payer(phone="+1 802 555 0199")), "telephone number of Rosa Marlow"),
        ("renewal", "warn", "0.80", (opportunity(Auto_Renew__c=True), subscription(cancel_at=1806192000)),
         "end of the term: Salesforce Opportunity 006NB1 says that it renews automatically (/Auto_Renew__c); Stripe subscription sub_1 says that it ends on 2027-03-28 (/cancel_at)."),
        ("renewal", "warn", "0.80", (opportunity(Auto_Renew__c=True), subscription(cancel_at_period_end=True)),
         "Stripe subscription sub_1 says that it ends with its period (/cancel_at_period_end)"),
        ("domain", "warn", "0.60", (account(Website="www.marlow.example"), payer(email="ap@otherco.example")),
         "customer's domain: Salesforce Account 001A says www.marlow.example (/Website); Stripe customer cus_1 says ap@otherco.example (/email)."),
        ("address", "warn", "0.80", (account(), payer(address={"postal_code": "97204", "city": "Portland"})), "97204 Portland"),
        ("owner", "warn", "0.80", (opportunity(), deal(owner_name="Tom Abara")), "says Lena Vogt (/Owner_Name__c)"),
    ],
)  # fmt: skip
def test_both_records_both_fields_both_values(
    key: str, outcome: str, confidence: str | None, sources: tuple[Source, ...], says: str
) -> None:
    """Seats and prices block, the rest warns; each message ends with what to do."""
    (result,) = results(*sources)
    assert (result.key, result.outcome, result.confidence) == (f"conflict.{key}", outcome, confidence)
    assert result.blocking is (outcome == "fail")
    assert says in result.message
    assert result.message.endswith(".")


def test_it_points_at_the_statement_that_rests_on_it() -> None:
    """Found in the body, or cited anywhere."""
    argue = (opportunity(), subscription(40, 10000))
    assert results(*argue)[0].at == "/body"
    assert results(*argue, cited=(Citation("/subject", "Welcome", "opportunity", "/Seats__c"),))[0].at == "/subject"


def test_a_question_lays_records_side_by_side_and_argues_nothing() -> None:
    """Candidates of a question are other customers, so nothing is compared."""
    assert results(opportunity(), subscription(40, 10000), kind="trigger_question") == []


def test_records_that_agree_say_nothing() -> None:
    assert results(opportunity(), deal(), subscription(), contact(), payer(), account(), invoice()) == []


def test_a_draft_invoice_is_called_one_wherever_it_is_named() -> None:
    """In what a check says of a value, and in the name that a conflict would have."""
    sources = (opportunity(), invoice(510000, status="draft", customer_address={"postal_code": "97204"}), account())
    (result,) = results(*sources)
    assert (result.key, "Stripe draft invoice in_1 says 97204" in result.message) == ("conflict.address", True)
    found = checks.run(
        POLICY, MID, "customer_email", {**DRAFT, "body": "5,100 percent of the seats"}, named(*sources), ()
    )
    assert not any("Stripe invoice" in one.message for one in found)


def test_hidden_characters_of_a_record_are_named_in_the_message() -> None:
    """A record cannot reorder the message that tells of it."""
    (result,) = results(opportunity(Owner_Name__c="Lena\u202e Voss"), deal())
    assert "Lena[U+202E] Voss" in result.message
    assert "\u202e" not in result.message
