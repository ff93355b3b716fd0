"""Measured: what people record in a test's world, and its figures brought up to the end of the log."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from reviewqueue.measurement.metrics import metric_queries, recorded_events, rollup
from tests import drafts
from tests.cast import DANA, PRIYA, Named
from tests.world import World

HOW = "By hand, from the calendars of the last quarter."


def tell(world: World, run: int, kind: str, hours: float = 0, person: Named = DANA, **more: Any) -> int:
    """Record something that happened so many hours ago; returns its id."""
    told = recorded_events.EventInput(kind, world.now - timedelta(hours=hours), **more)
    with world.session() as session:
        return recorded_events.record(session, person.actor, run, told, world.now)


def against(world: World, kind: str, person: Named = PRIYA, lane: str = drafts.LANE, **more: Any) -> int:
    """Say what a lane is held against."""
    with world.session() as session:
        return recorded_events.record_reference(
            session, person.actor, recorded_events.ReferenceInput(lane, kind, HOW, **more), world.now
        )


def refreshed(world: World, now: datetime | None = None) -> int:
    """Bring the figures up to the end of the log, as the worker does."""
    with world.session() as session:
        return rollup.refresh(session, now or world.now)


def sheet(world: World, now: datetime | None = None, lane: str = drafts.LANE) -> dict[str, Any]:
    """A lane's figures, brought up first."""
    refreshed(world, now)
    with world.session() as session:
        found = metric_queries.sheet(session, lane)
    assert found is not None
    assert not found.entries_behind
    return dict(found.figures)
