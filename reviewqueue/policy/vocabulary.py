"""Vocabulary: the facts that a template may use, each with what it is called and a sentence for whoever edits one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reviewqueue.policy.shape import Policy


@dataclass(frozen=True)
class Word:
    """A fact: its `label` stands in the gap where nobody knows it, with whom to `ask`. `day` says that it is a date;
    one that is there only `sometimes` may stand only in a line that can be left out."""

    label: str
    says: str
    ask: str = "ask sales"
    day: bool = False
    sometimes: bool = False


_CHAIN = "look at the plan"
_ADMIN = "name one for this onboarding"
# Facts beyond the packet's own fields, which each are a fact under their key.
FACTS: dict[str, Word] = {
    "customer": Word("customer", "What the customer is called"),
    "organisation": Word("our organisation", "What we are called", "fill it in"),
    "recipient": Word(
        "customer-side owner",
        "The name of whom the lane writes to (`to_role`): the customer-side owner, or the economic buyer",
    ),
    "recipient_first_name": Word(
        "customer-side owner", "Their first name, where a contact record has it, else their name"
    ),
    "recipient_email": Word("customer-side owner's e-mail", "The address of whom the lane writes to"),
    "csm": Word("CSM", "Who answers to this customer on our side", _ADMIN),
    "csm_email": Word("CSM's e-mail", "The address of our CSM", _ADMIN),
    "implementation_lead": Word("implementation lead", "Who leads the implementation on our side", _ADMIN),
    "sales_owner_email": Word("sales owner's e-mail", "The address of the sales owner", "find it in the CRM"),
    "today": Word("today's date", "The day of drafting, in words", "fill it in", day=True),
    "start": Word(
        "start date", "The first working day from the packet's start date on, never before today, in words", day=True
    ),
    "start_moved": Word(
        "moved start", "A sentence on why the start is not the packet's date; unknown where it is", sometimes=True
    ),
    "start_was": Word(
        "passed start date", "The packet's start date, in words, when it has passed; else unknown", sometimes=True
    ),
    "missing": Word(
        "missing fields",
        "The questions to sales about audited packet fields that are empty, one a line",
        "there are none",
    ),
    "plan_milestones": Word("milestones", "The approved plan's milestones, one a line with owner and date", _CHAIN),
    "milestone_name": Word("milestone", "The milestone this draft is about", _CHAIN),
    "milestone_owner": Word("milestone's owner", "Whose it is", _CHAIN),
    "milestone_evidence": Word(
        "milestone's evidence", "What was recorded as its proof, or else what the plan asks for", _CHAIN
    ),
    "milestone_reached_on": Word("day it was reached", "The day its proof was recorded, in words", _CHAIN, day=True),
    "next_name": Word("next milestone", "The milestone that comes next", _CHAIN),
    "next_owner": Word("next milestone's owner", "Whose the next milestone is", _CHAIN),
    "next_due": Word("next milestone's date", "When the next milestone is due, in words", _CHAIN, day=True),
    "next_exit": Word("next milestone's exit criteria", "When the next milestone counts as reached", _CHAIN),
    "task_name": Word("task", "The customer's task, or the document that is missing", _CHAIN),
    "task_owner": Word("task's owner", "Who on the customer's side has the task", _CHAIN),
    "task_due": Word("task's date", "When the task is due, in words", _CHAIN, day=True),
    "task_where": Word("link to the task", "Where the task is done: a link or a place", _CHAIN),
    "last_heard_on": Word(
        "last sign of life", "The day the customer was last heard of, in words", "look at the calls", day=True
    ),
    "silent_days": Word("days without a word", "For how many business days nothing was heard", "look at the calls"),
}


def facts(policy: Policy) -> dict[str, Word]:
    """Every fact by its name: the packet's fields, then the others."""
    fields = {
        field.key: Word(field.label[:1].lower() + field.label[1:], f"The packet's field “{field.label}”")
        for field in policy.packet.fields
    }
    return {**fields, **FACTS}
