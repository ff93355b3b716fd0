"""Where a draft of a kind is released to from a gate. Reads only a policy."""

from __future__ import annotations

from reviewqueue.core.vocabulary import PACKET
from reviewqueue.policy.model.destinations import Destination
from reviewqueue.policy.model.policy import Gate, Policy


def released_to(policy: Policy, gate: Gate | None, kind: str) -> Destination | None:
    """The destination; None where the gate releases nowhere, or to a CRM that takes packets and this is none: its
    approval is the end of it."""
    to = policy.destination(gate.release) if gate else None
    return None if to is not None and to.can.packets and kind != PACKET else to
