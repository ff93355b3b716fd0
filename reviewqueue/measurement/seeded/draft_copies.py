"""What a seeded defect is made from: a copy of a draft that people approved unchanged, with the first fault in it that
no check finds. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
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
from reviewqueue.db.tables.seeded_defects import SeededDefect, not_seeded
from reviewqueue.evidence import source_records
from reviewqueue.evidence.types import DraftWithEvidence
from reviewqueue.items import approved_plan, revise, revisions
from reviewqueue.items.evaluate import evaluate
from reviewqueue.items.submission_rules import Submission
from reviewqueue.measurement import seeded
from reviewqueue.measurement.seeded import Fault
from reviewqueue.policy.model.policy import Gate, Lane, Policy

LATELY = timedelta(days=60)  # how long ago, at the most, the copied draft was approved
MAX_DRAFTS, MAX_FAULTS = 8, 2  # so many approved drafts are tried, and so many faults of each kind in each
_TWIN = aliased(Item)


@dataclass(frozen=True)
class Copy:
    """An approved draft with a fault in it: the item it is copied from, the submission that opens it, its digest and
    its fault; `wrote` and `key` are the automation and API key of the original submission."""

    item: Item
    submission: Submission
    digest: str
    fault: Fault
    wrote: int
    key: int


def approved(session: Session, lane: Lane, gate: Gate, now: datetime, salt: str) -> Iterator[Item]:
    """The drafts that people lately approved here unchanged, in an order the salt decides."""
    other = exists().where(Decision.item_id == Item.id, Decision.action != "approve")
    stands = exists().where(
        _TWIN.onboarding_id == Item.onboarding_id, _TWIN.kind == Item.kind, _TWIN.subject == Item.subject,
        _TWIN.settled_at.is_(None),
    )  # fmt: skip
    used = exists().where(SeededDefect.from_item_id == Item.id)
    ours = exists().where(DraftJob.onboarding_id == Item.onboarding_id, DraftJob.item_id == Item.id)
    query = (
        select(Item)
        .where(Item.lane == lane.key, Item.gate == gate.key, Item.state.in_(APPROVED))
        .where(Item.settled_at >= now - LATELY, Item.kind != POLICY_CHANGE, Item.onboarding_id.is_not(None))
        .where(Item.revision_number == 1, Item.fails == 0, Item.moved_at.is_(None))
        .where(~other, ~stands, ~used, ~ours, not_seeded())
        .order_by(Item.settled_at.desc(), Item.id.desc())
        .limit(50)
    )
    found = list(session.scalars(query))
    Random(f"from {salt}").shuffle(found)  # noqa: S311
    return (item for item in found[:MAX_DRAFTS] if fits(session, item, now))


def fits(session: Session, item: Item, now: datetime) -> bool:
    """Whether a copy of it could be opened now: its onboarding goes on, and no open draft has its kind and subject."""
    if item.onboarding_id is None or approved_plan.done(approved_plan.current(session, item.onboarding_id)):
        return False
    same = (Item.onboarding_id == item.onboarding_id) & (Item.kind == item.kind) & (Item.subject == item.subject)
    return session.scalar(select(Item.id).where(same, Item.settled_at.is_(None)).limit(1)) is None


def copies(session: Session, policy: Policy, lane: Lane, gate: Gate, now: datetime, salt: str) -> Iterator[Copy]:
    """The copies that could be inserted at a gate, in an order the salt decides."""
    for item in approved(session, lane, gate, now, salt):
        if made := make_copy(session, policy, lane, gate, item, lambda good: _some(good, salt)):
            yield made


def _some(good: DraftWithEvidence, salt: str) -> list[Fault]:
    """At most MAX_FAULTS faults of each kind: a kind that has many places hides no other."""
    kept: list[Fault] = []
    for fault in seeded.candidates(good.draft, good.sources, salt):
        if sum(fault.key == one.key for one in kept) < MAX_FAULTS:
            kept.append(fault)
    return kept


def make_copy(
    session: Session, policy: Policy, lane: Lane, gate: Gate, item: Item,
    faults: Callable[[DraftWithEvidence], Iterable[Fault]],
) -> Copy | None:  # fmt: skip
    """The copy with the first of the draft's `faults` that no check finds, else with the first that checks only warn
    of. None where each fails a check, or escalates the draft."""
    revision = session.scalars(select(Revision).where(Revision.item_id == item.id, Revision.number == 1)).one()
    run, wrote = session.get_one(Onboarding, item.onboarding_id), revision.author_automation_id
    if wrote is None:
        return None
    good = revise.load_draft(session, revision, item.kind)
    checked = session.scalars(select(Check).where(Check.revision_id == revision.id).order_by(Check.id))
    copied = Submission(
        *(run.lane, good, run.external_id, run.customer, run.system, run.account_id, run.segment),
        checks=tuple(revisions.sent_along(checked.all())), confidence=revision.confidence,
    )  # fmt: skip

    evaluated = partial(
        evaluate, session, policy, lane, gate, customer=run.customer, onboarding_id=run.id, segment=run.segment,
        sent=copied.checks, confidence=copied.confidence,
    )  # fmt: skip
    warned, before = None, len(evaluated(good).keys("warn"))
    for fault in faults(good):
        draft = seeded.apply(good.draft, fault)
        bad = replace(good, draft=draft, citations=source_records.still_said(good, draft))
        found = evaluated(bad)
        if found.keys("fail") or found.state != "pending":
            continue
        made = Copy(item, replace(copied, drafted=bad), found.digest, fault, wrote, _key(session, item.id))
        if len(found.keys("warn")) <= before:
            return made
        warned = warned or made
    return warned


def _key(session: Session, item_id: int) -> int:
    """The id of the API key that submitted the original draft, by the log; 0 where it names none."""
    query = select(LogEntry.body).where(LogEntry.item_id == item_id, LogEntry.act == EventType.ITEM_SUBMIT.value)
    body = session.scalar(query.order_by(LogEntry.position).limit(1))
    return int(canonical_json.read(body)["facts"].get("key") or 0) if body else 0
