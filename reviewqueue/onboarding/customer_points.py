"""Open points with the customer: fields of the packet of which sales said that the customer has to be asked. From the
packet's approval on each is a task of the customer with a due date, until somebody answers it. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.checks.packet_fields import has_value
from reviewqueue.connectors.citation_collector import Fact
from reviewqueue.connectors.schema import text
from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.core.vocabulary import APPROVED, OPEN, PACKET
from reviewqueue.db.tables.items import Item, Revision
from reviewqueue.db.tables.onboardings import Onboarding, SourceArrival, SourceRecord
from reviewqueue.db.tables.seeded_defects import not_seeded
from reviewqueue.evidence.types import Source
from reviewqueue.items import sales_questions
from reviewqueue.onboarding import given_answers, sales_answers
from reviewqueue.onboarding.drafting import recipients
from reviewqueue.policy import business_hours
from reviewqueue.policy.model.policy import Lane, PacketField, Policy
from reviewqueue.policy.model.templates import ANSWER_BY, Template, due

EVENT = "ask-customer"
# The records of which somebody in sales said that the customer has to be asked, by "onboarding/field".
_ASKS_CUSTOMER = (
    select(SourceRecord.external_id)
    .join(SourceArrival, SourceArrival.source_record_id == SourceRecord.id)
    .where(SourceRecord.system == sales_answers.SYSTEM, SourceRecord.object == sales_answers.OBJECT)
    .where(SourceArrival.way != "claimed")
    .where(sales_questions.PAYLOAD["outcome"].as_string() == "ask-customer")
)


@dataclass(frozen=True)
class OpenPoint:
    """A field that only the customer can fill: `asked` is what sales answered, `owner` who of the customer has it,
    `planned_at` since when it is their task, and `due_on` until when: the day that sales gave, else the template's;
    None before the packet is approved, and where the lane has no template that asks. Otherwise it is a task like a
    plan's milestones."""

    field: PacketField
    asked: Source
    owner: str
    planned_at: datetime
    due_on: date | None
    id: str
    reached_at: None = None

    @property
    def name(self) -> str:
        """The question, as the customer reads it; our name of the field where the policy has no words for them."""
        return self.field.ask_customer or self.field.label

    @property
    def undrafted(self) -> str:
        """Why no question about it is drafted, in words; "" where one is."""
        if name := given_answers.sales_asks(self.asked):
            return f"{name} asks the customer, so none is drafted"
        if not self.field.ask_customer:
            return "none is drafted: packet.toml has no ask_customer for it, so ask the customer and write it down here"
        return ""


def asking(policy: Policy, lane: Lane) -> Template | None:
    """What a question to the customer is drafted from in a lane."""
    return next(iter(policy.after(EVENT, lane)), None)


def open_points(session: Session, policy: Policy, onboarding: Onboarding) -> list[OpenPoint]:
    """The open points of an onboarding, in the packet's order. One statement where sales said of no field that the
    customer has to be asked."""
    lane, known = policy.lane(onboarding.lane), sales_answers.known(session, policy, onboarding.id)
    asked = {key: one for key, one in known.items() if not sales_answers.settles(one)}
    packet = _packet(session, onboarding.id) if asked and lane else None
    if packet is None or lane is None:
        return []
    item, draft = packet
    fields = [one for one in policy.packet.fields if one.key in asked and not has_value(resolve_pointer(draft, one.at))]
    owner = _owner(policy, draft) or onboarding.customer
    approved_at = item.settled_at if item.state in APPROVED else None
    return [_point(policy, lane, onboarding, one, asked[one.key], owner, approved_at) for one in fields]


def answered(known: Mapping[str, Source]) -> list[Source]:
    """Those of these answers that the customer gave, and a person of ours wrote down."""
    return [one for one in known.values() if one.payload.get("said_by")]


def ever_asked(session: Session) -> set[int]:
    """The onboardings of which sales ever said that the customer has to be asked."""
    return {int(one.partition("/")[0]) for one in session.scalars(_ASKS_CUSTOMER)}


def _packet(session: Session, onboarding_id: int) -> tuple[Item, Any] | None:
    """The packet that was approved last, else the newest open one, with what it says."""
    current = (Revision.item_id == Item.id) & (Revision.number == Item.revision_number)
    query = select(Item, Revision.draft).join(Revision, current).where(Item.onboarding_id == onboarding_id)
    query = query.where(Item.kind == PACKET, Item.state.in_((*APPROVED, *OPEN)), not_seeded())
    newest = query.order_by(Item.state.in_(APPROVED).desc(), Item.settled_at.desc(), Item.id.desc())
    row = session.execute(newest.limit(1)).first()
    return (row[0], row[1]) if row else None


def _owner(policy: Policy, draft: Any) -> str:
    """Who of the customer has it: the customer-side owner that the packet names, else the economic buyer."""
    says = {one.key: text(resolve_pointer(draft, one.at)) for one in policy.packet.fields}
    for key in ("customer_owner", "economic_buyer"):
        if named := [one.name.says for one in recipients.people_named(Fact(says.get(key, ""))) if one.name.says]:
            return " and ".join(named)
    return ""


def _point(
    policy: Policy, lane: Lane, onboarding: Onboarding, field: PacketField, asked: Source, owner: str,
    approved_at: datetime | None,
) -> OpenPoint:  # fmt: skip
    said_at, template = asked.as_of or onboarding.started_at, asking(policy, lane)
    since = max(said_at, approved_at) if approved_at else said_at
    said_day = given_answers.ask_by(asked)
    due_on = said_day if given_answers.sales_asks(asked) else None
    if approved_at and template:
        calendar = policy.calendar(lane.key)
        count = due(template.dates[ANSWER_BY])[0]
        begins_on = business_hours.local_day(since, calendar)
        by_rule = business_hours.business_day(begins_on, count, calendar)
        due_on = due_on or (said_day if said_day and said_day > begins_on else by_rule)
    return OpenPoint(field, asked, owner, since, due_on, f"{onboarding.id}/{field.key}")
