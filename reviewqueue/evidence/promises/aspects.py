"""What a sentence says of one side of what was promised: where the kickoff is, how long a pilot lasts, from when on a
discount counts. Each side has a reader of its value, and the words of the thing: plain ones, in which a promise is
kept, and wider ones, which only compare. A promise is read by its words, so that each side of it is compared, also one
that its key does not name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import eq

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.promises import Kind
from reviewqueue.evidence.text.words.caches import cached_by_length
from reviewqueue.evidence.text.words.number_words import with_figures

Made = tuple[Kind, str, str]
Words = re.Pattern[str]
Reader = Callable[[str], str]
NEVER: Words = as_pattern(r"(?!)")
_DENIES = as_pattern(r"\b(?:not|never|nobody|cannot|no\slonger|nothing|no|without)\b|n['’]t\b", re.I)
_NO_DENIAL = as_pattern(r"\bnot\s(?:a\s\w+\s)?(?:earlier|later|sooner|before|only|more|less)\b|\bor\snot\b", re.I)
# Where a sentence has its thing from the one before: a word that stands for it, and no thing of its own.
_POINTS_BACK = as_pattern(r"\b(?:it|its|this|that|they|them|those|these|both|each|all|one)\b", re.I)
_OF_THEM = as_pattern(r"\b(?:(?:each|one|all|none)\sof\s(?:them|those)|they)\b", re.I)
_THINGS = as_pattern(
    r"\b(?:kick-?\s?off|trainings?|lessons?|migration|support|hotline|maintenance|updates?|discount|contract|seats?|licen[cs]es?|meetings?|calls?|workshops?|reports?"
    r"|pilot|prices?|fees?|invoices?|dinner|lunch|room|coffee|tickets?|backups?|servers?|demo|test)\b",
    re.I,
)
_ELSEWHERE = as_pattern(
    r"\b(?:canteen|hotel|restaurant|dinner|printers?|scanners?|lease|suppliers?|parking|flights?|other\scustomers?|another\scustomer|museum|competitors?|your\sown\s(?:hall|hotline"
    r"|support|office|shop|store|customers?|desk|price\w*|team\smeeting)|your\s(?:hotline|customers|shop|store|opening\shours|mail|office\shours|printer|lease)|coffee|travel\stime|taxi"
    r"|train\s(?:reaches|arrives|leaves)|bus)\b",
    re.I,
)


def words(pattern: str) -> Words:
    return as_pattern(rf"\b(?:{pattern})", re.IGNORECASE)


@dataclass(frozen=True)
class Aspect:
    """One side of a thing: `read` finds its value in plain words, `wide` in whatever words, `agree` compares what is
    said with what holds. `keeps` says whether a sentence makes a promise of it; `other` makes it about something else;
    `denied` lets a sentence with a "not" be read; `shows` whether the value is one that people read."""

    kind: Kind
    key: str
    about: Words
    wider: Words
    read: Reader
    wide: Reader
    agree: Callable[[str, str], bool] = eq
    other: Words = NEVER
    keeps: bool = True
    denied: bool = True
    shows: bool = True


def choice(values: Mapping[str, str], wider: Mapping[str, str] | None = None) -> tuple[Reader, Reader]:
    """The readers of a thing that holds in one way or another, each with its words; and in further words."""
    plain = {name: words(pattern) for name, pattern in values.items()}
    more = {name: words(pattern) for name, pattern in (wider or {}).items()}
    names = list(dict.fromkeys((*plain, *more)))

    def read(sentence: str) -> str:
        return _only([name for name, one in plain.items() if one.search(sentence)])

    def wide(sentence: str) -> str:
        tried = ((name, plain.get(name, NEVER), more.get(name, NEVER)) for name in names)
        return _only([name for name, one, other in tried if one.search(sentence) or other.search(sentence)])

    return read, wide


def _only(found: Sequence[str]) -> str:
    """The one value that was found. What is denied may have the words of what it denies: a value that begins with "no"
    goes before."""
    if len(found) > 1 and (denied := [one for one in found if one.startswith(("no", "left"))]):
        return denied[0] if len(denied) == 1 else ""
    return found[0] if len(found) == 1 else ""


def kept(sentence: str, table: Sequence[Aspect]) -> Iterator[Made]:
    """What a sentence says in plain words of each side."""
    for one in table:
        if one.about.search(sentence) and (value := one.read(sentence)):
            if one.other.search(sentence) or _is_elsewhere(sentence) or (not one.denied and _denies(sentence)):
                continue
            yield one.kind, one.key, value


def other(plain: str, before: str, held_sides: Sequence[tuple[Aspect, str]]) -> tuple[Aspect, str] | None:
    """The side of a promise, and its other value, of which a sentence says something else; None for none."""
    if not held_sides or _is_elsewhere(plain):
        return None
    back = before if _points_back(plain) else ""
    denies = _denies(plain)
    for one, held in held_sides:
        if (
            (denies and not one.denied)
            or one.other.search(plain)
            or not (_is_about(one, plain) or _is_about(one, back))
        ):
            continue
        value = one.wide(plain)
        if value and not one.agree(value, held):
            return one, value if one.shows else ""
    return None


# A sentence is held against every promise in turn; what it is by itself is read once.
@cached_by_length
def _is_elsewhere(plain: str) -> bool:
    return _ELSEWHERE.search(plain) is not None


@cached_by_length
def _points_back(plain: str) -> bool:
    return _OF_THEM.search(plain) is not None or (_POINTS_BACK.search(plain) is not None and not _THINGS.search(plain))


@cached_by_length
def _denies(plain: str) -> bool:
    return _DENIES.search(_NO_DENIAL.sub("", plain)) is not None


def _is_about(one: Aspect, text: str) -> bool:
    return bool(text) and (one.about.search(text) is not None or one.wider.search(text) is not None)


def sides(made: tuple[str, str], value: str, says: str, table: Sequence[Aspect]) -> tuple[tuple[Aspect, str], ...]:
    """The sides that a promise has, with what holds."""
    plain, found = with_figures(says), []
    for one in table:
        if (one.kind, one.key) == made:
            found.append((one, value))
        elif _is_about(one, plain) and not one.other.search(plain) and (held := one.wide(plain)):
            found.append((one, held))
    return tuple(found)
