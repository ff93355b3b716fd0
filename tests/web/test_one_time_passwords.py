"""One-time passwords: what somebody else set is good for one sign-in, and nothing is reached before one's own is set."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from reviewqueue.core.errors import Forbidden, Invalid
from reviewqueue.db.database import writing
from reviewqueue.db.tables.people import Person, SignIn
from reviewqueue.people import users
from reviewqueue.web import layout
from tests.cast import DANA, SAM
from tests.web.conftest import text_of
from tests.world import World

GIVEN, OWN = "a password from Sam", "my own quiet harbour"
# What nobody has to be signed in for, or what ends a sign-in.
OUTSIDE = {"static", "signin.form", "signin.enter", "signin.leave", "passwords.link", "passwords.choose"}
OUTSIDE |= {"passwords.forgotten", "passwords.ask", "portal.page", "portal.reply"}


def enter(client: FlaskClient, password: str, going_to: str = "") -> str:
    """Sign in as Dana; returns where it leads, or what the page says. Signing in empties the cookie, and a page that
    nobody reads here would bring the client its new token: it keeps the one it has."""
    with client.session_transaction() as cookie:
        raw = cookie["csrf_token"]
    answer = client.post("/sign-in", data={"email": DANA.email, "password": password, "next": going_to})
    with client.session_transaction() as cookie:
        cookie["csrf_token"] = raw
    return answer.headers.get("Location") or text_of(answer)


def reset(client_for: Callable[..., FlaskClient]) -> None:
    """Sam sets Dana's password on the people page."""
    answer = client_for(SAM).post(f"/people/{DANA.id}/password", data={"password": GIVEN}, follow_redirects=True)
    assert "good for one sign-in" in text_of(answer)


def test_an_admins_password_is_changed_before_anything_else(
    world: World, client_for: Callable[..., FlaskClient]
) -> None:
    """Her sign-ins end; with the new one she reaches the one page that asks for her own, and then where she was going."""
    before, dana = client_for(DANA), client_for()
    assert before.get("/queue").status_code == 200
    reset(client_for)
    assert "/sign-in" in before.get("/queue").headers["Location"], "her other browser is signed out"
    assert enter(dana, GIVEN, "/people/me") == "/people/me"
    answer = dana.get("/people/me", follow_redirects=True)
    assert answer.request.path == "/password"
    assert "Choose your password" in text_of(answer)
    assert "Onboardings" not in text_of(answer), "no navigation leads anywhere"
    for wrong, says in (("short", "at least 12 characters"), (GIVEN, "the one you were given")):
        answer = dana.post("/password", data={"password": wrong, "next": "/people/me"})
        assert (answer.status_code, says in text_of(answer)) == (422, True)
    answer = dana.post("/password", data={"password": OWN, "next": "/people/me"})
    assert answer.headers["Location"] == "/people/me"
    assert "When you are away" in text_of(dana.get("/people/me"))
    assert enter(client_for(), OWN) == "/queue"
    assert [entry.act for entry in world.log() if entry.actor == DANA.actor].count("person.password") == 1
    assert dana.get("/password").headers["Location"] == "/people/me", "there is nothing to choose any more"


def test_it_is_good_for_one_sign_in(world: World, client_for: Callable[..., FlaskClient]) -> None:
    """Whoever knows it cannot sign in a second time, before she has chosen or after; a new one from an admin works."""
    reset(client_for)
    assert enter(client_for(), GIVEN) == "/queue"
    assert "good for one sign-in, and it was used" in enter(client_for(), GIVEN)
    assert "do not go together" in enter(client_for(), "another wrong password"), "only who knows it is told"
    reset(client_for)
    dana = client_for()
    assert enter(dana, GIVEN) == "/queue"
    dana.post("/password", data={"password": OWN})
    with world.session() as session, pytest.raises(Forbidden, match="do not go together"):
        users.sign_in(session, DANA.email, GIVEN, world.now)


def test_nothing_else_is_reached(world: World, app: Flask, client_for: Callable[..., FlaskClient]) -> None:
    """Every address that a signed-in person reaches leads to the one page, by GET, by POST and from within a page, and
    changes nothing. The control: with a password of her own she reaches pages."""
    reset(client_for)
    dana = client_for()
    enter(dana, GIVEN)
    before = world.everything()
    walked = 0
    for rule in app.url_map.iter_rules():
        if rule.endpoint in {*OUTSIDE, *layout.PASSWORD_ENDPOINTS} or rule.endpoint.split(".")[0] in (
            "health",
            "monitoring",
            "openapi",
        ):
            continue
        if rule.rule.startswith("/api"):
            continue  # takes keys alone, and never reads the cookie: see tests/api
        address = rule.rule
        for name, held in (("position", "1"), ("path:path", "gates/x.toml"), ("path", "x")):
            address = address.replace(f"<{name}>", held)
        while "<" in address:
            head, _, rest = address.partition("<")
            address = f"{head}1{rest.partition('>')[2]}"
        for method in (rule.methods or set()) & {"GET", "POST"}:
            answer = dana.get(address) if method == "GET" else dana.post(address)
            assert answer.status_code == 303, (method, address)
            assert answer.headers["Location"].startswith("/password"), (method, address)
            walked += 1
    assert walked > 60
    answer = dana.get("/queue", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"].startswith("/password")) == (204, True)
    assert world.everything() == before
    dana.post("/password", data={"password": OWN})
    assert dana.get("/queue").status_code == 200, "the control"
    assert dana.post("/sign-out").headers["Location"] == "/sign-in"


def test_who_is_added_chooses_too(world: World, client_for: Callable[..., FlaskClient]) -> None:
    """Whoever adds a person knows their first password: on the page and on the command line."""
    row = {"name": "Ola Nord", "email": "ola@northbeam.example", "roles": ["csm"], "password": GIVEN}
    assert "good for one sign-in" in text_of(client_for(SAM).post("/people", data=row, follow_redirects=True))
    with world.session() as session:
        users.add(session, "uma@northbeam.example", "Uma", ["csm"], GIVEN, "system:cli", world.now)
        users.set_password(session, DANA.id, GIVEN, "system:cli", world.now)
        once = dict(session.execute(select(Person.email, Person.one_time)).all())
    assert {email for email, state in once.items() if state} == {row["email"], "uma@northbeam.example", DANA.email}
    ola = client_for()
    ola.post("/sign-in", data={"email": row["email"], "password": GIVEN})
    assert ola.get("/queue").headers["Location"].startswith("/password")


def test_two_at_once_with_one_password(world: World) -> None:
    """The rule is the database's at the moment of signing in: the second finds it used. The control: her own password
    signs in as often as she likes."""
    with world.session() as session:
        users.set_password(session, DANA.id, GIVEN, SAM.actor, world.now)
        users.sign_in(session, DANA.email, GIVEN, world.now)
        with pytest.raises(Forbidden, match="used"):
            users.sign_in(session, DANA.email, GIVEN, world.now)
        with pytest.raises(Invalid, match="not changed"):
            users.set_password(session, DANA.id, GIVEN, DANA.actor, world.now)
        users.set_password(session, DANA.id, OWN, DANA.actor, world.now)
        for _ in range(2):
            users.sign_in(session, DANA.email, OWN, world.now)
        assert session.scalar(select(Person.one_time).where(Person.id == DANA.id)) == ""
        open_ones = select(SignIn).where(SignIn.person_id == DANA.id, SignIn.ended_at.is_(None))
        assert len(session.scalars(open_ones).all()) == 2


def test_the_control_without_the_mark_everything_is_open(world: World, client_for: Callable[..., FlaskClient]) -> None:
    """It is the mark that closes the pages."""
    reset(client_for)
    dana = client_for()
    enter(dana, GIVEN)
    with world.session() as session, writing(session):
        session.execute(update(Person).where(Person.id == DANA.id).values(one_time=""))
    assert dana.get("/queue").status_code == 200


def test_an_admins_own_password_is_changed_with_the_one_in_use(
    world: World, client_for: Callable[..., FlaskClient]
) -> None:
    """A browser that an admin left open gives nobody their account for good: the people page sets those of others."""
    sam = client_for(SAM)
    answer = sam.post(f"/people/{SAM.id}/password", data={"password": OWN}, follow_redirects=True)
    assert answer.request.path == "/people/me"
    assert "Change your own password here, with the one you use now." in text_of(answer)
    with world.session() as session, pytest.raises(Forbidden):
        users.sign_in(session, SAM.email, OWN, world.now)
    page = sam.get("/people").get_data(as_text=True)
    assert f"/people/{DANA.id}/password" in page
    assert f"/people/{SAM.id}/password" not in page
