"""Owners that a CRM names by an id alone: from its owners as imported, else from what a person said once."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reviewqueue.core.errors import Conflict, Forbidden, NotFound
from reviewqueue.onboarding import crm_owners
from tests.cast import DANA, JONAS, LENA, NOOR, PRIYA, Named
from tests.onboarding.test_crm_import import ACCOUNTS, bring, items, put, won
from tests.onboarding.test_draft_again import FILLED, section
from tests.onboarding.test_draft_again import ask as draft_anew
from tests.onboarding.test_sales_answers import ASKED
from tests.support.draft_chain import draft, of_kind
from tests.web.conftest import text_of
from tests.world import World

__all__ = ["put"]
USER = "005Nb00000kx14d"  # in 15 characters, as reports have it
USERS = [{"attributes": {"type": "User"}, "Id": f"{USER}IAA", "Name": "Lena Vogt", "Email": LENA.email}]
GAPPED = {name: says for name, says in FILLED.items() if name not in ASKED}


def arrived(world: World, put: Any, number: int = 1, *files: Any) -> int:
    """A won deal with gaps whose owner is an id; returns its packet."""
    deal = won(number, f"Marlow Freight {number}", AccountId=ACCOUNTS[number - 1]["Id"], OwnerId=USER, **GAPPED)
    bring(world, *files, put(f"deals-{number}", [deal]), put("accounts", ACCOUNTS))
    return items(world, "handoff_packet")[-1].id


def test_the_import_knows_its_users(world: World, put: Any, client_for: Any) -> None:
    """Salesforce user records in the import: the packet has the name and cites the record, and the question goes to the
    address of that colleague."""
    packet = arrived(world, put, 1, put("users", USERS))
    assert section(world, packet, "sales_owner") == "Lena Vogt"
    page = text_of(client_for(PRIYA).get(f"/items/{packet}"))
    assert "Salesforce User" in page
    assert "names the sales owner only as" not in page
    draft(world)
    [question] = of_kind(world, "sales_question")
    assert world.draft(question.id)["to"] == [LENA.email]


def test_a_file_of_hubspots_owners(world: World, tmp_path: Path) -> None:
    """As its owners API answers, also of one who left: the deal's id becomes the name."""
    owner = {"id": "48113907", "email": LENA.email, "type": "PERSON", "firstName": "Lena", "lastName": "Vogt"}
    owner |= {"userId": 9586504, "archived": True, "updatedAt": "2026-02-01T10:00:00Z"}
    says = {"dealname": "Marlow", "dealstage": "closedwon", "hubspot_owner_id": "48113907", "pipeline": "default"}
    company = {"id": "88", "properties": {"name": "Marlow Freight"}}
    link = {"companies": {"results": [{"id": "88", "type": "deal_to_company"}]}}
    deal = {"id": "77", "properties": says, "associations": link}
    files = []
    for name, record in (("owners", owner), ("deals", deal), ("companies", company)):
        files.append(tmp_path / f"{name}.json")
        files[-1].write_text(json.dumps({"results": [record]}))
    assert bring(world, *files, system="hubspot").remarks == []
    assert section(world, items(world, "handoff_packet")[-1].id, "sales_owner") == "Lena Vogt"


def said(world: World, person: Named, packet: int, name: str = "Lena Vogt", email: str = LENA.email) -> None:
    with world.session() as session:
        crm_owners.name(session, person.id, world.item(packet).onboarding_id or 0, name, email, world.now)


def test_what_nobody_knows_is_asked_once_for_every_onboarding(world: World, put: Any, client_for: Any) -> None:
    """The packet has the id and leads to the one form; what RevOps says there is a record in their name: the packet has
    it once it is drafted again, the next deal of that owner from the start, and the question its address."""
    packet = arrived(world, put)
    run, client = world.item(packet).onboarding_id, client_for(PRIYA)
    assert "The CRM names the sales owner only as 005Nb00000kx14dIAA." in text_of(client.get(f"/items/{packet}"))
    assert "Who is Salesforce owner 005Nb00000kx14dIAA?" in text_of(client.get(f"/onboardings/{run}"))
    assert "Keep it" not in client_for(DANA).get(f"/onboardings/{run}").text
    refused = client.post(f"/onboardings/{run}/crm-owner", data={"name": "Lena <b>", "email": "lena"})
    assert (refused.status_code, "Lena &lt;b&gt;" in refused.text) == (422, True)
    assert "Write the address" in text_of(refused)
    client.post(f"/onboardings/{run}/crm-owner", data={"name": "Lena Vogt", "email": LENA.email})
    page = text_of(client.get(f"/onboardings/{run}"))
    assert "Owner 005Nb00000kx14dIAA is Lena Vogt" in page
    assert "Priya Raman said who that is" in page
    draft(world)
    [question] = of_kind(world, "sales_question")
    assert world.draft(question.id)["to"] == [LENA.email]
    assert draft_anew(world, PRIYA, packet).changed == ("Sales owner",)
    assert section(world, packet, "sales_owner") == "Lena Vogt"
    assert "said by Priya Raman" in text_of(client.get(f"/items/{packet}"))
    assert section(world, arrived(world, put, 2), "sales_owner") == "Lena Vogt"
    assert [entry.act for entry in world.log() if entry.act == "onboarding.crm_owner"] == ["onboarding.crm_owner"]
    assert world.verify().holds


def test_who_says_it_and_until_when(world: World, put: Any) -> None:
    """Not everybody; a later word counts, and the CRM's own record before both."""
    packet = arrived(world, put)
    with pytest.raises(Forbidden, match="Only a CS leader"):
        said(world, DANA, packet)
    with pytest.raises(NotFound):
        said(world, NOOR, packet)
    said(world, PRIYA, packet, "Leni Vogt")
    world.now += timedelta(minutes=1)
    said(world, PRIYA, packet)
    draft_anew(world, PRIYA, packet)
    assert section(world, packet, "sales_owner") == "Lena Vogt"
    bring(world, put("users", [{**USERS[0], "Name": "Lena M. Vogt"}]))
    with pytest.raises(Conflict, match="The CRM says by now"):
        said(world, PRIYA, packet)
    draft_anew(world, PRIYA, packet)
    assert section(world, packet, "sales_owner") == "Lena M. Vogt"


def test_who_said_it_does_not_approve_the_packet_that_cites_it(world: World, put: Any, client_for: Any) -> None:
    """The name in it is theirs, as much as by an edit; the page says so, and another person approves it."""
    deal = won(1, "Marlow Freight 1", AccountId=ACCOUNTS[0]["Id"], OwnerId=USER, **FILLED)
    bring(world, put("deals", [deal]), put("accounts", ACCOUNTS))
    packet = items(world, "handoff_packet")[-1].id
    said(world, PRIYA, packet)
    draft_anew(world, PRIYA, packet)
    assert "approve-reason_code" not in client_for(PRIYA).get(f"/items/{packet}").text
    with pytest.raises(Forbidden, match="cannot approve your own work: you gave answers that it cites"):
        world.decide(PRIYA, packet, "approve")
    assert world.decide(JONAS, packet, "approve").state == "approved"
