"""Validates gates: whether anybody could ever satisfy one, as far as the files tell. Who holds a role is in
`setup_steps`."""

from __future__ import annotations

from collections.abc import Iterator

from reviewqueue.core.vocabulary import ACTS
from reviewqueue.policy.flaws import Flaw
from reviewqueue.policy.model.policy import Gate, Policy
from reviewqueue.policy.validate_lanes import without_packet

# Roles that only read: a gate that waits for one of them waits for ever.
READ_ONLY_ROLES = ("auditor",)


def flaws(policy: Policy) -> list[Flaw]:
    """Every gate that nobody could satisfy, and every name in a gate that leads nowhere, each with file, line and
    fix."""
    found: dict[tuple[str, str], Flaw] = {}
    for gate in _gates(policy):
        for name, says in (*_reasons(policy, gate), *_people(policy, gate), *_approvals(gate), *_overrides(gate)):
            place = policy.rule(gate, name)
            found.setdefault((place, says), Flaw(place, says))
    return list(found.values())


def warnings(policy: Policy) -> list[Flaw]:
    """What is valid but likely not what was meant: an organisation without a name, gates no lane uses, exceptions
    without a category for undecidable items, first responses that start a kind no lane takes, triggers that start
    nothing."""
    used = {gate for lane in policy.lanes for gate in lane.kinds.values()}
    says = "no lane sends anything to this gate; name it under [kinds] of a lane, or remove the file"
    found = [Flaw(policy.place(f"gate:{gate.key}"), says) for gate in policy.gates if gate.key not in used]
    told = (*_exception_warnings(policy), *without_packet(policy))
    unsaid = [Flaw(policy.place("organisation", name), says) for name, says in unnamed_organisation(policy)]
    return [*unsaid, *found, *(Flaw(policy.place(place), says) for place, says in told)]


def unnamed_organisation(policy: Policy) -> Iterator[tuple[str, str]]:
    """(key of organisation.toml, what is missing) while the policy does not name its organisation."""
    if not policy.organisation.named:
        says = "this names nobody, so drafts have a gap there"
        yield "name", f"{says}; write what you are called, or let `reviewqueue init` do it"
    if not policy.organisation.domains:
        says = "none of our mail domains is named here, so checks that ask whether an address or a link is ours fail"
        yield "domains", f'{says}; write them, such as ["company.com"]'


def _exception_warnings(policy: Policy) -> Iterator[tuple[str, str]]:
    if policy.exceptions.category and policy.exceptions.standstill is None:
        says = "what nobody decides opens no exception; name the category for it: standstill = KEY, beside otherwise"
        yield "exceptions", says
    if policy.exceptions.category and any(gate.release for gate in _gates(policy)):
        known = policy.exceptions
        for word, named, what in (
            ("differs", known.differs, "what goes out otherwise than approved"),
            ("unsent", known.unsent, "what nobody says went out"),
        ):
            if named is None:
                yield "exceptions", f"{what} opens no exception; name its category: {word} = KEY, beside otherwise"
    taken = {kind for lane in policy.lanes for kind in lane.kinds}
    for category in policy.exceptions.category:
        starts = category.first_response.starts
        if starts is not None and starts not in taken:
            says = f"{category.key}: its first response starts {starts!r}, which no lane takes; name it under [kinds]"
            yield f"exception:{category.key}", says


def _gates(policy: Policy) -> Iterator[Gate]:
    """Every gate as its file has it, and as each lane that changes it has it."""
    yield from policy.gates
    for lane in policy.lanes:
        yield from filter(None, (policy.gate(lane.key, key) for key in lane.gates))


def _reasons(policy: Policy, gate: Gate) -> Iterator[tuple[str, str]]:
    known = {reason.code: reason for reason in policy.reasons}
    unknown = [code for code in gate.reasons if code not in known]
    for code in unknown:
        yield "reasons", f"reason {code!r} is not in reasons.toml; correct its spelling or add it"
    for act in ACTS if not unknown else ():
        if (act != "override" or gate.overrides) and not any(act in known[code].acts for code in gate.reasons):
            yield "reasons", f"no reason for {act!r}: nobody could ever use it; add a code whose acts name it"
            break
    for table, rule in gate.overrides if not unknown else ():
        for code in rule.reasons:
            if code not in gate.reasons or "override" not in known[code].acts:
                yield (
                    f"{table}/reasons",
                    f"reason {code!r} is not one this gate accepts for an override; add it or correct it",
                )


def _people(policy: Policy, gate: Gate) -> Iterator[tuple[str, str]]:
    groups = [group.key for group in policy.organisation.groups]
    for key in gate.reviewer_groups:
        if key not in groups:
            says = f"group {key!r} is not in organisation.toml; add it there under [[groups]]. Known: "
            yield "reviewer_groups", says + (", ".join(groups) or "none")
    if not (gate.reviewers or gate.reviewer_groups or gate.account_owner):
        yield "reviewers", "nobody decides here: name reviewers, reviewer_groups, or account_owner = true"
    for name, roles in (("reviewers", gate.reviewers), ("goes_up_to", gate.goes_up_to)):
        if roles and all(role in READ_ONLY_ROLES for role in roles):
            yield name, f"{', '.join(roles)} reads everything and changes nothing, so nobody decides; name another role"


def _approvals(gate: Gate) -> Iterator[tuple[str, str]]:
    asked = gate.approvals_from
    if len(asked) > gate.approvals:
        says = f"{len(asked)} roles must approve, but approvals = {gate.approvals}; write approvals = {len(asked)}"
        yield "approvals_from", says
    if len(set(asked)) < len(asked):
        yield "approvals_from", "a role is named here twice; for two people of one role write approvals = 2"
    for role in asked:
        if role not in gate.reviewers or role in READ_ONLY_ROLES:
            says = f"{role!r} must approve but is not a reviewer here, so it never could; add it to reviewers"
            yield "approvals_from", says


def _overrides(gate: Gate) -> Iterator[tuple[str, str]]:
    for table, rule in gate.overrides:
        for role in rule.roles:
            if role not in (*gate.reviewers, *gate.goes_up_to) or role in READ_ONLY_ROLES:
                says = f"{role!r} may override but neither decides here nor is escalated to; add it there or remove it"
                yield f"{table}/roles", says
