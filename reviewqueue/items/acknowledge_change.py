"""Acknowledging a source change: a cited source record changed, and a person who may decide the item confirms that they
reviewed it. How changes are found is in `evidence.flag_changes`."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import text_limits
from reviewqueue.core.errors import Conflict, FieldError, Forbidden, Invalid
from reviewqueue.db.database import writing
from reviewqueue.db.rows import update_row
from reviewqueue.db.tables.evidence import SourceChangeRow
from reviewqueue.evidence.flag_changes import WATCHED
from reviewqueue.items import item_context, leases, seen_version
from reviewqueue.people import actors
from reviewqueue.policy import evaluation


def refusal(context: item_context.ItemContext, actor: evaluation.Actor) -> str:
    """Why this person may not acknowledge the change, in words; "" when they may. Nobody acknowledges a change under
    their own work: for an approved item it is the only review before release."""
    if context.gate is None or not evaluation.acting_role(context.gate, context.situation, actor):
        return f"Only {context.who()} can review the change"
    involvement = evaluation.involvement(context.situation, context.gate, actor)
    if involvement and not context.policy.organisation.small_team:
        return f"Somebody else has to review the change: {evaluation.involvement_text(involvement)}"
    return ""


def acknowledge(
    session: Session,
    person_id: int,
    item_id: int,
    change_ids: Collection[int],
    text: str,
    seen: seen_version.SeenVersion,
    now: datetime,
) -> int:
    """Record that a person acknowledges source changes (`change_ids`: ids in `source_moves`), on the draft and evidence
    they saw; returns how many are still unacknowledged. The revision and its digest stay as they are.

    Raises NotFound, Forbidden, Conflict (409: settled, changed again, another's lease, nothing waits) and Invalid.
    """
    if faults := text_limits.validate_reason("/text", text, required=False):
        raise Invalid("Nothing is recorded yet; what you typed is still here.", faults)
    with writing(session):
        actor = actors.load_actor(session, person_id, now)
        context = item_context.load_visible(session, item_id, actor, now)
        seen_version.require_current(session, context, seen, also_state="approved")
        waiting = {one.move_id: one for one in context.unsettled.changes}
        _require_acknowledgeable(session, context, actor, waiting)
        chosen = [one for move_id, one in waiting.items() if move_id in change_ids]
        if not chosen:
            raise Invalid("Nothing is recorded yet.", [FieldError("/moves", "tick each statement that you reviewed")])
        query = select(SourceChangeRow).where(SourceChangeRow.id.in_([one.move_id for one in chosen]))
        for move in session.scalars(query).all():
            update_row(session, move, looked_at=now, looked_by_id=person_id)
        left = len(waiting) - len(chosen)
        if not left:
            update_row(session, context.item, moved_at=None)
        facts = {
            "revision": context.revision.number, "revision_digest": context.revision.digest, "left": left,
            "moved": [{"ref": one.ref, "path": one.path} for one in chosen], "state": context.item.state,
        }  # fmt: skip
        words = {"values": "\n".join(one.says for one in chosen), **({"text": text} if text else {})}
        event = Event.about(context.item, Actor.person(person_id), EventType.ITEM_LOOK_AGAIN, facts=facts, texts=words)
        override_log.append(session, now, event)
    return left


def _require_acknowledgeable(
    session: Session, context: item_context.ItemContext, actor: evaluation.Actor, waiting: Collection[int]
) -> None:
    if context.item.state not in WATCHED or not waiting:
        raise Conflict(
            "No statement of this item is waiting for review any more. Nothing was recorded; reload the page."
        )
    if why := refusal(context, actor):
        raise Forbidden(f"{why}. Nothing was recorded.")
    if context.situation.lease_holder not in (None, actor.person_id):
        raise Conflict(
            f"{leases.holder_text(session, context)}, so your review was not recorded. Ask them, or wait for it."
        )
