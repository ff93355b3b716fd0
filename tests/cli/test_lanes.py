"""`lane`: stops a lane at once, shows stages and stop rules; `policy load` lets no stopped lane go on."""

from __future__ import annotations

from pathlib import Path

from tests import drafts
from tests.cli.conftest import Terminal
from tests.lanes.test_lane_stops import RULE, WHY, lane_now, stop, with_rules
from tests.lanes.test_stage_requirements import LANE, staged
from tests.world import World


def written(folder: Path, files: dict[str, str]) -> str:
    """These files, in a folder."""
    for name, text in files.items():
        path = folder / "wanted" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return str(folder / "wanted")


def test_stop_stops_it_and_show_says_so(terminal: Terminal, world: World) -> None:
    with_rules(world)
    assert "stops when rework is above 0.2" in terminal("lane", "show").err
    answer = terminal("lane", "stop", drafts.LANE, "--why", WHY, "--json")
    assert (answer.status, answer.json["stage"]) == (0, "stopped"), answer.err
    assert f'write stage = "stopped" in lanes/{drafts.LANE}.toml' in answer.err
    assert lane_now(world).stage == "stopped"
    shown = {one["lane"]: one for one in terminal("lane", "show", "--json").json}
    assert (shown[drafts.LANE]["stopped"]["why"], shown["enterprise-saas"]["stopped"]) == (WHY, None)
    assert WHY in terminal("lane", "show").err


def test_a_reason_and_a_lane_are_needed(terminal: Terminal, world: World) -> None:
    before = world.everything()
    for words, says in (
        (("stop", drafts.LANE, "--why", "no"), "why"),
        (("stop", "nowhere", "--why", WHY), "mid-market-saas"),
        (("stop", drafts.LANE), "--why"),
    ):
        answer = terminal("lane", *words)
        assert answer.status in (1, 2)
        assert says in answer.err, words
    assert world.everything() == before


def test_loading_files_does_not_let_it_go_on(terminal: Terminal, world: World, tmp_path: Path) -> None:
    """One person loads; going on takes two. With the lane stopped in the files too, anything else of them loads."""
    stop(world)
    refused = terminal("policy", "load", written(tmp_path, staged("pilot")))
    assert refused.status == 1
    assert f"{LANE}:14: lane {drafts.LANE} was stopped on 02 Mar" in refused.err
    assert "That takes two people" in refused.err
    assert lane_now(world).stage == "stopped"
    files = staged("stopped")
    files[LANE] += f"\n{RULE}"
    assert terminal("policy", "load", written(tmp_path, files)).status == 0
    assert [one.metric for one in lane_now(world).stop] == ["rework"]
