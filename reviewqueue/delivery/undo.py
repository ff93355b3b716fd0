"""Before an approved item goes out: whoever approved it undoes that, or somebody has it go out before its time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import text_limits
from reviewqueue.core.errors import Conflict, Forbidden, Invalid
from reviewqueue.core.vocabulary import LETS_THROUGH, STARTS_MORE
from reviewqueue.db import leased_jobs
from reviewqueue.db.database import writing
from reviewqueue.db.rows import update_row
from reviewqueue.db.tables.callbacks import Callback
from reviewqueue.db.tables.releases import Release
from reviewqueue.delivery import manual_send, releases, replaced_releases
from reviewqueue.items import approvals, item_context, opening, revise
from reviewqueue.lanes.autosend import sending
from reviewqueue.people import access
from reviewqueue.policy import business_hours, evaluation


def waits_for_its_time(release: Release, now: datetime) -> bool:
    """Whether a release has not come to its time yet: until then its approval can be undone."""
    return release.state == "waiting" and release.send_at is not None and now < release.send_at


def undo_refusal(context: item_context.ItemContext, release: Release, actor: evaluation.Actor) -> str:
    """Why this person may not undo the approval of what waits for its time, in words; "" when they may: who approved
    it, and RevOps."""
    if context.item.kind in STARTS_MORE:
        return "Its approval started what comes next, so it is not undone; give the release up instead"
    approved = {
        one.person_id
        for one in context.decisions
        if one.revision_id == release.revision_id and one.action in LETS_THROUGH
    }
    if actor.person_id in approved or access.has_ability(actor.roles, manual_send.ABILITY):
        return ""
    return "Only who approved it, or RevOps, undoes the approval"


def undo(session: Session, person_id: int, item_id: int, reason: str, now: datetime) -> None:
    """Undo an approval before it goes out, with a reason of at least ten visible characters: the release is given up,
    and the item waits at its gate again, with no approval. Raises NotFound, Forbidden, Conflict (409: it went out, its
    time has come, or its automation has the approval) and Invalid."""
    if faults := text_limits.validate_reason("/reason", reason):
        raise Invalid("Undoing an approval needs a reason.", faults)
    with writing(session):
        context, release, actor = manual_send.load_for_person(session, person_id, item_id, now)
        if why := undo_refusal(context, release, actor):
            raise Forbidden(f"{why}. Nothing was changed.")
        _require_waiting(release, now)
        _require_untold(session, release)
        if any(one.id == release.decision_id for one in context.decisions):
            events = _undo_decisions(session, context, release, person_id, reason, now)
        else:  # a standing approval let it through
            events = sending.recall(session, context, release, f"A person took it back: {reason}", now)
        update_row(session, release, undone_at=now, done_by_id=person_id)
        override_log.append(session, now, *events)


def _require_waiting(release: Release, now: datetime) -> None:
    if not waits_for_its_time(release, now):
        raise Conflict("Its time has come, so nothing was changed. Reload the page: it says what became of it.")


def _require_untold(session: Session, release: Release) -> None:
    """A worker may have handed the approval on while this request, made in time, waited for its turn to write."""
    approving = Callback.item_id == release.item_id, Callback.type == "item.decided"
    told = Callback.state.not_in(("waiting", "given_up")) | (Callback.attempts > 0)
    since = Callback.created_at >= release.opened_at
    if session.scalar(select(Callback.id).where(*approving, told, since).limit(1)) is not None:
        raise Conflict(
            "Its automation was handed the approval already and may have sent it, so nothing was changed. Reload the "
            "page; if it must not go out, tell whoever runs the automation, and give the release up."
        )


def _undo_decisions(
    session: Session, context: item_context.ItemContext, release: Release, person_id: int, reason: str, now: datetime
) -> list[Event]:
    item, gate, lane = context.item, context.gate, context.policy.lane(context.item.lane)
    if gate is None or lane is None:
        raise opening.gate_missing(item.gate)
    leased_jobs.give_up(session, release, now)
    _withhold_callbacks(session, item.id, now)
    escalated = approvals.state_before(session, item.id, release.decision_id) == "escalated"
    was = {"settled_at": None, "settled_by_id": None, "overdue_at": None, "superseded_by_id": None}
    update_row(session, item, state="escalated" if escalated else "pending", **was)
    number, evaluated = revise.repeat_revision(session, context, context.policy, lane, gate, now)
    says = f"Its approval was undone before it went out. {reason}"
    evaluated = replace(evaluated, why=evaluated.why if evaluated.state == "escalated" else says)
    calendar, hours = context.policy.calendar(item.lane), gate.expires_after_hours
    opening.apply_revision(session, item, evaluated, number, business_hours.due(now, gate.sla_hours, calendar))
    update_row(session, item, expires_at=business_hours.due(now, hours, calendar) if hours else None)
    facts = {
        **opening.log_facts(evaluated),
        "release": release.id,
        "undone": release.decision_id,
        "voided": sorted({one.person_id for one in context.situation.votes}),
        "revision": number,
        "based_on": context.revision.digest,
    }
    approved_at = next(one.at for one in context.decisions if one.id == release.decision_id)
    newer = sending.newer_open(session, item)
    restored = replaced_releases.restore(session, item, approved_at, newer, person_id, now)
    if newer:
        update_row(session, item, state="superseded", superseded_by_id=newer, settled_at=now)
        facts |= {"state": "superseded", "by": newer}
    undone = Event.about(item, Actor.person(person_id), EventType.ITEM_UNDO, facts=facts, texts={"reason": reason})
    return [undone, *restored]


def _withhold_callbacks(session: Session, item_id: int, now: datetime) -> None:
    """Give up what would tell its automation that the item is approved: it waited as long as the release did."""
    approving = Callback.item_id == item_id, Callback.type == "item.decided", Callback.state == "waiting"
    for message in session.scalars(select(Callback).where(*approving)).all():
        leased_jobs.give_up(session, message, now)


def send_now(session: Session, person_id: int, item_id: int, reason: str, now: datetime) -> None:
    """Have an approved item go out before its time, with a reason of at least ten visible characters. What else holds
    it still does. Raises as `undo`."""
    if faults := text_limits.validate_reason("/reason", reason):
        raise Invalid("Sending it before its time needs a reason.", faults)
    with writing(session):
        context, release, actor = manual_send.load_for_person(session, person_id, item_id, now)
        if why := manual_send.act_refusal(context, actor):
            raise Forbidden(f"{why}. Nothing was changed.")
        _require_waiting(release, now)
        was = release.send_at
        update_row(session, release, send_at=now, next_at=releases.next_look(context, release.destination, now))
        facts = {"release": release.id, "digest": release.digest, "was": was.isoformat() if was else None}
        told = Actor.person(person_id), EventType.RELEASE_SEND_NOW
        override_log.append(session, now, Event.about(context.item, *told, facts=facts, texts={"reason": reason}))
