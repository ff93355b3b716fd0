"""Backtest of check rules: what past checks would have counted as under a candidate policy, and whether people's
decisions bear that out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from reviewqueue.core.vocabulary import CHECK_WRONG, STOPPING_ACTS
from reviewqueue.evidence.types import Outcome
from reviewqueue.lanes.backtest.history import PastItem, PastRevision
from reviewqueue.measurement import stats
from reviewqueue.policy import check_rules
from reviewqueue.policy.evaluation import CheckOutcome
from reviewqueue.policy.model import checks as model_checks
from reviewqueue.policy.model.policy import Policy

# What a tally counts, in the order it is shown.
COUNTS = {
    "otherwise": "drafts it would have counted differently for",
    "let_by": "failures that would not have blocked approval",
    "missed": "of those decided: a person changed or stopped the draft, which might have been missed",
    "saved": "of those decided: overridden as wrong about the draft, which nobody would have had to do",
    "stops": "drafts it would have blocked",
    "rightly": "of those decided: a person changed or stopped the draft anyway",
}


def checks(then: Policy, candidate: Policy, item: PastItem, revision: PastRevision) -> tuple[CheckOutcome, ...]:
    """A revision's checks as they would have counted under the candidate. `then` is the policy the item was under."""
    if not then.checks.check and not candidate.checks.check:
        return tuple(revision.checks)
    lane, kind = item.row.lane, item.row.kind
    return tuple(
        _recount(then, candidate, (lane, kind), seen, revision.notes.get(at, ""))
        for at, seen in enumerate(revision.checks)
    )


def _recount(then: Policy, candidate: Policy, where: tuple[str, str], check: CheckOutcome, note: str) -> CheckOutcome:
    own_outcome = cast(Outcome, check.outcome)
    outcome = check_rules.own_outcome(then, *where, (check.key, own_outcome, note)) if note else own_outcome
    blocking = check.blocking if outcome == own_outcome else outcome == "fail"
    if found := candidate.checks.rule(check.key, *where):
        outcome, blocking = check_rules.counted_outcome(found[1].counts_as, outcome, blocking=blocking)
    return replace(check, outcome=outcome, blocking=blocking)


@dataclass
class Tally:
    """One check at one gate: the number of drafts for each of COUNTS. `let_by_decided` and `stops_decided` are how many
    of the drafts let by and stopped were decided by people: the shares' denominators."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    let_by_decided: int = 0
    stops_decided: int = 0

    def plain(self) -> dict[str, Any]:
        """As JSON: the counts, and the shares with their confidence intervals."""
        return {
            **self.counts,
            "missed_of": stats.share(self.counts["missed"], self.let_by_decided).plain(),
            "saved_of": stats.share(self.counts["saved"], self.let_by_decided).plain(),
            "rightly_of": stats.share(self.counts["rightly"], self.stops_decided).plain(),
        }


def count_item(
    item: PastItem, now: Mapping[int, tuple[CheckOutcome, ...]], tallies: dict[tuple[str, str], Tally]
) -> Iterator[tuple[str, str]]:
    """Count one item in `tallies`, by (gate, check key); `now` are its checks under the candidate by revision number.
    Yields (key, in words) of each check that would have counted differently."""
    otherwise: dict[str, str] = {}
    let_by: dict[str, list[int]] = {}
    stops: dict[str, list[int]] = {}
    for revision in item.revisions:
        before, after = _worst_by_check(revision.checks), _worst_by_check(now[revision.row.number])
        for key, was in before.items():
            if was != after[key]:
                says = f"{key} would have counted as {after[key]} instead of {was} in revision {revision.row.number}"
                otherwise.setdefault(key, says)
                if "fail" in (was, after[key]):
                    (let_by if was == "fail" else stops).setdefault(key, []).append(revision.row.id)
    for key, says in otherwise.items():
        counted = tallies.setdefault((item.row.gate, key), Tally())
        counted.counts["otherwise"] += 1
        yield key, says
        if key in let_by:
            _count_let_by(item, key, let_by[key], counted)
        if key in stops:
            counted.counts["stops"] += 1
            decisions = [one for one in item.decisions if one.revision_id in stops[key]]
            counted.stops_decided += bool(decisions)
            counted.counts["rightly"] += any(one.action in STOPPING_ACTS for one in decisions)


def _count_let_by(item: PastItem, key: str, revisions: list[int], counted: Tally) -> None:
    decisions = [one for one in item.decisions if one.revision_id in revisions]
    wrong = any(one.action == "override" and key in one.passes and one.reason_code == CHECK_WRONG for one in decisions)
    counted.counts["let_by"] += 1
    counted.let_by_decided += bool(decisions)
    counted.counts["saved"] += wrong
    counted.counts["missed"] += not wrong and any(one.action in STOPPING_ACTS for one in decisions)


def _worst_by_check(outcomes: tuple[CheckOutcome, ...] | list[CheckOutcome]) -> dict[str, str]:
    """The worst outcome of each check of a revision, by key."""
    worst: dict[str, str] = {}
    for one in outcomes:
        rank = model_checks.RANK[cast(Outcome, one.outcome)]
        if one.key not in worst or rank > model_checks.RANK[cast(Outcome, worst[one.key])]:
            worst[one.key] = one.outcome
    return worst
