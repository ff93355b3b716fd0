"""Records of one customer as four systems keep them: they agree, unless a test changes a field."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from reviewqueue.evidence.types import Source


def opportunity(**changes: Any) -> Source:
    """A Salesforce deal: 50 seats for 48,000 US dollars a year from 23 March 2026."""
    payload = {"Id": "006NB1", "Name": "Platform for two depots", "ARR__c": Decimal("48000.00"), "Seats__c": 50,
               "CurrencyIsoCode": "USD", "Start_Date__c": "2026-03-23", "Owner_Name__c": "Lena Vogt", **changes}  # fmt: skip
    return Source("salesforce", "Opportunity", "006NB1", payload)


def deal(**changes: Any) -> Source:
    """The same deal in HubSpot."""
    payload = {"hs_arr": "48000", "amount": "96000", "seats": "50", "deal_currency_code": "USD",
               "start_date": "2026-03-23", "owner_name": "Lena Vogt", **changes}  # fmt: skip
    return Source("hubspot", "DEAL", "217", {"id": "217", "properties": payload})


def subscription(quantity: int = 50, unit: int = 8000, interval: str = "month", **changes: Any) -> Source:
    """A Stripe subscription: 50 seats at 80 dollars a month."""
    price = {"unit_amount": unit, "recurring": {"interval": interval, "interval_count": 1}}
    payload = {"id": "sub_1", "currency": "usd", "status": "active", "start_date": 1774224000,
               "items": {"data": [{"quantity": quantity, "price": price}]}, **changes}  # fmt: skip
    return Source("stripe", "subscription", payload["id"], payload)


def invoice(total: int = 400000, **changes: Any) -> Source:
    """A Stripe invoice: one month."""
    return Source("stripe", "invoice", "in_1", {"id": "in_1", "currency": "usd", "total": total, **changes})


def chargebee(quantity: int = 50, unit: int = 96000, **changes: Any) -> Source:
    """A Chargebee subscription as its API answers: 50 seats at 960 dollars a year."""
    held = {"id": "cb_1", "currency_code": "USD", "status": "active", "started_at": 1774224000, "billing_period": 1,
            "billing_period_unit": "year", "subscription_items": [{"quantity": quantity, "unit_price": unit}], **changes}  # fmt: skip
    return Source("chargebee", "subscription", "cb_1", {"subscription": held, "customer": {"id": "c"}})


def contact(**changes: Any) -> Source:
    """Rosa Marlow in Salesforce."""
    payload = {
        "FirstName": "Rosa",
        "LastName": "Marlow",
        "Email": "rosa@marlow.example",
        "Phone": "+1 802 555 0141",
        **changes,
    }
    return Source("salesforce", "Contact", "003A", payload)


def payer(**changes: Any) -> Source:
    """Rosa Marlow as Stripe's customer."""
    payload = {"name": "Rosa Marlow", "email": "rosa@marlow.example", "phone": "(802) 555-0141",
               "address": {"postal_code": "05401", "city": "Burlington"}, **changes}  # fmt: skip
    return Source("stripe", "customer", "cus_1", payload)


def account(**changes: Any) -> Source:
    """The account in Salesforce."""
    payload = {"Name": "Marlow Freight Inc.", "BillingPostalCode": "05401", "BillingCity": "Burlington", **changes}
    return Source("salesforce", "Account", "001A", payload)


def company(**changes: Any) -> Source:
    """The account in HubSpot."""
    return Source("hubspot", "COMPANY", "88", {"id": "88", "properties": {"name": "Marlow Freight Inc.", **changes}})


def ends_with_item() -> Source:
    """A Stripe subscription that ends with the period of its item, as newer versions of the API say it."""
    price = {"unit_amount": 8000, "recurring": {"interval": "month", "interval_count": 1}}
    items = [{"quantity": 50, "price": price, "current_period_end": 1806192000}]
    return subscription(cancel_at_period_end=True, items={"data": items})


def named(*sources: Source) -> dict[str, Source]:
    """Records by ref: `opportunity`, `contact`, a second of a kind with its number."""
    made: dict[str, Source] = {}
    for source in sources:
        ref = source.object.lower()
        made[ref if ref not in made else f"{ref}-{len(made)}"] = source
    return made
