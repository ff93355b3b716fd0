"""The queue page: what is mine, soonest due first; filters in the address; htmx gets the lines alone."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from reviewqueue.db.database import writing
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.items import leases, queues
from tests import drafts
from tests.cast import AIKO, DANA, HELEN, INES, LENA, MARCUS, PRIYA
from tests.web.conftest import text_of
from tests.world import World


def rows(answer: Any) -> list[int]:
    """The items of the page, in order."""
    return [
        int(found) for found in re.findall(r'href="/items/(\d+)\?[^"]*" data-key-row', answer.get_data(as_text=True))
    ]


@pytest.fixture
def day(world: World) -> dict[str, int]:
    """Drafts at every gate, one of each state a person can bring about."""
    now = world.now
    items = {
        "email": world.submit(drafts.email(drafts.deal("Anchor Mills")), now - timedelta(days=5)),
        "packet": world.submit(drafts.packet(drafts.deal("Birch & Co"), without=("customer_owner",))),
        "plan": world.submit(drafts.plan(drafts.deal("Cedar Foods"))),
        "raised": world.submit(drafts.email(drafts.deal("Dover Rail"))),
        "back": world.submit(drafts.email(drafts.deal("Elm Street"))),
        "done": world.submit(drafts.email(drafts.deal("Fern Labs"))),
    }
    world.decide(DANA, items["raised"], "escalate")
    world.decide(DANA, items["back"], "send_back")
    world.decide(DANA, items["done"], "approve")
    return items


@pytest.mark.parametrize(
    ("person", "query", "shown"),
    [
        (DANA, "", ["email"]),
        (PRIYA, "", ["packet"]),
        (INES, "", ["plan"]),
        (HELEN, "", ["raised"]),
        (LENA, "", []),
        (AIKO, "view=open", ["email", "raised", "back", "packet", "plan"]),
        (AIKO, "view=escalated", ["raised"]),
        (AIKO, "view=sent_back", ["back"]),
        (AIKO, "view=decided", ["done"]),
        (AIKO, "view=open&kind=handoff_packet", ["packet"]),
        (AIKO, "view=open&gate=implementation-launch", ["plan"]),
        (AIKO, "view=open&customer=birch", ["packet"]),
        (AIKO, "view=open&overdue=1", ["email"]),
        (AIKO, "view=open&state=escalated", ["raised"]),
        (AIKO, "view=open&lane=enterprise-saas", []),
        (INES, "view=open&gate=customer-communication", []),
    ],
)
def test_each_sees_their_own(client_for: Any, day: dict[str, int], person: Any, query: str, shown: list[str]) -> None:
    answer = client_for(person).get(f"/queue?{query}")
    assert answer.status_code == 200
    assert rows(answer) == [day[name] for name in shown]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("", "Nothing waits for you"),
        ("view=open&customer=zzz", "Nothing matches"),
        ("view=escalated", "Nothing here"),
        ("view=decided", "Nothing is decided yet"),
    ],
)
def test_an_empty_view_says_what_to_do(client_for: Any, query: str, says: str) -> None:
    page = text_of(client_for(DANA).get(f"/queue?{query}"))
    assert says in page


def test_a_line_says_what_a_person_needs_to_choose(client_for: Any, world: World, day: dict[str, int]) -> None:
    with world.session() as session:
        leases.take(session, DANA.id, day["email"], world.now)
        until = world.item(day["email"]).lease_until
    mine = client_for(DANA).get("/queue").get_data(as_text=True)
    assert "is-mine-now" in mine
    assert f">{until:%H:%M}</time></span>" in mine, (
        "no UTC: the line has no room for it, and the page says what its times are"
    )
    page = text_of(client_for(MARCUS).get("/queue"))
    assert "waits for Dana Whitfield, who has taken it" in page
    page = text_of(client_for(MARCUS).get("/queue?view=open"))
    for words in (
        "overdue",
        "Anchor Mills",
        "Kickoff invitation",
        "Customer e-mail, customer communication",
        "all pass",
    ):
        assert words in page
    assert "pending · Dana Whitfield" in page
    assert "Every customer" in page
    assert ".toml" not in re.search(r'class="why"[^>]*>([^<]*)', mine)[1]  # type: ignore[index]


def test_what_no_person_settled_says_how_it_ended(client_for: Any, world: World) -> None:
    again = drafts.email()
    world.submit(again)
    world.submit(again)
    page = text_of(client_for(AIKO).get("/queue?view=decided"))
    assert "superseded a newer draft took its place" in page


def test_the_filters_stay_as_they_were_set(client_for: Any, day: dict[str, int]) -> None:
    page = client_for(AIKO).get("/queue?view=open&kind=handoff_packet&customer=Birch&overdue=1").get_data(as_text=True)
    assert '<option value="handoff_packet" selected>' in page
    assert 'name="customer" value="Birch"' in page
    assert 'name="overdue" value="1" checked' in page
    assert 'name="view" value="open"' in page


def test_pages_follow_each_other_without_a_gap(client_for: Any, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queues, "PAGE", 3)
    made = [world.submit(drafts.email(drafts.deal(f"Customer {number}"))) for number in range(8)]
    client, seen, address = client_for(DANA), [], "/queue"
    while address:
        answer = client.get(address)
        seen += rows(answer)
        following = re.search(r'<a rel="next" href="([^"]*)"[^>]*>Next page', answer.get_data(as_text=True))
        address = following[1].replace("&amp;", "&") if following else ""
    assert seen == made


def test_htmx_gets_the_lines_alone_and_a_browser_the_page(client_for: Any, day: dict[str, int]) -> None:
    client = client_for(AIKO)
    lines = client.get("/queue?view=open", headers={"HX-Request": "true", "HX-Target": "div#queue"})
    assert lines.get_data(as_text=True).strip().startswith('<div id="queue">')
    assert "<html" not in lines.get_data(as_text=True)
    assert rows(lines) == rows(client.get("/queue?view=open"))
    for other in ({"HX-Target": "div#other"}, {"HX-Target": "div#queue", "HX-History-Restore-Request": "true"}):
        assert "<html" in client.get("/queue", headers={"HX-Request": "true", **other}).get_data(as_text=True)


def test_the_queue_takes_few_queries(client_for: Any, app: Any, day: dict[str, int], queries: Any) -> None:
    client = client_for(AIKO)
    client.get("/queue?view=open")
    with queries() as made:
        client.get("/queue?view=open")
    assert len(made) <= 11, made


def test_an_account_owner_finds_their_briefs(client_for: Any, world: World) -> None:
    """Lena holds no role of the gate: the line says that it is her account, and her filters offer its gate and kind."""
    item = world.submit(drafts.email())
    client = client_for(LENA)
    assert "Nothing" in text_of(client.get("/queue")), "the control: before she owns it"
    with world.session() as session, writing(session):
        session.execute(update(Item).values(kind="kickoff_brief", gate="kickoff-preparation"))
        session.execute(update(Onboarding).values(owner_id=LENA.id))
    page = client.get("/queue")
    assert "Kickoff invitation" in text_of(page)
    assert "your account" in text_of(page)
    assert '<option value="kickoff-preparation">' in page.get_data(as_text=True)
    assert client.get(f"/items/{item}").status_code == 200
    assert "Kickoff brief" in text_of(client_for(DANA).get("/queue"))
    assert "your account" not in text_of(client_for(DANA).get("/queue"))
