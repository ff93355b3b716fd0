"""An approved packet in HubSpot: a note on its deal, and a task for the deal's owner where fields of the deal say
something else. What is there already is known by its line (`delivery/vendor_api.py:mark_of`)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any
from urllib.parse import quote

from pydantic import SecretStr

from reviewqueue.core.patterns import as_pattern
from reviewqueue.delivery import packet_notes
from reviewqueue.delivery.outgoing import Outgoing, Write
from reviewqueue.delivery.smtp import SendOutcome
from reviewqueue.delivery.vendor_api import VendorApi, VendorFault, mark_in, outcome_of, refused

API = "https://api.hubapi.com"
NAME = "HubSpot"
MAX_TEXT = 65_000  # of 65,536 characters of HTML that a note takes
PAGE_SIZE, MAX_PAGES, READ_AT_ONCE = 500, 20, 100
_DEAL = as_pattern(r"[0-9]{1,20}")


@dataclass(frozen=True)
class Activity:
    """A note or a task on a deal: the plural of its object, HubSpot's number for its tie to a deal, the property that
    holds its text, what the line of ours has for it, and all its properties but the moment."""

    objects: str
    tie: int
    body: str
    number: int
    properties: dict[str, str]
    days: int = 0


def activities(outgoing: Outgoing) -> list[Activity]:
    """What is written, in order."""
    text = packet_notes.note(outgoing, MAX_TEXT, _size)
    found = [Activity("notes", 214, "hs_note_body", 1, {"hs_note_body": text})]
    if asked := packet_notes.task(outgoing, MAX_TEXT, _size):
        said = {"hs_task_subject": packet_notes.task_subject(outgoing), "hs_task_body": asked}
        said |= {"hs_task_status": "NOT_STARTED", "hs_task_type": "TODO"}
        if _DEAL.fullmatch(outgoing.owner):
            said["hubspot_owner_id"] = outgoing.owner
        found.append(Activity("tasks", 216, "hs_task_body", 2, said, packet_notes.TASK_DAYS))
    return found


def writes(outgoing: Outgoing) -> list[Write]:
    """The note and the task, field by field, and what differs."""
    if outgoing.cannot:
        return packet_notes.nothing(outgoing)
    found = packet_notes.compared(outgoing)
    for one in activities(outgoing):
        when = f"{one.days} days after it is written" if one.days else "when it is written"
        fields = [("hs_timestamp", "", when), *((name, "", text) for name, text in one.properties.items())]
        called = "Task for the deal's owner" if one.days else "Note"
        found.append(Write(f"{called} on deal {outgoing.deal[1]} in HubSpot", tuple(fields)))
    return found


def send(
    outgoing: Outgoing, token: SecretStr, now: datetime, *, url: str = API, allowed: Collection[str] = ()
) -> SendOutcome:
    """Write the note and the task, or what is missing of them."""
    if outgoing.cannot or not _DEAL.fullmatch(outgoing.deal[1]):
        return refused(outgoing.cannot or f"{outgoing.deal[1]!r} is no number of a deal in HubSpot")
    api = VendorApi(NAME, url, token, now, _error, allowed)
    return outcome_of(lambda: _write(api, outgoing, now))


def _write(api: VendorApi, outgoing: Outgoing, now: datetime) -> str:
    deal, wanted = outgoing.deal[1], activities(outgoing)
    for one in wanted:
        if (outgoing.key, one.number) in _there(api, deal, one):
            continue
        at = (now.astimezone(UTC) + timedelta(days=one.days)).strftime("%Y-%m-%dT%H:%M:%SZ")
        said = {name: _html(text) if name == one.body else text for name, text in one.properties.items()}
        tie = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": one.tie}
        body = {"properties": {"hs_timestamp": at, **said}, "associations": [{"to": {"id": deal}, "types": [tie]}]}
        answer = api.post(f"/crm/v3/objects/{one.objects}", body)
        if not isinstance(answer, dict) or not answer.get("id"):
            raise VendorFault("failed", f"{NAME} answered without the id of what was written")
    return f"HubSpot has a note{' and a task' if len(wanted) > 1 else ''} on deal {deal}"


def _there(api: VendorApi, deal: str, one: Activity) -> set[tuple[str, int] | None]:
    """The lines of ours in the notes, or tasks, of a deal."""
    ids = list(_tied(api, deal, one.objects))
    found: set[tuple[str, int] | None] = set()
    for start in range(0, len(ids), READ_AT_ONCE):
        asked = [{"id": found_id} for found_id in ids[start : start + READ_AT_ONCE]]
        answer = api.post(f"/crm/v3/objects/{one.objects}/batch/read", {"properties": [one.body], "inputs": asked})
        for row in _results(answer, one.objects):
            properties = row.get("properties")
            found.add(mark_in(properties.get(one.body) if isinstance(properties, dict) else None))
    return found


def _tied(api: VendorApi, deal: str, objects: str) -> Iterator[str]:
    """The ids of a deal's notes or tasks. Raises VendorFault for more of them than are read."""
    path = f"/crm/v4/objects/deals/{quote(deal, safe='')}/associations/{objects}?limit={PAGE_SIZE}"
    after = ""
    for _ in range(MAX_PAGES):
        answer = api.get(f"{path}{f'&after={after}' if after else ''}")
        yield from (str(one["toObjectId"]) for one in _results(answer, objects) if one.get("toObjectId"))
        paging = answer.get("paging")
        following = paging.get("next") if isinstance(paging, dict) else None
        after = quote(str(following.get("after", "")), safe="") if isinstance(following, dict) else ""
        if not after:
            return
    raise VendorFault("failed", f"deal {deal} has more than {MAX_PAGES * PAGE_SIZE} {objects} in {NAME}")


def _results(answer: Any, objects: str) -> list[dict[str, Any]]:
    found = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(found, list):
        raise VendorFault("failed", f"{NAME} answered for {objects} with something else than a list")
    return [one for one in found if isinstance(one, dict)]


def _html(text: str) -> str:
    """HubSpot shows a body as HTML."""
    return escape(text, quote=False).replace("\n", "<br>")


def _size(text: str) -> int:
    return len(_html(text))


def _error(said: Any) -> str:
    """The words of an error body: {"status": "error", "message": …}."""
    message = said.get("message") if isinstance(said, dict) else None
    return message if isinstance(message, str) else ""
