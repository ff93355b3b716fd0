"""Shipped templates by mail: each message of each lane, drafted by our own drafter, approved and released by the worker,
arrives at a real mail server as it was on the page (trust.md row 33)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial

import pytest

from reviewqueue import worker
from reviewqueue.db import database
from reviewqueue.delivery import smtp
from reviewqueue.items.submission_rules import Submission
from reviewqueue.onboarding.drafting.compose import compose
from reviewqueue.onboarding.drafting.facts import collect_facts
from reviewqueue.policy import loading, policy_versions
from reviewqueue.policy.model.messages import ROLES
from tests import drafts, northbeam
from tests.cast import DANA, MARCUS, Named
from tests.onboarding.drafting.approved_onboarding import MORE, TODAY, ours, packet
from tests.support.mail_server import PostOffice, open_for_mail
from tests.support.releases import GATE
from tests.world import World

FILES = northbeam.files()
FILES[GATE] = FILES[GATE].replace('release = "automation"', 'release = "outgoing-mail"')
for one in [name for name in FILES if name.startswith("lanes/")]:
    # A question to sales is sent like any other message here; as shipped its gate releases nowhere.
    was = 'sales_question = "handoff-quality"'
    assert was in FILES[one]
    FILES[one] = FILES[one].replace(was, 'sales_question = "customer-communication"')
    FILES[one] = FILES[one].replace('stage = "shadow"', 'stage = "pilot"')  # nothing leaves a lane in shadow
POLICY = loading.load(FILES)
MESSAGES = [
    (lane.key, template.key)
    for lane in POLICY.lanes
    for template in POLICY.templates
    if template.message and (not template.lanes or lane.key in template.lanes)
]
# What arrived by the destination `outgoing-mail` in this process.
ARRIVED: set[tuple[str, str]] = set()
PIET, CSM, SALES = "piet@marlowfreight.example", "dana.whitfield@northbeam.example", "lena.vogt@northbeam.example"
ADDRESSES = {"recipient_email": PIET, "csm_email": CSM, "sales_owner_email": SALES}


@pytest.fixture(scope="module")
def office() -> Iterator[PostOffice]:
    """One mail server for this file."""
    with open_for_mail() as found:
        yield found


def drafted(lane_key: str, key: str) -> Submission:
    """What our drafter makes of a template for an onboarding of that lane."""
    lane, template = POLICY.lane(lane_key), POLICY.template(key)
    assert lane is not None
    assert template is not None
    mine = packet()
    made = compose(
        POLICY, lane, template, collect_facts(POLICY, lane, mine, ours("approved_packet", mine.draft), MORE), TODAY
    )
    about = drafts.deal()
    return Submission(lane_key, made, about.external_id, about.customer, segment=lane.segment, template=key)


def approve(world: World, item: int, *people: Named) -> None:
    """As many of these approve it as its gate asks for."""
    for person in people:
        if world.item(item).state == "pending":
            world.decide(person, item, "approve")
    assert world.item(item).state == "approved", world.item(item).why


@pytest.mark.parametrize(("lane_key", "key"), MESSAGES, ids=[f"{lane}-{key}" for lane, key in MESSAGES])
def test_each_arrives_as_it_was_on_the_page(world: World, office: PostOffice, lane_key: str, key: str) -> None:
    """From, To, Reply-To, Subject and text; nothing else of a header that was not approved."""
    office.came.clear()
    with world.session() as session:
        policy_versions.activate(session, FILES, "system:cli", world.now)
    item = world.submit(drafted(lane_key, key))
    approve(world, item, DANA, MARCUS)
    draft, message = world.draft(item), next(one.message for one in POLICY.templates if one.key == key)
    assert message is not None
    post = partial(smtp.send, office.url)
    assert worker.send_one_release(
        database.sessions(world.engine), {"email": post}, threading.Event(), lambda: world.now
    )
    (came,) = office.came
    rule = POLICY.lane(lane_key).message_rule(draft_kind(key), key)  # type: ignore[union-attr]
    replies = ADDRESSES[ROLES[rule[1].reply_to][1]] if rule and rule[1].reply_to else None
    assert world.item(item).state == "released"
    assert came.sender == came.message["From"] == "onboarding@example.com"
    assert came.receivers == [ADDRESSES[fact] for fact in (*message.to, *message.cc)]
    assert came.message["To"] == ", ".join(ADDRESSES[fact] for fact in message.to) == ", ".join(draft["to"])
    assert came.message["Reply-To"] == replies == (draft["reply_to"][0] if replies else None)
    assert came.message["Subject"] == draft["subject"]
    invites = [one for one in came.message.walk() if one.get_content_type() == "text/calendar"]
    assert len(invites) == ("invitation" in draft) == (key == "kickoff-invitation")
    body = came.message.get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n").rstrip("\n") == draft["body"].rstrip("\n")
    ARRIVED.add((lane_key, key))


def draft_kind(key: str) -> str:
    """The kind of draft that a template makes."""
    return next(one.kind for one in POLICY.templates if one.key == key)


def test_both_lanes_and_every_kind_of_message_are_among_them() -> None:
    """The control: a lane or a template that is shipped later is walked as well, and customers' messages say Reply-To."""
    assert {lane for lane, _ in MESSAGES} == {"mid-market-saas", "enterprise-saas"}
    assert len(MESSAGES) == 2 * sum(template.message is not None for template in POLICY.templates)
    assert {draft_kind(key) for _, key in MESSAGES} == {
        "customer_email", "portal_update", "task_reminder", "internal_alert", "sales_question"
    }  # fmt: skip


def test_the_table_of_what_arrived() -> None:
    """Template × lane × destination, as Markdown: `pytest -n 0 -s tests/delivery/test_templates_sent.py` prints it whole;
    run beside others, it has what this process sent."""
    lanes = [lane.key for lane in POLICY.lanes]
    lines = [["template", *(f"{one}, outgoing-mail" for one in lanes)], ["---"] * (len(lanes) + 1)]
    for key in dict.fromkeys(key for _, key in MESSAGES):
        lines.append([key, *("arrived" if (one, key) in ARRIVED else "" for one in lanes)])
    print("\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines))
    assert set(MESSAGES) >= ARRIVED
