"""Pages: what one screen shows, read in a handful of queries. Items, log, deliveries, onboardings, people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from reviewqueue import desk, paging, standstill
from reviewqueue.checks import domains
from reviewqueue.policy import judging, legality
from reviewqueue.records.items import Claim, Item, RevisionSource
from reviewqueue.records.log import LogEntry, LogText
from reviewqueue.records.messages import Attempt, Message
from reviewqueue.records.onboardings import Onboarding, SourceRecord
from reviewqueue.records.people import Absence, ApiKey, Automation, Person
from reviewqueue.records.policies import PolicyActivation
from reviewqueue.statements import Statement, since_moved, statements


@dataclass(frozen=True)
class ItemPage:
    """Everything on the item page."""

    desk: desk.Desk
    actor: judging.Actor
    legal: dict[str, legality.Legal]
    needs: Sequence[judging.Need]
    sources: dict[str, SourceRecord]
    statements: Sequence[Statement]
    names: dict[int, str]
    messages: Sequence[Message]
    involvement: str
    standstill: str
    above: str


def item_page(session: Session, item_id: int, person_id: int, now: datetime) -> ItemPage:
    """The item page for one person. Raises NotThere when there is no such item, or it is not theirs to see."""
    actor = desk.actor_of(session, person_id, now)
    found = desk.for_person(session, item_id, actor, now)
    sources = sources_of(session, found.revision.id)
    claims = session.scalars(select(Claim).where(Claim.revision_id == found.revision.id).order_by(Claim.id)).all()
    told = session.scalars(select(Message).where(Message.item_id == item_id).order_by(Message.id)).all()
    roll = standstill.roll(session)
    goes_up = found.may(actor, "escalate").allowed
    return ItemPage(
        desk=found,
        actor=actor,
        legal={legal.act: legal for legal in found.legal(actor)},
        needs=found.needs(),
        sources=sources,
        statements=since_moved(
            statements(
                *(found.item.kind, found.revision.draft, claims, sources),
                domains.looked_up(found.policy.organisation.domains),
            ),
            found.unsettled.shifts,
        ),
        names={row.id: row.name for row in roll},
        messages=told,
        involvement=judging.involvement(found.situation, found.gate, actor) if found.gate else "",
        standstill=standstill.of(session, found, now, known_as=roll),
        above=standstill.above(session, found, now, known_as=roll) if goes_up else "",
    )


def sources_of(session: Session, revision_id: int) -> dict[str, SourceRecord]:
    """A revision's source records by ref."""
    joined = select(RevisionSource.ref, SourceRecord).join(
        SourceRecord, SourceRecord.id == RevisionSource.source_record_id
    )
    rows = session.execute(joined.where(RevisionSource.revision_id == revision_id).order_by(RevisionSource.ref))
    return {row[0]: row[1] for row in rows}


def names_of(session: Session, found: desk.Desk) -> dict[int, str]:
    """Names of every person an item's page mentions."""
    ids = {made.person_id for made in found.decisions} | {made.on_behalf_of_id for made in found.decisions}
    ids |= {revision.author_person_id for revision in found.revisions}
    ids |= {found.item.lease_holder_id, found.item.settled_by_id, found.item.assignee_id}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(ids - {None})))
    return {row.id: row.name for row in rows}


@dataclass(frozen=True)
class LogFilters:
    """What the log page is narrowed to, `acts` to any of these."""

    actor: str = ""
    acts: tuple[str, ...] = ()
    lane: str = ""
    item_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


def log_page(session: Session, filters: LogFilters, place: paging.Place) -> paging.Slice[Row[LogEntry]]:
    """One page of entries, newest first."""
    query = select(LogEntry)
    for column, wanted in (
        (LogEntry.actor, filters.actor), (LogEntry.lane, filters.lane), (LogEntry.item_id, filters.item_id),
    ):  # fmt: skip
        if wanted:
            query = query.where(column == wanted)
    if filters.acts:
        query = query.where(LogEntry.act.in_(filters.acts))
    if filters.since:
        query = query.where(LogEntry.at >= filters.since)
    if filters.until:
        query = query.where(LogEntry.at < filters.until)
    return paging.newest_first(session, query, LogEntry.position, place)


def log_words(session: Session, positions: list[int]) -> dict[int, dict[str, str]]:
    """What people said in those entries: position → name → text."""
    words: dict[int, dict[str, str]] = {}
    for text in session.scalars(select(LogText).where(LogText.position.in_(positions))):
        words.setdefault(text.position, {})[text.name] = text.text
    return words


def log_entry(session: Session, position: int) -> LogEntry | None:
    """One entry of the log, or None past its ends."""
    return session.get(LogEntry, position)


def actors(session: Session, refs: Iterable[str]) -> dict[str, str]:
    """What `person:3` and `automation:2` are called. Actors of the system have no other name."""
    split = [ref.partition(":") for ref in set(refs)]
    names: dict[str, str] = {}
    for kind, table in (("person", Person), ("automation", Automation)):
        ids = [int(number) for one, _, number in split if one == kind and number.isdigit()]
        if ids:
            rows = session.execute(select(table.id, table.name).where(table.id.in_(ids)))
            names |= {f"{kind}:{row.id}": row.name for row in rows}
    return names


def deliveries(session: Session, states: Sequence[str], place: paging.Place) -> paging.Slice[Row[Message, Item]]:
    """One page of the messages in these states, newest first, each with its item."""
    query = select(Message, Item).join(Item, Item.id == Message.item_id).where(Message.state.in_(states))
    return paging.newest_first(session, query, Message.id, place)


def attempts(session: Session, message_ids: Sequence[int]) -> dict[int, list[Attempt]]:
    """Every attempt at these messages by message, newest first."""
    tried: dict[int, list[Attempt]] = {}
    query = select(Attempt).where(Attempt.message_id.in_(message_ids)).order_by(Attempt.id.desc())
    for attempt in session.scalars(query):
        tried.setdefault(attempt.message_id, []).append(attempt)
    return tried


def in_force_since(session: Session) -> datetime | None:
    """Since when the policy in force has been so."""
    return session.scalar(select(PolicyActivation.at).order_by(PolicyActivation.id.desc()).limit(1))


def alive(session: Session) -> bool:
    """Whether the database answers; raises what the database raises when it does not."""
    return session.scalar(select(1)) == 1


def onboardings(
    session: Session, lanes: set[str], customer: str, place: paging.Place
) -> tuple[paging.Slice[Row[Onboarding]], dict[int, list[Item]]]:
    """(one page of onboardings, newest first; their items by onboarding)."""
    query = select(Onboarding).where(Onboarding.lane.in_(lanes))
    if customer:
        key = customer.casefold()
        query = query.where(func.substr(Onboarding.customer_key, 1, len(key)) == key)
    found = paging.newest_first(session, query, Onboarding.id, place)
    items: dict[int, list[Item]] = {one.id: [] for (one,) in found.rows}
    for item in session.scalars(select(Item).where(Item.onboarding_id.in_(items)).order_by(Item.id)):
        items[item.onboarding_id or 0].append(item)
    return found, items


def onboarding(session: Session, onboarding_id: int) -> Onboarding | None:
    """One onboarding, or None."""
    return session.get(Onboarding, onboarding_id)


def people(session: Session, now: datetime) -> tuple[Sequence[Person], dict[int, Absence]]:
    """(everybody by name, who is away now or later: person id → absence)."""
    away = (
        select(Absence).where(Absence.ends_at > now, Absence.cancelled_at.is_(None)).order_by(Absence.starts_at.desc())
    )
    return session.scalars(select(Person).order_by(Person.name)).all(), {
        absence.person_id: absence for absence in session.scalars(away)
    }


def keys(session: Session) -> Sequence[ApiKey]:
    """Every key, newest first, with its automation."""
    return session.scalars(select(ApiKey).order_by(ApiKey.id.desc())).all()
