"""Errors: problem details under /api, a page elsewhere, and nothing of the insides in either."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, abort
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from reviewqueue.core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from reviewqueue.web import errors
from reviewqueue.web.extensions import db
from tests.api import payloads
from tests.conftest import Api
from tests.world import World

SECRET = "hunter2-in-the-parameters"
LOCKED = OperationalError("INSERT INTO items", {"draft": SECRET}, sqlite3.OperationalError("database is locked"))
FULL = OperationalError("COMMIT", {"draft": SECRET}, sqlite3.OperationalError("database or disk is full"))
AWAY = InterfaceError("SELECT 1", {"draft": SECRET}, Exception("connection already closed"))

# (what is raised, status, end of the problem's type, a word of what it says)
RAISED: list[tuple[Exception, int, str, str]] = [
    (Invalid("The reason is missing.", [FieldError("/reason", "say why")]), 422, "invalid", "The reason is missing."),
    (Forbidden("Only an admin makes keys."), 403, "not-allowed", "Only an admin"),
    (NotFound(), 404, "not-there", "nothing here"),
    (Conflict("Dana was first.", who="Dana", when="today", what=["state"]), 409, "moved", "Dana was first."),
    (LOCKED, 503, "database", "Try again in a few seconds"),
    (FULL, 503, "database", "Try again in a few seconds"),
    (AWAY, 503, "database", "Try again in a few seconds"),
    (PoolTimeout(SECRET), 503, "database", "Try again in a few seconds"),
    (KeyError(SECRET), 500, "unexpected", "name the reference"),
]


@pytest.fixture
def raising(app: Flask) -> Callable[[Exception], None]:
    """Two addresses, `/api/v1/raise` and `/raise`, at which the application raises what it is told to."""
    told: list[Exception] = []

    def view() -> str:
        raise told[-1]

    app.add_url_rule("/api/v1/raise", "raise-api", view)
    app.add_url_rule("/raise", "raise-page", view)
    return told.append


@pytest.mark.parametrize(("error", "status", "kind", "says"), RAISED, ids=[type(row[0]).__name__ for row in RAISED])
def test_what_is_raised_is_answered_in_words(
    app: Flask,
    raising: Callable[[Exception], None],
    capfd: pytest.CaptureFixture[str],
    error: Exception,
    status: int,
    kind: str,
    says: str,
) -> None:
    """As a problem under /api, as a page elsewhere; the status is the same, and no parameter or trace is in either."""
    raising(error)
    problem, page = (app.test_client().get(way) for way in ("/api/v1/raise", "/raise"))
    assert (problem.status_code, page.status_code) == (status, status)
    assert (problem.mimetype, page.mimetype) == ("application/problem+json", "text/html")
    assert problem.json["type"] == f"urn:reviewqueue:problem:{kind}"
    assert (says in problem.json["detail"], says in page.text.replace("&#39;", "'")) == (True, True)
    assert "<h1" in page.text
    told = problem.text + page.text
    assert SECRET not in told
    assert "Traceback" not in told
    assert ("Retry-After" in problem.headers, "Retry-After" in page.headers) == ((status == 503,) * 2)
    assert "error.page" not in capfd.readouterr().err


def test_a_problem_carries_places_and_what_moved(app: Flask, raising: Callable[[Exception], None]) -> None:
    """`errors` where the input is at fault; `who`, `when`, `what` where something moved."""
    raising(RAISED[0][0])
    assert app.test_client().get("/api/v1/raise").json["errors"] == [{"at": "/reason", "message": "say why"}]
    assert "say why" in app.test_client().get("/raise").text
    raising(RAISED[3][0])
    moved = app.test_client().get("/api/v1/raise").json
    assert (moved["who"], moved["when"], moved["what"]) == ("Dana", "today", ["state"])


def test_the_unforeseen_is_written_down_with_its_reference(
    app: Flask, raising: Callable[[Exception], None], capfd: pytest.CaptureFixture[str]
) -> None:
    """Whoever runs the place finds the line by the reference that the person was given; a statement's values are not
    in it."""
    raising(KeyError("tone"))
    says = app.test_client().get("/api/v1/raise").json["detail"]
    reference = says.removesuffix(".").rpartition(" ")[2]
    line = capfd.readouterr().err.strip()
    assert f"reference={reference}" in line
    assert "error=KeyError" in line
    assert "view:" in line
    assert len(line.splitlines()) == 1
    raising(LOCKED)
    app.test_client().get("/api/v1/raise")
    line = capfd.readouterr().err
    assert "database is locked" in line
    assert SECRET not in line


def test_a_page_that_cannot_be_drawn_is_still_a_page(
    app: Flask, raising: Callable[[Exception], None], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The error page asks the database who is signed in; when that is what failed, bare words are left."""

    def broken(*_: Any, **__: Any) -> str:
        raise LOCKED

    monkeypatch.setattr(errors.layout, "render", broken)
    raising(Invalid("Mind the <b>gap</b>.", [FieldError("/a", "<i>here</i>")]))
    page = app.test_client().get("/raise")
    assert (page.status_code, page.mimetype) == (422, "text/html")
    assert "Mind the &lt;b&gt;gap" in page.text
    assert "&lt;i&gt;here" in page.text
    assert "error.page" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("method", "way", "status"),
    [
        ("GET", "/api", 404),
        ("GET", "/api/", 404),
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/v2/items", 404),
        ("PUT", "/api/v1/items", 405),
        ("DELETE", "/api/v1/items/1", 405),
        ("POST", "/api/v1/openapi.json", 405),
    ],
)
def test_an_address_that_is_no_call(app: Flask, method: str, way: str, status: int) -> None:
    """404 and 405 under /api are problems like any other; 405 says what would do."""
    answer = app.test_client().open(way, method=method)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert ("Allow" in answer.headers) == (status == 405)


def test_an_address_that_is_no_page(app: Flask) -> None:
    """Elsewhere it is a page, drawn by the template, and an API is not mistaken for one by its beginning."""
    for way in ("/nothing", "/apiary"):
        page = app.test_client().get(way)
        assert (page.status_code, page.mimetype) == (404, "text/html")


def test_a_form_without_its_token_says_what_to_do(client_for: Callable[..., Any]) -> None:
    """400 with words a person can act on."""
    page = client_for(csrf=False).post("/sign-in", data={"email": "a@b.example", "password": "x"})
    assert (page.status_code, page.mimetype) == (400, "text/html")
    assert "Reload" in page.text


def test_an_answer_given_by_abort_is_left_as_it_is(app: Flask) -> None:
    """A view that ends with a response of its own gets it through."""
    app.add_url_rule("/teapot", "teapot", lambda: abort(app.response_class("short and stout", 418)))
    answer = app.test_client().get("/teapot")
    assert (answer.status_code, answer.text) == (418, "short and stout")


def test_a_locked_database_is_503_and_recovers_by_itself(
    api: Api, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else holds the lock for longer than we wait: nothing is written, the next try goes through."""
    body = payloads.email()
    with api.application.app_context():
        db.engine.dispose()
        monkeypatch.setattr(
            "reviewqueue.db.database._PRAGMAS", ("journal_mode=WAL", "busy_timeout=50", "foreign_keys=ON")
        )
    other = sqlite3.connect(world.url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        refused = api.post("/api/v1/items", json=body)
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert api.post("/api/v1/items", json=body).status_code == 201
