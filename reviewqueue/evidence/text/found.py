"""What grounding finds in a draft, and the records that it is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from reviewqueue.evidence.text.citations import Verdict
from reviewqueue.evidence.text.records.places import Place
from reviewqueue.evidence.text.values.entities import Entity, Kind
from reviewqueue.evidence.types import Source

Status = Literal["supported", "uncompared", "unsupported", "elsewhere", "conflicting", "stale"]


@dataclass(frozen=True)
class FoundStatement:
    """A statement found in a draft: `quote` in the text at pointer `at`, at start:end of `entity`. `places` say the
    same, `against` say otherwise. A statement that contradicts its record is `wrong`; one on which two records disagree
    is not."""

    at: str
    quote: str
    entity: Entity
    status: Status
    places: tuple[Place, ...] = ()
    against: tuple[Place, ...] = ()
    wrong: bool = False

    @property
    def kind(self) -> Kind:
        """The kind of entity: a date, money, a count, a name, …"""
        return self.entity.kind


@dataclass(frozen=True)
class Cited:
    """A citation that stands: its quote at start:end of the text at pointer `at`, the field it rests on, and the
    verdict on the two: "same", "otherwise", or "unclear" where they cannot be compared."""

    at: str
    quote: str
    start: int
    end: int
    rests: Place
    verdict: Verdict


@dataclass(frozen=True)
class RecordsInText:
    """The records that a draft's texts are compared with, by ref: those that count as `vouching` for a recipient, and
    those that other automations alone claim (`doubtful`), which contradict nothing. `older` are earlier versions of
    some of them, the last first."""

    newest: Mapping[str, Source]
    vouching: frozenset[str]
    doubtful: frozenset[str] = frozenset()
    older: Mapping[str, Sequence[Source]] = field(default_factory=dict)
