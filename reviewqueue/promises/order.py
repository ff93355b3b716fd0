"""The signed order: what the deal and its billing records say that was bought, as promises that drafts must keep."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from reviewqueue.drafting.facts import text
from reviewqueue.evidence import Source
from reviewqueue.policy.shape import Lane
from reviewqueue.promises import Held, Promise, amounts
from reviewqueue.proofs.canonical import look

# What records call it, by the last word of the pointer, in small letters without marks.
_SEATS = re.compile(r"(?:number_?of_?|contracted_?)?(?:seats|licen[cs]es|users)(?:__c)?", re.I)
_TERM = re.compile(r"(?:contract_?|subscription_?)?term(?:_?(?:in_?)?months)?(?:__c)?", re.I)


def held(lane: Lane, sources: Mapping[str, Source]) -> tuple[Held, ...]:
    """What the order says of start, price, seats and term: the first record that says it, deals before billing."""
    found: dict[tuple[str, str], Held] = {}
    for source in sorted(sources.values(), key=lambda one: one.system == "stripe"):
        for promise in _said(lane, source):
            if promise.value:
                where = f"the signed order ({source.object} {source.external_id}, {promise.at})"
                found.setdefault((promise.kind, promise.key), Held(promise, where))
    return tuple(found.values())


def _said(lane: Lane, source: Source) -> Iterator[Promise]:
    trigger = lane.triggers.get(source.system)
    if trigger and source.object == trigger.object:
        for field, kind, key in (("start_date", "date", "start"), ("arr", "price", "price per year")):
            for path in trigger.fields.get(field, ()):
                said = text(look(source.payload, path))
                if value := amounts.first(said, "date" if kind == "date" else "money"):
                    yield Promise("date" if kind == "date" else "price", key, said, value, path)
                    break
        yield from _named(source)
    elif source.system == "stripe":
        yield from _billed(source)


def _named(source: Source) -> Iterator[Promise]:
    flat = look(source.payload, "/properties")
    top, at = (flat, "/properties") if isinstance(flat, dict) else (source.payload, "")
    for name, value in top.items():
        said = text(value)
        if said and _SEATS.fullmatch(name):
            yield Promise("scope", "seats", said, amounts.count(said), f"{at}/{name}")
        elif said and _TERM.fullmatch(name):
            yield Promise("term", "term", said, _months(said), f"{at}/{name}")


def _months(said: str) -> str:
    return amounts.first(f"{said} months" if said.isdigit() else said, "duration")


def _billed(source: Source) -> Iterator[Promise]:
    """Seats of a subscription: its quantity, where it has one item that is counted (a quantity of 1 is a flat fee)."""
    rows = look(source.payload, "/items/data")
    if isinstance(rows, list) and len(rows) == 1:
        said = text(look(source.payload, path := "/items/data/0/quantity"))
        if said not in ("", "1"):
            yield Promise("scope", "seats", said, amounts.count(said), path)
