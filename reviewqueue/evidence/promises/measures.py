"""What a sentence names of a kind, where it names one: how long, how often, for whom, by whom, in which language."""

from __future__ import annotations

import re
from decimal import Decimal

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.promises import amounts, compare
from reviewqueue.evidence.promises.reading import any_case
from reviewqueue.evidence.text.words import numbers

_UNITS = {"day": 1.0, "week": 7.0, "fortnight": 14.0, "month": 365 / 12, "quarter": 365 / 4, "year": 365.0}
_SPAN = any_case(
    r"(?<!once\s)(?<!twice\s)(?<!times\s)(?<!euros\s)(?<!euro\s)(?<!\d\s)(?<!\d[.,]\d\s)"
    r"\b(?P<many>\d+(?:[.,]\d+)?|an?|one|half\san?|(?:a\s)?quarter\sof\sa)\s"
    r"(?:(?:full|whole|entire|single|good|short|working|business|calendar|more)\s)?(?P<unit>day|week|fortnight|month|quarter|year)s?\b"
    r"(?!\s(?:of\san?\s|ago\b))"
)
_DAY_BEFORE = any_case(r"\bthe\s(?:day|evening|night)\sbefore\b")
_RHYTHMS = {"month": "monthly", "quarter": "quarterly", "year": "yearly"}
_OFTEN = {
    "day": (
        r"\b(?:daily|nightly|(?:every|each)\s(?:single\s)?(?:day|night|morning|evening)|(?:once"
        r"|1\stimes?)\sa\sday)\b"
    ),
    "week": (
        r"\b(?:weekly|(?:every|each)\s(?:single\s)?(?:week|(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
        r"|once\s(?:a|per)\sweek"
        r"|on\s(?:mon|tues|wednes|thurs|fri|satur|sun)days)\b"
    ),
    "2 weeks": (
        r"\b(?:fortnightly|bi-?weekly|every\s(?:fortnight|(?:2|two)\sweeks|(?:other|second)\s(?:week"
        r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day))|"
        r"twice\sa\smonth|once\sa\sfortnight)\b"
    ),
    "month": (
        r"\b(?:monthly|(?:every|each)\s(?:single\s)?month|once\s(?:a|per)\smonth|month\sby\smonth"
        r"|12\stimes\sa\syear"
        r"|every\s(?:4|four)\sweeks)\b"
    ),
    "quarter": (
        r"\b(?:quarterly|(?:every|each)\s(?:single\s)?quarter|once\s(?:a|per)\squarter|every\s(?:3"
        r"|three)\smonths|4\stimes\sa\syear)\b"
    ),
    "half-year": r"\b(?:half-?yearly|every\s(?:6|six)\smonths|twice\sa\syear|every\shalf[\s-]year)\b",
    "year": (
        r"\b(?:(?:1|one)\s(?:\w+\s)?a\syear|yearly|annual(?:ly)?|(?:every|each)\s(?:single\s)?year"
        r"|once\s(?:a|per)\syear|every\s(?:12|twelve)\smonths)\b"
    ),
}
_FREQUENCIES = {name: any_case(pattern) for name, pattern in _OFTEN.items()}
_PERIODS = any_case(
    r"\b(?:a|per|each|every|and|over\sa|in\sa|for\sa)\s(?:full\s|whole\s)?(?P<per>month|quarter|year)\b|\b(?P<often>month|quarter|year)ly\b|\b(?P<annual>annual(?:ly)?|annum|p\.a\.)"
)
_LANGUAGE = as_pattern(
    r"\b(English|German|French|Spanish|Italian|Dutch|Polish|Portuguese|Czech|Turkish|Danish|Swedish|Russian)\b"
)
_NO_LANGUAGE = (
    r"(?:no|not|never|nobody|without|cannot|none|n['’]t|hardly\sanybody)\s(?:[a-z]+\s){0,5}",
    r"(?:give|gave|giving)\sup\s(?:[a-z]+\s){0,2}",
    r"(?:instead\sof|rather\sthan)\s",
)
_ONLY = any_case(r"\b(?:only|just|exclusively|has\sto|have\sto|must|nothing\sbut|entirely|all\sin|need\sto)\b")
_ALSO = any_case(r"\b(?:also|too|as\swell|besides|in\saddition|both|either)\b")
_CITY = as_pattern(
    r"\b(?:in|to|at)\s(?!(?:January|February|March|April|May|June|July|August|September|October|November|December|English|German|French|Spanish|Teams"
    r"|Zoom|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|Easter|Whitsun|Christmas|Professional|Basic|Excel|Q\d|EUR|Edge|Rose|Sean|Zo)\b)"
    r"([A-ZÄÖÜ][a-zäöüß]{2,}(?:-[A-ZÄÖÜ][a-zäöüß]+)?)\b(?!\s(?:Communications|GmbH|[A-Z]))"
)
_EDITION = as_pattern(
    r"\b(Basic|Starter|Standard|Professional|Pro|Business|Enterprise|Premium|Ultimate|Advanced|Essentials?|Plus|Team)\b"
    r"(?!\s(?:[Ss]upport|[Hh]ours|[Mm]eeting|[Aa]ccount|[Cc]ontinuity))"
)


def span(plain: str) -> str:
    """The one length of time a sentence names, in days or months; "" for none, or several."""
    found = {_told(one["many"], one["unit"]) for one in _SPAN.finditer(_DAY_BEFORE.sub("1 day before", plain))}
    return found.pop() if len(found) == 1 else ""


def _told(many: str, unit: str) -> str:
    low, unit = many.casefold(), unit.casefold()
    share = 0.5 if low.startswith("half") else 0.25 if "quarter" in low else 0.0
    count = float(share or (numbers.read(low) or 1))
    if unit in ("month", "quarter", "year"):
        months = count * {"month": 1, "quarter": 3, "year": 12}[unit]
        return f"{numbers.plain(Decimal(str(round(months, 2))))} months"
    return f"{numbers.plain(Decimal(str(round(count * _UNITS[unit], 2))))} days"


def same_span(one: str, other: str) -> bool:
    """Whether two lengths of time are the same, but for how long a month is."""
    return compare.same("term", one, other)


def often(plain: str) -> str:
    """How often a sentence says that something happens; "" for nothing, or several."""
    found = [name for name, words in _FREQUENCIES.items() if words.search(plain)]
    return found[0] if len(found) == 1 else ""


def rhythm(plain: str) -> str:
    """How often a sentence says that is paid, as a promise says it."""
    return _RHYTHMS.get(often(plain), "")


def rate(plain: str) -> str:
    """The one sum of a sentence for a period, as a sum per month; "" for none."""
    _, found = amounts.marked(plain)
    sums = [amounts.value(one) for one in found if one.kind == "money"]
    if len(sums) != 1 or len(periods := {_per(one) for one in _PERIODS.finditer(plain)}) != 1:
        return ""
    return compare.counted(sums[0], compare.A_YEAR[periods.pop()], 12) + " per month"


def _per(found: re.Match[str]) -> str:
    return (found["per"] or found["often"] or "year").casefold()


def same_rate(one: str, other: str) -> bool:
    """Whether two sums per month are the same, but for a rounded cent."""
    first, second = (value.removesuffix(" per month").rpartition(" ") for value in (one, other))
    mine, theirs = numbers.read(first[2]), numbers.read(second[2])
    if mine is None or theirs is None:
        return True
    near = abs(mine - theirs) * 100 <= theirs
    return near or not mine or theirs > mine * 30 or mine > theirs * 30


def languages(plain: str) -> str:
    """The languages a sentence names, those that it denies after a "not": "German, not English"; "" for none."""
    found = list(dict.fromkeys(_LANGUAGE.findall(plain)))
    denied = [
        one
        for one in found
        if any(re.search(rf"\b{before}{one}\b", plain, re.I) for before in _NO_LANGUAGE)
        or re.search(rf"\b{one}\b[^.]{{0,40}}\btranslated?\b", plain)
        or re.search(rf"\b{one}\s(?:speakers|is\snot|will\snot|does\snot)\b(?!\s(?:are\swelcome|can))", plain)
    ]
    rest = sorted(set(found) - set(denied))
    if rest and _ONLY.search(plain):
        return "only " + ", ".join(rest)
    return ", ".join([*rest, *(f"not {one}" for one in denied)])


def same_languages(one: str, other: str) -> bool:
    """Whether a sentence leaves the languages that hold alone: none is denied, none left out by an "only"."""
    mine, theirs = one.removeprefix("only ").split(", "), set(other.removeprefix("only ").split(", "))
    if any(said.startswith("not ") and said[4:] in theirs for said in mine):
        return False
    if one.startswith("only "):
        return theirs <= set(mine)
    return bool(theirs & set(mine)) or all(said.startswith("not ") for said in mine)


def spoken(plain: str) -> str:
    """The languages something is held in, where the sentence does not only add one to another."""
    return "" if _ALSO.search(plain) and not _ONLY.search(plain) else languages(plain)


def city(plain: str) -> str:
    """The one place that a sentence names by its name; "" for none, or several."""
    found = set(_CITY.findall(plain))
    return found.pop() if len(found) == 1 else ""


def edition(plain: str) -> str:
    """The one edition of a product that a sentence names; "" for none, or several."""
    found = {"Professional" if one == "Pro" else one for one in _EDITION.findall(plain)}
    return found.pop() if len(found) == 1 else ""
