"""Intake: an automation submits, revises and withdraws drafts. Nothing here can approve anything."""

from __future__ import annotations

from collections.abc import Sequence
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
from reviewqueue.core.vocabulary import POLICY_CHANGE
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_rows
from reviewqueue.db.statements import Prepared
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.people import Idempotency
from reviewqueue.evidence.types import CheckResult, DraftWithEvidence
from reviewqueue.items import item_context, opening
from reviewqueue.items import revise as items_revise
from reviewqueue.items.submission_rules import Submission
from reviewqueue.people.access import Caller
from reviewqueue.policy import policy_versions

_REPEATED = Prepared(
    select(Idempotency.request_digest, Idempotency.answer).where(
        Idempotency.automation_id == bindparam("automation"), Idempotency.key == bindparam("key")
    )
)
_STANDS = Prepared(select(Item.state, Item.automation_id, Item.lane, Item.gate).where(Item.id == bindparam("item")))


@dataclass(frozen=True)
class Repeatable:
    """An idempotency key, with the digest of its request's body."""

    key: str
    request_digest: str


def submit(
    session: Session, caller: Caller, submission: Submission, now: datetime, repeat: Repeatable | None = None
) -> tuple[dict[str, Any], bool]:
    """Open an item: (the API's answer, False where it repeats an earlier one). One transaction with its log entries.

    Raises Invalid (422) naming the place, also for an idempotency key used before with another body; Forbidden (403)
    where the API key's scope ends; and DomainError (503) where the policy has no such gate.
    """
    if repeat and (known := _repeated(session, caller, repeat)) is not None:
        return known, False
    if submission.drafted.kind == POLICY_CHANGE:
        says = f"{POLICY_CHANGE} is proposed by a person, on the policy page; no key submits one"
        raise Invalid("This kind is not an automation's to submit.", [FieldError("/kind", says)])
    ahead = opening.precheck(session, caller, submission)
    with writing(session):
        if repeat and (known := _repeated(session, caller, repeat)) is not None:
            return known, False
        policy = policy_versions.current(session)
        opened = opening.open_item(session, policy, caller, submission, now, ahead=ahead)
        if repeat:
            row = {"automation_id": caller.automation_id, "key": repeat.key, "request_digest": repeat.request_digest}
            insert_rows(session, Idempotency, [{**row, "item_id": opened.item_id, "answer": opened.answer, "at": now}])
        override_log.append(session, now, *opened.events)
    return opened.answer, True


def _repeated(session: Session, caller: Caller, repeat: Repeatable) -> dict[str, Any] | None:
    sought = {"automation": caller.automation_id, "key": repeat.key}
    known = _REPEATED.row(session, sought)
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
) -> int:
    """Add a revision to an open item; `based_on` is the digest of the revision it answers. Returns its number.

    Checks and routing run again and earlier approvals are void. Raises NotFound, Conflict (409: settled, or `based_on`
    is not the current revision) and Invalid.
    """
    with writing(session):
        found = load_own(session, caller, item_id, now)
        _still_open(found, "takes no more drafts. Submit a new item if there is more to say")
        if based_on != found.revision.digest:
            older = any(based_on == one.digest for one in found.revisions)
            says = (
                "is newer than the one you answer" if older else "is the current one, and you answer none of this item"
            )
            raise Conflict(
                f"Revision {found.revision.number} {says}. Nothing was changed: read the item, then draft.",
                [FieldError("/based_on", f"the current digest is {found.revision.digest}")],
            )
        author = items_revise.Author(automation_id=caller.automation_id, confidence=confidence)
        override_log.append(session, now, *items_revise.add_revision(session, found, drafted, author, now, checks))
        return found.item.revision_number


def load_own(session: Session, caller: Caller, item_id: int, now: datetime) -> item_context.ItemContext:
    """The context of an item this automation submitted. Raises NotFound for every other, as for an absent one."""
    state_of(session, caller, item_id)
    found = item_context.load(session, item_id, now)
    if found.item.kind == POLICY_CHANGE:
        raise absent()
    return found


def state_of(session: Session, caller: Caller, item_id: int) -> str:
    """The state of the caller's item, in one short query. Raises NotFound, as for an absent one."""
    row = _STANDS.row(session, {"item": item_id})
    if row is None or row.automation_id != caller.automation_id or not caller.reaches(row.lane, row.gate):
        raise absent()
    state: str = row.state
    return state


def absent() -> NotFound:
    """The error for an item that is absent or that this automation may not see."""
    return NotFound("There is no such item, or it is not this automation's.")


def _still_open(found: item_context.ItemContext, otherwise: str) -> None:
    if found.item.state not in vocabulary.OPEN:
        raise Conflict(
            f"The item is {found.item.state} already, so it {otherwise}. Nothing was changed.", code="settled"
        )


def withdraw(session: Session, caller: Caller, item_id: int, reason: str, now: datetime) -> None:
    """Withdraw an open item, with a reason of at least ten visible characters. Raises NotFound, Conflict (409: settled)
    and Invalid (/reason)."""
    if faults := text_limits.validate_reason("/reason", reason):
        raise Invalid("A withdrawal needs a reason.", faults)
    with writing(session):
        found = load_own(session, caller, item_id, now)
        _still_open(found, "cannot be taken back")
        item = found.item
        item.state, item.settled_at = "withdrawn", now
        item.lease_holder_id = item.lease_until = None
        session.flush()
        event = Event.about(
            item, Actor.automation(caller.automation_id), EventType.ITEM_WITHDRAW, texts={"reason": reason}
        )
        override_log.append(session, now, event)
