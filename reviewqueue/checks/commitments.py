"""Checks a draft against the promises that hold: those that people approved, and those of the signed order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reviewqueue.checks import signed_order
from reviewqueue.checks.grounding import record_name
from reviewqueue.core.vocabulary import TO_CUSTOMERS
from reviewqueue.evidence.promises import KeptPromise, compare, documents, paraphrases
from reviewqueue.evidence.promises.compare import PromiseChange
from reviewqueue.evidence.text.grounding import GroundedDraft
from reviewqueue.evidence.text.values.entities import find
from reviewqueue.evidence.types import CheckResult, Source
from reviewqueue.policy.model.policy import Lane

KEY = "commitment.contradicted"
_BEFORE = "milestone: "
# The kind of entity that a promise's value is looked for as in the records; any for other kinds.
_ENTITIES = {"date": "date", "price": "money", "discount": "percent", "owner": "name"}


def contradicted(changed: Sequence[PromiseChange], reading: GroundedDraft | None = None) -> list[CheckResult]:
    """`commitment.contradicted` fails for each promise whose value is another than the one that holds. Where a record
    says what the draft says, it tells since when, and which is newer: the record or the approval."""
    return [
        CheckResult(KEY, "fail", True, _says(one, _newer(one, reading) if reading else ""), one.now.at)
        for one in changed
        if one.contradicts and one.now
    ]


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
    known = (*held, *signed_order.order_promises(lane, sources))
    found = compare.changes(made, known, (kind, subject)) if made or kind in compare.COMPLETE_KINDS else []
    return [*found, *_paraphrased(kind, draft, known, found)]


def _paraphrased(
    kind: str, draft: Any, known: Sequence[KeptPromise], found: Sequence[PromiseChange]
) -> Iterator[PromiseChange]:
    """What a message says against a promise in other words, each promise once, where it is not found already."""
    told = {(one.was.promise.kind, one.was.promise.key) for one in found if one.contradicts and one.was}
    for name in ("subject", "body") if kind in TO_CUSTOMERS and isinstance(draft, dict) else ():
        text = draft.get(name)
        for now, was in paraphrases.contradictions(f"/{name}", text, known) if isinstance(text, str) else ():
            if (was.promise.kind, was.promise.key) not in told:
                told.add((was.promise.kind, was.promise.key))
                yield PromiseChange("changed", now, was, contradicts=True)


def _newer(change: PromiseChange, reading: GroundedDraft) -> str:
    """Which is newer, as a sentence of its own; "" where no record says what the draft says, or nobody approved."""
    approved = change.was.approved_at if change.was else None
    if change.now is None or approved is None:
        return ""
    wanted = _ENTITIES.get(change.now.kind)
    found = (one for one in find(change.now.says) if wanted in (None, one.kind))
    for place in (place for one in found for place in reading.index.places_of(one)):
        if (since := reading.since(place)) is not None:
            record = f"{record_name(reading, place)} says so since {since.day} {since:%B %Y} ({place.path})"
            order, newer = ("after", "record") if since > approved else ("before", "approval")
            return f"{record}, {order} that approval: the {newer} is newer. "
    return ""


def _says(change: PromiseChange, newer: str) -> str:
    now, was = change.now, change.was
    if now is None or was is None:
        return ""
    says = f"{now.key.capitalize()}: this says {now.shown}, but {was.promise.shown} holds, by {was.where}. "
    return says + newer + "Say what holds; or let it be changed with an override that names this check."
