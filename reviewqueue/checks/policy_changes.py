"""Checks a proposed policy for changes of what a check counts as; such a proposal needs two approvals beside its
proposer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.evidence.types import CheckResult
from reviewqueue.policy.model.checks import CHANGED


def check(draft: Any) -> Iterator[CheckResult]:
    """`policy.checks` warns once for each check that would count differently under the proposal."""
    changed = resolve_pointer(draft, "/checks")
    for number, says in enumerate(changed if isinstance(changed, list) else ()):
        message = f"A change of checks: {says}. Two people beside who proposes it have to approve."
        yield CheckResult(CHANGED, "warn", False, message, f"/checks/{number}")
