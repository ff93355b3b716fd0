"""The invitation of a message as a person reads it: when it is where it was written and where they are, and whom it
invites."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from reviewqueue.core.mime import message
from reviewqueue.core.mime.invitation import FIELD, Invitation


@dataclass(frozen=True)
class ShownInvitation:
    """An invitation on a page. `yours` is when it is in the reader's own time zone, "" where that says the same;
    `invited` are the addresses it goes to, `organizer` the one that answers go to ("" for the sender). Where no
    invitation can be made of the draft, `read` is None."""

    read: Invitation | None
    yours: str
    invited: list[str]
    organizer: str


def shown(draft: Any, zone: str) -> ShownInvitation | None:
    """The invitation of a draft, for a reader in that time zone; None where it carries none."""
    if not isinstance(draft, dict) or not draft.get(FIELD):
        return None
    found = message.read(draft, smtputf8=True)[0]
    invitation, yours = found.invitation, ""
    if invitation is not None and (
        invitation.starts.utcoffset() != invitation.starts.astimezone(ZoneInfo(zone)).utcoffset()
    ):
        yours = invitation.when_in(zone)
    return ShownInvitation(invitation, yours, found.envelope, found.reply_to[0].address if found.reply_to else "")
