"""Automatic checks of a draft, run before a person reviews it: one module a family. They read no database and never
raise; `items/check_context.py` gathers what they need beside the draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from reviewqueue.checks import (
    amounts,
    commitments,
    conflicts,
    domains,
    grounding,
    hidden_text,
    invitations,
    message_format,
    message_rules,
    messages,
    milestones,
    newer_records,
    packet_fields,
    placeholders,
    policy_changes,
    recipients,
    secrets,
    trigger,
)
from reviewqueue.checks import citations as checks_citations
from reviewqueue.checks.known_records import KnownRecords, known_as, known_of
from reviewqueue.checks.message_rules import OnboardingState
from reviewqueue.core.mime.message import as_read
from reviewqueue.core.vocabulary import ANY_MESSAGE, NOT_DRAFTS, PACKET, POLICY_CHANGE
from reviewqueue.evidence.promises import KeptPromise
from reviewqueue.evidence.text.corrected_values import AcceptedCorrection, as_corrected
from reviewqueue.evidence.text.grounding import FoundStatement, GroundedDraft
from reviewqueue.evidence.text.values import moments
from reviewqueue.evidence.types import CheckResult, Citation, Source
from reviewqueue.policy import check_rules
from reviewqueue.policy.model.policy import Lane, Policy


@dataclass(frozen=True)
class CheckContext:
    """What the checks need beside the draft and its sources: the customer's own name, names of other customers that the
    draft could mean, the promises that hold in its onboarding, how the onboarding stands, the accepted corrections of
    its records that no import has shown yet, the draft's day in the lane's time zone, and the onboarding's records;
    None where nothing is known beside what the draft sent. `suppressed` are addresses that get no mail, with why."""

    customer: str = ""
    other_customers: tuple[str, ...] = ()
    commitments: tuple[KeptPromise, ...] = ()
    onboarding_state: OnboardingState = field(default_factory=OnboardingState)
    corrections: tuple[AcceptedCorrection, ...] = ()
    today: date | None = None
    records: KnownRecords | None = None
    suppressed: Mapping[str, str] = field(default_factory=dict)


def run(
    policy: Policy,
    lane: Lane,
    kind: str,
    draft: Any,
    sources: Mapping[str, Source],
    citations: Sequence[Citation],
    check_context: CheckContext = CheckContext(),
) -> list[CheckResult]:
    """Every check that applies to this kind of draft, each counted as the policy's check rules say: failing first,
    those that block before those that do not."""
    records, own = check_context.records or known_as(sources), domains.to_lookup_form(policy.organisation.domains)
    customer = domains.customer_of(records)
    found = list(checks_citations.check(draft, sources, citations))
    written = draft
    if kind in ANY_MESSAGE:
        draft = as_read(draft)  # the citation checks above need the words as written
    found += hidden_text.check(draft, customer.domains | own)
    if not own and kind in ANY_MESSAGE:
        found += hidden_text.unknown_links(draft, customer.domains)
    found += messages.check(kind, draft, policy.organisation.name)
    received = recipients.check(kind, written, customer, own)
    received += recipients.suppressed(kind, written, check_context.suppressed)
    received += invitations.check(kind, written, check_context.today)
    found += (
        received if kind == POLICY_CHANGE else [*received, *message_format.check(policy, lane, kind, written, received)]
    )
    secret_results = secrets.find_secrets(kind, draft, check_context.customer, check_context.other_customers)
    found += [result for result, _ in secret_results]
    if kind not in NOT_DRAFTS:
        place = moments.Place(policy.calendar(lane.key).timezone, check_context.today)
        reading = GroundedDraft(draft, sources, citations, own, place, known_of(records))
        found += [*conflicts.check(reading), *_grounded(kind, reading, records, check_context.corrections)]
        found += [*amounts.check(policy, lane, kind, sources), *placeholders.check(kind, draft)]
        corrected = as_corrected(sources, check_context.corrections)
        changed = commitments.changes(lane, kind, draft, corrected, check_context.commitments)
        found += [*commitments.contradicted(changed, reading), *commitments.uncompared(changed)]
        found += message_rules.check(policy, lane, kind, draft, sources, changed, check_context.onboarding_state)
    if kind == PACKET:
        found += packet_fields.check(policy, lane, draft, sources, citations)
        found += trigger.check(policy, lane, draft, sources)
        found += checks_citations.unsupported(policy, draft, citations)
    if kind == "project_plan":
        found += milestones.check(policy, lane, draft, sources)
    if kind == POLICY_CHANGE:
        found += policy_changes.check(draft)
    found = secrets.mask_secrets(found, [secret for _, secret in secret_results if secret])
    found = [check_rules.apply_rule(policy, lane.key, kind, result) for result in found]
    return sorted(found, key=lambda result: (("fail", "warn", "pass").index(result.outcome), not result.blocking))


def _grounded(
    kind: str, reading: GroundedDraft, records: KnownRecords, corrections: Sequence[AcceptedCorrection]
) -> list[CheckResult]:
    """What the records say of a draft's statements. What an accepted correction settles is not held against the new
    value; the old one fails as `evidence.corrected`."""
    differences = newer_records.find(reading, records)
    found = _statement_results(kind, reading, newer_records.told(differences))
    if corrections:
        known = replace(records, newest=as_corrected(records.newest, corrections))
        sources = as_corrected(reading.sources, corrections)
        again = GroundedDraft(reading.draft, sources, reading.citations, reading.own, reading.place, known_of(known))
        held, said = {(one.key, one.at) for one in newer_records.find(again, known)}, _statement_results(kind, again)
        differences = [one for one in differences if (one.key, one.at) in held]
        still = {_passage(one) for one in said}
        found = [one for one in found if _passage(one) in still]
    return [*found, *newer_records.check(differences)]


def _passage(result: CheckResult) -> tuple[str, str, str]:
    """What a result is about: the check, the text, and the words that its message quotes first."""
    return result.key, result.at, result.message.partition("”")[0]


def _statement_results(kind: str, reading: GroundedDraft, told_of: Sequence[FoundStatement] = ()) -> list[CheckResult]:
    """What is said of the statements of a draft; a packet's fields have a check of their own for the rest."""
    found = [*grounding.check(reading), *grounding.elsewhere(reading)]
    return found if kind == PACKET else [*found, *grounding.unsupported(reading, told_of)]
