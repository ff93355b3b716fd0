"""The sides of a discount: how long, on what and on which condition it is granted."""

from __future__ import annotations

import re

from reviewqueue.evidence.promises.aspects import Aspect, choice, words
from reviewqueue.evidence.promises.shapes import NO_DENIAL, timed

_DISCOUNT = words(r"discount\w*|rebate|(?:price\s)?reduction")

_CHEAPER = words(
    r"\d+(?:[.,]\d+)?\s?(?:%|per\scent|percent)|cheaper|less\b|off\b|tenth|fifth|twentieth|quarter\b|third\b|half\b|saving|comes?\soff|deduct\w*|knock\w*"
)

_OBJECTS = {
    "licence": words(r"licen[cs]es?\b|seats?\b|subscription|software|platform"),
    "training": words(r"train\w*|lessons?\b|courses?\b|sessions?\b|class(?:es)?\b"),
    "set-up": words(r"set-?\s?up\b|implementation|onboarding"),
    "migration": words(r"migration|data\simport|import\b"),
    "support": words(r"support\b"),
    "everything": words(
        r"everything|whole\s(?:package|offer|order)|all\sof\sit|entire\s(?:package|offer|order)|across\sthe\sboard"
    ),
    "hardware": words(r"hardware|devices?\b|handhelds?\b"),
}

_SEATS_FROM = words(
    r"(?:from|already\swith|with|at|of|for|already\sat|starting\sat|as\sof|than)\s(?:just\s|only\s|at\sleast\s|about\s)?(?P<many>\d+)\s(?:\w+\s)?(?:seats?|licen[cs]es?|users?|people|colleagues)\b"
)


def objects(sentence: str) -> str:
    """What a discount is on; "" for nothing that is known."""
    return ", ".join(name for name, named in _OBJECTS.items() if named.search(sentence))


def only_objects(sentence: str) -> str:
    """What alone a discount is on, as a promise says it."""
    found = objects(sentence)
    return (
        found
        if found and re.search(r"\b(?:only|solely|exclusively|just)\b", sentence, re.I) and "," not in found
        else ""
    )


def _said_objects(sentence: str) -> str:
    return "" if NO_DENIAL.search(sentence) or _SEATS_FROM.search(sentence) else objects(sentence)


def _among(said: str, held: str) -> bool:
    return set(said.split(", ")) <= set(held.split(", "))


def least_seats(sentence: str) -> str:
    """From how many seats on something counts; "" for none, or several."""
    found = {one["many"] for one in _SEATS_FROM.finditer(sentence)}
    return found.pop() if len(found) == 1 else ""


DISCOUNTS: tuple[Aspect, ...] = (
    Aspect(
        "term",
        "duration of the discount",
        _DISCOUNT,
        _CHEAPER,
        *choice(
            {
                "first year": r"(?:in|for|during)\s(?:the|your)\sfirst\s(?:year|12\smonths)|first-year\b",
                "whole term": (
                    r"(?:during|for|over|throughout)\s(?:the\s|your\s)?(?:whole|entire|full"
                    r"|complete)\s(?:\w+\s)?(?:term|duration|period|contract|time)|permanent(?:ly)?\b"
                    r"|throughout\sthe\s(?:term|contract)"
                ),
            },
            {
                "first year": (
                    r"(?:in\s)?year\s(?:one|1)\b|(?:your|the)\sfirst\s(?:year|12\smonths)|(?:after"
                    r"|as\ssoon\sas|once|with|on|at|until|when)\s(?:\w+\s){0,4}(?:first\s(?:anniversary"
                    r"|birthday|year)|(?:a|one|12\smonths?)\s?year)|(?:from|in"
                    r"|with)\s(?:the\s)?(?:second\syear|year\s(?:two|2))[^.]{0,40}\b(?:full|list|without"
                    r"|again|undiscounted)|(?:for|after)\s(?:only\s)?(?:12\smonths|a\syear|one\syear)\b"
                ),
                "whole term": (
                    r"as\slong\sas\syou|(?:in\s)?(?:each|every|all)\s(?:of\s(?:the|these|your)\s)?(?:\d+\s"
                    r"|single\s)?(?:contract\s)?years?\b|year\safter\syear|(?:in|for)\sthe\syears\s(?:after|to\scome)|keep\s(?:it|them|the\sdiscount|the\sreduction)\b(?!\sfor)|(?:to|until|till)\sthe\s(?:last"
                    r"|final)\sday|for\s(?:good|ever|all\stime)\b|until\sthe\s(?:very\s)?(?:end|last)\b"
                    r"|(?:to|till)\sthe\send|never\s(?:ends|expires|runs\sout)"
                    r"|beyond\s(?:the\s)?(?:first\syear|year\s(?:one|1))|(?:second|third|later|following"
                    r"|coming)\syears?\s(?:too|as\swell|also)|also\sin\s(?:the\s)?(?:second|third"
                    r"|year\s(?:two|2|three|3)|following|later)|whole\s(?:term|contract|time)"
                    r"|all\s\d+\syears"
                ),
            },
        ),
        other=words(r"inflation|additional|hotel|availab\w*"),
    ),
    Aspect(
        "discount",
        "payment that the discount needs",
        words(
            r"(?:discount|rebate)\b[^.]{0,60}\b(?:annual|yearly|in\sadvance|up\s?front)\b[^.]{0,15}\b(?:payment|advance)|(?:discount|rebate)\b[^.]{0,40}\bif\syou\spay\s(?:annually|yearly|in\sadvance)"
        ),
        _CHEAPER,
        *choice(
            {"annual payment": r"only\s(?:with|for|if|on)\s|if\syou\spay|with\s(?:annual|yearly)\spayment"},
            {
                "any payment": (
                    r"(?:(?:month\sby\smonth|monthly|every\smonth|each\smonth|instal\w+|quarterly"
                    r"|in\sparts|in\srates)\b[^.]{0,60}\b(?:too|also|same|as\swell|stays?|remains?|keeps?"
                    r"|still|apply|applies|get|valid|even))|(?:(?:too|also|same|as\swell|stays?|keeps?"
                    r"|still|even|apply|applies|get|valid)\b[^.]{0,60}\b(?:month\sby\smonth|monthly"
                    r"|every\smonth|each\smonth|instal\w+|quarterly|in\sparts))|(?:no\smatter|regardless"
                    r"|whichever|however|whatever|either\sway|independent\w*)\b[^.]{0,30}\b(?:pay|payment"
                    r"|way)?"
                ),
                "annual payment": (
                    r"(?:full\s)?list\sprice\s(?:counts|applies)|only\swhoever\spays|only\s(?:when"
                    r"|if)\s(?:you\s)?pay"
                ),
            },
        ),
    ),
    Aspect(
        "discount",
        "what the discount is on",
        words(r"(?:discount|rebate|reduction)\b[^.]{0,30}\b(?:applies|is|counts|granted|given)\b"),
        words(r"(?:cheaper|discount\w*|rebate|reduc\w*|tenth|fifth)\b|\d+(?:[.,]\d+)?\s?(?:%|per\scent)"),
        only_objects,
        _said_objects,
        _among,
        words(
            r"(?:only|solely|just)\b.*\b(?:the|our|your)?\s?\w+\s(?:is|are)\b.*(?:stays?|remains?)|stays?\sat|costs?\swhat"
        ),
    ),
    Aspect(
        "discount",
        "seats that the discount needs",
        words(r"(?:discount|rebate)\b[^.]{0,40}\bfrom\s\d+\s(?:seats|users|licen[cs]es)"),
        _CHEAPER,
        least_seats,
        least_seats,
        other=words(r"full\sprice|canteen|licen[cs]e\scovers"),
    ),
    timed(
        "payment that earns the discount",
        words(r"(?:discount|rebate)\b[^.]{0,40}\bpay\w*\swithin"),
        words(r"(?:discount|rebate|take\soff|deduct\w*|%|less|off|cheaper)\b"),
        words(r"first\syear|years?\b|notice|fixed"),
    ),
)
