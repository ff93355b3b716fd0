"""Replay: what a candidate policy would have made of every past item and decision.

Judges stored facts twice, by the policy each item was under and by the candidate, and tells where the two differ. Reads
only; no check runs again and nothing is kept but counts and the first differences.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, get_args

from sqlalchemy import Row
from sqlalchemy.orm import Session

from reviewqueue import calendar, past, policies, revisions
from reviewqueue.past import Held, PastItem, PastRevision
from reviewqueue.policy import judging, legality
from reviewqueue.policy.shape import Gate, Lane, Policy
from reviewqueue.policy.words import Act

# What can be different, in words, in the order people ask for it.
WHAT = {
    "up": "would have gone up",
    "not_up": "would not have gone up",
    "gate": "would have waited elsewhere",
    "reviewers": "other people, or another number of them, would have decided",
    "decider": "decisions their person could not have made",
    "override": "overrides that would not be allowed",
    "reason": "decisions whose reason would not do",
    "unfinished": "approved, and would still have waited",
}
LISTED = 200


@dataclass(frozen=True)
class Difference:
    """One thing that would have been different: what (a key of WHAT), in words, and the candidate's rule."""

    item_id: int
    gate: str
    what: str
    says: str
    rule: str
    title: str
    customer: str
    is_open: bool


@dataclass
class Report:
    """What a replay found. `moves` are open items that would go elsewhere; `listed` the first differences, oldest item
    first, `left_off` how many more there are."""

    candidate: str
    items: int = 0
    decisions: int = 0
    totals: Counter[str] = field(default_factory=Counter)
    by_gate: dict[str, Counter[str]] = field(default_factory=dict)
    changed: int = 0
    moves: list[int] = field(default_factory=list)
    listed: list[Difference] = field(default_factory=list)
    left_off: int = 0

    def add(self, found: list[Difference], at_most: int) -> None:
        """Count these differences of one item, and keep them while there is room."""
        self.changed += bool(found)
        for one in found:
            self.totals[one.what] += 1
            self.by_gate.setdefault(one.gate, Counter())[one.what] += 1
        kept = found[: max(0, at_most - len(self.listed))]
        self.listed += kept
        self.left_off += len(found) - len(kept)

    def plain(self) -> dict[str, Any]:
        """The report as JSON takes it."""
        return {
            "candidate": self.candidate,
            "items": self.items,
            "decisions": self.decisions,
            "changed_items": self.changed,
            "totals": dict(self.totals),
            "by_gate": {gate: dict(found) for gate, found in sorted(self.by_gate.items())},
            "open_items_that_would_move": self.moves,
            "differences": [vars(one) for one in self.listed],
            "left_off": self.left_off,
        }


def run(session: Session, candidate: Policy, now: datetime, at_most: int = LISTED) -> Report:
    """Replay the candidate over everything, listing `at_most` differences."""
    report, held = Report(candidate.digest), past.held_by(session, now)
    for item in past.items(session):
        report.items += 1
        report.decisions += len(item.decisions)
        found = list(differences(item, policies.version(session, item.row.policy_digest), candidate, held))
        report.add(found, at_most)
        if item.row.state in judging.OPEN and _moves(item, found):
            report.moves.append(item.row.id)
    return report


def _moves(item: PastItem, found: list[Difference]) -> bool:
    """Whether an open item would stand elsewhere: at another gate, or its current revision above or not."""
    now_is = f"Revision {item.row.revision_number} "
    return any(one.what == "gate" or (one.what in ("up", "not_up") and one.says.startswith(now_is)) for one in found)


@dataclass(frozen=True)
class _Side:
    """One of the two policies, with lane and gate as it has them for this item."""

    policy: Policy
    lane: Lane
    gate: Gate


def differences(item: PastItem, base: Policy, candidate: Policy, held: Mapping[int, Held]) -> Iterator[Difference]:
    """What would have been different for one item. Pure."""
    row = item.row

    def differs(what: str, says: str, rule: str = "") -> Difference:
        return Difference(
            row.id, row.gate, what, says, rule, row.title, row.customer, row.state in judging.OPEN
        )  # fmt: skip

    then, now = _side(base, row), _side(candidate, row)
    if then is None:
        return
    if now is None:
        place = candidate.place(f"lane:{row.lane}", "kinds") or "organisation.toml:1"
        yield differs("gate", f"Lane {row.lane} takes no {row.kind.replace('_', ' ')} any more", place)
        return
    if now.gate.key != row.gate:
        place = candidate.place(f"lane:{row.lane}", "kinds", row.kind)
        yield differs("gate", f"Waits at {now.gate.name} instead of {then.gate.name}", place)
    if says := _others(then, now):
        yield differs("reviewers", says, _rule_of_others(then, now))
    up_then, up_now = _went_up(item, then), _went_up(item, now)
    for revision in item.revisions:
        number = revision.row.number
        if bool(up_now[number]) != bool(up_then[number]):
            name, says, place = (up_now[number] or up_then[number])[0]
            what = "up" if up_now[number] else "not_up"
            words = f"goes up by rule {name}: {says}" if up_now[number] else f"does not go up; rule {name} is gone"
            yield differs(what, f"Revision {number} {words}", place if up_now[number] else "")
    yield from (differs(*found) for found in _decided(item, (then, up_then), (now, up_now), held))


def _side(policy: Policy, row: Row[Any]) -> _Side | None:
    lane = policy.lane(row.lane)
    gate = policy.gate(row.lane, lane.kinds.get(row.kind, "")) if lane else None
    return _Side(policy, lane, gate) if lane and gate else None


def _people(side: _Side) -> tuple[str, ...]:
    """Everything about who decides, in words: by whom, how many, from which roles, and to whom it goes up."""
    gate, policy = side.gate, side.policy
    many = "one approval" if gate.approvals == 1 else f"{gate.approvals} approvals"
    roles = f", one each from {' and '.join(map(policy.called, gate.approvals_from))}" if gate.approvals_from else ""
    who = " or ".join(map(policy.called, judging.deciding(gate, "pending")))
    return f"{many} from {who}{roles}", f"goes up to {' or '.join(map(policy.called, gate.goes_up_to))}"


def _others(then: _Side, now: _Side) -> str:
    pairs = zip(_people(then), _people(now), strict=True)
    says = "; ".join(f"{new} instead of {old}" for old, new in pairs if old != new)
    return says[:1].upper() + says[1:]


def _rule_of_others(then: _Side, now: _Side) -> str:
    words = ("approvals", "approvals_from", "reviewers", "reviewer_groups", "account_owner", "goes_up_to")
    changed = next(word for word in words if getattr(then.gate, word) != getattr(now.gate, word))
    return now.policy.rule(now.gate, changed)


def _went_up(item: PastItem, side: _Side) -> dict[int, list[tuple[str, str, str]]]:
    """The must-escalate rules that hold for each revision by its stored facts: number → (name, words, place)."""
    return {one.row.number: _rules(item, one, side) for one in item.revisions}


def _rules(item: PastItem, revision: PastRevision, side: _Side) -> list[tuple[str, str, str]]:
    row, made_at = revision.row, revision.row.made_at
    age = timedelta()
    if row.number > 1:
        age = calendar.business_hours(item.row.opened_at, made_at, side.policy.calendar(side.lane.key))
    checks = [(check.key, check.outcome) for check in revision.checks]
    overrides = sum(at < made_at for at in item.overrides)
    known = revisions.facts(
        *(side.lane, item.row.kind, revision.sources, checks, item.row.segment or "", row.confidence),
        *(row.number, overrides, age),
    )
    return judging.goes_up(side.policy, side.gate, known)


@dataclass
class _Walk:
    """One side's situation as the decisions are walked through."""

    side: _Side
    up: dict[int, list[tuple[str, str, str]]]
    situation: judging.Situation
    above: bool = False

    def enter(self, item: PastItem, revision: PastRevision) -> None:
        """A revision comes: its checks, its makers, and nobody's approval yet. What is above stays above."""
        self.above = self.above or bool(self.up[revision.row.number])
        authors = [one.row.author_person_id for one in item.revisions if one.row.number <= revision.row.number]
        self.situation = judging.Situation(
            state="escalated" if self.above else "pending",
            kind=item.row.kind,
            checks=tuple(revision.checks),
            authors=frozenset(filter(None, [revision.row.author_person_id])),
            editors=frozenset(filter(None, authors)),
            automation_owner=item.row.automation_owner_id,
            account_owner=item.row.owner_id,
        )

    def take(self, made: Row[Any]) -> None:
        """A decision was made: what it left behind."""
        if made.action == "escalate":
            self.above = True
            self.situation = replace(self.situation, state="escalated")
        elif made.action == "send_back":
            self.situation = replace(self.situation, state="sent_back")
        elif made.action in ("approve", "override"):
            vote = judging.Vote(made.person_id, made.role, made.action, tuple(made.passes))
            self.situation = replace(self.situation, votes=(*self.situation.votes, vote))


_Ups = tuple[_Side, dict[int, list[tuple[str, str, str]]]]


def _decided(item: PastItem, then: _Ups, now: _Ups, held: Mapping[int, Held]) -> Iterator[tuple[str, str, str]]:
    """(what, words, rule) of each decision that would have gone otherwise, and of an approval that would not hold."""
    fresh = judging.Situation("pending", item.row.kind)
    old, new = _Walk(*then, fresh), _Walk(*now, fresh)
    for revision in item.revisions:
        old.enter(item, revision)
        new.enter(item, revision)
        for made in (one for one in item.decisions if one.revision_id == revision.row.id):
            yield from _one_decision(made, old, new, held.get(made.person_id, Held()))
            old.take(made)
            new.take(made)
    if item.row.state in ("approved", "released"):
        before = judging.needs(old.side.policy, old.side.gate, old.situation)
        for need in judging.needs(new.side.policy, new.side.gate, new.situation) if not before else ():
            yield "unfinished", f"It was approved, and would still need: {need.says}", need.rule


def _one_decision(made: Row[Any], old: _Walk, new: _Walk, held: Held) -> Iterator[tuple[str, str, str]]:
    act: Act = next(one for one in get_args(Act) if one == made.action)
    if act == "escalate" and new.situation.state == "escalated":
        return  # it would have been there already
    what = "override" if act == "override" else "decider"
    named = f"Decision {made.id}, {act.replace('_', ' ')} as {new.side.policy.called(made.role)}"
    before, after = _legal(made, act, old, held), _legal(made, act, new, held)
    if before.allowed and not after.allowed:
        yield what, f"{named}: {after.why}", after.rule
        return
    place = f"gate:{new.side.gate.key}"
    if act == "override" and made.expires_at is not None:
        rules = [found for key in made.passes if (found := new.side.gate.passing(key))]
        table, strictest = min(rules, key=lambda one: one[1].longest_days)
        longest, days = strictest.longest_days, (made.expires_at.date() - made.at.date()).days
        if days > longest:
            rule = new.side.policy.place(place, table, "longest_days")
            yield "override", f"{named}: it was to hold {days} days, at most {longest} would do", rule
    codes = {one.code for one in judging.reasons(new.side.policy, new.side.gate, act, new.situation)}
    if made.reason_code not in codes:
        rule = new.side.policy.place(place, "reasons")
        yield "reason", f"{named}: reason {made.reason_code} would not be taken for it", rule
    elif act in new.side.gate.text_for and act not in old.side.gate.text_for and not made.text:
        yield "reason", f"{named}: it would have needed words", new.side.policy.place(place, "text_for")


def _legal(made: Row[Any], act: Act, walk: _Walk, held: Held) -> legality.Legal:
    """Whether this person could decide so: as what they decided then, or as anything they hold today."""
    group = {made.role.removeprefix("group:")} if made.role.startswith("group:") else set()
    behalf = frozenset(filter(None, [made.on_behalf_of_id]))
    own = frozenset() if behalf else frozenset({made.role})
    actor = judging.Actor(
        made.person_id,
        held.roles | own,
        borrowed=frozenset({made.role}) if behalf else frozenset(),
        delegators=behalf,
        groups=held.groups | group,
    )
    owner = made.person_id if made.role == "account_owner" else walk.situation.account_owner
    situation = replace(walk.situation, account_owner=owner)
    legal = legality.legal_acts(walk.side.policy, walk.side.gate, situation, actor)
    return next(one for one in legal if one.act == act)
