"""Change events about a deal: Salesforce's change data capture, HubSpot's webhooks and occurrences. An event is no
snapshot of the record; laid over the newest one it says what the deal is now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from reviewqueue.connectors.schema import SHAPES, text
from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.evidence.record_versions import event_objects, is_event, parse_moment
from reviewqueue.evidence.types import Source

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What an event occurrence of a closed deal calls the properties of the deal.
_CLOSED = {"hs_closed_state": "dealstage", "hs_amount": "amount"}


def deal_object(source: Source, objects: Iterable[str]) -> str:
    """Which of these objects a change event is about, such as `Opportunity`; "" for what is no event about one."""
    for one in objects:
        if source.object in event_objects(one) or (source.object == one and is_event(source.payload)):
            return one
    return ""


def happened_at(event: Source) -> datetime | None:
    """When it happened, by its system's word; None where it does not say."""
    said = resolve_pointer(event.payload, "/ChangeEventHeader/commitTimestamp")
    if not isinstance(said, int | Decimal):
        said = resolve_pointer(event.payload, "/occurredAt")
    if isinstance(said, str):
        return parse_moment(said)
    if isinstance(said, int | Decimal) and not isinstance(said, bool) and 0 < said < 10**14:
        return _EPOCH + timedelta(milliseconds=int(said))
    return None


def applied(deal: Source, events: Iterable[Source]) -> Source:
    """The snapshot of a deal as it is after these events, in the order given."""
    payload = deal.payload
    for event in events:
        header = event.payload.get("ChangeEventHeader")
        changed = _captured(header, event.payload) if isinstance(header, dict) else _of_hubspot(deal, event, payload)
        payload = {**payload, **changed}
    return replace(deal, payload=payload)


def _captured(header: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    kind = header.get("changeType")
    if kind in ("DELETE", "UNDELETE"):
        return {"IsDeleted": kind == "DELETE"}
    # A gap says that something changed, and not what.
    return {name: value for name, value in said.items() if name != "ChangeEventHeader"} if kind == "UPDATE" else {}


def _of_hubspot(deal: Source, event: Source, payload: dict[str, Any]) -> dict[str, Any]:
    kind, said = event.object.rpartition(".")[2], event.payload
    properties = payload.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    if kind == "propertyChange" and text(said.get("propertyName")):
        return {"properties": {**properties, text(said["propertyName"]): said.get("propertyValue")}}
    if kind in ("deletion", "restore"):
        return {"archived": kind == "deletion"}
    if kind == "merge":
        return _merged(deal, said)
    told = said.get("properties") if is_event(said) else None
    closed = {_CLOSED[name]: value for name, value in told.items() if name in _CLOSED} if isinstance(told, dict) else {}
    return {"properties": {**properties, **closed}} if closed else {}


def _merged(deal: Source, said: dict[str, Any]) -> dict[str, Any]:
    listed = said.get("mergedObjectIds")
    gone = {text(one) for one in listed} if isinstance(listed, list) else set()
    stays = text(said.get("newObjectId")) or text(said.get("primaryObjectId"))
    own = SHAPES[deal.system].full_id(deal.external_id)
    return {"MasterRecordId": stays} if own in gone and stays and stays != own else {}
