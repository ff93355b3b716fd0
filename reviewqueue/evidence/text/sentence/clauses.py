"""Splits a text into clauses, the parts of a sentence that each say one thing, and reads each once: its words without
their endings, its values, and whether its sentence denies or only thinks it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.values.entities import Entity, find
from reviewqueue.evidence.text.words import names
from reviewqueue.evidence.text.words.number_words import with_figures
from reviewqueue.evidence.text.words.one_word import ONE_WORD
from reviewqueue.evidence.text.words.stems import stems
from reviewqueue.evidence.text.words.tokens import NEGATIONS, STOP, denies, folded
from reviewqueue.evidence.text.words.vocabulary import MONTHS

LONGEST = 200_000  # characters of one text that are read
_LONGEST_CLAUSE = 240
_LONGEST_SENTENCE = 1_200  # what goes on for longer is cut
_SENTENCE = as_pattern(
    r"\n+|\b(?:January|February|March|April|May|June|July|August|September|October|November|December)"
    r" \d{1,2}(?: ?(?:to|and|until|through|–|-) ?\d{1,2})?\.(?=\s+[A-Z])|[.!?;](?=[\s\"'”’)]"
    r"|\Z)(?<![ .]\d\.)(?<![ .]\d\d\.)(?<!\bDr\.)(?<!\bMr\.)(?<!\bMs\.)(?<!\bNr\.)(?<!\bz\.B\.)[\"'”’)]*"
)
_CLAUSE = as_pattern(
    # "A hundred and ten" is one number.
    r",\s(?!\d)|(?<!hundred)(?<!thousand)(?<!million)(?<!enta)(?<!vingt)(?<!ante)\s(?!and a half )"
    r"(?=(?:and|plus|but|because|so that|although|unless|weil|obwohl|damit|parce que|porque|aunque"
    r"|while|when|once|und|aber|sowie|wenn|sobald|nachdem|bevor|et|mais|y"
    r"|pero)\s)|[()]|\s[–—]\s"
    # "before 20 March" belongs to what is before it, "after the start on 1 March" does not.
    r"|\s(?=(?:after|before|nach|vor|après|avant|después|antes)\s(?:the|your|our|we|you|it|de[rmn]|die|das"
    r"|unser|ihr|la|le|el|de|del)\w*\s)"
)
_WHOLE = {"sso": "single sign-on", "2fa": "two-factor login", "mfa": "multi-factor login"}
_SHORT = as_pattern(r"(?i)\b(?:sso|2fa|mfa)\b")
# The sentence denies what its clause says.
_NOT_THAT = as_pattern(
    r"(?i)(?:\bnot|n['’]t|\bcannot|\bkann \w{0,12} ?nicht|\bnever) (?:\w+ )?(?:promise|guarantee|confirm|commit"
    r"|say|think|sure|agree"
    r"|believe|versprechen|zusagen|garantieren|sicher)"
)
_ADDRESS = as_pattern(r"[\w.+-]{1,64}@[\w.-]{1,120}|https?://[^\s<>]{1,300}")
_WORD = as_pattern(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
# What is only thought possible, or still to be asked.
_HEDGE = as_pattern(
    r"(?i)\b(?:could|might|perhaps|maybe|possibly|probably|hopefully|hopes?|thinks?|guess|not sure|let me check"
    r"|need to check|to be confirmed|tbc"
    r"|tentative\w*|unclear|would (?:like|love|be (?:nice|great|good|interesting))|nice to have|interesting"
    r"|no (?:promise|commitment|decision|date)"
    r"|not (?:yet )?decided|undecided|to be decided|wish(?:es|ed)?|i['’]ll (?:see|ask|check)|have to ask"
    r"|will ask|kläre|könnten?|vielleicht|möglicherweise|eventuell|hoffentlich"
    r"|wahrscheinlich|müssen? wir prüfen"
    r"|noch offen|unklar|peut-être|quizás?|tal vez|could not|cannot promise|can't promise|(?-i:may)(?! \d|\s20))\b|\?"
)
_CALENDAR = frozenset(map(folded, MONTHS)) | frozenset(
    f"{day}day" for day in ("mon", "tues", "wednes", "thurs", "fri", "satur", "sun")
)
# "We inspect without SAP" does not deny that we inspect, nor does "No, we inspect it".
_WITHOUT = as_pattern(
    r"(?i)\b(?:without|ohne|sans|sin)\b|\b(?:at|for) no (?:extra |additional |further )?(?:cost|charge|fee|price)s?\b"
    r"|\A\W*(?:no|nein|non),"
)
_BUT = as_pattern(r"(?i)\W*(?:but|yet|and|aber|und|mais|et|pero|y)\b")
_MIN_SAID = 3
_COURTESY = as_pattern(
    r"(?i)\W*(?:dear|hi|hello|hey|thank|many thanks|thanks|best|kind|regards|we look forward|looking forward"
    r"|sehr geehrte|liebe|hallo|guten"
    r"|vielen dank|danke|wir freuen uns|viele grüße|bonjour|merci|cordialement|hola|gracias|saludos|un saludo)\b"
)
_EMPTY = frozenset(
    (
        "will",
        "would",
        "shall",
        "let",
        "new",
        "old",
        "yet",
        "there",
        "here",
        "get",
        "please",
        "also",
        "mr",
        "mrs",
        "ms",
        "until",
        "till",
    )
)


class Clause(NamedTuple):
    """A clause at start:end of a text, in the sentence at first:last. `words` has the stems of each word that carries a
    fact, `stems` all of them; `no` says that it has a negation, `denied`
    that its sentence denies it from outside, `hedged` that its sentence is not sure."""

    start: int
    end: int
    first: int
    last: int
    text: str
    words: tuple[frozenset[str], ...]
    stems: frozenset[str]
    no: bool
    denied: bool
    hedged: bool

    @property
    def entities(self) -> tuple[Entity, ...]:
        """The values in it, without names."""
        return find(with_figures(self.text), people=False)


def words_in(text: str) -> tuple[frozenset[str], ...]:
    """The stems of each word of a text that carries a fact; figures are no words."""
    text = _SHORT.sub(lambda hit: _WHOLE[hit[0].casefold()], text)
    if "@" in text or "://" in text:
        text = _ADDRESS.sub(" ", text)
    return tuple(_stems(word) for word in _WORD.findall(text) if _tells(word))


@lru_cache(maxsize=16_384)
def _tells(word: str) -> bool:
    plain = folded(word)
    return (
        len(plain) > 1
        and plain not in _CALENDAR
        and plain not in STOP
        and plain not in NEGATIONS
        and plain not in _EMPTY
    )


@lru_cache(maxsize=16_384)
def _stems(word: str) -> frozenset[str]:
    plain = folded(word)
    return stems(ONE_WORD.get(plain, plain))


@lru_cache(maxsize=64)
def sentence_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Where each sentence of a text begins and ends, with the sign that ends it."""
    found: list[tuple[int, int]] = []
    start = 0
    for end in [*(hit.end() for hit in _SENTENCE.finditer(text)), len(text)]:
        while start < end and text[start].isspace():
            start += 1
        found += [(at, min(at + _LONGEST_SENTENCE, end)) for at in range(start, end, _LONGEST_SENTENCE)]
        start = end
    return tuple(found)


def telling_sentences(text: str) -> list[tuple[int, int]]:
    """Where the sentences stand that say something: no question, greeting, thanks or signature, and three words or
    more that carry a fact."""
    signed = names.signature(text)
    return [(start, end) for start, end in sentence_spans(text) if start < signed and _says(text[start:end])]


@lru_cache(maxsize=4_096)
def _says(sentence: str) -> bool:
    polite = sentence.rstrip().endswith("?") or _COURTESY.match(sentence) is not None
    return not polite and len(words_in(sentence)) >= _MIN_SAID


@lru_cache(maxsize=64)
def clauses(text: str) -> tuple[Clause, ...]:
    """The clauses of a text, in reading order."""
    made: list[Clause] = []
    for first, last in sentence_spans(text[:LONGEST]):
        for one in _of_sentence(text[first:last]):
            made.append(one._replace(start=first + one.start, end=first + one.end, first=first, last=last))
    return tuple(made)


@lru_cache(maxsize=4_096)
def _of_sentence(text: str) -> tuple[Clause, ...]:
    denied, hedged = _NOT_THAT.search(text) is not None, _HEDGE.search(text) is not None
    borders = [0, *_borders(text), len(text)]
    made: list[Clause] = []
    start = 0
    for end in borders[1:]:
        part = text[start:end]
        words = words_in(part)
        no = denies(_WITHOUT.sub("", part))
        # One word alone says nothing: it goes with what follows, at the end with what is before.
        if len(words) < 2 and end == len(text) and made and text[start - 1] != "(":
            # "Three managers, not met yet" is denied, "it would be nice, but it is no condition" is not.
            no = made[-1].no or (no and not _BUT.match(part))
            start = made.pop().start
            part, words = text[start:end], words_in(text[start:end])
        if len(words) > 1 or end == len(text):
            stemmed = frozenset().union(*words)
            made.append(Clause(start, end, 0, len(text), part, words, stemmed, no, denied, hedged))
            start = end
    return tuple(made)


def _borders(text: str) -> Iterator[int]:
    """Where the clauses of a sentence end; one that goes on for longer than any does is cut at a blank."""
    last = 0
    for end in [*(hit.end() for hit in _CLAUSE.finditer(text)), len(text)]:
        while end - last > _LONGEST_CLAUSE and (last := text.find(" ", last + _LONGEST_CLAUSE, end) + 1):
            yield last
        last = end
        if end < len(text):
            yield end
