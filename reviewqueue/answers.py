"""Answers: a question for RevOps is answered by choosing a candidate, which starts the onboarding, or it is closed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue import crm, desk, opening, override_log, policies, renewal, snapshots
from reviewqueue.access import Caller
from reviewqueue.drafting.facts import SHAPES
from reviewqueue.drafting.identity import Identity
from reviewqueue.drafting.question import ACCOUNT
from reviewqueue.evidence import Source
from reviewqueue.override_log import Event
from reviewqueue.records.items import Decision
from reviewqueue.records.onboardings import Onboarding
from reviewqueue.refusals import Fault, Invalid, Moved


def faults(draft: Any, choice: str) -> list[Fault]:
    """What is wrong with a choice, given the question's draft."""
    keys = [one.get("key") for one in draft.get("choices", []) if isinstance(one, dict)]
    if choice in keys:
        return []
    return [Fault("/choice", "choose one of the candidates, or close the question by rejecting it")]


def answer(session: Session, found: desk.Desk, made: Decision, now: datetime) -> list[Event]:
    """Start the onboarding for the chosen candidate, in the decision's own transaction; returns the log events.

    The packet rests on the deal and the account as the question showed them. Raises Moved when the deal's onboarding
    runs already, and Invalid when its lane or trigger is gone from the policy."""
    policy = policies.current(session)
    lane = policy.lane(found.item.lane)
    asked = renewal.drafted(session, found.revision, found.item.kind)
    deal = asked.sources.get("deal")
    if deal is None or lane is None or deal.system not in lane.triggers:
        raise Invalid(
            "Lane or deal of this question is not known any more, so nothing started. Close it; import again."
        )
    running = select(Onboarding.id).where(Onboarding.system == deal.system, Onboarding.external_id == deal.external_id)
    if session.scalar(running):
        raise Moved("This deal's onboarding runs already, so nothing was started. Close the question as a duplicate.")
    account_id = made.choice.removeprefix(ACCOUNT) if made.choice.startswith(ACCOUNT) else ""
    shape = SHAPES[deal.system]
    shown = (one for one in asked.sources.values() if (one.object, one.external_id) == (shape.account, account_id))
    contacts, cases = _around(session, deal.system, account_id)
    said = Identity("person", {"answer": _as_source(found, made)})
    submission = crm.handoff(policy, lane, deal, account_id, next(shown, None), contacts, cases, said)
    caller = Caller(0, found.item.automation_id, "")
    return opening.open_item(session, policy, caller, submission, now).events


def _around(session: Session, system: str, account_id: str) -> tuple[list[Source], list[Source]]:
    """The account's contacts and cases."""
    if not account_id:
        return [], []
    shape = SHAPES[system]
    contacts, cases = crm.circle(session, system, account_id)
    return (
        list(snapshots.newest(session, system, shape.contact, contacts.get(account_id, ())).values()),
        list(snapshots.newest(session, system, shape.case, cases.get(account_id, ())).values()),
    )


def _as_source(found: desk.Desk, made: Decision) -> Source:
    """The person's answer as a record that the packet rests on."""
    payload = {
        "item": found.item.id,
        "decision": made.id,
        "person": made.person_id,
        "choice": made.choice,
        "reason": made.reason_code,
        "at": override_log.moment(made.at),
    }
    return Source("reviewqueue", "answer", str(found.item.id), payload, made.at, f"Answer to question {found.item.id}")
