"""Meetings: whether a milestone's name is only a meeting, or says what the meeting produces."""

from __future__ import annotations

import re

# What is a meeting, whatever stands before it.
_ALWAYS = (
    "kick[- ]?offs?|meetings?|webinars?|touch-?points?|stand-?ups?|town halls?|catch-?ups?|huddles?|retros?|"
    "retrospectives?|debriefs?|walk-?throughs?|steering committees?|steerco|office hours?|qbrs?|ebrs?|1:1s?|"
    "one-on-ones?|q ?& ?a|sessions?|trainings?|workshops?|check-?ins?|demos?|presentations?|seminars?|lunch(?:es)?|"
    "dinners?|conferences?"
)
# What is one only after these words: an API call, a CRM sync, a security review are none.
_OFTEN = "daily|weekly|bi-?weekly|monthly|quarterly|annual"
_AFTER = {
    "calls?": f"{_OFTEN}|hand-?over|hand-?off|intro|introduction|introductory|discovery|status|welcome|planning|"
    "scoping|alignment|onboarding|sales|follow-?up|feedback|sponsor|executive|exec|customer|first|second|final|phone|video|zoom|"
    "team|project|closing|technical|design|review|golive|hypercare|csm|kick-?off|check-?in|demo|training",
    "syncs?": f"{_OFTEN}|team|status|project|internal|sponsor|stakeholder|customer",
    "reviews?": f"{_OFTEN}|mid-year|executive|account|project|status|sprint|business|progress|final|readiness|\\d+-day",
    "updates?": f"{_OFTEN}|status|progress|project",
    "visits?": "site|on-?site|customer",
}
_OPENS = "calls? (?:with|to)|syncs? with|meet(?:ing)?|met|talk|talked|speak|spoke|touch base|sit down"
# What is said of a meeting that adds nothing to its having been held.
_HELD = (
    "attended|booked|complete|completed|concluded|conducted|delivered|done|established|executed|finished|given|happened|"
    "held|hosted|invited|joined|kicked|moderated|organised|organized|over|performed|planned|recorded|repeated|ran|run|"
    "scheduled|set|started|taken|took|place|successfully|again|up|off|arranged|had|was|were|is|are|has|have|been"
)
# After these words something else is told about the meeting: with whom, when, about what.
_ABOUT = (
    "with|for|on|about|by|to|and|in|at|of|between|every|after|before|during|per|via|no|nr|part|week|day|month|"
    "round|phase"
)
_WORDS = r"(?:[\w&'’-]+ ){0,3}"
_NOUN = "|".join([_ALWAYS, *(f"(?:{before}) {noun}" for noun, before in _AFTER.items())])
# "Kickoff call" is one noun or two: a run of them is taken as it comes, in an atomic group, or each would double the
# ways to read. Not `*+`: CPython before 3.11.5 matches possessive quantifiers wrongly.
_IS_MEETING = re.compile(
    rf"{_WORDS}(?:{_NOUN})(?>(?: (?:{_NOUN}|calls?|days?|events?|series))*)"
    rf"(?:\s*[#(/&+,:–—-].*|\s+(?:\d+|{_HELD}|{_ABOUT})\b.*)?\.?|(?:{_OPENS}) .*"
)
# A training with a date is a step (its date is agreed); another meeting with a date is only that.
_TRAINING_SET = re.compile(r"\btrainings?\b.*\b(?:scheduled|booked)\b")
_PARTICIPLE = re.compile(r"\b[a-z]{2,}ed\b")
_EMPTY = frozenset(_HELD.split("|")) | frozenset(
    ["advanced", "aligned", "based", "combined", "dedicated", "detailed", "discussed", "explained", "extended", "feed",
     "guided", "informed", "introduced", "limited", "named", "need", "presented", "recommended", "required", "reviewed",
     "seed", "shared", "talked", "trained", "united", "updated", "walked", "welcomed"]
)  # fmt: skip
_PRODUCED = re.compile(
    r"\b(?:accepts?|acts?|agenda|agrees?|approval|approves?|brief|built|can|chooses?|chosen|closes|confirms?|connects|"
    r"consent|decides|decision|deck|drawn|file[sd]?|finishes|found|imports|in (?:use|production|writing)|list of|live|"
    r"log|made|makes|materials?|(?<!\d )minutes|names|notes|opens|owners?|passes|plan for|protocol|produces?|report|"
    r"sends|shows?|sign-?off|signs|slides|submits|themselves|use[sd]?|uses|without (?:help|us)|works|written)\b"
)
_LONGEST = 300
_GO_LIVE = re.compile(r"\bgo-?live\b")


def is_mere(name: str) -> bool:
    """Whether a name is that of a meeting and says nothing of what comes out of it."""
    plain = _GO_LIVE.sub("golive", " ".join(name[:_LONGEST].casefold().split()))
    return bool(_IS_MEETING.fullmatch(plain)) and not _TRAINING_SET.search(plain) and not produces(plain)


def produces(words: str) -> bool:
    """Whether words tell of something done beyond holding a meeting."""
    plain = _GO_LIVE.sub("golive", words[:_LONGEST].casefold())
    return bool(_PRODUCED.search(plain)) or any(one not in _EMPTY for one in _PARTICIPLE.findall(plain))
