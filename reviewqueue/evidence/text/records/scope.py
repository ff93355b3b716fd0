"""What records include and leave out, thing by thing: "no kiosk hardware", a field of what is not included, a list of
modules. A sentence that has such a thing the other way round says otherwise, whatever else it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.records.places import Place
from reviewqueue.evidence.text.sentence.clauses import Clause, words_in
from reviewqueue.evidence.text.words.concepts import words_of

Words = tuple[frozenset[str], ...]
_OUT_FIELD = as_pattern(
    r"(?:not|no|nicht|non|out|outside)(?: (?:in|of|included|part|covered|the|scope|enthalten|inclus?|umfang))+"
    r"|exclu\w+|ausgeschlossen\w*|ausschl\w+|hors \w+|exclus?|fuera de \w+"
)
_WORDS = r"(?P<thing>[\w'’-]+(?:[ \u00a0][\w'’-]+){0,5})"
_NO_THING = as_pattern(
    rf"(?i)\b(?:no|without(?: any)?|not any|not a single|kein\w*|ohne|pas (?:de|d['’])|aucune?|sans|sin|ning[uú]n\w*)"
    rf"[ \u00a0]?{_WORDS}"
)
_THING_NOT = as_pattern(
    rf"(?i)\A\W*(?:the |your |our |a |an |die |der |das |ihre? |la |le |les |el |los |votre |vos )?{_WORDS} "
    r"(?:is|are|was|were|will|wo|do|does|has|have|ist|sind|wird|werden|est|sont|sera|está|será)(?: be| been)?"
    r"(?:n['’]t| not| never| nicht| pas|(?<!has)(?<!have) no| excluded| out | outside| left out| ausgeschlossen| exclu)"
)
# Where the thing that is denied ends.
_ENDS = as_pattern(
    r"(?i)\b(?:in|of|for|to|on|at|by|with|from|as|is|are|was|were|will|has|have|be|been|this|that|and|or|but"
    r"|yet|so|then"
    r"|beyond|during|until|after|before|included|planned|part"
    r"|für|von|im|am|zu|mit|bei|ist|sind|wird|werden|und|oder|aber|noch|pour|dans|est|sont|et|ou|sur|avec|para"
    r"|con|es|y)\b"
)
# What begins a part that says which one it is: no import from spreadsheets.
_OF = as_pattern(r"(?i)(?:of|from|for|to|aus|von|für|de|des|du|depuis|pour|desde|para)\b")
# Words of a claim that say nothing of which thing it is about.
_FRAME = frozenset().union(*words_in(
    "project deal package order scope contract offer plan phase setup subscription module include included part come "
    "ask asked want wanted need needed buy bought request requested wish agree agreed commit committed promise "
    "promised "
    "old new previous current existing tool tools system systems software "
    "get available provide deliver planned plan longer exist moment date time all same "
    "Projekt Vertrag Umfang Auftrag Paket enthalten inbegriffen vorgesehen geplant gewünscht "
    "projet contrat offre périmètre prévu compris inclus demandé proyecto contrato incluido previsto"
))  # fmt: skip
# What is only spoken of as outside of the order: it affirms nothing.
_ASIDE = as_pattern(
    r"(?i)\b(?:later|separate\w*|yourself|yourselves|instead|interest\w*|quote|quotation|discuss\w*|wish\w*"
    r"|phase|someday"
    r"|additional(?:ly)?|extra cost|if|whether|unless|until|only|rather|replac\w+|(?:in(?:stead)?"
    r"|takes?) (?:the )?place|own|other|outside|beyond|optional\w*|ask\w*"
    r"|später|separat|selbst|statt|nur|falls|ob|wenn|plus tard|séparé\w*|si|plutôt|más adelante|aparte)\b|\?"
)
_APART = as_pattern(
    r"(?i)\b(?:later|separate\w*|yourself|yourselves|instead|someday|in (?:the )?future|at extra cost|später"
    r"|separat|künftig"
    r"|plus tard|séparé\w*|más adelante|aparte)\b"
)
_ITEMS = as_pattern(r"[,;|\n•/]|\.\s|\s(?:and|und|et|y|&)\s")
_PLAIN = as_pattern(r"[^\W\d_][^@:]{2,79}")
_MOST = 60


class Thing(NamedTuple):
    """A thing that a record includes, or leaves out."""

    place: Place
    words: Words
    included: bool
    listed: bool


def things_of(place: Place, text: str) -> Iterator[Thing]:
    """The things that a field lists: left out where its name says so, else included."""
    out = lists_what_is_out(place.path)
    if len(text) > 400 or not (out or _PLAIN.fullmatch(text)):
        return
    for item in _ITEMS.split(text)[:_MOST]:
        words = words_in(item)
        if words and len(words) <= 6 and (out or len(item.split()) <= 6) and not _denied_things(item):
            yield Thing(place, words, not out, True)


@lru_cache(maxsize=8_192)
def _denied_things(text: str, whole: bool = False) -> tuple[Words, ...]:
    """The words of each thing that a clause says is not there, or not included. A thing of one word keeps, if `whole`,
    what is said of it: "no account needed"."""
    found = []
    for pattern in (_NO_THING, _THING_NOT):
        for hit in pattern.finditer(text):
            thing = hit["thing"]
            ends = _ENDS.search(thing)
            every = words_in(thing[: ends.start()] if ends else thing)
            if pattern is _NO_THING and (
                of := _OF.match(text, hit.start("thing") + ends.start() if ends else len(text))
            ):
                every = (*every, *words_in(text[of.end() :]))
            words = tuple(word for word in every if word.isdisjoint(_FRAME))
            if words:
                found.append(every if whole and len(words) == 1 else words)
    return tuple(found)


def lists_what_is_out(path: str) -> bool:
    """Whether a field, by its name, lists what is left out."""
    return _OUT_FIELD.search(words_of(path.rpartition("/")[2])) is not None


def left_out(clause: Clause) -> tuple[Words, ...]:
    """The things that a clause of a record says are left out."""
    return _denied_things(clause.text, True) if clause.no and not clause.hedged else ()


def denied(clause: Clause) -> tuple[Words, ...]:
    """The things that a clause of a draft denies: those it names as such, else all that it speaks of."""
    if found := _denied_things(clause.text):
        return found
    words = tuple(word for word in clause.words if word.isdisjoint(_FRAME))
    return (words,) if words else ()


def affirms(clause: Clause) -> bool:
    """Whether a clause says that things are there, without conditions."""
    return not (clause.no or clause.denied or clause.hedged) and _ASIDE.search(clause.text) is None


def offers_apart(text: str) -> bool:
    """Whether a clause speaks of something that may come another time, or from elsewhere."""
    return _APART.search(text) is not None


def has_name(words: Words, text: str) -> bool:
    """Whether one of these words is written like a name inside the text."""
    return any(not word.isdisjoint(names) for names in (_names(text),) for word in words)


@lru_cache(maxsize=4_096)
def _names(text: str) -> frozenset[str]:
    written = re.findall(r"(?<=[\w,;] )[^\W\d_a-zß-öø-ÿ][\w-]*", text)
    return frozenset().union(*words_in(" ".join(written))) if written else frozenset()


def has_all(words: Words, stems: frozenset[str]) -> bool:
    """Whether each word is among these stems."""
    return all(not word.isdisjoint(stems) for word in words)
