"""The time zone that a CRM's record names, as a name that this machine knows."""

from __future__ import annotations

from functools import cache
from typing import Any
from zoneinfo import available_timezones

# What a field is called that holds one: HubSpot's own, and what organisations call theirs.
_FIELDS = ("hs_timezone", "timezone", "time_zone", "timezone__c", "time_zone__c")


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
