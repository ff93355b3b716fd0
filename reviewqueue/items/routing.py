"""Routing: the facts of a revision, the state they lead to (`pending` or `escalated`), and the rule that decides.
Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from reviewqueue.connectors import deals
from reviewqueue.core import canonical_json
from reviewqueue.core.vocabulary import kind_of
from reviewqueue.evidence.types import DraftWithEvidence, Source
from reviewqueue.policy import evaluation
from reviewqueue.policy.model.policy import Gate, Lane, Policy


def route(policy: Policy, lane: Lane, gate: Gate, facts: dict[str, Any]) -> tuple[str, str]:
    """(state, why): `pending` or `escalated`, and the words, file and line of the rule that decides."""
    if holding_rules := evaluation.must_escalate(policy, gate, facts):
        return "escalated", "; ".join(f"{says} (rule {name}, {place})" for name, says, place in holding_rules)
    place = policy.place(f"lane:{lane.key}", "kinds", facts["kind"])
    return "pending", f"Every {kind_of(facts['kind']).words} in {lane.name} waits at {gate.name} ({place})"


def facts(
    lane: Lane,
    kind: str,
    sources: Mapping[str, Source],
    checks: Iterable[tuple[str, str]],
    segment: str,
    confidence: str,
    number: int,
    overrides: int,
    age: timedelta,
) -> dict[str, Any]:
    """The facts of a revision that a policy's conditions may use. `checks` are (key, outcome), `number` is the
    revision's, `overrides` the onboarding's so far, `age` the business time the item has been open."""
    amount, confidence_value = _amount(lane, sources), _decimal(confidence)
    keys: dict[str, set[str]] = {"fail": set(), "warn": set(), "pass": set()}
    for key, outcome in checks:
        keys[outcome].add(key)
    wrong = keys["fail"] | keys["warn"]
    return {
        "segment": segment,
        "lane": lane.key,
        "kind": kind,
        "amount": float(amount or 0),
        "amount_known": amount is not None,
        "confidence": float(confidence_value or 0),
        "confidence_known": confidence_value is not None,
        "failed": sorted(keys["fail"]),
        "warned": sorted(keys["warn"]),
        "passed": sorted(keys["pass"] - wrong),
        "topics": sorted(key.removeprefix("topic.") for key in wrong if key.startswith("topic.")),
        "revision": number,
        "earlier_overrides": overrides,
        "age_hours": age / timedelta(hours=1),
    }


def segment_of(lane: Lane, drafted: DraftWithEvidence) -> str:
    """The customer's segment, from the deal's record at the path that the lane's trigger names; or ""."""
    segment = next(
        (segment.strip() for segment in _trigger_values(lane, drafted.sources, "segment") if isinstance(segment, str)),
        "",
    )
    return lane.segment if deals.normalise(segment) == deals.normalise(lane.segment) else segment


def _amount(lane: Lane, sources: Mapping[str, Source]) -> Decimal | None:
    amounts = (_decimal(str(said)) for said in _trigger_values(lane, sources, "arr"))
    return next((amount for amount in amounts if amount is not None), None)


def _trigger_values(lane: Lane, sources: Mapping[str, Source], field: str) -> Iterator[Any]:
    """The deal records' values of a field of the lane's trigger, the preferred path first."""
    for source in sources.values():
        trigger = lane.triggers.get(source.system)
        if trigger and source.object == trigger.object:
            for path in trigger.fields.get(field, ()):
                if (value := canonical_json.resolve_pointer(source.payload, path)) not in (
                    canonical_json.MISSING,
                    None,
                    "",
                ):
                    yield value


def _decimal(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
