"""Corrections: a person says that a source record is wrong; whose record it is says what becomes of it.

While one is open, what rests on that field for the same customer waits (`source_moves.unsettled`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, aliased

from reviewqueue import access, desk, paging, policies, texts
from reviewqueue.characters import visible_length
from reviewqueue.database import writing
from reviewqueue.events import EventType
from reviewqueue.evidence import Source
from reviewqueue.override_log import Event, append
from reviewqueue.policy import judging
from reviewqueue.proofs import canonical
from reviewqueue.records.items import Claim, Decision, Item, RevisionSource
from reviewqueue.records.onboardings import SourceRecord
from reviewqueue.records.people import Person
from reviewqueue.records.promises import Correction
from reviewqueue.records.rows import change, put
from reviewqueue.refusals import Fault, Invalid, Moved, NotAllowed, NotThere
from reviewqueue.source_moves import same, shown

# The reason of an edit that opens one. It is named here and not in a policy: what it does is more than a word.
SOURCE_WRONG = "source-wrong"
# Whose a system's records are. Sales keeps the CRM and finance the billing; everything else is RevOps' to look after.
OWNERS = {"salesforce": "sales_owner", "hubspot": "sales_owner", "stripe": "finance"}
OTHERWISE = "revops"
IMPORT = "system:import"
View = Literal["mine", "open", "answered"]


@dataclass(frozen=True)
class Doubt:
    """What an edit says of a source: the record, the field, what it says and should say; or what is wrong with that."""

    record_id: int = 0
    system: str = ""
    object: str = ""
    external_id: str = ""
    path: str = ""
    was: str = ""
    proposed: str = ""
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Line:
    """A correction as its inbox shows it. `item_id` is None where the draft is not this person's to see."""

    row: Correction
    record: SourceRecord
    customer: str
    item_id: int | None
    proposed_by: str
    why: str
    answered_by: str
    answers: bool
    accepts: bool


def doubted(session: Session, found: desk.Desk, claim_id: int, proposed: str, draft: dict[str, Any]) -> Doubt:
    """What an edit for the reason SOURCE_WRONG says of a source: the field that a claim stands for, what it should say,
    and the draft as it was edited."""
    cited = _cited(session, found.revision.id)
    chosen = next((row for row in cited if row.Claim.id == claim_id), None)
    if chosen is None:
        return Doubt(faults=(Fault("/claim", "choose the field that is wrong"),))
    claim, record = chosen.Claim, chosen.SourceRecord
    value = canonical.look(record.payload, claim.path)
    faults = [*texts.unkept("/proposed", proposed)]
    if not visible_length(proposed) or len(proposed) > texts.LONGEST:
        faults.append(Fault("/proposed", f"say what it should be, in 1 to {texts.LONGEST:,} characters"))
    elif proposed.strip() == (shown(value) or "").strip():
        faults.append(Fault("/proposed", "the record says just that already"))
    places = [row.Claim.at for row in cited if (row.Claim.ref, row.Claim.path) == (claim.ref, claim.path)]
    if all(same(canonical.look(found.revision.draft, at), canonical.look(draft, at)) for at in places):
        faults.append(Fault("/claim", "choose a field that a passage you changed rests on, or change that passage"))
    if (known := _open_about(session, found.item, record, claim.path)) is not None:
        says = f"correction {known} of this field is open already; choose another reason for your edit"
        faults.append(Fault("/reason_code", says))
    of = (record.id, record.system, record.object, record.external_id)
    return Doubt(*of, claim.path, shown(value) or "", proposed.strip(), tuple(faults))


def fields(session: Session, revision_id: int) -> list[tuple[int, Claim, SourceRecord, str | None]]:
    """The fields a revision's passages rest on, each once: (the claim that stands for it, claim, record, its value)."""
    found: dict[tuple[str, str], tuple[int, Claim, SourceRecord, str | None]] = {}
    for row in _cited(session, revision_id):
        value = shown(canonical.look(row.SourceRecord.payload, row.Claim.path))
        found.setdefault((row.Claim.ref, row.Claim.path), (row.Claim.id, row.Claim, row.SourceRecord, value))
    return list(found.values())


def _cited(session: Session, revision_id: int) -> Sequence[Any]:
    query = (
        select(Claim, SourceRecord)
        .join(RevisionSource, (RevisionSource.revision_id == Claim.revision_id) & (RevisionSource.ref == Claim.ref))
        .join(SourceRecord, SourceRecord.id == RevisionSource.source_record_id)
        .where(Claim.revision_id == revision_id)
        .order_by(Claim.id)
    )
    return session.execute(query).all()


def _open_about(session: Session, item: Item, record: SourceRecord, path: str) -> int | None:
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


def opened(session: Session, found: desk.Desk, made: Decision, doubt: Doubt, now: datetime) -> list[Event]:
    """Open the correction an edit asks for, inside the transaction of its decision; returns the event for the log."""
    owner = OWNERS.get(doubt.system, OTHERWISE)
    said = {"path": doubt.path, "was": doubt.was, "proposed": doubt.proposed}
    row = {"item_id": found.item.id, "decision_id": made.id, "source_record_id": doubt.record_id, **said}
    made_id = put(session, Correction, **row, owner_role=owner, state="open", opened_at=now, answer="")
    words = {"was": doubt.was, "proposed": doubt.proposed}
    return [_event(found.item, f"person:{made.person_id}", EventType.CORRECTION_OPEN, made_id, doubt, owner, words)]


def answer(session: Session, person_id: int, correction_id: int, accepted: bool, text: str, now: datetime) -> None:
    """Accept a correction (the record's owner says that it is corrected there) or refuse it with a reason.

    Raises NotThere, NotAllowed (not this person's to answer), Moved (409: answered already) and Invalid.
    """
    act = EventType.CORRECTION_ACCEPT if accepted else EventType.CORRECTION_REFUSE
    if faults := texts.reason_faults("/text", text, due=not accepted):
        raise Invalid("Nothing is recorded yet; what you typed is still here.", faults)
    with writing(session):
        actor = desk.actor_of(session, person_id, now)
        row = session.get(Correction, correction_id)
        if row is None or not sees(row, actor):
            raise NotThere()
        if row.state != "open":
            raise Moved(f"This correction was {row.state} before your answer came in. Nothing of yours was recorded.")
        proposer = session.get_one(Decision, row.decision_id).person_id
        if why := _not_theirs(row, actor, proposer, accepted):
            raise NotAllowed(f"{why}. Nothing was recorded.")
        record, item = session.get_one(SourceRecord, row.source_record_id), session.get_one(Item, row.item_id)
        state = "accepted" if accepted else "refused"
        change(session, row, state=state, answered_at=now, answered_by_id=person_id, answer=text)
        words = {"text": text} if text else {}
        append(
            session, now, _event(item, f"person:{person_id}", act, row.id, _about(row, record), row.owner_role, words)
        )


def answered_by_sources(
    session: Session, sources: Iterable[Source], fresh: Collection[str], now: datetime
) -> list[Event]:
    """Accept the open corrections whose value stands in a fresh snapshot, inside a transaction the caller holds."""
    newer = {
        (one.system, one.object, one.external_id): one
        for one in sources
        if one.digest in fresh and "eventType" not in one.payload
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
    for row, record, item in session.execute(query.order_by(Correction.id)).all():
        source = newer.get((record.system, record.object, record.external_id))
        value = shown(canonical.look(source.payload, row.path)) if source else None
        if value is not None and value.strip() == row.proposed:
            change(session, row, state="accepted", answered_at=now, answer="The record says so now.")
            events.append(
                _event(item, IMPORT, EventType.CORRECTION_ACCEPT, row.id, _about(row, record), row.owner_role, {})
            )
    return events


def _about(row: Correction, record: SourceRecord) -> Doubt:
    return Doubt(record.id, record.system, record.object, record.external_id, row.path, row.was, row.proposed)


def _event(
    item: Item, actor: str, act: EventType, correction_id: int, about: Doubt, owner: str, words: Mapping[str, str]
) -> Event:
    record = {"system": about.system, "object": about.object, "id": about.external_id, "path": about.path}
    place: dict[str, Any] = {
        "item_id": item.id,
        "onboarding_id": item.onboarding_id,
        "lane": item.lane,
        "gate": item.gate,
    }
    facts = {"correction": correction_id, "owner": owner, **record}
    return Event(actor, act, **place, facts=facts, texts=dict(words))


def sees(row: Correction, actor: judging.Actor) -> bool:
    """Whether this person may read it: whose record it is, and who reads every correction."""
    return reads(row.owner_role, actor)


def reads(owner_role: str, actor: judging.Actor) -> bool:
    """Whether this person reads the corrections that this role answers."""
    held = desk.roles_of(actor)
    return owner_role in held or access.able(held, "read every correction")


def _not_theirs(row: Correction, actor: judging.Actor, proposer: int, accepted: bool) -> str:
    held = desk.roles_of(actor)
    if row.owner_role not in held and not access.able(held, "answer every correction"):
        return f"Only the {row.owner_role.replace('_', ' ')} or RevOps answers this correction"
    if accepted and proposer in {actor.person_id, *actor.delegators, *actor.delegates}:
        return "Somebody else has to accept what you proposed; you may take it back by refusing it"
    return ""


def inbox(session: Session, actor: judging.Actor, view: View, place: paging.Place) -> paging.Slice[Line]:
    """One page of the corrections this person may see, newest first."""
    held = desk.roles_of(actor)
    query = (
        select(Correction, SourceRecord, Item, Decision)
        .join(SourceRecord, SourceRecord.id == Correction.source_record_id)
        .join(Item, Item.id == Correction.item_id)
        .join(Decision, Decision.id == Correction.decision_id)
    )
    if view == "mine" or not access.able(held, "read every correction"):
        query = query.where(Correction.owner_role.in_(sorted(held)))
    query = query.where(Correction.state != "open" if view == "answered" else Correction.state == "open")
    found = paging.newest_first(session, query, Correction.id, place)
    rows = found.rows
    ids = {made.person_id for *_, made in rows} | {row.answered_by_id for row, *_ in rows}
    people = session.execute(select(Person.id, Person.name).where(Person.id.in_(ids - {None})))
    names = {one.id: one.name for one in people}
    lines = [_line(session, actor, names, *row) for row in rows]
    return paging.Slice(lines, found.following, found.earlier, found.emptied)


def _line(
    session: Session, actor: judging.Actor, names: dict[int, str], row: Correction, record: SourceRecord, item: Item,
    made: Decision,
) -> Line:  # fmt: skip
    gate = policies.version(session, item.policy_digest).gate(item.lane, item.gate)
    theirs = access.sees(gate, desk.roles_of(actor))
    is_open = row.state == "open"
    return Line(
        row, record, item.customer, item.id if theirs else None, names.get(made.person_id, "somebody"), made.text,
        names.get(row.answered_by_id or 0, ""),
        answers=is_open and not _not_theirs(row, actor, made.person_id, accepted=False),
        accepts=is_open and not _not_theirs(row, actor, made.person_id, accepted=True),
    )  # fmt: skip
