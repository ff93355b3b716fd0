"""Checks the invitation that a message carries: it can be made, begins in the future, and the text says when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from reviewqueue.core.mime import invitation
from reviewqueue.core.mime.invitation import FIELD
from reviewqueue.core.mime.message import INVITATION
from reviewqueue.core.patterns import as_pattern
from reviewqueue.core.vocabulary import ANY_MESSAGE
from reviewqueue.evidence.text.values.entities import find
from reviewqueue.evidence.types import CheckResult

# A time of day as people write it: 14:30, 14.30, 14h30, 2:30 pm, 2 p.m., 14 Uhr, 14 h.
_CLOCK = as_pattern(
    r"(?<![\d.:/-])([01]?\d|2[0-3])(?:[:.h]([0-5]\d))?(?![\d:/-])(?:[ \u00a0]?(?:([ap])\.?m\b|uhr\b|h\b))?", re.I
)


def check(kind: str, draft: Any, today: date | None) -> Iterator[CheckResult]:
    """`message.invitation` of a message that carries one: it fails where none can be made of it, where its day has
    passed by `today`, and where the text names another day or time, or none."""
    if kind not in ANY_MESSAGE or not isinstance(draft, dict):
        return
    found, flaws = invitation.read(draft)
    yield from (CheckResult(INVITATION, "fail", True, says, at) for says, at in flaws)
    if found is None:
        return
    starts, at = found.starts, f"/{FIELD}/starts"
    wrong = False
    if today is not None and starts.date() < today:
        wrong = True
        says = f"The invitation is for {found.when}, which has passed. Choose another day."
        yield CheckResult(INVITATION, "fail", True, says, at)
    if missing := _not_said(draft.get("body"), starts):
        wrong = True
        says = f"The invitation is for {found.when}, and the text does not name that {missing}. Write it there too"
        yield CheckResult(INVITATION, "fail", True, f"{says}: many read the text alone.", at)
    if not wrong:
        says = f"It invites its receivers for {found.when}, as the text says."
        yield CheckResult(INVITATION, "pass", True, says, at)


def _not_said(body: Any, starts: datetime) -> str:
    """What of a moment a text does not name: its "day", its "time", or "" where it names both."""
    text = body if isinstance(body, str) else ""
    days = {value for one in find(text, people=False) if one.kind == "date" for value in one.values}
    if not days & {f"{starts:%Y-%m-%d}", f"{starts:--%m-%d}"}:
        return "day"
    return "" if any(_is(hit, starts) for hit in _CLOCK.finditer(text)) else "time"


def _is(hit: Any, starts: datetime) -> bool:
    hour, minute, half = int(hit[1]), int(hit[2] or 0), (hit[3] or "").lower()
    if not hit[2] and hit[0] == hit[1]:
        return False  # a number without anything that makes it a time
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return (hour, minute) == (starts.hour, starts.minute)
