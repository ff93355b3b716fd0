"""Intake: an automation submits, revises and withdraws drafts. It never decides: nothing here can approve anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from reviewqueue import desk, opening, override_log, policies, renewal, texts
from reviewqueue.access import Caller
from reviewqueue.database import writing
from reviewqueue.events import EventType
from reviewqueue.evidence import CheckResult, Drafted
from reviewqueue.override_log import Event
from reviewqueue.policy import judging
from reviewqueue.policy.words import POLICY_CHANGE
from reviewqueue.records.items import Item
from reviewqueue.records.people import Idempotency
from reviewqueue.records.prepared import Prepared
from reviewqueue.records.rows import put_all
from reviewqueue.refusals import Fault, Invalid, Moved, NotThere
from reviewqueue.submissions import Submission

_REPEATED = Prepared(
    select(Idempotency.request_digest, Idempotency.answer).where(
        Idempotency.automation_id == bindparam("automation"), Idempotency.key == bindparam("key")
    )
)
_STANDS = Prepared(select(Item.state, Item.automation_id, Item.lane, Item.gate).where(Item.id == bindparam("item")))


@dataclass(frozen=True)
class Repeatable:
    """An idempotency key with the digest of the request it came with."""

    key: str
    request_digest: str


def submit(
    session: Session, caller: Caller, submission: Submission, now: datetime, repeat: Repeatable | None = None
) -> tuple[dict[str, Any], bool]:
    """Open an item: (the answer, whether this is the first time). One transaction with its log entries.

    Raises Invalid (422) naming the place, NotAllowed (403) where the key does not reach, and Invalid when the
    idempotency key came before with another body.
    """
    if repeat and (known := _repeated(session, caller, repeat)) is not None:
        return known, False
    if submission.drafted.kind == POLICY_CHANGE:
        says = f"{POLICY_CHANGE} is proposed by a person, on the policy page; no key hands one in"
        raise Invalid("This kind is not an automation's to submit.", [Fault("/kind", says)])
    ahead = opening.ahead(session, caller, submission)
    with writing(session):
        if repeat and (known := _repeated(session, caller, repeat)) is not None:
            return known, False
        policy = policies.current(session)
        opened = opening.open_item(session, policy, caller, submission, now, ahead=ahead)
        if repeat:
            row = {"automation_id": caller.automation_id, "key": repeat.key, "request_digest": repeat.request_digest}
            put_all(session, Idempotency, [{**row, "item_id": opened.item_id, "answer": opened.answer, "at": now}])
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
    drafted: Drafted,
    now: datetime,
    *,
    checks: Sequence[CheckResult] = (),
    confidence: str = "",
) -> int:
    """A new draft of an open item, answering the revision whose digest is `based_on`; returns the revision's number.

    Checks and routing run again and earlier approvals are void. Raises NotThere, Moved (409) and Invalid.
    """
    with writing(session):
        found = own(session, caller, item_id, now)
        _still_open(found, "takes no more drafts. Submit a new item if there is more to say")
        if based_on != found.revision.digest:
            older = any(based_on == one.digest for one in found.revisions)
            says = (
                "is newer than the one you answer" if older else "is the current one, and you answer none of this item"
            )
            raise Moved(
                f"Revision {found.revision.number} {says}. Nothing was changed: read the item, then draft.",
                [Fault("/based_on", f"the current digest is {found.revision.digest}")],
            )
        author = renewal.Author(automation_id=caller.automation_id, confidence=confidence)
        override_log.append(session, now, *renewal.renew(session, found, drafted, author, now, checks))
        return found.item.revision_number


def own(session: Session, caller: Caller, item_id: int, now: datetime) -> desk.Desk:
    """The desk of an item this automation submitted; anything else looks absent."""
    stands(session, caller, item_id)
    found = desk.open_desk(session, item_id, now)
    if found.item.kind == POLICY_CHANGE:
        raise absent()
    return found


def stands(session: Session, caller: Caller, item_id: int) -> str:
    """The state of the caller's item, in one short read. Raises NotThere, alike for what is absent and what is not its
    own."""
    row = _STANDS.row(session, {"item": item_id})
    if row is None or row.automation_id != caller.automation_id or not caller.reaches(row.lane, row.gate):
        raise absent()
    state: str = row.state
    return state


def absent() -> NotThere:
    """What an automation is told of an item that it may not see, or that is not there."""
    return NotThere("There is no such item, or it is not this automation's.")


def _still_open(found: desk.Desk, otherwise: str) -> None:
    if found.item.state not in judging.OPEN:
        raise Moved(f"The item is {found.item.state} already, so it {otherwise}. Nothing was changed.", code="settled")


def withdraw(session: Session, caller: Caller, item_id: int, reason: str, now: datetime) -> None:
    """Take an open item back, with a reason of at least ten visible characters."""
    if faults := texts.reason_faults("/reason", reason):
        raise Invalid("A withdrawal needs a reason.", faults)
    with writing(session):
        found = own(session, caller, item_id, now)
        _still_open(found, "cannot be taken back")
        item = found.item
        item.state, item.settled_at = "withdrawn", now
        item.lease_holder_id = item.lease_until = None
        session.flush()
        event = Event(
            f"automation:{caller.automation_id}",
            EventType.ITEM_WITHDRAW,
            **opening.whereabouts(item),
            texts={"reason": reason},
        )
        override_log.append(session, now, event)
