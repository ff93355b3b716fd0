"""What a sentence says against a promise that holds where neither names a value of the same form: it costs nothing
against a fee, seven hours without service against a share, at night you leave a message against around the clock."""

from __future__ import annotations

from collections.abc import Sequence

from reviewqueue.evidence.promises import KeptPromise, Promise, migrated, opposites, poles, subjects, wordings
from reviewqueue.evidence.promises import amounts as promises_amounts
from reviewqueue.evidence.promises.reading import any_case
from reviewqueue.evidence.text.words.caches import cached_by_length

_SUPPORT = any_case(
    r"\b(?:support|hotline|help\s?(?:desk|line)|service\sdesk|desk|ring\sus|call\sus|phone|calls?|reach\sus|on\sduty|message|voicemail|answering\smachine)\b"
)
_ALWAYS = any_case(
    r"\b24\s?/\s?7\b|\b24\shours\b|around\sthe\sclock|round[-\s]the[-\s]clock|day\s(?:and|or)\snight|\bany\s(?:hour|time\sof\sday)|seven\sdays\sa\sweek"
    r"|\bnever\s(?:closes?|sleeps?)|\bnight\sshift\s(?:can|may)|\bat\s(?:two|three|four|[234])\s(?:in\sthe|at)\s(?:morning|night)|middle\sof\sthe\snight|\bmidnight\b|whenever\syou\slike|\b(?:sundays?|weekends?)\s(?:too|as\swell)"
)
_BY_DAY = any_case(
    r"\b(?:business|office|working)\s(?:hours|days)\b|\bweekdays?\b|monday\s(?:to|through|till|until|-|–)\s(?:friday|saturday)|leave\s(?:us\s)?a\smessage|voice\s?mail"
    r"|answering\smachine|(?:ring|call|get)\s(?:you\s)?back\sin\sthe\smorning|\bnext\s(?:working\s|business\s)?(?:day|morning)\b|nobody\s(?:is\s)?(?:there|answers|picks|here)"
    r"|\b(?:closed|not\s(?:staffed|manned|available|reachable|open))\b[^.]{0,30}\b(?:night|weekend|sunday|saturday|evening)|\b(?:night|weekend|sunday|evening)s?\b[^.]{0,40}"
    r"\b(?:closed|not\s(?:staffed|manned|available|reachable|open)|nobody|no\sone)\b|desk\s(?:opens|closes)"
)
_THEIRS = any_case(
    r"\bour\soffices?\b|\byour\s(?:own\s)?(?:hotline|support|desk|phone|hall|office|team|shift|lease|printers?|mail|archive|supplier)\b"
)
_WHAT = {
    "set-up price": any_case(r"\bset-?\s?up\b|\bsetting\s(?:\w+\s)?up\b"),
    "implementation price": any_case(r"\bimplement\w+"),
    "onboarding price": any_case(r"\bonboarding\b"),
    "training price": any_case(r"\b(?:train\w*|lessons?|sessions?)\b"),
}
_NOT = any_case(r"\b(?:not|never|no)\b|n['’]t\b")
_TAUGHT = any_case(r"\b(?:the\s(?:second|third|fourth)\sday\b|train\w*|lessons?|sessions?|course\w*|class(?:es)?)\b")
_LATE = any_case(
    r"\b(?:next|following)\s(?:working\s|business\s)?(?:day|morning|week)\b|\btomorrow\b|\bwithin\s(?:days|weeks)\b|\bafter\sthe\sweekend\b"
)
_ANSWERED = any_case(
    r"\b(?:looks?\s(?:at|into)|answer\w*|repl\w+|respon\w+|react\w*|hear|get\sback|repair\w*|fix\w*|solv\w+|deals?\swith|picks?\sup|get\sin\stouch|do\swithout|stands?\sstill|com(?:e|es)\sback)\b"
)
_OLD_DATA = any_case(r"\b(?:(?:old|legacy|historical|existing|your|all)\s){1,2}(?:data|records|history|archive)\b")
_HANDED = any_case(r"\b(?:mov\w+|migrat\w+|bring\w*|load\w*|import\w*|transfer\w*|tak\w+\sover|key\w*\sin|typ\w+)\b")
_YOURS = any_case(
    r"\b(?:up\sto\s(?:you|your)|(?:you|they)\s(?:\w+\s){0,4}your(?:self|selves)|your\s(?:own\s)?(?:people|team|it|staff|colleagues)|not\sour\s(?:job|part)|in\syour\shands)\b"
)
_FIGURE = any_case(
    r"\b(?:(?:it|that|this)\s(?:will\s|would\s)?(?:be|is|makes|stays|comes|becomes|amounts)|figure|price|fee|cost\w*|pay\w*|bill|charge\w*|subscription|budget|annual|rate)\b"
)
_MOVED = any_case(
    r"\b(?:live|launch|roll-?\s?out|cut-?\s?over|switch\w*|production|productive|platform|portal|software|real\sorders|new\ssystem|real\ssystem|start\sdate)\b"
)
_LATE_ANSWER = any_case(
    r"\b(?:a\sday\sor\s\w+|(?:a\s)?(?:couple\sof|few|some|several)\s(?:\w+\s)?(?:days|weeks)|in\sa\sday|a\s(?:full|whole|entire)\s(?:working\s)?day|day\sand\sa\shalf)\b"
)
_NO_DAY = any_case(
    r"\b(?:lunch|dinner|workshop|room|invoice|report|delivery\sof|call\b|meeting|export|list|file|holiday|leave|parcel|scanners?|printers?|please|tickets?|answer\w*|hotline)\b"
)
_POINTS_BACK = any_case(
    r"\b(?:it|this|that|they|them|him|her|those|these|then|the\s(?:first|second|third|fourth|last))\b"
)


@cached_by_length
def points_back(sentence: str) -> bool:
    """Whether a sentence has a word that stands for what the one before speaks of."""
    return _POINTS_BACK.search(sentence) is not None


@cached_by_length
def _is_theirs(plain: str) -> bool:
    return _THEIRS.search(plain) is not None


def other_value(plain: str, before: str, those: Sequence[KeptPromise]) -> str | None:
    """The value that a sentence has against these promises of one key, "" where only its words can be shown; None where
    it says nothing against them."""
    promise = those[0].promise
    if _is_theirs(plain) and not promise.key.startswith(("migrated: ", "data migration")):
        return None
    value = _value(plain, before if points_back(plain) else "", promise)
    return value if value is not None and all(value != one.promise.value for one in those) else None


def _value(plain: str, before: str, promise: Promise) -> str | None:
    kind, key = promise.kind, promise.key
    if key.startswith("languages of"):
        return poles.other_languages(plain, key, promise.value) or None
    if key == migrated.REACH or key.startswith("migrated: "):
        return _far(migrated.said(plain, before, key), promise)
    if key == "support hours":
        return _hours(plain)
    if key == "data migration" and kind == "scope":
        theirs = _OLD_DATA.search(plain) and _HANDED.search(plain) and _YOURS.search(plain)
        return opposites.LEFT_OUT if theirs and not _NOT.search(plain) else None
    if key == "days of maintenance":
        return poles.other_days(plain, promise.value) or None
    if kind == "sla" and promise.value.endswith("hours") and key.startswith(("response", "resolution")):
        late = _LATE.search(plain) or _LATE_ANSWER.search(plain)
        return "" if late and _ANSWERED.search(plain) else None
    if value := poles.said(plain, before, key):
        return value
    if kind == "sla" and key == "uptime":
        return "" if wordings.breaks_uptime(plain, promise.value) else None
    if kind == "discount":
        return "0 %" if wordings.no_discount(plain) else None
    if kind == "price":
        return _sum(plain, before, promise)
    if kind == "date":
        return "" if wordings.is_shifted(plain) and _is_moved(plain, before, key) else None
    return _count(plain, before, promise) if kind == "scope" else None


def _is_moved(plain: str, before: str, key: str) -> bool:
    """Whether it is the day of this promise that a sentence shifts, and not that of another."""
    both = f"{before} {plain}"
    own = next((one for kind, name, one in subjects.ABOUT if kind == "date" and key.startswith(name)), None)
    others = [
        one
        for kind, name, one in subjects.ABOUT
        if kind == "date" and not key.startswith(name) and {key, name} != {"kickoff", "start"}
    ]
    about = (own is not None and own.search(both)) or (key == "go-live" and _MOVED.search(both))
    return bool(about) and not any(one.search(plain) for one in others) and not _NO_DAY.search(plain)


def _far(said: str, promise: Promise) -> str | None:
    """How far back data goes, where it is told as the promise tells it: a year beside a year, months beside months."""
    if promise.key == migrated.REACH and ("months" in said) != ("months" in promise.value):
        return None
    return said or None


def _hours(plain: str) -> str | None:
    always, by_day = _ALWAYS.search(plain), _BY_DAY.search(plain)
    if not _SUPPORT.search(plain) or bool(always) == bool(by_day):
        return None
    return "24/7" if always else "business hours"


def _sum(plain: str, before: str, promise: Promise) -> str | None:
    what = _WHAT.get(promise.key.partition(" per ")[0])
    if what is not None:
        free = wordings.is_free(plain) and (what.search(plain) or what.search(before))
        return "0" if free and promise.value.rpartition(" ")[2] != "0" else None
    return None


def bare_sum(plain: str, before: str) -> str:
    """A sum without its currency in a sentence about a price; "" for none."""
    found = wordings.bare_sum(plain)
    return found if found and _FIGURE.search(f"{before} {plain}") else ""


def _count(plain: str, before: str, promise: Promise) -> str | None:
    if promise.key == "seats":
        return wordings.last_of(plain) or None
    if promise.key == "trainings" and _TAUGHT.search(f"{before} {plain}"):
        return opposites.LEFT_OUT if wordings.is_charged(plain, promise.value) else None
    return None


_PEOPLE = any_case(
    r"\b(?P<many>\d+)\s(?:of\s)?(?:your\s|our\s)?(?:\w+\s)?(?P<noun>seats?|licen[cs]es|users|people|persons|places|log-?ins|accounts|names|colleagues|employees|heads)\b"
)
_ALLOWED = any_case(
    r"\b(?:log-?ins?|log\sin|sign\sin|hand\sout|package|licen[cs]e|cover\w*|accounts?|work\swith\s(?:it|the)|use\s(?:it|the)|maximum|at\smost|no\smore\s?(?:than)?|up\sto|(?:room|space|place|places)\sfor|let\sin|get\sin|bought)\b"
)
_NOT_OURS = any_case(
    r"\b(?:canteen|(?<!is\s)room|hall|table|bus|workshop|so\sfar|already|were|was|signed\sin|attended|demo|another|additional|extra|more\sthan\s\w+\sother|invite|lunch|dinner"
    r"|first|last|this\sweek|each|every|per|full\sprice|less|discount|workshops?)\b"
)


def people(plain: str) -> str:
    """How many may use it, as a sentence says in other words; "" for none, or several."""
    if not _ALLOWED.search(plain) or _NOT_OURS.search(plain):
        return ""
    found = _PEOPLE.findall(plain)
    return promises_amounts.count(found[0][0]) if len(found) == 1 else ""
