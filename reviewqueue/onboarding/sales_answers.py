"""Questions to sales, as the person asked sees them, and their answers, field by field. Each answer is a source record
of its own, which a packet that is drafted again cites."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, String, cast, func, or_, select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core.errors import Forbidden, Invalid, NotFound
from reviewqueue.core.vocabulary import APPROVED
from reviewqueue.db import paging
from reviewqueue.db.database import writing
from reviewqueue.db.tables import base
from reviewqueue.db.tables.items import Item, Revision
from reviewqueue.db.tables.onboardings import Onboarding, SourceArrival, SourceRecord
from reviewqueue.db.tables.people import Person
from reviewqueue.evidence import flag_changes, source_records
from reviewqueue.evidence.text.values import not_agreed
from reviewqueue.evidence.types import Source
from reviewqueue.items import sales_questions
from reviewqueue.items.sales_questions import HANDED, KIND, PAYLOAD, addresses
from reviewqueue.onboarding import given_answers
from reviewqueue.onboarding.given_answers import GivenAnswer
from reviewqueue.people import absences, actors, notifications, visibility
from reviewqueue.people.notifications import About
from reviewqueue.policy import business_hours, policy_versions
from reviewqueue.policy.model.policy import PacketField, Policy

SYSTEM, OBJECT = "sales", "answer"
_ONESELF = ("", 0)  # on nobody else's behalf
UNSETTLED = ("", "ask-customer")  # no answer, and one after which the field is still open
MOST_COUNTED = 20
_ANSWER = cast(SourceArrival.id, String) + " " + SourceRecord.external_id + " " + PAYLOAD["outcome"].as_string()
# What people answered about an onboarding's fields: "arrival onboarding/field outcome" of each answer, in lines.
ANSWERS = (
    select(func.aggregate_strings(_ANSWER, "\n"))
    .select_from(SourceRecord)
    .join(SourceArrival, SourceArrival.source_record_id == SourceRecord.id)
    .where(SourceRecord.system == SYSTEM, SourceRecord.object == OBJECT)
    .where(SourceRecord.external_id.startswith(cast(Onboarding.id, String) + "/"), SourceArrival.way != "claimed")
    .correlate(Onboarding)
    .scalar_subquery()
)


@dataclass(frozen=True)
class AskedField:
    """A field of the packet that a question asks for, and its newest answer."""

    field: PacketField
    answer: Source | None

    @property
    def known(self) -> bool:
        """Whether the answer settles it: the customer need not be asked."""
        return settles(self.answer)

    @property
    def who_asks(self) -> str:
        """Who asks the customer and by when, in words; "" where sales did not say that they have to be asked."""
        asks = self.answer is not None and self.answer.payload.get("outcome") == "ask-customer"
        return given_answers.says_who_asks(self.answer) if asks and self.answer else ""


@dataclass(frozen=True)
class Asked:
    """An approved question to sales: whose onboarding it is about, its words, and what it asks for. `to` are the
    addresses it went to, or the one it was `handed` on to; `reaches` whether one of them is that of a sales owner with
    an open account; `mine`: that of who looks, or of somebody absent for whom they stand in: `on_behalf_of` and
    `absent_id` are their name and id ("", 0 for oneself)."""

    item: Item
    onboarding: Onboarding
    body: str
    fields: Sequence[AskedField]
    mine: bool
    to: tuple[str, ...] = ()
    reaches: bool = True
    on_behalf_of: str = ""
    absent_id: int = 0
    handed: str = ""

    @property
    def nobodys(self) -> bool:
        """Whether a field has no answer and nobody can be expected to give one."""
        return not self.reaches and any(one.answer is None for one in self.fields)

    @property
    def waits(self) -> bool:
        """Whether somebody who can be reached has not answered all of it."""
        return self.reaches and any(one.answer is None for one in self.fields)

    @property
    def left(self) -> int:
        """How many fields are still to answer: those that the customer has to be asked are."""
        return sum(not one.known for one in self.fields)


def asked_of(
    session: Session, person_id: int, place: paging.PagePosition, now: datetime
) -> tuple[paging.Page[Row[Any]], list[Asked]]:
    """(a page of the approved questions addressed to a person, or to somebody for whom they stand in now, newest first;
    these questions)."""
    people = _addressees(session, person_id, now)
    draft = cast(Revision.draft, String)
    addressed = or_(HANDED.in_(people), *(draft.icontains(email, autoescape=True) for email in people))
    listed = paging.newest_first(session, questions().where(addressed), Item.id, place)
    asked = [(row, _addressee(people, row)) for row in listed.rows]
    mine = [(row, behalf) for row, behalf in asked if behalf is not None]
    wanted: dict[int, dict[str, PacketField]] = {}
    for row, _ in mine:
        wanted.setdefault(row.Onboarding.id, {}).update(
            {one.key: one for one in _policy_of(session, row).packet.fields}
        )
    known = newest(session, {run: fields.values() for run, fields in wanted.items()}) if wanted else {}
    return listed, [_asked(session, row, known, mine=True, behalf=behalf) for row, behalf in mine]


def load(session: Session, person_id: int, item_id: int, now: datetime) -> Asked:
    """One approved question, for the person it is addressed to and whoever may see its onboarding. Raises NotFound."""
    row = session.execute(questions().where(Item.id == item_id)).first()
    if row is None:
        raise NotFound()
    actor = actors.load_actor(session, person_id, now)
    behalf = _addressee(_addressees(session, person_id, now), row)
    mine = behalf is not None
    if not mine and not visibility.sees_onboarding(policy_versions.current(session), row.Onboarding, actor):
        raise NotFound()
    return _asked(session, row, _answers_to(session, row), mine=mine, behalf=behalf or _ONESELF)


def _addressees(session: Session, person_id: int, now: datetime) -> dict[str, tuple[str, int]]:
    """Whose questions a person answers now, by their address: name and id of whom they stand in for, or _ONESELF."""
    answers_for = absences.asked_through(actors.load_actor(session, person_id, now))
    found = session.scalars(select(Person).where(Person.id.in_(answers_for)).order_by(Person.id))
    return {one.email.casefold(): _ONESELF if one.id == person_id else (one.name, one.id) for one in found}


def _addressee(people: Mapping[str, tuple[str, int]], row: Row[Any]) -> tuple[str, int] | None:
    """On whose behalf one of these people is asked, _ONESELF on their own; None where they are not."""
    to = addresses(row.Revision.draft, row.handed)
    return min((whose for email, whose in people.items() if email in to), default=None)


def answer(session: Session, person_id: int, item_id: int, given: Mapping[str, GivenAnswer], now: datetime) -> int:
    """Keep the answers of the person asked, or of their stand-in in sales; returns how many. A later answer to a field
    is another record, and the newest counts. Raises NotFound, Forbidden for whoever was not asked, and Invalid naming
    the field."""
    with writing(session):
        asked = load(session, person_id, item_id, now)
        if not asked.mine:
            raise Forbidden("This is asked of somebody else: only they, or a stand-in who is a sales owner, answer it.")
        fields = {one.field.key: one.field for one in asked.fields}
        calendar = policy_versions.current(session).calendar(asked.onboarding.lane)
        today, person = business_hours.local_day(now, calendar), session.get_one(Person, person_id)
        if faults := given_answers.faults(given, fields, today):
            raise Invalid("Nothing was kept yet; what you typed is still here.", faults)
        words = not_agreed.wording(person.name, today)
        kept = [_source(asked, fields[key], one, person, now, words) for key, one in given.items()]
        fresh, actor = source_records.keep(session, kept, now, "imported").fresh, Actor.person(person_id)
        events = flag_changes.flag_changes(session, kept, fresh, actor, now)
        facts = {"fields": {key: one.outcome for key, one in given.items()}, "records": [one.digest for one in kept]}
        facts |= {"on_behalf_of": asked.on_behalf_of} if asked.on_behalf_of else {}
        who = asked.item.settled_by_id or asked.onboarding.owner_id
        notifications.tell(session, "answered", [who], About(item_id), actor, now)
        override_log.append(session, now, Event.about(asked.item, actor, EventType.SALES_ANSWER, facts=facts), *events)
    return len(given)


def tell_asked(session: Session, item: Item, emails: Collection[str], actor: Actor, now: datetime) -> None:
    """Tell whoever answers a question that was just approved or handed on: whose these addresses are, and who stands in
    for them. Inside `writing()`."""
    asked = sales_questions.answerers(session, emails, now)
    notifications.tell(session, "asked", asked, About(item.id), actor, now)


def about(session: Session, onboarding_id: int) -> Asked | None:
    """The newest approved question about an onboarding, as nobody's in particular."""
    row = session.execute(questions().where(Item.onboarding_id == onboarding_id).order_by(Item.id.desc())).first()
    return _asked(session, row, _answers_to(session, row), mine=False) if row else None


def waiting(session: Session, emails: Collection[str]) -> int:
    """How many of the newest approved questions to these addresses have a field without an answer, of MOST_COUNTED at
    most. One statement."""
    known = {one.casefold() for one in emails}
    draft = cast(Revision.draft, String)
    mine = questions().where(or_(HANDED.in_(known), *(draft.icontains(one, autoescape=True) for one in known)))
    rows = session.execute(mine.add_columns(ANSWERS.label("answers")).order_by(Item.id.desc()).limit(MOST_COUNTED))
    return sum(
        not known.isdisjoint(addresses(row.Revision.draft, row.handed)) and is_silent(session, row) for row in rows
    )


def is_silent(session: Session, row: Row[Any]) -> bool:
    """Whether a field of a question, read with ANSWERS, has no answer."""
    said = outcomes_in(row.answers or "")
    return any(one.key not in said for one in fields_of(_policy_of(session, row), row.Revision.draft))


def newest_of(session: Session, onboarding_id: int) -> int | None:
    """The item of the newest approved question about an onboarding."""
    asked = select(func.max(Item.id)).where(Item.kind == KIND, Item.state.in_(APPROVED))
    return session.scalar(asked.where(Item.onboarding_id == onboarding_id))


def known(session: Session, policy: Policy, onboarding_id: int) -> dict[str, Source]:
    """The newest answer to each field of an onboarding's packet, by the field's key. Only a person answers: what an
    automation claims to be an answer is none, also where the policy trusts it."""
    return {key: found for (_, key), found in newest(session, {onboarding_id: policy.packet.fields}).items()}


def newest(session: Session, fields: Mapping[int, Iterable[PacketField]]) -> dict[tuple[int, str], Source]:
    """The same for several onboardings, by (onboarding, the field's key), in one statement."""
    ids = {_id_of(run, field.key): (run, field.key) for run, wanted in fields.items() for field in wanted}
    return {ids[one]: found for one, found in source_records.newest(session, SYSTEM, OBJECT, ids).items()}


def outcomes_in(answers: str) -> dict[str, str]:
    """The outcome of the newest answer to each field, by its key, from what ANSWERS gives."""
    rows = sorted((row.split(" ") for row in answers.splitlines()), key=lambda row: int(row[0]))
    return {row[1].partition("/")[2]: row[2] for row in rows}


def settles(answer: Source | None) -> bool:
    """Whether an answer settles its field: the customer need not be asked."""
    return answer is not None and answer.payload.get("outcome") not in UNSETTLED


def fields_of(policy: Policy, draft: Any) -> list[PacketField]:
    """The fields of the packet that a question asks for, under its own policy."""
    body = str(draft.get("body", "")) if isinstance(draft, dict) else ""
    could = [one for one in policy.packet.fields if one.audited and one.ask]
    return [one for one in could if one.ask in body] or could  # a reviewer may have said it in other words


def questions() -> Any:
    """A query for the approved questions, with revision and onboarding, and to whose address each was `handed` on."""
    current = (Revision.item_id == Item.id) & (Revision.number == Item.revision_number)
    joined = (
        select(Item, Revision, Onboarding, HANDED.label("handed"))
        .join(Revision, current)
        .join(Onboarding, Onboarding.id == Item.onboarding_id)
    )
    return joined.where(Item.kind == KIND, Item.state.in_(APPROVED))


def _policy_of(session: Session, row: Row[Any]) -> Policy:
    return policy_versions.version(session, row.Item.policy_digest)


def _answers_to(session: Session, row: Row[Any]) -> dict[tuple[int, str], Source]:
    return newest(session, {row.Onboarding.id: _policy_of(session, row).packet.fields})


def _asked(
    session: Session, row: Row[Any], answers: Mapping[tuple[int, str], Source], *, mine: bool,
    behalf: tuple[str, int] = _ONESELF,
) -> Asked:  # fmt: skip
    draft, run = row.Revision.draft, row.Onboarding
    fields = [AskedField(one, answers.get((run.id, one.key))) for one in fields_of(_policy_of(session, row), draft)]
    to = sorted(addresses(draft, row.handed))
    reaches = mine or not open_addresses(session).isdisjoint(to)
    body = str(draft.get("body", ""))
    return Asked(row.Item, run, body, fields, mine, tuple(to), reaches, *behalf, handed=row.handed or "")


def open_addresses(session: Session) -> set[str]:
    """The addresses of the sales owners whose account is open."""
    everybody = session.execute(select(Person.email, Person.held).where(Person.disabled_at.is_(None)))
    return {row.email.casefold() for row in everybody if "sales_owner" in row.held.split()}


def _source(asked: Asked, field: PacketField, given: GivenAnswer, person: Person, now: datetime, no: str) -> Source:
    words = given_answers.words_of(given)
    payload = {
        "field": field.key,
        "label": field.label,
        "question": field.ask,
        "outcome": given.outcome,
        "answer": {"value": words, "not-agreed": no, "ask-customer": ""}[given.outcome],
        "note": "" if given.outcome == "value" else words,
        "by": person.name,
        "person": person.id,
        **given_answers.asking_facts(given, person.name),
        **({"on_behalf_of": asked.on_behalf_of, "absent": asked.absent_id} if asked.on_behalf_of else {}),
        "item": asked.item.id,
        "at": base.moment(now),
    }
    label = f"{person.name}: {field.label}"
    # Without a time of its own: which answer is the newest goes by which came last, and no two clocks agree.
    return Source(SYSTEM, OBJECT, _id_of(asked.onboarding.id, field.key), payload, None, label)


def _id_of(onboarding_id: int, key: str) -> str:
    return f"{onboarding_id}/{key}"
