"""Revisions: running the checks over a draft, digesting it, and writing it down with all it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session, aliased

from reviewqueue import checks
from reviewqueue.evidence import CheckResult, Citation, Drafted, Outcome
from reviewqueue.policy.shape import Gate, Lane, Policy
from reviewqueue.proofs import canonical
from reviewqueue.records.items import Check, Claim, Revision, RevisionSource
from reviewqueue.records.onboardings import SourceRecord
from reviewqueue.records.prepared import Listed, Prepared
from reviewqueue.records.rows import put, put_all

_LATER = aliased(SourceRecord)
_BEHIND = (
    exists()
    .where(_LATER.system == SourceRecord.system, _LATER.object == SourceRecord.object)
    .where(_LATER.external_id == SourceRecord.external_id, _LATER.id > SourceRecord.id)
    .correlate(SourceRecord)
    .label("behind")
)
_KEPT = Listed(
    lambda them: select(SourceRecord.digest, SourceRecord.id, _BEHIND).where(SourceRecord.digest.in_(them)), 8
)
_EARLIER = Prepared(
    select(SourceRecord.id)
    .where(SourceRecord.system == bindparam("system"), SourceRecord.object == bindparam("object"))
    .where(SourceRecord.external_id == bindparam("external_id"))
    .limit(1)
)


@dataclass(frozen=True)
class Weighed:
    """A draft with its check results and digests, before anything is written."""

    drafted: Drafted
    checks: Sequence[CheckResult]
    digest: str
    evidence_digest: str

    def keys(self, outcome: str) -> list[str]:
        """Keys of the checks with that outcome."""
        return sorted({check.key for check in self.checks if check.outcome == outcome})


@dataclass(frozen=True)
class Written:
    """A revision as it was written: its id, the digests of its snapshots that are new of a record kept before, and of
    those that something later was kept of."""

    revision_id: int
    newer: set[str]
    behind: set[str]


def weigh(
    policy: Policy,
    lane: Lane,
    gate: Gate,
    customer: str,
    drafted: Drafted,
    sent: Sequence[CheckResult] = (),
    around: checks.Around | None = None,
) -> Weighed:
    """Run our checks, add the automation's own, and digest content and evidence. Pure.

    The content digest covers lane, gate, kind, customer, title, draft (with recipients and channel), source digests and
    policy version; the evidence digest covers sources, citations and check results.
    """
    known = replace(around or checks.Around(), customer=customer)
    found = checks.run(policy, lane, drafted.kind, drafted.draft, drafted.sources, drafted.citations, known)
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
    content = content_digest(policy.digest, lane.key, gate.key, customer, drafted)
    return Weighed(drafted, results, content, canonical.digest(evidence, digits=True))


def content_digest(policy_digest: str, lane: str, gate: str, customer: str, drafted: Drafted) -> str:
    """The digest of a revision's content, by itself: what is about to go out is held against it once more."""
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
    return canonical.digest(content, digits=True)


def _digests(drafted: Drafted) -> list[list[str]]:
    return sorted([ref, source.digest] for ref, source in drafted.sources.items())


def write(
    session: Session,
    item_id: int,
    number: int,
    weighed: Weighed,
    now: datetime,
    *,
    person_id: int | None = None,
    automation_id: int | None = None,
    based_on: str = "",
    confidence: str = "",
) -> Written:
    """Insert a revision with its sources, claims and checks. Only inside `writing()`."""
    drafted = weighed.drafted
    revision_id = put(
        session,
        Revision,
        item_id=item_id,
        number=number,
        title=drafted.title,
        draft=drafted.draft,
        digest=weighed.digest,
        evidence_digest=weighed.evidence_digest,
        confidence=confidence,
        based_on=based_on,
        author_person_id=person_id,
        author_automation_id=automation_id,
        made_at=now,
    )
    newer: set[str] = set()
    behind: set[str] = set()
    if drafted.sources:
        kept, newer, behind = keep_sources(session, drafted, now)
        rows = [{"revision_id": revision_id, "ref": ref, "source_record_id": kept[ref]} for ref in drafted.sources]
        put_all(session, RevisionSource, rows)
    if drafted.citations:
        claims = [
            {"revision_id": revision_id, "at": claim.at, "quote": claim.quote, "ref": claim.ref, "path": claim.path}
            for claim in drafted.citations
        ]
        put_all(session, Claim, claims)
    if weighed.checks:
        put_all(session, Check, [{"revision_id": revision_id, **vars(check)} for check in weighed.checks])
    return Written(revision_id, newer, behind)


def keep_sources(session: Session, drafted: Drafted, now: datetime) -> tuple[dict[str, int], set[str], set[str]]:
    """(source record ids by ref, the digests kept now of records kept before, those that something later was kept
    of)."""
    kept = _KEPT.rows(session, list({source.digest for source in drafted.sources.values()}))
    known = {row.digest: row.id for row in kept}
    behind = {row.digest for row in kept if row.behind}
    newer = set()
    for source in drafted.sources.values():
        if source.digest not in known:
            record = {"system": source.system, "object": source.object, "external_id": source.external_id}
            if _EARLIER.scalar(session, record) is not None:
                newer.add(source.digest)
            known[source.digest] = put(
                session,
                SourceRecord,
                **record,
                label=source.label[:255],
                payload=source.payload,
                digest=source.digest,
                fetched_at=source.fetched_at,
                received_at=now,
            )
    return {ref: known[source.digest] for ref, source in drafted.sources.items()}, newer, behind


def still_said(before: Drafted, draft: dict[str, Any]) -> tuple[Citation, ...]:
    """The citations whose quote still stands in the edited draft at the same place."""
    kept = []
    for claim in before.citations:
        text = canonical.look(draft, claim.at)
        if isinstance(text, str) and claim.quote in text:
            kept.append(claim)
    return tuple(kept)


def sent_along(kept: Sequence[Check]) -> list[CheckResult]:
    """The automation's own check results of a revision; they stay with the item when a person edits it."""
    return [
        CheckResult(
            check.key,
            cast(Outcome, check.outcome),
            check.blocking,
            check.message,
            check.at,
            check.confidence,
            check.version,
            check.origin,
        )
        for check in kept
        if check.origin
    ]
