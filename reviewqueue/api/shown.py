"""What is given back: the answers of the contract, and their shapes for the OpenAPI document."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from reviewqueue import messages, opening
from reviewqueue.follow import Followed
from reviewqueue.override_log import moment
from reviewqueue.proofs import canonical
from reviewqueue.records.items import STATES, Decision, Item
from reviewqueue.web.extensions import settings


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


def answer(value: dict[str, Any], status: int = 200) -> Response:
    """A JSON answer in canonical text: the same value is the same bytes, and numbers keep their digits."""
    return Response(canonical.write(value, digits=True), status, mimetype="application/json")


def link(path: str) -> str:
    """An address in full."""
    return settings().address() + path


def opened(given: dict[str, Any]) -> dict[str, Any]:
    """Where an item stands that was just opened, from the answer that is kept for its repetition."""
    return {**given, "url": link(given["url"]), "checks": [_check(check) for check in given["checks"]]}


def standing(found: Followed) -> dict[str, Any]:
    """Where an item stands, as submit answers it."""
    item, revision = found.desk.item, found.desk.revision
    return {
        "id": item.id,
        "url": link(f"/items/{item.id}"),
        "state": item.state,
        "gate": item.gate,
        "revision": {"number": revision.number, "digest": revision.digest},
        "checks": [_check(opening.check_answer(check)) for check in found.desk.checks],
        "needs": [vars(need) for need in found.desk.needs()],
        "due_at": moment(item.due_at),
    }


def whole(found: Followed) -> dict[str, Any]:
    """An item whole."""
    item, revision = found.desk.item, found.desk.revision
    decisions = [_decision(found, made) for made in found.desk.decisions]
    brought = [told for told in decisions if told["action"] not in ("edit", "escalate")]
    decided = item.state in ("approved", "released", "rejected", "sent_back")  # expired is nobody's decision
    return {
        **standing(found),
        **_clock(item),
        "lane": item.lane,
        "kind": item.kind,
        "why": item.why,
        "title": revision.title,
        "onboarding": _onboarding(item, found.onboarding.external_id if found.onboarding else None),
        "draft": revision.draft,
        "revision": {
            "number": revision.number,
            "digest": revision.digest,
            "evidence_digest": revision.evidence_digest,
            "based_on": revision.based_on,
            "author": "automation" if revision.author_person_id is None else "person",
            "at": moment(revision.made_at),
            "confidence": _number(revision.confidence),
        },
        "sources": [
            {
                "ref": ref,
                "system": record.system,
                "object": record.object,
                "id": record.external_id,
                "fetched_at": _moment(record.fetched_at),
                "payload": record.payload,
                "digest": record.digest,
            }
            for ref, record in found.sources.items()
        ],
        "citations": [
            {"at": claim.at, "quote": claim.quote, "source": claim.ref, "path": claim.path} for claim in found.claims
        ],
        "decisions": decisions,
        "outcome": brought[-1] if brought and decided else None,
        "policy_digest": item.policy_digest,
        "opened_at": moment(item.opened_at),
        "settled_at": _moment(item.settled_at),
        "superseded_by": item.superseded_by_id,
        "callback_url": item.callback_url or None,
    }


def listed(row: tuple[Item, str, str | None]) -> dict[str, Any]:
    """An item as a list shows it."""
    item, digest, external_id = row
    return {
        "id": item.id,
        "url": link(f"/items/{item.id}"),
        "lane": item.lane,
        "gate": item.gate,
        "kind": item.kind,
        "state": item.state,
        "title": item.title,
        "onboarding": _onboarding(item, external_id),
        "revision": {"number": item.revision_number, "digest": digest},
        "opened_at": moment(item.opened_at),
        "due_at": moment(item.due_at),
        **_clock(item),
        "settled_at": _moment(item.settled_at),
        "superseded_by": item.superseded_by_id,
    }


def _clock(item: Item) -> dict[str, Any]:
    held = item.settled_at is None and item.paused_at is not None
    return {
        "paused": {"waits": item.pause, "since": _moment(item.paused_at)} if held else None,
        "overdue_at": _moment(item.overdue_at),
        "expires_at": _moment(item.expires_at),
    }


def _check(told: dict[str, Any]) -> dict[str, Any]:
    return {**told, "confidence": _number(told["confidence"])}


def _number(text: str | None) -> Any:
    return canonical.read(text) if text else None


def _decision(found: Followed, made: Decision) -> dict[str, Any]:
    revision = next(one for one in found.desk.revisions if one.id == made.revision_id)
    edited = revision.draft if revision.author_person_id is not None else None
    return messages.outcome(made, found.names.get(made.person_id, ""), edited)


def _onboarding(item: Item, external_id: str | None) -> dict[str, Any] | None:
    return None if external_id is None else {"external_id": external_id, "customer": item.customer}


def _moment(at: datetime | None) -> str | None:
    return None if at is None else moment(at)
