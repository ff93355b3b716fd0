"""How the worker sends to each kind of destination that is sent to from here (`core/destinations.py`), to several at
once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from reviewqueue.core.mime.compose import Letter
from reviewqueue.core.settings import Settings
from reviewqueue.delivery import smtp
from reviewqueue.delivery.smtp import SendOutcome

# Sends once and never raises for what the other side does: the outcome says it.
Send = Callable[[Letter, datetime], SendOutcome]


@dataclass(frozen=True)
class DestinationsInHand:
    """The destinations that the threads of one worker send to at the moment: a slow one takes one thread, and holds up
    no other."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    names: set[str] = field(default_factory=set)


def senders(settings: Settings) -> dict[str, Send]:
    """What sends, by kind of destination; without the kinds whose setting is missing, which are held meanwhile."""
    url = settings.mail()
    return {"email": partial(smtp.send, url)} if url else {}
