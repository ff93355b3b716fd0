"""How the worker sends to each kind of destination that is sent to from here (`core/destinations.py`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from reviewqueue.core.mime.compose import Letter
from reviewqueue.core.settings import Settings
from reviewqueue.delivery import smtp
from reviewqueue.delivery.smtp import SendOutcome

# Sends once and never raises for what the other side does: the outcome says it.
Send = Callable[[Letter, datetime], SendOutcome]


def senders(settings: Settings) -> dict[str, Send]:
    """What sends, by kind of destination; without the kinds whose setting is missing, which are held meanwhile."""
    url = settings.mail()
    return {"email": partial(smtp.send, url)} if url else {}
