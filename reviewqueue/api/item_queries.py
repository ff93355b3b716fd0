"""What an automation reads of its own items: one in full, or a page of them. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from reviewqueue.db.tables.items import Claim, Item, Revision
from reviewqueue.db.tables.onboardings import Onboarding, SourceRecord
from reviewqueue.delivery import release_queries
from reviewqueue.items import intake, item_context, item_page
from reviewqueue.people.access import Caller

PAGE = 50


@dataclass(frozen=True)
class Followed:
    """An item with everything its automation is shown; `names` are the people its decisions mention, by id."""

    desk: item_context.ItemContext
    sources: dict[str, SourceRecord]
    claims: Sequence[Claim]
    names: dict[int, str]
    onboarding: Onboarding | None
    outgoing: release_queries.Outgoing | None = None


def whole(session: Session, caller: Caller, item_id: int, now: datetime, *, mail: bool) -> Followed:
    """One item in full; `mail` says whether there is a mail server. Raises NotFound."""
    found = intake.load_own(session, caller, item_id, now)
    claims = session.scalars(select(Claim).where(Claim.revision_id == found.revision.id).order_by(Claim.id)).all()
    onboarding = session.get(Onboarding, found.item.onboarding_id) if found.item.onboarding_id else None
    sources = item_page.sources_of(session, found.revision.id)
    out = release_queries.of(session, found, now, mail=mail, judged=True)
    return Followed(found, sources, claims, item_page.names_of(session, found), onboarding, out)


def page(
    session: Session, caller: Caller, after: int, *, state: str = "", gate: str = "", lane: str = ""
) -> tuple[Sequence[tuple[Item, str, str | None]], int]:
    """(the caller's items with a higher id than `after`, newest last, each with its revision's digest and its deal's
    id; the id to continue after, or 0 at the end)."""
    query = (
        select(Item, Revision.digest, Onboarding.external_id)
        .join(Revision, and_(Revision.item_id == Item.id, Revision.number == Item.revision_number))
        .outerjoin(Onboarding, Onboarding.id == Item.onboarding_id)
        .where(Item.automation_id == caller.automation_id, Item.id > after)
        .order_by(Item.id)
        .limit(PAGE + 1)
    )
    for column, wanted in ((Item.state, state), (Item.gate, gate), (Item.lane, lane)):
        if wanted:
            query = query.where(column == wanted)
    for column, reached in ((Item.lane, caller.lanes), (Item.gate, caller.gates)):
        if reached:
            query = query.where(column.in_(sorted(reached)))
    rows = [(row[0], row[1], row[2]) for row in session.execute(query)]
    return rows[:PAGE], rows[PAGE - 1][0].id if len(rows) > PAGE else 0
