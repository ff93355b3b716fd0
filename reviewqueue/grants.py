"""Grants: who gave whom a role, a group or an account, so that nobody decides by what they gave themselves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.events import EventType
from reviewqueue.proofs import canonical
from reviewqueue.records.log import LogEntry
from reviewqueue.records.people import RoleGrant
from reviewqueue.records.rows import put_all


def record(
    session: Session, person_id: int, roles: Iterable[str], actor: str, now: datetime, *, to_admin: bool
) -> None:
    """Write down that `actor` gave a person these roles, groups as `group:KEY`, or an account as
    `account_owner:ONBOARDING`. Inside `writing()`.

    On drafts that were opened before, some of them do not count (`judging.late`). `to_admin` says whether the person
    was an admin before or is one after it; whoever was one ever counts as one, since two admins could take that role
    from each other for the moment. What the system gives (`system:…`) was given by nobody.
    """
    if not actor.startswith("person:"):
        return
    to_admin = to_admin or _was_admin(session, person_id)
    same = {"person_id": person_id, "by_id": int(actor.removeprefix("person:")), "to_admin": to_admin, "at": now}
    put_all(session, RoleGrant, [{"role": role, **same} for role in roles])


def _was_admin(session: Session, person_id: int) -> bool:
    """Whether that role was ever taken from a person, by the log."""
    changes = select(LogEntry.body).where(LogEntry.act == EventType.PERSON_ROLES.value)
    facts = (canonical.read(body)["facts"] for body in session.scalars(changes))
    return any(one["person"] == person_id and "admin" in one["before"] for one in facts)
