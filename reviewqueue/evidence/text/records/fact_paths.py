"""Where each system keeps the facts that two systems both hold about one customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Fact = Literal["quantity", "amount", "date", "renewal", "email", "phone", "address", "domain", "owner"]
Side = Literal["deal", "order", "billing", "invoice", "account", "payer", "person"]
Paths = tuple[str, ...]


@dataclass(frozen=True)
class FactPaths:
    """What one kind of record holds. `amounts` are yearly, or of the whole contract where no yearly one is there; of
    `name` and `address`, all parts that are filled count together; of the others, the first. `domain` is a website or
    an address of mail, `renews` whether the term renews automatically, `ends` its last day."""

    side: Side
    quantity: Paths = ()
    amounts: Paths = ()
    currency: Paths = ()
    start: Paths = ()
    owner: Paths = ()
    name: Paths = ()
    email: Paths = ()
    phone: Paths = ()
    address: Paths = ()
    domain: Paths = ()
    renews: Paths = ()
    ends: Paths = ()


_SEATS = ("Seats__c", "Number_of_Seats__c", "Seat_Count__c", "Licenses__c", "Number_of_Licenses__c", "Users__c",
          "Number_of_Users__c", "TotalOpportunityQuantity")  # fmt: skip
_HUB_SEATS = ("seats", "number_of_seats", "seat_count", "licenses", "number_of_licenses", "users", "number_of_users")

FACT_PATHS: dict[tuple[str, str], FactPaths] = {
    ("salesforce", "opportunity"): FactPaths(
        "deal",
        quantity=tuple(f"/{name}" for name in _SEATS),
        amounts=("/ARR__c", "/Annual_Value__c", "/ACV__c", "/Amount"),
        currency=("/CurrencyIsoCode",),
        start=("/Start_Date__c", "/Contract_Start_Date__c", "/Subscription_Start_Date__c"),
        owner=("/Owner/Name", "/Owner_Name__c"),
        renews=("/Auto_Renew__c", "/AutoRenew__c", "/Auto_Renewal__c", "/Automatic_Renewal__c"),
        ends=("/Contract_End_Date__c", "/End_Date__c", "/Subscription_End_Date__c"),
    ),
    ("salesforce", "order"): FactPaths(
        "order",
        quantity=tuple(f"/{name}" for name in _SEATS),
        amounts=("/ARR__c", "/TotalAmount"),
        currency=("/CurrencyIsoCode",),
        start=("/EffectiveDate",),
    ),
    ("salesforce", "contract"): FactPaths("order", start=("/StartDate",), ends=("/EndDate",)),
    ("salesforce", "account"): FactPaths(
        "account", address=("/BillingPostalCode", "/BillingCity"), domain=("/Website",)
    ),
    ("salesforce", "contact"): FactPaths(
        "person", name=("/FirstName", "/LastName"), email=("/Email",), phone=("/Phone",)
    ),
    ("hubspot", "deal"): FactPaths(
        "deal",
        quantity=tuple(f"/properties/{name}" for name in _HUB_SEATS),
        amounts=("/properties/hs_arr", "/properties/amount"),
        currency=("/properties/deal_currency_code",),
        start=("/properties/start_date",),
        owner=("/properties/owner_name",),
        renews=("/properties/auto_renew", "/properties/auto_renewal"),
        ends=("/properties/contract_end_date", "/properties/end_date"),
    ),
    ("hubspot", "company"): FactPaths(
        "account",
        address=("/properties/zip", "/properties/city"),
        domain=("/properties/domain", "/properties/website"),
    ),
    ("hubspot", "contact"): FactPaths(
        "person",
        name=("/properties/firstname", "/properties/lastname"),
        email=("/properties/email",),
        phone=("/properties/phone",),
    ),
    ("stripe", "subscription"): FactPaths("billing", start=("/metadata/service_start", "/start_date")),
    ("stripe", "invoice"): FactPaths(
        "invoice",
        amounts=("/total_excluding_tax", "/subtotal", "/total"),
        currency=("/currency",),
        address=("/customer_address/postal_code", "/customer_address/city"),
    ),
    ("stripe", "customer"): FactPaths(
        "payer",
        name=("/name",),
        email=("/email",),
        phone=("/phone",),
        address=("/address/postal_code", "/address/city"),
        domain=("/metadata/website", "/metadata/domain", "/email"),
    ),
    ("chargebee", "subscription"): FactPaths(
        "billing", start=("/subscription/start_date", "/subscription/started_at", "/start_date", "/started_at")
    ),
    ("chargebee", "invoice"): FactPaths(
        "invoice",
        amounts=("/invoice/sub_total", "/invoice/total", "/sub_total", "/total"),
        currency=("/invoice/currency_code", "/currency_code"),
    ),
    ("chargebee", "customer"): FactPaths(
        "payer",
        name=("/customer/first_name", "/customer/last_name", "/first_name", "/last_name"),
        email=("/customer/email", "/email"),
        phone=("/customer/phone", "/phone"),
        address=(
            "/customer/billing_address/zip",
            "/customer/billing_address/city",
            "/billing_address/zip",
            "/billing_address/city",
        ),
        domain=("/customer/cf_website", "/customer/email", "/cf_website", "/email"),
    ),
}
SYNONYMS = {"customer_subscription": "subscription", "subscriptions": "subscription", "customers": "customer"}
