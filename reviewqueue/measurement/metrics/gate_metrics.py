"""What the gates of a lane do: how often a draft passes unchanged, how much people change, how precise each check is,
how long each gate delays an onboarding and what it catches. Reads only, over the MAX_DECIDED decided items of each
gate."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from rapidfuzz.distance import Indel
from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.core import canonical_json
from reviewqueue.core.vocabulary import CHECK_WRONG, DECIDED, STOPPING_ACTS
from reviewqueue.db.tables.items import Check, Decision, Item, Revision
from reviewqueue.db.tables.metrics import Measure
from reviewqueue.db.tables.people import Automation
from reviewqueue.measurement import stats
from reviewqueue.measurement.metrics import collection, override_outcomes
from reviewqueue.measurement.stats import Figure
from reviewqueue.measurement.stats.critical_path import critical_path
from reviewqueue.policy.model.policy import Policy

MAX_DECIDED = 500  # decided items of a gate that its figures are about
MAX_EDITED = 100  # of those, the edited ones whose revisions are compared
MAX_PATHS = 200  # newest onboardings whose critical path to the kickoff, and to first value, is computed
HOUR = timedelta(hours=1)
_BATCH_SIZE = 500


@dataclass
class DecidedItem:
    """One decided item with the decisions on it, oldest first."""

    item: Any
    decisions: list[Any] = field(default_factory=list)

    def has_act(self, *actions: str) -> bool:
        """Whether a decision on it is one of these acts."""
        return any(one.action in actions for one in self.decisions)

    @property
    def caught(self) -> bool:
        """Whether a person edited it, sent it back, escalated it or rejected it."""
        return self.has_act(*STOPPING_ACTS)


def gate_figures(session: Session, policy: Policy, lane: str, now: datetime) -> dict[str, Any]:
    """`gates`, `checks` and `paths` of a lane as JSON: the part of `figure_sheets` that is about its gates."""
    keys = [gate.key for gate in policy.gates if policy.gate(lane, gate.key)]
    items_by_gate = {key: _decided_items(session, lane, key) for key in keys}
    gates = [_gate_figures(session, policy, lane, key, found) for key, found in items_by_gate.items() if found]
    caught = {one["gate"]: one["caught"] for one in gates}
    every = [one for found in items_by_gate.values() for one in found]
    return {
        "gates": gates,
        "checks": _check_precisions(session, every, now),
        "paths": _critical_paths(session, policy, lane, caught),
    }


def _decided_items(session: Session, lane: str, gate: str) -> list[DecidedItem]:
    """The items of a gate that were decided last, with their decisions."""
    columns = (Item.id, Item.kind, Item.state, Item.opened_at, Item.settled_at)
    rows: list[Any] = []
    for state in DECIDED:
        here = select(*columns).where(Item.state == state, Item.lane == lane, Item.gate == gate)
        rows += session.execute(
            here.where(Item.settled_at.is_not(None)).order_by(Item.settled_at.desc(), Item.id.desc()).limit(MAX_DECIDED)
        )
    found = {
        row.id: DecidedItem(row) for row in sorted(rows, key=lambda row: row.settled_at, reverse=True)[:MAX_DECIDED]
    }
    decision_columns = (
        Decision.item_id,
        Decision.action,
        Decision.role,
        Decision.reason_code,
        Decision.passes,
        Decision.at,
    )
    for some in _batches(list(found)):
        for one in session.execute(select(*decision_columns).where(Decision.item_id.in_(some)).order_by(Decision.id)):
            found[one.item_id].decisions.append(one)
    return [one for one in found.values() if one.decisions]


def _gate_figures(
    session: Session, policy: Policy, lane: str, key: str, decided_items: Sequence[DecidedItem]
) -> dict[str, Any]:
    gate = policy.gate(lane, key)
    n = len(decided_items)

    def rate(*actions: str) -> dict[str, Any]:
        return stats.share(sum(one.has_act(*actions) for one in decided_items), n).plain()

    hours = [max(timedelta(0), one.item.settled_at - one.item.opened_at) / HOUR for one in decided_items]
    roles, kinds = defaultdict(list), defaultdict(list)
    for one in decided_items:
        roles[one.decisions[-1].role].append(one)
        kinds[one.item.kind].append(one)
    return {
        "gate": key,
        "name": gate.name if gate else key,
        "since": min(one.item.settled_at for one in decided_items).isoformat(),
        "approved": rate("approve"),
        "unchanged": _unchanged_share(decided_items).plain(),
        "edited": rate("edit"),
        "overridden": rate("override"),
        "escalated": rate("escalate"),
        "sent_back": rate("send_back"),
        "rejected": rate("reject"),
        "caught": _caught_share(decided_items).plain(),
        "waited": stats.median(hours).plain(),
        "kinds": {name: _unchanged_share(found).plain() for name, found in sorted(kinds.items())},
        "roles": {name: _caught_share(found).plain() for name, found in sorted(roles.items())},
        "sections": _section_changes(
            session, [one.item.id for one in decided_items if one.has_act("edit")][:MAX_EDITED]
        ),
    }


def _unchanged_share(decided_items: Sequence[DecidedItem]) -> Figure:
    """The share that passed as submitted: not edited, sent back, escalated, rejected or overridden."""
    passed = [
        one for one in decided_items if one.item.state != "rejected" and not one.has_act(*STOPPING_ACTS, "override")
    ]
    return stats.share(len(passed), len(decided_items))


def _caught_share(decided_items: Sequence[DecidedItem]) -> Figure:
    return stats.share(sum(one.caught for one in decided_items), len(decided_items))


def _section_changes(session: Session, ids: Sequence[int]) -> list[dict[str, Any]]:
    """How much people changed, section by section, from the first revision to the newest one of each item."""
    if not ids:
        return []
    drafts: dict[int, list[Any]] = defaultdict(list)
    query = select(Revision.item_id, Revision.draft).where(Revision.item_id.in_(ids))
    for item_id, draft in session.execute(query.order_by(Revision.item_id, Revision.number)):
        drafts[item_id].append(draft)
    changed: dict[str, list[float]] = defaultdict(list)
    counts: Counter[str] = Counter()
    for revisions in drafts.values():
        before, after = sections(revisions[0]), sections(revisions[-1])
        for name in before.keys() | after.keys():
            counts[name] += 1
            if (amount := distance(before.get(name, ""), after.get(name, ""))) > 0:
                changed[name].append(amount)
    changes = [
        {
            "section": name,
            "touched": stats.share(len(changed[name]), count).plain(),
            "distance": stats.median(changed[name]).plain(),
        }
        for name, count in counts.items()
    ]
    return sorted(changes, key=lambda one: (-(one["touched"]["value"] or 0), one["section"]))


def sections(draft: Any) -> dict[str, str]:
    """A draft's sections as text, by name; the entries of its key `sections` are sections of their own."""
    if not isinstance(draft, dict):
        return {"draft": _as_text(draft)}
    inner = draft.get("sections")
    values = {**draft, **inner} if isinstance(inner, dict) else dict(draft)
    values.pop("sections", None)
    return {str(name): _as_text(value) for name, value in values.items()}


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else canonical_json.write(value, digits=True)


def distance(before: str, after: str) -> float:
    """How far two texts are apart, from 0 (the same) to 1: words inserted and deleted, of all words of both (Indel)."""
    return float(Indel.normalized_distance(before.split(), after.split()))


def _check_precisions(session: Session, decided_items: Sequence[DecidedItem], now: datetime) -> list[dict[str, Any]]:
    """How often each check was right when it failed on a decided item, and how often it was overridden as wrong.

    It was right where a person edited, sent back, rejected or escalated the item, or overrode the check for another
    reason than that it is wrong, or overrode it as wrong and trouble followed (`override_outcomes`). A failure that an
    automation fixed in a later revision of its own is counted neither way.
    """
    by_id = {one.item.id: one for one in decided_items}
    right: Counter[str] = Counter()
    overridden: list[tuple[str, int, datetime]] = []
    for some in _batches(list(by_id)):
        failed = select(Revision.item_id, Check.key).join(Revision, Revision.id == Check.revision_id)
        failed = failed.where(Revision.item_id.in_(some), Check.outcome == "fail").distinct()
        for item_id, key in session.execute(failed):
            one = by_id[item_id]
            passes = [each for each in one.decisions if each.action == "override" and key in each.passes]
            wrong = [each.at for each in passes if each.reason_code == CHECK_WRONG]
            if wrong:
                overridden.append((key, item_id, min(wrong)))
            elif passes or one.caught:
                right[key] += 1
    later: dict[str, Counter[str]] = defaultdict(Counter)
    for (key, _, _), what in zip(
        overridden, override_outcomes.outcomes(session, [one[1:] for one in overridden], now), strict=True
    ):
        later[key][what] += 1
    found = [_precision(key, right[key], later[key]) for key in sorted(right.keys() | later.keys())]
    return sorted(found, key=lambda one: (-one["wrong"], one["check"]))


def _precision(key: str, right: int, later: Counter[str]) -> dict[str, Any]:
    """A check's counts: `later` says what followed the `of` failures overridden as wrong; of `known` of them it is
    certain."""
    wrong = later["nothing"] + later["not yet"]
    after = {"trouble": later["trouble"], "known": later["trouble"] + later["nothing"], "of": later.total()}
    precision = stats.share(right + after["trouble"], right + later.total()).plain()
    return {"check": key, "right": right + after["trouble"], "wrong": wrong, "later": after, "precision": precision}


def _critical_paths(session: Session, policy: Policy, lane: str, caught: Mapping[str, Any]) -> dict[str, Any]:
    """Where the time went on the way to the kickoff and to first value: by gate, by who drafted, by who decided."""
    names = {row.id: row.name for row in session.execute(select(Automation.id, Automation.name))}
    called = {gate.key: gate.name for gate in policy.gates}
    found = {}
    for to, metric in (("kickoff", "kickoff_scheduled"), ("first_value", "first_value")):
        walked = _path_steps(session, lane, to, metric, names)
        total = sum((length for steps in walked for _, length in steps), timedelta(0))
        by = {name: _time_by_part(walked, place, total) for place, name in enumerate(("gates", "sources", "roles"))}
        for one in by["gates"]:
            one["caught"] = caught.get(one["name"])
            one["called"] = called.get(one["name"], one["name"])
        days = total / timedelta(days=1) / len(walked) if walked else None
        found[to] = {"n": len(walked), "days": days, **by}
    return found


def _path_steps(
    session: Session, lane: str, to: str, metric: str, names: Mapping[int, str]
) -> list[list[tuple[tuple[str, ...], timedelta]]]:
    """The critical paths of the newest onboardings of a lane that got to `to`: ((gate, source, role), length) of each
    step."""
    newest = select(Measure.onboarding_id).where(Measure.lane == lane, Measure.metric == metric)
    newest = newest.where(Measure.since.is_(None), Measure.of > 0).order_by(
        Measure.at.desc(), Measure.onboarding_id.desc()
    )
    walked = []
    for life in collection.load_facts(session, session.scalars(newest.limit(MAX_PATHS)).all()).values():
        end = life.first_event("kickoff_held", "kickoff_scheduled") if to == "kickoff" else life.value_reached
        if end is None or end <= life.won_at:
            continue
        roles = {one.item_id: one.role for one in life.decisions}
        spans = [
            (item.opened_at, item.settled_at, "\n".join((item.gate, names.get(item.automation_id, ""), roles[item.id])))
            for item in life.items
            if item.settled_at and item.id in roles
        ]
        steps = critical_path(life.won_at, end, spans)
        walked.append([((*name.split("\n"), "", "")[:3], length) for name, length in steps])
    return walked


def _time_by_part(
    paths: Sequence[Sequence[tuple[tuple[str, ...], timedelta]]], place: int, total: timedelta
) -> list[dict[str, Any]]:
    """By one part of the steps' names: mean days per onboarding, share of all the time, and how many paths it lies
    on."""
    lengths: dict[str, timedelta] = defaultdict(timedelta)
    path_counts: Counter[str] = Counter()
    for steps in paths:
        for name, length in steps:
            lengths[name[place]] += length
        path_counts.update({name[place] for name, _ in steps})
    return [
        {
            "name": name,
            "days": length / timedelta(days=1) / len(paths),
            "share": length / total,
            "ways": path_counts[name],
        }
        for name, length in sorted(lengths.items(), key=lambda one: -one[1])
    ]


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + _BATCH_SIZE] for start in range(0, len(ids), _BATCH_SIZE))
