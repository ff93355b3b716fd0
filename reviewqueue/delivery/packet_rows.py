"""The fields of a handoff packet as rows for the CRM: what the packet says, and what the deal says of the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reviewqueue.connectors.packet_places import pointers
from reviewqueue.connectors.schema import SHAPES, first
from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.evidence.types import DraftWithEvidence, Source
from reviewqueue.policy.model.policy import Lane, Policy

# Where a deal's record says who owns it.
OWNERS = {"hubspot": "/properties/hubspot_owner_id", "salesforce": "/OwnerId"}


@dataclass(frozen=True)
class PacketRow:
    """One filled field of a packet. `place` is the deal's own field for it and `before` what that says, both "" where
    the deal has none; `by` says who answered ("answered by Lena Vogt"), "" for what the CRM says itself. `outdated`
    says that the deal says something else, or nothing."""

    section: str
    label: str
    text: str
    place: str = ""
    before: str = ""
    by: str = ""
    outdated: bool = False


def rows(policy: Policy, lane: Lane, drafted: DraftWithEvidence, deal: Source) -> tuple[PacketRow, ...]:
    """The filled fields of a packet in the order of the policy's sections, beside what that record of its deal says."""
    sections = {section.key: section.label for section in policy.packet.sections}
    ordered = sorted(policy.packet.fields, key=lambda field: list(sections).index(field.section))
    found = []
    for field in ordered:
        text = resolve_pointer(drafted.draft, field.at)
        if not isinstance(text, str) or not text.strip():
            continue
        cited = {one.ref: drafted.sources[one.ref] for one in drafted.citations if one.at == field.at}
        place, before = _in_deal(lane, deal, field.key)
        outdated = bool(place) and before != text.strip() and not _from_crm(cited.values(), deal.system)
        by = "; ".join(dict.fromkeys(one.came for one in cited.values() if one.system not in SHAPES and one.came))
        found.append(PacketRow(sections[field.section], field.label, text.strip(), place, before, by, outdated))
    return tuple(found)


def _in_deal(lane: Lane, deal: Source, key: str) -> tuple[str, str]:
    """The deal's field for a field of the packet, and what it says."""
    trigger = lane.triggers.get(deal.system)
    listed = pointers(trigger, SHAPES[deal.system], key) if trigger else ()
    if not listed:
        return "", ""
    says, path = first(deal, listed)
    return (path or listed[0]).rsplit("/", 1)[-1], says


def _from_crm(cited: Iterable[Source], system: str) -> bool:
    return any(one.system == system for one in cited)
