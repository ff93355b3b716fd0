"""Reads Salesforce's answers: query results, single records and change events of its REST API and event bus."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reviewqueue.connectors.file_errors import Remark, display_name, ignore, import_error, join_values
from reviewqueue.connectors.json_stream import records
from reviewqueue.connectors.record_fields import DAY, NUMBER, TEXT, identifier, label, missing_id_error, require_kinds
from reviewqueue.core.errors import Invalid
from reviewqueue.evidence.types import Source

# The first three characters of an Id name the object, where a record does not.
PREFIXES = {
    "001": "Account",
    "003": "Contact",
    "005": "User",
    "006": "Opportunity",
    "00Q": "Lead",
    "00k": "OpportunityLineItem",
    "500": "Case",
    "800": "Contract",
    "801": "Order",
}
# The types of the fields that drafts rest on, as its REST API answers them.
FIELDS = {"Id": TEXT, "Name": TEXT, "AccountId": TEXT, "StageName": TEXT, "Amount": NUMBER, "CloseDate": DAY}
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def read(path: Path, *, hint: str = "", remark: Remark = ignore) -> Iterator[Source]:
    """Every record and change event of a file. Raises Invalid with the file and the place."""
    rest: dict[str, Any] = {}
    for at, record in records(path, "records", rest):
        yield from _sources(path, at, record, hint)
    if rest.get("done") is False:
        many = join_values(rest.get("totalSize")) or "several"
        remark(f"{display_name(path)} is one page of {many} records: fetch nextRecordsUrl as well.")


def full_id(text: str) -> str:
    """An Id in its 18 characters: Salesforce gives the same record in 15 or 18."""
    if len(text) != 15 or not (text.isascii() and text.isalnum()):
        return text
    capitals = [sum(text[start + bit].isupper() << bit for bit in range(5)) for start in (0, 5, 10)]
    return text + "".join(_SUFFIX[bits] for bits in capitals)


def _sources(path: Path, at: str, record: Any, hint: str) -> list[Source]:
    if not isinstance(record, dict):
        raise import_error(path, at, "a record must be an object", "Export the answer of the REST API as it came.")
    if "errorCode" in record or record.get("success") is False:
        raise _api_error(path, at, record)
    header = record.get("ChangeEventHeader")
    if isinstance(header, dict):
        return _changes(path, at, record, header)
    require_kinds(path, at, record, FIELDS)
    attributes = record.get("attributes")
    attributes = attributes if isinstance(attributes, dict) else {}
    place, one = "/Id", record.get("Id")
    if one in (None, ""):
        place, one = "/attributes/url", str(attributes.get("url") or "").rpartition("/")[2]
    if not one:
        raise missing_id_error("salesforce", path, at, record)
    found = identifier(path, f"{at}{place}", one)
    name = label(attributes.get("type")) or PREFIXES.get(found[:3]) or label(hint) or "unknown"
    return [Source("salesforce", name[:64], full_id(found), record, label=_label(record))]


def _changes(path: Path, at: str, event: dict[str, Any], header: dict[str, Any]) -> list[Source]:
    """A change event, once for each record it names. It holds what changed, never the whole record."""
    entity, ids = label(header.get("entityName"))[:50], header.get("recordIds")
    if not entity or not isinstance(ids, list) or not ids:
        what = "a change event names no entity or no recordIds"
        raise import_error(path, f"{at}/ChangeEventHeader", what, "Export the event as the bus gave it.")
    says = label(f"{entity} {label(header.get('changeType')) or 'CHANGE'}")
    named = f"{at}/ChangeEventHeader/recordIds"
    found = (full_id(identifier(path, f"{named}/{number}", one)) for number, one in enumerate(ids))
    return [Source("salesforce", f"{entity}ChangeEvent", one, event, label=says) for one in found]


def _api_error(path: Path, at: str, record: dict[str, Any]) -> Invalid:
    """The error for an error body, with Salesforce's own words."""
    errors = record.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else record
    first = first if isinstance(first, dict) else record
    why = join_values(first.get("errorCode") or first.get("statusCode"), first.get("message")) or "it gave no reason"
    what = f"Salesforce answered with an error instead of records: {why}"
    return import_error(path, at, what, "Correct the request and fetch the answer again.")


def _label(record: dict[str, Any]) -> str:
    """The name people know a record by."""
    person = " ".join(str(record[key]) for key in ("FirstName", "LastName") if record.get(key))
    return label(record.get("Name"), person, record.get("Subject"), record.get("CaseNumber"))
