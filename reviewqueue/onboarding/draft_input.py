"""What a due draft is written from: the approved packet, the plan, the people, and what caused it. Reads only; writing
it is in `drafting`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from reviewqueue.checks.message_rules import suppressed
from reviewqueue.checks.packet_fields import pointer
from reviewqueue.connectors import owners
from reviewqueue.connectors.schema import SHAPES
from reviewqueue.core import canonical_json, text_limits
from reviewqueue.core.vocabulary import APPROVED, LETS_THROUGH, OPEN, OWN_SYSTEM, PACKET
from reviewqueue.db.tables.items import Decision, Item
from reviewqueue.db.tables.milestones import Milestone
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.people import Person
from reviewqueue.evidence import source_records
from reviewqueue.evidence.text.values.not_agreed import is_not_agreed
from reviewqueue.evidence.types import DraftWithEvidence, Source
from reviewqueue.items import approved_plan, check_context, revise, sales_questions
from reviewqueue.onboarding import (
    approved_drafts,
    ask_sales,
    crm_owners,
    crm_records,
    customer_tasks,
    draft_again,
    sales_answers,
)
from reviewqueue.onboarding.customer_points import OpenPoint
from reviewqueue.onboarding.customer_tasks import Task
from reviewqueue.onboarding.drafting import compose
from reviewqueue.onboarding.drafting import facts as drafting_facts
from reviewqueue.onboarding.drafting.facts import Known
from reviewqueue.policy import business_hours, lane_stages, policy_versions, validate_templates
from reviewqueue.policy.model.calendar import Calendar
from reviewqueue.policy.model.policy import Lane, Policy
from reviewqueue.policy.model.templates import Template

_MAX_CONTACTS = 100


class NothingToDraft(Exception):
    """There is nothing to draft; its text says why, for whoever looks at the onboarding."""


@dataclass(frozen=True)
class DrafterInput:
    """The input of a drafter: the arguments of `drafting.Drafter`."""

    policy: Policy
    lane: Lane
    template: Template
    known: Known
    today: date


def load(
    session: Session, onboarding_id: int, template_key: str, cause: str, now: datetime, address: str = ""
) -> DrafterInput:
    """Everything one draft is written from, under the active policy; `address` is the URL of Review Queue, where a
    message may link to it. Raises NothingToDraft where there is none to write."""
    first = draft_again.first_job(session, cause)
    cause = draft_again.cause_behind(session, cause)
    onboarding, policy = session.get_one(Onboarding, onboarding_id), policy_versions.current(session)
    if onboarding.ended_at is not None:
        raise NothingToDraft("The onboarding ended.")
    lane, template = policy.lane(onboarding.lane), policy.template(template_key)
    if lane is None or template is None or template.kind not in lane.kinds:
        raise NothingToDraft("The active policy has no such template for this lane any more.")
    if why := lane_stages.why_no_intake(policy, lane):
        raise NothingToDraft(f"Not drafted: {why}.")
    state = check_context.onboarding_state(session, lane, template.kind, onboarding.id, template.key)
    if why := suppressed(policy, lane, template.kind, state):
        raise NothingToDraft(f"Held back: {why}.")
    asked_about = ask_sales.packet_of(session, cause)
    if asked_about and not first and asked_about[0].state not in OPEN:
        raise NothingToDraft(f"The packet is {asked_about[0].state} by now; what an approved one lacks is asked then.")
    newest = asked_about or approved_drafts.newest(session, onboarding.id, PACKET)
    if newest is None:
        raise NothingToDraft("There is no approved handoff packet to draft it from.")
    item, revision = newest
    packet = revise.load_draft(session, revision, item.kind)
    today = now.astimezone(ZoneInfo(policy.calendar(lane.key).timezone)).date()
    owner = _owner(session, policy, onboarding, packet)
    extra_sources = {"onboarding": _onboarding_source(session, policy, onboarding, packet, owner, address)}
    extra_sources |= {"owner": owner} if owner else {}
    extra_sources |= _contact_sources(session, policy, onboarding)
    extra_sources |= _plan_sources(session, policy, onboarding, template, packet, cause)
    extra_sources |= _silence_source(policy, lane, onboarding, cause, today)
    answers = _answers(session, policy, onboarding)
    by_ref = {f"answer-{key}": one for key, one in answers.items()}
    extra_sources |= {ref: one for ref, one in by_ref.items() if ref not in packet.sources}
    known_as = "approved_packet" if item.state in APPROVED else "open_packet"
    approved = Source(OWN_SYSTEM, known_as, str(item.id), packet.draft, item.settled_at, item.title)
    _, rule = lane.message_rule(template.kind, template.key) or ("", None)
    to_role = rule.to_role if rule and rule.to_role else "customer_owner"
    answered = set(answers) if template.kind == sales_questions.KIND else set()  # sales is not asked about them again
    facts = drafting_facts.collect_facts(policy, lane, packet, approved, extra_sources, to_role, answered)
    if not compose.applies(policy, lane, template, facts, today):
        raise NothingToDraft(
            "No risk of the template holds." if template.risks else "No field is missing: nothing to ask."
        )
    return DrafterInput(policy, lane, template, facts, today)


def _answers(session: Session, policy: Policy, onboarding: Onboarding) -> dict[str, Source]:
    """What sales and the customer answered, by field."""
    known = sales_answers.known(session, policy, onboarding.id)
    return {key: one for key, one in known.items() if sales_answers.settles(one)}


def _owner(session: Session, policy: Policy, onboarding: Onboarding, packet: DraftWithEvidence) -> Source | None:
    """What is known of the sales owner: the record that the packet cites, else what is known of the id it has."""
    if owners.is_owner(cited := packet.sources.get("owner")):
        return cited
    owner_id = owners.id_in(onboarding.system, _field(policy, packet, "sales_owner"))
    trusted = policy.organisation.trusted_automations
    return crm_owners.known(session, onboarding.system, [owner_id], trusted).get(owner_id)


def _onboarding_source(
    session: Session, policy: Policy, onboarding: Onboarding, packet: DraftWithEvidence, owner: Source | None,
    at: str,
) -> Source:  # fmt: skip
    """Who it is about and who works on it on our side; who is not known is left out."""
    csm = session.get(Person, onboarding.owner_id) if onboarding.owner_id else None
    csm = csm or _approver(session, onboarding.id, "kickoff_brief", "csm") or _only_holder(session, "csm")
    lead = _approver(session, onboarding.id, "project_plan", "implementation_lead") or _only_holder(
        session, "implementation_lead"
    )
    sales = text_limits.replace_invalid(owners.name_of(owner) if owner else _field(policy, packet, "sales_owner"))
    address = text_limits.replace_invalid(owners.email_of(owner)[0]).casefold() if owner else ""
    same = (Person.name == sales) | (func.lower(Person.email) == address)
    named = select(Person.email).where(same, Person.disabled_at.is_(None))
    named = named.order_by(func.lower(Person.email) != address, Person.id).limit(1)
    names = {
        "customer": onboarding.customer,
        "csm": csm.name if csm else "",
        "csm_email": csm.email if csm else "",
        "implementation_lead": lead.name if lead else "",
        "sales_owner_email": session.scalar(named) or "",
        "answer_link": f"{at}/questions/of/{onboarding.id}" if at else "",
    }
    payload = {name: says for name, says in names.items() if says}
    return Source(OWN_SYSTEM, "onboarding", str(onboarding.id), payload, label=onboarding.customer)


def _contact_sources(session: Session, policy: Policy, onboarding: Onboarding) -> dict[str, Source]:
    """The newest source records of the account's contacts: whom the packet only names has an address there."""
    shape, trusted = SHAPES.get(onboarding.system), policy.organisation.trusted_automations
    if shape is None or not onboarding.account_id:
        return {}
    masters = crm_records.masters_of(session, onboarding.system, onboarding.account_id, trusted)
    account = masters.get(onboarding.account_id, onboarding.account_id)
    known = crm_records.people_and_cases(session, onboarding.system, account, trusted, masters)
    ids = known[0].get(account, [])
    found = source_records.newest(session, onboarding.system, shape.contact, ids[:_MAX_CONTACTS], trusted)
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


def _only_holder(session: Session, role: str) -> Person | None:
    """The one person who holds a role, where nobody else does: then it is no guess."""
    people = session.scalars(select(Person).where(Person.disabled_at.is_(None))).all()
    holders = [person for person in people if role in person.roles]
    return holders[0] if len(holders) == 1 else None


def _plan_sources(
    session: Session, policy: Policy, onboarding: Onboarding, template: Template, packet: DraftWithEvidence, cause: str
) -> dict[str, Source]:
    """The approved plan, the milestone that was reached, the one that comes next, and the customer's task."""
    calendar = policy.calendar(onboarding.lane)
    sources, milestones = {}, approved_plan.current(session, onboarding.id)
    newest = approved_drafts.newest(session, onboarding.id, "project_plan")
    if newest:
        sources["plan"] = Source(OWN_SYSTEM, "approved_plan", str(newest[0].id), newest[1].draft, newest[0].settled_at)
    reached = next((one for one in milestones if cause.startswith(f"milestone:{one.id}@")), None)
    if reached is not None:
        sources["milestone"] = _milestone_source(reached, calendar)
    if following := approved_plan.next_unreached(milestones):
        sources["next"] = _milestone_source(following, calendar)
    uses = {name for _, text in template.texts() for name in validate_templates.facts_in(text)}
    if any(name.startswith("task_") for name in uses):
        tasks: Sequence[Task] = _tasks(session, policy, milestones, packet, onboarding, cause)
        planned = newest[0].id if newest else 0
        rows = [_task_row(one, planned) for one in tasks]
        name = str(tasks[0].id) if len(tasks) == 1 else f"{onboarding.id}/{tasks[0].due_on}"
        payload = {"tasks": rows, "due": _due_date(tasks[0])}
        sources["task"] = Source(OWN_SYSTEM, "task", name, payload)
    return sources


def _tasks(
    session: Session,
    policy: Policy,
    milestones: Sequence[Milestone],
    packet: DraftWithEvidence,
    onboarding: Onboarding,
    cause: str,
) -> Sequence[Task]:
    """The customer's tasks that a message is about: those of a reminder or question that are still open, else the first
    open one. Raises NothingToDraft where there is none."""
    if reminder := customer_tasks.read_cause(cause):
        if tasks := reminder.still_open(customer_tasks.all_open(session, policy, onboarding)):
            return tasks
        raise NothingToDraft("Its tasks are done by now, or due on another day.")
    names = customer_tasks.customers_names(policy, packet, onboarding.customer)
    ours = customer_tasks.our_names(session)
    theirs = [one for one in milestones if one.reached_at is None and customer_tasks.is_theirs(one, names, ours)]
    if not theirs:
        raise NothingToDraft(
            "No open milestone of the plan names anybody on the customer's side: there is no task of theirs."
        )
    return theirs[:1]


def _task_row(task: Task, planned: int) -> dict[str, str]:
    """A task as a message cites it, with its place in the approved plan where it stands there; an open point with what
    it is about."""
    row = {"name": task.name, "owner": task.owner, "due": _due_date(task)}
    if isinstance(task, OpenPoint):
        row["about"] = task.field.label
    elif task.item_id == planned:
        row["row"] = f"/milestones/{task.number - 1}"
    return {name: says for name, says in row.items() if says}


def _field(policy: Policy, packet: DraftWithEvidence, key: str) -> str:
    """The packet's text in that field; "" where it is empty, or nothing was agreed."""
    at = next((pointer(field) for field in policy.packet.fields if field.key == key), "")
    value = canonical_json.resolve_pointer(packet.draft, at) if at else ""
    return value.strip() if isinstance(value, str) and not is_not_agreed(value) else ""


def _milestone_source(one: Milestone, calendar: Calendar) -> Source:
    says = {name: getattr(one, name) for name in ("name", "layer", "owner", "evidence", "exit", "proof")}
    reached_on = business_hours.local_day(one.reached_at, calendar).isoformat() if one.reached_at else ""
    says |= {"due": _due_date(one), "reached_on": reached_on}
    return Source(
        OWN_SYSTEM, "milestone", str(one.id), {name: text for name, text in says.items() if text}, label=one.name
    )


def _due_date(one: Task) -> str:
    return one.due_on.isoformat() if one.due_on else ""


def _silence_source(policy: Policy, lane: Lane, onboarding: Onboarding, cause: str, today: date) -> dict[str, Source]:
    """Since when there was no activity, where that is the cause."""
    kind, _, day = cause.partition(":")
    if kind != "silence":
        return {}
    last_activity, hours = date.fromisoformat(day), policy.calendar(lane.key)
    days = business_hours.working_days(last_activity, today, hours)
    return {
        "silence": Source(
            OWN_SYSTEM, "silence", f"{onboarding.id}/{day}", {"last_heard_on": day, "business_days": str(days)}
        )
    }
