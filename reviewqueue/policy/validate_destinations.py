"""Validates where gates release to: that the destination exists and can receive what comes to the gate."""

from __future__ import annotations

from collections.abc import Iterator

from reviewqueue.core.systems import WRITTEN_BY_FILE
from reviewqueue.core.vocabulary import PACKET, PLAN, STARTS_MORE, TO_CUSTOMERS
from reviewqueue.policy.flaws import Flaw
from reviewqueue.policy.model.policy import Gate, Lane, Policy

# The keys of each kind of destination beside those of all, with what is missing without one that it needs.
_KEYS = {
    "file": {"system": "", "folder": "", "format": ""},
    "asana": {"workspace": "its gid in Asana", "team": "", "assignees": ""},
    "salesforce": {"url": "https://… of your organisation", "client_id": "that of its external client app"},
    "jira": {
        "url": "https://….atlassian.net", "user": "the e-mail of its account", "project": "its key",
        "issue_type": "", "subtask_type": "", "accounts": "",
    },
}  # fmt: skip
_PLANS_ALONE = ("makes a project of the milestones of a plan", "")
_TABLES_ALONE = ("writes a table of milestones", 'write format = "json", or ')


def flaws(policy: Policy) -> list[Flaw]:
    """Gates with an unknown destination, or with one that cannot take what comes there: e-mail without recipients, a
    CRM without packets, a table or a project without milestones; mail without a sender, files that nobody reads, and
    approvals to be undone that cannot be, each with file, line and fix."""
    found: dict[tuple[str, str], Flaw] = {}
    for place, says in (*_senders(policy), *_written(policy), *_gates(policy), *_undoing(policy)):
        found.setdefault((place, says), Flaw(place, says))
    return list(found.values())


def _senders(policy: Policy) -> Iterator[tuple[str, str]]:
    for one in policy.destinations:
        if one.can.addressed and not one.sender:
            says = f"{one.key!r} sends e-mail and has no sender; add sender = the address it comes from"
            yield policy.place(f"destination:{one.key}"), says


def _written(policy: Policy) -> Iterator[tuple[str, str]]:
    """Files without a reader, and keys of another kind of destination or that are missing."""
    for one in policy.destinations:
        place = policy.place(f"destination:{one.key}")
        if one.can.folder and one.system not in WRITTEN_BY_FILE:
            known = ", ".join(WRITTEN_BY_FILE)
            yield place, f"{one.key!r} writes files; say which system reads them: system = one of {known}"
        mine = _KEYS.get(one.kind, {})
        if missing := [f"{key} = {what}" for key, what in mine.items() if what and not getattr(one, key)]:
            yield place, f"{one.key!r} says not where in {one.kind} it writes; add {' and '.join(missing)}"
        others = {key for keys in _KEYS.values() for key in keys} - mine.keys()
        if wrong := sorted(one.model_fields_set & others):
            says = f"a destination of kind {one.kind!r} has no {' and no '.join(wrong)}"
            yield place, f"{says}; take it out of {one.key!r}"


def _gates(policy: Policy) -> Iterator[tuple[str, str]]:
    known = ", ".join(one.key for one in policy.destinations) or "none; add it to destinations.toml"
    for lane in policy.lanes:
        for gate in filter(None, (policy.gate(lane.key, key) for key in {*lane.kinds.values(), *lane.gates})):
            place, one = policy.rule(gate, "release"), policy.destination(gate.release)
            if gate.release and one is None:
                yield place, f"release = {gate.release!r} is not a destination; known: {known}"
            elif one is not None and one.can.addressed and not _receivers(policy, gate):
                kinds = ", ".join(TO_CUSTOMERS)
                says = f"{one.key!r} sends e-mail, and nothing with receivers comes to {gate.key!r} ({kinds})"
                yield place, f"{says}; choose another destination, or send one of them here under [kinds] of a lane"
            elif one is not None and one.can.internal and (theirs := _to_customers(lane, gate)):
                says = f"{one.key!r} is read by our own people, and {theirs}, for customers, comes to {gate.key!r}, too"
                yield place, f"{says}; send it to another gate under [kinds] of the lane"
            elif one is not None and one.can.packets and PACKET not in _kinds(lane, gate):
                says = f"{one.key!r} takes handoff packets alone, and none comes to {gate.key!r} from {lane.key!r}"
                yield place, f"{says}; name it at the gate of {PACKET!r}"
            elif one is not None and (one.can.plans or one.format == "csv") and (other := _no_plans(lane, gate)):
                does, fix = _PLANS_ALONE if one.can.plans else _TABLES_ALONE
                says = f"{one.key!r} {does}, and {other} comes to {gate.key!r}, too"
                yield place, f"{says}; {fix}send it to another gate under [kinds] of the lane"
    for gate in policy.gates:  # also one that no lane uses yet
        if gate.release and policy.destination(gate.release) is None:
            yield policy.rule(gate, "release"), f"release = {gate.release!r} is not a destination; known: {known}"


def _undoing(policy: Policy) -> Iterator[tuple[str, str]]:
    """Gates whose approvals are to be undone, and that also decide what starts the next drafts."""
    for lane in policy.lanes:
        for kind, key in lane.kinds.items():
            gate = policy.gate(lane.key, key)
            if gate is not None and gate.undo_minutes and kind in STARTS_MORE:
                says = f"{key!r} decides {kind!r} too, whose approval starts other drafts and cannot be undone"
                fix = "take undo_minutes out, or send that kind to another gate under [kinds] of the lane"
                yield policy.rule(gate, "undo_minutes"), f"{says}; {fix}"


def _no_plans(lane: Lane, gate: Gate) -> str:
    """The kinds that come to this gate and are no plan."""
    return ", ".join(repr(kind) for kind in _kinds(lane, gate) if kind != PLAN)


def _to_customers(lane: Lane, gate: Gate) -> str:
    return ", ".join(repr(kind) for kind in _kinds(lane, gate) if kind in TO_CUSTOMERS)


def _kinds(lane: Lane, gate: Gate) -> list[str]:
    return [kind for kind, key in lane.kinds.items() if key == gate.key]


def _receivers(policy: Policy, gate: Gate) -> bool:
    """Whether any message comes to this gate from any lane."""
    return any(lane.kinds.get(kind) == gate.key for lane in policy.lanes for kind in TO_CUSTOMERS)
