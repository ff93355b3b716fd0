"""How each person wants to be told: what they chose, or what holds for whoever chose nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core.errors import FieldError, Invalid
from reviewqueue.core.notification_kinds import KINDS, WAYS
from reviewqueue.db.database import writing
from reviewqueue.db.rows import insert_row, update_row
from reviewqueue.db.tables.chat_webhooks import ChatWebhook
from reviewqueue.db.tables.notifications import NotificationSettings
from reviewqueue.people import account_changes, actors
from reviewqueue.people.mail_times import Wishes
from reviewqueue.policy import policy_versions


def wishes_of(session: Session, person_ids: Collection[int]) -> dict[int, Wishes]:
    """How each of these people wants to be told, by their id."""
    query = select(NotificationSettings).where(NotificationSettings.person_id.in_(person_ids))
    chosen = {row.person_id: row for row in session.scalars(query)}
    chats = select(ChatWebhook.person_id).where(ChatWebhook.person_id.in_(person_ids))
    chatting = frozenset(session.scalars(chats))
    policy = policy_versions.current(session)
    calendar = policy.calendar(policy.organisation.default_lane)
    usual = Wishes(calendar.timezone, calendar.weekdays)
    wishes = {one: _read(chosen[one]) if one in chosen else usual for one in person_ids}
    return {one: replace(found, chat=one in chatting) for one, found in wishes.items()}


def chosen(session: Session, person_id: int) -> dict[str, Any]:
    """The same for one person, as forms show it and `save` takes it: every kind has its way."""
    wishes = wishes_of(session, [person_id])[person_id]
    quiet = {name: getattr(wishes, name) for name in ("quiet_from", "quiet_until")}
    return {
        "ways": {kind: wishes.way(kind) for kind in KINDS},
        "weekdays": set(wishes.weekdays),
        "timezone": wishes.timezone,
        **{name: at.isoformat("minutes") if at else "" for name, at in quiet.items()},
    }


def _read(row: NotificationSettings) -> Wishes:
    days = [int(day) for day in row.weekdays.split()]
    return Wishes(row.timezone, days, row.ways, clock(row.quiet_from), clock(row.quiet_until))


def clock(text: str) -> time | None:
    """A time of day such as 18:30; None for anything else."""
    with suppress(ValueError):
        return time.fromisoformat(text.strip().zfill(5)).replace(second=0, microsecond=0, tzinfo=None)
    return None


def save(session: Session, person_id: int, actor: Actor, given: Mapping[str, Any], now: datetime) -> None:
    """Keep how a person wants to be told: `ways` by kind, `timezone`, `weekdays`, `quiet_from` and `quiet_until`.
    `actor` is themselves, an admin, or the command line. Raises Forbidden, and Invalid naming the field."""
    if faults := _faults(given):
        raise Invalid("Nothing was changed; what you chose is still here.", faults)
    values = {
        "ways": {kind: given["ways"][kind] for kind in KINDS if kind in given["ways"]},
        "timezone": given["timezone"].strip(),
        "weekdays": " ".join(str(day) for day in sorted({*given["weekdays"]})),
        **{name: _written(given[name]) for name in ("quiet_from", "quiet_until")},
    }
    with writing(session):
        account_changes.load_person(session, person_id)
        if actor == Actor.person(person_id):
            actors.load_actor(session, person_id, now)
        else:
            account_changes.require_admin(session, actor, now)
        query = select(NotificationSettings).where(NotificationSettings.person_id == person_id)
        if row := session.scalar(query):
            update_row(session, row, **values)
        else:
            insert_row(session, NotificationSettings, person_id=person_id, **values)
        event = Event(actor, EventType.PERSON_NOTIFICATIONS, facts={"person": person_id, **values})
        override_log.append(session, now, event)


def _written(text: str) -> str:
    at = clock(text)
    return at.isoformat("minutes") if at else ""


def _faults(given: Mapping[str, Any]) -> list[FieldError]:
    faults = [
        FieldError(f"/ways/{kind}", f"one of {', '.join(WAYS)}")
        for kind, way in given["ways"].items()
        if kind not in KINDS or way not in WAYS
    ]
    try:
        ZoneInfo(given["timezone"].strip())
    except (OSError, ValueError, LookupError):
        faults.append(FieldError("/timezone", "write a time zone such as Europe/Berlin or America/New_York"))
    if not given["weekdays"] or not {*given["weekdays"]} <= {*range(7)}:
        faults.append(FieldError("/weekdays", "choose at least one day on which you work"))
    start, end = given["quiet_from"], given["quiet_until"]
    for name, text in (("quiet_from", start), ("quiet_until", end)):
        if text.strip() and clock(text) is None:
            faults.append(FieldError(f"/{name}", "write a time of day such as 18:30"))
    if bool(start.strip()) != bool(end.strip()):
        missing = "quiet_until" if start.strip() else "quiet_from"
        faults.append(FieldError(f"/{missing}", "quiet hours have a beginning and an end; fill in both, or neither"))
    elif start.strip() and clock(start) == clock(end):
        faults.append(FieldError("/quiet_until", "quiet hours end at another time than they begin"))
    return faults
