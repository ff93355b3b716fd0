"""Signing in: the right words for the wrong password, a limit on guessing, and an end that is an end."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from flask import Flask

from reviewqueue.db.tables.people import FailedSignIn
from reviewqueue.people import sign_in_throttle, users
from tests import drafts
from tests.cast import DANA, LENA, MARCUS, PASSWORD, PRIYA, SAM
from tests.web.conftest import text_of
from tests.world import World


def enter(client: Any, password: str = PASSWORD, email: str = DANA.email, going_to: str = "") -> Any:
    return client.post("/sign-in", data={"email": email, "password": password, "next": going_to})


def test_the_right_password_opens_the_queue(client_for: Any) -> None:
    client = client_for()
    answer = enter(client)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/queue")
    assert client.get("/queue").status_code == 200
    assert client.get("/sign-in").headers["Location"] == "/queue"


@pytest.mark.parametrize(
    ("going_to", "leads"),
    [
        ("/items/7", "/items/7"),
        ("http://localhost/items/7", "/items/7"),
        ("https://evil.example/", "/queue"),
        ("//evil.example", "/queue"),
        ("http://localhost//evil.example/x", "/queue"),
        ("https://localhost///evil.example", "/queue"),
        ("/\\evil.example", "/queue"),
        ("", "/queue"),
    ],
)
def test_one_goes_on_only_to_pages_of_ours(client_for: Any, going_to: str, leads: str) -> None:
    assert enter(client_for(), going_to=going_to).headers["Location"] == leads


@pytest.mark.parametrize(
    ("email", "password"), [(DANA.email, "wrong"), ("nobody@northbeam.example", PASSWORD), ("", "")]
)
def test_a_wrong_one_is_told_alike_and_keeps_what_was_typed(client_for: Any, email: str, password: str) -> None:
    answer = enter(client_for(), password, email)
    assert answer.status_code == 403
    assert "That e-mail and password do not go together." in text_of(answer)
    assert f'value="{email}"' in answer.get_data(as_text=True)
    assert PASSWORD not in answer.get_data(as_text=True)


def test_guessing_is_slowed_for_that_email_and_then_allowed_again(client_for: Any, world: World) -> None:
    client = client_for()
    with time_machine.travel(world.now, tick=False) as clock:
        for _ in range(sign_in_throttle.MAX_PER_SOURCE):
            assert enter(client, "wrong").status_code == 403
        refused = enter(client)
        assert refused.status_code == 429
        assert "Too many sign-ins failed, so no more are tried for 16 min." in text_of(refused)
        assert enter(client_for(), email=SAM.email).status_code == 303
        clock.shift(sign_in_throttle.WINDOW + timedelta(seconds=1))
        assert enter(client).status_code == 303


def test_guessing_many_emails_from_one_address_is_slowed(client_for: Any) -> None:
    client = client_for()
    for number in range(sign_in_throttle.MAX_PER_ADDRESS):
        assert enter(client, "wrong", f"guess{number}@northbeam.example").status_code == 403
    assert enter(client).status_code == 429


def test_the_failures_kept_do_not_grow_for_ever(world: World) -> None:
    with world.session() as session:
        for number in range(5):
            sign_in_throttle.record_failure(
                session, f"{number}@x.example", "10.0.0.1", world.now + number * sign_in_throttle.WINDOW / 2
            )
    assert world.count(FailedSignIn) == 2


def test_another_process_knows_of_it_too(world: World, application: Callable[..., Flask]) -> None:
    """Eight guesses over two applications on one database: the ninth waits, wherever it comes in."""
    with time_machine.travel(world.now, tick=True):
        doors = [application().test_client() for _ in range(2)]
        for door in doors:
            door.application.config["WTF_CSRF_ENABLED"] = False
        for number in range(sign_in_throttle.MAX_PER_SOURCE):
            assert enter(doors[number % 2], "wrong").status_code == 403
        assert [enter(door).status_code for door in doors] == [429, 429]


def test_signing_out_ends_it_on_the_server_too(client_for: Any) -> None:
    client = client_for(DANA)
    stolen = client.get_cookie("reviewqueue").value
    assert client.post("/sign-out").headers["Location"] == "/sign-in"
    client.set_cookie("reviewqueue", stolen)
    assert client.get("/queue").status_code == 303


def test_a_closed_account_is_refused_at_its_next_request(client_for: Any, world: World) -> None:
    client = client_for(DANA)
    assert client.get("/queue").status_code == 200
    with world.session() as session:
        users.disable(session, DANA.id, SAM.id, world.now)
    assert client.get("/queue").status_code == 303
    assert enter(client_for()).status_code == 403


def test_a_refused_post_leads_back_to_the_page_it_came_from(client_for: Any) -> None:
    answer = client_for().post("/items/7/decisions", data={}, headers={"Referer": "http://localhost/items/7"})
    assert answer.headers["Location"] == "/sign-in?next=/items/7"


SAID = "Rosa has this mail already, and asked for the other one."


FIELD = re.compile(r'name="(csrf_token|kept_for|next)"[^>]* value="([^"]*)"')


def fields(page: Any) -> dict[str, str]:
    """The hidden fields of a page that these forms need, as a browser sends them."""
    return {name: unescape(value) for name, value in FIELD.findall(page.text)}


def rejected(client: Any, item: int, **more: Any) -> Any:
    """A rejection sent from the item's page, which was open when the session ended: on the server, or because
    the browser forgot its cookies."""
    form = fields(client.get(f"/items/{item}"))
    if client.csrf:
        client.csrf = False  # the page's own token instead
        with client.session_transaction() as cookie:
            cookie["_user_id"] = "a token that ended"
    else:
        client.delete_cookie("reviewqueue")
    form |= {"action": "reject", "reason_code": "duplicate", "text": SAID, "revision": "0" * 64, "password": "a b c"}
    form |= {
        "current": "an old pass phrase",
        "draft": "words of the page",
        "opened": "2 March",
        "item": "seven of nine",
    }
    address = f"http://localhost/items/{item}"
    return client.post(f"/items/{item}/decisions", data=form, headers={"Referer": address}, **more)


ENDED = pytest.mark.parametrize("csrf", [True, False], ids=["signed out on the server", "the cookie is gone"])


@ENDED
def test_what_came_too_late_is_kept_and_shown_where_one_comes_back_to(
    client_for: Any, world: World, csrf: bool
) -> None:
    """The words are on the sign-in page, also after a wrong password, and on the page after it, with the way back."""
    item = world.submit(drafts.email())
    client = client_for(DANA, csrf=csrf)
    page = rejected(client, item)
    assert page.status_code == 401
    assert "Your session had ended, so nothing was done. What you typed is kept, here" in text_of(page)
    assert SAID in text_of(page)
    assert "a b c" not in page.text, "never a password"
    for own in ("0" * 64, "an old pass phrase", "words of the page", "2 March", "seven of nine"):
        assert own not in page.text, "nor what the page put there itself"
    wrong = client.post("/sign-in", data={**fields(page), "email": DANA.email, "password": "no", "kept": SAID})
    assert (wrong.status_code, SAID in text_of(wrong)) == (403, True)
    back = client.post("/sign-in", data={**fields(wrong), "email": DANA.email, "password": PASSWORD, "kept": SAID})
    assert back.status_code == 200
    assert SAID in text_of(back)
    assert f'href="/items/{item}"' in back.text
    assert client.get(f"/items/{item}").status_code == 200, "signed in"
    assert world.decisions(item) == []


@ENDED
@pytest.mark.parametrize("wrong_first", [False, True])
def test_what_one_person_typed_is_handed_to_nobody_else(
    client_for: Any, world: World, csrf: bool, wrong_first: bool
) -> None:
    """Another person signs in on the page that Dana's words are on: they go on to where it leads, without them."""
    item = world.submit(drafts.email())
    client = client_for(DANA, csrf=csrf)
    page = rejected(client, item)
    if wrong_first:
        page = client.post("/sign-in", data={**fields(page), "email": MARCUS.email, "password": "no", "kept": SAID})
    sent = {**fields(page), "email": MARCUS.email, "password": PASSWORD, "kept": SAID}
    answer = client.post("/sign-in", data=sent)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/items/{item}")
    assert SAID not in client.get(f"/items/{item}").text


def test_words_of_which_nobody_knows_whose_they_are_are_handed_to_nobody(client_for: Any) -> None:
    """A form without the page's own token: whoever sent it saw them answered, and nobody after them."""
    sent = {"email": DANA.email, "password": PASSWORD, "next": "/queue", "kept": SAID}
    for whose in ({}, {"kept_for": ""}, {"kept_for": "0"}, {"kept_for": "x"}):
        assert client_for().post("/sign-in", data=sent | whose).status_code == 303


def test_who_mistypes_too_often_finds_the_words_there_all_the_same(client_for: Any) -> None:
    """Nothing is sent in while one waits, so what was typed is still on the page."""
    client, sent = client_for(), {"email": DANA.email, "password": "no", "kept": SAID}
    for _ in range(sign_in_throttle.MAX_PER_SOURCE):
        assert client.post("/sign-in", data=sent).status_code == 403
    waits = client.post("/sign-in", data=sent)
    assert (waits.status_code, SAID in text_of(waits)) == (429, True)


def test_nothing_of_an_earlier_visit_is_left_after_signing_in(client_for: Any) -> None:
    """Whoever had the browser before: their cookie is emptied before somebody is in it."""
    client = client_for()
    with client.session_transaction() as kept:
        kept["left"] = "by somebody else"
    assert enter(client).status_code == 303
    with client.session_transaction() as kept:
        assert "left" not in kept


def test_words_of_another_place_are_not_put_on_the_sign_in_page(client_for: Any, world: World) -> None:
    """A form of another site that is sent here without a token is refused, and its words are not shown."""
    client = client_for(csrf=False)
    for headers in ({}, {"Referer": "https://elsewhere.example/x"}):
        answer = client.post("/items/1/decisions", data={"text": SAID}, headers=headers)
        assert answer.status_code == 400
        assert SAID not in answer.text


def test_whoever_only_answers_questions_lands_where_one_waits(world: World, client_for: Any) -> None:
    """Their queue is empty; without a question they land there like everybody else."""
    lena = client_for(LENA)
    assert lena.get("/").location == "/queue"
    world.decide(PRIYA, world.submit(drafts.question(LENA.email)), "approve")
    assert lena.get("/").location == "/questions"
    assert client_for(PRIYA).get("/").location == "/queue"
