"""What a release writes to its destination, before it is in a vendor's form; the same for the dry run before the
approval and for the worker after it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from reviewqueue.connectors import schema
from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.core.vocabulary import SYSTEM_NAMES
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.releases import release_key
from reviewqueue.delivery import packet_rows
from reviewqueue.delivery.packet_rows import PacketRow
from reviewqueue.evidence import source_records
from reviewqueue.items import revise
from reviewqueue.items.item_context import ItemContext
from reviewqueue.policy.model.destinations import Destination


@dataclass(frozen=True)
class Outgoing:
    """One draft on its way: the release's key, where it goes, what it is about and what was drafted. `deal` is the
    (system, id) of the deal whose onboarding it belongs to, ("", "") where it belongs to none; `sealed` the credential
    of its destination as the database has it. For the CRM `packet` are the packet's filled fields, `owner` is the id of
    the deal's owner there, and `cannot` says why nothing can be written, "" where it can."""

    key: str
    to: Destination
    item_id: int
    kind: str
    customer: str
    title: str
    digest: str
    draft: dict[str, Any]
    deal: tuple[str, str] = ("", "")
    sealed: str = ""
    packet: tuple[PacketRow, ...] = ()
    owner: str = ""
    cannot: str = ""


@dataclass(frozen=True)
class Write:
    """One thing that will be written: what and where, and each field with what is there before and after. `text` is a
    file's whole content."""

    what: str
    fields: tuple[tuple[str, str, str], ...] = ()
    text: str = ""


def outgoing_of(session: Session, context: ItemContext, to: Destination) -> Outgoing:
    """What the newest revision of an item writes to that destination."""
    item, revision = context.item, context.revision
    deal = deal_of(session, context)
    key = release_key(item.id, revision.digest)
    whole = item.kind, item.customer, revision.title, revision.digest, revision.draft
    out = Outgoing(key, to, item.id, *whole, deal=deal)
    return replace(out, **_of_packet(session, context, to, deal)) if to.can.packets else out


def deal_of(session: Session, context: ItemContext) -> tuple[str, str]:
    """(system, id) of the deal whose onboarding an item belongs to; ("", "") where it belongs to none."""
    onboarding = context.item.onboarding_id
    found = session.get(Onboarding, onboarding) if onboarding is not None else None
    return (found.system, found.external_id) if found else ("", "")


def _of_packet(session: Session, context: ItemContext, to: Destination, deal: tuple[str, str]) -> dict[str, Any]:
    """What a packet says beside the deal that it is about. The deal's record is the one that the approved revision
    rests on; where it rests on none that vouches for itself, the newest that does."""
    system, external_id = deal
    if system != to.kind:
        there = SYSTEM_NAMES.get(to.kind, to.kind)
        return {"cannot": f"its onboarding did not start from a deal in {there}, and {to.key} writes to those alone"}
    policy = context.policy
    lane = policy.lane(context.item.lane)
    trigger = lane.triggers.get(system) if lane else None
    if lane is None or trigger is None:
        return {"cannot": f"its lane reads no deals of {system}"}
    drafted = revise.load_draft(session, context.revision, context.item.kind)
    trusted = policy.organisation.trusted_automations
    key = (system, trigger.object, external_id)
    mine = next((one for one in drafted.sources.values() if one.key == key and one.vouches(trusted)), None)
    found = mine or source_records.newest_by_key(session, [key], trusted).get(key)
    if found is None:
        return {"cannot": f"nobody but an automation says that there is a deal {external_id} in {system}; import it"}
    owner = schema.text(resolve_pointer(found.payload, packet_rows.OWNERS[system]))
    return {"packet": packet_rows.rows(policy, lane, drafted, found), "owner": owner}
