"""Asking sales about the empty fields of a handoff packet: a question is drafted as soon as the packet arrives, or when
somebody asks for it, and waits at its own gate."""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core.errors import Conflict, Forbidden
from reviewqueue.core.vocabulary import OPEN, PACKET
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row
from reviewqueue.db.tables import base
from reviewqueue.db.tables.items import Item, Revision
from reviewqueue.db.tables.milestones import DraftJob
from reviewqueue.evidence.types import Source
from reviewqueue.items import item_context, sales_questions
from reviewqueue.items.item_context import ItemContext
from reviewqueue.items.submission_rules import Submission
from reviewqueue.onboarding import next_drafts, packet_gaps, sales_answers
from reviewqueue.onboarding.packet_gaps import GapStanding, QuestionStanding
from reviewqueue.people import access, actors
from reviewqueue.policy import evaluation, policy_versions
from reviewqueue.policy.model.policy import Policy
from reviewqueue.policy.model.templates import Template

EVENT = "missing-fields"
CAUSE = "packet:"  # and the item of the packet, at the moment of the request


def missing(context: ItemContext) -> list[str]:
    """The labels of the packet's empty fields that sales can be asked about."""
    empty = packet_gaps.empty_fields(context.policy, context.item.lane, context.revision.draft)
    return [one.label for one in empty]


def standing(
    session: Session, context: ItemContext, question: QuestionStanding, newest: Mapping[str, Source]
) -> GapStanding | None:
    """How the empty fields of an open packet stand; None for any other item, and where none is empty. `newest` are its
    records at their newest, by ref."""
    item, deal = context.item, newest.get("deal")
    if item.kind != PACKET or item.state not in OPEN or item.onboarding_id is None:
        return None
    mine = packet_gaps.OpenPacket(item.id, item.onboarding_id, item.lane, context.policy, context.revision.draft)
    gaps = packet_gaps.empty_fields(context.policy, item.lane, context.revision.draft)
    trusted = context.policy.organisation.trusted_automations
    vouched = deal if deal and deal.arrival and deal.arrival.vouches(trusted) else None
    return packet_gaps.standing(session, mine, gaps, question, vouched) if gaps else None


def offered(context: ItemContext, actor: evaluation.Actor, gaps: GapStanding | None, addresses: Container[str]) -> bool:
    """Whether the item's page offers to ask: to this person, and while no question about it waits for anybody among the
    `addresses` of sales owners with open accounts, and a field is left that nobody answered."""
    if gaps is None or not gaps.left or gaps.state in ("drafting", "open") or not may_ask(context, actor):
        return False
    return not gaps.silent or not any(one in addresses for one in gaps.to)


def may_ask(context: ItemContext, actor: evaluation.Actor) -> bool:
    """Whether this person may ask about this item."""
    able = access.has_ability(actors.effective_roles(actor), "ask for a draft")
    is_open = context.item.kind == PACKET and context.item.state in OPEN and context.item.onboarding_id is not None
    return bool(able and is_open and _template(context.policy, context.item.lane) and missing(context))


def on_arrival(session: Session, policy: Policy, item_id: int, submission: Submission, now: datetime) -> list[Event]:
    """Have the question drafted about a packet that was opened with empty fields, where the lane has a template for it
    and its onboarding had no such question before. Inside a transaction the caller holds; returns the events for it to
    append."""
    drafted, lane = submission.drafted, policy.lane(submission.lane)
    template = next(iter(policy.after(EVENT, lane)), None) if lane else None
    if drafted.kind != PACKET or lane is None or template is None:
        return []
    if not packet_gaps.empty_fields(policy, lane.key, drafted.draft):
        return []
    run = session.scalar(select(Item.onboarding_id).where(Item.id == item_id)) or 0
    asked = exists().where(Item.onboarding_id == run, Item.kind == template.kind)
    due = exists().where(DraftJob.onboarding_id == run, DraftJob.template == template.key)
    if session.scalar(select(asked | due)):
        return []
    return next_drafts.enqueue(session, lane, run, [template], f"{CAUSE}{item_id}@{base.moment(now)}", now)


def ask(session: Session, person_id: int, item_id: int, now: datetime) -> None:
    """Have the question drafted, by the worker. Raises NotFound, Forbidden, and Conflict (409): the packet is settled,
    has no empty field, the lane has no such template, or a question is open or due already."""
    with writing(session):
        actor = actors.load_actor(session, person_id, now)
        context = item_context.load_visible(session, item_id, actor, now)
        item = context.item
        if not access.has_ability(actors.effective_roles(actor), "ask for a draft"):
            raise Forbidden("Only an implementation lead, a CSM, a CS leader or RevOps has sales asked.")
        template = _template(policy_versions.current(session), item.lane)
        if not may_ask(context, actor) or template is None:
            raise Conflict("No open packet with an empty field that sales can be asked about, so nothing was drafted.")
        if not _unanswered(session, context):
            raise Conflict(
                "Sales answered all that is empty here, so nothing was asked. Have the packet drafted again, or write "
                "the answers into it."
            )
        if waits := _waiting(session, item.onboarding_id or 0, template):
            raise Conflict(f"{waits} Nothing was added.")
        row = {"onboarding_id": item.onboarding_id, "template": template.key, "next_at": now, "created_at": now}
        job_id = insert_row(session, DraftJob, **row, cause=f"{CAUSE}{item.id}@{base.moment(now)}")
        facts = {"drafting": job_id, "template": template.key}
        override_log.append(
            session, now, Event.about(item, Actor.person(person_id), EventType.DRAFTING_ASK, facts=facts)
        )


def packet_of(session: Session, cause: str) -> tuple[Item, Revision] | None:
    """The packet that a cause asks about, or the one that superseded it, with its current revision; None for any other
    cause."""
    number = cause.removeprefix(CAUSE).partition("@")[0]
    wanted = int(number) if cause.startswith(CAUSE) and number.isdigit() else None
    current, found = (Revision.item_id == Item.id) & (Revision.number == Item.revision_number), None
    while wanted:
        found = session.execute(select(Item, Revision).join(Revision, current).where(Item.id == wanted)).first()
        wanted = found[0].superseded_by_id if found else None
    return (found[0], found[1]) if found else None


def _template(policy: Policy, lane_key: str) -> Template | None:
    """What a question is drafted from; one that is drafted only when somebody asks, where nothing causes it."""
    lane = policy.lane(lane_key)
    if lane is None:
        return None
    by_hand = (one for one in policy.after("", lane) if one.kind == sales_questions.KIND)
    return next(iter((*policy.after(EVENT, lane), *by_hand)), None)


def _unanswered(session: Session, context: ItemContext) -> bool:
    """Whether an empty field of the packet has no answer that settles it."""
    known = sales_answers.known(session, context.policy, context.item.onboarding_id or 0)
    gaps = packet_gaps.empty_fields(context.policy, context.item.lane, context.revision.draft)
    return any(not sales_answers.settles(known.get(one.key)) for one in gaps)


def _waiting(session: Session, onboarding_id: int, template: Template) -> str:
    """What makes another question one too many, in words."""
    about = Item.onboarding_id == onboarding_id, Item.kind == template.kind, Item.state.in_(OPEN)
    if open_item := session.scalar(select(Item.id).where(*about).limit(1)):
        return f"The question to sales is item {open_item}, and waits at its gate."
    mine = DraftJob.onboarding_id == onboarding_id, DraftJob.template == template.key
    if session.scalar(select(DraftJob.id).where(*mine, DraftJob.state.in_(("waiting", "drafting"))).limit(1)):
        return "The question to sales is to be drafted already."
    asked = sales_answers.about(session, onboarding_id)
    if asked and asked.waits:
        to, of = ", ".join(asked.to), len(asked.fields)
        return f"Item {asked.item.id} asked {to} already, and {of - asked.left} of {of} fields are answered."
    return ""
