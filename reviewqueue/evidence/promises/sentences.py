"""The promises in prose, sentence by sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.promises import Kind, Promise, amounts, migrated, opposites, poles, sides, wordings
from reviewqueue.evidence.promises import patterns as promises_patterns
from reviewqueue.evidence.text.values.entities import Entity
from reviewqueue.evidence.text.words.number_words import with_figures

LONGEST = 600  # characters of a sentence that is read
_SENTENCES = as_pattern(r"(?<=[!?;])\s+|(?<!\b\d)(?<!\ba\.m)(?<!\bp\.m)(?<=\.)\s+|\n+")
_OWNS = ("project", "onboarding", "implementation", "own", "responsible", "in charge", "csm", "manager", "lead")
_NOBODY = as_pattern("i|we|you|he|she|it|they|who|(?:no|some|every)body|one|this|that|your|our|the|each")
_SEATS = frozenset(
    ("seat", "user", "license", "licence", "user license", "user licence", "people", "person", "named user")
)
_ROLES = {
    "customer success manager": "csm",
    "project manager": "project lead",
    "implementation manager": "implementation lead",
}
Made = tuple[Kind, str, str]


def promises(at: str, text: str, milestones: Sequence[str] = (), *, terse: bool = False) -> list[Promise]:
    """The promises in a text at pointer `at`. `milestones` are names whose dates are promises too; in `terse` notes a
    count is a promise without a verb."""
    found: dict[Made, Promise] = {}
    low = text.casefold() if milestones else ""
    named = [name for name in milestones if len(name) > 5 and name.casefold() in low]
    before = ""
    for sentence in dict.fromkeys(_SENTENCES.split(text)):
        if 3 < len(sentence) <= LONGEST and (terse or named or promises_patterns.CUE.search(sentence)):
            plainly = not (named or terse)
            for kind, key, value in of_message(sentence) if plainly else in_sentence(sentence, named, terse=terse):
                if value:
                    found.setdefault((kind, key, value), Promise(kind, key, sentence.strip(), value, at))
        for made in migrated.joined(before, sentence):
            found.setdefault(made, Promise(*made[:2], sentence.strip(), made[2], at))
        before = sentence
    return list(found.values())


def split(text: str) -> list[str]:
    """The sentences of a text."""
    return _SENTENCES.split(text)


@lru_cache(maxsize=2048)  # as many sentences as the longest message has: each is asked about again by `paraphrases`
def of_message(sentence: str) -> tuple[Made, ...]:
    """The promises of one sentence of a message, as `in_sentence` finds them."""
    return tuple(in_sentence(sentence))


def in_sentence(sentence: str, milestones: Sequence[str] = (), *, terse: bool = False) -> Iterator[Made]:
    """(kind, key, value) of every promise in one sentence."""
    sentence = with_figures(sentence)
    low = sentence.casefold()
    joins = "integrat" in low or "connect" in low or "interface" in low
    if not promises_patterns.ASKED.search(sentence):
        for found in _matches(promises_patterns.LEFT_OUT, sentence):
            yield "integration", _integration(found["name"]), opposites.LEFT_OUT
    yield from opposites.opposites(sentence)
    if not promises_patterns.WONDERED.search(sentence):
        yield from poles.kept(sentence)
        yield from migrated.kept(sentence)
        yield from sides.kept(sentence)
        if wordings.no_discount(sentence):
            yield "discount", "discount", "0 %"
    if promises_patterns.DOUBT.search(promises_patterns.SURE.sub("", sentence).replace("May", "")):  # the month
        return
    text, found_in = amounts.marked(sentence)
    if found_in or "net" in low:
        yield from _dates(text, found_in, milestones)
        if not promises_patterns.ELSEWHERE.search(text):
            yield from _prices(text, found_in)
            yield from _shares(text, found_in)
        yield from _spans(text, found_in)
        yield from opposites.spans(text, found_in)
    if promises_patterns.FREE.search(sentence):
        yield "price", "extra charge", "0"
    for found in _matches(promises_patterns.INTEGRATION, sentence) if joins else ():
        yield "integration", _integration(found["name"]), opposites.INCLUDED
    for found in promises_patterns.TERSE_SCOPE.finditer(sentence) if terse else _scope_matches(sentence):
        yield "scope", thing(found["noun"]), amounts.count(found["many"])
    for found in promises_patterns.CAN_USE.finditer(sentence):
        yield "scope", thing(found["noun"]), amounts.count(found["many"])
    if any(word in low for word in _OWNS):
        yield from _owners(sentence)


def _owners(sentence: str) -> Iterator[Made]:
    for found in _matches(promises_patterns.OWNER, sentence):
        who = _clean_name(found["who"])
        if not _NOBODY.fullmatch(who.split()[0].casefold()) and not _NOBODY.fullmatch(found["what"].casefold()):
            yield "owner", _role(found["what"]), who
    for found in _matches(promises_patterns.LEADS, sentence):
        if not _NOBODY.fullmatch((who := _clean_name(found["who"])).split()[0].casefold()):
            yield "owner", "project lead", who


def _matches(patterns: Sequence[re.Pattern[str]], sentence: str) -> Iterator[re.Match[str]]:
    for pattern in patterns:
        yield from pattern.finditer(sentence)


def _scope_matches(sentence: str) -> Iterator[re.Match[str]]:
    """What a sentence includes, and what it goes on to list: "50 seats, two dashboards and one training"."""
    for first in promises_patterns.SCOPE.finditer(sentence):
        found: re.Match[str] | None = first
        while found:
            yield found
            found = promises_patterns.AND_SCOPE.match(sentence, found.end())


def _dates(text: str, amount: Sequence[Entity], milestones: Sequence[str]) -> Iterator[Made]:
    patterns = dict(promises_patterns.DATES)
    for name in milestones:
        patterns[f"milestone: {name.casefold()}"] = promises_patterns.dated(rf"{re.escape(name)}(?:\sis\sdue)?")
    for key, pattern in patterns.items():
        for found in pattern.finditer(text):
            if not (found["by"] and key in ("kickoff", "start")):  # what is due by then is something else
                yield "date", key, _day(found, amount)
    for key, pattern in promises_patterns.DATES_FIRST.items():
        for found in pattern.finditer(text):
            if not (found["by"] and key == "kickoff"):
                yield "date", key, _day(found, amount)


def _day(found: re.Match[str], amount: Sequence[Entity]) -> str:
    """A date as a promise's value, with "by" or "from" before it."""
    value, word = amounts.value(amount[int(found["day"])]), (found["by"] or "").casefold()
    late = word.startswith(("from", "after", "not", "as", "start"))
    first, _, last = value.partition("/")
    value = first if word.startswith("before") else (last or first) if word.startswith("after") else value
    return f"from {value}" if late else f"by {value}" if word else value


def _shares(text: str, amount: Sequence[Entity]) -> Iterator[Made]:
    for found in _matches(promises_patterns.DISCOUNT, text):
        yield "discount", "discount", amounts.value(amount[int(found["share"])])
    for found in _matches(promises_patterns.UPTIME, text):
        yield "sla", "uptime", amounts.value(amount[int(found["share"])])


def _prices(text: str, amount: Sequence[Entity]) -> Iterator[Made]:
    for found in () if promises_patterns.ONE_MORE.search(text) else promises_patterns.PRICE.finditer(text):
        if promises_patterns.COSTS.match(text, found.start()) and not promises_patterns.OUR_COSTS.search(
            text[max(0, found.start() - 40) : found.start()]
        ):
            continue
        often = (found["every"] or found["ly"] or found["pre"] or "").casefold().removesuffix("ly")
        parts = ((found["per"] or "").casefold(), {"annual": "year"}.get(often, often))
        words = [*(found["what"] or "").casefold().split(), "price", *(f"per {one}" for one in parts if one)]
        yield "price", " ".join(words), amounts.value(amount[int(found["sum"])])


def _spans(text: str, amount: Sequence[Entity]) -> Iterator[Made]:
    for found in _matches(promises_patterns.TERM, text):
        yield "term", "term", amounts.value(amount[int(found["span"])])
    for found in _matches(promises_patterns.ANSWER, text):
        what = found["what"].casefold()
        key = "resolution" if re.search(r"resol|fix|repair|solv", what) else "response"
        urgent = re.search(r"\bp\d\b|priority \d|critical|urgent", text.casefold())
        yield "sla", f"{key}, {urgent[0]}" if urgent else key, amounts.value(amount[int(found["span"])])


def thing(noun: str) -> str:
    """The counted noun in one form: users and licences are seats."""
    one = " ".join(noun.casefold().split())
    single = re.sub(r"(?<=ch)es$|s$", "", one)
    single = (
        "training"
        if re.fullmatch(r"(?:training |course )?(?:session|lesson|day)|days? of training", single)
        else single
    )
    return "seats" if single in _SEATS else f"{single}es" if single.endswith("ch") else f"{single}s"


def _integration(name: str) -> str:
    words = _clean_name(name).split()
    return " ".join(words[1:] if len(words) > 1 and words[0].casefold() in ("connecting", "the") else words).casefold()


def _role(what: str) -> str:
    known = " ".join(what.casefold().split())
    return _ROLES.get(known, known)


def _clean_name(name: str) -> str:
    words = name.rstrip("'’").split()
    return " ".join(words[1:] if len(words) > 1 and _NOBODY.fullmatch(words[0].casefold()) else words)
