"""`suppressions`: puts an address on the list and takes it off, as the page does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.cast import DANA, PRIYA
from tests.cli.conftest import Terminal
from tests.world import World


def test_a_person_puts_one_on_the_list_and_so_does_the_command_line(
    world: World, client_for: Callable[..., Any], terminal: Terminal
) -> None:
    revops, address = client_for(PRIYA), "Piet@MarlowFreight.example"
    assert client_for(DANA).get("/releases/suppressed").status_code == 403
    told = revops.post("/releases/suppressed", data={"address": "nobody", "why": "He asked us."})
    assert (told.status_code, "He asked us." in told.text) == (422, True)
    assert (
        revops.post("/releases/suppressed", data={"address": address, "why": "He asked us by telephone."}).status_code
        == 303
    )
    again = terminal("suppressions", "add", address.lower(), "--why", "He asked us by telephone.")
    assert (again.status, "on the list already" in again.err) == (1, True)
    assert [one["address"] for one in terminal("suppressions", "list", "--json").json] == [address.lower()]
    assert terminal("suppressions", "remove", address, "--why", "He wants our mail again.").status == 0
    assert terminal("suppressions", "remove", address, "--why", "He wants our mail again.").status == 1
    assert "No address is on the suppression list" in terminal("suppressions", "list").err
    acts = [entry.act for entry in world.log() if entry.act.startswith("suppression")]
    assert acts == ["suppression.add", "suppression.end"]
