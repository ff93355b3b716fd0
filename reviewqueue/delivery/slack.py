"""An approved draft as a message to a channel of our own people, by a Slack-compatible incoming webhook."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from reviewqueue.core import field_names
from reviewqueue.core.text_limits import replace_invalid
from reviewqueue.delivery import chat
from reviewqueue.delivery.outgoing import Outgoing, Write
from reviewqueue.delivery.smtp import SendOutcome
from reviewqueue.delivery.vendor_api import mark_of

_SHORTENED = "\n… (shortened; the whole is in Review Queue)"


def text(outgoing: Outgoing) -> str:
    """The message: whose it is, the draft in lines, and the line by which a person knows a second one."""
    lines = [outgoing.title, f"{outgoing.customer}, approved in Review Queue as item {outgoing.item_id}.", ""]
    whole = chat.plain(replace_invalid("\n".join([*lines, *_lines(outgoing.draft, 0)])).rstrip())
    end = f"\n\n{mark_of(outgoing.key)}"
    if len(whole) + len(end) > chat.MAX_TEXT:
        end = _SHORTENED + end
        whole = whole[: chat.MAX_TEXT - len(end)]
    return whole + end


def _lines(value: Any, depth: int) -> Iterator[str]:
    """A draft's texts, each under the name of its field; what is empty is left out."""
    pad = "  " * depth
    if isinstance(value, dict):
        for key, inner in value.items():
            name = field_names.readable(f"/{key}")
            if isinstance(inner, dict | list):
                found = list(_lines(inner, depth + 1))
                yield from [f"{pad}{name}:", *found] if found else []
            elif inner not in (None, ""):
                yield f"{pad}{name}: {inner}"
    elif isinstance(value, list):
        for number, inner in enumerate(value, 1):
            found = list(_lines(inner, depth + 1)) if isinstance(inner, dict | list) else [f"{pad}- {inner}"]
            yield from [f"{pad}{number}.", *found] if isinstance(inner, dict | list) and found else found


def writes(outgoing: Outgoing) -> list[Write]:
    """The one message."""
    return [Write(f"A message to the channel behind {outgoing.to.key}", text=text(outgoing))]


def send(outgoing: Outgoing, url: SecretStr, now: datetime, *, allowed: Collection[str] = ()) -> SendOutcome:
    """Post the message once."""
    return chat.post(url, text(outgoing), now, allowed)
