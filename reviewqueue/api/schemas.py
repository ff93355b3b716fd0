"""The schemas of what the API returns, for the OpenAPI document; a test validates real answers against them."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from reviewqueue.core.vocabulary import ActKey
from reviewqueue.db.tables.items import STATES
from reviewqueue.evidence.types import Way

# A number with its own digits: JSON has it as a number, where the library that writes the document would say string.
Share = Annotated[Decimal, WithJsonSchema({"type": "number", "minimum": 0, "maximum": 1})]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Address = Annotated[str, Field(json_schema_extra={"format": "uri"})]


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
    who: str = Field(default="", description="Of a conflict: who acted meanwhile.")
    when: str = Field(default="", description="Of a conflict: when that was.")
    what: str = Field(default="", description="Of a conflict: what they did.")


class RevisionRef(Shape):
    number: int
    digest: Digest


class RevisionShown(RevisionRef):
    evidence_digest: Digest
    based_on: str = Field(description="The digest it answers; empty for the first.")
    author: Literal["automation", "person"]
    at: Moment
    confidence: Share | None = Field(description="The automation's own; null when it said nothing.")


class CheckShown(Shape):
    key: str
    outcome: Literal["pass", "warn", "fail"]
    blocking: bool
    confidence: Share | None
    message: str
    at: str
    origin: str = Field(description="Empty for our own checks, else the automation that sent it along.")
    version: int
    model: str = Field(description="The digest of the model that found it; empty where rules did.")


class NeedShown(Shape):
    code: str
    says: str
    rule: str
    at: str


class OnboardingShown(Shape):
    external_id: str
    customer: str


class ArrivalShown(Shape):
    """How a record came: fetched by us, signed by its vendor, imported by a person, or claimed by an automation;
    through which automation, and when."""

    way: Way
    by: str | None
    at: Moment | None


class SourceShown(Shape):
    ref: str
    system: str
    object: str
    id: str
    fetched_at: Moment | None
    payload: dict[str, Any]
    digest: Digest
    arrival: ArrivalShown | None


class CitationShown(Shape):
    at: str
    quote: str
    source: str
    path: str


class ReasonShown(Shape):
    code: str
    text: str


class DecisionShown(Shape):
    action: ActKey
    reason: ReasonShown
    by: str
    at: Moment
    revision_digest: Digest
    evidence_digest: Digest
    policy_digest: Digest
    checks_passed_over: list[str]
    expires_at: Moment | None
    choice: str | None = None
    draft: dict[str, Any] | None = Field(default=None, description="The draft decided on, if a person edited it.")


class LookShown(Shape):
    """Somebody looked at a source change and says why the draft is right all the same."""

    by: str
    reason: ReasonShown
    at: Moment


class SourceChangeShown(Shape):
    """A cited field that says something else since the draft was written; null for nothing there."""

    source: str
    path: str
    was: str | None
    now: str | None
    since: Moment
    waits: bool = Field(description="Whether nobody, or not enough people, looked at it yet.")
    looks: list[LookShown]


class NoticeShown(Shape):
    """What an approved message of the same onboarding, kind and subject means for what was submitted: `item` is that
    message's. `approved-already` and `sent-already`: it is the same, and nothing was opened. `holds-earlier`: this is
    another text of it, and it is held until this is decided. `follows-sent`: it went out, and this is one more.
    `item` is null for a message that Review Queue drafted for the same purpose."""

    code: Literal["approved-already", "sent-already", "holds-earlier", "follows-sent"]
    says: str
    item: int | None


class Standing(Shape):
    """Where an item stands and what it still needs."""

    id: int
    url: Address
    state: Literal[STATES]  # type: ignore[valid-type]
    gate: str
    revision: RevisionRef
    checks: list[CheckShown]
    needs: list[NeedShown]
    due_at: Moment
    notice: NoticeShown | None = Field(
        default=None, description="Only in the answer to a submission, where a message like it is approved already."
    )


class Paused(Shape):
    """What an open item waits for while its clock is paused, and since when."""

    waits: Literal["waiting_for_customer", "waiting_for_sales"]
    since: Moment


class HoldShown(Shape):
    """One thing that holds a release, in words, and the page where it ends."""

    code: Literal[
        "check-running", "stage", "draft-only", "deal", "ended", "exception", "source", "correction", "override",
        "setting", "newer-draft", "scheduled", "stop", "order", "unapproved",
    ]  # fmt: skip
    says: str
    url: Address | None


class ReleaseShown(Shape):
    """What goes out of an approved item: of one approved content, once. `held` while something holds it: `because`."""

    id: int
    key: str = Field(description="The same over every attempt; whoever receives it can tell a repetition by it.")
    to: str = Field(description="The destination that the policy names.")
    state: Literal["waiting", "held", "sending", "released", "unknown", "failed", "given_up"]
    digest: Digest = Field(description="Of the approved revision: what goes out is what has this digest.")
    because: list[HoldShown]
    send_at: Moment | None = Field(
        description="When it goes out at the earliest; its approval can be undone until then. Null for at once."
    )
    sent_at: Moment | None
    sent_by: str


class Receipt(Shape):
    """The receipt of a release: `receipt` is the text that is signed, canonical JSON (docs/auditing.md)."""

    receipt: str
    key: Digest = Field(description="The public key (Ed25519) that verifies the signature: one of those published.")
    signature: str = Field(pattern=r"^[0-9a-f]{128}$")


class ReceiptKey(Shape):
    """A public key that signs receipts, since when, and the entry of the log that says so."""

    key: Digest
    since: Moment
    position: int


class ReceiptKeys(Shape):
    """Every public key that ever signed a receipt, the newest first."""

    keys: list[ReceiptKey]


class SentShown(Shape):
    """What became of a report of what was sent. `agrees` is false where it opened an exception: `says` tells why."""

    id: int
    url: Address
    state: Literal[STATES]  # type: ignore[valid-type]
    agrees: bool
    says: str


class ItemShown(Standing):
    """An item whole. `outcome` is the decision that brought its state, null until there is one."""

    paused: Paused | None = Field(description="While it is paused, `due_at` moves with every business hour.")
    overdue_at: Moment | None = Field(
        description="When nobody had decided in time and the clock last passed it to the next person."
    )
    expires_at: Moment | None = Field(description="When it expires undecided; null where its gate has no such end.")
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
    policy_digest: Digest
    opened_at: Moment
    settled_at: Moment | None
    superseded_by: int | None
    callback_url: Address | None
    purpose: str | None
    source_changes: list[SourceChangeShown] = Field(
        description="What changed under the current revision: what waits, and what somebody looked at."
    )
    release: ReleaseShown | None = Field(description="Null until it is approved, and where its gate releases nowhere.")


class ItemLine(Shape):
    """An item in a list."""

    id: int
    url: Address
    lane: str
    gate: str
    kind: str
    state: Literal[STATES]  # type: ignore[valid-type]
    title: str
    onboarding: OnboardingShown | None
    revision: RevisionRef
    opened_at: Moment
    due_at: Moment
    paused: Paused | None
    overdue_at: Moment | None
    expires_at: Moment | None
    settled_at: Moment | None
    superseded_by: int | None


class Page(Shape):
    """A page of items, newest last; `next` leads on, null at the end."""

    items: list[ItemLine]
    next: str | None
