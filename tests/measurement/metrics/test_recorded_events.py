"""Recording: who tells what happened, what is refused and where, and taking it back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from reviewqueue.core.errors import Conflict, Forbidden, Invalid, NotFound
from reviewqueue.measurement.metrics import recorded_events
from reviewqueue.onboarding import owner
from tests import drafts
from tests.cast import AIKO, DANA, HELEN, LENA, MARCUS, NOOR, PRIYA, SAM, TOM, Named
from tests.support.recorded_metrics import HOW, against, sheet, tell
from tests.world import World


def begun(world: World) -> int:
    """One onboarding."""
    return world.item(world.submit(drafts.packet())).onboarding_id or 0


def test_who_records_and_who_does_not(world: World) -> None:
    """By role; a role that sees it and may not is told who does; one that does not see it finds nothing. The account's
    owner records whatever their role."""
    run = begun(world)
    for person in (DANA, PRIYA, HELEN, TOM):
        tell(world, run, "kickoff_held", 1, person)
    with pytest.raises(Forbidden, match="account's owner"):
        tell(world, run, "kickoff_held", 1, AIKO)
    for stranger in (NOOR, SAM):
        with pytest.raises((NotFound, Forbidden)):
            tell(world, run, "kickoff_held", 1, stranger)
    with world.session() as session:
        owner.set_owner(session, TOM.id, run, LENA.id, "She goes on looking after them.", world.now)
    tell(world, run, "kickoff_held", 1, LENA)
    told = [entry for entry in world.log() if entry.act == "event.record"]
    assert [entry.actor for entry in told] == [one.actor for one in (DANA, PRIYA, HELEN, TOM, LENA)]
    assert world.verify().holds


REFUSED: list[tuple[str, str, dict[str, Any], float, str]] = [
    ("no such kind", "party", {}, 1, "/kind"),
    ("taking back is its own act", "taken_back", {}, 1, "/kind"),
    ("it has not happened yet", "kickoff_held", {}, -1, "/happened_at"),
    ("minutes are asked for", "csm_prep", {}, 1, "/amount"),
    ("no minutes", "csm_prep", {"amount": 0}, 1, "/amount"),
    ("six of five", "satisfaction", {"amount": 6}, 1, "/amount"),
    ("fewer tickets than none", "support_ticket", {"amount": -1}, 1, "/amount"),
    ("a task without a name", "customer_task_done", {}, 1, "/about"),
    ("a name nobody can see", "customer_task_given", {"about": "\u200b"}, 1, "/about"),
    ("a character no database keeps", "kickoff_held", {"note": "\x00"}, 1, "/note"),
]


def test_what_is_refused_names_its_place(world: World) -> None:
    """And nothing is written."""
    run = begun(world)
    before = world.everything()
    for says, kind, more, hours, at in REFUSED:
        with pytest.raises(Invalid) as refused:
            tell(world, run, kind, hours, **more)
        assert at in [fault.at for fault in refused.value.faults], says
    assert world.everything() == before


def test_taken_back_it_counts_no_longer_and_stays_readable(world: World) -> None:
    """With a reason, once, by who records; the figure is as if it had never been."""
    run = begun(world)
    first = tell(world, run, "csm_prep", 2, amount=400)
    tell(world, run, "csm_prep", 1, amount=40)
    assert sheet(world)["metrics"]["csm_prep"]["all"]["value"] == 440
    with world.session() as session:
        with pytest.raises(Invalid):
            recorded_events.take_back(session, MARCUS.actor, first, "no", world.now)
        with pytest.raises(Forbidden):
            recorded_events.take_back(session, AIKO.actor, first, "Forty, not four hundred.", world.now)
        recorded_events.take_back(session, MARCUS.actor, first, "Forty, not four hundred.", world.now)
        with pytest.raises(Conflict):
            recorded_events.take_back(session, MARCUS.actor, first, "Forty, not four hundred.", world.now)
        with pytest.raises(NotFound):
            recorded_events.take_back(session, MARCUS.actor, 3, "That one took another back.", world.now)
    assert sheet(world)["metrics"]["csm_prep"]["all"]["value"] == 40
    assert "event.take_back" in [entry.act for entry in world.log()]


BASES: list[tuple[str, dict[str, Any], str]] = [
    ("neither", {"kind": "guess"}, "/kind"),
    ("no first day", {"kind": "period"}, "/starts_on"),
    ("it ends before it begins", {"kind": "period", "starts_on": 10, "ends_on": 20}, "/ends_on"),
    ("it ends tomorrow", {"kind": "period", "starts_on": 10, "ends_on": -1}, "/ends_on"),
    ("a pilot of tomorrow", {"kind": "pilot", "starts_on": -1}, "/starts_on"),
    ("no such metric", {"kind": "figure", "metric": "happiness", "value": 1}, "/metric"),
    ("no figure", {"kind": "figure", "metric": "csm_prep"}, "/value"),
    ("a share of forty", {"kind": "figure", "metric": "packet_complete", "value": 40}, "/value"),
    ("fewer than no days", {"kind": "figure", "metric": "handoff_complete", "value": -1}, "/value"),
    ("not a number", {"kind": "figure", "metric": "handoff_complete", "value": float("nan")}, "/value"),
    ("half an interval", {"kind": "figure", "metric": "handoff_complete", "value": 3, "low": 2}, "/low"),
    ("outside its interval", {"kind": "figure", "metric": "handoff_complete", "value": 3, "low": 4, "high": 5}, "/low"),
    ("measured on nobody", {"kind": "figure", "metric": "handoff_complete", "value": 3, "sample": 0}, "/sample"),
]  # fmt: skip


def test_a_baseline_that_cannot_be_is_refused_where_it_is_wrong(world: World) -> None:
    """Nothing is written; only RevOps and CS leaders record one at all; it says how it was measured."""
    today, before = world.now.date(), world.everything()
    for says, told, at in BASES:
        days = {name: today - timedelta(days=told[name]) for name in ("starts_on", "ends_on") if name in told}
        with pytest.raises(Invalid) as refused:
            against(world, **{**told, **days})
        assert [fault.at for fault in refused.value.faults] == [at], says
    for person in (DANA, AIKO, SAM):
        refuse(world, person)
    with world.session() as session, pytest.raises(Invalid, match="Nothing was recorded"):
        recorded_events.record_reference(
            session, PRIYA.actor, recorded_events.ReferenceInput(drafts.LANE, "pilot", "so", today), world.now
        )
    assert world.everything() == before
    against(world, "pilot", HELEN, starts_on=today)
    (entry,) = [entry for entry in world.log() if entry.act == "baseline.record"]
    assert (entry.actor, entry.lane) == (HELEN.actor, drafts.LANE)


def refuse(world: World, person: Named) -> None:
    basis = recorded_events.ReferenceInput(drafts.LANE, "pilot", HOW, world.now.date())
    with world.session() as session, pytest.raises(Forbidden, match="RevOps or a CS leader"):
        recorded_events.record_reference(session, person.actor, basis, world.now)
