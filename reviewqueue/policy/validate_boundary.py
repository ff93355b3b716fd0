"""Validates a lane's boundary: one segment, one motion, few functions, few writes, one sentence, and a person who
decides its scope. A scope that is too wide to begin with is refused, with what to write instead.

Only what a lane's file says of itself is read (`sentence`, `in_scope` and their neighbours); a word that is denied
("not renewals") says nothing. Versions that are active already are not judged again: see `loading.load`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewqueue.core.patterns import as_pattern
from reviewqueue.policy.flaws import Flaw
from reviewqueue.policy.model.policy import Lane, Policy

_WIDE_SEGMENTS = ("all", "any", "every", "everyone", "everybody", "global", "worldwide", "mixed", "various")
_SEGMENTS: dict[str, str] = {
    "smb": r"smbs?|small(?:[- ](?:and[- ]medium[- ])?business(?:es)?)?|small companies",
    "mid-market": r"mid[- ]?market",
    "enterprise": r"enterprises?",
    "startup": r"start-?ups?",
    "strategic": r"strategic accounts?",
    "public-sector": r"public sector|government",
}
_ALL_OF = r"(?:all|every|any|each|whatever|whichever|regardless of)(?: (?:of )?(?:the|our|its|kinds? of|types? of))?"
_FUNCTION = (
    r"sales|marketing|customer success|cs|csms?|implementation|support|finance|legal|product|engineering|procurement|"
    r"security|revops|professional services|partners?"
)
_SYSTEM = (
    r"crm|salesforce|hubspot|billing|stripe|erp|support desk|help ?desk|zendesk|project tools?|jira|asana|cs platform|"
    r"customer success platform|gainsight|data warehouse|analytics|calendars?|e-?mail|portal|slack"
)
_WRITE = r"(?:writes?|writing|written|wrote|updat(?:es?|ing)|push(?:es|ing)?|sync(?:s|ing|ed)?|syncs? back)"
_ALONE = (
    r"(?:automatic(?:ally)?|by itself|by themselves|on its own|auto-?(?:approv|decid|adjust|set)\w*|autonomous(?:ly)?|"
    r"unattended|unreviewed|un-?approved|with no (?:human|person|review|approval)|no human|"
    r"without (?:a |any |human )?(?:human|person|people|review|approval|gate|asking)\w*)"
)


def _either_way(things: str, acts: str) -> str:
    """A pattern for a thing that something is done to, in either order."""
    return rf"\b(?:{acts})\w*\b[^.;]{{0,40}}\b(?:{things})\b|\b(?:{things})\b[^.;]{{0,40}}\b(?:{acts})\w*"


_DECIDE = r"decid|decision|adjust|chang|approv|set|reset|reduc|cut|trim|extend|negotiat|agree|confirm|accept"
_BY_A_PERSON = (
    r"\b(?:decided|approved|reviewed|confirmed|agreed|checked) (?:first )?by\b|"
    r"\bafter (?:an? |the )?(?:approval|review)\b"
)
# What a person decides, whatever is automated first.
_DECISIONS: tuple[tuple[str, str], ...] = (
    (_either_way("scope", _DECIDE), "scope"),
    (_either_way("(?:project )?plans?", "sent|send|shar|publish|launch|approv|activat|go(?:es)? to"), "project plans"),
    (_either_way("milestones?", "mov|mark|updat|complet|reach|clos|advanc"), "milestones"),
    (r"\bhealth scor\w+", "health scores"),
    (r"\bexpectation[- ]setting\b", "expectations"),
    (_either_way("expectations?|go-live(?: dates?)?|timelines?", f"{_DECIDE}|mov|shift"), "dates and expectations"),
    (_either_way("commitments?|prices?|pricing|discounts?|contracts?|terms", f"{_DECIDE}|offer|grant|giv|mak|promis"),
     "commitments"),
    (r"\bexecutive escalations?\b", "executive escalations"),
)  # fmt: skip
_NEW = (
    r"\bnew[- ]?(?:business(?:es)?|customers?|logos?|deals?|accounts?|sales)\b|\bnet[- ]new\b|"
    r"\bnew (?:and|or|as well)\b"
)
_GROWTH = (
    r"\b(?:renewals?(?! (?:signal|date|risk))|upsells?|up-sells?|cross-?sells?|expansions?|add-?ons?|downgrades?|"
    r"existing[- ]?(?:customers?|business|accounts?))\b"
)
_DENIED = as_pattern(
    r"\b(?:no|not|never|without|except|excluding|excludes|exclude|outside|other than|rather than|nor|instead of)\b"
    r"[^.;:]{0,40}$",
    re.IGNORECASE,
)
_ABBREVIATED = r"(?<!\be\.g)(?<!\bi\.e)(?<!\betc)(?<!\bvs)(?<!\bInc)(?<!\bLtd)(?<!\bapprox)"
_SENTENCE_END = as_pattern(rf"{_ABBREVIATED}[.!?]\s+(?=\S)|;\s+(?!(?:up to|until|not|but)\b)(?=\S)|\n+\s*(?=\S)")
_NO_END = as_pattern(
    r"\W*(?:none|never|n/?a|nothing|tbd|to be (?:defined|decided)|open(?:[- ]ended)?|ongoing|continuous(?:ly)?|"
    r"no (?:end|stop)\b.*|it (?:never|does not) (?:stop|end)s?\b.*|(?:when|until) everything\b.*)\W*",
    re.IGNORECASE,
)


class TooWide(Flaw):
    """A flaw of a lane that is wider than a first one may be."""


def flaws(policy: Policy) -> Iterator[TooWide]:
    """What makes a lane too wide to begin with: file and line, and what to write instead."""
    for lane in policy.lanes:
        told = set[tuple[str, str]]()
        for path, says in _flaws(lane):
            place = policy.place(f"lane:{lane.key}", path)
            if (place, says) not in told:
                told.add((place, says))
                yield TooWide(place, says)


def _flaws(lane: Lane) -> Iterator[tuple[str, str]]:
    yield from _segment(lane)
    yield from _one_sentence(lane)
    yield from _motions(lane)
    for path, text in _texts(lane):
        yield from ((path, says) for says in (*_wide(text), *_functions(text), *_writes(text), *_decides(text)))
    yield from _ends(lane)


def _texts(lane: Lane) -> Iterator[tuple[str, str]]:
    """What the lane says that it does, by the key that says it."""
    yield from (("sentence", lane.sentence), ("name", lane.name), ("outcome", lane.outcome))
    yield from (("in_scope", one) for one in lane.in_scope)


def _said(pattern: str, text: str) -> re.Match[str] | None:
    """The first place where a text says this and does not deny it."""
    found = re.finditer(pattern, text, re.IGNORECASE)
    return next((one for one in found if not _DENIED.search(text[: one.start()])), None)


def _segment(lane: Lane) -> Iterator[tuple[str, str]]:
    parts = set(lane.segment.split("-"))
    named = [key for key, words in _SEGMENTS.items() if re.search(rf"\b(?:{words})\b", lane.segment.replace("-", " "))]
    if parts & set(_WIDE_SEGMENTS) or parts & {"and", "or", "plus"} or len(named) > 1:
        says = f"a lane has one segment, and {lane.segment!r} is several"
        yield "segment", f'{says}; split it into a lane for each, and begin with one, such as "mid-market"'
    for path, text in (("sentence", lane.sentence), ("name", lane.name), *(("in_scope", one) for one in lane.in_scope)):
        found = [key for key, words in _SEGMENTS.items() if _said(rf"\b(?:{words})\b", text)]
        if len(found) > 1:
            says = f"this names {len(found)} segments ({', '.join(found)}), and a lane has one"
            yield path, f"{says}; name only {lane.segment!r}, and write a lane for each other one"


def _one_sentence(lane: Lane) -> Iterator[tuple[str, str]]:
    many = len(_SENTENCE_END.split(lane.sentence.strip()))
    if many > 1:
        says = f"a lane is one sentence, and this is {many}: one trigger, one segment, one outcome, one stop point"
        yield "sentence", f"{says}; keep the first, and put what else it does into in_scope"


def _motions(lane: Lane) -> Iterator[tuple[str, str]]:
    """New business together with what is sold to existing customers: two handoffs, and two lanes."""
    mend = "write a lane for each, and begin with new business"
    new = [one for one in lane.deal_types if re.search(rf"{_NEW}|newbusiness", one, re.IGNORECASE)]
    growth = [one for one in lane.deal_types if re.search(_GROWTH, one, re.IGNORECASE)]
    if new and growth:
        yield "deal_types", f"{new[0]!r} and {growth[0]!r} are two motions with two handoffs; {mend}"
    only_growth = bool(growth) and not new
    texts = list(_texts(lane))
    says_new = any(_said(_NEW, text) for _, text in texts)
    for path, text in texts:
        found = _said(_GROWTH, text)
        if found and (new or says_new) and not only_growth:
            says = f"{found[0]!r} is another motion than new business, with another handoff"
            yield path, f"{says}; {mend}, or name it in out_of_scope"
    if only_growth and says_new:
        yield "sentence", f"deal_types are {growth[0]!r} alone, and this speaks of new business; {mend}"


def _wide(text: str) -> Iterator[str]:
    """Every customer, or the whole life of one."""
    # "Every customer message" is no customer: what follows has to end the phrase.
    customers = (
        rf"\b{_ALL_OF} (?:[\w-]+ )?(?:segments?|customers?|clients?|accounts?|onboardings?|deals?|regions?|products?)\b"
        r"(?=\W*$|\s*[,.;:)–]| "
        r"(?:of|in|with|that|who|when|and|or|at|by|for|from|across|is|are|gets?|we|closed|won|to|up)\b)"
    )
    whole = (
        r"\b(?:all|entire|whole|complete|full|end[- ]to[- ]end)(?: of)?(?: the| our)? (?:customer )?"
        r"(?:lifecycle|life ?cycle|journey|onboarding(?: process)?|customer experience|post-?sales?)\b|"
        r"\beverything (?:from|after|between|until|up to)\b|"
        r"\b(?:automate|onboard|do|run|send|draft|handle)s? everything\b"
    )
    if found := _said(customers, text):
        says = f"{found[0]!r} is every segment at once"
        yield f'{says}; name the one that this lane begins with, such as "mid-market SaaS customers"'
    if found := _said(whole, text):
        says = f"{found[0]!r} has no boundary"
        yield f"{says}; name the first piece and where it stops, such as the handoff packet and the kickoff tasks"


def _functions(text: str) -> Iterator[str]:
    every = (
        rf"\b{_ALL_OF} (?:[\w-]+ )?(?:teams?|functions?|departments?|roles?|process(?:es)?|workflows?)\b|"
        r"\b(?:company|organi[sz]ation|business|enterprise)-wide\b|"
        r"\bthe (?:whole|entire) (?:company|organi[sz]ation|business)\b"
    )
    mend = "begin with one handoff between two functions, such as sales to customer success"
    if found := _said(every, text):
        yield f"{found[0]!r} changes every function at once; {mend}"
    named = {one.casefold() for one in re.findall(rf"\b(?:{_FUNCTION})\b", text, re.IGNORECASE)}
    if len(named) > 3:
        yield f"this changes {len(named)} functions at once ({', '.join(sorted(named))}); {mend}"


def _writes(text: str) -> Iterator[str]:
    everything = rf"\b{_WRITE}\b[^.;]{{0,40}}\b{_ALL_OF} (?:\w+ )?(?:systems?|tools?|platforms?|apps?|records?)\b"
    mend = "let it draft, and write to one system after an approval (release at its gate)"
    if found := _said(everything, text):
        yield f"{found[0]!r} writes to every system; {mend}"
        return
    writes = _said(rf"\b{_WRITE}\b[^.;]*", text)
    if writes is None:
        return
    named = {one.casefold() for one in re.findall(rf"\b(?:{_SYSTEM})\b", writes[0], re.IGNORECASE)}
    if named & {"billing", "stripe", "erp", "analytics", "data warehouse"}:
        which = sorted(named & {"billing", "stripe", "erp", "analytics", "data warehouse"})[0]
        yield f"{which} is read and never written to; remove it here, and let a person change it there"
    elif len(named) > 2:
        yield f"this writes to {len(named)} systems ({', '.join(sorted(named))}); {mend}"


def _decides(text: str) -> Iterator[str]:
    """What a person decides, said to be decided automatically."""
    if re.search(_BY_A_PERSON, text, re.IGNORECASE):
        return
    if not (alone := _said(rf"\b{_ALONE}\b", text)):
        signals = r"\bmilestones?\b[^.;]{0,40}\b(?:usage|activity|product) signals?\b"
        if found := _said(signals, text):
            yield f"{found[0]!r} moves milestones on weak signals; let them be evidence that a person reads at a gate"
        return
    for pattern, what in _DECISIONS:
        if _said(pattern, text):
            says = f"{what} would be decided {alone[0].casefold()!r}, and a person decides that"
            yield f"{says}; write what is drafted, and let it wait at a gate ([kinds])"
            return


def _ends(lane: Lane) -> Iterator[tuple[str, str]]:
    if _NO_END.fullmatch(lane.stop_point):
        says = f"{lane.stop_point!r} is no point at which the lane stops"
        yield "stop_point", f'{says}; write what has happened then, such as "The kickoff is held"'
    if all(_NO_END.fullmatch(one) for one in lane.out_of_scope):
        says = "nothing is out of scope, so the lane has no boundary"
        yield "out_of_scope", f'{says}; name what it leaves to people, such as "Renewals and upsells"'
