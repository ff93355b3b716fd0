"""Proposals to change what a check counts as: the checks.toml that such a change makes, and the check's measured
precision. Proposing it is `proposals.propose`, as for every other rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast, get_args

from sqlalchemy.orm import Session

from reviewqueue.core import text_limits
from reviewqueue.core.characters import hidden
from reviewqueue.core.errors import FieldError, Invalid, NotFound
from reviewqueue.measurement import stats
from reviewqueue.measurement.metrics import metric_queries
from reviewqueue.policy import check_rules, checks_file
from reviewqueue.policy.flaws import BadPolicy
from reviewqueue.policy.model.checks import RANK, CheckRule, CountsAs
from reviewqueue.policy.model.policy import Policy

OWN_OUTCOME = "itself"  # remove the rule: the check counts as its own outcome
MAX_REASON = 600


@dataclass(frozen=True)
class ProposedRule:
    """A proposed rule: what a check shall count as, one of `options`, and why. No lanes or kinds means all of them."""

    key: str
    counts_as: str
    lanes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    because: str = ""


def own_outcomes(policy: Policy, key: str) -> tuple[str, ...]:
    """The outcomes that a check has by itself, without a rule. Raises NotFound for an unknown key."""
    found = check_rules.all_checks(policy).get(key)
    if found is None:
        raise NotFound()
    return found


def options(policy: Policy, key: str) -> list[str]:
    """What the check may be proposed to count as: not its own only outcome, and for a guarded check nothing weaker.
    Raises NotFound."""
    by_itself = own_outcomes(policy, key)
    least = max(RANK[one] for one in check_rules.all_checks(policy)[key]) if check_rules.why_not_weaker(key) else 0
    words: list[str] = [one for one in get_args(CountsAs) if RANK[one] >= least and by_itself != (one,)]
    return [*words, *([OWN_OUTCOME] if any(one.about == key for one in policy.checks.check) else [])]


def files_with_rule(base: Mapping[str, str], policy: Policy, wanted: ProposedRule) -> dict[str, str]:
    """The policy's files (text by path) with that rule in checks.toml, every other line as it was. Raises NotFound (no
    such check) and Invalid (/counts_as, /because)."""
    faults = []
    if wanted.counts_as not in (choices := options(policy, wanted.key)):
        faults.append(
            FieldError("/counts_as", f"choose one of {', '.join(choices)}" if choices else "it may not be changed")
        )
    because = " ".join(wanted.because.split())
    if wanted.counts_as != OWN_OUTCOME:
        faults += text_limits.validate_reason("/because", because, ask="say why it counts so")
        if hidden(because) or len(because) > MAX_REASON:
            faults.append(FieldError("/because", f"at most {MAX_REASON} characters, each of which can be seen"))
    if faults:
        raise Invalid("Nothing was proposed yet; what you typed is still here.", faults)
    removes = wanted.counts_as == OWN_OUTCOME
    rule = CheckRule(
        about=wanted.key,
        counts_as="warn" if removes else cast(CountsAs, wanted.counts_as),
        lanes=wanted.lanes,
        kinds=wanted.kinds,
        because=because or "it is removed",
    )
    try:
        return checks_file.without_rule(base, rule) if removes else checks_file.with_rule(base, rule)
    except BadPolicy as bad:
        says = "; ".join(f"{one.place}: {one.message}" for one in bad.flaws)
        raise Invalid(
            "This would not be a valid policy, so nothing was done.", [FieldError("/counts_as", says)]
        ) from None


def precision(session: Session, key: str, lanes: Iterable[str]) -> list[dict[str, Any]]:
    """The check's measured precision in each of these lanes that has figures for it, with its `lane`; and, where there
    are several, of all together (`lane` is "")."""
    found = [
        {"lane": lane, **one}
        for lane in lanes
        if (sheet := metric_queries.sheet(session, lane))
        for one in sheet.figures["checks"]
        if one["check"] == key and "later" in one
    ]
    if len(found) < 2:
        return found
    right, wrong = (sum(one[name] for one in found) for name in ("right", "wrong"))
    later = {name: sum(one["later"][name] for one in found) for name in ("trouble", "known", "of")}
    total = {"right": right, "wrong": wrong, "later": later, "precision": stats.share(right, right + wrong).plain()}
    return [*found, {"lane": "", "check": key, **total}]
