"""Check changes: a check's precision as measured, and checks.toml as it would be if somebody's proposal to change what
the check counts as came into force. Proposing it is `proposals.propose`, as for every other rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast, get_args

from sqlalchemy.orm import Session

from reviewqueue import figures, metrics, texts
from reviewqueue.characters import hidden
from reviewqueue.policy import check_file, check_rules
from reviewqueue.policy.check_rules import RANK, CheckRule, CountsAs
from reviewqueue.policy.loading import BadPolicy
from reviewqueue.policy.shape import Policy
from reviewqueue.refusals import Fault, Invalid, NotThere

ITSELF = "itself"  # no rule any more: the check counts as what it says
LONGEST = 600


@dataclass(frozen=True)
class Wanted:
    """What somebody wants a check to count as: one of `options`. No lanes or kinds means all of them."""

    key: str
    counts_as: str
    lanes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    because: str = ""


def known(policy: Policy, key: str) -> tuple[str, ...]:
    """What a check says by itself. Raises NotThere for none of ours."""
    found = check_rules.known(policy).get(key)
    if found is None:
        raise NotThere()
    return found


def options(policy: Policy, key: str) -> list[str]:
    """What the check may be asked to count as: nothing that it does by itself, and nothing that must never bend."""
    by_itself = known(policy, key)
    least = max(RANK[one] for one in check_rules.known(policy)[key]) if check_rules.guarded(key) else 0
    words: list[str] = [one for one in get_args(CountsAs) if RANK[one] >= least and by_itself != (one,)]
    return [*words, *([ITSELF] if any(one.about == key for one in policy.checks.check) else [])]


def files(base: Mapping[str, str], policy: Policy, wanted: Wanted) -> dict[str, str]:
    """The policy's files with that rule in checks.toml, every other line as it was. Raises NotThere (no such check) and
    Invalid with /counts_as or /because."""
    faults = []
    if wanted.counts_as not in (choices := options(policy, wanted.key)):
        faults.append(
            Fault("/counts_as", f"choose one of {', '.join(choices)}" if choices else "it may not be changed")
        )
    because = " ".join(wanted.because.split())
    if wanted.counts_as != ITSELF:
        faults += texts.reason_faults("/because", because, ask="say why it counts so")
        if hidden(because) or len(because) > LONGEST:
            faults.append(Fault("/because", f"at most {LONGEST} characters, each of which can be seen"))
    if faults:
        raise Invalid("Nothing was proposed yet; what you typed is still here.", faults)
    away = wanted.counts_as == ITSELF
    rule = CheckRule(
        about=wanted.key,
        counts_as="warn" if away else cast(CountsAs, wanted.counts_as),
        lanes=wanted.lanes,
        kinds=wanted.kinds,
        because=because or "it is taken away",
    )
    try:
        return check_file.without_rule(base, rule) if away else check_file.with_rule(base, rule)
    except BadPolicy as bad:
        says = "; ".join(f"{one.place}: {one.message}" for one in bad.flaws)
        raise Invalid("This would be no policy, so nothing was done.", [Fault("/counts_as", says)]) from None


def precision(session: Session, key: str, lanes: Iterable[str]) -> list[dict[str, Any]]:
    """The check's line of each of these lanes' figures, where it has one, with its `lane`; and of all of them together
    where it has several (`lane` is "")."""
    found = [
        {"lane": lane, **one}
        for lane in lanes
        if (sheet := metrics.sheet(session, lane))
        for one in sheet.figures["checks"]
        if one["check"] == key and "later" in one
    ]
    if len(found) < 2:
        return found
    right, wrong = (sum(one[name] for one in found) for name in ("right", "wrong"))
    later = {name: sum(one["later"][name] for one in found) for name in ("trouble", "known", "of")}
    whole = {"right": right, "wrong": wrong, "later": later, "precision": figures.share(right, right + wrong).plain()}
    return [*found, {"lane": "", "check": key, **whole}]
