"""Who approves a message that a topic only warns of says in place that it does not speak of it, or says nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reviewqueue.checks.topics.classifier import TopicScore
from tests import drafts
from tests.cast import DANA
from tests.items.test_model_checks import run, says
from tests.web.conftest import hidden_fields, text_of
from tests.world import World

PASSAGE = "Next step: Dana Whitfield sends you the agenda for our kickoff by 6 March 2026."
CONTROL = 'name="topics_denied" value="{}"'


def marked(world: World, *topics: str) -> int:
    """A message whose model marks these topics."""
    world.at_rest = False
    item = world.submit(drafts.email())
    run(world, says(*(TopicScore(topic, PASSAGE, 0.4, "unsure") for topic in topics)))
    return item


def post(client: Any, item: int, page: Any, **typed: Any) -> Any:
    """Send the form of approval as the page has it."""
    whole = {**hidden_fields(page, f"approve-item-{item}"), "reason_code": "evidence-complete", **typed}
    return client.post(f"/items/{item}/decisions", data=whole)


def test_one_control_for_each_marked_topic_and_none_without(client_for: Callable[..., Any], world: World) -> None:
    """In the form of approval alone; a message without a mark has no line of it."""
    client = client_for(DANA)
    page = client.get(f"/items/{marked(world, 'blame', 'scope')}").get_data(as_text=True)
    assert page.count('name="topics_denied"') == 2
    assert page.index(CONTROL.format("scope")) < page.index(CONTROL.format("blame"))
    assert "It does not speak of a change of scope" in page
    plain = client.get(f"/items/{marked(world)}").get_data(as_text=True)
    assert "topics_denied" not in plain
    assert "Marked topics" not in plain


def test_what_is_said_is_kept_with_the_decision_and_in_the_log(client_for: Callable[..., Any], world: World) -> None:
    """As a fact of the entry, in the history, and not where nothing was said."""
    client, item = client_for(DANA), marked(world, "blame", "scope")
    page = client.get(f"/items/{item}")
    assert post(client, item, page, topics_denied=["blame"]).status_code == 303
    (made,) = world.decisions(item)
    assert (made.action, made.topics_denied) == ("approve", ["blame"])
    (entry,) = [one for one in world.log(item) if one.act == "item.approve"]
    assert '"topics_denied":["blame"]' in entry.body
    assert "They said that it does not speak of blame on the customer." in text_of(client.get(f"/items/{item}"))
    other = marked(world, "blame")
    post(client, other, client.get(f"/items/{other}"))
    assert world.decisions(other)[0].topics_denied == []
    assert "topics_denied" not in world.log(other)[-1].body
    assert world.verify().holds


def test_nothing_typed_is_lost_when_it_is_refused(client_for: Callable[..., Any], world: World) -> None:
    """Refused for its reason, or because the result came meanwhile: the choice is still there."""
    client, item = client_for(DANA), marked(world, "blame", "scope")
    page = client.get(f"/items/{item}")
    again = post(client, item, page, reason_code="", topics_denied=["blame"])
    assert again.status_code == 422
    assert CONTROL.format("blame") + " checked" in again.get_data(as_text=True)
    assert CONTROL.format("scope") + " checked" not in again.get_data(as_text=True)
    moved = client.post(
        f"/items/{item}/decisions",
        data={
            **hidden_fields(page, f"approve-item-{item}"),
            "evidence_digest": "0" * 64, "reason_code": "evidence-complete", "topics_denied": ["blame"],
        },
    )  # fmt: skip
    assert moved.status_code == 409
    assert CONTROL.format("blame") + " checked" in moved.get_data(as_text=True)
    assert world.decisions(item) == []


@pytest.mark.parametrize("topic", ["scope", "weather", ""])
def test_only_what_is_marked_can_be_denied(client_for: Callable[..., Any], world: World, topic: str) -> None:
    """A topic that nobody marked, or that is none, is refused beside its field; nothing is recorded."""
    client, item = client_for(DANA), marked(world, "blame")
    refused = post(client, item, client.get(f"/items/{item}"), topics_denied=[topic])
    assert refused.status_code == 422
    assert "name only topics that are marked" in refused.get_data(as_text=True)
    assert world.decisions(item) == []


def test_another_act_says_nothing_of_topics(world: World) -> None:
    """It belongs to an approval: sending back says what is wrong in its own words."""
    item = marked(world, "blame")
    world.decide(DANA, item, "send_back", topics_denied=("blame",))
    assert world.decisions(item)[0].topics_denied == []
