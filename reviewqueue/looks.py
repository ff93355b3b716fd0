"""Looks: a source moved under a draft, and a person who may decide it says that they looked at it again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue import desk, leases, opening, override_log, sight, texts
from reviewqueue.database import writing
from reviewqueue.events import EventType
from reviewqueue.marking import WATCHED
from reviewqueue.override_log import Event
from reviewqueue.policy import judging
from reviewqueue.records.promises import SourceMove
from reviewqueue.records.rows import change
from reviewqueue.refusals import Fault, Invalid, Moved, NotAllowed


def refusal(found: desk.Desk, actor: judging.Actor) -> str:
    """Why this person's look does not count here, in words; "" when it does. Nobody looks again at their own work: an
    approved item has nothing but that look before it goes out."""
    if found.gate is None or not judging.acting_role(found.gate, found.situation, actor):
        return f"Only {found.who()} looks at it again"
    way = judging.involvement(found.situation, found.gate, actor)
    if way and not found.policy.organisation.small_team:
        return f"Somebody else has to look at it again: {judging.hand(way)}"
    return ""


def look(
    session: Session, person_id: int, item_id: int, ticked: Collection[int], text: str, seen: sight.Seen, now: datetime
) -> int:
    """Record that a person looked again at what moved (`ticked` are moves by id), on the draft and evidence they saw;
    returns how many statements still wait. The revision and its digest stay as they are.

    Raises NotThere, NotAllowed, Moved (409: settled, moved again, another's lease, nothing waits) and Invalid.
    """
    if faults := texts.reason_faults("/text", text, due=False):
        raise Invalid("Nothing is recorded yet; what you typed is still here.", faults)
    with writing(session):
        actor = desk.actor_of(session, person_id, now)
        found = desk.for_person(session, item_id, actor, now)
        sight.unmoved(session, found, seen, also="approved")
        waiting = {one.move_id: one for one in found.unsettled.shifts}
        _may(session, found, actor, waiting)
        chosen = [one for move_id, one in waiting.items() if move_id in ticked]
        if not chosen:
            raise Invalid("Nothing is recorded yet.", [Fault("/moves", "tick each statement that you looked at")])
        query = select(SourceMove).where(SourceMove.id.in_([one.move_id for one in chosen]))
        for move in session.scalars(query).all():
            change(session, move, looked_at=now, looked_by_id=person_id)
        left = len(waiting) - len(chosen)
        if not left:
            change(session, found.item, moved_at=None)
        facts = {
            "revision": found.revision.number, "revision_digest": found.revision.digest, "left": left,
            "moved": [{"ref": one.ref, "path": one.path} for one in chosen], "state": found.item.state,
        }  # fmt: skip
        words = {"values": "\n".join(one.says for one in chosen), **({"text": text} if text else {})}
        place = opening.whereabouts(found.item)
        event = Event(f"person:{person_id}", EventType.ITEM_LOOK_AGAIN, **place, facts=facts, texts=words)
        override_log.append(session, now, event)
    return left


def _may(session: Session, found: desk.Desk, actor: judging.Actor, waiting: Collection[int]) -> None:
    if found.item.state not in WATCHED or not waiting:
        raise Moved("No statement of this item waits for another look any more. Nothing was recorded; reload the page.")
    if why := refusal(found, actor):
        raise NotAllowed(f"{why}. Nothing was recorded.")
    if found.situation.lease_holder not in (None, actor.person_id):
        raise Moved(f"{leases.holder_says(session, found)}, so your look was not recorded. Ask them, or wait for it.")
