"""Sending one callback to its automation over HTTP, signed by Standard Webhooks; `core/outbound.py` guards where it
goes. Redirects are failures. Nothing here raises for what the other side does: the outcome says it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic

import httpx2
from standardwebhooks import Webhook

from reviewqueue.core import outbound
from reviewqueue.core.outbound import Answer, Limits, Unreachable
from reviewqueue.core.version import __version__
from reviewqueue.delivery.callbacks import DueCallback

TIMEOUT = 10.0
MAX_SECONDS = 20.0
MAX_ANSWER_BYTES = 64 * 1024
MAX_RETRY_AFTER = 7 * 24 * 3600
_FIX = "Callbacks go to public addresses only, unless REVIEWQUEUE_PRIVATE_CALLBACKS is on."


@dataclass(frozen=True)
class CallbackOutcome:
    """What came of one attempt: the HTTP status (None without an answer), the reason in words for people, and how many
    seconds the receiver asked us to wait."""

    status: int | None
    says: str
    milliseconds: int
    retry_after: int = 0


def send(due: DueCallback, secret: str, now: datetime, *, private: bool = False) -> CallbackOutcome:
    """Post a message once. `secret` is the automation's `whsec_…`; `private` lets it go to our own network as well."""
    started = monotonic()
    try:
        status, says, retry_after = _post(due, secret, now, private)
    except Unreachable as error:
        status, says, retry_after = None, str(error), 0
    except outbound.ERRORS as error:
        status, says, retry_after = None, _error_text(error), 0
    return CallbackOutcome(status, says, int((monotonic() - started) * 1000), retry_after)


def headers(due: DueCallback, secret: str, now: datetime) -> dict[str, str]:
    """The headers of Standard Webhooks, and what the body is."""
    return {
        "Content-Type": "application/json",
        "User-Agent": f"reviewqueue/{__version__}",
        "webhook-id": due.webhook_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(due.webhook_id, now.astimezone(UTC), due.body),
    }


def _post(due: DueCallback, secret: str, now: datetime, private: bool) -> tuple[int, str, int]:
    limits = Limits(TIMEOUT, MAX_SECONDS, MAX_ANSWER_BYTES)
    allowed = outbound.EVERY_NETWORK if private else ()
    answer = outbound.post(due.url, due.body.encode(), headers(due, secret, now), limits, allowed=allowed, fix=_FIX)
    return answer.status, _answer_text(answer), _retry_after(answer.headers.get("Retry-After", ""), now)


def _answer_text(answer: Answer) -> str:
    status = f"{answer.status} {answer.reason}".strip()
    if 200 <= answer.status < 300:
        return f"Taken: {status}"
    if 300 <= answer.status < 400:
        return f"Answered {status}: redirects are not followed. Give the final address as callback_url."
    if answer.status == 410:
        return f"Answered {status}: the receiver wants no more of this."
    return f"Answered {status}"


def _error_text(error: Exception) -> str:
    if isinstance(error, httpx2.TimeoutException):
        return f"No answer within {TIMEOUT:.0f} seconds"
    if isinstance(error, httpx2.InvalidURL | ValueError | OverflowError):
        return "The address cannot be read, so nothing was sent. Check the callback address."
    return f"The connection failed: {str(error) or type(error).__name__}"[:255]


def _retry_after(header: str, now: datetime) -> int:
    """Seconds to wait by a Retry-After of seconds or of a date; a week at the most, 0 when it says nothing."""
    seconds = 0.0
    if header.isascii() and header.isdigit() and len(header) < 10:
        seconds = int(header)
    elif header:
        try:
            seconds = (parsedate_to_datetime(header) - now).total_seconds()
        except (ValueError, TypeError, OverflowError):
            return 0
    return int(min(max(seconds, 0), MAX_RETRY_AFTER))
