"""The page behind the bell, without a script: what is new, opening one, marking as read, and what one is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, update

from reviewqueue.db.database import writing
from reviewqueue.db.tables.notifications import Notification
from reviewqueue.db.tables.people import Person
from reviewqueue.items import assignments
from tests import drafts
from tests.cast import DANA, HELEN, MARCUS, Named
from tests.world import World

Client = Callable[..., Any]
CHOICES = {"timezone": "Europe/Berlin", "weekdays": ["0", "1"], "quiet_from": "19:00", "quiet_until": "07:30"}


def give(world: World, to: Named) -> int:
    item = world.submit(drafts.email())
    with world.session() as session:
        assignments.reassign(session, HELEN.id, item, to.id, "She knows this customer.", world.now)
    return item


def bell(client: Any) -> str:
    """What a screen reader says of the bell."""
    page = client.get("/queue").get_data(as_text=True)
    (found,) = re.findall(r"<span[^>]* data-bell-words>([^<]*)</span>", page)
    return str(found)


def test_one_is_opened_the_rest_is_marked_and_all_stay_listed(world: World, client_for: Client) -> None:
    first, last = give(world, DANA), give(world, DANA)
    dana, marcus = client_for(DANA), client_for(MARCUS)
    assert (bell(dana), bell(marcus)) == ("Notifications, 2 new", "Notifications")
    page = dana.get("/notifications").get_data(as_text=True)
    assert page.index(f"item {last}") < page.index(f"item {first}")
    assert bell(dana) == "Notifications, 2 new", "reading the page marks nothing"
    assert dana.get("/notifications/count").json == {"new": 2}
    assert marcus.post("/notifications/1/open").status_code == 404, "it is hers"
    opened = dana.post("/notifications/1/open")
    assert (opened.status_code, opened.headers["Location"]) == (303, f"/items/{first}")
    assert bell(dana) == "Notifications, 1 new"
    later = give(world, DANA)
    assert dana.post("/notifications/read", data={"up_to": "2"}).status_code == 303
    assert bell(dana) == "Notifications, 1 new", "what came after the page was opened stays new"
    shown = dana.get("/notifications").get_data(as_text=True)
    assert (f"item {later}" in shown, f"item {first}," in shown) == (True, False)
    assert dana.get("/notifications?view=all").get_data(as_text=True).count('id="notification-') == 3


def test_what_one_may_not_see_any_more_keeps_its_line_without_words(world: World, client_for: Client) -> None:
    item = give(world, DANA)
    assert "Marlow Freight" in client_for(DANA).get("/notifications").get_data(as_text=True)
    with world.session() as session, writing(session):
        session.execute(update(Person).where(Person.id == DANA.id).values(held="finance"))
    page = client_for(DANA).get("/notifications").get_data(as_text=True)
    assert (f"item {item}" in page, "Marlow" in page, "Kickoff" in page) == (True, False, False)


def test_the_queues_counts_come_with_the_bells(world: World, client_for: Client) -> None:
    give(world, MARCUS)
    found = client_for(MARCUS).get("/notifications/count?queue=1").json
    assert found["new"] == 1
    page = client_for(MARCUS).get("/queue").get_data(as_text=True)
    assert dict(re.findall(r'data-count="(\w+)">([^<]*)<', page)) == found["queue"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"timezone": "Mars/Olympus"}, "Write a time zone such as Europe/Berlin"),
        ({"weekdays": []}, "Choose at least one day on which you work"),
        ({"quiet_until": ""}, "Quiet hours have a beginning and an end"),
    ],
)
def test_a_refused_choice_is_named_at_its_place_and_nothing_is_lost(
    world: World, client_for: Client, changes: dict[str, Any], says: str
) -> None:
    dana = client_for(DANA)
    refused = dana.post("/notifications/settings", data={**CHOICES, "way-given": "digest", **changes})
    page = refused.get_data(as_text=True)
    assert (refused.status_code, says in page) == (422, True)
    assert '<option value="digest" selected>' in page
    assert dana.post("/notifications/settings", data={**CHOICES, "way-given": "none"}).status_code == 303
    kept = dana.get("/notifications/settings").get_data(as_text=True)
    for value in ("Europe/Berlin", "19:00", "07:30"):
        assert f'value="{value}"' in kept
    give(world, DANA)
    with world.session() as session:
        assert session.scalars(select(Notification)).all() == [], "they hold at once"


def test_a_line_says_what_became_of_it(world: World, client_for: Client) -> None:
    """Of what was decided since it was told; what is open says nothing of the kind."""
    open_one, decided = give(world, DANA), give(world, DANA)
    world.decide(DANA, decided, "approve")
    page = client_for(DANA).get("/notifications?view=all").get_data(as_text=True)
    lines = dict(re.findall(r"</strong>:.*?item (\d+),(.*?)</div>", page, flags=re.S))
    assert "approved since" in lines[str(decided)]
    assert "since" not in lines[str(open_one)]
