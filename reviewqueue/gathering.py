"""Gathering: what a due draft is written from: the approved packet, the plan, the people, and what caused it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue import calendar, crm, plans, policies, renewal, snapshots, surroundings, texts
from reviewqueue.checks.fields import pointer
from reviewqueue.checks.message_rules import suppressed
from reviewqueue.drafting import compose, known
from reviewqueue.drafting.facts import SHAPES
from reviewqueue.drafting.known import Known
from reviewqueue.evidence import Drafted, Source
from reviewqueue.policy import placeholders, stages
from reviewqueue.policy.shape import Lane, Policy
from reviewqueue.policy.templates import Template
from reviewqueue.proofs import canonical
from reviewqueue.records.items import Decision, Item, Revision
from reviewqueue.records.onboardings import Onboarding
from reviewqueue.records.people import Person
from reviewqueue.records.plans import Milestone

APPROVED = ("approved", "released")
OURS = "reviewqueue"
_CONTACTS = 100


class Unneeded(Exception):
    """There is nothing to draft, and why: in words for whoever looks at the onboarding."""


@dataclass(frozen=True)
class Material:
    """What a drafter is handed."""

    policy: Policy
    lane: Lane
    template: Template
    known: Known
    today: date


def material(session: Session, onboarding_id: int, template_key: str, cause: str, now: datetime) -> Material:
    """Everything one draft is written from, under the policy in force. Raises Unneeded when there is none to write."""
    run, policy = session.get_one(Onboarding, onboarding_id), policies.current(session)
    lane, template = policy.lane(run.lane), policy.template(template_key)
    if lane is None or template is None or template.kind not in lane.kinds:
        raise Unneeded("The policy in force has no such template for this lane any more.")
    if why := stages.shut(policy, lane):
        raise Unneeded(f"Not drafted: {why}.")
    stands = surroundings.standing(session, lane, template.kind, run.id, template.key)
    if why := suppressed(policy, lane, template.kind, stands):
        raise Unneeded(f"Held back: {why}.")
    newest = _newest(session, run.id, "handoff_packet")
    if newest is None:
        raise Unneeded("There is no approved handoff packet to draft it from.")
    item, revision = newest
    packet = renewal.drafted(session, revision, item.kind)
    today = now.astimezone(ZoneInfo(policy.calendar(lane.key).timezone)).date()
    more = {"onboarding": _onboarding(session, policy, run, packet)}
    more |= _contacts(session, run)
    more |= _of_the_plan(session, policy, run, template, packet, cause)
    more |= _silence(policy, lane, run, cause, today)
    approved = Source(OURS, "approved_packet", str(item.id), packet.draft, item.settled_at, item.title)
    _, rule = lane.message_rule(template.kind, template.key) or ("", None)
    to_role = rule.to_role if rule and rule.to_role else "customer_owner"
    facts = known.known(policy, lane, packet, approved, more, to_role)
    if not compose.applies(policy, lane, template, facts, today):
        raise Unneeded("No risk of the template holds." if template.risks else "No field is missing: nothing to ask.")
    return Material(policy, lane, template, facts, today)


def _newest(session: Session, onboarding_id: int, kind: str) -> tuple[Item, Revision] | None:
    """The item of a kind that was approved last, with the revision that was."""
    query = (
        select(Item, Revision)
        .join(Revision, (Revision.item_id == Item.id) & (Revision.number == Item.revision_number))
        .where(Item.onboarding_id == onboarding_id, Item.kind == kind, Item.state.in_(APPROVED))
        .order_by(Item.settled_at.desc(), Item.id.desc())
    )
    row = session.execute(query.limit(1)).first()
    return (row[0], row[1]) if row else None


def _onboarding(session: Session, policy: Policy, run: Onboarding, packet: Drafted) -> Source:
    """Who it is about and who works on it on our side; who is not known is left out."""
    csm = session.get(Person, run.owner_id) if run.owner_id else None
    csm = csm or _approver(session, run.id, "kickoff_brief", "csm") or _only(session, "csm")
    lead = _approver(session, run.id, "project_plan", "implementation_lead") or _only(session, "implementation_lead")
    sales = texts.keepable(_field(policy, packet, "sales_owner"))
    named = select(Person.email).where(Person.name == sales, Person.disabled_at.is_(None)).order_by(Person.id).limit(1)
    found = {
        "customer": run.customer,
        "csm": csm.name if csm else "",
        "csm_email": csm.email if csm else "",
        "implementation_lead": lead.name if lead else "",
        "sales_owner_email": session.scalar(named) or "",
    }
    payload = {name: says for name, says in found.items() if says}
    return Source(OURS, "onboarding", str(run.id), payload, label=run.customer)


def _contacts(session: Session, run: Onboarding) -> dict[str, Source]:
    """The newest records of the account's contacts: whom the packet names in words only has an address there."""
    shape = SHAPES.get(run.system)
    if shape is None or not run.account_id:
        return {}
    ids = crm.circle(session, run.system, run.account_id)[0].get(run.account_id, [])
    found = snapshots.newest(session, run.system, shape.contact, ids[:_CONTACTS])
    return {f"person-{number}": one for number, one in enumerate(found.values(), 1)}


def _approver(session: Session, onboarding_id: int, kind: str, role: str) -> Person | None:
    """Who approved the newest draft of that kind in that role."""
    query = (
        select(Person)
        .join(Decision, Decision.person_id == Person.id)
        .join(Item, Item.id == Decision.item_id)
        .where(Item.onboarding_id == onboarding_id, Item.kind == kind, Item.state.in_(APPROVED))
        .where(Decision.role == role, Decision.action.in_(("approve", "override")))
    )
    return session.scalars(query.order_by(Decision.id.desc()).limit(1)).first()


def _only(session: Session, role: str) -> Person | None:
    """Who holds a role that nobody else holds: then it is no guess whose it is."""
    there = session.scalars(select(Person).where(Person.disabled_at.is_(None))).all()
    held = [person for person in there if role in person.roles]
    return held[0] if len(held) == 1 else None


def _of_the_plan(
    session: Session, policy: Policy, run: Onboarding, template: Template, packet: Drafted, cause: str
) -> dict[str, Source]:
    """The approved plan, the milestone that was reached, the one that comes next, and the customer's task."""
    found, held = {}, plans.current(session, run.id)
    if newest := _newest(session, run.id, "project_plan"):
        found["plan"] = Source(OURS, "approved_plan", str(newest[0].id), newest[1].draft, newest[0].settled_at)
    reached = next((one for one in held if cause.startswith(f"milestone:{one.id}@")), None)
    if reached is not None:
        found["milestone"] = _milestone(reached)
    if following := plans.following(held):
        found["next"] = _milestone(following)
    uses = {name for _, text in template.texts() for name in placeholders.named(text)}
    if "task_name" in uses:
        task = _customers(policy, held, packet)
        if task is None:
            raise Unneeded("No open milestone of the plan names the customer-side owner: there is no task of theirs.")
        found["task"] = Source(OURS, "task", str(task.id), {"name": task.name, "owner": task.owner, "due": _iso(task)})
    return found


def _customers(policy: Policy, held: Sequence[Milestone], packet: Drafted) -> Milestone | None:
    """The first open milestone that the customer-side owner of the packet has a part in."""
    name = _field(policy, packet, "customer_owner").partition(",")[0].strip().casefold()
    return next((one for one in held if name and one.reached_at is None and name in one.owner.casefold()), None)


def _field(policy: Policy, packet: Drafted, key: str) -> str:
    """What the packet says in that field; "" for nothing."""
    at = next((pointer(field) for field in policy.packet.fields if field.key == key), "")
    said = canonical.look(packet.draft, at) if at else ""
    return said.strip() if isinstance(said, str) else ""


def _milestone(one: Milestone) -> Source:
    says = {name: getattr(one, name) for name in ("name", "layer", "owner", "evidence", "exit", "proof")}
    says |= {"due": _iso(one), "reached_on": one.reached_at.date().isoformat() if one.reached_at else ""}
    return Source(OURS, "milestone", str(one.id), {name: text for name, text in says.items() if text}, label=one.name)


def _iso(one: Milestone) -> str:
    return one.due_on.isoformat() if one.due_on else ""


def _silence(policy: Policy, lane: Lane, run: Onboarding, cause: str, today: date) -> dict[str, Source]:
    """Since when nothing was heard, where that is the cause."""
    kind, _, day = cause.partition(":")
    if kind != "silence":
        return {}
    heard, hours = date.fromisoformat(day), policy.calendar(lane.key)
    days = sum(calendar.works(heard + timedelta(days=ahead), hours) for ahead in range(1, (today - heard).days + 1))
    return {"silence": Source(OURS, "silence", f"{run.id}/{day}", {"last_heard_on": day, "business_days": str(days)})}
