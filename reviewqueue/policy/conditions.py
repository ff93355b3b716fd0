"""Conditions in CEL over declared facts, type-checked when a policy loads. Anything but a plain true or false closes
the gate: an error, a missing fact, or an answer of another type counts as "must go up"."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cel_expr_python import cel

if TYPE_CHECKING:
    from reviewqueue.policy.loading import Flaw
    from reviewqueue.policy.shape import Policy

FACTS: dict[str, str] = {
    "segment": "string",
    "lane": "string",
    "kind": "string",
    "amount": "double",
    "amount_known": "bool",
    "confidence": "double",
    "confidence_known": "bool",
    "failed": "list(string)",
    "warned": "list(string)",
    "passed": "list(string)",
    "topics": "list(string)",
    "revision": "int",
    "earlier_overrides": "int",
    "age_hours": "double",
}


@lru_cache(maxsize=1)
def _environment() -> Any:
    types = {
        "string": cel.Type.STRING,
        "double": cel.Type.DOUBLE,
        "bool": cel.Type.BOOL,
        "int": cel.Type.INT,
        "list(string)": cel.Type.List(cel.Type.STRING),
    }
    return cel.NewEnv(variables={name: types[kind] for name, kind in FACTS.items()})


@lru_cache(maxsize=512)
def _compiled(condition: str) -> Any:
    return _environment().compile(condition)


def holds(condition: str, facts: dict[str, Any]) -> bool:
    """Whether the condition holds; True as well when it cannot be told, so that doubt goes up instead of through."""
    try:
        answer = _compiled(condition).eval(data=facts)
    except Exception:  # whatever the evaluator raises, the gate stays closed
        return True
    return not (answer.type() == cel.Type.BOOL and answer.value() is False)


def flaws(policy: Policy) -> list[Flaw]:
    """Every condition that does not compile, or whose answer is not true or false."""
    from reviewqueue.policy.loading import Flaw  # noqa: PLC0415  (loading imports this room)

    found = []
    for gate in policy.gates:
        for number, rule in enumerate(gate.must_escalate):
            place = policy.place(f"gate:{gate.key}", "must_escalate", str(number), "when")
            try:
                kind = _compiled(rule.when).return_type()
            except RuntimeError as error:
                said = re.search(r"<input>:\d+:\d+: (.+?)(?: \(in container|\n|$)", str(error))
                says = f"condition {rule.name!r}: {said[1] if said else error}; the facts are {', '.join(FACTS)}"
                found.append(Flaw(place, says))
                continue
            if kind != cel.Type.BOOL:
                found.append(Flaw(place, f"condition {rule.name!r} must answer true or false, not {kind}"))
    return found
