"""Queues: what waits for whom, read only. Keyset pages; nothing here counts or sorts more than a page.

A page is the merge of one short index walk for each (state, lane, gate) the person may see, so its time does not
grow with the queue.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import TextClause, select, text
from sqlalchemy.orm import Session, aliased

from reviewqueue import access, database, desk
from reviewqueue.policy import judging
from reviewqueue.policy.shape import Policy
from reviewqueue.records.items import Item
from reviewqueue.records.people import Person

View = Literal["mine", "escalated", "sent_back", "open", "decided"]
VIEWS: tuple[View, ...] = ("mine", "escalated", "sent_back", "open", "decided")
PAGE = 50
COUNTED = 100


@dataclass(frozen=True)
class Filters:
    """What the queue is narrowed to; empty strings narrow nothing."""

    view: View = "mine"
    lane: str = ""
    gate: str = ""
    kind: str = ""
    state: str = ""
    customer: str = ""
    overdue: bool = False
    after: str = ""


@dataclass(frozen=True)
class Page:
    """One page of the queue: rows of (Item, lease holder's name or None), and the cursor of the next page or ""."""

    rows: Sequence[tuple[Item, str | None]]
    next: str


def walks(policy: Policy, actor: judging.Actor, filters: Filters) -> list[tuple[str, str, str]]:
    """The (state, lane, gate) index walks a view is merged from."""
    held = desk.roles_of(actor)
    found = []
    for lane, gate_key in access.desks(policy, held):
        gate = policy.gate(lane, gate_key)
        if gate is None or filters.lane not in ("", lane) or filters.gate not in ("", gate_key):
            continue
        if filters.view == "mine":
            mine = (("pending", gate.reviewers), ("escalated", gate.goes_up_to))
            states = [state for state, roles in mine if held & {*roles}]
        elif filters.view == "decided":
            states = list(judging.SETTLED)
        else:
            states = list(judging.OPEN) if filters.view == "open" else [filters.view]
        found += [(state, lane, gate_key) for state in states if filters.state in ("", state)]
    return found


def page(session: Session, policy: Policy, actor: judging.Actor, filters: Filters, now: datetime) -> Page:
    """One page of what this person may see, soonest due first (decided: newest first)."""
    keys = _keys(session, walks(policy, actor, filters), filters, now, PAGE + 1)
    more = len(keys) > PAGE
    keys = keys[:PAGE]
    holder = aliased(Person)
    joined = select(Item, holder.name).outerjoin(holder, (holder.id == Item.lease_holder_id) & (Item.lease_until > now))
    rows = {
        item.id: (item, name) for item, name in session.execute(joined.where(Item.id.in_([key[1] for key in keys])))
    }
    cursor = f"{_stamp(keys[-1][0])}~{keys[-1][1]}" if more else ""
    return Page([rows[key[1]] for key in keys if key[1] in rows], cursor)


def counts(session: Session, policy: Policy, actor: judging.Actor, views: Sequence[View]) -> dict[View, int]:
    """How many items each view has, counted no further than COUNTED, in one statement."""
    found: dict[View, int] = dict.fromkeys(views, 0)
    parts = []
    for view in views:
        ends = [
            f"SELECT id FROM items WHERE {_at(walk)} LIMIT {COUNTED}" for walk in walks(policy, actor, Filters(view))
        ]
        if ends:
            merged = " UNION ALL ".join(f"SELECT id FROM ({end}) AS one" for end in ends)
            parts.append(f"SELECT '{view}', count(*) FROM (SELECT id FROM ({merged}) AS any_of LIMIT {COUNTED}) AS few")
    if parts:
        found |= {row[0]: row[1] for row in session.connection().execute(_text(" UNION ALL ".join(parts)))}
    return found


def _at(walk: tuple[str, str, str]) -> str:
    """Where an index walk goes. Keys of a loaded policy are [a-z0-9-] and states are ours: they may stand as text."""
    state, lane, gate = walk
    return f"state = '{state}' AND lane = '{lane}' AND gate = '{gate}'"


def next_item(session: Session, policy: Policy, actor: judging.Actor, beside: int, now: datetime) -> int | None:
    """The id of the next item that is this person's to decide and on nobody else's desk."""
    free = "AND id <> :beside AND (lease_until IS NULL OR lease_until <= :now OR lease_holder_id = :me)"
    values = {"beside": beside, "now": database.bound(session, now), "me": actor.person_id}
    mine = Filters(view="mine")
    found = _merged(session, walks(policy, actor, mine), mine, f"AND settled_at IS NULL {free}", {**values, "limit": 1})
    return found[0][1] if found else None


def _keys(
    session: Session, merged: list[tuple[str, str, str]], filters: Filters, now: datetime, limit: int
) -> list[tuple[Any, int]]:
    decided = filters.view == "decided"
    column, _, beyond = _order(filters)
    values: dict[str, Any] = {"limit": limit}
    where = "" if decided else " AND settled_at IS NULL"
    moment = database.aside(session, column) if filters.customer and not decided else column
    if filters.kind:
        where += " AND kind = :kind"
        values["kind"] = filters.kind
    if filters.customer:
        where += f" AND {database.begins_with(session, 'customer_key', 'customer')}"
        values |= database.beginning("customer", filters.customer.casefold())
    if filters.overdue and not decided:
        where += f" AND {moment} < :now"
        values["now"] = database.bound(session, now)
    if start := _parse(filters.after):
        where += f" AND ({moment}, id) {beyond} (:after, :after_id)"
        values |= {"after": database.bound(session, start[0]), "after_id": start[1]}
    return _merged(session, merged, filters, where, values)


def _order(filters: Filters) -> tuple[str, str, str]:
    """The column a view is sorted by, its direction, and what lies further on."""
    return ("settled_at", "DESC", "<") if filters.view == "decided" else ("due_at", "ASC", ">")


def _merged(
    session: Session, merged: list[tuple[str, str, str]], filters: Filters, where: str, values: dict[str, Any]
) -> list[tuple[Any, int]]:
    """(moment, id) of the first `limit` of these walks together."""
    if not merged:
        return []
    column, way, _ = _order(filters)
    order = f"ORDER BY {column} {way}, id {way} LIMIT :limit"
    ends = [f"SELECT {column} AS moment, id FROM items WHERE {_at(walk)} {where} {order}" for walk in merged]
    union = " UNION ALL ".join(f"SELECT * FROM ({end}) AS one" for end in ends)
    whole = f"SELECT moment, id FROM ({union}) AS merged ORDER BY moment {way}, id {way} LIMIT :limit"
    return [(row[0], row[1]) for row in session.connection().execute(_text(whole), values)]


@lru_cache(maxsize=256)
def _text(sql: str) -> TextClause:
    """The same walks are asked for again and again: their text is read once."""
    return text(sql)


def _stamp(moment: Any) -> str:
    if isinstance(moment, datetime):
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return str(moment).replace(" ", "T")


def _parse(cursor: str) -> tuple[datetime, int] | None:
    stamp, _, item_id = cursor.partition("~")
    try:
        at = datetime.fromisoformat(stamp).replace(tzinfo=UTC), int(item_id)
    except ValueError:
        return None
    return at if 0 <= at[1] < 2**63 else None
