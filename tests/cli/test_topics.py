"""`topics`: the model's version, the examples that decisions gave, and figures on such a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reviewqueue.checks.topics.classifier import VERSION, TopicScore
from reviewqueue.policy import policy_versions
from tests import drafts, northbeam
from tests.cast import DANA, HELEN
from tests.cli.conftest import Terminal
from tests.items.test_model_checks import run, says
from tests.world import World

PASSAGE = "Next step: Dana Whitfield sends you the agenda for our kickoff by 6 March 2026."
GATE = "gates/customer-communication.toml"


def test_the_version_is_what_a_policy_may_pin(terminal: Terminal) -> None:
    assert terminal("topics", "version").out.strip() == VERSION


def stricter(world: World) -> None:
    """A policy under which a topic fails, and may be overridden."""
    files = northbeam.files()
    files["checks.toml"] += '[[check]]\nabout = "topic.*"\ncounts_as = "fail"\nbecause = "we want it so"\n'
    files[GATE] = files[GATE].replace('"message.topics"', '"message.topics", "topic.*"')
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)


@pytest.mark.parametrize(
    ("act", "denied", "speaks"),
    [("override", (), False), ("edit", (), True), ("approve", ("blame",), False), ("approve", (), None)],
    ids=["wrong", "taken out", "denied", "let be"],
)
def test_what_people_did_with_a_mark_is_an_example(
    terminal: Terminal, world: World, act: str, denied: tuple[str, ...], speaks: bool | None
) -> None:
    """Overridden as wrong, or said not to speak of it when approving: it does not. Taken out: it does. Approved without
    a word: nobody said."""
    if act == "override":
        stricter(world)
    world.at_rest = False
    item = world.submit(drafts.email())
    marked = [TopicScore(topic, PASSAGE, 0.4, "unsure") for topic in ("blame", *(("scope",) if denied else ()))]
    run(world, says(*marked))
    if act == "override":
        world.decide(HELEN, item, act, passes=("topic.blame",))
    elif act == "edit":
        body = world.draft(item)["body"].replace(PASSAGE, "Next step: Dana Whitfield writes by 9 March 2026.")
        world.decide(DANA, item, act, draft={**world.draft(item), "body": body})
    else:
        world.decide(DANA, item, act, topics_denied=denied)
    found = [json.loads(line) for line in terminal("topics", "export").out.splitlines()]
    wanted = {"topic": "blame", "text": PASSAGE, "speaks": speaks, "source": act, "item": item, "revision": 1}
    assert found == ([] if speaks is None else [{**wanted, "model": "a" * 64}])


def test_a_file_of_examples_is_replayed_with_intervals(terminal: Terminal, tmp_path: Path) -> None:
    """By topic: found of those that speak of it, marked of those that do not; unknown where there are none."""
    file = tmp_path / "examples.jsonl"
    lines = [
        {"topic": "renewal", "text": "We will refund the setup fee.", "speaks": True},
        {"topic": "renewal", "text": "Your subscription money comes home.", "speaks": True},
        {"topic": "renewal", "text": "We meet on Tuesday.", "speaks": False},
    ]
    file.write_text("\n".join(map(json.dumps, lines)))
    told = terminal("topics", "replay", str(file), "--json").json
    by_topic = {one["topic"]: one for one in told["topics"]}
    assert (told["version"], len(by_topic)) == (VERSION, 6)
    found = by_topic["renewal"]["found"]
    assert 0 < found["low"] < found["value"] <= found["high"] <= 1
    assert (by_topic["renewal"]["marked_wrongly"]["value"], by_topic["scope"]["found"]["value"]) == (0, None)
    assert "renewal" in terminal("topics", "replay", str(file)).err


@pytest.mark.parametrize("line", ["no json", "[]", '{"topic": "weather", "text": "x", "speaks": true}'])
def test_a_line_that_is_no_example_is_named(terminal: Terminal, tmp_path: Path, line: str) -> None:
    file = tmp_path / "examples.jsonl"
    file.write_text(line)
    answer = terminal("topics", "replay", str(file))
    assert answer.status == 1
    assert "ine 1" in answer.err
