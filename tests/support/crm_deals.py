"""Deals, accounts and people in the vendors' shapes, and the shipped policy."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from reviewqueue.evidence.types import Source
from reviewqueue.policy.model.policy import Lane, Policy
from tests import northbeam

POLICY: Policy = northbeam.policy()


def lane(key: str = "mid-market-saas") -> Lane:
    """A lane of the shipped policy."""
    found = POLICY.lane(key)
    assert found is not None
    return found


def deal(found: str = "006NB0000000001AAA", **changes: Any) -> Source:
    """A closed-won Salesforce deal; None takes a field away."""
    whole = {
        "Id": found,
        "Name": "Marlow Freight platform",
        "StageName": "Closed Won",
        "Amount": Decimal("48000.00"),
        "CloseDate": "2026-02-27",
        "Segment__c": "Mid-Market",
        "Type": "New Business",
        **changes,
    }
    payload = {key: value for key, value in whole.items() if value is not None}
    return Source("salesforce", "Opportunity", found, payload, label=str(payload.get("Name", "")))


def hubspot(found: str = "77001", **properties: Any) -> Source:
    """A closed-won HubSpot deal."""
    says = {"dealname": "Marlow Freight platform", "dealstage": "closedwon", "amount": "3600.0", **properties}
    return Source("hubspot", "DEAL", found, {"id": found, "properties": says}, label=says["dealname"])


def account(found: str = "001NB0000000001AAA", name: str = "Marlow Freight Inc.", **more: Any) -> Source:
    """A Salesforce account."""
    return Source("salesforce", "Account", found, {"Id": found, "Name": name, **more}, label=name)


def contact(found: str, first: str, last: str, **more: Any) -> Source:
    """A Salesforce contact of that account."""
    payload = {"Id": found, "FirstName": first, "LastName": last, "AccountId": "001NB0000000001AAA", **more}
    return Source("salesforce", "Contact", found, payload, label=f"{first} {last}")


def case(number: str, subject: str, *, closed: bool) -> Source:
    """A Salesforce case of that account."""
    status = "Closed" if closed else "New"
    payload = {
        "Id": number,
        "CaseNumber": number,
        "Subject": subject,
        "Status": status,
        "Priority": "High",
        "IsClosed": closed,
    }
    return Source("salesforce", "Case", number, payload, label=subject)
