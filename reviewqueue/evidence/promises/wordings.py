"""Other words for values, as a sentence that is compared may have them: a fifth off, three nines, seven hours without
service in a month, the hundredth name, a fortnight after the day we had fixed, an outstanding forty thousand a year."""

from __future__ import annotations

import re
from decimal import Decimal

from reviewqueue.evidence.promises import amounts
from reviewqueue.evidence.promises.reading import any_case
from reviewqueue.evidence.text.words import numbers
from reviewqueue.evidence.text.words.caches import cached_by_length

_PARTS = {
    "half": 50, "third": 33, "quarter": 25, "fifth": 20, "sixth": 17, "eighth": 12, "tenth": 10, "twentieth": 5,
}  # fmt: skip
_PART = any_case(
    r"\b(?:an?|one|the|by\sa)\s(half|third|quarter|fifth|sixth|eighth|tenth|twentieth)\b(?!\s(?:of\sa|day|hour|year|user|seat|session|lesson|month))"
)
_HALVED = any_case(r"\bhalv(?:e[sd]?|ing)\b|\bcuts?\s(?:\w+\s){0,3}in\shalf\b")
_HALF_PRICE = any_case(r"\bhalf\s(?:the\s|your\s|our\s)?(?:price|fee|rate)\b|\bhalf[-\s]price\b")
_PAY_SHARE = any_case(
    r"\b(?:pay|charge|invoice|bill|owe\sus|for|at|costs?)\s(?:you\s)?(?:only\s|just\s)?(\d\d)\s?(?:%|per\scent|percent)\sof\b"
)
_HALF_OF = any_case(r"\bhalf\san?\s(?:working\s)?(?:shift|day)\sof\s(\d+)\s(hours)\b")
_NO_DISCOUNT = any_case(
    r"\b(?:no|without(?:\sa|\sany)?|never\sa|not\s(?:a|any))\s(?:(?:further|such|special)\s)?(?:discount|rebate|(?:price\s)?reduction)s?\b|\bnothing\soff\b"
)
_NINES = any_case(r"\b(two|2|three|3|four|4|five|5)\snines\b")
_MANY_NINES = {"two": "99", "three": "99.9", "four": "99.99", "five": "99.999"}
_MANY_NINES |= dict(zip("2345", list(_MANY_NINES.values()), strict=True))
_OUT = any_case(
    r"\b(?:without\s(?:the\s)?(?:service|system|platform)|outages?|downtime|down\b|offline|unavailable|standstill|stands?\sstill|interrupt\w*|not\s(?:available"
    r"|reachable|there)|fail(?:s|ures?)?\b)"
)
_QUARTERS_OF_AN_HOUR = any_case(r"\b(half|(?:three|3)\squarters\sof|(?:a|one)\squarter\sof)\san\shour\b")
_MINUTES = {"h": "30 minutes", "t": "45 minutes", "3": "45 minutes", "a": "15 minutes", "o": "15 minutes"}
_IN_A = any_case(
    r"\b(?:a|per|each|every|in\s(?:a|any|one|the))\s(?:single\s|calendar\s)?(month|year|week|quarter|day)\b|\b(month|year|week)ly\b"
)
_HOURS = {"day": 24, "week": 168, "month": 730, "quarter": 2190, "year": 8760}
_UNITS = {"minute": Decimal(1) / 60, "hour": Decimal(1), "day": Decimal(24), "week": Decimal(168)}
_SPAN = any_case(r"\b(\d+(?:[.,]\d+)?|an?|one|half\san?)\s(?:full\s|whole\s)?(minute|hour|day|week)s?\b")
_BARE = any_case(
    r"(?<![\w.,])(?P<sum>\d{4,7}|\d{1,3}(?:[,.]\d{3}){1,2})(?![\w.,]\d)\s(?:(?:euros?|in\stotal|altogether)\s)?(?:(?:a|per|each|every)\s(?:year|annum|month|quarter)|yearly"
    r"|annually|monthly|quarterly)\b"
)
ABOUT = any_case(
    r"\b(?:about|around|roughly|nearly|almost|approximately|some|close\sto|just\s(?:under|over)|a\sgood|a\slittle|ca|circa)\b"
)
_ORDINALS = {
    "tenth": 10, "twentieth": 20, "thirtieth": 30, "fortieth": 40, "fiftieth": 50, "sixtieth": 60, "seventieth": 70,
    "eightieth": 80, "ninetieth": 90, "hundredth": 100, "thousandth": 1000,
}  # fmt: skip
_LAST_ONE = any_case(
    rf"\b(?:(?:after|with|at|beyond)\s(?:the\s|number\s)?)(?P<many>{'|'.join(_ORDINALS)}|\d+(?:st|nd|rd|th)?)(?!\s?(?:\w+\s)?(?:months?|weeks?|days?|years?|hours?|rows|records|%|per|euros?|in\sthe)\b)\s?(?:user|name|person|login|seat"
    r"|colleague|account|employee|head)?\b[^.]{0,30}\b(?:clos\w+|full|end[s]?\b|stop\w*|over\b|limit|reached|that\sis\sit|no\smore|nobody)"
)
_SHIFTED = any_case(
    r"\b(?:fortnight|(?:\d+|a|an|one|a\sfew|some|several)\s(?:working\s)?(?:days?|weeks?|months?))\s(?:\w+\s)?(?:later|earlier|sooner|after|before|ahead\sof|behind"
    r"|past)\s(?:than\s)?(?:\w+\s){0,5}(?:agreed|planned|fixed|promised|announced|scheduled|set|had\sin\smind|the\splan|schedule|said|(?:original|old|first"
    r"|agreed|planned|promised)\s(?:day|date|plan))\b|\b(?:later|earlier|sooner)\sthan\s(?:\w+\s){0,3}(?:agreed|planned|fixed|promised|announced|scheduled)\b"
    r"|\b(?:later|earlier|sooner|longer)\sthan\s(?:\w+\s){0,3}(?:said|set|told|thought|intended|written|expected|noted|the\splan|before)\b"
    r"|\b(?:postponed?|delayed|put\soff|pushed\s(?:back|out)|slips|slipped|brought\sforward|moved\s(?:back|forward|out)|rescheduled)\b"
    r"|\b(?:an?\s(?:little|bit|few|couple)|some|another|\d+|one|two)\s(?:(?:more|further|extra|additional|of)\s)?(?:time|air|days?|weeks?|months?)\s(?:more|longer|extra)\b|\b(?:need|take|want|give)\w*\s(?:\w+\s){0,3}(?:more|further|extra|additional)\s(?:time|days|weeks|months)\b"
    r"|\b(?:giv\w+\sway|slid\w+|mov\w+|shift\w*|push\w*|wait\w*|delay\w*|postpon\w*)\s(?:\w+\s){0,3}(?:by|for)\s(?:a\sfortnight|\w+\s(?:days?|weeks?|months?))\b"
    r"|\ba\slittle\smore\s(?:time|air|room)\b|\bmore\stime\sthan\s\w+\s(?:planned|agreed|thought)\b|\bnot\s(?:as|when)\s(?:agreed|planned|promised|announced|scheduled)\b|\bmiss(?:es)?\s(?:the|our)\s(?:agreed|planned)?\s?(?:date|day)\b"
    r"|\bpush(?:ed)?\s(?:\w+\s){1,3}back\s(?:by|for)\b|\b(?:postponed?|put\soff|pushed\s(?:back|out)|moved\s(?:back|forward|out)|brought\sforward|slips?|slipped|delayed)\s(?:it\s|this\s)?(?:by|for)\s"
    r"(?:\w+\s){0,3}(?:fortnight|days?|weeks?|months?)\b"
)
_UNSHIFTED = any_case(
    r"\b(?:nothing|nobody|never|neither|no)\s(?:\w+\s)?(?:\w+)|\b(?:not|n['’]t)\s(?:be\s|been\s)?(?:\w+\s)?(?:postponed|delayed|later|moved|slip\w*|put\soff|pushed)"
    r"|\b(?:if|unless|should|in\scase|even\sthough)\b"
)
_CHARGED = any_case(
    r"\b(?:(?:separate|extra|additional|own)\s(?:invoice|bill|charge|fee)|(?:charg|invoic|bill)ed\b|costs?\s(?:extra|\w+\sextra)|"
    r"pay\s(?:\w+\s){0,2}(?:extra|separately|on\stop|for\s(?:it|them|each|the))|go(?:es)?\son\s(?:your|the)\s(?:bill|invoice)|(?:comes?|goes?)\son\stop|at\s(?:your\sown|extra)\s(?:cost|expense)|put\s(?:it|them"
    r"|the\s\w+)\son\sthe\s(?:bill|invoice))\b"
)
_FREE = any_case(
    r"\b(?:free\sof\s(?:charge|cost)|for\sfree|gratis|on\sthe\shouse|(?:do|need|will|does)\s?(?:not|n['’]t)\s(?:have\sto\s)?(?:pay|owe|cost)\s?(?:us\s|you\s|for\s)?"
    r"(?:anything|a\scent|it|for|a\sthing)|pay\snothing|costs?\s(?:you\s)?nothing|(?:without|no|at\sno)\s(?:extra\s|additional\s|further\s)?(?:cost|charge|fee)s?|we\s(?:do\snot|will\snot|won['’]t"
    r"|don['’]t|never)\s(?:charge|bill|invoice)|waive[sd]?|(?:a|our)\s(?:gift|present|treat))\b"
)
_BY_OTHERS = any_case(r"\b(?:hotel|canteen|caterer|lunch|dinner|travel|room|taxi|train\sticket)\b")
_DENIED = any_case(r"\b(?:none|no|not|never|nothing|without)\b|n['’]t\b")
_WHICH = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8}
_ONE_OF = any_case(r"\bthe\s(first|second|third|fourth|fifth|sixth|seventh|eighth|last|other)\b")
_ALL_OF = any_case(r"\b(?:each|every|both|all|any|these|those|them)\b")
_SINCE = any_case(
    r"\b(?:since|back\sto|as\sof|(?:from|starting)(?:\s\w+){0,2})\s(?:the\s(?:year|start)\s(?:of\s)?)?((?:19|20)\d\d)\b(?!-\d\d)"
)
_LAST_YEARS = any_case(
    r"\b(?:(?:last|past|latest|recent)\s(\d+|one|two)\s(years?|months?)|(\d+|one)\s(years?|months?)\s(?:of|back|worth))\b|\b(?:older\sthan|beyond|further\sback\sthan|before\sthe\slast|more\sthan)\s(?P<older>\d+|one|a)\s(?P<unit>years?|months?)\b"
)


_HALVES = any_case(r"\b(\d+)\sand\sa\shalf\s(1000|1000000)\b")
_THOUSANDS = any_case(r"\b(\d{1,3})\s(1000|1000000)\b")
_AND_A_HALF = any_case(r"\b(?:an?|one)\s(week|month|year)\sand\sa\shalf\b")
_FIRST_MILLION = any_case(r"(?<!\d\s)\b(?:the\s)?first\smillion\b")


def figures(plain: str) -> str:
    """A sentence with sums such as 3 and a half thousand as figures."""
    plain = _HALVES.sub(lambda hit: str(int((int(hit[1]) + 0.5) * int(hit[2]))), plain)
    plain = _THOUSANDS.sub(lambda hit: str(int(hit[1]) * int(hit[2])), plain)
    plain = _AND_A_HALF.sub(lambda hit: f"1.5 {hit[1]}s", plain)
    return _FIRST_MILLION.sub("the first 1000000", plain)


@cached_by_length
def shares(plain: str) -> str:
    """A sentence with the parts and nines it names as shares."""
    plain = _HALF_OF.sub(lambda hit: f"{int(hit[1]) / 2:g} {hit[2]}", plain)
    plain = _HALVED.sub("50 % off ", plain)
    plain = _NINES.sub(lambda hit: f"{_MANY_NINES[hit[1].casefold()]} %", plain)
    plain = _HALF_PRICE.sub("50 % off", plain)
    plain = _PAY_SHARE.sub(lambda hit: f"{100 - int(hit[1])} % off", plain)
    return _PART.sub(lambda hit: f"{_PARTS[hit[1].casefold()]} %", plain)


def no_discount(plain: str) -> bool:
    """Whether a sentence says that there is no discount."""
    return _NO_DISCOUNT.search(plain) is not None


def uptime(plain: str) -> tuple[Decimal, str] | None:
    """The hours that a sentence lets a service be away, with the month or year it counts them in; None for none."""
    often = _IN_A.search(plain)
    plain = _QUARTERS_OF_AN_HOUR.sub(lambda hit: _MINUTES[hit[1][0].casefold()], plain)
    spans = _SPAN.findall(plain)
    if not often or not _OUT.search(plain) or not spans:
        return None
    many, unit = spans[0]
    count = Decimal("0.5") if many.startswith("half") else numbers.read(many) or Decimal(1)
    hours = count * _UNITS[unit.casefold()]
    return hours, (often[1] or often[2]).casefold()


def breaks_uptime(plain: str, held: str) -> bool:
    """Whether the time away that a sentence allows is far from what a promised share of uptime allows."""
    found, share = uptime(plain), numbers.read(held.removesuffix(" %"))
    if found is None or share is None or share >= 100:
        return False
    hours, often = found
    allowed = (100 - share) / 100 * _HOURS[often]
    return not allowed * Decimal("0.7") <= hours <= allowed * Decimal("1.4")


def bare_sum(plain: str) -> str:
    """A sum without its currency, told by how often it is due: "40000 a year"; "" for none, or several."""
    found = _BARE.findall(plain)
    return amounts.first(found[0], "money") if len(found) == 1 else ""


def near(one: str, other: str) -> bool:
    """Whether two sums are within a twentieth of each other."""
    read = numbers.read(one.rpartition(" ")[2]), numbers.read(other.rpartition(" ")[2])
    return all(read) and abs(read[0] - read[1]) * 20 <= read[1]  # type: ignore[operator]


def last_of(plain: str) -> str:
    """The number of the last user who is let in: "after the hundredth name the door is closed"; "" for none."""
    found = _LAST_ONE.search(plain)
    if not found:
        return ""
    said = found["many"].casefold()
    return str(_ORDINALS.get(said) or re.sub(r"\D", "", said))


@cached_by_length
def is_shifted(plain: str) -> bool:
    """Whether a sentence says that something comes later or earlier than was agreed."""
    return _SHIFTED.search(plain) is not None and not _UNSHIFTED.search(plain)


def is_free(plain: str) -> bool:
    """Whether a sentence says that something costs nothing."""
    return _FREE.search(plain) is not None


def is_charged(plain: str, many: str) -> bool:
    """Whether a sentence charges one of so many that are included, or all of them."""
    if not _CHARGED.search(plain) or _BY_OTHERS.search(plain) or _DENIED.search(plain):
        return False
    if one := _ONE_OF.search(plain):
        return _WHICH.get(one[1].casefold(), 1) <= int(many if many.isdigit() else 0)
    return _ALL_OF.search(plain) is not None


def reach(plain: str) -> str:
    """How far back data goes that a sentence speaks of: "2021", "36 months"; "" for none."""
    if since := _SINCE.findall(plain):
        return str(since[0]) if len(since) == 1 else ""
    found = [[part for part in one if part] for one in _LAST_YEARS.findall(plain)]
    if len(found) != 1:
        return ""
    count, unit = (part.casefold() for part in found[0])
    many = numbers.read({"one": "1", "a": "1", "two": "2"}.get(count, count))
    return "" if many is None else f"{numbers.plain(many * (12 if unit.startswith('year') else 1))} months"


_LENGTHS = any_case(r"\b(?P<before>for|after|of|only|just|within|in)\s(?:a|one)\s(?:single\s|whole\s)?year\b")
_NTH_YEAR = any_case(r"\bend\sof\s(?:the\s|your\s)?(first|second|third|fourth|fifth)\syear\b")
_TIMES = any_case(r"\b(12|4)\s(?:times\sa\syear|(?:\w+\s)?instal\w+\sof)\b")


@cached_by_length
def lengths(plain: str) -> str:
    """A sentence with the years it names in words as months: "for a year", "at the end of the second year"."""
    plain = _LENGTHS.sub(r"\g<before> 12 months", plain)
    return _NTH_YEAR.sub(lambda hit: f"end after {_WHICH[hit[1].casefold()] * 12} months", plain)


@cached_by_length
def rhythm(plain: str) -> str:
    """A sentence with how often something is due as a month or a quarter: "twelve times a year"."""
    return _TIMES.sub(lambda hit: "a month" if hit[1] == "12" else "a quarter", plain)
