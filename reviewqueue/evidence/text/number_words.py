"""Turns numbers in words, English and German, into figures: a dozen, forty-eight thousand, achtzehn."""

from __future__ import annotations

import re
from functools import lru_cache

from reviewqueue.evidence.text.caches import cached_by_length
from reviewqueue.evidence.text.vocabulary import MONTH


def _numbered(words: str, first: int, step: int = 1) -> dict[str, int]:
    """The words, numbered from `first` on in steps."""
    return {word: first + step * number for number, word in enumerate(words.split())}


_UNITS = _numbered(
    """two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen""",
    2,
)
_TENS = _numbered("twenty thirty forty fifty sixty seventy eighty ninety", 20, 10)
_LARGE = {"hundred": 100, "thousand": 1000, "million": 10**6}
_SMALL = _UNITS | _TENS | {"one": 1, "dozen": 12}
_DE_UNITS = _numbered(
    """ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn
    achtzehn neunzehn""",
    1,
)
_DE_TENS = _numbered("zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig", 20, 10)
_DAYS = _numbered(
    """first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth
    sixteenth seventeenth eighteenth nineteenth twentieth""",
    1,
) | {"thirtieth": 30}
_DAYS |= {f"twenty-{word}": 20 + number for word, number in list(_DAYS.items())[:9]} | {"thirty-first": 31}
_WORD = "|".join(sorted((*_SMALL, *_LARGE), key=len, reverse=True))
_ENGLISH = re.compile(
    rf"(?<![\w-])(?:(half a dozen)|a (dozen|hundred|thousand|million)|"
    rf"((?:{_WORD})(?:(?:[ -]| and )(?:{_WORD}))*))(?![\w-])",
    re.I,
)
_GERMAN = re.compile(
    r"(?<![\w-])(?=\w*(?:zwei|drei|vier|fünf|sech|sieb|acht|neun|zehn|elf|zwölf|zwanzig|hundert|tausend))"
    r"[a-zäöüß]{3,40}(?![\w-])",
    re.I,
)
_DAY = re.compile(rf"(?<![\w-])({'|'.join(sorted(_DAYS, key=len, reverse=True))})(?= (?:of )?{MONTH}\b)", re.I)
_BEFORE_DAY = re.compile(rf"(?<=\b)({MONTH}) (?:the )?({'|'.join(sorted(_DAYS, key=len, reverse=True))})(?![\w-])")


@cached_by_length
def with_figures(text: str) -> str:
    """The text with numbers in words written as figures; "one" alone stays a word."""
    if not re.search(r"[^\W\d_]{3}", text):
        return text
    text = _DAY.sub(lambda hit: str(_DAYS[hit[1].casefold()]), text)
    text = _BEFORE_DAY.sub(lambda hit: f"{hit[1]} {_DAYS[hit[2].casefold()]}", text)
    text = _ENGLISH.sub(_english, text)
    return _GERMAN.sub(lambda hit: str(_german(hit[0].casefold()) or hit[0]), text)


def _english(hit: re.Match[str]) -> str:
    if hit[1]:
        return "6"
    if hit[2]:
        return str(_LARGE.get(hit[2].casefold(), 12))
    words = [word for word in re.split(r"[ -]", hit[3].casefold()) if word != "and"]
    if words == ["one"]:
        return hit[0]
    whole, part = 0, 0
    for word in words:
        if word in ("thousand", "million"):
            whole, part = whole + (part or 1) * _LARGE[word], 0
        elif word in ("hundred", "dozen"):
            part = (part or 1) * (_LARGE.get(word) or 12)
        elif part % 100 and not (part % 10 == 0 and word in _UNITS and _UNITS[word] < 10 and part % 100 >= 20):
            if not (part % 100 in _TENS.values() and word == "one"):
                return hit[0]  # "two three" is no number
            part += 1
        else:
            part += _SMALL[word]
    return str(whole + part)


@lru_cache(maxsize=2048)
def _german(word: str) -> int:
    """A German number word as a number, 0 for any other word. An ending of two to four letters is no part of it."""
    for large, times in (("tausend", 1000), ("hundert", 100)):
        if large in word:
            before, _, after = word.partition(large)
            first, rest = _german(before) if before else 1, _german(after.removeprefix("und")) if after else 0
            return first * times + rest if first and (rest or not after) else 0
    if word in _DE_UNITS:
        return _DE_UNITS[word] if word != "ein" else 1
    if word in _DE_TENS:
        return _DE_TENS[word]
    unit, joined, tens = word.rpartition("und")
    return _DE_UNITS[unit] + _DE_TENS[tens] if joined and unit in _DE_UNITS and tens in _DE_TENS else 0
