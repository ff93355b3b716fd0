"""The time zone that a CRM's records name, as a name that this machine knows."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from reviewqueue.evidence.types import Source

# What a field is called that holds one: HubSpot's own, and what organisations call theirs.
_FIELDS = ("hs_timezone", "timezone", "time_zone", "timezone__c", "time_zone__c")
# The records that say where a customer is.
_CUSTOMERS = ("contact", "company", "account")


def of_customer(records: Iterable[Source], receivers: Collection[str]) -> str:
    """The time zone that a customer's records name: of the contacts with these addresses (in lower case), else the only
    one there is; "" where they name none, or several."""
    mine = [one for one in records if one.object.casefold() in _CUSTOMERS]
    found = [(_address(one.payload), zone) for one in mine if (zone := zone_of(one.payload))]
    of_receivers = {zone for address, zone in found if address in receivers}
    zones = of_receivers or {zone for _, zone in found}
    return zones.pop() if len(zones) == 1 else ""


def zone_of(payload: dict[str, Any]) -> str:
    """The zone that a record names, such as "Europe/Berlin" of HubSpot's "europe_slash_berlin"; "" where it names
    none that is known."""
    properties = payload.get("properties")
    fields = {**payload, **properties} if isinstance(properties, dict) else payload
    for name, value in fields.items():
        if name.casefold() in _FIELDS and isinstance(value, str):
            told = value.strip().casefold().replace("_slash_", "/").replace("_hyphen_", "-").replace(" ", "_")
            if known := _names().get(told):
                return known
    return ""


@cache
def _names() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones()}


def _address(payload: dict[str, Any]) -> str:
    fields = payload.get("properties")
    values = {**payload, **fields} if isinstance(fields, dict) else payload
    return next((str(value).casefold() for name, value in values.items() if name.casefold() == "email"), "")
