"""Check rules: what a policy says of a check's weight: that it fails, warns or does not count, where, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from reviewqueue.evidence import CheckResult, Outcome
from reviewqueue.policy.words import Key, Kind, Part, Says, kind_words

if TYPE_CHECKING:
    from reviewqueue.policy.loading import Flaw
    from reviewqueue.policy.shape import Policy

FILE = "checks.toml"
CountsAs = Literal["fail", "warn", "off"]
RANK: dict[Outcome | CountsAs, int] = {"off": 0, "pass": 0, "warn": 1, "fail": 2}
MEANS: dict[str, str] = {
    "fail": "fails: nobody can approve until it is fixed or overridden",
    "warn": "warns: it is shown, and blocks nothing",
    "off": "does not count: it is shown among the passed checks, with what it said",
}
# The check of a proposal that changes any of this: two people beside its proposer approve. No rule is about it.
CHANGED = "policy.checks"

_BOTH: tuple[Outcome, ...] = ("fail", "warn")
_FAILS: tuple[Outcome, ...] = ("fail",)
_WARNS: tuple[Outcome, ...] = ("warn",)
# Every check of ours that can say more than that it passed, and what it says by itself. Those of the packet's fields
# (`field.KEY`) come from packet.toml.
BY_ITSELF: dict[str, tuple[Outcome, ...]] = {
    "commitment.contradicted": _FAILS,
    "conflict.amount": _BOTH,
    "conflict.quantity": _BOTH,
    **{f"conflict.{one}": _WARNS for one in ("address", "contact", "date", "owner")},
    "draft.gap": _WARNS,
    "evidence.citation": _FAILS,
    "evidence.contradicted": _FAILS,
    "evidence.uncompared": _WARNS,
    "evidence.unsupported": _WARNS,
    "message.next-step": _BOTH,
    **{
        f"message.{one}": _FAILS
        for one in ("placeholder", "promise", "recipient-role", "reply-to", "sendable", "suppressed")
    },
    **{f"milestone.{one}": _FAILS for one in ("due", "evidence", "exit", "owner")},
    **{f"milestone.{one}": _BOTH for one in ("layer", "order", "outcome")},
    **{f"milestone.{one}": _WARNS for one in ("customer-duty", "working-day")},
    **{f"recipient.{one}": _FAILS for one in ("bcc", "valid")},
    "recipient.belongs": _BOTH,
    "recipient.known": _WARNS,
    "secret.card": _BOTH,
    "secret.key": _FAILS,
    "secret.other-customer": _BOTH,
    "secret.personal": _WARNS,
    "text.encoded": _FAILS,
    "text.hidden": _FAILS,
    "text.link": _BOTH,
    "text.markup": _WARNS,
    "text.mixed-script": _WARNS,
    **{f"topic.{one}": _WARNS for one in ("blame", "commercial", "escalation", "go-live-date", "renewal", "scope")},
    "trigger.identity": _BOTH,
    "trigger.inclusion": _BOTH,
    "trigger.object": _FAILS,
    "trigger.required-fields": _FAILS,
}
# What must never bend: a rule may make these stricter, and nothing else.
_LANES_OWN = "it is a rule of the lane's own file: change that one"
GUARDED: dict[str, str] = {
    "topic.*": "the six topics never go out without a person who knows",
    "secret.*": "no secret and no other customer's name leaves unseen",
    "text.*": "nobody approves what cannot be seen, or what looks like something else",
    "recipient.*": "who receives a message is never left to chance",
    "message.sendable": "what cannot be sent is not approved to be sent",
    "message.suppressed": _LANES_OWN,
    "message.promise": _LANES_OWN,
    "message.recipient-role": _LANES_OWN,
    "message.reply-to": _LANES_OWN,
    "commitment.contradicted": "what people approved is changed by an override that names this check, and only so",
}


class CheckRule(Part):
    """What a check, or a family of them (`evidence.*`), counts as: in these lanes and for these kinds of drafts, in all
    of them where none is named."""

    about: str = Field(min_length=1, max_length=64)
    counts_as: CountsAs
    lanes: tuple[Key, ...] = ()
    kinds: tuple[Kind, ...] = ()
    because: Says

    def takes(self, key: str, lane: str, kind: str) -> bool:
        """Whether it is about this check of such a draft in that lane."""
        here = (not self.lanes or lane in self.lanes) and (not self.kinds or kind in self.kinds)
        return here and self.touches(key)

    def touches(self, key: str) -> bool:
        """Whether it is about this check anywhere."""
        return fnmatchcase(key, self.about)

    @property
    def scope(self) -> str:
        """Where it holds, in words."""
        kinds = ", ".join(kind_words(one) for one in self.kinds)
        lanes = ", ".join(self.lanes)
        return f"{kinds or 'every draft'} in {lanes or 'every lane'}"

    @property
    def says(self) -> str:
        """The rule in words, without its reason."""
        return f"{self.about} counts as {self.counts_as} for {self.scope}"


class Checks(Part):
    """The check rules. The first that is about a check, a lane and a kind holds."""

    check: tuple[CheckRule, ...] = ()

    def rule(self, key: str, lane: str, kind: str) -> tuple[int, CheckRule] | None:
        """The rule that holds, with its number; None where the check counts as what it says. What an automation sent
        along is its own affair, and that a proposal changes checks is always said."""
        if not self.check or key == CHANGED or key.startswith("automation."):
            return None
        return next((one for one in enumerate(self.check) if one[1].takes(key, lane, kind)), None)


def weight(counts_as: CountsAs, outcome: Outcome, *, blocking: bool) -> tuple[Outcome, bool]:
    """(outcome, whether it blocks) of a result under a rule. What passed stays passed."""
    if outcome == "pass":
        return outcome, blocking
    return "pass" if counts_as == "off" else counts_as, counts_as == "fail"


def counted(policy: Policy, lane: str, kind: str, result: CheckResult) -> CheckResult:
    """A result as the policy lets it count; where that is not what it says by itself, its message tells so, with file
    and line and why."""
    found = policy.checks.rule(result.key, lane, kind)
    if found is None:
        return result
    outcome, blocking = weight(found[1].counts_as, result.outcome, blocking=result.blocking)
    if outcome == result.outcome:
        return result
    says = f"{result.message} {_note(policy, *found, result.outcome)}"
    return replace(result, outcome=outcome, blocking=blocking, message=says)


def by_itself(policy: Policy, lane: str, kind: str, result: tuple[str, Outcome, str]) -> Outcome:
    """What a kept result, (key, outcome, message), said before this policy's rule was put to it."""
    key, outcome, message = result
    if found := policy.checks.rule(key, lane, kind):
        said = (one for one in _BOTH if message.endswith(_note(policy, *found, one)))
        return next(said, outcome)
    return outcome


def _note(policy: Policy, number: int, rule: CheckRule, said: Outcome) -> str:
    because = " ".join(rule.because.split()).rstrip(".")
    return f"By itself a {said}; it counts as {rule.counts_as} by {place(policy, number)}, because {because}."


def place(policy: Policy, number: int, word: str = "") -> str:
    """File and line of a rule, or of one word of it."""
    return policy.place(f"check:{number}", word) or f"{FILE}:1"


def known(policy: Policy) -> dict[str, tuple[Outcome, ...]]:
    """Every check that can fail or warn under this policy, and what it says by itself."""
    fields = {
        f"field.{field.key}": _WARNS if field.missing == "noted" else _BOTH if field.missing == "usually" else _FAILS
        for field in policy.packet.fields
        if field.audited
    }
    return dict(sorted({**BY_ITSELF, **fields}.items()))


def changes(base: Policy, wanted: Policy) -> list[str]:
    """What a policy would let checks count as otherwise than another does, in words; empty where nothing changes."""
    before, after = base.checks.check, wanted.checks.check
    found = [f"{one.says}, because {one.because}" for one in after if one not in before]
    found += [f"no longer: {one.says}" for one in before if one not in after]
    if not found and before != after:
        found.append("the same rules in another order, and the first that is about a check holds")
    asked = {gate.key: gate.approvals_for_checks for gate in base.gates}
    return found + [
        f"gate {gate.key} asks {gate.approvals_for_checks} people for such a change instead of {asked[gate.key]}"
        for gate in wanted.gates
        if asked.get(gate.key, gate.approvals_for_checks) != gate.approvals_for_checks
    ]


def guarded(key: str) -> str:
    """Why no rule may make this check weaker; "" where one may."""
    return next((why for pattern, why in GUARDED.items() if fnmatchcase(key, pattern)), "")


def flaws(policy: Policy) -> list[Flaw]:
    """Rules about no check, that would bend what must not, change nothing, or are never asked; each with its place."""
    from reviewqueue.policy.loading import Flaw  # noqa: PLC0415  (loading imports this room)

    return [
        Flaw(place(policy, number, word), says)
        for number, rule in enumerate(policy.checks.check)
        for word, says in _wrong(policy, number, rule)
    ]


def _wrong(policy: Policy, number: int, rule: CheckRule) -> Iterator[tuple[str, str]]:
    lanes = {lane.key for lane in policy.lanes}
    kinds = {kind for lane in policy.lanes for kind in lane.kinds}
    for word, named, there in (("lanes", rule.lanes, lanes), ("kinds", rule.kinds, kinds)):
        for one in named:
            if one not in there:
                yield word, f"{one!r} is none of the {word}; name some of {', '.join(sorted(there))}, or take it away"
    every = known(policy)
    about = [key for key in every if fnmatchcase(key, rule.about)]
    if not about:
        near = get_close_matches(rule.about, every, 1)
        hint = f"did you mean {near[0]!r}?" if near else "docs/checks.md lists them"
        yield "about", f"{rule.about!r} is no check of ours that fails or warns; {hint}"
        return
    for key in about:
        worst = max(every[key], key=lambda one: RANK[one])
        if RANK[rule.counts_as] < RANK[worst] and (why := guarded(key)):
            yield "counts_as", f"{key} may not be made weaker than it is: {why}. Leave it out of this rule"
            return
    if all(one == rule.counts_as for key in about for one in every[key]):
        yield "counts_as", f"{rule.about} does that by itself, so this changes nothing; take the rule away"
    if before := _before(policy, number, rule, about):
        yield (
            "about",
            f"never asked: {before} is about all of it and stands before; put this one first, or take it away",
        )


def _before(policy: Policy, number: int, rule: CheckRule, about: list[str]) -> str:
    """The place of an earlier rule that takes everything this one is about; "" when there is none."""
    for earlier, other in enumerate(policy.checks.check[:number]):
        if wider(other, rule) and all(fnmatchcase(key, other.about) for key in about):
            return place(policy, earlier)
    return ""


def wider(rule: CheckRule, other: CheckRule) -> bool:
    """Whether a rule holds wherever the other would: in its lanes, for its kinds."""
    lanes = not rule.lanes or (bool(other.lanes) and set(other.lanes) <= set(rule.lanes))
    return lanes and (not rule.kinds or (bool(other.kinds) and set(other.kinds) <= set(rule.kinds)))
