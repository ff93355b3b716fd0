"""People told in their chat: by a webhook of their own, with kinds, numbers and links; and by e-mail where it is dead."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from reviewqueue.core.errors import Conflict, DomainError, Forbidden, Invalid
from reviewqueue.core.outbound import EVERY_NETWORK
from reviewqueue.core.settings import Settings
from reviewqueue.db.database import writing
from reviewqueue.db.tables.chat_webhooks import ChatWebhook
from reviewqueue.db.tables.notifications import NotificationMail
from reviewqueue.delivery import chat, credentials, notification_chats, notification_mails, smtp
from reviewqueue.people import chat_webhooks, notification_queries, notifications
from reviewqueue.people.notifications import About
from tests import drafts
from tests.cast import DANA, HELEN, MARCUS, PRIYA, SAM, TOM
from tests.cli.conftest import Terminal, folder, terminal
from tests.delivery.test_notification_mails import ADDRESS, MINUTE, give, wants
from tests.support.callback_receiver import Receiver, listening
from tests.support.mail_server import PostOffice
from tests.web.conftest import text_of
from tests.world import World

__all__ = ["folder", "terminal"]
KEY, OTHER = "ab" * 32, "cd" * 32
URL = "https://hooks.slack.com/services/T0/B0/planted-7f3a9c"


def settings(keys: str = KEY, hosts: str = "hooks.slack.com, chat.northbeam.example") -> Settings:
    """An installation that allows chats."""
    key = SecretStr(keys) if keys else None
    return Settings(secret_key=SecretStr("s" * 40), credential_key=key, chat_hosts=hosts, public_url=ADDRESS)


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """The chat's server, at which every address of this test arrives."""
    with listening() as found:
        whole = chat.post
        monkeypatch.setattr(
            chat, "post", lambda url, text, now, allowed: whole(SecretStr(f"{found.url}&from={url.get_secret_value()}"), text, now, EVERY_NETWORK),
        )  # fmt: skip
        yield found


def enter(world: World, person: Any = DANA, url: str = URL, by: Any = None, **installed: str) -> None:
    """A person pastes their webhook."""
    with world.session() as session:
        chat_webhooks.enter(session, settings(**installed), person.id, by or person.actor, SecretStr(url), world.now)


def told_in_chat(world: World) -> None:
    """Dana has a chat, and wants what is given to her there."""
    enter(world)
    wants(world, DANA, ways={"given": "chat"})


def post(world: World, at: Any, installed: Settings | None = None) -> None:
    """Let the worker post what is due by then."""
    while notification_chats.send_one(world.sessions, installed or settings(), threading.Event(), lambda: at):
        pass


def mail(world: World, office: PostOffice, at: Any) -> None:
    """Let the worker mail what is due by then."""
    send = partial(smtp.send, office.url)
    while notification_mails.send_one(world.sessions, send, ADDRESS, threading.Event(), lambda: at):
        pass


def states(world: World) -> list[tuple[str, str]]:
    """(way, state) of every message, oldest first."""
    with world.session() as session:
        found = session.scalars(select(NotificationMail).order_by(NotificationMail.id))
        return [(one.way, one.state) for one in found]


# (what is pasted, whose settings, a part of the refusal)
REFUSED: list[tuple[str, dict[str, str], type[DomainError], str]] = [
    ("", {}, Invalid, "paste the address"),
    (URL.replace("https", "http"), {}, Invalid, "from https:// on"),
    ("hooks.slack.com/services/T0", {}, Invalid, "from https:// on"),
    ("https://user:pw@hooks.slack.com/x", {}, Invalid, "from https:// on"),
    ("https://hooks.slack.com:8443/x", {}, Invalid, "from https:// on"),
    ("https://[::1/x", {}, Invalid, "from https:// on"),
    (
        "https://hooks.slack.com.evil.example/x",
        {},
        Invalid,
        "messages go to chat.northbeam.example, hooks.slack.com alone",
    ),
    ("https://169.254.169.254/latest", {}, Invalid, "messages go to"),
    (f"{URL} x", {}, Invalid, "it has blanks"),
    (f"{URL}\n", {}, Invalid, "it has blanks"),
    (f"https://hooks.slack.com/{'x' * 1100}", {}, Invalid, "too long"),
    (URL, {"keys": ""}, DomainError, "REVIEWQUEUE_CREDENTIAL_KEY is not set"),
]


def test_what_is_refused_and_who_may(world: World) -> None:
    """Nothing is changed, nothing of the address is repeated; a person's own, and the command line's; not an other's."""
    for url, installed, error, says in REFUSED:
        before = world.everything()
        with pytest.raises(error) as refused:
            enter(world, url=url, **installed)
        text = " ".join([refused.value.says, *(one.message for one in refused.value.faults)])
        assert says in text
        assert "services" not in text
        assert world.everything() == before
    with pytest.raises(Forbidden):
        enter(world, by=PRIYA.actor)
    with world.session() as session, pytest.raises(Conflict):
        chat_webhooks.remove(session, DANA.id, DANA.actor, world.now)


def test_it_is_told_there_and_the_address_is_nowhere_to_read(
    world: World, receiver: Receiver, capfd: pytest.CaptureFixture[str]
) -> None:
    """Two things within a minute are one message, with kinds, numbers and links; no table, log entry or line has the
    address; sealed anew it still opens."""
    told_in_chat(world)
    first, second = give(world, DANA), give(world, DANA)
    post(world, world.now)
    assert receiver.came == [], "it gathers first"
    with world.session() as session:
        credentials.rotate(session, settings(f"{OTHER},{KEY}"), world.now)
    post(world, world.now + MINUTE, settings(OTHER))
    (came,) = receiver.came
    assert json.loads(came.body)["text"] == (
        f"Given to you: item {first}\n{ADDRESS}/items/{first}\n\nGiven to you: item {second}\n{ADDRESS}/items/{second}\n\n"
        f"What you are told, and how: {ADDRESS}/notifications/settings\n"
    )
    assert came.path.endswith(f"from={URL}")
    assert states(world) == [("chat", "sent")]
    log = "\n".join(entry.body for entry in world.log())
    for kept in (str(world.everything()), log, "".join(capfd.readouterr())):
        assert "planted-7f3a9c" not in kept
    assert "hooks.slack.com" in log
    assert world.verify().holds


def test_quiet_hours_and_storms_are_as_by_mail(world: World, receiver: Receiver) -> None:
    told_in_chat(world)
    wants(world, DANA, quiet_from="9:30", quiet_until="11:00")
    item = world.submit(drafts.email())
    for number in range(200):
        with world.session() as session, writing(session):
            at = world.now + timedelta(milliseconds=200 * number)
            notifications.tell(session, "given", [DANA.id], About(item), HELEN.actor, at)
    post(world, world.now + MINUTE)
    assert receiver.came == []
    post(world, world.now + timedelta(hours=1))
    (came,) = receiver.came
    assert "180 more, on the page" in json.loads(came.body)["text"]


# (what the chat answers, what becomes of the message, whether an e-mail takes its place)
ENDS = [
    ([(404, {})], "failed", True),
    ([(410, {})], "failed", True),
    ([(429, {"Retry-After": "600"}), (200, {})], "sent", False),
    ([(500, {})], "unknown", False),
]


@pytest.mark.parametrize(("answers", "state", "mailed"), ENDS, ids=[str(one[0][0][0]) for one in ENDS])
def test_what_becomes_of_it(
    world: World, receiver: Receiver, office: PostOffice, client_for: Any,
    answers: list[tuple[int, dict[str, str]]], state: str, mailed: bool,
) -> None:  # fmt: skip
    """A dead webhook is told to the admin, and its person by e-mail; patience is kept; a doubtful one is not repeated."""
    receiver.answers = list(answers)
    told_in_chat(world)
    item = give(world, DANA)
    for minutes in (1, 2, 12, 13):
        post(world, world.now + minutes * MINUTE)
        mail(world, office, world.now + minutes * MINUTE)
    assert states(world)[0] == ("chat", state)
    assert [one.message["Subject"] for one in office.came] == ([f"Given to you: item {item}"] if mailed else [])
    assert len(receiver.came) == len(answers)
    people = text_of(client_for(SAM).get("/people"))
    assert ("message to their chat at hooks.slack.com" in people) is (state != "sent")
    enter(world)
    assert "message to their chat" not in text_of(client_for(SAM).get("/people"))


# What happens between the telling and the posting: the message's end, and whether an e-mail takes its place.
def forget(world: World) -> Settings:
    with world.session() as session:
        chat_webhooks.remove(session, DANA.id, DANA.actor, world.now)
    return settings()


MEANWHILE = {
    "forgotten": (forget, "skipped"),
    "its host is not allowed any more": (lambda _: settings(hosts="chat.northbeam.example"), "failed"),
    "the key is another": (lambda _: settings(OTHER), "failed"),
}


@pytest.mark.parametrize("case", MEANWHILE)
def test_what_cannot_be_posted_comes_by_mail(world: World, receiver: Receiver, office: PostOffice, case: str) -> None:
    told_in_chat(world)
    item = give(world, DANA)
    change, state = MEANWHILE[case]
    installed = change(world)
    post(world, world.now + MINUTE, installed)
    mail(world, office, world.now + 2 * MINUTE)
    assert receiver.came == []
    assert states(world) == [("chat", state), ("now", "sent")]
    assert [one.message["Subject"] for one in office.came] == [f"Given to you: item {item}"]


def test_without_a_chat_what_was_chosen_comes_by_mail(world: World) -> None:
    """And a worker that died with one in hand leaves it unknown."""
    wants(world, MARCUS, ways={"given": "chat"})
    give(world, MARCUS)
    assert states(world) == [("now", "waiting")]
    told_in_chat(world)
    give(world, DANA)
    with world.session() as session:
        assert notification_chats.take_due(session, settings(), world.now + MINUTE) is not None
        assert notification_chats.take_due(session, settings(), world.now + timedelta(hours=1)) is None
        assert {one.way for one in notification_queries.undelivered(session)} == {"chat"}


def test_on_the_page_and_at_the_terminal(world: World, app: Any, client_for: Any, terminal: Terminal) -> None:
    """Nothing of it where no host is named; else a field that is never shown again, and a way for each kind."""
    tom = client_for(TOM)
    assert "in my chat" not in tom.get("/notifications/settings").get_data(as_text=True)
    assert tom.post("/notifications/settings/chat", data={"chat": URL}).status_code == 404
    app.extensions["reviewqueue"] = app.extensions["reviewqueue"].model_copy(
        update={"chat_hosts": "hooks.slack.com", "credential_key": SecretStr(KEY)}
    )
    page = tom.get("/notifications/settings").get_data(as_text=True)
    assert "Messages go to hooks.slack.com alone" in page
    assert "in my chat" not in page
    wrong = tom.post("/notifications/settings/chat", data={"chat": "https://evil.example/planted-7f3a9c"})
    assert wrong.status_code == 422
    assert "planted-7f3a9c" not in wrong.get_data(as_text=True)
    assert "Messages go to hooks.slack.com alone" in text_of(wrong)
    assert tom.post("/notifications/settings/chat", data={"chat": f" {URL} "}).status_code == 303
    page = tom.get("/notifications/settings").get_data(as_text=True)
    assert "On the page, and in my chat at once" in page
    assert "planted-7f3a9c" not in page
    assert tom.post("/notifications/settings/chat/forget").status_code == 303
    assert world.count(ChatWebhook) == 0
    terminal.env |= {"REVIEWQUEUE_CREDENTIAL_KEY": KEY, "REVIEWQUEUE_CHAT_HOSTS": "hooks.slack.com"}
    said = terminal("user", "notifications", TOM.email, "--chat", "-", "--tell", "given=chat", stdin=URL)
    assert said.status == 0, said.err
    assert "A webhook at hooks.slack.com" in said.err
    assert "planted-7f3a9c" not in said.out + said.err
    assert "webhook" not in terminal("user", "notifications", TOM.email, "--forget-chat").err
