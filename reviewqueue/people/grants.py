"""Records who gave whom a role, a group or an account, so that nobody decides by a role they gave themselves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit.events import Actor, EventType
from reviewqueue.core import canonical_json
from reviewqueue.db.rows import insert_rows
from reviewqueue.db.tables.log import LogEntry
from reviewqueue.db.tables.people import RoleGrant


def record(
    session: Session, person_id: int, roles: Iterable[str], actor: Actor, now: datetime, *, to_admin: bool
) -> None:
    """Record that `actor` gave a person these roles, groups as `group:KEY`, or an account as
    `account_owner:ONBOARDING`. Only inside `writing()`.

    On drafts that were opened before, some of them do not count (`policy.evaluation.late_grants`). `to_admin` says
    whether the person was an admin before or is one after it; whoever ever was one counts as one, since two admins
    could take that role from each other for the moment. What the system gives (`system:…`) is not recorded.
    """
    if (by_id := Actor.person_id(actor)) is None:
        return
    to_admin = to_admin or _was_admin(session, person_id)
    same = {"person_id": person_id, "by_id": by_id, "to_admin": to_admin, "at": now}
    insert_rows(session, RoleGrant, [{"role": role, **same} for role in roles])


def _was_admin(session: Session, person_id: int) -> bool:
    """Whether the log has a change of roles before which the person was an admin."""
    changes = select(LogEntry.body).where(LogEntry.act == EventType.PERSON_ROLES.value)
    facts = (canonical_json.read(body)["facts"] for body in session.scalars(changes))
    return any(one["person"] == person_id and "admin" in one["before"] for one in facts)
