"""Gatework: what the gates do, counted from decisions that people made."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from reviewqueue.measurement.metrics import gate_metrics
from tests import drafts
from tests.cast import DANA, INES, MARCUS, PRIYA, TOM
from tests.support.recorded_metrics import sheet, tell
from tests.world import World

HOUR = timedelta(hours=1)


def test_every_figure_of_a_gate_is_that_of_its_decisions(world: World) -> None:
    """Eight messages: three passed as they were, one edited, one sent back and approved later, one rejected, one a check
    stood against that was wrong, one where it was right."""
    deals = [drafts.deal(f"Customer {number}") for number in range(8)]
    items = [world.submit(drafts.email(about)) for about in deals[:6]]
    for item in items[:3]:
        world.decide(DANA, item, "approve", now=world.now + 2 * HOUR)
    body = drafts.BODY.replace("agenda", "agenda and the list of people")
    world.decide(DANA, items[3], "edit", draft={**world.draft(items[3]), "body": body})
    world.decide(MARCUS, items[3], "approve", now=world.now + 4 * HOUR)
    world.decide(DANA, items[4], "send_back")
    world.decide(DANA, items[5], "reject", now=world.now + 6 * HOUR)
    wrong, right = (
        world.submit(drafts.with_check(drafts.email(about), "automation.tone", "fail", blocking=True))
        for about in deals[6:]
    )
    world.decide(TOM, wrong, "override", passes=("automation.tone",), now=world.now + HOUR)
    world.decide(DANA, wrong, "approve", now=world.now + HOUR)
    world.decide(DANA, right, "reject", now=world.now + HOUR)
    found = sheet(world, world.now + 7 * HOUR)
    (gate,) = [one for one in found["gates"] if one["gate"] == "customer-communication"]
    counted = {
        name: round(gate[name]["value"] * 7)
        for name in ("unchanged", "approved", "edited", "overridden", "rejected", "caught")
    }
    assert gate["approved"]["n"] == 7, "what waits with its automation is not decided"
    assert counted == {"unchanged": 3, "approved": 5, "edited": 1, "overridden": 1, "rejected": 2, "caught": 3}
    assert gate["waited"]["value"] == 2
    (touched,) = [one for one in gate["sections"] if one["distance"]["n"]]
    assert touched["section"] == "body"
    assert 0 < touched["distance"]["value"] < 0.2
    (check,) = [one for one in found["checks"] if one["check"] == "automation.tone"]
    assert (check["right"], check["wrong"], check["precision"]["value"]) == (1, 1, 0.5)


def test_the_way_to_the_kickoff_is_the_time_there_was(world: World) -> None:
    """A packet open for four hours, nothing for two, a plan for one, the kickoff three later: ten hours, each where it
    was, beside what the gate caught."""
    about = drafts.deal()
    packet = world.submit(drafts.packet(about))
    run = world.item(packet).onboarding_id or 0
    world.decide(PRIYA, packet, "approve", now=world.now + 4 * HOUR)
    plan = world.submit(drafts.plan(about), now=world.now + 6 * HOUR)
    world.decide(INES, plan, "approve", now=world.now + 7 * HOUR)
    world.now += 10 * HOUR
    tell(world, run, "kickoff_held")
    path = sheet(world)["paths"]["kickoff"]
    hours = {
        name: [(part["name"], round(part["days"] * 24, 6)) for part in path[name]]
        for name in ("gates", "sources", "roles")
    }
    assert hours["gates"] == [("", 5), ("handoff-quality", 4), ("implementation-launch", 1)]
    assert hours["sources"] == [("Handoff agent", 5), ("", 5)] or hours["sources"] == [("", 5), ("Handoff agent", 5)]
    assert hours["roles"] == [("", 5), ("revops", 4), ("implementation_lead", 1)]
    assert path["n"] == 1
    assert path["gates"][1]["caught"]["value"] == 0.0
    assert sheet(world)["paths"]["first_value"]["n"] == 0


@pytest.mark.parametrize(
    ("draft", "names"),
    [
        ({"subject": "A", "sections": {"aim": "B"}}, {"subject": "A", "aim": "B"}),
        ({"to": ["a@b.example"], "sections": "all"}, {"to": '["a@b.example"]'}),
        ("only words", {"draft": "only words"}),
        (None, {"draft": "null"}),
    ],
)
def test_the_sections_of_a_draft_of_any_shape(draft: Any, names: dict[str, str]) -> None:
    """Those under `sections` stand for themselves; what is no text is its JSON."""
    assert gate_metrics.sections(draft) == names


@pytest.mark.parametrize(
    ("before", "after", "far"),
    [("one two three", "one two three", 0.0), ("one two", "", 1.0), ("", "", 0.0), ("a b c d", "a b x d", 0.25), ("a b", "c d", 1.0)],
)  # fmt: skip
def test_how_far_two_texts_are_apart(before: str, after: str, far: float) -> None:
    """Words put in and taken out, of all words of both."""
    assert gate_metrics.distance(before, after) == pytest.approx(far)
