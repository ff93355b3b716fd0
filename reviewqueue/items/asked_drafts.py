"""Who asked for a revision that a drafter of ours wrote: the person whose request is on the log before it. Reads
only."""

from __future__ import annotations

from itertools import pairwise

from sqlalchemy import String, cast, literal, select
from sqlalchemy.orm import Session

from reviewqueue.audit.events import PERSON_PREFIX, EventType
from reviewqueue.db.tables.log import LogEntry
from reviewqueue.db.tables.people import Person
from reviewqueue.items.item_context import ItemContext


def askers(session: Session, context: ItemContext) -> dict[int, str]:
    """The name of who asked for it, by the revision's number. One statement, and none where an automation wrote the
    first revision alone."""
    ordered = sorted(context.revisions, key=lambda one: one.number)
    written = [(one, before) for before, one in pairwise(ordered) if one.author_person_id is None]
    if not written:
        return {}
    person = LogEntry.actor == literal(PERSON_PREFIX) + cast(Person.id, String)
    asked = select(LogEntry.at, Person.name).join(Person, person).where(LogEntry.item_id == context.item.id)
    rows = session.execute(asked.where(LogEntry.act == EventType.DRAFTING_ASK.value).order_by(LogEntry.position)).all()
    found = {}
    for one, before in written:
        names = [row.name for row in rows if before.made_at < row.at <= one.made_at]
        if names:
            found[one.number] = names[-1]
    return found
