"""`reviewqueue sending`: which messages are sent automatically, what the others lack, and stopping one."""

from __future__ import annotations

from typing import Any

import pytest

from tests import drafts
from tests.support import standing_approvals
from tests.world import World

WHY = "The customers asked why nobody signs."


@pytest.fixture
def engine_name() -> str:
    """One engine is enough for the terminal."""
    return "sqlite"


@pytest.mark.furnished(standing_approvals.EARNED)
def test_it_is_shown_and_stood_down(terminal: Any, world: World) -> None:
    """Words for people, JSON for machines; stopping says what was stopped, and a second time that nothing was."""
    lines = terminal("sending", "show", drafts.LANE)
    assert (lines.status, lines.out) == (0, "")
    assert "automatically since 2026-03-02: 0 went, 0 sampled" in lines.err
    assert "portal-task: Decided by people: 0; it takes at least 50." in lines.err
    told = {one["message"]: one for one in terminal("sending", "show", drafts.LANE, "--json").json}
    assert (told["welcome"]["may_go_by_itself"], told["welcome"]["shown"]) == (False, None)
    mine = told[standing_approvals.MESSAGE]
    assert (mine["sending"], mine["standing"]["people"], mine["shown"]["unchanged"]["n"]) == ("automatic", [1, 2], 0)
    down = "sending", "stand-down", drafts.LANE, standing_approvals.MESSAGE, "--why"
    assert terminal(*down, "no").status == 1
    assert terminal(*down, WHY, "--json").json["why"] == WHY
    assert (standing_approvals.row(world).down_by, standing_approvals.row(world).down_says) == ("system:cli", WHY)
    again = terminal(*down, WHY)
    assert (again.status, "is not sent automatically" in again.err) == (1, True)
    assert terminal("sending", "show", "no-such-lane").status == 1
