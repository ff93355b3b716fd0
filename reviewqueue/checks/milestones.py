"""Checks the milestones of a plan: an owner, a due date and evidence for each, a sound order, and more than a
meeting."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from reviewqueue.checks.dependencies import PLACEHOLDER, circle, names_in, plain
from reviewqueue.checks.named_days import last_days
from reviewqueue.checks.packet_fields import pointer
from reviewqueue.connectors import deals
from reviewqueue.connectors.contacts import OUR_DEPARTMENT, contacts_in_text, names_any, on_record
from reviewqueue.connectors.schema import text
from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.values.dates import in_words
from reviewqueue.evidence.types import CheckResult, Outcome, Source
from reviewqueue.policy.business_hours import is_working_day
from reviewqueue.policy.model.policy import Lane, Policy
from reviewqueue.policy.model.templates import LAYERS
from reviewqueue.policy.template_facts import GAP

# So many are checked; a longer list is no plan that anybody follows.
MOST = 200
Rows = list[tuple[int, Mapping[str, str]]]
_ISO = as_pattern(r"\d{4}-\d{2}-\d{2}")
_THEIRS = as_pattern(rf"\b(?:customer|client|their)(?:'s|’s)?\b(?!{OUR_DEPARTMENT})", re.I)
_PEOPLE = ("economic_buyer", "customer_owner", "key_stakeholders")
_PARTS = {
    "owner": "has no owner. Name one person who answers for it.",
    "evidence": "does not say what will show that it is reached. Name the record or the place to look at.",
    "exit": "has no exit criteria. Say when it counts as reached.",
}


def check(policy: Policy, lane: Lane, draft: Any, sources: Mapping[str, Source]) -> list[CheckResult]:
    """`milestone.*` for a plan `{"milestones": […]}`, one result for each place; empty for a plan of another shape."""
    listed = resolve_pointer(draft, "/milestones")
    if not isinstance(listed, list):
        return []
    rows: Rows = [(number, _texts(one)) for number, one in enumerate(listed[:MOST])]
    if not rows:
        says = "The plan has no milestone. Add those of the template, with owner and date."
        return [CheckResult("milestone.owner", "fail", True, says, "/milestones")]
    found = [
        *_missing_parts(rows),
        *_due(rows),
        *_working(policy, lane, rows),
        *_named_days(rows),
        *_order(rows),
        *_layers(rows),
        *_meetings(rows),
        *_customer(policy, lane, rows, sources),
    ]
    if len(listed) > MOST:
        says = (
            f"The plan has {len(listed):,} milestones, and the first {MOST} were looked at. Make several plans of it."
        )
        found.append(CheckResult("milestone.owner", "fail", True, says, f"/milestones/{MOST}"))
    return [*found, *_pass_results(found)]


def _texts(one: Any) -> Mapping[str, str]:
    names = ("name", "layer", "owner", "due", "evidence", "exit", "depends")
    return {name: text(resolve_pointer(one, f"/{name}")) for name in names}


def _pass_results(found: Sequence[CheckResult]) -> Iterator[CheckResult]:
    wrong = {result.key for result in found}
    for key, says in _PASSES.items():
        if f"milestone.{key}" not in wrong:
            yield CheckResult(f"milestone.{key}", "pass", key in _BLOCKING, says, "/milestones")


_PASSES = {
    "owner": "Every milestone has an owner.",
    "due": "Every milestone has a due date.",
    "evidence": "Every milestone says what will show it.",
    "exit": "Every milestone has exit criteria.",
    "outcome": "Every milestone says what it produces.",
    "order": "No milestone is due before one it depends on.",
    "working-day": "Every due date is a working day.",
    "named-day": "No milestone is due after the day that its own exit criteria or evidence name.",
    "layer": "Every milestone is in a layer, and the plan reaches customer value.",
    "customer-duty": "The customer's part is named.",
}
_BLOCKING = ("owner", "due", "evidence", "exit", "outcome", "order", "layer")


def _result(
    key: str, outcome: Outcome, row: tuple[int, Mapping[str, str]], field: str, says: str, sure: str | None = None
) -> CheckResult:
    number, one = row
    name = f"“{one['name'][:80]}”" if one["name"] else f"Milestone {number + 1}"
    at = f"/milestones/{number}/{field}"
    return CheckResult(f"milestone.{key}", outcome, outcome == "fail", f"{name} {says}", at, sure)


def _missing_parts(rows: Rows) -> Iterator[CheckResult]:
    for row in rows:
        for field, says in _PARTS.items():
            words = row[1][field]
            if not words or PLACEHOLDER.fullmatch(words):
                yield _result(field, "fail", row, field, says)
            elif gap := GAP.search(words):
                yield _result(field, "fail", row, field, f"still has a gap: “{gap[0]}”. Write what belongs there.")


def _day(words: str) -> date | None:
    try:
        return date.fromisoformat(words) if _ISO.fullmatch(words) else None
    except ValueError:
        return None


def _due(rows: Rows) -> Iterator[CheckResult]:
    for row in rows:
        words = row[1]["due"]
        if not words or PLACEHOLDER.fullmatch(words) or GAP.fullmatch(words):
            yield _result("due", "fail", row, "due", "has no due date. Write one such as 2026-03-30.")
        elif _day(words) is None:
            yield _result(
                "due", "fail", row, "due", f"is due “{words[:40]}”, which is not a date. Write it as 2026-03-30."
            )


def _working(policy: Policy, lane: Lane, rows: Rows) -> Iterator[CheckResult]:
    calendar = policy.calendar(lane.key)
    for row in rows:
        day = _day(row[1]["due"])
        if day and not is_working_day(day, calendar):
            why = "no working day"
            if day.weekday() in calendar.weekdays:
                why = "a holiday" if calendar.is_holiday(day) else "a closing day"
            says = f"is due on {in_words(day)}, {why} in calendar {calendar.key}. Choose a working day."
            yield _result("working-day", "warn", row, "due", says)


def _named_days(rows: Rows) -> Iterator[CheckResult]:
    """Milestones that are due only after the day until which their own exit criteria or evidence want them done."""
    for row in rows:
        due = _day(row[1]["due"])
        for field, called in (("exit", "exit criteria name"), ("evidence", "evidence names")):
            said = last_days(row[1][field], due) if due else []
            if due and said and (last := max(day for _, day in said)) < due:
                words = next(words for words, day in said if day == last)
                says = f"is due on {in_words(due)}, but its {called} an earlier day: “{words[:80]}”"
                says += f", which leaves {in_words(last)} at the latest"
                yield _result("named-day", "warn", row, "due", f"{says}. Change the date, or what it says.", "0.8")


def _order(rows: Rows) -> Iterator[CheckResult]:
    """Dependencies: a milestone names what it depends on by name; several with commas, unless the names contain
    commas."""
    by_name = {plain(one["name"]): (number, one) for number, one in reversed(rows) if one["name"]}
    named = {number: [plain(name) for name in names_in(one["depends"], by_name)] for number, one in rows}
    after = {number: [by_name[name][0] for name in names if name in by_name] for number, names in named.items()}
    for row in rows:
        number, one = row
        for name in named[number]:
            if name not in by_name:
                says = (
                    f"depends on “{name[:80]}”, which is not a milestone of this plan. Correct the name or remove it."
                )
                yield _result("order", "warn", row, "depends", says)
                continue
            other, earlier = by_name[name]
            mine, theirs = _day(one["due"]), _day(earlier["due"])
            if other == number:
                yield _result("order", "fail", row, "depends", "depends on itself. Remove that.")
            elif mine and theirs and mine < theirs:
                says = f"is due on {mine}, but it depends on “{earlier['name'][:80]}”, which is due on {theirs}."
                yield _result("order", "fail", row, "due", f"{says} Change one of the dates.")
        if len(way := circle(after, number)) > 1:
            says = f"waits for itself, by way of “{rows[way[1]][1]['name'][:80]}”. Take one of the dependencies out."
            yield _result("order", "fail", row, "depends", says)


def _layers(rows: Rows) -> Iterator[CheckResult]:
    known = ", ".join(LAYERS)
    for row in rows:
        layer = plain(row[1]["layer"])
        if layer not in LAYERS:
            yield _result("layer", "fail", row, "layer", f"is in no known layer. Write one of {known}.")
    if not any(plain(one["layer"]) == "customer value" for _, one in rows):
        says = "The plan ends before customer value: add the milestone by which the customer has something of it."
        yield CheckResult("milestone.layer", "warn", False, says, "/milestones")


def _meetings(rows: Rows) -> Iterator[CheckResult]:
    for row in rows:
        name, after = row[1]["name"], row[1]["exit"]
        if not name:
            yield _result("outcome", "fail", row, "name", "has no name. Say what it produces.")
        elif is_only_a_meeting(name) and produces(after) and not is_only_a_meeting(after):
            says = "sounds like a meeting; its exit criteria say what comes out of it. Put that into the name."
            yield _result("outcome", "warn", row, "name", says, "0.7")
        elif is_only_a_meeting(name):
            says = "is only a meeting. Say what it produces, such as: admin connected the CRM."
            yield _result("outcome", "fail", row, "name", says, "0.9")


def _customer(policy: Policy, lane: Lane, rows: Rows, sources: Mapping[str, Source]) -> Iterator[CheckResult]:
    """At least one milestone whose owner, or whose text, names somebody of the customer's."""
    names = {plain(name) for name in sorted(customer_people(policy, lane, sources))[:MOST]}
    for _, one in rows:
        words = plain(f"{one['owner']} {one['name']} {one['exit']}")
        if _THEIRS.search(words) or names_any(words, names):
            return
    known = f" Known on their side: {', '.join(sorted(names)[:3])}." if names else ""
    says = f"No milestone names anybody of the customer's: say what they have to do, and who does it.{known}"
    yield CheckResult("milestone.customer-duty", "warn", False, says, "/milestones", "0.7")


def customer_people(policy: Policy, lane: Lane, sources: Mapping[str, Source]) -> set[str]:
    """The names of people on the customer's side, as contact records, the approved packet and the deal have them."""
    found = {one.name.says for one in on_record(sources)}
    fields = [field for field in policy.packet.fields if field.key in _PEOPLE]
    for source in sources.values():
        trigger = lane.triggers.get(source.system)
        if source.object == "approved_packet":
            said = [text(resolve_pointer(source.payload, pointer(field))) for field in fields]
        elif trigger and trigger.object == source.object:
            said = [deals.fact_text(trigger, source, key) for key in _PEOPLE]
        else:
            continue
        found |= {one.name.says for words in said for one in contacts_in_text(words, ())}
    return found


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
# Words that say no more of a meeting than that it was held.
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
_IS_MEETING = as_pattern(
    rf"{_WORDS}(?:{_NOUN})(?>(?: (?:{_NOUN}|calls?|days?|events?|series))*)"
    rf"(?:\s*[#(/&+,:–—-].*|\s+(?:\d+|{_HELD}|{_ABOUT})\b.*)?\.?|(?:{_OPENS}) .*"
)
# A training with a date is a step (its date is agreed); another meeting with a date is only that.
_TRAINING_SET = as_pattern(r"\btrainings?\b.*\b(?:scheduled|booked)\b")
_PARTICIPLE = as_pattern(r"\b[a-z]{2,}ed\b")
_EMPTY = frozenset(_HELD.split("|")) | frozenset(
    ["advanced", "aligned", "based", "combined", "dedicated", "detailed", "discussed", "explained", "extended", "feed",
     "guided", "informed", "introduced", "limited", "named", "need", "presented", "recommended", "required", "reviewed",
     "seed", "shared", "talked", "trained", "united", "updated", "walked", "welcomed"]
)  # fmt: skip
_PRODUCED = as_pattern(
    r"\b(?:accepts?|acts?|agenda|agrees?|approval|approves?|brief|built|can|chooses?|chosen|closes|confirms?|connects|"
    r"consent|decides|decision|deck|drawn|file[sd]?|finishes|found|imports|in (?:use|production|writing)|list of|live|"
    r"log|made|makes|materials?|(?<!\d )minutes|names|notes|opens|owners?|passes|plan for|protocol|produces?|report|"
    r"sends|shows?|sign-?off|signs|slides|submits|themselves|use[sd]?|uses|without (?:help|us)|works|written)\b"
)
_LONGEST = 300
_GO_LIVE = as_pattern(r"\bgo-?live\b")


def is_only_a_meeting(name: str) -> bool:
    """Whether a name is that of a meeting and names no outcome."""
    plain = _GO_LIVE.sub("golive", " ".join(name[:_LONGEST].casefold().split()))
    return bool(_IS_MEETING.fullmatch(plain)) and not _TRAINING_SET.search(plain) and not produces(plain)


def produces(words: str) -> bool:
    """Whether words name an outcome beyond holding a meeting."""
    plain = _GO_LIVE.sub("golive", words[:_LONGEST].casefold())
    return bool(_PRODUCED.search(plain)) or any(one not in _EMPTY for one in _PARTICIPLE.findall(plain))
