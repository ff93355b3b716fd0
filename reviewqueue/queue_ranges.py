"""What a view of the queue is merged from: one short index range for each (state, lane, gate) the person may see, so
that its time does not grow with the queue; beside them one along the accounts they own, where a gate names the
account's owner. Read only; every list is read by keyset, behind a key or before it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal, cast

from sqlalchemy import bindparam, select, text
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from reviewqueue import access, database, desk
from reviewqueue.decidable import Key
from reviewqueue.policy import judging
from reviewqueue.policy.shape import Policy
from reviewqueue.records.items import Item
from reviewqueue.records.onboardings import Onboarding
from reviewqueue.records.prepared import Prepared

View = Literal["mine", "escalated", "sent_back", "open", "decided"]
VIEWS: tuple[View, ...] = ("mine", "escalated", "sent_back", "open", "decided")
COUNTED = 100
_ASSIGNED = Prepared(  # as plain rows: it is asked after every decision
    select(Item.__table__)
    .where(Item.assignee_id == bindparam("person"), Item.settled_at.is_(None))
    .order_by(Item.due_at, Item.id)
    .limit(COUNTED)
)


@dataclass(frozen=True)
class Filters:
    """What the queue is narrowed to; empty strings narrow nothing. `whom` is whom open items wait for, 0 for all.
    `after` is where the page before ended; with `back` it is where this one ends."""

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


Walk = tuple[str, str, str]


@dataclass(frozen=True)
class Ways:
    """What a view is merged from: the index walks (state, lane, gate) that the person's roles and groups open to them,
    and those that are open for the onboardings they own, or whose owner they stand in for, alone. With `named`, what
    waits for that person by name is taken along `within`, and of these ways only what waits for nobody by name."""

    walks: Sequence[Walk]
    owned: Sequence[Walk] = ()
    accounts: Sequence[int] = ()
    named: int = 0
    within: Ways | None = None

    def leads_to(self, item: Item) -> bool:
        """Whether the view has this item."""
        walk = (item.state, item.lane, item.gate)
        return walk in self.walks or (walk in self.owned and item.onboarding_id in self.accounts)


def ways(
    session: Session, policy: Policy, actor: judging.Actor, filters: Filters, accounts: Sequence[int] | None = None
) -> Ways:
    """The ways of a view. The person's `accounts` are looked up where they make a difference, unless they are given."""
    by_role = walks(policy, actor, filters)
    owned = [walk for walk in walks(policy, actor, filters, owns=True) if walk not in by_role]
    if not owned:
        return Ways(by_role)
    mine = accounts_of(session, policy, actor) if accounts is None else accounts
    return Ways(by_role, owned, mine) if mine else Ways(by_role)


def accounts_of(session: Session, policy: Policy, actor: judging.Actor) -> Sequence[int]:
    """The onboardings of which this person is the owner, or stands in for the owner; none looked for where no gate
    asks for the owner."""
    if not owners_desks(policy):
        return ()
    owners = {actor.person_id, *dict(actor.lent)}
    return session.scalars(select(Onboarding.id).where(Onboarding.owner_id.in_(owners))).all()


def walks(policy: Policy, actor: judging.Actor, filters: Filters, *, owns: bool = False) -> list[Walk]:
    """The (state, lane, gate) index walks a view is merged from: by the person's roles, or as an account's owner."""
    held = frozenset({"account_owner"}) if owns else desk.roles_of(actor)
    found = []
    for lane, gate_key in owners_desks(policy) if owns else access.desks(policy, held):
        gate = policy.gate(lane, gate_key)
        if gate is None or filters.lane not in ("", lane) or filters.gate not in ("", gate_key):
            continue
        if filters.view == "mine":
            mine = ("pending", "escalated")
            states = [state for state in mine if held & {*judging.deciding(gate, state)}]
        elif filters.view == "decided":
            states = list(judging.SETTLED)
        else:
            states = list(judging.OPEN) if filters.view == "open" else [filters.view]
        found += [(state, lane, gate_key) for state in states if filters.state in ("", state)]
    return found


def owners_desks(policy: Policy) -> list[tuple[str, str]]:
    """The (lane, gate) pairs that the account's owner decides at."""
    return [pair for pair, gate in policy.desks.items() if gate.account_owner]


def named(filters: Filters, actor: judging.Actor) -> int:
    """Whose items by name stand in front of the list; 0 where nobody's do."""
    return actor.person_id if filters.view == "mine" and not filters.whom else 0


def along(session: Session, policy: Policy, seen: Ways, filters: Filters) -> Ways:
    """What the list is walked along, behind what stands in front of it by name."""
    return _waiting_for(session, policy, seen, filters.whom) if filters.whom else seen


def further(
    session: Session, merged: Ways, filters: Filters, now: datetime, *, back: bool = False
) -> Callable[[Key | None, int], list[Key]]:
    """How a list goes on behind a key, or from `filters.after` where none is given; with `back` how it came there."""

    def walk(last: Key | None, limit: int) -> list[Key]:
        start = replace(filters, after=cursor(last)) if last else filters
        return walked(session, merged, start, now, limit, back=back)

    return walk


def cursor(key: Key) -> str:
    """The place of a key in a list, as an address says it."""
    return f"{stamp(key[0])}~{key[1]}"


def _waiting_for(session: Session, policy: Policy, seen: Ways, person_id: int) -> Ways:
    """What waits for a person among what the reader sees: by name, and as the owner of accounts what is pending where
    the gate asks for the owner."""
    theirs = [walk for walk in (*seen.walks, *seen.owned) if walk[0] == "pending" and walk[1:] in owners_desks(policy)]
    mine = select(Onboarding.id).where(Onboarding.owner_id == person_id)
    accounts = session.scalars(mine).all() if theirs else ()
    only = [one for one in accounts if one in seen.accounts] if not seen.walks else accounts
    return Ways((), theirs, only, person_id, seen)


def assigned(session: Session, seen: Ways, person_id: int, filters: Filters, now: datetime) -> list[Item]:
    """What waits for a person by name along these ways, soonest due first, COUNTED at most."""
    found = cast("list[Item]", _ASSIGNED.rows(session, {"person": person_id}))
    return [
        item
        for item in found
        if seen.leads_to(item)
        and filters.kind in ("", item.kind)
        and item.customer_key.startswith(filters.customer.casefold())
        and (not filters.overdue or (item.paused_at is None and item.due_at < now))
        and (not filters.paused or item.paused_at is not None)
        and (not filters.moved or item.moved_at is not None)
    ]


def ends(session: Session, seen: Ways) -> list[str]:
    """Where each index walk goes, and the one along the accounts. Keys of a loaded policy are [a-z0-9-], states are
    ours and ids are numbers: they may stand as text."""
    names = ("state", "lane", "gate")
    found = [
        " AND ".join(f"{name} = '{value}'" for name, value in zip(names, walk, strict=True)) for walk in seen.walks
    ]
    if seen.owned and seen.accounts:
        beside = [database.aside(session, name) for name in names]
        places = [
            " AND ".join(f"{name} = '{value}'" for name, value in zip(beside, walk, strict=True)) for walk in seen.owned
        ]
        ids = ", ".join(map(str, seen.accounts))
        found.append(f"onboarding_id IN ({ids}) AND ({' OR '.join(f'({place})' for place in places)})")
    if seen.named and seen.within and (within := ends(session, seen.within)):
        found = [f"{end} AND assignee_id IS NULL" for end in found]
        found.append(f"assignee_id = {seen.named} AND ({' OR '.join(f'({end})' for end in within)})")
    return found


def walked(
    session: Session, merged: Ways, filters: Filters, now: datetime, limit: int, *, back: bool = False
) -> list[Key]:
    """The first keys of a list behind `filters.after`; with `back` the last ones before it, the nearest first."""
    where, values = narrowed(session, filters, now, back=back)
    return _merged(session, merged, filters, where, {**values, "limit": limit}, back=back)


def narrowed(session: Session, filters: Filters, now: datetime, *, back: bool = False) -> tuple[str, dict[str, Any]]:
    """What narrows each walk, as SQL with its values."""
    decided = filters.view == "decided"
    column, _, beyond = _order(filters, back=back)
    values: dict[str, Any] = {}
    where = "" if decided else " AND settled_at IS NULL"
    moment = database.aside(session, column) if filters.customer and not decided else column
    if filters.kind:
        where += " AND kind = :kind"
        values["kind"] = filters.kind
    if filters.customer:
        where += f" AND {database.begins_with(session, 'customer_key', 'customer')}"
        values |= database.beginning("customer", filters.customer.casefold())
    if filters.overdue and not decided:
        where += f" AND paused_at IS NULL AND {moment} < :now"
        values["now"] = database.bound(session, now)
    if filters.paused and not decided:
        where += " AND paused_at IS NOT NULL"
    if filters.moved:
        where += " AND moved_at IS NOT NULL"
    if start := parse(filters.after):
        where += f" AND ({moment}, id) {beyond} (:after, :after_id)"
        values |= {"after": database.bound(session, start[0]), "after_id": start[1]}
    return where, values


def _order(filters: Filters, *, back: bool = False) -> tuple[str, str, str]:
    """The column a view is sorted by, its direction, and what lies further on; with `back` the other way."""
    decided = filters.view == "decided"
    return ("settled_at" if decided else "due_at", *(("DESC", "<") if decided != back else ("ASC", ">")))


def _merged(
    session: Session, merged: Ways, filters: Filters, where: str, values: dict[str, Any], *, back: bool
) -> list[Key]:
    """(moment, id) of the first `limit` of these ways together."""
    found = ends(session, merged)
    if not found:
        return []
    column, way, _ = _order(filters, back=back)
    order = f"ORDER BY {column} {way}, id {way} LIMIT :limit"
    walked = [f"SELECT {column} AS moment, id FROM items WHERE {end} {where} {order}" for end in found]
    union = " UNION ALL ".join(f"SELECT * FROM ({walk}) AS one" for walk in walked)
    whole = f"SELECT moment, id FROM ({union}) AS merged ORDER BY moment {way}, id {way} LIMIT :limit"
    return asked(whole, "moment", "id").rows(session, values)


@lru_cache(maxsize=256)
def asked(sql: str, *columns: str) -> Prepared:
    """The same walks are asked for again and again: their text is read once."""
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
