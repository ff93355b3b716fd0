"""`workload`: what waits for whom, by name and for a role."""

from __future__ import annotations

from tests import drafts
from tests.cast import INES
from tests.cli.conftest import Terminal
from tests.world import World


def test_what_waits_for_a_role_is_said_beside_what_waits_by_name(terminal: Terminal, world: World) -> None:
    """A plan that nobody has yet waits for the one implementation lead: she is not idle."""
    world.submit(drafts.plan(drafts.deal()))
    assert "1 as implementation lead, the only one" in terminal("workload").err
    listed = {one["person"]: one for one in terminal("workload", "--json").json["people"]}
    assert listed[INES.name]["open"] == 0
    assert listed[INES.name]["for_roles"] == [{"role": "implementation_lead", "open": 1, "people": 1}]
