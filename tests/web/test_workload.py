"""The workload page: figures for those who lead, each a way into the queue that shows exactly those items."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import update

from reviewqueue.db.database import writing
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.items import Item
from reviewqueue.exceptions import exception_cases
from tests import drafts
from tests.cast import AIKO, DANA, HELEN, MARCUS, NOOR, PRIYA, SAM, TOM, Named
from tests.web.conftest import text_of
from tests.world import World


def links(page: str) -> dict[str, str]:
    """Where each link leads, by its words."""
    found = re.findall(r'<a[^>]* href="([^"]+)"[^>]*>(.*?)</a>', page, flags=re.S)
    return {" ".join(re.sub(r"<[^>]*>", "", says).split()): unescape(href) for href, says in found}


def lines(answer: Any) -> set[int]:
    """The items of a queue page."""
    return {int(found) for found in re.findall(r'href="/items/(\d+)\?[^"]*" data-key-row', answer.text)}


@pytest.mark.parametrize(
    ("person", "may"), [(HELEN, True), (TOM, True), (PRIYA, True), (AIKO, True), (DANA, False), (SAM, False)]
)
def test_it_is_for_those_who_lead(client_for: Any, person: Named, may: bool) -> None:
    answer = client_for(person).get("/workload")
    assert answer.status_code == (200 if may else 403)


def test_the_exceptions_that_somebody_owns(client_for: Any, world: World) -> None:
    """Beside their figures, each by its name, for whoever may see them; also of one who decides at no gate."""
    item = world.submit(drafts.email())
    said = exception_cases.ExceptionRequest(
        "billing-or-contract-mismatch", "Two amounts", "It says 40 seats.", item_id=item
    )
    with world.session() as session:
        case = exception_cases.open_case(session, PRIYA.id, said, world.now)
        session.execute(update(ExceptionCase).values(owner_id=NOOR.id, due_at=world.now - timedelta(hours=1)))
        session.commit()
    page = client_for(HELEN).get("/workload")
    assert "1, 1 overdue of Noor Haddad" in text_of(page)
    assert f'href="/exceptions/{case}"' in page.text
    assert f'href="/exceptions/{case}"' not in client_for(TOM).get("/workload").text, "a manager sees others' not"


def test_a_figure_leads_to_the_items_it_counted(client_for: Any, world: World) -> None:
    """Dana has two, one of them overdue; the link of each figure shows those and no other."""
    late, soon, nobodys = (world.submit(drafts.email(subject=f"Number {number}")) for number in range(3))
    with world.session() as session, writing(session):
        session.execute(update(Item).where(Item.id.in_((late, soon))).values(assignee_id=DANA.id))
        session.execute(update(Item).where(Item.id == late).values(due_at=world.now - timedelta(days=1)))
    client = client_for(HELEN)
    found = links(client.get("/workload").text)
    counted = {says: href for says, href in found.items() if DANA.name in says}
    assert set(counted) == {f"2 open for {DANA.name}", f"1 overdue for {DANA.name}"}
    for says, wanted in ((f"2 open for {DANA.name}", {late, soon}), (f"1 overdue for {DANA.name}", {late})):
        assert lines(client.get(counted[says])) == wanted, says
    assert lines(client.get("/queue?view=open")) == {late, soon, nobodys}


def test_giving_an_item_to_somebody_is_a_page_of_its_own(client_for: Any, world: World) -> None:
    """A refusal keeps the words; then it waits for Dana, and her queue says so."""
    item = world.submit(drafts.email())
    client = client_for(HELEN)
    assert f"/items/{item}/assign" in client.get(f"/items/{item}").text
    offered = re.findall(r"<option[^>]*>([^<]*)</option>", client.get(f"/items/{item}/assign").text)
    assert offered == ["Choose one", DANA.name, HELEN.name, MARCUS.name, TOM.name]
    refused = client.post(f"/items/{item}/assign", data={"to": str(DANA.id), "reason": "short 1"})
    assert refused.status_code == 422
    assert "short 1" in refused.text
    done = client.post(f"/items/{item}/assign", data={"to": str(DANA.id), "reason": "Dana knows them best."})
    assert done.status_code == 303
    assert world.item(item).assignee_id == DANA.id
    assert "Waits for <strong>Dana Whitfield</strong>" in client.get(f"/items/{item}").text
    hers = client_for(DANA)
    assert "<strong>for you</strong>" in hers.get("/queue").text
    assert "Waits for you." in hers.get(f"/items/{item}").text
    assert hers.get(f"/items/{item}/assign").status_code == 403
    assert hers.post(f"/items/{item}/assign", data={"to": "4", "reason": "Not mine to give."}).status_code == 403


def test_the_accounts_owner_is_set_on_the_board(client_for: Any, world: World) -> None:
    """A refusal keeps the words at its row; then the board names the owner; who may not is not asked."""
    world.submit(drafts.packet())
    client = client_for(PRIYA)
    refused = client.post("/onboardings/1/owner", data={"owner": str(DANA.id), "reason": "short 2"})
    assert refused.status_code == 422
    assert "short 2" in refused.text
    done = client.post("/onboardings/1/owner", data={"owner": str(DANA.id), "reason": "She closed it with them."})
    assert done.status_code == 303
    assert re.search(rf'data-label="Owner">{DANA.name}\s', client.get("/onboardings").text)
    assert "owner-1" not in client_for(DANA).get("/onboardings").text


def test_the_accounts_owner_is_set_on_the_onboardings_own_page(client_for: Any, world: World) -> None:
    """The page that says that nobody owns the account lets one be chosen, and a refusal stays on it."""
    world.submit(drafts.packet())
    client, sent = client_for(PRIYA), {"owner": str(DANA.id), "from": "onboarding"}
    assert AIKO.name not in client.get("/onboardings/1").text
    refused = client.post("/onboardings/1/owner", data={**sent, "reason": "short 2"})
    assert refused.status_code == 422
    assert "What was recorded" in refused.text
    assert "short 2" in refused.text
    done = client.post("/onboardings/1/owner", data={**sent, "reason": "She closed it with them."})
    assert done.headers["Location"].endswith("/onboardings/1")
    assert f"account of {DANA.name}" in client.get("/onboardings/1").text
    assert "owner-1" not in client_for(DANA).get("/onboardings/1").text


def test_groups_are_changed_on_the_people_page(client_for: Any, world: World) -> None:
    """An admin puts Dana into the group that the shipped policy names, and takes her out of it."""
    client = client_for(SAM)
    data = {"group": "deal-desk", "act": "add"}
    assert client.post(f"/people/{DANA.id}/groups", data=data).status_code == 303
    assert "in Deal desk" in text_of(client.get("/people"))
    assert client_for(PRIYA).post(f"/people/{DANA.id}/groups", data=data).status_code == 403
    assert client.post(f"/people/{DANA.id}/groups", data={**data, "act": "remove"}).status_code == 303
    assert "person-groups" not in client.get("/people").text
