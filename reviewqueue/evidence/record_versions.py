"""Which snapshot of a record is the newest: the one its system changed last, else the one fetched last, else the one
that came last. No database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.evidence.types import Source

# Where the systems write down when they last changed a record.
EVENT_KINDS = ("propertyChange", "deletion", "restore", "merge")
_MODIFIED = ("/SystemModstamp", "/LastModifiedDate", "/properties/hs_lastmodifieddate", "/updatedAt")


def modified_at(payload: Mapping[str, Any]) -> datetime | None:
    """When a record's system last changed it, as the record itself says; None where it does not."""
    for pointer in _MODIFIED:
        said = resolve_pointer(payload, pointer)
        if isinstance(said, str) and (found := parse_moment(said)):
            return found
    return None


def parse_moment(said: str) -> datetime | None:
    """A moment as systems write it, with its offset; None for what is none."""
    try:
        found = datetime.fromisoformat(said)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def event_objects(kind: str) -> tuple[str, ...]:
    """The objects as which change events about records of one object are kept."""
    return (f"{kind}ChangeEvent", *(f"{kind.lower()}.{change}" for change in EVENT_KINDS))


def is_event(payload: Mapping[str, Any]) -> bool:
    """Whether a payload tells that something happened to a record, and is no snapshot of it."""
    return "eventType" in payload


def newest_of(kept: Sequence[Source], trusted: Collection[str] = (), *, claimed: bool = True) -> Source | None:
    """The newest of the snapshots of one record, which are given in the order they came. Claimed ones count only where
    there is no other, and with `claimed`; a change event about the record only where there is nothing else."""
    held = [one for one in kept if one.vouches(trusted)] or (list(kept) if claimed else [])
    states = [one for one in held if not is_event(one.payload)] or held
    last = states[0] if states else None
    for one in states[1:]:
        last = one if last is None or not _is_older(one, last) else last
    return last


def _is_older(one: Source, than: Source) -> bool:
    """Whether `one`, which came after the other, is the older version all the same."""
    if one.modified_at and than.modified_at and one.modified_at != than.modified_at:
        return one.modified_at < than.modified_at
    return bool(one.fetched_at and than.fetched_at and one.fetched_at < than.fetched_at)
