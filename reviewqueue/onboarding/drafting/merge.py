"""A draft written again, with what people wrote in the one before: their words stay, everything else is new."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reviewqueue.core.canonical_json import MISSING, escape, resolve_pointer
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
    """`again` with every text and list of `current` that a person wrote or took out in one of the `versions`, oldest
    first, and nobody has changed since. What they wrote keeps its citations, which rest on the newer record where there
    is one."""
    written, removed = _by_people(versions)
    draft: Any = again.draft
    for at in removed:
        draft = _without(draft, at)
    for at, value in written.items():
        draft = _with(draft, at, value)
    theirs = {*written, *removed}
    sources, citations = dict(again.sources), [one for one in again.citations if not _within(one.at, theirs)]
    refs: dict[str, str] = {}
    for one in current.citations:
        if _within(one.at, theirs) and one.ref in current.sources:
            ref = refs.setdefault(one.ref, _ref_of(current.sources[one.ref], one.ref, sources))
            sources.setdefault(ref, current.sources[one.ref])
            citations.append(replace(one, ref=ref))
    says = {at: resolve_pointer(again.draft, at) for at in theirs}
    kept = tuple(sorted(at for at, one in says.items() if one not in (MISSING, "", written.get(at, MISSING))))
    return Merged(replace(again, draft=draft, sources=sources, citations=tuple(citations)), kept)


def _parts(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """(pointer, value) of everything that is merged as a whole: texts, lists, numbers."""
    if not isinstance(value, dict):
        yield at, value
        return
    for name, inner in value.items():
        yield from _parts(inner, f"{at}/{escape(name)}")


def _by_people(versions: Sequence[Version]) -> tuple[dict[str, Any], set[str]]:
    """(what people wrote, by pointer; what they took out), as it stands after the last version. Who puts back what the
    drafter had written has written nothing."""
    drafted: dict[str, Any] = {}
    written: dict[str, Any] = {}
    removed: set[str] = set()
    before: dict[str, Any] = {}
    for one in versions:
        parts = dict(_parts(one.draft))
        if one.by_person:
            changed = {at: value for at, value in parts.items() if at not in before or before[at] != value}
            removed = (removed | (before.keys() - parts.keys())) - parts.keys()
            written = {at: value for at, value in {**written, **changed}.items() if at in parts}
            written = {at: value for at, value in written.items() if at not in drafted or drafted[at] != value}
        else:
            removed -= parts.keys()
            written = {at: value for at, value in written.items() if parts.get(at, MISSING) == value}
            drafted = {at: value for at, value in {**drafted, **parts}.items() if at not in written}
        before = parts
    return written, removed


def _with(draft: Any, at: str, value: Any) -> Any:
    """A draft with another value at a pointer; what is missing on the way is made."""
    if not at:
        return value
    name, _, rest = at[1:].partition("/")
    inner = dict(draft) if isinstance(draft, dict) else {}
    name = _unescaped(name)
    inner[name] = _with(inner.get(name, {}), f"/{rest}" if rest or at.endswith("/") else "", value)
    return inner


def _without(draft: Any, at: str) -> Any:
    """A draft without what stands at a pointer."""
    name, _, rest = at[1:].partition("/")
    name = _unescaped(name)
    if not isinstance(draft, dict) or name not in draft:
        return draft
    if rest:
        return {**draft, name: _without(draft[name], f"/{rest}")}
    return {key: value for key, value in draft.items() if key != name}


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
