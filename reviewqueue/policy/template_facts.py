"""The facts that a template may use as `{{ fact }}`, each with its label and a sentence for whoever edits a
template."""

from __future__ import annotations

from dataclasses import dataclass

from reviewqueue.core.patterns import as_pattern
from reviewqueue.policy.model.policy import Policy

GAP = as_pattern(r"\[[^\[\]\n]{1,120}: not known, [^\[\]\n]{1,80}\]")


@dataclass(frozen=True)
class TemplateFact:
    """A fact: its `label` fills the gap where it is not known, with whom to `ask`. `day` says that it is a date; one
    that is known only `sometimes` may stand only in a line that can be left out."""

    label: str
    says: str
    ask: str = "ask sales"
    day: bool = False
    sometimes: bool = False


_CHAIN = "look at the plan"
_ADMIN = "name one for this onboarding"
# Facts beside the packet's own fields; each of those is a fact under its key.
FACTS: dict[str, TemplateFact] = {
    "customer": TemplateFact("customer", "What the customer is called"),
    "organisation": TemplateFact("our organisation", "What we are called", "fill it in"),
    "recipient": TemplateFact(
        "customer-side owner",
        "The name of whom the lane writes to (`to_role`): the customer-side owner, or the economic buyer",
    ),
    "recipient_first_name": TemplateFact(
        "customer-side owner", "Their first name, where a contact record has it, else their name"
    ),
    "greeting": TemplateFact(
        "greeting", "“Hello” and the first names of those the message goes to, as far as they are known", "fill it in"
    ),
    "recipient_email": TemplateFact("customer-side owner's e-mail", "The address of whom the lane writes to"),
    "csm": TemplateFact("CSM", "Who answers to this customer on our side", _ADMIN),
    "csm_email": TemplateFact("CSM's e-mail", "The address of our CSM", _ADMIN),
    "implementation_lead": TemplateFact("implementation lead", "Who leads the implementation on our side", _ADMIN),
    "sales_owner_email": TemplateFact("sales owner's e-mail", "The address of the sales owner", "find it in the CRM"),
    "answer_link": TemplateFact(
        "link to the answers",
        "The page on which the sales owner answers by field; unknown where no mail is set up, or no public address",
        sometimes=True,
    ),
    "today": TemplateFact("today's date", "The day of drafting, in words", "fill it in", day=True),
    "start": TemplateFact(
        "start date", "The first working day from the packet's start date on, never before today, in words", day=True
    ),
    "start_moved": TemplateFact(
        "moved start", "A sentence on why the start is not the packet's date; unknown where it is", sometimes=True
    ),
    "start_was": TemplateFact(
        "passed start date", "The packet's start date, in words, when it has passed; else unknown", sometimes=True
    ),
    "missing": TemplateFact(
        "missing fields",
        "The questions to sales about audited packet fields that are empty, one a line",
        "there are none",
    ),
    "plan_milestones": TemplateFact(
        "milestones", "The approved plan's milestones, one a line with owner and date", _CHAIN
    ),
    "milestone_name": TemplateFact("milestone", "The milestone this draft is about", _CHAIN),
    "milestone_owner": TemplateFact("milestone's owner", "Whose it is", _CHAIN),
    "milestone_evidence": TemplateFact(
        "milestone's evidence", "What was recorded as its proof, or else what the plan asks for", _CHAIN
    ),
    "milestone_reached_on": TemplateFact(
        "day it was reached", "The day its proof was recorded, in words", _CHAIN, day=True
    ),
    "next_name": TemplateFact("next milestone", "The milestone that comes next", _CHAIN),
    "next_owner": TemplateFact("next milestone's owner", "Whose the next milestone is", _CHAIN),
    "next_due": TemplateFact("next milestone's date", "When the next milestone is due, in words", _CHAIN, day=True),
    "next_due_ahead": TemplateFact(
        "next milestone's date", "The same where that day is today or still to come", _CHAIN, day=True, sometimes=True
    ),
    "next_due_passed": TemplateFact(
        "next milestone's date", "The same where that day has passed", _CHAIN, day=True, sometimes=True
    ),
    "next_exit": TemplateFact("next milestone's exit criteria", "When the next milestone counts as reached", _CHAIN),
    "task_name": TemplateFact("task", "The customer's task, or the document that is missing; of several, all", _CHAIN),
    "task_headline": TemplateFact(
        "task", "The task's name, or the question to the customer; of several, the first and how many more", _CHAIN
    ),
    "task_list": TemplateFact("tasks", "The task with its owner; of several, one a line", _CHAIN),
    "task_owner": TemplateFact("task's owner", "Who on the customer's side has the task; of several, all", _CHAIN),
    "task_due": TemplateFact("task's date", "When the task is due, in words", _CHAIN, day=True),
    "task_due_ahead": TemplateFact(
        "task's date", "The same where that day is today or still to come", _CHAIN, day=True, sometimes=True
    ),
    "task_due_passed": TemplateFact(
        "task's date", "The same where that day has passed", _CHAIN, day=True, sometimes=True
    ),
    "task_where": TemplateFact("link to the task", "Where the task is done: a link or a place", _CHAIN),
    "last_heard_on": TemplateFact(
        "last sign of life", "The day the customer was last heard of, in words", "look at the calls", day=True
    ),
    "silent_days": TemplateFact(
        "days without a word", "For how many business days nothing was heard", "look at the calls"
    ),
    "silent_for": TemplateFact("time without a word", "The same with its unit: “1 business day”", "look at the calls"),
}


def facts(policy: Policy) -> dict[str, TemplateFact]:
    """Every fact by its name: the packet's fields, then the others."""
    fields = {
        field.key: TemplateFact(field.label[:1].lower() + field.label[1:], f"The packet's field “{field.label}”")
        for field in policy.packet.fields
    }
    return {**fields, **FACTS}


def placeholder(word: TemplateFact) -> str:
    """What stands in a text for a fact that is not known: `[customer-side owner: not known, ask sales]`."""
    return f"[{word.label}: not known, {word.ask}]"
