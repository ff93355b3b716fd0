"""The question to RevOps about a deal that is not clear: what is unclear, the candidates, and the evidence for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reviewqueue.connectors.citation_collector import CitationCollector
from reviewqueue.connectors.schema import SHAPES
from reviewqueue.core.characters import single_line
from reviewqueue.evidence.types import DraftWithEvidence, Source
from reviewqueue.policy.model.policy import Lane

MAX_CANDIDATES = 12
MAX_SAME_NAME = 5
NO_ACCOUNT = "no-account"
ACCOUNT_PREFIX = "account:"


def question(
    lane: Lane,
    system: str,
    deal: Source,
    why: str,
    candidates: Sequence[Source | str],
    same_name_deals: Sequence[Source],
) -> DraftWithEvidence:
    """A `trigger_question`: choosing a candidate (`account:<id>` or `no-account`) starts the onboarding, rejecting it
    closes the question. A candidate is its source record, or the id of one that was not imported."""
    collector = CitationCollector(
        {"deal": deal}, single_line
    )  # a question cannot be edited, so nothing hidden may come into it
    trigger, shape = lane.triggers[system], SHAPES[system]
    wanted = {
        "name": (trigger.name, *shape.name),
        "stage": (trigger.stage, *shape.stage),
        "amount": trigger.fields.get("arr", ()),
        "closed_on": trigger.fields.get("closed_on", ()),
        "owner": trigger.fields.get("owner", ()),
    }
    facts = {key: collector.quote(f"/deal/{key}", "deal", deal, pointers) for key, pointers in wanted.items()}
    name = facts["name"] or deal.external_id
    lines = [
        f"“{name}” is not clear: {single_line(why, 600)}.",
        "If an onboarding should start, choose its customer; if not, close the question by rejecting it.",
    ]
    for number, twin in enumerate(same_name_deals[:MAX_SAME_NAME], 1):
        quoted = [
            collector.quote("/question", f"twin-{number}", twin, wanted[key]) for key in ("name", "amount", "closed_on")
        ]
        lines.append(f"Same name: deal {twin.external_id}, {', '.join(filter(None, quoted))}.")
    if len(same_name_deals) > MAX_SAME_NAME:
        lines.append(f"And {len(same_name_deals) - MAX_SAME_NAME} more deals of that name.")
    if len(candidates) > MAX_CANDIDATES:
        lines.append(f"The first {MAX_CANDIDATES} of {len(candidates)} candidates are shown.")
    choices = [_choice(collector, system, number, one) for number, one in enumerate(candidates[:MAX_CANDIDATES])]
    choices.append({"key": NO_ACCOUNT, "label": "Start without an account record", "evidence": []})
    draft = {"question": "\n".join(lines), "deal": facts, "choices": choices}
    title = single_line(f"Which customer is “{name}”?")
    return DraftWithEvidence("trigger_question", title, draft, collector.sources, tuple(collector.citations))


def _choice(collector: CitationCollector, system: str, number: int, account: Source | str) -> dict[str, Any]:
    """One candidate: its key, its name, and what its record says, each text cited."""
    if isinstance(account, str):
        says = f"Account {single_line(account)}, whose record was not imported"
        return {"key": ACCOUNT_PREFIX + account, "label": says, "evidence": []}
    shape, at, ref = SHAPES[system], f"/choices/{number}", f"account-{number + 1}"
    name = collector.quote(f"{at}/label", ref, account, [shape.account_name])
    evidence: list[str] = []
    for label, path in shape.account_facts.items():
        words = collector.quote(f"{at}/evidence/{len(evidence)}", ref, account, [path])
        if words:
            evidence.append(f"{label}: {words}")
    return {"key": ACCOUNT_PREFIX + account.external_id, "label": name or account.external_id, "evidence": evidence}
