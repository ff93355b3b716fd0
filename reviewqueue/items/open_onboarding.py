"""Finding the onboarding that a submission belongs to, or starting it, inside a transaction the caller holds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import folding
from reviewqueue.core.errors import FieldError, Invalid
from reviewqueue.db.rows import insert_row
from reviewqueue.db.statements import Prepared
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.items.submission_rules import Submission
from reviewqueue.people.access import Caller

_ONBOARDING = Prepared(
    select(Onboarding.id, Onboarding.lane, Onboarding.customer, Onboarding.segment, Onboarding.ended_at)
    .where(
        Onboarding.external_id == bindparam("external_id"),
        (Onboarding.system == bindparam("system")) | (bindparam("system") == ""),
    )
    .order_by(Onboarding.id)
    .limit(1)
)


def find(session: Session, submission: Submission) -> Any:
    """The onboarding that a submission names, as a row of id, lane, customer, segment; None before it has started."""
    sought = {"external_id": submission.external_id, "system": submission.system}
    return _ONBOARDING.row(session, sought)


def find_or_start(
    session: Session, caller: Caller, submission: Submission, now: datetime
) -> tuple[int, str, list[Event]]:
    """(the onboarding's id, its customer's segment, the log events if it was started just now). Raises Invalid (/lane,
    /onboarding/customer) where the submission contradicts the onboarding, and (/onboarding/external_id) where that
    ended."""
    there = find(session, submission)
    if there is None:
        onboarding_id, events = _start(session, caller, submission, now)
        return onboarding_id, submission.segment, events
    if there.ended_at is not None:
        says = f"onboarding {submission.external_id} ended on {there.ended_at:%d %b %Y}: nothing is drafted for it now"
        raise Invalid("The onboarding ended.", [FieldError("/onboarding/external_id", says)])
    if there.lane != submission.lane:
        says = f"this onboarding is in lane {there.lane}; submit there"
        raise Invalid("The onboarding belongs to another lane.", [FieldError("/lane", says)])
    if folding.folded(there.customer) != folding.folded(submission.customer):
        says = (
            f"onboarding {submission.external_id} belongs to another customer than the one named; check the deal's id"
        )
        raise Invalid("The customer is not this onboarding's.", [FieldError("/onboarding/customer", says)])
    return there.id, there.segment or submission.segment, []


def _start(session: Session, caller: Caller, submission: Submission, now: datetime) -> tuple[int, list[Event]]:
    """Start an onboarding; a constraint of the database refuses a second one for the same deal."""
    onboarding_id = insert_row(
        session,
        Onboarding,
        system=submission.system or f"automation-{caller.automation_id}",
        external_id=submission.external_id,
        lane=submission.lane,
        customer=submission.customer,
        customer_key=folding.customer_key(submission.customer),
        account_id=submission.account_id,
        segment=submission.segment[:64],
        owner_id=submission.owner_id,
        started_at=now,
    )
    facts = {"system": submission.system, "external_id": submission.external_id, "account": submission.account_id}
    actor = Actor.automation(caller.automation_id)
    return onboarding_id, [
        Event(actor, EventType.ONBOARDING_START, onboarding_id=onboarding_id, lane=submission.lane, facts=facts)
    ]
