"""Promises that hold or do not: what is included, where data stays, when support is there, whether a training is on
site; and the spans of paying and giving notice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.promises import Kind, amounts
from reviewqueue.evidence.promises.amounts import mark
from reviewqueue.evidence.promises.reading import any_case
from reviewqueue.evidence.text.values.entities import Entity

Made = tuple[Kind, str, str]
INCLUDED, LEFT_OUT = "included", "left out"


# What may be included or not, by the words that name it.
_THINGS: dict[str, re.Pattern[str]] = {
    "data migration": any_case(
        r"\b(?:(?:data|history|archive)\s(?:migration|import|transfer|take-?over)|migrat(?:ion\sof|e|es|ing)\s(?:(?:the|your|any|all|old|"
        r"existing|historical)\s){0,3}(?:data|history|archive|records))\b"
    ),
    "single sign-on": any_case(
        r"\b(?:sso|single[\s-]sign[\s-]?on|(?:1|one)\s(?:login|password|account)\sfor\s(?:all|everything|each|every\w*))\b"
    ),
    "api access": any_case(r"\bapi(?:\saccess)?\b"),
    "sandbox": any_case(r"\b(?:sandbox|staging\s(?:system|environment)|test\s(?:system|environment))\b"),
    "premium support": any_case(r"\b(?:premium|phone|telephone|priority)\ssupport\b"),
    "custom reports": any_case(r"\bcustom\sreports?\b"),
    "hosting": any_case(r"\bhosting\b"),
    "mobile app": any_case(r"\bmobile\sapp\b"),
    "travel": any_case(r"\btravel(?:\s(?:cost|expense)s?)?\b"),
}
_FREE = as_pattern(
    r"\bno\s(?:extra|additional|further)\s(?:cost|charge|fee)s?\b|\bfree\sof\scharge\b|\bfor\sfree\b", re.I
)
_IN = any_case(
    r"\b(?:included|covered|part\sof\s(?:your|the|our)|in\sscope|comes?\swith|you\s(?:get|have|receive)|we\s(?:will\s)?(?:do|handle|take\s"
    r"care\sof|provide|deliver|migrate|carry\sout|perform))\b"
)
_OUT = any_case(
    r"\b(?:(?:not|n['’]t|no\slonger)\s(?:included|covered|a?\s?part\sof|in\sscope|offered|available)|excluded|out\sof\sscope|costs?\sextra|(?:is|are"
    r"|as|paid)\s(?:an?\s)?(?:(?:paid|separate|optional)\s)?(?:extra|add-?on|option)|(?:billed|charged|invoiced|priced|quoted|sold)\s"
    r"(?:separately|extra|on\stop)|at\syour\sown\s(?:expense|cost)|your(?:self|selves)|your\s(?:team|people|it)\s(?:takes?\scare|do(?:es)?|"
    r"handles?)|(?:do\snot|don['’]t|will\snot|won['’]t|cannot)\s(?:do|handle|migrate|provide|offer|include|carry\sout)|has\sbeen\s"
    r"(?:dropped|removed|cancelled)|left\sout)\b"
)
_NONE_OF = r"\b(?:without|there\s(?:is|will\sbe)\sno|no)\s(?:any\s)?"
_ASKS = as_pattern(
    r"\?\s*$|^\s*>|\b(?:if|unless|whether|would|could|might|asked|request(?:ed)?|propos\w+|yet|need(?:s|ed)?)\b", re.I
)
_DATA = any_case(r"\b(?:your\s|the\s|customer\s|all\s)data\b")
_KEPT = any_case(
    r"\b(?:stay|stays|remain|remains|hosted|host|stored|store|kept|keep|held|hold|located|processed|resides?)\b"
)
_REGIONS = {
    "EU": r"\bEU\b|European Union",
    "Germany": r"\b(?:Germany|Frankfurt|Berlin|Deutschland)\b",
    "United States": r"\b(?:US|USA|U\.S\.|United States|America|Virginia|Oregon)\b",
    "United Kingdom": r"\b(?:UK|United Kingdom|Great Britain|London)\b",
    "Switzerland": r"\b(?:Switzerland|Zurich|Zürich)\b",
    "Europe": r"\bEurope\b(?!an)",
    "Singapore": r"\bSingapore\b",
    "India": r"\b(?:India|Mumbai)\b",
    "Ireland": r"\b(?:Ireland|Dublin)\b",
    "Canada": r"\bCanada\b",
    "Australia": r"\b(?:Australia|Sydney)\b",
    "Japan": r"\b(?:Japan|Tokyo)\b",
}
PLACES = {name: as_pattern(pattern) for name, pattern in _REGIONS.items()}
_SUPPORT = any_case(r"\b(?:support|hotline|help\s?desk|service\sdesk)\b")
_ALWAYS = any_case(
    r"\b24\s?/\s?7\b|\b24\shours\b|around\sthe\sclock|day\sand\snight|at\sany\s(?:hour|time)|seven\sdays\sa\sweek|round-the-clock"
)
_OFFICE = any_case(
    r"\b(?:business|office|working)\s(?:hours|days)\b|\bweekdays?\b|monday\s(?:to|through|till|until|-|–)\s(?:friday|saturday)|mon\s?[-–]\s?fri|\b9\s(?:to|till)\s5\b"
)
_TRAINING = any_case(r"\btrain(?:ings?|s)?\b(?!\s?(?:video|data|material))")
_ON_SITE = any_case(r"\bon[\s-]?site\b|\bin\sperson\b|\bat\syour\s(?:office|site|premises|place)\b")
_REMOTE = any_case(
    r"\bonline\b|\bremote(?:ly)?\b|\bby\svideo\b|\bvirtual(?:ly)?\b|\bas\sa\swebinar\b|\bover\s(?:zoom|teams)\b"
)
_PAYMENT = (
    any_case(
        rf"\b(?:payable|payment(?:\sis)?\sdue|paid|you\spay|pay\sus|payment\sterms?\s(?:is|are"
        rf"|of))\s(?:with)?in\s{mark('t', 'span')}"
    ),
    any_case(rf"\bpayment\sterms?(?:\s(?:is|are|of|:))*\s{mark('t', 'span')}"),
)
_NET = any_case(r"\bnet\s(?P<days>\d{1,3})\b(?!\s?%)")
_NOTICE = (
    any_case(rf"\bnotice\speriod(?:\s(?:is|of|for|cancellation|stays|remains))*\s{mark('t', 'span')}"),
    any_case(
        rf"\b(?:cancel|terminate|leave|end)\b[^.]{{0,40}}?\bwith\s(?:a\s)?{mark('t', 'span')}(?:['’]s?|\sof)?\snotice\b"
    ),
    any_case(rf"{mark('t', 'span')}(?:['’]s?|\sof)?\snotice\s(?:is|are)\s(?:needed|required|enough)"),
)


def opposites(sentence: str) -> Iterator[Made]:
    """What a sentence says holds or does not; also where it denies something."""
    if _ASKS.search(sentence):
        return
    yield from _included(sentence)
    if _DATA.search(sentence) and _KEPT.search(sentence):
        places = [name for name, pattern in PLACES.items() if pattern.search(sentence)]
        if places:
            yield "scope", "place of your data", places[-1] if "EU" not in places else "EU"
    if _SUPPORT.search(sentence) and bool(_ALWAYS.search(sentence)) != bool(_OFFICE.search(sentence)):
        yield "scope", "support hours", "24/7" if _ALWAYS.search(sentence) else "business hours"
    if _TRAINING.search(sentence) and bool(_ON_SITE.search(sentence)) != bool(_REMOTE.search(sentence)):
        yield "scope", "place of the training", "on site" if _ON_SITE.search(sentence) else "online"


def spans(text: str, found: Sequence[Entity]) -> Iterator[Made]:
    """The spans of payment and of notice in a text with marks."""
    for pattern in _PAYMENT:
        for one in pattern.finditer(text):
            yield "term", "payment", amounts.value(found[int(one["span"])])
    for one in _NET.finditer(text) if "payment" in text.casefold() else ():
        yield "term", "payment", f"{one['days']} days"
    for pattern in _NOTICE:
        for one in pattern.finditer(text):
            yield "term", "notice", amounts.value(found[int(one["span"])])


def _included(sentence: str) -> Iterator[Made]:
    plain = _FREE.sub("included", sentence)
    for key, named in _THINGS.items():
        thing = named.search(plain)
        if not thing:
            continue
        if _OUT.search(plain) or re.search(_NONE_OF + r"\Z", plain[: thing.start()], re.I):
            yield "scope", key, LEFT_OUT
        elif _IN.search(plain) or re.search(r"\bwe\s(?:will\s)?\Z", plain[: thing.start()], re.I):
            yield "scope", key, INCLUDED
