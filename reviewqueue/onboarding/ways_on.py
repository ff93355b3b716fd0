"""What comes after a rejection: the same draft again, one from another template, or nothing: it is not needed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core.errors import Conflict, FieldError, Invalid
from reviewqueue.core.vocabulary import NOT_DRAFTS, PACKET
from reviewqueue.db.database import writing
from reviewqueue.db.tables import base
from reviewqueue.db.tables.items import Decision, Item
from reviewqueue.db.tables.milestones import DraftJob
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.items import item_context, opening, origin, rejections, revise
from reviewqueue.items.item_context import ItemContext
from reviewqueue.items.submission_rules import Submission
from reviewqueue.onboarding import draft_again, next_drafts
from reviewqueue.people import access, actors, api_keys
from reviewqueue.policy import evaluation, lane_stages, policy_versions
from reviewqueue.policy.model.policy import Lane, Policy

# What a rejection's `choice` says; after TEMPLATE comes the key of the one to start from. "": nobody said what comes.
AGAIN, NOT_NEEDED, TEMPLATE = "again", "not-needed", "template:"
# Templates that come after these events are written from the packet and the plan alone, whatever caused the job.
_BY_THEMSELVES = ("packet", "missing-fields", "brief", "plan", "")


@dataclass(frozen=True)
class Way:
    """One thing that may come next: what the decision's `choice` says then, and what that means, in words."""

    choice: str
    says: str


def offered(session: Session, context: ItemContext) -> tuple[Way, ...]:
    """What may come next where this item is rejected: only what would be done. None for a question or a proposal,
    after which nothing is drafted."""
    if context.item.kind in NOT_DRAFTS:
        return ()
    none = Way(NOT_NEEDED, "Not needed: nothing takes its place")
    policy = policy_versions.version(session, context.in_force)
    lane = policy.lane(context.item.lane)
    if lane is None or context.deal.ended or lane_stages.why_no_intake(policy, lane):
        return (none,)
    return (*_drafts(session, context, policy, lane), none)


def _drafts(session: Session, context: ItemContext, policy: Policy, lane: Lane) -> list[Way]:
    ours = draft_again.is_ours(context)
    if context.item.kind == PACKET and ours:
        return [
            Way(
                AGAIN,
                "Draft it again from the CRM’s newest records; what they do not change stays, with your words above it",
            )
        ]
    templates = [one for one in policy.templates if one in policy.after(one.after, lane)]
    fitting = [one for one in templates if one.kind == context.item.kind]
    mine = origin.template_of(session, context.item) if ours and fitting else ""
    own = next((one for one in fitting if one.key == mine), None)
    ways = []
    if own:
        ways.append(
            Way(AGAIN, f"Draft it again from “{own.name}”; what nothing newer changes stays, with your words above it")
        )
    elif not ours:
        ways.append(Way(AGAIN, f"{context.automation} drafts another: the decision tells it that you want one"))
    events = {*_BY_THEMSELVES, *((own.after,) if own else ())}
    others = [one for one in fitting if context.origin.has_packet and one is not own and one.after in events]
    return [*ways, *(Way(f"{TEMPLATE}{one.key}", one.name) for one in others)]


def told(policy: Policy, choice: str) -> str:
    """What a rejection's choice says comes next, in words."""
    if choice.startswith(TEMPLATE):
        key = choice.removeprefix(TEMPLATE)
        template = policy.template(key)
        return f"another draft, from “{template.name if template else key}”"
    return {AGAIN: "another draft", NOT_NEEDED: "nothing: it is not needed"}.get(choice, "nobody said")


def faults(session: Session, context: ItemContext, choice: str) -> list[FieldError]:
    """What is wrong with a rejection's choice; "" says nothing of what comes next."""
    known = [one.choice for one in offered(session, context)] if choice else [""]
    return [] if choice in known else [FieldError("/choice", "choose what comes next among what is offered")]


def go_on(session: Session, context: ItemContext, decision: Decision, now: datetime) -> list[Event]:
    """Do what a rejection's choice says, inside a transaction the caller holds; returns the events to append. A packet
    is drafted at once; what a template writes is due, and the worker drafts it; another automation is told. Raises
    Invalid (/choice) where the packet's deal is in no import any more."""
    item, choice = context.item, decision.choice
    if item.onboarding_id is None or choice in ("", NOT_NEEDED):
        return []
    policy = policy_versions.current(session)
    lane = policy.lane(item.lane)
    assert lane is not None  # noqa: S101  (`faults` asked)
    if choice == AGAIN:
        return _again(session, context, policy, lane, now) if draft_again.is_ours(context) else []
    return _schedule(session, context.item, policy, lane, choice.removeprefix(TEMPLATE), now)


def _again(session: Session, context: ItemContext, policy: Policy, lane: Lane, now: datetime) -> list[Event]:
    if context.item.kind == PACKET:
        return _packet(session, context, policy, lane, now)
    return _schedule(session, context.item, policy, lane, origin.template_of(session, context.item), now)


def _schedule(session: Session, item: Item, policy: Policy, lane: Lane, key: str, now: datetime) -> list[Event]:
    template = policy.template(key)
    assert template is not None and item.onboarding_id is not None  # noqa: S101, PT018  (it was offered)
    return next_drafts.enqueue(session, lane, item.onboarding_id, [template], cause_of(item.id, now), now)


def after_all(session: Session, context: ItemContext, actor: evaluation.Actor) -> bool:
    """Whether this person may have a rejected draft of ours drafted again after all: nothing followed it."""
    able = access.has_ability(actors.effective_roles(actor), draft_again.ABILITY)
    alone = context.item.state == "rejected" and context.item.superseded_by_id is None
    if not (able and alone and draft_again.is_ours(context)) or _is_due(session, context.item):
        return False
    return any(way.choice == AGAIN for way in offered(session, context))


def ask_after_all(session: Session, person_id: int, item_id: int, now: datetime) -> None:
    """Have a rejected draft of ours drafted again after all. Raises NotFound, and Conflict (409) where that is not
    open to this person now, with why."""
    with writing(session):
        actor = actors.load_actor(session, person_id, now)
        context = item_context.load_visible(session, item_id, actor, now)
        policy = policy_versions.current(session)
        lane = policy.lane(context.item.lane)
        if lane is None or not after_all(session, context, actor):
            raise Conflict(
                "It is not rejected without a draft after it, or not yours to have drafted. Reload the page."
            )
        events = _again(session, context, policy, lane, now)
        asked = Event.about(context.item, Actor.person(person_id), EventType.DRAFTING_ASK, facts={"after_all": True})
        override_log.append(session, now, asked, *events)


def _is_due(session: Session, item: Item) -> bool:
    """Whether what follows it is to be drafted already, or failed to be."""
    mine = DraftJob.onboarding_id == item.onboarding_id, DraftJob.cause.startswith(f"{rejections.CAUSE}{item.id}@")
    waiting = select(DraftJob.id).where(*mine, DraftJob.state.in_(("waiting", "drafting", "failed")))
    return session.scalar(waiting.limit(1)) is not None


def _packet(session: Session, context: ItemContext, policy: Policy, lane: Lane, now: datetime) -> list[Event]:
    onboarding = session.get_one(Onboarding, context.item.onboarding_id)
    current = revise.load_draft(session, context.revision, PACKET)
    written = draft_again.packet_now(session, context, current, policy, lane)
    if written is None:
        says = "its deal is in no import any more, so there is nothing to draft it from; choose another way"
        raise Invalid("Nothing is recorded yet; what you typed is still here.", [FieldError("/choice", says)])
    place = (onboarding.external_id, onboarding.customer, onboarding.system, onboarding.account_id, onboarding.segment)
    author = api_keys.own_caller(session, context.automation, now)
    opened = opening.open_item(session, policy, author, Submission(lane.key, written, *place), now)
    rejections.link(session, context.item.id, opened.item_id)
    return opened.events


def cause_of(item_id: int, now: datetime) -> str:
    """The cause of the draft job that a rejected item asks for."""
    return f"{rejections.CAUSE}{item_id}@{base.moment(now)}"
