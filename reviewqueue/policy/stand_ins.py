"""Where somebody who stands in for another decides for them: only where they act themselves."""

from __future__ import annotations

from collections.abc import Collection

from reviewqueue.policy.model.policy import Gate


def acting_roles(gate: Gate) -> tuple[str, ...]:
    """The roles and groups (`group:KEY`) that decide at this gate, before or after it is escalated."""
    return (*gate.reviewers, *(f"group:{key}" for key in gate.reviewer_groups), *gate.goes_up_to)


def acts_at(gate: Gate, held: Collection[str]) -> bool:
    """Whether somebody who holds these decides at this gate: only then does a role that they borrow count there."""
    owner = ("account_owner",) if gate.account_owner else ()
    return not {*acting_roles(gate), *owner}.isdisjoint(held)
