"""Records that their system no longer has: deleted, archived, or merged into another, which then is followed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from reviewqueue.connectors.schema import SHAPES, text
from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.evidence.types import Source

_TRUE = (True, "true")


def why_gone(source: Source) -> str:
    """How a record is no longer there, in words; "" where it is."""
    if master := master_of(source):
        return f"merged into {source.object} {master}"
    if resolve_pointer(source.payload, "/archived") in _TRUE:
        return "archived"
    return "deleted" if resolve_pointer(source.payload, "/IsDeleted") in _TRUE else ""


def master_of(source: Source) -> str:
    """The id of the record that this one was merged into, by its own word; "" for none."""
    master = text(resolve_pointer(source.payload, "/MasterRecordId"))
    return SHAPES[source.system].full_id(master) if master and source.system in SHAPES else ""


def merged_ids(source: Source) -> tuple[str, ...]:
    """The ids of the records that were merged into this one, as HubSpot lists them."""
    listed = text(resolve_pointer(source.payload, "/properties/hs_merged_object_ids"))
    return tuple(one.strip() for one in listed.split(";") if one.strip() and one.strip() != source.external_id)


def masters(records: Iterable[Source]) -> dict[str, str]:
    """The record that each merged one is part of now, by the id of the one that is gone; chains are followed to their
    end, and a circle leads nowhere."""
    direct = {gone: master for record in records for gone, master in _pairs(record)}
    return {gone: end for gone in direct if (end := _end(direct, gone))}


def _pairs(record: Source) -> Iterator[tuple[str, str]]:
    if master := master_of(record):
        yield record.external_id, master
    for gone in merged_ids(record):
        yield gone, record.external_id


def _end(direct: Mapping[str, str], start: str) -> str:
    seen, at = {start}, direct[start]
    while at in direct:
        if at in seen:
            return ""
        seen.add(at)
        at = direct[at]
    return at
