"""Turns numbers in words, in English, German, French and Spanish, into figures: a dozen, forty-eight thousand,
achtzehn."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.words.caches import cached_by_length
from reviewqueue.evidence.text.words.vocabulary import MONTH

Span = tuple[int, int, Decimal]


def _numbered(words: str, first: int, step: int = 1) -> dict[str, int]:
    """The words, numbered from `first` on in steps."""
    return {word: first + step * number for number, word in enumerate(words.split())}


_ENGLISH = (
    _numbered(
        """one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
        eighteen nineteen""",
        1,
    )
    | _numbered("twenty thirty forty fifty sixty seventy eighty ninety", 20, 10)
    | {"dozen": 12}
)
_FRENCH = (
    _numbered("un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize", 1)
    | _numbered("vingt trente quarante cinquante soixante", 20, 10)
    | {"une": 1, "vingts": 20, "septante": 70, "huitante": 80, "nonante": 90}
)
_HUNDREDS = "doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos"
_SPANISH = (
    _numbered(
        """uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete
        dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete
        veintiocho veintinueve""",
        1,
    )
    | _numbered("treinta cuarenta cincuenta sesenta setenta ochenta noventa", 30, 10)
    | _numbered(_HUNDREDS, 200, 100)
    | _numbered(_HUNDREDS.replace("tos", "tas"), 200, 100)
    | {"un": 1, "una": 1, "veintiún": 21, "veintiuna": 21, "cien": 100, "ciento": 100}
)  # fmt: skip
_TIMES = {
    "hundred": 100, "thousand": 1000, "million": 10**6, "cent": 100, "cents": 100, "mille": 1000, "mil": 1000,
    "millón": 10**6, "millones": 10**6, "millions": 10**6, "billion": 10**9,
}  # fmt: skip
_LANGUAGES: tuple[tuple[Mapping[str, int], frozenset[str]], ...] = (
    (_ENGLISH, frozenset(("hundred", "thousand", "million", "billion"))),
    (_FRENCH, frozenset(("cent", "cents", "mille", "million", "millions"))),
    (_SPANISH, frozenset(("mil", "millón", "millones"))),
)
# Alone these are an article, another word, or a part of one.
_NOT_ALONE = frozenset(
    ["one", "un", "une", "uno", "una", "once", "cent", "cents", "mille", "mil", "sept", "neuf", "vingts", "million",
     "millions", "millón", "millones"]
)  # fmt: skip
_FIXED = {
    "half a dozen": 6, "a dozen": 12, "a hundred": 100, "a thousand": 1000, "a million": 10**6, "une douzaine": 12,
    "une demi-douzaine": 6, "une centaine": 100, "una docena": 12, "media docena": 6, "ein dutzend": 12,
    "une dizaine": 10, "une quinzaine": 15, "une vingtaine": 20, "une trentaine": 30, "une quarantaine": 40,
    "une cinquantaine": 50, "une soixantaine": 60, "ein halbes dutzend": 6, "zwei dutzend": 24, "drei dutzend": 36,
}  # fmt: skip
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
_DAYS |= {"premier": 1, "primero": 1, "1er": 1}
_DAYS |= {word: number for word, number in (*_FRENCH.items(), *_SPANISH.items()) if 1 < number <= 30}
_DAYS |= {f"vingt-{word}": 20 + number for word, number in _FRENCH.items() if 1 < number < 10}
_DAYS |= {"vingt et un": 21, "vingt-et-un": 21, "trente et un": 31, "trente-et-un": 31, "treinta y uno": 31}
_DE_DAYS = _numbered(
    """ers zwei drit vier fünf sechs sieb ach neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn
    neunzehn zwanzigs""",
    1,
) | {"siebent"[:-1]: 7, "dreißigs": 30, "einunddreißigs": 31}
_DE_DAYS |= {f"{word}undzwanzigs": 20 + number for word, number in list(_DE_UNITS.items())[:9]}
_DAYS |= {f"{stem}te{ending}": number for stem, number in _DE_DAYS.items() for ending in ("n", "r", "")}
_ORDINAL = "|".join(sorted(_DAYS, key=len, reverse=True))
_WORD = "|".join(sorted({*_ENGLISH, *_FRENCH, *_SPANISH, *_TIMES}, key=len, reverse=True))
_ROW = as_pattern(
    rf"(?<![\w-])(?:({'|'.join(sorted(_FIXED, key=len, reverse=True))})(?!(?: and)?[ -](?:{_WORD})(?!\w))"
    rf"|((?:a (?=hundred|thousand|million))?(?:{_WORD})(?:(?:[ \u00a0-]| and | et |-et-| y )(?:{_WORD}))*))(?![\w-])",
    re.I,
)
_ENGLISH_WORD = "|".join(sorted(_ENGLISH, key=len, reverse=True))
_HALF = as_pattern(
    rf"(?<![\w-])((?:{_ENGLISH_WORD})(?:[ -](?:{_ENGLISH_WORD}))?) and a half (thousand|million)(?![\w-])",
    re.I,
)
_CENTS, _LAST_WORD = as_pattern(r"(?i) cents?\Z"), as_pattern(r" \w+\Z")  # the small unit behind an English number
_ONE, _OFF = as_pattern(r"(?i) one\Z"), as_pattern(r"[ -](?:time|off)\b")  # twelve thousand, one time
# "One point six million", "three point eight percent".
_POINT = as_pattern(
    rf"(?<![\w-])((?:{_ENGLISH_WORD}|zero)(?:[ -](?:{_ENGLISH_WORD}))?) point"
    rf" ((?:{_ENGLISH_WORD}|zero)(?: (?:{_ENGLISH_WORD}|zero))?)(?: (thousand|million|billion))?(?![\w-])",
    re.I,
)
_GERMAN = as_pattern(r"[a-zäöüß]{3,40}(?![\w-])", re.I)
_ROOT = as_pattern("zwei|drei|vier|fünf|sech|sieb|acht|neun|zehn|elf|zwölf|zwanzig|hundert|tausend")
_PLAIN_WORD = as_pattern(r"[^\W\d_]{2,}|a(?= )")
_CUES = frozenset(("zero", *_ENGLISH, *_FRENCH, *_SPANISH, *_TIMES, *_DAYS, *(row.split(" ")[0] for row in _FIXED)))
_DAY = as_pattern(rf"(?<![\w-])({_ORDINAL})(?= (?:of |de )?{MONTH}\b)", re.I)
_TENS_OF_DAYS, _MONTH_BEFORE = frozenset(("twenty", "thirty")), 20  # characters of a month and "the"
_BEFORE_DAY = as_pattern(rf"(?<=\b)({MONTH}) (?:the )?({_ORDINAL})(?![\w-])")


@cached_by_length
def with_figures(text: str) -> str:
    """The text with numbers in words written as figures; "one" alone stays a word."""
    if not re.search(r"[^\W\d_]{3}", text):
        return text
    text = _DAY.sub(lambda hit: str(_DAYS[hit[1].lower()]), text)
    text = _BEFORE_DAY.sub(lambda hit: f"{hit[1]} {_DAYS[hit[2].lower()]}", text)
    made, last = [], 0
    for start, end, value in spans(text):
        made += [text[last:start], f"{value:f}"]
        last = end
    return "".join((*made, text[last:]))


def ordinals(text: str) -> Iterator[Span]:
    """(start, end, number) of each day's ordinal in words beside its month: the first of March, December twelfth."""
    last = 0
    for start, word in _telling(text):
        if start < last or (word not in _DAYS and word not in _TENS_OF_DAYS):
            continue
        if hit := _DAY.match(text, start):
            last = hit.end(1)
            yield start, last, Decimal(_DAYS[hit[1].lower()])
            continue
        hit = _BEFORE_DAY.search(text, max(0, start - _MONTH_BEFORE), start + _MONTH_BEFORE)
        if hit and hit.start(2) == start:
            last = hit.end(2)
            yield start, last, Decimal(_DAYS[hit[2].lower()])


@cached_by_length
def _telling(text: str) -> list[tuple[int, str]]:
    """(start, in small letters) of the words that may be a number, or a part of one."""
    found = ((hit.start(), hit[0].lower()) for hit in _PLAIN_WORD.finditer(text))
    return [(start, word) for start, word in found if word in _CUES or _ROOT.search(word)]


def spans(text: str) -> list[Span]:
    """(start, end, number) of each number in words, in reading order."""
    found: list[Span] = []
    last = 0
    for start, word in _telling(text):
        if start < last:
            continue
        value: Decimal | int | None
        if hit := _HALF.match(text, start):
            whole = _in_words(hit[1])
            value = None if whole is None else (2 * whole + 1) * _TIMES[hit[2].casefold()] // 2
            last = hit.end()
        elif hit := _POINT.match(text, start):
            value = _with_decimals(hit)
            last = hit.end()
        elif word in _CUES and (hit := _ROW.match(text, start)):
            said = hit[0]
            value = _FIXED[hit[1].casefold()] if hit[1] else _in_words(said)
            if (value is None and _CENTS.search(said)) or (_ONE.search(said) and _OFF.match(text, hit.end())):
                said = _LAST_WORD.sub("", said)
                value = _in_words(said)
            last = start + len(said)
        elif (hit := _GERMAN.match(text, start)) and text[start - 1 : start] != "-":
            value = _german(word) or None
            last = hit.end() if value else last
        else:
            continue
        if value is not None:
            found.append((start, last, Decimal(value)))
    return found


def _with_decimals(hit: re.Match[str]) -> Decimal | None:
    """The number of "one point two five million"; None where its words say none."""
    whole = 0 if hit[1].casefold() == "zero" else _ENGLISH.get(hit[1].casefold()) or _in_words(hit[1])
    digits = [_ENGLISH.get(word, 0) for word in hit[2].casefold().split()]
    if whole is None or any(digit > 9 for digit in digits):
        return None
    value = Decimal(f"{whole}.{''.join(map(str, digits))}") * (_TIMES[hit[3].casefold()] if hit[3] else 1)
    return Decimal(int(value)) if value == value.to_integral_value() else value


_LARGEST = 10**15  # a row of words that says more is no number that anybody means


def _in_words(phrase: str) -> int | None:
    """The number that a row of words says; None where it says none, such as "two three"."""
    words = [word for word in re.split(r"[ \u00a0-]", phrase.casefold()) if word not in ("and", "et", "y", "a")]
    if len(words) == 1 and words[0] in _NOT_ALONE:
        return None
    for table, times in _LANGUAGES:
        if all(word in table or word in times for word in words):
            return _value(words, table)
    return None


def _value(words: Sequence[str], table: Mapping[str, int]) -> int | None:
    whole, part = 0, 0
    for word in words:
        if whole + part > _LARGEST:
            return None
        if word == "dozen":
            part = (part or 1) * 12
        elif word in table:
            joined = _joined(part, table[word])
            if joined is None:
                return None
            part = joined
        elif _TIMES[word] == 100:
            part = (part or 1) * 100
        else:
            whole, part = whole + (part or 1) * _TIMES[word], 0
    return whole + part


def _joined(part: int, number: int) -> int | None:
    """What a number makes with the part before it: forty and eight, quatre and vingt; None where it makes none."""
    if part % 100 == 4 and number == 20:
        return part + 76  # quatre-vingts
    rest = part % 100
    if not rest and number < 100:
        return part + number
    if rest == 10 and 7 <= number <= 9:
        return part + number  # dix-sept
    tens = rest >= 20 and not rest % 10
    fits = tens and (number < 10 or (rest in (60, 80) and 10 <= number < 20))
    return part + number if fits or not part else None


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
