"""Reads what makes a number money: a currency's sign, code or name before or after it, thousands and millions, and the
month or year that the sum is for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.values import currencies, currency_names, dates
from reviewqueue.evidence.text.words import numbers

_GAP = "[ \u00a0\u202f\u2009]"
_LETTER = r"(?<![^\W\d_])"
_BY_LENGTH = sorted(currencies.SIGNS, key=len, reverse=True)
_AFTER = as_pattern(
    rf"(?:[,.][-–—]{{1,2}})?{_GAP}?(?:("
    + "|".join(re.escape(sign) + (r"(?![^\W_])" if sign[-1].isalpha() else "") for sign in _BY_LENGTH if sign != "R")
    + r")|\(?([A-Z]{3}|[a-z]{3})(?![^\W_])\)?)"
)
_NAMED = as_pattern(rf"(?:[,.][-–—]{{1,2}})?(?:{_GAP}|-)((?:[^\W\d_]|[.])+(?:[ -][^\W\d_]+){{0,5}})")
_LONGEST = max(map(len, _BY_LENGTH)) + 1
_TIMES = as_pattern(
    r"(k|K|m|M|mn|bn|Tsd\.?)(?![\w'’])"
    r"|[ \u00a0\u202f]?([TkKmM])(?=(?:EUR|USD|CHF|GBP)\b|[€$£]|[ \u00a0](?:EUR|USD|MXN|CHF|GBP|CAD|AUD|BRL)\b)"
    r"|[ \u00a0\u202f](mn|bn|Mio\.?|Mrd\.?|Tsd\.?|[Mm]ill?i[oó]n(?:en|es|s)?|[Bb]illions?|[Mm]illiards?"
    r"|[Mm]illiarden?"
    r"|[Tt]housand|[Tt]ausend|mil|mille|grand|[Ll]akhs?|[Cc]rores?|[Mm]illones)(?!\w)"
)
_TIMES_OF = {
    10**3: "k t tsd thousand tausend mil mille grand",
    10**5: "lakh lakhs",
    10**6: "m mn mio million millions millionen millón millones milion millon",
    10**7: "crore crores",
    10**9: "bn billion billions mrd milliard milliards milliarde milliarden",
}
_TIMES_BY_WORD = {word: many for many, words in _TIMES_OF.items() for word in words.split()}
_TWO_DECIMALS = as_pattern(r"\d{1,2}[.,]\d{3}")
_TWO_READINGS = as_pattern(r"\d{1,3}\.\d{3}")

# What follows the whole units of an amount: "and fifty cents", "con veinticinco", "27 euros 50".
_SMALL_JOINED = as_pattern(rf"(?:{_GAP}(?:and|und|et|con|y))?{_GAP}(?=\w)")
_SMALL_FIGURE = as_pattern(r"\d\d?(?![\w.,:/%])")
_SMALL_UNIT = as_pattern(rf"{_GAP}(?:[Cc]ents?|pence|centimes?|céntimos?|centavos?|[Rr]appen|øre|öre)(?!\w)")
_SMALL_ENDS = as_pattern(
    rf"\Z|[.,;:!?)](?!\d)|{_GAP}(?:per|par|por|pro|je|a|al|au|im|mensu\w+|hors|HT|monatlich|plus)\b"
)

Period = str  # "", "month", "year", "quarter", "week", "day" or "hour"
A_YEAR = {"year": 1, "quarter": 4, "month": 12, "week": 52}
_EVERY = r"(?:per|a|an|each|every|pro|je|im|par|al|por|cada|chaque|jede[nrs]?) "
_MONTH = r"(?:calendar )?(?:month|mth|Monat|mois|mes)"
_YEAR = r"(?:year|annum|yr|Jahr|an|année|año)"
_EACH = r"(?:per|a|an|each|every|pro|je) "


def _periods(every: str, words: str, after_slash: str) -> str:
    return rf"\b(?:{every}|{words})(?!\w)|/ ?(?:{after_slash})\b"


_SO_MANY = r"(?:every|in|over|alle|in|tous les|toutes les|en|cada) "
PERIODS = {
    "month": _periods(
        f"{_EVERY}{_MONTH}|{_SO_MANY}(?:thirty|30|dreißig) (?:days|Tage)",
        r"monthly|monatlich\w*|mensu[ae]l\w*",
        "month|mo|mth|Monat|mois|mes",
    ),
    "year": _periods(
        f"{_EVERY}{_YEAR}|{_SO_MANY}(?:twelve|12|zwölf|douze|doce) (?:months|Monate|Monaten|mois|meses)|tous les ans",
        r"yearly|annual(?:ly)?|p\. ?a\.?|jährlich\w*|annuel\w*|anual\w*",
        "year|yr|Jahr|an",
    ),
    "quarter": _periods(
        f"{_EACH}(?:quarter|Quartal)|{_SO_MANY}(?:three|3|drei|trois|tres) (?:months|Monate|mois|meses)",
        "quarterly|vierteljährlich|quartalsweise",
        "quarter",
    ),
    "week": _periods(f"{_EACH}(?:week|Woche)", "weekly|wöchentlich", "week"),
    "day": _periods(f"{_EACH}(?:day|Tag)", "daily|täglich", "day"),
    "hour": _periods(f"{_EACH}(?:hour|Stunde)", "hourly", "h|hour"),
}
_ANY_PERIOD = as_pattern("|".join(f"(?P<{name}>{pattern})" for name, pattern in PERIODS.items()), re.I)
_FIGURES_OR_STOPS = as_pattern(r"[;!?\n\d]|\.(?= )")
_SOON = as_pattern(r"[ ,()\u00a0-]{0,3}(?:[^\W\d_]+[ \u00a0]){0,2}\Z")
_AHEAD = as_pattern(
    r"(?i)\b(?:(?P<month>monthly|MRR|monatlich\w*|Monats\w+|mensual\w*|mensuel\w*"
    r"|(?:every|each|per|jeden|pro|im|cada|chaque) (?:month|Monat|mes|mois))"
    r"|(?P<quarter>quarterly|vierteljährlich\w*|trimestriel\w*|trimestral\w*)"
    r"|(?P<year>annual|yearly|ARR|ACV|jährlich\w*|Jahres\w+|annuel\w*|anual\w*))\b"
)
_BILLED = as_pattern(r"(?i)\b(?:billed|invoiced|paid|payable|abgerechnet|zahlbar)\b")


class Sum(NamedTuple):
    """A currency that stands beside a number: its unit, and how many characters it takes."""

    unit: str
    length: int


def before(text: str, token: str) -> Sum | None:
    """The currency at the end of `text`, which stands before the number `token`; None where there is none."""
    return _before(text[-_LONGEST - 3 :], token) if text else None


@lru_cache(maxsize=4096)
def _before(text: str, token: str) -> Sum | None:
    bare = text.rstrip(" \u00a0\u202f\u2009")
    gap = len(text) - len(bare)
    if gap > 1 or not bare or (gap and bare[-1].isdigit()):
        return None
    for length in range(min(_LONGEST, len(bare)), 0, -1):
        sign, left = bare[-length:], bare[-length - 1 : -length]
        if sign[0].isalpha() and left.isalpha():
            continue
        if unit := _unit_before(sign, token):
            return Sum(unit, length + gap)
    return None


def _unit_before(sign: str, token: str) -> str:
    if sign in currencies.SIGNS:
        if sign in currencies.WEAK and not _grouped(token):
            return ""
        return "" if sign.startswith(("Fr", "SFr", "sFr")) and not _is_sum(token) else currencies.SIGNS[sign]
    if sign in ("Euro", "euro", "Euros", "euros", "EURO"):
        return "EUR"
    return sign if sign in currencies.CODES and (sign not in currencies.WORDY or _grouped(token)) else ""


def _grouped(token: str) -> bool:
    """Whether a number can hardly be a label: its digits are in groups, or it has five of them."""
    digits = sum(map(str.isdigit, token))
    return not dates.from_digits(token) and (digits > 4 or (digits > 3 and digits < len(token)))


def _is_sum(token: str) -> bool:
    """Whether a number is neither a day nor a year."""
    digits = sum(map(str.isdigit, token))
    return digits > 2 and not dates.from_digits(token) and not (token.isdigit() and 1900 <= int(token) <= 2100)


def after(text: str, end: int, token: str) -> Sum | None:
    """The currency that follows a number's end; None where there is none."""
    if hit := _AFTER.match(text, end):
        unit = _unit_after(hit, token)
        if unit:
            return Sum(unit, hit.end() - end)
    if hit := _NAMED.match(text, end):
        words = hit[1].lower()
        while words:
            words = words if words in currency_names.NAMED else words.rstrip(".")
            if (unit := currency_names.NAMED.get(words, "")) and (words not in currency_names.WEAK or _grouped(token)):
                return Sum(unit, hit.start(1) + len(words) - end)
            words = words[: max(words.rfind(" "), words.rfind("-"), 0)]
    return None


def _unit_after(hit: re.Match[str], token: str) -> str:
    if hit[1]:
        return "" if hit[1] in currencies.WEAK and not _grouped(token) else currencies.SIGNS[hit[1]]
    told = hit[2]
    return told.upper() if told in currencies.CODES or told in currencies.SMALL_CODES else ""


def times(text: str, end: int) -> tuple[Decimal, int] | None:
    """What multiplies the number that ends there, k or million, and where that ends."""
    hit = _TIMES.match(text, end)
    if hit is None:
        return None
    word = (hit[1] or hit[2] or hit[3]).casefold().rstrip(".")
    return Decimal(_TIMES_BY_WORD[word]), hit.end()


def small_units(text: str, end: int, words: Mapping[int, tuple[int, Decimal]]) -> tuple[Decimal, int] | None:
    """The cents that follow whole units which end there, as a part of one, and where they end: in figures, or one of
    the numbers in `words` (start → end, value). Without their own name they end the sum: "27 euros 50 per truck"."""
    joined = _SMALL_JOINED.match(text, end)
    if joined is None:
        return None
    start = joined.end()
    figure = _SMALL_FIGURE.match(text, start)
    last, many = (figure.end(), Decimal(figure[0])) if figure else words.get(start, (start, Decimal(0)))
    named = _SMALL_UNIT.match(text, last)
    if not 0 < many < 100 or many != many.to_integral_value():
        return None
    if named is None and (many < 10 or _SMALL_ENDS.match(text, last) is None):
        return None
    return many / 100, named.end() if named else last


def before_large(value: Decimal, token: str, many: Decimal) -> Decimal:
    """The number written before a million or more, whose one separator is that of its decimals."""
    return Decimal(token.replace(",", ".")) if many >= 10**6 and _TWO_DECIMALS.fullmatch(token) else value


def readings(value: Decimal, token: str, unit: str) -> tuple[str, ...]:
    """The plain numbers an amount may be: KWD 90.500 is ninety dinars and a half, or ninety thousand five hundred."""
    if currencies.minor_digits(unit) == 3 and _TWO_READINGS.fullmatch(token):
        return (numbers.plain(value), numbers.plain(Decimal(token)))
    return (numbers.plain(value),)


def period(text: str, start: int, end: int) -> Period:
    """The period that the sum at start:end is for, by the words after it, or else before it in its sentence."""
    ahead = _FIGURES_OR_STOPS.split(text[end : end + 48], maxsplit=1)[0]
    billed = _BILLED.search(ahead)
    ahead = ahead[: billed.start()] if billed else ahead
    hit = _ANY_PERIOD.search(ahead)
    if hit and _SOON.match(ahead[: hit.start()]):
        return str(hit.lastgroup)
    behind = [hit.lastgroup for hit in _AHEAD.finditer(_FIGURES_OR_STOPS.split(text[max(0, start - 60) : start])[-1])]
    return str(behind[-1]) if behind else ""
