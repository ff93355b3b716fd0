"""An onboarding as the drafting tests know it: an approved packet, its records, and what stands beside it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from reviewqueue.evidence.types import DraftWithEvidence, Source
from reviewqueue.onboarding.drafting.compose import compose
from reviewqueue.onboarding.drafting.facts import Known, collect_facts
from reviewqueue.policy.model.policy import Policy
from tests import drafts, northbeam

POLICY: Policy = northbeam.policy()
MID = POLICY.lanes[1]
TODAY = date(2026, 3, 2)  # a Monday
ROSA = {"FirstName": "Rosa", "LastName": "Marlow", "Title": "COO", "Email": "rosa@marlowfreight.example"}
PIET = {"FirstName": "Piet", "LastName": "de Vries", "Title": "Dispatch lead", "Email": "piet@marlowfreight.example"}


def ours(kind: str, payload: dict[str, Any]) -> Source:
    """A record of this application's own."""
    return Source("reviewqueue", kind, "7", payload)


MORE: Mapping[str, Source] = {
    "onboarding": ours("onboarding", {
        "customer": "Marlow Freight", "csm": "Dana Whitfield", "csm_email": "dana.whitfield@northbeam.example",
        "implementation_lead": "Ines Castellanos", "sales_owner_email": "lena.vogt@northbeam.example",
    }),
    "plan": ours("approved_plan", {"milestones": drafts.MILESTONES}),
    "milestone": ours("milestone", {**drafts.MILESTONES[0], "proof": "Import log of 30 March", "reached_on": "2026-03-30"}),
    "next": ours("milestone", drafts.MILESTONES[1]),
    "task": ours("task", {
        "name": "Branch list by CSV", "owner": "Piet de Vries", "due": "2026-03-11", "where": "the portal, under Files",
    }),
    "silence": ours("silence", {"last_heard_on": "2026-02-16", "business_days": 9}),
}  # fmt: skip


def contact(ref: str, payload: dict[str, str]) -> Source:
    """A contact's record."""
    return Source("salesforce", "Contact", f"003{ref}", payload)


def packet(*, people: bool = True, without: tuple[str, ...] = (), **changes: str) -> DraftWithEvidence:
    """The packet that was approved, with the contacts' records if there are `people`."""
    drafted = drafts.packet(None, without=without, **changes).drafted
    records = {"contact-1": contact("A", ROSA), "contact-2": contact("B", PIET)} if people else {}
    return DraftWithEvidence(
        drafted.kind, drafted.title, drafted.draft, {**drafted.sources, **records}, drafted.citations
    )


def knows(drafted: DraftWithEvidence | None = None, more: Mapping[str, Source] = MORE) -> Known:
    """What is known after that packet was approved."""
    mine = drafted or packet()
    return collect_facts(POLICY, MID, mine, ours("approved_packet", mine.draft), more)


def composed(key: str, whole: Known | None = None, today: date = TODAY) -> DraftWithEvidence:
    """The draft of a shipped template."""
    template = POLICY.template(key)
    assert template is not None
    return compose(POLICY, MID, template, knows() if whole is None else whole, today)


def cited(drafted: DraftWithEvidence, at: str) -> dict[str, set[tuple[str, str]]]:
    """What is quoted at a place of a draft: quote → {(ref, path)}."""
    found: dict[str, set[tuple[str, str]]] = {}
    for one in drafted.citations:
        if one.at == at:
            found.setdefault(one.quote, set()).add((one.ref, one.path))
    return found
