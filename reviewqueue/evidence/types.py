"""The values that evidence is made of: source records, citations and check results. No database."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from reviewqueue.core import canonical_json

Outcome = Literal["pass", "warn", "fail"]
Way = Literal["fetched", "signed", "imported", "claimed"]
# What a way is called where it is shown, in front of who brought it.
WAYS: dict[Way, str] = {
    "fetched": "fetched by Review Queue",
    "signed": "sent and signed by the vendor",
    "imported": "imported",
    "claimed": "claimed by",
}


@dataclass(frozen=True)
class Arrival:
    """How a snapshot came here: fetched by us, signed by its vendor, imported by a person, or claimed by an automation
    that sent it with a draft; through which automation, and when."""

    way: Way
    automation: str = ""
    at: datetime | None = None
    automation_id: int | None = None

    def vouches(self, trusted: Collection[str] = ()) -> bool:
        """Whether the snapshot counts as what the system said. A claimed one does only where the policy trusts its
        automation (`trusted`)."""
        return self.way != "claimed" or self.automation in trusted

    @property
    def says(self) -> str:
        """In words: "claimed by Handoff agent"."""
        return f"{WAYS[self.way]} {self.automation or 'an automation'}" if self.way == "claimed" else WAYS[self.way]


# Records that a person brought, and what they did: most are their own words.
_WORDS = {("sales", "answer"): "answered", ("reviewqueue", "crm_owner"): "said", ("email", "reply"): "brought"}


@dataclass(frozen=True)
class Source:
    """An immutable snapshot of one record of a source system. `payload` keeps every digit (`canonical_json.read`);
    `arrival` is None where nothing is known of how it came, as for a draft in a file; `modified_at` is when its system
    last changed it, for a snapshot that was kept."""

    system: str
    object: str
    external_id: str
    payload: dict[str, Any]
    fetched_at: datetime | None = None
    label: str = ""
    arrival: Arrival | None = field(default=None, compare=False)
    modified_at: datetime | None = field(default=None, compare=False)

    @property
    def came(self) -> str:
        """How it came here, in words: "imported", "answered by Lena Vogt"; "" where nothing is known of it."""
        did, by = _WORDS.get((self.system, self.object)), self.payload.get("by")
        if did and by and self.arrival and self.arrival.way != "claimed":
            if said_by := self.payload.get("said_by"):
                return f"said by {said_by}, written down by {by}"
            return f"{did} by {by}"
        return self.arrival.says if self.arrival else ""

    @property
    def key(self) -> tuple[str, str, str]:
        """Which record it is a snapshot of: system, object and id."""
        return self.system, self.object, self.external_id

    @property
    def as_of(self) -> datetime | None:
        """When its system said so: when it was fetched, else when it came."""
        return self.fetched_at or (self.arrival.at if self.arrival else None)

    def vouches(self, trusted: Collection[str] = ()) -> bool:
        """Whether it counts as what its system said (see Arrival); one of which nothing is known does."""
        return self.arrival is None or self.arrival.vouches(trusted)

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
