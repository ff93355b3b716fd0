"""`reviewqueue readiness`: every lane in a line, all of one, and what is said of it from the terminal."""

from __future__ import annotations

from typing import Any

import pytest

from reviewqueue.lanes.scorecard.areas import AREAS
from tests.cast import HELEN
from tests.support import scorecards
from tests.world import World


@pytest.fixture
def engine_name() -> str:
    """One engine is enough for the terminal."""
    return "sqlite"


WHY = "The baseline was counted twice."


def test_a_lane_is_shown_in_words_and_as_json(terminal: Any, world: World) -> None:
    """`readiness`, `readiness LANE` and `readiness show LANE` say the same; JSON holds the exact share and its steps."""
    scorecards.score_all(world, 4, measurement_and_roi=1)
    scorecards.colour_all(world, besides={"measurement": "red"})
    lines = terminal("readiness")
    assert (lines.status, lines.out) == (0, "")
    assert "mid-market-saas  pilot  75.2 %" in " ".join(lines.err.split(" ")).replace("   ", "  ")
    assert "no-go" in lines.err
    one, shown = terminal("readiness", "mid-market-saas"), terminal("readiness", "show", "mid-market-saas")
    assert one.status == 0
    assert one.err.splitlines()[:20] == shown.err.splitlines()[:20]
    for words in ("384 ÷ 510 × 100 = 75.2 %", "Recommended: wait.", "Blocking a pilot:", "Packets complete"):
        assert words in one.err
    told = terminal("readiness", "mid-market-saas", "--json").json
    assert (told["points"], told["most"], told["percent"], told["percent_exact"]) == (384, 510, "75.2", "1280/17")
    assert told["go_no_go"]["red"] == ["Measurement"]
    assert len(told["worksheet"]) == 31
    assert len(told["scores"]) == len(AREAS)
    assert {one["key"] for one in told["computed"]} >= {"packet-completion", "overrides", "exceptions-overdue"}
    both = terminal("readiness", "--json").json
    assert [one["lane"] for one in both] == ["enterprise-saas", "mid-market-saas"]
    assert both[0]["percent"] is None
    nowhere = terminal("readiness", "nowhere")
    assert (nowhere.status, nowhere.out) == (1, "")
    assert "enterprise-saas, mid-market-saas" in nowhere.err


def test_what_is_said_there_is_the_command_lines(terminal: Any, world: World) -> None:
    """Score, colour, answer and owner: recorded, told, on the log under the command line's name; refusals name the place."""
    lane = "mid-market-saas"
    done = terminal(
        "readiness", "score", lane, "integration-access", "4", "--evidence", WHY, "--on", "2026-01-05", "--json"
    )
    assert done.json == {"id": 1, "lane": lane, "area": "integration-access", "score": 4}
    done = terminal("readiness", "colour", lane, "systems", "red", "--why", WHY, "--json")
    assert done.json["call"] == "no-go"
    done = terminal("readiness", "answer", lane, "cs-source", "Vitally", "--json")
    assert done.json["answer"] == "Vitally"
    done = terminal("readiness", "owner", lane, "cs", HELEN.email, "--json")
    assert done.json["email"] == HELEN.email
    assert {(one.actor, one.act) for one in world.log() if one.lane == lane} == {
        ("system:cli", f"readiness.{act}") for act in ("score", "colour", "answer", "owner")
    }
    assert scorecards.sheet(world).scores["integration-access"].evidence_on.isoformat() == "2026-01-05"
    assert "taken back" in terminal("readiness", "answer", lane, "cs-source", "--take-back").err
    assert "Nobody owns" in terminal("readiness", "owner", lane, "cs", "--nobody", "--note", WHY).err
    for words, status, says in (
        (("score", lane, "mood", "4", "--evidence", WHY), 1, "area: 'mood' is not an area"),
        (("score", lane, "integration-access", "6"), 2, "range"),
        (("score", lane, "integration-access", "4"), 1, "evidence: name what the score rests on"),
        (("colour", lane, "systems", "blue", "--why", WHY), 1, "colour: choose green, yellow or red"),
        (("answer", lane, "cs-source"), 2, "and not both"),
        (("answer", lane, "cs-source", "x", "--take-back"), 2, "and not both"),
        (("owner", lane, "cs"), 2, "and not both"),
        (("owner", lane, "cs", "nobody@nowhere.example"), 1, "Nobody here has the e-mail"),
        (("score", "nowhere", "integration-access", "4", "--evidence", WHY), 1, "no such lane"),
    ):  # fmt: skip
        refused = terminal("readiness", *words)
        assert (refused.status, refused.out) == (status, ""), words
        assert says in refused.err, words
