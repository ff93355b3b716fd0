"""Routing: what is known of a revision, where that takes it first, and the rule that says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from reviewqueue.drafting import identity
from reviewqueue.evidence import Drafted, Source
from reviewqueue.policy import judging
from reviewqueue.policy.shape import Gate, Lane, Policy
from reviewqueue.policy.words import kind_words
from reviewqueue.proofs import canonical
from reviewqueue.records.items import Decision, Item
from reviewqueue.records.planting import real
from reviewqueue.records.prepared import Prepared
from reviewqueue.revisions import Weighed

_OVERRIDES = Prepared(
    select(func.count())
    .select_from(Decision)
    .join(Item, Item.id == Decision.item_id)
    .where(Item.onboarding_id == bindparam("onboarding"), Decision.action == "override", real())
)


def route(
    policy: Policy,
    lane: Lane,
    gate: Gate,
    weighed: Weighed,
    segment: str,
    confidence: str,
    number: int,
    overrides: int,
    age: timedelta = timedelta(),
) -> tuple[str, str]:
    """(state, why): where a revision goes first, and the words and place of the rule that says so. `age` is the
    business time the item has been open."""
    drafted = weighed.drafted
    seen = [(check.key, check.outcome) for check in weighed.checks]
    known = facts(lane, drafted.kind, drafted.sources, seen, segment, confidence, number, overrides, age)
    up = judging.goes_up(policy, gate, known)
    if up:
        return "escalated", "; ".join(f"{says} (rule {name}, {place})" for name, says, place in up)
    place = policy.place(f"lane:{lane.key}", "kinds", drafted.kind)
    return "pending", f"Every {kind_words(drafted.kind)} in {lane.name} waits at {gate.name} ({place})"


def facts(
    lane: Lane,
    kind: str,
    sources: Mapping[str, Source],
    checks: Iterable[tuple[str, str]],
    segment: str,
    confidence: str,
    number: int,
    overrides: int,
    age: timedelta,
) -> dict[str, Any]:
    """The declared facts of a revision, as conditions take them; `checks` are (key, outcome). Pure."""
    amount, sure = _amount(lane, sources), _decimal(confidence)
    keys: dict[str, set[str]] = {"fail": set(), "warn": set(), "pass": set()}
    for key, outcome in checks:
        keys[outcome].add(key)
    wrong = keys["fail"] | keys["warn"]
    return {
        "segment": segment,
        "lane": lane.key,
        "kind": kind,
        "amount": float(amount or 0),
        "amount_known": amount is not None,
        "confidence": float(sure or 0),
        "confidence_known": sure is not None,
        "failed": sorted(keys["fail"]),
        "warned": sorted(keys["warn"]),
        "passed": sorted(keys["pass"] - wrong),
        "topics": sorted(key.removeprefix("topic.") for key in wrong if key.startswith("topic.")),
        "revision": number,
        "earlier_overrides": overrides,
        "age_hours": age / timedelta(hours=1),
    }


def segment_of(lane: Lane, drafted: Drafted) -> str:
    """The customer's segment, as the record of the deal tells it where the lane's trigger looks for it; or ""."""
    said = next((said.strip() for said in _told(lane, drafted.sources, "segment") if isinstance(said, str)), "")
    return lane.segment if identity.plain(said) == identity.plain(lane.segment) else said


def earlier_overrides(session: Session, onboarding_id: int | None) -> int:
    """How many overrides this onboarding has seen so far."""
    return 0 if onboarding_id is None else _OVERRIDES.scalar(session, {"onboarding": onboarding_id})


def _amount(lane: Lane, sources: Mapping[str, Source]) -> Decimal | None:
    amounts = (_decimal(str(said)) for said in _told(lane, sources, "arr"))
    return next((amount for amount in amounts if amount is not None), None)


def _told(lane: Lane, sources: Mapping[str, Source], field: str) -> Iterator[Any]:
    """What the deal's records say of a field of the lane's trigger, the likeliest place first."""
    for source in sources.values():
        trigger = lane.triggers.get(source.system)
        if trigger and source.object == trigger.object:
            for path in trigger.fields.get(field, ()):
                if (value := canonical.look(source.payload, path)) not in (canonical.MISSING, None, ""):
                    yield value


def _decimal(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
