"""Message rules: what a lane says of each message: how it is sent, when it is not, to whom, and what it may promise."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Literal, get_args

from pydantic import StringConstraints, model_validator

from reviewqueue.policy import earned
from reviewqueue.policy.templates import TO_CUSTOMERS
from reviewqueue.policy.words import Key, Part, Says
from reviewqueue.promises import Kind as Promised

if TYPE_CHECKING:
    from reviewqueue.policy.loading import Flaw
    from reviewqueue.policy.shape import Lane, Policy

# Messages to our own people.
TO_US = ("internal_alert", "sales_question")
OurRole = Literal["csm", "sales_owner"]
Receiver = Literal["customer_owner", "economic_buyer", "csm", "sales_owner"]
# What each of them is called, and the fact of a template that is their address.
ROLES: dict[str, tuple[str, str]] = {
    "customer_owner": ("customer-side owner", "recipient_email"),
    "economic_buyer": ("economic buyer", "recipient_email"),
    "csm": ("CSM", "csm_email"),
    "sales_owner": ("sales owner", "sales_owner_email"),
}
# How a message goes out, in words.
SENDING = {
    "approve": "after approval",
    "draft_only": "never from here: it is drafted, and a person sends it elsewhere",
    "automatic": "by itself once it has earned it, sampled",
}
# A kind of draft, or a template by its key.
About = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]


class MessageRule(Part):
    """What a lane says of one kind of message, or of those from one template.

    `sending`: "approve" waits for a person, "draft_only" is approved and then sent by a person elsewhere, "automatic"
    goes by itself since `automatic_since`, where it has earned it (policy.earned); what was stood down begins again
    with a new date. `approve_segments` are segments whose messages a person approves even where a lane would send them
    by itself. `suppressed_when` is a CEL condition over `conditions.MESSAGE_FACTS`, in the words of `suppressed_says`.
    `may_promise` are the only kinds of promises it may make (None: whatever it may not is allowed);
    what holds already may always be repeated.
    """

    sending: Literal["approve", "draft_only", "automatic"]
    automatic_since: date | None = None
    approve_segments: tuple[Key, ...] = ()
    suppressed_when: str | None = None
    suppressed_says: Says | None = None
    to_role: Receiver | None = None
    reply_to: OurRole | None = None
    may_promise: tuple[Promised, ...] | None = None
    may_not_promise: tuple[Promised, ...] = ()

    @model_validator(mode="after")
    def _said_in_words(self) -> MessageRule:
        if (self.suppressed_when is None) != (self.suppressed_says is None):
            raise ValueError("suppressed_when is the condition and suppressed_says the same in words; write both")
        return self

    @model_validator(mode="after")
    def _dated(self) -> MessageRule:
        if (self.sending == "automatic") != (self.automatic_since is not None):
            raise ValueError('sending = "automatic" and automatic_since, the day it begins, stand together; write both')
        return self

    @property
    def refused(self) -> tuple[Promised, ...]:
        """The kinds of promises that it may not make."""
        kinds: tuple[Promised, ...] = get_args(Promised)
        allowed = kinds if self.may_promise is None else self.may_promise
        return tuple(kind for kind in kinds if kind not in allowed or kind in self.may_not_promise)


def flaws(policy: Policy) -> list[Flaw]:
    """Rules for messages that do not exist, and words of a rule that cannot hold, each with file, line and mend."""
    from reviewqueue.policy.loading import Flaw  # noqa: PLC0415  (loading imports this room)

    return [
        Flaw(policy.place(f"lane:{lane.key}", "messages", about, word), says)
        for lane in policy.lanes
        for about, rule in lane.messages.items()
        for word, says in _wrong(policy, lane, about, rule)
    ]


def _wrong(policy: Policy, lane: Lane, about: str, rule: MessageRule) -> Iterator[tuple[str, str]]:
    template = next((one for one in policy.templates if one.message and one.key == about), None)
    kind = template.kind if template else about if about in (*TO_CUSTOMERS, *TO_US) else ""
    if not kind:
        known = [*TO_CUSTOMERS, *TO_US, *(one.key for one in policy.templates if one.message)]
        near = get_close_matches(about, known, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"name one of {', '.join(known)}"
        yield "", f"{about!r} is no message, neither a kind of them nor a template; {hint}"
        return
    yield from earned.wrong(policy, lane, about, rule)
    ours = rule.to_role in get_args(OurRole)
    if rule.to_role and ours != (kind in TO_US):
        who = [one for one in ROLES if (one in get_args(OurRole)) == (kind in TO_US)]
        yield "to_role", f"a message of kind {kind!r} is not for the {ROLES[rule.to_role][0]}; write {' or '.join(who)}"
    elif rule.to_role and template and template.message and (fact := ROLES[rule.to_role][1]) not in template.message.to:
        says = f"the template writes to {', '.join(template.message.to)}; let its `to` name {fact}"
        yield "to_role", f"{says}, or take to_role away"
    if both := sorted({*(rule.may_promise or ())} & {*rule.may_not_promise}):
        yield "may_not_promise", f"{', '.join(both)} may be promised and may not; take it out of one of the two"
