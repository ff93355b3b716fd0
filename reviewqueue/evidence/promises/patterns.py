"""Patterns of how promises are worded: a subject, the few words that may stand between, and an amount's mark (see
`amounts`). A sentence that matches DOUBT promises nothing."""

from __future__ import annotations

import re

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.promises.amounts import OPEN, mark

Patterns = tuple[re.Pattern[str], ...]


def _read(*patterns: str) -> Patterns:
    return tuple(as_pattern(pattern, re.IGNORECASE) for pattern in patterns)


DOUBT = as_pattern(
    r"\?\s*$|^\s*>|\b(?:if|unless|would|could|might|may|whether|cannot|can|not|never|without|instead|hop(?:e|es|ed|ing)"
    r"|wish(?:es|ed)?|ask(?:s|ed|ing)?|request(?:s|ed)?|propos(?:e|es|ed|al)|suggest(?:s|ed)?|prefer(?:s|red)?|perhaps"
    r"|maybe|possibl[ey]|tentative(?:ly)?|earliest|was|were|had|went|held|took|assum\w+|typical(?:ly)?|usually|normally"
    r"|average|example|e\.g|previous(?:ly)?|last (?:week|month|year)|you (?:wrote|said|mentioned|told)|competitors?"
    r"|other customers?|budget|expired?|rumou?r|considering|target(?:ed|ing)?|like to|no longer)\b|n['’]t\b",
    re.IGNORECASE,
)

# A possibility that is as good as a promise, and a request that is a ticket.
SURE = as_pattern(
    r"\b(?:you|people|users|persons)\scan(?=\s(?:leave|cancel|terminate|exit|invite|count|rely|use|add)\b)|\b(?:every|all|your)\srequests?\b",
    re.IGNORECASE,
)

# The same without what only denies: a sentence that asks or reports leaves nothing out.
ASKED = as_pattern(
    r"\?\s*$|^\s*>|\b(?:if|unless|would|could|might|whether|ask(?:s|ed|ing)?|request(?:s|ed)?|propos(?:e|es|ed|al)|yet|perhaps|maybe"
    r"|you (?:wrote|said|mentioned|told))\b",
    re.IGNORECASE,
)

# What only wonders or reports; "if" and "unless" may say when something holds.
WONDERED = as_pattern(
    r"\?\s*$|^\s*>|\b(?:would|could|might|whether|ask(?:s|ed|ing)?|request(?:s|ed)?|propos(?:e|es|ed|al)|yet|perhaps|maybe"
    r"|you (?:wrote|said|mentioned|told))\b",
    re.IGNORECASE,
)

# A quick test: no promise is worded without one of these.
CUE = as_pattern(
    r"live|launch|roll-?out|cut-?over|production|running|switch|operational|using|first|initial|opening|training|migrat|sign-on|sso"
    r"|support|data|payment|payable|notice|commit|bound|leave|cancel|duration|lasts?\b|pay|bill|amounts|save|reduc|less|react|hear"
    r"|back|answer|request|available|\bup\b|hold|have|train|allows?|invite|people|project|extra|scope|without|annum|annual|\swith\sus|workshop|\bno\b|not\b|n['’]t\b|stays"
    r"|kick|start|begin|discount|rebate|price|\soff|term|contract|subscription|commitment|agreement|\bfees?|\brate|cost"
    r"|charge|within|uptime|availability|time|connect|integrat|includ|cover|\bget|receive|deliver|provide|comes?\swith"
    r"|licen|entitle|\bown|responsible|manager|csm|\slead|mainten|credit|users|seat|report|meeting|pilot|contact|edition|backup|productive",
    re.IGNORECASE,
)

# Dates. Words that may stand between a subject and its day.
_WAY = (
    r"(?:\s*[:–—]|\s(?:date|day|call|meeting|workshop|session|with\syou|is|be|will|now|on|for|to|set|planned|scheduled"
    r"|confirmed|agreed|fixed|moved|moves?|stays|remains|takes?|place|happens?|has|been|still|the|at|starts?|begins?"
    rf"|from\s{mark('d', 'was')}|in\s(?-i:[A-Z]\w+),?|already|definitely|firmly|expected|slated|due|your|our|happens|it"
    r"|(?:with|for|at|to)\s(?:all|your|the|our|both|every)\s[a-z]+|for\sall|during|sometime|in|around"
    r"|about|on[- ]site|online|together|off|things|project))*?\s"
)
# A day that a verb follows belongs to something else: "the kickoff in March is due on …".
_DAY = mark("d", "day") + r"(?!\s(?:is|are|was|has|needs)\b)" + rf"(?!\s(?:to|until)\s{OPEN})"
_BY = (
    r"(?P<by>(?:by|before|until|till|no\slater\sthan|at\sthe\slatest\s(?:by|on)|from|after|not\sbefore|as\sof|starting)\s"
    r"(?:the\s)?)?"
)


def dated(subject: str) -> re.Pattern[str]:
    """The pattern of a subject with its day: group `day` is the mark, `by` is there where the day is the last one."""
    return as_pattern(rf"\b(?:{subject}){_WAY}{_BY}(?:the\s)?{_DAY}", re.IGNORECASE)


def _day_first(subject: str) -> re.Pattern[str]:
    """The pattern of a day with its subject behind it: "on 1 May you go live", "1 May is your go-live date"."""
    between = (
        r"(?:\s(?:is|will|be|remains|stays|the|your|our|day|date|that|when|on|which|we|you|marks|set|as|planned|for|all|everyone"
        r"|everything|both|sites|teams|depots|can)|,)*"
    )
    return as_pattern(rf"{_BY}{mark('d', 'day')}{between}\s(?:{subject})", re.IGNORECASE)


_THEM = r"(?:you|it|everything|everyone|your\s\w+|the\s\w+|all\s\w+)"
_GO_LIVE = (
    rf"(?:go(?:es|ing)?[- ]?live|golive|(?:be|are|is|being|have\s{_THEM}|get\s{_THEM}|bring\s{_THEM}"
    rf"|take\s{_THEM})\s(?:fully\s)?live"
    rf"|launch(?:es|ed|ing)?|roll-?\s?out|cut-?\s?over|(?:switch|turn)(?:ed|ing|s)?\s{_THEM}\son|have\s{_THEM}\s(?:switched|turned)\son"
    r"|(?:up\sand\srunning|in\sproduction|into\sproduction|operational)|production\s(?:starts?|begins?|use)|productive\suse|(?:portal|platform|system|software|solution)(?=\s(?:starts|opens)\s)"
    r"|(?:start|begin)(?:s|ing)?\s(?:using|working\s(?:with|in|on))(?:\s(?:the|our|your|it)(?:\s\w+)?)?"
    r"|produktivstart|inbetriebnahme)"
)
_KICKOFF = (
    r"(?:kick-?\s?off|kick\s(?:the\sproject|things|it)\soff"
    r"|(?:first|initial|opening|introductory)\s(?:meeting|call|session|workshop|appointment))"
)
DATES = {
    "go-live": dated(_GO_LIVE),
    "kickoff": dated(_KICKOFF),
    "data migration": dated(r"migration\s(?:is|will\sbe)?\s?(?:finished|ends|complete[d]?|done|through|over)"),
    "training": dated(r"(?<!after\s)(?:the|your|our)\strainings?(?=\s(?:is|takes|will|on|moves|date|stays|has))"),
    "start": dated(r"(?:(?:project|onboarding|implementation|we)\s(?:will\s)?(?:starts?|begins?)|start(?:ing)?\sdate)"),
}

DATES_FIRST = {"go-live": _day_first(_GO_LIVE), "kickoff": _day_first(_KICKOFF)}

DISCOUNT = _read(
    rf"\b(?:we\s(?:take|give\syou|grant\syou|knock)|you\s(?:save|get)|reduce\sthe\s(?:price"
    rf"|fee)\sby)\s{mark('p', 'share')}"
    r"(?=\s(?:off|less|on\sthe\s(?:list|price))|[.!]?\s*$)",
    rf"\bprice(?:\sis)?\s(?:reduced|lowered|cut)\sby\s{mark('p', 'share')}",
    rf"{mark('p', 'share')}\s(?:discount|rebate|price\sreduction|off(?![- ]?peak)\b)",
    rf"\b(?:discount|rebate|price\sreduction)(?:\sis|\sof|\swill\sbe|\scomes\sto|\sone\s\w+,\sthat"
    rf"|:)+\s{mark('[pm]', 'share')}",
    rf"{mark('m', 'share')}\s(?:off\sthe|discount|rebate)\b",
)
TERM = _read(
    rf"{mark('t', 'span')}[- ](?:(?:minimum|initial|fixed|contract|subscription)\s)*"
    r"(?:term|contract|subscription|commitment|agreement)\b",
    r"\b(?:term|contract|subscription|agreement|duration)(?:\s(?:is|of|runs|lasts|for|will|run|be|a|the|contract|agreement"
    rf"|ends|after)|:)+\s{mark('t', 'span')}(?!\sand\sa\shalf)",
    r"\b(?:committed|bound|signed(?:\sup)?|locked\sin|tied)(?:\s(?:to\sus|for|to|over|a|only|just|at|least|the|full|initial))*\s"
    + mark("t", "span"),
    rf"\byou\s(?:can|may)\s(?:leave|cancel|terminate|exit|end\sit)\s(?:only\s)?after\s{mark('t', 'span')}",
)
PRICE = as_pattern(
    r"\b(?P<pre>annual|yearly|monthly|quarterly)?\s?(?P<what>set-?\s?up\s|implementation\s|onboarding\s|training\s)?"
    r"(?:(?:price|fee|rate|cost|charge|bill|subscription|licen[cs]e\sfee)s?|you\s(?:will\s)?pay|we\scharge(?:\syou)?)"
    r"(?:\s(?:is|are|of|will|be|stays|remains|at|you|for|the|subscription|platform|licen[cs]e|only|fixed|a|comes?|amounts?|to)|:)*"
    rf"\s{mark('m', 'sum')}(?:\s?(?:/|per|a|each)\s?(?P<per>user|seat|location|site|licen[cs]e))?"
    r"(?:\s?(?:/|per|a|each|every)\s?(?P<every>year|month|quarter)|\s(?P<ly>annually|yearly|monthly|quarterly))?",
    re.IGNORECASE,
)
# "Costs" as a verb, and what of ours may stand before it: six scanners may cost something too.
COSTS = as_pattern(rf"\s?(?:costs?|charges?)\s(?:you\s)?(?:only\s)?{OPEN}", re.IGNORECASE)
OUR_COSTS = as_pattern(
    r"(?:^|\b(?:we|it|that|this|all|everything|northbeam|solution|platform|portal|product|software|subscription|service|system|package|plan|licen[cs]es?"
    r"|contract|edition|year|month|seat|user|support|hosting|set-?up|training|migration|implementation|onboarding|still|then|now|only|will|to|[)]))\W*$",
    re.IGNORECASE,
)
# What somebody else offers.
ELSEWHERE = as_pattern(
    r"\b(?:hotel|restaurant|supplier|canteen|caterer|airline|railway|car\spark|parking|voucher)\b", re.IGNORECASE
)
# The price of an additional one is not the price.
ONE_MORE = as_pattern(r"\b(?:additional|extra|further|each|more)\b", re.IGNORECASE)
FREE = as_pattern(r"\bno\s(?:extra|additional|further)\s(?:cost|charge|fee)\b|\bfree\sof\scharge\b", re.IGNORECASE)
_ASKED = (
    r"(?:\s(?:to|your|you|all|any|every|each|critical|urgent|high|low|normal|standard|support|service|priority|severity|p\d|\d|the"
    r"|tickets?|requests?|incidents?|cases?|issues?|problems?|questions?|calls?|e-?mails?|messages?|enquir\w+|quer\w+|inquir\w+))*"
)
ANSWER = _read(
    r"\b(?:we|support|our\s(?:support\s)?team)\b(?P<what>(?:\s(?:will|shall|also|always|then|usually))*\s"
    rf"(?:respond|answer|reply|react|resolve|fix|get\sback)(?:s|es)?\b{_ASKED})\swithin\s{mark('t', 'span')}",
    r"\byou(?:['’]ll|\swill)?\s(?P<what>hear\s(?:back\s)?from\sus|(?:have|get|receive)\s(?:an?|our)\s(?:answer|reply|response))\s"
    + rf"within\s{mark('t', 'span')}",
    rf"\b(?P<what>(?:requests?|tickets?|incidents?|questions?)\s(?:is|are)\s(?:answered|resolved"
    rf"|fixed))\swithin\s{mark('t', 'span')}",
    r"\b(?:critical|urgent|severe|normal|other|all|serious|important|minor|p\d)?\s?(?:faults?|bugs?|errors?|defects?|failures?|outages?|problems"
    r"|issues|incidents|tickets|requests)\s(?P<what>(?:is|are)\s(?:\w+\s)?(?:fixed|resolved|repaired|solved|answered))\swithin\s"
    + mark("t", "span"),
    r"\b(?:first\s)?(?P<what>response|answer|reply|reaction|fix|repair)(?:\s(?:to|for|of|on|all|an?|the|urgent|critical|normal|every"
    r"|tickets?|requests?|faults?|incidents?|calls?))*\s(?:comes?|follows?|arrives?|is\s(?:given|sent))\swithin\s"
    + mark("t", "span"),
    r"\b(?P<what>(?:response|resolution|reaction|answer|reply)\stime)s?(?:\s(?:is|of|will|be|at|most|for|critical|issues|priority|P\d)|:)*\s"
    + mark("t", "span"),
)
UPTIME = _read(
    rf"{mark('p', 'share')}\s(?:monthly\s)?(?:uptime|availability)\b",
    rf"\b(?:uptime|availability)(?:\s(?:is|of|at|least|commitment|guarantee|target)|:)+\s{mark('p', 'share')}",
    rf"\b(?:platform|service|system|we)\s(?:is|are)\s(?:up|available|online)\s(?:at\sleast\s)?{mark('p', 'share')}",
)

# A name begins with a capital, whatever else is read without regard to case.
_NAME = r"(?-i:[A-Z][\w&’'-]*(?:\s[A-Z][\w&’'-]*){0,2})"
INTEGRATION = _read(
    rf"\bwe(?:\swill|\sshall|['’]ll)?(?:\salso)?\s(?:connect|integrate(?:\swith)?)\s(?:your\s)?(?P<name>{_NAME})",
    rf"\b(?:integration|connection)\s(?:with|to)\s(?P<name>{_NAME})\s(?:is|comes)\s(?:included|part\sof)",
    rf"(?P<name>{_NAME})\s(?:integration|connection|connector|interface)\sis\s(?:included|covered|part\sof)",
)
_LINK = r"(?:integration|connection|connector|interface)"
_OUT = (
    r"(?:(?:is|will\sbe|stays|remains)\s(?:not|no\slonger)\s(?:included|covered|part\sof|delivered|connected|integrated)"
    r"|(?:is|stays|remains|was)\s(?:excluded|unconnected|out\sof\sscope|left\sout|extra|charged\sseparately|billed\sseparately"
    r"|dropped)|costs\sextra|isn['’]t\s(?:included|covered|part\sof))"
)
LEFT_OUT = _read(
    rf"(?P<name>{_NAME})(?:\s{_LINK})?\s{_OUT}",
    rf"\b{_LINK}\s(?:with|to)\s(?P<name>{_NAME})\s{_OUT}",
    rf"\b(?:do\snot|don['’]t|will\snot|won['’]t|cannot|can['’]t|no\slonger)\s(?:connect|integrate(?:\swith)?)\s(?:your\s)?(?P<name>{_NAME})",
    rf"\b(?:dropped|removed|cancelled|excluded)\s(?:the\s)?(?P<name>{_NAME})\s{_LINK}",
    rf"\bno\s(?P<name>{_NAME})\s{_LINK}",
    rf"\bconnecting\s(?P<name>{_NAME})\s{_OUT}",
)
THINGS = (
    r"(?P<noun>(?:seats?|(?:user\s)?licen[cs]es?|users?|locations?|sites?|depots?|branch(?:es)?|offices?|clinics?|stores?"
    r"|warehouses?|plants?|dashboards?|reports?|(?:training|course)\s(?:sessions?|days?)|days?\sof\straining|trainings?|sessions?|lessons?|workshops?|integrations?|workflows?"
    r"|environments?|people|persons|named\susers?)\b)"
)
MANY = (
    r"(?P<many>\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
    r"\s(?:(?!more|additional|extra|further|other)[a-z]+\s)??"
)
SCOPE = as_pattern(
    r"\b(?:includ(?:es?|ed|ing)|covers?|you\s(?:will\s|now\s)?(?:have|hold|own)|you\scan\sinvite|we\s(?:will\s)?(?:hold|run|give)"
    r"|your\s(?:plan|contract|order|subscription|package|licen[cs]e|agreement)\s(?:is\sfor|has|gives|allows|holds)|there\sare|you\s(?:will\s)?(?:get|receive)|deliver|provide|comes?\swith|licen[cs]ed\sfor"
    rf"|entitle[sd]?)(?:\s(?:you|your|with|to|for|of|the|a|up|all|plan|team|order|subscription))*\s{MANY}{THINGS}",
    re.IGNORECASE,
)
# What is counted before it is said what for: "up to 50 people can use …".
CAN_USE = as_pattern(
    rf"\b(?:up\sto\s)?{MANY}{THINGS}"
    r"\s(?:(?:can|may)\s(?:use|work\sin|sign\sin\sto|log\sin)|(?:is|are)\s(?:\w+\s)?(?:included|part\sof|covered)\b)",
    re.IGNORECASE,
)
AND_SCOPE = as_pattern(rf"(?:,\sand|,|\sand)\s{MANY}{THINGS}", re.IGNORECASE)
TERSE_SCOPE = as_pattern(rf"(?<!\d[.,\s])(?<!\d)\b{MANY}{THINGS}", re.IGNORECASE)
_ROLE = r"(?P<what>customer\ssuccess\smanager|csm|project\s(?:manager|lead)|implementation\s(?:lead|manager))"
OWNER = _read(
    rf"\b(?P<who>{_NAME})\s(?:(?:will\s)?owns?|(?:is|will\sbe)\s(?:responsible\sfor|in\scharge\sof|the\sowner\sof))\s"
    r"(?:the\s|your\s|our\s)?(?P<what>(?!(?:a|an|all|\d+|one|two|three|four|five|six|seven|eight|nine|ten)\s)[\w-]+"
    r"(?:\s(?!(?:on|by|and|from|until|with|for|in)\b)[\w-]+){0,4})",
    rf"\b(?P<who>{_NAME})\s(?:is|will\sbe|becomes|remains|stays)\s(?:your|the)\s(?:new\s)?{_ROLE}\b",
    rf"\b(?P<who>{_NAME})\stakes\sover\sas\s(?:your\s|the\s)?{_ROLE}\b",
    rf"\byour\s(?:new\s)?{_ROLE}\s(?:is|will\sbe)\s(?P<who>{_NAME})",
    rf"^\W*owner\sof\s(?:the\s)?(?P<what>[\w -]{{2,40}}?)\s?:\s(?P<who>{_NAME})",
)
LEADS = _read(
    rf"\b(?P<who>{_NAME})\s(?:will\s)?(?:leads?|runs?|manages?|heads?)\s(?:your|the|this)\s(?:project|onboarding|implementation)\b",
    rf"\b(?:project|onboarding|implementation)\s(?:is|will\sbe)\s(?:led|run|managed)\sby\s(?P<who>{_NAME})",
)
