"""Draft jobs: the drafts of our own that are due. Each is leased, becomes an item once in effect, and stays visible
until it succeeds or a person gives it up. Nothing here composes a draft: that happens between `take_due` and
`open_item`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, false, select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import text_limits, vocabulary
from reviewqueue.core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from reviewqueue.db import leased_jobs
from reviewqueue.db.database import writing
from reviewqueue.db.leased_jobs import Leased
from reviewqueue.db.rows import insert_row
from reviewqueue.db.tables import base
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.milestones import DraftJob
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.seeded_defects import not_seeded, tellable
from reviewqueue.evidence.types import DraftWithEvidence
from reviewqueue.items import opening, rejections, sales_questions, submission_rules
from reviewqueue.lanes.autosend import sending
from reviewqueue.onboarding import draft_again
from reviewqueue.people import access, actors, api_keys, visibility
from reviewqueue.policy import policy_versions
from reviewqueue.policy.model.policy import Policy
from reviewqueue.policy.model.templates import Template

# Seconds before the next attempt; after the fifth it waits for a person.
RETRY_DELAYS = (30, 300, 1_800, 7_200)
LEASE = timedelta(minutes=5)  # longer than a slow model takes
_MAX_TEXT = 300
_ACTIONABLE_STATES = ("waiting", "failed")


@dataclass(frozen=True)
class DueDraft(Leased):
    """A leased draft job."""

    onboarding_id: int
    template: str
    cause: str


def take_due(session: Session, now: datetime) -> DueDraft | None:
    """Lease the oldest draft job that is due; one whose lease ran out (a worker died) is due again, until its attempts
    are spent: then it has failed."""
    due = leased_jobs.due(DraftJob, now) | leased_jobs.lost(DraftJob, now)
    oldest = select(DraftJob).where(due).order_by(DraftJob.id).limit(1)
    if session.scalars(oldest).first() is None:
        return None
    with writing(session):
        job = session.scalars(oldest).first()
        if job is None:
            return None
        if job.state == "drafting" and job.attempts > len(RETRY_DELAYS):
            _fail(session, job, "No worker came back with it, five times.", now)
            return None
        leased_jobs.take(session, job, now, LEASE)
    lease = job.id, job.lease, job.attempts
    return DueDraft(*lease, job.onboarding_id, job.template, job.cause)


def open_item(session: Session, due: DueDraft, drafted: DraftWithEvidence, now: datetime) -> int | None:
    """Open the draft's item at its gate, by our own automation; returns its id.

    None when there is nothing to open any more: the lease was lost, or another draft makes it superfluous, and the
    draft job is skipped. Raises Invalid for a draft of another kind than its template's, and what
    `items/opening.py:open_item` raises; nothing was written then.
    """
    with writing(session):
        job = session.get_one(DraftJob, due.id)
        if not leased_jobs.is_held(job, due):
            return None
        onboarding, policy = session.get_one(Onboarding, job.onboarding_id), policy_versions.current(session)
        template = policy.template(job.template)
        if template is not None and drafted.kind != template.kind:
            says = f"the template {template.key} is of kind {template.kind}, but the draft is a {drafted.kind}"
            raise Invalid(f"The draft was not accepted: {says}.", [FieldError("/kind", says)])
        if onboarding.ended_at is not None:
            _skip(session, job, "The onboarding ended.", now)
            return None
        author = api_keys.own_caller(session, access.OWN_AUTOMATION, now)
        submission = submission_rules.Submission(
            *(
                onboarding.lane,
                drafted,
                onboarding.external_id,
                onboarding.customer,
                onboarding.system,
                onboarding.account_id,
                onboarding.segment,
            ),
            template=job.template,
        )
        if first := draft_again.first_job(session, job.cause):
            return _write_again(session, job, first, onboarding.lane, drafted, now)
        if reason := _why_superfluous(session, job, drafted.kind, submission_rules.supersede_key(submission)):
            _skip(session, job, reason, now)
            return None
        opened = opening.open_item(session, policy, author, submission, now)
        if rejected := rejections.item_of(job.cause):
            rejections.link(session, rejected, opened.item_id)
        lane = policy.lane(onboarding.lane)
        sent = sending.try_autosend(session, policy, lane, job.template, opened.item_id, now) if lane else []
        leased_jobs.end_lease(session, job, "drafted", item_id=opened.item_id, says="", done_at=now)
        event = _event(Actor.CHAIN, EventType.DRAFTING_DRAFT, job, lane=onboarding.lane, item_id=opened.item_id)
        override_log.append(session, now, *opened.events, *sent, event)
        return opened.item_id


def _write_again(
    session: Session, job: DraftJob, first: DraftJob, lane: str, drafted: DraftWithEvidence, now: datetime
) -> int | None:
    """The same draft as the next revision of the item that the first job opened."""
    item_id = first.item_id or 0
    try:
        events = draft_again.write_again(session, item_id, drafted, now)
    except Conflict as none:
        _skip(session, job, none.says, now)
        return None
    leased_jobs.end_lease(session, job, "drafted", item_id=item_id, says="", done_at=now)
    event = _event(Actor.CHAIN, EventType.DRAFTING_DRAFT, job, lane=lane, item_id=item_id)
    override_log.append(session, now, *events, event)
    return item_id


def why_superfluous(session: Session, due: DueDraft, kind: str) -> str:
    """Why a draft of this kind need not be composed, in words: another one is there already; "" where none is known. A
    message's subject is not known yet, so `open_item` asks again."""
    if due.cause.startswith(draft_again.CAUSE):
        return ""
    return _why_superfluous(
        session, session.get_one(DraftJob, due.id), kind, None if kind in vocabulary.TO_CUSTOMERS else ""
    )


def _why_superfluous(session: Session, job: DraftJob, kind: str, subject: str | None) -> str:
    """What makes this draft one too many: an item of its kind and subject that is open or approved, or a message of its
    kind whose automation says that it is for the same (`purpose`). What an item causes also yields to one from the same
    template; what a milestone causes yields to nothing that was approved, or written by others, before it."""
    query = select(Item).where(Item.onboarding_id == job.onboarding_id, Item.kind == kind)
    ever, since = job.cause.startswith("item:"), job.created_at
    same: ColumnElement[bool] = false() if subject is None else Item.subject == subject
    if ever:
        mine = DraftJob.onboarding_id == job.onboarding_id, DraftJob.template == job.template
        same |= Item.id.in_(select(DraftJob.item_id).where(*mine, DraftJob.cause.startswith("item:")))
    if kind in vocabulary.TO_CUSTOMERS:
        theirs = Item.purpose == job.template
        same |= theirs if ever else theirs & (Item.opened_at >= since)
    for item in session.scalars(query.where(same, not_seeded()).order_by(Item.id)):
        if item.state in vocabulary.OPEN:
            return f"Item {item.id} is open already, so no second draft was made."
        if item.state in vocabulary.APPROVED and (ever or (item.settled_at or since) >= since):
            return f"Item {item.id} is approved already, so no second draft was made."
        if ever and kind == sales_questions.KIND and item.state == "rejected":
            return f"Item {item.id} was rejected, so sales is not asked a second time."
    return ""


def skip(session: Session, due: DueDraft, says: str, now: datetime) -> None:
    """Record that there is nothing to draft, and why. Nothing where the lease was lost."""
    with writing(session):
        job = session.get_one(DraftJob, due.id)
        if leased_jobs.is_held(job, due):
            _skip(session, job, says, now)


def fail(session: Session, due: DueDraft, says: str, now: datetime) -> str:
    """Record that drafting failed, and return the new state: `waiting` for another attempt after a growing pause, or
    `failed` after the last one."""
    with writing(session):
        job = session.get_one(DraftJob, due.id)
        held = leased_jobs.is_held(job, due)
        if held and not leased_jobs.retry_later(session, job, now, RETRY_DELAYS, says=_storable_text(says)):
            _fail(session, job, says, now)
        return job.state


def ask(session: Session, person_id: int, onboarding_id: int, template_key: str, now: datetime) -> int:
    """Ask for a draft that is written only on demand; returns the draft job's id. Raises NotFound, Forbidden, Invalid
    for a template that is none of those, and Conflict where it is due already."""
    with writing(session):
        actor = actors.load_actor(session, person_id, now)
        onboarding, policy = visibility.load_onboarding(session, onboarding_id, actor), policy_versions.current(session)
        if not access.has_ability(actors.effective_roles(actor), "ask for a draft"):
            raise Forbidden("Only an implementation lead, a CSM, a CS leader or RevOps asks for a draft.")
        if onboarding.ended_at is not None:
            raise Conflict("The onboarding ended, so nothing is drafted for it any more.")
        drafts = session.scalars(select(Item).where(Item.onboarding_id == onboarding.id, tellable())).all()
        jobs = session.scalars(select(DraftJob).where(DraftJob.onboarding_id == onboarding.id)).all()
        templates = {template.key: template for template in to_ask_for(policy, onboarding.lane, drafts, jobs)}
        if template_key not in templates:
            says = f"choose one of {', '.join(one.name for one in templates.values()) or 'none: this lane has none'}"
            raise Invalid("Nothing is drafted.", [FieldError("/template", says)])
        to_come = select(DraftJob.id).where(DraftJob.onboarding_id == onboarding.id, DraftJob.template == template_key)
        if session.scalar(to_come.where(DraftJob.state.in_((*_ACTIONABLE_STATES, "drafting"))).limit(1)) is not None:
            raise Conflict(
                f"“{templates[template_key].name}” is to be drafted already, so nothing was added. Reload the page."
            )
        row = {"onboarding_id": onboarding.id, "template": template_key, "next_at": now, "created_at": now}
        cause = f"{Actor.person(person_id)}@{base.moment(now)}"
        job = session.get_one(DraftJob, insert_row(session, DraftJob, **row, cause=cause))
        override_log.append(
            session, now, _event(Actor.person(person_id), EventType.DRAFTING_ASK, job, lane=onboarding.lane)
        )
    return job.id


def on_demand(policy: Policy, lane_key: str) -> tuple[Template, ...]:
    """The templates of a lane that are drafted only when somebody asks for it."""
    lane = policy.lane(lane_key)
    return policy.after("", lane) if lane else ()


def to_ask_for(policy: Policy, lane_key: str, items: Sequence[Item], jobs: Sequence[DraftJob]) -> tuple[Template, ...]:
    """What somebody may have drafted in an onboarding with these items and draft jobs: what is drafted on demand, and
    each document that follows the approved packet while none of its kind is open, approved or to be drafted."""
    lane = policy.lane(lane_key)
    there = {one.kind for one in items if one.state in (*vocabulary.OPEN, *vocabulary.APPROVED)}
    due = {one.template for one in jobs if one.state in (*_ACTIONABLE_STATES, "drafting")}
    approved = any(one.kind == vocabulary.PACKET and one.state in vocabulary.APPROVED for one in items)
    after = policy.after("packet", lane) if lane and approved else ()
    documents = (one for one in after if one.kind in vocabulary.DOCUMENTS and one.kind not in there)
    return (*(one for one in documents if one.key not in due), *on_demand(policy, lane_key))


def retry(session: Session, person_id: int, drafting_id: int, now: datetime) -> int:
    """Draft it again now, by hand, also what was skipped; returns its onboarding's id. Raises NotFound, Forbidden and
    Conflict."""
    with writing(session):
        job, run = _load_for_person(session, person_id, drafting_id, now, (*_ACTIONABLE_STATES, "skipped"))
        leased_jobs.retry_now(session, job, now, done_at=None)
        override_log.append(session, now, _event(Actor.person(person_id), EventType.DRAFTING_RETRY, job, lane=run.lane))
    return run.id


def give_up(session: Session, person_id: int, drafting_id: int, reason: str, now: datetime) -> int:
    """Give a draft job up, with a reason of at least ten visible characters; returns its onboarding's id. Raises as
    `retry`, and Invalid."""
    if faults := text_limits.validate_reason("/reason", reason):
        raise Invalid("Giving up needs a reason.", faults)
    with writing(session):
        job, run = _load_for_person(session, person_id, drafting_id, now)
        leased_jobs.give_up(session, job, now)
        words = {"reason": reason}
        event = _event(Actor.person(person_id), EventType.DRAFTING_GIVE_UP, job, words, lane=run.lane)
        override_log.append(session, now, event)
    return run.id


def _load_for_person(
    session: Session, person_id: int, drafting_id: int, now: datetime, states: tuple[str, ...] = _ACTIONABLE_STATES
) -> tuple[DraftJob, Onboarding]:
    actor = actors.load_actor(session, person_id, now)
    job = session.get(DraftJob, drafting_id)
    if job is None:
        raise NotFound()
    onboarding = visibility.load_onboarding(session, job.onboarding_id, actor)
    if not access.has_ability(actors.effective_roles(actor), "retry or give up a draft"):
        raise Forbidden("Only an implementation lead, a CSM, a CS leader or RevOps retries a draft or gives it up.")
    if job.state not in states:
        raise Conflict(f"This draft is {job.state.replace('_', ' ')} by now, so nothing was changed. Reload the page.")
    return job, onboarding


def _skip(session: Session, job: DraftJob, says: str, now: datetime) -> None:
    leased_jobs.end_lease(session, job, "skipped", says=_storable_text(says), done_at=now)
    override_log.append(session, now, _event(Actor.CHAIN, EventType.DRAFTING_SKIP, job))


def _fail(session: Session, job: DraftJob, says: str, now: datetime) -> None:
    leased_jobs.end_lease(session, job, "failed", says=_storable_text(says))
    override_log.append(session, now, _event(Actor.CHAIN, EventType.DRAFTING_FAIL, job))


def _storable_text(says: str) -> str:
    return text_limits.replace_invalid(" ".join(says.split()))[:_MAX_TEXT]


def _event(
    actor: Actor, act: EventType, job: DraftJob, words: dict[str, str] | None = None, *, lane: str = "",
    item_id: int | None = None,
) -> Event:  # fmt: skip
    facts = {"drafting": job.id, "template": job.template, "cause": job.cause}
    facts |= {"attempts": job.attempts} if act == EventType.DRAFTING_FAIL else {}
    return Event(actor, act, item_id, job.onboarding_id, lane, facts=facts, texts=words or {})
