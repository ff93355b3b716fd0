"""What a page says: the same word on the button, on the page and in the log, at the thing it is about, and no keys."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.exceptions import exception_cases
from reviewqueue.people import api_keys
from tests import drafts
from tests.cast import AIKO, DANA, HELEN, PRIYA, SAM, TOM
from tests.web.conftest import hidden_fields, text_of
from tests.web.test_bulk import tokens
from tests.web.test_items import question
from tests.world import WORDS, World


@pytest.mark.parametrize(
    ("address", "data", "says", "at"),
    [
        (f"/people/{TOM.id}/password", {"password": "short"}, "The password was not changed.", f"password-{TOM.id}"),
        (f"/people/{TOM.id}/roles", {"roles": []}, "The roles were not changed.", f"roles-{TOM.id}"),
        (f"/people/{SAM.id}/disable", {}, "You cannot close your own account; another admin does that.", ""),
    ],
)
def test_what_is_refused_about_a_person_is_said_at_that_person(
    client_for: Any, address: str, data: dict[str, Any], says: str, at: str
) -> None:
    """On the page it was sent from, the person's fold open, with a link to the field; no pointer of the API."""
    page = client_for(SAM).post(address, data=data)
    assert page.status_code == 422
    assert says in text_of(page)
    assert page.text.count('<details class="fold" open>') == 1
    assert not re.search(r"/(person|password|roles):", text_of(page))
    if at:
        assert f'href="#{at}"' in page.text
        assert f'id="{at}"' in page.text
    assert ('aria-describedby="password-7-error"' in page.text) == at.startswith("password")


def test_nobody_is_offered_to_close_their_own_account(client_for: Any) -> None:
    page = client_for(SAM).get("/people").text
    assert f'/people/{TOM.id}/disable"' in page
    assert f'/people/{SAM.id}/disable"' not in page


def test_the_log_says_whose_account_was_closed(client_for: Any, world: World) -> None:
    """The sentence of the filter, and the person; the entry has the same sentence over it."""
    client_for(SAM).post(f"/people/{TOM.id}/disable")
    row = re.findall(r'<tr id="position-\d+">.*?</tr>', client_for(AIKO).get("/log?act=person.disable").text, re.S)
    assert len(row) == 1
    assert "A person&#39;s account was closed" in row[0]
    assert '<td data-label="About">Tom Abara</td>' in row[0]
    position = next(entry.position for entry in world.log() if entry.act == "person.disable")
    entry = text_of(client_for(AIKO).get(f"/log/{position}"))
    assert "A person's account was closed By Sam Keller" in entry


def test_a_question_is_closed_in_the_word_of_its_button(client_for: Any, world: World) -> None:
    """The button says "Close": so do the line after it, the history and the panel, and nothing says "Rejected"."""
    item = world.submit(question())
    priya = client_for(PRIYA)
    page = priya.get(f"/items/{item}")
    assert "Your answer settles it." in text_of(page)
    assert "Every question in" in text_of(page)
    form = hidden_fields(page, f"reject-item-{item}")
    sent = {**form, "reason_code": "duplicate", "text": WORDS}
    assert priya.post(f"/items/{item}/decisions", data=sent).status_code == 303
    page = text_of(priya.get(f"/items/{item}"))
    assert "Closed." in page
    assert "Closed by Priya Raman" in page
    assert "This question is closed by Priya Raman" in page
    assert "Rejected" not in page


def test_a_release_does_not_say_that_its_automation_approved_it(client_for: Any, world: World) -> None:
    world.decide(DANA, world.submit(drafts.email()), "approve")
    page = text_of(client_for(HELEN).get("/releases"))
    assert "Handoff agent sends it" in page
    assert "by Handoff agent" not in page


def test_a_key_names_its_lanes_and_gates_as_the_policy_does(client_for: Any, world: World) -> None:
    with world.session() as session:
        where: dict[str, Any] = {"lanes": ["mid-market-saas"], "gates": ["customer-communication"]}
        api_keys.add(session, "Brief writer", ["items:read"], SAM.actor, world.now, **where)
    assert "Mid-market SaaS; Customer communication" in text_of(client_for(SAM).get("/keys"))


def test_no_owner_is_said_in_words(client_for: Any, world: World) -> None:
    world.submit(drafts.email())
    page = text_of(client_for(HELEN).get("/onboardings"))
    assert "No owner yet Choose one" in page
    assert "Mid-market SaaS, mid-market" in page


def test_a_refusal_in_bulk_names_the_field_and_leads_to_it(client_for: Any, world: World) -> None:
    for name in ("Anchor Mills", "Birch & Co"):
        world.submit(drafts.email(drafts.deal(name)))
    dana = client_for(DANA)
    items = list(tokens(dana.get("/queue")).values())
    look = text_of(dana.post("/queue/chosen", data={"item": items}))
    assert "2 ticked" in look
    assert "Each is approved only if you open it here and tick it." in look
    assert "what needs no tick" not in look
    form = {"action": "reject", "kind": "customer_email", "gate": "customer-communication", "item": items}
    page = dana.post("/queue/decisions", data={**form, "reason_code": "", "text": "no"}).text
    for field in ("reason_code", "text"):
        assert f'href="#reject-customer_email-customer-communication-{field}"' in page
        assert f'id="reject-customer_email-customer-communication-{field}"' in page


def test_packets_that_all_pass_are_approved_by_number(client_for: Any, world: World) -> None:
    """No customer reads them, so nothing has to be ticked, and the button does not speak of ticks."""
    for name in ("Anchor Mills", "Birch & Co"):
        world.submit(drafts.packet(drafts.deal(name)))
    priya = client_for(PRIYA)
    look = text_of(priya.post("/queue/chosen", data={"item": list(tokens(priya.get("/queue")).values())}))
    assert "Approve 2" in look
    assert "what is ticked" not in look


def test_an_exception_about_no_item_asks_nothing_about_items(client_for: Any, world: World) -> None:
    run = world.item(world.submit(drafts.email())).onboarding_id
    with world.session() as session:
        said = exception_cases.ExceptionRequest(
            "billing-or-contract-mismatch", "Two amounts", "The order says 40 seats.", None, run
        )
        exception_cases.open_case(session, PRIYA.id, said, world.now)
    priya = client_for(PRIYA)
    page = priya.get("/exceptions/1")
    assert "What happens to the items" not in text_of(page)
    form = hidden_fields(page, "resolve-exception-1")
    refused = priya.post("/exceptions/1/resolve", data={**form, "text": "no"})
    assert "How it is resolved: say why in at least 10" in text_of(refused)
    sent = {**form, "text": "Billing says 40 seats, as the order does."}
    assert priya.post("/exceptions/1/resolve", data=sent).status_code == 303
    with world.session() as session:
        assert session.scalars(select(ExceptionCase.state)).one() == "resolved"


def test_an_absence_without_days_is_said_at_both(client_for: Any) -> None:
    page = client_for(DANA).post("/people/away", data={"delegate": "4", "starts_at": "", "ends_at": "2026-03-06"})
    assert page.status_code == 422
    assert 'id="my-starts_at-error"' in page.text
    assert 'id="my-ends_at-error"' not in page.text
