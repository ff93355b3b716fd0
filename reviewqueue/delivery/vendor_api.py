"""Requests to a vendor's JSON API with a bearer token, and what its refusals mean for a release. Nothing that is said
of them has the token in it."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode

from pydantic import SecretStr

from reviewqueue.core.patterns import as_pattern
from reviewqueue.core.version import __version__
from reviewqueue.delivery.smtp import SendOutcome

if TYPE_CHECKING:
    from reviewqueue.core.outbound import Answer

TIMEOUT = 20.0
MAX_ANSWER_BYTES = 4 * 1024 * 1024
# What all requests of one release may take: less than its lease (`delivery/releases.py:LEASE`), so that no other worker
# begins with it meanwhile.
MAX_SECONDS = 200.0
MAX_RETRY_AFTER = 24 * 3600
_FIX = "The vendor's API is at a public address."
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"
_MARK = as_pattern(r"Review Queue (release-[0-9A-Za-z-]+)(?:/([0-9]{1,6}))?")
_LINE_END = as_pattern(r"\n|<[^<>]*>")


def mark_of(key: str, number: int = 0) -> str:
    """The line by which what a release wrote is known again: the release's key, and which thing of several it is."""
    return f"Review Queue {key}{f'/{number}' if number else ''}"


def mark_in(text: object) -> tuple[str, int] | None:
    """The line of ours in a plain text or in HTML: (key of the release, number of the thing). It is the last one: what
    stands above it was written by others."""
    lines = reversed(_LINE_END.split(text)) if isinstance(text, str) else ()
    found = next((one for line in lines if (one := _MARK.fullmatch(line.strip()))), None)
    return (found[1], int(found[2] or 0)) if found else None


class VendorFault(Exception):
    """A request that did not succeed: whether it is tried again, and why in words for people."""

    def __init__(
        self, outcome: Literal["later", "failed"], says: str, code: int | None = None, retry_after: int = 0
    ) -> None:
        super().__init__(says)
        self.outcome, self.says, self.code, self.retry_after = outcome, says, code, retry_after


@dataclass
class VendorApi:
    """A vendor's API: what it is called, where it is, and the token for it. `allowed` are the forbidden networks that
    it may be in all the same; `is_busy` says of an error's body that it passes by itself. With a `user`
    the token is their password, and not a bearer's."""

    name: str
    url: str
    token: SecretStr
    now: datetime
    read_error: Callable[[Any], str]
    allowed: Collection[str] = ()
    is_busy: Callable[[Any], bool] = lambda _: False
    user: str = ""
    ends: float = field(default_factory=lambda: monotonic() + MAX_SECONDS)

    def get(self, path: str) -> Any:
        """What it answers to a GET. Raises VendorFault."""
        return self._call("GET", path, b"", self._authorized())

    def post(self, path: str, body: Any, *, empty: bool = False) -> Any:
        """What it answers to a POST of that JSON; None to one that is answered with nothing (`empty`). Raises
        VendorFault."""
        return self._call("POST", path, json.dumps(body).encode(), self._authorized(), empty=empty)

    def sign_in(self, path: str, fields: dict[str, str]) -> Any:
        """What it answers to a form that carries the credential itself. Raises VendorFault."""
        return self._call("POST", path, urlencode(fields).encode(), {"Content-Type": _FORM})

    def _authorized(self) -> dict[str, str]:
        secret = self.token.get_secret_value()
        basic = b64encode(f"{self.user}:{secret}".encode()).decode()
        return {"Authorization": f"Basic {basic}" if self.user else f"Bearer {secret}", "Content-Type": _JSON}

    def _call(self, method: str, path: str, content: bytes, headers: dict[str, str], *, empty: bool = False) -> Any:
        from reviewqueue.core import outbound  # noqa: PLC0415  (five megabytes that are not needed without a vendor)

        left = self.ends - monotonic()
        if left <= 0:
            raise VendorFault("later", f"{self.name} took too long; what is missing is written in the next attempt")
        headers = {"Accept": _JSON, "User-Agent": f"reviewqueue/{__version__}", **headers}
        limits = outbound.Limits(TIMEOUT, min(left, 3 * TIMEOUT), MAX_ANSWER_BYTES)
        try:
            answer = outbound.post(
                self.url + path, content, headers, limits, allowed=self.allowed, fix=_FIX, encrypted=True, method=method
            )
        except outbound.Unreachable as error:
            raise VendorFault("later", self._says(str(error))) from None
        except outbound.ERRORS as error:
            why = "no answer in time" if isinstance(error, outbound.TIMED_OUT) else type(error).__name__
            raise VendorFault("later", f"{self.name} cannot be reached: {why}") from None
        return self._read(answer, empty)

    def _read(self, answer: Answer, empty: bool) -> Any:
        """The JSON of a good answer. Raises VendorFault for any other."""
        try:
            said = json.loads(answer.content) if answer.content else None
        except (ValueError, RecursionError):
            said = None
        code = answer.status
        if 200 <= code < 300 and answer.whole and (said is not None or (empty and not answer.content)):
            return said
        why = self._says(self.read_error(said) if code >= 300 else "it is no JSON, or too much of it")
        says = f"{self.name} answered {code}{f': {why}' if why else ''}"
        if code == 429 or code >= 500 or code < 300 or self.is_busy(said):
            raise VendorFault("later", says, code, seconds_asked(answer.headers.get("Retry-After", ""), self.now))
        if code in (401, 403):
            says += ". Its credential is not accepted, or may not do this: an admin enters another under Releases"
        raise VendorFault("failed", says, code)

    def _says(self, text: str) -> str:
        """A vendor's words as a line, without the token, should it repeat it."""
        line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
        return line.replace(self.token.get_secret_value(), "********")[:400]


def refused(why: str) -> SendOutcome:
    """What came of what cannot be written at all."""
    return SendOutcome("failed", f"Nothing was written: {why}")


def outcome_of(write: Callable[[], str]) -> SendOutcome:
    """What came of writing: the words that it returns, or its fault."""
    started = monotonic()
    try:
        came = SendOutcome("released", write())
    except VendorFault as fault:
        came = SendOutcome(fault.outcome, fault.says, fault.code, 0, fault.retry_after)
    took = int((monotonic() - started) * 1000)
    return SendOutcome(came.outcome, came.says, came.code, took, came.retry_after)


def seconds_asked(header: str, now: datetime) -> int:
    """Seconds to wait by a Retry-After of seconds or of a date; a day at the most, 0 when it says nothing."""
    if header.isascii() and header.isdigit() and len(header) < 10:
        return min(int(header), MAX_RETRY_AFTER)
    try:
        return int(min(max((parsedate_to_datetime(header) - now).total_seconds(), 0), MAX_RETRY_AFTER))
    except (ValueError, TypeError, OverflowError):
        return 0
