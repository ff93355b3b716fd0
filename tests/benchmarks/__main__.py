"""`python -m tests.benchmarks [queue workload measurement decide submit import demo redline checks outside]`: the figures of the README, three runs each."""

from __future__ import annotations

import json
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from reviewqueue import checks
from reviewqueue.cli.serve import reduce_gc
from reviewqueue.core.settings import Settings
from reviewqueue.db import database
from reviewqueue.items import seen_version
from reviewqueue.review import decision_requests, decisions
from tests import drafts, northbeam
from tests.benchmarks.figures import RUNS, p95, plain_loop, tell, three
from tests.benchmarks.outside import outside
from tests.benchmarks.place import PASSWORD, SECRET, Place, place, served, wait
from tests.support.executed_statements import Said, hearing

JOBS = 400
TURN = 20
# Runs a command and tells its peak memory; small itself, since a process begins with the peak of the one it came from.
PEAK = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)
"""
CROWD = 1_280
FILTERS = (
    "view=mine", "view=open", "view=open&lane=enterprise-saas", "view=open&gate=risk-escalation",
    "view=open&kind=task_reminder",
    "view=open&customer=acme+1", "view=open&customer=nobody", "view=open&overdue=1", "view=escalated", "view=decided",
    "view=open&lane=mid-market-saas&gate=customer-communication&kind=portal_update&overdue=1&customer=q",
)  # fmt: skip


def queue() -> None:
    """Server time of the queue page at 100,000 pending items, every filter, beside one bare walk of the index."""
    from reviewqueue import create_app

    with place() as where:
        where.fill(100_000)
        where.own(20_000)
        app = create_app(Settings(data=where.folder, secret_key=SECRET))
        client = app.test_client()
        _sign_in(client, "helen@example.com")

        def pages() -> float:
            times = []
            for _ in range(10):
                for filters in FILTERS:
                    begun = time.perf_counter()
                    answer = client.get(f"/queue?{filters}")
                    times.append((time.perf_counter() - begun) * 1000)
                    if answer.status_code != 200:
                        raise SystemExit(f"/queue?{filters}: {answer.status_code}")
            return p95(times)

        def bare() -> float:
            connection = sqlite3.connect(where.file)
            times = []
            for _ in range(100):
                begun = time.perf_counter()
                query = "SELECT * FROM items WHERE state = 'pending' AND lane = ? AND gate = ? ORDER BY due_at LIMIT 51"
                connection.execute(query, ("mid-market-saas", "handoff-quality")).fetchall()
                times.append((time.perf_counter() - begun) * 1000)
            return p95(times)

        client.get("/queue")
        tell("queue page, 100,000 pending, p95", three(pages), "ms", three(bare), "one bare walk")


def workload() -> None:
    """Server time of the workload page at 100,000 open items: 1,000 overdue, 500 on desks, 200 paused; and of a look of
    the clock's round over them, which reads 1,000."""
    from reviewqueue import create_app
    from reviewqueue.exceptions import undecidable_items

    with place() as where:
        where.fill(100_000, overdue=1_000)
        where.own(20_000)
        where.busy(leases=500, paused=200)
        client = create_app(Settings(data=where.folder, secret_key=SECRET)).test_client()
        _sign_in(client, "helen@example.com")

        def pages() -> float:
            times = []
            for _ in range(30):
                begun = time.perf_counter()
                answer = client.get("/workload")
                times.append((time.perf_counter() - begun) * 1000)
                if answer.status_code != 200:
                    raise SystemExit(f"/workload: {answer.status_code}")
            return p95(times)

        def looks() -> float:
            times, goes_on = [], undecidable_items.START
            made = database.sessions(where.engine)
            for _ in range(30):
                begun = time.perf_counter()
                with made() as session:
                    _, goes_on = undecidable_items.scan(session, datetime.now(UTC), goes_on)
                times.append((time.perf_counter() - begun) * 1000)
            return p95(times)

        client.get("/workload")
        tell("workload page, 100,000 open, p95", three(pages), "ms")
        tell("the clock's look at 1,000 of them, p95", three(looks), "ms")


def measurement() -> None:
    """Server time of the measurement page and of a metric's page at a million items of 100,000 onboardings; and what
    stands behind them: the rollup's first making, following one decision, and computing all figures."""
    from datetime import timedelta

    from sqlalchemy import select

    from reviewqueue import create_app
    from reviewqueue.db.tables.people import Person
    from reviewqueue.measurement.metrics import recorded_events, rollup

    with place() as where:
        where.live(100_000)
        made, now = database.sessions(where.engine), datetime.now(UTC)
        today = now.date()
        with made() as session:
            who = f"person:{session.scalar(select(Person.id).where(Person.email == 'helen@example.com'))}"
            days = {"starts_on": today - timedelta(days=360), "ends_on": today - timedelta(days=181)}
            basis = recorded_events.ReferenceInput(
                "mid-market-saas", "period", "The half-year before the pilot.", **days
            )
            recorded_events.record_reference(session, who, basis, now)
            pilot = recorded_events.ReferenceInput(
                "mid-market-saas", "pilot", "Since half a year.", today - timedelta(days=180)
            )
            recorded_events.record_reference(session, who, pilot, now)

        def timed(work: Callable[[], object]) -> float:
            begun = time.perf_counter()
            work()
            return (time.perf_counter() - begun) * 1000

        def followed() -> None:
            with made() as session:
                while rollup.follow(session, datetime.now(UTC)):
                    pass

        def told() -> float:
            with made() as session:
                event = recorded_events.EventInput("csm_prep", datetime.now(UTC), amount=30)
                recorded_events.record(session, who, 7, event, datetime.now(UTC))
            return timed(followed)

        def computed() -> float:
            told()
            with made() as session:
                return timed(lambda: rollup.compute(session, datetime.now(UTC)))

        tell("rollup, first making, 100,000 onboardings", [timed(followed) / 1000], "s")
        tell("rollup, following one entry", three(told), "ms")
        tell("all figures of both lanes", [one / 1000 for one in three(computed)], "s")
        client = create_app(Settings(data=where.folder, secret_key=SECRET)).test_client()
        _sign_in(client, "helen@example.com")
        for address in ("/measurement?lane=mid-market-saas", "/measurement/mid-market-saas/kickoff_scheduled"):

            def pages(address: str = address) -> float:
                times = []
                for _ in range(30):
                    times.append(timed(lambda: client.get(address)))
                    if (answer := client.get(address)).status_code != 200 or "not computed" in answer.text:
                        raise SystemExit(f"{address}: {answer.status_code}")
                return p95(times)

            client.get(address)
            tell(f"{address.partition('?')[0]}, 1,000,000 items, p95", three(pages), "ms")
        tell("/metrics, p95", three(lambda: p95([timed(lambda: client.get("/metrics")) for _ in range(20)])), "ms")


def _sign_in(client: object, email: str) -> None:
    page = client.get("/sign-in").get_data(as_text=True)  # type: ignore[attr-defined]
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]  # type: ignore[index]
    client.post("/sign-in", data={"csrf_token": token, "email": email, "password": PASSWORD})  # type: ignore[attr-defined]


def decide() -> None:
    """Decisions over HTTP by eight people, and the verb beside its bare SQL."""

    def http() -> float:
        with place() as where, served(where, 8931) as address:
            where.fill(CROWD * 4)
            return _crowd({"what": "decide", "address": address, "jobs": _decidable(where, CROWD)})

    tell("decide, 8 clients over HTTP, full durability", three(http), "/s")
    verbs, bares = zip(*(_verb_beside_bare() for _ in range(RUNS)), strict=True)
    tell("decide, the verb", [*verbs], "ms", [*bares], "bare SQL")


def _decidable(where: Place, how_many: int) -> list[list[str]]:
    with sqlite3.connect(where.file) as connection:
        rows = connection.execute(
            "SELECT items.id, digest, evidence_digest, policy_digest FROM items JOIN revisions ON item_id = items.id "
            "WHERE gate = 'customer-communication' AND lane = 'mid-market-saas' ORDER BY items.id LIMIT ?", (how_many,)
        ).fetchall()  # fmt: skip
    connection.close()
    return [[str(value) for value in row] for row in rows]


def _verb_beside_bare() -> tuple[float, float]:
    """Milliseconds a decision takes by the verb, and by the statements it sends sent again by hand over the same
    driver, each one durable transaction. In turn, twenty by twenty, so that both have the same machine."""
    with place() as one, place() as other:
        now, lots = datetime.now(UTC), []
        for where in (one, other):
            where.fill(JOBS * 8)
            lots.append(_decidable(where, JOBS + TURN))
        with hearing(other.engine) as spoken:
            _decided(other, [lots[1][0]], now)
        said, connection = lots[1][0], other.engine.raw_connection().driver_connection
        assert connection is not None
        _decided(one, lots[0][:TURN], now)
        verb = bare = 0.0
        for start in range(TURN, JOBS + TURN, TURN):
            begun = time.perf_counter()
            _decided(one, lots[0][start : start + TURN], now)
            middle = time.perf_counter()
            for job in lots[1][start : start + TURN]:
                _replay(connection, spoken, dict(zip(said[:2], job[:2], strict=True)))
            verb, bare = verb + middle - begun, bare + time.perf_counter() - middle
        return verb / JOBS * 1000, bare / JOBS * 1000


def _decided(where: Place, jobs: list[list[str]], now: datetime) -> None:
    made = database.sessions(where.engine)
    for item, revision, evidence, policy in jobs:
        with made() as session:
            seen = seen_version.SeenVersion(revision, evidence, policy)
            decisions.decide(
                session,
                where.csms[0],
                int(item),
                decision_requests.DecisionRequest("approve", "evidence-complete"),
                seen,
                now,
            )


def _replay(connection: sqlite3.Connection, spoken: list[Said], instead: dict[str, str]) -> None:
    """Say it all again of another item: its id, which is its only revision's as well, and its digest."""
    connection.execute("BEGIN IMMEDIATE")
    for sql, said in ((sql, one) for sql, bound in spoken for one in (bound if isinstance(bound, list) else [bound])):
        values = tuple(type(one)(instead.get(str(one), one)) if one is not None else None for one in said)  # type: ignore[call-arg]
        if sql.startswith("INSERT INTO log_entries"):
            position = connection.execute("SELECT max(position) FROM log_entries").fetchone()[0] + 1
            connection.execute(sql, (position, *values[1:]))
        else:
            connection.execute(sql, values).fetchall()
    connection.execute("COMMIT")


def submit() -> None:
    """Submissions over HTTP by eight clients."""

    def http() -> float:
        with place() as where, served(where, 8932) as address:
            jobs = [_submission(number) for number in range(CROWD)]
            return _crowd({"what": "submit", "address": address, "key": where.key, "jobs": jobs})

    tell("submit, 8 clients over HTTP, full durability", three(http), "/s")


def _submission(number: int) -> str:
    deal = {"StageName": "Closed Won", "CloseDate": "2027-03-01", "Amount": number}
    source = {"ref": "deal", "system": "salesforce", "object": "Opportunity", "id": f"006{number}", "payload": deal}
    return json.dumps({
        "lane": "mid-market-saas", "kind": "customer_email", "title": "Kickoff invitation",
        "onboarding": {"external_id": f"006{number}", "customer": f"Customer {number}"},
        "draft": {"to": ["a@example.com"], "subject": "Kickoff", "body": "We go live on 1 March. Dana sends you the agenda by then."},
        "sources": [source], "citations": [{"at": "/body", "quote": "1 March", "source": "deal", "path": "/CloseDate"}],
        "confidence": 0.87,
    })  # fmt: skip


def _crowd(asked: dict[str, object]) -> float:
    command = [sys.executable, "-m", "tests.benchmarks.crowd"]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=False)
    if done.returncode or done.stderr:
        raise SystemExit(done.stderr)
    return float(done.stdout)


def imports() -> None:
    """Importing 10,000 closed-won deals: time, and peak memory beside that of 1,000."""
    times: list[float] = []

    def peak(deals: int) -> float:
        with place() as where:
            file = where.folder / "deals.json"
            file.write_text(json.dumps({"totalSize": deals, "done": True, "records": [_deal(n) for n in range(deals)]}))
            begun = time.perf_counter()
            command = [sys.executable, "-m", "reviewqueue", "import", "salesforce", str(file), "--json"]
            launched = [sys.executable, "-c", PEAK, *command]
            told = subprocess.run(launched, env=where.environment(), capture_output=True, check=False)
            if told.returncode:
                raise SystemExit(f"import ended with {told.returncode}")
            if deals == 10_000:
                times.append(time.perf_counter() - begun)
            return int(told.stdout) / 1024

    small, large = three(lambda: peak(1_000)), three(lambda: peak(10_000))
    tell("import of 10,000 deals", times, "s")
    tell("import of 10,000 deals, peak memory", large, "MB", small, "1,000 deals")


def _deal(number: int) -> dict[str, object]:
    return {
        "attributes": {"type": "Opportunity", "url": f"/services/data/v60.0/sobjects/Opportunity/006{number:012d}"},
        "Id": f"006{number:012d}", "Name": f"Customer {number} platform", "AccountId": f"001{number:012d}",
        "Account": {"attributes": {"type": "Account"}, "Name": f"Customer {number}"},
        "Amount": 20_000 + number, "StageName": "Closed Won", "CloseDate": "2026-11-02", "Type": "New Business",
        "Segment__c": "mid-market", "Business_Outcome__c": "Close the month in three days instead of nine",
    }  # fmt: skip


def demo() -> None:
    """The demo's first start until it answers, beside importing its libraries; and its memory at rest."""
    rests: list[float] = []

    def start() -> float:
        with tempfile.TemporaryDirectory() as folder:
            begun = time.perf_counter()
            command = [sys.executable, "-m", "reviewqueue", "demo", "--port", "8933", "--data", folder]
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            wait("http://127.0.0.1:8933/sign-in")
            took = time.perf_counter() - begun
            time.sleep(3)
            status = Path(f"/proc/{process.pid}/status").read_text()
            rests.append(int(status.split("VmRSS:")[1].split()[0]) / 1024)
            process.send_signal(signal.SIGTERM)
            process.wait(20)
            return took

    def libraries() -> float:
        begun = time.perf_counter()
        libraries = "import flask_openapi, sqlalchemy.orm, pydantic, cel_expr_python"
        subprocess.run([sys.executable, "-c", libraries], check=True)
        return time.perf_counter() - begun

    tell("demo, first start until it answers", three(start), "s", three(libraries), "importing libraries")
    tell("demo, memory at rest", rests, "MB")


def redline() -> None:
    """An 8,000-word draft held against another with one word in forty changed and ten paragraphs moved, beside cutting
    both into words."""
    from reviewqueue.web.diff.text import merged_markup

    pick = random.Random(8_000)
    known = ["".join(pick.choices("abcdefghilmnoprstu", k=pick.randint(2, 11))) for _ in range(1_500)]
    words = [pick.choices(known, k=40) for _ in range(200)]
    changed = [[*one[:20], "another", *one[21:]] for one in words]
    moved = [*changed[:50], *changed[100:110], *changed[50:100], *changed[110:]]

    def timed(work: Callable[[str, str], object], between: str) -> float:
        before, after = (between.join(map(" ".join, one)) for one in (words, moved))
        begun = time.perf_counter()
        work(before, after)
        return (time.perf_counter() - begun) * 1000

    def split(before: str, after: str) -> None:
        re.findall(r"\w+|\s+|.", before), re.findall(r"\w+|\s+|.", after)

    for name, between in (("in paragraphs", "\n\n"), ("in one piece", " ")):
        runs = three(lambda between=between: timed(merged_markup, between))  # type: ignore[misc]
        floor = three(lambda between=between: timed(split, between))  # type: ignore[misc]
        tell(f"redline of 8,000 words {name}", runs, "ms", floor, "cutting into words")


def checking() -> None:
    """Every check over a message of eighty words and over one of 8,000."""
    policy = northbeam.policy()
    lane, drafted = policy.lane(drafts.LANE), drafts.email().drafted
    assert lane is not None
    for words, times in ((80, 2), (8_000, 200)):
        draft = {**drafted.draft, "body": drafts.BODY * times}
        about = (policy, lane, drafted.kind, draft, drafted.sources, ())

        def timed(work: Callable[[], object]) -> float:
            begun = time.perf_counter()
            for _ in range(10):
                work()
            return (time.perf_counter() - begun) * 100

        runs = three(lambda about=about: timed(lambda: checks.run(*about)))  # type: ignore[misc]
        tell(f"every check over a message of {words:,} words", runs, "ms")


ALL: dict[str, Callable[[], None]] = {
    "queue": queue, "workload": workload, "measurement": measurement, "decide": decide, "submit": submit, "import": imports, "demo": demo, "redline": redline,
    "checks": checking, "outside": outside,
}  # fmt: skip

if __name__ == "__main__":
    reduce_gc()  # as every process that serves does
    for name in sys.argv[1:] or ALL:
        tell("a million additions, before what follows", three(plain_loop), "ms")
        ALL[name]()
