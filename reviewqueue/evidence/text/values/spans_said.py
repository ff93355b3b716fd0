"""Lengths of time that claim nothing of their own: a period ("every three months"), the time between two days of a
sentence ("six weeks after testing opens, on 17 August"), and the year that a sum is for."""

from __future__ import annotations

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.words.vocabulary import MONTH

_EVERY = as_pattern(r"(?i)\b(?:every|each|alle|aller|tous les|toutes les|cada|todos los|om de) \Z")
_SINCE = as_pattern(
    r"(?i)\b(?:after|following|within|nach|nachdem|après|au bout de|tras|después de)"
    r" (?:about |roughly |some |almost |nearly |a mere |only |just |gut |knapp |rund |etwa |environ |unos |unas )?\Z"
)
_LEADS = as_pattern(
    r"(?i)(?:['’]|s['’])? ?(?:of (?:\w+ )?|\w+ )?(?:after|before|ahead of|earlier|later|following|between|to spare"
    r"|vor|nach|zwischen|später|früher|zuvor|Zeit|avant|après|entre|plus tard|antes|después|más tarde)\b"
)
_BETWEEN = as_pattern(r"(?i)\b(?:between|zwischen|entre)\b|\b(?:from|von|du|desde)\b.* (?:to|bis|au|hasta|until)\b")
_DAY = as_pattern(rf"\b{MONTH}\b|\b\d{{4}}-\d\d-\d\d|\b\d{{1,2}}[./]\d{{1,2}}(?:[./]\d{{2,4}}|\.|\b)")
_MONEY = as_pattern(
    r"(?i)[€$£¥₹]|\b[A-Z]{3} ?\d|\d ?k\b|\b(?:euros?|dollars?|pounds?|francs?|franken|kroner|kronor|yen|reais|rupees?"
    r"|rand|dirhams?|pesos|bucks|thousand|million|tausend)\b|tausend\b"
)
_OF_SUM = as_pattern(r"(?i)(?:\A|\b(?:over|in|within|per|of|über|in|auf|sur|en|durante) )\Z")
_STOP = as_pattern(r"[.;!?](?=\s)|\n")
_REACH = 200


def is_period(text: str, start: int) -> bool:
    """Whether the length of time that begins there is how often something comes round."""
    return _EVERY.search(text, max(0, start - 12), start) is not None


def only_relates(text: str, start: int, end: int, months: bool) -> bool:
    """Whether the length of time at start:end is that between two days, of which its sentence says one, or, of a year
    in `months`, what a sum of the sentence is for."""
    head = _STOP.split(text[max(0, start - _REACH) : start])[-1].lstrip()
    tail = _STOP.split(text[end : end + _REACH], maxsplit=1)[0]
    if months and _OF_SUM.search(head) and (_MONEY.search(head) or _MONEY.search(tail)):
        return True
    led = _SINCE.search(head) or _LEADS.match(tail) or _BETWEEN.search(head[-60:])
    return led is not None and (_DAY.search(head) is not None or _DAY.search(tail) is not None)
