"""What a lane sends automatically waits for the model's check, and goes out on it or stays for a person."""

from __future__ import annotations

import pytest

from reviewqueue.checks.topics.classifier import TopicScore
from reviewqueue.lanes.autosend import sending
from tests.cast import DANA
from tests.items.test_model_checks import broken, job, run, says
from tests.support import standing_approvals
from tests.support.standing_approvals import another, releases
from tests.world import World

pytestmark = pytest.mark.furnished(standing_approvals.EARNED)
PASSAGE = "This is done: the transport system is connected, as in the Team plan."


@pytest.fixture
def opened(world: World, monkeypatch: pytest.MonkeyPatch) -> int:
    """A message that is sent automatically, as it was just opened: its check is still running."""
    monkeypatch.setattr(sending, "is_sampled", lambda *_: False)
    world.at_rest = False
    return another(world)


def test_it_goes_out_once_its_check_is_there_and_found_nothing(world: World, opened: int) -> None:
    """Not before; and the log's entry names the model that looked at it."""
    assert (world.item(opened).state, releases(world, opened)) == ("pending", [])
    run(world)
    assert world.item(opened).state == "approved"
    assert [one.state for one in releases(world, opened)] == ["waiting"]
    (entry,) = [one for one in world.log(opened) if one.act == "item.stand"]
    assert f'"model":"{"a" * 64}"' in entry.body
    assert world.verify().holds


# (what is so, what the model says, what the item says of why it waits)
HELD = [
    (
        "a topic that the model finds holds it",
        TopicScore("scope", PASSAGE, 0.9, "speaks"),
        "check topic.scope says: Speaks",
    ),
    (
        "and so does one it is not sure of",
        TopicScore("scope", PASSAGE, 0.4, "unsure"),
        "check topic.scope says: May speak",
    ),
]


@pytest.mark.parametrize(("what", "score", "why"), HELD, ids=[row[0] for row in HELD])
def test_an_unsure_topic_holds_it(world: World, opened: int, what: str, score: TopicScore, why: str) -> None:
    """It waits for a person, and says why."""
    run(world, says(score))
    row = world.item(opened)
    assert (row.state, releases(world, opened)) == ("pending", []), what
    assert why in row.why
    assert world.decide(DANA, opened, "approve").state == "approved"


def test_a_check_that_could_not_run_holds_it(world: World, opened: int) -> None:
    """Failed closed: nothing goes out that nothing looked at."""
    from datetime import timedelta

    for pause in (0, 1, 6, 36):
        run(world, broken, timedelta(seconds=pause))
    assert job(world).state == "failed"
    assert world.item(opened).state == "pending"
    assert "check message.topics says: The model's check for the six topics could not run" in world.item(opened).why


@pytest.mark.parametrize("touch", ["lease", "edit", "pause"])
def test_what_a_person_has_in_hand_meanwhile_is_theirs(world: World, opened: int, touch: str) -> None:
    """A result that comes late sends nothing from under somebody's hands."""
    from reviewqueue.items import leases, pauses

    with world.session() as session:
        if touch == "lease":
            leases.take(session, DANA.id, opened, world.now)
        elif touch == "pause":
            pauses.pause(session, DANA.id, opened, "waiting_for_customer", "They are away until Monday.", world.now)
    if touch == "edit":
        world.decide(DANA, opened, "edit", draft={**world.draft(opened), "subject": "Done: transport"})
    while run(world):
        pass
    assert (world.item(opened).state, releases(world, opened)) == ("pending", [])
