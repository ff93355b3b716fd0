"""Acknowledging a source change: a cited source record changed, and a person who may decide the item confirms, with a
reason, that they reviewed it. How changes are found is in `evidence.flag_changes`.

A look is kept for itself. A source change is settled by the looks that it takes: one, of somebody else than the person
whose approval was made before the change; under an approved item as many as its gate takes approvals, for those from
before the change are void and nobody approves it again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import text_limits
from reviewqueue.core.errors import Conflict, FieldError, Forbidden, Invalid
from reviewqueue.core.vocabulary import LETS_THROUGH
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_rows, update_row
from reviewqueue.db.tables.evidence import SourceChangeRow, SourceLook
from reviewqueue.evidence.flag_changes import WATCHED
from reviewqueue.evidence.source_changes import SourceChange
from reviewqueue.items import item_context, leases, seen_version
from reviewqueue.people import actors
from reviewqueue.policy import evaluation


@dataclass(frozen=True)
class LookRequest:
    """What a person says of source changes (`change_ids`: ids in `source_moves`): a reason code of the policy, and
    text."""

    change_ids: Collection[int]
    reason_code: str = ""
    text: str = ""


def refusal(context: item_context.ItemContext, actor: evaluation.Actor) -> str:
    """Why this person may not acknowledge the change, in words; "" when they may. Nobody acknowledges a change under
    their own work: for an approved item it is the only review before release."""
    if context.gate is None or not evaluation.acting_role(context.gate, context.situation, actor):
        return f"Only {context.who()} can review the change"
    involvement = evaluation.involvement(context.situation, context.gate, actor)
    if involvement and not context.policy.organisation.small_team:
        return f"Somebody else has to review the change: {evaluation.involvement_text(involvement)}"
    return ""


def needs_text(context: item_context.ItemContext) -> bool:
    """Whether a look takes a text at this item's gate."""
    return context.gate is not None and "look" in context.gate.text_for


def missing_looks(context: item_context.ItemContext, change: SourceChange, lookers: Collection[int]) -> str:
    """Who still has to look at a source change that these people looked at, in words; "" when it is settled."""
    if not lookers:
        return "somebody has to look at it"
    if context.policy.organisation.small_team:
        return ""
    approved = context.item.state == "approved" and context.gate is not None
    asked = evaluation.quorum(context.gate, context.situation) if approved and context.gate is not None else 1
    if set(lookers) <= _approved_before(context, change):
        return "somebody else has to look as well: the approval from before the change was theirs"
    left = asked - len(set(lookers))
    return "" if left <= 0 else f"{'one more person has' if left == 1 else f'{left} more people have'} to look"


def _approved_before(context: item_context.ItemContext, change: SourceChange) -> set[int]:
    """Who approved this revision, or overrode checks of it, before the source changed."""
    mine = (one for one in context.decisions if one.revision_id == context.revision.id)
    return {
        one.person_id for one in mine if one.action in LETS_THROUGH and _last_seen(one.changes_seen) < change.move_id
    }


def _last_seen(changes_seen: str) -> int:
    """The last source change that a decision was made with; 0 for none."""
    number = changes_seen.partition(".c")[0].removeprefix(".")
    return int(number) if number else 0


def acknowledge(
    session: Session,
    person_id: int,
    item_id: int,
    request: LookRequest,
    seen: seen_version.SeenVersion,
    now: datetime,
) -> int:
    """Record that a person acknowledges source changes, on the draft and evidence they saw; returns how many still
    wait. The revision and its digest stay as they are.

    Raises NotFound, Forbidden, Conflict (409: settled, changed again, another's lease, nothing waits) and Invalid.
    """
    with writing(session):
        actor = actors.load_actor(session, person_id, now)
        context = item_context.load_visible(session, item_id, actor, now)
        seen_version.require_current(session, context, seen, also_state="approved")
        waiting = {one.move_id: one for one in context.unsettled.changes}
        _require_acknowledgeable(session, context, actor, waiting)
        chosen = [one for move_id, one in waiting.items() if move_id in request.change_ids]
        _validate(context, request, chosen, person_id)
        words = {"reason_code": request.reason_code, "text": request.text, "person_id": person_id, "at": now}
        insert_rows(session, SourceLook, [{"item_id": item_id, "move_id": one.move_id, **words} for one in chosen])
        settled = {
            one.move_id for one in chosen if not missing_looks(context, one, {*_lookers(context, one), person_id})
        }
        for move in session.scalars(select(SourceChangeRow).where(SourceChangeRow.id.in_(settled))).all():
            update_row(session, move, looked_at=now, looked_by_id=person_id)
        left = len(waiting) - len(settled)
        if not left:
            update_row(session, context.item, moved_at=None)
        override_log.append(session, now, _event(context, person_id, request, chosen, left))
    return left


def _lookers(context: item_context.ItemContext, change: SourceChange) -> set[int]:
    return {look.person_id for one in context.reviewed if one.move_id == change.move_id for look in one.looks}


def _validate(
    context: item_context.ItemContext, request: LookRequest, chosen: Sequence[SourceChange], person_id: int
) -> None:
    faults = text_limits.validate_reason("/text", request.text, required=needs_text(context))
    known = context.policy.look_reasons(context.gate) if context.gate else ()
    if request.reason_code not in [reason.code for reason in known]:
        faults.append(FieldError("/reason_code", "choose why it is right all the same"))
    if not chosen:
        faults.append(FieldError("/moves", "tick each statement that you reviewed"))
    if any(person_id in _lookers(context, one) for one in chosen):
        faults.append(FieldError("/moves", "you looked at one of them already; somebody else has to look as well"))
    if faults:
        raise Invalid("Nothing is recorded yet; what you typed is still here.", faults)


def _event(
    context: item_context.ItemContext, person_id: int, request: LookRequest, chosen: Sequence[SourceChange], left: int
) -> Event:
    facts = {
        "revision": context.revision.number, "revision_digest": context.revision.digest, "left": left,
        "moved": [{"ref": one.ref, "path": one.path} for one in chosen], "state": context.item.state,
        "reason": request.reason_code, "changes_seen": context.changes_seen,
    }  # fmt: skip
    said = {"text": request.text} if request.text else {}
    words = {"values": "\n".join(one.says for one in chosen), **said}
    return Event.about(context.item, Actor.person(person_id), EventType.ITEM_LOOK_AGAIN, facts=facts, texts=words)


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
