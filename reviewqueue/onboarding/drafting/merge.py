"""A draft written again, with what people wrote in the one before: their words stay, everything else is new."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from reviewqueue.core.canonical_json import MISSING, escape, resolve_pointer, write
from reviewqueue.evidence.types import DraftWithEvidence, Source


@dataclass(frozen=True)
class Version:
    """One revision of a draft, and whether a person wrote it."""

    draft: Any
    by_person: bool


@dataclass(frozen=True)
class Merged:
    """The draft written again, and the places where it keeps a person's words although the drafter has others."""

    drafted: DraftWithEvidence
    kept: tuple[str, ...]


def merge(current: DraftWithEvidence, again: DraftWithEvidence, versions: Sequence[Version]) -> Merged:
    """`again` with every text and list of `current` that a person wrote in one of the `versions`, oldest first, and
    nobody has changed since. What they wrote keeps its citations, which rest on the newer record where there is one."""
    written = _by_people(versions)
    theirs = {at for at, value in _parts(current.draft) if (at, write(value)) in written}
    taken = {at: resolve_pointer(current.draft, at) for at in theirs}
    draft = _with(again.draft, taken, "")
    sources, citations = dict(again.sources), [one for one in again.citations if not _within(one.at, theirs)]
    refs: dict[str, str] = {}
    for one in current.citations:
        if _within(one.at, theirs) and one.ref in current.sources:
            ref = refs.setdefault(one.ref, _ref_of(current.sources[one.ref], one.ref, sources))
            sources.setdefault(ref, current.sources[one.ref])
            citations.append(replace(one, ref=ref))
    says = {at: resolve_pointer(again.draft, at) for at in theirs}
    kept = tuple(sorted(at for at, one in says.items() if one not in (MISSING, "", taken[at])))
    return Merged(replace(again, draft=draft, sources=sources, citations=tuple(citations)), kept)


def _parts(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """(pointer, value) of everything that is merged as a whole: texts, lists, numbers."""
    if not isinstance(value, dict):
        yield at, value
        return
    for name, inner in value.items():
        yield from _parts(inner, f"{at}/{escape(name)}")


def _by_people(versions: Sequence[Version]) -> set[tuple[str, str]]:
    """(pointer, canonical value) of each part that a person's revision changed."""
    return {
        (at, write(value))
        for before, after in pairwise(versions)
        if after.by_person
        for at, value in _parts(after.draft)
        if resolve_pointer(before.draft, at) != value
    }


def _with(draft: Any, taken: Mapping[str, Any], at: str) -> Any:
    if at in taken:
        return taken[at]
    if not isinstance(draft, dict):
        return draft
    made = {name: _with(inner, taken, f"{at}/{escape(name)}") for name, inner in draft.items()}
    # A part that only a person's revision has, such as copies to somebody.
    more = {one.removeprefix(f"{at}/"): value for one, value in taken.items() if one.startswith(f"{at}/")}
    added = {_unescaped(name): value for name, value in more.items() if "/" not in name}
    return added | made


def _unescaped(name: str) -> str:
    return name.replace("~1", "/").replace("~0", "~")


def _within(at: str, places: set[str]) -> bool:
    return any(at == one or at.startswith(f"{one}/") for one in places)


def _ref_of(source: Source, ref: str, sources: Mapping[str, Source]) -> str:
    """The ref that the record has among the new sources, or one that is free."""
    if same := next((name for name, one in sources.items() if one.key == source.key), ""):
        return same
    number = 2
    free = ref
    while free in sources:
        free, number = f"{ref}-{number}", number + 1
    return free
