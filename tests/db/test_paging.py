"""Lists: every list page of the application at its first, second and last page, and back again, with every filter."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from flask import Flask
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.audit.events import EventType
from reviewqueue.db import paging
from reviewqueue.db.database import writing
from reviewqueue.db.tables.base import Base, moment
from reviewqueue.db.tables.callbacks import Callback
from reviewqueue.db.tables.evidence import Correction
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.mail_returns import Suppression
from reviewqueue.db.tables.metrics import Measure
from reviewqueue.db.tables.notifications import Notification
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.people import ApiKey, Person
from reviewqueue.db.tables.releases import Release
from reviewqueue.items import queue_ranges, queues
from tests import drafts
from tests.cast import AIKO, DANA, HELEN, LENA, PRIYA, SAM, Named
from tests.support.crm_changes import doubt
from tests.support.furnished import Furnished
from tests.world import World

ROWS, SIZE = 5, 2
DAY = timedelta(days=1)
NAVIGATION = re.compile(r'<nav class="site-nav".*?</nav>', re.S)
METRIC = "csm_prep"


@dataclass(frozen=True)
class List:
    """A list with pages: who reads it, what finds its rows in the page, and every way to narrow it. `edge` names the
    last row there is, as an address would."""

    endpoint: str
    address: str
    person: Named
    row: str
    filters: tuple[str, ...]
    edge: Callable[[World, int], str] = lambda _, row: f"before={row}"


def due(world: World, item: int) -> str:
    """The edge of an item in the queue."""
    return f"after={queue_ranges.stamp(world.item(item).due_at)}~{item}"


def case_due(world: World, case: int) -> str:
    """The edge of an exception in its inbox."""
    with world.session() as session:
        return f"after={moment(session.get_one(ExceptionCase, case).due_at)}~{case}"


LISTS = [
    List(
        "queue.lines", "/queue", HELEN, r'href="/items/(\d+)\?[^"]*" data-key-row',
        (
            "view=mine", "view=escalated", "view=sent_back", "view=open", "view=decided", f"view=open&lane={drafts.LANE}",
            "view=open&gate=customer-communication", "view=open&kind=customer_email", "view=decided&kind=customer_email",
            "view=open&state=escalated", "view=open&customer=marl", "view=decided&customer=marl", "view=open&overdue=1",
            "view=open&paused=1", "view=open&moved=1", f"view=open&for={DANA.id}",
        ),
        due,
    ),
    List(
        "log.entries", "/log", AIKO, r'id="position-(\d+)"',
        (
            "view=", "view=decisions", "view=overrides", "view=automatic", f"actor={DANA.actor}", "act=item.escalate", "item=1",
            f"lane={drafts.LANE}", "from=2026-03-01", "to=2026-03-03",
        ),
    ),
    List(
        "exceptions.inbox", "/exceptions", PRIYA, r'href="/exceptions/(\d+)" data-key-row',
        (
            "view=mine", "view=open", "view=overdue", "view=resolved", "view=open&category=timeline-risk",
            f"view=open&lane={drafts.LANE}", "view=resolved&customer=marl",
        ),
        case_due,
    ),
    List("questions.asked", "/questions", LENA, r'href="/questions/(\d+)"', ("",)),
    List("notifications.lines", "/notifications", AIKO, r'id="notification-(\d+)"', ("", "view=all")),
    List("corrections.inbox", "/corrections", PRIYA, r'id="correction-(\d+)"', ("view=open", "view=answered")),
    List(
        "releases.outbound", "/releases", HELEN, r'id="release-(\d+)"',
        ("view=", "view=trouble", "view=released", "view=undone", "view=given_up"),
    ),
    List(
        "suppressions.listing", "/releases/suppressed", PRIYA, r'id="suppression-(\d+)"', ("", "view=ended")
    ),
    List(
        "deliveries.outbox", "/deliveries", PRIYA, r'id="delivery-(\d+)"', ("view=", "view=delivered", "view=given_up")
    ),
    List(
        "onboardings.board", "/onboardings", AIKO, r'<li class="board-run" id="onboarding-(\d+)"',
        ("", f"lane={drafts.LANE}", "customer=marl"),
    ),
    List(
        "measurement.one", f"/measurement/{drafts.LANE}/{METRIC}", AIKO, r'<th scope="row"><a href="/onboardings/(\d+)"', ("",)
    ),
]  # fmt: skip

# Lists that are shown whole, because an organisation has few of them: who reads them, and what finds a row.
WHOLE = [
    ("people.everybody", "/people", SAM, Person, r'id="roles-(\d+)"'),
    ("keys.all_keys", "/keys", SAM, ApiKey, r'action="/keys/(\d+)/secret"'),
]

# Pages that list no more than a policy, a lane, one customer, one item or one sample has, and pages that list nothing.
NO_LIST = {
    "queue.home", "healthz", "health.healthz", "monitoring.metrics", "static", "openapi", "api.listing", "api.item",
    "openapi_3_0", "portal.page", "credentials.every", "credentials.ask_remove", "customer_portals.one", "customer_portals.preview", "setup.steps", "people.choose", "signin.form",
    *("items.one", "items.running", "items.after", "items.before", "items.following", "items.revision", "redline.against", "edits.form", "assignments.form"),
    *("exceptions.one", "exceptions.fresh", "log.entry", "onboardings.one", "package.whole", "package.promises"),
    *("recorded.told", "people.mine", "workload.figures", "measurement.figures", "measurement.as_csv", "measurement.as_json"),
    *("policy.words", "policy.file", "check_rules.every", "check_rules.one", "proposals.form"),
    *("quality.everything", "quality.sample", "quality.place"),
    *("readiness.lanes", "readiness.scorecard", "readiness.colours", "readiness.sheet", "readiness.launch"),
    "sending.messages",
    *("notifications.how", "notifications.count"),
    *("questions.one", "questions.newest", "draft_again.known_now", "lane_stops.ask", "send_stops.ask"),
    *("releases.receipt", "releases.keys", "releases.plan", "api.receipt", "api.keys"),
    *("keys.ask_revoke", "people.ask_disable", "people.ask_remove"),
    *("passwords.link", "passwords.forgotten", "invitations.ask_revoke"),
}  # fmt: skip


def test_every_page_that_is_opened_says_whether_it_lists(app: Flask) -> None:
    """A new address is in one of the three tables above, on purpose."""
    opened = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or set())}
    known = {one.endpoint for one in LISTS} | {row[0] for row in WHOLE} | NO_LIST
    assert opened - known == set(), "a page with a list belongs into LISTS, any other into NO_LIST"
    assert (known - opened) - {"healthz"} == set()


def copies(session: Session, entity: type[Base], **changes: Any) -> list[int]:
    """ROWS copies of the first row of a table, changed; what has to differ from row to row is a function of a number."""
    table = entity.__table__
    first = dict(session.execute(select(table).limit(1)).mappings().one())
    made = []
    for number in range(ROWS):
        row = {name: given(number) if callable(given) else given for name, given in changes.items()}
        kept = {name: value for name, value in first.items() if name not in ("id", *row)}
        made.append(session.execute(insert(table).values(**kept, **row)).inserted_primary_key[0])
    return made


@pytest.fixture
def furnished(request: pytest.FixtureRequest) -> Furnished | None:
    """The same rows for each test that asks for a full world."""
    return Furnished("full_lists", fill) if "full" in request.fixturenames else None


@pytest.fixture
def full(world: World) -> World:
    """ROWS rows in every view of every list."""
    return world


def fill(world: World, _: Path) -> None:
    item = world.submit(drafts.email())
    world.decide(DANA, item, "approve")
    doubt(world, DANA, world.submit(drafts.email()))
    now = world.now
    with world.session() as session, writing(session):
        due_at = {"due_at": lambda number: now + timedelta(minutes=number // 2 - 9)}
        pending = {"state": "pending", "settled_at": None, "settled_by_id": None, **due_at}
        copies(session, Item, **pending)
        copies(session, Item, **{**pending, "state": "escalated", "moved_at": now})
        copies(session, Item, **{**pending, "state": "sent_back", "pause": "waiting_for_sales", "paused_at": now})
        copies(session, Item, **{**pending, "state": "escalated", "due_at": now + DAY})
        copies(session, Item, **{**pending, "assignee_id": DANA.id})
        copies(session, Item, state="rejected", settled_at=lambda number: now + timedelta(minutes=number // 2))
        unique = iter(range(1000))
        for state in ("waiting", "failed", "released", "given_up"):
            done = now if state in ("released", "given_up") else None
            copies(session, Release, state=state, done_at=done, digest=lambda _: f"{next(unique):064x}")
        undone = {"state": "given_up", "done_at": now, "undone_at": now}
        copies(session, Release, **undone, digest=lambda _: f"{next(unique):064x}")
        for state in ("failed", "delivered", "given_up"):
            copies(session, Callback, state=state, webhook_id=lambda _: f"copy-{next(unique)}")
        listed = {"kind": "person", "why": "They asked us.", "at": now, "by": PRIYA.actor}
        for ended_at in (None, now):
            addresses = [f"{next(unique)}@marlowfreight.example" for _ in range(ROWS)]
            rows = [{**listed, "address": one, "ended_at": ended_at} for one in addresses]
            session.execute(insert(Suppression), rows)
        told = {"person_id": AIKO.id, "kind": "escalated", "item_id": item, "at": now}
        for read_at in (None, now):
            session.execute(insert(Notification), [{**told, "read_at": read_at}] * ROWS)
        copies(session, Onboarding, external_id=lambda _: f"COPY{next(unique)}")
        for state in ("open", "accepted"):
            done = {"answered_at": now, "answered_by_id": PRIYA.id} if state == "accepted" else {}
            copies(session, Correction, state=state, **done)
    for _ in range(ROWS):
        world.decide(PRIYA, world.submit(drafts.question(LENA.email)), "approve")
    _cases(world)
    _entries(world, item)
    _measures(world)


def _cases(world: World) -> None:
    now = world.now
    row = {
        "category": "timeline-risk", "lane": drafts.LANE, "customer": "Marlow Freight", "summary": "A date was promised",
        "blocking": False, "owner_id": PRIYA.id, "owner_role": "revops", "policy_digest": "0" * 64,
        "opened_by": "system:test", "opened_at": now - DAY, "respond_by": now - DAY, "step": 0,
    }  # fmt: skip
    with world.session() as session, writing(session):
        for number in range(ROWS):
            at = now + timedelta(minutes=number // 2)
            session.execute(insert(ExceptionCase).values(**row, state="open", due_at=at))
            session.execute(insert(ExceptionCase).values(**row, state="resolved", due_at=at, resolved_at=at))


def _entries(world: World, item: int) -> None:
    acts = (EventType.ITEM_ESCALATE, EventType.ITEM_OVERRIDE, EventType.ITEM_STAND)
    told = [override_log.Event(DANA.actor, act, item, None, drafts.LANE, "", {}) for act in acts for _ in range(ROWS)]
    with world.session() as session, writing(session):
        override_log.append(session, world.now, *told)


def _measures(world: World) -> None:
    with world.session() as session, writing(session):
        for run in session.scalars(select(Onboarding.id)).all():
            row = {"lane": drafts.LANE, "segment": "mid-market", "at": world.now - DAY * (run // 2), "heard": True}
            row |= {"counts_from": world.now - DAY, "value": 40.0, "of": 1.0}
            session.execute(insert(Measure).values(onboarding_id=run, metric=METRIC, **row))


@dataclass
class Reader:
    """Somebody who reads one list."""

    client: Any
    of: List
    menu: str = ""
    kept: dict[tuple[int, str], str] = field(default_factory=dict)

    def open(self, address: str) -> str:
        """The page at an address, which has the whole navigation."""
        answer = self.client.get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        text: str = answer.get_data(as_text=True)
        found = NAVIGATION.search(text)
        assert found, address
        self.menu = self.menu or re.sub(' aria-current="page"', "", found[0])
        assert re.sub(' aria-current="page"', "", found[0]) == self.menu, f"the navigation of {address}"
        self.kept[paging.PAGE, address] = text
        return text

    def rows(self, text: str) -> list[int]:
        """The rows of a page."""
        return [int(one) for one in re.findall(self.of.row, text)]

    def walk(self, address: str, way: str) -> Iterator[tuple[str, list[int]]]:
        """(address, rows) from here on, `next` or `prev`. While somebody walks, nothing changes: a page that was opened
        at this address is the one that is there."""
        while address:
            text = self.kept.get((paging.PAGE, address)) or self.open(address)
            yield address, self.rows(text)
            found = re.search(rf'<a rel="{way}" href="([^"]+)"', text)
            address = unescape(found[1]) if found else ""


def sized(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """How many rows a page has."""
    monkeypatch.setattr(paging, "PAGE", size)
    monkeypatch.setattr(queues, "PAGE", size)


@pytest.mark.parametrize("of", LISTS, ids=lambda of: of.endpoint)
def test_a_list_can_be_read_to_its_end_and_back(
    of: List, client_for: Any, full: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With every filter: at least three pages, all the rows of the one long page in its order, none twice, and the same
    pages on the way back."""
    reader = Reader(client_for(of.person), of)
    for narrowed in of.filters:
        address = f"{of.address}?{narrowed}"
        sized(monkeypatch, 10_000)
        every = reader.rows(reader.open(address))
        assert len(every) >= ROWS, narrowed
        assert len(set(every)) == len(every)
        sized(monkeypatch, SIZE)
        there = list(reader.walk(address, "next"))
        assert len(there) >= 3, narrowed
        assert [row for _, rows in there for row in rows] == every, narrowed
        back = list(reader.walk(there[-1][0], "prev"))
        assert [rows for _, rows in back] == [rows for _, rows in there[::-1]], f"{narrowed}, back"
        onward = list(reader.walk(back[-1][0], "next"))
        assert [rows for _, rows in onward] == [rows for _, rows in there], f"{narrowed}, there again"


@pytest.mark.parametrize("of", LISTS, ids=lambda of: of.endpoint)
def test_the_last_page_that_has_become_empty_is_the_one_before(
    of: List, client_for: Any, full: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever follows an old link past the last row sees the last page there is, a word about it, and the way on."""
    sized(monkeypatch, SIZE)
    reader = Reader(client_for(of.person), of)
    narrowed = next(
        one for one in (*of.filters,) if "resolved" not in one and "decided" not in one and one != "view=mine"
    )
    there = list(reader.walk(f"{of.address}?{narrowed}", "next"))
    last = there[-1][1][-1]
    address = f"{of.address}?{urlencode([*parse_qsl(narrowed), *parse_qsl(of.edge(full, last))])}"
    text = reader.open(address)
    assert "Nothing is left on the page you asked for" in text
    every = [row for _, rows in there for row in rows]
    assert reader.rows(text) == every[-SIZE:]
    assert list(reader.walk(address, "prev"))[-1][1] == there[0][1]


@pytest.mark.parametrize("of", LISTS, ids=lambda of: of.endpoint)
def test_a_place_that_is_none_is_the_first_page(of: List, client_for: Any, full: World) -> None:
    reader = Reader(client_for(of.person), of)
    first = reader.rows(reader.open(f"{of.address}?{of.filters[0]}"))
    for name in ("before", "after", "back"):
        for nonsense in ("x", "0", "-1", "9" * 30, "yesterday~x", "2026-03-02~", "%00"):
            address = f"{of.address}?{of.filters[0]}&{name}={nonsense}"
            assert reader.rows(reader.open(address)) == first, address


@pytest.mark.parametrize("of", LISTS, ids=lambda of: of.endpoint)
def test_the_table_has_every_filter_of_the_page(of: List, client_for: Any, full: World) -> None:
    """Each field of the filter form, and each view, is in one of the rows above."""
    text = Reader(client_for(of.person), of).open(of.address)
    forms = re.findall(r'<form method="get".*?</form>', text, re.S)
    fields = {name for form in forms for name in re.findall(r' name="(\w+)"', form)}
    tabs = {dict(parse_qsl(one)).get("view", "") for one in re.findall(rf'href="{of.address}\?([^"#]*)"', text)}
    said = [dict(parse_qsl(one, keep_blank_values=True)) for one in of.filters]
    assert fields - {"view"} <= {name for one in said for name in one}
    assert {view for view in tabs if view} <= {one.get("view") for one in said}


@pytest.mark.parametrize(("endpoint", "address", "person", "entity", "row"), WHOLE, ids=[one[0] for one in WHOLE])
def test_a_list_without_pages_shows_every_row(
    endpoint: str, address: str, person: Named, entity: type[Any], row: str, client_for: Any, world: World
) -> None:
    """More than twice as many as a page would have."""
    numbers = iter(range(1000))
    with world.session() as session, writing(session):
        for _ in range(1 + 2 * paging.PAGE // ROWS):
            if entity is Person:
                copies(session, Person, email=lambda _: f"copy{next(numbers)}@northbeam.example")
            else:
                copies(
                    session, ApiKey, prefix=lambda _: f"p{next(numbers)}", token_hash=lambda _: f"{next(numbers):064x}"
                )
        every = set(session.scalars(select(entity.id)))
    text = client_for(person).get(address).get_data(as_text=True)
    assert len(every) > 2 * paging.PAGE
    assert {int(one) for one in re.findall(row, text)} == every, endpoint


def test_who_decides_the_last_of_a_page_is_shown_the_page_before(
    client_for: Any, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dana decides the one item of the third page and goes back to where she was."""
    sized(monkeypatch, SIZE)
    made = [world.submit(drafts.email(), world.now + timedelta(minutes=number)) for number in range(ROWS)]
    reader = Reader(client_for(DANA), LISTS[0])
    *_, before, (address, (last,)) = reader.walk("/queue?view=mine", "next")
    assert last == made[-1]
    world.decide(DANA, last, "reject")
    text = reader.open(address)
    assert reader.rows(text) == before[1]
    assert "Nothing is left on the page you asked for" in text
    fragment = reader.client.get(address, headers={"HX-Request": "true", "HX-Target": "queue"}).get_data(as_text=True)
    assert reader.rows(fragment) == before[1]
    assert "Nothing is left on the page you asked for" in fragment


@pytest.mark.parametrize("came_from", ["/deliveries?view=&before=9", "/deliveries"])
def test_who_acts_on_a_page_of_a_list_is_back_on_it(client_for: Any, full: World, came_from: str) -> None:
    """The same page, or filter; and never where another page or site says that one came from."""
    with full.session() as session:
        message = session.scalars(select(Callback.id).where(Callback.state == "failed")).first()
    client, way = client_for(PRIYA), f"/deliveries/{message}/retry"
    for given, leads in (
        (f"http://localhost{came_from}", came_from),
        ("http://localhost/queue?view=open", "/deliveries"),
        ("https://elsewhere.example/deliveries?view=delivered", "/deliveries"),
    ):
        assert client.post(way, headers={"Referer": given}).headers["Location"] == leads, given
