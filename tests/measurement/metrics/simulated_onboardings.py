"""Histories: onboardings as a seeded generator lives them, whose truth is known because it was put in."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace as Row
from typing import Any

from reviewqueue.measurement.metrics.collection import DAY, PACKET, QUESTION, OnboardingFacts

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
SEEN = 300  # onboardings began on any of so many days

# What each metric truly is: the median or the share that the generator draws from.
TRUTH = {
    "handoff_complete": 2.5,
    "kickoff_scheduled": 9.0,
    "first_value": 35.0,
    "packet_complete": 0.6,
    "missing_fields": 0.12,
    "tasks_on_time": 0.7,
    "customer_tasks": 0.55,
    "csm_prep": 90.0,
    "rework": 0.2,
    "risk_escalations": 0.35,
    "early_tickets": 0.3,
    "satisfaction": 0.8,
    "activation": 0.0,  # set below: the share of lives that came to first value in time
    "sales_loops": 0.25,
    "first_risk": 6.0,
}
WON_TO_KICKOFF, SPREAD = 9.0, 0.6


def _phi(z: float) -> float:
    return (1 + math.erf(z / math.sqrt(2))) / 2


def lives(n: int, seed: int) -> Iterator[OnboardingFacts]:
    """So many onboardings. What has not happened by NOW has not happened."""
    pick = random.Random(seed)
    for number in range(1, n + 1):
        yield _life(pick, number)


def _life(pick: random.Random, number: int) -> OnboardingFacts:
    won = NOW - pick.uniform(0, SEEN) * DAY
    life = OnboardingFacts(Row(id=number, started_at=won, ended_at=None))  # type: ignore[arg-type]
    _packet(pick, life, won)
    held = won + _days(pick, "kickoff_scheduled")
    _told(life, "kickoff_held", held)
    value = held + _days(pick, "first_value")
    _plan(pick, life, held, value)
    if pick.random() < TRUTH["risk_escalations"]:
        life.cases = [won + _days(pick, "first_risk")]
    _told(life, "csm_prep", won, amount=max(1, round(pick.lognormvariate(math.log(TRUTH["csm_prep"]), 0.6))))
    found = pick.random() < TRUTH["early_tickets"]
    _told(life, "support_ticket", held + pick.uniform(0, 29) * DAY if found else held, amount=1 if found else 0)
    for task in range(pick.randint(0, 5)):
        _told(life, "customer_task_given", held, f"task {task}")
        if pick.random() < TRUTH["customer_tasks"]:
            _told(life, "customer_task_done", held, f"task {task}")
    for _ in range(pick.randint(0, 3)):
        _told(life, "satisfaction", held, amount=pick.choice((4, 5)) if pick.random() < TRUTH["satisfaction"] else 2)
    return life


def _days(pick: random.Random, metric: str) -> timedelta:
    return pick.lognormvariate(math.log(TRUTH[metric]), SPREAD) * DAY


def _packet(pick: random.Random, life: OnboardingFacts, won: datetime) -> None:
    done = won + _days(pick, "handoff_complete")
    settled = done if done <= NOW else None
    state = "approved" if settled else "pending"
    life.items = [Row(id=1, kind=PACKET, gate="handoff-quality", state=state, opened_at=won, settled_at=settled)]
    if pick.random() < TRUTH["sales_loops"]:
        life.items.append(
            Row(id=2, kind=QUESTION, gate="handoff-quality", state="approved", opened_at=won, settled_at=won)
        )
    missing = 0 if pick.random() < TRUTH["packet_complete"] else pick.randint(1, 5)
    life.fields = (10, missing, missing)  # on average three of ten where any: 0.4 × 0.3


def _plan(pick: random.Random, life: OnboardingFacts, held: datetime, value: datetime) -> None:
    if held > NOW:
        return
    plans = 2 if pick.random() < TRUTH["rework"] else 1
    for plan in range(plans - 1):
        life.milestones.append(_milestone(plan, "internal setup", None, None, replaced=held))
    for task in range(pick.randint(1, 6)):
        due = (held + timedelta(days=7 * task - 40)).date()
        kept = pick.random() < TRUTH["tasks_on_time"]
        reached = datetime(due.year, due.month, due.day, 12, tzinfo=UTC) + (0 if kept else 3) * DAY
        life.milestones.append(_milestone(plans, "implementation progress", due, reached if reached <= NOW else None))
    life.milestones.append(_milestone(plans, "customer value", None, value if value <= NOW else None))


def _milestone(item: int, layer: str, due: Any, reached: datetime | None, replaced: datetime | None = None) -> Any:
    return Row(item_id=item, layer=layer, due_on=due, reached_at=reached, replaced_at=replaced)


def _told(life: OnboardingFacts, kind: str, at: datetime, about: str = "", amount: int | None = None) -> None:
    if at <= NOW:
        life.events.append(Row(kind=kind, happened_at=at, about=about, amount=amount))  # type: ignore[arg-type]


def activation(days: int) -> float:
    """The chance that the two waits together are shorter than that, by numerical convolution."""
    steps, total = 4000, 0.0
    for step in range(steps):
        kickoff = WON_TO_KICKOFF * math.exp(SPREAD * _quantile((step + 0.5) / steps))
        if kickoff < days:
            total += _phi((math.log(days - kickoff) - math.log(TRUTH["first_value"])) / SPREAD)
    return total / steps


def _quantile(p: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(p)


TRUTH["activation"] = activation(90)
