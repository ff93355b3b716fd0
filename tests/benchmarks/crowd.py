"""A crowd: eight clients in a process of their own, each over one kept connection, started together."""

from __future__ import annotations

import http.client
import re
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from http.cookies import SimpleCookie
from urllib.parse import urlencode
from uuid import uuid4

CLIENTS = 8
WARM = 10  # of each client's jobs, done before the clock runs: every process of the server has then read its policy
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Browser:
    """A signed-in person over one connection, with their cookie and form token."""

    def __init__(self, address: str, email: str, password: str) -> None:
        self.connection = http.client.HTTPConnection(address, timeout=60)
        self.cookie = ""
        token = self._token("/sign-in")
        status, _ = self.post("/sign-in", {"csrf_token": token, "email": email, "password": password})
        if status not in (302, 303):
            raise SystemExit(f"{email} could not sign in: {status}")
        self.token = self._token("/queue")

    def _token(self, path: str) -> str:
        self.connection.request("GET", path, headers={"Cookie": self.cookie})
        answer = self.connection.getresponse()
        body = answer.read().decode()
        self._keep(answer)
        found = TOKEN.search(body)
        if not found:
            raise SystemExit(f"no form token on {path}")
        return found[1]

    def _keep(self, answer: http.client.HTTPResponse) -> None:
        if given := answer.getheader("Set-Cookie"):
            self.cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in SimpleCookie(given).items())

    def post(self, path: str, form: dict[str, str]) -> tuple[int, bytes]:
        """Send a form; (status, body)."""
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        self.connection.request("POST", path, urlencode(form), headers)
        answer = self.connection.getresponse()
        body = answer.read()
        self._keep(answer)
        return answer.status, body


def together(work: list[Callable[[], None]]) -> float:
    """Seconds that it takes to run these side by side, from one shared start."""
    gate = threading.Barrier(len(work) + 1)

    def one(task: Callable[[], None]) -> None:
        gate.wait()
        task()

    threads = [threading.Thread(target=one, args=(task,)) for task in work]
    for thread in threads:
        thread.start()
    gate.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - begun


def main() -> None:
    """Read what to do as JSON lines from standard input; print how many a second."""
    import json

    asked = json.loads(sys.stdin.read())
    lots = [asked["jobs"][start::CLIENTS] for start in range(CLIENTS)]
    if asked["what"] == "decide":
        clients = [_decider(asked["address"], number) for number in range(CLIENTS)]
    else:
        clients = [_submitter(asked["address"], asked["key"]) for _ in lots]
    together([partial(go, lot[:WARM]) for go, lot in zip(clients, lots, strict=True)])
    took = together([partial(go, lot[WARM:]) for go, lot in zip(clients, lots, strict=True)])
    print(sum(len(lot[WARM:]) for lot in lots) / took)


def _decider(address: str, number: int) -> Callable[[list[list[str]]], None]:
    browser = Browser(address, f"csm{number}@example.com", "a long enough password")

    def decide(lot: list[list[str]]) -> None:
        for item, revision, evidence, policy in lot:
            form = {
                "csrf_token": browser.token,
                "action": "approve",
                "reason_code": "evidence-complete",
                "text": "",
                "revision_digest": revision,
                "evidence_digest": evidence,
                "policy_digest": policy,
            }
            status, body = browser.post(f"/items/{item}/decisions", form)
            if status not in (302, 303):
                raise SystemExit(f"decision refused: {status} {body[:300]!r}")

    return decide


def _submitter(address: str, key: str) -> Callable[[list[str]], None]:
    connection = http.client.HTTPConnection(address, timeout=60)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def submit(lot: list[str]) -> None:
        for body in lot:
            connection.request("POST", "/api/v1/items", body, {**headers, "Idempotency-Key": uuid4().hex})
            answer = connection.getresponse()
            said = answer.read()
            if answer.status != 201:
                raise SystemExit(f"submit refused: {answer.status} {said[:300]!r}")

    return submit


if __name__ == "__main__":
    main()
