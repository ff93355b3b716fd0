"""A question to sales whose answer nobody can give any more is handed on to a named sales owner; which ones nobody
owns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session, aliased

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core.errors import Conflict, FieldError, Forbidden, Invalid
from reviewqueue.core.vocabulary import APPROVED
from reviewqueue.db.database import writing
from reviewqueue.db.tables import base
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.people import Person
from reviewqueue.evidence import source_records
from reviewqueue.evidence.types import Source
from reviewqueue.items import sales_questions
from reviewqueue.items.sales_questions import HANDOVER, KIND, OURS
from reviewqueue.onboarding import sales_answers
from reviewqueue.onboarding.sales_answers import Asked
from reviewqueue.people import access, actors
from reviewqueue.policy import evaluation

ROLE, ABILITY = "sales_owner", "ask for a draft"
MOST = 200  # so many of the newest questions are looked at


def takers(session: Session, asked: Asked) -> Sequence[Person]:
    """Who could answer a question instead: the sales owners with an open account."""
    everybody = session.scalars(select(Person).where(Person.disabled_at.is_(None)).order_by(Person.name, Person.id))
    return [one for one in everybody if ROLE in one.roles and one.email.casefold() not in asked.to]


def may_hand_on(asked: Asked, actor: evaluation.Actor) -> bool:
    """Whether this person may hand the question on: nobody can be expected to answer it."""
    return asked.nobodys and access.has_ability(actors.effective_roles(actor), ABILITY)


def hand_on(session: Session, person_id: int, item_id: int, to_id: int, now: datetime) -> str:
    """Hand an approved question on to a sales owner; returns their name. Raises NotFound, Forbidden, Conflict (409)
    where somebody can answer it or all is answered, and Invalid (/to)."""
    with writing(session):
        actor, asked = actors.load_actor(session, person_id, now), sales_answers.load(session, person_id, item_id, now)
        if not access.has_ability(actors.effective_roles(actor), ABILITY):
            raise Forbidden("Only an implementation lead, a CSM, a CS leader or RevOps hands a question on.")
        if not asked.nobodys:
            raise Conflict("Somebody can answer it, or all of it is answered by now, so it was not handed on.")
        to = next((one for one in takers(session, asked) if one.id == to_id), None)
        if to is None:
            raise Invalid("Nothing was changed.", [FieldError("/to", "choose a sales owner with an open account")])
        override_log.append(session, now, record(session, asked.item, asked.to, to, Actor.person(person_id), "", now))
    return to.name


def record(
    session: Session, item: Item, before: Sequence[str], to: Person, actor: Actor, why: str, now: datetime
) -> Event:
    """Record that a question waits for this person's answer from now on, and tell them and who stands in for them;
    returns the event for the log. Only inside `writing()`."""
    payload = {
        "item": item.id,
        "person": to.id,
        "name": to.name,
        "email": to.email.casefold(),
        "by": str(actor),
        "at": base.moment(now),
    }
    source_records.keep(
        session, [Source(OURS, HANDOVER, str(item.id), payload, None, f"Handed on to {to.name}")], now, "imported"
    )
    sales_answers.tell_asked(session, item, {to.email.casefold()}, actor, now)
    facts = {"from": ", ".join(before), "to": Actor.person(to.id), **({"why": why} if why else {})}
    return Event.about(item, actor, EventType.ITEM_REASSIGN, facts=facts)


def waiting_for(session: Session, email: str) -> list[Item]:
    """The questions that wait for the answer of whoever has this address, newest first."""
    return [row.Item for row in _silent(session) if email.casefold() in _to(row)]


def nobodys(session: Session) -> list[tuple[Item, Onboarding, str]]:
    """The questions that nobody can be expected to answer, with whose address they went to, newest first."""
    there = sales_answers.open_addresses(session)
    return [
        (row.Item, row.Onboarding, ", ".join(sorted(_to(row))) or "nobody")
        for row in _silent(session)
        if there.isdisjoint(_to(row))
    ]


def _to(row: Row[Any]) -> set[str]:
    return sales_questions.addresses(row.Revision.draft, row.handed)


def _silent(session: Session) -> list[Row[Any]]:
    """The newest approved question of each onboarding that goes on, where a field has no answer."""
    other = aliased(Item)
    newest = select(func.max(other.id)).where(other.kind == KIND, other.state.in_(APPROVED))
    newest = newest.where(other.onboarding_id == Onboarding.id).correlate(Onboarding)
    query = sales_answers.questions().add_columns(sales_answers.ANSWERS.label("answers"))
    query = query.where(Item.id == newest.scalar_subquery(), Onboarding.ended_at.is_(None))
    rows = session.execute(query.order_by(Item.id.desc()).limit(MOST)).all()
    return [row for row in rows if sales_answers.is_silent(session, row)]
