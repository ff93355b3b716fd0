"""The faults of seeded defects: small pure functions, each of which puts one known fault into one text of a draft."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Any

from reviewqueue.core import canonical_json
from reviewqueue.core.vocabulary import ACTS
from reviewqueue.evidence.text.values import entities
from reviewqueue.evidence.text.words import names
from reviewqueue.evidence.types import Source

MESSAGE_TEXTS = ("/subject", "/body")


@dataclass(frozen=True)
class Fault:
    """One fault in one text of a draft: at the JSON Pointer `at`, `was` became `became`. `says` tells a person what is
    wrong, once it is revealed."""

    key: str
    says: str
    at: str
    was: str
    became: str


@dataclass(frozen=True)
class FaultContext:
    """What a fault may draw on: the names of people in the source records and the draft, and the draft's texts as
    (pointer, text)."""

    people: tuple[str, ...]
    texts: tuple[tuple[str, str], ...]


Change = tuple[str, str]  # what was there, once and only once, and what is there instead
Maker = Callable[[str, str, FaultContext, Random], Change | None]


def candidates(draft: dict[str, Any], sources: Mapping[str, Source], seed: str) -> list[Fault]:
    """Every fault that can be put into this draft, in an order that the seed decides."""
    rng = Random(seed)  # noqa: S311  (drawn again by whoever verifies it; the seed is secret until then)
    texts = tuple(canonical_json.leaves(draft))
    known = FaultContext(_people(texts, sources), texts)
    found = []
    for key, (says, make) in FAULTS.items():
        for at, text in texts:
            made = make(at, text, known, rng)
            if made and made[0] != made[1] and text.count(made[0]) == 1:
                found.append(Fault(key, says, at, *made))
    rng.shuffle(found)
    kinds = list(dict.fromkeys(fault.key for fault in found))
    rng.shuffle(kinds)  # a kind that has many places comes no more often than one that has few
    return sorted(found, key=lambda fault: kinds.index(fault.key))


def apply(draft: dict[str, Any], fault: Fault) -> dict[str, Any]:
    """A copy of the draft with the fault in it. Raises ValueError where `fault.was` is not there exactly once."""
    after: dict[str, Any] = deepcopy(draft)
    parent, _, name = fault.at.rpartition("/")
    holder = canonical_json.resolve_pointer(after, parent)
    key: Any = int(name) if isinstance(holder, list) else name.replace("~1", "/").replace("~0", "~")
    if holder is canonical_json.MISSING or holder[key].count(fault.was) != 1:
        raise ValueError(f"{fault.was!r} is not exactly once at {fault.at}")
    holder[key] = holder[key].replace(fault.was, fault.became)
    return after


def undone(draft: dict[str, Any], fault: Fault) -> dict[str, Any]:
    """A copy of the draft without the fault, as it was before; as it is where that cannot be told."""
    try:
        return apply(draft, replace(fault, was=fault.became, became=fault.was)) if fault.became else draft
    except ValueError:
        return draft


def kept(draft: dict[str, Any], fault: Fault, before: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a draft that was written anew, with the fault that was in the one `before` it: in the new words where
    they can hold it, else in those before."""
    try:
        return apply(draft, fault)
    except (ValueError, AttributeError):
        whole = canonical_json.resolve_pointer(before, fault.at)
        now = canonical_json.resolve_pointer(draft, fault.at)
        if not isinstance(whole, str) or not isinstance(now, str) or not now:
            return draft
        return apply(draft, replace(fault, was=now, became=whole))


def caught(fault: Fault, act: str, draft: Mapping[str, Any] | None = None) -> bool:
    """Whether that act catches the fault: an edit only where its draft no longer has the fault."""
    if act != "edit":
        return bool(ACTS[act].state_after)
    text = canonical_json.resolve_pointer(draft or {}, fault.at)
    if not isinstance(text, str):
        return True
    if fault.became and fault.became not in text:
        return True
    if fault.became in fault.was:  # something was left out: it is back when most of its words are
        removed_words = set(_words(fault.was)) - set(_words(fault.became))
        return bool(removed_words) and len(removed_words & set(_words(text))) * 2 >= len(removed_words)
    return fault.was in text and fault.was not in fault.became


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _people(texts: tuple[tuple[str, str], ...], sources: Mapping[str, Source]) -> tuple[str, ...]:
    texts_searched = [text for _, text in texts]
    texts_searched += [text for source in sources.values() for _, text in canonical_json.leaves(source.payload)]
    found = (text[start:end] for text in texts_searched for start, end, _, sure in names.find(text) if sure)
    return tuple(sorted({name for name in found if " " in name and "\n" not in name}))


def _dates(at: str, text: str, known: FaultContext, rng: Random) -> Change | None:
    """A date in prose, a week off."""
    held = [one for one in entities.find(text) if one.kind == "date"]
    rng.shuffle(held)
    for one in held:
        was = text[one.start : one.end]
        if (became := _a_week_later(was, one.values[0])) != was:
            return was, became
    return None


def _a_week_later(text: str, value: str) -> str:
    if text == value:
        return (date.fromisoformat(value) + timedelta(days=7)).isoformat()
    day = re.search(rf"(?<!\d)0?{int(value[-2:])}(?!\d)", text) if value[-2:].isdigit() else None
    if day is None:
        return text
    moved = int(value[-2:]) + (7 if int(value[-2:]) <= 21 else -7)
    return f"{text[: day.start()]}{moved}{text[day.end() :]}"


def _amounts(at: str, text: str, known: FaultContext, rng: Random) -> Change | None:
    """An amount, a count or a length of time that is not the source record's."""
    held = [one for one in entities.find(text) if one.kind in ("money", "count", "percent", "number", "duration")]
    rng.shuffle(held)
    for one in held:
        was = text[one.start : one.end]
        digits = re.search(r"\d+", was)
        if digits:
            return was, f"{was[: digits.start()]}{_changed_number(digits[0])}{was[digits.end() :]}"
    return None


def _changed_number(digits: str) -> str:
    if len(digits) > 1 and digits[0] != digits[1] and digits[1] != "0":
        return digits[1] + digits[0] + digits[2:]
    return str(int(digits[0]) + 1) + digits[1:] if digits[0] != "9" else f"7{digits[1:]}"


def _owners(at: str, text: str, known: FaultContext, rng: Random) -> Change | None:
    """Somebody else's name, out of the same source records."""
    held = [name for name in known.people if text.count(name) == 1]
    others = [name for name in known.people if name not in text]
    if not held or not others:
        return None
    return rng.choice(held), rng.choice(others)


def _greetings(at: str, text: str, known: FaultContext, rng: Random) -> Change | None:
    """A greeting to somebody else of the same source records."""
    hit = re.match(r"\s*(?:Hello|Hi|Dear|Hallo|Liebe|Lieber|Bonjour|Hola) ([^\W\d_]+)", text)
    if hit is None or at != "/body":
        return None
    others = sorted({name.split()[0] for name in known.people} - {hit[1]})
    return (hit[0], hit[0][: -len(hit[1])] + rng.choice(others)) if others else None


def _negations(at: str, text: str, known: FaultContext, rng: Random) -> Change | None:
    """A “not” taken out, or put in."""
    out = list(re.finditer(r"[^\n.]{0,30}\b(?:is|are|do|does|will|was|were) not [^\n.]{0,30}", text))
    if out:
        was = rng.choice(out)[0]
        return was, was.replace(" not ", " ", 1)
    put = list(re.finditer(r"[^\n.?]{0,30}\b(?:is|are|will) (?!not\b)[^\n.?]{1,30}", text))
    if not put:
        return None
    was = rng.choice(put)[0]
    return was, re.sub(r"\b(is|are|will) (?!not\b)", r"\1 not ", was, count=1)


def _sentences(text: str) -> list[str]:
    return [hit[0] for hit in re.finditer(r"[^\s.!?][^.!?\n]*[.!?](?=\s|$)", text)]


def _missing_step(at: str, text: str, known: FaultContext, rng: Random) -> Change | None:
    """What the customer is asked to do, or what happens next, left out."""
    asks = [one for one in _sentences(text) if re.match(r"(?:Please|Next step|Bitte|Could you|As a next)", one)]
    if not asks:
        return None
    gone = rng.choice(asks)
    before = re.search(rf"(?:\S+\s+)?{re.escape(gone)}", text)
    kept = before[0].removesuffix(gone).rstrip() if before else ""
    return (before[0], kept) if before and kept and text.count(before[0]) == 1 else None


PROMISES = (
    "A second training session is included.",
    "Your older data is brought over as well.",
    "The integration is ready when you start.",
    "Our team is there for you around the clock in the first month.",
)


def _invented_promise(at: str, text: str, known: FaultContext, rng: Random) -> Change | None:
    """A promise that nobody made, put in after a sentence."""
    said = _sentences(text)
    if at in MESSAGE_TEXTS[:1] or len(said) < 2:
        return None
    after = rng.choice(said[:-1])
    return after, f"{after} {rng.choice(PROMISES)}"


def _receivers(at: str, text: str, known: FaultContext, rng: Random) -> Change | None:
    """An address of the customer's own domain that nobody knows."""
    local, sign, domain = text.partition("@")
    if not re.match(r"/(?:to|cc|bcc)/\d+$", at) or not sign or " " in text:
        return None
    others = [name for name in ("office", "projects", "team.lead", "m.arnold", "k.jansen") if name != local]
    return text, f"{rng.choice(others)}@{domain}"


def _swapped_fields(at: str, text: str, known: FaultContext, rng: Random) -> Change | None:
    """What belongs in another field of the same document."""
    if not at.startswith("/sections/") or not text.strip():
        return None
    others = [
        one
        for place, one in known.texts
        if place.startswith("/sections/") and place != at and _similar_length(one, text)
    ]
    return (text, rng.choice(others)) if others else None


def _similar_length(one: str, other: str) -> bool:
    """Whether two texts could be taken for each other: not the same, and of about the same length."""
    return one != other and len(one) < 2 * len(other) and len(other) < 2 * len(one)


def _risks(at: str, text: str, known: FaultContext, rng: Random) -> Change | None:
    """A risk left out."""
    return (text, "None known.") if "risk" in at and len(text) > 12 else None


# key → (what is wrong, as people read it once it is revealed; the function that makes it).
FAULTS: dict[str, tuple[str, Maker]] = {
    "date": ("A date is not the one in the records", _dates),
    "amount": ("A number is not the one in the records", _amounts),
    "owner": ("It names somebody else than the records do", _owners),
    "greeting": ("It greets somebody else than it is written to", _greetings),
    "not": ("It says the opposite of what it should", _negations),
    "next_step": ("What happens next, or what is asked for, is left out", _missing_step),
    "promise": ("It promises what nobody promised", _invented_promise),
    "receiver": ("It goes to an address that no record knows", _receivers),
    "field": ("A field says what belongs in another", _swapped_fields),
    "risk": ("A risk that the records name is left out", _risks),
}


def fault_kinds(faults: Mapping[str, tuple[str, Maker]] = FAULTS) -> Iterator[tuple[str, str]]:
    """(key, description) of each kind of fault."""
    return ((key, says) for key, (says, _) in faults.items())
