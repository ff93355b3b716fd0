"""Disputes: two records that differ on one fact, and those that only look as if they did."""

from __future__ import annotations

import pytest

from reviewqueue.evidence.text.records import conflicts
from reviewqueue.evidence.types import Source
from tests.evidence.text.records import (
    account,
    chargebee,
    company,
    contact,
    deal,
    ends_with_item,
    invoice,
    named,
    opportunity,
    payer,
    subscription,
)

ARGUE: list[tuple[str, list[Source], list[str]]] = [
    ("the CRM says 50 seats, billing 40", [opportunity(), subscription(40, 10000)], ["quantity"]),
    ("the same in Chargebee", [opportunity(), chargebee(40, 120000)], ["quantity"]),
    ("the CRM says 48,000 a year, billing 36,000", [opportunity(), subscription(50, 6000)], ["amount"]),
    ("billing in another currency", [opportunity(), subscription(currency="eur")], ["amount"]),
    ("a yearly price that is another", [deal(), chargebee(50, 90000)], ["amount"]),
    ("the subscription starts on another day", [opportunity(), subscription(start_date=1775000000)], ["date"]),
    ("a start that billing keeps as its own field", [deal(), subscription(metadata={"service_start": "2026-04-01"})], ["date"]),
    ("an invoice that is not a part of the price", [opportunity(), invoice(510000)], ["amount"]),
    ("two CRMs on seats and price", [opportunity(), deal(seats="45", hs_arr="45000", amount="45000")], ["quantity", "amount"]),
    ("two CRMs on the owner", [opportunity(), deal(owner_name="Tom Abara")], ["owner"]),
    ("one person, two addresses", [contact(), payer(email="rosa@else.example")], ["email"]),
    ("one person, two addresses, in one system", [contact(), contact(Email="r.marlow@marlow.example")], ["email"]),
    ("one person, two telephones", [contact(), payer(phone="+1 802 555 0199")], ["phone"]),
    ("the CRM's website and billing's mail are at two domains", [account(Website="https://www.marlow.example/us"), payer(name="", email="ap@otherco.example")], ["domain"]),
    ("two CRMs on the customer's domain", [account(Website="marlow.example"), company(domain="marlowfreight.example")], ["domain"]),
    ("a website that billing keeps itself", [account(Website="marlow.example"), payer(metadata={"website": "otherco.example"})], ["domain"]),
    ("sold to renew, and billing ends with its period", [opportunity(Auto_Renew__c=True), subscription(cancel_at_period_end=True)], ["renewal"]),
    ("the same in words, at a day of its own", [deal(auto_renewal="true"), subscription(cancel_at=1806192000)], ["renewal"]),
    ("Chargebee's own word for it", [opportunity(Auto_Renew__c="Yes"), chargebee(status="non_renewing", current_term_end=1806192000)], ["renewal"]),
    ("a contract that runs a year longer than billing", [opportunity(Contract_End_Date__c="2028-03-22"), subscription(cancel_at=1806192000)], ["renewal"]),
    ("an order's end", [Source("salesforce", "Contract", "800A", {"EndDate": "2028-03-22"}), subscription(cancel_at=1806192000)], ["renewal"]),
    ("the last day that billing keeps with its item", [opportunity(End_Date__c="2028-03-22"), ends_with_item()], ["renewal"]),
    ("an invoice that is final, of another amount", [opportunity(), invoice(510000, status="open")], ["amount"]),
    ("two postal addresses", [account(), payer(address={"postal_code": "97204", "city": "Portland"})], ["address"]),
]  # fmt: skip
AGREE: list[tuple[str, list[Source]]] = [
    ("everything alike", [opportunity(), deal(), subscription(), chargebee(), contact(), payer(), account(), invoice()]),
    ("a flat plan counts no seats", [opportunity(), subscription(1, 400000)]),
    ("two subscriptions that come to the seats and the price", [opportunity(), subscription(30, 8000), subscription(20, 8000, id="sub_2")]),
    ("a subscription that ended", [opportunity(), subscription(40, 100, status="canceled")]),
    ("a discount makes the price another", [opportunity(Seats__c=None), subscription(50, 9000, discounts=["di_1"])]),
    ("the yearly price stands beside the whole", [opportunity(ARR__c=None, Amount=48000), subscription()]),
    ("rounded to the month", [opportunity(ARR__c="46799.99"), subscription(50, 7800)]),
    ("an invoice for a quarter", [opportunity(), invoice(1200000)]),
    ("an invoice without its tax", [opportunity(), invoice(5000000, subtotal=4800000)]),
    ("nothing said on one side", [opportunity(Seats__c=None, ARR__c=None, Start_Date__c=""), subscription(3, 100)]),
    ("seats that are no number", [opportunity(Seats__c="a few"), subscription()]),
    ("one domain, whatever stands before and behind it", [account(Website="https://www.marlow.example/us?x=1"), payer(email="ap@billing.marlow.example")]),
    ("mail that anybody may have is nobody's domain", [account(Website="marlow.example"), payer(email="marlow@gmail.com")]),
    ("a page that anybody may have is none", [account(Website="https://www.linkedin.com/company/marlow"), payer()]),
    ("a website that is no address", [account(Website="see the notes"), payer()]),
    ("sold to renew, and billing goes on", [opportunity(Auto_Renew__c=True), subscription(), chargebee()]),
    ("sold without renewal, and billing ends", [opportunity(Auto_Renew__c=False, End_Date__c="2029-01-01"), subscription(cancel_at=1806192000)]),
    ("two systems of billing, one of them taking over from the other", [subscription(cancel_at=1806192000), chargebee()]),
    ("two CRMs, one with a day and one with a word", [opportunity(Auto_Renew__c=True), deal(end_date="2027-03-22")]),
    ("nobody said whether it renews", [opportunity(), subscription(cancel_at_period_end=True)]),
    ("a contract that ends within a month of billing", [opportunity(End_Date__c="2027-04-20"), subscription(cancel_at=1806192000)]),
    ("billing ends on no known day, the contract on one", [opportunity(End_Date__c="2027-04-20"), subscription(cancel_at_period_end=True)]),
    ("one subscription ends and another goes on", [opportunity(Auto_Renew__c=True, Seats__c=None, ARR__c=None), subscription(cancel_at_period_end=True), subscription(id="sub_2")]),
    ("a subscription that has ended long ago", [opportunity(Auto_Renew__c=True), subscription(status="canceled", cancel_at=1700000000)]),
    ("a draft invoice has billed nothing", [opportunity(), invoice(510000, status="draft")]),
    ("neither has one that Chargebee still prepares", [opportunity(), Source("chargebee", "invoice", "9", {"invoice": {"status": "pending", "sub_total": 510000, "currency_code": "USD"}})]),
    ("nor one that is void", [opportunity(), invoice(510000, status="void")]),
    ("two people", [contact(), contact(FirstName="Ana", LastName="Brandt", Email="ana@marlow.example", Phone="1")]),
    ("a first name is no person", [payer(name="Rosa"), payer(name="Rosa", email="x@y.example")]),
    ("one telephone, written twice", [contact(Phone="802-555-0141"), payer()]),
    ("one address in two spellings of its code", [account(BillingPostalCode="054 01"), payer()]),
    ("one place says its city only", [account(BillingPostalCode=None), payer()]),
    ("two deals of one system", [opportunity(), opportunity(Seats__c=7, ARR__c=1)]),
    ("billing counts what another field of the deal counts", [deal(number_of_practices="12"), subscription(12, 33334)]),
    ("systems we do not know", [opportunity(), Source("jira", "Issue", "1", {"Seats__c": 9})]),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "sources", "facts"), ARGUE, ids=[row[0] for row in ARGUE])
def test_records_that_argue(sentence: str, sources: list[Source], facts: list[str]) -> None:
    """Each dispute names both records and both fields."""
    found = conflicts.conflicts_in(named(*sources))
    assert [one.fact for one in found] == facts, sentence
    for one in found:
        assert one.one.value != one.other.value or one.one.currency != one.other.currency
        assert one.one.place.path
        assert one.other.place.path
        assert one.one.place.ref != one.other.place.ref


@pytest.mark.parametrize(("sentence", "sources"), AGREE, ids=[row[0] for row in AGREE])
def test_records_that_agree(sentence: str, sources: list[Source]) -> None:
    """False alarms block work: what only looks different is no dispute."""
    assert conflicts.conflicts_in(named(*sources)) == [], sentence
