"""Queues: what waits for whom, read only. Keyset pages; nothing here counts or sorts more than a page.

A page is the merge of one short index walk for each (state, lane, gate) the person may see, so its time does not
grow with the queue; beside them one walk along the accounts they own, where a gate names the account's owner.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal, cast

from sqlalchemy import bindparam, func, select, text
from sqlalchemy.orm import Session, aliased
from sqlalchemy.types import NullType

from reviewqueue import access, database, decidable, desk, paging
from reviewqueue.decidable import Key, Wait
from reviewqueue.policy import judging
from reviewqueue.policy.shape import Policy
from reviewqueue.records.items import Item
from reviewqueue.records.onboardings import Onboarding
from reviewqueue.records.people import Person
from reviewqueue.records.prepared import Prepared

View = Literal["mine", "escalated", "sent_back", "open", "decided"]
VIEWS: tuple[View, ...] = ("mine", "escalated", "sent_back", "open", "decided")
PAGE = paging.PAGE
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


@dataclass(frozen=True)
class Page:
    """One page of the queue: rows of (Item, lease holder's name or None), the cursors of the next page and of the one
    before or "", the names of those whom its items wait for, or who decided them, and whether it stands in for a page
    that has become empty. `front` are the items that stand before the others by name. Of what is mine to decide,
    `apart` holds the first PAGE of those in the same part of the list that this person cannot decide now, and `waits`
    what each of them all waits for."""

    rows: Sequence[tuple[Item, str | None]]
    next: str
    waits_for: Mapping[int, str] = field(default_factory=dict)
    decided_by: Mapping[int, str] = field(default_factory=dict)
    earlier: str = ""
    emptied: bool = False
    front: Sequence[int] = ()
    apart: Sequence[tuple[Item, str | None]] = ()
    waits: Mapping[int, Wait] = field(default_factory=dict)

    @property
    def following(self) -> str:
        """The cursor of the next page, as every list calls it."""
        return self.next


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


def page(
    session: Session,
    policy: Policy,
    actor: judging.Actor,
    filters: Filters,
    now: datetime,
    accounts: Sequence[int] | None = None,
) -> Page:
    """One page of what this person may see, soonest due first (decided: newest first). What is theirs to decide begins
    with what waits for them by name."""
    seen = ways(session, policy, actor, filters, accounts)
    by_name = named(filters, actor)
    first = [item.id for item in assigned(session, seen, by_name, filters, now)] if by_name else []
    found = _stretch(session, actor, along(session, policy, seen, filters), filters, now, first)
    front = [] if found.earlier else first
    waits = found.apart if filters.view != "mine" else {**decidable.among(session, actor, front, now), **found.apart}
    ids = [*(one for one in front if one not in waits), *(key[1] for key in found.keys if key[1] not in first)]
    apart = list(waits)[:PAGE]
    rows, named_in = _rows(session, [*ids, *apart], now)
    waits_for = {one.assignee_id: whom for one, whom in named_in if one.assignee_id and not one.settled_by_id}
    decided_by = {one.settled_by_id: whom for one, whom in named_in if one.settled_by_id}
    if filters.whom and (whom := session.get(Person, filters.whom)):
        waits_for[whom.id] = whom.name
    shown, aside = ([rows[one] for one in some if one in rows] for some in (ids, apart))
    return Page(shown, found.following, waits_for, decided_by, found.earlier, found.emptied, first, aside, waits)


@dataclass(frozen=True)
class _Stretch:
    """The keys of one page beside those that stand in front by name, what others in this part of the list wait for,
    and the cursors around it."""

    keys: Sequence[Key]
    following: str = ""
    earlier: str = ""
    emptied: bool = False
    apart: Mapping[int, Wait] = field(default_factory=dict)


def _stretch(
    session: Session, actor: judging.Actor, shown: Ways, filters: Filters, now: datetime, first: Sequence[int]
) -> _Stretch:
    """The page that `filters` ask for, beside what stands in front by name."""
    if filters.view == "mine":
        return _sifted(session, actor, shown, filters, now, first)

    def walk(edge: str, back: bool, most: int) -> list[Key]:
        return walked(session, shown, _from(filters, edge, back=back), now, most, back=back)

    place = paging.Place(filters.after, filters.back) if parse(filters.after) else paging.FIRST
    found = paging.page(walk, cursor, place, PAGE)
    return _Stretch(found.rows, found.following or "", found.earlier or "", found.emptied)


def _sifted(
    session: Session, actor: judging.Actor, shown: Ways, filters: Filters, now: datetime, first: Sequence[int]
) -> _Stretch:
    """The same of what the person can decide now: a page ends when it is full, or after decidable.LOOKED_AT."""
    edge = filters.after if parse(filters.after) else ""
    back = filters.back and bool(edge)
    start = _from(filters, edge, back=back)
    found = decidable.sift(session, actor, further(session, shown, start, now, back=back), PAGE, now, first)
    if not back:
        if edge and found.last is None:  # nothing is left behind the place
            stands_in = _sifted(session, actor, shown, replace(filters, back=True), now, first)
            return replace(stands_in, emptied=True)
        following = cursor(found.last) if found.more and found.last else ""
        return _Stretch(found.own, following, edge, apart=found.apart)
    before = further(session, shown, start, now, back=True)(found.last, 1) if found.more else []
    if not before:  # what is before is the beginning, which is shown whole
        return _sifted(session, actor, shown, replace(filters, after="", back=False), now, first)
    onward = walked(session, shown, replace(filters, after=edge), now, 1)
    return _Stretch(found.own[::-1], edge if onward else "", cursor(before[0]), apart=found.apart)


def _from(filters: Filters, edge: str, *, back: bool) -> Filters:
    """Filters that go on behind an edge; with `back` those that go back from it, the edge itself included."""
    if back and (key := parse(edge)):
        beyond = -1 if filters.view == "decided" else 1
        edge = cursor((key[0], key[1] + beyond))
    return replace(filters, after=edge or "")


def _rows(
    session: Session, ids: Sequence[int], now: datetime
) -> tuple[dict[int, tuple[Item, str | None]], list[tuple[Item, str]]]:
    """(items with the name of who has them on their desk, by id; those that name somebody, with the name)."""
    holder, whom = aliased(Person), aliased(Person)
    joined = select(Item, holder.name, whom.name)
    joined = joined.outerjoin(holder, (holder.id == Item.lease_holder_id) & (Item.lease_until > now))
    whose = func.coalesce(Item.settled_by_id, Item.assignee_id)
    joined = joined.outerjoin(whom, whom.id == whose).where(Item.id.in_(ids))
    found = session.execute(joined).all()
    return {item.id: (item, name) for item, name, _ in found}, [(item, one) for item, _, one in found if one]


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
