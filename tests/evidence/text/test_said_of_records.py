"""What a draft says of a product, of people and of counts that the records name, and of what a subscription bills: a
sentence a row, with how its marked value is drawn."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from reviewqueue.evidence.text.grounding import GroundedDraft
from reviewqueue.evidence.text.values.moments import Place
from reviewqueue.evidence.types import Source

DEAL = {
    "Id": "006T1", "Name": "Tamsin Foods - Larder Business", "Amount": Decimal(108000), "CurrencyIsoCode": "EUR", "CloseDate": "2026-02-27",
    "Start_Date__c": "2026-04-01", "Go_Live__c": "2026-06-08", "Contract_Term__c": "36 months", "Seats__c": 40, "Kitchens__c": 9,
    "Cold_Rooms__c": 31, "Auto_Renew__c": True, "Notice_Period__c": "60 days before the end of the term", "Product__c": "Larder Business",
    "Owner": {"Name": "Tilda Brandt"}, "Customer_Owner__c": "Orla Quennell", "Success_Metric__c": "Stocktake down from 95 to 40 minutes",
}  # fmt: skip
PRICE = {"unit_amount": 7500, "currency": "eur", "recurring": {"interval": "month", "interval_count": 1}}
BILLED = {"id": "sub_t", "currency": "eur", "status": "active", "days_until_due": 21, "start_date": 1775001600,
          "items": {"data": [{"quantity": 40, "price": PRICE}]}}  # fmt: skip
SETUP = {
    "id": "in_t",
    "currency": "eur",
    "amount_due": 410000,
    "lines": {"data": [{"description": "Setup", "amount": 410000}]},
}
CALL = {
    "parties": [{"speakerId": "1", "name": "Orla Quennell"}, {"speakerId": "2", "name": "William Ashdown"}],
    "callTranscripts": [{"transcript": [
        {"speakerId": "1", "sentences": [{"text": "The scales must print labels without the network."}]},
        {"speakerId": "2", "sentences": [{"text": "No changes in Ramadan, I must insist."}]},
    ]}],
}  # fmt: skip


def person(number: int, first: str, last: str, title: str, email: str) -> Source:
    payload = {"FirstName": first, "LastName": last, "Title": title, "Email": email}
    return Source("salesforce", "Contact", f"003T{number}", payload)


RECORDS = {
    "deal": Source("salesforce", "Opportunity", "006T1", DEAL),
    "billed": Source("stripe", "subscription", "sub_t", BILLED),
    "setup": Source("stripe", "invoice", "in_t", SETUP),
    "call": Source("gong", "call", "9", CALL),
    "orla": person(1, "Orla", "Quennell", "Head of Kitchens", "orla@tamsin.example"),
    "will": person(2, "William", "Ashdown", "Managing Director", "w.ashdown@tamsin.example"),
    "project": Source(
        "asana", "project", "88", {"data": {"owner": {"name": "Imke Rosendahl"}, "due_on": "2026-07-31"}}
    ),
}


def marks(body: str) -> dict[str, str]:
    """What is drawn otherwise than as supported → how."""
    found = GroundedDraft({"body": body}, RECORDS, (), (), Place("Europe/Berlin", date(2026, 4, 27))).statements
    return {one.quote: one.status for one in found if one.status != "supported"}


TRUE = [
    ("what all seats cost a month", "You pay EUR 3,000 per month."),
    ("what one seat costs", "Each seat costs 75 euros a month."),
    ("what they cost a year", "That makes EUR 36,000 a year."),
    ("the whole term, in short", "The total contract value is 108k EUR."),
    ("a month's part of it", "A seat comes to EUR 900 a year."),
    ("what an invoice bills once", "There is a one-off setup fee of EUR 4,100."),
    ("a number in several words", "The contract is worth a hundred and eight thousand euros in total."),
    ("seats in several words", "Your order covers forty seats."),
    ("days until due", "Invoices fall due after 21 days."),
    ("days until due, in short", "Net 21 days, as usual."),
    ("the end of the term", "You are with us until the end of March 2029."),
    ("a notice beside the renewal", "It renews automatically unless you give 60 days' notice."),
    ("weeks to go", "We are six weeks out from go-live on 8 June."),
    ("the first of two figures", "Stocktakes should go down from 95 minutes to 40 minutes."),
    ("what a plan sets", "I suggest we keep the first twenty minutes for questions."),
    ("a short first name", "Hi Bill, congratulations on getting this done."),
    ("a quotation with a denial", "You told us “no changes in Ramadan”."),
    ("who leads it for us", "Project owner on our side is Imke Rosendahl."),
    ("the product", "You have ordered Larder Business."),
    ("what a field counts", "All nine kitchens come on board."),
    ("a part of them", "We begin with the first four kitchens."),
    ("a title and its address", "The Managing Director's address is w.ashdown@tamsin.example."),
    ("who said it", "As Orla put it, “the scales must print labels without the network”."),
]
WRONG = [
    ("the term's sum by the year", "You pay EUR 108,000 a year.", "EUR 108,000"),
    ("an invoice's sum by the month", "The monthly fee is EUR 4,100.", "EUR 4,100"),
    ("another sum for all seats", "You pay EUR 3,300 per month.", "EUR 3,300"),
    ("notice as term", "The contract has a term of 60 days.", "60 days"),
    ("one year as term", "Contract length: one year.", "one year"),
    ("another edition", "You have ordered Larder Lite.", "Larder Lite"),
    ("another last name", "Customer owner is Orla Quinnley.", "Orla Quinnley"),
    ("somebody in a role", "Customer lead: Marjolein Verstappe.", "Marjolein Verstappe"),
    ("another count", "The rollout covers five kitchens.", "five kitchens"),
    ("a count of something else", "The plan covers 40 cold rooms.", "40 cold"),
    ("another's address", "The Managing Director's address is orla@tamsin.example.", "orla@tamsin.example"),
    ("another title", "Orla Quennell is Purchasing Manager.", "Purchasing Manager"),
    ("said by somebody else", "As William said, “the scales must print labels without the network”.",
     "the scales must print labels without the network"),
    ("no renewal", "Your contract does not renew on its own.", "Your contract does not renew on its own"),
    ("out of the renewal", "You have opted out of automatic renewal.", "You have opted out of automatic renewal"),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "body"), TRUE, ids=[row[0] for row in TRUE])
def test_what_is_true_is_not_marked(sentence: str, body: str) -> None:
    assert marks(body) == {}, sentence


@pytest.mark.parametrize(("sentence", "body", "value"), WRONG, ids=[row[0] for row in WRONG])
def test_what_is_wrong_is_marked(sentence: str, body: str, value: str) -> None:
    assert value in marks(body), sentence


def test_a_charge_is_not_billed_each_year() -> None:
    """Nor does it make the deal's amount one that billing contradicts."""
    item: dict[str, Any] = {"item_type": "plan", "quantity": 10, "unit_price": 5000}
    charge: dict[str, Any] = {"item_type": "charge", "quantity": 1, "unit_price": 90000}
    held = {
        "currency_code": "EUR",
        "billing_period": 1,
        "billing_period_unit": "month",
        "subscription_items": [item, charge],
    }
    records = {
        "deal": Source("salesforce", "Opportunity", "1", {"Amount": Decimal(12000), "CurrencyIsoCode": "EUR", "Contract_Term__c": "24 months"}),
        "billed": Source("chargebee", "subscription", "2", {"subscription": held}),
    }  # fmt: skip
    (told,) = GroundedDraft({"body": "The contract is worth EUR 12,000 in all."}, records, ()).statements
    assert told.status == "supported"
