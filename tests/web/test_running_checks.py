"""A check that is still running is on the item's page and in the API, and its end is too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from reviewqueue.checks.topics.classifier import TopicScore
from tests import drafts
from tests.cast import DANA
from tests.conftest import Api
from tests.items.test_model_checks import run, says
from tests.web.conftest import text_of
from tests.world import World

PASSAGE = "Next step: Dana Whitfield sends you the agenda for our kickoff by 6 March 2026."


@pytest.fixture
def waiting(world: World) -> int:
    """A message whose check is still running."""
    world.at_rest = False
    return world.submit(drafts.email())


def test_the_page_says_which_check_is_still_running(client_for: Callable[..., Any], waiting: int, world: World) -> None:
    """What it is, what it holds up, how long it takes; a link for those without scripts; and it asks for itself."""
    page = client_for(DANA).get(f"/items/{waiting}")
    markup, text = page.get_data(as_text=True), text_of(page)
    assert "The check for the six topics is still running." in text
    assert "It takes about a second. Look again" in text
    assert 'hx-trigger="every 1s"' in markup
    assert 'value="approve"' not in markup
    assert "1 running" in text
    run(world)
    page = client_for(DANA).get(f"/items/{waiting}")
    assert "still running" not in text_of(page)
    assert 'id="running"' not in page.get_data(as_text=True)
    assert 'value="approve"' in page.get_data(as_text=True)


def test_htmx_asks_while_it_runs_and_then_no_more(client_for: Callable[..., Any], waiting: int, world: World) -> None:
    """The line alone; once the check is done it has a link to the result, and no trigger. Without htmx it is the page."""
    dana, asks = client_for(DANA), {"HX-Request": "true", "HX-Target": "running"}
    line = dana.get(f"/items/{waiting}/running", headers=asks).get_data(as_text=True)
    assert 'hx-trigger="every 1s"' in line
    assert "<html" not in line
    run(world)
    line = dana.get(f"/items/{waiting}/running", headers=asks).get_data(as_text=True)
    assert "hx-trigger" not in line
    assert "Show its result" in line
    plain = dana.get(f"/items/{waiting}/running")
    assert (plain.status_code, plain.headers["Location"]) == (303, f"/items/{waiting}#checks")


def test_who_may_not_see_the_item_is_told_nothing_of_its_check(client_for: Callable[..., Any], waiting: int) -> None:
    assert client_for().get(f"/items/{waiting}/running").status_code in (302, 303)
    assert client_for(DANA).get("/items/999/running").status_code == 404


def test_a_check_that_takes_long_says_what_to_do(client_for: Callable[..., Any], waiting: int, world: World) -> None:
    with time_machine.travel(world.now + timedelta(minutes=2), tick=True):
        text = text_of(client_for(DANA).get(f"/items/{waiting}"))
    assert "the worker runs it, so tell whoever runs Review Queue" in text


def test_approving_before_it_is_there_is_refused_with_the_reason(
    client_for: Callable[..., Any], waiting: int, world: World
) -> None:
    """403, and nothing is written."""
    seen, before = world.seen(waiting), world.everything()
    form = {"action": "approve", "reason_code": "evidence-complete", "text": ""}
    form |= {"revision_digest": seen.revision, "evidence_digest": seen.evidence, "policy_digest": seen.policy}
    answer = client_for(DANA).post(f"/items/{waiting}/decisions", data=form)
    assert answer.status_code == 403
    assert "The check for the six topics is still running" in text_of(answer)
    assert world.everything()["decisions"] == before["decisions"]
    run(world)
    answer = client_for(DANA).post(f"/items/{waiting}/decisions", data=form)
    assert answer.status_code == 409
    assert "came to its result while you were reading" in text_of(answer)


def test_the_passage_is_marked_where_it_stands(client_for: Callable[..., Any], waiting: int, world: World) -> None:
    """In the text, with what it speaks of behind it; beside the statements that stand in the same words."""
    run(world, says(TopicScore("blame", PASSAGE, 0.4, "unsure")))
    page = client_for(DANA).get(f"/items/{waiting}")
    markup = page.get_data(as_text=True)
    assert '<mark class="topic">' in markup
    assert '<span class="claim-note is-topic">may speak of blame on the customer</span>' in markup
    assert "model aaaaaaaa" in text_of(page)
    rows = [row for row in markup.split('<li class="check-row">') if "<code>topic." in row]
    assert len(rows) == 6
    assert not [row for row in rows if "confidence" in row.partition("</li>")[0]]


def test_the_api_says_what_it_still_needs(api: Api, world: World) -> None:
    """Submit answers at once: what is running is a need, and no topic passes unseen. A later read has all six."""
    from tests.api.payloads import email

    world.at_rest = False
    sent = api.post("/api/v1/items", json=email())
    assert sent.status_code == 201
    needs = {one["code"]: one for one in sent.json["needs"]}
    assert needs["check-running"]["at"] == "topic.*"
    assert not [one for one in sent.json["checks"] if one["key"].startswith("topic.")]
    run(world, after=timedelta(minutes=1))
    read = api.get(f"/api/v1/items/{sent.json['id']}").json
    assert "check-running" not in {one["code"] for one in read["needs"]}
    topics = [one for one in read["checks"] if one["key"].startswith("topic.")]
    assert len(topics) == 6
    assert {(one["confidence"], one["model"]) for one in topics} == {(None, "a" * 64)}
