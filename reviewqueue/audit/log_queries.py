"""The override log as its pages show it: filtered, a page at a time. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from reviewqueue.audit.events import Actor
from reviewqueue.db import paging
from reviewqueue.db.tables.log import LogEntry, LogText
from reviewqueue.db.tables.people import Automation, Person


@dataclass(frozen=True)
class LogFilters:
    """The filters of the log page. An empty one filters nothing; `acts` matches any of its values; `until` is
    exclusive."""

    actor: str = ""
    acts: tuple[str, ...] = ()
    lane: str = ""
    item_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


def log_page(session: Session, filters: LogFilters, place: paging.PagePosition) -> paging.Page[Row[LogEntry]]:
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
    """People's words in those entries: position → name → text."""
    words: dict[int, dict[str, str]] = {}
    for text in session.scalars(select(LogText).where(LogText.position.in_(positions))):
        words.setdefault(text.position, {})[text.name] = text.text
    return words


def log_entry(session: Session, position: int) -> LogEntry | None:
    """One entry of the log, or None past its ends."""
    return session.get(LogEntry, position)


def actors(session: Session, refs: Iterable[str]) -> dict[str, str]:
    """The names of actors such as `person:3` and `automation:2`, by reference. Actors of the system have no other."""
    split = [ref.partition(":") for ref in set(refs)]
    names: dict[str, str] = {}
    for kind, table in ((Actor.person, Person), (Actor.automation, Automation)):
        ids = [int(number) for one, _, number in split if one == kind.__name__ and number.isdigit()]
        if ids:
            rows = session.execute(select(table.id, table.name).where(table.id.in_(ids)))
            names |= {kind(row.id): row.name for row in rows}
    return names
