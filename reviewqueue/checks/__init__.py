"""Checks: what can be said of a draft before a person looks. One file a family; pure, and never raising."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reviewqueue.checks import evidence, fields, text, trigger
from reviewqueue.evidence import CheckResult, Citation, Source
from reviewqueue.policy.shape import Lane, Policy


def run(
    policy: Policy,
    lane: Lane,
    kind: str,
    draft: Any,
    sources: Mapping[str, Source],
    citations: Sequence[Citation],
) -> list[CheckResult]:
    """Every check that applies to this kind of draft: failing first, those that block before those that do not."""
    found = [*text.check(draft), *evidence.check(draft, sources, citations)]
    if kind == "handoff_packet":
        found += fields.check(policy, lane, draft)
        found += trigger.check(policy, lane, draft, sources)
        found += evidence.unsupported(policy, draft, citations)
    return sorted(found, key=lambda result: (("fail", "warn", "pass").index(result.outcome), not result.blocking))
