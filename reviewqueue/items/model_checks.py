"""The model's checks of messages to customers: each revision's job, from when it is written until its result is there.
Nothing here runs a model: that happens between `load` and `record`, with no transaction open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.checks.model_check import ModelFindings
from reviewqueue.core import canonical_json, text_limits, vocabulary
from reviewqueue.core.errors import DomainError
from reviewqueue.db import leased_jobs
from reviewqueue.db.database import writing
from reviewqueue.db.leased_jobs import Leased
from reviewqueue.db.rows import insert_row, insert_rows, update_row
from reviewqueue.db.statements import Prepared
from reviewqueue.db.tables.items import Check, Item, Revision
from reviewqueue.db.tables.model_checks import ModelCheck, ModelResult
from reviewqueue.evidence import source_records
from reviewqueue.items import escalated, evaluate, item_context
from reviewqueue.policy import policy_versions
from reviewqueue.policy.model.checks import SecondOpinion
from reviewqueue.policy.model.policy import Lane, Policy

# Seconds before the next attempt; after the fourth it says that it could not run, and a person decides.
RETRY_DELAYS = (1, 5, 30)
LEASE = timedelta(minutes=2)  # longer than the longest message takes on a busy machine, a second opinion among it
_MAX_TEXT = 300
# Asked for every moment by each worker, mostly for nothing, or with every draft: these statements are built once.
_NOW: Any = bindparam("now", type_=ModelCheck.next_at.type)
_IN_REVISION: Any = bindparam("revision")
_MESSAGE = select(Item, Revision).join(Revision, Revision.item_id == Item.id).where(Revision.id == _IN_REVISION)
_MARKS = select(Check.key).where(
    Check.revision_id == _IN_REVISION, Check.key.like("topic.%"), Check.outcome != "pass", Check.origin == ""
)
_ITEM = select(Revision.item_id).where(Revision.id == _IN_REVISION)
_FIRST_DUE = Prepared(
    select(ModelCheck.id)
    .where(leased_jobs.due(ModelCheck, _NOW) | leased_jobs.lost(ModelCheck, _NOW))
    .order_by(ModelCheck.next_at, ModelCheck.id)
    .limit(1)
)


@dataclass(frozen=True)
class DueCheck(Leased):
    """A leased check of one revision."""

    revision_id: int

    @property
    def is_spent(self) -> bool:
        """Whether every attempt was begun and none came back: it is not run again."""
        return self.attempts > len(RETRY_DELAYS) + 1


@dataclass(frozen=True)
class MessageToCheck:
    """What the model's check of a message needs; `marked` are the topics that another check has marked already,
    `second_opinion` who is asked as well."""

    item_id: int
    policy: Policy
    lane: Lane
    kind: str
    draft: Any
    marked: frozenset[str]
    second_opinion: SecondOpinion | None = None


def take_due(session: Session, now: datetime) -> DueCheck | None:
    """Lease the check that is due first; one whose lease ran out (a worker died) is due again."""
    if _FIRST_DUE.scalar(session, {"now": now}) is None:
        return None
    with writing(session):
        first = _FIRST_DUE.scalar(session, {"now": now})
        if first is None:
            return None
        job = session.get_one(ModelCheck, first)
        leased_jobs.take(session, job, now, LEASE)
    return DueCheck(job.id, job.lease, job.attempts, job.revision_id)


def load(session: Session, due: DueCheck) -> MessageToCheck | None:
    """The message to check; None where its item is settled, or a newer revision is there. Raises DomainError for a lane
    that its policy does not have."""
    item, revision = session.execute(_MESSAGE, {"revision": due.revision_id}).one()
    if item.state not in vocabulary.OPEN or item.revision_number != revision.number:
        return None
    policy = policy_versions.version(session, item.policy_digest)
    lane = policy.lane(item.lane)
    if lane is None:
        raise DomainError(f"lane {item.lane} is missing from its policy")
    marks = session.scalars(_MARKS, {"revision": revision.id})
    marked = frozenset(key.removeprefix("topic.") for key in marks)
    asked = _second_opinion(session, policy)
    return MessageToCheck(item.id, policy, lane, item.kind, revision.draft, marked, asked)


def _second_opinion(session: Session, policy: Policy) -> SecondOpinion | None:
    """Who is asked as well, by the policy that the item was opened under, as long as the active one sends messages
    there too: what an organisation takes back holds from then on."""
    then, now = policy.checks.topics.second_opinion, policy_versions.current(session).checks.topics.second_opinion
    return now if then and now and (then.url, then.model) == (now.url, now.model) else None


def end(session: Session, due: DueCheck, state: str, now: datetime) -> None:
    """End a check without a result: `skipped` where it is not needed any more, `failed` where its item cannot be
    read."""
    with writing(session):
        job = session.get_one(ModelCheck, due.id)
        if leased_jobs.is_held(job, due):
            leased_jobs.end_lease(session, job, state, done_at=now)


def retry_later(session: Session, due: DueCheck, says: str, now: datetime) -> bool:
    """Let a check that failed be tried again after a growing pause. False where that was its last attempt."""
    with writing(session):
        job = session.get_one(ModelCheck, due.id)
        if not leased_jobs.is_held(job, due):
            return True
        return leased_jobs.retry_later(session, job, now, RETRY_DELAYS, says=storable_text(says))


def storable_text(says: str) -> str:
    """What an error says, on one line, cut where it is long."""
    return text_limits.replace_invalid(" ".join(says.split()))[:_MAX_TEXT]


def record(session: Session, due: DueCheck, findings: ModelFindings, now: datetime) -> list[Event] | None:
    """Keep what came of a check, once, and route its item again by it, inside a transaction the caller holds; returns
    the events for the log. None, and nothing is kept, where the lease was lost, the item is settled, or a newer
    revision is there."""
    job = session.get_one(ModelCheck, due.id)
    if not leased_jobs.is_held(job, due):
        return None
    item_id = session.scalars(_ITEM, {"revision": due.revision_id}).one()
    context = item_context.load(session, item_id, now)
    if context.item.state not in vocabulary.OPEN or context.revision.id != due.revision_id:
        leased_jobs.end_lease(session, job, "skipped", done_at=now)
        return None
    insert_rows(session, Check, [{"revision_id": due.revision_id, **vars(check)} for check in findings.checks])
    digest = result_digest(findings)
    row = {"version": findings.version, "outcome": "done" if findings.ran else "failed", "digest": digest, "at": now}
    passages = [vars(passage) for passage in findings.passages]
    insert_row(session, ModelResult, revision_id=due.revision_id, passages=passages, **row)
    says = "" if findings.ran else storable_text(findings.checks[0].message)
    leased_jobs.end_lease(session, job, "done" if findings.ran else "failed", done_at=now, says=says)
    return [*_check_event(context, findings, digest), *_route_again(session, context, findings, now)]


def result_digest(findings: ModelFindings) -> str:
    """The digest of what a check came to: the model's version, each result and each passage."""
    checks = [
        [one.key, one.outcome, one.blocking, one.message, one.at, one.model, one.confidence] for one in findings.checks
    ]
    passages = [vars(one) for one in findings.passages]
    return canonical_json.digest({"version": findings.version, "checks": checks, "passages": passages})


def _check_event(context: item_context.ItemContext, findings: ModelFindings, digest: str) -> list[Event]:
    """The log entry, where the check added a mark or could not run. What found nothing is named by each decision that
    rests on it."""
    failed, warned = (
        sorted({one.key for one in findings.checks if one.outcome == outcome}) for outcome in ("fail", "warn")
    )
    if not failed and not warned:
        return []
    facts = {
        "revision": context.revision.number, "revision_digest": context.revision.digest, "model": findings.version,
        "model_result": digest, "failed": failed, "warned": warned, "ran": findings.ran,
    }  # fmt: skip
    if findings.second_opinion:
        facts["second_opinion"] = findings.second_opinion
        facts["second_opinion_marked"] = sorted(
            {
                one.key
                for one in findings.checks
                if one.model == findings.second_opinion and one.key.startswith("topic.")
            }
        )
    return [Event.about(context.item, Actor.WORKER, EventType.ITEM_CHECK, facts=facts)]


def _route_again(
    session: Session, context: item_context.ItemContext, findings: ModelFindings, now: datetime
) -> list[Event]:
    """Count the new results on the item, and escalate it where a rule of its gate holds now and none did before."""
    item = context.item
    counts = {
        f"{outcome}s": getattr(item, f"{outcome}s") + sum(one.outcome == outcome for one in findings.checks)
        for outcome in ("fail", "warn")
    }
    state, why = _state_by_rules(session, context, findings, now) if item.state == "pending" else (item.state, "")
    if state == item.state:
        update_row(session, item, **counts)
        return []
    update_row(session, item, **counts, state=state, why=why, lease_holder_id=None, lease_until=None)
    escalated.tell_deciders(session, item.id, Actor.POLICY, now)
    return [Event.about(item, Actor.POLICY, EventType.ITEM_ESCALATE, texts={"why": why})]


def _state_by_rules(
    session: Session, context: item_context.ItemContext, findings: ModelFindings, now: datetime
) -> tuple[str, str]:
    if context.gate is None or not context.gate.must_escalate:
        return context.item.state, ""
    sources = source_records.of_revision(session, context.revision.id)
    outcomes = [(one.key, one.outcome) for one in context.checks]
    outcomes += [(one.key, one.outcome) for one in findings.checks]
    return evaluate.route_again(session, context, sources, outcomes, now)
