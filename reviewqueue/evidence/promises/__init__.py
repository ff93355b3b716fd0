"""Finds promises: what a draft commits us to, in its words and as values that can be compared. Pure, and never raising.

Few and right beats many: a sentence that asks, doubts, denies or reports is left out. Keeping them is in `commitments`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from reviewqueue.evidence.promises import periods

Kind = Literal["date", "scope", "price", "discount", "term", "integration", "sla", "owner"]
KINDS: tuple[Kind, ...] = ("date", "scope", "price", "discount", "term", "integration", "sla", "owner")


@dataclass(frozen=True)
class Promise:
    """One promise: what it is about (`key`: "go-live", "seats", "milestone: CRM connected"), its words, and its value.

    `value` is normalised ("2026-06-01", "--06-01" without a year, a span or a feast as `periods` writes it, "by" or
    "from" before it; "EUR 48000", "20 %", "12 months", "50", a name, "included", "left out"); "" where only the words
    can be shown. `at` points to the text in the draft, or to the field of the record where the
    signed order says it.
    """

    kind: Kind
    key: str
    says: str
    value: str
    at: str

    @property
    def shown(self) -> str:
        """The value as people read it ("by 1 June 2026", "Dana Whitfield"); the words where it has none."""
        if not self.value:
            return self.says
        if self.kind == "date":
            by, _, day = self.value.rpartition(" ")
            return f"{by} {periods.in_words(day)}".strip()
        return self.value


@dataclass(frozen=True)
class KeptPromise:
    """A promise that holds, or held, when a draft is evaluated, and where it was made: in the words of `where`, in item
    `item_id` (0: in the signed order). `maker` is kind and subject of that item, by which a later draft of the same is
    recognised; `dropped` says that the item took the promise back; `approved_at` is None for the signed order."""

    promise: Promise
    where: str
    item_id: int = 0
    maker: tuple[str, str] = ("", "")
    dropped: bool = False
    approved_at: datetime | None = None
