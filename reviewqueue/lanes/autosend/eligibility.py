"""Eligibility for auto-send: a message's record so far, and what it lacks before it may be proposed.

What counts are people's decisions in the last HORIZON, and since the last revocation, on drafts of that message from
the same template text as now. Reads only."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.core import canonical_json
from reviewqueue.core.errors import DomainError, FieldError
from reviewqueue.core.vocabulary import APPROVED
from reviewqueue.db.tables.autosend import StandingApproval, StandingItem
from reviewqueue.db.tables.items import Claim, Decision, Item, Revision, RevisionSource
from reviewqueue.db.tables.milestones import DraftJob
from reviewqueue.db.tables.onboardings import SourceRecord
from reviewqueue.measurement import stats
from reviewqueue.measurement.sampling import weekly_sample
from reviewqueue.measurement.stats import Figure, formatting
from reviewqueue.policy import autosend as policy_autosend
from reviewqueue.policy import policy_versions
from reviewqueue.policy.model import autosend
from reviewqueue.policy.model.policy import Lane, Policy

HORIZON = timedelta(days=180)
MAX_EVALUATED = 1000  # the newest drafts of a message that are evaluated
MAX_CITING = 200  # drafts approved unchanged whose citations define what the message cites
_BATCH_SIZE = 500


@dataclass(frozen=True)
class Condition:
    """One condition for auto-send: whether it holds, what was found with its numbers, and the threshold
    (`threshold`)."""

    key: str
    name: str
    holds: bool
    found: str
    threshold: str

    @property
    def lacks(self) -> str:
        """The condition as one sentence, for where it does not hold."""
        return f"{self.name}: {self.found}; it takes {self.threshold}."


@dataclass(frozen=True)
class Eligibility:
    """A message's record since `since`: its share of unchanged approvals, the ids of those items (`passed_ids`), and
    each condition for auto-send."""

    message: str
    since: datetime
    unchanged: Figure
    passed_ids: tuple[int, ...]
    conditions: tuple[Condition, ...]

    @property
    def lacks(self) -> tuple[str, ...]:
        """One sentence for each condition that does not hold."""
        return tuple(one.lacks for one in self.conditions if not one.holds)

    def plain(self) -> dict[str, Any]:
        """As JSON: the figure, and each condition with its numbers."""
        told = [
            {"key": one.key, "holds": one.holds, "found": one.found, "bar": one.threshold} for one in self.conditions
        ]
        return {"since": self.since.isoformat(), "unchanged": self.unchanged.plain(), "conditions": told}


def eligibility(session: Session, policy: Policy, lane: Lane, message: str, now: datetime) -> Eligibility:
    """The eligibility of a message (a template's key) of the lane now, by this policy's thresholds."""
    revoked_at = session.scalar(
        select(StandingApproval.down_at)
        .where(
            StandingApproval.lane == lane.key,
            StandingApproval.message == message,
            StandingApproval.down_at.is_not(None),
        )
        .order_by(StandingApproval.down_at.desc())
        .limit(1)
    )
    since = max(revoked_at, now - HORIZON) if revoked_at else now - HORIZON
    rows = _newest_drafts(session, lane, message, since)
    decisions = _decisions_by_item(session, [row.id for row in rows])
    same_template = _same_template(session, policy, message)
    passed = tuple(
        row.id for row in rows if same_template(row.policy_digest) and _approved_unchanged(row.state, decisions[row.id])
    )
    changed = sum(same_template(row.policy_digest) and _was_changed(decisions[row.id]) for row in rows)
    unchanged = stats.share(len(passed), len(passed) + changed)
    overridden = [row.id for row in rows if _has_open_override(row.state, decisions[row.id], now)]
    review_counts = weekly_sample.review_counts(session, lane.key, message, since)
    conditions = (
        *_decided_conditions(lane.earned, unchanged),
        *_review_conditions(lane.earned, *review_counts),
        _override_condition(overridden),
        _destination_condition(policy, lane, message),
    )
    return Eligibility(message, since, unchanged, passed, conditions)


def _newest_drafts(session: Session, lane: Lane, message: str, since: datetime) -> Sequence[Any]:
    """The newest drafts of that message in the lane, in every state."""
    written = select(DraftJob.id).where(
        DraftJob.onboarding_id == Item.onboarding_id, DraftJob.item_id == Item.id, DraftJob.template == message
    )
    query = select(Item.id, Item.state, Item.policy_digest).where(
        Item.lane == lane.key, Item.opened_at > since, written.exists()
    )
    return session.execute(query.order_by(Item.id.desc()).limit(MAX_EVALUATED)).all()


def _decisions_by_item(session: Session, ids: Sequence[int]) -> Mapping[int, list[Any]]:
    """Each item's decisions, oldest first."""
    by_item: dict[int, list[Any]] = defaultdict(list)
    query = select(Decision.item_id, Decision.action, Decision.expires_at).order_by(Decision.id)
    for start in range(0, len(ids), _BATCH_SIZE):
        for one in session.execute(query.where(Decision.item_id.in_(ids[start : start + _BATCH_SIZE]))):
            by_item[one.item_id].append(one)
    return by_item


def _approved_unchanged(state: str, decisions: Sequence[Any]) -> bool:
    """Whether people approved it as drafted; what was sent automatically has no decision and does not count."""
    return state in APPROVED and bool(decisions) and not _was_changed(decisions)


def _was_changed(decisions: Sequence[Any]) -> bool:
    """Whether a person edited, stopped, escalated or overrode it."""
    return any(one.action != "approve" for one in decisions)


def outcomes(session: Session, ids: Sequence[int]) -> list[bool]:
    """Whether each of these items was approved unchanged, in their order; undecided items are left out."""
    decisions = _decisions_by_item(session, ids)
    states = {one.id: one.state for one in session.execute(select(Item.id, Item.state).where(Item.id.in_(ids)))}
    known = [(_approved_unchanged(states[one], decisions[one]), _was_changed(decisions[one])) for one in ids]
    return [good for good, bad in known if good or bad]


def _has_open_override(state: str, decisions: Sequence[Any], now: datetime) -> bool:
    """Whether an override on it is still active, or expired before its release."""
    return any(one.expires_at is not None and (one.expires_at > now or state == "approved") for one in decisions)


def _same_template(session: Session, policy: Policy, message: str) -> Any:
    """A function: whether the policy of a digest has the same template of the message as this one; cached."""
    wanted, known = policy.template(message), dict[str, bool]()

    def same(digest: str) -> bool:
        if digest not in known:
            try:
                known[digest] = policy_versions.version(session, digest).template(message) == wanted
            except DomainError:  # a version that is gone proves nothing
                known[digest] = False
        return known[digest]

    return same


def _decided_conditions(criteria: autosend.AutosendCriteria, unchanged: Figure) -> Iterator[Condition]:
    low, n = unchanged.low or 0.0, unchanged.n
    yield Condition("least", "Decided by people", n >= criteria.least, f"{n}", f"at least {criteria.least}")
    found = (
        "unknown"
        if unchanged.value is None
        else f"{formatting.with_interval(unchanged.plain(), 'share')}, lower bound {low:.1%}"
    )
    bar = f"a lower bound (Wilson, 95 %) above {criteria.unchanged:.1%}"
    yield Condition("unchanged", "Approved unchanged", low > criteria.unchanged, found, bar)


def _review_conditions(
    criteria: autosend.AutosendCriteria, agree: int, reviewed: int, disputes: int
) -> Iterator[Condition]:
    enough = reviewed >= criteria.least_agree
    yield Condition("reviewed", "Second reviews", enough, f"{reviewed}", f"at least {criteria.least_agree}")
    share = agree / reviewed if reviewed else 0.0
    found = f"{agree} of {reviewed} ({share:.0%})" if reviewed else "unknown"
    holds = reviewed > 0 and share >= criteria.agree
    yield Condition("agree", "Second reviews that agree", holds, found, f"at least {criteria.agree:.0%}")
    yield Condition("disputes", "Open disputes", not disputes, f"{disputes}", "none")


def _override_condition(item_ids: Sequence[int]) -> Condition:
    named = ", ".join(f"#{one}" for one in item_ids[:5])
    found = f"{len(item_ids)} ({named})" if item_ids else "0"
    return Condition("overrides", "Active overrides, or expired before release", not item_ids, found, "none")


def _destination_condition(policy: Policy, lane: Lane, message: str) -> Condition:
    """The condition that its gate releases to an e-mail destination: only those are sent automatically."""
    template = policy.template(message)
    gate = policy.gate(lane.key, lane.kinds.get(template.kind, "")) if template else None
    destination = policy.destination(gate.release) if gate else None
    found = destination.name if destination else "nowhere"
    return Condition(
        "way", "Goes out by", bool(destination and destination.can.addressed), found, "a destination that sends e-mail"
    )


def cited_fields(session: Session, ids: Sequence[int]) -> dict[str, dict[str, Any]]:
    """The fields that the first revisions of these items cite: `system/object/path` → `types`, the JSON types of its
    values, and `always`, whether every item cites it. A list index is `*`."""
    types: dict[str, set[str]] = defaultdict(set)
    citing_items: dict[str, set[int]] = defaultdict(set)
    for item_id, path, system, about, payload in session.execute(
        select(Revision.item_id, Claim.path, SourceRecord.system, SourceRecord.object, SourceRecord.payload)
        .join(Claim, Claim.revision_id == Revision.id)
        .join(RevisionSource, (RevisionSource.revision_id == Revision.id) & (RevisionSource.ref == Claim.ref))
        .join(SourceRecord, SourceRecord.id == RevisionSource.source_record_id)
        .where(Revision.item_id.in_(ids), Revision.number == 1)
    ):
        named = "/".join("*" if part.isdigit() else part for part in path.split("/"))
        key = f"{system}/{about}{named}"
        types[key].add(_json_type(payload, path))
        citing_items[key].add(item_id)
    return {
        key: {"types": sorted(types[key]), "always": len(citing_items[key]) == len(set(ids))} for key in sorted(types)
    }


def _json_type(payload: Any, path: str) -> str:
    value = canonical_json.resolve_pointer(payload, path)
    if value is canonical_json.MISSING or value is None or isinstance(value, bool):
        return "missing" if value is canonical_json.MISSING else "null" if value is None else "boolean"
    kinds = ((str, "string"), (dict, "object"), (list, "array"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "number")


def citation_changes(was: Mapping[str, Any], is_now: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """(cited fields that changed their type or are no longer cited, fields never cited before); both from
    `cited_fields`."""
    changed = [
        f"{key} is {' or '.join(one['types'])}, and was {' or '.join(was[key]['types'])}"
        for key, one in is_now.items()
        if key in was and not {*one["types"]} <= {*was[key]["types"]}
    ]
    changed += [f"{key} is cited no more" for key, one in was.items() if one["always"] and key not in is_now]
    return changed, [key for key in is_now if key not in was]


def newly_automatic(base: Policy, wanted: Policy) -> Iterator[tuple[Lane, str]]:
    """(lane, message) that `wanted` makes automatic and `base` does not, or since another day."""
    for lane in wanted.lanes:
        before = base.lane(lane.key)
        for message, rule in policy_autosend.automatic_rules(lane).items():
            was = before.messages.get(message) if before else None
            if was is None or was.automatic_since != rule.automatic_since:
                yield lane, message


def faults(session: Session, base: Policy, wanted: Policy, now: datetime) -> Iterator[FieldError]:
    """What the messages lack that `wanted` newly makes automatic, each at its file (/files/NAME)."""
    for lane, message in newly_automatic(base, wanted):
        where = wanted.place(f"lane:{lane.key}", "messages", message, "sending")
        day = policy_autosend.automatic_since(lane.messages[message])
        earlier = StandingApproval.lane == lane.key, StandingApproval.message == message, StandingApproval.since == day
        lacks = list(eligibility(session, wanted, lane, message, now).lacks)
        if session.scalar(select(StandingApproval.id).where(*earlier)) is not None:
            lacks.append(f"It was automatic from {day} before: give automatic_since another day.")
        for says in lacks:
            yield FieldError(
                f"/files/{where.rpartition(':')[0]}", f"{where}: {message!r} may not be sent automatically yet. {says}"
            )


def tally(session: Session, row: StandingApproval) -> Counter[str]:
    """Counts under a standing approval: items that `went` out automatically, were `sampled`, were `decided` in the
    sample, and were `caught` there: changed or stopped by people."""
    sent_items = session.execute(
        select(StandingItem.item_id, StandingItem.sampled).where(StandingItem.standing_id == row.id)
    ).all()
    sample = [one.item_id for one in sent_items if one.sampled]
    unchanged = outcomes(session, sample)
    return Counter(
        went=len(sent_items) - len(sample), sampled=len(sample), decided=len(unchanged), caught=unchanged.count(False)
    )
