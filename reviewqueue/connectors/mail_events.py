"""Reads the events that a mail provider reports of what it was given, in SendGrid's shape: which mail came back, and
who complained. Pure; everything in them is text from outside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from reviewqueue.core import text_limits
from reviewqueue.core.characters import single_line
from reviewqueue.core.mime import addresses

Kind = Literal["bounce", "blocked", "complaint", "unsubscribe"]
# What each kind means for a person, before the provider's own words.
MEANS: dict[Kind, str] = {
    "bounce": "a mail to it came back for good",
    "blocked": "a mail to it was refused for now",
    "complaint": "its owner reported a mail as spam",
    "unsubscribe": "its owner asked for no more mail",
}
# After these nothing more is sent to the address. What was refused for now may be taken later.
SUPPRESSES = ("bounce", "complaint", "unsubscribe")
_EVENTS: dict[str, Kind] = {
    "bounce": "bounce",
    "dropped": "bounce",
    "spamreport": "complaint",
    "unsubscribe": "unsubscribe",
    "group_unsubscribe": "unsubscribe",
}
_DROPPED: dict[str, Kind] = {
    "spam": "complaint",
    "unsubscribed": "unsubscribe",
    "bounced": "bounce",
    "invalid": "bounce",
}
_MAX_ID, _MAX_SAYS = 255, 500


@dataclass(frozen=True)
class MailEvent:
    """One report about one address (folded): the provider's id of it, what it is, in the receiving server's words, and
    the Message-ID of the mail it is about ("" where it does not say)."""

    event_id: str
    kind: Kind
    address: str
    says: str
    message_id: str


def read(payload: Any) -> Iterator[MailEvent]:
    """The events of a post that say that a mail did not arrive or was not wanted. What else is reported (delivered,
    opened), and what names no address or id, is left out."""
    for one in payload if isinstance(payload, list) else [payload]:
        inner = one.get("data") if isinstance(one, dict) else None
        event = inner if isinstance(inner, dict) and str(one.get("type", "")).startswith("sendgrid") else one
        if isinstance(event, dict) and (found := _event(event)):
            yield found


def _event(event: dict[str, Any]) -> MailEvent | None:
    kind, event_id = _kind(event), _line(event.get("sg_event_id"), _MAX_ID)
    mailbox = addresses.read(_line(event.get("email"), 320))[0]
    if kind is None or mailbox is None or not event_id or len(mailbox.folded) > _MAX_ID:
        return None
    says = " ".join(_line(event.get(name), _MAX_SAYS) for name in ("status", "reason")).strip()
    return MailEvent(event_id, kind, mailbox.folded, says[:_MAX_SAYS], _line(event.get("smtp-id"), 1000))


def _kind(event: dict[str, Any]) -> Kind | None:
    name, reason = event.get("event"), _line(event.get("reason"), _MAX_SAYS).casefold()
    if name == "bounce" and event.get("type") == "blocked":
        return "blocked"
    if name == "dropped":  # the provider's own list kept it back: what for stands in its reason
        return next((kind for word, kind in _DROPPED.items() if word in reason), "blocked")
    return _EVENTS.get(name) if isinstance(name, str) else None


def _line(value: Any, most: int) -> str:
    return single_line(text_limits.replace_invalid(value), most) if isinstance(value, str) else ""
