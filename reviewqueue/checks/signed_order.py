"""Reads what was bought from the deal and its billing records, as promises that drafts must keep."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from reviewqueue.connectors.schema import text
from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.promises import KeptPromise, Promise, amounts
from reviewqueue.evidence.types import Source
from reviewqueue.policy.model.policy import Lane

# Names that records give it: the last part of the pointer.
_SEATS = as_pattern(r"(?:number_?of_?|contracted_?)?(?:seats|licen[cs]es|users)(?:__c)?", re.I)
_TERM = as_pattern(r"(?:contract_?|subscription_?)?term(?:_?(?:in_?)?months)?(?:__c)?", re.I)


def order_promises(lane: Lane, sources: Mapping[str, Source]) -> tuple[KeptPromise, ...]:
    """What the order says about start, price, seats and term, each from the first record that says it, deals before
    billing."""
    found: dict[tuple[str, str], KeptPromise] = {}
    for source in sorted(sources.values(), key=lambda one: one.system == "stripe"):
        for promise in _record_promises(lane, source):
            if promise.value:
                where = f"the signed order ({source.object} {source.external_id}, {promise.at})"
                found.setdefault((promise.kind, promise.key), KeptPromise(promise, where))
    return tuple(found.values())


def _record_promises(lane: Lane, source: Source) -> Iterator[Promise]:
    trigger = lane.triggers.get(source.system)
    if trigger and source.object == trigger.object:
        for field, kind, key in (("start_date", "date", "start"), ("arr", "price", "price per year")):
            for path in trigger.fields.get(field, ()):
                said = text(resolve_pointer(source.payload, path))
                if value := amounts.first(said, "date" if kind == "date" else "money"):
                    yield Promise("date" if kind == "date" else "price", key, said, value, path)
                    break
        yield from _field_promises(source)
    elif source.system == "stripe":
        yield from _billed_promises(source)


def _field_promises(source: Source) -> Iterator[Promise]:
    flat = resolve_pointer(source.payload, "/properties")
    top, at = (flat, "/properties") if isinstance(flat, dict) else (source.payload, "")
    for name, value in top.items():
        said = text(value)
        if said and _SEATS.fullmatch(name):
            yield Promise("scope", "seats", said, amounts.count(said), f"{at}/{name}")
        elif said and _TERM.fullmatch(name):
            yield Promise("term", "term", said, _months(said), f"{at}/{name}")


def _months(said: str) -> str:
    return amounts.first(f"{said} months" if said.isdigit() else said, "duration")


def _billed_promises(source: Source) -> Iterator[Promise]:
    """Seats of a subscription: its quantity, where it has one item that is counted (a quantity of 1 is a flat fee)."""
    rows = resolve_pointer(source.payload, "/items/data")
    if isinstance(rows, list) and len(rows) == 1:
        said = text(resolve_pointer(source.payload, path := "/items/data/0/quantity"))
        if said not in ("", "1"):
            yield Promise("scope", "seats", said, amounts.count(said), path)
