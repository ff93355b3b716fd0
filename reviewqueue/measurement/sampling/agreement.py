"""How far first and second reviewers agree, by gate and for the lane, and the estimated share of wrong passes. Reads
only; over the samples of the last WEEKS weeks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from reviewqueue.db.tables.items import Decision
from reviewqueue.db.tables.sampling import QaFinding, QaPlace, QaReview, QaSample, QaSettlement
from reviewqueue.measurement import stats
from reviewqueue.measurement.sampling.stratified_draw import PASSED
from reviewqueue.measurement.stats.kappa import MIN_REVIEWED
from reviewqueue.policy.model.policy import Policy

WEEKS = 13


@dataclass(frozen=True)
class SampleStatus:
    """The state of a lane's samples: how many drafts were drawn, how many reviewed a second time, how many of these
    reviews differ from the decision, how many of those are settled, and how many reviews have a finding."""

    drawn: int
    reviewed: int
    differs: int
    settled: int
    found: int

    @property
    def open_disputes(self) -> int:
        """How many reviews differ from the decision and are not settled yet."""
        return self.differs - self.settled


def agreement_figures(session: Session, policy: Policy, lane: str, now: datetime) -> list[dict[str, Any]]:
    """The figures of the lane as a whole ("" for its gate), then of each gate, as JSON; empty where nothing was drawn.
    Only what was drawn at random counts."""
    since = now - timedelta(weeks=WEEKS)
    rows = session.execute(
        select(QaPlace.gate, QaPlace.stratum, QaPlace.sample_id, Decision.action.label("first"))
        .add_columns(QaReview.action.label("second"), QaReview.differs)
        .join(QaSample, QaSample.id == QaPlace.sample_id)
        .join(Decision, Decision.id == QaPlace.decision_id)
        .outerjoin(QaReview, QaReview.place_id == QaPlace.id)
        .where(QaSample.lane == lane, QaSample.ends_at > since, QaPlace.looked_for.is_(False))
    ).all()
    stratum_sizes: Counter[str] = Counter()
    for strata in session.scalars(select(QaSample.strata).where(QaSample.lane == lane, QaSample.ends_at > since)):
        stratum_sizes.update({name: count for name, (count, _) in strata.items()})
    gates: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        gates[row.gate].append(row)
    named = {key: gate.name if (gate := policy.gate(lane, key)) else key for key in gates}
    figures = [_figures("", "The lane", rows, stratum_sizes)] if rows else []
    return [
        *figures,
        *(_figures(key, named[key], gates[key], stratum_sizes) for key in sorted(gates, key=named.__getitem__)),
    ]


def _figures(gate: str, name: str, rows: Sequence[Any], stratum_sizes: Counter[str]) -> dict[str, Any]:
    reviewed = [row for row in rows if row.second is not None]
    passes = [(_first_outcome(row), "passes" if row.second == "approve" else "stops") for row in reviewed]
    acts = [("approve" if row.first == "override" else row.first, row.second) for row in reviewed]
    reviewed_counts, wrong = Counter[str](), Counter[str]()
    for row in reviewed:
        reviewed_counts[f"{row.gate}/{row.stratum}"] += 1
        wrong[f"{row.gate}/{row.stratum}"] += row.differs
    passed_strata = [
        one for one in stratum_sizes if one.rpartition("/")[2] in PASSED and gate in ("", one.rpartition("/")[0])
    ]
    return {
        "gate": gate,
        "name": name,
        "drawn": len(rows),
        "reviewed": len(reviewed),
        "few": len(reviewed) < MIN_REVIEWED,
        "agreed": stats.share(sum(one == two for one, two in passes), len(reviewed)).plain(),
        "kappa_passes": stats.kappa(passes).plain(),
        "kappa_acts": stats.kappa(acts).plain(),
        "wrong_passes": stats.stratified(
            [(stratum_sizes[one], reviewed_counts[one], wrong[one]) for one in passed_strata]
        ).plain(),
    }


def _first_outcome(row: Any) -> str:
    return "passes" if row.stratum in PASSED else "stops"


def status(session: Session, lane: str, now: datetime) -> SampleStatus:
    """The state of a lane's samples of the last WEEKS weeks."""
    found = select(QaFinding.id).where(QaFinding.review_id == QaReview.id).exists()
    counts = (
        select(func.count(QaPlace.id), func.count(QaReview.id), func.count(QaSettlement.id))
        .add_columns(func.sum(case((QaReview.differs.is_(True), 1), else_=0)), func.sum(case((found, 1), else_=0)))
        .join(QaSample, QaSample.id == QaPlace.sample_id)
        .outerjoin(QaReview, QaReview.place_id == QaPlace.id)
        .outerjoin(QaSettlement, QaSettlement.review_id == QaReview.id)
        .where(QaSample.lane == lane, QaSample.ends_at > now - timedelta(weeks=WEEKS))
    )
    drawn, reviewed, settled, differs, named = session.execute(counts).one()
    return SampleStatus(drawn, reviewed, differs or 0, settled, named or 0)
