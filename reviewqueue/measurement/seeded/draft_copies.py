"""What a seeded defect is made from: a copy of a draft that people approved unchanged, with the first fault in it that
no check finds. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, partial
from random import Random

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from reviewqueue.audit.events import EventType
from reviewqueue.core import canonical_json
from reviewqueue.core.vocabulary import APPROVED, POLICY_CHANGE
from reviewqueue.db.tables.items import Check, Decision, Item, Revision
from reviewqueue.db.tables.log import LogEntry
from reviewqueue.db.tables.milestones import DraftJob
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.releases import Release
from reviewqueue.db.tables.seeded_defects import SeededDefect, not_seeded
from reviewqueue.evidence import source_records
from reviewqueue.evidence.types import DraftWithEvidence
from reviewqueue.items import approved_plan, revise, revisions
from reviewqueue.items.earlier_messages import OUT
from reviewqueue.items.evaluate import evaluate
from reviewqueue.items.known_records import About
from reviewqueue.items.submission_rules import Submission, supersede_key
from reviewqueue.measurement import seeded
from reviewqueue.measurement.seeded import Fault
from reviewqueue.policy.model.policy import Gate, Lane, Policy

MAX_AGE = timedelta(days=60)  # how long ago, at the most, the copied draft was approved
MAX_DRAFTS, MAX_FAULTS = 8, 2  # so many approved drafts are tried, and so many faults of each kind in each
_TWIN = aliased(Item)


@dataclass(frozen=True)
class FaultyCopy:
    """An approved draft with a fault in it: the item it is copied from, the submission that opens it, its digest and
    its fault; `automation_id` and `api_key_id` are the automation and API key of the original submission."""

    item: Item
    submission: Submission
    digest: str
    fault: Fault
    automation_id: int
    api_key_id: int


def approved_drafts(session: Session, lane: Lane, gate: Gate, now: datetime, salt: str) -> Iterator[Item]:
    """The drafts that people lately approved here unchanged, in an order the salt decides."""
    other = exists().where(Decision.item_id == Item.id, Decision.action != "approve")
    open_twin = exists().where(
        _TWIN.onboarding_id == Item.onboarding_id, _TWIN.kind == Item.kind, _TWIN.subject == Item.subject,
        _TWIN.settled_at.is_(None),
    )  # fmt: skip
    used = exists().where(SeededDefect.from_item_id == Item.id)
    ours = exists().where(DraftJob.onboarding_id == Item.onboarding_id, DraftJob.item_id == Item.id)
    query = (
        select(Item)
        .where(Item.lane == lane.key, Item.gate == gate.key, Item.state.in_(APPROVED))
        .where(Item.settled_at >= now - MAX_AGE, Item.kind != POLICY_CHANGE, Item.onboarding_id.is_not(None))
        .where(Item.revision_number == 1, Item.fails == 0, Item.moved_at.is_(None))
        .where(~other, ~open_twin, ~used, ~ours, not_seeded())
        .order_by(Item.settled_at.desc(), Item.id.desc())
        .limit(50)
    )
    found = list(session.scalars(query))
    Random(f"from {salt}").shuffle(found)  # noqa: S311
    return (item for item in found[:MAX_DRAFTS] if can_be_opened(session, item, now))


def can_be_opened(session: Session, item: Item, now: datetime) -> bool:
    """Whether a copy of it could be opened now: its onboarding goes on, no open draft has its kind and subject, and
    nothing of them is approved and not out, which a real draft would hold and a copy does not."""
    if item.onboarding_id is None or approved_plan.first_value_reached(
        approved_plan.current(session, item.onboarding_id)
    ):
        return False
    same = (Item.onboarding_id == item.onboarding_id) & (Item.kind == item.kind) & (Item.subject == item.subject)
    goes_out = exists().where(Release.item_id == Item.id, Release.state.not_in(OUT))
    return session.scalar(select(Item.id).where(same, Item.settled_at.is_(None) | goes_out).limit(1)) is None


def copies(session: Session, policy: Policy, lane: Lane, gate: Gate, now: datetime, salt: str) -> Iterator[FaultyCopy]:
    """The copies that could be inserted at a gate, in an order the salt decides."""
    for item in approved_drafts(session, lane, gate, now, salt):
        if made := make_copy(session, policy, lane, gate, item, lambda good: _limit_per_kind(good, salt)):
            yield made


def _limit_per_kind(good: DraftWithEvidence, salt: str) -> list[Fault]:
    """At most MAX_FAULTS faults of each kind: a kind that has many places hides no other."""
    kept: list[Fault] = []
    for fault in seeded.candidates(good.draft, good.sources, salt):
        if sum(fault.key == one.key for one in kept) < MAX_FAULTS:
            kept.append(fault)
    return kept


def make_copy(
    session: Session, policy: Policy, lane: Lane, gate: Gate, item: Item,
    faults: Callable[[DraftWithEvidence], Iterable[Fault]],
) -> FaultyCopy | None:  # fmt: skip
    """The copy with the first of the draft's `faults` that no check finds, else with the first that checks only warn
    of. None where each fails a check, or escalates the draft."""
    revision = session.scalars(select(Revision).where(Revision.item_id == item.id, Revision.number == 1)).one()
    onboarding, automation_id = session.get_one(Onboarding, item.onboarding_id), revision.author_automation_id
    if automation_id is None:
        return None
    original = revise.load_draft(session, revision, item.kind)
    checked = session.scalars(select(Check).where(Check.revision_id == revision.id).order_by(Check.id))
    copied = Submission(
        *(
            onboarding.lane,
            original,
            onboarding.external_id,
            onboarding.customer,
            onboarding.system,
            onboarding.account_id,
            onboarding.segment,
        ),
        checks=tuple(revisions.automation_checks(checked.all())),
        confidence=revision.confidence,
    )

    evaluated = partial(
        evaluate,
        session,
        policy,
        lane,
        gate,
        customer=onboarding.customer,
        onboarding_id=onboarding.id,
        segment=onboarding.segment,
        sent=copied.checks,
        confidence=copied.confidence,
        now=revision.made_at,
        about=About(automation_id, customer=onboarding.customer),
    )
    fallback, before = None, cache(lambda: len(evaluated(original).keys("warn")))
    for fault in faults(original):
        draft = seeded.apply(original.draft, fault)
        faulty = replace(original, draft=draft, citations=source_records.kept_citations(original, draft))
        if supersede_key(replace(copied, drafted=faulty)) != item.subject:
            continue  # a message of another subject repeats nothing, so the board would show a true one
        found = evaluated(faulty)
        if found.keys("fail") or found.state != "pending":
            continue
        copy = FaultyCopy(
            item,
            replace(copied, drafted=faulty),
            found.digest,
            fault,
            automation_id,
            _submitting_key_id(session, item.id),
        )
        if not (warns := found.keys("warn")) or len(warns) <= before():
            return copy
        fallback = fallback or copy
    return fallback


def _submitting_key_id(session: Session, item_id: int) -> int:
    """The id of the API key that submitted the original draft, by the log; 0 where it names none."""
    query = select(LogEntry.body).where(LogEntry.item_id == item_id, LogEntry.act == EventType.ITEM_SUBMIT.value)
    body = session.scalar(query.order_by(LogEntry.position).limit(1))
    return int(canonical_json.read(body)["facts"].get("key") or 0) if body else 0
