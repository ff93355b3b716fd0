"""Beginning: the onboarding that a draft belongs to, started by its first one, in the caller's transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from reviewqueue.access import Caller
from reviewqueue.events import EventType
from reviewqueue.override_log import Event
from reviewqueue.records.onboardings import Onboarding
from reviewqueue.records.prepared import Prepared
from reviewqueue.records.rows import put
from reviewqueue.refusals import Fault, Invalid
from reviewqueue.submissions import Submission

_ONBOARDING = Prepared(
    select(Onboarding.id, Onboarding.lane, Onboarding.customer, Onboarding.segment)
    .where(
        Onboarding.external_id == bindparam("external_id"),
        (Onboarding.system == bindparam("system")) | (bindparam("system") == ""),
    )
    .order_by(Onboarding.id)
    .limit(1)
)


def known(session: Session, submission: Submission) -> Any:
    """Where the onboarding that a submission names stands: id, lane, customer, segment; None where it has not begun."""
    sought = {"external_id": submission.external_id, "system": submission.system}
    return _ONBOARDING.row(session, sought)


def belongs(session: Session, caller: Caller, submission: Submission, now: datetime) -> tuple[int, str, list[Event]]:
    """(the onboarding's id, its customer's segment, the events of starting it if it was started). Raises Invalid where
    the submission says otherwise of its lane or its customer."""
    there = known(session, submission)
    if there is None:
        onboarding_id, events = _start(session, caller, submission, now)
        return onboarding_id, submission.segment, events
    if there.lane != submission.lane:
        says = f"this onboarding is in lane {there.lane}; submit there"
        raise Invalid("The onboarding belongs to another lane.", [Fault("/lane", says)])
    if there.customer.casefold() != submission.customer.casefold():
        says = (
            f"onboarding {submission.external_id} belongs to another customer than the one named; check the deal's id"
        )
        raise Invalid("The customer is not this onboarding's.", [Fault("/onboarding/customer", says)])
    return there.id, there.segment or submission.segment, []


def _start(session: Session, caller: Caller, submission: Submission, now: datetime) -> tuple[int, list[Event]]:
    """Start an onboarding; the database refuses a second one for the same deal."""
    onboarding_id = put(
        session,
        Onboarding,
        system=submission.system or f"automation-{caller.automation_id}",
        external_id=submission.external_id,
        lane=submission.lane,
        customer=submission.customer,
        customer_key=submission.customer.casefold()[:255],
        account_id=submission.account_id,
        segment=submission.segment[:64],
        owner_id=submission.owner_id,
        started_at=now,
    )
    facts = {"system": submission.system, "external_id": submission.external_id, "account": submission.account_id}
    actor = f"automation:{caller.automation_id}"
    return onboarding_id, [
        Event(actor, EventType.ONBOARDING_START, onboarding_id=onboarding_id, lane=submission.lane, facts=facts)
    ]
