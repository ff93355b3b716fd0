"""The receipt of a release: who approved which content under which policy, where it went and when, and which entry of
the log says so, signed. Reads only; `core/receipts.py` signs, and verifies offline."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit.events import Actor, EventType
from reviewqueue.core import canonical_json, receipts
from reviewqueue.core.errors import Conflict, DomainError
from reviewqueue.core.settings import Settings
from reviewqueue.db.tables import base
from reviewqueue.db.tables.log import LogEntry
from reviewqueue.db.tables.people import Person
from reviewqueue.db.tables.releases import Release
from reviewqueue.delivery import receipt_keys
from reviewqueue.items import item_context

VERSION = 1


def signed(session: Session, context: item_context.ItemContext, release: Release, settings: Settings) -> dict[str, str]:
    """The receipt of an item's release. Raises Conflict where it is not out, and DomainError (503) where no key can
    sign it, or the log does not say what the row says."""
    if release.state != "released":
        raise Conflict("It is not out, so there is no receipt of it yet.")
    seed = settings.receipt_seed()  # read once: another may be put in its place meanwhile
    if why := receipt_keys.why_unusable(session, seed):
        raise DomainError(f"{why}. Until then no receipt is signed.", status=503, code="receipt-key")
    entry, facts = _log_entry(session, release)
    said = {
        "version": VERSION,
        "release": release.id,
        "release_key": release.key,
        "item": context.item.id,
        "content": release.digest,
        "destination": {"key": release.destination, "kind": release.kind},
        "sent_at": facts["sent_at"],
        "sent_by": entry.actor,
        "policy": context.item.policy_digest,
        "approved": _approved(session, context, release),
        "log": {"position": entry.position, "entry": entry.leaf, "at": base.moment(entry.at)},
    }
    return receipts.sign(canonical_json.write(said), seed)


def _log_entry(session: Session, release: Release) -> tuple[LogEntry, dict[str, Any]]:
    mine = LogEntry.item_id == release.item_id, LogEntry.act == EventType.RELEASE_RELEASE.value
    for entry in session.scalars(select(LogEntry).where(*mine).order_by(LogEntry.position.desc())):
        facts = canonical_json.read(entry.body)["facts"]
        if (facts["release"], facts["to"], facts["digest"]) == (release.id, release.destination, release.digest):
            return entry, facts
    says = "The override log does not say that this went out, so no receipt is signed. Tell whoever runs Review Queue."
    raise DomainError(says, status=503, code="receipt-log")


def _approved(session: Session, context: item_context.ItemContext, release: Release) -> list[dict[str, Any]]:
    """Who approved it: the decisions that counted, or the people of the standing approval it rests on."""
    last = next((one for one in context.decisions if one.id == release.decision_id), None)
    if last is None:
        return _by_standing(session, release)
    counted = item_context.counting_decisions(context.decisions, context.revision, last.at, last.changes_seen)
    counted = [one for one in counted if one.id <= last.id]
    names = _names(session, [one.person_id for one in counted])
    return [_person(one.person_id, names, one.id, one.action, one.role, one.at) for one in counted]


def _by_standing(session: Session, release: Release) -> list[dict[str, Any]]:
    mine = LogEntry.item_id == release.item_id, LogEntry.act == EventType.ITEM_STAND.value
    entry = session.scalars(select(LogEntry).where(*mine).order_by(LogEntry.position.desc()).limit(1)).first()
    if entry is None:
        return []
    people = [Actor.person_id(one) or 0 for one in canonical_json.read(entry.body)["facts"]["people"]]
    names = _names(session, people)
    return [_person(one, names, release.decision_id, "standing_approval", "", entry.at) for one in people]


def _names(session: Session, ids: list[int]) -> dict[int, str]:
    return {row.id: row.name for row in session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))}


def _person(
    person_id: int, names: dict[int, str], decision_id: int, act: str, role: str, at: datetime
) -> dict[str, Any]:
    who = {"person": Actor.person(person_id), "name": names.get(person_id, "")}
    return {**who, "decision": decision_id, "act": act, "role": role, "at": base.moment(at)}
