"""The backtest of a candidate policy over every past item and decision.

It evaluates stored facts twice, by the policy each item was under and by the candidate, and reports the differences. No
check runs again, and only counts and the first differences are kept. Reads only.
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

from reviewqueue.core import vocabulary
from reviewqueue.core.vocabulary import kind_of
from reviewqueue.db.tables.items import Decision, Item
from reviewqueue.db.tables.seeded_defects import not_seeded
from reviewqueue.lanes.backtest import check_changes, history, past_decisions
from reviewqueue.lanes.backtest.history import CurrentRoles, PastItem
from reviewqueue.lanes.backtest.past_decisions import PolicySide
from reviewqueue.policy import check_rules, evaluation, policy_versions
from reviewqueue.policy.model.policy import Policy

# The kinds of differences, in words, in the order they are shown.
DIFFERENCE_KINDS = {
    "up": "would have been escalated",
    "not_up": "would not have been escalated",
    "gate": "would have waited elsewhere",
    "reviewers": "other people, or another number of them, would have decided",
    "decider": "decisions their person could not have made",
    "override": "overrides that would not be allowed",
    "unneeded": "overrides that would not have been needed",
    "check": "checks that would have counted differently",
    "reason": "decisions whose reason would not do",
    "unfinished": "approved, and would still have waited",
}
MAX_LISTED = 200


@dataclass(frozen=True)
class Difference:
    """One difference for an item: `what` is a key of DIFFERENCE_KINDS, `says` is in words, `rule` the place in the
    candidate."""

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
    """The result of a backtest. `changed` counts items with a difference; `moves` are ids of open items that would go
    elsewhere; `listed` are the first differences, oldest item first, `left_off` how many more there are; `checks` are
    by (gate, check key); `last_decision_id` is the highest decision id."""

    candidate: str
    items: int = 0
    decisions: int = 0
    totals: Counter[str] = field(default_factory=Counter)
    by_gate: dict[str, Counter[str]] = field(default_factory=dict)
    changed: int = 0
    moves: list[int] = field(default_factory=list)
    listed: list[Difference] = field(default_factory=list)
    left_off: int = 0
    checks: dict[tuple[str, str], check_changes.Tally] = field(default_factory=dict)
    last_decision_id: int = 0

    def add(self, found: list[Difference], at_most: int) -> None:
        """Count the differences of one item, and list them up to `at_most` in all."""
        self.changed += bool(found)
        for one in found:
            self.totals[one.what] += 1
            self.by_gate.setdefault(one.gate, Counter())[one.what] += 1
        kept = found[: max(0, at_most - len(self.listed))]
        self.listed += kept
        self.left_off += len(found) - len(kept)

    def plain(self) -> dict[str, Any]:
        """The report as JSON."""
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
            "last_decision": self.last_decision_id,
        }


def run(session: Session, candidate: Policy, now: datetime, at_most: int = MAX_LISTED) -> Report:
    """Backtest the candidate over every item, listing up to `at_most` differences. Raises DomainError where a policy
    version is missing."""
    report, roles = Report(candidate.digest), history.current_roles(session, now)
    for item in history.items(session):
        report.items += 1
        report.decisions += len(item.decisions)
        report.last_decision_id = max([report.last_decision_id, *(one.id for one in item.decisions)])
        base = policy_versions.version(session, item.row.policy_digest)
        found = list(differences(item, base, candidate, roles))
        found += _check_differences(item, base, candidate, report.checks)
        report.add(found, at_most)
        if item.row.state in vocabulary.OPEN and _would_move(item, found):
            report.moves.append(item.row.id)
    return report


def decisions_since(session: Session, report: Mapping[str, Any]) -> int | None:
    """How many decisions were made since a stored report, up to MAX_LISTED; None for a report without that."""
    last = report.get("last_decision")
    if last is None:
        return None
    newer = select(Decision.id).join(Item, Item.id == Decision.item_id).where(Decision.id > last, not_seeded())
    return session.scalar(select(func.count()).select_from(newer.limit(MAX_LISTED).subquery()))


def _check_differences(
    item: PastItem, base: Policy, candidate: Policy, into: dict[tuple[str, str], check_changes.Tally]
) -> Iterator[Difference]:
    """The differences of the item's checks, also counted in `into`."""
    if base.checks == candidate.checks:
        return
    row = item.row
    now = {one.row.number: check_changes.checks(base, candidate, item, one) for one in item.revisions}
    for key, says in check_changes.count_item(item, now, into):
        rule = candidate.checks.rule(key, row.lane, row.kind)
        place = check_rules.place(candidate, rule[0]) if rule else ""
        yield _difference(row, "check", says, place)


def _difference(row: Row[Any], what: str, says: str, rule: str = "") -> Difference:
    return Difference(row.id, row.gate, what, says, rule, row.title, row.customer, row.state in vocabulary.OPEN)


def _would_move(item: PastItem, found: list[Difference]) -> bool:
    """Whether an open item would be at another gate, or its current revision escalated or not."""
    now_is = f"Revision {item.row.revision_number} "
    return any(one.what == "gate" or (one.what in ("up", "not_up") and one.says.startswith(now_is)) for one in found)


def differences(
    item: PastItem, base: Policy, candidate: Policy, held: Mapping[int, CurrentRoles]
) -> Iterator[Difference]:
    """The differences for one item, without checks; `base` is the policy it was under. Pure."""
    row = item.row
    differs = partial(_difference, row)
    then, now = _side(base, row, base), _side(candidate, row, base)
    if then is None:
        return
    if now is None:
        place = candidate.place(f"lane:{row.lane}", "kinds") or "organisation.toml:1"
        yield differs("gate", f"Lane {row.lane} takes no {kind_of(row.kind).words} any more", place)
        return
    if now.gate.key != row.gate:
        place = candidate.place(f"lane:{row.lane}", "kinds", row.kind)
        yield differs("gate", f"Waits at {now.gate.name} instead of {then.gate.name}", place)
    if says := _reviewer_change(then, now):
        yield differs("reviewers", says, _reviewer_rule(then, now))
    up_then, up_now = past_decisions.escalations(item, then), past_decisions.escalations(item, now)
    for revision in item.revisions:
        number = revision.row.number
        if bool(up_now[number]) != bool(up_then[number]):
            name, says, place = (up_now[number] or up_then[number])[0]
            what = "up" if up_now[number] else "not_up"
            words = (
                f"is escalated by rule {name}: {says}" if up_now[number] else f"is not escalated; rule {name} is gone"
            )
            yield differs(what, f"Revision {number} {words}", place if up_now[number] else "")
    yield from (
        differs(*found) for found in past_decisions.decision_differences(item, (then, up_then), (now, up_now), held)
    )


def _side(policy: Policy, row: Row[Any], then: Policy) -> PolicySide | None:
    lane = policy.lane(row.lane)
    gate = policy.gate(row.lane, lane.kinds.get(row.kind, "")) if lane else None
    return PolicySide(policy, lane, gate, then) if lane and gate else None


def _reviewer_texts(side: PolicySide) -> tuple[str, ...]:
    """(who decides and how many, to whom it is escalated), in words."""
    gate, policy = side.gate, side.policy
    approvals_text = "one approval" if gate.approvals == 1 else f"{gate.approvals} approvals"
    roles = f", one each from {' and '.join(map(policy.called, gate.approvals_from))}" if gate.approvals_from else ""
    who = " or ".join(map(policy.called, evaluation.decider_roles(gate, "pending")))
    return f"{approvals_text} from {who}{roles}", f"escalates to {' or '.join(map(policy.called, gate.goes_up_to))}"


def _reviewer_change(then: PolicySide, now: PolicySide) -> str:
    pairs = zip(_reviewer_texts(then), _reviewer_texts(now), strict=True)
    says = "; ".join(f"{new} instead of {old}" for old, new in pairs if old != new)
    return says[:1].upper() + says[1:]


def _reviewer_rule(then: PolicySide, now: PolicySide) -> str:
    words = ("approvals", "approvals_from", "reviewers", "reviewer_groups", "account_owner", "goes_up_to")
    changed = next(word for word in words if getattr(then.gate, word) != getattr(now.gate, word))
    return now.policy.rule(now.gate, changed)
