"""The values that evidence is made of: source records, citations and check results. No database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from reviewqueue.core import canonical_json

Outcome = Literal["pass", "warn", "fail"]


@dataclass(frozen=True)
class Source:
    """An immutable snapshot of one record of a source system. `payload` keeps every digit (`canonical_json.read`)."""

    system: str
    object: str
    external_id: str
    payload: dict[str, Any]
    fetched_at: datetime | None = None
    label: str = ""

    @cached_property
    def text(self) -> str:
        """The payload's canonical text, as it is stored."""
        return canonical_json.write(self.payload, digits=True)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over system, object, id and payload (64 hexadecimal characters)."""
        return canonical_json.digest(
            {"system": self.system, "object": self.object, "id": self.external_id, "payload": self.payload}, digits=True
        )


@dataclass(frozen=True)
class Citation:
    """A statement (`quote` in the draft's text at pointer `at`) and the field it rests on (`path` in source `ref`)."""

    at: str
    quote: str
    ref: str
    path: str


@dataclass(frozen=True)
class CheckResult:
    """The result of one check. `at` is a JSON Pointer into the draft; `confidence` is 0 to 1, None when the check is
    exact; `origin` is "" for our own checks and the automation's name for one it sent along; `model` is the digest of
    the model that found it, "" where rules did."""

    key: str
    outcome: Outcome
    blocking: bool
    message: str
    at: str = ""
    confidence: str | None = None
    version: int = 1
    origin: str = ""
    model: str = ""


@dataclass(frozen=True)
class DraftWithEvidence:
    """A draft with all it rests on. `draft` is a JSON object whose texts are what a person reads and edits."""

    kind: str
    title: str
    draft: dict[str, Any]
    sources: dict[str, Source] = field(default_factory=dict)
    citations: tuple[Citation, ...] = ()
