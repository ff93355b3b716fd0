"""Conditions of the policy, in CEL over declared facts, type-checked when a policy loads. They fail closed: an error, a
missing fact, or an answer that is no boolean counts as true ("must escalate")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Literal

from cel_expr_python import cel

from reviewqueue.policy.flaws import Flaw
from reviewqueue.policy.model.policy import Gate, Policy

FACTS: dict[str, str] = {
    "segment": "string",
    "lane": "string",
    "kind": "string",
    "amount": "double",
    "amount_known": "bool",
    "currency": "string",
    "own_amount": "double",
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
# What a message rule's `suppressed_when` may ask; `template` is "" for what no template of ours was drafted from.
MESSAGE_FACTS: dict[str, str] = {
    "segment": "string",
    "lane": "string",
    "kind": "string",
    "template": "string",
    "blocked": "bool",
    "exceptions": "list(string)",
    "finished": "bool",
}
About = Literal["item", "message"]
DECLARED: dict[About, dict[str, str]] = {"item": FACTS, "message": MESSAGE_FACTS}


@lru_cache(maxsize=2)
def _environment(about: About) -> Any:
    types = {
        "string": cel.Type.STRING,
        "double": cel.Type.DOUBLE,
        "bool": cel.Type.BOOL,
        "int": cel.Type.INT,
        "list(string)": cel.Type.List(cel.Type.STRING),
    }
    return cel.NewEnv(variables={name: types[kind] for name, kind in DECLARED[about].items()})


@lru_cache(maxsize=512)
def _compiled(condition: str, about: About) -> Any:
    return _environment(about).compile(condition)


def holds(condition: str, facts: dict[str, Any], about: About = "item") -> bool:
    """Whether the condition holds. True as well when it cannot be evaluated: in doubt the item is escalated, or the
    message held back."""
    try:
        answer = _compiled(condition, about).eval(data=facts)
    except Exception:  # fail closed, whatever the evaluator raises
        return True
    return not (answer.type() == cel.Type.BOOL and answer.value() is False)


def rules_of_amount(policy: Policy, gate: Gate) -> list[tuple[str, str]]:
    """(name, file:line) of the gate's must-escalate rules that ask for the amount in the policy's currency."""
    return [
        (rule.name, policy.place(f"gate:{gate.key}", "must_escalate", str(number)))
        for number, rule in enumerate(gate.must_escalate)
        if re.search(r"\bamount(?:_known)?\b", rule.when)
    ]


def flaws(policy: Policy) -> list[Flaw]:
    """Every condition that does not compile, or whose result is not a boolean."""
    found = []
    for place, name, condition, about in _conditions(policy):
        try:
            kind = _compiled(condition, about).return_type()
        except RuntimeError as error:
            said = re.search(r"<input>:\d+:\d+: (.+?)(?: \(in container|\n|$)", str(error))
            says = f"condition {name!r}: {said[1] if said else error}; the facts are {', '.join(DECLARED[about])}"
            found.append(Flaw(place, says))
            continue
        if kind != cel.Type.BOOL:
            found.append(Flaw(place, f"condition {name!r} must answer true or false, not {kind}"))
    return found


def _conditions(policy: Policy) -> Iterator[tuple[str, str, str, About]]:
    """(file:line, name, condition, what it is about) of every condition."""
    for gate in policy.gates:
        for number, rule in enumerate(gate.must_escalate):
            yield policy.place(f"gate:{gate.key}", "must_escalate", str(number), "when"), rule.name, rule.when, "item"
    for lane in policy.lanes:
        for name, message in lane.messages.items():
            if message.suppressed_when is not None:
                place = policy.place(f"lane:{lane.key}", "messages", name, "suppressed_when")
                yield place, f"{name} suppressed_when", message.suppressed_when, "message"
