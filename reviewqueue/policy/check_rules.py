"""Applies the policy's check rules: whether a check's result counts as a failure, as a warning or not at all, where,
and why. Also finds what is wrong with such rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from difflib import get_close_matches
from fnmatch import fnmatchcase

from reviewqueue.evidence.types import CheckResult, Outcome
from reviewqueue.policy.flaws import Flaw
from reviewqueue.policy.model.checks import (
    BOTH,
    BY_ITSELF,
    FAILS,
    FILE,
    GUARDED,
    RANK,
    WARNS,
    CheckRule,
    CountsAs,
    SecondOpinion,
)
from reviewqueue.policy.model.policy import Policy


def counted_outcome(counts_as: CountsAs, outcome: Outcome, *, blocking: bool) -> tuple[Outcome, bool]:
    """(outcome, whether it blocks) of a result under a rule. What passed stays passed."""
    if outcome == "pass":
        return outcome, blocking
    return "pass" if counts_as == "off" else counts_as, counts_as == "fail"


def apply_rule(policy: Policy, lane: str, kind: str, result: CheckResult) -> CheckResult:
    """A result as the policy counts it. Where that differs from the check's own outcome, its message says so, with file
    and line and the reason."""
    found = policy.checks.rule(result.key, lane, kind)
    if found is None:
        return result
    outcome, blocking = counted_outcome(found[1].counts_as, result.outcome, blocking=result.blocking)
    if outcome == result.outcome:
        return result
    says = f"{result.message} {_note(policy, *found, result.outcome)}"
    return replace(result, outcome=outcome, blocking=blocking, message=says)


def own_outcome(policy: Policy, lane: str, kind: str, result: tuple[str, Outcome, str]) -> Outcome:
    """The outcome of a stored result, (key, outcome, message), before this policy's rule was applied to it."""
    key, outcome, message = result
    if found := policy.checks.rule(key, lane, kind):
        said = (one for one in BOTH if message.endswith(_note(policy, *found, one)))
        return next(said, outcome)
    return outcome


def _note(policy: Policy, number: int, rule: CheckRule, said: Outcome) -> str:
    because = " ".join(rule.because.split()).rstrip(".")
    return f"By itself a {said}; it counts as {rule.counts_as} by {place(policy, number)}, because {because}."


def place(policy: Policy, number: int, word: str = "") -> str:
    """File and line of a rule, or of one word of it."""
    return policy.place(f"check:{number}", word) or f"{FILE}:1"


def all_checks(policy: Policy) -> dict[str, tuple[Outcome, ...]]:
    """Every check that can fail or warn under this policy, with its own outcomes."""
    fields = {
        f"field.{field.key}": WARNS if field.missing == "noted" else BOTH if field.missing == "usually" else FAILS
        for field in policy.packet.fields
        if field.audited
    }
    return dict(sorted({**BY_ITSELF, **fields}.items()))


def changes(base: Policy, wanted: Policy) -> list[str]:
    """What checks count as under `wanted` otherwise than under `base`, in words; empty where nothing changes."""
    before, after = base.checks.check, wanted.checks.check
    found = [f"{one.says}, because {one.because}" for one in after if one not in before]
    found += [f"no longer: {one.says}" for one in before if one not in after]
    if not found and before != after:
        found.append("the same rules in another order, and the first that is about a check holds")
    found += _second_opinion_changes(base.checks.topics.second_opinion, wanted.checks.topics.second_opinion)
    asked = {gate.key: gate.approvals_for_checks for gate in base.gates}
    return found + [
        f"gate {gate.key} asks {gate.approvals_for_checks} people for such a change instead of {asked[gate.key]}"
        for gate in wanted.gates
        if asked.get(gate.key, gate.approvals_for_checks) != gate.approvals_for_checks
    ]


def _second_opinion_changes(before: SecondOpinion | None, after: SecondOpinion | None) -> list[str]:
    if before == after:
        return []
    if after is None:
        return ["no longer: a second opinion on messages to customers"]
    return [f"the text of every message to a customer is sent to {after.url}, for a second opinion of {after.model}"]


def why_not_weaker(key: str) -> str:
    """Why no rule may make this check weaker; "" where one may."""
    return next((why for pattern, why in GUARDED.items() if fnmatchcase(key, pattern)), "")


def flaws(policy: Policy) -> list[Flaw]:
    """Rules about no check, rules that weaken what must not be weakened, that change nothing or are never reached; each
    with its place."""
    return [
        Flaw(place(policy, number, word), says)
        for number, rule in enumerate(policy.checks.check)
        for word, says in _rule_flaws(policy, number, rule)
    ]


def _rule_flaws(policy: Policy, number: int, rule: CheckRule) -> Iterator[tuple[str, str]]:
    lanes = {lane.key for lane in policy.lanes}
    kinds = {kind for lane in policy.lanes for kind in lane.kinds}
    for word, named, there in (("lanes", rule.lanes, lanes), ("kinds", rule.kinds, kinds)):
        for one in named:
            if one not in there:
                yield word, f"{one!r} is not one of the {word}; name some of {', '.join(sorted(there))}, or remove it"
    every = all_checks(policy)
    about = [key for key in every if rule.touches(key)]
    if not about:
        near = get_close_matches(rule.about, every, 1)
        hint = f"did you mean {near[0]!r}?" if near else "docs/checks.md lists them"
        yield "about", f"{rule.about!r} is not a check of ours that fails or warns; {hint}"
        return
    for key in about:
        worst = max(every[key], key=lambda one: RANK[one])
        if RANK[rule.counts_as] < RANK[worst] and (why := why_not_weaker(key)):
            yield "counts_as", f"{key} may not be made weaker than it is: {why}. Leave it out of this rule"
            return
    if all(one == rule.counts_as for key in about for one in every[key]):
        yield "counts_as", f"{rule.about} does that by itself, so this changes nothing; remove the rule"
    if before := _covering_rule_place(policy, number, rule, about):
        yield (
            "about",
            f"never asked: {before} covers all of it and comes first; put this one before it, or remove it",
        )


def _covering_rule_place(policy: Policy, number: int, rule: CheckRule, about: list[str]) -> str:
    """The place of an earlier rule that covers everything this one is about; "" when there is none."""
    for earlier, other in enumerate(policy.checks.check[:number]):
        if covers(other, rule) and all(other.touches(key) for key in about):
            return place(policy, earlier)
    return ""


def covers(rule: CheckRule, other: CheckRule) -> bool:
    """Whether a rule holds wherever the other would: in its lanes, for its kinds."""
    lanes = not rule.lanes or (bool(other.lanes) and set(other.lanes) <= set(rule.lanes))
    return lanes and (not rule.kinds or (bool(other.kinds) and set(other.kinds) <= set(rule.kinds)))
