"""Whose answer a question to sales waits for: the addresses it went to or was handed on to, and the people behind
them. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from email.utils import getaddresses
from typing import Any

from sqlalchemy import JSON, String, Text, cast, func, select, type_coerce
from sqlalchemy.orm import Session

from reviewqueue.core.vocabulary import APPROVED
from reviewqueue.db.tables.items import Item, Revision
from reviewqueue.db.tables.notifications import Notification
from reviewqueue.db.tables.onboardings import SourceRecord
from reviewqueue.db.tables.people import Person
from reviewqueue.items import undecidable
from reviewqueue.people import absences, visibility
from reviewqueue.policy import evaluation

KIND = "sales_question"
PAYLOAD = type_coerce(cast(SourceRecord.payload, JSON().with_variant(Text(), "sqlite")), JSON)
# To whose address a question was handed on, newest first; null where nobody did.
OURS, HANDOVER = "reviewqueue", "question-handover"
HANDED = (
    select(PAYLOAD["email"].as_string())
    .where(SourceRecord.system == OURS, SourceRecord.object == HANDOVER)
    .where(SourceRecord.external_id == cast(Item.id, String))
    .order_by(SourceRecord.id.desc())
    .limit(1)
    .correlate(Item)
    .scalar_subquery()
)


def receivers(draft: Any) -> set[str]:
    """The addresses that a message goes to."""
    to = draft.get("to") if isinstance(draft, dict) else None
    written = [one for one in to if isinstance(one, str)] if isinstance(to, list) else []
    return {address.casefold() for _, address in getaddresses(written)}


def addresses(draft: Any, handed: str | None) -> set[str]:
    """Whose address a question waits for: the one it was handed on to, else those it went to."""
    return {handed.casefold()} if handed else receivers(draft)


def answerers(session: Session, emails: Collection[str], now: datetime) -> list[int]:
    """Who answers what is asked of these addresses now: whose they are, and who stands in for them."""
    ids = frozenset(session.scalars(select(Person.id).where(func.lower(Person.email).in_(emails))))
    everybody = undecidable.load_actors(session, now) if ids else []
    return [one.person_id for one in everybody if absences.asked_through(one) & ids]


def asked_of(session: Session, item_ids: Collection[int], actor: evaluation.Actor) -> set[int]:
    """Which of these items are approved questions that this person answers now, by oneself or as a stand-in."""
    if not item_ids:
        return set()
    mine = select(func.lower(Person.email)).where(Person.id.in_(absences.asked_through(actor)))
    emails = set(session.scalars(mine))
    current = (Revision.item_id == Item.id) & (Revision.number == Item.revision_number)
    query = select(Item.id, Revision.draft, HANDED.label("handed")).join(Revision, current)
    asked = session.execute(query.where(Item.id.in_(item_ids), Item.kind == KIND, Item.state.in_(APPROVED)))
    return {row.id for row in asked if not emails.isdisjoint(addresses(row.draft, row.handed))}


def may_read(session: Session, told: Iterable[Notification], actor: evaluation.Actor) -> set[int]:
    """The items that a person is told of whose words they may read now: what they may see, and what is asked of
    them."""
    told = list(told)
    seen = set(visibility.visible_items(session, [one.item_id for one in told], actor))
    asked = {one.item_id for one in told if one.kind == "asked" and one.item_id is not None} - seen
    return seen | asked_of(session, asked, actor)
