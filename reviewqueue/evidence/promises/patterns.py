"""Patterns of how promises are worded: a subject, the few words that may stand between, and an amount's mark (see
`amounts`). A sentence that matches DOUBT promises nothing."""

from __future__ import annotations

import re

from reviewqueue.evidence.promises.amounts import mark

Patterns = tuple[re.Pattern[str], ...]


def _read(*patterns: str) -> Patterns:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)


DOUBT = re.compile(
    r"\?\s*$|^\s*>|\b(?:if|unless|would|could|might|may|whether|cannot|can|not|never|without|instead|hop(?:e|es|ed|ing)"
    r"|wish(?:es|ed)?|ask(?:s|ed|ing)?|request(?:s|ed)?|propos(?:e|es|ed|al)|suggest(?:s|ed)?|prefer(?:s|red)?|perhaps"
    r"|maybe|possibl[ey]|tentative(?:ly)?|earliest|was|were|had|went|held|took|assum\w+|typical(?:ly)?|usually|normally"
    r"|average|example|e\.g|previous(?:ly)?|last (?:week|month|year)|you (?:wrote|said|mentioned|told)|competitors?"
    r"|other customers?|budget|expired?|rumou?r|considering|target(?:ed|ing)?|like to|no longer)\b|n['’]t\b",
    re.IGNORECASE,
)

# A quick test: no promise is worded without one of these.
CUE = re.compile(
    r"live|kick|start|begin|discount|rebate|price|\soff|term|contract|subscription|commitment|agreement|\bfees?|\brate|cost"
    r"|charge|within|uptime|availability|time|connect|integrat|includ|cover|\bget|receive|deliver|provide|comes?\swith"
    r"|licen|entitle|\bown|responsible|manager|csm|\slead",
    re.IGNORECASE,
)

# Dates. Words that may stand between a subject and its day.
_WAY = (
    r"(?:\s*[:–—]|\s(?:date|day|call|meeting|workshop|session|with\syou|is|be|will|now|on|for|to|set|planned|scheduled"
    r"|confirmed|agreed|fixed|moved|moves?|stays|remains|takes?|place|happens?|has|been|still|the|at|starts?|begins?"
    rf"|from\s{mark('d', 'was')}|in\s(?-i:[A-Z]\w+),?))*?\s"
)


def dated(subject: str) -> re.Pattern[str]:
    """The pattern of a subject with its day: group `day` is the mark, `by` is there where the day is the last one."""
    return re.compile(rf"\b(?:{subject}){_WAY}(?P<by>by\s)?{mark('d', 'day')}", re.IGNORECASE)


DATES = {
    "go-live": dated(r"(?:go(?:es|ing)?[- ]live|(?:be|are|is)\slive)"),
    "kickoff": dated(r"kick-?\s?off"),
    "start": dated(r"(?:(?:project|onboarding|implementation|we)\s(?:will\s)?(?:starts?|begins?)|start(?:ing)?\sdate)"),
}

DISCOUNT = _read(
    rf"{mark('p', 'share')}\s(?:discount|rebate|price\sreduction|off(?![- ]?peak)\b)",
    rf"\b(?:discount|rebate|price\sreduction)(?:\sis|\sof|\swill\sbe|:)+\s{mark('[pm]', 'share')}",
    rf"{mark('m', 'share')}\s(?:off\sthe|discount|rebate)\b",
)
TERM = _read(
    rf"{mark('t', 'span')}[- ](?:(?:minimum|initial|fixed|contract|subscription)\s)*"
    r"(?:term|contract|subscription|commitment|agreement)\b",
    rf"\b(?:term|contract|subscription|agreement)(?:\s(?:is|of|runs|lasts|for|will|run|be|a)|:)+"
    rf"\s{mark('t', 'span')}(?!\sand\sa\shalf)",
)
PRICE = re.compile(
    r"\b(?P<what>set-?\s?up\s|implementation\s|onboarding\s|training\s)?(?:price|fee|rate|cost|charge)s?"
    r"(?:\s(?:is|are|of|will|be|stays|remains|at|you|for|the|subscription|platform|licen[cs]e|only|fixed|a)|:)*"
    rf"\s{mark('m', 'sum')}(?:\s?(?:/|per|a|each)\s?(?P<per>user|seat|location|site|licen[cs]e))?"
    r"(?:\s?(?:/|per|a|each|every)\s?(?P<every>year|month|quarter)|\s(?P<ly>annually|yearly|monthly|quarterly))?",
    re.IGNORECASE,
)
# The price of an additional one is not the price.
ONE_MORE = re.compile(r"\b(?:additional|extra|further|each|more)\b", re.IGNORECASE)
FREE = re.compile(r"\bno\s(?:extra|additional|further)\s(?:cost|charge|fee)\b|\bfree\sof\scharge\b", re.IGNORECASE)
ANSWER = _read(
    r"\bwe\b(?P<what>[^.]{0,60}?\b(?:respond|answer|reply|react|resolve|fix)\b[^.]{0,60}?)\swithin\s"
    + mark("t", "span"),
    r"\b(?P<what>(?:response|resolution)\stime)s?(?:\s(?:is|of|will|be|at|most|for|critical|issues|priority|P\d)|:)*\s"
    + mark("t", "span"),
)
UPTIME = _read(
    rf"{mark('p', 'share')}\s(?:monthly\s)?(?:uptime|availability)\b",
    rf"\b(?:uptime|availability)(?:\s(?:is|of|at|least)|:)+\s{mark('p', 'share')}",
)

# A name begins with a capital, whatever else is read without regard to case.
_NAME = r"(?-i:[A-Z][\w&’'-]*(?:\s[A-Z][\w&’'-]*){0,2})"
INTEGRATION = _read(
    rf"\bwe(?:\swill|\sshall|['’]ll)?(?:\salso)?\s(?:connect|integrate(?:\swith)?)\s(?:your\s)?(?P<name>{_NAME})",
    rf"\b(?:integration|connection)\s(?:with|to)\s(?P<name>{_NAME})\s(?:is|comes)\s(?:included|part\sof)",
    rf"(?P<name>{_NAME})\s(?:integration|connection|connector)\sis\s(?:included|part\sof)",
)
LEFT_OUT = re.compile(
    rf"(?P<name>{_NAME})\s(?:integration|connection|connector)\s(?:is|will\sbe)\s(?:not|no\slonger)\s"
    r"(?:included|part\sof|delivered)",
    re.IGNORECASE,
)
_THINGS = (
    r"(?P<noun>(?:seats?|(?:user\s)?licen[cs]es?|users?|locations?|sites?|depots?|branch(?:es)?|offices?|clinics?|stores?"
    r"|warehouses?|plants?|dashboards?|reports?|trainings?|training\ssessions?|workshops?|integrations?|workflows?"
    r"|environments?)\b)"
)
_MANY = (
    r"(?P<many>\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
    r"\s(?:(?!more|additional|extra|further|other)[a-z]+\s)??"
)
SCOPE = re.compile(
    r"\b(?:includ(?:es?|ed|ing)|covers?|you\s(?:will\s)?(?:get|receive)|deliver|provide|comes?\swith|licen[cs]ed\sfor"
    rf"|entitle[sd]?)(?:\s(?:you|your|with|to|for|of|the|a|up|all|plan|team|order|subscription))*\s{_MANY}{_THINGS}",
    re.IGNORECASE,
)
AND_SCOPE = re.compile(rf"(?:,\sand|,|\sand)\s{_MANY}{_THINGS}", re.IGNORECASE)
TERSE_SCOPE = re.compile(rf"(?<!\d[.,\s])(?<!\d)\b{_MANY}{_THINGS}", re.IGNORECASE)
_ROLE = r"(?P<what>customer\ssuccess\smanager|csm|project\s(?:manager|lead)|implementation\s(?:lead|manager))"
OWNER = _read(
    rf"\b(?P<who>{_NAME})\s(?:(?:will\s)?owns?|(?:is|will\sbe)\s(?:responsible\sfor|in\scharge\sof|the\sowner\sof))\s"
    r"(?:the\s|your\s|our\s)?(?P<what>(?!(?:a|an|all|\d+|one|two|three|four|five|six|seven|eight|nine|ten)\s)[\w-]+"
    r"(?:\s(?!(?:on|by|and|from|until|with|for|in)\b)[\w-]+){0,4})",
    rf"\b(?P<who>{_NAME})\s(?:is|will\sbe)\syour\s{_ROLE}\b",
    rf"\byour\s(?:new\s)?{_ROLE}\s(?:is|will\sbe)\s(?P<who>{_NAME})",
    rf"^\W*owner\sof\s(?:the\s)?(?P<what>[\w -]{{2,40}}?)\s?:\s(?P<who>{_NAME})",
)
