"""`portals`: which customers' links are open, and ending one at once."""

from __future__ import annotations

from datetime import UTC, datetime

from reviewqueue.onboarding import customer_portals
from tests.cast import DANA
from tests.cli.conftest import Terminal
from tests.onboarding.test_customer_portals import WHY, offer, planned
from tests.world import World


def test_a_link_is_listed_without_itself_and_ended(terminal: Terminal, world: World) -> None:
    assert "No link is open." in terminal("portals", "list").err
    offer(world)
    run = planned(world)
    with world.session() as session:
        token = customer_portals.open_link(session, DANA.id, run, datetime.now(UTC))  # the command line's own clock
    (listed,) = terminal("portals", "list", "--json").json
    assert (listed["onboarding"], listed["customer"]) == (run, "Marlow Freight")
    assert token not in str(listed)
    assert terminal("portals", "end", str(run), "--why", "no").status == 1
    assert terminal("portals", "end", str(run), "--why", WHY).status == 0
    assert terminal("portals", "list", "--json").json == []
    again = terminal("portals", "end", str(run), "--why", WHY)
    assert (again.status, "nothing was ended" in again.err) == (1, True)
    (ended,) = [one for one in world.log() if one.act == "portal.end"]
    assert ended.actor == "system:cli"
