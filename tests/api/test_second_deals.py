"""A draft for a deal that has no onboarding, of an account whose onboarding runs: none starts, and RevOps is asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from reviewqueue.core.vocabulary import QUESTION
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.onboardings import Onboarding
from tests import drafts
from tests.api import payloads
from tests.cast import PRIYA
from tests.conftest import Api
from tests.support.crm_life import CRMS
from tests.web.conftest import text_of
from tests.world import World

ITEMS = "/api/v1/items"
CRM = CRMS["salesforce"]


@pytest.fixture(params=["sqlite", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """What starts an onboarding is held on both engines."""
    name: str = request.param
    return name


def second(first: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A draft for another deal of the account of the first one."""
    body = payloads.email(drafts.deal())
    account = next(one for one in first["sources"] if one["ref"] == "account")
    deal = next(one for one in body["sources"] if one["ref"] == "deal")
    deal = {**deal, "payload": {**deal["payload"], "AccountId": account["id"]}}
    return {**body, "sources": [account, deal], **changes}


def own_account(first: dict[str, Any]) -> dict[str, Any]:
    """A draft for a deal of another account, of the same name."""
    return payloads.email(drafts.deal())


def without_deal(first: dict[str, Any]) -> dict[str, Any]:
    """One that brings the account's record and not the deal's."""
    body = second(first)
    return {**body, "sources": body["sources"][:1], "citations": []}


def renamed(first: dict[str, Any]) -> dict[str, Any]:
    """The account has another name there."""
    body = second(first)
    return {**body, "onboarding": {**body["onboarding"], "customer": "Marlow Holding"}}


# (what it shows, what comes, the status, how many questions there are then, what is said)
COMES: list[tuple[str, Callable[[dict[str, Any]], dict[str, Any]], int, int, str]] = [
    ("another deal of the account", second, 409, 1, "RevOps is asked about it now"),
    ("under another name", renamed, 409, 1, "RevOps is asked about it now"),
    ("without the deal's record, beside one that an automation started", without_deal, 201, 0, ""),
    ("a deal of another account of that name", own_account, 201, 0, ""),
]


@pytest.mark.parametrize(("says", "comes", "status", "asked", "told"), COMES, ids=[one[0] for one in COMES])
def test_a_second_deal(
    api: Api, world: World, says: str, comes: Callable[..., dict[str, Any]], status: int, asked: int, told: str
) -> None:
    """However often it comes, there is one question; the first deal's drafts go on as before."""
    first = payloads.email()
    assert api.post(ITEMS, json=first).status_code == 201
    body = comes(first)
    answers = [api.post(ITEMS, json=body, headers={"Idempotency-Key": "second"}) for _ in range(2)]
    assert [one.status_code for one in answers] == [status, status], says
    assert told in answers[0].get_data(as_text=True)
    if status == 409:
        assert answers[0].json["type"].endswith("asked-first")
        assert answers[0].json["errors"][0]["at"] == "/onboarding/external_id"
    with world.session() as session:
        questions = session.scalars(select(Item).where(Item.kind == QUESTION)).all()
        started = session.scalars(select(Onboarding.external_id)).all()
    assert len(questions) == asked
    assert (body["onboarding"]["external_id"] in started) is (status == 201)
    more = {**first, "draft": {**first["draft"], "subject": "Agenda"}}
    assert api.post(ITEMS, json=more).status_code == 201
    assert world.verify().holds


@pytest.mark.parametrize("answered", ["start", "close"])
def test_what_revops_answers(api: Api, world: World, client_for: Any, answered: str) -> None:
    """Started, the automation's draft is taken for its own onboarding; closed, it is told so."""
    first = payloads.email()
    api.post(ITEMS, json=first)
    body = second(first)
    refused = api.post(ITEMS, json=body)
    with world.session() as session:
        asked = session.scalars(select(Item).where(Item.kind == QUESTION)).one()
    assert f"question {asked.id}" in refused.json["errors"][0]["message"]
    page = text_of(client_for(PRIYA).get(f"/items/{asked.id}"))
    assert f"has an onboarding already, of deal {first['onboarding']['external_id']} in Salesforce" in page
    assert "Handoff agent submitted a draft for it" in page
    if answered == "start":
        choice = world.draft(asked.id)["choices"][0]["key"]
        world.decide(PRIYA, asked.id, "approve", choice=choice)
        assert api.post(ITEMS, json=body).status_code == 201
    else:
        world.decide(PRIYA, asked.id, "reject")
        again = api.post(ITEMS, json=body)
        assert (again.status_code, again.json["type"].rpartition(":")[2]) == (409, "asked-first")
        assert "RevOps has closed question" in again.json["errors"][0]["message"]
    with world.session() as session:
        runs = session.scalars(select(Onboarding.external_id)).all()
    assert len(runs) == (2 if answered == "start" else 1)


def test_beside_an_import(api: Api, world: World, tmp_path: Path) -> None:
    """The first onboarding came from the CRM. The question is the import's: the deal's own record finds it waiting."""
    CRM.bring(world, tmp_path, CRM.account(0), CRM.contact(0), CRM.deal(0))
    account, deal = CRM.account(0), CRM.deal(1, of_account=0, name="Aldermoor Foods - second plant")
    body = payloads.email()
    sent = [
        {"ref": ref, "system": "salesforce", "object": kind, "id": one["Id"], "payload": one}
        for ref, kind, one in (("deal", "Opportunity", deal), ("account", "Account", account))
    ]
    body |= {"onboarding": {"external_id": deal["Id"], "customer": "Aldermoor Foods"}, "sources": sent, "citations": []}
    bare = api.post(ITEMS, json={**body, "sources": sent[1:]})
    assert bare.status_code == 409
    assert "Send the record of the deal among `sources`" in bare.json["errors"][0]["message"]
    assert api.post(ITEMS, json=body).status_code == 409
    done = CRM.bring(world, tmp_path, deal)
    assert (done.asked, done.started) == (1, 0), "asked again, with the record that was imported"
    with world.session() as session:
        assert len(session.scalars(select(Item).where(Item.kind == QUESTION)).all()) == 1
