"""Launching: training and checklist of a lane's launch, said by those who answer for them, and who does what."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from reviewqueue.core.errors import Conflict, Forbidden, Invalid
from reviewqueue.lanes import lane_launch
from reviewqueue.lanes.scorecard import launch, owners
from reviewqueue.lanes.scorecard.owners import Duty
from tests.cast import AIKO, DANA, HELEN, LENA, PRIYA, Named
from tests.support import scorecards
from tests.web.conftest import text_of
from tests.world import World

PAGE = f"/lanes/{scorecards.LANE}/owners"
WHY = "Two of them were on leave that week."


def tick(world: World, step: str, on: date | None, note: str = "", by: Named = PRIYA) -> int:
    """Somebody says of a step when it was done."""
    with world.session() as session:
        return lane_launch.record_step(session, by.actor, scorecards.LANE, step, on, note, world.now)


def held(world: World, step: str) -> str:
    """The day that holds, or ""."""
    row = scorecards.sheet(world).answers.get(launch.stored_line(step))
    return row.answer if row else ""


def test_a_step_is_done_and_taken_back_by_who_answers_for_it(world: World) -> None:
    """RevOps, or the owner of its part; each time a row more and an entry in the log; the worksheet has no line more."""
    scorecards.own_all(world)
    today = world.now.date()
    lines = len(scorecards.sheet(world).lines)
    tick(world, "trained-sales", today, "Forty minutes, all nine.", by=LENA)
    tick(world, "trained-sales", today - timedelta(days=1))
    assert held(world, "trained-sales") == (today - timedelta(days=1)).isoformat()
    tick(world, "trained-sales", None, WHY)
    assert held(world, "trained-sales") == ""
    facts = [json.loads(entry.body) for entry in world.log() if entry.act == "readiness.step"]
    assert [one["actor"] for one in facts] == [LENA.actor, PRIYA.actor, PRIYA.actor]
    assert facts[2]["facts"] == {"step": "trained-sales", "on": None, "before": (today - timedelta(days=1)).isoformat()}
    assert len(scorecards.sheet(world).lines) == lines
    assert world.verify().holds


def test_what_is_refused(world: World) -> None:
    """Whoever answers for another part, a day to come, a step nobody has, taking back without words, or nothing."""
    scorecards.own_all(world)
    today, before = world.now.date(), world.everything()
    for by, step in ((DANA, "trained-sales"), (LENA, "trained-cs"), (AIKO, "trigger-tried")):
        with pytest.raises(Forbidden, match="Only RevOps and the launch owner for"):
            tick(world, step, today, by=by)
    for step, on, note, at in (
        ("trained-sales", today + timedelta(days=1), "", "/on"),
        ("sung", today, "", "/step"),
        ("trained-sales", None, "so", "/note"),
    ):
        with pytest.raises(Invalid) as refused:
            tick(world, step, on, note)
        assert [fault.at for fault in refused.value.faults] == [at]
    with pytest.raises(Conflict, match="nothing to take back"):
        tick(world, "trained-sales", None, WHY)
    assert world.everything() == before


def test_the_page_offers_each_owner_their_own_steps(client_for: Callable[..., Any], world: World) -> None:
    """RevOps all of them, an owner those of their part; what was typed is kept when it is refused."""
    scorecards.own_all(world)
    every = len(launch.BY_KEY)
    counts = {
        person.name: client_for(person).get(PAGE).get_data(as_text=True).count("/launch/")
        for person in (PRIYA, LENA, HELEN, AIKO)
    }
    assert counts == {PRIYA.name: every, LENA.name: 2, HELEN.name: 2, AIKO.name: 0}
    lena = client_for(LENA)
    said = {"on": "2026-02-27", "note": "Forty minutes, <b>all nine</b>."}
    assert lena.post(f"/lanes/{scorecards.LANE}/launch/trained-sales", data=said).status_code == 303
    assert "2026-02-27 recorded by Lena Vogt" in text_of(lena.get(PAGE))
    wrong = lena.post(
        f"/lanes/{scorecards.LANE}/launch/trained-sales", data={"on": "2031-01-01", "note": "Soon enough."}
    )
    assert wrong.status_code == 422
    assert "a day that is still to come" in text_of(wrong).lower()
    assert "Soon enough." in wrong.get_data(as_text=True)
    assert lena.post(f"/lanes/{scorecards.LANE}/launch/sung", data=said).status_code == 404


FLAWS = [
    (
        "nobody is accountable",
        Duty("Sing", "RRRRRR"),
        "duty 1, “Sing”: 0 are accountable; write A for exactly one part",
    ),
    ("two are", Duty("Sing", "AARRRR"), "2 are accountable"),
    ("a part is left out", Duty("Sing", "ARRRR"), "5 letters for 6 parts"),
    ("a letter that is none", Duty("Sing", "ARRRRX"), "X is not a letter used here; write R, A, C, I"),
]


@pytest.mark.parametrize(("what", "duty", "says"), FLAWS, ids=[one[0] for one in FLAWS])
def test_exactly_one_is_accountable_for_each_duty(what: str, duty: Duty, says: str) -> None:
    """Refused with its place otherwise; the control: the duties there are."""
    (flaw,) = owners.flaws((duty,))
    assert says in flaw, what
    assert owners.flaws(owners.DUTIES) == []
    assert {step.part for step in launch.TRAINING} == owners.BY_KEY.keys()
    assert {step.part for step in launch.BY_KEY.values()} <= owners.BY_KEY.keys()
