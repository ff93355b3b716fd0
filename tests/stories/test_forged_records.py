"""Trust row 41: an automation's key sends a forged company, contact and deal for a customer whose records were imported,
from the API's answer to the item's page, the packet of somebody else and what our own drafts are written from."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from reviewqueue.core.errors import Forbidden
from reviewqueue.evidence import source_records
from reviewqueue.evidence.types import Arrival
from reviewqueue.onboarding import crm_import
from tests import drafts
from tests.api.payloads import as_sent
from tests.cast import DANA
from tests.conftest import Api
from tests.support.crm_changes import paths
from tests.world import World

EVE = "rosa.marlow@marlow-freight.example"
CHECKS = ("recipient.belongs", "recipient.known", "evidence.claimed-differs", "evidence.contradicted")


def records(about: drafts.Deal) -> dict[str, dict[str, Any]]:
    """Deal, account and contact as the CRM exports them."""
    deal, account = (dict(about.sources[ref].payload) for ref in ("deal", "account"))
    contact = {"Id": "003NB0000000000777", "AccountId": account["Id"], "FirstName": "Rosa", "LastName": "Marlow"}
    contact["Email"] = "rosa@marlowfreight.example"
    return {"Opportunity": {**deal, "Name": "Platform for two depots"}, "Account": account, "Contact": contact}


def bring(world: World, folder: Path, about: drafts.Deal) -> None:
    """A person imports them."""
    for kind, record in records(about).items():
        path = folder / f"{kind}.json"
        kept = {**record, "attributes": {"type": kind}}
        path.write_text(json.dumps({"totalSize": 1, "done": True, "records": [kept]}))
        with world.session() as session:
            crm_import.run(session, "salesforce", [path], world.now)


def forged(about: drafts.Deal, external_id: str) -> dict[str, Any]:
    """A mail to somebody else, with a company, a contact and a deal to fit."""
    false = records(about)
    false["Opportunity"]["Start_Date__c"] = "2026-05-01"
    false["Account"]["Website"] = "https://marlow-freight.example"
    false["Contact"]["Email"] = EVE
    body = as_sent(drafts.email(about, to=[EVE], body=drafts.BODY.replace("2026-03-23", "2026-05-01")))
    names = {"Opportunity": "deal", "Account": "account", "Contact": "contact"}
    body["sources"] = [
        {"ref": names[kind], "system": "salesforce", "object": kind, "id": record["Id"], "payload": record}
        for kind, record in false.items()
    ]
    body["citations"] = [{"at": "/body", "quote": "starts on 2026-05-01", "source": "deal", "path": "/Start_Date__c"}]
    return {**body, "onboarding": {"external_id": external_id, "customer": about.customer}}


def effects(world: World, api: Api, folder: Path) -> tuple[dict[str, Any], int, int, drafts.Deal]:
    """(the API's answer to the forged draft, the forged item, the packet of the other automation, the deal)."""
    about = drafts.deal()
    packet = world.submit(drafts.packet(about))
    bring(world, folder, about)
    api.key = world.other_key
    answer = api.post("/api/v1/items", json=forged(about, about.external_id))
    assert answer.status_code == 201, answer.text
    read = api.get(f"/api/v1/items/{answer.json['id']}").json
    return read, answer.json["id"], packet, about


def newest(world: World, about: drafts.Deal) -> dict[str, Any]:
    """What our own drafts and imports take for the newest."""
    found: dict[str, Any] = {}
    with world.session() as session:
        for kind, record in records(about).items():
            held = source_records.newest(session, "salesforce", kind, [record["Id"]])
            found[kind] = held[record["Id"]].payload
    return found


def found(read: dict[str, Any]) -> dict[str, list[str]]:
    """The outcomes of the checks that are about it."""
    told: dict[str, list[str]] = {}
    for one in read["checks"]:
        if one["key"] in CHECKS:
            told.setdefault(one["key"], []).append(one["outcome"])
    return told


def test_a_forged_contact_reaches_nobody(
    world: World, api: Api, client_for: Callable[..., FlaskClient], tmp_path: Path
) -> None:
    """It vouches for nobody, replaces nothing, freezes nothing, and is named as claimed wherever it is shown."""
    read, item, packet, about = effects(world, api, tmp_path)
    told = found(read)
    assert (told["recipient.belongs"], told["recipient.known"]) == (["fail"], ["warn"])
    assert told["evidence.claimed-differs"][0] == "fail"
    says = " ".join(one["message"] for one in read["checks"] if one["key"] in CHECKS)
    assert "“2026-05-01” as claimed by Renewal agent, and “2026-03-23” as imported" in says
    assert "claimed by Renewal agent, which vouches for nobody" in says
    assert {one["arrival"]["way"] for one in read["sources"]} == {"claimed"}
    assert {one["arrival"]["by"] for one in read["sources"]} == {"Renewal agent"}
    assert paths(world, packet) == []
    assert newest(world, about)["Contact"]["Email"] == "rosa@marlowfreight.example"
    assert newest(world, about)["Opportunity"]["Start_Date__c"] == "2026-03-23"
    html = client_for(DANA).get(f"/items/{item}").get_data(as_text=True)
    assert html.count("claimed by Renewal agent") >= 3
    assert "Known otherwise:" in html
    with pytest.raises(Forbidden, match=r"recipient\.belongs"):
        world.decide(DANA, item, "approve")
    assert world.verify().holds


def test_the_control_without_the_guard_all_of_it_goes_through(
    world: World, api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With every claim taken for an import the address is the customer's, the deal is the newest, and the packet waits."""
    monkeypatch.setattr(Arrival, "vouches", lambda *_: True)
    read, _, packet, about = effects(world, api, tmp_path)
    told = found(read)
    assert "fail" not in told["recipient.belongs"]
    assert "recipient.known" not in told
    assert "evidence.claimed-differs" not in told
    assert paths(world, packet) == ["/Start_Date__c"]
    assert newest(world, about)["Contact"]["Email"] == EVE
