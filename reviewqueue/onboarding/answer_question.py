"""Answering a question to RevOps: choosing a candidate starts the onboarding. Rejecting it, which closes it, is in
`review`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit.override_log import Event
from reviewqueue.connectors.deals import DealIdentity
from reviewqueue.connectors.schema import SHAPES
from reviewqueue.core.errors import Conflict, FieldError, Invalid
from reviewqueue.db.tables import base
from reviewqueue.db.tables.items import Decision
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.evidence.types import Source
from reviewqueue.items import item_context, opening, revise
from reviewqueue.onboarding import ask_sales, crm_owners, crm_records
from reviewqueue.onboarding.drafting.question import ACCOUNT_PREFIX
from reviewqueue.people.access import Caller
from reviewqueue.policy import policy_versions


def choice_faults(draft: Any, choice: str) -> list[FieldError]:
    """What is wrong with a choice, given the question's draft."""
    keys = [one.get("key") for one in draft.get("choices", []) if isinstance(one, dict)]
    if choice in keys:
        return []
    return [FieldError("/choice", "choose one of the candidates, or close the question by rejecting it")]


def answer(session: Session, context: item_context.ItemContext, decision: Decision, now: datetime) -> list[Event]:
    """Start the onboarding for the chosen candidate, in the decision's own transaction; returns the log events.

    The packet rests on the deal and the account as the question showed them. Raises Conflict when the deal's onboarding
    runs already, and Invalid when the lane, its trigger or the deal is not known any more.
    """
    policy = policy_versions.current(session)
    lane = policy.lane(context.item.lane)
    question = revise.load_draft(session, context.revision, context.item.kind)
    deal = question.sources.get("deal")
    if deal is None or lane is None or deal.system not in lane.triggers:
        raise Invalid(
            "Lane or deal of this question is not known any more, so nothing started. Close it; import again."
        )
    running = select(Onboarding.id).where(Onboarding.system == deal.system, Onboarding.external_id == deal.external_id)
    if session.scalar(running):
        raise Conflict(
            "This deal's onboarding runs already, so nothing was started. Close the question as a duplicate."
        )
    account_id = decision.choice.removeprefix(ACCOUNT_PREFIX) if decision.choice.startswith(ACCOUNT_PREFIX) else ""
    shape = SHAPES[deal.system]
    shown = (one for one in question.sources.values() if (one.object, one.external_id) == (shape.account, account_id))
    contacts, cases = crm_records.account_records(
        session, deal.system, account_id, policy.organisation.trusted_automations
    )
    identity = DealIdentity("person", {"answer": _as_source(context, decision)})
    submission = crm_records.handoff_submission(
        *(policy, lane, deal, account_id, next(shown, None), contacts, cases, identity),
        crm_owners.of_deal(session, policy, lane.triggers[deal.system], deal),
    )
    caller = Caller(0, context.item.automation_id, "")
    opened = opening.open_item(session, policy, caller, submission, now)
    return [*opened.events, *ask_sales.on_arrival(session, policy, opened.item_id, submission, now)]


def _as_source(context: item_context.ItemContext, decision: Decision) -> Source:
    """The person's answer as a source record that the packet rests on."""
    payload = {
        "item": context.item.id,
        "decision": decision.id,
        "person": decision.person_id,
        "choice": decision.choice,
        "reason": decision.reason_code,
        "at": base.moment(decision.at),
    }
    return Source(
        "reviewqueue", "answer", str(context.item.id), payload, decision.at, f"Answer to question {context.item.id}"
    )
