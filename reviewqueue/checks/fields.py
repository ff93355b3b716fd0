"""The field audit: what the handoff packet must say before a kickoff, and the question to sales where it does not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from reviewqueue.characters import visible
from reviewqueue.evidence import CheckResult
from reviewqueue.policy.shape import Lane, PacketField, Policy
from reviewqueue.proofs.canonical import leaves, look


def said(value: Any) -> bool:
    """Whether a value says anything: a text a person can see, or a number. "none" is said; blank is not."""
    if isinstance(value, bool | None):
        return False
    return isinstance(value, int | float | Decimal) or any(visible(text) for _, text in leaves(value))


def pointer(field: PacketField) -> str:
    """Where a field stands in a packet's draft."""
    return field.at


def check(policy: Policy, lane: Lane, draft: Any) -> list[CheckResult]:
    """One result for each audited field, keyed `field.<key>`."""
    return [_audit(lane, field, draft) for field in policy.packet.fields if field.audited]


def _audit(lane: Lane, field: PacketField, draft: Any) -> CheckResult:
    key, at = f"field.{field.key}", pointer(field)
    waived = field.missing == "usually" and field.key in lane.waived_fields
    blocking = field.missing != "noted" and not waived
    if said(look(draft, at)):
        return CheckResult(key, "pass", blocking, f"{field.label}: said.", at)
    says = f"{field.label}: missing. Ask sales: {field.ask or field.label + '?'}"
    if waived:
        says += f" Lane {lane.name} waives it, so it does not block."
    return CheckResult(key, "fail" if blocking else "warn", blocking, says, at)
