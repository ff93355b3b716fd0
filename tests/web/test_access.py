"""Rooms: who may enter which page, that a GET changes nothing, and that no POST passes without its token."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
import time_machine
from flask import Flask

from reviewqueue.web import layout
from tests import drafts
from tests.cast import AIKO, DANA, EVERYBODY, HELEN, INES, JONAS, LENA, PRIYA, SAM, TOM, Named
from tests.web.conftest import text_of, without_token
from tests.world import World

PUBLIC = {
    "signin.form",
    "signin.enter",
    "signin.leave",
    "passwords.link",
    "passwords.forgotten",
    "portal.page",
    "health.healthz",
    "monitoring.metrics",
    "static",
    "openapi",
    "openapi_3_0",
}


@pytest.fixture
def day(world: World) -> dict[str, int]:
    """A day's items in several states, with revisions, decisions, a lease and messages."""
    items = {
        "email": world.submit(drafts.email()),
        "packet": world.submit(drafts.packet(without=("customer_owner",))),
        "plan": world.submit(drafts.plan()),
        "edited": world.submit(drafts.email(drafts.deal("Harbour Mills"))),
        "approved": world.submit(drafts.email(drafts.deal("Quarry & Sons"))),
        "back": world.submit(drafts.plan(drafts.deal("Tallow Foods"))),
    }
    world.decide(DANA, items["edited"], "edit", draft={**world.draft(items["edited"]), "subject": "Kickoff on Tuesday"})
    world.decide(DANA, items["approved"], "approve")
    world.decide(INES, items["back"], "send_back")
    return items


@pytest.mark.parametrize(
    ("page", "allowed"),
    [
        ("/queue", EVERYBODY),
        ("/onboardings", EVERYBODY),
        ("/people/me", EVERYBODY),
        ("/policy", EVERYBODY),
        ("/releases", EVERYBODY),
        ("/releases/suppressed", (PRIYA, HELEN, SAM)),
        ("/policy/files/organisation.toml", EVERYBODY),
        ("/policy/replay", (PRIYA, JONAS, SAM)),
        ("/workload", (AIKO, PRIYA, JONAS, HELEN, TOM)),
        ("/log", (AIKO, PRIYA, HELEN, SAM)),
        ("/log/1", (AIKO, PRIYA, HELEN, SAM)),
        ("/deliveries", (AIKO, PRIYA, SAM)),
        ("/people", (AIKO, PRIYA, SAM)),
        ("/keys", (AIKO, PRIYA, SAM)),
        ("/setup", (PRIYA, SAM)),
    ],
)
def test_pages_open_for_those_who_have_the_ability(client_for: Any, page: str, allowed: tuple[Named, ...]) -> None:
    for person in (DANA, PRIYA, HELEN, TOM, LENA, AIKO, SAM):
        answer = client_for(person).get(page)
        assert answer.status_code == (200 if person in allowed else 403), (person.name, page)
        offered = f'href="{page}"' in client_for(person).get("/queue").get_data(as_text=True)
        assert person in allowed or not offered, (person.name, page)


def test_nobody_sees_a_page_without_signing_in(app: Flask, client_for: Any, day: dict[str, int]) -> None:
    stranger = client_for()
    for rule in app.url_map.iter_rules():
        if rule.endpoint in PUBLIC or rule.rule.startswith("/api") or "GET" not in (rule.methods or ()):
            continue
        address = re.sub(r"<[^>]*>", "1", rule.rule)
        answer = stranger.get(address)
        assert answer.status_code == 303, address
        assert answer.headers["Location"].startswith("/sign-in?next="), address


@pytest.mark.parametrize("person", [DANA, PRIYA, INES, HELEN, TOM, LENA, AIKO, SAM], ids=lambda person: person.name)
def test_a_crawl_of_every_get_leaves_every_row_as_it_was(
    client_for: Any, world: World, day: dict[str, int], person: Named
) -> None:
    client = client_for(person)
    before = world.everything()
    seen = crawl(client)
    assert world.everything() == before
    assert len(seen) > 10
    assert {address: status for address, status in seen.items() if status >= 400} == {}


def crawl(client: Any) -> dict[str, int]:
    """Every page that links lead to from the queue: address → status."""
    seen: dict[str, int] = {}
    todo = ["/", "/queue?view=open", "/items/next", "/healthz"]
    while todo:
        address = todo.pop()
        if address in seen:
            continue
        answer = client.get(address)
        seen[address] = answer.status_code
        if answer.is_json:
            continue
        links = re.findall(r'(?:href|hx-get)="(/[^"#]*)', answer.get_data(as_text=True))
        todo += [unescape(link) for link in [*links, *answer.headers.getlist("Location")] if "/static/" not in link]
    return seen


def test_the_crawl_would_notice_a_get_that_writes(
    app: Flask, client_for: Any, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: with a page that writes, the comparison above fails."""
    from reviewqueue.people import users

    before = world.everything()
    with world.session() as session:
        users.sign_in(session, DANA.email, "a quiet harbour in March", world.now)
    assert world.everything() != before


BY_LINK = "/portal"  # its token is the link itself


def posts(app: Flask) -> list[str]:
    """Every address of ours that takes a POST, the API apart: it takes no cookie."""
    rules = (rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ()))
    return sorted(re.sub(r"<[^>]*>", "1", rule.rule) for rule in rules if not rule.rule.startswith("/api"))


def test_every_post_without_its_token_is_refused_and_changes_nothing(
    app: Flask, client_for: Any, world: World, day: dict[str, int]
) -> None:
    clients = [client_for(person, csrf=False) for person in (PRIYA, DANA, SAM)]
    before, addresses = world.everything(), posts(app)
    for client in clients:
        for address in addresses:
            for sent in ({}, {"csrf_token": "guessed"}):
                answer = client.post(
                    address, data={**sent, "act": "take", "action": "approve", "reason": "because I say so"}
                )
                assert answer.status_code == (404 if address == BY_LINK else 400), address
    assert world.everything() == before
    assert len(addresses) >= 18


def test_what_a_post_does_no_get_can_do(app: Flask) -> None:
    takes: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        takes.setdefault(rule.rule, set()).update((rule.methods or set()) & {"GET", "POST"})
    both = {rule for rule, methods in takes.items() if methods == {"GET", "POST"} and not rule.startswith("/api")}
    on_items = {"/items/<row:item_id>/edit", "/items/<row:item_id>/assign"}
    on_runs = {"/onboardings/<row:onboarding_id>/recorded", "/onboardings/<row:onboarding_id>/portal"}
    on_rules = {"/policy/replay", "/policy/checks/<key>"}
    asks = {
        "/releases/stops",
        "/releases/suppressed",
        "/releases/credentials/<to>/remove",
        "/keys/<row:key_id>/revoke",
        "/people/<row:person_id>/disable",
        "/lanes/<lane>/stop",
    }
    links = {"/password/link", "/password/forgotten", "/people/<row:person_id>/link/revoke", BY_LINK}
    on_samples = {"/qa", "/qa/reviews/<row:place_id>"}
    assert both == {
        "/sign-in",
        "/password",
        "/people",
        "/keys",
        "/exceptions",
        "/notifications/settings",
        *asks,
        *links,
        *on_samples,
        *on_rules,
        *on_items,
        *on_runs,
    }
    for rule in app.url_map.iter_rules():
        assert not {"GET", "POST"} <= (rule.methods or set()), rule.rule


def test_with_its_token_the_same_post_passes(client_for: Any, day: dict[str, int]) -> None:
    """The control: it is the token that was missing."""
    assert client_for(DANA).post(f"/items/{day['email']}/lease", data={"act": "take"}).status_code == 303


def test_forbidden_and_absent_look_alike(client_for: Any, world: World, day: dict[str, int]) -> None:
    absent, forbidden = 999_999, day["plan"]
    with time_machine.travel(world.now, tick=False):
        client = client_for(LENA)
        for path in ("", "/edit", "/revisions/1", "/revisions/9", "/redline", "/redline?against=received"):
            there, nowhere = client.get(f"/items/{forbidden}{path}"), client.get(f"/items/{absent}{path}")
            assert (there.status_code, nowhere.status_code) == (404, 404)
            assert without_token(there) == without_token(nowhere), path
            assert headers(there) == headers(nowhere), path
        for path, data in (
            ("/decisions", {"action": "approve"}),
            ("/lease", {"act": "take"}),
            ("/release/sent", {"digest": "0" * 64, "text": "From my own mailbox."}),
            ("/release/retry", {"reason": "It never arrived there."}),
            ("/release/give-up", {"reason": "Not wanted any more."}),
            ("/pause", {"waits": "waiting_for_sales", "reason": "Lena asks for a date."}),
            ("/resume", {"reason": "Lena has the date."}),
            ("/edit", {"title": "x"}),
        ):
            there = client.post(f"/items/{forbidden}{path}", data=data)
            nowhere = client.post(f"/items/{absent}{path}", data=data)
            assert (there.status_code, nowhere.status_code) == (404, 404), path
            assert without_token(there) == without_token(nowhere), path
        assert without_token(client.get(f"/items/{absent}")) == without_token(client.get("/no/such/page"))
    assert client_for(INES).get(f"/items/{forbidden}").status_code == 200


def headers(answer: Any) -> list[tuple[str, str]]:
    return [(name, value) for name, value in answer.headers if name not in ("Date", "Set-Cookie")]


@pytest.mark.parametrize(
    "address", ["/items/0", "/items/-1", "/items/99999999999999999999999", "/items/one", "/log/99999999999999999999"]
)
def test_an_address_no_row_can_have_leads_nowhere(client_for: Any, address: str) -> None:
    assert client_for(PRIYA).get(address).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "after=2026-03-02T15:00:00~99999999999999999999999",
        "after=~",
        "after=x~1",
        "after=9999-12-31T23:59:59%2B23:59~1",
        "view=none",
        "lane=x",
        "state=x%00",
        "before=99999999999999999999999",
        "before=-1",
        "item=1e9",
        "from=yesterday",
        "to=9999-12-31",
        "from=0001-01-01&to=0001-01-01",
        "act=%FF",
        "customer=%00",
    ],
)
def test_nonsense_in_an_address_narrows_to_nothing_or_is_left_out(client_for: Any, query: str) -> None:
    client = client_for(PRIYA)
    for page in ("/queue", "/log", "/deliveries", "/onboardings", "/policy/files/organisation.toml"):
        assert client.get(f"{page}?{query}").status_code in (200, 404), page


def test_an_expired_session_sends_htmx_to_sign_in_as_a_whole(client_for: Any, app: Flask) -> None:
    answer = client_for().get(
        "/queue?view=open",
        headers={"HX-Request": "true", "HX-Target": "div#queue", "Referer": "http://localhost/queue?view=open"},
    )
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"] == "/sign-in?next=/queue?view%3Dopen"
    assert "HX-Request" in answer.headers["Vary"]


@pytest.mark.parametrize(
    ("target", "leads"),
    [
        ("/items/7", "/items/7"),
        ("/queue?view=open", "/queue?view=open"),
        ("//evil.example/x", ""),
        ("https://evil.example/x", ""),
        ("http://localhost/items/7", "/items/7"),
        ("/\\evil.example", ""),
        ("/\t/evil.example", ""),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("items/7", ""),
        ("", ""),
        ("http://[", ""),
        ("///evil.example", ""),
        ("http:evil.example", ""),
        ("http:///evil.example", ""),
        ("/%0d%0aX:%20y", "/%0d%0aX:%20y"),
    ],
)
def test_going_back_leads_only_to_pages_of_ours(app: Flask, target: str, leads: str) -> None:
    with app.test_request_context():
        assert layout.own_path(target) == leads


def test_the_health_page_says_whether_the_database_answers(client_for: Any, world: World, monkeypatch: Any) -> None:
    from sqlalchemy.exc import OperationalError

    from reviewqueue.db import database

    assert client_for().get("/healthz").json == {"status": "ok"}

    def away(session: Any) -> None:
        raise OperationalError("select", {}, Exception("away"))

    monkeypatch.setattr(database, "alive", away)
    assert client_for().get("/healthz").status_code == 503


def test_the_error_page_names_the_mend(client_for: Any) -> None:
    answer = client_for(DANA).get("/log")
    assert answer.status_code == 403
    assert "This page is for those who may read the override log: admin, auditor, CS leader or RevOps." in text_of(
        answer
    )
