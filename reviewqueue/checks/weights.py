"""Weight checks: a proposal that changes what a check counts as says so, and is decided by two people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reviewqueue.evidence import CheckResult
from reviewqueue.policy.check_rules import CHANGED
from reviewqueue.proofs.canonical import look


def check(draft: Any) -> Iterator[CheckResult]:
    """`policy.checks` warns once for each check that a proposal would let count otherwise."""
    changed = look(draft, "/checks")
    for number, says in enumerate(changed if isinstance(changed, list) else ()):
        message = f"A change of checks: {says}. Two people beside who proposes it have to approve."
        yield CheckResult(CHANGED, "warn", False, message, f"/checks/{number}")
