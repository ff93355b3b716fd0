"""Times of day and days of the week, as a sentence names them: when support answers, when a system is taken down, when
a meeting begins."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reviewqueue.evidence.promises.reading import any_case

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = rf"(?:{'|'.join(_DAYS)})"
_ALL, _WORKING, _WEEKEND = frozenset(range(7)), frozenset(range(5)), frozenset((5, 6))
_NOON, _MIDNIGHT, _WHOLE = 12 * 60, 24 * 60, (0, 24 * 60)


_TIME = (
    r"(?:(?:(?:half\spast|quarter\spast|quarter\sto)\s)?\d{1,2}(?:[:.]\d\d)?(?:\s?(?:[ap]\.?m\b\.?|o['’]clock|hours|h\b))?"
    r"(?:\s(?:in\sthe|at)\s(?:morning|afternoon|evening|night))?(?!\d|[:.,]\d|\s?(?:%|euros?|people|users|seats|hours?|minutes?|days?|weeks"
    r"?|months?|years?|per\b|times))(?!\s(?:of\s)?(?-i:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec))|noon|midday|midnight|(?<!after\s)lunch(?:\s?time)?)"
)
_CLOCK = any_case(
    r"(?:(?P<past>half\spast|quarter\spast|quarter\sto)\s)?(?P<hour>\d{1,2})(?:[:.](?P<minute>\d\d))?\s?(?P<half>[ap])?[^a-z]*"
    r"(?P<rest>.*)"
)
_FROM_TO = any_case(
    rf"\b(?:from\s|between\s)?(?P<first>{_TIME})\s?(?:to|until|till|and|through|[-–])\s?(?P<last>{_TIME})"
)
_TO = any_case(r":|\sto\s|from|between|until|[-–]")
_UNTIL = any_case(rf"\b(?:until|till|up\sto|(?:clos|end|stop|shut)\w*\s(?:\w+\s){{0,3}}at)\s(?P<last>{_TIME})")
_FROM = any_case(
    rf"\b(?:(?:wak|open|start|begin)\w*\s(?:up\s)?at|from|after|as\sof|past|starting\sat|since)\s(?P<first>{_TIME})"
)
_BEFORE = any_case(rf"\bbefore\s(?P<last>{_TIME})")
_BEGINS = any_case(
    rf"\b(?:at|from|begins?|starts?|opens?|meet|around|about)\s(?:at\s|around\s|about\s)?(?P<first>{_TIME})"
)
_RANGE = any_case(rf"\b(?P<first>{_DAY})s?\s?(?:to|through|till|until|[-–])\s?(?P<last>{_DAY})")
_NAMED = any_case(rf"\b(?P<day>{_DAY})s?\b")
_GROUPS = (
    (
        any_case(r"\b(?:week-?days?|(?:working|business|office)\s(?:days?|hours)|during\sthe\sweek|mid-?week)\b"),
        _WORKING,
    ),
    (any_case(r"\bweek-?ends?\b"), _WEEKEND),
    (
        any_case(
            r"\b(?:every|any|each)\s(?:single\s)?day\b|\bdaily\b|\b(?:seven|7)\sdays\b|\baround\sthe\sclock\b|\bround[-\sa-z]{1,6}clock\b|\b24\s?/\s?7\b"
            r"|\bday\s(?:and|or)\snight\b|\ball\sweek\b|\b365\sdays\b"
        ),
        _ALL,
    ),
)  # fmt: skip
# Parts of a day in minutes; a night ends on the next morning.
_PARTS = (
    (any_case(r"\b(?:after|following)\slunch\b"), (12 * 60 + 30, 15 * 60)),
    (any_case(r"\bbefore\slunch\b"), (6 * 60, 12 * 60)),
    (any_case(r"\b(?:first\sthing|early\sin\sthe\smorning|early\smorning)\b"), (6 * 60, 9 * 60 + 30)),
    (any_case(r"\bafternoons?\b"), (12 * 60, 18 * 60)),
    (any_case(r"\bmornings?\b"), (6 * 60, 12 * 60)),
    (any_case(r"\b(?:noon|midday|lunch\s?time)\b"), (12 * 60, 14 * 60)),
    (any_case(r"\bevenings?\b"), (18 * 60, 22 * 60)),
    (any_case(r"\b(?:at\snight|nights?|midnight|overnight|nightly)\b"), (22 * 60, 28 * 60)),
    (any_case(r"\b(?:during\s(?:the\sday|working\shours|office\shours|business\shours)|by\sday|in\sbroad\sdaylight|while\syour?\s(?:people\s)?work)\b"),
     (9 * 60, 17 * 60)),
)  # fmt: skip
_CLOSED = any_case(
    r"\b(?:nobody|no\sone|none\sof\sus|not\son|closed?s?|closes|silent|rests?|off\sduty|unmanned|unattended|(?:answering\s)?machine|voice\s?mail|leave\s(?:us\s)?a\smessage"
    r"|not\s(?:\w+\s)?(?:available|reachable|staffed|manned|open|there|served|answered)|cannot\s(?:\w+\s)?(?:reach|call|ring)|unavailable|be\spatient|wait\s(?:until|till|for)"
    r"|no\s(?:\w+\s)?(?:support|help|answer|service)|goes\sunanswered|are\sat\shome|has\sto\swait|have\sto\swait|shuts?|do(?:es)?\snot\s(?:\w+\s)?(?:answer|pick|work|take)"
    r"|stops?\sanswering|n['’]t\s(?:\w+\s)?(?:answer|reach|pick|work|take|open|available))\b"
)
_ONLY = any_case(r"\b(?:only|just|exclusively|nothing\sbut)\b")
_ALSO = any_case(r"\b(?:also|as\swell|too|even|still)\b")
_CLAUSES = any_case(
    r";|,\s(?=and\b|but\b|at\b|on\b|after\b|before\b|in\b|nobody\b|we\b|you\b)|\b(?:but|while|whereas)\b|\band\s(?=we\b|you\b|nobody\b|somebody\b)"
)


@dataclass(frozen=True)
class Window:
    """When something is open, or closed: days of the week (none: not said) and minutes of a day (none: not said)."""

    days: frozenset[int]
    first: int | None
    last: int | None
    closed: bool = False
    ranged: bool = False  # the days are told from one to another, so no other is meant
    part: bool = False  # a part of the day stands for the minutes
    added: bool = False  # these times are told beside others: "also", "even"


def minutes(said: str) -> int:
    """A time of day in minutes; -1 for none."""
    low = " ".join(said.casefold().split())
    if low.startswith(("noon", "midday", "lunch")):
        return _NOON
    if low.startswith("midnight"):
        return _MIDNIGHT
    found = _CLOCK.match(low)
    if found is None or int(found["hour"]) > 24:
        return -1
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    late = found["half"] == "p" or any(one in low for one in ("afternoon", "evening", "night"))
    hour += 12 if late and hour < 12 and not ("night" in low and hour < 6) else 0
    minute += {"half past": 30, "quarter past": 15, "quarter to": -15}.get(found["past"] or "", 0)
    return hour * 60 + minute


def windows(sentence: str) -> list[Window]:
    """What each clause of a sentence says of when something is open."""
    return [one for clause in _CLAUSES.split(sentence) if (one := _window(clause)) is not None]


def begins(sentence: str) -> tuple[int, int] | None:
    """When a sentence says that something begins, as the first and last minute that this may be."""
    told = [
        (at, at)
        for one in _BEGINS.finditer(sentence)
        if (at := minutes(one["first"])) >= 0 and not one["first"].startswith("lunch") and _is_clock(one["first"])
    ]
    if told:
        return _late(told[0], sentence)
    return next((span for words, span in _PARTS if words.search(sentence)), None)


def _late(told: tuple[int, int], sentence: str) -> tuple[int, int]:
    """ "At two" in an afternoon is fourteen hours."""
    late = told[0] < 7 * 60 or re.search(r"\bafternoon\b|\bafter\slunch\b", sentence, re.I)
    return (told[0] + 720, told[0] + 720) if late and told[0] < 720 else told


def _is_clock(said: str) -> bool:
    """Whether a number is a time and not the day of a date: it has minutes or a word of the clock, or is small."""
    return not said.isdigit() or int(said) <= 24


def days(sentence: str) -> frozenset[int]:
    """The days of the week that a sentence names; none where it names none."""
    return _days(sentence)[0]


def _days(sentence: str) -> tuple[frozenset[int], bool]:
    if found := _RANGE.search(sentence):
        first, last = (_DAYS.index(found[name].casefold()) for name in ("first", "last"))
        if first < last:
            return frozenset(range(first, last + 1)), True
    named = frozenset(_DAYS.index(one["day"].casefold()) for one in _NAMED.finditer(sentence))
    groups = [which for words, which in _GROUPS if words.search(sentence)]
    return named.union(*groups), bool(groups) or (bool(named) and _ONLY.search(sentence) is not None)


def _window(clause: str) -> Window | None:
    which, ranged = _days(clause)
    first, last, part = _times(clause)
    if which == _ALL and first is None and last is None:
        first, last = _WHOLE
    if not which and first is None and last is None:
        return None
    return Window(
        which, first, last, _CLOSED.search(clause) is not None, ranged, part, _ALSO.search(clause) is not None
    )


def _times(clause: str) -> tuple[int | None, int | None, bool]:
    if (found := _FROM_TO.search(clause)) and _TO.search(found[0]):
        begin, end = minutes(found["first"]), minutes(found["last"])
        begin = 0 if begin == _MIDNIGHT else begin
        if begin >= 0 and end >= 0:
            morning = end <= begin and max(begin, end) < _NOON
            return begin, end + _NOON if morning else end + _MIDNIGHT if end <= begin else end, False
    first, last = (
        next((minutes(one[name]) for one in pattern.finditer(clause) if minutes(one[name]) >= 0), None)
        for pattern, name in ((_FROM, "first"), (_UNTIL, "last"))
    )
    if last is None and first is None and (found := _BEFORE.search(clause)):
        last = minutes(found["last"])
    if first is not None or last is not None:
        after = first is not None and first < 7 * 60 and "morning" not in clause and "after" in clause.casefold()
        first = first + _NOON if first is not None and after else first
        return first, last + _NOON if last is not None and last < 8 * 60 and "morning" not in clause else last, False
    span = next((span for words, span in _PARTS if words.search(clause)), (None, None))
    return span[0], span[1], span[0] is not None


def serves_otherwise(said: str, held: str) -> bool:
    """Whether a sentence lets something be open or closed at other times than another that holds."""
    kept = next((one for one in _joined(held) if not one.closed), None)
    return kept is not None and any(_differs(one, kept) for one in windows(said))


def falls_outside(said: str, held: str) -> bool:
    """Whether a sentence lets something happen at a time that is not among those that another allows."""
    kept = next((one for one in _joined(held) if not one.closed), None)
    if kept is None:
        return False
    return any(_is_outside(one, kept) for one in windows(said))


def _joined(held: str) -> Iterator[Window]:
    """The window of the whole sentence: days and hours stand in one or in two clauses."""
    if (one := _window(held)) is not None:
        yield one


def _is_outside(one: Window, kept: Window) -> bool:
    other_days = bool(one.days and kept.days and one.days - kept.days)
    return other_days or (_has_times(one) and _has_times(kept) and not _meet(_span(one), _span(kept)))


def _differs(one: Window, kept: Window) -> bool:
    if one.closed:
        return _is_shut_in(one, kept)
    if one.days and kept.days and (one.days - kept.days or (one.ranged and one.days != kept.days)):
        return True
    if not (_has_times(one) and _has_times(kept)):
        return one.ranged and bool(one.days) and not kept.days and one.days != _WORKING and _has_times(kept)
    if one.part:
        return not _meet(_span(one), _span(kept))
    if not kept.days - _ALL and _span(kept) == _WHOLE and (one.first is None or one.last is None):
        return False
    if one.added:
        return not _within(_span(one), _span(kept))
    mine = [(one.first, kept.first), (one.last, kept.last)]
    return any(said is not None and due is not None and abs(said - due) >= 15 for said, due in mine)


def _is_shut_in(one: Window, kept: Window) -> bool:
    """Whether it is closed at a time at which it is promised to be open."""
    if one.days and kept.days and not one.days & kept.days:
        return False
    if not _has_times(one):
        return bool(one.days)
    if not _has_times(kept):
        return False
    first, last = _span(one)
    left, right = _span(kept)
    return first < right - 10 and left + 10 < last


def _has_times(one: Window) -> bool:
    return one.first is not None or one.last is not None


def _span(one: Window) -> tuple[int, int]:
    return one.first or 0, one.last if one.last is not None else _MIDNIGHT


def _within(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether a span of minutes is in another; either may run into the next morning."""
    return any(other[0] <= one[0] + day and one[1] + day <= other[1] for day in (-1440, 0, 1440))


def _meet(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two spans of minutes have some in common; either may run into the next morning."""
    return any(one[0] + day < other[1] and other[0] < one[1] + day for day in (-1440, 0, 1440))
