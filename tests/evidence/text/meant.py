"""Two customers' records in which each value stands for one thing: Marlow Freight in Salesforce, Stripe and Gong, Kranich Optik in
HubSpot, Chargebee and Fathom. For what a value stands for, and for sentences without one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from reviewqueue.evidence.types import Source

NOTES = (
    "Access by single sign-on is included. No migration of old shipments. The customs module is not part of the order. "
    "Piet de Vries signs off the budget; Rosa Marlow leads the rollout at all depots. Payment within 45 days. "
    "Travel is capped at EUR 3,000."
)
CALL = (
    "We need the tariff tables from your carrier team by 27 March.",
    "The scanner firmware is frozen until 11 May.",
    "I can't promise that our works council agrees before 9 April.",
    "Maybe the mobile app could come in the second phase, I would have to ask product.",
    "We'd rather have a call every two weeks than every week.",
    "About 25 dispatchers will open the board every morning.",
    "Our drivers must not see any prices.",
)


def _talk(sentences: tuple[str, ...]) -> dict[str, Any]:
    return {
        "callTranscripts": [
            {"callId": "77", "transcript": [{"speakerId": "1", "sentences": [{"text": one} for one in sentences]}]}
        ]
    }


def marlow() -> dict[str, Source]:
    """Marlow Freight: live on 18 May 2026, 60 seats, EUR 90,000 a year."""
    deal = {"Id": "006M1", "Name": "Marlow Freight - Dispatch", "StageName": "Closed Won", "ARR__c": Decimal(90000), "Setup_Fee__c": Decimal(7500),
            "CurrencyIsoCode": "EUR", "CloseDate": "2026-03-20", "Start_Date__c": "2026-04-01", "Kickoff_Date__c": "2026-04-08",
            "Go_Live_Date__c": "2026-05-18", "Seats__c": 60, "Discount_Percent__c": 15, "Contract_Term__c": "36 months",
            "Notice_Period__c": "90 days", "Auto_Renew__c": True, "Data_Migration__c": False, "Plan__c": "Business",
            "Owner": {"Name": "Lena Vogt"}, "Economic_Buyer__c": "Piet de Vries", "Project_Lead__c": "Rosa Marlow",
            "Customer_Success_Manager__c": "Omar Haddad", "Terms__c": NOTES}  # fmt: skip
    account = {
        "Id": "001M1",
        "Name": "Marlow Freight B.V.",
        "NumberOfEmployees": 480,
        "BillingCity": "Rotterdam",
        "Warehouses__c": 12,
    }
    rosa = {
        "Id": "003M1",
        "FirstName": "Rosa",
        "LastName": "Marlow",
        "Email": "rosa@marlow.example",
        "Phone": "+31 10 555 0141",
        "Title": "Head of Logistics",
    }
    piet = {
        "Id": "003M2",
        "FirstName": "Piet",
        "LastName": "de Vries",
        "Email": "piet@marlow.example",
        "Phone": "+31 10 555 0177",
        "Title": "CFO",
    }
    billed = {"id": "sub_m", "currency": "eur", "status": "active", "start_date": 1775001600, "cancel_at_period_end": False,
              "items": {"data": [{"quantity": 60, "price": {"unit_amount": 12500, "currency": "eur", "recurring": {"interval": "month", "interval_count": 1}}}]}}  # fmt: skip
    return {
        "deal": Source("salesforce", "Opportunity", "006M1", deal),
        "account": Source("salesforce", "Account", "001M1", account),
        "rosa": Source("salesforce", "Contact", "003M1", rosa),
        "piet": Source("salesforce", "Contact", "003M2", piet),
        "billed": Source("stripe", "subscription", "sub_m", billed),
        "call": Source("gong", "call", "77", _talk(CALL)),
    }


def kranich() -> dict[str, Source]:
    """Kranich Optik: Produktivstart am 1. Juni 2026, 35 Lizenzen, 42.000 EUR im Jahr."""
    deal = {"dealname": "Kranich Optik", "amount": "42000", "deal_currency_code": "EUR", "closedate": "2026-04-15T10:00:00Z", "golivedate": "2026-06-01",
            "kickoff_date": "2026-05-04", "number_of_licenses": "35", "contract_term": "24 Monate", "executive_sponsor": "Jana Kranich",
            "description": "Keine Übernahme der Altdaten. Zwei Schulungen für die Filialen. Zahlung binnen 30 Tagen. Ulf Brandt leitet das Projekt."}  # fmt: skip
    company = {"name": "Kranich Optik GmbH", "numberofemployees": "210", "city": "Lübeck", "number_of_stores": "14"}
    jana = {
        "firstname": "Jana",
        "lastname": "Kranich",
        "email": "jana@kranich.example",
        "jobtitle": "Geschäftsführerin",
    }
    ulf = {"firstname": "Ulf", "lastname": "Brandt", "email": "ulf@kranich.example", "jobtitle": "Leiter IT"}
    billed = {"subscription": {"id": "cb", "currency_code": "EUR", "status": "active", "billing_period": 1, "billing_period_unit": "year",
                               "auto_collection": "on", "current_term_end": 1839974400, "subscription_items": [{"item_price_id": "team-EUR-Yearly", "quantity": 35, "unit_price": 120000}]}}  # fmt: skip
    notes = {"title": "Übergabe Kranich", "summary": "Der Export aus der Kasse kommt bis 12. Mai. Die Zentrale ist bis 22. Mai im Umbau. Vielleicht kommt die App erst 2027.",
             "action_items": [{"assignee": "Ulf Brandt", "description": "Liste der Filialen schicken"}]}  # fmt: skip
    return {
        "deal": Source("hubspot", "deal", "9", {"id": "9", "properties": deal}),
        "company": Source("hubspot", "company", "8", {"id": "8", "properties": company}),
        "jana": Source("hubspot", "contact", "1", {"id": "1", "properties": jana}),
        "ulf": Source("hubspot", "contact", "2", {"id": "2", "properties": ulf}),
        "billed": Source("chargebee", "subscription", "cb", billed),
        "notes": Source("fathom", "meeting", "5", notes),
    }
