"""Asking sales about the empty fields of an open handoff packet: a question is drafted, and waits at its own gate."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.core.errors import Conflict, Forbidden
from reviewqueue.core.vocabulary import OPEN, PACKET
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row
from reviewqueue.db.tables import base
from reviewqueue.db.tables.items import Item, Revision
from reviewqueue.db.tables.milestones import DraftJob
from reviewqueue.items import item_context
from reviewqueue.items.item_context import ItemContext
from reviewqueue.onboarding import sales_answers
from reviewqueue.people import access, actors
from reviewqueue.policy import evaluation, policy_versions
from reviewqueue.policy.model.policy import Policy
from reviewqueue.policy.model.templates import Template

EVENT = "missing-fields"
CAUSE = "packet:"  # and the item of the packet, at the moment of the request


def missing(context: ItemContext) -> list[str]:
    """The labels of the packet's empty fields that sales can be asked about."""
    lane, draft = context.policy.lane(context.item.lane), context.revision.draft
    waived = lane.waived_fields if lane else ()
    fields = (one for one in context.policy.packet.fields if one.audited and one.ask and one.key not in waived)
    return [one.label for one in fields if not resolve_pointer(draft, one.at)]


def may_ask(context: ItemContext, actor: evaluation.Actor) -> bool:
    """Whether the item's page offers it to this person."""
    able = access.has_ability(actors.effective_roles(actor), "ask for a draft")
    is_open = context.item.kind == PACKET and context.item.state in OPEN and context.item.onboarding_id is not None
    return bool(able and is_open and _template(context.policy, context.item.lane) and missing(context))


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
        if waits := _waiting(session, item.onboarding_id or 0, template):
            raise Conflict(f"{waits} Nothing was added.")
        row = {"onboarding_id": item.onboarding_id, "template": template.key, "next_at": now, "created_at": now}
        job_id = insert_row(session, DraftJob, **row, cause=f"{CAUSE}{item.id}@{base.moment(now)}")
        facts = {"drafting": job_id, "template": template.key}
        override_log.append(
            session, now, Event.about(item, Actor.person(person_id), EventType.DRAFTING_ASK, facts=facts)
        )


def packet_of(session: Session, cause: str) -> tuple[Item, Revision] | None:
    """The packet that a cause asks about, with its current revision; None for any other cause."""
    number = cause.removeprefix(CAUSE).partition("@")[0]
    if not cause.startswith(CAUSE) or not number.isdigit():
        return None
    current = (Revision.item_id == Item.id) & (Revision.number == Item.revision_number)
    row = session.execute(select(Item, Revision).join(Revision, current).where(Item.id == int(number))).first()
    return (row[0], row[1]) if row else None


def _template(policy: Policy, lane_key: str) -> Template | None:
    lane = policy.lane(lane_key)
    return next(iter(policy.after(EVENT, lane)), None) if lane else None


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
