"""`qa`: samples on the command line: how they stand, one drawn by hand, and one drawn again."""

from __future__ import annotations

from sqlalchemy import text

from tests import drafts
from tests.cast import HELEN
from tests.cli.conftest import Terminal
from tests.support.sampled_week import decided, look, sample
from tests.world import World


def test_shown_drawn_and_drawn_again(terminal: Terminal, world: World) -> None:
    """In words and as JSON; what is not the same ends with status 1, and what is a usage error with 1 or 2."""
    decided(world)
    made = terminal("qa", "draw", drafts.LANE, "2026-W10", "--json")
    assert (made.status, made.json) == (0, {"sample": 1, "lane": drafts.LANE, "week": "2026-W10"})
    for lane, week in (
        (drafts.LANE, "2026-W10"),
        (drafts.LANE, "2026-W09"),
        (drafts.LANE, "now"),
        ("nowhere", "2026-W10"),
    ):
        assert terminal("qa", "draw", lane, week).status == 1
    again = terminal("qa", "again", "1", "--json")
    assert (again.status, again.json["same"]) == (0, True)
    assert "same: seed, from the log" in again.err
    assert terminal("qa", "again", "7").status == 1
    (told,) = terminal("qa", "show", drafts.LANE, "--json").json
    assert [(one["week"], one["frame_size"], one["drawn_by"]) for one in told["samples"]] == [
        ("2026-W10", 9, "system:cli")
    ]
    assert "2026-W10" in terminal("qa", "show").err
    assert terminal("qa", "show", "nowhere").status == 2
    assert world.verify().holds


def test_a_sample_that_was_tampered_with(terminal: Terminal, world: World) -> None:
    """Whoever owns the tables and puts another draft in the place of a drawn one is found out."""
    places = sample(world)
    look(world, HELEN, max(places.values()), "approve")
    with world.owner() as engine, engine.begin() as connection:
        sqlite = connection.dialect.name == "sqlite"
        connection.execute(text(f"DROP TRIGGER qa_places_no_{'update' if sqlite else 'change ON qa_places'}"))
        swap = "UPDATE qa_places SET decision_id = (SELECT min(id) FROM decisions) WHERE looked_for = :no"
        connection.execute(text(swap), {"no": False})
    again = terminal("qa", "again", "1")
    assert again.status == 1
    assert "NOT THE SAME: what was drawn at random" in again.err
