"""What the item page shows one person, read in a handful of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.checks import domains
from reviewqueue.checks.known_records import known_of
from reviewqueue.db.tables.callbacks import Callback
from reviewqueue.db.tables.items import Claim
from reviewqueue.db.tables.people import Person
from reviewqueue.evidence.statements import Statement, mark_stale, read_draft
from reviewqueue.evidence.text.values import moments
from reviewqueue.evidence.types import Source
from reviewqueue.items import item_context, known_records, undecidable
from reviewqueue.people import actors as people_actors
from reviewqueue.policy import business_hours, evaluation, legal_acts
from reviewqueue.policy.model.policy import Policy


@dataclass(frozen=True)
class ItemPage:
    """Everything on the item page. `sources` are the draft's records by ref, `newest` all of its onboarding's at their
    newest, those under the same refs. `names` are people by id, `legal` the acts by key; `involvement` is how this
    person was involved in making the item, `standstill` why nobody can decide it, `above` why nobody could, once
    escalated; `not_compared` how many sentences were compared with no record; `addresses`
    are those of sales owners with an open account; `who_else` are, for somebody who was involved, those who may approve
    it now, and those who could once it is escalated; `zone` is the time zone of whom the page is for."""

    context: item_context.ItemContext
    actor: evaluation.Actor
    legal: dict[str, legal_acts.Permission]
    needs: Sequence[evaluation.Need]
    sources: dict[str, Source]
    newest: Mapping[str, Source]
    statements: Sequence[Statement]
    names: dict[int, str]
    messages: Sequence[Callback]
    involvement: str
    standstill: str
    above: str
    not_compared: int = 0
    addresses: frozenset[str] = frozenset()
    who_else: tuple[Sequence[int], Sequence[int]] = ((), ())
    zone: str = "UTC"


def item_page(session: Session, item_id: int, person_id: int, now: datetime) -> ItemPage:
    """The item page for one person. Raises NotFound when there is no such item, or they may not see it."""
    actor = people_actors.load_actor(session, person_id, now)
    context = item_context.load_visible(session, item_id, actor, now)
    known = known_records.of_item(session, context)
    sources = dict(known.sent)
    claims = session.scalars(select(Claim).where(Claim.revision_id == context.revision.id).order_by(Claim.id)).all()
    callbacks = session.scalars(select(Callback).where(Callback.item_id == item_id).order_by(Callback.id)).all()
    accounts = undecidable.all_accounts(session)
    may_escalate = context.may(actor, "escalate").allowed
    found, not_compared = read_draft(
        *(context.item.kind, context.revision.draft, claims, sources),
        domains.to_lookup_form(context.policy.organisation.domains),
        place_of(context.policy, context.item.lane, context.revision.made_at),
        known_of(known),
    )
    chosen = next((row.timezone for row in accounts if row.id == person_id), None)
    involved = evaluation.involvement(context.situation, context.gate, actor) if context.gate else ""
    return ItemPage(
        context=context,
        actor=actor,
        legal={permission.act: permission for permission in context.permissions(actor)},
        needs=context.needs(),
        sources=sources,
        newest=known.newest,
        statements=mark_stale(found, (*context.reviewed, *context.unsettled.changes), known.newest),
        not_compared=not_compared,
        names={row.id: row.name for row in accounts},
        addresses=frozenset(
            row.email.casefold() for row in accounts if row.disabled_at is None and "sales_owner" in row.held.split()
        ),
        messages=callbacks,
        zone=chosen or context.policy.calendar(context.policy.organisation.default_lane).timezone,
        involvement=involved,
        who_else=undecidable.who_else(session, context, person_id, now, accounts) if involved else ((), ()),
        standstill=undecidable.why_undecidable(session, context, now, accounts=accounts),
        above=undecidable.why_stuck_after_escalation(session, context, now, accounts=accounts) if may_escalate else "",
    )


def place_of(policy: Policy, lane: str, made_at: datetime) -> moments.Place:
    """Where a revision's days are read, in its lane's time zone, and the day there on which it was made."""
    calendar = policy.calendar(lane)
    return moments.Place(calendar.timezone, business_hours.local_day(made_at, calendar))


def names_of(session: Session, context: item_context.ItemContext) -> dict[int, str]:
    """The names of the people an item's page mentions, by id."""
    ids = {made.person_id for made in context.decisions} | {made.on_behalf_of_id for made in context.decisions}
    ids |= {revision.author_person_id for revision in context.revisions}
    ids |= {look.person_id for one in context.looked for look in one.looks}
    ids |= {context.item.lease_holder_id, context.item.settled_by_id, context.item.assignee_id}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(ids - {None})))
    return {row.id: row.name for row in rows}
