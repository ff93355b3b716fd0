"""When what was approved goes out at the earliest: after the time in which its approval can be undone, and in the
customer's business hours, where its gate says so. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from reviewqueue.connectors import time_zones
from reviewqueue.core.mime import message
from reviewqueue.core.time_zones import place_of
from reviewqueue.core.vocabulary import TO_CUSTOMERS
from reviewqueue.items import known_records
from reviewqueue.items.item_context import ItemContext
from reviewqueue.policy import business_hours
from reviewqueue.policy.model.policy import Gate


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


def _customer_zone(session: Session, context: ItemContext) -> str:
    """The time zone that the customer's own records name: of the contact who gets it, else the only one there is; ""
    where they name none, or several."""
    if context.item.kind not in TO_CUSTOMERS:
        return ""
    receivers = {address.casefold() for address in message.read(context.revision.draft)[0].envelope}
    return time_zones.of_customer(known_records.of_item(session, context).vouching.values(), receivers)
