"""Corrections: a person reports that a source record is wrong, and the role that owns the record accepts or refuses.

While one is open, items of the same onboarding that cite the field wait (`evidence.source_changes.unsettled`). Once
accepted, those that say the old value fail until an import shows the new one (`evidence.corrected_fields`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, aliased

from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event, append
from reviewqueue.core import canonical_json, text_limits
from reviewqueue.core.characters import visible_length
from reviewqueue.core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from reviewqueue.db import paging
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row, update_row
from reviewqueue.db.tables.evidence import Correction
from reviewqueue.db.tables.items import Claim, Decision, Item, RevisionSource
from reviewqueue.db.tables.onboardings import SourceRecord
from reviewqueue.db.tables.people import Person
from reviewqueue.evidence import corrected_fields, source_records
from reviewqueue.evidence.flag_changes import WATCHED
from reviewqueue.evidence.record_versions import is_event
from reviewqueue.evidence.row_moves import RowMoves, moved
from reviewqueue.evidence.text.values.field_values import display_text, same_value
from reviewqueue.evidence.types import Source
from reviewqueue.items import item_context
from reviewqueue.people import access, actors, visibility
from reviewqueue.policy import evaluation

# The reason code of an edit that opens a correction. It is fixed here and not in the policy, for code depends on it.
SOURCE_WRONG = "source-wrong"
# The role that owns each system's records: sales the CRM, finance the billing; RevOps owns everything else.
OWNERS = {"salesforce": "sales_owner", "hubspot": "sales_owner", "stripe": "finance"}
DEFAULT_OWNER = "revops"
View = Literal["mine", "open", "answered"]


@dataclass(frozen=True)
class ProposedCorrection:
    """The correction an edit asks for: record, field (a JSON Pointer), present and proposed value; or its `faults`."""

    record_id: int = 0
    system: str = ""
    object: str = ""
    external_id: str = ""
    path: str = ""
    was: str = ""
    proposed: str = ""
    faults: tuple[FieldError, ...] = ()


@dataclass(frozen=True)
class InboxRow:
    """A correction as its inbox shows it. `item_id` is None where this person may not see the item; `answers` and
    `accepts` say whether they may answer and accept it."""

    row: Correction
    record: SourceRecord
    customer: str
    item_id: int | None
    proposed_by: str
    why: str
    answered_by: str
    answers: bool
    accepts: bool


def validate_correction(
    session: Session,
    context: item_context.ItemContext,
    claim_id: int,
    proposed: str,
    draft: dict[str, Any],
    rows: RowMoves,
) -> ProposedCorrection:
    """Validate the correction that an edit for the reason SOURCE_WRONG asks for: `claim_id` names the cited field,
    `proposed` is its right value, `draft` the draft as edited, `rows` those that changed places in it. What is wrong is
    in `faults`; nothing is raised."""
    cited = _cited_fields(session, context.revision.id)
    chosen = next((row for row in cited if row.Claim.id == claim_id), None)
    if chosen is None:
        return ProposedCorrection(faults=(FieldError("/claim", "choose the field that is wrong"),))
    claim, record = chosen.Claim, chosen.SourceRecord
    value = canonical_json.resolve_pointer(record.payload, claim.path)
    faults = [*text_limits.invalid_characters("/proposed", proposed)]
    if not visible_length(proposed) or len(proposed) > text_limits.MAX_TEXT:
        faults.append(FieldError("/proposed", f"say what it should be, in 1 to {text_limits.MAX_TEXT:,} characters"))
    elif proposed.strip() == (display_text(value) or "").strip():
        faults.append(FieldError("/proposed", "the record says just that already"))
    places = [row.Claim.at for row in cited if (row.Claim.ref, row.Claim.path) == (claim.ref, claim.path)]
    if all(_says_the_same(context.revision.draft, at, draft, moved(at, rows)) for at in places):
        faults.append(
            FieldError("/claim", "choose a field that a passage you changed rests on, or change that passage")
        )
    if (known := _open_correction_id(session, context.item, record, claim.path)) is not None:
        says = f"correction {known} of this field is open already; choose another reason for your edit"
        faults.append(FieldError("/reason_code", says))
    of = (record.id, record.system, record.object, record.external_id)
    return ProposedCorrection(*of, claim.path, display_text(value) or "", proposed.strip(), tuple(faults))


def _says_the_same(before: Any, at: str, after: Any, to: str | None) -> bool:
    """Whether a passage says after the edit what it said before, wherever it stands now; one taken out does not."""
    if to is None:
        return False
    return same_value(canonical_json.resolve_pointer(before, at), canonical_json.resolve_pointer(after, to))


def fields(session: Session, revision_id: int) -> list[tuple[int, Claim, SourceRecord, str | None]]:
    """The fields that a revision cites, each once: (id of its first claim, that claim, source record, value)."""
    found: dict[tuple[str, str], tuple[int, Claim, SourceRecord, str | None]] = {}
    for row in _cited_fields(session, revision_id):
        value = display_text(canonical_json.resolve_pointer(row.SourceRecord.payload, row.Claim.path))
        found.setdefault((row.Claim.ref, row.Claim.path), (row.Claim.id, row.Claim, row.SourceRecord, value))
    return list(found.values())


def _cited_fields(session: Session, revision_id: int) -> Sequence[Any]:
    query = (
        select(Claim, SourceRecord)
        .join(RevisionSource, (RevisionSource.revision_id == Claim.revision_id) & (RevisionSource.ref == Claim.ref))
        .join(SourceRecord, SourceRecord.id == RevisionSource.source_record_id)
        .where(Claim.revision_id == revision_id)
        .order_by(Claim.id)
    )
    return session.execute(query).all()


def _open_correction_id(session: Session, item: Item, record: SourceRecord, path: str) -> int | None:
    wrong, about = aliased(SourceRecord), aliased(Item)
    query = (
        select(Correction.id)
        .join(wrong, wrong.id == Correction.source_record_id)
        .join(about, about.id == Correction.item_id)
        .where(Correction.state == "open", Correction.path == path, about.onboarding_id == item.onboarding_id)
        .where(wrong.system == record.system, wrong.object == record.object)
        .where(wrong.external_id == record.external_id)
    )
    return session.scalars(query.limit(1)).first()


def open_correction(
    session: Session,
    context: item_context.ItemContext,
    decision: Decision,
    correction: ProposedCorrection,
    now: datetime,
) -> list[Event]:
    """Open the correction an edit asks for, inside the transaction of its decision; returns the events for the log."""
    owner = OWNERS.get(correction.system, DEFAULT_OWNER)
    values = {"path": correction.path, "was": correction.was, "proposed": correction.proposed}
    row = {"item_id": context.item.id, "decision_id": decision.id, "source_record_id": correction.record_id, **values}
    made_id = insert_row(session, Correction, **row, owner_role=owner, state="open", opened_at=now, answer="")
    words = {"was": correction.was, "proposed": correction.proposed}
    return [
        _event(
            context.item, Actor.person(decision.person_id), EventType.CORRECTION_OPEN, made_id, correction, owner, words
        )
    ]


def answer(session: Session, person_id: int, correction_id: int, accepted: bool, text: str, now: datetime) -> list[int]:
    """Accept a correction (its owner confirms that the record is corrected in its system) or refuse it with a reason.
    Returns the ids of the drafts, open or approved, that fail from now on because they say the old value.

    Raises NotFound, Forbidden (not this person's to answer), Conflict (409: answered already) and Invalid (/text).
    """
    act = EventType.CORRECTION_ACCEPT if accepted else EventType.CORRECTION_REFUSE
    if faults := text_limits.validate_reason("/text", text, required=not accepted):
        raise Invalid("Nothing is recorded yet; what you typed is still here.", faults)
    with writing(session):
        actor = actors.load_actor(session, person_id, now)
        row = session.get(Correction, correction_id)
        if row is None or not sees(row, actor):
            raise NotFound()
        if row.state != "open":
            raise Conflict(
                f"This correction was {row.state} before your answer came in. Nothing of yours was recorded."
            )
        proposer = session.get_one(Decision, row.decision_id).person_id
        if why := _why_not_allowed(row, actor, proposer, accepted):
            raise Forbidden(f"{why}. Nothing was recorded.")
        record, item = session.get_one(SourceRecord, row.source_record_id), session.get_one(Item, row.item_id)
        state = "accepted" if accepted else "refused"
        update_row(session, row, state=state, answered_at=now, answered_by_id=person_id, answer=text)
        failing = _saying_old_value(session, item, row.id) if accepted else []
        words = {"text": text} if text else {}
        event = _event(
            item, Actor.person(person_id), act, row.id, _proposed_from_row(row, record), row.owner_role, words
        )
        append(session, now, replace(event, facts={**event.facts, "failing": failing}) if accepted else event)
    return failing


def _saying_old_value(session: Session, item: Item, correction_id: int) -> list[int]:
    """The items of its onboarding, open or approved, that say what this correction says is wrong, by id."""
    watched = select(Item).where(Item.onboarding_id == item.onboarding_id, Item.state.in_(WATCHED))
    said = corrected_fields.saying(session, session.scalars(watched.order_by(Item.id)))
    return [one for one, held in said.items() if any(it.correction.correction_id == correction_id for it in held)]


def accept_from_sources(
    session: Session, sources: Iterable[Source], fresh: Collection[str], now: datetime
) -> list[Event]:
    """Accept the open corrections whose proposed value the newly read `sources` have (`fresh`: digests of those not
    known before), inside a transaction the caller holds; returns the events for the log."""
    newer = {
        (one.system, one.object, one.external_id): one
        for one in sources
        if one.digest in fresh and not is_event(one.payload)
    }
    if not newer:
        return []
    kinds = {(system, kind) for system, kind, _ in newer}
    groups = [and_(SourceRecord.system == system, SourceRecord.object == kind) for system, kind in kinds]
    query = (
        select(Correction, SourceRecord, Item)
        .join(SourceRecord, SourceRecord.id == Correction.source_record_id)
        .join(Item, Item.id == Correction.item_id)
        .where(Correction.state == "open", or_(*groups), SourceRecord.external_id.in_({name for *_, name in newer}))
    )
    events = []
    rows = session.execute(query.order_by(Correction.id)).all()
    newest = source_records.newest_by_key(session, newer.keys()) if rows else {}
    newer = {key: one for key, one in newer.items() if key in newest and newest[key].digest == one.digest}
    for row, record, item in rows:
        source = newer.get((record.system, record.object, record.external_id))
        value = display_text(canonical_json.resolve_pointer(source.payload, row.path)) if source else None
        if value is not None and value.strip() == row.proposed:
            update_row(session, row, state="accepted", answered_at=now, answer="The record says so now.")
            events.append(
                _event(
                    item,
                    Actor.IMPORT,
                    EventType.CORRECTION_ACCEPT,
                    row.id,
                    _proposed_from_row(row, record),
                    row.owner_role,
                    {},
                )
            )
    return events


def _proposed_from_row(row: Correction, record: SourceRecord) -> ProposedCorrection:
    return ProposedCorrection(
        record.id, record.system, record.object, record.external_id, row.path, row.was, row.proposed
    )


def _event(
    item: Item,
    actor: Actor,
    act: EventType,
    correction_id: int,
    correction: ProposedCorrection,
    owner: str,
    words: Mapping[str, str],
) -> Event:
    record = {
        "system": correction.system,
        "object": correction.object,
        "id": correction.external_id,
        "path": correction.path,
    }
    facts = {"correction": correction_id, "owner": owner, **record}
    return Event.about(item, actor, act, facts=facts, texts=dict(words))


def sees(row: Correction, actor: evaluation.Actor) -> bool:
    """Whether this person may read the correction: as its record's owner, or by the right to read every correction."""
    return reads(row.owner_role, actor)


def reads(owner_role: str, actor: evaluation.Actor) -> bool:
    """Whether this person may read the corrections that this role answers."""
    held = actors.effective_roles(actor)
    return owner_role in held or access.has_ability(held, "read every correction")


def _why_not_allowed(row: Correction, actor: evaluation.Actor, proposer: int, accepted: bool) -> str:
    held = actors.effective_roles(actor)
    if row.owner_role not in held and not access.has_ability(held, "answer every correction"):
        return f"Only the {row.owner_role.replace('_', ' ')} or RevOps answers this correction"
    if accepted and proposer in {actor.person_id, *actor.delegators, *actor.delegates}:
        return "Somebody else has to accept what you proposed; you may take it back by refusing it"
    return ""


def inbox(session: Session, actor: evaluation.Actor, view: View, place: paging.PagePosition) -> paging.Page[InboxRow]:
    """One page of the corrections this person may see, newest first."""
    held = actors.effective_roles(actor)
    query = (
        select(Correction, SourceRecord, Item, Decision)
        .join(SourceRecord, SourceRecord.id == Correction.source_record_id)
        .join(Item, Item.id == Correction.item_id)
        .join(Decision, Decision.id == Correction.decision_id)
    )
    if view == "mine" or not access.has_ability(held, "read every correction"):
        query = query.where(Correction.owner_role.in_(sorted(held)))
    query = query.where(Correction.state != "open" if view == "answered" else Correction.state == "open")
    page = paging.newest_first(session, query, Correction.id, place)
    rows = page.rows
    ids = {made.person_id for *_, made in rows} | {row.answered_by_id for row, *_ in rows}
    people = session.execute(select(Person.id, Person.name).where(Person.id.in_(ids - {None})))
    names = {one.id: one.name for one in people}
    seen = visibility.visible_items(session, [item.id for _, _, item, _ in rows], actor)
    lines = [_inbox_row(actor, seen, names, *row) for row in rows]
    return paging.Page(lines, page.following, page.earlier, page.emptied)


def _inbox_row(
    actor: evaluation.Actor, seen: Collection[int], names: dict[int, str], row: Correction, record: SourceRecord,
    item: Item, decision: Decision,
) -> InboxRow:  # fmt: skip
    is_open = row.state == "open"
    return InboxRow(
        row, record, item.customer, item.id if item.id in seen else None, names.get(decision.person_id, "somebody"),
        decision.text, names.get(row.answered_by_id or 0, ""),
        answers=is_open and not _why_not_allowed(row, actor, decision.person_id, accepted=False),
        accepts=is_open and not _why_not_allowed(row, actor, decision.person_id, accepted=True),
    )  # fmt: skip
