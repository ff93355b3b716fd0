"""Checks: what can be said of a draft before a person looks. One file a family; pure, and never raising."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reviewqueue.checks import (
    commitments,
    conflicts,
    domains,
    evidence,
    fields,
    messages,
    milestones,
    prose,
    recipients,
    secrets,
    text,
    trigger,
)
from reviewqueue.evidence import CheckResult, Citation, Source
from reviewqueue.policy.shape import Lane, Policy
from reviewqueue.policy.words import POLICY_CHANGE
from reviewqueue.promises import Held
from reviewqueue.prose.statements import Reading

# Kinds that state nothing of a customer: a question lays candidates side by side, other rules are no prose.
STATES_NOTHING = ("trigger_question", POLICY_CHANGE)


@dataclass(frozen=True)
class Around:
    """What stands around a draft and in none of its sources: whose it is, the names of all other customers, and the
    promises that hold in its onboarding."""

    customer: str = ""
    others: tuple[str, ...] = ()
    commitments: tuple[Held, ...] = ()


def run(
    policy: Policy,
    lane: Lane,
    kind: str,
    draft: Any,
    sources: Mapping[str, Source],
    citations: Sequence[Citation],
    around: Around = Around(),
) -> list[CheckResult]:
    """Every check that applies to this kind of draft: failing first, those that block before those that do not."""
    customer, own = domains.customer_of(sources), domains.looked_up(policy.organisation.domains)
    found = [*text.check(draft, customer.domains | own), *evidence.check(draft, sources, citations)]
    found += messages.check(kind, draft)
    found += recipients.check(kind, draft, customer, own)
    found += secrets.check(kind, draft, around.customer, around.others)
    if kind not in STATES_NOTHING:
        reading = Reading(draft, sources, citations, own)
        found += [*conflicts.check(reading), *prose.check(reading)]
        found += () if kind == "handoff_packet" else prose.unsupported(reading)
        found += commitments.check(lane, kind, draft, sources, around.commitments)
    if kind == "handoff_packet":
        found += fields.check(policy, lane, draft)
        found += trigger.check(policy, lane, draft, sources)
        found += evidence.unsupported(policy, draft, citations)
    if kind == "project_plan":
        found += milestones.check(policy, lane, draft, sources)
    return sorted(found, key=lambda result: (("fail", "warn", "pass").index(result.outcome), not result.blocking))
