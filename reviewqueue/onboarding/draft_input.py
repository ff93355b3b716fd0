"""What a due draft is written from: the approved packet, the plan, the people, and what caused it. Reads only; writing
it is in `drafting`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.checks.message_rules import suppressed
from reviewqueue.checks.packet_fields import pointer
from reviewqueue.connectors.schema import SHAPES
from reviewqueue.core import canonical_json, text_limits
from reviewqueue.core.vocabulary import APPROVED, LETS_THROUGH, PACKET
from reviewqueue.db.tables.items import Decision, Item, Revision
from reviewqueue.db.tables.milestones import Milestone
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.people import Person
from reviewqueue.evidence import source_records
from reviewqueue.evidence.types import DraftWithEvidence, Source
from reviewqueue.items import approved_plan, check_context, revise
from reviewqueue.onboarding import crm_records
from reviewqueue.onboarding.drafting import compose
from reviewqueue.onboarding.drafting import facts as drafting_facts
from reviewqueue.onboarding.drafting.facts import Known
from reviewqueue.policy import business_hours, lane_stages, policy_versions, validate_templates
from reviewqueue.policy.model.policy import Lane, Policy
from reviewqueue.policy.model.templates import Template

OURS = "reviewqueue"
_CONTACTS = 100


class Unneeded(Exception):
    """There is nothing to draft; its text says why, for whoever looks at the onboarding."""


@dataclass(frozen=True)
class Material:
    """The input of a drafter: the arguments of `drafting.Drafter`."""

    policy: Policy
    lane: Lane
    template: Template
    known: Known
    today: date


def load(session: Session, onboarding_id: int, template_key: str, cause: str, now: datetime) -> Material:
    """Everything one draft is written from, under the active policy. Raises Unneeded when there is none to write."""
    run, policy = session.get_one(Onboarding, onboarding_id), policy_versions.current(session)
    lane, template = policy.lane(run.lane), policy.template(template_key)
    if lane is None or template is None or template.kind not in lane.kinds:
        raise Unneeded("The active policy has no such template for this lane any more.")
    if why := lane_stages.why_no_intake(policy, lane):
        raise Unneeded(f"Not drafted: {why}.")
    stands = check_context.standing(session, lane, template.kind, run.id, template.key)
    if why := suppressed(policy, lane, template.kind, stands):
        raise Unneeded(f"Held back: {why}.")
    newest = _newest(session, run.id, PACKET)
    if newest is None:
        raise Unneeded("There is no approved handoff packet to draft it from.")
    item, revision = newest
    packet = revise.load_draft(session, revision, item.kind)
    today = now.astimezone(ZoneInfo(policy.calendar(lane.key).timezone)).date()
    more = {"onboarding": _onboarding(session, policy, run, packet)}
    more |= _contacts(session, run)
    more |= _of_the_plan(session, policy, run, template, packet, cause)
    more |= _silence(policy, lane, run, cause, today)
    approved = Source(OURS, "approved_packet", str(item.id), packet.draft, item.settled_at, item.title)
    _, rule = lane.message_rule(template.kind, template.key) or ("", None)
    to_role = rule.to_role if rule and rule.to_role else "customer_owner"
    facts = drafting_facts.known(policy, lane, packet, approved, more, to_role)
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


def _onboarding(session: Session, policy: Policy, run: Onboarding, packet: DraftWithEvidence) -> Source:
    """Who it is about and who works on it on our side; who is not known is left out."""
    csm = session.get(Person, run.owner_id) if run.owner_id else None
    csm = csm or _approver(session, run.id, "kickoff_brief", "csm") or _only(session, "csm")
    lead = _approver(session, run.id, "project_plan", "implementation_lead") or _only(session, "implementation_lead")
    sales = text_limits.replace_invalid(_field(policy, packet, "sales_owner"))
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
    """The newest source records of the account's contacts: whom the packet only names has an address there."""
    shape = SHAPES.get(run.system)
    if shape is None or not run.account_id:
        return {}
    ids = crm_records.people_and_cases(session, run.system, run.account_id)[0].get(run.account_id, [])
    found = source_records.newest(session, run.system, shape.contact, ids[:_CONTACTS])
    return {f"person-{number}": one for number, one in enumerate(found.values(), 1)}


def _approver(session: Session, onboarding_id: int, kind: str, role: str) -> Person | None:
    """Who approved the newest draft of that kind in that role."""
    query = (
        select(Person)
        .join(Decision, Decision.person_id == Person.id)
        .join(Item, Item.id == Decision.item_id)
        .where(Item.onboarding_id == onboarding_id, Item.kind == kind, Item.state.in_(APPROVED))
        .where(Decision.role == role, Decision.action.in_(LETS_THROUGH))
    )
    return session.scalars(query.order_by(Decision.id.desc()).limit(1)).first()


def _only(session: Session, role: str) -> Person | None:
    """The one person who holds a role, where nobody else does: then it is no guess."""
    there = session.scalars(select(Person).where(Person.disabled_at.is_(None))).all()
    held = [person for person in there if role in person.roles]
    return held[0] if len(held) == 1 else None


def _of_the_plan(
    session: Session, policy: Policy, run: Onboarding, template: Template, packet: DraftWithEvidence, cause: str
) -> dict[str, Source]:
    """The approved plan, the milestone that was reached, the one that comes next, and the customer's task."""
    found, held = {}, approved_plan.current(session, run.id)
    if newest := _newest(session, run.id, "project_plan"):
        found["plan"] = Source(OURS, "approved_plan", str(newest[0].id), newest[1].draft, newest[0].settled_at)
    reached = next((one for one in held if cause.startswith(f"milestone:{one.id}@")), None)
    if reached is not None:
        found["milestone"] = _milestone(reached)
    if following := approved_plan.following(held):
        found["next"] = _milestone(following)
    uses = {name for _, text in template.texts() for name in validate_templates.named(text)}
    if "task_name" in uses:
        task = _customers(policy, held, packet)
        if task is None:
            raise Unneeded("No open milestone of the plan names the customer-side owner: there is no task of theirs.")
        found["task"] = Source(OURS, "task", str(task.id), {"name": task.name, "owner": task.owner, "due": _iso(task)})
    return found


def _customers(policy: Policy, held: Sequence[Milestone], packet: DraftWithEvidence) -> Milestone | None:
    """The first open milestone that the customer-side owner of the packet has a part in."""
    name = _field(policy, packet, "customer_owner").partition(",")[0].strip().casefold()
    return next((one for one in held if name and one.reached_at is None and name in one.owner.casefold()), None)


def _field(policy: Policy, packet: DraftWithEvidence, key: str) -> str:
    """The packet's text in that field; "" where it is empty."""
    at = next((pointer(field) for field in policy.packet.fields if field.key == key), "")
    said = canonical_json.resolve_pointer(packet.draft, at) if at else ""
    return said.strip() if isinstance(said, str) else ""


def _milestone(one: Milestone) -> Source:
    says = {name: getattr(one, name) for name in ("name", "layer", "owner", "evidence", "exit", "proof")}
    says |= {"due": _iso(one), "reached_on": one.reached_at.date().isoformat() if one.reached_at else ""}
    return Source(OURS, "milestone", str(one.id), {name: text for name, text in says.items() if text}, label=one.name)


def _iso(one: Milestone) -> str:
    return one.due_on.isoformat() if one.due_on else ""


def _silence(policy: Policy, lane: Lane, run: Onboarding, cause: str, today: date) -> dict[str, Source]:
    """Since when there was no activity, where that is the cause."""
    kind, _, day = cause.partition(":")
    if kind != "silence":
        return {}
    heard, hours = date.fromisoformat(day), policy.calendar(lane.key)
    days = sum(
        business_hours.works(heard + timedelta(days=ahead), hours) for ahead in range(1, (today - heard).days + 1)
    )
    return {"silence": Source(OURS, "silence", f"{run.id}/{day}", {"last_heard_on": day, "business_days": str(days)})}
