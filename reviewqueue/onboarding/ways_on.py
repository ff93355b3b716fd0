"""What comes after a rejection: the same draft again, one from another template, or nothing: it is not needed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from reviewqueue.audit.override_log import Event
from reviewqueue.core.errors import FieldError, Invalid
from reviewqueue.core.vocabulary import NOT_DRAFTS, PACKET
from reviewqueue.db.tables import base
from reviewqueue.db.tables.items import Decision
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.items import opening, origin, rejections, revise
from reviewqueue.items.item_context import ItemContext
from reviewqueue.items.submission_rules import Submission
from reviewqueue.onboarding import draft_again, next_drafts
from reviewqueue.people import api_keys
from reviewqueue.policy import lane_stages, policy_versions
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
        return [Way(AGAIN, "Draft it again from the CRM’s newest records, with your words at its top")]
    templates = [one for one in policy.templates if one in policy.after(one.after, lane)]
    fitting = [one for one in templates if one.kind == context.item.kind]
    mine = origin.template_of(session, context.item) if ours and fitting else ""
    own = next((one for one in fitting if one.key == mine), None)
    ways = []
    if own:
        ways.append(Way(AGAIN, f"Draft it again from “{own.name}”, with your words at its top"))
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
    return {AGAIN: "it is drafted again", NOT_NEEDED: "nothing: it is not needed"}.get(choice, "nobody said")


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
    if choice == AGAIN and not draft_again.is_ours(context):
        return []
    if choice == AGAIN and item.kind == PACKET:
        return _packet(session, context, policy, lane, now)
    key = choice.removeprefix(TEMPLATE) if choice != AGAIN else origin.template_of(session, context.item)
    template = policy.template(key)
    assert template is not None  # noqa: S101  (`faults` asked)
    return next_drafts.enqueue(session, lane, item.onboarding_id, [template], cause_of(item.id, now), now)


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
