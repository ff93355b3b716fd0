"""The shapes of what is given back, for the OpenAPI document; a test holds the real answers against them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from reviewqueue.records.items import STATES


class Shape(BaseModel):
    """An object of an answer, closed: a test holds the real answers against it."""

    model_config = ConfigDict(extra="forbid")


class Fault(Shape):
    """One place at fault."""

    at: str = Field(description="A JSON Pointer into what was sent; empty for the whole.")
    message: str


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Fault] = []


class RevisionRef(Shape):
    number: int
    digest: str


class RevisionShown(RevisionRef):
    evidence_digest: str
    based_on: str = Field(description="The digest it answers; empty for the first.")
    author: Literal["automation", "person"]
    at: str
    confidence: Decimal | None = Field(description="The automation's own; null when it said nothing.")


class CheckShown(Shape):
    key: str
    outcome: Literal["pass", "warn", "fail"]
    blocking: bool
    confidence: Decimal | None
    message: str
    at: str
    origin: str = Field(description="Empty for our own checks, else the automation that sent it along.")
    version: int


class NeedShown(Shape):
    code: str
    says: str
    rule: str
    at: str


class OnboardingShown(Shape):
    external_id: str
    customer: str


class SourceShown(Shape):
    ref: str
    system: str
    object: str
    id: str
    fetched_at: str | None
    payload: dict[str, Any]
    digest: str


class CitationShown(Shape):
    at: str
    quote: str
    source: str
    path: str


class ReasonShown(Shape):
    code: str
    text: str


class DecisionShown(Shape):
    action: Literal["approve", "edit", "send_back", "escalate", "override", "reject"]
    reason: ReasonShown
    by: str
    at: str
    revision_digest: str
    evidence_digest: str
    policy_digest: str
    checks_passed_over: list[str]
    expires_at: str | None
    choice: str | None = None
    draft: dict[str, Any] | None = Field(default=None, description="The draft decided on, if a person edited it.")


class Standing(Shape):
    """Where an item stands and what it still needs."""

    id: int
    url: str
    state: Literal[STATES]  # type: ignore[valid-type]
    gate: str
    revision: RevisionRef
    checks: list[CheckShown]
    needs: list[NeedShown]
    due_at: str


class Paused(Shape):
    """What an open item waits for while its clock stands still, and since when."""

    waits: Literal["waiting_for_customer", "waiting_for_sales"]
    since: str


class HoldShown(Shape):
    """One thing that holds a release, in words, and the page where it ends."""

    code: Literal["exception", "source", "correction", "override", "setting"]
    says: str
    url: str | None


class ReleaseShown(Shape):
    """What goes out of an approved item: of one approved content, once. `held` while something holds it: `because`."""

    id: int
    key: str = Field(description="The same over every attempt; whoever receives it can tell a repetition by it.")
    to: str = Field(description="The destination that the policy names.")
    state: Literal["waiting", "held", "sending", "released", "unknown", "failed", "given_up"]
    digest: str = Field(description="Of the approved revision: what goes out is what has this digest.")
    because: list[HoldShown]
    sent_at: str | None
    sent_by: str


class SentShown(Shape):
    """What became of a report of what was sent. `agrees` is false where it opened an exception: `says` tells why."""

    id: int
    url: str
    state: Literal[STATES]  # type: ignore[valid-type]
    agrees: bool
    says: str


class ItemShown(Standing):
    """An item whole. `outcome` is the decision that brought its state, null until there is one."""

    paused: Paused | None = Field(description="While it is paused, `due_at` moves with every business hour.")
    overdue_at: str | None = Field(description="When nobody had decided in time and the clock last took it further up.")
    expires_at: str | None = Field(
        description="When it ends by itself, undecided; null where its gate has no such end."
    )
    lane: str
    kind: str
    why: str
    title: str
    onboarding: OnboardingShown | None
    draft: dict[str, Any]
    revision: RevisionShown
    sources: list[SourceShown]
    citations: list[CitationShown]
    decisions: list[DecisionShown]
    outcome: DecisionShown | None
    policy_digest: str
    opened_at: str
    settled_at: str | None
    superseded_by: int | None
    callback_url: str | None
    release: ReleaseShown | None = Field(description="Null until it is approved, and where its gate releases nowhere.")


class ItemLine(Shape):
    """An item in a list."""

    id: int
    url: str
    lane: str
    gate: str
    kind: str
    state: Literal[STATES]  # type: ignore[valid-type]
    title: str
    onboarding: OnboardingShown | None
    revision: RevisionRef
    opened_at: str
    due_at: str
    paused: Paused | None
    overdue_at: str | None
    expires_at: str | None
    settled_at: str | None
    superseded_by: int | None


class Page(Shape):
    """A page of items, newest last; `next` leads on, null at the end."""

    items: list[ItemLine]
    next: str | None
