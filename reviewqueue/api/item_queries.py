"""What an automation reads of its own items: one in full, or a page of them. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, aliased

from reviewqueue.db.tables.items import Claim, Item, Revision
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.people import Automation
from reviewqueue.delivery import release_queries
from reviewqueue.evidence import source_records
from reviewqueue.evidence.types import Source
from reviewqueue.items import intake, item_context, item_page
from reviewqueue.people.access import OWN_AUTOMATION, Caller

PAGE_SIZE = 50
_NEWER = aliased(Item)
# The number of the item that took another's place, where its automation may know it: it is its own, or ours.
_SUPERSEDED_BY = (
    select(_NEWER.id)
    .join(Automation, Automation.id == _NEWER.automation_id)
    .where(_NEWER.id == Item.superseded_by_id)
    .where((_NEWER.automation_id == Item.automation_id) | (Automation.name == OWN_AUTOMATION))
    .correlate(Item)
    .scalar_subquery()
)


@dataclass(frozen=True)
class OwnItem:
    """An item with everything its automation is shown; `names` are the people its decisions mention, by id;
    `superseded_by` the number of the item that took its place, where its automation may know it."""

    context: item_context.ItemContext
    sources: dict[str, Source]
    claims: Sequence[Claim]
    names: dict[int, str]
    onboarding: Onboarding | None
    release: release_queries.ReleaseStatus | None = None
    superseded_by: int | None = None


def load_item(session: Session, caller: Caller, item_id: int, now: datetime, *, mail: bool) -> OwnItem:
    """One item in full; `mail` says whether there is a mail server. Raises NotFound."""
    context = intake.load_own(session, caller, item_id, now)
    claims = session.scalars(select(Claim).where(Claim.revision_id == context.revision.id).order_by(Claim.id)).all()
    onboarding = session.get(Onboarding, context.item.onboarding_id) if context.item.onboarding_id else None
    sources = source_records.of_revision(session, context.revision.id)
    release = release_queries.of_item(session, context, now, mail=mail, judged=True)
    newer = context.item.superseded_by_id
    known = session.scalar(select(_SUPERSEDED_BY).where(Item.id == context.item.id)) if newer else None
    return OwnItem(context, sources, claims, item_page.names_of(session, context), onboarding, release, known)


def page(
    session: Session, caller: Caller, after: int, *, state: str = "", gate: str = "", lane: str = ""
) -> tuple[Sequence[tuple[Item, str, str | None, int | None]], int]:
    """(the caller's items with a higher id than `after`, newest last, each with its revision's digest, its deal's id
    and the number of the item that took its place; the id to continue after, or 0 at the end)."""
    query = (
        select(Item, Revision.digest, Onboarding.external_id, _SUPERSEDED_BY)
        .join(Revision, and_(Revision.item_id == Item.id, Revision.number == Item.revision_number))
        .outerjoin(Onboarding, Onboarding.id == Item.onboarding_id)
        .where(Item.automation_id == caller.automation_id, Item.id > after)
        .order_by(Item.id)
        .limit(PAGE_SIZE + 1)
    )
    for column, wanted in ((Item.state, state), (Item.gate, gate), (Item.lane, lane)):
        if wanted:
            query = query.where(column == wanted)
    for column, allowed in ((Item.lane, caller.lanes), (Item.gate, caller.gates)):
        if allowed:
            query = query.where(column.in_(sorted(allowed)))
    rows = [(row[0], row[1], row[2], row[3]) for row in session.execute(query)]
    return rows[:PAGE_SIZE], rows[PAGE_SIZE - 1][0].id if len(rows) > PAGE_SIZE else 0
