"""What a person does about a release: record that they sent it themselves, try it again, or give up."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core import text_limits, vocabulary
from reviewqueue.core.errors import Conflict, Forbidden, Invalid, NotFound
from reviewqueue.db import leased_jobs
from reviewqueue.db.database import writing
from reviewqueue.db.rows import update_row
from reviewqueue.db.tables.releases import Release
from reviewqueue.delivery import holds, releases, replaced_releases
from reviewqueue.items import item_context
from reviewqueue.people import access, actors
from reviewqueue.policy import evaluation

ABILITY = "retry or give up a release"
ACTIONABLE_STATES = ("waiting", "failed", "unknown")
# The holds that stop automatic sending, and keep no person from sending it.
AUTOMATIC_ONLY = ("setting", "draft-only")


def send_refusal(context: item_context.ItemContext, actor: evaluation.Actor) -> str:
    """Why this person may not say that they sent it, in words; "" when they may: whoever may decide at its gate, and
    was not involved in making it."""
    if context.gate is None or not evaluation.acting_role(context.gate, context.situation, actor):
        return f"Only {context.who()} sends it by hand"
    involvement = evaluation.involvement(context.situation, context.gate, actor)
    if involvement and not context.policy.organisation.small_team:
        return f"Somebody else has to send it: {evaluation.involvement_text(involvement)}"
    return ""


def act_refusal(context: item_context.ItemContext, actor: evaluation.Actor) -> str:
    """Why this person may neither try it again nor give up; "" when they may."""
    if access.has_ability(actor.roles, ABILITY) or not send_refusal(context, actor):
        return ""
    return f"Only RevOps, or {context.who()} who had no part in making it, tries a release again or gives it up"


def sender(row: Release, automation: str) -> str:
    """Who sends what an automation of this name drafted: the `worker`, the `automation`, or a `person`, by hand, where
    we drafted it ourselves."""
    if row.can.sent_here:
        return "worker"
    return "person" if automation == access.OWN_AUTOMATION else "automation"


def text_required(context: item_context.ItemContext, row: Release) -> bool:
    """Whether recording a manual send needs a text: not where that is how it is meant to go out."""
    return not (sender(row, context.automation) == "person" and row.can.reported and row.state == "waiting")


def mark_sent(
    session: Session, person_id: int, item_id: int, digest: str, text: str, now: datetime, *, mail: bool
) -> None:
    """Record that a person sent what was on their screen, named by its digest.

    Raises NotFound, Forbidden, Conflict (409: settled, another text, or something holds it) and Invalid.
    """
    with writing(session):
        found, row, actor = load_for_person(session, person_id, item_id, now)
        if why := send_refusal(found, actor):
            raise Forbidden(f"{why}. Nothing was recorded.")
        if faults := text_limits.validate_reason(
            "/text", text, required=text_required(found, row), ask="say how it went out"
        ):
            raise Invalid("Nothing is recorded yet; what you typed is still here.", faults)
        if digest != row.digest:
            raise Conflict("What you had on screen is not what was approved. Nothing was recorded; reload the page.")
        _require_sendable(session, found, row, now, mail)
        says = text or "Sent by hand"
        releases.log_attempt(session, row, Actor.person(person_id), "released", says, now, digest=digest)
        name = Actor.person(person_id)
        events = releases.mark_released(session, found, row, name, now, now, "by hand", person_id)
        words = {"text": text} if text else {}
        facts = {"release": row.id, "digest": digest}
        by_hand = Event.about(found.item, name, EventType.RELEASE_SEND_BY_HAND, facts=facts, texts=words)
        override_log.append(session, now, by_hand, *events)


def _require_sendable(
    session: Session, context: item_context.ItemContext, row: Release, now: datetime, mail: bool
) -> None:
    if why := holds.content_mismatch(session, context, row):
        raise Conflict(f"It must not go out: {why}. Nothing was recorded. Give up, and tell RevOps.")
    active_holds = [
        one for one in holds.current_holds(session, context, row, now, mail=mail) if one.code not in AUTOMATIC_ONLY
    ]
    # A failed or unknown one may have gone out before, and is only recorded; not while deal or newer draft is open.
    still_open = any(one.code in ("deal", "newer-draft") for one in active_holds)
    held = row.state == "waiting" or (row.state == "failed" and still_open)
    if active_holds and held:
        says = "; ".join(one.says for one in active_holds)
        raise Conflict(f"It must not go out yet. {says}. Nothing was recorded; it may go as soon as nothing holds it.")


def retry(session: Session, person_id: int, item_id: int, reason: str, now: datetime) -> None:
    """Try a release again: one that failed, or one that a person says did not go out (`unknown`, with a reason). Raises
    NotFound, Forbidden, Conflict and Invalid."""
    with writing(session):
        found, row, actor = load_for_person(session, person_id, item_id, now)
        if why := act_refusal(found, actor):
            raise Forbidden(f"{why}. Nothing was changed.")
        if faults := text_limits.validate_reason(
            "/reason", reason, required=row.state == "unknown", ask="say how you know"
        ):
            raise Invalid("It may have gone out, so sending it again needs a reason.", faults)
        was = row.state
        due_at = releases.next_look(found, row.destination, now)
        leased_jobs.retry_now(session, row, due_at, alarmed_at=None)
        facts, words = {"release": row.id, "was": was}, {"reason": reason} if reason else {}
        event = Event.about(found.item, Actor.person(person_id), EventType.RELEASE_RETRY, facts=facts, texts=words)
        override_log.append(session, now, event)


def let_go(session: Session, person_id: int, item_id: int, reason: str, now: datetime) -> None:
    """Say that an approved message goes out as it is, although it was handed in anew: where the newer draft ended and
    was not approved, or goes out as well. With a reason of at least ten visible characters. Raises as `retry`."""
    if faults := text_limits.validate_reason("/reason", reason):
        raise Invalid("Letting it go out takes a reason.", faults)
    with writing(session):
        found, row, actor = load_for_person(session, person_id, item_id, now)
        if why := act_refusal(found, actor):
            raise Forbidden(f"{why}. Nothing was changed.")
        newer = replaced_releases.newer_draft(session, found.item)
        if newer is None:
            raise Conflict("No newer draft holds it any more, so nothing was changed. Reload the page.")
        if newer.state in vocabulary.OPEN:
            raise Conflict(f"Item {newer.id} waits to be decided: decide that one first. Nothing was changed.")
        update_row(session, found.item, superseded_by_id=None)
        facts = {"release": row.id, "digest": row.digest, "newer": newer.id, "newer_state": newer.state}
        name = Actor.person(person_id)
        event = Event.about(found.item, name, EventType.RELEASE_LET_GO, facts=facts, texts={"reason": reason})
        override_log.append(session, now, event)


def give_up(session: Session, person_id: int, item_id: int, reason: str, now: datetime) -> None:
    """Give a release up, with a reason of at least ten visible characters: it never goes out. Raises as `retry`."""
    if faults := text_limits.validate_reason("/reason", reason):
        raise Invalid("Giving up needs a reason.", faults)
    with writing(session):
        found, row, actor = load_for_person(session, person_id, item_id, now)
        if why := act_refusal(found, actor):
            raise Forbidden(f"{why}. Nothing was changed.")
        was = row.state
        leased_jobs.give_up(session, row, now, done_by_id=person_id)
        facts, words = {"release": row.id, "was": was}, {"reason": reason}
        event = Event.about(found.item, Actor.person(person_id), EventType.RELEASE_GIVE_UP, facts=facts, texts=words)
        override_log.append(session, now, event)


def load_for_person(
    session: Session, person_id: int, item_id: int, now: datetime
) -> tuple[item_context.ItemContext, Release, evaluation.Actor]:
    """The item, its release and the person, for what they want to do about it. Raises NotFound, and Conflict where
    nothing can be done about the release any more."""
    actor = actors.load_actor(session, person_id, now)
    context = item_context.load_visible(session, item_id, actor, now)
    row = releases.of_item(session, item_id)
    if row is None:
        raise NotFound()
    if row.state not in ACTIONABLE_STATES:
        state = {"sending": "being sent"}.get(row.state, row.state.replace("_", " "))
        raise Conflict(f"This release is {state} by now, so nothing was changed. Reload the page.")
    return context, row, actor
