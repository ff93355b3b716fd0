"""Compares words of a draft with a text field, from a plan's name of one word to a note of three hundred."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from reviewqueue.core.characters import escape_hidden
from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.values.agreement import agree
from reviewqueue.evidence.text.values.countries import same_country
from reviewqueue.evidence.text.values.entities import find
from reviewqueue.evidence.text.words.caches import cached_by_length
from reviewqueue.evidence.text.words.names import GIVEN
from reviewqueue.evidence.text.words.number_words import with_figures
from reviewqueue.evidence.text.words.stems import stems
from reviewqueue.evidence.text.words.tokens import (
    LEGAL,
    Token,
    WordSet,
    alike,
    content,
    denied,
    denies,
    folded,
    language,
    tokens,
    word_set,
)

Verdict = Literal["same", "otherwise", "unclear"]
_LONG = 40  # tokens; a longer field is a note
_SHORT = 5  # words; a field with no more is a value, a longer one a note
LONGEST_QUOTE, LONGEST_NOTE = 2_000, 100_000  # beyond, a quote is only looked for word for word
_REACH = 3  # words after a negation that it denies
_CLAUSE = as_pattern(r"[.;:!?](?=\s|\Z)|\n")
_PART = as_pattern(r",\s|\s(?:and|und|et|y)\s|[–—()]")
# "It could be done" does not say "it will be done".
_HEDGED = as_pattern(
    r"(?i)\b(?:could|might|perhaps|maybe|possibly|probably|hopefully|hopes?|thinks?|guess|könnten?|vielleicht|möglicherweise"
    r"|eventuell|hoffentlich|peut-être|quizás?)\b"
)
# Words that make it another plan when they follow its name.
_TIERS = word_set(
    "advanced basic bronze diamond essential essentials gold light lite max platinum plus premium pro professional "
    "silver starter trial ultimate unlimited xl"
)
_KEY_WORDS = word_set("c id name type value date text field custom hs properties record records")


def compared(quote: str, before: str, told: str, key: str) -> Verdict:
    """The verdict on a quote against a text field that says `told`; `before` is the text just before the quote, `key`
    the field's name, whose words claim nothing."""
    if len(quote) > LONGEST_QUOTE or len(told) > LONGEST_NOTE:
        return "same" if folded(quote.strip()) in folded(told) else "unclear"
    said, held = with_figures(quote.strip()), with_figures(escape_hidden(told).strip())
    if quick := _stands(said, before, held):
        return quick
    mine, theirs = tokens(said), tokens(held)
    if len(theirs) > _LONG:
        return _note(said, before, held)
    value = [one for one in content(theirs) if one.word not in LEGAL] or list(theirs)
    if not value:
        return "unclear"
    if same_country(said, held):
        return "same" if (denies(said) or denied_from(before)) == denies(held) else "unclear"
    if (
        (listed := [part for part in re.split(r"[;|]", held) if content(tokens(part))])
        and len(listed) > 1
        and len(value) <= 4 * _SHORT
    ):
        chosen = {_value(said, before, mine, part, content(tokens(part)), key) for part in listed}
        if "same" in chosen:
            return "same"
    if len(value) <= _SHORT and len(theirs) <= 3 * _SHORT:
        return _value(said, before, mine, held, value, key)
    return _note(said, before, held)


def _stands(said: str, before: str, held: str) -> Verdict | None:
    """The verdict where the quote stands in the field word for word; None where it does not."""
    mine, row = [one.word for one in tokens(said)], _row(held)
    if said.endswith("…") and mine:
        mine.pop()
    if not mine or not row.strip():
        return "same" if folded(said) == folded(held) else None
    at = row.find(f" {' '.join(mine)} ")
    if at < 0:
        return None
    place = row.count(" ", 0, at)
    if _tier_after(tokens(held), place + len(mine)):
        return "otherwise"
    cut = denied(tokens(held), place, 2 * _REACH, held) and not (denies(said) or denied_from(before))
    if not cut and _not_after(tokens(held), place + len(mine), held) and not (denies(said) or denied_from(before)):
        return "unclear"
    near = cut and denied(tokens(held), place, _REACH, held)
    return ("otherwise" if near else "unclear") if cut else _affirmed(before, held, "same")


def _tier_after(theirs: tuple[Token, ...], at: int) -> bool:
    """Whether a short value goes on with a word that makes it another plan: Business of Business Plus."""
    return len(theirs) <= _SHORT and at < len(theirs) and theirs[at].word in _TIERS


@cached_by_length
def _row(text: str) -> str:
    """The words of a text in one line, with a blank before and after each."""
    return f" {' '.join(one.word for one in tokens(text))} "


def _affirmed(before: str, held: str, verdict: Verdict) -> Verdict:
    """The verdict, or "otherwise" where the text before the quote denies what the field affirms."""
    return "otherwise" if denied_from(before) and not denies(held) else verdict


def denied_from(before: str) -> bool:
    """Whether the few words before a quote deny what it begins with."""
    found = tokens(before)
    tail = before[found[-1].end :] if found else ""
    if re.search(r"[.;:!?,\n]", tail):
        return False
    return denied((*found, Token(len(before), len(before), "", False, False)), len(found), _REACH, before)


def covers(said: Sequence[Token], wanted: Sequence[Token]) -> bool:
    """Whether any of the `wanted` words is said."""
    bag = WordSet(wanted)
    return any(map(bag.has, said))


def _value(said: str, before: str, mine: tuple[Token, ...], held: str, value: list[Token], key: str) -> Verdict:
    """The verdict for a short value: it must be in the quote, or the quote a part of it."""
    if _counts_otherwise(said, _read(held)):
        return "otherwise"
    quoted = content(mine)
    whole = _squashed(held)
    if (
        len(whole) > 4
        and whole in _squashed(said)
        and not (whole.isalpha() and len(value) == 1 and " " not in held and _lower(mine, value))
    ):
        places = [at for at, one in enumerate(mine) if alike(one, value[0])]
        return _judged(said, before, mine, held, value, places)
    if all(map(WordSet(mine).has, value)):
        return _judged(said, before, mine, held, value, [at for at, one in enumerate(mine) if alike(one, value[0])])
    names = {one.word for one in tokens(spaced(key))} | _KEY_WORDS
    telling = [one for one in quoted if one.word not in names and one.word not in LEGAL]
    theirs = WordSet(tokens(held))
    if telling and all(map(theirs.has, telling)):
        last = max(at for at, one in enumerate(tokens(held)) if WordSet(telling).has(one) or not at)
        if _tier_after(tokens(held), last + 1):
            return "otherwise"
        return "otherwise" if denies(said) != denies(held) else _affirmed(before, held, "same")
    proper = all(held[one.start].isupper() for one in value)
    if proper and any(said[one.start].isupper() and not theirs.has(one) for one in telling):
        return "otherwise"
    if _denial_differs(said, telling, held):
        return "otherwise"
    about = WordSet(mine)
    topic = any(about.has(one) for one in content(tokens(spaced(key))))
    return _partly(said, telling, theirs, topic)


def _judged(
    said: str, before: str, mine: tuple[Token, ...], held: str, value: list[Token], places: list[int]
) -> Verdict:
    """The verdict for a quote with the value in it: "same", unless it is denied there or begins another value."""
    if not denies(held) and places:
        kept = [
            at for at in places if not denied(mine, at, _REACH, said) and not _not_after(mine, at + len(value), said)
        ]
        if not kept or (places[0] < _REACH and denied_from(before + said[: mine[places[0]].start]) and len(kept) < 2):
            return "otherwise"
    elif denies(held) and not denies(said) and not denied_from(before):
        return "otherwise"
    for at in places:
        after = mine[at + len(value)] if at + len(value) < len(mine) else None
        if after and after.word in _TIERS and after.word not in {one.word for one in tokens(held)}:
            return "otherwise"
        last = mine[min(at + len(value), len(mine)) - 1]
        if said[last.end : last.end + 1] == "+" or (after and after.figure and after.start - last.end == 1):
            return "unclear"
    if _lower(mine, value) and any(one.name and one.word not in LEGAL for one in content(mine)):
        return "unclear"
    return "same"


def _not_after(mine: tuple[Token, ...], at: int, said: str) -> bool:
    """Whether what follows denies what was said: "Enterprise is not included"."""
    words = [one.word for one in mine[at : at + 3]]
    verbs = {"is", "are", "was", "were", "will", "ist", "sind", "war", "wird"}
    direct = {"isn't", "aren't", "wasn't", "won't"}
    return bool(words) and (
        words[0] in direct or (words[0] in verbs and bool({"not", "no", "nicht", "never"} & set(words[1:])))
    )


def _lower(mine: tuple[Token, ...], value: list[Token]) -> bool:
    """Whether a name of one word stands in the quote only in lower case, as a common word does."""
    if len(value) != 1 or not value[0].word.isalpha():
        return False
    hits = [one for one in mine if one.word == value[0].word]
    return bool(hits) and not any(one.name for one in hits) and all(one.start > 0 for one in hits)


def _squashed(text: str) -> str:
    return "".join(sign for sign in folded(text) if sign.isalnum())


def spaced(key: str) -> str:
    """A field's name as words: BillingCity, plan_name."""
    return re.sub(r"_+|(?<=[a-z])(?=[A-Z])", " ", re.sub(r"__c\Z", "", key))


def _denial_differs(said: str, telling: list[Token], held: str) -> bool:
    """Whether only one of the two denies what they have in common."""
    note = _read(held)
    shared = [one for one in telling if note.words.has(one)]
    whole = note.holding(shared) if len(shared) > 1 else []
    return bool(whole) and all(_denies_around(shared, clause) != denies(said) for clause in whole)


def _partly(said: str, telling: list[Token], theirs: WordSet, topic: bool = True) -> Verdict:
    """The verdict for words that match the field in part: another value where a name or a figure differs, else unclear.
    With nothing in common it is another value if the quote has the field's own name in it (`topic`)."""
    if not telling:
        return "unclear"
    strange = [one for one in telling if not theirs.has(one)]
    german = language(said) == "de"
    named = any(one.figure or one.word in GIVEN or (one.name and not german) for one in strange)
    if len(strange) == len(telling) and not (named or topic):
        return "unclear"
    some = len(strange) < len(telling) and len(telling) - len(strange) >= len(strange)
    return "unclear" if some and not named else "otherwise"


class Note:
    """A long text, read once: its clauses, its words, and in which clauses each word stands."""

    def __init__(self, text: str) -> None:
        self.clauses = [part for part in _CLAUSE.split(text) if part.strip()]
        self.bags = [WordSet(tokens(part)) for part in self.clauses]
        self.words = WordSet(tokens(text))
        self.counted: dict[str, set[str]] = {}
        found = tokens(text)
        for at, one in enumerate(found):
            near = {other.word for other in found[max(0, at - 3) : at] if other.figure}
            if near and not one.figure:
                for stem in stems(one.word):
                    self.counted.setdefault(stem, set()).update(near)

    def holding(self, wanted: Sequence[Token]) -> list[str]:
        """The clauses that have all of these words."""
        return [clause for clause, bag in zip(self.clauses, self.bags, strict=True) if all(map(bag.has, wanted))]


_read = cached_by_length(Note)


def _note(said: str, before: str, held: str) -> Verdict:
    """The verdict for a note: each part of the quote must stand in one sentence of it."""
    telling = [one for one in content(tokens(said)) if one.word not in LEGAL]
    if not telling:
        return "unclear"
    note = _read(held)
    if _other_figure(said, held, note):
        return "otherwise"
    if not all(map(note.words.has, telling)):
        if _denial_differs(said, telling, held):
            return "otherwise"
        languages = {language(said), language(held)} - {""}
        return "unclear" if len(languages) == 2 else _partly(said, telling, note.words)
    parts = [part for part in _CLAUSE.split(said) if content(tokens(part))]
    return _worst([_clause(part, before if not at else "", note) for at, part in enumerate(parts)])


def _worst(verdicts: Sequence[Verdict]) -> Verdict:
    return "otherwise" if "otherwise" in verdicts else "unclear" if "unclear" in verdicts else "same"


def _clause(part: str, before: str, note: Note) -> Verdict:
    wanted = [one for one in content(tokens(part)) if one.word not in LEGAL]
    if whole := note.holding(wanted):
        if not _HEDGED.search(part) and all(map(_HEDGED.search, whole)):
            return "unclear"
        no = denies(part) or denied_from(before)
        return "same" if any(_denies_around(wanted, clause) == no for clause in whole) else "otherwise"
    pieces = [piece for piece in _PART.split(part) if content(tokens(piece))]
    return _worst([_clause(piece, "", note) for piece in pieces]) if len(pieces) > 1 else "unclear"


def _denies_around(wanted: Sequence[Token], clause: str) -> bool:
    """Whether a clause of a note denies the `wanted` words, in the part between commas that has most of them."""
    parts = [part for part in re.split(r",\s|\s(?:but|aber|sondern)\s", clause) if part.strip()]

    def share(part: str) -> int:
        return sum(map(WordSet(tokens(part)).has, wanted))

    best = max(parts, key=share, default=clause)
    return denies(best if share(best) == len(wanted) else clause)


def _other_figure(said: str, held: str, note: Note) -> bool:
    """Whether the quote has a figure that the note lacks, or counts something by another number than the note."""
    theirs = find(held, people=False)
    plain = {one.word for one in tokens(held) if one.figure}
    for one in find(said, people=False):
        same = [other for other in theirs if other.kind == one.kind]
        if one.kind in ("date", "money", "percent", "duration", "email", "phone"):
            if same and not any(agree(one, other) for other in same):
                return True
            if not same and not any(value in plain for value in one.values):
                return not all(token.word in plain for token in tokens(said[one.start : one.end]) if token.figure)
    mine = [one for one in tokens(said) if one.figure]
    spans = [
        (one.start, one.end)
        for one in find(said, people=False)
        if one.kind in ("date", "money", "duration", "phone", "email")
    ]
    loose = [one for one in mine if not any(start <= one.start < end for start, end in spans)]
    return any(one.word not in plain for one in loose) or _counts_otherwise(said, note)


def _counts_otherwise(said: str, note: Note) -> bool:
    """Whether a word is counted by a number in the quote and by another one in the note."""
    for number, word in _pairs(said):
        near = set().union(*(note.counted.get(stem, ()) for stem in stems(word.word)))
        if near and number not in near:
            return True
    return False


def _pairs(text: str) -> list[tuple[str, Token]]:
    """(number, the word it counts)."""
    found = tokens(text)
    made = []
    for at, one in enumerate(found):
        word = next((other for other in reversed(found[at + 1 : at + 3]) if other.content and not other.figure), None)
        if one.figure and word is not None:
            made.append((one.word, word))
    return made
