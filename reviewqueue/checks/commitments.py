"""Commitments: a draft that says otherwise than what people approved, or than the signed order, is held up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reviewqueue.evidence import CheckResult, Source
from reviewqueue.policy.shape import Lane
from reviewqueue.promises import Held, comparing, documents, order
from reviewqueue.promises.comparing import Change

KEY = "commitment.contradicted"
_BEFORE = "milestone: "


def contradicted(changed: Sequence[Change]) -> list[CheckResult]:
    """`commitment.contradicted` fails for each promise whose value is another than the one that holds."""
    return [CheckResult(KEY, "fail", True, _says(one), one.now.at) for one in changed if one.contradicts and one.now]


def changes(
    lane: Lane, kind: str, draft: Any, sources: Mapping[str, Source], held: Sequence[Held], subject: str = ""
) -> list[Change]:
    """What a draft adds to the promises that hold, changes and drops, in reading order."""
    names = [one.promise.key.removeprefix(_BEFORE) for one in held if one.promise.key.startswith(_BEFORE)]
    made = documents.promises(kind, draft, list(dict.fromkeys(names)))
    if not made and kind not in comparing.WHOLE:
        return []
    return comparing.changes(made, (*held, *order.held(lane, sources)), (kind, subject))


def _says(change: Change) -> str:
    now, was = change.now, change.was
    if now is None or was is None:
        return ""
    says = f"{now.key.capitalize()}: this says {now.shown}, but {was.promise.shown} holds, by {was.where}. "
    return says + "Say what holds; or let it be changed with an override that names this check."
