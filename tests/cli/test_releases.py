"""`releases`: stops what goes out at once, and says what is stopped; `doctor` says it too."""

from __future__ import annotations

from reviewqueue.delivery import send_stops
from tests.cli.conftest import Terminal
from tests.world import World

WHY = "The mail server sends to the wrong people."


def test_stop_stops_it_and_both_say_so(terminal: Terminal, world: World) -> None:
    assert "Nothing is stopped." in terminal("releases", "stops").err
    refused = terminal("releases", "stop", "--to", "the moon", "--why", WHY)
    assert refused.status == 1
    assert "no destination 'the moon'; known: automation, outgoing-mail" in refused.err
    answer = terminal("releases", "stop", "--why", WHY, "--json")
    assert (answer.status, answer.json["to"]) == (0, ""), answer.err
    assert terminal("releases", "stop", "--why", WHY).status == 1
    assert [(one["to"], one["why"]) for one in terminal("releases", "stops", "--json").json] == [("", WHY)]
    with world.session() as session:
        assert [one.by for one in send_stops.in_force(session)] == ["system:cli"]
    told = terminal("doctor").err
    assert "All that goes out was stopped on" in told
    assert WHY.rstrip(".") in told
