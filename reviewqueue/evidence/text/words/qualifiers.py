"""Qualifiers that turn words with a field's value in them into another statement: "never 50 seats", "before 23 March",
"50 to 60 users", "Enterprise was cancelled". None of it is in the value, so comparing values does not see it."""

from __future__ import annotations

import re

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.words.tokens import Token, denied, tokens, word_set

_PLACES = 20  # occurrences of one figure in a text that are looked at
_NEAR = 60  # characters around a figure that may make it a bound
_REACH = 3  # words after a negation that it denies
# Words that take back what they stand beside, in English and German.
_TAKES_BACK = word_set(
    """instead rather except excluding excluded exclude excludes outside lose loses losing lost drop dropped cancel
    cancelled canceled remove removed removes missing lack lacks lacking unavailable former formerly previously
    discontinued ended expired expires rejected declined unlike non upgrade downgrade switch switches replaces replaced
    replacing would unless ausgenommen außer außerhalb gekündigt entfällt entfallen fehlt fehlen gestrichen ehemals
    bisher früher würde statt anstatt"""
)
_NO_LONGER = as_pattern(r"(?i)\b(?:no longer|not any ?more|(?:everything|all|anything) but|nicht mehr|alles außer)\b")
# Words right before a figure or a day that make it a bound, or another one.
_BOUND = as_pattern(
    r"(?i)(?:\b(?:(?:more|fewer|less|other|later|earlier|longer) than|over|above|under|below|beyond|at (?:least|most)"
    r"|up to|almost|nearly|double|twice|triple|half|another|additional|extra|further|before|after|since|one of"
    r"|mehr als|weniger als|über|unter|mindestens|höchstens|bis zu|fast|doppelt|weitere[nr]?|zusätzliche[nr]?|vor|nach)"
    r" (?:of )?(?:the |those |these |your |our |den |dem |der |die )?|(?<![\w)])[-−])\Z"
)
# Words right after one that do: "50 more seats", "24 months longer".
_MORE = as_pattern(
    r"(?i)\s{0,3}(?:\w{1,30} )?(?:more|fewer|extra|additional|longer|later|earlier|ago|mehr|weniger"
    r"|zusätzliche[nr]?|länger|später)\b"
)
_RANGE = as_pattern(r"(?i)\s{0,3}(?:\w{1,30} )?(?:to|or|and up|bis|oder|–|—|-)\s{0,3}(?:the |den )?\d")
_NOT_LATER = as_pattern(
    r"(?i)\b(?:not?|never|nicht) (?:later|more|earlier|less|fewer|longer|später|mehr|früher|weniger)"
)
_EACH = as_pattern(
    r"(?i)\b(?:per|for each|for every|pro|je) (?:user|seat|head|person|licen[cs]e|site|branch|nutzer|platz|lizenz)\b"
)
_SITE = as_pattern(r"(?i)(?:https?://)?(?:[\w-]{1,63}\.){1,6}[a-z]{2,24}(?:/\S{0,200})?")
_GOES_ON = as_pattern(r"[\w@-]|:[^/\s]*@|\.\w")
_NOT_AFTER = as_pattern(
    r"(?i)[\s-]{0,3}(?:\w{1,30}[\s-]){0,2}?(?:(?:is|are|was|were|will|do|does"
    r"|ist|sind|war|waren|wird|werden) (?:not?|never|nicht|kein\w*)"
    r"|(?:isn|aren|wasn|weren|won|don|doesn)['’]t)\b"
)


def takes_back(said: str, held: str) -> bool:
    """Whether words of a quote retract what it says, and the field's text `held` has none of them."""
    if said.rstrip().endswith("?") and "?" not in held:
        return True
    if (hit := _NO_LONGER.search(said)) and hit[0].casefold() not in held.casefold():
        return True
    return bool(({one.word for one in tokens(said)} & _TAKES_BACK) - {one.word for one in tokens(held)})


def extends_address(said: str, held: str) -> bool:
    """Whether the field's web address only begins another one in the quote: `marlow.example@evil.example`."""
    if not _SITE.fullmatch(held.strip()):
        return False
    host = held.strip().casefold().partition("://")[2] or held.strip().casefold()
    host = host.partition("/")[0].removeprefix("www.")
    return any(_GOES_ON.match(said, at.end()) for at in re.finditer(re.escape(host), said.casefold()))


def denied_at(said: str, before: str, start: int, end: int) -> bool:
    """Whether the figure or day at start:end of a quote is denied: "never 50 seats", "50 seats are not included"."""
    text = f"{before}{said}"
    begin = len(before) + start
    found = tokens(text)
    place = next((at for at, one in enumerate(found) if one.end > begin), len(found))
    if _NOT_AFTER.match(said, end):
        return True
    marked = (*found[:place], Token(begin, begin, "", False, False))
    return denied(marked, place, _REACH, text) and not _NOT_LATER.search(text[:begin])


def bounded(said: str, before: str, start: int, end: int, *, day: bool = False) -> bool:
    """Whether a figure or a day is only a bound, one end of a range (except a `day`, whose other end is a statement of
    its own), or counted on top of another."""
    ahead = f"{before}{said[:start]}"
    if hit := _BOUND.search(ahead):
        return not _NOT_LATER.search(ahead[max(0, hit.start() - 8) :])
    return (not day and _RANGE.match(said, end) is not None) or _MORE.match(said, end) is not None


def bounds_differ(said: str, before: str, held: str) -> bool:
    """Whether a figure that a quote and a text both have is a bound in only one of them: "up to 500 users"."""
    text = f"{before}{said}"
    mine = [one for one in tokens(text) if one.figure and one.start >= len(before)]
    places: dict[str, list[Token]] = {one.word: [] for one in mine}
    for one in tokens(held):
        if one.word in places and len(places[one.word]) < _PLACES:
            places[one.word].append(one)
    bounds = {word: {_only_bound(held, one) for one in found} for word, found in places.items()}
    return any(bounds[one.word] and _only_bound(text, one) not in bounds[one.word] for one in mine)


def _only_bound(text: str, one: Token) -> bool:
    begin = max(0, one.start - _NEAR)
    near = text[begin : one.end + _NEAR]
    return bounded(near, "", one.start - begin, one.end - begin, day=True)


def is_unit_price(text: str) -> bool:
    """Whether a price is for each user, seat or site."""
    return _EACH.search(text) is not None
