"""Validates templates: the `{{ fact }}` placeholders in their texts, and everything in a template that leads
nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from reviewqueue.core.patterns import as_pattern
from reviewqueue.core.vocabulary import TO_CUSTOMERS
from reviewqueue.policy.flaws import Flaw
from reviewqueue.policy.model.policy import Policy
from reviewqueue.policy.model.templates import INVITED_FOR, Planned, Template, due
from reviewqueue.policy.template_facts import TemplateFact, facts

PLACEHOLDER = as_pattern(r"\{\{ *([a-z][a-z0-9_]*) *\}\}")
OPTIONAL = "? "
NEXT_STEP = "Next step:"
_NEXT_STEP = as_pattern(rf"^(?:\? )?{NEXT_STEP}.*", re.M)
_BASES = ("start", "today")


def facts_in(text: str) -> list[str]:
    """The facts that a text names, in order."""
    return PLACEHOLDER.findall(text)


def flaws(policy: Policy, files: dict[str, str]) -> list[Flaw]:
    """What is wrong in the templates, each with file, line and fix."""
    known, found = facts(policy), []
    for template in policy.templates:
        rows = (
            *_kind(policy, template),
            *_dates(template, known),
            *_texts(template, known),
            *_risks(template, known),
            *_addresses(template, known),
            *_invitation(template, known),
            *_next_step(template, known),
            *_milestones(template),
        )
        for path, sought, says in rows:
            found.append(Flaw(_line(policy.place(f"template:{template.key}", path), sought, files), says))
    return found


def _line(place: str, sought: str, files: dict[str, str]) -> str:
    """The place, or where `sought` first stands from there on: a text may have many lines."""
    name, _, line = place.rpartition(":")
    rest = files.get(name, "").splitlines()[int(line) - 1 :]
    return f"{name}:{int(line) + next((at for at, row in enumerate(rest) if sought and sought in row), 0)}"


Rows = Iterator[tuple[str, str, str]]


def _kind(policy: Policy, template: Template) -> Rows:
    lanes = {lane.key: lane for lane in policy.lanes}
    for key in template.lanes:
        if key not in lanes:
            yield "lanes", "", f"lane {key!r} is not known; name one of {', '.join(lanes)}"
    mine = [lanes[key] for key in template.lanes or lanes if key in lanes]
    if mine and not any(template.kind in lane.kinds for lane in mine):
        known = ", ".join(dict.fromkeys(kind for lane in mine for kind in lane.kinds))
        yield (
            "kind",
            "",
            f"no lane takes kind {template.kind!r}; name it under [kinds] of a lane, or use one of {known}",
        )


def _unknown(name: str, known: dict[str, TemplateFact]) -> str:
    near = get_close_matches(name, known, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"the facts are {', '.join(known)}"
    return f"fact {name!r} is not known; {hint}"


def _texts(template: Template, known: dict[str, TemplateFact]) -> Rows:
    own = {**known, **{name: TemplateFact(name, "") for name in _own_facts(template)}}
    said = [one.if_known for one in template.risks.risk] if template.risks else []
    for path, text in template.texts():
        parts = path.split("/")
        sure = said[int(parts[2])] if parts[:2] == ["risks", "risk"] else ()
        for row in text.splitlines():
            rest = PLACEHOLDER.sub("", row)
            if "{{" in rest or "}}" in rest:
                yield path, row, "a fact is written {{ name }}, in small letters; correct the braces"
            for name in facts_in(row):
                sought = next(hit[0] for hit in PLACEHOLDER.finditer(row) if hit[1] == name)
                if name not in own:
                    yield path, sought, _unknown(name, known)
                elif own[name].sometimes and name not in sure and not row.startswith(OPTIONAL):
                    yield path, sought, f"{name!r} is often not known; begin its line with {OPTIONAL!r}to leave it out"
            if row.startswith(OPTIONAL) and path != "message/body":
                yield path, row, f"only lines of a message's body may begin with {OPTIONAL!r}"


def _own_facts(template: Template) -> list[str]:
    """The facts that a template brings along: its dates, and when it invites."""
    invites = template.message is not None and template.message.invitation is not None
    return [*template.dates, *([INVITED_FOR] if invites else [])]


def _invitation(template: Template, known: dict[str, TemplateFact]) -> Rows:
    """An invitation to a day that the template does not count, or of which the text does not say when it is."""
    offer = template.message.invitation if template.message else None
    if template.message is None or offer is None:
        return
    if offer.day not in template.dates:
        names = ", ".join(template.dates) or 'none; add dates = { kickoff_on = "5 business days after today" }'
        yield "message/invitation/day", "", f"{offer.day!r} is no date of this template; its dates are {names}"
    if INVITED_FOR not in facts_in(template.message.body):
        says = "many read the text alone, and it does not say when the meeting is: write {{ invited_for }} there"
        yield "message/body", "", says


def _dates(template: Template, known: dict[str, TemplateFact]) -> Rows:
    for name, says in template.dates.items():
        base = due(says)[1]
        if name in known or name in (*_BASES, INVITED_FOR):
            yield f"dates/{name}", "", f"{name!r} is a fact already; give this date another name"
        if base not in (*_BASES, *template.dates) or base == name:
            others = ", ".join((*_BASES, *(one for one in template.dates if one != name)))
            yield f"dates/{name}", "", f"{base!r} is not a date to count from; write one of {others}"
        elif _is_circular(name, {one: [due(said)[1]] for one, said in template.dates.items()}):
            yield f"dates/{name}", "", f"{name!r} counts from itself, round about; let one of them count from today"


def _risks(template: Template, known: dict[str, TemplateFact]) -> Rows:
    for number, risk in enumerate(template.risks.risk if template.risks else ()):
        for name in ("if_known", "if_unknown"):
            for fact in getattr(risk, name):
                if fact not in known:
                    yield f"risks/risk/{number}/{name}", "", _unknown(fact, known)


def _addresses(template: Template, known: dict[str, TemplateFact]) -> Rows:
    addresses = [name for name in known if name.endswith("_email")]
    for name in ("to", "cc"):
        for fact in getattr(template.message, name) if template.message else ():
            if fact not in addresses:
                yield f"message/{name}", "", f"{fact!r} is not an address; write one of {', '.join(addresses)}"


def _next_step(template: Template, known: dict[str, TemplateFact]) -> Rows:
    if template.message is None or template.kind not in TO_CUSTOMERS:
        return
    dates = {*template.dates, *(name for name, word in known.items() if word.day)}
    lines = _NEXT_STEP.findall(template.message.body)
    undated = next((line for line in lines if not dates & set(facts_in(line))), "")
    if not lines or undated or (len(lines) == 1 and lines[0].startswith(OPTIONAL)):
        says = "a customer must read what comes next: add a line “Next step: who does what by {{ a date }}”"
        yield "message/body", undated or "".join(lines[:1]), says


def _milestones(template: Template) -> Rows:
    listed = template.plan.milestones if template.plan else ()
    keys = [one.key for one in listed]
    for number, one in enumerate(listed):
        at = f"plan/milestones/{number}"
        if one.key in keys[:number] or one.key in _BASES:
            yield f"{at}/key", "", f"{one.key!r} is taken; give this milestone another key"
        for name in one.depends:
            if name not in keys:
                yield (
                    f"{at}/depends",
                    "",
                    f"milestone {name!r} is not in this plan; its milestones are {', '.join(keys)}",
                )
        if (base := due(one.due)[1]) not in ("start", *keys):
            yield f"{at}/due", "", f"{base!r} is not a milestone of this plan; count from start, {', '.join(keys)}"
    if len(set(keys)) == len(keys):
        yield from _order({one.key: one for one in listed})


def _order(plan: dict[str, Planned]) -> Rows:
    """Milestones that wait for themselves, or are due before what they depend on."""
    waits = {key: [*one.depends, due(one.due)[1]] for key, one in plan.items()}
    for number, (key, one) in enumerate(plan.items()):
        at = f"plan/milestones/{number}"
        if _is_circular(key, waits):
            yield f"{at}/depends", "", f"{key!r} waits for itself, round about; remove one dependency"
        elif all(name in plan for name in one.depends) and (mine := days(plan, key)) is not None:
            for name in one.depends:
                if (theirs := days(plan, name)) is not None and theirs > mine:
                    yield f"{at}/due", "", f"due {mine} business days after the start, but {name!r} only after {theirs}"


def _is_circular(key: str, waits: dict[str, list[str]]) -> bool:
    """Whether following what `key` waits for leads back to it."""
    seen: set[str] = set()
    ahead = list(waits[key])
    while ahead:
        one = ahead.pop()
        if one == key:
            return True
        if one not in seen:
            seen.add(one)
            ahead += waits.get(one, [])
    return False


def days(plan: dict[str, Planned], key: str) -> int | None:
    """How many business days after the start a milestone is due; None where that leads nowhere."""
    total, seen = 0, set[str]()
    while key != "start":
        if key not in plan or key in seen:
            return None
        seen.add(key)
        count, key = due(plan[key].due)
        total += count
    return total
