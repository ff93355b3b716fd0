"""Sending checks: that a draft can be sent as what it is, and shows in a mail program what it shows here.

The rule is `mime.message`, which the mailer asks again before it sends.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from reviewqueue.checks.messages import TO_CUSTOMERS
from reviewqueue.evidence import CheckResult
from reviewqueue.mime import message
from reviewqueue.policy.destinations import Destination
from reviewqueue.policy.message_rules import TO_US
from reviewqueue.policy.shape import Lane, Policy

# Kinds that are messages to somebody wherever they are sent from.
TO_SOMEBODY = ("customer_email", *TO_US)


def check(policy: Policy, lane: Lane, kind: str, draft: Any, told: Collection[CheckResult] = ()) -> list[CheckResult]:
    """`text.encoded` of any message; `message.sendable` of one that names nobody, and of whatever an e-mail from here
    cannot carry where its gate sends e-mail. `told` are results that are said already."""
    flaws = _flaws(policy, lane, kind, draft)
    said = {(one.key, one.at) for one in told}
    return [CheckResult(one.key, "fail", True, one.says, one.at) for one in flaws if (one.key, one.at) not in said]


def _flaws(policy: Policy, lane: Lane, kind: str, draft: Any) -> list[message.Flaw]:
    to = destination(policy, lane, kind)
    if to is not None and to.kind == "email":
        return message.read(draft, smtputf8=to.smtputf8)[1]
    if kind not in (*TO_CUSTOMERS, *TO_US) or not isinstance(draft, dict):
        return []
    nobody = message.nobody(draft) if kind in TO_SOMEBODY else None
    return [*message.encoded(draft), *([nobody] if nobody else [])]


def destination(policy: Policy, lane: Lane, kind: str) -> Destination | None:
    """Where a draft of this kind is released to, once approved; None where its gate releases nowhere."""
    gate = policy.gate(lane.key, lane.kinds.get(kind, ""))
    return policy.destination(gate.release) if gate else None
