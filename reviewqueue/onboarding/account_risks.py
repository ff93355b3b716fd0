"""What a CS leader should know of each account: late milestones, silence, open exceptions and support tickets, and
overrides that run out. Reads only; what is found of an account is a source record of our own, which the summary
cites."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.connectors.schema import SHAPES
from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.core.vocabulary import OPEN, OWN_SYSTEM, kind_of
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.items import Decision, Item, Revision
from reviewqueue.db.tables.milestones import Milestone
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.people import Person
from reviewqueue.db.tables.seeded_defects import not_seeded
from reviewqueue.evidence import source_records
from reviewqueue.evidence.types import Source
from reviewqueue.exceptions import case_queries
from reviewqueue.items import approved_plan
from reviewqueue.onboarding import crm_records, inactivity
from reviewqueue.onboarding.drafting.leader_summary import AccountRisks
from reviewqueue.policy import business_hours
from reviewqueue.policy.model.policy import Policy

Row = TypeVar("Row")
AHEAD = timedelta(days=7)  # an override that ends later is next week's matter
MAX_TICKETS = 10


def running(session: Session) -> list[Onboarding]:
    """The onboardings that neither ended nor reached first value, oldest first."""
    going = session.scalars(select(Onboarding).where(Onboarding.ended_at.is_(None)).order_by(Onboarding.id)).all()
    value = select(Milestone.onboarding_id, Milestone.reached_at).where(
        Milestone.replaced_at.is_(None), Milestone.layer == approved_plan.CUSTOMER_VALUE
    )
    planned, ahead = set[int](), set[int]()
    for onboarding_id, reached_at in session.execute(value):
        planned.add(onboarding_id)
        ahead |= {onboarding_id} if reached_at is None else set()
    return [one for one in going if one.id not in planned or one.id in ahead]


def risks_of(
    session: Session, policy: Policy, onboardings: Sequence[Onboarding], week: str, now: datetime
) -> list[AccountRisks]:
    """The risks of each of these accounts, also where there are none."""
    ids = [one.id for one in onboardings]
    people = {one.id: one.name for one in session.scalars(select(Person))}
    heard, found = inactivity.last_activity(session, ids), []
    late, cases, overrides = _late(session, ids), _exceptions(session, ids), _overrides(session, ids, now)
    for one in onboardings:
        calendar = policy.calendar(one.lane)
        today = business_hours.local_day(now, calendar)
        payload: dict[str, Any] = {"customer": one.customer}
        payload |= {"csm": people[one.owner_id]} if one.owner_id in people else {}
        due = [row for row in late.get(one.id, ()) if row.due_on and row.due_on < today]
        payload["late"] = [{"name": row.name, "owner": row.owner, "due": f"{row.due_on}"} for row in due]
        if last := heard.get(one.id, one.started_at):
            day = business_hours.local_day(last, calendar)
            days = business_hours.working_days(day, today, calendar)
            if days >= policy.organisation.summary.silent_days:
                payload["silent"] = {"last_heard_on": day.isoformat(), "business_days": str(days)}
        payload["exceptions"] = [_case_row(session, case, people) for case in cases.get(one.id, ())]
        payload["overrides"] = [
            {"item": f"item {item.id}", "kind": kind_of(item.kind).words, "by": people.get(decision.person_id, ""),
             "until": business_hours.local_day(decision.expires_at or now, calendar).isoformat()}
            for item, decision in overrides.get(one.id, ())
        ]  # fmt: skip
        record = Source(OWN_SYSTEM, "account_risks", f"{week}/{one.id}", payload, now, one.customer)
        found.append(AccountRisks(record, _tickets(session, policy, one)))
    return found


def _late(session: Session, ids: Sequence[int]) -> dict[int, list[Milestone]]:
    """The open milestones that have a date, soonest first."""
    query = select(Milestone).where(Milestone.onboarding_id.in_(ids), Milestone.replaced_at.is_(None))
    query = query.where(Milestone.reached_at.is_(None), Milestone.due_on.is_not(None))
    rows = session.scalars(query.order_by(Milestone.due_on, Milestone.number))
    return _by_onboarding((row.onboarding_id, row) for row in rows)


def _exceptions(session: Session, ids: Sequence[int]) -> dict[int, list[ExceptionCase]]:
    query = select(ExceptionCase).where(ExceptionCase.onboarding_id.in_(ids), ExceptionCase.resolved_at.is_(None))
    rows = session.scalars(query.order_by(ExceptionCase.blocking.desc(), ExceptionCase.due_at, ExceptionCase.id))
    return _by_onboarding((row.onboarding_id or 0, row) for row in rows)


def _case_row(session: Session, case: ExceptionCase, people: Mapping[int, str]) -> dict[str, Any]:
    category = case_queries.category_of(session, case)
    with_whom = people.get(case.owner_id or 0, "") or "nobody"
    label = category.label if category else case.category.replace("-", " ")
    return {
        "label": label,
        "owner": with_whom,
        "blocks": case.blocking,
        "number": f"#{case.id}",
    }


def _overrides(session: Session, ids: Sequence[int], now: datetime) -> dict[int, list[tuple[Item, Decision]]]:
    """The overrides that hold now and end within the week: of drafts that wait, or were approved and not sent."""
    query = (
        select(Item, Decision)
        .join(Revision, (Revision.item_id == Item.id) & (Revision.number == Item.revision_number))
        .join(Decision, Decision.revision_id == Revision.id)
        .where(Item.onboarding_id.in_(ids), Item.state.in_((*OPEN, "approved")), not_seeded())
        .where(Decision.action == "override", Decision.expires_at > now, Decision.expires_at <= now + AHEAD)
    )
    rows = session.execute(query.order_by(Decision.expires_at, Decision.id)).all()
    return _by_onboarding((item.onboarding_id or 0, (item, decision)) for item, decision in rows)


def _tickets(session: Session, policy: Policy, onboarding: Onboarding) -> dict[str, Source]:
    """The open support tickets of the account, as its CRM's records know them."""
    shape, trusted = SHAPES.get(onboarding.system), policy.organisation.trusted_automations
    if shape is None or not onboarding.account_id:
        return {}
    masters = crm_records.masters_of(session, onboarding.system, onboarding.account_id, trusted)
    account = masters.get(onboarding.account_id, onboarding.account_id)
    _, cases = crm_records.people_and_cases(session, onboarding.system, account, trusted, masters)
    known = source_records.newest(session, onboarding.system, shape.case, cases.get(account, ()), trusted)
    path, closed = shape.case_closed
    still = [one for one in known.values() if str(resolve_pointer(one.payload, path)) != closed]
    return {f"ticket-{onboarding.id}-{number}": one for number, one in enumerate(still[:MAX_TICKETS], 1)}


def _by_onboarding(rows: Iterable[tuple[int, Row]]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for onboarding_id, row in rows:
        found.setdefault(onboarding_id, []).append(row)
    return found
