"""Which acts a person may perform on an item, and why the others are not open to them, each with the policy rule that
says so."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reviewqueue.core import vocabulary
from reviewqueue.core.vocabulary import ACTS, ActKey
from reviewqueue.policy import evaluation, stand_ins
from reviewqueue.policy.evaluation import Actor, Situation
from reviewqueue.policy.model.policy import Gate, Policy


@dataclass(frozen=True)
class Permission:
    """Whether an act is open to a person; if not, `why` says so in words and `rule` names the file and line."""

    act: ActKey
    allowed: bool
    why: str = ""
    rule: str = ""


def legal_acts(policy: Policy, gate: Gate | None, situation: Situation, actor: Actor) -> list[Permission]:
    """All six acts for this person, allowed or not, each refusal with its words and its rule."""
    return [permission(policy, gate, situation, actor, act.key) for act in ACTS.values()]


def permission(policy: Policy, gate: Gate | None, situation: Situation, actor: Actor, act: ActKey) -> Permission:
    """One of the six acts for this person."""
    if gate is None:
        return Permission(act, False, "The gate is missing from the policy, so it is closed. Tell RevOps.")
    place = f"gate:{gate.key}"
    if situation.state in vocabulary.SETTLED:
        return Permission(act, False, f"This item is {situation.state}: it is decided")
    role = evaluation.acting_role(gate, situation, actor, act)
    if not role and (late_text := _late_grant_text(gate, situation, actor, act)):
        return Permission(act, False, late_text, policy.place(place, "separate"))
    if not role:
        rule = policy.rule(gate, "goes_up_to" if situation.state == "escalated" else "reviewers")
        says = f"Only {evaluation.decider_text(policy, gate, situation)} decides here"
        return Permission(act, False, says + _idle_stand_in_text(policy, gate, situation, actor), rule)
    if situation.lease_holder not in (None, actor.person_id):
        return Permission(act, False, "Somebody else has taken this item until the lease ends", policy.place(place))
    return _permission_for_role(policy, gate, situation, actor, act, role)


def _idle_stand_in_text(policy: Policy, gate: Gate, situation: Situation, actor: Actor) -> str:
    """What somebody lacks who stands in for one who decides here and does not act here themselves; "" for others."""
    owner = {"account_owner"} if situation.account_owner in dict(actor.lent) else frozenset()
    as_their_own = replace(actor, roles=actor.roles | actor.borrowed | owner)
    role = evaluation.acting_role(gate, situation, as_their_own)
    if not role:
        return ""
    needed = " or ".join(map(policy.called, dict.fromkeys(stand_ins.acting_roles(gate))))
    return f". You stand in for {policy.called(role)}, but a stand-in needs a role of their own at this gate: {needed}"


def _late_grant_text(gate: Gate, situation: Situation, actor: Actor, act: ActKey) -> str:
    """Why a role that this person holds does not count here because it was given too late; "" where none of theirs
    would."""
    role = evaluation.acting_role(gate, replace(situation, late_grants_count=True), actor, act)
    if not role:
        return ""
    whose = evaluation.on_behalf_of(situation, actor, role) or actor.person_id
    kept_as = f"account_owner:{situation.onboarding}" if role == "account_owner" else role
    grant = next((one for one in actor.grants if (one.person_id, one.role) == (whose, kept_as)), None)
    if grant is None:
        return ""
    held = role.removeprefix("group:").replace("_", " ")
    on = f"{grant.at:%d %b %Y}"
    if grant.by_id == actor.person_id:
        to = "yourself" if whose == actor.person_id else "the person you stand in for"
        reason = f"You gave {to} the role {held} on {on}"
    else:
        who = "You were" if whose == actor.person_id else "The person you stand in for was"
        reason = f"{who} given the role {held} as an admin on {on}"
    return f"{reason}, after this draft was opened, so it does not count here. Somebody else has to decide it"


def _permission_for_role(
    policy: Policy, gate: Gate, situation: Situation, actor: Actor, act: ActKey, role: str
) -> Permission:
    place = f"gate:{gate.key}"
    approves = ACTS[act].lets_through
    if approves and situation.state == "sent_back":
        return Permission(act, False, "It was sent back: a new draft comes first", policy.place(place))
    if approves and situation.unsettled:
        return Permission(act, False, situation.unsettled)
    if approves and situation.apart:
        says = f"This gate takes a package as a whole, and its open drafts contradict each other: {situation.apart}"
        return Permission(act, False, says, policy.rule(gate, "package"))
    involvement = evaluation.involvement(situation, gate, actor)
    if approves and involvement and not policy.organisation.small_team:
        return Permission(
            act,
            False,
            f"You cannot approve your own work: {evaluation.involvement_text(involvement)}",
            policy.place(place, "separate"),
        )
    if approves and any(vote.person_id == actor.person_id for vote in situation.votes):
        return Permission(
            act, False, "You have approved this revision; another person comes next", policy.rule(gate, "approvals")
        )
    if approves and situation.running:
        return Permission(act, False, situation.running)
    failed = evaluation.failing_checks(situation)
    if act == "approve" and failed:
        return Permission(
            act, False, f"Failed checks block approval: {', '.join(failed)}", policy.place(place, "override")
        )
    if act == "approve" and (asked := _other_roles_needed(gate, situation, role)):
        roles = " and ".join(map(policy.called, asked))
        says = f"What is still missing is an approval from {roles}; yours would be one as {policy.called(role)}"
        return Permission(act, False, says, policy.rule(gate, "approvals_from"))
    if act == "override":
        return _override_legal(policy, gate, situation, failed, role)
    if act == "escalate" and situation.state == "escalated":
        return Permission(act, False, "It is escalated already", policy.place(place))
    if act == "edit" and (why := vocabulary.kind_of(situation.kind).why_not_edited):
        return Permission(act, False, why)
    if act == "send_back" and situation.state == "sent_back":
        return Permission(act, False, "It is sent back already", policy.place(place))
    return Permission(act, True)


def _other_roles_needed(gate: Gate, situation: Situation, role: str) -> list[str]:
    """The roles whose approvals alone are missing, if this role is none of them."""
    asked = evaluation.roles_missing(gate, situation)
    open_to_all = evaluation.quorum(gate, situation) - len(evaluation.counting_votes(gate, situation)) - len(asked)
    return asked if asked and role not in asked and open_to_all <= 0 else []


def _override_legal(policy: Policy, gate: Gate, situation: Situation, failed: list[str], role: str) -> Permission:
    place = f"gate:{gate.key}"
    if not failed:
        says = "No failed check blocks approval, so there is nothing to override"
        return Permission("override", False, says, policy.place(place, "override"))
    fixed = [key for key in failed if not evaluation.overridable(gate, key)]
    if fixed:
        says = f"Nobody may override {', '.join(fixed)}: edit the draft instead"
        return Permission("override", False, says, policy.place(place, "override"))
    for key in failed:
        name, rule = gate.override_for(key) or ("", None)
        if rule and role not in rule.roles:
            says = f"Only {' or '.join(map(policy.called, rule.roles))} may override {key} here"
            return Permission("override", False, says, policy.place(place, name, "roles"))
    if not evaluation.reasons(policy, gate, "override", situation):
        says = f"No one reason covers overriding {', '.join(failed)} together: edit the draft until fewer fail"
        return Permission("override", False, says, policy.place(place, "override"))
    return Permission("override", True)
