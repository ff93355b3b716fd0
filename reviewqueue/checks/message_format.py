"""Checks that a draft can be sent as an e-mail, and looks in a mail program as it looks here.

The rules are in `core/mime/message.py`; the mailer applies them again before it sends.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from reviewqueue.core.mime import message
from reviewqueue.core.vocabulary import ANY_MESSAGE, INTERNAL_MESSAGES
from reviewqueue.evidence.types import CheckResult
from reviewqueue.policy.model.destinations import Destination
from reviewqueue.policy.model.policy import Lane, Policy
from reviewqueue.policy.released_to import released_to

# Kinds that are addressed messages, whatever their gate's destination.
TO_SOMEBODY = ("customer_email", *INTERNAL_MESSAGES)


def check(
    policy: Policy, lane: Lane, kind: str, draft: Any, earlier: Collection[CheckResult] = ()
) -> list[CheckResult]:
    """`text.encoded` for any message; `message.sendable` for one without a recipient, and, where its gate releases by
    e-mail, for whatever an e-mail cannot carry. `earlier` are results that other checks gave already; they are not
    repeated."""
    flaws = _flaws(policy, lane, kind, draft)
    reported = {(one.key, one.at) for one in earlier}
    return [CheckResult(one.key, "fail", True, one.says, one.at) for one in flaws if (one.key, one.at) not in reported]


def _flaws(policy: Policy, lane: Lane, kind: str, draft: Any) -> list[message.MessageFlaw]:
    to = destination(policy, lane, kind)
    if to is not None and to.can.addressed:
        return message.read(draft, smtputf8=to.smtputf8)[1]
    if kind not in ANY_MESSAGE or not isinstance(draft, dict):
        return []
    nobody = message.no_recipient_flaw(draft) if kind in TO_SOMEBODY else None
    return [*message.encoded(draft), *([nobody] if nobody else [])]


def destination(policy: Policy, lane: Lane, kind: str) -> Destination | None:
    """Where a draft of this kind is released to, once approved; None where its gate releases nowhere."""
    gate = policy.gate(lane.key, lane.kinds.get(kind, ""))
    return released_to(policy, gate, kind)
