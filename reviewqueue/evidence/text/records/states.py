"""What records keep as a state: an invoice that is paid or open, a ticket that is solved or not, a subscription whose
price is collected or invoiced. A sentence that has it in another state says otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from reviewqueue.core.canonical_json import escape
from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.records.places import Place
from reviewqueue.evidence.text.sentence.clauses import Clause, words_in

Words = tuple[frozenset[str], ...]
_DONE = frozenset(
    [
        "solved",
        "closed",
        "done",
        "resolved",
        "completed",
        "complete",
        "finished",
        "fixed",
        "erledigt",
        "geschlossen",
        "fertig",
    ]
)
_OPEN = frozenset(
    "open pending new hold on-hold todo blocked backlog reopened offen neu waiting".split()  # noqa: SIM905
) | {"to do", "in progress", "in review", "in arbeit", "in bearbeitung", "on hold"}
_PAYS_ITSELF = {"charge_automatically": True, "send_invoice": False, "on": True, "off": False}


class _Kind(NamedTuple):
    """A kind of state: the nouns of what is in it, and the words of a sentence for yes and for no."""

    noun: re.Pattern[str]
    yes: re.Pattern[str]
    no: re.Pattern[str]


def _any(words: str) -> re.Pattern[str]:
    return as_pattern(rf"(?i)\b(?:{words})\b")


_KINDS = {
    "paid": _Kind(
        _any(r"\w*invoice\w*|bill|fees?|charges?|\w*rechnung\w*|factures?|facturas?|payment"),
        _any(r"(?:has|have|was|were|is|are|been|fully) (?:already |now )?(?:been )?(?:paid|settled|cleared)"
             r"|received (?:the |your )?payment"
             r"|already paid|you(?: have|['’]ve)? (?:already )?(?:paid|settled)|bezahlt|beglichen|payées?"
             r"|payés?|réglées?|réglés?|pagad[ao]s?"),
        _any(r"(?:is|are|remains?|still) (?:still )?(?:open|outstanding|unpaid|overdue)|unpaid|(?:not|n['’]t"
             r"|never)(?: yet)?(?: been)? (?:paid|settled)"
             r"|(?:still|yet) to (?:be )?(?:paid|pay|settle)\w*|offen|unbezahlt|noch nicht bezahlt|impayée?s?"
             r"|pas (?:encore )?(?:été )?(?:payé|réglé)\w*|pendiente"),
    ),
    "done": _Kind(
        _any(r"tickets?|cases?|issues?|requests?|tasks?|reports?|anfragen?|vorgang|aufgabe|demandes?|incidencias?"),
        _any(r"(?:is|are|was|were|been|has been|now|already) (?:now |already |since |been )*(?:solved|closed"
             r"|resolved|fixed|done|completed?|finished)"
             r"|we(?: have|['’]ve)? (?:solved|closed|resolved|fixed|completed|finished)|erledigt|gelöst"
             r"|geschlossen|résolue?s?|clôturée?s?|fermée?s?|terminée?s?"
             r"|resuelt[ao]s?|cerrad[ao]s?"),
        _any(r"(?:is|are|remains?|still|stays?) (?:still |unfortunately )?(?:open|pending|unresolved|unsolved"
             r"|blocked|in progress)|still (?:being )?work\w* on"
             r"|(?:not|n['’]t)(?: yet)?(?: been)? (?:solved|closed|resolved|fixed|done|completed|finished)"
             r"|noch (?:nicht \w+|offen)|toujours (?:ouvert|en cours)e?"
             r"|pas encore \w+|sigue abiert[ao]|todavía"),
    ),
    "collected": _Kind(
        _any(r"\w*pay\w*|\w*invoice\w*|price|fees?|charges?|amounts?|\w*rechnung\w*|zahl\w*|gezahlt|beträge?"
             r"|factures?|montants?|paiements?|pagos?|subscription"),
        _any(r"direct debit\w*|(?:automatically|auto) (?:charged|debited|collected|withdrawn)|(?:charged?"
             r"|debit(?:ed)?|collect(?:ed)?|withdrawn?) automatically"
             r"|card on file|\w*lastschrift\w*|eingezogen|abgebucht|prélev\w+|prélèvements?|domicilia\w+"),
        _any(r"(?:bank |wire |by |manual )transfers?|by (?:invoice|wire)|on invoice|send (?:you )?an invoice"
             r"|überweis\w+|auf rechnung|virements?|sur facture|transferencias?"),
    ),
}  # fmt: skip
_NOT = as_pattern(r"(?i)\b(?:not?|never|n['’]t|kein\w*|nicht|pas|aucune?|ning\w+)\b|n['’]t\b")


class State(NamedTuple):
    """A state that a record keeps: its kind, whether it is so, the words of what is in it."""

    place: Place
    kind: str
    holds: bool
    words: Words


def states_of(ref: str, record: str, payload: Any) -> Iterator[State]:
    """The states that a record keeps."""
    yield from _states(ref, record.casefold(), payload, "")


def _states(ref: str, record: str, value: Any, path: str) -> Iterator[State]:
    if not isinstance(value, dict):
        return
    words = words_in(" ".join(_titles(value)))
    for key, inner in value.items():
        at = f"{path}/{escape(key)}"
        if isinstance(inner, dict):
            if key == "status" and isinstance(inner.get("name"), str):
                yield from _status(Place(ref, f"{at}/name", inner["name"]), record, words)
            else:
                yield from _states(ref, record, inner, at)
        elif key == "status" and isinstance(inner, str):
            yield from _status(Place(ref, at, inner), record, words)
        elif key in ("auto_collection", "collection_method") and inner in _PAYS_ITSELF:
            yield State(Place(ref, at, str(inner)), "collected", _PAYS_ITSELF[inner], ())
        elif key == "completed" and isinstance(inner, bool):
            yield State(Place(ref, at, str(inner)), "done", inner, words)


def _status(place: Place, record: str, words: Words) -> Iterator[State]:
    said = place.value.casefold()
    if record.endswith("invoice"):
        if said in ("paid", "open", "draft", "uncollectible", "past_due", "not_paid", "payment_due", "posted"):
            yield State(place, "paid", said == "paid", words)
    elif said in _DONE or said in _OPEN:
        yield State(place, "done", said in _DONE, words)


def _titles(value: dict[str, Any]) -> Iterator[str]:
    for key in ("summary", "subject", "title", "name"):
        if isinstance(value.get(key), str):
            yield value[key]
    lines = value.get("lines")
    lines = lines.get("data") if isinstance(lines, dict) else value.get("line_items")
    for one in lines if isinstance(lines, list) else ():
        if isinstance(one, dict) and isinstance(one.get("description"), str):
            yield one["description"]


@lru_cache(maxsize=4_096)
def _said(text: str) -> tuple[tuple[str, bool], ...]:
    """(kind, whether it is so) of each state that a clause says something is in."""
    found = []
    for kind, words in _KINDS.items():
        if not words.noun.search(text):
            continue
        no, yes = words.no.search(text), words.yes.search(text)
        if no and not (yes and kind == "collected"):
            found.append((kind, kind == "collected" and _NOT.search(text) is not None))
        elif yes:
            found.append((kind, _NOT.search(text) is None))
    return tuple(found)


def other_state(clause: Clause, states: list[State]) -> State | None:
    """The state of a record that contradicts a clause; None where it is the same, or nothing tells which record."""
    for kind, so in _said(clause.text) if not clause.hedged else ():
        held = [one for one in states if one.kind == kind]
        shared = [sum(not word.isdisjoint(clause.stems) for word in one.words) for one in held]
        most = max(shared, default=0)
        near = [one for one, many in zip(held, shared, strict=True) if many == most] if most or len(held) == 1 else held
        if (
            kind == "done"
            and most < (1 if len(held) == 1 else 2)
            and not (len(near) == 1 and _KINDS[kind].noun.search(clause.text))
        ):
            continue
        if near and all(one.holds != so for one in near):
            return near[0]
    return None
