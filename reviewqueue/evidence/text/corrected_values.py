"""What an accepted correction makes of a draft: the passages that say the old value, and the records as they are once
corrected. Pure; which corrections are in force is read in `evidence.corrected_fields`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from reviewqueue.core.characters import single_line
from reviewqueue.evidence.text.grounding import FoundStatement, GroundedDraft
from reviewqueue.evidence.types import CheckResult, Citation, Source

CHECK = "evidence.corrected"
MAX_PASSAGES = 20
MAX_QUOTED = 80
# What is uncommon enough that saying it is saying this field's value, also where another record happens to say it.
_TELLING = ("date", "money", "email", "phone")


@dataclass(frozen=True)
class AcceptedCorrection:
    """A correction that the record's owner accepted, while the record as last read still says the old value."""

    correction_id: int
    path: str
    system: str
    object: str
    external_id: str
    was: str
    proposed: str
    accepted_by: str
    accepted_at: datetime

    @property
    def says(self) -> str:
        """The correction in words: who accepted it and when, the field, and both values."""
        return (
            f"correction {self.correction_id}, accepted by {self.accepted_by} on {self.accepted_at:%d %b %Y}, says "
            f"that {self.path} of {self.object} {self.external_id} is “{single_line(self.proposed, MAX_QUOTED)}” and "
            f"no longer “{single_line(self.was, MAX_QUOTED)}”"
        )


@dataclass(frozen=True)
class StillSaid:
    """A passage (`quote` in the text at pointer `at`) that says what an accepted correction says is wrong."""

    correction: AcceptedCorrection
    at: str
    quote: str

    @property
    def check(self) -> CheckResult:
        """The failed check of this passage."""
        says = (
            f"The draft says “{single_line(self.quote, MAX_QUOTED)}”, but {self.correction.says}. Change the passage "
            "or have it drafted again. It ends as well when an import shows the new value."
        )
        return CheckResult(CHECK, "fail", True, says, self.at)


def passages(
    correction: AcceptedCorrection, draft: Any, sources: Mapping[str, Source], citations: Sequence[Citation]
) -> Iterator[StillSaid]:
    """The passages of a draft that say the old value: what cites the field and is not borne out by the new value, then
    what is said of it without citing it. Pure."""
    refs = _refs(correction, sources)
    if not refs:  # the draft may say it from hearsay
        refs = [f"correction-{correction.correction_id}"]
        sources = {**sources, refs[0]: Source(correction.system, correction.object, correction.external_id, {})}
    field = {(ref, correction.path) for ref in refs}
    before, after = (
        GroundedDraft(draft, {**sources, **_with_value(correction.path, refs, sources, value)}, citations)
        for value in (correction.was, correction.proposed)
    )
    for was, now in zip(before.cited, after.cited, strict=True):
        cites = was is not None and (was.rests.ref, was.rests.path) in field and was.verdict != "otherwise"
        if was is not None and cites and (now is None or now.verdict != "same"):
            yield StillSaid(correction, was.at, was.quote)
    said_now = {(one.at, one.entity.start): one for one in after.statements}
    for told in before.statements:
        if field & _places(told) and _only_before(told, said_now.get((told.at, told.entity.start)), field):
            yield StillSaid(correction, told.at, told.quote)


def as_corrected(sources: Mapping[str, Source], corrections: Iterable[AcceptedCorrection]) -> dict[str, Source]:
    """The records with the proposed value in each corrected field."""
    found = dict(sources)
    for one in corrections:
        found |= _with_value(one.path, _refs(one, found), found, one.proposed)
    return found


def _refs(correction: AcceptedCorrection, sources: Mapping[str, Source]) -> list[str]:
    of = (correction.system, correction.object, correction.external_id)
    return [ref for ref, one in sources.items() if (one.system, one.object, one.external_id) == of]


def _places(told: FoundStatement) -> set[tuple[str, str]]:
    return {(place.ref, place.path) for place in told.places}


def _only_before(was: FoundStatement, now: FoundStatement | None, field: set[tuple[str, str]]) -> bool:
    """Whether a statement that the field bore out before is one that it does not bear out any more. A name or a common
    number that another record says too is not taken for the field's."""
    if was.kind == "name" or (now is not None and field & _places(now)):
        return False
    return was.kind in _TELLING or now is None or now.status != "supported"


def _with_value(path: str, refs: Iterable[str], sources: Mapping[str, Source], value: str) -> dict[str, Source]:
    """The records of those refs as they would be with that value in that field."""
    names = [name.replace("~1", "/").replace("~0", "~") for name in path.split("/")[1:]]
    return {ref: replace(sources[ref], payload=_put(sources[ref].payload, names, value)) for ref in refs}


def _put(held: Any, names: Sequence[str], value: str) -> Any:
    if not names:
        return value
    if isinstance(held, list):
        return [_put(one, names[1:], value) if str(at) == names[0] else one for at, one in enumerate(held)]
    inner = held if isinstance(held, dict) else {}
    return {**inner, names[0]: _put(inner.get(names[0]), names[1:], value)}
