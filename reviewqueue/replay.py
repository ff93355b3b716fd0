"""Replay: what a candidate policy would have made of every past item and decision.

Judges stored facts twice, by the policy each item was under and by the candidate, and tells where the two differ. Reads
only; no check runs again and nothing is kept but counts and the first differences.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from reviewqueue import past, policies, reweighing, walks
from reviewqueue.past import Held, PastItem
from reviewqueue.policy import check_rules, judging
from reviewqueue.policy.shape import Policy
from reviewqueue.policy.words import kind_words
from reviewqueue.records.items import Decision, Item
from reviewqueue.records.planting import real
from reviewqueue.walks import Side

# What can be different, in words, in the order people ask for it.
WHAT = {
    "up": "would have gone up",
    "not_up": "would not have gone up",
    "gate": "would have waited elsewhere",
    "reviewers": "other people, or another number of them, would have decided",
    "decider": "decisions their person could not have made",
    "override": "overrides that would not be allowed",
    "unneeded": "overrides that would not have been needed",
    "check": "checks that would have counted otherwise",
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
    checks: dict[tuple[str, str], reweighing.Tally] = field(default_factory=dict)
    last: int = 0

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
            "checks": [{"gate": gate, "check": key, **one.plain()} for (gate, key), one in sorted(self.checks.items())],
            "last_decision": self.last,
        }


def run(session: Session, candidate: Policy, now: datetime, at_most: int = LISTED) -> Report:
    """Replay the candidate over everything, listing `at_most` differences."""
    report, held = Report(candidate.digest), past.held_by(session, now)
    for item in past.items(session):
        report.items += 1
        report.decisions += len(item.decisions)
        report.last = max([report.last, *(one.id for one in item.decisions)])
        base = policies.version(session, item.row.policy_digest)
        found = list(differences(item, base, candidate, held))
        found += _counted(item, base, candidate, report.checks)
        report.add(found, at_most)
        if item.row.state in judging.OPEN and _moves(item, found):
            report.moves.append(item.row.id)
    return report


def since(session: Session, report: Mapping[str, Any]) -> int | None:
    """How many decisions were made since a kept report, `LISTED` at most; None where it does not say."""
    last = report.get("last_decision")
    if last is None:
        return None
    newer = select(Decision.id).join(Item, Item.id == Decision.item_id).where(Decision.id > last, real())
    return session.scalar(select(func.count()).select_from(newer.limit(LISTED).subquery()))


def _counted(
    item: PastItem, base: Policy, candidate: Policy, into: dict[tuple[str, str], reweighing.Tally]
) -> Iterator[Difference]:
    """Each check of an item that would have counted otherwise."""
    if base.checks == candidate.checks:
        return
    row = item.row
    now = {one.row.number: reweighing.checks(base, candidate, item, one) for one in item.revisions}
    for key, says in reweighing.tally(item, now, into):
        rule = candidate.checks.rule(key, row.lane, row.kind)
        place = check_rules.place(candidate, rule[0]) if rule else ""
        yield _difference(row, "check", says, place)


def _difference(row: Row[Any], what: str, says: str, rule: str = "") -> Difference:
    return Difference(row.id, row.gate, what, says, rule, row.title, row.customer, row.state in judging.OPEN)


def _moves(item: PastItem, found: list[Difference]) -> bool:
    """Whether an open item would stand elsewhere: at another gate, or its current revision above or not."""
    now_is = f"Revision {item.row.revision_number} "
    return any(one.what == "gate" or (one.what in ("up", "not_up") and one.says.startswith(now_is)) for one in found)


def differences(item: PastItem, base: Policy, candidate: Policy, held: Mapping[int, Held]) -> Iterator[Difference]:
    """What would have been different for one item. Pure."""
    row = item.row
    differs = partial(_difference, row)
    then, now = _side(base, row, base), _side(candidate, row, base)
    if then is None:
        return
    if now is None:
        place = candidate.place(f"lane:{row.lane}", "kinds") or "organisation.toml:1"
        yield differs("gate", f"Lane {row.lane} takes no {kind_words(row.kind)} any more", place)
        return
    if now.gate.key != row.gate:
        place = candidate.place(f"lane:{row.lane}", "kinds", row.kind)
        yield differs("gate", f"Waits at {now.gate.name} instead of {then.gate.name}", place)
    if says := _others(then, now):
        yield differs("reviewers", says, _rule_of_others(then, now))
    up_then, up_now = walks.went_up(item, then), walks.went_up(item, now)
    for revision in item.revisions:
        number = revision.row.number
        if bool(up_now[number]) != bool(up_then[number]):
            name, says, place = (up_now[number] or up_then[number])[0]
            what = "up" if up_now[number] else "not_up"
            words = f"goes up by rule {name}: {says}" if up_now[number] else f"does not go up; rule {name} is gone"
            yield differs(what, f"Revision {number} {words}", place if up_now[number] else "")
    yield from (differs(*found) for found in walks.decided(item, (then, up_then), (now, up_now), held))


def _side(policy: Policy, row: Row[Any], then: Policy) -> Side | None:
    lane = policy.lane(row.lane)
    gate = policy.gate(row.lane, lane.kinds.get(row.kind, "")) if lane else None
    return Side(policy, lane, gate, then) if lane and gate else None


def _people(side: Side) -> tuple[str, ...]:
    """Everything about who decides, in words: by whom, how many, from which roles, and to whom it goes up."""
    gate, policy = side.gate, side.policy
    many = "one approval" if gate.approvals == 1 else f"{gate.approvals} approvals"
    roles = f", one each from {' and '.join(map(policy.called, gate.approvals_from))}" if gate.approvals_from else ""
    who = " or ".join(map(policy.called, judging.deciding(gate, "pending")))
    return f"{many} from {who}{roles}", f"goes up to {' or '.join(map(policy.called, gate.goes_up_to))}"


def _others(then: Side, now: Side) -> str:
    pairs = zip(_people(then), _people(now), strict=True)
    says = "; ".join(f"{new} instead of {old}" for old, new in pairs if old != new)
    return says[:1].upper() + says[1:]


def _rule_of_others(then: Side, now: Side) -> str:
    words = ("approvals", "approvals_from", "reviewers", "reviewer_groups", "account_owner", "goes_up_to")
    changed = next(word for word in words if getattr(then.gate, word) != getattr(now.gate, word))
    return now.policy.rule(now.gate, changed)
