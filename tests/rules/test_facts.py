"""Facts: what a condition may ask of an item is what is stored of it, at the moment a revision is routed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from reviewqueue.items import intake
from reviewqueue.items.submission_rules import Submission
from reviewqueue.policy import policy_versions
from tests import drafts, northbeam
from tests.world import World

MESSAGE = "gates/customer-communication.toml"


def under(world: World, condition: str) -> None:
    """Put an active policy that sends a message up where the condition holds."""
    files = northbeam.files()
    files[MESSAGE] += f'\n[[must_escalate]]\nname = "asked"\nwhen = "{condition}"\nsays = "The test asks for it"\n'
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)


def revised(world: World, item: int, hours: int) -> str:
    """Where the item stands after its automation sent a new draft so many hours later."""
    again = drafts.email(body=drafts.BODY + "\n\nPS: the agenda is attached.").drafted
    with world.session() as session:
        based_on = world.seen(item).revision
        intake.revise(session, world.caller, item, based_on, again, world.now + timedelta(hours=hours))
    return world.item(item).state


TOPIC = drafts.with_check(drafts.email(), "topic.renewal", blocking=False)
QUIET = drafts.with_check(drafts.email(), "topic.renewal", "pass")


@pytest.mark.parametrize(
    ("what", "condition", "submission", "state"),
    [
        ("a topic that was found", "'renewal' in topics", TOPIC, "escalated"),
        ("a topic that was looked for and not found", "'renewal' in topics", QUIET, "pending"),
        ("a check that passed", "'topic.renewal' in passed", QUIET, "escalated"),
        ("a check that failed has not passed", "'topic.renewal' in passed", TOPIC, "pending"),
        ("what was just opened is no hour old", "age_hours > 0.0", drafts.email(), "pending"),
        ("a fact that nobody sent closes the gate", "topics[3] == 'scope'", drafts.email(), "escalated"),
    ],
)
def test_a_new_item_goes_where_its_facts_send_it(
    world: World, what: str, condition: str, submission: Submission, state: str
) -> None:
    under(world, condition)
    assert world.item(world.submit(replace(submission, external_id=drafts.deal().external_id))).state == state, what


@pytest.mark.parametrize(
    ("what", "hours", "state"),
    [
        ("three hours later it is three hours old", 3, "pending"),
        ("seven hours later it is seven", 7, "pending"),
        ("the next day at the same time it is nine", 24, "escalated"),
    ],
)
def test_the_age_is_in_business_hours(world: World, what: str, hours: int, state: str) -> None:
    """The office in New York is open from nine to six; the item was opened at ten."""
    under(world, "age_hours > 8.0")
    assert revised(world, world.submit(drafts.email()), hours) == state, what
