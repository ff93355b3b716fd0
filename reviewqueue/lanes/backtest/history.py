"""The input of a backtest: every item with its revisions and decisions as they were stored, read a page at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, select
from sqlalchemy.orm import Session

from reviewqueue.db.tables.items import Check, Decision, Item, Revision, RevisionSource
from reviewqueue.db.tables.onboardings import Onboarding, SourceRecord
from reviewqueue.db.tables.people import Automation, Membership, Person
from reviewqueue.db.tables.seeded_defects import not_revealed, not_seeded
from reviewqueue.evidence.types import Source
from reviewqueue.policy.evaluation import CheckOutcome
from reviewqueue.policy.model import checks as model_checks

PAGE_SIZE = 100
_ITEMS: Any = (
    select(
        *(Item.id, Item.lane, Item.gate, Item.kind, Item.title, Item.customer, Item.state, Item.policy_digest),
        *(Item.opened_at, Item.revision_number, Item.onboarding_id, Onboarding.segment, Onboarding.owner_id),
        Automation.owner_id.label("automation_owner_id"),
    )
    .join(Automation, Automation.id == Item.automation_id)
    .outerjoin(Onboarding, Onboarding.id == Item.onboarding_id)
    .where(not_revealed())
    .order_by(Item.id)
    .limit(PAGE_SIZE)
)
_REVISIONS: Any = select(
    *(Revision.id, Revision.item_id, Revision.number, Revision.confidence, Revision.author_person_id, Revision.made_at)
).order_by(Revision.item_id, Revision.number)
_NOTE: Any = case((Check.message.like(f"% by {model_checks.FILE}:%"), Check.message), else_="").label("note")
_CHECKS: Any = select(Check.revision_id, Check.key, Check.outcome, Check.blocking, _NOTE).order_by(Check.id)
_DECISIONS: Any = select(
    *(Decision.id, Decision.item_id, Decision.revision_id, Decision.action, Decision.reason_code, Decision.role),
    *(Decision.person_id, Decision.on_behalf_of_id, Decision.at, Decision.passes, Decision.expires_at, Decision.text),
    Decision.changes_seen,
).order_by(Decision.id)


@dataclass
class PastRevision:
    """One revision: its row, its checks, and its source records by ref. `notes` are the messages, by index in `checks`,
    of those that a check rule may have made count otherwise."""

    row: Row[Any]
    checks: list[CheckOutcome] = field(default_factory=list)
    notes: dict[int, str] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)


@dataclass
class PastItem:
    """One item: its row, its revisions and decisions in order, and the times of its onboarding's overrides."""

    row: Row[Any]
    revisions: list[PastRevision] = field(default_factory=list)
    decisions: list[Row[Any]] = field(default_factory=list)
    overrides: Sequence[datetime] = ()


@dataclass(frozen=True)
class CurrentRoles:
    """Somebody's roles and groups today, for a stored decision keeps only the one role it was made in."""

    roles: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()


def current_roles(session: Session, now: datetime) -> dict[int, CurrentRoles]:
    """Everybody's roles and groups now, by person id."""
    groups: dict[int, set[str]] = {}
    current = (Membership.since <= now) & (Membership.until.is_(None) | (Membership.until > now))
    for one in session.execute(select(Membership.person_id, Membership.group_key).where(current)):
        groups.setdefault(one.person_id, set()).add(one.group_key)
    rows = session.execute(select(Person.id, Person.held))
    return {row.id: CurrentRoles(frozenset(row.held.split()), frozenset(groups.get(row.id, ()))) for row in rows}


def items(session: Session) -> Iterator[PastItem]:
    """Every item, oldest first, without the revealed seeded defects. Reads PAGE_SIZE items at a time and keeps none."""
    after = 0
    while rows := session.execute(_ITEMS.where(Item.id > after)).all():
        after = rows[-1].id
        yield from _load_page(session, [PastItem(row) for row in rows])


def _load_page(session: Session, page: list[PastItem]) -> list[PastItem]:
    by_item = {one.row.id: one for one in page}
    by_revision: dict[int, PastRevision] = {}
    for row in session.execute(_REVISIONS.where(Revision.item_id.in_(by_item))):
        by_revision[row.id] = PastRevision(row)
        by_item[row.item_id].revisions.append(by_revision[row.id])
    for check in session.execute(_CHECKS.where(Check.revision_id.in_(by_revision))):
        revision = by_revision[check.revision_id]
        if check.note:
            revision.notes[len(revision.checks)] = check.note
        revision.checks.append(CheckOutcome(check.key, check.outcome, check.blocking))
    for ref, revision_id, source in _sources(session, list(by_revision)):
        by_revision[revision_id].sources[ref] = source
    for row in session.execute(_DECISIONS.where(Decision.item_id.in_(by_item))):
        by_item[row.item_id].decisions.append(row)
    overridden = _overrides(session, {one.row.onboarding_id for one in page} - {None})
    for one in page:
        one.overrides = overridden.get(one.row.onboarding_id, ())
    return page


def _sources(session: Session, revisions: list[int]) -> Iterator[tuple[str, int, Source]]:
    wanted = (
        select(
            *(RevisionSource.ref, RevisionSource.revision_id, SourceRecord.system, SourceRecord.object),
            *(SourceRecord.external_id, SourceRecord.payload),
        )
        .join(SourceRecord, SourceRecord.id == RevisionSource.source_record_id)
        .order_by(RevisionSource.revision_id, RevisionSource.ref)
    )
    for row in session.execute(wanted.where(RevisionSource.revision_id.in_(revisions))):
        yield row.ref, row.revision_id, Source(row.system, row.object, row.external_id, row.payload)


def _overrides(session: Session, onboardings: set[int]) -> dict[int, list[datetime]]:
    times: dict[int, list[datetime]] = {}
    wanted = select(Item.onboarding_id, Decision.at).join(Item, Item.id == Decision.item_id)
    wanted = wanted.where(Item.onboarding_id.in_(onboardings), Decision.action == "override", not_seeded())
    for onboarding_id, at in session.execute(wanted):
        times.setdefault(onboarding_id or 0, []).append(at)
    return times
