"""Telling people that what goes out was stopped, or goes on: those whose approved drafts wait because of it, and those
who have to know of every stop. One notification each, however much waits."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit.events import Actor
from reviewqueue.db.tables.items import Decision, Item
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.releases import Release
from reviewqueue.items import undecidable
from reviewqueue.people import access, actors, notifications
from reviewqueue.people.notifications import About

ABILITY = "be told of every stop"
# What is in a worker's hand when it is stopped comes back and waits.
WAITS = ("waiting", "sending")


def tell(session: Session, stop: str, actor: Actor, now: datetime, *, ended: bool = False) -> None:
    """Tell people of a stop that `actor` just began or `ended`. `stop` is one of `notifications.About`. Inside
    `writing()`."""
    everybody = undecidable.load_actors(session, now)
    able = [one.person_id for one in everybody if access.has_ability(actors.effective_roles(one), ABILITY)]
    about = About(stop=stop)
    notifications.tell(
        session, "stop_ended" if ended else "stopped", [*able, *_waiting(session, stop)], about, actor, now
    )


def _waiting(session: Session, stop: str) -> set[int | None]:
    """Who approved what a stop holds, and whose accounts it is about."""
    what, _, key = stop.partition(":")
    held = (Item.lane if what == "lane" else Release.destination) == key if key else Release.id.is_not(None)
    query = (
        select(Decision.person_id, Onboarding.owner_id)
        .select_from(Release)
        .join(Item, Item.id == Release.item_id)
        .join(Decision, Decision.id == Release.decision_id)
        .outerjoin(Onboarding, Onboarding.id == Item.onboarding_id)
        .where(Release.state.in_(WAITS), held)
        .distinct()
    )
    return {person_id for row in session.execute(query) for person_id in row}
