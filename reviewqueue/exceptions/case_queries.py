"""Exceptions as people find them: who may see and act on one, the inbox, and one exception's page. Reads only; leaves
out what a person may not see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, Select, and_, false, func, literal, or_, select, true
from sqlalchemy import case as sql_case
from sqlalchemy.orm import Session

from reviewqueue.audit.events import Actor
from reviewqueue.core.errors import NotFound
from reviewqueue.db import paging
from reviewqueue.db.tables.base import moment
from reviewqueue.db.tables.exceptions import ExceptionCase, ExceptionItem, ExceptionNote
from reviewqueue.db.tables.items import Item, Revision, RevisionSource
from reviewqueue.db.tables.model_checks import ModelResult
from reviewqueue.db.tables.onboardings import SourceRecord
from reviewqueue.db.tables.people import Person
from reviewqueue.evidence import source_changes
from reviewqueue.evidence.types import Source
from reviewqueue.items import item_context
from reviewqueue.people import access, actors, visibility
from reviewqueue.policy import evaluation, policy_versions
from reviewqueue.policy.model.exceptions import Category
from reviewqueue.policy.model.policy import Policy

# A first revision that a person wrote and that cites an exception was started by a first response to it.
_STARTED = (
    select(Revision.item_id)
    .join(RevisionSource, RevisionSource.revision_id == Revision.id)
    .join(SourceRecord, SourceRecord.id == RevisionSource.source_record_id)
    .where(SourceRecord.system == "reviewqueue", SourceRecord.object == "exception")
    .where(Revision.number == 1, Revision.author_person_id.is_not(None))
)
# Who owns it, by name; an owner whose account is closed owns nothing that is still open.
_OWNER = sql_case(
    (Person.disabled_at.is_(None) | ExceptionCase.resolved_at.is_not(None), Person.name),
    else_=literal("nobody (was ") + Person.name + ")",
)
View = Literal["mine", "open", "overdue", "resolved"]
VIEWS: tuple[View, ...] = ("mine", "open", "overdue", "resolved")
ACTS = ("respond", "note", "move", "pause", "resume", "resolve")


def roles_of(policy: Policy, case: ExceptionCase) -> frozenset[str]:
    """The roles that handle it: those its category goes to and is escalated to by that policy, and its owner's role."""
    category = policy.exceptions.called(case.category)
    known = (*category.goes_to, *category.goes_up_to) if category else ()
    return frozenset({*known, case.owner_role})


def may_act(policy: Policy, case: ExceptionCase, actor: evaluation.Actor) -> bool:
    """Whether this person may act on it: its owner, the owner's stand-in, its roles, RevOps and CS leaders."""
    held = actors.effective_roles(actor)
    owns = case.owner_id in actor.acts_for
    return owns or bool(held & roles_of(policy, case)) or access.has_ability(held, "work on every exception")


def sees(policy: Policy, case: ExceptionCase, actor: evaluation.Actor) -> bool:
    """Whether this person may read it: whoever may act on it, opened it, or may read the whole queue."""
    opened = case.opened_by == Actor.person(actor.person_id)
    return (
        opened
        or may_act(policy, case, actor)
        or access.has_ability(actors.effective_roles(actor), "read the whole queue")
    )


def readable(session: Session, policy: Policy, ids: Iterable[int | None], actor: evaluation.Actor) -> frozenset[int]:
    """The ids of those of these exceptions that this person may read; no statement where there are none."""
    wanted = {*ids} - {None}
    cases = session.scalars(select(ExceptionCase).where(ExceptionCase.id.in_(wanted))) if wanted else ()
    return frozenset(case.id for case in cases if sees(policy, case, actor))


def allowed_acts(policy: Policy, case: ExceptionCase, actor: evaluation.Actor) -> tuple[str, ...]:
    """The ACTS open to this person now. Whoever opened it may add notes until it is resolved."""
    if case.resolved_at is not None or not sees(policy, case, actor):
        return ()
    if not may_act(policy, case, actor):
        return ("note",) if case.opened_by == Actor.person(actor.person_id) else ()
    not_now = {"respond"} if case.state != "open" else set()
    not_now.add("pause" if case.pause else "resume")
    return tuple(act for act in ACTS if act not in not_now)


def load_visible(session: Session, case_id: int, actor: evaluation.Actor) -> ExceptionCase:
    """An exception for somebody who may see it. Raises the same NotFound for a hidden one as for an absent one."""
    case = session.get(ExceptionCase, case_id)
    if case is None or not sees(policy_versions.current(session), case, actor):
        raise NotFound()
    return case


def category_of(session: Session, case: ExceptionCase) -> Category | None:
    """Its category by the policy it was opened under; None where that policy has none of that key."""
    return policy_versions.version(session, case.policy_digest).exceptions.called(case.category)


def overdue_condition(now: datetime | ColumnElement[Any]) -> ColumnElement[bool]:
    """The SQL condition for overdue: unresolved, not paused, and past the due time of first response or resolution."""
    unanswered = and_(ExceptionCase.state == "open", ExceptionCase.respond_by <= now)
    running = and_(ExceptionCase.resolved_at.is_(None), ExceptionCase.pause == "")
    return and_(running, or_(ExceptionCase.due_at <= now, unanswered))


def blocking(session: Session, onboarding_ids: Iterable[int]) -> dict[int, list[ExceptionCase]]:
    """The unresolved blocking exceptions by onboarding id: each holds every release of its onboarding."""
    held: dict[int, list[ExceptionCase]] = {}
    query = select(ExceptionCase).where(
        ExceptionCase.onboarding_id.in_(list(onboarding_ids)),
        ExceptionCase.state.in_(("open", "responded")),
        ExceptionCase.blocking,
    )
    for case in session.scalars(query.order_by(ExceptionCase.id)):
        held.setdefault(case.onboarding_id or 0, []).append(case)
    return held


def for_item(session: Session, item: Item, also: int = 0) -> Sequence[tuple[ExceptionCase, bool]]:
    """(exception, whether linked) of the exceptions linked to an item, the unresolved blocking ones of its onboarding,
    and the one with id `also`; unresolved ones first."""
    link = (ExceptionItem.exception_id == ExceptionCase.id) & (ExceptionItem.item_id == item.id)
    holds = (ExceptionCase.onboarding_id == item.onboarding_id) & ExceptionCase.blocking
    unresolved = ExceptionCase.state.in_(("open", "responded"))
    query = select(ExceptionCase, ExceptionItem.item_id).outerjoin(ExceptionItem, link)
    found = session.execute(
        query.where(ExceptionItem.item_id.is_not(None) | (holds & unresolved) | (ExceptionCase.id == also))
    )
    rows = [(case, linked is not None) for case, linked in found]
    return sorted(rows, key=lambda row: (row[0].resolved_at is not None, row[0].id))


@dataclass(frozen=True)
class CaseFilters:
    """The inbox's filters; an empty string filters nothing. `customer` is the beginning of a name."""

    view: View = "mine"
    category: str = ""
    lane: str = ""
    customer: str = ""


def page(
    session: Session, actor: evaluation.Actor, filters: CaseFilters, place: paging.PagePosition, now: datetime
) -> paging.Page[Row[ExceptionCase, str | None]]:
    """One page of what this person may see, soonest due first (`resolved`: newest first), with owners' names."""
    resolved_view = filters.view == "resolved"
    at: Any = ExceptionCase.resolved_at if resolved_view else ExceptionCase.due_at
    conditions = [_visible_condition(policy_versions.current(session), actor), _in_view(filters.view, actor, now)]
    for column, wanted in ((ExceptionCase.category, filters.category), (ExceptionCase.lane, filters.lane)):
        if wanted:
            conditions.append(column == wanted)
    if filters.customer:
        key = filters.customer.lower()
        conditions.append(func.lower(func.substr(ExceptionCase.customer, 1, len(key))) == key)
    query = select(ExceptionCase, _OWNER).outerjoin(Person, Person.id == ExceptionCase.owner_id).where(*conditions)

    def walk(edge: str, back: bool, most: int) -> Sequence[Row[ExceptionCase, str | None]]:
        falling = resolved_view != back
        order = (at.desc(), ExceptionCase.id.desc()) if falling else (at, ExceptionCase.id)
        narrowed = query.order_by(*order).limit(most)
        if start := _parse_cursor(edge or ""):
            stamp, number = start
            further = at < stamp if falling else at > stamp
            beside = ExceptionCase.id < number if falling else ExceptionCase.id > number
            itself = ExceptionCase.id == number if back else false()
            narrowed = narrowed.where(or_(further, and_(at == stamp, or_(beside, itself))))
        return session.execute(narrowed).all()

    def edge_of(row: Row[ExceptionCase, str | None]) -> str:
        return f"{moment(getattr(row[0], at.key))}~{row[0].id}"

    position = place if _parse_cursor(place.edge or "") else paging.FIRST
    return paging.page(walk, edge_of, position)


def _visible_condition(policy: Policy, actor: evaluation.Actor) -> ColumnElement[bool]:
    held = actors.effective_roles(actor)
    if access.has_ability(held, "read the whole queue") or access.has_ability(held, "work on every exception"):
        return true()
    known = [one.key for one in policy.exceptions.category if held & {*one.goes_to, *one.goes_up_to}]
    return or_(
        ExceptionCase.owner_id.in_(actor.acts_for),
        ExceptionCase.opened_by == Actor.person(actor.person_id),
        ExceptionCase.owner_role.in_(sorted(held)),
        ExceptionCase.category.in_(known),
    )


def _in_view(view: View, actor: evaluation.Actor, now: datetime) -> ColumnElement[bool]:
    if view == "resolved":
        return ExceptionCase.state == "resolved"
    if view == "overdue":
        return overdue_condition(now)
    unresolved = ExceptionCase.resolved_at.is_(None)
    if view == "open":
        return unresolved
    return and_(unresolved, ExceptionCase.owner_id.in_(actor.acts_for))


def _parse_cursor(cursor: str) -> tuple[datetime, int] | None:
    stamp, _, number = cursor.partition("~")
    try:
        at, case_id = datetime.fromisoformat(stamp).astimezone(UTC), int(number)
    except (ValueError, OverflowError):
        return None
    return (at, case_id) if 0 <= case_id < 2**63 else None


@dataclass(frozen=True)
class LinkedItem:
    """An item linked to an exception, as this person sees it: with its revision and sources, or `hidden`."""

    item: Item
    hidden: bool
    revision: Revision | None = None
    sources: Sequence[tuple[str, SourceRecord]] = ()
    evidence: str = ""


@dataclass(frozen=True)
class CasePage:
    """Everything on the page of one exception. `linked` are the items it is about, `started` those its first response
    started, `people` everybody by id."""

    case: ExceptionCase
    policy: Policy
    category: Category | None
    actor: evaluation.Actor
    acts: tuple[str, ...]
    notes: Sequence[ExceptionNote]
    linked: Sequence[LinkedItem]
    started: Sequence[LinkedItem]
    people: dict[int, Person]

    @property
    def seen(self) -> int:
        """The id of the last note on the page, which its forms carry to detect a newer one; 0 for none."""
        return self.notes[-1].id if self.notes else 0


def load_page(session: Session, case_id: int, person_id: int, now: datetime) -> CasePage:
    """The page of one exception for one person. Raises NotFound."""
    actor = actors.load_actor(session, person_id, now)
    case = load_visible(session, case_id, actor)
    policy = policy_versions.version(session, case.policy_digest)
    notes = select(ExceptionNote).where(ExceptionNote.exception_id == case_id).order_by(ExceptionNote.id)
    return CasePage(
        case=case,
        policy=policy,
        category=policy.exceptions.called(case.category),
        actor=actor,
        acts=allowed_acts(policy_versions.current(session), case, actor),
        notes=session.scalars(notes).all(),
        linked=_linked_items(
            session, select(ExceptionItem.item_id).where(ExceptionItem.exception_id == case_id), actor
        ),
        started=_linked_items(session, _STARTED.where(SourceRecord.external_id == str(case_id)), actor),
        people={person.id: person for person in session.scalars(select(Person).order_by(Person.name))},
    )


def exception_of(context: item_context.ItemContext, sources: Iterable[Source]) -> int:
    """The id of the exception whose first response started this item, by its cited sources; 0 for none."""
    if context.revisions[0].author_person_id is None:
        return 0
    cited = (one.external_id for one in sources if (one.system, one.object) == ("reviewqueue", "exception"))
    return next((int(number) for number in cited if number.isascii() and number.isdigit()), 0)


def _linked_items(session: Session, ids: Select[Any], actor: evaluation.Actor) -> list[LinkedItem]:
    joined = (
        select(Item, Revision, source_changes.last_change_id(Item.id), ModelResult.digest)
        .join(Revision, (Revision.item_id == Item.id) & (Revision.number == Item.revision_number))
        .outerjoin(ModelResult, ModelResult.revision_id == Revision.id)
        .where(Item.id.in_(ids))
        .order_by(Item.id)
    )
    rows = session.execute(joined).all()
    visible_ids = visibility.visible_items(session, [item.id for item, *_ in rows], actor)
    sources: dict[int, list[tuple[str, SourceRecord]]] = {}
    records = (
        select(RevisionSource.revision_id, RevisionSource.ref, SourceRecord)
        .join(SourceRecord, SourceRecord.id == RevisionSource.source_record_id)
        .where(RevisionSource.revision_id.in_([revision.id for item, revision, *_ in rows if item.id in visible_ids]))
        .order_by(RevisionSource.ref)
    )
    for revision_id, ref, record in session.execute(records):
        sources.setdefault(revision_id, []).append((ref, record))
    return [
        LinkedItem(
            *(item, False, revision, sources.get(revision.id, [])),
            source_changes.evidence_version(revision.evidence_digest, last, model_result=checked or ""),
        )
        if item.id in visible_ids
        else LinkedItem(item, True)
        for item, revision, last, checked in rows
    ]
