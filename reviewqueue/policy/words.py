"""Words: what every part of a policy is written in: keys, roles, acts, and tables that refuse what they do not know."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Strict, StringConstraints


def _own_domain(name: str) -> str:
    from reviewqueue.checks.domains import ascii_of  # noqa: PLC0415  (checks read policies)
    from reviewqueue.checks.hosts import SHARED, registered  # noqa: PLC0415

    found = ascii_of(name)
    if not found:
        raise ValueError(f"{name!r} is no mail domain; write what stands after the @, such as company.com")
    if found in SHARED or not registered(found):
        raise ValueError(f"everybody may have an address at {name}, so it is not yours; take it away")
    return name


def _read_here(system: str) -> str:
    from reviewqueue.drafting.facts import SHAPES  # noqa: PLC0415  (drafting reads policies)

    if system not in SHAPES:
        raise ValueError(f"nobody here reads the deals of {system!r}; write {' or '.join(SHAPES)}")
    return system


Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
Kind = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
System = Annotated[str, AfterValidator(_read_here)]
# What an organisation is called, in messages to customers too: EY is a name.
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
# What the shipped policy says in its place: nobody's name, and never written into a draft.
UNNAMED = "Your organisation"
Says = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=600)]
Domain = Annotated[str, AfterValidator(_own_domain)]
Pointer = Annotated[str, StringConstraints(pattern=r"^(/[^/]+)+$")]
# Numbers as a file writes them: `true` is none, and neither is "4".
Whole = Annotated[int, Strict()]
Number = Annotated[float, Strict()]
# How far a lane may go: nothing taken in; reviewed, nothing leaves; reviewed, and what is approved leaves; what has
# earned it goes by itself; stopped.
Stage = Literal["off", "shadow", "pilot", "live", "stopped"]
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
Act = Literal["approve", "edit", "send_back", "escalate", "override", "reject"]
ACTS: tuple[Act, ...] = ("approve", "edit", "send_back", "escalate", "override", "reject")
TEXT_ALWAYS: tuple[Act, ...] = ("send_back", "escalate", "override", "reject")
Involved = Literal["author", "editor", "delegate", "delegator", "automation_owner"]


POLICY_CHANGE = "policy_change"  # the one kind of item that is about no customer


def kind_words(kind: str) -> str:
    """A kind of draft in words: `customer_email` is "customer e-mail"."""
    return {"customer_email": "customer e-mail", "trigger_question": "question"}.get(kind, kind.replace("_", " "))


class Part(BaseModel):
    """One table of a policy file: immutable, and it refuses words it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)
