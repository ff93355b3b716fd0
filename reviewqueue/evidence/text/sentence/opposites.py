"""Words that exclude one another: mandatory and optional, open and closed, inside and outside. Two clauses about one
thing that have one each say opposite things."""

from __future__ import annotations

from functools import lru_cache

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.sentence.clauses import words_in

_AXES = tuple(
    (as_pattern(rf"(?i)\b(?:{one})\b"), as_pattern(rf"(?i)\b(?:{other})\b"))
    for one, other in (
        (r"mandatory|required|requirement|compulsory|obligatory|must be|a must|pflicht\w*|zwingend|obligatoire"
         r"|obligator\w+",
         r"optional\w*|voluntary|freiwillig|facultati\w+|opcional\w*|voluntari\w+"),
        (r"clos(?:e|es|ed|ing)|shut\w*|discontinued|switched off|removed|abolished|abgeschafft|abgeschaltet"
         r"|geschlossen|supprimée?|cerrad\w+",
         r"stays?|remains?|kept|continues?|bleibt|bleiben|reste\w*|sigue"),
        (r"disabled|inactive|deactivated|turned off|switched off|deaktiviert|désactivée?|desactivad\w+",
         r"enabled|active|activated|turned on|switched on|aktiviert|activée?|activad\w+"),
        (r"outside(?: of)?|abroad|außerhalb|hors d\w*|en dehors|fuera de", r"in|inside|within|stays?|innerhalb"
                                                                           r"|dans|dentro de"),
        (r"24/7|around the clock|day and night|at any time|rund um die uhr|24 ?h/24|jour et nuit",
         r"weekdays|office hours|business hours|working hours|werktags|bürozeiten|heures de bureau|jours ouvr\w+"),
        (r"first|zuerst|als erste\w*|d'abord|en premier|primero", r"last|zuletzt|als letzte\w*|en dernier|al final"),
        (r"free of charge|for free|no extra cost|at no cost|kostenlos|gratuit\w*"
         r"|gratis", r"charged|billed separately|extra cost|kostenpflichtig|payante?"),
        (r"manual(?:ly)?|by hand|von hand|manuell\w*|à la main|a mano", r"automatic(?:ally)?|automatisch"
                                                                        r"|automatique\w*|automátic\w+"),
        (r"annual(?:ly)?|yearly|every year|jährlich|annuel\w*|anual\w*", r"monthly|every month|monatlich"
                                                                         r"|mensuel\w*|mensual\w*"),
    )
)  # fmt: skip


@lru_cache(maxsize=8_192)
def sides(text: str) -> tuple[tuple[int, bool], ...]:
    """(number of the pair, which of its two) of each such word that a clause has; pairs of which it has both are left
    out."""
    found = []
    for number, (one, other) in enumerate(_AXES):
        left, right = one.search(text) is not None, other.search(text) is not None
        if left != right:
            found.append((number, left))
    return tuple(found)


@lru_cache(maxsize=8_192)
def rest(text: str, number: int) -> tuple[frozenset[str], ...]:
    """The words of a clause without those of a pair."""
    one, other = _AXES[number]
    return words_in(other.sub(" ", one.sub(" ", text)))
