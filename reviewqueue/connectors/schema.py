"""Where each system keeps the facts that drafts quote, and a payload's value as the text that is quoted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from reviewqueue.connectors import salesforce
from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.core.characters import visible
from reviewqueue.evidence.types import Source


@dataclass(frozen=True)
class Shape:
    """One system's objects and, as JSON Pointers, where their facts stand. `name` and `stage` are further places in a
    deal, for the forms of it that the lane's trigger does not describe; `roles` lists the contacts named on a deal.
    `owner` is the object of who owns deals: the pattern of its `owner_id`, `owner_name` in one field, then in parts,
    and `owner_email`."""

    account: str
    contact: str
    case: str
    account_name: str
    account_facts: dict[str, str]
    contact_account: str
    contact_facts: tuple[tuple[str, ...], ...]
    case_account: str
    case_facts: tuple[str, ...]
    case_subject: str
    case_closed: tuple[str, str]
    name: tuple[str, ...] = ()
    stage: tuple[str, ...] = ()
    roles: str = ""
    owner: str = ""
    owner_id: str = "(?!)"
    owner_name: tuple[str, ...] = ()
    owner_email: str = ""
    full_id: Callable[[str], str] = field(default=str)


SHAPES: dict[str, Shape] = {
    "salesforce": Shape(
        account="Account",
        contact="Contact",
        case="Case",
        account_name="/Name",
        account_facts={
            "Account number": "/AccountNumber",
            "Type": "/Type",
            "Industry": "/Industry",
            "City": "/BillingCity",
            "Country": "/BillingCountry",
            "Website": "/Website",
        },
        contact_account="/AccountId",
        contact_facts=(("/FirstName", "/LastName"), ("/Title",), ("/Email",)),
        case_account="/AccountId",
        case_facts=("/CaseNumber", "/Status", "/Priority"),
        case_subject="/Subject",
        case_closed=("/IsClosed", "True"),
        roles="/OpportunityContactRoles/records",
        owner="User",
        owner_id=r"005[0-9A-Za-z]{12}(?:[0-9A-Za-z]{3})?",
        owner_name=("/Name", "/FirstName", "/LastName"),
        owner_email="/Email",
        full_id=salesforce.full_id,
    ),
    "hubspot": Shape(
        account="COMPANY",
        contact="CONTACT",
        case="TICKET",
        account_name="/properties/name",
        account_facts={
            "Industry": "/properties/industry",
            "City": "/properties/city",
            "Country": "/properties/country",
            "Domain": "/properties/domain",
        },
        contact_account="/properties/associatedcompanyid",
        contact_facts=(
            ("/properties/firstname", "/properties/lastname"),
            ("/properties/jobtitle",),
            ("/properties/email",),
        ),
        case_account="/associations/companies/results/0/id",
        case_facts=("/id", "/properties/hs_ticket_priority"),
        case_subject="/properties/subject",
        case_closed=("/properties/hs_pipeline_stage", "4"),
        name=("/properties/hs_deal_name",),
        stage=("/properties/hs_closed_state",),
        owner="OWNER",
        owner_id=r"[0-9]{1,20}",
        owner_name=("/name", "/firstName", "/lastName"),
        owner_email="/email",
    ),
}


def text(value: Any) -> str:
    """A payload's value as a draft shows it: one kind of line end, digits as they came; "" when it is empty."""
    if isinstance(value, str):
        # PostgreSQL keeps no null character in text: it becomes its symbol.
        clean = value.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\u2400").strip()
        return clean if visible(clean) else ""
    return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else ""


def first(source: Source, pointers: Iterable[str]) -> tuple[str, str]:
    """The first of these fields that is not empty: (text, pointer), or ("", "")."""
    return next(((said, path) for path in pointers if (said := text(resolve_pointer(source.payload, path)))), ("", ""))
