"""Release: the outward effect of an approved item, done once in effect. Written with the approval, taken by the worker.

What is taken is leased, held against what was approved, and asked what holds it, in one transaction; then it goes out
outside of any; then what came back is written down. Nothing here talks to the network. What an automation or a person
says went out is in `sent` and `by_hand`.
"""

from __future__ import annotations

import random
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue import (
    calendar,
    desk,
    exceptions,
    holds,
    kept_in,
    messages,
    opening,
    override_log,
    policies,
    resting,
    standing,
)
from reviewqueue.database import writing
from reviewqueue.events import EventType
from reviewqueue.mail import Letter, Outcome
from reviewqueue.messages import PAUSES
from reviewqueue.override_log import Event
from reviewqueue.policy.shape import Gate
from reviewqueue.policy.words import POLICY_CHANGE
from reviewqueue.records.items import Decision, Item
from reviewqueue.records.releases import Release, ReleaseAttempt
from reviewqueue.records.rows import change, put
from reviewqueue.refusals import NotThere, Refused

WORKER = "system:release"
# Longer than sending may take: what outlives it is not known to have gone out, and not known not to have.
LEASE = timedelta(minutes=5)
LOOK_AGAIN = timedelta(seconds=30)
AT_ONCE = 20


@dataclass(frozen=True)
class Due:
    """A release taken for sending: what the sender needs, and the lease it must show when it reports back."""

    id: int
    lease: str
    item_id: int
    attempts: int
    letter: Letter


def opened(session: Session, found: desk.Desk, gate: Gate, made: Decision, now: datetime) -> dict[str, Any]:
    """Write down the release of what was just approved, inside the transaction of its decision; returns what the log
    entry of that decision says of it. Nothing where the gate releases nowhere."""
    kept_in.refuse(session, found.item.id)
    to = found.policy.destination(gate.release)
    if to is None or found.item.kind == POLICY_CHANGE:
        return {}
    looked = now if to.kind == "email" else _silent_at(found, to.silent_after_hours, now)
    row: dict[str, Any] = {"decision_id": made.id, "next_at": looked, "opened_at": now}
    if back := standing.again(session, found, made):
        change(session, back, **row, state="waiting", attempts=0, done_at=None, done_by_id=None, alarmed_at=None)
        release_id = back.id
    else:
        content = {"item_id": found.item.id, "revision_id": made.revision_id, "digest": made.revision_digest}
        release_id = put(session, Release, **row, **content, destination=to.key, kind=to.kind)
    return {"release": {"id": release_id, "to": to.key, "kind": to.kind}}


def _silent_at(found: desk.Desk, hours: int, now: datetime) -> datetime:
    return calendar.due(now, hours, found.policy.calendar(found.item.lane))


def silent_at(found: desk.Desk, release: Release, now: datetime) -> datetime:
    """When nobody having said that it went out becomes an exception, counted from `now`."""
    to = found.policy.destination(release.destination)
    return _silent_at(found, to.silent_after_hours if to else 8, now)


def of_item(session: Session, item_id: int) -> Release | None:
    """The release of an item; None where there is none."""
    query = select(Release).where(Release.item_id == item_id).order_by(Release.id.desc()).limit(1)
    return session.scalars(query).first()


def take_due(session: Session, now: datetime, *, mail: bool) -> Due | None:
    """Lease the e-mail that is due first and that nothing holds; None when there is none. `mail` says whether there is
    a mail server.

    What is not what was approved fails and opens an exception; what a worker had in hand when it ended is unknown from
    then on; what is held is looked at again after LOOK_AGAIN.
    """
    due = (Release.kind == "email") & (Release.state == "waiting") & (Release.next_at <= now)
    lost = (Release.state == "sending") & (Release.lease_until <= now)
    if session.scalar(select(Release.id).where(due | lost).limit(1)) is None:
        return None
    events: list[Event] = []
    taken = None
    with writing(session):
        for release in session.scalars(select(Release).where(lost).order_by(Release.id).limit(AT_ONCE)).all():
            says = "The worker that had it in hand ended before it wrote down what came of it"
            found, broken = _opened(session, release, now)
            events += ended(session, found, release, "unknown", says, now) if found else broken
        query = select(Release).where(due).order_by(Release.next_at, Release.id).limit(AT_ONCE)
        for release in session.scalars(query).all():
            taken, more = _taken(session, release, now, mail)
            events += more
            if taken is not None:
                break
        if events:
            override_log.append(session, now, *events)
    return taken


def _taken(session: Session, release: Release, now: datetime, mail: bool) -> tuple[Due | None, list[Event]]:
    found, broken = _opened(session, release, now)
    if found is None:
        return None, broken
    if why := resting.fallen(session, found, release):
        return None, standing.taken_back(session, found, release, why, now)
    if why := holds.unlike(session, found, release):
        says = f"It was not sent: {why}"
        return None, ended(session, found, release, "failed", says, now, category=found.policy.exceptions.differs)
    if holds.of(session, found, release, now, mail=mail):
        change(session, release, next_at=now + LOOK_AGAIN)
        return None, []
    to = found.policy.destination(release.destination)
    assert to is not None  # noqa: S101  (the policy it was approved under never changes)
    letter = Letter(release.key, to.sender, found.revision.draft, to.smtputf8)
    lease, tried = secrets.token_hex(16), release.attempts + 1
    change(session, release, state="sending", lease=lease, lease_until=now + LEASE, attempts=tried)
    return Due(release.id, lease, release.item_id, tried, letter), []


def _opened(session: Session, release: Release, now: datetime) -> tuple[desk.Desk | None, list[Event]]:
    """Its item; or, where its rows cannot be read, nothing and the events of its end: no other release waits for it."""
    try:
        return desk.open_desk(session, release.item_id, now), []
    except Refused as refused:
        says = f"It was not sent: {refused.says}"
    tried(session, release, WORKER, "failed", says, now)
    change(session, release, state="failed", lease="", lease_until=None, alarmed_at=now)
    item, policy = session.get(Item, release.item_id), policies.current(session)
    place = opening.whereabouts(item) if item else {}
    events = [Event(WORKER, EventType.RELEASE_FAIL, **place, facts=_facts(release), texts={"says": says})]
    if item and (category := policy.exceptions.differs):
        messages.tell(session, item, "release.failed", now, {**told(release), "says": says})
        whole = f"{says} (item {item.id}, “{item.title}”)"
        events += exceptions.open_about(session, policy, item, category, whole, WORKER, now)
    return None, events


def report(session: Session, due: Due, came: Outcome, now: datetime) -> str:
    """Write down what came of sending, and return the release's new state.

    What the lease was lost for meanwhile only adds its attempt, unless it is known now that it went out.
    """
    with writing(session):
        release = session.get(Release, due.id)
        if release is None:
            raise NotThere()
        tried(session, release, WORKER, came.outcome, came.says, now, code=came.code, milliseconds=came.milliseconds)
        mine = release.state == "sending" and release.lease == due.lease
        known = came.outcome == "released" and release.state in ("sending", "unknown")
        if not (mine or known):
            return release.state
        found = desk.open_desk(session, release.item_id, now)
        if came.outcome == "released":
            events = released(session, found, release, WORKER, now, now, came.says)
        elif came.outcome == "later" and release.attempts <= len(PAUSES):
            pause = PAUSES[release.attempts - 1]
            wait = pause + random.uniform(0, pause / 5)  # noqa: S311  (jitter, not a secret)
            change(session, release, state="waiting", lease="", lease_until=None, next_at=now + timedelta(seconds=wait))
            events = []
        else:
            state = "unknown" if came.outcome == "unknown" else "failed"
            events = ended(session, found, release, state, came.says, now, attempt=False)
        if events:
            override_log.append(session, now, *events)
        return release.state


def forget(session: Session, due: Due, now: datetime) -> None:
    """Give a leased release back unsent, as a worker does when it is told to stop before it began to send."""
    with writing(session):
        release = session.get_one(Release, due.id)
        if release.state == "sending" and release.lease == due.lease:
            back = {"state": "waiting", "lease": "", "lease_until": None, "attempts": release.attempts - 1}
            change(session, release, **back, next_at=now)


def tried(
    session: Session,
    release: Release,
    actor: str,
    outcome: str,
    says: str,
    now: datetime,
    *,
    digest: str = "",
    code: int | None = None,
    milliseconds: int = 0,
) -> None:
    """Write an attempt down, or a report of one. Inside `writing()`."""
    row: dict[str, Any] = {"release_id": release.id, "at": now, "actor": actor, "outcome": outcome}
    put(session, ReleaseAttempt, **row, digest=digest, code=code, says=says, milliseconds=milliseconds)


def released(
    session: Session, found: desk.Desk, release: Release, actor: str, sent_at: datetime, now: datetime, by: str,
    person_id: int | None = None,
) -> list[Event]:  # fmt: skip
    """It went out: the release, the item, its automation and the log say so. Inside `writing()`; returns the events."""
    kept_in.refuse(session, found.item.id)
    out = {"state": "released", "done_at": now, "done_by_id": person_id, "sent_at": sent_at, "sent_by": by[:255]}
    change(session, release, **out, lease="", lease_until=None)
    change(session, found.item, state="released")
    messages.tell(session, found.item, "release.succeeded", now, told(release))
    facts = {**_facts(release), "sent_at": override_log.moment(sent_at), "attempts": release.attempts}
    return [Event(actor, EventType.RELEASE_RELEASE, **opening.whereabouts(found.item), facts=facts)]


def ended(
    session: Session,
    found: desk.Desk,
    release: Release,
    state: str,
    says: str,
    now: datetime,
    *,
    category: str | None = None,
    actor: str = WORKER,
    attempt: bool = True,
) -> list[Event]:
    """It stops here until a person says what becomes of it: `failed`, or `unknown`. An exception opens: `category`, or
    the policy's for what nobody sent. Inside `writing()`; returns the events."""
    if attempt:
        tried(session, release, actor, state, says, now)
    change(session, release, state=state, lease="", lease_until=None, alarmed_at=now)
    messages.tell(session, found.item, "release.failed", now, {**told(release), "says": says})
    facts, words = _facts(release), {"says": says}
    act = EventType.RELEASE_FAIL if state == "failed" else EventType.RELEASE_LOSE
    event = Event(actor, act, **opening.whereabouts(found.item), facts=facts, texts=words)
    return [event, *alarm(session, found, category or found.policy.exceptions.unsent, says, actor, now)]


def alarm(
    session: Session, found: desk.Desk, category: str | None, says: str, actor: str, now: datetime
) -> list[Event]:
    """Open the exception of that category about the item, or join the open one; nothing in a policy that has none."""
    if category is None:
        return []
    whole = f"{says} (item {found.item.id}, “{found.revision.title}”)"
    return exceptions.open_for(session, found, category, whole, actor, now)


def told(release: Release) -> dict[str, Any]:
    """A release as an automation is told of it."""
    return {
        "release": {
            "id": release.id,
            "key": release.key,
            "to": release.destination,
            "state": release.state,
            "digest": release.digest,
            "sent_at": override_log.moment(release.sent_at) if release.sent_at else None,
            "sent_by": release.sent_by,
        }
    }


def _facts(release: Release) -> dict[str, Any]:
    return {"release": release.id, "to": release.destination, "digest": release.digest, "state": release.state}
