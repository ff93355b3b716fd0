"""Whether a value stands in the records only in passages that speak of other things than the sentence: another line of
an invoice, the whole of which the sentence's part is one, a note about something else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.comparisons.elsewhere import Elsewhere
from reviewqueue.evidence.text.records.places import Place
from reviewqueue.evidence.text.records.record_clauses import RecordTexts
from reviewqueue.evidence.text.sentence.clauses import sentence_spans, words_in
from reviewqueue.evidence.text.sentence.spoken import Spoken
from reviewqueue.evidence.text.values.agreement import agree
from reviewqueue.evidence.text.values.entities import Entity, find
from reviewqueue.evidence.text.words.concepts import words_of
from reviewqueue.evidence.text.words.number_words import with_figures
from reviewqueue.evidence.text.words.tokens import language

Words = tuple[frozenset[str], ...]
_TELLING = 2  # words of a sentence without which it says too little
_EMPTY = frozenset().union(*words_in(
    "price cost charge pay fee total altogether amount bill invoice sum customer project contract deal agree plan "
    "number count about around roughly nearly target goal today currently month "
    "year week day hour minute date time due until "
    "preis kosten betrag summe kunde projekt vertrag ziel prix coût montant somme projet objectif precio importe "
    "proyecto one first second last many people percent share rate part"
))  # fmt: skip
_EACH = as_pattern(
    r"(?i)\b(?:each|every|per|a piece|apiece|one|single|unit|pro|je|einzeln|chacune?|chaque|par|unitaire|cada|por)\b"
)
_ALL = as_pattern(
    r"(?i)\b(?:altogether|in total|in all|all|both|overall|total|together|bill|invoices?|insgesamt|zusammen"
    r"|alle|gesamt\w*"
    r"|rechnung|au total|en tout|ensemble|facture|en total|todos|todas|juntos|factura)\b"
)
_TARGET = as_pattern(
    r"(?i)\A(?!.*\b(?:from|von|instead|statt|today|now|currently|heute|aujourd['’]hui|hoy)\b).*"
    r"\b(?:targets?|goals?|aim|objective|reach(?:ed)?|zielwert|ziel|objectif|objetivo)\b"
)
_BEFORE = as_pattern(r"(?i)\b(?:from|von|statt(?: nach)?|today|now|currently|heute|instead of|de|hoy)[ :]\Z")
_TO = as_pattern(r"(?i)\b(?:to|auf|à|a)\b")
_PART_OF = as_pattern(r"(?i)(\d[\d.,]*) (?:of|out of|von|sur|de) (?:the |den |our |your |les |los |las |\d?)?\Z")


def elsewhere(said: Spoken, one: Entity, places: Sequence[Place], texts: RecordTexts) -> Elsewhere | None:
    """Where a value stands for another thing than its sentence speaks of; None where nothing tells."""
    telling = tuple(word for word in said.words if word.isdisjoint(_EMPTY))
    if one.kind == "money" and (lines := _other_lines(telling, places, texts)):
        return Elsewhere(tuple(places), lines, True)
    if _TARGET.search(said.clause.text) and all(_is_before_change(place, one) for place in places):
        return Elsewhere(tuple(places), tuple(places)[:1], True)
    if (
        one.kind == "count"
        and not _says_part(said, one)
        and all(_is_whole_of_part(place, one, telling) for place in places)
    ):
        return Elsewhere(tuple(places), tuple(places)[:1], False)
    if len(telling) < _TELLING or one.kind not in ("money", "percent"):
        return None
    if all(_speaks_of_other(place, one, telling, said, texts) for place in places):
        return Elsewhere(tuple(places), (), False)
    return None


def _other_lines(telling: Words, places: Sequence[Place], texts: RecordTexts) -> tuple[Place, ...]:
    """The line of an invoice that the sentence speaks of, where its sum is that of another line, or of all."""
    found: list[Place] = []
    for place in places:
        payload, lines = _lines(place, texts)
        scored = [
            (sum(not word.isdisjoint(frozenset().union(*words)) for word in telling), at)
            for at, words in lines
            if words
        ]
        most, best = max(scored, default=(0, ""))
        own = next((many for many, at in scored if place.path.startswith(f"{at}/")), 0)
        if not most or own == most or sum(many == most for many, _ in scored) > 1:
            return ()
        sums = {at: resolve_pointer(payload, f"{at}/amount") for at, _ in lines}
        if sums[best] == resolve_pointer(payload, place.path):
            return ()
        found.append(Place(place.ref, f"{best}/amount", str(sums[best])))
    return tuple(dict.fromkeys(found))[:2]


def _lines(place: Place, texts: RecordTexts) -> tuple[Any, list[tuple[str, Words]]]:
    """The record of a place, and (pointer, words) of each line that has a description and an amount."""
    payload = texts.payload(place)
    for base in ("/lines/data", "/line_items", "/invoice/line_items"):
        held = resolve_pointer(payload, base)
        if isinstance(held, list):
            return payload, [
                (f"{base}/{number}", words_in(str(one.get("description", ""))))
                for number, one in enumerate(held)
                if isinstance(one, dict) and "amount" in one
            ]
    return payload, []


def only_a_unit(said: Spoken, places: Sequence[Place], texts: RecordTexts) -> tuple[Place, ...]:
    """The quantity of an item whose price for one is said to be that of all."""
    text = said.clause.text
    if _EACH.search(text) or not _ALL.search(text) or not places:
        return ()
    found = []
    for place in places:
        if not place.path.endswith(("/unit_price", "/unit_amount")):
            return ()
        item = place.path.rpartition("/")[0].removesuffix("/price")
        many = resolve_pointer(texts.payload(place), f"{item}/quantity")
        if not isinstance(many, int) or many < _TELLING:
            return ()
        found.append(Place(place.ref, f"{item}/quantity", str(many)))
    return tuple(found)


def _is_before_change(place: Place, one: Entity) -> bool:
    """Whether a passage has a value only as what it is to change from: "from 22 % to 5 %", "today 41 %"."""
    text = with_figures(place.value)
    found = [other for other in find(text, people=False) if set(other.values) & set(one.values)]
    if not found and (hit := re.search(rf"(?i)\b(?:from|von|de) {re.escape(one.values[0])}(?!\d)", text)):
        return _TO.search(text, hit.end(), hit.end() + 30) is not None
    return bool(found) and all(_BEFORE.search(text[max(0, other.start - 12) : other.start]) for other in found)


def _says_part(said: Spoken, one: Entity) -> bool:
    """Whether the sentence itself says how many of them: 9 of the 40."""
    text = with_figures(said.clause.text)
    return re.search(rf"\d (?:of|out of|von|sur|de) (?:\w+ )?{re.escape(one.values[0])}(?!\d)", text) is not None


def _is_whole_of_part(place: Place, one: Entity, telling: Words) -> bool:
    """Whether a passage has the number only as the whole of which it speaks of a part: "11 of 64 have no …"."""
    if not place.value.count(" "):
        return False
    text = with_figures(place.value)
    for found in find(text, people=False):
        if one.values[0] in found.values and _PART_OF.search(text[max(0, found.start - 24) : found.start]):
            after = words_in(text[found.end : found.end + 80])
            return sum(any(not word.isdisjoint(other) for other in after) for word in telling) >= _TELLING
    return False


def counts_it(place: Place, one: Entity) -> bool:
    """Whether a passage may count with this number what the sentence counts: by the same noun, or by none."""
    held = [other for other in find(with_figures(place.value), people=False) if set(other.values) & set(one.values)]
    return (
        any(other.kind != "count" or other.unit == one.unit or other.unit[:4] == one.unit[:4] for other in held)
        or not held
    )


def _speaks_of_other(place: Place, one: Entity, telling: Words, said: Spoken, texts: RecordTexts) -> bool:
    """Whether a place is a passage in the sentence's language without any of its words."""
    if (
        place.value.count(" ") < _TELLING + 1
        or language(said.clause.text) != language(place.value)
        or not language(place.value)
    ):
        return False
    held = words_in(words_of(place.path.rpartition("/")[2])) + texts.subject(place)
    around = frozenset().union(*held) if held else frozenset[str]()
    return all(word.isdisjoint(around) for word in telling) and all(
        word.isdisjoint(stems) for stems in sentences_with(place.value, one) for word in telling
    )


def sentences_with(text: str, one: Entity) -> list[frozenset[str]]:
    """The words of each sentence of a passage that has the value; of a passage where none has it, of all."""
    found = _by_sentence(text)
    having = [stems for stems, values in found if any(other.kind == one.kind and agree(one, other) for other in values)]
    return having or [stems for stems, _ in found]


@lru_cache(maxsize=1_024)
def _by_sentence(text: str) -> tuple[tuple[frozenset[str], tuple[Entity, ...]], ...]:
    spans = [text[start:end] for start, end in sentence_spans(text)]
    return tuple((frozenset().union(*words_in(one)), find(with_figures(one), people=False)) for one in spans)
