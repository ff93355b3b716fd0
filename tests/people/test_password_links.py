"""Links at which people choose their password: good once and for a while, told to nobody else, asked for by anybody
without a word about who has an account; and another address, of which the old one is told. On both engines."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import select

from reviewqueue.core.errors import Conflict, Forbidden, NotFound
from reviewqueue.core.settings import Settings
from reviewqueue.db.tables.password_links import AccountMail, PasswordLink
from reviewqueue.db.tables.people import Person, SignIn
from reviewqueue.delivery import account_mails, smtp
from reviewqueue.people import email_changes, password_links, sign_in_throttle, users
from tests.cast import DANA, MARCUS, PASSWORD, PRIYA, SAM
from tests.cli.conftest import Terminal, folder, terminal
from tests.support.mail_server import DROP, TAKEN, PostOffice, open_for_mail
from tests.web.conftest import text_of
from tests.world import World

__all__ = ["folder", "terminal"]
ADDRESS = "https://queue.northbeam.example"
NEW, OWN = "zoe.lind@northbeam.example", "nine wet umbrellas"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with open_for_mail() as found:
        yield found


@pytest.fixture
def mailing(settings: Settings, office: PostOffice) -> Settings:
    """The settings of an installation whose e-mail is set up; named before `app`."""
    settings.smtp_url, settings.public_url = SecretStr(office.url), "http://localhost"
    return settings


def post(world: World, office: PostOffice | None, at: datetime, address: str = ADDRESS) -> list[str]:
    """Let the worker send what is due by then; returns the tokens that went out."""
    before, send = len(office.came) if office else 0, partial(smtp.send, office.url) if office else None
    while account_mails.send_one(world.sessions, send, address, threading.Event(), lambda: at):
        pass
    bodies = [one.message.get_content() for one in office.came[before:]] if office else []
    return [token for body in bodies for token in re.findall(r"token=(\S+)", body)]


def make(world: World, person_id: int = DANA.id, at: datetime | None = None, *, mailed: bool = False) -> str:
    """Sam makes a link."""
    with world.session() as session:
        return password_links.make(session, person_id, SAM.actor, at or world.now, mailed=mailed)


def choose(world: World, token: str, at: datetime | None = None) -> None:
    with world.session() as session:
        password_links.choose(session, token, OWN, at or world.now)


def kept(world: World) -> tuple[str, list[tuple[Any, ...]]]:
    """Dana's password, and every link there is."""
    with world.session() as session:
        links = select(PasswordLink.id, PasswordLink.used_at, PasswordLink.ended_at).order_by(PasswordLink.id)
        return session.get_one(Person, DANA.id).password_hash, [tuple(row) for row in session.execute(links)]


def revoke(world: World, token: str) -> None:
    with world.session() as session:
        password_links.revoke(session, DANA.id, SAM.actor, world.now)


def close(world: World, token: str) -> None:
    with world.session() as session:
        users.disable(session, DANA.id, SAM.id, world.now)


def move(world: World, token: str) -> None:
    with world.session() as session:
        email_changes.change_email(session, DANA.id, NEW, SAM.actor, world.now)


# Why a link opens nothing any more.
OVER: dict[str, Callable[[World, str], Any]] = {
    "it was used": choose,
    "it was revoked": revoke,
    "another took its place": lambda world, token: make(world),
    "the account was closed": close,
    "the address that it went to is another": move,
}


def test_a_link_is_good_once_and_for_an_hour(world: World) -> None:
    """Each reason for which one opens nothing, one after the other in one world; the last is used just in time."""
    for why, over in OVER.items():
        token = make(world)
        over(world, token)
        before = kept(world)
        for wrong in (token, "", "x" * 43):
            with pytest.raises(NotFound, match="does not open anything"):
                choose(world, wrong)
        assert kept(world) == before, why
        with world.session() as session:
            if over is close:
                with pytest.raises(Conflict, match="closed"):
                    make(world)
                users.enable(session, DANA.id, SAM.id, world.now)
    late, token = world.now + timedelta(hours=1), make(world)
    with pytest.raises(NotFound):
        choose(world, token, late)
    choose(world, token, late - MINUTE)
    with world.session() as session:
        assert users.sign_in(session, NEW, OWN, late)
    with pytest.raises(Forbidden), world.session() as session:
        password_links.make(session, DANA.id, PRIYA.actor, world.now, mailed=False)


def test_asking_says_and_does_the_same_for_everybody(
    mailing: Settings, app: Flask, world: World, client_for: Any, office: PostOffice
) -> None:
    """Known, unknown, closed: the same page and the same rows. Only the known one is mailed; nobody's is forgotten."""
    with world.session() as session:
        users.disable(session, MARCUS.id, SAM.id, world.now)
        before = (session.get_one(Person, DANA.id).password_hash, len(session.scalars(select(SignIn)).all()))
    page, stranger = {}, client_for()
    for email in (DANA.email, MARCUS.email, "nobody@elsewhere.example"):
        answer = client_for().post("/password/forgotten", data={"email": email})
        page[email] = (answer.status_code, text_of(answer), sorted(dict(answer.headers)))
    assert len({str(one) for one in page.values()}) == 1
    with world.session() as session:
        mails = session.scalars(select(AccountMail)).all()
        assert [(one.person_id, one.link_id, one.state) for one in mails] == [(None, None, "waiting")] * 3
        assert session.scalars(select(PasswordLink)).all() == []
    (token,) = post(world, office, world.now + MINUTE)
    assert [one.receivers for one in office.came] == [[DANA.email]]
    assert world.count(AccountMail) == 1, "nobody's address is kept"
    with world.session() as session:
        after = (session.get_one(Person, DANA.id).password_hash, len(session.scalars(select(SignIn)).all()))
    assert after == before, "asking changes nothing for whose account it is"
    assert stranger.post("/password/forgotten", data={"email": "no address"}).status_code == 422
    page_of = client_for().get(f"/password/link?token={token}")
    assert "Dana Whitfield" in text_of(page_of)
    assert client_for().get("/password/link?token=guessed").status_code == 404


def test_who_asks_too_often_waits_and_locks_nobody_out(
    mailing: Settings, app: Flask, world: World, client_for: Any, office: PostOffice
) -> None:
    """Eight in a quarter of an hour from one address; three an hour to one account; every link sent stays good, and the
    account's own sign-in is not slowed."""
    stranger = client_for()
    answers = [
        stranger.post("/password/forgotten", data={"email": DANA.email})
        for _ in range(sign_in_throttle.MAX_PER_SOURCE + 1)
    ]
    assert [one.status_code for one in answers] == [200] * sign_in_throttle.MAX_PER_SOURCE + [429]
    assert "Too many links were asked for from here" in text_of(answers[-1])
    tokens = post(world, office, world.now + MINUTE)
    assert len(tokens) == len(office.came) == password_links.MAX_ASKED
    assert client_for().post("/sign-in", data={"email": DANA.email, "password": PASSWORD}).status_code == 303
    choose(world, tokens[0], world.now + 2 * MINUTE)
    with pytest.raises(NotFound):
        choose(world, tokens[-1], world.now + 2 * MINUTE)


def test_without_mail_the_link_is_shown_once_to_hand_over(app: Flask, world: World, client_for: Any) -> None:
    """For somebody new and for somebody who is there; and whoever forgot theirs is told whom to ask."""
    sam, stranger = client_for(SAM), client_for()
    asked = stranger.get("/password/forgotten")
    assert "an admin hands you a link" in text_of(asked)
    assert stranger.post("/password/forgotten", data={"email": DANA.email}).status_code == 303
    new = sam.post("/people", data={"name": "Zoe Lind", "email": NEW, "roles": ["csm"], "password": ""})
    again = sam.post(f"/people/{DANA.id}/link")
    links = [re.findall(r"/password/link\?token=([\w-]{43})<", one.get_data(as_text=True)) for one in (new, again)]
    assert [len(one) for one in links] == [1, 1]
    page = sam.get("/people")
    assert "token=" not in page.get_data(as_text=True)
    assert "Invitation open until" in text_of(page)
    assert stranger.post("/sign-in", data={"email": NEW, "password": OWN}).status_code == 403
    choose(world, links[0][0])
    assert client_for().post("/sign-in", data={"email": NEW, "password": OWN}).status_code == 303
    assert client_for(PRIYA).post(f"/people/{DANA.id}/link").status_code == 403
    assert sam.post(f"/people/{DANA.id}/link/revoke", data={}).status_code == 303
    with pytest.raises(NotFound):
        choose(world, links[1][0])
    assert world.count(AccountMail) == 0


def test_each_attempt_has_a_token_of_its_own_and_a_lost_one_is_in_sight(
    mailing: Settings, app: Flask, world: World, client_for: Any, office: PostOffice
) -> None:
    """Refused for the moment, then taken: the token that arrived is the one that opens. Lost: never sent again, and the
    people page says so."""
    office.answers = ["451 not now", TAKEN]
    make(world, mailed=True)
    assert post(world, office, world.now) == []
    (token,) = post(world, office, world.now + MINUTE)
    choose(world, token, world.now + MINUTE)
    post(world, office, world.now + 2 * MINUTE)
    assert office.came[-1].message["Subject"] == "Your password for Review Queue was changed"
    assert "Dana" not in office.came[-1].message.get_content()
    office.answers = [DROP]
    make(world, at=world.now + 3 * MINUTE, mailed=True)
    post(world, office, world.now + 3 * MINUTE)
    post(world, office, world.now + timedelta(minutes=50))
    assert len(office.came) == 3
    page = text_of(client_for(SAM).get("/people"))
    assert "Nobody knows whether the last e-mail to dana" in page
    assert "Link for a new password was not sent" not in page
    assert post(world, None, world.now) == []


def test_another_address_is_told_to_the_old_one(
    mailing: Settings, app: Flask, world: World, client_for: Any, office: PostOffice, terminal: Terminal
) -> None:
    """By the people page and at the terminal; one that is taken, the same or none is refused at its field."""
    sam, to = client_for(SAM), f"/people/{DANA.id}/email"
    for wrong, says in (
        (MARCUS.email, "has an account already"), (DANA.email, "that is the address now"), ("none", "is not an e-mail"),
    ):  # fmt: skip
        answer = sam.post(to, data={"email": wrong})
        assert (answer.status_code, says in text_of(answer)) == (422, True), wrong
    assert client_for(PRIYA).post(to, data={"email": NEW}).status_code == 403
    dana = client_for(DANA)
    assert sam.post(to, data={"email": NEW.upper()}).status_code == 303
    assert dana.get("/queue").status_code == 200, "she works on"
    post(world, office, world.now + MINUTE)
    assert [(one.receivers, one.message["Subject"]) for one in office.came] == [
        ([DANA.email], "Your e-mail address in Review Queue was changed")
    ]
    assert client_for().post("/sign-in", data={"email": NEW, "password": PASSWORD}).status_code == 303
    entry = next(one for one in reversed(world.log()) if one.act == "person.email")
    assert entry.actor == SAM.actor
    assert terminal("user", "email", NEW, DANA.email, "--json").json["before"] == NEW


def test_the_terminal_invites_hands_over_and_revokes(terminal: Terminal, world: World) -> None:
    made = terminal("user", "invite", NEW, "--role", "csm", REVIEWQUEUE_PUBLIC_URL=ADDRESS)
    assert made.status == 0, made.err
    token = re.fullmatch(rf"{ADDRESS}/password/link\?token=(\S+)\n", made.out)
    assert token
    assert token[1] not in made.err
    listed = {one["email"]: one["invited"] for one in terminal("user", "list", "--json").json}
    assert (listed[NEW], listed[DANA.email]) == (True, False)
    assert terminal("user", "revoke", NEW).status == 0
    assert terminal("user", "revoke", NEW).status == 1
    again = terminal("user", "invite", NEW, "--json").json
    assert not again["mailed"]
    choose(world, again["link"].rpartition("=")[2], world.now)
