"""Slack-compatible webhooks: what is posted is what the dry run shows, calls nobody and links nowhere, and is never posted
a second time where nobody knows whether it arrived."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from pydantic import SecretStr

from reviewqueue import worker
from reviewqueue.core.outbound import EVERY_NETWORK
from reviewqueue.db import database
from reviewqueue.delivery import chat, credentials, destinations, slack
from reviewqueue.delivery.outgoing import Outgoing
from reviewqueue.delivery.smtp import SendOutcome
from reviewqueue.policy import loading
from reviewqueue.policy.flaws import BadPolicy
from reviewqueue.policy.model.destinations import Destination
from tests import drafts
from tests.cast import PRIYA, SAM
from tests.delivery.test_smtp import NOW
from tests.support.callback_receiver import Receiver, listening
from tests.support.destinations import PACKETS, PLANS, activate, files_with
from tests.support.releases import GATE, opened, row
from tests.web.conftest import text_of
from tests.world import World

TO = Destination(key="channel", name="Handoffs", kind="slack", does="Posts it")
DRAFT = {
    "sections": {"risks": {"risks": "<!channel> @here <https://evil.example|Click> *bold* & more", "none": ""}},
    "milestones": [{"name": "Workspace ready", "due": "2026-04-01"}, {"name": "@Everyone trained"}],
    "steps": ["call @all", "@allison"],
}
OUT = Outgoing("release-7-abc", TO, 7, "handoff_packet", "Marlow <Freight>", "Handoff packet", "d" * 64, DRAFT)
SHOWN = """Handoff packet
Marlow <Freight>, approved in Review Queue as item 7.

Sections:
  Risks:
    Risks: <(at) channel> (at) here <https://evil.example|Click> *bold* & more
Milestones:
  1.
    Name: Workspace ready
    Due: 2026-04-01
  2.
    Name: (at) Everyone trained
Steps:
  - call (at) all
  - @allison

Review Queue release-7-abc"""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """The chat's server."""
    with listening() as found:
        yield found


def post(receiver: Receiver, out: Outgoing = OUT) -> SendOutcome:
    """One attempt."""
    return slack.send(out, SecretStr(f"{receiver.url}&secret=T0/B0/xyz"), NOW, allowed=EVERY_NETWORK)


def test_what_is_posted_is_what_the_dry_run_shows(receiver: Receiver) -> None:
    """As Slack reads it: no mention, no link of the draft's own, no formatting, no preview."""
    assert post(receiver).outcome == "released"
    (came,) = receiver.came
    said = json.loads(came.body)
    [write] = slack.writes(OUT)
    assert write.text == SHOWN
    assert said.pop("text").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") == write.text
    off = {"mrkdwn": False, "link_names": False, "unfurl_links": False, "unfurl_media": False}
    assert said == {"parse": "none", **off}
    assert b"<" not in came.body


def test_a_long_one_is_shortened_and_says_so() -> None:
    text = slack.text(replace(OUT, draft={"risks": "x" * 50_000}))
    assert len(text) == chat.MAX_TEXT
    assert text.endswith("(shortened; the whole is in Review Queue)\n\nReview Queue release-7-abc")


# (what it answers, the outcome, a part of the words)
ANSWERS: list[tuple[int, dict[str, str], str, str]] = [
    (200, {}, "released", "127.0.0.1 took it"),
    (204, {}, "released", "took it"),
    (429, {"Retry-After": "30"}, "later", "answered 429"),
    (500, {}, "unknown", "nobody knows whether it arrived"),
    (404, {}, "failed", "not good any more"),
    (410, {}, "failed", "not good any more"),
    (302, {"Location": "http://127.0.0.1:1/"}, "failed", "answered 302"),
]


@pytest.mark.parametrize(("status", "headers", "outcome", "says"), ANSWERS, ids=[str(one[0]) for one in ANSWERS])
def test_what_an_answer_means(
    receiver: Receiver, status: int, headers: dict[str, str], outcome: str, says: str
) -> None:
    receiver.answers = [(status, headers)]
    came = post(receiver)
    assert (came.outcome, says in came.says) == (outcome, True)
    assert came.retry_after == (30 if status == 429 else 0)
    assert "secret" not in came.says


def test_what_surely_did_not_arrive_is_tried_again_and_what_may_have_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens; a forbidden network; somebody takes it and hangs up; somebody never answers."""
    nobody = SecretStr("http://127.0.0.1:1/services/T0/B0/secret")
    came = chat.post(nobody, "x", NOW, EVERY_NETWORK)
    assert (came.outcome, "secret" in came.says) == ("later", False)
    came = chat.post(nobody, "x", NOW)
    assert (came.outcome, "loopback" in came.says, "secret" in came.says) == ("later", True, False)
    monkeypatch.setattr(chat, "TIMEOUT", 0.2)
    for stays in (False, True):
        with socket.create_server(("127.0.0.1", 0)) as server:

            def take(server: socket.socket = server, stays: bool = stays) -> None:
                line = server.accept()[0]
                line.recv(65536)
                if stays:
                    done.wait(5)
                line.close()

            done = threading.Event()
            thread = threading.Thread(target=take)
            thread.start()
            url = SecretStr(f"http://127.0.0.1:{server.getsockname()[1]}/services/secret")
            came = chat.post(url, "x", NOW, EVERY_NETWORK)
            done.set()
            thread.join()
        assert (came.outcome, "secret" in came.says) == ("unknown", False)


def test_what_a_policy_may_not_say_of_it() -> None:
    """A message to a customer does not go to a channel of our own; nor anything where e-mail's row allows no messages."""
    with pytest.raises(BadPolicy, match="is read by our own people, and 'customer_email'"):
        files = files_with(PLANS, kind='"slack"')
        files[GATE] = files[GATE].replace('release = "automation"', 'release = "elsewhere"')
        loading.load(files)
    files = files_with(PACKETS, kind='"slack"')
    files["systems.toml"] = files["systems.toml"].replace('write = ["messages"]\nwriting = "automatic"\n', "")
    with pytest.raises(BadPolicy, match="messages may not be written"):
        loading.load(files)


def test_an_approved_packet_is_posted_once_and_a_doubtful_one_waits_for_a_person(
    world: World, client_for: Any, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dry run on the page, held for its credential, posted by the worker; the next one's answer is lost, and it is not
    posted again: a person says what became of it."""
    activate(world, PACKETS, kind='"slack"')
    item, other = world.submit(drafts.packet()), world.submit(drafts.packet(drafts.deal("Quill Baltic")))
    page = text_of(client_for(PRIYA).get(f"/items/{item}"))
    assert "A message to the channel behind elsewhere" in page
    for one in (item, other):
        world.decide(PRIYA, one, "approve")
    settings = worker.Settings(secret_key=SecretStr("s" * 40), credential_key=SecretStr(os.urandom(32).hex()))
    monkeypatch.setitem(destinations._VENDORS, "slack", partial(slack.send, allowed=EVERY_NETWORK))
    sends = partial(
        worker.send_one_release, database.sessions(world.engine), destinations.senders(settings), threading.Event()
    )
    assert not sends(lambda: world.now)
    with world.session() as session:
        credentials.enter(session, settings, SAM.actor, "elsewhere", SecretStr(receiver.url), world.now)
    receiver.answers = [(200, {}), (503, {})]
    for _ in range(3):
        sends(lambda: world.now.replace(day=4))
    assert [row(world, one).state for one in (item, other)] == ["released", "unknown"]
    assert [json.loads(one.body)["text"].split("\n")[1].split(",")[0] for one in receiver.came] == [
        "Marlow Freight", "Quill Baltic",
    ]  # fmt: skip
    assert opened(world) == ["nothing-sent"]
    assert world.verify().holds
