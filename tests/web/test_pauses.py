"""Clocks on the pages: due, overdue and paused in words wherever an item is shown, and the forms that stop the clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from reviewqueue.items import sla
from reviewqueue.people import users
from reviewqueue.policy import policy_versions
from tests import drafts, northbeam
from tests.cast import AIKO, DANA, HELEN, MARCUS, PRIYA, SAM
from tests.items.test_pauses import BACK, REASON, pause
from tests.web.conftest import text_of
from tests.world import World

SALES = {"waits": "waiting_for_sales", "reason": REASON}


@pytest.fixture
def item(world: World) -> int:
    """A customer e-mail, due in four hours."""
    return world.submit(drafts.email())


def tick(world: World, at: Any) -> None:
    """The clock looks once."""
    with world.session() as session:
        sla.tick(session, at)


def test_pausing_and_letting_go_on_from_the_page(client_for: Any, world: World, item: int) -> None:
    client = client_for(DANA)
    assert "The clock runs: due today 19:00." in text_of(client.get(f"/items/{item}"))
    answer = client.post(f"/items/{item}/pause", data=SALES)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/items/{item}")
    page = client.get(f"/items/{item}")
    assert "Paused." in text_of(page)
    assert f'<meta name="form-taken" content="pause-item-{item}">' in page.get_data(as_text=True)
    said = text_of(client.get(f"/items/{item}"))
    assert "It is paused, waiting for sales since Mon 15:00: its clock is paused." in said
    assert "due today" not in said
    client.post(f"/items/{item}/resume", data={"reason": BACK})
    said = text_of(client.get(f"/items/{item}"))
    assert "Resumed." in said
    assert "The clock runs: due today 19:00." in said
    assert [entry.act for entry in world.log(item)][-2:] == ["item.pause", "item.resume"]


def test_everybody_who_sees_it_sees_the_pause_and_only_deciders_get_the_form(
    client_for: Any, world: World, item: int
) -> None:
    pause(world, DANA, item, world.now)
    for person, form in ((MARCUS, True), (HELEN, True), (PRIYA, False), (AIKO, False)):
        page = client_for(person).get(f"/items/{item}")
        assert "paused, waiting for sales since Mon 15:00" in text_of(page)
        assert (f'action="/items/{item}/resume"' in page.get_data(as_text=True)) is form, person.name


@pytest.mark.parametrize(
    ("sent", "status", "says"),
    [
        ({"waits": "", "reason": REASON}, 422, "say whom it waits for"),
        ({"waits": "waiting_for_sales", "reason": "later"}, 422, "say why in at least 10 characters"),
    ],
)
def test_a_refused_pause_keeps_what_was_typed(
    client_for: Any, world: World, item: int, sent: dict[str, str], status: int, says: str
) -> None:
    answer = client_for(DANA).post(f"/items/{item}/pause", data=sent)
    page = answer.get_data(as_text=True)
    assert (answer.status_code, says in page, sent["reason"] in page) == (status, True, True)
    assert 'aria-invalid="true"' in page
    assert f'value="waiting_for_sales"{" selected" if sent["waits"] else ""}>' in page
    assert world.item(item).paused_at is None


def test_paused_meanwhile_by_somebody_else_is_told(client_for: Any, world: World, item: int) -> None:
    pause(world, MARCUS, item, world.now)
    answer = client_for(DANA).post(f"/items/{item}/pause", data=SALES)
    assert answer.status_code == 409
    assert "It is paused already, waiting for sales since 02 Mar 15:00 UTC." in text_of(answer)
    assert client_for(PRIYA).post(f"/items/{item}/resume", data={"reason": BACK}).status_code == 403


def test_the_queue_says_where_each_clock_stands(client_for: Any, world: World, item: int) -> None:
    late = world.submit(drafts.email(drafts.deal("Anchor Mills")), world.now - timedelta(days=3))
    stood = world.submit(drafts.email(drafts.deal("Birch & Co")), world.now - timedelta(days=3))
    pause(world, DANA, stood, world.now - timedelta(days=3))
    client = client_for(DANA)
    said = text_of(client.get("/queue"))
    assert "overdue since Fri 19:00" in said, "submitted on Friday at ten in New York, with four hours to go"
    assert said.count("overdue since") == 1
    assert "paused since Fri 15:00" in said
    assert "waiting for sales ·" in said
    for query, wanted in (("overdue=1", {late}), ("paused=1", {stood}), ("overdue=1&paused=1", set())):
        page = client.get(f"/queue?{query}").get_data(as_text=True)
        assert {one for one in (item, late, stood) if f'href="/items/{one}?' in page} == wanted, query
        assert f'name="{query.split("=")[0]}" value="1" checked' in page


def test_the_next_item_is_none_that_is_paused(client_for: Any, world: World, item: int) -> None:
    other = world.submit(drafts.email(), world.now + timedelta(minutes=1))
    pause(world, DANA, item, world.now)
    assert client_for(DANA).get("/items/next").headers["Location"] == f"/items/{other}"


def test_the_page_says_that_it_went_up_by_itself_and_to_whom(client_for: Any, world: World, item: int) -> None:
    at = world.item(item).due_at
    tick(world, at)
    with time_machine.travel(at, tick=False):
        said = text_of(client_for(HELEN).get(f"/items/{item}"))
        assert "It was escalated: nobody at Customer communication decided by Mon 02 Mar 19:00 UTC" in said
        assert (
            "Nobody decided in time, so on 2 Mar, 19:00 UTC the clock passed it to the next person; it waits for Helen Strand."
            in said
        )
        assert "today 23:00 (due 2 Mar, 23:00 UTC)" in said, "four hours of Helen's own"


def test_nobody_left_to_go_to_is_said_where_it_stands(client_for: Any, world: World, item: int) -> None:
    at = world.item(item).due_at
    with world.session() as session:
        users.disable(session, HELEN.id, SAM.id, world.now)
    tick(world, at)
    with time_machine.travel(at, tick=False):
        client = client_for(DANA)
        assert "nobody left to escalate to: tell an admin" in text_of(client.get("/queue"))
        assert "Nobody left to escalate to: tell an admin." in text_of(client.get(f"/items/{item}"))


def test_the_board_says_it_too(client_for: Any, world: World, item: int) -> None:
    other = world.submit(drafts.email())
    pause(world, DANA, other, world.now)
    world.decide(DANA, world.submit(drafts.email()), "approve")
    said = text_of(client_for(DANA).get("/onboardings"))
    assert said.count("due today 19:00") == 1
    assert said.count("paused, waiting for sales since Mon 15:00") == 1


def test_an_end_of_its_own_is_said_with_its_rule(client_for: Any, world: World) -> None:
    files = northbeam.files()
    gate = "gates/customer-communication.toml"
    files[gate] = files[gate].replace("sla_hours = 4", "sla_hours = 4\nexpires_after_hours = 6")
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)
    item = world.submit(drafts.email())
    line = files[gate].split("expires_after")[0].count("\n") + 1
    said = text_of(client_for(DANA).get(f"/items/{item}"))
    assert "It expires undecided on 2 Mar, 21:00 UTC." in said
    assert f"customer-communication.toml:{line}" in said


def test_a_lone_message_that_is_sent_back_offers_no_pause(client_for: Any, world: World, item: int) -> None:
    world.decide(DANA, item, "send_back")
    assert f'action="/items/{item}/pause"' not in client_for(DANA).get(f"/items/{item}").get_data(as_text=True)


def test_the_log_says_whom_it_went_to_and_what_it_waited_for(client_for: Any, world: World, item: int) -> None:
    other = world.submit(drafts.email())
    pause(world, DANA, other, world.now)
    tick(world, world.item(item).due_at)
    page = client_for(AIKO).get("/log")
    said = text_of(page)
    assert "Goes to Helen Strand." in said
    assert "waiting for sales." in said
    assert "system:sla" in said
    offered = page.get_data(as_text=True)
    assert all(f'value="{act}"' in offered for act in ("item.pause", "item.resume", "item.overdue", "item.expire"))
