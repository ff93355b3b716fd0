"""A newer version of an approved document: an onboarding goes on, so its packet, brief or plan changes afterwards. The
newer one begins with what was approved, waits at its own gate, and takes the older one's place once it is approved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core.errors import Conflict
from reviewqueue.core.vocabulary import APPROVED, DOCUMENTS, KINDS, OPEN, PACKET
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row
from reviewqueue.db.tables import base
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.milestones import DraftJob
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.evidence.types import DraftWithEvidence
from reviewqueue.items import item_context, opening, origin, revise
from reviewqueue.items.item_context import ItemContext
from reviewqueue.items.submission_rules import Submission
from reviewqueue.onboarding import draft_again
from reviewqueue.people import access, actors, api_keys, visibility
from reviewqueue.people.access import OWN_AUTOMATION
from reviewqueue.policy import evaluation, lane_stages, policy_versions


@dataclass(frozen=True)
class Newer:
    """What there is beside an approved document: the newest later draft of its kind, open or approved, that this person
    may see (0 for none), and why they may not start one now, in words; "" where they may."""

    item_id: int
    state: str
    refusal: str


def standing(session: Session, context: ItemContext, actor: evaluation.Actor, now: datetime) -> Newer | None:
    """What there is beside an approved document; None for any other item."""
    item = context.item
    if item.kind not in DOCUMENTS or item.state not in APPROVED or item.onboarding_id is None:
        return None
    later = select(Item).where(Item.onboarding_id == item.onboarding_id, Item.kind == item.kind, Item.id > item.id)
    newest = session.scalars(later.where(Item.state.in_((*OPEN, *APPROVED))).order_by(Item.id.desc()).limit(1)).first()
    seen = newest if newest and visibility.visible_items(session, [newest.id], actor) else None
    refusal = _refusal(session, context, newest, actor, now)
    return Newer(seen.id if seen else 0, seen.state if seen else "", refusal)


def _refusal(
    session: Session, context: ItemContext, newest: Item | None, actor: evaluation.Actor, now: datetime
) -> str:
    if not access.has_ability(actors.effective_roles(actor), draft_again.ABILITY):
        return "Only an implementation lead, a CSM, a CS leader or RevOps starts a newer version."
    if newest is not None:
        what = KINDS[newest.kind].words
        return f"There is a newer {what} already, which is {newest.state.replace('_', ' ')}."
    if context.deal.ended:
        return "The onboarding ended, so nothing newer is drafted for it."
    policy = policy_versions.version(session, context.in_force)
    lane = policy.lane(context.item.lane)
    return lane_stages.why_no_intake(policy, lane) if lane else "Its lane is in the policy no more."


def start(session: Session, person_id: int, item_id: int, now: datetime) -> int:
    """Start a newer version of an approved document and return its id: with the words that were approved, a packet of
    ours with what the CRM and sales say now. Its author is the automation, so whoever asks may approve it; who edits it
    may not. Raises NotFound, and Conflict (409) with why it is not open to this person now."""
    with writing(session):
        actor = actors.load_actor(session, person_id, now)
        context = item_context.load_visible(session, item_id, actor, now)
        beside = standing(session, context, actor, now)
        if beside is None:
            raise Conflict(
                "Only an approved packet, brief, plan or risk summary gets a newer version. Reload the page."
            )
        if beside.refusal:
            raise Conflict(f"{beside.refusal} Nothing was changed.")
        return _open(session, context, person_id, now)


def _open(session: Session, context: ItemContext, person_id: int, now: datetime) -> int:
    item, policy = context.item, policy_versions.current(session)
    onboarding = session.get_one(Onboarding, item.onboarding_id)
    mine = draft_again.is_ours(context)
    author = api_keys.own_caller(session, context.automation if mine else OWN_AUTOMATION, now)
    place = (onboarding.external_id, onboarding.customer, onboarding.system, onboarding.account_id, onboarding.segment)
    template = origin.template_of(session, item) if mine and item.kind != PACKET else ""
    submission = Submission(item.lane, _words(session, context, mine=mine), *place, template=template)
    opened = opening.open_item(session, policy, author, submission, now)
    if template:  # so that it can be drafted again from its template
        cause = f"{draft_again.NEWER}{item.id}@{base.moment(now)}"
        row = {"onboarding_id": onboarding.id, "template": template, "next_at": now, "created_at": now, "done_at": now}
        insert_row(session, DraftJob, **row, cause=cause, state="drafted", item_id=opened.item_id)
    facts = {"newer_version": opened.item_id}
    asked = Event.about(item, Actor.person(person_id), EventType.DRAFTING_ASK, facts=facts)
    override_log.append(session, now, asked, *opened.events)
    return opened.item_id


def _words(session: Session, context: ItemContext, *, mine: bool) -> DraftWithEvidence:
    """What the newer version begins with."""
    current = revise.load_draft(session, context.revision, context.item.kind)
    known = draft_again.known_now(session, context, current) if mine and context.item.kind == PACKET else None
    return known or current
