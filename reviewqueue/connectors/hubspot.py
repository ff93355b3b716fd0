"""Reads HubSpot's API answers: CRM objects, owners, event occurrences, pipelines, properties and associations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reviewqueue.connectors.file_errors import Remark, describe_value, display_name, ignore, import_error, join_values
from reviewqueue.connectors.json_stream import records, siblings_of
from reviewqueue.connectors.record_fields import DAY, NUMBER, TEXT, identifier, label, missing_id_error, require_kinds
from reviewqueue.core.canonical_json import MISSING, resolve_pointer
from reviewqueue.evidence.types import Source

TYPES = {"0-1": "CONTACT", "0-2": "COMPANY", "0-3": "DEAL", "0-5": "TICKET"}
OBJECT_BY_PLURAL = {
    "contacts": "CONTACT",
    "companies": "COMPANY",
    "deals": "DEAL",
    "tickets": "TICKET",
    "owners": "OWNER",
}
# Which property identifies an object, the most distinctive first.
OBJECT_BY_PROPERTY = {
    "dealname": "DEAL",
    "dealstage": "DEAL",
    "hs_ticket_priority": "TICKET",
    "hs_pipeline_stage": "TICKET",
    "email": "CONTACT",
    "lastname": "CONTACT",
    "firstname": "CONTACT",
    "domain": "COMPANY",
    "name": "COMPANY",
}
# The types of the properties that drafts rest on, as its API answers them.
PROPERTIES = {
    **dict.fromkeys(("dealname", "dealstage", "pipeline", "name", "domain", "email", "firstname", "lastname"), TEXT),
    **{"amount": NUMBER, "closedate": DAY},
}
# HubSpot's own association types: the only thing in an answer that says what its two ends are.
ASSOCIATIONS = {
    1: "CONTACT_TO_COMPANY",
    279: "CONTACT_TO_COMPANY",
    2: "COMPANY_TO_CONTACT",
    280: "COMPANY_TO_CONTACT",
    3: "DEAL_TO_CONTACT",
    4: "CONTACT_TO_DEAL",
    5: "DEAL_TO_COMPANY",
    341: "DEAL_TO_COMPANY",
    6: "COMPANY_TO_DEAL",
    342: "COMPANY_TO_DEAL",
}


def read(path: Path, *, hint: str = "", remark: Remark = ignore) -> Iterator[Source]:
    """Every record of a file; `hint` names the object (`deals`, `DEAL`). Raises Invalid with file and place."""
    rest = siblings_of(path, "results")
    object_hint = OBJECT_BY_PLURAL.get(hint.lower(), hint.upper()) or _object_of_next_page(rest)
    unknown = 0
    for at, record in records(path, "results"):
        source = _source(path, at, record, object_hint)
        unknown += source.object == "unknown"
        yield source
    if unknown:
        says = "1 record does not say what it is" if unknown == 1 else f"{unknown} records do not say what they are"
        remark(f"{display_name(path)}: {says}; kept as unknown. Name it: --object.")
    errors = rest.get("errors")
    if isinstance(errors, list) and errors:
        why = join_values(errors[0].get("message") if isinstance(errors[0], dict) else errors[0]) or "it gave no reason"
        many = join_values(rest.get("numErrors")) or str(len(errors))
        left = "1 record" if many == "1" else f"{many} records, the first"
        remark(f"{display_name(path)}: HubSpot left out {left} because: {why}")
    if isinstance(rest.get("paging"), dict):
        remark(f"{display_name(path)} is one page of several: fetch paging.next as well.")


def _object_of_next_page(rest: dict[str, Any]) -> str:
    """The object that the link to the next page names, or ""."""
    link = str(rest.get("paging") or "")
    named = re.search(r"/objects/(?:[\d-]*\d{4}[\d-]*/)?([a-z]+|0-\d+)\b", link)
    return (OBJECT_BY_PLURAL.get(named[1]) or TYPES.get(named[1], "")) if named else ""


def _source(path: Path, at: str, record: Any, asked: str) -> Source:
    if not isinstance(record, dict):
        raise import_error(path, at, "a record must be an object", "Export the answer of the API as it came.")
    if record.get("status") == "error":
        why = join_values(record.get("category"), record.get("message")) or "it gave no reason"
        what = f"HubSpot answered with an error instead of records: {why}"
        raise import_error(path, at, what, "Correct the request and fetch the answer again.")
    properties = record.get("properties")
    if isinstance(properties, dict):
        require_kinds(path, f"{at}/properties", properties, PROPERTIES)
    elif properties is not None:
        what = "must be an object of properties"
        raise import_error(path, f"{at}/properties", what, "Export the answer of the API as it came.")
    name, place = _object_and_id(record, asked)
    found = resolve_pointer(record, place)
    if found in (MISSING, None, ""):
        raise missing_id_error("hubspot", path, at, record)
    if name == "association":
        name = _association(path, at, record)
    one = identifier(path, f"{at}{place}", found)
    return Source("hubspot", label(name)[:64] or "unknown", one, record, label=_label(record))


def _object_and_id(record: dict[str, Any], asked: str) -> tuple[str, str]:
    """(a record's object, from the fields it has, the pointer to its id)."""
    if "eventType" in record and "objectId" in record:
        closed = record["eventType"] == "e_deal_closed"
        return ("DEAL" if closed else str(record["eventType"])), "/objectId"
    if "subscriptionType" in record:  # eventId is not unique: the object's own id is the key
        return str(record["subscriptionType"]), "/objectId"
    if "portalId" in record:
        return "account-info", "/portalId"
    if isinstance(record.get("stages"), list):
        return "pipeline", "/id"
    if "fieldType" in record:
        return "property", "/name"
    if isinstance(record.get("from"), dict) and "to" in record:
        return "association", "/from/id"
    properties = record.get("properties")
    if not isinstance(properties, dict):
        owner = asked == "OWNER" or ("userId" in record and "email" in record)
        return ("OWNER" if owner else "unknown"), "/id"
    typed = re.search(r"/record/(0-\d+)/", str(record.get("url", "")))
    typed_object = TYPES.get(str(record.get("objectTypeId") or (typed[1] if typed else "")), "")
    return asked or typed_object or next(
        (OBJECT_BY_PROPERTY[key] for key in OBJECT_BY_PROPERTY if key in properties), "unknown"
    ), "/id"


def _association(path: Path, at: str, record: dict[str, Any]) -> str:
    """The object of an association record, from the first of HubSpot's own types among its ends."""
    types = list(_types(path, f"{at}/to", record["to"]))
    own = (kind.get("typeId") for kind in types if kind.get("category") == "HUBSPOT_DEFINED")
    return next((ASSOCIATIONS[number] for number in own if number in ASSOCIATIONS), "association")


def _types(path: Path, at: str, ends: Any) -> Iterator[dict[str, Any]]:
    """The types of the associations to these ends. Raises Invalid, naming the place, for what cannot be one."""
    fix = "Export the answer of the API as it came."
    for number, end in enumerate(ends if isinstance(ends, list) else []):
        listed = end.get("associationTypes") if isinstance(end, dict) else None
        place = f"{at}/{number}/associationTypes"
        if not isinstance(listed, list | None):
            raise import_error(path, place, f"must be a list of association types, not {describe_value(listed)}", fix)
        for which, kind in enumerate(listed or []):
            if not isinstance(kind, dict):
                raise import_error(
                    path, f"{place}/{which}", f"must be an association type, not {describe_value(kind)}", fix
                )
            require_kinds(path, f"{place}/{which}", kind, {"typeId": NUMBER})
            yield kind


def _label(record: dict[str, Any]) -> str:
    """The name people know a record by."""
    properties = record.get("properties")
    says = properties if isinstance(properties, dict) else record
    names = ("firstname", "firstName", "lastname", "lastName")  # a contact's, or an owner's
    person = " ".join(str(says[key]) for key in names if says.get(key))
    keys = ("dealname", "hs_deal_name", "name", "subject", "email")
    return label(record.get("label"), person, *(says.get(key) for key in keys))
