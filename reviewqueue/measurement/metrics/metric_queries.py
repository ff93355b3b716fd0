"""The figures of a lane as last computed, for pages, exports and other packages. Reads only."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.core.metric_definitions import ALL_METRICS, METRIC_BY_KEY
from reviewqueue.db import paging
from reviewqueue.db.tables.log import LogHead
from reviewqueue.db.tables.metrics import Baseline, FigureSheet, Measure, RecordedEvent
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.measurement.metrics import comparison

BASE_METRIC = "risk_escalations"  # a metric to which every onboarding that counts adds
RATES = (
    "approved", "unchanged", "edited", "overridden", "escalated", "sent_back", "rejected", "caught", "waited",
)  # fmt: skip

AGREEMENT = {"agreed": "share", "kappa_passes": "kappa", "kappa_acts": "kappa", "wrong_passes": "share"}


@dataclass(frozen=True)
class LaneFigures:
    """One lane's figures. `position` and `at` say up to which log entry and when they were computed;
    `contributing_onboardings` how many entries came since."""

    lane: str
    at: datetime
    position: int
    entries_behind: int
    figures: Mapping[str, Any]


def sheet(session: Session, lane: str) -> LaneFigures | None:
    """The figures of a lane; None before they were first computed."""
    found = session.scalar(select(FigureSheet).where(FigureSheet.lane == lane))
    if found is None:
        return None
    head = session.scalar(select(LogHead.size)) or 0
    return LaneFigures(lane, found.at, found.position, max(0, head - found.position), json.loads(found.figures))


def basis(session: Session, lane: str) -> tuple[comparison.Reference, Sequence[Baseline]]:
    """What a lane's figures are compared with, and everything ever recorded about that, newest first."""
    recorded = session.scalars(select(Baseline).where(Baseline.lane == lane).order_by(Baseline.id.desc())).all()
    return comparison.reference(session, lane), recorded


def baseline_recorded(session: Session, lane: str) -> bool:
    """Whether a lane has a baseline: a figure that somebody typed in, or a period with an onboarding in it."""
    reference = comparison.reference(session, lane)
    if reference.typed:
        return True
    if reference.period is None:
        return False
    begins, ends = (
        datetime.combine(day, time(), UTC) for day in (reference.period[0], reference.period[1] + timedelta(days=1))
    )
    within = select(Measure.onboarding_id).where(Measure.lane == lane, Measure.metric == BASE_METRIC)
    return session.scalar(within.where(Measure.at >= begins, Measure.at < ends).limit(1)) is not None


def contributing_onboardings(
    session: Session, lane: str, metric: str, place: paging.PagePosition = paging.FIRST
) -> paging.Page[tuple[Onboarding, Measure]]:
    """One page of the onboardings behind a metric's figures, newest first."""
    query = select(Onboarding, Measure).join(Measure, Measure.onboarding_id == Onboarding.id)
    query = query.where(Measure.lane == lane, Measure.metric == metric)

    def walk(edge: int, back: bool, most: int) -> list[tuple[Onboarding, Measure]]:
        narrowed, at, run = query, Measure.at, Measure.onboarding_id
        if last := session.get(Measure, (edge or 0, metric)):
            same = at == last.at
            newer, older = (at > last.at) | (same & (run >= edge)), (at < last.at) | (same & (run < edge))
            narrowed = query.where(newer if back else older)
        order = (at, run) if back else (at.desc(), run.desc())
        return [(held, measure) for held, measure in session.execute(narrowed.order_by(*order).limit(most))]

    return paging.page(walk, lambda row: row[0].id, place)


def recorded_events(session: Session, onboarding_id: int) -> Sequence[tuple[RecordedEvent, RecordedEvent | None]]:
    """The recorded events of an onboarding, newest first, each with the event that takes it back (None where none
    does)."""
    query = select(RecordedEvent).where(RecordedEvent.onboarding_id == onboarding_id)
    every = session.scalars(query.order_by(RecordedEvent.happened_at.desc(), RecordedEvent.id.desc())).all()
    taken_back = {one.takes_back_id: one for one in every if one.takes_back_id}
    return [(one, taken_back.get(one.id)) for one in every if not one.takes_back_id]


def rows(found: LaneFigures) -> Iterator[dict[str, Any]]:
    """Every figure of a sheet as one flat row each, as the CSV export has them."""
    for metric in ALL_METRICS:
        if whole := found.figures["metrics"].get(metric.key):
            yield from _metric_rows(found.lane, metric.key, whole)
    lane = found.lane
    yield from _time_to_value_rows(lane, found.figures.get("time_to_value"))
    for gate in found.figures["gates"]:
        for rate in RATES:
            unit = "hours" if rate == "waited" else "share"
            yield _row(lane, f"gate_{rate}", unit, "gate", gate["gate"], "latest", gate[rate])
        for part in gate["sections"]:
            yield _row(lane, "section_touched", "share", gate["gate"], part["section"], "latest", part["touched"])
            yield _row(lane, "section_distance", "share", gate["gate"], part["section"], "latest", part["distance"])
    for gate in found.figures.get("planted", ()):
        yield _row(lane, "planted_caught", "share", "gate", gate["gate"], "latest", gate["planted"])
        for kind in gate["faults"]:
            yield _row(lane, "planted_caught", "share", gate["gate"], kind["fault"], "latest", kind["caught"])
    yield from _agreement_rows(lane, found.figures.get("second_look", ()))
    for one in found.figures["checks"]:
        yield _row(lane, "check_precision", "share", "check", one["check"], "latest", one["precision"])
    for to, path in found.figures["paths"].items():
        for by in ("gates", "sources", "roles"):
            for part in path[by]:
                mean = {"value": part["days"], "n": path["n"]}
                yield _row(lane, f"path_to_{to}", "days", by, part["name"] or "between", "latest", mean)


def _time_to_value_rows(lane: str, took: Mapping[str, Any] | None) -> Iterator[dict[str, Any]]:
    if took:
        yield _row(lane, "time_to_value", "days", "lane", lane, "reached", took["days"])
        for name in ("running", "beyond", "no_target", "ended"):
            yield _row(lane, f"time_to_value_{name}", "onboardings", "lane", lane, "latest", {"value": took[name]})


def _agreement_rows(lane: str, gates: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for gate in gates:
        by, name = ("gate", gate["gate"]) if gate["gate"] else ("lane", lane)
        yield from (_row(lane, figure, unit, by, name, "latest", gate[figure]) for figure, unit in AGREEMENT.items())


def _metric_rows(lane: str, key: str, metric_figures: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    unit = METRIC_BY_KEY[key].unit
    for by, name, sides in (
        ("lane", lane, metric_figures),
        *(("segment", name, sides) for name, sides in metric_figures["segments"].items()),
        *(("group", name, sides) for name, sides in metric_figures["groups"].items()),
    ):
        for which in ("all", "baseline", "pilot", "difference"):
            said = sides["verdict"] if which == "difference" else ""
            yield _row(lane, key, unit, by, name, which, sides[which], said)
    for one in metric_figures["times"]:
        yield _row(lane, key, unit, metric_figures["step"], one["time"], "all", one)


def _row(
    lane: str, metric: str, unit: str, by: str, name: str, which: str, figure: Mapping[str, Any], verdict: str = ""
) -> dict[str, Any]:
    place = {"lane": lane, "metric": metric, "unit": unit, "by": by, "name": name, "which": which}
    values = {one: figure.get(one) for one in ("value", "low", "high", "n", "of", "running", "method")}
    return {**place, **values, "verdict": verdict}
