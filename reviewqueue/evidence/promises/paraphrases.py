"""Sentences that say something else than a promise that holds, in words that `patterns` does not know: the sentence
speaks of the same thing, and its one value of that kind is another; or it denies what holds.

They make no promise themselves: what they say is compared, and never kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from reviewqueue.evidence.promises import (
    KeptPromise,
    Promise,
    amounts,
    compare,
    contrasts,
    opposites,
    patterns,
    sentences,
    wordings,
)
from reviewqueue.evidence.text.caches import cached_by_length
from reviewqueue.evidence.text.number_words import with_figures


def _read(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_MOST = 1000  # sentences
_NAME = r"(?-i:[A-ZÄÖÜ][\w’'-]+\s[A-ZÄÖÜ][\w’'-]+)"
# What a sentence speaks of, by kind and key of the promise; a key may begin with the one here.
_ABOUT: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    (
        "date",
        "go-live",
        _read(
            r"\b(?:live|launch(?:es)?|roll-?\s?out|cut-?\s?over|switch-?\s?over|flip\sthe\sswitch|switch\w*\s(?:\w+\s){0,2}on|in(?:to)?\s"
            r"production|new\ssystem|up\sand\srunning|operational|(?:book|begin|work|start|at\swork|log\sin)\w*\s(?:\w+\s){0,3}(?:in|with|on|using|to)\s(?:the\s|our\s)?(?:new\s)?(?:software|portal"
            r"|platform|system|tool|solution|application)|new\s(?:one|software|portal)\stakes\sover|d-day|big\sday|real\sorders|all\sdigital|goes?\son\sair|(?:into|in)\s(?:operation|use)|for\sreal"
            r"|opens?\sits\sdoors|real\s(?:system|thing)|productive(?:\suse|ly)?|big\sswitch|switching\sday"
            r"|(?:work|start|works|working)\swith\s(?:the|our)\s(?:platform|portal|system|software)|day\sone)\b(?!\s(?:check|party|plan\b|meeting|readiness|rehearsal|support|review|"
            r"list|criteria|demo|call|session|chat|date\sof\sother))"
        ),
    ),
    (
        "date",
        "kickoff",
        _read(
            r"\bkick-?\s?off\b(?!\s(?:deck|slides|notes|agenda|minutes))|\b(?:first|opening|initial)\s(?:meeting|call|session|workshop)\b"
            r"|\b(?:come|get|sit\sdown|meet)(?:\stogether)?\s(?:\w+\s){0,2}for\s(?:the\s)?(?:start|first\stime|opening)\b|\b(?:open|begin|start)\sthe\sproject\b|\bour\sfirst\s(?:round|day|hour)\b|\bproject\sstart\b|\bstart\sof\sthe\sproject\b|\bstarting\s(?:shot|gun|signal)\b"
            r"|\b(?:see|meet|sit)\s(?:\w+\s){0,3}(?:for\sthe\sfirst\stime|together\sfor)\b|\bget\sto\sknow\seach\b|\bgets?\sunder\sway\b"
        ),
    ),
    (
        "date",
        "start",
        _read(
            r"\b(?:project|onboarding|implementation)\s(?:will\s)?(?:starts?|begins?|gets\sgoing|kicks)\b|\bstart\sdate\b"
        ),
    ),
    (
        "date",
        "data migration",
        _read(r"\b(?:migrat\w+|(?:last|all|every)\s(?:file|data|record)s?|loaded|brought\sover)\b"),
    ),
    (
        "price",
        "price",
        _read(
            r"\b(?:price|fee|(?:it|this|that|platform|subscription|software|licen[cs]e|service|system|package|plan|everything)\s(?:\w+\s)?costs?"
            r"|costs?\s(?:you|us|of|are|is|will|come)|pay(?:ing)?|transfer|account|looking\sat|sets?\syou\sback|adds?\sup|comes?\sto|bill|figure|subscription|charge|per\s(?:year|annum|month)|annual|yearly|monthly)\b"
        ),
    ),
    (
        "discount",
        "discount",
        _read(
            r"\b(?:discount|rebate|reduction|off|minus|halv\w+|cheaper|less|lower|deduct|sav(?:e|ing)|of\sthe\s(?:list|full)\sprice)\b"
        ),
    ),
    ("term", "notice", _read(r"\b(?:notice|cancel\w*|terminat\w+|leave|get\sout|ends?\sthe\scontract|give\sus)\b")),
    ("term", "payment", _read(r"\b(?:pay|paid|payable|payment|settle|invoices?|transfer)\b")),
    (
        "term",
        "term",
        _read(
            r"\b(?:contract|term|commit\w*|subscription|agreement|with\sus|to\sus|bound|signed|ti(?:ed?|es)|locked\sin|free\sto\sgo|walk\saway|(?:are|be)\sout\b|part\sways|say\sgoodbye"
            r"|leave\sus|stay\s(?:with|for)|step\sout)\b"
        ),
    ),
    (
        "sla",
        "resolution",
        _read(
            r"\b(?:repair\w*|fix\w*|solv\w+|resol\w+|restor\w+|(?:up|back)\sand\srunning|running\sagain|works?\sagain|runs?\sagain)\b"
        ),
    ),
    (
        "sla",
        "response",
        _read(
            r"\b(?:respon[ds]\w*|repl(?:y|ies)|answer(?:ed|s)?|looks?\s(?:at|into)|deals?\swith|taken\sup|picks?\sup|picked\sup|reacts?|reaction|get\sback|hear\s(?:back\s)?from)\b"
        ),
    ),
    (
        "sla",
        "uptime",
        _read(
            r"\b(?:uptime|availab\w+|downtime|reachable|stand\sby|owe|nines|promise|guarantee|system|platform|service)\b"
        ),
    ),
)
# Words that make it a sentence about something else.
_ELSE: dict[str, re.Pattern[str]] = {
    "date": _read(
        r"\b(?:before|after|until|since|following|prior\sto|ahead\sof)\s(?:(?:the|your"
        r"|our)\s)?(?:go(?:ing)?[- ]live|launch|kick-?\s?off|roll-?out)\b|\b(?:closed|please|tell\sus|sends?"
        r"|let\sus\sknow|we\sneed|you\sneed|due|attached|freeze|invoice|agenda|who\scomes|minutes|notes|follows?\son|look\sback|celebrat\w*|long\safter|review|report|week\sof"
        r"|was\sheld|took\splace)\b"
    ),
    "price": _read(
        r"\b(?:save[sd]?|saving|budget|late\sinvoice|provider|training|set-?up|implementation|extra|additional|each\sadditional|late|fine|shipment|goods|worth|travel|workshop|suppliers?|scanners?|printers?|hotel|dinner|lunch|parking|server|laptops?|hardware|devices?|handhelds?|labels?|catering|flights?|night|room)\b|\bper\s(?:user|seat|site)\b"
    ),
    "discount": _read(
        r"\b(?:hotel|code|voucher|canteen|supplier|printers?|scanners?|availab\w+|uptime|users|rows|manual|work|import(?:ed)?|done|shipments|fell|faster|time|errors|off-?peak)\b"
    ),
    "term": _read(
        r"\b(?:and\sa\shalf|notice|pilot|trial|review|free(?!\sto\sgo)|logs?|support|project|renews|retention|training|warranty|scanners?|lease|look\sat|goals?|review)\b"
    ),
    "notice": _read(
        r"\b(?:pilot|trial|support|project|training|we\s(?:tell|inform|let|warn)|maintenance|updates?|room|hotel|meeting|desk)\b"
    ),
    "payment": _read(r"\b(?:pilot|trial|project|training|report|answer|hotel|travel)\b"),
    "sla": _read(
        r"\byour\sown\b|\b(?:please|survey|you\s(?:answer|reply|respond)|questionnaire|resol\w+|fix\w*|rows|done)\b"
    ),
}
_LETTERS = {
    "date": ("date",),
    "price": ("money",),
    "discount": ("percent", "money"),
    "term": ("duration",),
    "sla": ("duration", "percent"),
}
_DENIES = re.compile(r"\b(?:not|cannot|never|no\slonger)\b|n['’]t\b", re.I)
# A price on other terms, beside which the one that was promised stands.
_ON_TERMS = re.compile(r"\b(?:if|when|list\sprice|instead\sof|before\stax|including\s(?:vat|tax)|gross)\b", re.I)
_AT_LEAST = re.compile(r"\bnot\s(?:an?\s(?:day|minute|week|hour)\s)?(?:before|earlier|sooner|later|until)\b", re.I)
_DENIES_LITTLE = re.compile(
    r"\b(?:not|n['’]t)\s(?:only|just|yet)|\b(?:before|earlier|later|until|yet|sure|know|forget|change|move)\b|\bworry\b",
    re.I,
)
# What asks, wishes or reports. "If" and "unless" only say when something holds.
_ASKS = re.compile(
    r"\?\s*$|^\s*>|^\W*next\sstep\b|\b(?:would(?!\s(?:send|charge|invoice|bill|cost))|could|might|whether|ask(?:s|ed|ing)?|request(?:s|ed)?"
    r"|propos(?:e|es|ed|al)|yet|perhaps|maybe|you\s(?:wrote|said|mentioned|told))\b|\bif\syou\s(?:need|have|like|prefer|agree)\b"
    r"|\b(?:hop(?:e|es|ed|ing)|wish\w*|suggest\w*|prefer\w*|other\scustomers?|another\scustomer|earliest|competitors?"
    r"|last\s(?:week|month|year)|went|typically|usually|on\saverage)\b",
    re.IGNORECASE,
)
_OURS = _read(
    r"\b(?:includ\w+|your\s(?:plan|package|subscription|order|contract|licen[cs]e)|you(?:['’]ll|\swill)?\s(?:receive|get|have)|we(?:['’]ll|\swill)?"
    r"\s(?:run|hold|give|do|deliver|provide|teach|train)|capped|limited|allow\w*|in\stotal)\b"
)
_COUNT = re.compile(rf"\b{patterns.MANY}{patterns.THINGS}", re.IGNORECASE)
_PAST = _read(
    r"\b(?:signed\sin|attended|were|was|so\sfar|already|demo|another|other|more|additional|extra|invite|this\sweek)\b"
)
_LINKS = _read(
    r"\b(?:connect\w*|integrat\w+|interface|connector|scope|part\sof|included|do\swithout|planned|supported)\b"
)
_CUT = _read(r"\b(?:not|never|without|no|removed|excluded|dropped|cancelled|out\sof\sscope|unconnected)\b|n['’]t\b")
_NOT_CUT = _read(r"\b(?:yet|credentials?|users?|password|ready|access|extra|further|additional|problem|delay|later)\b")
_ROLES = {
    "csm": _read(r"\b(?:csm|customer\ssuccess\smanager)\b"),
    "project lead": _read(r"\bproject\s(?:lead|manager|leader)\b"),
    "implementation lead": _read(r"\bimplementation\s(?:lead|manager)\b"),
}
_BECOMES = _read(rf"\b(?P<who>{_NAME})\s(?:will\s)?(?:takes?\sover|becomes?|replaces?|steps\sin|succeeds?|follows)\b")


def contradictions(at: str, text: str, held: Sequence[KeptPromise]) -> Iterator[tuple[Promise, KeptPromise]]:
    """What the first thousand sentences of a text at a pointer say against promises that hold, each with the promise,
    one of each kind and key. Only what `sentences` does not find there itself."""
    about: dict[tuple[str, str], list[KeptPromise]] = {}
    for one in held:
        if one.promise.value:
            about.setdefault((one.promise.kind, one.promise.key), []).append(one)
    read = list(dict.fromkeys(sentences.split(text)))[:_MOST] if about else []
    for before, sentence in zip(["", *read], read, strict=False):
        if not 8 < len(sentence) <= sentences.LONGEST or _ASKS.search(sentence):
            continue
        plain = with_figures(sentence)
        for (kind, key), those in list(about.items()):
            value = contrasts.other_value(plain, before[-sentences.LONGEST :], those)
            if value is None:
                value = _other_value(plain, before[-sentences.LONGEST :], those)
            if value is not None and not _is_said(sentence, kind, key):
                yield replace(those[0].promise, says=sentence.strip(), value=value, at=at), those[0]
                del about[kind, key]


def _is_said(sentence: str, kind: str, key: str) -> bool:
    """Whether the sentence promises something about the same in words that are known, which is compared already."""
    said = {(one[0], one[1]) for one in sentences.of_message(sentence)}
    return (kind, key) in said or any(one[0] == kind and key.startswith(one[1]) for one in said)


@lru_cache(maxsize=256)
def _about(kind: str, key: str) -> re.Pattern[str] | None:
    """What a sentence about such a promise speaks of."""
    return next((one for of, begins, one in _ABOUT if of == kind and key.startswith(begins)), None)


@cached_by_length
def _is_of_several_days(plain: str) -> bool:
    return sum(one.search(plain) is not None for kind, _, one in _ABOUT if kind == "date") > 1


@cached_by_length
def _denies(plain: str) -> bool:
    return _DENIES.search(plain) is not None


def _other_value(plain: str, before: str, those: Sequence[KeptPromise]) -> str | None:
    """The value a sentence has against these promises of one key, "" where it only denies theirs; None for none."""
    promise = those[0].promise
    if promise.kind == "integration":
        return _cut(plain, promise)
    if promise.kind == "owner":
        return _other_person(plain, those)
    if promise.kind == "scope":
        return _other_count(plain, those)
    named = _about(promise.kind, promise.key)
    if named is None or _ELSE.get(promise.key, _ELSE[promise.kind]).search(plain):
        return None
    if not (named.search(plain) or _denies(plain) or (contrasts.points_back(plain) and named.search(before))):
        return None
    if promise.kind == "date" and _is_of_several_days(plain):
        return None
    reads = {"discount": wordings.shares, "sla": wordings.shares, "term": wordings.lengths, "price": wordings.rhythm}
    return _other_amount(reads.get(promise.kind, str)(plain), before, those)


def _other_amount(plain: str, before: str, those: Sequence[KeptPromise]) -> str | None:
    promise, denies = those[0].promise, _DENIES.search(_AT_LEAST.sub("", plain)) is not None
    marked, found = amounts.marked(plain)
    values = [amounts.value(one) for one in found if one.kind in _LETTERS[promise.kind]]
    if promise.kind == "price" and not values and (bare := contrasts.bare_sum(plain, before)):
        values = [bare]
    if len(values) != 1:
        return None
    value = f"{_word(marked)}{values[0]}" if promise.kind == "date" else values[0]
    agrees = any(_agrees(promise.kind, promise.key, value, one.promise.value, plain) for one in those)
    if denies:
        return "" if agrees and not _DENIES_LITTLE.search(plain) else None
    if promise.kind == "price" and _ON_TERMS.search(plain):
        return None
    return None if agrees or not _comparable(promise, value) else value


def _agrees(kind: str, key: str, value: str, kept: str, plain: str) -> bool:
    if kind == "price":
        often = next((one for one in ("month", "quarter") if re.search(rf"\b(?:{one}|{one}ly)\b", plain, re.I)), "year")
        every = key.rpartition(" per ")[2] if " per " in key else often
        many = compare.A_YEAR
        kept = compare.counted(kept, many.get(every, 1), many[often])
        if wordings.ABOUT.search(plain) and wordings.near(value, kept):
            return True
    return compare.same(kind, value, kept)


def _comparable(promise: Promise, value: str) -> bool:
    """Whether a value is of the same sort as the promise's: a share beside a share, a long time beside a long one."""
    unit, other = promise.value.rpartition(" ")[2], value.rpartition(" ")[2]
    if promise.kind == "term":
        return promise.key != "term" or unit == other == "months"
    if promise.kind == "price" and not compare.in_reach(promise.value, value):
        return False
    if promise.kind == "sla":
        return ("%" in promise.value) == ("%" in value) and other != "months"
    return promise.kind != "discount" or ("%" in promise.value) == ("%" in value)


def _word(marked: str) -> str:
    """What stands before a sentence's one date: "by ", "from ", or nothing."""
    before = re.search(rf"\b(\w+)\s(?:the\s)?{amounts.OPEN}d", marked)
    word = before[1].casefold() if before else ""
    late = "from " if word in ("from", "after", "starting") else ""
    return "by " if word in ("by", "before", "until", "till", "for") else late


def _cut(plain: str, promise: Promise) -> str | None:
    name = re.search(rf"(?<![\w-]){re.escape(promise.key)}(?![\w-])", plain, re.I)
    if not name or promise.value != opposites.INCLUDED or _NOT_CUT.search(plain):
        return None
    return opposites.LEFT_OUT if _LINKS.search(plain) and _CUT.search(plain) else None


def _other_count(plain: str, those: Sequence[KeptPromise]) -> str | None:
    if those[0].promise.key == "seats" and (many := contrasts.people(plain)):
        return many if all(many != one.promise.value for one in those) else None
    if not _OURS.search(plain) or _PAST.search(plain) or _denies(plain):
        return None
    counts = [one for one in _COUNT.finditer(plain) if sentences.thing(one["noun"]) == those[0].promise.key]
    value = amounts.count(counts[0]["many"]) if len(counts) == 1 else ""
    return value if value and all(value != one.promise.value for one in those) else None


def _other_person(plain: str, those: Sequence[KeptPromise]) -> str | None:
    role = _ROLES.get(those[0].promise.key)
    found = _BECOMES.search(plain) if role and role.search(plain) else None
    if found is None or any(compare.same("owner", found["who"], one.promise.value) for one in those):
        return None
    return found["who"]
