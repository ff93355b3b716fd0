"""What may be sent: the models that validate a request, and the rules across their fields. What the server returns is
in `schemas`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, StringConstraints, WithJsonSchema

from reviewqueue.checks.hidden_text import visible_length
from reviewqueue.core.characters import single_line
from reviewqueue.core.errors import FieldError, Invalid
from reviewqueue.core.mime import encoded_words
from reviewqueue.core.patterns import as_pattern
from reviewqueue.core.vocabulary import OWN_SYSTEM, QUESTION, TO_CUSTOMERS
from reviewqueue.db.tables.items import STATES
from reviewqueue.evidence import types
from reviewqueue.evidence.types import CheckResult, DraftWithEvidence

AUTOMATION_PREFIX = "automation."
_RFC_3339 = as_pattern(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_POINTER = as_pattern(r"(/([^~]|~[01])*)*")


def _visible(value: str) -> str:
    if not any(visible_length(sign) for sign in value):
        raise ValueError("nothing a person could see; say it in words")
    return value


def _pointer(value: str) -> str:
    if not _POINTER.fullmatch(value):
        raise ValueError("not a JSON Pointer: it starts with / and writes ~ as ~0 and / as ~1 (RFC 6901)")
    return value


def _moment(value: object) -> datetime | None:
    if value is None:
        return None
    try:
        if isinstance(value, str) and _RFC_3339.fullmatch(value, 0, 64):
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ValueError("must be a moment with its zone by RFC 3339, such as 2026-11-22T09:00:00Z")


def _required_moment(value: object) -> datetime:
    found = _moment(value)
    if found is None:
        raise ValueError("must be a moment with its zone by RFC 3339, not null")
    return found


def _share_text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, int | Decimal) and not isinstance(value, bool) and 0 <= value <= 1 and len(str(value)) <= 64:
        return str(value)
    raise ValueError("must be a number from 0 to 1, of 64 characters at most")


# What the validators require, as far as JSON Schema can express it.
VISIBLE_TEXT = Field(json_schema_extra={"minLength": 1, "pattern": r"\S"})
POINTER_FORMAT = Field(json_schema_extra={"format": "json-pointer"})
Line = Annotated[str, StringConstraints(max_length=255), AfterValidator(_visible), VISIBLE_TEXT]
Word = Annotated[str, StringConstraints(max_length=64), AfterValidator(_visible), VISIBLE_TEXT]
Key = Annotated[str, StringConstraints(max_length=255 - len(AUTOMATION_PREFIX)), AfterValidator(_visible), VISIBLE_TEXT]
Quote = Annotated[str, StringConstraints(max_length=10_000), AfterValidator(_visible), VISIBLE_TEXT]
Says = Annotated[str, StringConstraints(max_length=4_000)]
Address = Annotated[str, StringConstraints(max_length=2_048)]
Pointer = Annotated[str, StringConstraints(max_length=1_000), AfterValidator(_pointer), POINTER_FORMAT]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Moment = Annotated[
    datetime | None,
    PlainValidator(_moment),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}),
]
At = Annotated[datetime, PlainValidator(_required_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
Share = Annotated[
    str | None,
    PlainValidator(_share_text),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "null"}]}),
]
Object = dict[str, Any]


class Part(BaseModel):
    """An object of the contract: it refuses names it does not know and values of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Onboarding(Part):
    """The onboarding a draft belongs to, by the id its deal has in the system of record."""

    external_id: Line
    customer: Line


class Source(Part):
    """A snapshot of a record as its system gave it; `ref` is what citations call it."""

    ref: Line
    system: Word
    object: Word
    id: Line
    fetched_at: Moment = None
    payload: Object


class Citation(Part):
    """A statement of the draft and the field of the source it rests on; `at` and `path` are JSON Pointers."""

    at: Pointer
    quote: Quote
    source: Line
    path: Pointer


class Check(Part):
    """What a check of the automation's own says. It is kept as `automation.<key>`; a failing blocking one blocks."""

    key: Key
    outcome: Literal["pass", "warn", "fail"]
    blocking: bool = False
    confidence: Share = None
    message: Says = ""
    at: Pointer = ""


class Draft(Part):
    """A draft with all it rests on."""

    draft: Object = Field(min_length=1)
    sources: list[Source] = Field(default=[], max_length=200)
    citations: list[Citation] = Field(default=[], max_length=2_000)
    checks: list[Check] = Field(default=[], max_length=500)
    confidence: Share = None


class Submission(Draft):
    """A draft for a gate: `kind` picks the gate through the lane's policy. `purpose` is the key of the template whose
    place it takes: Review Queue then drafts no message of its own from that one."""

    lane: Word
    kind: Word
    onboarding: Onboarding
    title: Line
    callback_url: Address | None = None
    purpose: Word | None = None


class Revision(Draft):
    """A new draft of an open item; it stands alone, so sources and citations are sent again. `based_on` is the digest
    of the revision it answers; without a title, the item keeps the one it has."""

    based_on: Digest
    title: Line | None = None


class Withdrawal(Part):
    """Why an item is taken back."""

    reason: Says = Field(json_schema_extra={"minLength": 10})


class Sent(Part):
    """What was really sent: its digest, when, and by what. `digest` is of the revision whose text went out."""

    digest: Digest
    at: At
    by: Line


class Repeat(Part):
    """The header that makes a submission repeatable."""

    key: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = Field(
        default=None, alias="Idempotency-Key", description="The same key and body get the first answer again."
    )


class Place(Part):
    """Which item."""

    item_id: int = Field(ge=1, le=2**63 - 1)


class ReleasePlace(Part):
    """Which release."""

    release_id: int = Field(ge=1, le=2**63 - 1)


class Waiting(BaseModel):
    """How long the answer may be held until the item is decided."""

    model_config = ConfigDict(extra="forbid")
    wait: int = Field(default=0, ge=0, le=30, description="Seconds to hold the answer until the item is decided.")


class Listing(Part):
    """Which items; what is left out narrows nothing."""

    state: Literal["", *STATES] = ""  # type: ignore[valid-type]
    gate: Annotated[str, StringConstraints(max_length=64)] = ""
    lane: Annotated[str, StringConstraints(max_length=64)] = ""
    cursor: Annotated[str, StringConstraints(pattern=r"^[0-9]{0,18}$")] = Field(
        default="", description="From the `next` link of the page before."
    )


def to_draft(sent: Draft, kind: str, title: str) -> DraftWithEvidence:
    """The request as a draft of that kind. Raises Invalid naming every place that does not fit the others."""
    if faults := [*_faults(sent, kind, title)]:
        raise Invalid("The request was not accepted and nothing was changed.", faults)
    sources = {
        source.ref: types.Source(source.system, source.object, source.id, source.payload, source.fetched_at)
        for source in sent.sources
    }
    citations = tuple(types.Citation(one.at, one.quote, one.source, one.path) for one in sent.citations)
    return DraftWithEvidence(kind, title, sent.draft, sources, citations)


def check_results(sent: Draft, automation: str) -> tuple[CheckResult, ...]:
    """The automation's own check results, under keys that cannot be confused with ours."""
    return tuple(
        CheckResult(
            f"{AUTOMATION_PREFIX}{one.key}",
            one.outcome,
            one.blocking,
            one.message,
            one.at,
            one.confidence,
            1,
            automation,
        )
        for one in sent.checks
    )


def _faults(sent: Draft, kind: str, title: str) -> Iterator[FieldError]:
    if kind == QUESTION:
        yield FieldError("/kind", "this question is asked by the import only; hand the record to `reviewqueue import`")
    known: set[str] = set()
    for number, source in enumerate(sent.sources):
        if source.ref in known:
            yield FieldError(f"/sources/{number}/ref", f"{source.ref!r} names two sources; give each its own ref")
        if source.system.casefold() == OWN_SYSTEM:
            yield FieldError(
                f"/sources/{number}/system", f"{OWN_SYSTEM!r} is this application's own name; name the real system"
            )
        known.add(source.ref)
    for number, citation in enumerate(sent.citations):
        if citation.source not in known:
            refs = (", ".join(sorted(known)) or "none was sent")[:200]
            yield FieldError(
                f"/citations/{number}/source", f"no source has the ref {citation.source!r}; there is: {refs}"
            )
    if kind in TO_CUSTOMERS:
        if encoded_words.may_be_encoded(title):
            shown = single_line(encoded_words.decode(title), 160)
            yield FieldError(
                "/title", f"an encoded word, which a mail program shows as “{shown}”; write what is to be read"
            )
        yield from _message_faults(sent.draft)


def _message_faults(draft: Object) -> Iterator[FieldError]:
    for name in ("subject", "body"):
        if name in draft and not isinstance(draft[name], str):
            yield FieldError(f"/draft/{name}", "must be text in a message")
    for name in ("to", "cc", "bcc"):
        receivers = draft.get(name, [])
        if not isinstance(receivers, list):
            yield FieldError(f"/draft/{name}", "must be a list of addresses in a message")
            continue
        for number, receiver in enumerate(receivers):
            if not isinstance(receiver, str):
                yield FieldError(f"/draft/{name}/{number}", "must be an address as text")
