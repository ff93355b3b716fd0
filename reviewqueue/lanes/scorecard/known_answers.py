"""The lines of a lane's worksheet that the policy already answers, each with file and line of the rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from reviewqueue.core.patterns import as_pattern
from reviewqueue.core.vocabulary import POLICY_CHANGE, TO_CUSTOMERS, kind_of, system_name
from reviewqueue.policy import systems
from reviewqueue.policy.model.destinations import Destination
from reviewqueue.policy.model.policy import Gate, Lane, Policy
from reviewqueue.policy.model.systems import FILE
from reviewqueue.policy.model.templates import AFTER, Planned, Template

ROLES = {"revops": "RevOps", "csm": "CSM", "cs_leader": "CS leader"}
FIELDS = {"arr": "ARR"}
# Holds in every lane under every policy.
NEVER_SENT = (
    "Never automatically, whatever a lane says: a changed go-live date, a change of scope, an "
    "executive escalation, a commercial commitment, renewal, refund or downgrade, and blame on the customer"
)
LOG_FIELDS = (
    "position, time, actor, act, item, onboarding, lane, gate, facts, seals of the words, hash of the entry before"
)
_PLACEHOLDER = as_pattern(r"\s*\{\{.*?\}\}\s*")


@dataclass(frozen=True)
class KnownAnswer:
    """An answer the system knows; `place` is the rule's file and line (`lanes/x.toml:5`), "" without one."""

    says: str
    place: str = ""


def known_answers(policy: Policy, lane: Lane) -> dict[str, KnownAnswer]:
    """The answers by the key of their line; lines that the policy does not answer are left out."""
    answers = dict(_scope_answers(policy, lane))
    answers |= dict(_handoff_answers(policy, lane))
    answers |= dict(_plan_answers(policy, lane))
    answers |= dict(_control_answers(policy, lane))
    return {key: one for key, one in answers.items() if one.says}


def _scope_answers(policy: Policy, lane: Lane) -> Iterator[tuple[str, KnownAnswer]]:
    here = f"lane:{lane.key}"
    yield "target-segment", KnownAnswer(lane.segment, policy.place(here, "segment"))
    stages = [
        f"{system_name(name)} {trigger.object.lower()} reaches {' or '.join(trigger.won)}"
        for name, trigger in lane.triggers.items()
    ]
    yield (
        "trigger-event",
        KnownAnswer("; ".join(stages), policy.place(here, "triggers", next(iter(lane.triggers), ""), "won")),
    )
    sources = " or ".join(map(system_name, lane.triggers))
    yield "crm-source", KnownAnswer(sources, policy.place(here, "triggers", next(iter(lane.triggers), "")))
    yield "workflow-owner", KnownAnswer(_role(lane.owner), policy.place(here, "owner"))


def _handoff_answers(policy: Policy, lane: Lane) -> Iterator[tuple[str, KnownAnswer]]:
    required = ", ".join(FIELDS.get(name, name.replace("_", " ")) for name in lane.required)
    yield "required-fields", KnownAnswer(required, policy.place(f"lane:{lane.key}", "required"))
    blocking = [
        field for field in policy.packet.fields if field.missing != "noted" and field.key not in lane.waived_fields
    ]
    notes = ", ".join(field.label.lower() for field in blocking)
    yield "required-notes", KnownAnswer(notes, policy.place(f"packet:{blocking[0].key}") if blocking else "")
    lines = {
        "promised-outcomes": ("customer_outcome", "promised_deliverables"),
        "non-standard-commitments": ("non_standard_terms",),
        "key-stakeholders": ("key_stakeholders",),
        "customer-side-owner": ("customer_owner",),
        "first-value-milestone": ("first_value_milestone",),
    }
    for line, keys in lines.items():
        fields = [field for field in policy.packet.fields if field.key in keys]
        says = "; ".join(f"{field.label}: {_missing_text(lane, field.key, field.missing)}" for field in fields)
        yield (
            line,
            KnownAnswer(
                f"In each packet. {says}" if fields else "", policy.place(f"packet:{fields[0].key}") if fields else ""
            ),
        )


def _missing_text(lane: Lane, key: str, missing: str) -> str:
    if key in lane.waived_fields:
        return "waived in this lane"
    return "noted where it is missing" if missing == "noted" else "blocks where it is missing"


def _plan_answers(policy: Policy, lane: Lane) -> Iterator[tuple[str, KnownAnswer]]:
    templates = [one for one in policy.templates if one.kind in lane.kinds and lane.key in (one.lanes or (lane.key,))]
    brief = next((one for one in templates if one.kind == "kickoff_brief" and one.after), None)
    if brief:
        says = f"“{brief.name}” is drafted {AFTER[brief.after]}"
        yield "kickoff-trigger", KnownAnswer(says, policy.place(f"template:{brief.key}", "after"))
    plan = next((one for one in templates if one.plan), None)
    if plan is None or plan.plan is None:
        return
    tasks: dict[str, Callable[[Planned], bool]] = {
        "internal-tasks": lambda one: one.layer == "internal setup",
        "implementation-milestones": lambda one: one.layer == "implementation progress",
        "customer-tasks": lambda one: "recipient" in one.owner,
    }
    for line, wanted in tasks.items():
        milestones = [(number, one) for number, one in enumerate(plan.plan.milestones) if wanted(one)]
        yield (
            line,
            KnownAnswer(
                _names(one for _, one in milestones), _milestone(policy, plan, milestones[0][0]) if milestones else ""
            ),
        )


def _names(milestones: Iterable[Planned]) -> str:
    return "; ".join(_PLACEHOLDER.sub(" ", one.name).strip() for one in milestones)


def _milestone(policy: Policy, plan: Template, number: int) -> str:
    return policy.place(f"template:{plan.key}", "plan", "milestones", str(number), "name")


def _control_answers(policy: Policy, lane: Lane) -> Iterator[tuple[str, KnownAnswer]]:
    here = f"lane:{lane.key}"
    customer_kinds = [kind for kind in lane.kinds if kind in TO_CUSTOMERS]
    drafted = ", ".join(kind_of(kind).words for kind in customer_kinds)
    yield (
        "may-be-drafted",
        KnownAnswer(drafted, policy.place(here, "kinds", customer_kinds[0]) if customer_kinds else ""),
    )
    yield "may-not-be-sent", KnownAnswer(NEVER_SENT)
    yield "log-fields", KnownAnswer(LOG_FIELDS)
    gates = list(_gates(policy, lane))
    says = "; ".join(f"{gate.name} ({_roles(gate.reviewers)})" for gate in gates)
    yield "review-gates", KnownAnswer(says, policy.place(here, "kinds"))
    yield from _system_answers(policy, lane, gates)
    escalation_roles = dict.fromkeys(role for gate in gates for role in gate.goes_up_to)
    yield (
        "escalation-owner",
        KnownAnswer(_roles(escalation_roles), policy.rule(gates[0], "goes_up_to") if gates else ""),
    )
    yield "weekly-sample", _sample_answer(policy, lane, gates)
    categories = policy.exceptions.category
    labels = ", ".join(one.label.lower() for one in categories)
    yield (
        "exception-categories",
        KnownAnswer(labels, policy.place(f"exception:{categories[0].key}") if categories else ""),
    )


def _system_answers(policy: Policy, lane: Lane, gates: Iterable[Gate]) -> Iterator[tuple[str, KnownAnswer]]:
    """What a connector may read by systems.toml, and what this lane's gates release to, with what that may write."""
    read = [row for row in systems.rows(policy) if row.read and row.connectors]
    says = "; ".join(f"{row.kind.name}: {row.read_text}" for row in read)
    place = systems.place_of(policy, read[0].key, "read") if read else FILE
    yield "systems-read", KnownAnswer(says or "None: no connector may read any", place)
    destinations = {one.key: (one, gate) for gate in gates if (one := policy.destination(gate.release))}
    says = "; ".join(_destination_text(policy, one) for one, _ in destinations.values())
    place = next(
        (policy.rule(gate, "release") for _, gate in destinations.values()), policy.place(f"lane:{lane.key}", "kinds")
    )
    yield "systems-written", KnownAnswer(says or "None: no gate of this lane releases anything", place)


def _destination_text(policy: Policy, to: Destination) -> str:
    rows = (systems.row_of(policy, key) for key, _ in to.asks)
    allowed = "; ".join(f"{row.kind.name}: {row.write_text or 'nothing'}" for row in rows)
    return f"{to.name}: {to.does[:1].lower()}{to.does[1:]}" + (f" ({allowed})" if allowed else "")


def _sample_answer(policy: Policy, lane: Lane, gates: Iterable[Gate]) -> KnownAnswer:
    sampling, place = policy.sampling(lane.key)
    if not sampling.weekly:
        return KnownAnswer("None: the policy draws no sample of this lane", place)
    says = [f"each week {sampling.weekly} decided drafts, at least {sampling.least_each} of each gate and outcome"]
    says += [f"{gate.sample_percent} % of {gate.name.lower()}" for gate in gates if gate.sample_percent]
    return KnownAnswer(f"{', at least '.join(says)}; disputes go to {_roles(sampling.disputes_to)}", place)


def _gates(policy: Policy, lane: Lane) -> Iterator[Gate]:
    keys = dict.fromkeys(gate for kind, gate in lane.kinds.items() if kind != POLICY_CHANGE)
    return (gate for key in keys if (gate := policy.gate(lane.key, key)))


def _role(role: str) -> str:
    return ROLES.get(role, role.replace("_", " "))


def _roles(roles: Iterable[str]) -> str:
    return ", ".join(map(_role, roles))
