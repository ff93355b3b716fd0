"""Naming: a record's id and name, and what is said of one without id: whose answer it seems to be."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from reviewqueue.connectors.telling import refusal, said, shown
from reviewqueue.refusals import Invalid

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_CALLED = {"salesforce": "Salesforce", "hubspot": "HubSpot"}
# Names that only one system's answers hold, and where each lists its records.
_SIGNS = {
    "salesforce": {"Id", "attributes", "records", "ChangeEventHeader", "errorCode"},
    "hubspot": {"results", "properties", "eventType", "subscriptionType", "portalId", "stages", "from", "category"},
}
_LISTS = {"salesforce": "records", "hubspot": "results"}
_AS_IT_CAME = "Export the answer of the API as it came."


def label(*texts: Any) -> str:
    """The first text that says something, as one line of at most 255 characters without control characters."""
    flat = (" ".join(_CONTROL.sub(" ", text).split())[:255] for text in texts if isinstance(text, str))
    return next(filter(None, flat), "")


def identifier(path: Path, at: str, value: Any) -> str:
    """An id as text. Raises Invalid, naming the place, for what cannot be one."""
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise refusal(path, at, f"an id must be text or a whole number, not {shown(value)}", _AS_IT_CAME)
    found = str(value)
    if not found.strip():
        raise refusal(path, at, "the id is blank", "Ask for the id as well and export the records again.")
    if len(found) > 255:
        what = f"the id {shown(found)} has {len(found):,} characters, and at most 255 can be kept"
        raise refusal(path, at, what, _AS_IT_CAME)
    if not found.isprintable():
        raise refusal(path, at, f"the id {shown(found)} holds a character that cannot be seen", _AS_IT_CAME)
    return found


def nameless(system: str, path: Path, at: str, record: dict[str, Any]) -> Invalid:
    """The refusal for what has no id: another system's answer, a file of another shape, or a record that lacks it."""
    known = _SIGNS[system] & record.keys()
    others = (other for other, signs in _SIGNS.items() if not known and signs & record.keys())
    if other := next(others, ""):
        return refusal(path, at, f"this is an answer of {_CALLED[other]}'s", f"Import it with `import {other}`.")
    if at or known:
        return refusal(path, at, "a record has no id", "Ask for the id as well and export the records again.")
    listed = _LISTS[system]
    found = said(*list(record)[:5]) or "nothing"
    what = f"a record with its id, or a list of records at /{listed}, was expected, but the file holds {found}"
    return refusal(path, "", what, f"Save {_CALLED[system]}'s answer as it came, with its list under “{listed}”.")
