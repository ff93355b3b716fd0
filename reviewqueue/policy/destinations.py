"""Destinations: where what was approved goes, and what each of them may do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from reviewqueue.policy.words import Key, Part, Says, Whole

if TYPE_CHECKING:
    from reviewqueue.policy.loading import Flaw
    from reviewqueue.policy.shape import Gate, Policy

# The kinds that have receivers, so that a mail server could bring them to somebody.
WITH_RECEIVERS = ("customer_email", "portal_update", "task_reminder")


class Destination(Part):
    """Where approved drafts go. `does` says in words what it may do. An automation sends by itself and reports back;
    e-mail goes from `sender` through the installation's mail server. Nobody having said within `silent_after_hours`
    (business hours of the lane) that it went out opens an exception. `smtputf8` says that the mail server takes
    addresses with letters beyond ASCII before the @; without it such an address does not pass the gate."""

    key: Key
    name: Says
    kind: Literal["automation", "email"]
    does: Says
    sender: str = Field(default="", max_length=254, pattern=r"^$|^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$")
    smtputf8: bool = False
    silent_after_hours: Whole = Field(default=8, ge=1, le=400)


def flaws(policy: Policy) -> list[Flaw]:
    """Gates that release to nowhere known or by e-mail what nobody receives, and mail without a sender, each with
    file, line and mend."""
    from reviewqueue.policy.loading import Flaw  # noqa: PLC0415  (loading imports this room)

    found: dict[tuple[str, str], Flaw] = {}
    for place, says in (*_senders(policy), *_gates(policy)):
        found.setdefault((place, says), Flaw(place, says))
    return list(found.values())


def _senders(policy: Policy) -> Iterator[tuple[str, str]]:
    for one in policy.destinations:
        if one.kind == "email" and not one.sender:
            says = f"{one.key!r} sends e-mail and has no sender; add sender = the address it comes from"
            yield policy.place(f"destination:{one.key}"), says


def _gates(policy: Policy) -> Iterator[tuple[str, str]]:
    known = ", ".join(one.key for one in policy.destinations) or "none; add it to destinations.toml"
    for lane in policy.lanes:
        for gate in filter(None, (policy.gate(lane.key, key) for key in {*lane.kinds.values(), *lane.gates})):
            place, one = policy.rule(gate, "release"), policy.destination(gate.release)
            if gate.release and one is None:
                yield place, f"release = {gate.release!r} is no destination; known: {known}"
            elif one is not None and one.kind == "email" and not _receivers(policy, gate):
                kinds = ", ".join(WITH_RECEIVERS)
                says = f"{one.key!r} sends e-mail, and nothing with receivers comes to {gate.key!r} ({kinds})"
                yield place, f"{says}; choose another destination, or send one of them here under [kinds] of a lane"
    for gate in policy.gates:  # also one that no lane uses yet
        if gate.release and policy.destination(gate.release) is None:
            yield policy.rule(gate, "release"), f"release = {gate.release!r} is no destination; known: {known}"


def _receivers(policy: Policy, gate: Gate) -> bool:
    """Whether any message comes to this gate from any lane."""
    return any(lane.kinds.get(kind) == gate.key for lane in policy.lanes for kind in WITH_RECEIVERS)
