"""Drafting again: an open draft of our own is written anew from what is known now, as its next revision. What people
wrote in it stays."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import String, cast, func, literal, select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.checks.packet_fields import pointer
from reviewqueue.connectors.deals import DealIdentity
from reviewqueue.connectors.schema import SHAPES
from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.core.errors import Conflict, Forbidden
from reviewqueue.core.vocabulary import LEADER_SUMMARY, OPEN, PACKET
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row
from reviewqueue.db.tables import base
from reviewqueue.db.tables.items import Item, Revision
from reviewqueue.db.tables.milestones import DraftJob
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.seeded_defects import tellable
from reviewqueue.evidence import source_records
from reviewqueue.evidence.types import DraftWithEvidence
from reviewqueue.items import item_context, leases, rejections, revise
from reviewqueue.items.item_context import ItemContext
from reviewqueue.measurement import seeded
from reviewqueue.measurement.seeded import Fault, seeded_drafts
from reviewqueue.onboarding import crm_records, sales_answers
from reviewqueue.onboarding.drafting.merge import Merged, Version, merge
from reviewqueue.onboarding.sales_answers import Asked
from reviewqueue.people import access, actors, visibility
from reviewqueue.people.access import OWN_AUTOMATION
from reviewqueue.policy import evaluation
from reviewqueue.policy.model.policy import Lane, Policy

ABILITY = "ask for a draft"
IMPORTS = tuple(f"{system} import" for system in SHAPES)  # the automations of packets that we draft
CAUSE = "again:"  # and the draft job that wrote it first
NEWER = "newer:"  # and the approved item of which a draft is a newer version
NOTHING_NEWER = "Nothing newer is known of what it says, so the draft stayed as it was"
# What a packet cites by these refs is looked up anew; anything else shows how its deal was found.
_LOOKED_UP = ("deal", "account", "owner", "contact-", "case-", "answer-")


@dataclass(frozen=True)
class Again:
    """What drafting again came to. `waits`: the worker writes it. Else the packet's fields that are filled now and were
    empty, by label, those that changed, and those that keep what a person wrote."""

    waits: bool = False
    filled: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


def is_ours(context: ItemContext) -> bool:
    """Whether an item is one of our own drafts, which we can write again."""
    if context.item.kind == PACKET:
        return context.automation in IMPORTS
    return context.automation == OWN_AUTOMATION and context.item.kind != LEADER_SUMMARY  # next week's is drafted anew


def may_ask(context: ItemContext, actor: evaluation.Actor) -> bool:
    """Whether the item's page offers it to this person."""
    able = access.has_ability(actors.effective_roles(actor), ABILITY)
    free = context.situation.lease_holder in (None, actor.person_id)
    known = context.item.kind == PACKET or context.origin.from_template  # what a person started, nothing writes again
    return able and free and known and context.item.state in OPEN and is_ours(context)


@dataclass(frozen=True)
class AllAgain:
    """What drafting an onboarding's open drafts again came to: how many are or will be written, how many say the same
    as before, and why the others were left, in words."""

    written: int
    same: int
    left: tuple[str, ...]


def ask(session: Session, person_id: int, item_id: int, seen: str, now: datetime) -> Again:
    """Draft an open item again, for somebody who may ask for drafts; `seen` is the digest of the revision they saw.

    A packet is written at once from the CRM's newest records; a draft from a template by the worker. Who asks is not
    its maker. Raises NotFound, Forbidden, and Conflict (409): the item is settled or changed, somebody else has it in
    hand, it is not ours to write, it is due already, or nothing newer is known.
    """
    with writing(session):
        actor = actors.load_actor(session, person_id, now)
        context = item_context.load_visible(session, item_id, actor, now)
        _require_askable(session, context, actor, seen)
        if context.item.kind == PACKET:
            return _packet(session, context, person_id, now)
        _schedule(session, context, person_id, now)
    return Again(waits=True)


def ask_all(session: Session, person_id: int, onboarding_id: int, now: datetime) -> AllAgain:
    """Draft every open draft of ours of an onboarding again that this person may see, each in a transaction of its own:
    after its owner was named, for one. Raises NotFound and Forbidden."""
    actor = actors.load_actor(session, person_id, now)
    onboarding = visibility.load_onboarding(session, onboarding_id, actor)
    _require_ability(actor)
    mine = Item.onboarding_id == onboarding.id, Item.state.in_(OPEN), tellable()
    open_items = session.scalars(select(Item).where(*mine))
    jobs = select(DraftJob.item_id).where(DraftJob.onboarding_id == onboarding.id, DraftJob.item_id.is_not(None))
    ids = [one.id for one in ours(onboarding, open_items, set(session.scalars(jobs)))]
    seen = sorted(visibility.visible_items(session, ids, actor))
    written, same, left = 0, 0, list[str]()
    for item_id in seen:
        digest = item_context.load_visible(session, item_id, actor, now).revision.digest
        try:
            ask(session, person_id, item_id, digest, now)
            written += 1
        except Conflict as refused:
            same += refused.code == "nothing-newer"
            left += [] if refused.code == "nothing-newer" else [refused.says]
    return AllAgain(written, same, tuple(left))


def ours(onboarding: Onboarding, items: Iterable[Item], of_jobs: Container[int | None]) -> list[Item]:
    """The open ones among an onboarding's items that we wrote: those of draft jobs, and the packet of an import."""
    imported = onboarding.system in SHAPES
    return [one for one in items if one.state in OPEN and (one.id in of_jobs or (one.kind == PACKET and imported))]


def _require_ability(actor: evaluation.Actor) -> None:
    if not access.has_ability(actors.effective_roles(actor), ABILITY):
        raise Forbidden("Only an implementation lead, a CSM, a CS leader or RevOps has a draft written again.")


def _require_askable(session: Session, context: ItemContext, actor: evaluation.Actor, seen: str) -> None:
    _require_ability(actor)
    if context.item.state not in OPEN:
        raise Conflict(f"The item is {context.item.state} by now, so it was not drafted again.", code="settled")
    if not is_ours(context):
        raise Conflict(
            f"{context.automation} drafted this, so Review Queue does not write it again. Send it back with what to "
            "change, and its automation drafts anew."
        )
    if context.revision.digest != seen:
        raise Conflict("It was changed since you opened it, so it was not drafted again. Read it as it is now.")
    if context.situation.lease_holder not in (None, actor.person_id):
        raise Conflict(
            f"{leases.holder_text(session, context)}, so it was not drafted again. Ask them, or wait for it."
        )
    if context.item.kind != PACKET and seeded_drafts.hidden_in(session, context.item.id):
        raise Conflict(f"{NOTHING_NEWER}.", code="nothing-newer")  # its defect stays until somebody decides


def preview(session: Session, person_id: int, item_id: int, now: datetime) -> Again | None:
    """What drafting a packet again would come to now; None where this person may not ask for it, or the draft is no
    packet of ours. Writes nothing. Raises NotFound."""
    actor = actors.load_actor(session, person_id, now)
    context = item_context.load_visible(session, item_id, actor, now)
    if context.item.kind != PACKET or not may_ask(context, actor):
        return None
    current = revise.load_draft(session, context.revision, context.item.kind)
    merged, fault = _packet_now(session, context, current), seeded_drafts.hidden_in(session, context.item.id)
    return _told(context.policy, _without_fault(current, fault), merged) if merged else None


def _without_fault(current: DraftWithEvidence, fault: Fault | None) -> DraftWithEvidence:
    """A draft as it is compared with what is known now: without a seeded defect, which nobody is to be told of."""
    return replace(current, draft=seeded.undone(current.draft, fault)) if fault else current


def asked_of_sales(session: Session, person_id: int, item_id: int, now: datetime) -> Asked | None:
    """The newest approved question to sales about an open packet, where something of it is left to answer. Raises
    NotFound."""
    actor = actors.load_actor(session, person_id, now)
    context = item_context.load_visible(session, item_id, actor, now)
    if context.item.kind != PACKET or context.item.state not in OPEN or context.item.onboarding_id is None:
        return None
    asked = sales_answers.about(session, context.item.onboarding_id)
    return asked if asked and asked.left else None


def _packet(session: Session, context: ItemContext, person_id: int, now: datetime) -> Again:
    current = revise.load_draft(session, context.revision, context.item.kind)
    merged = _packet_now(session, context, current)
    if merged is None:
        raise Conflict(
            "Its deal is in no import, or its lane does not start from it any more, so there is nothing to draft it "
            "from. Import the deal again, or edit the packet."
        )
    drafted, fault = merged.drafted, seeded_drafts.hidden_in(session, context.item.id)
    if fault:  # its defect stays until somebody decides
        draft = seeded.kept(drafted.draft, fault, current.draft)
        drafted = replace(drafted, draft=draft, citations=source_records.kept_citations(drafted, draft))
    cause = Event.about(context.item, Actor.person(person_id), EventType.DRAFTING_ASK, facts={"again": True})
    override_log.append(session, now, cause, *add(session, context, drafted, now))
    return _told(context.policy, _without_fault(current, fault), merged)


def known_now(session: Session, context: ItemContext, current: DraftWithEvidence) -> DraftWithEvidence | None:
    """A packet of ours as it would be drafted now; None where its deal is not known."""
    merged = _packet_now(session, context, current)
    return merged.drafted if merged else None


def _packet_now(session: Session, context: ItemContext, current: DraftWithEvidence) -> Merged | None:
    """The packet from the CRM's newest records, with what people wrote; None where its deal is not known there."""
    policy = context.policy  # the one it was opened under, by which it is checked
    lane = policy.lane(context.item.lane)
    written = packet_now(session, context, current, policy, lane) if lane else None
    return _merged(session, context, current, written) if written else None


def packet_now(
    session: Session, context: ItemContext, current: DraftWithEvidence, policy: Policy, lane: Lane
) -> DraftWithEvidence | None:
    """The packet of an item's onboarding as the CRM's newest records and the answers of sales make it, under this
    policy; `current` is the item's draft, which shows how its deal was found. None where that is not known there."""
    onboarding = session.get(Onboarding, context.item.onboarding_id)
    if onboarding is None:
        return None
    shown = {ref: one for ref, one in current.sources.items() if not ref.startswith(_LOOKED_UP)}
    identity = DealIdentity("person" if "answer" in shown else "none", shown)
    answers = sales_answers.known(session, policy, onboarding.id)
    return crm_records.packet_now(session, policy, lane, onboarding, identity, answers)


def _told(policy: Policy, current: DraftWithEvidence, merged: Merged) -> Again:
    labels = {pointer(field): field.label for field in policy.packet.fields}
    was = {at: resolve_pointer(current.draft, at) for at in labels}
    now = {at: resolve_pointer(merged.drafted.draft, at) for at in labels}
    filled = tuple(label for at, label in labels.items() if now[at] and not was[at])
    changed = tuple(label for at, label in labels.items() if was[at] and now[at] != was[at])
    return Again(False, filled, changed, tuple(labels[at] for at in merged.kept if at in labels))


def _merged(session: Session, context: ItemContext, current: DraftWithEvidence, written: DraftWithEvidence) -> Merged:
    """The draft as written now, with what people wrote in it and in the approved one of which it is a newer version."""
    ordered = sorted(context.revisions, key=lambda one: one.number)
    if context.origin.newer_than:
        older = select(Revision).where(Revision.item_id == context.origin.newer_than).order_by(Revision.number)
        ordered = [*session.scalars(older), *ordered]
    return merge(current, written, [Version(one.draft, one.author_person_id is not None) for one in ordered])


def write_again(session: Session, item_id: int, written: DraftWithEvidence, now: datetime) -> list[Event]:
    """Add what a template's drafter wrote as the item's next revision, inside a transaction the caller holds; returns
    the events. Raises Conflict where it is settled by now, or nothing differs."""
    context = item_context.load(session, item_id, now)
    if context.item.state not in OPEN:
        raise Conflict(f"Item {item_id} is {context.item.state} by now, so it was not drafted again.", code="settled")
    current = revise.load_draft(session, context.revision, context.item.kind)
    return add(session, context, _merged(session, context, current, written).drafted, now)


def add(session: Session, context: ItemContext, drafted: DraftWithEvidence, now: datetime) -> list[Event]:
    """The next revision, by the automation that drafted the item. Raises Conflict where it would say the same."""
    if drafted.draft == context.revision.draft:
        raise Conflict(f"{NOTHING_NEWER}.", code="nothing-newer")
    first = min(context.revisions, key=lambda one: one.number)
    author = revise.Author(automation_id=first.author_automation_id or context.item.automation_id)
    return revise.add_revision(session, context, drafted, author, now)


def _schedule(session: Session, context: ItemContext, person_id: int, now: datetime) -> None:
    first = session.scalars(
        select(DraftJob).where(DraftJob.item_id == context.item.id).order_by(DraftJob.id).limit(1)
    ).first()
    if first is None:
        raise Conflict(
            "A person started this as the first response to an exception, so no template writes it again. Edit it, or "
            "reject it and respond anew."
        )
    due = select(DraftJob.id).where(
        DraftJob.onboarding_id == first.onboarding_id,
        DraftJob.template == first.template,
        DraftJob.cause.startswith(f"{CAUSE}{first.id}@"),
        DraftJob.state.in_(("waiting", "drafting")),
    )
    if session.scalar(due.limit(1)) is not None:
        raise Conflict("It is to be drafted again already, so nothing was added. Reload the page in a moment.")
    row = {"onboarding_id": first.onboarding_id, "template": first.template, "next_at": now, "created_at": now}
    job_id = insert_row(session, DraftJob, **row, cause=f"{CAUSE}{first.id}@{base.moment(now)}")
    facts = {"drafting": job_id, "template": first.template, "again": True}
    override_log.append(
        session, now, Event.about(context.item, Actor.person(person_id), EventType.DRAFTING_ASK, facts=facts)
    )


def why_not_again(session: Session, context: ItemContext) -> str:
    """Why the worker wrote no revision of a draft of ours that was sent back, when it was asked last; "" where it did,
    will, or was never asked. One statement."""
    if context.item.state != "sent_back" or context.item.kind == PACKET or not is_ours(context):
        return ""
    first = select(func.min(DraftJob.id)).where(DraftJob.item_id == context.item.id).scalar_subquery()
    mine = DraftJob.cause.like(literal(CAUSE) + cast(first, String) + "@%")
    asked = select(DraftJob).where(DraftJob.onboarding_id == context.item.onboarding_id, mine)
    last = session.scalars(asked.order_by(DraftJob.id.desc()).limit(1)).first()
    if last is None or last.state != "skipped" or last.done_at is None:
        return ""
    return last.says if last.done_at >= context.revision.made_at else ""


def cause_behind(session: Session, cause: str) -> str:
    """What a draft is written from: for one that is written again, or after a rejection, what caused it first."""
    if first := first_job(session, cause):
        return cause_behind(session, first.cause)
    if before := rejections.item_of(cause) or _newer_than(cause):
        jobs = select(DraftJob.cause).where(DraftJob.item_id == before).order_by(DraftJob.id).limit(1)
        return cause_behind(session, session.scalar(jobs) or "")
    return cause


def first_job(session: Session, cause: str) -> DraftJob | None:
    """The draft job that wrote first what this cause has written again; None for any other cause."""
    number = cause.removeprefix(CAUSE).partition("@")[0]
    return session.get(DraftJob, int(number)) if cause.startswith(CAUSE) and number.isdigit() else None


def _newer_than(cause: str) -> int:
    """The approved item of which a cause makes a newer version; 0 for any other cause."""
    number = cause.removeprefix(NEWER).partition("@")[0]
    return int(number) if cause.startswith(NEWER) and number.isdigit() else 0
