"""Promises that hold in one way or the other: a term renews itself or ends, a lesson is recorded or not, support is
there by day or always. Each has words plain enough to be kept, and more in which a sentence may say the opposite."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.promises import Kind

Made = tuple[Kind, str, str]
Words = re.Pattern[str]


def _read(pattern: str) -> Words:
    return as_pattern(rf"\b(?:{pattern})", re.IGNORECASE)


_NEVER: Words = as_pattern(r"(?!)")


@dataclass(frozen=True)
class Pole:
    """One such promise: what a sentence speaks of, the words of each value, and further words of both that only
    compare; `other` makes it a sentence about something else."""

    kind: Kind
    key: str
    about: Words
    values: Mapping[str, Words]
    wider_about: Words
    wider: Mapping[str, Words] = field(default_factory=dict)
    other: Words = _NEVER


_NO = r"(?:no|not|never|neither|nobody|nothing|without|cannot|won['’]t|don['’]t|doesn['’]t|isn['’]t|aren['’]t|can['’]t)"
_TRAINING = r"train(?:ing|er|ings|ers|s)?\b|teach\w*|lessons?\b|sessions?\b|class(?:es)?\b|courses?\b|workshops?\b"
_KICKOFF = r"kick-?\s?off|first\s(?:meeting|call|session)|opening\s(?:session|meeting)"
_ON_SITE = (
    r"on[\s-]?site\b|in\sperson\b|face\sto\sface|(?:at|in|to)\syour\s(?:own\s)?(?:office|site|premises|place|building|rooms?|hall|house"
    r"|canteen|plant|headquarters)\b|travels?\sto\syou|comes?\sto\s(?:you|see\syou)\b|in\sthe\ssame\sroom"
)
_ONLINE = (
    r"online\b|remote(?:ly)?\b|virtual(?:ly)?\b|webinars?\b|(?:by|over|via|on|through|as\sa)\s(?:a\s)?(?:video|zoom|teams|screen|webex|phone"
    r"|the\sinternet)\b|from\s(?:his|her|their|our|the)\s(?:own\s)?(?:desks?|offices?|home)\b|(?:in\sfront\sof|on)\s(?:a|the|your)\s(?:own\s)?screens?"
)
_MOVES = (
    r"migrat\w+|bring(?:s|ing)?\s(?:\w+\s){0,4}over|move[sd]?\s(?:\w+\s){0,3}(?:across|over)|carr(?:y|ies|ied)\s(?:\w+\s){0,3}over"
    r"|(?:take|taken)\s(?:\w+\s){0,3}over|come[s]?\s(?:along|across|over)|load(?:s|ed|ing)?\b|import\w*|transfer\w*|copied|copy\b"
)
_TEST_RUN = (
    r"test\s(?:run|load|migration|import)|trial\s(?:run|load)|rehears\w+|dry[\s-]run"
    r"|try(?:ing)?\s(?:it|them|this)\s(?:out|first|before)|dress\srehearsal|mock\s\w+|practice\srun"
)

POLES = (
    Pole(
        "term", "renewal",
        _read(r"contract|term\b|agreement|subscription|licen[cs]e"),
        {
            "none": _read(
                rf"{_NO}\s(?:\w+\s){{0,2}}renew\w*|ends?\sautomatically|no\s(?:automatic\s)?(?:renewal|extension)|{_NO}\s(?:\w+\s){{0,2}}extend\w*"
            ),
            "automatic": _read(
                r"(?:renew|extend|prolong)\w*\s(?:itself|automatically)|automatic(?:ally)?\s(?:renew|extend|prolong|extension)\w*|rolls?\s(?:over|on)\b"
            ),
        },
        _read(r"contract|term\b|agreement|subscription|it\b|year|bound"),
        {
            "automatic": _read(
                r"(?:keep|carry|stay)\s(?:on\s)?(?:working\s)?together|the\snext\syear\b|(?:rolls?|carr(?:y|ies)|goes|runs?|keeps?\s(?:going|running)|continues?)\b\s?(?:on\b|over\b)?[^.]{0,40}(?:another|a\sfurther|the\snext"
                r"|one\smore|unless|by\sitself|automatically)|unless\s(?:you|we|one\sof\sus|either)\s(?:\w+\s){0,3}(?:write|cancel|object|give|tell|say|end)"
            ),
            "none": _read(
                r"(?:simply|just|then)\s(?:ends|expires|stops|runs\sout|lapses)|(?:ends|expires|stops|runs\sout|lapses)\s(?:by\sitself|on\sits\sown|then"
                r"|without)|is\sover\s(?:then|after|without)|comes?\sto\san\send\s(?:by\sitself|on\sits\sown|without)|everything\s(?:ends|stops)|ends\s(?:with|on)\s(?:the|its)\s(?:last|end)|(?:need|have)\sto\s(?:sign|renew|agree)\s(?:\w+\s)?(?:again|anew|actively)"
            ),
        },
        _read(r"budget|printer|lease|passwords?|certificate|meeting|call\b|agenda|project"),
    ),
    Pole(
        "scope", "recording of the training",
        _read(rf"(?:{_TRAINING})|webinar"),
        {
            "left out": _read(rf"{_NO}\s(?:\w+\s){{0,3}}(?:record|tape|film)\w*|(?:record|tape|film)\w*\snothing"),
            "included": _read(r"(?:is|are|will\sbe|we)\s(?:record|tape|film)(?:ed)?\b|recordings?\s(?:is|are"
                r"|will\sbe)\s(?:handed|sent|given|included|shared)"),
        },
        _read(rf"(?:{_TRAINING})|recording|absent|miss(?:es|ed)?\b|(?:was|is|were|are)\s(?:ill|away|sick)\b|watch\b"),
        {
            "left out": _read(
                r"(?:no|without|nobody|not)\s(?:\w+\s){0,4}(?:record\w*|tape[sd]?|film(?:ed|s)?|video)|n['’]t\s(?:\w+\s){0,3}(?:record|tape|film)\w*"
                r"|leave\s(?:\w+\s){0,2}(?:camera|recorder)s?\s(?:\w+\s)?(?:off|home|switched)|no\s(?:camera|recorder)|(?:film|record|tape)\w*\snothing|nothing\sto\s(?:watch|see|look)|no\sway\sto\s(?:watch|see)|(?:camera|recorder)s?\s(?:stays?|remains?)\s(?:off|at\shome)|cannot\s(?:\w+\s){0,2}(?:watch|see)\s(?:\w+\s){0,3}(?:later|again)"
            ),
            "included": _read(
                r"watch\s(?:\w+\s){0,4}(?:later|again|afterwards)|get\s(?:the\s)?(?:video|recording)|we\s(?:tape|film)\b|camera\s(?:runs|is\son)"
            ),
        },
        _read(r"call\srecording|records\b"),
    ),
    Pole(
        "scope", "test run of the migration",
        _read(_TEST_RUN),
        {
            "left out": _read(rf"{_NO}\s(?:\w+\s){{0,3}}(?:{_TEST_RUN})|(?:{_TEST_RUN})[^.]{{0,30}}\b(?:not|excluded"
                rf"|extra|separately)\b"),
            "included": _read(rf"(?:{_TEST_RUN})[^.]{{0,40}}\b(?:included|part\sof|precedes|comes\sfirst)"
                rf"|we\s(?:\w+\s){{0,2}}(?:rehearse|do\sa|run\sa|make\sa)"),
        },
        _read(rf"(?:{_TEST_RUN})|(?:real|final)\s(?:one|load|run)|(?:old|all)\s(?:data|records|files)|at\sonce|first\s(?:load|run|attempt|try)|directly"),
        {
            "left out": _read(
                rf"{_NO}\s(?:\w+\s){{0,3}}(?:{_TEST_RUN})|skip\w*\s(?:\w+\s){{0,2}}(?:{_TEST_RUN})|first\s(?:load|run|attempt|try)\s(?:is|counts|must)\b"
                r"|(?:only|just)\sone\s(?:load|run|attempt|shot|go|try)\b|(?:load|migrate|import)\w*\s(?:\w+\s){0,3}(?:straight|directly)\s(?:in)?to|(?:straight|directly|right)\s(?:in)?to\s(?:the\s)?(?:final|real|live)|without\s(?:a\s|any\s)?(?:try\w*|test\w*|rehears\w*|trial|practi\w*)|(?:final|real)\s(?:load|run|one)\s(?:at\sonce|straight\saway|immediately|only)"
            ),
            "included": _read(r"rehearse\s|(?:test|trial)\s(?:run|load)\scomes\sfirst"),
        },
    ),
    *(
        Pole(
            "scope", f"place of the {name}",
            _read(about),
            {"on site": _read(_ON_SITE), "online": _read(_ONLINE)},
            _read(wider),
            {},
            _read(r"recording|video\sof|question\sround|slides|material|link|invitation"),
        )
        for name, about, wider in (("kickoff", _KICKOFF, _KICKOFF), ("training", r"trainings?\b", rf"(?:{_TRAINING})"))
    ),
    *(
        Pole(
            "scope", f"length of the {name}",
            _read(about),
            {"half a day": _read(r"half\sa\sday|half-day|half\sday"),
             "a whole day": _read(r"(?:a|the|one)\s(?:whole|full|entire)\sday|full-day|all\sday|day-long")},
            _read(about),
            {
                "half a day": _read(r"only\sthe\smorning|(?:over|finished|done|through)\s(?:by|before|at)"
                    r"\s(?:lunch|noon)"
                    r"|just\sthe\s(?:morning|afternoon)"),
                "a whole day": _read(r"(?:whole|full|entire)\sday|from\smorning\s(?:to|till|until)\s(?:evening|night)"
                    r"|until\sthe\sevening"),
            },
            _read(r"days\b"),
        )
        for name, about in (("kickoff", _KICKOFF), ("training", r"trainings?\b"))
    ),
    Pole(
        "price", "price changes",
        _read(r"prices?\b|fees?\b|rates?\b"),
        {
            "fixed": _read(r"(?:stays?|remains?|is|are|be)\s(?:fixed|unchanged|the\ssame|stable|frozen|guaranteed)"
                r"|(?:not|never)\s(?:\w+\s)?(?:rise|increase|change|climb|go\sup)\w*|no\s(?:price\s)?(?:increase"
                r"|rise)"),
            "rising": _read(r"(?:increases?|rises?|goes\sup|is\s(?:raised|indexed|adjusted|increased))\s(?:by|each"
                r"|every|with|after|in|from|annually|yearly)"),
        },
        _read(r"prices?\b|fees?\b|rates?\b|pay\b|costs?\b|invoice|bill\b|charge|(?:%|per\scent)\son\stop"),
        {
            "rising": _read(r"(?:goes?|going|went)\sup\b|rais(?:e|ed|es)\b|indexed\b|adjust(?:ed|s)?\s(?:to|for|with"
                r"|the|our|your)|with\sinflation|becomes?\s(?:dearer|more\sexpensive)|dearer"
                r"|more\sexpensive|surcharge|per\scent\son\stop|%\son\stop|consumer\sprice|inflation|(?:fee|price|rate)\sfollows|indexation|increas\w+|climb\w*\b|review\sthe\s(?:price|fee|rate)s?"),
        },
        _read(r"your\s(?:customers?|prices?|rates?|sales)|supplier|shipment|diesel|fuel"),
    ),
    Pole(
        "scope", "transfer of seats",
        _read(r"seats?\b|licen[cs]es?\b|logins?\b|accounts?\b|users?\b"),
        {
            "not possible": _read(rf"{_NO}\s(?:\w+\s){{0,2}}(?:transfer|pass|reassign|hand|share)\w*|(?:personal"
                rf"|named)\sand\s(?:cannot|not)|tied\sto\s(?:a|one)\s(?:person|name)"),
            "possible": _read(r"(?:can|may)\s(?:be\s)?(?:\w+\s)?(?:transferred|passed\son|reassigned"
                r"|handed\s(?:on|over)"
                r"|moved)\b"),
        },
        _read(r"seats?\b|licen[cs]es?\b|logins?\b|accounts?\b|successor|somebody\sleaves|(?:he|she|they|person|colleague)\sleaves"),
        {
            "not possible": _read(
                r"tied\sto\s|bound\sto\s(?:a|one|the)\s(?:person|name)|lost\b|gone\b|personal\b|lapses|new\sone\s(?:has\sto|must|is\sneeded)|needs?\s(?:a|its|his|her|their)\s(?:new|own)\b|have\sto\sbuy|buy\s(?:a|another)\snew|dies\swith|expires?\swith"
            ),
            "possible": _read(r"takes?\sover\s(?:the|his|her)\s(?:login|seat|licen[cs]e|account)|pass\s(?:it"
                r"|the\s\w+)\son"),
        },
    ),
    Pole(
        "term", "payment rhythm",
        _read(r"pa(?:y|id|yment|yable)\w*|invoice[sd]?|billed|fee|due"),
        {
            "yearly": _read(r"(?:yearly|annually|once\sa\syear|annual)\s(?:in\sadvance|up\s?front|payment|invoice)"
                r"|(?:paid|payable|due|invoiced|billed)\s(?:\w+\s){0,3}(?:yearly|annually|once\sa\syear)"),
            "monthly": _read(r"(?:paid|payable|due|invoiced|billed)\s(?:\w+\s){0,3}(?:monthly|every\smonth|each\smonth)"
                r"|monthly\s(?:in\sadvance|payment|invoices?|instal\w+)"),
            "quarterly": _read(r"(?:paid|payable|due|invoiced|billed)\s(?:\w+\s){0,3}(?:quarterly|every\squarter"
                r"|each\squarter)|quarterly\s(?:in\sadvance|payment|invoices?|instal\w+)"),
        },
        _read(r"pa(?:y|id|yment|yable)\w*|invoices?\b|invoiced|billed|bill\b"),
        {
            "yearly": _read(r"the\swhole\syear\s(?:at\sonce|in\sone)|one\s(?:invoice|bill|payment)\s(?:a|per)\syear"),
            "monthly": _read(r"month\sby\smonth|(?:twelve|12)\s(?:equal\s)?(?:instal\w+|parts|payments|invoices|bills)"
                r"|(?:an?\s)?(?:invoice|bill)s?\s(?:every|each|per|a)\smonth"),
            "quarterly": _read(r"(?:four|4)\s(?:equal\s)?(?:instal\w+|parts|payments|invoices)|every\sthree\smonths"),
        },
        _read(r"discount|if\b|list\sprice|euros?\b|EUR|€|comes?\sto|makes?\b"),
    ),
    Pole(
        "sla", "support by phone",
        _read(r"support|hotline|help\s?desk|service\sdesk"),
        {
            "left out": _read(rf"{_NO}\s(?:\w+\s){{0,3}}(?:phone|telephone)|(?:only|exclusively)\s(?:by|via"
                rf"|through)\s(?:e-?mail|ticket|chat|portal|the\sportal)|by\s(?:e-?mail|ticket)s?\sonly"),
            "included": _read(r"(?:by|via|over)\s(?:\w+,?\s(?:and\s)?)?(?:tele)?phone|(?:tele)?phone\s(?:and"
                r"|or)\s(?:e-?mail|chat)"),
        },
        _read(r"support|hotline|help\s?desk|service\sdesk|questions?|problem|reach\sus|us\b|tickets?\b|number\sto|calls\b"),
        {
            "left out": _read(
                rf"{_NO}\s(?:\w+\s){{0,3}}(?:phone|telephone|hotline|calls|phone\snumber|number\sto\s(?:call|dial|ring))|(?:only|just)\s(?:\w+\s){{0,2}}(?:in\swriting|by\s(?:e-?mail|ticket|chat))|(?:in\swriting|by\s(?:e-?mail|ticket|chat))\sonly"
            ),
            "included": _read(r"(?:ring|phone)\sus\b|call\sour\s(?:hotline|desk)"),
        },
    ),
)  # fmt: skip
# How the words begin of which each of them, in this order, has one where it is kept.
_LESSONS = "trai teac less sess clas cour work webi"
_BEGIN = [
    frozenset(begin.split())
    for begin in (
        "cont term agre subs lice", _LESSONS, "test tria rehe dry dry- try tryi dres mock prac", "kick firs open",
        "trai", "kick firs open", "trai", "pric fee fees rate", "seat lice logi acco user",
        "pay paid paym paya paye invo bill fee fee, fees due", "supp hotl help serv",
    )
]  # fmt: skip
_LANGUAGE = as_pattern(r"\b(English|German|French|Spanish|Italian|Dutch|Polish|Portuguese|Czech|Turkish)\b")
_DAY = as_pattern(r"\b((?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)s?\b", re.I)
_MAINTAINED = _read(
    r"maintenance|updates?\b|take\s(?:\w+\s){1,3}(?:down|offline)|(?:is|goes|be)\s(?:down|offline)|restart\w*|maintain\w*"
)
_OTHERS = _read(r"your\s(?:own|mail|server|it\b|host|network)|you\s(?:wrote|maintain)|call\b|meeting|please")
_SPOKEN = _read(r"support|hotline|help\s?desk|service\sdesk|desk\b|calls?\b|phones?\b|rings?\b")
_TAUGHT = _read(_TRAINING)
_KEPT_LANGUAGE = _read(r"(?:is|are|be|takes?\splace|given|held|available|speaks?|works?|offered|in)\b")
_NOT_SPOKEN = rf"(?:{_NO}|nobody|no\sone|none)\s(?:[a-z]+\s){{0,5}}|(?:n['’]t)\s(?:[a-z]+\s){{0,4}}"


_BY_KEY = {one.key: one for one in reversed(POLES)}


def kept(sentence: str) -> Iterator[Made]:
    """What a sentence says holds, or does not, in plain words."""
    begin = {word[:4] for word in sentence.casefold().split()}
    for pole, cues in zip(POLES, _BEGIN, strict=True):
        if not cues.isdisjoint(begin) and pole.about.search(sentence) and not pole.other.search(sentence):
            values = [value for value, words in pole.values.items() if words.search(sentence)]
            if values and (len(values) == 1 or values[0] in ("none", "left out", "not possible")):
                yield pole.kind, pole.key, values[0]
    yield from _languages(sentence)
    days = list(dict.fromkeys(one.capitalize() for one in _DAY.findall(sentence)))
    if days and re.search(r"\bmaintenance\b", sentence, re.I) and not _OTHERS.search(sentence):
        yield "sla", "days of maintenance", ", ".join(sorted(days))


def said(sentence: str, before: str, key: str) -> str:
    """What a sentence says of such a promise, in whatever words; "" for nothing, or for both. What it speaks of may
    stand in the sentence before."""
    pole = _BY_KEY.get(key)
    if pole is None or pole.other.search(sentence):
        return ""
    if not (
        pole.about.search(sentence)
        or pole.wider_about.search(sentence)
        or pole.about.search(before)
        or pole.wider_about.search(before)
    ):
        return ""
    values = [
        value
        for value in dict.fromkeys((*pole.values, *pole.wider))
        if pole.values.get(value, _NEVER).search(sentence) or pole.wider.get(value, _NEVER).search(sentence)
    ]
    if len(values) > 1 and values[0] in ("none", "left out", "not possible"):
        return values[0]
    return values[0] if len(values) == 1 else ""


def _languages(sentence: str) -> Iterator[Made]:
    """In which languages support is given or a training held."""
    found = list(dict.fromkeys(_LANGUAGE.findall(sentence)))
    if found and _KEPT_LANGUAGE.search(sentence) and not re.search(rf"{_NOT_SPOKEN}", sentence, re.I):
        for key, words in (("languages of support", _SPOKEN), ("languages of the training", _TAUGHT)):
            if words.search(sentence):
                yield "scope", key, ", ".join(sorted(found))


def other_days(sentence: str, held: str) -> str:
    """The days on which a sentence says the system is taken down, where one is not among those held; "" otherwise."""
    days = list(dict.fromkeys(one.capitalize() for one in _DAY.findall(sentence)))
    if not _MAINTAINED.search(sentence) or _OTHERS.search(sentence) or not days:
        return ""
    return ", ".join(sorted(days)) if set(days) - set(held.split(", ")) else ""


def other_languages(sentence: str, key: str, held: str) -> str:
    """The languages a sentence says support or training is given in, where one of those held is denied or left out by
    an "only"; "" otherwise."""
    words = _SPOKEN if key == "languages of support" else _TAUGHT
    found = list(dict.fromkeys(_LANGUAGE.findall(sentence)))
    if not found or not words.search(sentence):
        return ""
    denied = [one for one in found if re.search(rf"\b{_NOT_SPOKEN}{one}\b", sentence, re.I)]
    rest = [one for one in found if one not in denied]
    if any(one in held for one in denied):
        return ", ".join(sorted(rest)) or f"not {', '.join(denied)}"
    only = re.search(r"\b(?:only|just|exclusively|has\sto|have\sto|must)\b", sentence, re.I)
    return ", ".join(sorted(rest)) if only and rest and set(rest) < set(held.split(", ")) else ""
