"""The records of one customer as HubSpot, Stripe, Gong, Jira, Fathom and Zendesk keep them, numbers as text: Pallas Ferries, live on 7 September
2026, six ports for EUR 60,000 a year over three years, signed by Dr Nerea Ibarra."""

from __future__ import annotations

from typing import Any

from reviewqueue.evidence.types import Source

DEAL = {
    "dealname": "Pallas Ferries - Quayside Plus", "amount": "180000", "deal_currency_code": "EUR", "closedate": "2026-04-17T09:00:00Z",
    "contract_start": "2026-05-01", "go_live_date": "2026-09-07", "contract_term": "3 years", "ports": "6", "users": "90", "tickets_per_day": "4200",
    "discount_percent": "10", "auto_renewal": "false", "product": "Quayside Plus", "economic_buyer": "Dr Nerea Ibarra",
    "project_lead": "Tobin Achterberg", "not_included": "Ticket printers; loyalty cards", "hosting": "Data centre in Marseille",
    "scope_notes": "Data import from Harbourmaster is included. No kiosk hardware. ERP: Infor LN. Training on board for each crew.",
    "hubspot_owner_name": "Sunniva Dahl",
}  # fmt: skip
PRICE = {"nickname": "Quayside Plus per port", "unit_amount": 1000000, "currency": "eur",
         "recurring": {"interval": "year", "interval_count": 1}}  # fmt: skip
BILLED = {"id": "sub_p", "currency": "eur", "status": "active", "collection_method": "send_invoice", "days_until_due": 30,
          "start_date": 1777593600, "items": {"data": [{"quantity": 6, "price": PRICE}]}}  # fmt: skip
INVOICE = {"id": "in_p", "currency": "eur", "amount_due": 570000, "amount_paid": 570000, "status": "paid",
           "lines": {"data": [{"description": "Data import (Harbourmaster)", "amount": 450000},
                              {"description": "Signage kit", "amount": 120000}]}}  # fmt: skip
PAYER = {"id": "cus_p", "name": "Ledger Desk", "email": "payables@pallas.example"}
SAID = (
    ("1", ("We sell roughly seventy tickets an hour by hand.", "I am on leave from 8 to 19 June, Maren Voss stands in for me.",
           "A Catalan interface would be nice, but it is no condition for us.", "Oslo and Kiel come first, please.")),
    ("2", ("You will have the audit report by 12 June.", "Text messages cost three credits each beyond that.",
           "I will ask our product team about the Catalan interface, no promise.", "We can sign the security annex this week.")),
    ("3", ("Single sign-on is mandatory for everybody here.", "I need the audit report before we open the network.")),
    ("4", ("I won't sign anything extra before our year end on 30 June.",)),
)  # fmt: skip
PARTIES = [{"speakerId": number, "name": name} for number, name in
           (("1", "Tobin Achterberg"), ("2", "Sunniva Dahl"), ("3", "Ilse Kováč"), ("4", "Dr Nerea Ibarra"))]  # fmt: skip
ISSUE = {"summary": "Pallas: import of tariff tables (2,600 rows)", "status": {"name": "In Progress"}, "duedate": "2026-07-24",
         "assignee": {"displayName": "Wojtek Brzeziński"}, "reporter": {"displayName": "Sunniva Dahl"}}  # fmt: skip
MEETING = {"title": "Pallas handover", "scheduled_start_time": "2026-04-21T08:00:00Z", "summary": "Berth sensors in a later phase, no date yet.",
           "action_items": [{"assignee": {"name": "Tobin Achterberg"}, "description": "Send the berth list by 29 May"}]}  # fmt: skip
TICKET = {
    "id": 77,
    "subject": "Map tiles without labels in the demo",
    "status": "open",
    "description": "9 of 40 map tiles have no labels.",
}


def _person(number: str, first: str, last: str, title: str, email: str) -> Source:
    return Source(
        "hubspot",
        "contact",
        number,
        {"properties": {"firstname": first, "lastname": last, "jobtitle": title, "email": email}},
    )


def pallas() -> dict[str, Source]:
    """All of them, by ref."""
    talk: list[dict[str, Any]] = [
        {"speakerId": number, "sentences": [{"text": one} for one in sentences]} for number, sentences in SAID
    ]
    return {
        "deal": Source("hubspot", "deal", "1", {"id": "1", "properties": DEAL}),
        "nerea": _person("2", "Nerea", "Ibarra", "Managing Director", "nerea@pallas.example"),
        "tobin": _person("3", "Tobin", "Achterberg", "Head of Terminals", "tobin@pallas.example"),
        "ilse": _person("4", "Ilse", "Kováč", "IT Security Lead", "privacy@pallas.example"),
        "billed": Source("stripe", "subscription", "sub_p", BILLED),
        "invoice": Source("stripe", "invoice", "in_p", INVOICE),
        "payer": Source("stripe", "customer", "cus_p", PAYER),
        "call": Source("gong", "call", "9", {"parties": PARTIES, "callTranscripts": [{"transcript": talk}]}),
        "issue": Source("jira", "issue", "QS-4", {"key": "QS-4", "fields": ISSUE}),
        "meeting": Source("fathom", "meeting", "5", MEETING),
        "ticket": Source("zendesk", "ticket", "77", TICKET),
    }
