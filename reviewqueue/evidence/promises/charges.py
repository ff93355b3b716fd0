"""Whether something costs extra, and whether prices are net."""

from __future__ import annotations

from reviewqueue.evidence.promises.aspects import NEVER, Aspect, Words, choice, words

_FREE = (
    r"(?:is|are|comes?)\s(?:\w+\s)?free\b|free\sof\scharge|for\sfree|at\sno\s(?:\w+\s)?(?:cost|charge)"
    r"|costs?\s(?:you\s)?nothing|nothing\sextra|no\s(?:extra|additional|further|separate)\s(?:cost|charge"
    r"|fee|invoice)s?|includ(?:ed|es)|covers?\s|part\sof\s(?:the|your|our)\s"
)

_MORE_FREE = (
    r"(?:without|no)\s(?:a\s|any\s|an\s)?(?:\w+\s)?(?:invoice|charge|cost|bill|fee)s?|(?:do(?:es)?|will|need)\s?(?:not|n['’]t)\s(?:\w+\s){0,3}(?:cost|pay|charge|show|appear|invoice|bill)\w*|(?:never|nobody)\s(?:\w+\s)?(?:pay|charge)\w*|we\s(?:never|do\snot|don['’]t)\s(?:\w+\s)?(?:charge|bill|invoice)"
    r"|none\s(?:of\s(?:it|them|which)\s)?(?:is\s)?(?:shows?|appears?|charged|billed)|(?:a|our)\s(?:present|gift|treat)\b|on\s(?:us|the\shouse)|waive\w*|come[s]?\swith\sthe"
)

_COSTS = (
    r"(?:bill|charge|invoice)\s(?:\w+\s){1,5}(?:separately|extra|on\stop|in\saddition)|(?:charged|billed"
    r"|invoiced|paid|priced|sold|quoted)\s(?:for\s)?(?:separately|extra|on\stop|by\sthe\s(?:hour|day)"
    r"|in\saddition|per\s(?:hour|day|session))|costs?\s(?:extra|EUR|€|\d)|not\s(?:included|covered"
    r"|part\sof)|at\s(?:an\s)?(?:extra|additional)\s(?:cost|charge)|excluded"
)

_MORE_COSTS = (
    r"(?:appears?|shows?\sup|stands?|listed)\s(?:\w+\s){0,6}on\s(?:the|your)\s(?:invoice|bill)|(?:bill|charge|invoice)\s(?:\w+\s){1,5}(?:separately|extra|on\stop|in\saddition)|on\stop\b|by\sthe\shour|(?:a|an|the|another)\s(?:separate|extra|additional|further|own)\s(?:invoice|bill|charge|fee|cost|budget|order|offer)|comes?\s(?:an?\s)?(?:invoice|at\s\d|to\s\d|at\sEUR|extra)|(?:charge|bill|invoice)\s(?:you|it|this|for|them|each|every|EUR|\d)|put\s(?:\w+\s){1,3}on\s(?:the|your)\s(?:bill|invoice)"
    r"|(?:you|edge)\s(?:\w+\s)?pay\s(?:for|extra|EUR|\d|us)|there\s(?:is|comes|will\sbe)\san?\s(?:\w+\s)?(?:invoice|charge|fee)|(?:an?|per)\s(?:hourly|daily)\srate|day\srate|(?:is|are|remains?)\s(?:a\spaid|chargeable|extra|yours\sto\spay)|has\s(?:its|their)\s(?:own\s)?price|needs?\san?\s(?:own|separate|extra)\s(?:order|budget|offer)|at\syour\s(?:own\s)?(?:cost|expense)|your\s(?:cost|expense|account)\b"
)

_CHARGED = words(f"{_COSTS}|{_MORE_COSTS}")

_IS_FREE = words(f"{_FREE}|{_MORE_FREE}")


def is_charged(sentence: str) -> bool:
    """Whether a sentence says that something costs extra."""
    return _CHARGED.search(sentence) is not None and not _IS_FREE.search(sentence)


def _charge(key: str, about: Words, wider: Words, *, keeps: bool = True) -> Aspect:
    """Whether something costs extra or not."""
    names = {"no charge": _FREE, "charged": _COSTS}
    return Aspect(
        "scope",
        key,
        about,
        wider,
        *choice(names, {"no charge": _MORE_FREE, "charged": _MORE_COSTS}),
        other=words(r"tickets?\b|hotel|travel\b(?!\scosts)") if "travel" not in key else NEVER,
        keeps=keeps,
    )


CHARGES: tuple[Aspect, ...] = (
    _charge(
        "charge for the training",
        words(r"(?<!second\s)(?<!third\s)(?<!fourth\s)(?:training\b|trainings\b)(?:\s(?:days?|sessions?))?"),
        words(r"train\w*|lessons?\b|courses?\b|sessions?\b|class(?:es)?\b"),
    ),
    _charge(
        "charge for updates",
        words(r"(?:updates|upgrades|new\s(?:versions|releases))\b"),
        words(r"updates?\b|upgrades?\b|new\s(?:versions?|releases?)\b|newer\sversions?"),
    ),
    _charge(
        "charge for the data migration",
        words(r"(?:data\s)?migration\b"),
        words(
            r"migrat\w*|bring\w*\s(?:\w+\s){0,4}over|(?:old|existing|past)\s(?:data|records|files)|import\w*|transfer\w*|load\w*|tak(?:e|ing)\s(?:\w+\s){0,3}over|mov(?:e|ing)\s(?:\w+\s){0,3}(?:over|across)"
        ),
        keeps=False,
    ),
    _charge(
        "charge for travel",
        words(r"travel(?:\s(?:costs?|expenses?))?\b"),
        words(r"travel\w*|train\stickets?|trips?\b|mileage|journeys?|accommodation"),
    ),
    _charge(
        "charge for support",
        words(r"(?:phone\s|premium\s)?support\b"),
        words(r"support\b|hotline|calls?\sto\s(?:our|the)|help\s?desk"),
    ),
    _charge(
        "charge for integrations",
        keeps=False,
        about=words(r"(?:interface|integration|connection|connector)s?\b"),
        wider=words(r"interface|integration|connect\w*|link(?:s|ed|ing)?\b|coupl\w*|hook\w*"),
    ),
    Aspect(
        "price",
        "taxes",
        words(r"prices?\b|fees?\b|sums?\b|amounts?\b"),
        words(r"vat\b|tax(?:es)?\b"),
        *choice(
            {
                "not included": r"net\b(?!\s\d)|(?:without|plus|excluding|exclude)\s(?:the\s)?(?:vat|tax\w*)",
                "included": r"gross\b|including\s(?:vat|tax\w*)|(?:vat|tax\w*)\s(?:is|are)\sincluded",
            },
            {
                "not included": r"(?:vat|tax\w*)\s(?:\w+\s){0,2}(?:on\stop|extra|added|not)",
                "included": (
                    r"(?:vat|tax\w*)\s(?:\w+\s){0,2}(?:in\sit|in\sthere|included|inside)|no\s(?:vat"
                    r"|tax\w*)\s(?:\w+\s)?(?:on\stop|added)|nothing\scomes\son\stop"
                ),
            },
        ),
        other=words(r"office|adviser|tax\sday"),
    ),
)
