"""Loads an actor: a person with the roles and groups they hold now, their own and those of people they stand in for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Integer, String, text
from sqlalchemy.orm import Session

from reviewqueue.audit.events import Actor
from reviewqueue.core.errors import Forbidden
from reviewqueue.db import database
from reviewqueue.db.statements import Prepared
from reviewqueue.db.tables.base import Moment
from reviewqueue.people import absences
from reviewqueue.policy import evaluation

# One statement: the person, whom they stand in for and who stands in for them over every hop, and whose groups count.
_ACTOR = Prepared(
    text("""
WITH RECURSIVE lends(person_id, delegate_id) AS (
  SELECT person_id, delegate_id FROM absences
  WHERE delegate_id = :person AND starts_at <= :now AND ends_at > :now AND cancelled_at IS NULL
  UNION SELECT a.person_id, a.delegate_id FROM absences a JOIN lends ON a.delegate_id = lends.person_id
  WHERE a.starts_at <= :now AND a.ends_at > :now AND a.cancelled_at IS NULL
), acts(person_id, delegate_id) AS (
  SELECT person_id, delegate_id FROM absences
  WHERE person_id = :person AND starts_at <= :now AND ends_at > :now AND cancelled_at IS NULL
  UNION SELECT a.person_id, a.delegate_id FROM absences a JOIN acts ON a.person_id = acts.delegate_id
  WHERE a.starts_at <= :now AND a.ends_at > :now AND a.cancelled_at IS NULL
)
SELECT 'self' AS what, id, 0 AS other, held, disabled_at IS NOT NULL AS shut, disabled_at AS at
FROM people WHERE id = :person
UNION ALL SELECT 'lends', p.id, lends.delegate_id, p.held, p.disabled_at IS NOT NULL, p.disabled_at
FROM people p JOIN lends ON lends.person_id = p.id
UNION ALL SELECT 'acts', delegate_id, person_id, '', FALSE, NULL FROM acts
UNION ALL SELECT 'group', person_id, 0, group_key, FALSE, since FROM memberships
WHERE (person_id = :person OR person_id IN (SELECT person_id FROM lends))
AND since <= :now AND (until IS NULL OR until > :now)
UNION ALL SELECT 'grant', person_id, by_id, role, to_admin, at FROM role_grants
WHERE person_id = :person OR person_id IN (SELECT person_id FROM lends)
""").columns(what=String, id=Integer, other=Integer, held=String, shut=Boolean, at=Moment())
)


def load_actor(session: Session, person_id: int, now: datetime) -> evaluation.Actor:
    """The person as they are now, read afresh. Raises Forbidden when the account is disabled or unknown."""
    rows = _ACTOR.rows(session, {"now": database.bind_datetime(session, now), "person": person_id})
    own = next((row for row in rows if row.what == "self"), None)
    if own is None or own.shut:
        raise Forbidden("This account is closed, so nothing was done. Ask an admin to open it again.")
    if len(rows) == 1:
        return evaluation.Actor(person_id, frozenset(own.held.split()))
    lent = _borrowed_roles(person_id, rows)
    grants = (
        evaluation.Grant(row.id, row.held, row.other, bool(row.shut), row.at) for row in rows if row.what == "grant"
    )
    return evaluation.Actor(
        person_id,
        frozenset(own.held.split()),
        frozenset(what for _, what in lent),
        frozenset(row.id for row in rows if row.what == "lends") - {person_id},
        frozenset(row.id for row in rows if row.what == "acts") - {person_id},
        frozenset(row.held for row in rows if row.what == "group" and row.id == person_id),
        tuple(lent),
        last_grants(grants, {row.id for row in rows if row.what in ("self", "lends") and "admin" in row.held.split()}),
    )


def load_if_person(session: Session, actor: Actor, now: datetime) -> evaluation.Actor | None:
    """The person that an actor of the log is, as `load_actor` reads them; None for an automation and the system."""
    person_id = Actor.person_id(actor)
    return None if person_id is None else load_actor(session, person_id, now)


def last_grants(grants: Iterable[evaluation.Grant], admins: Collection[int]) -> tuple[evaluation.Grant, ...]:
    """The last grant of each role and group to each person. Whoever of `admins` is one now counts as one at every
    grant: which of the two roles came first makes no difference."""
    last = {(one.person_id, one.role): one for one in sorted(grants, key=lambda one: one.at)}
    return tuple(replace(one, to_admin=one.to_admin or one.person_id in admins) for one in last.values())


def _borrowed_roles(person_id: int, rows: Sequence[Any]) -> list[tuple[int, str]]:
    """(lender, role or group) of all that reaches this person, hop by hop. A closed account passes nothing on, and
    nothing reaches an auditor, who stands in for nobody."""
    lenders = [row for row in rows if row.what == "lends" and not row.shut]
    if not lenders:
        return []
    no_delegates = {
        row.id for row in rows if row.what in ("self", "lends") and absences.NO_DELEGATE_ROLE in row.held.split()
    }
    lenders = [row for row in lenders if row.other not in no_delegates]
    reached, lent = {person_id}, []
    while next_hop := [row for row in lenders if row.other in reached and row.id not in reached]:
        reached |= {row.id for row in next_hop}
        for row in sorted(next_hop, key=lambda one: one.id):
            roles, groups = _roles_and_groups(row, rows)
            lent += [(row.id, what) for what in (*roles, *(f"group:{key}" for key in groups))]
    return lent


def _roles_and_groups(row: Any, rows: Sequence[Any]) -> tuple[list[str], list[str]]:
    """The roles and the groups of one of these people."""
    return row.held.split(), [one.held for one in rows if one.what == "group" and one.id == row.id]


def effective_roles(actor: evaluation.Actor) -> frozenset[str]:
    """Own and borrowed roles and groups (`group:KEY`) together, for what a person may see."""
    return actor.roles | actor.borrowed | {f"group:{key}" for key in actor.groups}
