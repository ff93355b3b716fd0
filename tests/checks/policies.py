"""The shipped policy, and deals and drafts to hold against it."""

from __future__ import annotations

from typing import Any

from reviewqueue import checks
from reviewqueue.evidence.types import CheckResult, Citation, Source
from reviewqueue.policy.model.policy import Lane, Policy
from tests import northbeam

POLICY: Policy = northbeam.policy()
MID = POLICY.lanes[1]
assert MID.key == "mid-market-saas"

DEAL = {
    "Id": "006NB0000000001AAA",
    "Name": "Marlow Freight platform",
    "StageName": "Closed Won",
    "Type": "New Business",
    "AccountId": "001NB0000000001AAA",
}
ACCOUNT = {"Id": "001NB0000000001AAA", "Name": "Marlow Freight Inc."}
REQUIRED = {
    "product": "Board",
    "plan": "Team",
    "arr": "48000.00",
    "sales_owner": "Lena Vogt",
    "implementation_type": "guided",
}
SAID = {
    "customer_outcome": "Dispatchers see every late shipment by 8 a.m.",
    "first_value_milestone": "The first report is used in a morning stand-up by 17 April 2026.",
    "customer_owner": "Piet de Vries, dispatch lead",
    "key_stakeholders": "Rosa Marlow (sponsor), Piet de Vries (daily owner)",
    "technical_requirements": "Single sign-on; data stays in the EU.",
    "promised_deliverables": "Two dashboards, one training.",
    "non_standard_terms": "none",
    "renewal_signal": "A second depot is planned.",
    "deal": "Marlow Freight platform",
    "segment": "mid-market",
    "product": "Board",
    "plan": "Team",
    "arr": "48000.00",
    "sales_owner": "Lena Vogt",
    "implementation_type": "guided",
    "start_date": "2026-03-23",
}


def source(payload: dict[str, Any], kind: str = "Opportunity") -> Source:
    """A Salesforce record."""
    return Source("salesforce", kind, payload.get("Id", "?"), payload, label=payload.get("Name", ""))


def sources(account: bool = True, **changes: Any) -> dict[str, Source]:
    """A closed-won deal and its account; `changes` replace fields of the deal, None takes one away."""
    deal = {key: value for key, value in {**DEAL, **changes}.items() if value is not None}
    return {"deal": source(deal), **({"account": source(ACCOUNT, "Account")} if account else {})}


def packet(**changes: str) -> dict[str, Any]:
    """A packet with everything in it; `changes` set fields by key, "" empties one."""
    sections: dict[str, dict[str, str]] = {section.key: {} for section in POLICY.packet.sections}
    for field in POLICY.packet.fields:
        sections[field.section][field.key] = {**SAID, **changes}.get(field.key, "")
    return {"sections": sections}


def found(
    key: str,
    draft: Any,
    rests: dict[str, Source] | None = None,
    citations: tuple[Citation, ...] = (),
    lane: Lane = MID,
) -> list[CheckResult]:
    """What the checks of that key say of a handoff packet."""
    results = checks.run(POLICY, lane, "handoff_packet", draft, sources() if rests is None else rests, citations)
    return [result for result in results if result.key == key]
