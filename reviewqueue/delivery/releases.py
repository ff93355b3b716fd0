"""Releases: the outward effect of an approved item, done once in effect. Written with the approval, taken by the
worker.

In one transaction a release is leased, compared with what was approved, and checked for holds; then it is sent outside
of any; then the result is recorded. Nothing here talks to the network. What an automation or a person says went out is
in `sent_reports` and `manual_send`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core.destinations import SENT_HERE
from reviewqueue.core.errors import DomainError, NotFound
from reviewqueue.core.mime.compose import Letter
from reviewqueue.core.vocabulary import POLICY_CHANGE
from reviewqueue.db import leased_jobs
from reviewqueue.db.database import writing
from reviewqueue.db.leased_jobs import Leased
from reviewqueue.db.rows import insert_row, update_row
from reviewqueue.db.tables import base
from reviewqueue.db.tables.items import Decision, Item
from reviewqueue.db.tables.releases import Release, ReleaseAttempt
from reviewqueue.delivery import credentials, holds, letters, send_stops
from reviewqueue.delivery.callbacks import JITTER, RETRY_DELAYS
from reviewqueue.delivery.outgoing import Outgoing, deal_of, outgoing_of
from reviewqueue.delivery.smtp import SendOutcome
from reviewqueue.exceptions import exception_cases
from reviewqueue.items import callback_outbox, item_context, send_time, suppressed
from reviewqueue.lanes.autosend import sending, standing_approval
from reviewqueue.measurement.seeded import release_guard
from reviewqueue.policy import business_hours, policy_versions, systems
from reviewqueue.policy.model.policy import Gate
from reviewqueue.policy.released_to import released_to

# Longer than sending may take: what outlives it may or may not have gone out.
LEASE = timedelta(minutes=5)
RECHECK_AFTER = timedelta(seconds=30)
BATCH_SIZE = 20


@dataclass(frozen=True)
class Due(Leased):
    """A leased release: what the sender needs. What goes by e-mail is a letter, everything else is not."""

    item_id: int
    kind: str
    destination: str
    letter: Letter | None = None
    outgoing: Outgoing | None = None

    @property
    def content(self) -> Letter | Outgoing:
        """What is sent."""
        found = self.letter or self.outgoing
        assert found is not None  # noqa: S101  (`_lease_release` makes one of them)
        return found


def enqueue(
    session: Session, context: item_context.ItemContext, gate: Gate, decision: Decision, now: datetime
) -> dict[str, Any]:
    """Write down the release of what was just approved, inside the transaction of its decision; returns the facts for
    that decision's log entry. Nothing where the gate has no destination. Raises DomainError (409) for a seeded
    defect."""
    release_guard.require_releasable(session, context.item.id)
    to = released_to(context.policy, gate, context.item.kind)
    if to is None or context.item.kind == POLICY_CHANGE:
        return {}
    if to.can.packets and deal_of(session, context)[0] != to.kind:
        return {}  # its deal is in another CRM, as its page says
    waits = send_time.earliest(session, context, gate, now)
    row: dict[str, Any] = {"revision_id": decision.revision_id, "decision_id": decision.id, "opened_at": now}
    row |= waits.columns() if waits else send_time.AT_ONCE
    due_at = next_look(context, to.key, waits.at if waits else now)
    if recalled := sending.reuse_release(session, context, decision):
        anew = {"done_at": None, "done_by_id": None, "alarmed_at": None, "undone_at": None}
        leased_jobs.retry_now(session, recalled, due_at, **row, **anew)
        release_id = recalled.id
    else:
        content = {
            "item_id": context.item.id,
            "digest": decision.revision_digest,
            "destination": to.key,
            "kind": to.kind,
        }
        release_id = insert_row(session, Release, **row, **content, next_at=due_at)
    told = {"id": release_id, "to": to.key, "kind": to.kind}
    return {"release": {**told, "send_at": base.moment(waits.at)} if waits else told}


def next_look(context: item_context.ItemContext, to: str, now: datetime) -> datetime:
    """When a release to that destination that may go out at `now` is due next: then where the worker sends it, else
    when it becomes an exception that nobody reported it as sent, in business hours from then."""
    destination = context.policy.destination(to)
    if destination is not None and destination.can.sent_here:
        return now
    hours = destination.silent_after_hours if destination else 8
    return business_hours.due(now, hours, context.policy.calendar(context.item.lane))


def of_item(session: Session, item_id: int) -> Release | None:
    """The newest release of an item; None where there is none."""
    newest = Release.opened_at.desc(), Release.id.desc()
    return session.scalars(select(Release).where(Release.item_id == item_id).order_by(*newest).limit(1)).first()


def take_due(session: Session, now: datetime, *, mail: bool, busy: Collection[str] = ()) -> Due | None:
    """Lease the release that is due first, is sent from here, goes to none of the `busy` destinations and is not held;
    None when there is none. `mail` says whether there is a mail server.

    What is not what was approved fails and opens an exception; one whose lease ran out (a worker died) becomes
    `unknown`; what is held is checked again after RECHECK_AFTER.
    """
    due = Release.kind.in_(SENT_HERE) & leased_jobs.due(Release, now) & Release.destination.not_in(busy)
    lost = leased_jobs.lost(Release, now)
    if session.scalar(select(Release.id).where(due | lost).limit(1)) is None:
        return None
    events: list[Event] = []
    taken = None
    with writing(session):
        for release in session.scalars(select(Release).where(lost).order_by(Release.id).limit(BATCH_SIZE)).all():
            says = "The worker that had it in hand ended before it wrote down what came of it"
            found, broken = _load_or_fail(session, release, now)
            events += close(session, found, release, "unknown", says, now) if found else broken
        query = select(Release).where(due).order_by(Release.next_at, Release.id).limit(BATCH_SIZE)
        for release in session.scalars(query).all():
            taken, more = _lease_release(session, release, now, mail)
            events += more
            if taken is not None:
                break
        if events:
            override_log.append(session, now, *events)
    return taken


def _lease_release(session: Session, release: Release, now: datetime, mail: bool) -> tuple[Due | None, list[Event]]:
    found, broken = _load_or_fail(session, release, now)
    if found is None:
        return None, broken
    if why := standing_approval.why_lapsed(session, found, release):
        return None, sending.recall(session, found, release, why, now)
    if why := holds.content_mismatch(session, found, release):
        says = f"It was not sent: {why}"
        return None, close(session, found, release, "failed", says, now, category=found.policy.exceptions.differs)
    if refused := _refused_by_system(session, found, release):
        event = Event.about(found.item, Actor.RELEASE, EventType.SYSTEM_REFUSE, **_refusal(found, release, refused))
        says = f"It was not sent: {refused.says}"[:1000]
        return None, [event, *close(session, found, release, "failed", says, now)]
    if holds.current_holds(session, found, release, now, mail=mail):
        update_row(session, release, next_at=now + RECHECK_AFTER)
        return None, []
    to = found.policy.destination(release.destination)
    assert to is not None  # noqa: S101  (the policy it was approved under never changes)
    letter = letters.of_release(session, found, release, to) if to.can.addressed else None
    outgoing = None if letter else outgoing_of(session, found, to)
    if outgoing and to.can.credential:
        outgoing = replace(outgoing, sealed=credentials.sealed_for(session, to.key))
    leased_jobs.take(session, release, now, LEASE)
    to_whom = release.item_id, release.kind, release.destination
    return Due(release.id, release.lease, release.attempts, *to_whom, letter, outgoing), []


def _refused_by_system(
    session: Session, context: item_context.ItemContext, release: Release
) -> systems.SystemRefusal | None:
    """The refusal of what its destination would write, by the active policy: a row that was narrowed holds for what was
    approved before, too."""
    policy = policy_versions.version(session, context.in_force)
    to = context.policy.destination(release.destination)
    return systems.why_not_written(policy, to, context.gate) if to else None


def _refusal(
    context: item_context.ItemContext, release: Release, refused: systems.SystemRefusal
) -> dict[str, dict[str, Any]]:
    """A refusal as its log entry has it: with whose approval asked for it."""
    asked = next((one.person_id for one in context.decisions if one.id == release.decision_id), None)
    facts = {**refused.facts(), "release": release.id, "to": release.destination, "approved_by": asked}
    return {"facts": facts, "texts": {"says": refused.says}}


def stopped_meanwhile(session: Session, due: Due) -> bool:
    """Whether somebody stopped what goes to its destination since it was leased, or one of its receivers gets no mail
    any more. Asked right before it is sent."""
    if send_stops.covering(send_stops.in_force(session), due.destination) is not None:
        return True
    return due.letter is not None and bool(suppressed.of_message(session, due.letter.draft))


def _load_or_fail(
    session: Session, release: Release, now: datetime
) -> tuple[item_context.ItemContext | None, list[Event]]:
    """Its item; or, where its rows cannot be read, None and the events of its failure: it must not block other
    releases."""
    try:
        return item_context.load(session, release.item_id, now), []
    except DomainError as refused:
        says = f"It was not sent: {refused.says}"
    log_attempt(session, release, Actor.RELEASE, "failed", says, now)
    leased_jobs.end_lease(session, release, "failed", alarmed_at=now)
    item, policy = session.get(Item, release.item_id), policy_versions.current(session)
    told = Actor.RELEASE, EventType.RELEASE_FAIL
    facts, texts = _facts(release), {"says": says}
    events = [Event.about(item, *told, facts=facts, texts=texts) if item else Event(*told, facts=facts, texts=texts)]
    if item and (category := policy.exceptions.differs):
        callback_outbox.enqueue(session, item, "release.failed", now, {**payload(release), "says": says})
        summary = f"{says} (item {item.id}, “{item.title}”)"
        events += exception_cases.open_for_item(session, policy, item, category, summary, Actor.RELEASE, now)
    return None, events


def report(session: Session, due: Due, outcome: SendOutcome, now: datetime) -> str:
    """Record the result of sending, and return the release's new state. Raises NotFound.

    A report whose lease was lost only adds its attempt, unless it says that the message went out.
    """
    with writing(session):
        release = session.get(Release, due.id)
        if release is None:
            raise NotFound()
        log_attempt(
            session,
            release,
            Actor.RELEASE,
            outcome.outcome,
            outcome.says,
            now,
            code=outcome.code,
            milliseconds=outcome.milliseconds,
        )
        late_success = outcome.outcome == "released" and release.state in ("sending", "unknown")
        if not (late_success or leased_jobs.is_held(release, due)):
            return release.state
        context = item_context.load(session, release.item_id, now)
        if outcome.outcome == "released":
            events = mark_released(session, context, release, Actor.RELEASE, now, now, outcome.says)
        elif outcome.outcome == "later" and leased_jobs.retry_later(
            session, release, now, RETRY_DELAYS, jitter=JITTER, at_least=outcome.retry_after
        ):
            events = []
        else:
            state = "unknown" if outcome.outcome == "unknown" else "failed"
            events = close(session, context, release, state, outcome.says, now, attempt=False)
        if events:
            override_log.append(session, now, *events)
        return release.state


def log_attempt(
    session: Session,
    release: Release,
    actor: Actor,
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
    insert_row(session, ReleaseAttempt, **row, digest=digest, code=code, says=says, milliseconds=milliseconds)


def mark_released(
    session: Session, context: item_context.ItemContext, release: Release, actor: Actor, sent_at: datetime,
    now: datetime, by: str,
    person_id: int | None = None,
) -> list[Event]:  # fmt: skip
    """Record that it went out, on the release and its item, and enqueue the callback. Inside `writing()`; returns the
    events. Raises DomainError (409) for a seeded defect."""
    release_guard.require_releasable(session, context.item.id)
    changes = {"done_at": now, "done_by_id": person_id, "sent_at": sent_at, "sent_by": by[:255]}
    leased_jobs.end_lease(session, release, "released", **changes)
    update_row(session, context.item, state="released")
    callback_outbox.enqueue(session, context.item, "release.succeeded", now, payload(release))
    facts = {**_facts(release), "sent_at": base.moment(sent_at), "attempts": release.attempts}
    if release.in_reply_to:
        facts["in_reply_to"] = release.in_reply_to
    if release.meeting:
        facts["meeting"] = {"uid": release.meeting_uid, "number": release.meeting_number}
    return [Event.about(context.item, actor, EventType.RELEASE_RELEASE, facts=facts)]


def close(
    session: Session,
    context: item_context.ItemContext,
    release: Release,
    state: str,
    says: str,
    now: datetime,
    *,
    category: str | None = None,
    actor: Actor = Actor.RELEASE,
    attempt: bool = True,
) -> list[Event]:
    """Stop a release as `failed` or `unknown` until a person decides about it, and open an exception: of `category`,
    else of the policy's category for what was not sent. Inside `writing()`; returns the events."""
    if attempt:
        log_attempt(session, release, actor, state, says, now)
    leased_jobs.end_lease(session, release, state, alarmed_at=now)
    callback_outbox.enqueue(session, context.item, "release.failed", now, {**payload(release), "says": says})
    facts, words = _facts(release), {"says": says}
    act = EventType.RELEASE_FAIL if state == "failed" else EventType.RELEASE_LOSE
    event = Event.about(context.item, actor, act, facts=facts, texts=words)
    return [event, *open_exception(session, context, category or context.policy.exceptions.unsent, says, actor, now)]


def open_exception(
    session: Session, context: item_context.ItemContext, category: str | None, says: str, actor: Actor, now: datetime
) -> list[Event]:
    """Open the exception of that category about the item, or join the open one; nothing in a policy that has none."""
    if category is None:
        return []
    summary = f"{says} (item {context.item.id}, “{context.revision.title}”)"
    return exception_cases.open_for_item(session, context.policy, context.item, category, summary, actor, now)


def payload(release: Release) -> dict[str, Any]:
    """A release as callbacks report it."""
    return {
        "release": {
            "id": release.id,
            "key": release.key,
            "to": release.destination,
            "state": release.state,
            "digest": release.digest,
            "sent_at": base.moment(release.sent_at) if release.sent_at else None,
            "sent_by": release.sent_by,
        }
    }


def _facts(release: Release) -> dict[str, Any]:
    return {"release": release.id, "to": release.destination, "digest": release.digest, "state": release.state}
