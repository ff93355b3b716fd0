"""Routing: the facts of a revision, the state they lead to (`pending` or `escalated`), and the rule that decides.
Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from reviewqueue.checks import amounts
from reviewqueue.connectors import deals
from reviewqueue.core.vocabulary import kind_of
from reviewqueue.evidence.types import DraftWithEvidence, Source
from reviewqueue.policy import conditions, evaluation
from reviewqueue.policy.model.policy import Gate, Lane, Policy


def route(policy: Policy, lane: Lane, gate: Gate, facts: dict[str, Any]) -> tuple[str, str]:
    """(state, why): `pending` or `escalated`, and the words, file and line of the rule that decides."""
    if holding_rules := evaluation.must_escalate(policy, gate, facts):
        return "escalated", "; ".join(f"{says} (rule {name}, {place})" for name, says, place in holding_rules)
    place = policy.place(f"lane:{lane.key}", "kinds", facts["kind"])
    says = f"Every {kind_of(facts['kind']).words} in {lane.name} waits at {gate.name} ({place})"
    if facts["currency"] in ("", policy.organisation.currency):
        return "pending", says
    rules = ", ".join(f"rule {name}, {rule}" for name, rule in conditions.rules_of_amount(policy, gate))
    return "pending", f"{says}; not compared: {facts['currency']} ({rules})" if rules else says


def facts(
    policy: Policy,
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
    revision's, `overrides` the onboarding's so far, `age` the business time the item has been open. `amount` is the
    deal's in the policy's currency, not known where the deal is in another: `own_amount` is in the deal's."""
    (own, currency), confidence_value = amounts.deal_amount(lane, sources), _decimal(confidence)
    amount = own if currency in ("", policy.organisation.currency) else None
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
        "currency": currency,
        "own_amount": float(own or 0),
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
        (
            said.strip()
            for _, _, said in amounts.trigger_values(lane, drafted.sources, "segment")
            if isinstance(said, str)
        ),
        "",
    )
    return lane.segment if deals.normalise(segment) == deals.normalise(lane.segment) else segment


def _decimal(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
