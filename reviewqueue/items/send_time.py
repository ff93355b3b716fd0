"""When what was approved goes out at the earliest: after the time in which its approval can be undone, and in the
customer's business hours, where its gate says so. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from reviewqueue.connectors import time_zones
from reviewqueue.core.mime import message
from reviewqueue.core.vocabulary import TO_CUSTOMERS
from reviewqueue.items import known_records
from reviewqueue.items.item_context import ItemContext
from reviewqueue.policy import business_hours
from reviewqueue.policy.model.policy import Gate

# The records that say where a customer is.
_CUSTOMERS = ("contact", "company", "account")


@dataclass(frozen=True)
class SendTime:
    """The moment before which a release does not go out, and the time zone whose business hours it was chosen by, ""
    where none was."""

    at: datetime
    zone: str = ""

    def columns(self) -> dict[str, object]:
        """It as columns of a release."""
        return {"send_at": self.at, "send_zone": self.zone}


AT_ONCE: dict[str, object] = {"send_at": None, "send_zone": ""}


def earliest(session: Session, context: ItemContext, gate: Gate, now: datetime) -> SendTime | None:
    """When what is approved now at this gate goes out at the earliest; None where that is at once."""
    at = now + timedelta(minutes=gate.undo_minutes)
    if not gate.send_in_business_hours:
        return SendTime(at) if at > now else None
    calendar = context.policy.calendar(context.item.lane)
    zone = _customer_zone(session, context) or calendar.timezone
    opens = business_hours.next_open(at, calendar.model_copy(update={"timezone": zone}))
    return SendTime(opens, zone) if opens > now else None


def in_words(at: datetime, zone: str) -> str:
    """When that is: "on Tue 03 Mar 2026 at 09:00 Berlin time", or in UTC where it was chosen by no zone."""
    local = at.astimezone(ZoneInfo(zone)) if zone else at
    return f"on {local:%a} {local.day} {local:%b %Y} at {local:%H:%M} {place_of(zone)}"


def place_of(zone: str) -> str:
    """A time zone as people call it: "Berlin time" of Europe/Berlin."""
    return "UTC" if zone in ("", "UTC") else f"{zone.rpartition('/')[2].replace('_', ' ')} time"


def _customer_zone(session: Session, context: ItemContext) -> str:
    """The time zone that the customer's own records name: of the contact who gets it, else the only one there is; ""
    where they name none, or several."""
    if context.item.kind not in TO_CUSTOMERS:
        return ""
    receivers = {address.casefold() for address in message.read(context.revision.draft)[0].envelope}
    records = [
        one for one in known_records.of_item(session, context).vouching.values() if one.object.casefold() in _CUSTOMERS
    ]
    found = [(_address(one.payload), zone) for one in records if (zone := time_zones.zone_of(one.payload))]
    of_receivers = {zone for address, zone in found if address in receivers}
    zones = of_receivers or {zone for _, zone in found}
    return zones.pop() if len(zones) == 1 else ""


def _address(payload: dict[str, object]) -> str:
    fields = payload.get("properties")
    values = {**payload, **fields} if isinstance(fields, dict) else payload
    return next((str(value).casefold() for name, value in values.items() if name.casefold() == "email"), "")
