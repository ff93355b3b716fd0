"""Setup: who sees what is left to set up, where it leads, and that nobody becomes anybody over the network."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from reviewqueue.core.settings import ROOT, Settings
from reviewqueue.db.tables.people import Person, SignIn
from reviewqueue.onboarding import crm_import
from reviewqueue.people import users
from reviewqueue.policy import loading, policy_versions
from tests.cast import AIKO, DANA, HELEN, PASSWORD, PRIYA, SAM, Named
from tests.web.conftest import text_of
from tests.world import World

MAIL = "smtps://sam:hunter2hunter2@mail.northbeam.example"


@pytest.fixture
def mail(settings: Settings) -> None:
    """A mail server in the settings, before the application reads them."""
    settings.smtp_url = SecretStr(MAIL)


def imported(world: World) -> None:
    """Records came in: the one step that the world of a test lacks beside mail."""
    with world.session() as session:
        crm_import.run(session, "hubspot", [ROOT / "seed_data" / "hubspot" / "companies.json"], world.now)


def nobody_there(world: World, *tables: str) -> None:
    """Take the people (and whatever names them) out, as in a database that was just made."""
    with world.owner() as engine, engine.begin() as connection:
        for trigger in connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            connection.execute(text(f"DROP TRIGGER {trigger}"))
        for table in ("api_keys", "automations", "people", *tables):
            connection.execute(text(f"DELETE FROM {table}"))


def test_an_admin_lands_there_and_it_says_what_is_left(client_for: Any, world: World) -> None:
    client = client_for()
    answer = client.post("/sign-in", data={"email": SAM.email, "password": PASSWORD, "next": ""})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/setup")
    assert client.get("/").headers["Location"] == "/setup"
    page = client.get("/setup")
    shown = text_of(page)
    assert "4 of 6 done" in shown
    assert "Northbeam, northbeam.example, hours in America/New_York, Europe/Berlin." in shown
    assert "export REVIEWQUEUE_SMTP_URL=" in shown
    assert "reviewqueue import hubspot" in shown
    body = page.get_data(as_text=True)
    assert body.count('aria-current="step"') == 1
    assert body.index("Mail <span") < body.index('class="tag is-warn">next') < body.index("Key for an automation")
    assert 'href="/setup" aria-current="page">Setup</a>' in body
    assert 'href="/setup">Setup</a>' in client.get("/queue").get_data(as_text=True)


@pytest.mark.usefixtures("mail")
def test_it_leaves_the_menu_once_all_is_done_and_stays_at_its_address(client_for: Any, world: World) -> None:
    client = client_for(SAM)
    assert "5 of 6 done" in text_of(client.get("/setup"))
    imported(world)
    page = client.get("/setup")
    assert "All 6 are done." in text_of(page)
    assert "Through mail.northbeam.example." in text_of(page)
    assert "Mail not needed by your policy" in text_of(page), "no gate sends through it"
    assert page.text.count('class="tag is-pass">done</span>') == 5
    assert "hunter2" not in page.get_data(as_text=True)
    assert ">Setup</a>" not in page.get_data(as_text=True)
    assert client.get("/").headers["Location"] == "/queue"
    assert (
        client_for().post("/sign-in", data={"email": SAM.email, "password": PASSWORD}).headers["Location"] == "/queue"
    )


@pytest.mark.parametrize("person", [DANA, HELEN, AIKO], ids=lambda person: person.name)
def test_it_is_shown_to_nobody_else(client_for: Any, person: Named) -> None:
    client = client_for(person)
    assert client.get("/setup").status_code == 403
    assert client.get("/").headers["Location"] == "/queue"
    assert "/setup" not in client.get("/queue").get_data(as_text=True)


def test_revops_may_look_and_is_told_who_does_what(client_for: Any, world: World) -> None:
    with world.session() as session:
        users.disable(session, 5, SAM.id, world.now)  # Ines, the one implementation lead
    client = client_for(PRIYA)
    page = client.get("/setup")
    assert "Missing: 1 implementation lead for Implementation launch." in text_of(page)
    assert "An admin does this on the page People." in text_of(page)
    assert client.get("/").headers["Location"] == "/queue"
    assert ">Setup</a>" not in page.get_data(as_text=True)
    assert '<a href="/people" class="btn btn-primary">Go to People</a>' in client_for(SAM).get("/setup").get_data(
        as_text=True
    )


def test_without_a_policy_the_admin_reads_which_command_writes_one(client_for: Any, world: World) -> None:
    client = client_for(SAM)
    nobody = "DELETE FROM policy_activations"
    with world.owner() as engine, engine.begin() as connection:
        for trigger in connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            connection.execute(text(f"DROP TRIGGER {trigger}"))
        connection.execute(text(nobody))
    assert client.get("/queue").status_code == 503
    assert client.get("/").headers["Location"] == "/setup"
    page = client.get("/setup")
    assert page.status_code == 200
    assert "reviewqueue init" in text_of(page)
    assert 'href="/people">People</a>' not in page.get_data(as_text=True).partition("<main")[2], (
        "that page reads the policy"
    )


def test_where_nobody_is_a_stranger_is_told_the_command_and_nothing_more(client_for: Any, world: World) -> None:
    nobody_there(world)
    stranger = client_for()
    assert stranger.get("/", follow_redirects=True).status_code == 200
    page = stranger.get("/sign-in")
    assert "Nobody has an account here yet" in text_of(page)
    assert "reviewqueue user add you@company.com --role admin" in text_of(page)
    assert str(ROOT) not in page.get_data(as_text=True)
    assert "<form" not in page.get_data(as_text=True).partition("<main")[2].partition("</main>")[0]
    for address in ("/setup", "/people", "/keys", "/queue"):
        assert stranger.get(address).headers["Location"].startswith("/sign-in?next="), address


def test_where_nobody_is_nobody_becomes_anybody_over_the_network(client_for: Any, world: World) -> None:
    nobody_there(world)
    stranger = client_for()
    me = {"email": "mallory@evil.example", "name": "Mallory", "roles": ["admin"], "password": PASSWORD}
    for address in ("/people", "/setup", "/keys", "/people/1/password", "/people/1/roles"):
        assert stranger.post(address, data=me).status_code in (303, 405), address
    assert stranger.post("/sign-in", data=me).status_code == 403
    assert (world.count(Person), world.count(SignIn)) == (0, 0)


def test_once_somebody_is_there_the_form_is_back(client_for: Any, world: World) -> None:
    nobody_there(world)
    with world.session() as session:
        users.add(session, "sam@northbeam.example", "Sam", ["admin"], PASSWORD, "system:cli", world.now)
    assert 'name="password"' in client_for().get("/sign-in").get_data(as_text=True)


@pytest.mark.usefixtures("mail")
def test_mail_is_ticked_once_a_gate_sends_through_the_server(client_for: Any, world: World) -> None:
    files = loading.files_in(loading.SHIPPED)
    gate = "gates/customer-communication.toml"
    files[gate] = files[gate].replace('release = "automation"', 'release = "outgoing-mail"')
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)
    page = client_for(SAM).get("/setup")
    assert "Mail done" in text_of(page)
    assert "not needed by your policy" not in text_of(page)
