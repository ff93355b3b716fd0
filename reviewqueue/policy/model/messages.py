"""Message rules: how a lane sends each kind of message, when it holds it back, to whom it goes, and what it may
promise."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, get_args

from pydantic import StringConstraints, model_validator

from reviewqueue.evidence.promises import Kind as Promised
from reviewqueue.policy.model.base import Key, PolicyTable, Says

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
    "automatic": "automatically once it has earned it, sampled",
}
# A kind of draft, or a template by its key.
About = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]


class MessageRule(PolicyTable):
    """What a lane says of one kind of message, or of those from one template.

    `sending`: "approve" waits for a person; "draft_only" is approved and then sent by a person elsewhere; "automatic"
    is sent automatically since `automatic_since`, where it has qualified (policy.earned); once revoked, it starts again
    with a new date. Messages for the segments in `approve_segments` are approved by a person even where the lane would
    send them automatically. `suppressed_when` is a CEL condition over `conditions.MESSAGE_FACTS`, in the words of
    `suppressed_says`. `may_promise` are the only kinds of promises it may make (None: all but those of
    `may_not_promise`); a promise that holds already may always be repeated.
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
            raise ValueError('sending = "automatic" and automatic_since, the day it begins, go together; write both')
        return self

    @property
    def refused(self) -> tuple[Promised, ...]:
        """The kinds of promises that it may not make."""
        kinds: tuple[Promised, ...] = get_args(Promised)
        allowed = kinds if self.may_promise is None else self.may_promise
        return tuple(kind for kind in kinds if kind not in allowed or kind in self.may_not_promise)
