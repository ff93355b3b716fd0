"""Validates the message rules of the lanes: messages that exist, roles, promises, auto-send."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import get_args

from reviewqueue.core.vocabulary import ANY_MESSAGE, INTERNAL_MESSAGES
from reviewqueue.policy import autosend as policy_autosend
from reviewqueue.policy.flaws import Flaw
from reviewqueue.policy.model.messages import ROLES, MessageRule, OurRole
from reviewqueue.policy.model.policy import Lane, Policy


def flaws(policy: Policy) -> list[Flaw]:
    """Rules for messages that do not exist, and keys of a rule that cannot hold, each with file, line and fix."""
    return [
        Flaw(policy.place(f"lane:{lane.key}", "messages", about, word), says)
        for lane in policy.lanes
        for about, rule in lane.messages.items()
        for word, says in _wrong(policy, lane, about, rule)
    ]


def _wrong(policy: Policy, lane: Lane, about: str, rule: MessageRule) -> Iterator[tuple[str, str]]:
    template = next((one for one in policy.templates if one.message and one.key == about), None)
    kind = template.kind if template else about if about in ANY_MESSAGE else ""
    if not kind:
        known = [*ANY_MESSAGE, *(one.key for one in policy.templates if one.message)]
        near = get_close_matches(about, known, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"name one of {', '.join(known)}"
        yield "", f"{about!r} is not a message, neither a kind of message nor a template; {hint}"
        return
    yield from policy_autosend.flaws(policy, lane, about, rule)
    ours = rule.to_role in get_args(OurRole)
    if rule.to_role and ours != (kind in INTERNAL_MESSAGES):
        who = [one for one in ROLES if (one in get_args(OurRole)) == (kind in INTERNAL_MESSAGES)]
        yield "to_role", f"a message of kind {kind!r} is not for the {ROLES[rule.to_role][0]}; write {' or '.join(who)}"
    elif rule.to_role and template and template.message and (fact := ROLES[rule.to_role][1]) not in template.message.to:
        says = f"the template writes to {', '.join(template.message.to)}; let its `to` name {fact}"
        yield "to_role", f"{says}, or remove to_role"
    if both := sorted({*(rule.may_promise or ())} & {*rule.may_not_promise}):
        yield "may_not_promise", f"{', '.join(both)} may be promised and may not; remove it of one of the two"
