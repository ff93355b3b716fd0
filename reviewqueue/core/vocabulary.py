"""The words that every layer shares: roles, acts, states, kinds of drafts, source systems. Plain values, no rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

Role = Literal[
    "csm",
    "revops",
    "implementation_lead",
    "cs_leader",
    "manager",
    "sales_owner",
    "finance",
    "product_owner",
    "auditor",
    "admin",
]
Involved = Literal["author", "editor", "delegate", "delegator", "automation_owner"]

ActKey = Literal["approve", "edit", "send_back", "escalate", "override", "reject"]
# Looking at a source that changed is no decision, and takes a reason as one does.
LookKey = Literal["look"]


@dataclass(frozen=True)
class Act:
    """What a person may do with an item, and the words for it: `label` of the button that offers it, `heading` and
    `button` of its form (`%d` is the revision's number), `asks` of the text in it, `done` once it is recorded.

    `needs_text`: it takes a text whatever the gate says. `lets_through`: it is a vote that the draft passes as it
    stands. `state_after`: the state that it alone moves the item to. `in_bulk`: several items can be decided with it at
    once. `grave`: its button warns. `key` is persisted, and in the API and the policy.
    """

    key: ActKey
    label: str
    done: str
    shortcut: str
    icon: str
    heading: str = ""
    asks: str = ""
    button: str = ""
    needs_text: bool = True
    lets_through: bool = False
    state_after: str = ""
    in_bulk: bool = False
    grave: bool = False


_ACTS = (
    Act(
        "approve", "Approve", "Approved", "a", "check-lg", "Approve revision %d", "What you checked",
        needs_text=False, lets_through=True, in_bulk=True,
    ),
    Act("edit", "Edit", "Edited", "e", "pencil", needs_text=False),
    Act(
        "send_back", "Send back", "Sent back", "s", "arrow-return-left", "Send revision %d back to the automation",
        "What has to change", state_after="sent_back", in_bulk=True,
    ),
    Act(
        "escalate", "Escalate", "Escalated", "x", "arrow-up-circle", "Escalate", "Why you escalate it",
        state_after="escalated", in_bulk=True,
    ),
    Act(
        "override", "Override", "Overridden", "o", "shield-exclamation",
        "Override: let it through although checks fail", "Why it may pass", lets_through=True, grave=True,
    ),
    Act(
        "reject", "Reject", "Rejected", "r", "x-lg", "Reject this item", "Why not",
        state_after="rejected", in_bulk=True, grave=True,
    ),
)  # fmt: skip
# The acts by their keys, in the order in which the page offers them.
ACTS: Mapping[str, Act] = {act.key: act for act in _ACTS}
LETS_THROUGH = tuple(act.key for act in _ACTS if act.lets_through)
STOPPING_ACTS = tuple(act.key for act in _ACTS if not act.lets_through)  # they keep a draft from passing as it was
CHECK_WRONG = "check-wrong"  # the reason code of an override that says the check was wrong

# The states of an item: those that wait for a person, and those that are final.
OPEN = ("pending", "escalated", "sent_back")
UNDECIDED = ("pending", "escalated")  # they wait for a reviewer; what was sent back waits for its author
SETTLED = ("approved", "released", "rejected", "withdrawn", "superseded", "expired")
APPROVED = ("approved", "released")
DECIDED = (*APPROVED, "rejected")  # final, and by a reviewer

PACKET, QUESTION, POLICY_CHANGE = "handoff_packet", "trigger_question", "policy_change"
LEADER_SUMMARY = "leader_summary"
PLAN = "project_plan"
# The kinds whose approval starts more than a release, so that it is not undone.
STARTS_MORE = (PACKET, QUESTION, POLICY_CHANGE, "kickoff_brief", PLAN)


@dataclass(frozen=True)
class Kind:
    """A kind of draft. `to_customer` and `to_us`: it is sent as a message, to a customer or to our own people.
    `is_document`: it is written at the start of an onboarding. `why_alone`: why it is not decided together with others,
    and `why_not_edited`; what has them is no draft about one customer (NOT_DRAFTS): it is to be answered or read, and
    belongs to no onboarding. `acts` are those that are worded otherwise for it."""

    key: str
    called: str = ""
    to_customer: bool = False
    to_us: bool = False
    is_document: bool = False
    why_alone: str = ""
    why_not_edited: str = ""
    acts: Mapping[str, Act] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """The kind in words: `customer_email` is "customer e-mail"."""
        return self.called or self.key.replace("_", " ")


_KINDS = (
    Kind(PACKET, is_document=True),
    Kind(
        QUESTION, "question", why_alone="A question is answered on its own page",
        why_not_edited="A question is answered or closed, not edited",
        acts={
            "approve": replace(
                ACTS["approve"], label="Answer", done="Answered", heading="Answer the question",
                button="Answer and start the onboarding",
            ),
            "reject": replace(
                ACTS["reject"], label="Close", done="Closed", heading="Close the question",
                button="Close the question", asks="Why no onboarding starts",
            ),
        },
    ),
    Kind("kickoff_brief", is_document=True),
    Kind(PLAN, is_document=True),
    Kind("risk_summary", is_document=True),
    Kind("customer_email", "customer e-mail", to_customer=True),
    Kind("portal_update", to_customer=True),
    Kind("task_reminder", to_customer=True),
    Kind("internal_alert", to_us=True),
    Kind("sales_question", to_us=True),
    Kind(
        POLICY_CHANGE, why_alone="A policy change is read whole",
        why_not_edited="A proposal is not edited: who wants other rules proposes them on the policy page",
        acts={"send_back": replace(ACTS["send_back"], heading="Send it back to who proposed it")},
    ),
    Kind(
        LEADER_SUMMARY, "weekly risk summary", why_alone="A weekly risk summary is read whole",
        why_not_edited="A weekly risk summary is not edited: correct the plan, the exception or the CRM",
    ),
)  # fmt: skip
# The kinds that are drafted here, by their keys. An automation may send further ones.
KINDS: Mapping[str, Kind] = {kind.key: kind for kind in _KINDS}
TO_CUSTOMERS = tuple(kind.key for kind in _KINDS if kind.to_customer)
INTERNAL_MESSAGES = tuple(kind.key for kind in _KINDS if kind.to_us)
ANY_MESSAGE = (*TO_CUSTOMERS, *INTERNAL_MESSAGES)
DOCUMENTS = tuple(kind.key for kind in _KINDS if kind.is_document)
NOT_DRAFTS = tuple(kind.key for kind in _KINDS if kind.why_alone)

# How far a lane may go: nothing is taken in; drafts are reviewed and nothing leaves; what is approved leaves; what
# meets the auto-send criteria leaves without review; stopped.
Stage = Literal["off", "shadow", "pilot", "live", "stopped"]

# The systems whose deals we can read, and all that we call by their name. `connectors.schema` has the fields of each.
SYSTEMS = ("salesforce", "hubspot")
# The system of the records that we make ourselves; no automation can send any.
OWN_SYSTEM = "reviewqueue"
SYSTEM_NAMES = {
    "salesforce": "Salesforce",
    "hubspot": "HubSpot",
    "stripe": "Stripe",
    "chargebee": "Chargebee",
    "gong": "Gong",
    "asana": "Asana",
    "jira": "Jira",
}


def system_name(key: str) -> str:
    """The name of a source system as people write it; the key itself for one that is not known."""
    return SYSTEM_NAMES.get(key, key)


def kind_of(key: str) -> Kind:
    """The kind of that key; for one that is not drafted here a plain one."""
    return KINDS.get(key) or Kind(key)


def act_on(kind: str, act: str) -> Act:
    """An act, as it is worded for that kind of draft."""
    return kind_of(kind).acts.get(act) or ACTS[act]
