"""`seeded`, which was `planted`: what was revealed is listed, what waits is not given away, and every reveal is proved."""

from __future__ import annotations

from sqlalchemy import text

from tests.cast import DANA
from tests.cli.conftest import Terminal
from tests.measurement.seeded.seeded_copies import plant
from tests.world import World


def test_listing_planting_and_proving(terminal: Terminal, world: World) -> None:
    """A planted one is listed without its item until somebody decided; what is forged makes `verify` end with 1."""
    item = plant(world)
    (one,) = terminal("seeded", "list", "--json").json
    assert (one["state"], one["item"], one["fault"], one["caught"]) == ("planted", None, None, None)
    assert "Nothing was due." in terminal("planted", "now").err
    world.decide(DANA, item, "approve")
    (one,) = terminal("seeded", "list", "--json").json
    assert (one["state"], one["item"], one["caught"]) == ("revealed", item, False)
    assert "handoff" not in terminal("seeded", "list").err
    proved = terminal("seeded", "verify")
    assert (proved.status, "Every reveal is valid: 1 of 1 seals are opened, 0 wait." in proved.err) == (0, True)
    with world.owner() as engine, engine.connect() as connection:
        on = " ON log_entries" if engine.dialect.name == "postgresql" else ""
        name = "log_entries_no_change" if on else "log_entries_no_update"
        connection.execute(text(f"DROP TRIGGER {name}{on}"))
        forged = (
            "UPDATE log_entries SET body = replace(body, '\"salt\":\"0', '\"salt\":\"1') WHERE act = 'plant.reveal'"
        )
        connection.execute(text(forged))
        connection.commit()
    proved = terminal("seeded", "verify", "--json")
    assert proved.status == 1
    assert "not what was sealed" in proved.json["breaks"][0]["says"]
