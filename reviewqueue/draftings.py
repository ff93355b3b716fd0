"""Draftings: the drafts that are due. Taken under a lease, written down as an item once in effect, and visible until
they succeed or a person gives them up. Nothing here composes a draft: that happens between `take_due` and `open_item`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, false, select
from sqlalchemy.orm import Session

from reviewqueue import access, chain, desk, keys, milestones, opening, override_log, policies, submissions, texts
from reviewqueue.access import Caller
from reviewqueue.database import writing
from reviewqueue.events import EventType
from reviewqueue.evidence import Drafted
from reviewqueue.override_log import Event
from reviewqueue.policy import judging
from reviewqueue.policy.shape import Policy
from reviewqueue.policy.templates import Template
from reviewqueue.records.items import Item
from reviewqueue.records.onboardings import Onboarding
from reviewqueue.records.people import Automation
from reviewqueue.records.plans import Drafting
from reviewqueue.records.planting import real
from reviewqueue.records.rows import change, put
from reviewqueue.refusals import Fault, Invalid, Moved, NotAllowed, NotThere

# Seconds before the next attempt; after the fifth it waits for a person.
PAUSES = (30, 300, 1_800, 7_200)
LEASE = timedelta(minutes=5)  # longer than a slow model takes
_LONGEST = 300
_BY_HAND = ("waiting", "failed")


@dataclass(frozen=True)
class Due:
    """A drafting taken for drafting, and the lease that must be shown with what came of it."""

    id: int
    lease: str
    onboarding_id: int
    template: str
    cause: str
    attempts: int


def take_due(session: Session, now: datetime) -> Due | None:
    """Lease the oldest drafting that is due; one whose lease ran out (a worker died) is due again, until its attempts
    are spent: then it has failed."""
    waiting = (Drafting.state == "waiting") & (Drafting.next_at <= now)
    lost = (Drafting.state == "drafting") & (Drafting.lease_until <= now)
    oldest = select(Drafting).where(waiting | lost).order_by(Drafting.id).limit(1)
    if session.scalars(oldest).first() is None:
        return None
    with writing(session):
        drafting = session.scalars(oldest).first()
        if drafting is None:
            return None
        if drafting.state == "drafting" and drafting.attempts > len(PAUSES):
            _failed(session, drafting, "No worker came back with it, five times.", now)
            return None
        attempts, lease = drafting.attempts + 1, secrets.token_hex(16)
        change(session, drafting, state="drafting", lease=lease, lease_until=now + LEASE, attempts=attempts)
    return Due(drafting.id, lease, drafting.onboarding_id, drafting.template, drafting.cause, attempts)


def open_item(session: Session, due: Due, drafted: Drafted, now: datetime) -> int | None:
    """Open the draft's item at its gate, by our own automation; returns its id.

    None when there is nothing to open any more: the lease was lost, or another draft of its kind and subject stands
    there already, and the drafting is skipped. Raises what opening an item raises; nothing was written then.
    """
    with writing(session):
        drafting = session.get_one(Drafting, due.id)
        if drafting.state != "drafting" or drafting.lease != due.lease:
            return None
        run, policy = session.get_one(Onboarding, drafting.onboarding_id), policies.current(session)
        template = policy.template(drafting.template)
        if template is not None and drafted.kind != template.kind:
            says = f"the template {template.key} is of kind {template.kind}, but the draft is a {drafted.kind}"
            raise Invalid(f"The draft was not accepted: {says}.", [Fault("/kind", says)])
        author = Caller(0, keys.automation(session, access.OURS, "", now), access.OURS)
        submission = submissions.Submission(
            *(run.lane, drafted, run.external_id, run.customer, run.system, run.account_id, run.segment),
            template=drafting.template,
        )
        if stands := _standing(session, drafting, drafted.kind, submissions.subject_of(submission)):
            _skipped(session, drafting, stands, now)
            return None
        opened = opening.open_item(session, policy, author, submission, now)
        done = {"state": "drafted", "item_id": opened.item_id, "says": "", "lease": "", "lease_until": None}
        change(session, drafting, **done, done_at=now)
        event = _event(chain.ACTOR, EventType.DRAFTING_DRAFT, drafting, lane=run.lane, item_id=opened.item_id)
        override_log.append(session, now, *opened.events, event)
        return opened.item_id


def standing(session: Session, due: Due, kind: str) -> str:
    """Why a draft of this kind need not be composed: in words, that one stands there already; "" when none is known to.
    A message's subject is not known yet, so it is asked again when it is."""
    return _standing(session, session.get_one(Drafting, due.id), kind, None if kind in submissions.MESSAGES else "")


def _standing(session: Session, drafting: Drafting, kind: str, subject: str | None) -> str:
    """What makes this draft one too many: an item of its kind and subject that is open or approved, or a message of its
    kind by another automation. What an item causes also yields to one from the same template; what a milestone causes
    yields to nothing that was approved, or written by others, before it."""
    query = select(Item).where(Item.onboarding_id == drafting.onboarding_id, Item.kind == kind)
    ever, since = drafting.cause.startswith("item:"), drafting.created_at
    same: ColumnElement[bool] = false() if subject is None else Item.subject == subject
    if ever:
        mine = Drafting.onboarding_id == drafting.onboarding_id, Drafting.template == drafting.template
        same |= Item.id.in_(select(Drafting.item_id).where(*mine, Drafting.cause.startswith("item:")))
    if kind in submissions.MESSAGES:
        theirs = Item.automation_id.not_in(select(Automation.id).where(Automation.name == access.OURS))
        same |= theirs if ever else theirs & (Item.opened_at >= since)
    for item in session.scalars(query.where(same, real()).order_by(Item.id)):
        if item.state in judging.OPEN:
            return f"Item {item.id} is open already, so none was drafted beside it."
        if item.state in ("approved", "released") and (ever or (item.settled_at or since) >= since):
            return f"Item {item.id} is approved already, so none was drafted beside it."
    return ""


def skip(session: Session, due: Due, says: str, now: datetime) -> None:
    """Write down that there is nothing to draft, and why."""
    with writing(session):
        drafting = session.get_one(Drafting, due.id)
        if drafting.state == "drafting" and drafting.lease == due.lease:
            _skipped(session, drafting, says, now)


def fail(session: Session, due: Due, says: str, now: datetime) -> str:
    """Write down that drafting did not work, and return the new state: `waiting` for another attempt after a growing
    pause, or `failed` after the last one."""
    with writing(session):
        drafting = session.get_one(Drafting, due.id)
        if drafting.state != "drafting" or drafting.lease != due.lease:
            return drafting.state
        if drafting.attempts > len(PAUSES):
            _failed(session, drafting, says, now)
        else:
            pause = timedelta(seconds=PAUSES[drafting.attempts - 1])
            again = {"state": "waiting", "next_at": now + pause, "lease": "", "lease_until": None}
            change(session, drafting, **again, says=_kept(says))
        return drafting.state


def ask(session: Session, person_id: int, onboarding_id: int, template_key: str, now: datetime) -> int:
    """Have a draft written that is drafted only when somebody asks for it; returns the drafting's id. Raises NotThere,
    NotAllowed, Invalid for a template that is none of those, and Moved where it is to be drafted already."""
    with writing(session):
        actor = desk.actor_of(session, person_id, now)
        run, policy = session.get(Onboarding, onboarding_id), policies.current(session)
        if run is None or not milestones.sees(session, run, actor):
            raise NotThere()
        if not access.able(desk.roles_of(actor), "ask for a draft"):
            raise NotAllowed("Only an implementation lead, a CSM, a CS leader or RevOps asks for a draft.")
        known = {template.key: template for template in on_demand(policy, run.lane)}
        if template_key not in known:
            says = f"choose one of {', '.join(one.name for one in known.values()) or 'none: this lane has none'}"
            raise Invalid("Nothing is drafted.", [Fault("/template", says)])
        to_come = select(Drafting.id).where(Drafting.onboarding_id == run.id, Drafting.template == template_key)
        if session.scalar(to_come.where(Drafting.state.in_((*_BY_HAND, "drafting"))).limit(1)) is not None:
            raise Moved(
                f"“{known[template_key].name}” is to be drafted already, so nothing was added. Reload the page."
            )
        row = {"onboarding_id": run.id, "template": template_key, "next_at": now, "created_at": now}
        cause = f"person:{person_id}@{override_log.moment(now)}"
        drafting = session.get_one(Drafting, put(session, Drafting, **row, cause=cause))
        override_log.append(
            session, now, _event(f"person:{person_id}", EventType.DRAFTING_ASK, drafting, lane=run.lane)
        )
    return drafting.id


def on_demand(policy: Policy, lane_key: str) -> tuple[Template, ...]:
    """What is drafted in a lane only when somebody asks for it."""
    lane = policy.lane(lane_key)
    return policy.after("", lane) if lane else ()


def retry(session: Session, person_id: int, drafting_id: int, now: datetime) -> int:
    """Draft it again now, by hand, also what was skipped; returns its onboarding's id. Raises NotThere, NotAllowed,
    Moved."""
    with writing(session):
        drafting, run = _for_hand(session, person_id, drafting_id, now, (*_BY_HAND, "skipped"))
        change(session, drafting, state="waiting", next_at=now, attempts=0, done_at=None)
        override_log.append(
            session, now, _event(f"person:{person_id}", EventType.DRAFTING_RETRY, drafting, lane=run.lane)
        )
    return run.id


def give_up(session: Session, person_id: int, drafting_id: int, reason: str, now: datetime) -> int:
    """Give a drafting up, with a reason of at least ten visible characters; returns its onboarding's id."""
    if faults := texts.reason_faults("/reason", reason):
        raise Invalid("Giving up needs a reason.", faults)
    with writing(session):
        drafting, run = _for_hand(session, person_id, drafting_id, now)
        change(session, drafting, state="given_up", done_at=now)
        words = {"reason": reason}
        event = _event(f"person:{person_id}", EventType.DRAFTING_GIVE_UP, drafting, words, lane=run.lane)
        override_log.append(session, now, event)
    return run.id


def _for_hand(
    session: Session, person_id: int, drafting_id: int, now: datetime, states: tuple[str, ...] = _BY_HAND
) -> tuple[Drafting, Onboarding]:
    actor = desk.actor_of(session, person_id, now)
    drafting = session.get(Drafting, drafting_id)
    run = session.get_one(Onboarding, drafting.onboarding_id) if drafting else None
    if drafting is None or run is None or not milestones.sees(session, run, actor):
        raise NotThere()
    if not access.able(desk.roles_of(actor), "retry or give up a draft"):
        raise NotAllowed("Only an implementation lead, a CSM, a CS leader or RevOps retries a draft or gives it up.")
    if drafting.state not in states:
        raise Moved(
            f"This draft is {drafting.state.replace('_', ' ')} by now, so nothing was changed. Reload the page."
        )
    return drafting, run


def _skipped(session: Session, drafting: Drafting, says: str, now: datetime) -> None:
    change(session, drafting, state="skipped", says=_kept(says), lease="", lease_until=None, done_at=now)
    override_log.append(session, now, _event(chain.ACTOR, EventType.DRAFTING_SKIP, drafting))


def _failed(session: Session, drafting: Drafting, says: str, now: datetime) -> None:
    change(session, drafting, state="failed", says=_kept(says), lease="", lease_until=None)
    override_log.append(session, now, _event(chain.ACTOR, EventType.DRAFTING_FAIL, drafting))


def _kept(says: str) -> str:
    return texts.keepable(" ".join(says.split()))[:_LONGEST]


def _event(
    actor: str, act: EventType, drafting: Drafting, words: dict[str, str] | None = None, *, lane: str = "",
    item_id: int | None = None,
) -> Event:  # fmt: skip
    facts = {"drafting": drafting.id, "template": drafting.template, "cause": drafting.cause}
    facts |= {"attempts": drafting.attempts} if act == EventType.DRAFTING_FAIL else {}
    return Event(actor, act, item_id, drafting.onboarding_id, lane, facts=facts, texts=words or {})
