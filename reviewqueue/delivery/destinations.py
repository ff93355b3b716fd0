"""How the worker sends to each kind of destination that is sent to from here (`core/destinations.py`), to several at
once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from pydantic import SecretStr
from sqlalchemy.orm import Session

from reviewqueue.core.sealed import CannotUnseal
from reviewqueue.core.settings import Settings
from reviewqueue.core.vocabulary import APPROVED, OPEN
from reviewqueue.delivery import asana, credentials, files, hubspot, jira, salesforce, slack, smtp
from reviewqueue.delivery.outgoing import Outgoing, Write, outgoing_of
from reviewqueue.delivery.smtp import SendOutcome
from reviewqueue.items.item_context import ItemContext
from reviewqueue.policy.released_to import released_to

# Sends a letter or another outgoing draft once, and never raises for what the other side does: the outcome says it.
Send = Callable[[Any, datetime], SendOutcome]
# What each kind of destination with a dry run will write.
_WRITES: dict[str, Callable[[Outgoing], list[Write]]] = {
    "file": files.writes,
    "asana": asana.writes,
    "jira": jira.writes,
    "hubspot": hubspot.writes,
    "salesforce": salesforce.writes,
    "slack": slack.writes,
}
# What writes to each kind of destination that takes a credential.
_VENDORS: dict[str, Callable[[Outgoing, SecretStr, datetime], SendOutcome]] = {
    "asana": asana.send,
    "jira": jira.send,
    "hubspot": hubspot.send,
    "salesforce": salesforce.send,
    "slack": slack.send,
}


@dataclass(frozen=True)
class DestinationsInHand:
    """The destinations that the threads of one worker send to at the moment: a slow one takes one thread, and holds up
    no other."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    names: set[str] = field(default_factory=set)


def senders(settings: Settings) -> dict[str, Send]:
    """What sends, by kind of destination; without the kinds whose setting is missing, which are held meanwhile."""
    url = settings.mail()
    found: dict[str, Send] = {"file": partial(files.send, settings.released_files())}
    found |= {kind: partial(_send_with_credential, settings, write) for kind, write in _VENDORS.items()}
    return found | ({"email": partial(smtp.send, url)} if url else {})


def _send_with_credential(
    settings: Settings, write: Callable[[Outgoing, SecretStr, datetime], SendOutcome], outgoing: Outgoing, now: datetime
) -> SendOutcome:
    try:
        secret = credentials.opened(settings, outgoing.to.key, outgoing.sealed)
    except CannotUnseal as cannot:
        return SendOutcome("later", f"The credential of {outgoing.to.key} cannot be opened by the worker: {cannot}")
    return write(outgoing, secret, now)


def dry_run(session: Session, context: ItemContext) -> list[Write]:
    """Exactly what an item's newest revision will write once it is approved, or has written; nothing where its gate's
    destination has no dry run, or it will never be."""
    to = released_to(context.policy, context.gate, context.item.kind)
    if to is None or not to.can.dry_run or context.item.state not in (*OPEN, *APPROVED):
        return []
    return _WRITES[to.kind](outgoing_of(session, context, to))
