"""Auto-send as the policy allows it: which messages may be sent without a review, since when, and what is wrong with
such a rule. Whether a message has qualified is in `lanes/autosend`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from reviewqueue.policy.model.messages import MessageRule
from reviewqueue.policy.model.policy import Lane, Policy

# The messages that may be sent automatically once they qualify: our templates, and what each is. By template alone:
# what an automation says its draft is proves nothing.
ALLOWED_MESSAGES: dict[str, str] = {
    "kickoff-scheduling": "a kickoff scheduling nudge",
    "missing-document": "a missing-document reminder",
    "portal-task": "a portal task reminder",
    "task-reminder": "a task reminder",
    "task-complete": "a confirmation that a customer's task is complete",
    "inactivity-alert": "an internal alert about an inactive customer",
}


def automatic_rules(lane: Lane) -> dict[str, MessageRule]:
    """The rules of a lane's file that say their message is sent automatically, by kind or template."""
    return {about: rule for about, rule in lane.messages.items() if rule.sending == "automatic"}


def automatic_since(rule: MessageRule) -> date:
    """The date of an automatic rule: from when its message is sent automatically."""
    assert rule.automatic_since is not None  # noqa: S101  (a rule has both or neither)
    return rule.automatic_since


def flaws(policy: Policy, lane: Lane, about: str, rule: MessageRule) -> Iterator[tuple[str, str]]:
    """Why a message of this lane may not be sent automatically at all, each as (word of the rule, what is wrong)."""
    if rule.sending != "automatic":
        return
    template = policy.template(about)
    if about not in ALLOWED_MESSAGES or template is None:
        known = ", ".join(f"{key} ({says})" for key, says in ALLOWED_MESSAGES.items())
        yield "sending", f"{about!r} is never sent automatically; those that may, once they have earned it: {known}"
    elif template.message is None or template.kind == "sales_question":
        says = f"{about!r} may be sent automatically as {ALLOWED_MESSAGES[about]}"
        yield "sending", f'{says}, and its template is of kind {template.kind!r}; write "approve"'
    elif lane.stage not in ("live", "stopped"):  # a stopped lane keeps its rules, and sends nothing
        yield (
            "sending",
            f'nothing is sent automatically in a lane in stage {lane.stage!r}; write "approve", or stage = "live"',
        )
