"""HubSpot: answers that do not say what they hold, told apart by what is in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reviewqueue import connectors
from reviewqueue.core.errors import Invalid
from reviewqueue.evidence.types import Source


def read(folder: Path, answer: Any, **options: Any) -> list[Source]:
    """What the connector makes of an answer."""
    path = folder / "answer.json"
    path.write_text(json.dumps(answer))
    return list(connectors.read("hubspot", path, **options))


def crm(found: Any, **properties: Any) -> dict[str, Any]:
    """A CRM object as the API gives it."""
    return {"id": found, "properties": properties, "createdAt": "2026-01-02T03:04:05Z", "archived": False}


def results(*found: dict[str, Any], **beside: Any) -> dict[str, Any]:
    """A list as the API gives it."""
    return {"results": list(found), **beside}


CLOSED = {
    "objectType": "DEAL",
    "objectId": "77001",
    "eventType": "e_deal_closed",
    "occurredAt": "2026-01-02T03:04:05Z",
    "id": "9-77001-1",
    "properties": {"hs_closed_state": "CLOSED_WON", "hs_deal_name": "Marlow"},
}
STAGE = {"id": "s1", "label": "Signed", "metadata": {"isClosed": "true", "probability": "1.0"}}


def tie(kind: Any, category: str = "HUBSPOT_DEFINED") -> dict[str, Any]:
    """An association of batch v4."""
    return tied([{"category": category, "typeId": kind, "label": None}])


def tied(types: Any) -> dict[str, Any]:
    """An association of batch v4, of these types."""
    return {"from": {"id": "501"}, "to": [{"toObjectId": 5, "associationTypes": types}]}


FORMS: dict[str, tuple[Any, list[tuple[str, str, str]]]] = {
    "deals": (results(crm("1", dealname="Marlow", dealstage="closedwon")), [("DEAL", "1", "Marlow")]),
    "one deal, alone": (crm("1", dealname="Marlow"), [("DEAL", "1", "Marlow")]),
    "contacts": (results(crm("2", email="rosa@marlow.example")), [("CONTACT", "2", "rosa@marlow.example")]),
    "contacts with names": (results(crm("2", firstname="Rosa", lastname="Marlow")), [("CONTACT", "2", "Rosa Marlow")]),
    "companies": (results(crm("3", name="Marlow", domain="marlow.example")), [("COMPANY", "3", "Marlow")]),
    "tickets": (results(crm("4", subject="No sign-in", hs_pipeline_stage="1")), [("TICKET", "4", "No sign-in")]),
    "an id that is a number": (results(crm(3, name="Marlow")), [("COMPANY", "3", "Marlow")]),
    "what the next page's link says": (
        results(crm("2", hs_x="1"), paging={"next": {"link": "https://api.example/crm/v3/objects/contacts?after=2"}}),
        [("CONTACT", "2", "")],
    ),
    "what the record's own address says": (
        results({**crm("2"), "url": "https://app.example/contacts/44/record/0-3/2"}),
        [("DEAL", "2", "")],
    ),
    "nothing tells: kept as unknown": (results(crm("9", hs_x="1")), [("unknown", "9", "")]),
    "a closed deal's event has the deal's own id": (results(CLOSED), [("DEAL", "77001", "Marlow")]),
    "another event is not the record": (
        results({**CLOSED, "eventType": "e_visited"}),
        [("e_visited", "77001", "Marlow")],
    ),
    "a webhook's event id is not the key": (
        [{"eventId": 1, "subscriptionType": "deal.propertyChange", "objectId": 77001}],
        [("deal.propertyChange", "77001", "")],
    ),
    "pipelines": (results({"id": "p", "label": "Sales", "stages": [STAGE]}), [("pipeline", "p", "Sales")]),
    "property definitions": (
        results({"name": "dealstage", "label": "Stage", "fieldType": "radio"}),
        [("property", "dealstage", "Stage")],
    ),
    "account information": ({"portalId": 12, "accountType": "STANDARD"}, [("account-info", "12", "")]),
    "contacts with their companies": (results(tie(279)), [("CONTACT_TO_COMPANY", "501", "")]),
    "deals with their companies": (results(tie(5)), [("DEAL_TO_COMPANY", "501", "")]),
    "associations that say nothing": (results(tie(5, "USER_DEFINED")), [("association", "501", "")]),
    "associations without types": (results(tied(None), tied([])), [("association", "501", "")] * 2),
    "a custom category that is no text": (results(tie(5, [])), [("association", "501", "")]),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_recognised(form: str, tmp_path: Path) -> None:
    """Object, id and name of the records in each form of answer."""
    answer, expected = FORMS[form]
    assert [(one.object, one.external_id, one.label) for one in read(tmp_path, answer)] == expected


@pytest.mark.parametrize("hint", ["deals", "DEAL", "deal"])
def test_a_person_can_say_what_the_records_are(hint: str, tmp_path: Path) -> None:
    """`--object` decides where the records do not say."""
    assert [one.object for one in read(tmp_path, results(crm("9", hs_x="1")), hint=hint)] == ["DEAL"]


REFUSED: dict[str, tuple[Any, str]] = {
    "an error body": (
        {"status": "error", "message": "Contact already exists", "category": "CONFLICT"},
        "CONFLICT, Contact already exists",
    ),
    "a record without id": (results({"properties": {"dealname": "Marlow"}}), "/results/0: a record has no id"),
    "a list for a deal's name": (
        results(crm("5", dealname=["x"])),
        "/results/0/properties/dealname: must be text, not a list",
    ),
    "an object for a stage": (results(crm("5", dealname="x", dealstage={})), "dealstage: must be text, not an object"),
    "words for an amount": (results(crm("5", dealname="x", amount="lots")), "amount: must be a number, not “lots”"),
    "a word for a day": (results(crm("5", dealname="x", closedate="soon")), "closedate: must be a date, not “soon”"),
    "a word for its properties": (
        results({"id": "5", "properties": "nope"}),
        "/results/0/properties: must be an object",
    ),
    "Salesforce's answer": (
        {"records": [{"attributes": {"type": "Account"}, "Id": "001"}]},
        "this is an answer of Salesforce's. Nothing of this file was imported. Import it with `import salesforce`.",
    ),
    "an object for an association's type": (
        results(tie({"a": 1})),
        "/results/0/to/0/associationTypes/0/typeId: must be a number, not an object",
    ),
    "a number for an association's types": (
        results(tie(5), tied(5)),
        "/results/1/to/0/associationTypes: must be a list of association types, not 5",
    ),
    "a text among an association's types": (
        results(tied(["x"])),
        "/results/0/to/0/associationTypes/0: must be an association type, not “x”",
    ),
    "an id that is true": (
        results(crm(True, dealname="Marlow")),
        "/results/0/id: an id must be text or a whole number, not true",
    ),
    "a blank id": (results(crm(" ", dealname="Marlow")), "/results/0/id: the id is blank"),
    "an id without end": (results(tied([]) | {"from": {"id": "5" * 256}}), "/results/0/from/id: the id “55"),
    "an event's id that hides something": (
        results({**CLOSED, "objectId": "5\u202e"}),
        "objectId: the id “5[U+202E]” holds",
    ),
    "no list of records": ({"results": None}, "/results: must be a list of records, not null"),
    "another system's list": (
        {"data": [{"id": 1}]},
        "answer.json: a record with its id, or a list of records at /results, was expected, but the file holds data.",
    ),
    "Salesforce's records alone": ([{"Id": "006", "Name": "x"}], "/0: this is an answer of Salesforce's"),
    "Salesforce's error": ([{"errorCode": "X", "message": "y"}], "Import it with `import salesforce`"),
    "Salesforce's change event": ({"ChangeEventHeader": {}}, "Import it with `import salesforce`"),
}


@pytest.mark.parametrize("form", REFUSED)
def test_what_is_no_record_is_refused(form: str, tmp_path: Path) -> None:
    """Error bodies are refused in HubSpot's own words, nameless records with their place."""
    answer, says = REFUSED[form]
    with pytest.raises(Invalid) as refused:
        read(tmp_path, answer)
    assert says in str(refused.value)


def test_what_a_person_should_know_is_said(tmp_path: Path) -> None:
    """Unknown records, records HubSpot left out, and further pages: one remark each."""
    beside = {"errors": [{"message": "No company"}], "numErrors": 36, "paging": {"next": {"after": "4"}}}
    said: list[str] = []
    read(tmp_path, results(crm("9", hs_x="1"), **beside), remark=said.append)
    assert len(said) == 3
    assert "1 record does not say what it is; kept as unknown" in said[0]
    assert "left out 36 records, the first because: No company" in said[1]
    assert "one page of several" in said[2]


def test_one_record_is_no_records(tmp_path: Path) -> None:
    said: list[str] = []
    answer = results(crm("9", hs_x="1"), crm("10", hs_x="2"), errors=[{"message": "It exists"}], numErrors=1)
    read(tmp_path, answer, remark=said.append)
    assert "2 records do not say what they are; kept as unknown" in said[0]
    assert "left out 1 record because: It exists" in said[1]
