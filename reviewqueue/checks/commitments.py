"""Checks a draft against the promises that hold: those that people approved, and those of the signed order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reviewqueue.checks import signed_order
from reviewqueue.evidence.promises import KeptPromise, compare, documents
from reviewqueue.evidence.promises.compare import PromiseChange
from reviewqueue.evidence.types import CheckResult, Source
from reviewqueue.policy.model.policy import Lane

KEY = "commitment.contradicted"
_BEFORE = "milestone: "


def contradicted(changed: Sequence[PromiseChange]) -> list[CheckResult]:
    """`commitment.contradicted` fails for each promise whose value is another than the one that holds."""
    return [CheckResult(KEY, "fail", True, _says(one), one.now.at) for one in changed if one.contradicts and one.now]


def uncompared(changed: Sequence[PromiseChange]) -> list[CheckResult]:
    """`commitment.uncompared` warns for each price in another currency than the one that was promised."""
    found = [(one.now, one.was) for one in changed if one.now and one.was and compare.in_another_currency(one)]
    return [
        CheckResult(
            "commitment.uncompared", "warn", False,
            f"Not compared: this says {now.shown}, and {was.promise.shown} holds, by {was.where}. "
            "The two are in different currencies and nothing is converted: see which was agreed.",
            now.at,
        )
        for now, was in found
    ]  # fmt: skip


def changes(
    lane: Lane, kind: str, draft: Any, sources: Mapping[str, Source], held: Sequence[KeptPromise], subject: str = ""
) -> list[PromiseChange]:
    """The promises that a draft adds, changes and drops, against those that hold, in reading order."""
    names = [one.promise.key.removeprefix(_BEFORE) for one in held if one.promise.key.startswith(_BEFORE)]
    made = documents.promises(kind, draft, list(dict.fromkeys(names)))
    if not made and kind not in compare.COMPLETE_KINDS:
        return []
    return compare.changes(made, (*held, *signed_order.order_promises(lane, sources)), (kind, subject))


def _says(change: PromiseChange) -> str:
    now, was = change.now, change.was
    if now is None or was is None:
        return ""
    says = f"{now.key.capitalize()}: this says {now.shown}, but {was.promise.shown} holds, by {was.where}. "
    return says + "Say what holds; or let it be changed with an override that names this check."
