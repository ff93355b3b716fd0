"""The field audit: what a handoff packet must contain before the kickoff, and the question to sales where it does
not."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from decimal import Decimal
from typing import Any

from reviewqueue.core.canonical_json import leaves, resolve_pointer
from reviewqueue.core.characters import visible
from reviewqueue.evidence.text.values.not_agreed import is_not_agreed
from reviewqueue.evidence.types import CheckResult, Citation, Source
from reviewqueue.policy.model.policy import Lane, PacketField, Policy


def has_value(value: Any) -> bool:
    """Whether a value states anything: a text with visible characters, or a number. The word "none" counts; blank does
    not."""
    if isinstance(value, bool | None):
        return False
    return isinstance(value, int | float | Decimal) or any(visible(text) for _, text in leaves(value))


def pointer(field: PacketField) -> str:
    """The JSON Pointer of a field in a packet's draft."""
    return field.at


def check(
    policy: Policy, lane: Lane, draft: Any, sources: Mapping[str, Source], citations: Sequence[Citation]
) -> list[CheckResult]:
    """One result for each audited field, keyed `field.<key>`. That nothing was agreed counts where a person in sales
    answered so, and the field cites that answer."""
    answered = {one.at for one in citations if (source := sources.get(one.ref)) and _is_answer(source)}
    return [_audit(lane, field, draft, answered) for field in policy.packet.fields if field.audited]


def _is_answer(source: Source) -> bool:
    """Whether a record is what a person answered here; one that came with a draft is none."""
    came = source.arrival is not None and source.arrival.way != "claimed"
    return came and (source.system, source.object) == ("sales", "answer")


def _audit(lane: Lane, field: PacketField, draft: Any, answered: Container[str]) -> CheckResult:
    key, at = f"field.{field.key}", pointer(field)
    waived = field.missing == "usually" and field.key in lane.waived_fields
    blocking = field.missing != "noted" and not waived
    value = resolve_pointer(draft, at)
    if is_not_agreed(value) and at not in answered:
        says = f"{field.label}: this says “not agreed”, and cites no answer of sales. Ask sales, or write what holds."
        return CheckResult(key, "fail" if blocking else "warn", blocking, says, at)
    if is_not_agreed(value):
        says = f"{field.label}: not agreed, so nothing is promised there. Decide whether the kickoff can do without it."
        return CheckResult(key, "warn", False, says, at)
    if has_value(value):
        return CheckResult(key, "pass", blocking, f"{field.label}: said.", at)
    says = f"{field.label}: missing. Ask sales: {field.ask or field.label + '?'}"
    if waived:
        says += f" Lane {lane.name} waives it, so it does not block."
    return CheckResult(key, "fail" if blocking else "warn", blocking, says, at)
