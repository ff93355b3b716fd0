"""Salesforce: every form its API and its event bus answer in, as source records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reviewqueue import connectors
from reviewqueue.connectors.salesforce import full_id
from reviewqueue.core.errors import Invalid
from reviewqueue.evidence.types import Source

DEAL = "006NB0000000001AAA"


def read(folder: Path, answer: Any, **options: Any) -> list[Source]:
    """What the connector makes of an answer."""
    path = folder / "answer.json"
    path.write_text(json.dumps(answer))
    return list(connectors.read("salesforce", path, **options))


def sobject(kind: str, found: str, **fields: Any) -> dict[str, Any]:
    """A record as the REST API gives it."""
    url = f"/services/data/v62.0/sobjects/{kind}/{found}"
    return {"attributes": {"type": kind, "url": url}, "Id": found, **fields}


def query(*found: dict[str, Any], done: bool = True) -> dict[str, Any]:
    """The answer to a query."""
    return {"totalSize": len(found), "done": done, "records": list(found)}


WITHOUT_ID = {"attributes": {"type": "Contact", "url": f"/services/data/v62.0/sobjects/Contact/{DEAL}"}, "Title": None}
CHANGE = {"ChangeEventHeader": {"entityName": "Account", "recordIds": [DEAL], "changeType": "UPDATE"}, "Name": "Marlow"}

FORMS: dict[str, tuple[Any, list[tuple[str, str, str]]]] = {
    "a query's answer": (query(sobject("Opportunity", DEAL, Name="Marlow")), [("Opportunity", DEAL, "Marlow")]),
    "an empty answer": (query(), []),
    "an empty list": ([], []),
    "one record": (sobject("Opportunity", DEAL, Name="Marlow"), [("Opportunity", DEAL, "Marlow")]),
    "a list of records": ([sobject("Account", DEAL, Name="Marlow")], [("Account", DEAL, "Marlow")]),
    "a record without Id has it in its url": (query(WITHOUT_ID), [("Contact", DEAL, "")]),
    "a record without attributes is told by its Id": (
        {"Id": DEAL, "Name": "Marlow"},
        [("Opportunity", DEAL, "Marlow")],
    ),
    "a person is called by both names": (
        sobject("Contact", DEAL, FirstName="Rosa", LastName="Marlow"),
        [("Contact", DEAL, "Rosa Marlow")],
    ),
    "a case is called by its subject": (sobject("Case", DEAL, Subject="No sign-in"), [("Case", DEAL, "No sign-in")]),
    "a change event is not the record": (CHANGE, [("AccountChangeEvent", DEAL, "Account UPDATE")]),
    "a change event of two records counts for both": (
        {**CHANGE, "ChangeEventHeader": {**CHANGE["ChangeEventHeader"], "recordIds": [DEAL, "006NB0000000002AAA"]}},  # type: ignore[dict-item]
        [
            ("AccountChangeEvent", DEAL, "Account UPDATE"),
            ("AccountChangeEvent", "006NB0000000002AAA", "Account UPDATE"),
        ],
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_recognised(form: str, tmp_path: Path) -> None:
    """Object, id and name of the records in each form of answer."""
    answer, expected = FORMS[form]
    assert [(one.object, one.external_id, one.label) for one in read(tmp_path, answer)] == expected


REFUSED: dict[str, tuple[Any, str]] = {
    "a list of errors": (
        [{"message": "No such column 'Nmae'", "errorCode": "INVALID_FIELD"}],
        "INVALID_FIELD, No such",
    ),
    "a write that failed": (
        {"id": DEAL, "success": False, "errors": [{"statusCode": "MALFORMED_ID", "message": "malformed id"}]},
        "MALFORMED_ID, malformed id",
    ),
    "a record nobody can name": (
        query({"attributes": {"type": "AggregateResult"}, "expr0": 5}),
        "/records/0: a record has no id",
    ),
    "an id that hides something": (
        query(sobject("Account", "00\x001")),
        "/records/0/Id: the id “00[U+0000]1” holds a character that cannot be seen",
    ),
    "an id without end": (
        query(sobject("Account", "0" * 300)),
        f"/records/0/Id: the id “{'0' * 39}…” has 300 characters, and at most 255 can be kept",
    ),
    "a blank id": (query(sobject("Account", "   ")), "/records/0/Id: the id is blank"),
    "true for an id": (query({"Id": True}), "/records/0/Id: must be text, not true"),
    "an event's id that is none": (
        {"ChangeEventHeader": {"entityName": "Account", "recordIds": [DEAL, None]}},
        "/ChangeEventHeader/recordIds/1: an id must be text or a whole number, not null",
    ),
    "no list of records": ({"records": None}, "/records: must be a list of records, not null"),
    "an object for the records": (
        {"totalSize": 0, "records": {}},
        "/records: must be a list of records, not an object",
    ),
    "another system's list": (
        {"success": True, "data": []},
        "answer.json: a record with its id, or a list of records at /records, was expected, but the file holds success, data.",
    ),
    "nothing at all": ({}, "was expected, but the file holds nothing"),
    "HubSpot's error": ({"status": "error", "category": "CONFLICT"}, "Import it with `import hubspot`"),
    "HubSpot's events": ([{"eventType": "x", "objectId": "1"}], "/0: this is an answer of HubSpot's"),
    "HubSpot's associations": ([{"from": {"id": "1"}, "to": []}], "/0: this is an answer of HubSpot's"),
    "HubSpot's answer": ({"results": [{"id": "5", "properties": {}}]}, "Import it with `import hubspot`"),
    "HubSpot's record": ({"id": "5", "properties": {"dealname": "x"}}, "Import it with `import hubspot`"),
    "a number for an id": (query({"Id": 7, "Name": "Marlow"}), "/records/0/Id: must be text, not 7"),
    "a list for a name": (query(sobject("Opportunity", DEAL, Name=["a"])), "/records/0/Name: must be text, not a list"),
    "an object for a stage": (
        query(sobject("Opportunity", DEAL, StageName={"a": 1})),
        "/records/0/StageName: must be text, not an object",
    ),
    "words for an amount": (
        query(sobject("Opportunity", DEAL, Amount="lots")),
        "/records/0/Amount: must be a number, not “lots”",
    ),
    "true for an amount": (query(sobject("Opportunity", DEAL, Amount=True)), "must be a number, not true"),
    "a word for a day": (query(sobject("Opportunity", DEAL, CloseDate="soon")), "must be a date, not “soon”"),
    "a change event of nothing": ({"ChangeEventHeader": {"entityName": "Account", "recordIds": []}}, "no recordIds"),
}


@pytest.mark.parametrize("form", REFUSED)
def test_what_is_no_record_is_refused(form: str, tmp_path: Path) -> None:
    """Error bodies are refused in Salesforce's own words, nameless records with their place."""
    answer, says = REFUSED[form]
    with pytest.raises(Invalid) as refused:
        read(tmp_path, answer)
    assert says in str(refused.value)


def test_the_payload_is_kept_whole(tmp_path: Path) -> None:
    """Nested answers, nulls and unknown fields stay as they came."""
    deal = sobject(
        "Opportunity", DEAL, Account=None, OpportunityContactRoles=query(sobject("Contact", DEAL)), Odd__c={"a": []}
    )
    assert read(tmp_path, query(deal))[0].payload == deal


def test_an_id_of_15_characters_is_the_one_of_18(tmp_path: Path) -> None:
    """Both forms of an Id name one record."""
    assert full_id("006dM00000Mw7Vt") == "006dM00000Mw7VtQAJ"
    assert full_id("006dM00000Mw7VtQAJ") == "006dM00000Mw7VtQAJ"
    assert full_id("not an id") == "not an id"
    assert read(tmp_path, sobject("Opportunity", "006dM00000Mw7Vt"))[0].external_id == "006dM00000Mw7VtQAJ"


def test_one_page_of_several_is_said(tmp_path: Path) -> None:
    """Where more records wait at Salesforce, a person hears of it, once."""
    said: list[str] = []
    read(tmp_path, query(sobject("Account", DEAL), done=False), remark=said.append)
    assert len(said) == 1
    assert "nextRecordsUrl" in said[0]
