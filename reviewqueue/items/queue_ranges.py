"""The index ranges that a view of the queue is merged from: one for each (state, lane, gate) the person may see, so
that a page's time does not grow with the queue, and one over the onboardings they own, where a gate lets the account's
owner decide. Keyset pagination, forwards and backwards. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import bindparam, select, text
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from reviewqueue.core import folding, vocabulary
from reviewqueue.db import database
from reviewqueue.db.statements import Prepared
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.items.decidable import Key
from reviewqueue.people import access, actors
from reviewqueue.policy import evaluation
from reviewqueue.policy.model.policy import Policy

View = Literal["mine", "escalated", "sent_back", "open", "decided"]
VIEWS: tuple[View, ...] = ("mine", "escalated", "sent_back", "open", "decided")
MAX_ASSIGNED = 100  # items assigned to a person that come first in their list
_ASSIGNED = Prepared(  # as plain rows: it runs after every decision
    select(Item.__table__)
    .where(Item.assignee_id == bindparam("person"), Item.settled_at.is_(None))
    .order_by(Item.due_at, Item.id)
    .limit(MAX_ASSIGNED)
)


@dataclass(frozen=True)
class QueueFilters:
    """The queue's filters; an empty string filters nothing. `whom` is the id of the person that open items wait for, 0
    for all; `moved` keeps items with an unacknowledged source change. `after` is the cursor that the page begins
    behind, or with `back` ends at."""

    view: View = "mine"
    lane: str = ""
    gate: str = ""
    kind: str = ""
    state: str = ""
    customer: str = ""
    overdue: bool = False
    paused: bool = False
    moved: bool = False
    whom: int = 0
    after: str = ""
    back: bool = False


IndexRange = tuple[str, str, str]


@dataclass(frozen=True)
class Ranges:
    """What a view is merged from: `role_ranges` are the (state, lane, gate) ranges that the person's roles and groups
    open; `owner_ranges` those open to them only for `accounts`, the onboardings they own or whose owner they stand in
    for. With `assignee_id` (a person's id), items assigned to that person come from `assigned_within`, and
    unassigned ones from these ranges."""

    role_ranges: Sequence[IndexRange]
    owner_ranges: Sequence[IndexRange] = ()
    accounts: Sequence[int] = ()
    assignee_id: int = 0
    assigned_within: Ranges | None = None

    def contains(self, item: Item) -> bool:
        """Whether the view contains this item."""
        at = (item.state, item.lane, item.gate)
        return at in self.role_ranges or (at in self.owner_ranges and item.onboarding_id in self.accounts)


def ranges(
    session: Session,
    policy: Policy,
    actor: evaluation.Actor,
    filters: QueueFilters,
    accounts: Sequence[int] | None = None,
) -> Ranges:
    """The ranges of a view. The person's `accounts` are looked up where they matter, unless they are given."""
    by_role = index_ranges(policy, actor, filters)
    owned = [walk for walk in index_ranges(policy, actor, filters, owns=True) if walk not in by_role]
    if not owned:
        return Ranges(by_role)
    mine = accounts_of(session, policy, actor) if accounts is None else accounts
    return Ranges(by_role, owned, mine) if mine else Ranges(by_role)


def accounts_of(session: Session, policy: Policy, actor: evaluation.Actor) -> Sequence[int]:
    """Ids of the onboardings that this person owns, or whose owner they stand in for; empty without a query where no
    gate lets the account's owner decide."""
    if not account_owner_gates(policy):
        return ()
    return session.scalars(select(Onboarding.id).where(Onboarding.owner_id.in_(actor.acts_for))).all()


def index_ranges(
    policy: Policy, actor: evaluation.Actor, filters: QueueFilters, *, owns: bool = False
) -> list[IndexRange]:
    """The (state, lane, gate) ranges of a view: by the person's roles, or with `owns` as an account's owner."""
    held = frozenset({"account_owner"}) if owns else actors.effective_roles(actor)
    found = []
    for lane, gate_key in account_owner_gates(policy) if owns else access.visible_gates(policy, held):
        gate = policy.gate(lane, gate_key)
        if gate is None or filters.lane not in ("", lane) or filters.gate not in ("", gate_key):
            continue
        if filters.view == "mine":
            mine = vocabulary.UNDECIDED
            states = [state for state in mine if held & {*evaluation.decider_roles(gate, state)}]
        elif filters.view == "decided":
            states = list(vocabulary.SETTLED)
        else:
            states = list(vocabulary.OPEN) if filters.view == "open" else [filters.view]
        found += [(state, lane, gate_key) for state in states if filters.state in ("", state)]
    return found


def account_owner_gates(policy: Policy) -> list[tuple[str, str]]:
    """The (lane, gate) pairs where the account's owner decides."""
    return [pair for pair, gate in policy.gates_by_lane.items() if gate.account_owner]


def leading_assignee(filters: QueueFilters, actor: evaluation.Actor) -> int:
    """The id of the person whose assigned items come first in the list; 0 where none do."""
    return actor.person_id if filters.view == "mine" and not filters.whom else 0


def list_ranges(session: Session, policy: Policy, visible: Ranges, filters: QueueFilters) -> Ranges:
    """The ranges the list is read from, behind the assigned items that come first."""
    return _waiting_for(session, policy, visible, filters.whom) if filters.whom else visible


def keys_after(
    session: Session, merged: Ranges, filters: QueueFilters, now: datetime, *, back: bool = False
) -> Callable[[Key | None, int], list[Key]]:
    """A function (key or None, limit) → the next keys behind that key, or behind `filters.after`; with `back` those
    before it, the nearest first."""

    def walk(last: Key | None, limit: int) -> list[Key]:
        start = replace(filters, after=cursor(last)) if last else filters
        return keys(session, merged, start, now, limit, back=back)

    return walk


def cursor(key: Key) -> str:
    """A key as a cursor for a URL; `parse` reads it."""
    return f"{stamp(key[0])}~{key[1]}"


def _waiting_for(session: Session, policy: Policy, visible: Ranges, person_id: int) -> Ranges:
    """What waits for a person among what the reader sees: items assigned to them, and pending items of their accounts
    at gates where the account's owner decides."""
    theirs = [
        walk
        for walk in (*visible.role_ranges, *visible.owner_ranges)
        if walk[0] == "pending" and walk[1:] in account_owner_gates(policy)
    ]
    mine = select(Onboarding.id).where(Onboarding.owner_id == person_id)
    accounts = session.scalars(mine).all() if theirs else ()
    visible_accounts = [one for one in accounts if one in visible.accounts] if not visible.role_ranges else accounts
    return Ranges((), theirs, visible_accounts, person_id, visible)


def assigned(session: Session, visible: Ranges, person_id: int, filters: QueueFilters, now: datetime) -> list[Item]:
    """The items in these ranges assigned to a person, soonest due first, MAX_ASSIGNED at most."""
    found: list[Item] = _ASSIGNED.rows(session, {"person": person_id})
    return [
        item
        for item in found
        if visible.contains(item)
        and filters.kind in ("", item.kind)
        and item.customer_key.startswith(folding.beginnings(filters.customer))
        and (not filters.overdue or (item.paused_at is None and item.due_at < now))
        and (not filters.paused or item.paused_at is not None)
        and (not filters.moved or item.moved_at is not None)
    ]


def where_clauses(session: Session, visible: Ranges) -> list[str]:
    """The SQL condition of each range, and of the one over the accounts. Values are inlined safely: keys of a loaded
    policy are [a-z0-9-], states are constants, ids are numbers."""
    names = ("state", "lane", "gate")
    clauses = [
        " AND ".join(f"{name} = '{value}'" for name, value in zip(names, walk, strict=True))
        for walk in visible.role_ranges
    ]
    if visible.owner_ranges and visible.accounts:
        beside = [database.unindexed(session, name) for name in names]
        places = [
            " AND ".join(f"{name} = '{value}'" for name, value in zip(beside, walk, strict=True))
            for walk in visible.owner_ranges
        ]
        ids = ", ".join(map(str, visible.accounts))
        clauses.append(f"onboarding_id IN ({ids}) AND ({' OR '.join(f'({place})' for place in places)})")
    if visible.assignee_id and visible.assigned_within and (within := where_clauses(session, visible.assigned_within)):
        clauses = [f"{end} AND assignee_id IS NULL" for end in clauses]
        clauses.append(f"assignee_id = {visible.assignee_id} AND ({' OR '.join(f'({end})' for end in within)})")
    return clauses


def keys(
    session: Session, merged: Ranges, filters: QueueFilters, now: datetime, limit: int, *, back: bool = False
) -> list[Key]:
    """The first keys of a list behind `filters.after`; with `back` the last ones before it, the nearest first."""
    where, values = filter_sql(session, filters, now, back=back)
    return _merge_ranges(session, merged, filters, where, {**values, "limit": limit}, back=back)


def filter_sql(
    session: Session, filters: QueueFilters, now: datetime, *, back: bool = False
) -> tuple[str, dict[str, Any]]:
    """The filters as an SQL condition to append to each range, with its bound values."""
    decided = filters.view == "decided"
    column, _, comparison = _order(filters, back=back)
    values: dict[str, Any] = {}
    where = "" if decided else " AND settled_at IS NULL"
    moment = database.unindexed(session, column) if filters.customer and not decided else column
    if filters.kind:
        where += " AND kind = :kind"
        values["kind"] = filters.kind
    if filters.customer:
        keys = folding.beginnings(filters.customer)
        names = [f"customer{number or ''}" for number in range(len(keys))]
        where += f" AND ({' OR '.join(database.begins_with(session, 'customer_key', name) for name in names)})"
        for name, key in zip(names, keys, strict=True):
            values |= database.prefix_bounds(name, key)
    if filters.overdue and not decided:
        where += f" AND paused_at IS NULL AND {moment} < :now"
        values["now"] = database.bind_datetime(session, now)
    if filters.paused and not decided:
        where += " AND paused_at IS NOT NULL"
    if filters.moved:
        where += " AND moved_at IS NOT NULL"
    if start := parse(filters.after):
        where += f" AND ({moment}, id) {comparison} (:after, :after_id)"
        values |= {"after": database.bind_datetime(session, start[0]), "after_id": start[1]}
    return where, values


def _order(filters: QueueFilters, *, back: bool = False) -> tuple[str, str, str]:
    """(sort column, ASC or DESC, comparison for what comes later) of a view; with `back` reversed."""
    decided = filters.view == "decided"
    return ("settled_at" if decided else "due_at", *(("DESC", "<") if decided != back else ("ASC", ">")))


def _merge_ranges(
    session: Session, merged: Ranges, filters: QueueFilters, where: str, values: dict[str, Any], *, back: bool
) -> list[Key]:
    """(moment, id) of the first `limit` items of these ranges together."""
    clauses = where_clauses(session, merged)
    if not clauses:
        return []
    column, direction, _ = _order(filters, back=back)
    order = f"ORDER BY {column} {direction}, id {direction} LIMIT :limit"
    walked = [f"SELECT {column} AS moment, id FROM items WHERE {end} {where} {order}" for end in clauses]
    union = " UNION ALL ".join(f"SELECT * FROM ({walk}) AS one" for walk in walked)
    sql = f"SELECT moment, id FROM ({union}) AS merged ORDER BY moment {direction}, id {direction} LIMIT :limit"
    return prepared(sql, "moment", "id").rows(session, values)


@lru_cache(maxsize=256)
def prepared(sql: str, *columns: str) -> Prepared:
    """A prepared statement of this SQL, cached: the same ranges are read again and again."""
    return Prepared(text(sql).columns(**dict.fromkeys(columns, NullType)))


def stamp(moment: Any) -> str:
    if isinstance(moment, datetime):
        return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    return str(moment).replace(" ", "T")


def parse(cursor: str) -> tuple[datetime, int] | None:
    stamp, _, item_id = cursor.partition("~")
    try:
        at = datetime.fromisoformat(stamp).replace(tzinfo=UTC), int(item_id)
    except ValueError:
        return None
    return at if 0 <= at[1] < 2**63 else None
