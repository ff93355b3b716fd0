"""The words that every layer shares: roles, acts, states, kinds of drafts, source systems. Plain values, no rules."""

from __future__ import annotations

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

# What a person may do with an item, in the order the page offers it; and which of them ask for a text every time.
Act = Literal["approve", "edit", "send_back", "escalate", "override", "reject"]
ACTS: tuple[Act, ...] = ("approve", "edit", "send_back", "escalate", "override", "reject")
TEXT_ALWAYS: tuple[Act, ...] = ("send_back", "escalate", "override", "reject")
STOPPED = ("edit", "send_back", "reject", "escalate")  # the acts by which a person kept a draft from passing as it was
CHECK_WRONG = "check-wrong"  # the reason code of an override that says the check was wrong

# The states of an item: those that wait for a person, and those that are final.
OPEN = ("pending", "escalated", "sent_back")
SETTLED = ("approved", "released", "rejected", "withdrawn", "superseded", "expired")

# The kinds of drafts that are sent as a message: to a customer, and to our own people.
MESSAGES = ("customer_email", "portal_update", "task_reminder")
TO_US = ("internal_alert", "sales_question")
POLICY_CHANGE = "policy_change"  # the one kind of item that is about no customer
# Kinds that state nothing of a customer: a question lists candidates, a policy change is no prose.
STATES_NOTHING = ("trigger_question", POLICY_CHANGE)

# How far a lane may go: nothing is taken in; drafts are reviewed and nothing leaves; what is approved leaves; what
# meets the auto-send criteria leaves without review; stopped.
Stage = Literal["off", "shadow", "pilot", "live", "stopped"]

# The systems whose deals we can read, and all that we call by their name. `connectors.schema` has the fields of each.
SYSTEMS = ("salesforce", "hubspot")
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


def kind_words(kind: str) -> str:
    """A kind of draft in words: `customer_email` is "customer e-mail"."""
    return {"customer_email": "customer e-mail", "trigger_question": "question"}.get(kind, kind.replace("_", " "))
