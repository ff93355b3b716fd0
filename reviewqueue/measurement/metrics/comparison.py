"""Every metric of one lane over the rollup, compared before and since the pilot, by segment, person group and time.
Reads only."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.core.metric_definitions import ALL_METRICS, MIN_GROUP_SIZE, Metric
from reviewqueue.db.tables.metrics import Baseline, Measure
from reviewqueue.measurement import stats
from reviewqueue.measurement.stats import Figure
from reviewqueue.measurement.stats.figure import UNKNOWN
from reviewqueue.measurement.stats.shares import verdict
from reviewqueue.people import groups
from reviewqueue.policy.model.policy import Policy

DAY = timedelta(days=1)
MAX_PERIODS = 12  # weeks or months of closed-won that are shown
NO_GROUP = "no group"
TYPED_METHOD = "as typed in, with the interval its measurer gave"
_COLUMNS = (Measure.at, Measure.segment, Measure.owner_id, Measure.value, Measure.of, Measure.since, Measure.heard)


@dataclass(frozen=True)
class Reference:
    """What a lane's figures are compared with: first and last day of the baseline, figures typed in by metric, and the
    pilot's first day."""

    period: tuple[date, date] | None
    typed: Mapping[str, Baseline]
    pilot: date | None


def reference(session: Session, lane: str) -> Reference:
    """The baseline and the pilot of a lane as recorded last. A newer period replaces the figures typed in before it."""
    period: Baseline | None = None
    pilot: Baseline | None = None
    typed: dict[str, Baseline] = {}
    for one in session.scalars(select(Baseline).where(Baseline.lane == lane).order_by(Baseline.id)):
        if one.kind == "period":
            period, typed = one, {}
        elif one.kind == "pilot":
            pilot = one
        else:
            typed[one.metric] = one
    days = (period.starts_on, period.ends_on) if period and period.starts_on and period.ends_on else None
    return Reference(days, typed, pilot.starts_on if pilot else None)


def metrics(session: Session, policy: Policy, lane: str, now: datetime) -> dict[str, Any]:
    """Every metric of a lane by key, as JSON: `all`, `baseline`, `pilot`, `difference`, `verdict`, `typed`, `segments`,
    `groups`, `step` and `times`."""
    basis, names = reference(session, lane), _groups_by_owner(session, policy, now)
    return {metric.key: _metric(session, lane, metric, basis, names, now) for metric in ALL_METRICS}


def _metric(
    session: Session, lane: str, metric: Metric, basis: Reference, names: Mapping[int, list[str]], now: datetime
) -> dict[str, Any]:
    query = select(*_COLUMNS).where(Measure.lane == lane, Measure.metric == metric.key, Measure.counts_from <= now)
    rows = session.execute(query.order_by(Measure.at)).all()
    segments, people, times = defaultdict(list), defaultdict(list), defaultdict(list)
    step = time_step([row.at for row in rows])
    for row in rows:
        segments[row.segment].append(row)
        times[period_of(row.at.date(), step)].append(row)
        for name in names.get(row.owner_id or 0, [NO_GROUP]):
            people[name].append(row)
    latest = sorted(times)[-MAX_PERIODS:]
    typed = basis.typed.get(metric.key)
    return {
        **_compare(metric, rows, basis, typed, now),
        "segments": {name: _compare(metric, found, basis, None, now) for name, found in sorted(segments.items())},
        "groups": {name: _compare(metric, found, basis, None, now) for name, found in sorted(people.items())}
        if set(people) != {NO_GROUP}
        else {},
        "step": step,
        "times": [{"time": time, **figure(metric, times[time], now).plain()} for time in latest],
    }


def time_step(moments: Sequence[datetime]) -> str:
    """The step of a time series over these moments, oldest first: `week` where they span fewer than MAX_PERIODS weeks,
    else `month`."""
    return "month" if moments and moments[-1] - moments[0] >= MAX_PERIODS * 7 * DAY else "week"


@cache
def period_of(day: date, step: str) -> str:
    """The week or the month of a day: `2026-W10`, `2026-03`."""
    return f"{day:%Y-%m}" if step == "month" else f"{day:%G-W%V}"


def _groups_by_owner(session: Session, policy: Policy, now: datetime) -> dict[int, list[str]]:
    """The groups to show for an account's owner; those of fewer than MIN_GROUP_SIZE are left out."""
    keys_by_person = groups.members(session, now)
    sizes = Counter(key for keys in keys_by_person.values() for key in keys)
    name_by_key = {group.key: group.name for group in policy.organisation.groups}
    large = {key for key, size in sizes.items() if size >= MIN_GROUP_SIZE}
    return {
        person: named
        for person, keys in keys_by_person.items()
        if (named := [name_by_key.get(key, key) for key in keys if key in large])
    }


def _compare(
    metric: Metric, rows: Sequence[Any], basis: Reference, typed: Baseline | None, now: datetime
) -> dict[str, Any]:
    """One slice of the rows: all of them, the baseline, the pilot, and the difference between the two."""
    before = _entered_figure(metric, typed) if typed else figure(metric, _closed_won_within(rows, basis.period), now)
    after = figure(metric, _closed_won_within(rows, (basis.pilot, date.max) if basis.pilot else None), now)
    difference = stats.difference(before, after)
    return {
        "all": figure(metric, rows, now).plain(),
        "baseline": before.plain(),
        "pilot": after.plain(),
        "difference": difference.plain(),
        "verdict": verdict(metric, before, after, difference),
        "typed": typed is not None,
    }


def _closed_won_within(rows: Iterable[Any], days: tuple[date, date] | None) -> list[Any]:
    """The rows of onboardings that were closed-won on these days, both included, in UTC."""
    if days is None:
        return []
    return [row for row in rows if days[0] <= row.at.date() <= days[1]]


def figure(metric: Metric, rows: Sequence[Any], now: datetime) -> Figure:
    """One metric over these rows. Unknown where nobody recorded what it rests on."""
    if not any(row.heard for row in rows):
        return UNKNOWN
    if metric.kind == "duration":
        came = [row.value for row in rows if row.since is None and row.of]
        stopped = [row.value for row in rows if row.since is None and not row.of]  # their onboarding ended first
        running = [(now - row.since) / DAY for row in rows if row.since is not None]
        return stats.survival_median(came, [*running, *stopped])
    if metric.kind == "median":
        return stats.median([row.value for row in rows])
    if metric.kind == "share":
        return stats.share(round(sum(row.value for row in rows)), len(rows))
    return stats.clustered([(row.value, row.of) for row in rows])


def _entered_figure(metric: Metric, typed: Baseline) -> Figure:
    """A figure that somebody measured elsewhere: with its own interval, or that of its sample where it is a share."""
    entered = Figure(typed.value, typed.low, typed.high, typed.sample or 0, typed.sample or 0)
    if typed.low is not None:
        return replace(entered, method=TYPED_METHOD)
    if metric.kind == "share" and typed.sample and typed.value is not None:
        computed = stats.share(round(typed.value * typed.sample), typed.sample)
        return replace(entered, low=computed.low, high=computed.high, method=computed.method)
    return entered
