"""One message to a Slack-compatible incoming webhook, in plain words: nothing in it is a mention, a link of its own or
formatting. The address is a secret, and nothing that is said of it has more than its host."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import SecretStr

from reviewqueue.core.patterns import as_pattern
from reviewqueue.core.version import __version__
from reviewqueue.delivery.smtp import SendOutcome
from reviewqueue.delivery.vendor_api import seconds_asked

if TYPE_CHECKING:
    from reviewqueue.core.outbound import Answer

TIMEOUT = 20.0
MAX_TEXT = 30_000  # of 40,000 characters that a message takes
_ANSWER_BYTES = 4096
_FIX = "An incoming webhook is at a public address."
# Some servers take these for mentions of everybody whatever the message says of links.
_EVERYBODY = as_pattern(r"(?i)[@!](?=(?:channel|here|everyone|all|group)\b)")


def host(url: str) -> str:
    """The host of a webhook's address, which may be shown; "" where there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def plain(text: str) -> str:
    """A text in which nobody is called: `@channel` becomes `(at) channel`."""
    return _EVERYBODY.sub("(at) ", text)


def payload(text: str) -> dict[str, object]:
    """What is posted for a text, in which `&`, `<` and `>` are written as Slack reads them."""
    shown = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    off = {"mrkdwn": False, "link_names": False, "unfurl_links": False, "unfurl_media": False}
    return {"text": shown, "parse": "none", **off}


def post(url: SecretStr, text: str, now: datetime, allowed: Collection[str] = ()) -> SendOutcome:
    """Post a text once. `later` is said only where it surely did not arrive: a webhook knows no key, and a repeat would
    be a second message. `allowed` are the forbidden networks that it may be in all the same."""
    started = monotonic()
    came = _post(url, text, now, allowed)
    took = int((monotonic() - started) * 1000)
    return SendOutcome(came.outcome, came.says, came.code, took, came.retry_after)


def _post(url: SecretStr, text: str, now: datetime, allowed: Collection[str]) -> SendOutcome:
    from reviewqueue.core import outbound  # noqa: PLC0415  (five megabytes that are not needed without a webhook)

    address = url.get_secret_value()
    where, limits = host(address), outbound.Limits(TIMEOUT, 2 * TIMEOUT, _ANSWER_BYTES)
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": f"reviewqueue/{__version__}"}
    content = json.dumps(payload(text)).encode()
    try:
        answer = outbound.post(address, content, headers, limits, allowed=allowed, fix=_FIX, encrypted=True)
    except outbound.Unreachable as error:
        return SendOutcome("later", str(error))
    except outbound.NOT_CONNECTED:
        return SendOutcome("later", f"{where} cannot be connected to, so nothing was sent")
    except outbound.ERRORS as error:
        why = "no answer in time" if isinstance(error, outbound.TIMED_OUT) else "the line was cut"
        return SendOutcome("unknown", f"{where}: {why}, so nobody knows whether it arrived")
    return _read(answer, where, address, now)


def _read(answer: Answer, where: str, address: str, now: datetime) -> SendOutcome:
    """What an answer means. A server that fails may have posted the message before."""
    code = answer.status
    if 200 <= code < 300:
        return SendOutcome("released", f"{where} took it", code)
    words = "".join(one if one.isprintable() else " " for one in answer.content.decode("utf-8", "replace"))[:100]
    says = f"{where} answered {code}{f': {words.strip()}' if words.strip() else ''}".replace(address, "********")
    if code == 429:
        return SendOutcome("later", says, code, 0, seconds_asked(answer.headers.get("Retry-After", ""), now))
    if code >= 500:
        return SendOutcome("unknown", f"{says}, so nobody knows whether it arrived", code)
    return SendOutcome("failed", f"{says}. Its address is not good any more, or takes no messages", code)
