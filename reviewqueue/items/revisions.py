"""Revisions: running the checks over a draft, computing its digests, and writing it with all that it cites."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy.orm import Session

from reviewqueue import checks
from reviewqueue.checks import CheckContext
from reviewqueue.core import canonical_json
from reviewqueue.core.vocabulary import TO_CUSTOMERS
from reviewqueue.db.rows import insert_row, insert_rows
from reviewqueue.db.tables.items import Check, Claim, Revision, RevisionSource
from reviewqueue.db.tables.model_checks import ModelCheck
from reviewqueue.evidence.source_records import WrittenRevision, keep_sources
from reviewqueue.evidence.types import CheckResult, DraftWithEvidence, Outcome
from reviewqueue.policy.model.policy import Gate, Lane, Policy


@dataclass(frozen=True)
class CheckedDraft:
    """A draft with its check results and digests, before anything is written. They hold under that policy and in that
    context."""

    drafted: DraftWithEvidence
    policy_digest: str
    context: CheckContext
    checks: Sequence[CheckResult]
    digest: str
    evidence_digest: str

    def keys(self, outcome: str) -> list[str]:
        """Keys of the checks with that outcome."""
        return sorted({check.key for check in self.checks if check.outcome == outcome})


def check_draft(
    policy: Policy,
    lane: Lane,
    gate: Gate,
    drafted: DraftWithEvidence,
    sent: Sequence[CheckResult],
    context: CheckContext,
) -> CheckedDraft:
    """Run our checks, add the automation's own, and digest content and evidence. Pure.

    The content digest covers lane, gate, kind, customer, title, draft (with recipients and channel), source digests and
    policy version; the evidence digest covers sources, citations and check results.
    """
    found = checks.run(policy, lane, drafted.kind, drafted.draft, drafted.sources, drafted.citations, context)
    results = [*found, *sent]
    results.sort(key=lambda check: ("fail", "warn", "pass").index(check.outcome))
    evidence = {
        "sources": _digests(drafted),
        "claims": [[claim.at, claim.quote, claim.ref, claim.path] for claim in drafted.citations],
        "checks": [
            [check.key, check.version, check.outcome, check.blocking, check.message, check.at, check.origin]
            for check in results
        ],
    }
    content = content_digest(policy.digest, lane.key, gate.key, context.customer, drafted)
    return CheckedDraft(drafted, policy.digest, context, results, content, canonical_json.digest(evidence, digits=True))


def content_digest(policy_digest: str, lane: str, gate: str, customer: str, drafted: DraftWithEvidence) -> str:
    """The digest of a revision's content alone; it is computed again before a release (`delivery.holds`)."""
    content = {
        "lane": lane,
        "gate": gate,
        "kind": drafted.kind,
        "customer": customer,
        "title": drafted.title,
        "draft": drafted.draft,
        "sources": _digests(drafted),
        "policy": policy_digest,
    }
    return canonical_json.digest(content, digits=True)


def _digests(drafted: DraftWithEvidence) -> list[list[str]]:
    return sorted([ref, source.digest] for ref, source in drafted.sources.items())


def write_revision(
    session: Session,
    item_id: int,
    number: int,
    checked: CheckedDraft,
    now: datetime,
    *,
    person_id: int | None = None,
    automation_id: int | None = None,
    based_on: str = "",
    confidence: str = "",
) -> WrittenRevision:
    """Insert a revision with its sources, claims and checks, never changed afterwards, and for a message to a customer
    the job of its model's check. Only inside `writing()`."""
    drafted = checked.drafted
    revision_id = insert_row(
        session,
        Revision,
        item_id=item_id,
        number=number,
        title=drafted.title,
        draft=drafted.draft,
        digest=checked.digest,
        evidence_digest=checked.evidence_digest,
        confidence=confidence,
        based_on=based_on,
        author_person_id=person_id,
        author_automation_id=automation_id,
        made_at=now,
    )
    newer: set[str] = set()
    behind: set[str] = set()
    if drafted.sources:
        kept, newer, behind = keep_sources(session, drafted, now, automation_id)
        rows = [{"revision_id": revision_id, "ref": ref, "source_record_id": kept[ref]} for ref in drafted.sources]
        insert_rows(session, RevisionSource, rows)
    if drafted.citations:
        claims = [
            {"revision_id": revision_id, "at": claim.at, "quote": claim.quote, "ref": claim.ref, "path": claim.path}
            for claim in drafted.citations
        ]
        insert_rows(session, Claim, claims)
    if checked.checks:
        insert_rows(session, Check, [{"revision_id": revision_id, **vars(check)} for check in checked.checks])
    if drafted.kind in TO_CUSTOMERS:
        insert_rows(session, ModelCheck, [{"revision_id": revision_id, "next_at": now, "asked_at": now}])
    return WrittenRevision(revision_id, newer, behind)


def automation_checks(kept: Sequence[Check]) -> list[CheckResult]:
    """The automation's own check results of a revision; they are kept when a person edits it."""
    return [_as_result(check) for check in kept if check.origin]


def results_beside(kept: Sequence[Check]) -> list[CheckResult]:
    """The results of a revision that `check_draft` does not find again: the automation's own, and the model's."""
    return [_as_result(check) for check in kept if check.origin or check.model]


def _as_result(check: Check) -> CheckResult:
    outcome = cast(Outcome, check.outcome)
    told = (check.key, outcome, check.blocking, check.message, check.at, check.confidence)
    return CheckResult(*told, check.version, check.origin, check.model)
