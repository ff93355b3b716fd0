"""Sentences that say something else than a promise that holds, in words that `patterns` does not know: the sentence
speaks of the same thing, and its one value of that kind is another; or it denies what holds.

They make no promise themselves: what they say is compared, and never kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.promises import (
    KeptPromise,
    Promise,
    amounts,
    charges,
    compare,
    contrasts,
    opposites,
    patterns,
    sentences,
    sides,
    subjects,
    wordings,
)
from reviewqueue.evidence.promises.reading import any_case
from reviewqueue.evidence.text.words.caches import cached_by_length
from reviewqueue.evidence.text.words.number_words import with_figures

_MOST = 1000  # sentences
_NAME = r"(?-i:[A-ZÄÖÜ][\w’'-]+\s[A-ZÄÖÜ][\w’'-]+)"
_LETTERS = {
    "date": ("date",),
    "price": ("money",),
    "discount": ("percent", "money"),
    "term": ("duration",),
    "sla": ("duration", "percent"),
}
_DENIES = as_pattern(r"\b(?:not|cannot|never|no\slonger)\b|n['’]t\b", re.I)
# A price on other terms, beside which the one that was promised stands.
_ON_TERMS = as_pattern(r"\b(?:if|when|list\sprice|instead\sof|before\stax|including\s(?:vat|tax)|gross)\b", re.I)
_AT_LEAST = as_pattern(r"\bnot\s(?:an?\s(?:day|minute|week|hour)\s)?(?:before|earlier|sooner|later|until)\b", re.I)
_NO_DENIAL = as_pattern(
    r"\bor\snot\b|\bnot\s(?:an?\s\w+\s)?(?:more|less|longer)\b|\bno\s(?:more|less)\b|\bnot\sonly\b|\bnot\sto\s(?:mention|forget)\b|\bwhy\snot\b",
    re.I,
)
_NOT_BEFORE = as_pattern(
    r"(?:\b(?:not|never|nobody|no\sone|cannot|nothing)\b|n['’]t\b)[^.,;]{0,60}\b(?:before|until|till|(?:earlier|sooner)\sthan)\b",
    re.I,
)
_OVER = as_pattern(
    rf"\b(?:once|when|until|as\ssoon\sas|after)\s(?:the\s)?{amounts.OPEN}d\d+{amounts.CLOSE}\s(?:\w+\s)?(?:is|are)\s(?:over|behind|through|past)\b",
    re.I,
)
_DENIES_LITTLE = as_pattern(
    r"\b(?:not|n['’]t)\s(?:only|just|yet)|\b(?:before|earlier|later|until|yet|sure|know|forget|change|move)\b|\bworry\b",
    re.I,
)
# What asks, wishes or reports. "If" and "unless" only say when something holds.
_ASKS = as_pattern(
    r"\?\s*$|^\s*>|^\W*next\sstep\b|\b(?:would(?!\s(?:send|charge|invoice|bill|cost))|could|might|whether|(?<!since\syou\s)(?<!as\syou\s)ask(?:s|ed|ing)?|request(?:s|ed)?"
    r"|propos(?:e|es|ed|al)|yet|perhaps|maybe|you\s(?:wrote|said|mentioned|told))\b|\bif\syou\s(?:need|have|like|prefer|agree)\b"
    r"|\b(?:hop(?:e|es|ed|ing)|wish\w*|suggest\w*|prefer\w*|other\scustomers?|another\scustomer|earliest|competitors?"
    r"|last\s(?:week|month|year)\b(?!\s(?:of|in)\b)|went|typically|usually|on\saverage)\b",
    re.IGNORECASE,
)
_OURS = any_case(
    r"\b(?:includ\w+|your\s(?:plan|package|subscription|order|contract|licen[cs]e)|you(?:['’]ll|\swill)?\s(?:receive|get|have)|we(?:['’]ll|\swill)?"
    r"\s(?:run|hold|give|do|deliver|provide|teach|train)|capped|limited|allow\w*|in\stotal)\b"
)
_COUNT = as_pattern(rf"\b{patterns.MANY}{patterns.THINGS}", re.IGNORECASE)
_PAST = any_case(
    r"\b(?:signed\sin|attended|were|was|so\sfar|already|demo|another|other|more|additional|extra|invite|this\sweek)\b"
)
_LINKS = any_case(
    r"\b(?:link\w*|coupl\w+|hook\w*|connect\w*|integrat\w+|interface|connector|scope|part\sof|included|do\swithout|planned|supported)\b"
)
_CUT = any_case(r"\b(?:not|never|without|no|removed|excluded|dropped|cancelled|out\sof\sscope|unconnected)\b|n['’]t\b")
_NOT_CUT = any_case(
    r"\b(?:yet|credentials?|users?|password|ready|access|extra|further|additional|problem|delay|later)\b"
)
_ROLES = {
    "csm": any_case(r"\b(?:csm|customer\ssuccess\smanager)\b"),
    "project lead": any_case(r"\bproject\s(?:lead|manager|leader)\b"),
    "implementation lead": any_case(r"\bimplementation\s(?:lead|manager)\b"),
}
_BECOMES = any_case(
    rf"\b(?P<who>{_NAME})\s(?:will\s)?(?:takes?\sover|becomes?|replaces?|steps\sin|succeeds?|follows)\b"
)


def contradictions(at: str, text: str, held: Sequence[KeptPromise]) -> Iterator[tuple[Promise, KeptPromise]]:
    """What the first thousand sentences of a text at a pointer say against promises that hold, each with the promise,
    one of each kind and key. Only what `sentences` does not find there itself."""
    about: dict[tuple[str, str], list[KeptPromise]] = {}
    for one in held:
        if one.promise.value:
            about.setdefault((one.promise.kind, one.promise.key), []).append(one)
    read = list(dict.fromkeys(sentences.split(text)))[:_MOST] if about else []
    for before, sentence in zip(["", *read], read, strict=False):
        if not 8 < len(sentence) <= sentences.LONGEST or _ASKS.search(sentence):
            continue
        plain = wordings.figures(with_figures(sentence))
        for (kind, key), those in list(about.items()):
            value = contrasts.other_value(plain, before[-sentences.LONGEST :], those)
            if value is None:
                value = _other_value(plain, before[-sentences.LONGEST :], those)
            if value is not None and not _is_said(sentence, kind, key):
                yield replace(those[0].promise, says=sentence.strip(), value=value, at=at), those[0]
                del about[kind, key]
            elif side := _other_side(plain, before[-sentences.LONGEST :], those):
                yield replace(side[0], says=sentence.strip(), at=at), side[1]
                del about[kind, key]


def _other_side(plain: str, before: str, those: Sequence[KeptPromise]) -> tuple[Promise, KeptPromise] | None:
    """What a sentence says of another side of these promises, which then are shown by their words; None for nothing."""
    first = sides.other(plain, before, those[0].promise)
    if first is None or any(sides.other(plain, before, one.promise) is None for one in those[1:]):
        return None
    side, value = first
    held = those[0].promise
    was = (
        those[0]
        if (held.kind, held.key) == (side.kind, side.key)
        else replace(those[0], promise=replace(held, value=""))
    )
    return Promise(side.kind, side.key, "", value, ""), was


def _is_said(sentence: str, kind: str, key: str) -> bool:
    """Whether the sentence promises something about the same in words that are known, which is compared already."""
    if not patterns.CUE.search(sentence):
        return False
    said = {(one[0], one[1]) for one in sentences.of_message(sentence)}
    return (kind, key) in said or any(one[0] == kind and key.startswith(one[1]) for one in said)


@lru_cache(maxsize=256)
def _about(kind: str, key: str) -> int | None:
    """The number of the subject that a sentence about such a promise speaks of."""
    every = enumerate(subjects.ABOUT)
    return next((number for number, (of, begins, _) in every if of == kind and key.startswith(begins)), None)


@lru_cache(maxsize=512)
def _speaks_of(text: str, subject: int) -> bool:
    return subjects.ABOUT[subject][2].search(text) is not None


@cached_by_length
def _is_of_several_days(plain: str) -> bool:
    return sum(one.search(plain) is not None for kind, _, one in subjects.ABOUT if kind == "date") > 1


@cached_by_length
def _counts_ours(plain: str) -> bool:
    return not (not _OURS.search(plain) or _PAST.search(plain) or _DENIES.search(plain))


@cached_by_length
def _is_not_before(plain: str) -> bool:
    return _NOT_BEFORE.search(plain) is not None


@lru_cache(maxsize=512)
def _is_else(plain: str, words: str) -> bool:
    return subjects.ELSE[words].search(plain) is not None


def _other_value(plain: str, before: str, those: Sequence[KeptPromise]) -> str | None:
    """The value a sentence has against these promises of one key, "" where it only denies theirs; None for none."""
    promise = those[0].promise
    if promise.kind == "integration":
        return _cut(plain, promise)
    if promise.kind == "owner":
        return _other_person(plain, those)
    if promise.kind == "scope":
        return _other_count(plain, those)
    if promise.kind == "term" and promise.key not in ("term", "notice", "payment"):
        return None
    named = _about(promise.kind, promise.key)
    if named is None or _is_else(plain, promise.key if promise.key in subjects.ELSE else promise.kind):
        return None
    denied = _is_denied(plain, promise.kind)
    if not (_speaks_of(plain, named) or denied or (contrasts.points_back(plain) and _speaks_of(before, named))):
        return None
    if promise.kind == "date" and _is_of_several_days(plain):
        return None
    reads = {"discount": wordings.shares, "sla": wordings.shares, "term": wordings.lengths, "price": wordings.rhythm}
    return _other_amount(reads.get(promise.kind, str)(plain), before, those)


def _is_denied(plain: str, kind: str) -> bool:
    """Whether a sentence denies something; "not before May" only says from when on."""
    if kind == "date" and _is_not_before(plain):
        return False
    return _denies_something(plain)


@cached_by_length
def _denies_something(plain: str) -> bool:
    return _DENIES.search(_NO_DENIAL.sub("", _AT_LEAST.sub("", plain))) is not None


def _other_amount(plain: str, before: str, those: Sequence[KeptPromise]) -> str | None:
    promise, least = those[0].promise, those[0].promise.kind == "date" and _is_not_before(plain)
    denies = _is_denied(plain, promise.kind)
    marked, found = amounts.marked(plain)
    values = [amounts.value(one) for one in found if one.kind in _LETTERS[promise.kind]]
    if promise.kind == "date" and all(compare.same("date", values[0], one) for one in values[1:]):
        values = sorted(values, key=lambda one: ("/" in one, len(one)))[:1]
    if promise.kind == "price" and not values and (bare := contrasts.bare_sum(plain, before)):
        values = [bare]
    if len(values) != 1:
        return None
    word = "from " if least or _OVER.search(marked) else _word(marked)
    if word == "from " and not least:
        values = [values[0].rpartition("/")[2]]
    value = f"{word}{values[0]}" if promise.kind == "date" else values[0]
    agrees = any(_agrees(promise.kind, promise.key, value, one.promise.value, plain) for one in those)
    if denies:
        return "" if agrees and not _DENIES_LITTLE.search(plain) else None
    if promise.kind == "price" and _ON_TERMS.search(plain):
        return None
    return None if agrees or not _comparable(promise, value) else value


def _agrees(kind: str, key: str, value: str, kept: str, plain: str) -> bool:
    if kind == "price":
        often = next((one for one in ("month", "quarter") if re.search(rf"\b(?:{one}|{one}ly)\b", plain, re.I)), "year")
        every = key.rpartition(" per ")[2] if " per " in key else often
        many = compare.A_YEAR
        kept = compare.counted(kept, many.get(every, 1), many[often])
        if wordings.ABOUT.search(plain) and wordings.near(value, kept):
            return True
    return compare.same(kind, value, kept)


def _comparable(promise: Promise, value: str) -> bool:
    """Whether a value is of the same sort as the promise's: a share beside a share, a long time beside a long one."""
    unit, other = promise.value.rpartition(" ")[2], value.rpartition(" ")[2]
    if promise.kind == "term":
        return promise.key != "term" or unit == other == "months"
    if promise.kind == "price" and not compare.in_reach(promise.value, value):
        return False
    if promise.kind == "sla":
        return ("%" in promise.value) == ("%" in value) and other != "months"
    return promise.kind != "discount" or ("%" in promise.value) == ("%" in value)


def _word(marked: str) -> str:
    """What stands before a sentence's one date: "by ", "from ", or nothing."""
    before = re.search(rf"\b(\w+)\s(?:the\s)?{amounts.OPEN}d", marked)
    word = before[1].casefold() if before else ""
    late = "from " if word in ("after", "past") else ""
    in_time = re.search(rf"\b(?:in\stime\sfor|ahead\sof)\s(?:the\s)?{amounts.OPEN}d", marked)
    return "by " if in_time or word in ("by", "before", "until", "till", "for") else late


def _cut(plain: str, promise: Promise) -> str | None:
    name = re.search(rf"(?<![\w-]){re.escape(promise.key)}(?![\w-])", plain, re.I)
    if not name or promise.value != opposites.INCLUDED or _NOT_CUT.search(plain):
        return None
    if not _LINKS.search(plain):
        return None
    return opposites.LEFT_OUT if _CUT.search(plain) or charges.is_charged(plain) else None


def _other_count(plain: str, those: Sequence[KeptPromise]) -> str | None:
    if those[0].promise.key == "seats" and (many := contrasts.people(plain)):
        return many if all(many != one.promise.value for one in those) else None
    if not _counts_ours(plain):
        return None
    counts = [one for one in _COUNT.finditer(plain) if sentences.thing(one["noun"]) == those[0].promise.key]
    value = amounts.count(counts[0]["many"]) if len(counts) == 1 else ""
    return value if value and all(value != one.promise.value for one in those) else None


def _other_person(plain: str, those: Sequence[KeptPromise]) -> str | None:
    role = _ROLES.get(those[0].promise.key)
    found = _BECOMES.search(plain) if role and role.search(plain) else None
    if found is None or any(compare.same("owner", found["who"], one.promise.value) for one in those):
        return None
    return found["who"]
