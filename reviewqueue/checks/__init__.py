"""Checks: what can be said of a draft before a person looks. One file a family; pure, and never raising."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reviewqueue.checks import (
    commitments,
    conflicts,
    domains,
    evidence,
    fields,
    message_rules,
    messages,
    milestones,
    placeholders,
    prose,
    recipients,
    secrets,
    sending,
    text,
    trigger,
    weights,
)
from reviewqueue.checks.message_rules import Standing
from reviewqueue.evidence import CheckResult, Citation, Source
from reviewqueue.mime.message import as_read
from reviewqueue.policy import check_rules
from reviewqueue.policy.message_rules import TO_US
from reviewqueue.policy.shape import Lane, Policy
from reviewqueue.policy.words import POLICY_CHANGE
from reviewqueue.promises import Held
from reviewqueue.prose.statements import Reading

# Kinds that state nothing of a customer: a question lays candidates side by side, other rules are no prose.
STATES_NOTHING = ("trigger_question", POLICY_CHANGE)


@dataclass(frozen=True)
class Around:
    """What stands around a draft and in none of its sources: whose it is, the names of other customers that it could
    mean, the promises that hold in its onboarding, and how that one stands."""

    customer: str = ""
    others: tuple[str, ...] = ()
    commitments: tuple[Held, ...] = ()
    standing: Standing = field(default_factory=Standing)


def run(
    policy: Policy,
    lane: Lane,
    kind: str,
    draft: Any,
    sources: Mapping[str, Source],
    citations: Sequence[Citation],
    around: Around = Around(),
) -> list[CheckResult]:
    """Every check that applies to this kind of draft, each counting as the policy's check rules say: failing first,
    those that block before those that do not."""
    customer, own = domains.customer_of(sources), domains.looked_up(policy.organisation.domains)
    found = list(evidence.check(draft, sources, citations))
    written = draft
    if kind in (*messages.TO_CUSTOMERS, *TO_US):
        draft = as_read(draft)  # a citation's words are looked for above, as they are written
    found += text.check(draft, customer.domains | own)
    if not own and kind in (*messages.TO_CUSTOMERS, *TO_US):
        found += text.unknown_links(draft, customer.domains)
    found += messages.check(kind, draft, policy.organisation.name)
    received = recipients.check(kind, written, customer, own)
    found += received if kind == POLICY_CHANGE else [*received, *sending.check(policy, lane, kind, written, received)]
    hidden = secrets.found(kind, draft, around.customer, around.others)
    found += [result for result, _ in hidden]
    if kind not in STATES_NOTHING:
        reading = Reading(draft, sources, citations, own)
        found += [*conflicts.check(reading), *prose.check(reading)]
        found += placeholders.check(kind, draft)
        found += () if kind == "handoff_packet" else prose.unsupported(reading)
        changed = commitments.changes(lane, kind, draft, sources, around.commitments)
        found += commitments.contradicted(changed)
        found += message_rules.check(policy, lane, kind, draft, sources, changed, around.standing)
    if kind == "handoff_packet":
        found += fields.check(policy, lane, draft)
        found += trigger.check(policy, lane, draft, sources)
        found += evidence.unsupported(policy, draft, citations)
    if kind == "project_plan":
        found += milestones.check(policy, lane, draft, sources)
    if kind == POLICY_CHANGE:
        found += weights.check(draft)
    found = secrets.masked(found, [secret for _, secret in hidden if secret])
    found = [check_rules.counted(policy, lane.key, kind, result) for result in found]
    return sorted(found, key=lambda result: (("fail", "warn", "pass").index(result.outcome), not result.blocking))
