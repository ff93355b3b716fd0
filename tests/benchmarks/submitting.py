"""`python -m tests.benchmarks.submitting RECORDS…`: what one submission takes of the server's processor, for a message whose
onboarding has so many source records beside those it sends along."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator
from time import process_time
from typing import Any

from werkzeug.test import Client

from reviewqueue import create_app
from reviewqueue.core.settings import Settings
from tests.benchmarks.place import SECRET, place

WARM, RUNS, AT_ONCE = 6, 20, 20
DEAL = {
    "ref": "deal", "system": "salesforce", "object": "Opportunity", "id": "0061",
    "payload": {"StageName": "Closed Won", "CloseDate": "2027-03-01", "Amount": 1},
}  # fmt: skip


def call(number: int) -> dict[str, Any]:
    """The record of a call with the customer."""
    brief = f"We spoke with Rose about the plan of team {number}; {number} users start on {number % 27 + 1} May 2027."
    parties = [{"name": f"Person {number}", "emailAddress": f"p{number}@example.com"}]
    payload = {"title": f"Call {number}", "brief": brief, "parties": parties}
    return {"ref": f"call{number}", "system": "gong", "object": "call", "id": f"call{number}", "payload": payload}


def submit(client: Client, key: str, title: str, calls: list[dict[str, Any]]) -> float:
    """Submits a message with these calls; returns the milliseconds of this process."""
    message = {
        "lane": "mid-market-saas", "kind": "customer_email", "title": title,
        "onboarding": {"external_id": "0061", "customer": "Customer 1"},
        "draft": {"to": ["a@example.com"], "subject": "Kickoff", "body": f"We go live on 1 March. {title}."},
        "sources": [DEAL, *calls],
        "citations": [{"at": "/body", "quote": "1 March", "source": "deal", "path": "/CloseDate"}],
    }  # fmt: skip
    begun = process_time()
    answer = client.post("/api/v1/items", json=message, headers={"Authorization": f"Bearer {key}"})
    took = (process_time() - begun) * 1000
    if answer.status_code not in (200, 201):
        raise SystemExit(answer.get_data(as_text=True))
    return took


def times(records: int) -> Iterator[float]:
    """What each submission takes once the records are there."""
    with place() as where:
        client = create_app(Settings(data=where.folder, secret_key=SECRET)).test_client()
        for start in range(0, records, AT_ONCE):
            calls = [call(number) for number in range(start, min(start + AT_ONCE, records))]
            submit(client, where.key, f"Records from {start}", calls)
        for run in range(WARM + RUNS):
            took = submit(client, where.key, f"Note {run}", [])
            if run >= WARM:
                yield took


if __name__ == "__main__":
    for many in map(int, sys.argv[1:] or ("0", "60", "200")):
        taken = sorted(times(many))
        print(f"{many} records: {taken[0]:.1f} / {statistics.median(taken):.1f} / {taken[-1]:.1f} ms")
