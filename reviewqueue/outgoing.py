"""Outgoing: releases as people and automations find them, with what holds them. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, exists, false, or_, select
from sqlalchemy.orm import Session

from reviewqueue import access, by_hand, cases, desk, holds, paging, policies, source_moves
from reviewqueue.holds import Hold
from reviewqueue.policy import judging, stages
from reviewqueue.policy.destinations import Destination
from reviewqueue.records.items import Decision, Item
from reviewqueue.records.promises import Correction
from reviewqueue.records.releases import Release, ReleaseAttempt

# What the room is narrowed to: words for the address, and the states.
VIEWS: dict[str, tuple[str, ...]] = {
    "": ("waiting", "sending", "failed", "unknown"),
    "trouble": ("failed", "unknown"),
    "released": ("released",),
    "given_up": ("given_up",),
}


# The releases of an item with every attempt and report, newest first.
_TRIED = (
    select(Release, ReleaseAttempt)
    .outerjoin(ReleaseAttempt, ReleaseAttempt.release_id == Release.id)
    .where(Release.item_id == bindparam("item"))
    .order_by(Release.id.desc(), ReleaseAttempt.id.desc())
)


@dataclass(frozen=True)
class Outgoing:
    """One item's release: its row, what holds it now, where it goes, and what was tried, newest first."""

    row: Release
    holds: tuple[Hold, ...]
    to: Destination | None
    ours: bool
    attempts: Sequence[ReleaseAttempt] = ()

    @property
    def state(self) -> str:
        """Where it stands: its row's state, or `held`."""
        return "held" if self.holds else self.row.state


@dataclass(frozen=True)
class Panel:
    """A release on its item's page, and what this person may do about it: why not, where not ("" where they may).
    `leads` are the pages of what holds it that are theirs to open."""

    out: Outgoing
    send_why: str
    act_why: str
    words_due: bool
    leads: frozenset[str]


def of(
    session: Session, found: desk.Desk, now: datetime, *, mail: bool, cased: holds.Cased | None = None,
    judged: bool = False,
) -> Outgoing | None:  # fmt: skip
    """The release of an item with its attempts; None where there is none. `cased` as `holds.of` takes them; `judged`
    asks too whether its approval holds, as the worker does when it sends."""
    if found.item.state not in ("approved", "released"):
        return None
    tried = session.execute(_TRIED, {"item": found.item.id}).all()
    if not tried:
        return None
    row = tried[0].Release
    held = holds.of(session, found, row, now, mail=mail, cased=cased) if row.state == "waiting" else []
    if judged and row.state == "waiting" and (why := holds.unapproved(session, found, row)):
        held = [holds.Hold("unapproved", f"It is not sent, because its approval does not hold: {why}"), *held]
    made = [one.ReleaseAttempt for one in tried if one.ReleaseAttempt is not None and one.Release is row]
    to = found.policy.destination(row.destination)
    return Outgoing(row, tuple(held), to, by_hand.ours(found), made)


def panel(
    session: Session, found: desk.Desk, actor: judging.Actor, now: datetime, *, mail: bool, cased: holds.Cased
) -> Panel | None:
    """The release on its item's page; `cased` are the exceptions about the item."""
    out = of(session, found, now, mail=mail, cased=cased)
    if out is None:
        return None
    why = by_hand.send_refusal(found, actor), by_hand.act_refusal(found, actor)
    policy = policies.version(session, found.in_force)
    leads = {f"/exceptions/{case.id}" for case, _ in cased if out.holds and cases.sees(policy, case, actor)}
    leads |= {"/corrections"} if access.able(desk.roles_of(actor), "read corrections") else set()
    return Panel(out, *why, by_hand.words_due(found, out.row), frozenset(leads))


def page(
    session: Session, actor: judging.Actor, view: str, place: paging.Place, now: datetime, *, mail: bool
) -> paging.Slice[tuple[Release, Item, list[str]]]:
    """One page of the releases at gates that this person sees, newest first, each with what holds it in short."""
    seen = access.desks(policies.current(session), desk.roles_of(actor))
    mine = or_(false(), *(and_(Item.lane == lane, Item.gate == gate) for lane, gate in seen))
    query = select(Release, Item).join(Item, Item.id == Release.item_id).where(mine, Release.state.in_(VIEWS[view]))
    found = paging.newest_first(session, query, Release.id, place)
    held = _in_short(session, [(row, item) for row, item in found.rows], now, mail)
    rows = [(row, item, held.get(row.id, [])) for row, item in found.rows]
    return paging.Slice(rows, found.following, found.earlier, found.emptied)


def _in_short(
    session: Session, rows: Sequence[tuple[Release, Item]], now: datetime, mail: bool
) -> dict[int, list[str]]:
    """What holds the waiting ones, a few words each, in a handful of statements for all of them; the item's page says
    it whole."""
    waiting = [(row, item) for row, item in rows if row.state == "waiting"]
    runs = {item.onboarding_id for _, item in waiting if item.onboarding_id is not None}
    cased, asked = cases.holding(session, runs), _questioned(session, runs)
    query = select(Decision.revision_id).where(
        Decision.revision_id.in_([row.revision_id for row, _ in waiting]), Decision.expires_at <= now
    )
    over, policy = set(session.scalars(query)), policies.current(session)
    found: dict[int, list[str]] = {}
    for row, item in waiting:
        about = cased.get(item.onboarding_id or 0, [])
        says = [f"the lane is {lane.stage}"] if (lane := policy.lane(item.lane)) and not stages.leaves(lane) else []
        says += [f"exception #{case.id} is open" for case in about]
        says += ["a source moved and nobody looked again"] if item.moved_at else []
        if item.onboarding_id in asked and source_moves.holds(session, item.id) and not item.moved_at:
            says.append("a field it rests on is in question")
        says += ["its override ran out"] if row.revision_id in over else []
        says += ["there is no mail server"] if row.kind == "email" and not mail else []
        found[row.id] = says
    return found


def _questioned(session: Session, runs: set[int]) -> set[int | None]:
    """The onboardings of which some field is in question."""
    asked = exists().where(Correction.item_id == Item.id, Correction.state == "open")
    return set(session.scalars(select(Item.onboarding_id).where(Item.onboarding_id.in_(runs), asked)))
