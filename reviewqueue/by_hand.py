"""By hand: what a person does about a release: they sent it themselves, it is tried again, or it is given up."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from reviewqueue import access, desk, holds, opening, override_log, release, texts
from reviewqueue.database import writing
from reviewqueue.events import EventType
from reviewqueue.override_log import Event
from reviewqueue.policy import judging
from reviewqueue.records.releases import Release
from reviewqueue.records.rows import change
from reviewqueue.refusals import Invalid, Moved, NotAllowed, NotThere

ABILITY = "retry or give up a release"
LEFT = ("waiting", "failed", "unknown")
# What holds a release from going out by itself, and keeps no person from sending it.
TO_A_PERSON = ("setting", "draft-only")


def send_refusal(found: desk.Desk, actor: judging.Actor) -> str:
    """Why this person may not say that they sent it, in words; "" when they may: whoever may decide at its gate, and
    had no hand in making it."""
    if found.gate is None or not judging.acting_role(found.gate, found.situation, actor):
        return f"Only {found.who()} sends it by hand"
    way = judging.involvement(found.situation, found.gate, actor)
    if way and not found.policy.organisation.small_team:
        return f"Somebody else has to send it: {judging.hand(way)}"
    return ""


def act_refusal(found: desk.Desk, actor: judging.Actor) -> str:
    """Why this person may neither try it again nor give it up; "" when they may."""
    if access.able(actor.roles, ABILITY) or not send_refusal(found, actor):
        return ""
    return f"Only RevOps, or {found.who()} who had no hand in making it, tries a release again or gives it up"


def ours(found: desk.Desk) -> bool:
    """Whether we drafted it ourselves, so that there is nobody but a person to send it."""
    return found.automation == access.OURS


def words_due(found: desk.Desk, row: Release) -> bool:
    """Whether saying that one sent it needs words: not where that is how it goes out."""
    return not (ours(found) and row.kind == "automation" and row.state == "waiting")


def sent(session: Session, person_id: int, item_id: int, digest: str, text: str, now: datetime, *, mail: bool) -> None:
    """A person says that they sent what was on their screen, by its digest.

    Raises NotThere, NotAllowed, Moved (409: settled, another text, or something holds it) and Invalid.
    """
    with writing(session):
        found, row, actor = _for_hand(session, person_id, item_id, now)
        if why := send_refusal(found, actor):
            raise NotAllowed(f"{why}. Nothing was recorded.")
        if faults := texts.reason_faults("/text", text, due=words_due(found, row), ask="say how it went out"):
            raise Invalid("Nothing is recorded yet; what you typed is still here.", faults)
        if digest != row.digest:
            raise Moved("What you had on screen is not what was approved. Nothing was recorded; reload the page.")
        _may_go(session, found, row, now, mail)
        says = text or "Sent by hand"
        release.tried(session, row, f"person:{person_id}", "released", says, now, digest=digest)
        name = f"person:{person_id}"
        events = release.released(session, found, row, name, now, now, "by hand", person_id)
        words = {"text": text} if text else {}
        facts = {"release": row.id, "digest": digest}
        by_hand = Event(
            name, EventType.RELEASE_SEND_BY_HAND, **opening.whereabouts(found.item), facts=facts, texts=words
        )
        override_log.append(session, now, by_hand, *events)


def _may_go(session: Session, found: desk.Desk, row: Release, now: datetime, mail: bool) -> None:
    if why := holds.unlike(session, found, row):
        raise Moved(f"It must not go out: {why}. Nothing was recorded. Give it up, and tell RevOps.")
    held = [one for one in holds.of(session, found, row, now, mail=mail) if one.code not in TO_A_PERSON]
    if held and row.state == "waiting":  # of the others it may well be said that they went out before
        says = "; ".join(one.says for one in held)
        raise Moved(f"It must not go out yet. {says}. Nothing was recorded; it may go as soon as nothing holds it.")


def retry(session: Session, person_id: int, item_id: int, reason: str, now: datetime) -> None:
    """Try it again: what failed, or what a person says did not go out (`unknown`, with a reason)."""
    with writing(session):
        found, row, actor = _for_hand(session, person_id, item_id, now)
        if why := act_refusal(found, actor):
            raise NotAllowed(f"{why}. Nothing was changed.")
        if faults := texts.reason_faults("/reason", reason, due=row.state == "unknown", ask="say how you know"):
            raise Invalid("It may have gone out, so sending it again needs a reason.", faults)
        was = row.state
        due_at = now if row.kind == "email" else release.silent_at(found, row, now)
        change(session, row, state="waiting", attempts=0, next_at=due_at, alarmed_at=None)
        facts, words = {"release": row.id, "was": was}, {"reason": reason} if reason else {}
        event = Event(
            f"person:{person_id}", EventType.RELEASE_RETRY, **opening.whereabouts(found.item), facts=facts, texts=words
        )
        override_log.append(session, now, event)


def give_up(session: Session, person_id: int, item_id: int, reason: str, now: datetime) -> None:
    """Give it up, with a reason of at least ten visible characters: it never goes out."""
    if faults := texts.reason_faults("/reason", reason):
        raise Invalid("Giving up needs a reason.", faults)
    with writing(session):
        found, row, actor = _for_hand(session, person_id, item_id, now)
        if why := act_refusal(found, actor):
            raise NotAllowed(f"{why}. Nothing was changed.")
        was = row.state
        change(session, row, state="given_up", done_at=now, done_by_id=person_id)
        facts, words = {"release": row.id, "was": was}, {"reason": reason}
        event = Event(
            f"person:{person_id}",
            EventType.RELEASE_GIVE_UP,
            **opening.whereabouts(found.item),
            facts=facts,
            texts=words,
        )
        override_log.append(session, now, event)


def _for_hand(
    session: Session, person_id: int, item_id: int, now: datetime
) -> tuple[desk.Desk, Release, judging.Actor]:
    actor = desk.actor_of(session, person_id, now)
    found = desk.for_person(session, item_id, actor, now)
    row = release.of_item(session, item_id)
    if row is None:
        raise NotThere()
    if row.state not in LEFT:
        state = {"sending": "being sent"}.get(row.state, row.state.replace("_", " "))
        raise Moved(f"This release is {state} by now, so nothing was changed. Reload the page.")
    return found, row, actor
