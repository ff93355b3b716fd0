"""Conditions: only a plain `false` lets an item stay; whatever else comes out of a condition sends it up."""

from __future__ import annotations

from typing import Any

import pytest

from reviewqueue.policy import conditions, evaluation, loading
from reviewqueue.policy.model.policy import Escalation

FACTS: dict[str, Any] = {
    "segment": "mid-market",
    "lane": "mid-market-saas",
    "kind": "customer_email",
    "amount": 48000.0,
    "amount_known": True,
    "currency": "EUR",
    "own_amount": 48000.0,
    "confidence": 0.87,
    "confidence_known": True,
    "failed": ["field.customer_outcome"],
    "warned": [],
    "passed": ["evidence.citation"],
    "topics": ["renewal"],
    "revision": 1,
    "earlier_overrides": 0,
    "age_hours": 6.5,
}


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("amount >= 250000.0", False),
        ("amount >= 48000.0", True),
        ("currency == 'JPY' && own_amount >= 40000000.0", False),
        ("currency == 'EUR' && own_amount >= 40000.0", True),
        ("segment == 'enterprise'", False),
        ("segment in ['mid-market', 'enterprise']", True),
        ("size(failed) > 3", False),
        ("'field.customer_outcome' in failed", True),
        ("confidence_known && confidence < 0.5", False),
        ("revision > 1 || earlier_overrides > 0", False),
        ("failed.exists(key, key.startsWith('field.'))", True),
        ("kind == 'customer_email' ? false : true", False),
        ("'renewal' in topics", True),
        ("'blame' in topics", False),
        ("!('evidence.citation' in passed)", False),
        ("age_hours > 8.0", False),
    ],
)
def test_a_condition_says_yes_or_no(condition: str, holds: bool) -> None:
    """The control: conditions that can be told are told as they are."""
    assert conditions.holds(condition, FACTS) is holds


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ("revision / (revision - 1) > 5", "it divides by nothing"),
        ("int(segment) > 5", "a conversion fails"),
        ("failed[7] == 'x'", "an index leads nowhere"),
        ("segment", "it answers a text"),
        ("amount", "it answers a number"),
        ("failed", "it answers a list"),
        ("confidence <", "it cannot be read"),
        ("certainty < 0.5", "it asks for a fact nobody declared"),
        ("", "it is empty"),
    ],
)
def test_what_cannot_be_told_goes_up(condition: str, why: str) -> None:
    """An error or an answer that is neither true nor false closes the gate."""
    assert conditions.holds(condition, FACTS) is True, why


@pytest.mark.parametrize("fact", sorted(FACTS))
def test_a_missing_fact_goes_up(fact: str) -> None:
    """Whichever fact is not there, a condition that asks for it holds."""
    condition = {"string": f"{fact} == '?'", "double": f"{fact} < -1.0", "bool": f"!{fact} && {fact}"}.get(
        conditions.FACTS[fact], f"{fact} == []" if "list" in conditions.FACTS[fact] else f"{fact} < -1"
    )
    there = {**FACTS, fact: ["x"]} if "list" in conditions.FACTS[fact] else FACTS
    assert conditions.holds(condition, there) is False, "with the fact it does not hold"
    assert conditions.holds(condition, {name: value for name, value in FACTS.items() if name != fact}) is True


@pytest.mark.parametrize("value", [None, "a lot", [], {"x": 1}])
def test_a_fact_of_another_type_goes_up(value: object) -> None:
    """A fact that is not what it was declared to be is no ground to let anything through."""
    assert conditions.holds("amount < -1.0", {**FACTS, "amount": value}) is True


def test_every_rule_that_holds_is_named_with_its_place() -> None:
    """Where an item is escalated, it is said by which rules, in which file and line."""
    files = loading.files_in(loading.SHIPPED)
    policy = loading.load(files)
    gate = policy.gate("mid-market-saas", "customer-communication")
    assert gate is not None
    more = gate.model_copy(
        update={
            "must_escalate": (*gate.must_escalate, Escalation(name="broken", when="1 / 0 > 1", says="cannot be told"))
        }
    )
    line = files["gates/customer-communication.toml"].split("[[must_escalate]]")[0].count("\n") + 1
    up = evaluation.must_escalate(policy, more, {**FACTS, "confidence": 0.2})
    assert [name for name, _, _ in up] == ["low-confidence", "broken"]
    assert up[0][2] == f"gates/customer-communication.toml:{line}"
    assert [name for name, _, _ in evaluation.must_escalate(policy, more, FACTS)] == ["broken"]
