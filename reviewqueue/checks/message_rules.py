"""Checks a message against its lane's rule: when it is held back, who receives it, what it may promise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reviewqueue.checks.recipients import addressed
from reviewqueue.connectors import contacts
from reviewqueue.connectors.schema import first, text
from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.core.vocabulary import ANY_MESSAGE
from reviewqueue.evidence.promises import Promise
from reviewqueue.evidence.promises.compare import PromiseChange
from reviewqueue.evidence.text.words.sentences import in_quotes
from reviewqueue.evidence.types import CheckResult, Source
from reviewqueue.policy import conditions
from reviewqueue.policy.model.messages import ROLES, MessageRule
from reviewqueue.policy.model.policy import Lane, Policy

# How and when something takes place: what keys of such promises begin with.
_ARRANGED = ("place of the kickoff", "length of the ", "languages of ", "days of maintenance", "recording of ")
# Kinds of promises that take no "a".
_A = {"sla": "an SLA", "owner": "an owner", "integration": "an integration", "scope": "scope"}


@dataclass(frozen=True)
class OnboardingState:
    """How an onboarding stands when one of its messages is checked: the key of our template that it is from ("" for
    none), the customer's segment, the categories of its open exceptions, whether one of them blocks, and whether it
    reached first value."""

    template: str = ""
    segment: str = ""
    exceptions: tuple[str, ...] = ()
    blocked: bool = False
    finished: bool = False


def check(
    policy: Policy,
    lane: Lane,
    kind: str,
    draft: Any,
    sources: Mapping[str, Source],
    changes: Sequence[PromiseChange],
    state: OnboardingState,
) -> list[CheckResult]:
    """`message.suppressed`, `.promise`, `.recipient-role`, `.reply-to`; nothing where the lane has no rule for it."""
    found = lane.message_rule(kind, state.template) if kind in ANY_MESSAGE else None
    if found is None or not isinstance(draft, dict):
        return []
    name, rule = found
    at = RulePlace(policy, lane, name)
    return [
        *_suppressed(at, rule, kind, state),
        *_forbidden_promises(at, rule, changes),
        *_recipient_role_results(at, rule, draft, sources),
        *_reply_to_results(at, rule, draft, sources),
    ]


@dataclass(frozen=True)
class RulePlace:
    """Where a lane's rule for a message is in its file."""

    policy: Policy
    lane: Lane
    name: str

    def line(self, word: str) -> str:
        """File and line of one key of the rule."""
        return self.policy.place(f"lane:{self.lane.key}", "messages", self.name, word)


def suppressed(policy: Policy, lane: Lane, kind: str, state: OnboardingState) -> str:
    """Why the lane holds such a message back now, with file and line; "" when it does not."""
    name, rule = lane.message_rule(kind, state.template) or ("", None)
    if rule is None or rule.suppressed_when is None:
        return ""
    facts = {"lane": lane.key, "kind": kind, **vars(state), "exceptions": list(state.exceptions)}
    if not conditions.holds(rule.suppressed_when, facts, "message"):
        return ""
    return f"{rule.suppressed_says} ({RulePlace(policy, lane, name).line('suppressed_when')})"


def _suppressed(at: RulePlace, rule: MessageRule, kind: str, standing: OnboardingState) -> Iterator[CheckResult]:
    if why := suppressed(at.policy, at.lane, kind, standing):
        says = f"Held back in {at.lane.name}: {why}. Send it back until that has ended, or reject it."
        yield CheckResult("message.suppressed", "fail", True, says)


def _forbidden_promises(at: RulePlace, rule: MessageRule, changes: Sequence[PromiseChange]) -> Iterator[CheckResult]:
    """Promises of a kind that this message may not make; a promise that holds already may be repeated."""
    word, said = "may_not_promise" if rule.may_not_promise else "may_promise", set[tuple[str, str]]()
    for one in (change.now for change in changes if change.now and change.now.kind in rule.refused):
        if (one.at, one.says) not in said and not _is_arrangement(one):
            said.add((one.at, one.says))
            kind = _A.get(one.kind, f"a {one.kind}")
            says = (
                f"Promises what nobody approved, {kind} ({one.key}): {in_quotes(one.says)}. "
                f"Such a message may not ({at.line(word)}). Remove it; what people approved may be repeated."
            )
            yield CheckResult("message.promise", "fail", True, says, one.at, "0.9")


def _is_arrangement(one: Promise) -> bool:
    """Whether it only says how or when something takes place that everybody gets: in which language, on which days, by
    day. It is kept and compared, and no message is refused for it."""
    return one.value == "business hours" or one.key.startswith(_ARRANGED)


def _recipient_role_results(
    at: RulePlace, rule: MessageRule, draft: dict[str, Any], sources: Mapping[str, Source]
) -> Iterator[CheckResult]:
    name, address = role_holder(at.policy, at.lane, rule.to_role or "", sources)
    to = [(pointer, one) for field, pointer, one in addressed(draft) if field == "to"]
    if not address or not to:
        return
    key, role = "message.recipient-role", ROLES[rule.to_role or ""][0]
    if any(one == address.casefold() for _, one in to):
        yield CheckResult(key, "pass", True, f"It goes to the {role} ({at.line('to_role')}).", to[0][0])
        return
    whom = f"{name}, {address}" if name else address
    says = f"It goes to {in_quotes(to[0][1])}, and this lane sends it to the {role}: {whom} ({at.line('to_role')})"
    yield CheckResult(key, "fail", True, f"{says}. Write that address.", to[0][0])


def _reply_to_results(
    at: RulePlace, rule: MessageRule, draft: dict[str, Any], sources: Mapping[str, Source]
) -> Iterator[CheckResult]:
    _, address = role_holder(at.policy, at.lane, rule.reply_to or "", sources)
    for field, pointer, one in addressed(draft):
        if field == "replyto" and address and one != address.casefold():
            says = f"Replies would go to {in_quotes(one)}; they go to the {ROLES[rule.reply_to or ''][0]}, {address}"
            fix = f"{says} ({at.line('reply_to')}). Write that address."
            yield CheckResult("message.reply-to", "fail", True, fix, pointer)


def role_holder(policy: Policy, lane: Lane, role: str, sources: Mapping[str, Source]) -> tuple[str, str]:
    """(name, address) of who has a role, as the sources state it: the approved packet first, then the deal, with the
    contacts' records. "" for what no source states."""
    if role not in ("customer_owner", "economic_buyer"):
        ours = (one for one in sources.values() if (one.system, one.object) == ("reviewqueue", "onboarding"))
        return "", next((said for one in ours if (said := text(resolve_pointer(one.payload, f"/{role}_email")))), "")
    named = next(
        (them for words in _named(policy, lane, role, sources) if (them := contacts.contacts_in_text(words, ()))), []
    )
    if not named:
        return "", ""
    one = contacts.merge(named[:1], contacts.on_record(sources))[0]
    return one.name.says, one.email.says if contacts.EMAIL.fullmatch(one.email.says) else ""


def _named(policy: Policy, lane: Lane, role: str, sources: Mapping[str, Source]) -> Iterator[str]:
    packets = [one for one in sources.values() if (one.system, one.object) == ("reviewqueue", "approved_packet")]
    for source in packets:
        yield from (
            text(resolve_pointer(source.payload, field.at)) for field in policy.packet.fields if field.key == role
        )
    for source in sources.values():
        trigger = lane.triggers.get(source.system)
        if trigger and source.object == trigger.object and not packets:
            yield first(source, trigger.fields.get(role, ()))[0]
