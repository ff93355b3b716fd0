"""The API client that an automation imports: submit, follow, revise, withdraw, report what was sent, verify callbacks.

    queue = Client("https://review.example", key)
    item = queue.submit({"lane": "mid-market-saas", "kind": "customer_email", …}, idempotency_key="deal-006-kickoff")
    item = queue.get(item["id"], wait=30)
    if item["outcome"]: …

Numbers in answers keep every digit (int and Decimal), and may be sent as such.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from math import ceil
from time import monotonic, sleep
from types import TracebackType
from typing import Any

import httpx2
from standardwebhooks import Webhook, WebhookVerificationError

from reviewqueue.core import canonical_json

TRIES = 6
PAUSE = 0.25
LONGEST_REST = 10.0
IN_PROGRESS = "idempotency-key-in-progress"


class Problem(Exception):
    """Raised instead of an answer: `status` (0: none came), `kind` (such as `moved`), `detail` in words, `errors`, each
    with the place (`at`, a JSON Pointer) and a message, and `rest`, the seconds the server asks to wait."""

    def __init__(self, status: int, kind: str, detail: str, errors: Any = (), rest: float = 0.0) -> None:
        self.status, self.kind, self.detail, self.errors, self.rest = status, kind, detail, list(errors), rest
        places = "".join(f"\n  {fault['at'] or '(the whole)'}: {fault['message']}" for fault in self.errors)
        super().__init__(f"{status} {kind}: {detail}{places}")

    @property
    def passing(self) -> bool:
        """Whether the same call may go through in a while."""
        return self.status in (0, 429) or self.status >= 500 or self.kind == IN_PROGRESS


class NotOurs(Exception):
    """A callback that the queue did not sign, or signed too long ago. Do not act on it."""


class Client:
    """The API for one automation. Calls raise Problem; those that may safely be repeated are, for some ten seconds."""

    def __init__(self, address: str, key: str, *, timeout: float = 40.0) -> None:
        self._http = httpx2.Client(
            base_url=f"{address.rstrip('/')}/api/v1",
            headers={"Authorization": f"Bearer {key}"},
            timeout=timeout,
            follow_redirects=False,
        )

    def submit(self, submission: dict[str, Any], *, idempotency_key: str = "") -> dict[str, Any]:
        """Submit a draft. It is repeated under one idempotency key, yours or a random one, so it opens one item."""
        key = idempotency_key or secrets.token_urlsafe(24)
        return self._call("POST", "/items", submission, repeat=True, headers={"Idempotency-Key": key})

    def get(self, item_id: int, *, wait: int = 0) -> dict[str, Any]:
        """An item whole; with `wait` (0 to 30 seconds), once it is decided or the time is over. A server that holds too
        many answers already is asked again when it says so (`Retry-After`), within these seconds."""
        until = monotonic() + wait
        while True:
            left = ceil(until - monotonic())
            path = f"/items/{item_id}" + (f"?wait={left}" if left > 0 else "")
            answer, rest = self._call_repeatedly("GET", path, repeat=True)
            if not rest or left <= 0:
                return answer
            sleep(max(0.0, min(rest, until - monotonic())))

    def pages(self, *, state: str = "", gate: str = "", lane: str = "") -> Iterator[list[dict[str, Any]]]:
        """Your items page by page, newest last."""
        narrowed = {name: said for name, said in (("state", state), ("gate", gate), ("lane", lane)) if said}
        onward: str | None = f"/items?{httpx2.QueryParams(narrowed)}"
        while onward:
            page = self._call("GET", onward, repeat=True)
            yield page["items"]
            onward = page["next"] and "/items?" + page["next"].partition("?")[2]

    def revise(self, item_id: int, based_on: str, draft: dict[str, Any], **more: Any) -> dict[str, Any]:
        """A new draft answering the revision of that digest; `more` may hold title, sources, citations, checks and
        confidence. Not repeated automatically: after a lost answer, `get` shows whether the revision arrived."""
        return self._call("POST", f"/items/{item_id}/revisions", {"based_on": based_on, "draft": draft, **more})

    def withdraw(self, item_id: int, reason: str) -> dict[str, Any]:
        """Withdraw an open item, with a reason of ten characters or more."""
        return self._call("POST", f"/items/{item_id}/withdrawal", {"reason": reason})

    def sent(self, item_id: int, digest: str, at: str, by: str) -> dict[str, Any]:
        """Report what was really sent of an item: the digest of the revision whose text went out, when (RFC 3339), and
        by what. `agrees` is false where that opened an exception: stop, and read `says`."""
        return self._call("POST", f"/items/{item_id}/sent", {"digest": digest, "at": at, "by": by}, repeat=True)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, way: TracebackType | None
    ) -> None:
        self.close()

    def _call(
        self, method: str, path: str, body: Any = None, *, repeat: bool = False, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        return self._call_repeatedly(method, path, body, repeat=repeat, headers=headers)[0]

    def _call_repeatedly(
        self, method: str, path: str, body: Any = None, *, repeat: bool = False, headers: dict[str, str] | None = None
    ) -> tuple[dict[str, Any], float]:
        """(the answer, the seconds after which to ask again: 0 where the server names none)."""
        sent, content = dict(headers or {}), None
        if body is not None:
            sent["Content-Type"], content = "application/json", canonical_json.write(body, digits=True).encode()
        for tried in range(TRIES):
            try:
                return self._request_once(method, path, content, sent)
            except Problem as problem:
                if not repeat or not problem.passing or tried == TRIES - 1:
                    raise
                sleep(max(problem.rest, PAUSE * 2**tried))
        raise AssertionError("the last try answers or raises")

    def _request_once(
        self, method: str, path: str, content: bytes | None, headers: dict[str, str]
    ) -> tuple[dict[str, Any], float]:
        try:
            answer = self._http.request(method, path, content=content, headers=headers)
        except httpx2.TransportError as error:
            raise Problem(0, "no-answer", f"no answer came: {error or type(error).__name__}") from error
        if not answer.is_success:
            raise _problem(answer)
        found: dict[str, Any] = canonical_json.read(answer.content)
        return found, _retry_after(answer)


def verify_callback(headers: Mapping[str, str], body: bytes | str, secret: str) -> dict[str, Any]:
    """The message of a callback, once its signature is verified. `body` is the raw body as it came, `secret` the
    automation's `whsec_…`. Raises NotOurs. The same `webhook-id` may come twice: act on it once."""
    try:
        Webhook(secret).verify(body, dict(headers), json_parse=False)
        message: dict[str, Any] = canonical_json.read(body)
    except (WebhookVerificationError, ValueError) as error:
        raise NotOurs(f"This callback is not to be trusted: {error}") from None
    return message


def _retry_after(answer: httpx2.Response) -> float:
    """The seconds of a `Retry-After`; 0 where it says none."""
    header = answer.headers.get("Retry-After", "")
    return float(header) if header.isascii() and header.isdigit() else 0.0


def _problem(answer: httpx2.Response) -> Problem:
    rest = min(_retry_after(answer), LONGEST_REST)
    try:
        problem = canonical_json.read(answer.content)
        kind = str(problem["type"]).rpartition(":")[2]
        return Problem(answer.status_code, kind, problem["detail"], problem.get("errors", ()), rest)
    except (ValueError, KeyError, TypeError):
        return Problem(answer.status_code, "http", answer.reason_phrase, rest=rest)
