"""The page on which one person stops a lane: what follows, the figures that would stop it, who may, and how it goes on."""

from __future__ import annotations

import re
from typing import Any

import pytest

from reviewqueue.core.errors import Forbidden
from tests import drafts
from tests.cast import AIKO, DANA, HELEN, JONAS, PRIYA, SAM, TOM
from tests.lanes.test_lane_stops import RULE, WHY, figure, lane_now, stop, with_rules
from tests.lanes.test_stage_requirements import ready
from tests.web.conftest import text_of
from tests.world import World

PAGE = f"/lanes/{drafts.LANE}/stop"


def test_a_leader_stops_it_with_a_reason_and_the_page_says_how_it_goes_on(client_for: Any, world: World) -> None:
    helen = client_for(HELEN)
    page = text_of(helen.get(PAGE))
    for says in ("Stop it now", "Going on takes two people", "No figure stops this lane"):
        assert says in page, says
    answer = helen.post(PAGE, data={"why": WHY}, follow_redirects=True)
    assert "The lane is stopped" in text_of(answer)
    assert lane_now(world).stage == "stopped"
    page = text_of(client_for(PRIYA).get(PAGE))
    assert "by Helen Strand, from pilot: " + WHY in page
    assert "it goes on in pilot, where it was stopped" in page
    assert '-stage = "stopped" +stage = "pilot"' in page
    assert "You propose it, and somebody else approves it" in page
    assert "Stop it now" not in page
    page = helen.get(PAGE)
    assert "RevOps or an admin proposes the lane's file with another stage" in text_of(page)
    assert "file=lanes" not in page.text, "who may not propose has no link that would refuse them"


def test_it_goes_on_by_one_page_and_two_people(client_for: Any, world: World) -> None:
    """The change is prepared; a reason that says nothing is refused in place; the proposer does not approve it; then the
    lane runs where it was stopped, and there is nothing more to propose."""
    stop(world)
    priya, way = client_for(PRIYA), f"/lanes/{drafts.LANE}/go-on"
    said = {"reason": "The import is mended, and was tried.", "stage": "pilot"}
    before = "It cannot go on in pilot yet."
    page = priya.get(PAGE)
    assert [before in text_of(page), "Nobody owns the launch for" in text_of(page)] == [True, True], (
        "before it is pressed"
    )
    assert "Before that it lacks" in text_of(client_for(HELEN).get(PAGE))
    assert before not in text_of(priya.get(f"{PAGE}?stage=shadow"))
    lacking = priya.post(way, data=said)
    assert (lacking.status_code, "not in pilot yet" in text_of(lacking)) == (422, True), "what it lacks is said there"
    assert '+stage = "shadow"' in text_of(priya.get(f"{PAGE}?stage=shadow")), "or it goes on in an earlier stage"
    ready(world)
    assert before not in text_of(priya.get(PAGE))
    refused = priya.post(way, data={**said, "reason": "ok"})
    assert (refused.status_code, 'id="stop-reason-error"' in refused.text) == (422, True)
    assert priya.post(way, data={**said, "stage": "live"}).status_code == 422
    assert client_for(HELEN).post(way, data=said).status_code == 403
    answer = priya.post(way, data=said, follow_redirects=True)
    assert "It is proposed that the lane goes on" in text_of(answer)
    assert lane_now(world).stage == "stopped"
    item = int(answer.request.path.rpartition("/")[2])
    for one in (PRIYA, HELEN):
        page = client_for(one).get(PAGE)
        assert f"Item {item}" in text_of(page), "whoever comes next reads that it is proposed already"
        assert "proposes the lane's file" not in text_of(page)
    with pytest.raises(Forbidden):
        world.decide(PRIYA, item, "approve", reason_code="rules-agreed")
    world.decide(JONAS, item, "approve", reason_code="rules-agreed")
    assert lane_now(world).stage == "pilot"
    assert "not stopped any more" in text_of(priya.post(way, data=said, follow_redirects=True))


def test_drafts_and_onboardings_say_that_their_lane_is_stopped(client_for: Any, world: World) -> None:
    """Whoever decides one knows that nothing leaves, and where it says why; before, and of a rejected one, nothing."""
    item, gone = world.submit(drafts.email()), world.submit(drafts.email())
    world.decide(DANA, gone, "reject")
    run = world.item(item).onboarding_id
    pages = [f"/items/{item}", f"/onboardings/{run}"]
    says = "nothing leaves until it goes on"
    assert [says in text_of(client_for(HELEN).get(one)) for one in pages] == [False, False]
    stop(world)
    assert [says in text_of(client_for(HELEN).get(one)) for one in pages] == [True, True]
    assert says not in text_of(client_for(HELEN).get(f"/items/{gone}"))
    assert text_of(client_for(HELEN).get("/queue?view=open")).count("lane stopped") == 1


def test_a_reason_that_says_nothing_is_refused_and_kept(client_for: Any, world: World) -> None:
    answer = client_for(HELEN).post(PAGE, data={"why": "bad"})
    assert answer.status_code == 422
    assert re.search(r">\s*bad</textarea>", answer.get_data(as_text=True))
    assert 'id="stop-why-error"' in answer.get_data(as_text=True)
    assert lane_now(world).stage == "pilot"


def test_the_second_to_stop_it_is_told(client_for: Any, world: World) -> None:
    stop(world)
    answer = client_for(PRIYA).post(PAGE, data={"why": WHY}, follow_redirects=True)
    assert "The lane is stopped already, so there was nothing to stop" in text_of(answer)


@pytest.mark.parametrize("person", [DANA, AIKO, TOM, SAM], ids=lambda one: one.name)
def test_the_others_read_it_and_are_told_whom_to_ask(client_for: Any, world: World, person: Any) -> None:
    client = client_for(person)
    page = client.get(PAGE)
    assert "A CS leader or RevOps stops a lane, each alone" in text_of(page)
    assert 'id="stop-lane"' not in page.get_data(as_text=True)
    assert client.post(PAGE, data={"why": WHY}).status_code == 403
    assert lane_now(world).stage == "pilot"


def test_the_figures_stand_beside_their_limits(client_for: Any, world: World) -> None:
    more = '[[stop]]\nmetric = "handoff_complete"\nabove = 10\nleast = 5\nsays = "the handoff takes too long"\n'
    with_rules(world, RULE + more)
    figure(world, 0.25)
    page = text_of(client_for(JONAS).get(PAGE))
    for says in ("Implementation rework 25 %, n=40 beyond it", "above 0.2", "unknown", "above 10, from n=5 on"):
        assert says in page, says


def test_no_such_lane_is_not_found(client_for: Any) -> None:
    assert client_for(HELEN).get("/lanes/nowhere/stop").status_code == 404
    assert client_for(HELEN).post("/lanes/nowhere/stop", data={"why": WHY}).status_code == 404
