"""The link at which a customer reads how their onboarding stands: making it, ending it, and what the customer says
there. What the page shows is in `portal_page.py`."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import text_limits
from reviewqueue.core.characters import single_line, visible
from reviewqueue.core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row, update_row
from reviewqueue.db.tables import base
from reviewqueue.db.tables.customer_portals import CustomerPortal
from reviewqueue.db.tables.milestones import Milestone
from reviewqueue.db.tables.onboardings import Onboarding, SourceRecord
from reviewqueue.evidence import source_records
from reviewqueue.evidence.types import Source
from reviewqueue.onboarding import portal_page
from reviewqueue.people import access, actors, notifications, users, visibility
from reviewqueue.people.notifications import About
from reviewqueue.policy import evaluation, policy_versions
from reviewqueue.policy.model.policy import Policy

ABILITY = "open a customer portal"
MAX_REPLIES = 60  # within a day for one onboarding: a person ticks off and comments on fewer
MAX_WORDS, MAX_NAME = 2_000, 200
NOT_OPEN = (
    "This link does not open anything any more: it has expired, or it was ended, or a newer one took its place. Ask "
    "whoever sent it to you for a new one."
)


@dataclass(frozen=True)
class Reply:
    """What somebody said to a task: whether it is done, their words ("" for none), and who they say they are."""

    done: bool
    words: str
    said_by: str


def may_open(onboarding: Onboarding, actor: evaluation.Actor) -> bool:
    """Whether this person makes and ends the links of an onboarding."""
    held = actors.effective_roles(actor)
    return visibility.owns_account(onboarding, actor) or access.has_ability(held, ABILITY)


def days(policy: Policy, onboarding: Onboarding) -> int:
    """For how many days a link of this onboarding is good; 0 where its lane has no portal."""
    lane = policy.lane(onboarding.lane)
    return lane.portal_days if lane else 0


def open_link(session: Session, person_id: int, onboarding_id: int, now: datetime) -> str:
    """Make a link, which ends an earlier one; returns its token, this once. Raises NotFound, Forbidden, and Conflict
    where the lane has no portal, the onboarding ended, or nothing is approved that the page could show."""
    with writing(session):
        onboarding = _load_for(session, person_id, onboarding_id, now)
        lasts = days(policy_versions.current(session), onboarding)
        if not lasts:
            raise Conflict("This lane has no customer portal, so no link was made. RevOps sets portal_days in it.")
        if onboarding.ended_at is not None:
            raise Conflict("This onboarding ended, so no link was made.")
        if not portal_page.shows_anything(session, onboarding):
            raise Conflict(
                "No plan is approved and nothing was sent yet, so the page would be empty. No link was made."
            )
        _end(session, onboarding, now)
        token, expires = secrets.token_urlsafe(32), now + timedelta(days=lasts)
        row = {"token_hash": users.hash_of(token), "made_by_id": person_id, "created_at": now, "expires_at": expires}
        portal_id = insert_row(session, CustomerPortal, onboarding_id=onboarding.id, **row)
        facts = {"portal": portal_id, "expires": base.moment(expires)}
        override_log.append(session, now, _event(Actor.person(person_id), EventType.PORTAL_OPEN, onboarding, facts))
    return token


def end_link(session: Session, person_id: int, onboarding_id: int, reason: str, now: datetime) -> None:
    """End the link of an onboarding, with a reason. Raises NotFound, Forbidden, Conflict (none is open), Invalid."""
    if faults := text_limits.validate_reason("/reason", reason):
        raise Invalid("The link was not ended; what you typed is still here.", faults)
    with writing(session):
        _end_with_reason(
            session, _load_for(session, person_id, onboarding_id, now), Actor.person(person_id), reason, now
        )


def end_by_command(session: Session, onboarding_id: int, reason: str, now: datetime) -> None:
    """The same from the command line. Raises NotFound, Conflict, Invalid."""
    if faults := text_limits.validate_reason("/reason", reason):
        raise Invalid("The link was not ended.", faults)
    with writing(session):
        onboarding = session.get(Onboarding, onboarding_id)
        if onboarding is None:
            raise NotFound(f"There is no onboarding {onboarding_id}.")
        _end_with_reason(session, onboarding, Actor.CLI, reason, now)


def every_open(session: Session, now: datetime) -> list[tuple[CustomerPortal, Onboarding]]:
    """Every link that is open, with its onboarding, the newest first."""
    query = select(CustomerPortal, Onboarding).join(Onboarding, Onboarding.id == CustomerPortal.onboarding_id)
    is_open = CustomerPortal.ended_at.is_(None) & (CustomerPortal.expires_at > now) & Onboarding.ended_at.is_(None)
    return [(row[0], row[1]) for row in session.execute(query.where(is_open).order_by(CustomerPortal.id.desc()))]


def current(session: Session, onboarding_id: int, now: datetime) -> CustomerPortal | None:
    """The link of an onboarding that is open; None where there is none."""
    mine = CustomerPortal.onboarding_id == onboarding_id, CustomerPortal.ended_at.is_(None)
    return session.scalars(select(CustomerPortal).where(*mine, CustomerPortal.expires_at > now)).first()


def reader(session: Session, token: str, now: datetime) -> Onboarding:
    """The onboarding whose link this is. Raises NotFound for one that opens nothing."""
    return _open(session, token, now)[1]


def reply(session: Session, token: str, milestone_id: int, said: Reply, now: datetime) -> None:
    """Keep what somebody at the portal said to one of the customer's tasks, as a record, and tell the account's owner.
    It moves no milestone. Raises NotFound, Conflict where that is no open task any more or too much was said today, and
    Invalid naming the field."""
    if faults := _faults(said):
        raise Invalid("Nothing was sent yet; what you typed is still here.", faults)
    with writing(session):
        portal, onboarding = _open(session, token, now)
        task = next((one for one in portal_page.tasks(session, onboarding) if one.id == milestone_id), None)
        if task is None:
            raise Conflict("This is no open task of yours any more: it is done, or the plan has changed.")
        if _said_today(session, onboarding.id, now) >= MAX_REPLIES:
            raise Conflict("Too much was sent from this page today, so this was not kept. Please write to us instead.")
        source = _source(onboarding, task, said, now)
        source_records.keep(session, [source], now, "claimed")
        facts = {"portal": portal.id, "milestone": task.id, "done": said.done, "record": source.digest}
        override_log.append(session, now, _event(Actor.PORTAL, EventType.PORTAL_REPLY, onboarding, facts))
        told = [onboarding.owner_id or portal.made_by_id]
        notifications.tell(session, "customer", told, About(onboarding_id=onboarding.id), Actor.PORTAL, now)


def _load_for(session: Session, person_id: int, onboarding_id: int, now: datetime) -> Onboarding:
    actor = actors.load_actor(session, person_id, now)
    onboarding = visibility.load_onboarding(session, onboarding_id, actor)
    if not may_open(onboarding, actor):
        raise Forbidden("Only the account's owner, a CS leader or RevOps makes and ends a customer's link.")
    return onboarding


def _end_with_reason(session: Session, onboarding: Onboarding, actor: Actor, reason: str, now: datetime) -> None:
    if not (ended := _end(session, onboarding, now)):
        raise Conflict("No link of this customer is open, so nothing was ended.")
    event = _event(actor, EventType.PORTAL_END, onboarding, {"portal": ended}, {"reason": reason})
    override_log.append(session, now, event)


def _end(session: Session, onboarding: Onboarding, now: datetime) -> list[int]:
    """End the links that are open; returns their ids."""
    mine = CustomerPortal.onboarding_id == onboarding.id, CustomerPortal.ended_at.is_(None)
    found = session.scalars(select(CustomerPortal).where(*mine, CustomerPortal.expires_at > now)).all()
    for one in found:
        update_row(session, one, ended_at=now)
    return [one.id for one in found]


def _open(session: Session, token: str, now: datetime) -> tuple[CustomerPortal, Onboarding]:
    query = select(CustomerPortal, Onboarding).join(Onboarding, Onboarding.id == CustomerPortal.onboarding_id)
    is_open = CustomerPortal.ended_at.is_(None) & (CustomerPortal.expires_at > now) & Onboarding.ended_at.is_(None)
    found = session.execute(query.where(CustomerPortal.token_hash == users.hash_of(token), is_open)).one_or_none()
    if found is None or not days(policy_versions.current(session), found[1]):
        raise NotFound(NOT_OPEN)
    return found[0], found[1]


def _said_today(session: Session, onboarding_id: int, now: datetime) -> int:
    mine = portal_page.records_of(onboarding_id)
    return session.scalar(select(func.count()).where(*mine, SourceRecord.received_at > now - timedelta(days=1))) or 0


def _faults(said: Reply) -> list[FieldError]:
    faults = []
    if not visible(said.said_by) or len(said.said_by) > MAX_NAME:
        faults.append(FieldError("/said_by", f"please give your name, in at most {MAX_NAME} characters"))
    if len(said.words) > MAX_WORDS:
        faults.append(FieldError("/words", f"please keep to {MAX_WORDS} characters"))
    elif not said.done and not visible(said.words):
        faults.append(FieldError("/words", "please say something, or tick that it is done"))
    return faults


def _source(onboarding: Onboarding, task: Milestone, said: Reply, now: datetime) -> Source:
    who = single_line(text_limits.replace_invalid(said.said_by.strip()))
    payload = {
        "task": task.name,
        "done": said.done,
        "words": text_limits.replace_invalid(said.words.strip()),
        "said_by": who,
        "at": base.moment(now),
    }
    label = single_line(f"{who}: {task.name}", 200)
    return Source(portal_page.SYSTEM, portal_page.OBJECT, portal_page.record_id(onboarding, task), payload, None, label)


def _event(
    actor: Actor, act: EventType, onboarding: Onboarding, facts: dict[str, Any], texts: dict[str, str] | None = None
) -> Event:
    return Event(actor, act, onboarding_id=onboarding.id, lane=onboarding.lane, facts=facts, texts=texts or {})
