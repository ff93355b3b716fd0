"""An approved packet in Salesforce: a completed task on its opportunity that says what was approved, and an open one
for its owner where fields of the opportunity say something else.

Signed in as the integration user of an external client app (OAuth 2.0 client credentials): the policy has its client
id, the credential is its secret. What is there already is known by its line (`delivery/vendor_api.py:mark_of`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from pydantic import SecretStr

from reviewqueue.core.patterns import as_pattern
from reviewqueue.delivery import packet_notes
from reviewqueue.delivery.outgoing import Outgoing, Write
from reviewqueue.delivery.smtp import SendOutcome
from reviewqueue.delivery.vendor_api import VendorApi, VendorFault, mark_in, outcome_of, refused

NAME = "Salesforce"
DATA = "/services/data/v62.0"
MAX_TEXT = 32_000  # what a task's Description takes
MAX_PAGES = 20
_ID = as_pattern(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")
_QUERY = "SELECT Id, Description FROM Task WHERE WhatId = '{}'"
# What it answers with 403 or 400 and that passes by itself.
_BUSY = ("REQUEST_LIMIT_EXCEEDED", "UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE")


def tasks(outgoing: Outgoing) -> list[dict[str, str]]:
    """The tasks as they are written, but for the day that the open one is due."""
    note = {"Subject": "Handoff packet approved", "Status": "Completed", "Priority": "Normal"}
    found = [{**note, "WhatId": outgoing.deal[1], "Description": packet_notes.note(outgoing, MAX_TEXT)}]
    if asked := packet_notes.task(outgoing, MAX_TEXT):
        said = {"Subject": packet_notes.task_subject(outgoing), "Status": "Not Started", "Priority": "Normal"}
        said |= {"WhatId": outgoing.deal[1], "Description": asked}
        if outgoing.owner.startswith("005") and _ID.fullmatch(outgoing.owner):
            said["OwnerId"] = outgoing.owner
        found.append(said)
    return found


def writes(outgoing: Outgoing) -> list[Write]:
    """Both tasks, field by field, and what differs."""
    if outgoing.cannot:
        return packet_notes.nothing(outgoing)
    found = packet_notes.compared(outgoing)
    for number, task in enumerate(tasks(outgoing), 1):
        fields = [(name, "", text) for name, text in task.items()]
        if number > 1:
            fields.append(("ActivityDate", "", f"{packet_notes.TASK_DAYS} days after it is written"))
        called = "Task for the opportunity's owner" if number > 1 else "Completed task"
        found.append(Write(f"{called} on opportunity {outgoing.deal[1]} in Salesforce", tuple(fields)))
    return found


def send(
    outgoing: Outgoing, secret: SecretStr, now: datetime, *, url: str = "", allowed: Collection[str] = ()
) -> SendOutcome:
    """Write both tasks, or what is missing of them."""
    if outgoing.cannot or not _ID.fullmatch(outgoing.deal[1]):
        return refused(outgoing.cannot or f"{outgoing.deal[1]!r} is no id of an opportunity in Salesforce")
    api = VendorApi(NAME, url or outgoing.to.url, secret, now, _error, allowed, _is_busy)
    return outcome_of(lambda: _write(_signed_in(api, outgoing.to.client_id), outgoing, now))


def _signed_in(api: VendorApi, client_id: str) -> VendorApi:
    """The same API with an access token in place of the secret. Raises VendorFault."""
    secret = api.token.get_secret_value()
    asked = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    answer = api.sign_in("/services/oauth2/token", asked)
    token = answer.get("access_token") if isinstance(answer, dict) else None
    if not isinstance(token, str) or not token:
        raise VendorFault("failed", f"{NAME} answered the sign-in without an access token")
    return replace(api, token=SecretStr(token))


def _write(api: VendorApi, outgoing: Outgoing, now: datetime) -> str:
    there, wanted = _there(api, outgoing.deal[1]), tasks(outgoing)
    for number, task in enumerate(wanted, 1):
        if (outgoing.key, number) in there:
            continue
        due = {"ActivityDate": (now + timedelta(days=packet_notes.TASK_DAYS)).date().isoformat()} if number > 1 else {}
        answer = api.post(f"{DATA}/sobjects/Task", {**task, **due})
        if not isinstance(answer, dict) or not answer.get("id"):
            raise VendorFault("failed", f"{NAME} answered without the id of what was written")
    return f"Salesforce has {len(wanted)} {'task' if len(wanted) == 1 else 'tasks'} on opportunity {outgoing.deal[1]}"


def _there(api: VendorApi, opportunity: str) -> set[tuple[str, int] | None]:
    """The lines of ours in the tasks of an opportunity. Raises VendorFault for more of them than are read."""
    found: set[tuple[str, int] | None] = set()
    path = f"{DATA}/query?q={quote(_QUERY.format(opportunity))}"
    for _ in range(MAX_PAGES):
        answer = api.get(path)
        rows = answer.get("records") if isinstance(answer, dict) else None
        if not isinstance(rows, list):
            raise VendorFault("failed", f"{NAME} answered for tasks with something else than a list")
        for row in rows:
            found.add(mark_in(row.get("Description") if isinstance(row, dict) else None))
        following = answer.get("nextRecordsUrl")
        if not following:
            return found
        if not isinstance(following, str) or not following.startswith("/services/data/"):
            raise VendorFault("failed", f"{NAME} names a next page that is not its own")
        path = following
    raise VendorFault("failed", f"opportunity {opportunity} has more tasks in {NAME} than are read")


def _is_busy(said: Any) -> bool:
    return any(code in _BUSY for code, _ in _errors(said))


def _errors(said: Any) -> list[tuple[str, str]]:
    """Code and words of an error body: [{"errorCode": …, "message": …}], or {"error": …, "error_description": …}."""
    listed = said if isinstance(said, list) else [said]
    pairs = (("errorCode", "message"), ("error", "error_description"))
    found = [(one.get(code), one.get(words)) for one in listed if isinstance(one, dict) for code, words in pairs]
    return [(code, words if isinstance(words, str) else "") for code, words in found if isinstance(code, str)]


def _error(said: Any) -> str:
    return "; ".join(f"{code}: {words}" if words else code for code, words in _errors(said))
