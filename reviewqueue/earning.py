"""Earning: what a message of a lane has shown, and what it lacks before anybody may propose that it goes by itself.

Reads only. What counts is what people decided in the last HORIZON on drafts of that message written from the same words
as now, since it was last stood down.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue import figures, policies, sampling
from reviewqueue.figures import Figure, words
from reviewqueue.policy import earned
from reviewqueue.policy.shape import Lane, Policy
from reviewqueue.proofs import canonical
from reviewqueue.records.items import Claim, Decision, Item, Revision, RevisionSource
from reviewqueue.records.onboardings import SourceRecord
from reviewqueue.records.plans import Drafting
from reviewqueue.records.standings import Standing, StandingItem
from reviewqueue.refusals import Fault, Refused
from reviewqueue.reweighing import STOPPED

HORIZON = timedelta(days=180)
LATEST = 1000  # drafts of a message that are looked at, the newest
CITED = 200  # of those that passed unchanged, whose citations say what the message rests on
_AT_ONCE = 500
_TOOK = (*STOPPED, "override")


@dataclass(frozen=True)
class Condition:
    """One thing that a message has to show: whether it does, what was found with its numbers, and the bar. `lacks` is
    the whole in one sentence."""

    key: str
    name: str
    holds: bool
    found: str
    bar: str

    @property
    def lacks(self) -> str:
        """What is lacking, in words."""
        return f"{self.name}: {self.found}; it takes {self.bar}."


@dataclass(frozen=True)
class Shown:
    """What a message has shown since `since`: its share of unchanged approvals, the ids of those items, and what it
    takes, condition by condition."""

    message: str
    since: datetime
    unchanged: Figure
    passed: tuple[int, ...]
    conditions: tuple[Condition, ...]

    @property
    def lacks(self) -> tuple[str, ...]:
        """One sentence for each condition that does not hold."""
        return tuple(one.lacks for one in self.conditions if not one.holds)

    def plain(self) -> dict[str, Any]:
        """As JSON: the figure, and each condition with its numbers."""
        told = [{"key": one.key, "holds": one.holds, "found": one.found, "bar": one.bar} for one in self.conditions]
        return {"since": self.since.isoformat(), "unchanged": self.unchanged.plain(), "conditions": told}


def shown(session: Session, policy: Policy, lane: Lane, message: str, now: datetime) -> Shown:
    """What that message of the lane has shown by now, under this policy's bars."""
    fell = session.scalar(
        select(Standing.down_at)
        .where(Standing.lane == lane.key, Standing.message == message, Standing.down_at.is_not(None))
        .order_by(Standing.down_at.desc())
        .limit(1)
    )
    since = max(fell, now - HORIZON) if fell else now - HORIZON
    rows = _items(session, lane, message, since)
    acts = _decided(session, [row.id for row in rows])
    same = _same_words(session, policy, message)
    passed = tuple(row.id for row in rows if same(row.policy_digest) and _passed(row.state, acts[row.id]))
    changed = sum(same(row.policy_digest) and _changed(acts[row.id]) for row in rows)
    unchanged = figures.share(len(passed), len(passed) + changed)
    debt = [row.id for row in rows if _in_debt(row.state, acts[row.id], now)]
    agree = sampling.agreed(session, lane.key, message, since)
    conditions = (
        *_counted(lane.earned, unchanged),
        *_agreed(lane.earned, *agree),
        _debt(debt),
        _way(policy, lane, message),
    )
    return Shown(message, since, unchanged, passed, conditions)


def _items(session: Session, lane: Lane, message: str, since: datetime) -> Sequence[Any]:
    """The newest drafts of that message in the lane, whatever became of them."""
    written = select(Drafting.id).where(
        Drafting.onboarding_id == Item.onboarding_id, Drafting.item_id == Item.id, Drafting.template == message
    )
    query = select(Item.id, Item.state, Item.policy_digest).where(
        Item.lane == lane.key, Item.opened_at > since, written.exists()
    )
    return session.execute(query.order_by(Item.id.desc()).limit(LATEST)).all()


def _decided(session: Session, ids: Sequence[int]) -> Mapping[int, list[Any]]:
    """Each item's decisions, oldest first."""
    found: dict[int, list[Any]] = defaultdict(list)
    made = select(Decision.item_id, Decision.action, Decision.expires_at).order_by(Decision.id)
    for start in range(0, len(ids), _AT_ONCE):
        for one in session.execute(made.where(Decision.item_id.in_(ids[start : start + _AT_ONCE]))):
            found[one.item_id].append(one)
    return found


def _passed(state: str, made: Sequence[Any]) -> bool:
    """Whether people approved it as it was drafted; what went by itself was decided by nobody, and does not count."""
    return state in ("approved", "released") and bool(made) and not _changed(made)


def _changed(made: Sequence[Any]) -> bool:
    """Whether a person changed it, stopped it, sent it up or passed over a check."""
    return any(one.action in _TOOK for one in made)


def outcomes(session: Session, ids: Sequence[int]) -> list[bool]:
    """Of these items, in their order, those that people are done with or stopped: whether each passed unchanged."""
    acts = _decided(session, ids)
    states = {one.id: one.state for one in session.execute(select(Item.id, Item.state).where(Item.id.in_(ids)))}
    known = [(_passed(states[one], acts[one]), _changed(acts[one])) for one in ids]
    return [good for good, bad in known if good or bad]


def _in_debt(state: str, made: Sequence[Any], now: datetime) -> bool:
    """Whether an override on it is still in force, or ran out before it went out."""
    return any(one.expires_at is not None and (one.expires_at > now or state == "approved") for one in made)


def _same_words(session: Session, policy: Policy, message: str) -> Any:
    """Whether the policy of a digest has the message in the same words as this one; asked once a digest."""
    wanted, known = policy.template(message), dict[str, bool]()

    def same(digest: str) -> bool:
        if digest not in known:
            try:
                known[digest] = policies.version(session, digest).template(message) == wanted
            except Refused:  # a version that is gone proves nothing
                known[digest] = False
        return known[digest]

    return same


def _counted(bars: earned.Earned, unchanged: Figure) -> Iterator[Condition]:
    low, n = unchanged.low or 0.0, unchanged.n
    yield Condition("least", "Decided by people", n >= bars.least, f"{n}", f"at least {bars.least}")
    told = (
        "unknown" if unchanged.value is None else f"{words.spoken(unchanged.plain(), 'share')}, lower bound {low:.1%}"
    )
    bar = f"a lower bound (Wilson, 95 %) above {bars.unchanged:.1%}"
    yield Condition("unchanged", "Approved unchanged", low > bars.unchanged, told, bar)


def _agreed(bars: earned.Earned, agree: int, reviewed: int, disputes: int) -> Iterator[Condition]:
    enough = reviewed >= bars.least_agree
    yield Condition("reviewed", "Second reviews", enough, f"{reviewed}", f"at least {bars.least_agree}")
    share = agree / reviewed if reviewed else 0.0
    told = f"{agree} of {reviewed} ({share:.0%})" if reviewed else "unknown"
    holds = reviewed > 0 and share >= bars.agree
    yield Condition("agree", "Second reviews that agree", holds, told, f"at least {bars.agree:.0%}")
    yield Condition("disputes", "Open disputes", not disputes, f"{disputes}", "none")


def _debt(debt: Sequence[int]) -> Condition:
    named = ", ".join(f"#{one}" for one in debt[:5])
    told = f"{len(debt)} ({named})" if debt else "0"
    return Condition("overrides", "Overrides in force, or run out before release", not debt, told, "none")


def _way(policy: Policy, lane: Lane, message: str) -> Condition:
    """Whether it goes out from here at all: what a person sends by hand does not go by itself."""
    template = policy.template(message)
    gate = policy.gate(lane.key, lane.kinds.get(template.kind, "")) if template else None
    to = policy.destination(gate.release) if gate else None
    told = to.name if to else "nowhere"
    return Condition("way", "Goes out by", bool(to and to.kind == "email"), told, "a destination that sends e-mail")


def cites(session: Session, ids: Sequence[int]) -> dict[str, dict[str, Any]]:
    """What the first revisions of these items rest on: `system/object/path` → the JSON types its value had, and whether
    every one of them cites it. An index in a list stands as `*`."""
    types: dict[str, set[str]] = defaultdict(set)
    held: dict[str, set[int]] = defaultdict(set)
    for item_id, path, system, about, payload in session.execute(
        select(Revision.item_id, Claim.path, SourceRecord.system, SourceRecord.object, SourceRecord.payload)
        .join(Claim, Claim.revision_id == Revision.id)
        .join(RevisionSource, (RevisionSource.revision_id == Revision.id) & (RevisionSource.ref == Claim.ref))
        .join(SourceRecord, SourceRecord.id == RevisionSource.source_record_id)
        .where(Revision.item_id.in_(ids), Revision.number == 1)
    ):
        named = "/".join("*" if part.isdigit() else part for part in path.split("/"))
        key = f"{system}/{about}{named}"
        types[key].add(_type(payload, path))
        held[key].add(item_id)
    return {key: {"types": sorted(types[key]), "always": len(held[key]) == len(set(ids))} for key in sorted(types)}


def _type(payload: Any, path: str) -> str:
    value = canonical.look(payload, path)
    if value is canonical.MISSING or value is None or isinstance(value, bool):
        return "missing" if value is canonical.MISSING else "null" if value is None else "boolean"
    kinds = ((str, "string"), (dict, "object"), (list, "array"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "number")


def differs(was: Mapping[str, Any], is_now: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """(what a message cited that has another type or is no longer there, what it cites that it never did)."""
    moved = [
        f"{key} is {' or '.join(one['types'])}, and was {' or '.join(was[key]['types'])}"
        for key, one in is_now.items()
        if key in was and not {*one["types"]} <= {*was[key]["types"]}
    ]
    moved += [f"{key} is cited no more" for key, one in was.items() if one["always"] and key not in is_now]
    return moved, [key for key in is_now if key not in was]


def fresh(base: Policy, wanted: Policy) -> Iterator[tuple[Lane, str]]:
    """The messages that `wanted` makes automatic and `base` does not, or since another day."""
    for lane in wanted.lanes:
        before = base.lane(lane.key)
        for about, rule in earned.automatic(lane).items():
            was = before.messages.get(about) if before else None
            if was is None or was.automatic_since != rule.automatic_since:
                yield lane, about


def faults(session: Session, base: Policy, wanted: Policy, now: datetime) -> Iterator[Fault]:
    """What keeps messages from going by themselves that `wanted` makes automatic, each with file and line."""
    for lane, about in fresh(base, wanted):
        where = wanted.place(f"lane:{lane.key}", "messages", about, "sending")
        day = earned.since(lane.messages[about])
        mine = Standing.lane == lane.key, Standing.message == about, Standing.since == day
        lacks = list(shown(session, wanted, lane, about, now).lacks)
        if session.scalar(select(Standing.id).where(*mine)) is not None:
            lacks.append(f"It stood since {day} before: give automatic_since another day.")
        for says in lacks:
            yield Fault(f"/files/{where.rpartition(':')[0]}", f"{where}: {about!r} may not go by itself yet. {says}")


def tally(session: Session, row: Standing) -> Counter[str]:
    """What became of those that might go by themselves under a standing: how many `went`, were `sampled`, were decided
    in the sample, and how many people `caught` there."""
    drawn = session.execute(
        select(StandingItem.item_id, StandingItem.sampled).where(StandingItem.standing_id == row.id)
    ).all()
    sample = [one.item_id for one in drawn if one.sampled]
    found = outcomes(session, sample)
    return Counter(went=len(drawn) - len(sample), sampled=len(sample), decided=len(found), caught=found.count(False))
