"""The list an item was come to from: it travels in the address, through every link and form, and decides what is next."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask

from reviewqueue.items.queue_positions import Count, Position
from reviewqueue.web import queue_navigation
from tests import drafts
from tests.cast import DANA, INES, LENA, MARCUS
from tests.web.conftest import hidden_fields, text_of
from tests.world import WORDS, World

FILTERED = "view=open&customer=Anchor"


@pytest.fixture
def three(world: World) -> list[int]:
    """Three of one customer, with another's between them."""
    made = []
    for number in range(3):
        made.append(world.submit(drafts.email(drafts.deal(f"Anchor {number}"))))
        world.submit(drafts.email(drafts.deal("Birch & Co")))
    return made


def lines(answer: Any) -> list[str]:
    """The addresses of a queue page's lines."""
    return [unescape(found) for found in re.findall(r'href="([^"]*)" data-key-row', answer.text)]


def pressed(client: Any, page: Any, key: str) -> Any:
    """The page that a key's link leads to."""
    found = re.search(rf'href="([^"]*)" data-key="{key}"', page.text)
    assert found, key
    answer = client.get(unescape(found[1]))
    return client.get(answer.headers["Location"]) if answer.status_code == 303 else answer


def items_of(pages: list[Any]) -> list[int]:
    """The items of pages."""
    return [int(re.search(r"/items/(\d+)", page.request.full_path)[1]) for page in pages]  # type: ignore[index]


def test_next_and_previous_stay_in_the_list(client_for: Any, three: list[int]) -> None:
    client = client_for(DANA)
    address, *_ = lines(client.get(f"/queue?{FILTERED}"))
    pages = [client.get(address)]
    assert ("1 of 3" in text_of(pages[0]), 'data-key="p"' in pages[0].text) == (True, False)
    pages += [pressed(client, pages[-1], "n")]
    assert "2 of 3" in text_of(pages[-1])
    pages += [pressed(client, pages[-1], "n")]
    assert ("3 of 3" in text_of(pages[-1]), "Back to the list" in text_of(pages[-1])) == (True, True)
    assert items_of(pages) == three
    back = [pressed(client, pages[-1], "p")]
    back += [pressed(client, back[-1], "p")]
    assert items_of(back) == [three[1], three[0]]
    over = pressed(client, pages[-1], "n")
    assert over.request.full_path == "/queue?view=open&customer=Anchor"
    assert (
        '<nav class="crumbs" aria-label="Where you are"><a href="/queue?view=open&amp;customer=Anchor">'
        in pages[0].text
    )


def test_a_decision_goes_on_in_the_list(client_for: Any, world: World, three: list[int]) -> None:
    """Through the page's own form, also after a refusal; and at the list's end to the list, which says what was done."""
    client = client_for(DANA)
    address = lines(client.get(f"/queue?{FILTERED}"))[1]
    page = client.get(address)
    action = unescape(re.search(r'action="(/items/\d+/decisions[^"]*)"', page.text)[1])  # type: ignore[index]
    fields = hidden_fields(page, f"approve-item-{three[1]}")
    refused = client.post(action, data={**fields, "reason_code": ""})
    assert (refused.status_code, "2 of 3" in text_of(refused)) == (422, True)
    done = client.post(action, data={**fields, "reason_code": "evidence-complete", "text": WORDS})
    assert (done.status_code, world.item(three[1]).state) == (303, "approved")
    assert done.headers["Location"].startswith(f"/items/{three[2]}?view=open&customer=Anchor&at=")
    last = client.get(done.headers["Location"])
    assert "2 of 2" in text_of(last), "one is decided"
    stale = client.get(address)
    assert "not in this list now, which has 2" in text_of(stale)
    assert items_of([pressed(client, stale, "n"), pressed(client, stale, "p")]) == [three[2], three[0]]
    fields = hidden_fields(last, f"reject-item-{three[2]}")
    action = unescape(re.search(r'action="(/items/\d+/decisions[^"]*)"', last.text)[1])  # type: ignore[index]
    done = client.post(action, data={**fields, "reason_code": "duplicate", "text": WORDS})
    assert done.headers["Location"] == "/queue?view=open&customer=Anchor"


def test_every_form_and_link_of_the_item_carries_the_list(client_for: Any, three: list[int]) -> None:
    """Lease, pause, edit, difference: whatever one does on the way, one is still in the list."""
    client = client_for(DANA)
    address = lines(client.get(f"/queue?{FILTERED}"))[0]
    page = client.get(address)
    own = [unescape(one) for one in re.findall(rf'(?:href|action)="(/items/{three[0]}\b[^"]*)"', page.text)]
    assert len(own) > 6
    assert [one for one in own if "view=open&customer=Anchor&at=" not in one] == []
    taken = client.post(address.replace("?", "/lease?"), data={"act": "take"})
    assert taken.headers["Location"] == address
    plain = client.get(f"/items/{three[0]}")
    assert re.findall(rf'(?:href|action)="/items/{three[0]}\b[^"]*view=', plain.text) == []
    assert " of " not in text_of(plain).partition("Next item")[0][-20:]


@pytest.mark.parametrize(
    "narrowed",
    [
        f"view=open&lane={drafts.LANE}", "view=open&gate=customer-communication", "view=open&kind=customer_email",
        "view=open&state=pending", "view=open&customer=Anchor", "view=open&overdue=1", "view=open&paused=1",
        "view=open&moved=1", f"view=open&for={DANA.id}", "view=open&lane=x&kind=y&overdue=1&for=3",
    ],
)  # fmt: skip
def test_every_filter_travels_along(app: Flask, narrowed: str) -> None:
    """In each link of the item, and in the one back to the list."""
    at = "2026-03-02T15:00:00.000000"
    with app.test_request_context(f"/items/7?{narrowed}&at={at}"):
        assert queue_navigation.carried_query() == {**dict(parse_qsl(narrowed)), "at": at}
        back, onward = (
            urlsplit(one).query
            for one in (
                queue_navigation.list_url(queue_navigation.filters()),
                queue_navigation.item_url(queue_navigation.filters(), 8, at),
            )
        )
    assert (dict(parse_qsl(back)), dict(parse_qsl(onward))) == (
        dict(parse_qsl(narrowed)),
        {**dict(parse_qsl(narrowed)), "at": at},
    )


@pytest.mark.parametrize(
    "said",
    [
        "view=poem&at=never",
        "view=open&at=2026-03-02T15:00:00.000000~9",
        "lane=%27%20OR%201=1&at=%00",
        "for=99999999999999999999&at=name~",
        "view=decided&at=2026-03-02T15:00:00",
    ],
)
def test_whatever_the_address_says_it_opens_nothing(client_for: Any, three: list[int], said: str) -> None:
    """A list that there is not, or a place that is none, is no error and shows nobody more than they may see."""
    for path in (f"/items/{three[0]}", f"/items/{three[0]}/next", f"/items/{three[0]}/previous", "/items/next"):
        assert client_for(DANA).get(f"{path}?{said}").status_code in (200, 303), path
    ines, lena = client_for(INES), client_for(LENA)
    for path in ("next", "previous"):
        for client in (ines, lena):
            there, absent = (client.get(f"/items/{one}/{path}?{said}") for one in (three[0], 4_000))
            assert there.headers["Location"] == absent.headers["Location"]
            assert there.headers["Location"].startswith("/queue")


def test_without_a_list_next_goes_through_what_is_mine(client_for: Any, three: list[int]) -> None:
    """From a mailed link: each once and then the first again; it never goes to and fro between two."""
    client = client_for(MARCUS)
    page, seen = client.get(f"/items/{three[1]}"), []
    for _ in range(6):
        page = pressed(client, page, "n")
        seen += items_of([page])
    assert sorted(seen) == sorted({*seen})
    assert seen[-1] == three[1]


def test_without_a_list_a_decision_leads_to_the_front_of_what_is_mine(
    client_for: Any, world: World, three: list[int]
) -> None:
    """The most urgent one that is left, and not the one behind it."""
    client = client_for(MARCUS)
    page = client.get(f"/items/{three[1]}")
    fields = hidden_fields(page, f"approve-item-{three[1]}")
    sent = {**fields, "reason_code": "evidence-complete", "text": WORDS}
    assert client.post(f"/items/{three[1]}/decisions", data=sent).headers["Location"] == f"/items/{three[0]}"


@pytest.mark.parametrize(
    ("number", "total", "ends"),
    [
        (1, Count(3), (True, False)),
        (3, Count(3), (False, True)),
        (3, Count(3, True), (False, False)),
        (0, Count(3, True), (False, False)),
    ],
)
def test_the_last_that_was_counted_is_the_last_only_where_all_were(
    number: int, total: Count, ends: tuple[bool, bool]
) -> None:
    around = queue_navigation.ListPosition("/queue", Position(number, total))
    assert (around.first, around.last) == ends


def test_the_queue_page_says_what_waits_for_whom(client_for: Any, world: World) -> None:
    """What is not mine to decide stands apart with its reason; what was escalated or back says for whom it waits."""
    failing = world.submit(drafts.with_check(drafts.email(drafts.deal("Anchor Mills")), "automation.tone"))
    fine, up, back = (world.submit(drafts.email(drafts.deal(name))) for name in ("Birch & Co", "Cedar Foods", "Dover"))
    world.decide(DANA, up, "escalate")
    world.decide(DANA, back, "send_back")
    client = client_for(DANA)
    page = client.get("/queue")
    assert items_of_lines(page) == [fine, failing]
    assert "Mine to decide 1" in text_of(page), "the tab counts what is mine"
    apart = text_of(page).partition("Not yours to decide now")[2]
    assert "waits for manager or CS leader, who may override automation.tone, or an edit" in apart
    assert "waits for CS leader ·" in text_of(client.get("/queue?view=escalated"))
    assert "waits for a new draft ·" in text_of(client.get("/queue?view=sent_back"))
    world.decide(DANA, fine, "reject")
    alone = text_of(client.get("/queue"))
    assert "Nothing here is yours to decide now" in alone
    assert "Mine to decide 0" in alone


def items_of_lines(page: Any) -> list[int]:
    """The items of a queue page's lines, those apart last."""
    return [int(re.match(r"/items/(\d+)", line)[1]) for line in lines(page)]  # type: ignore[index]
