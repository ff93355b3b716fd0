"""Intake: an automation submits, revises and withdraws drafts. Nothing here can approve anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import text_limits, vocabulary
from reviewqueue.core.errors import Conflict, FieldError, Invalid, NotFound
from reviewqueue.core.vocabulary import LEADER_SUMMARY, POLICY_CHANGE
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_rows
from reviewqueue.db.statements import Prepared
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.people import Idempotency
from reviewqueue.evidence.types import CheckResult, DraftWithEvidence, Source
from reviewqueue.items import item_context, opening, repeats
from reviewqueue.items import revise as items_revise
from reviewqueue.items.revisions import CheckedDraft
from reviewqueue.items.submission_rules import Submission
from reviewqueue.people.access import Caller
from reviewqueue.policy import policy_versions
from reviewqueue.policy.model.policy import Policy

_IDEMPOTENT_ANSWER = Prepared(
    select(Idempotency.request_digest, Idempotency.answer).where(
        Idempotency.automation_id == bindparam("automation"), Idempotency.key == bindparam("key")
    )
)
_ITEM_STATE = Prepared(select(Item.state, Item.automation_id, Item.lane, Item.gate).where(Item.id == bindparam("item")))


@dataclass(frozen=True)
class Asked:
    """What a person is asked instead of a submission being taken: in words for its automation, with the log events."""

    says: str
    events: Sequence[Event] = ()


# Whether a person has to be asked before a submission starts an onboarding, in its transaction.
Ask = Callable[[Session, Policy, Caller, Submission, datetime], Asked | None]
# What else becomes of the records that a draft brings, in its transaction; returns the events for the log.
Compare = Callable[[Session, Policy, Iterable[Source], Actor, datetime], list[Event]]
# What follows from a draft's arrival, in its transaction, by its item; returns the events for the log.
Follow = Callable[[Session, Policy, int, Submission, datetime], list[Event]]

_NOT_SUBMITTED = {
    POLICY_CHANGE: f"{POLICY_CHANGE} is proposed by a person, on the policy page; no key submits one",
    LEADER_SUMMARY: f"{LEADER_SUMMARY} is written here, once a week for each CS leader; no key submits one",
}


@dataclass(frozen=True)
class IdempotencyKey:
    """An idempotency key, with the digest of its request's body."""

    key: str
    request_digest: str


def submit(
    session: Session,
    caller: Caller,
    submission: Submission,
    now: datetime,
    idempotency_key: IdempotencyKey | None = None,
    compare: Compare = lambda *_: [],
    ask: Ask = lambda *_: None,
    follow: Follow = lambda *_: [],
) -> tuple[dict[str, Any], bool]:
    """Open an item: (the API's answer, False where it repeats an earlier one). One transaction with its log entries,
    with what `compare` makes of the records that it brings, and with what follows (`follow`). A message that says what
    is approved already opens nothing, and is told so in the answer's `notice`.

    Raises Invalid (422) naming the place, also for an idempotency key used before with another body; Forbidden (403)
    where the API key's scope ends; DomainError (503) where the policy has no such gate; and Conflict (409) where `ask`
    had a person asked: that question alone was written.
    """
    if idempotency_key and (known := _repeated_answer(session, caller, idempotency_key)) is not None:
        return known, False
    if says := _NOT_SUBMITTED.get(submission.drafted.kind):
        raise Invalid("This kind is not an automation's to submit.", [FieldError("/kind", says)])
    prechecked = opening.precheck(session, caller, submission, now)
    with writing(session):
        if idempotency_key and (known := _repeated_answer(session, caller, idempotency_key)) is not None:
            return known, False
        policy = policy_versions.current(session)
        asked = ask(session, policy, caller, submission, now)
        if asked is None:
            return _open(session, policy, caller, submission, now, idempotency_key, prechecked, compare, follow), True
        if asked.events:
            override_log.append(session, now, *asked.events)
    where = FieldError("/onboarding/external_id", asked.says)
    raise Conflict("Nothing was opened: a person is asked first.", [where], code="asked-first")


def _open(
    session: Session,
    policy: Policy,
    caller: Caller,
    submission: Submission,
    now: datetime,
    idempotency_key: IdempotencyKey | None,
    prechecked: CheckedDraft,
    compare: Compare,
    follow: Follow,
) -> dict[str, Any]:
    """Open the item, or find that it is approved already; the answer is kept for its idempotency key."""
    if (approved := repeats.find(session, caller, submission)) is not None:
        opened = repeats.answer(session, policy, caller, submission, approved, now)
    else:
        opened = opening.open_item(session, policy, caller, submission, now, ahead=prechecked)
    if idempotency_key:
        row = {
            "automation_id": caller.automation_id,
            "key": idempotency_key.key,
            "request_digest": idempotency_key.request_digest,
        }
        insert_rows(session, Idempotency, [{**row, "item_id": opened.item_id, "answer": opened.answer, "at": now}])
    brought = submission.drafted.sources.values()
    compared = compare(session, policy, brought, Actor.automation(caller.automation_id), now)
    followed = follow(session, policy, opened.item_id, submission, now)
    override_log.append(session, now, *opened.events, *compared, *followed)
    return opened.answer


def _repeated_answer(session: Session, caller: Caller, repeat: IdempotencyKey) -> dict[str, Any] | None:
    sought = {"automation": caller.automation_id, "key": repeat.key}
    known = _IDEMPOTENT_ANSWER.row(session, sought)
    if known is None:
        return None
    if known.request_digest != repeat.request_digest:
        raise Invalid(
            "This Idempotency-Key was used before with another body, so nothing was done. Send the first body again, "
            "or a new key for a new request.",
            code="idempotency-key-reused",
        )
    answer: dict[str, Any] = known.answer
    return answer


def revise(
    session: Session,
    caller: Caller,
    item_id: int,
    based_on: str,
    drafted: DraftWithEvidence,
    now: datetime,
    *,
    checks: Sequence[CheckResult] = (),
    confidence: str = "",
    compare: Compare = lambda *_: [],
) -> int:
    """Add a revision to an open item; `based_on` is the digest of the revision it answers. Returns its number.

    Checks and routing run again and earlier approvals are void; `compare` is as in `submit`. Raises NotFound, Conflict
    (409: settled, or `based_on` is not the current revision) and Invalid.
    """
    with writing(session):
        context = load_own(session, caller, item_id, now)
        _still_open(context, "takes no more drafts. Submit a new item if there is more to say")
        if based_on != context.revision.digest:
            older = any(based_on == one.digest for one in context.revisions)
            says = (
                "is newer than the one you answer" if older else "is the current one, and you answer none of this item"
            )
            raise Conflict(
                f"Revision {context.revision.number} {says}. Nothing was changed: read the item, then draft.",
                [FieldError("/based_on", f"the current digest is {context.revision.digest}")],
            )
        author = items_revise.Author(automation_id=caller.automation_id, confidence=confidence)
        events = items_revise.add_revision(session, context, drafted, author, now, checks)
        policy, brought = policy_versions.current(session), drafted.sources.values()
        override_log.append(session, now, *events, *compare(session, policy, brought, author.actor, now))
        return context.item.revision_number


def load_own(session: Session, caller: Caller, item_id: int, now: datetime) -> item_context.ItemContext:
    """The context of an item this automation submitted. Raises NotFound for every other, as for an absent one."""
    state_of(session, caller, item_id)
    context = item_context.load(session, item_id, now)
    if context.item.kind == POLICY_CHANGE:
        raise not_found_error()
    return context


def state_of(session: Session, caller: Caller, item_id: int) -> str:
    """The state of the caller's item, in one short query. Raises NotFound, as for an absent one."""
    row = _ITEM_STATE.row(session, {"item": item_id})
    if row is None or row.automation_id != caller.automation_id or not caller.reaches(row.lane, row.gate):
        raise not_found_error()
    state: str = row.state
    return state


def not_found_error() -> NotFound:
    """The error for an item that is absent or that this automation may not see."""
    return NotFound("There is no such item, or it is not this automation's.")


def _still_open(context: item_context.ItemContext, otherwise: str) -> None:
    if context.item.state not in vocabulary.OPEN:
        raise Conflict(
            f"The item is {context.item.state} already, so it {otherwise}. Nothing was changed.", code="settled"
        )


def withdraw(session: Session, caller: Caller, item_id: int, reason: str, now: datetime) -> None:
    """Withdraw an open item, with a reason of at least ten visible characters. Raises NotFound, Conflict (409: settled)
    and Invalid (/reason)."""
    if faults := text_limits.validate_reason("/reason", reason):
        raise Invalid("A withdrawal needs a reason.", faults)
    with writing(session):
        context = load_own(session, caller, item_id, now)
        _still_open(context, "cannot be taken back")
        item = context.item
        item.state, item.settled_at = "withdrawn", now
        item.lease_holder_id = item.lease_until = None
        session.flush()
        event = Event.about(
            item, Actor.automation(caller.automation_id), EventType.ITEM_WITHDRAW, texts={"reason": reason}
        )
        override_log.append(session, now, event)
