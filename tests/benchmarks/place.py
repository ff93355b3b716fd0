"""A place to measure in: a data folder with a policy, a few people, a key, and as many items as asked for."""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reviewqueue.core import canonical_json
from reviewqueue.db import database, migrate
from reviewqueue.people import api_keys, users
from reviewqueue.policy import policy_versions
from tests import northbeam

PASSWORD = "a long enough password"
SECRET = secrets.token_urlsafe(48)


class Place:
    """A migrated SQLite database at full durability, its people and its key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "reviewqueue.sqlite3"
        self.url = f"sqlite:///{self.file}"
        migrate.upgrade(self.url)
        self.engine = database.connect(self.url)
        now = datetime.now(UTC)
        with database.sessions(self.engine)() as session:
            self.policy = policy_versions.activate(session, northbeam.files(), "system:benchmark", now)
            own = users.hash_password(PASSWORD)  # theirs, not one to be changed at the first sign-in
            for name, role in (("sam", "admin"), ("priya", "revops"), ("helen", "cs_leader")):
                users.add(session, f"{name}@example.com", name, [role], own, "system:benchmark", now)
            self.csms = [
                users.add(session, f"csm{n}@example.com", f"CSM {n}", ["csm"], own, "system:benchmark", now)
                for n in range(8)
            ]
            scopes = ["items:read", "items:write"]
            self.key = api_keys.add(session, "Agent", scopes, "system:benchmark", now, owner_email="sam@example.com")

    def environment(self) -> dict[str, str]:
        """What a server of this place is started with."""
        return {**os.environ, "REVIEWQUEUE_DATA": str(self.folder), "REVIEWQUEUE_SECRET_KEY": SECRET}

    def fill(self, items: int, overdue: int | None = None) -> None:
        """That many pending items, written straight into the tables, over every lane, gate and kind; a tenth of them
        overdue, or so many."""
        late = items // 10 if overdue is None else overdue
        start = datetime.now(UTC)
        desks = [(lane.key, gate, kind) for lane in self.policy.lanes for kind, gate in lane.kinds.items()]
        draft = canonical_json.write({"to": ["a@example.com"], "subject": "Kickoff", "body": "We start on 1 March."})
        rows, revisions = [], []
        for number in range(1, items + 1):
            lane, gate, kind = desks[number % len(desks)]
            due = (start + timedelta(minutes=number - late)).strftime("%Y-%m-%d %H:%M:%S.%f")
            customer = f"{'abcdefghijklmnopqrstuvwxyz'[number % 26]}cme {number % 5000}"
            digest = f"{number:064x}"
            rows.append(
                (
                    number,
                    lane,
                    gate,
                    kind,
                    str(number),
                    f"Draft {number}",
                    customer,
                    customer,
                    1,
                    "",
                    "pending",
                    "Every draft waits here",
                    self.policy.digest,
                    1,
                    0,
                    0,
                    str(start)[:26],
                    due,
                )
            )
            revisions.append((number, number, 1, f"Draft {number}", draft, digest, digest, "", "", 1, str(start)[:26]))
        names = (
            "id, lane, gate, kind, subject, title, customer, customer_key, automation_id, callback_url, state, "
            "why, policy_digest, revision_number, fails, warns, opened_at, due_at"
        )
        made = "id, item_id, number, title, draft, digest, evidence_digest, confidence, based_on, author_automation_id, made_at"
        with sqlite3.connect(self.file) as connection:
            connection.executemany(f"INSERT INTO items ({names}) VALUES ({','.join('?' * 18)})", rows)
            connection.executemany(f"INSERT INTO revisions ({made}) VALUES ({','.join('?' * 11)})", revisions)
        connection.close()

    def own(self, accounts: int) -> None:
        """That many onboardings, every fiftieth somebody's in turn, with the items of their number among them."""
        at = str(datetime.now(UTC))[:26]
        with sqlite3.connect(self.file) as connection:
            people = [row[0] for row in connection.execute("SELECT id FROM people ORDER BY id")]
            rows = [
                (n, "salesforce", f"006{n}", "mid-market-saas", f"Acme {n}", f"acme {n}", "", "mid-market", at,
                 people[n // 50 % len(people)] if n % 50 == 0 else None)
                for n in range(1, accounts + 1)
            ]  # fmt: skip
            names = "id, system, external_id, lane, customer, customer_key, account_id, segment, started_at, owner_id"
            connection.executemany(f"INSERT INTO onboardings ({names}) VALUES ({','.join('?' * 10)})", rows)
            connection.execute("UPDATE items SET onboarding_id = 1 + id % ?", (accounts,))
        connection.close()

    def live(self, onboardings: int) -> None:
        """That many onboardings of one lane over a year, each with ten decided items, a kickoff, minutes and an answer."""
        self.engine.dispose()
        with sqlite3.connect(self.file) as connection:
            for pragma in ("synchronous=OFF", "journal_mode=OFF", "cache_size=-400000"):
                connection.execute(f"PRAGMA {pragma}")
            connection.execute("CREATE TEMP TABLE n (n INTEGER PRIMARY KEY)")
            connection.execute(
                "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?) INSERT INTO n SELECT n FROM n",
                (onboardings,),
            )
            begun, later = (
                "datetime('now', '-' || (n * 525600 / ?) || ' minutes') || '.000000'",
                "datetime({}, '+' || {} || ' minutes') || '.000000'",
            )
            connection.execute(
                "INSERT INTO onboardings (id, system, external_id, lane, customer, customer_key, account_id, segment, started_at, owner_id) "
                f"SELECT n, 'salesforce', '006' || n, 'mid-market-saas', 'Acme ' || n, 'acme ' || n, '', CASE n % 3 WHEN 0 THEN 'enterprise' ELSE 'mid-market' END, {begun}, NULL FROM n",
                (onboardings,),
            )
            kinds = ["handoff_packet", "kickoff_brief", "project_plan", *["customer_email"] * 7]
            gates = ["handoff-quality", "kickoff-preparation", "implementation-launch", *["customer-communication"] * 7]
            for place, (kind, gate) in enumerate(zip(kinds, gates, strict=True)):
                minutes = f"({place} * 1440 + abs(o.id * 7919 % 4000))"
                opened, settled = (
                    later.format("o.started_at", place * 1440),
                    later.format("o.started_at", f"({minutes} + 60)"),
                )
                connection.execute(
                    "INSERT INTO items (id, lane, gate, kind, subject, title, onboarding_id, customer, customer_key, automation_id, callback_url, state, why, policy_digest, "
                    "revision_number, fails, warns, opened_at, due_at, settled_at) "
                    f"SELECT (o.id - 1) * 10 + {place} + 1, o.lane, ?, ?, '{place}', 'Draft', o.id, o.customer, o.customer_key, 1, '', 'approved', '', ?, 1, 0, 0, {opened}, {settled}, {settled} FROM onboardings o",
                    (gate, kind, self.policy.digest),
                )
            connection.execute(
                "INSERT INTO revisions (id, item_id, number, title, draft, digest, evidence_digest, confidence, based_on, author_automation_id, made_at) "
                "SELECT id, id, 1, 'Draft', '{}', printf('%064d', id), '', '', '', 1, opened_at FROM items WHERE kind = 'handoff_packet'"
            )
            for field in range(8):
                outcome = f"CASE WHEN (revisions.id * 31 + {field} * 17) % 13 = 0 THEN 'fail' ELSE 'pass' END"
                connection.execute(
                    "INSERT INTO checks (revision_id, key, version, outcome, blocking, confidence, message, at, origin) "
                    f"SELECT id, 'field.f{field}', 1, {outcome}, 1, NULL, 'Said.', '', '' FROM revisions"
                )
            acts = "CASE WHEN id % 10 = 3 THEN 'edit' ELSE 'approve' END"
            connection.execute(
                "INSERT INTO decisions (item_id, revision_id, action, reason_code, text, person_id, role, at, revision_digest, evidence_digest, policy_digest, passes, choice, exempt) "
                f"SELECT id, (id / 10) * 10 + 1, {acts}, 'evidence-complete', 'Looked at it with care.', 1, 'csm', settled_at, '', '', '', '[]', '', '' FROM items WHERE (id / 10) * 10 + 1 <= (SELECT max(id) FROM revisions)"
            )
            for kind, days, amount in (
                ("kickoff_scheduled", 5, "NULL"),
                ("kickoff_held", 9, "NULL"),
                ("csm_prep", 8, "30 + id * 7919 % 90"),
                ("satisfaction", 20, "3 + id % 3"),
                ("support_ticket", 25, "id % 2"),
            ):
                at = later.format("started_at", f"({days} * 1440 + id * 6151 % 3000)")
                connection.execute(
                    "INSERT INTO recorded_events (onboarding_id, kind, about, amount, note, happened_at, recorded_at, recorded_by) "
                    f"SELECT id, ?, '', {amount}, '', {at}, {at}, 'system:benchmark' FROM onboardings",
                    (kind,),
                )
        connection.execute("PRAGMA journal_mode=WAL")
        connection.close()

    def busy(self, leases: int, paused: int) -> None:
        """So many of the items on desks, for an hour, and so many others paused."""
        now = datetime.now(UTC)
        until = (now + timedelta(hours=1)).strftime("%Y-%m-%d %H:%M:%S.%f")
        with sqlite3.connect(self.file) as connection:
            holder = f"{self.csms[0]} + id % {len(self.csms)}"
            lease = f"UPDATE items SET lease_holder_id = {holder}, lease_until = ? WHERE id % 7 = 0 AND id <= ?"
            connection.execute(lease, (until, leases * 7))
            pause = "UPDATE items SET pause = 'waiting_for_customer', paused_at = ? WHERE id % 7 = 1 AND id <= ?"
            connection.execute(pause, (str(now)[:26], paused * 7))
        connection.close()


@contextmanager
def place() -> Iterator[Place]:
    """A fresh place, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="rq-bench-"))
    try:
        made = Place(folder)
        yield made
        made.engine.dispose()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def served(where: Place, port: int, **more: str) -> Iterator[str]:
    """The real server over a place, on loopback; yields its address."""
    command = [sys.executable, "-m", "reviewqueue", "serve"]
    environment = {**where.environment(), "REVIEWQUEUE_PORT": str(port), **more}
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait(f"http://127.0.0.1:{port}/healthz")
        yield f"127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def wait(url: str, seconds: float = 30) -> float:
    """Seconds until the address answers."""
    begun = time.perf_counter()
    while time.perf_counter() - begun < seconds:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                answer.read()
            return time.perf_counter() - begun
        except OSError:
            time.sleep(0.02)
    raise SystemExit(f"{url} did not answer in {seconds} seconds")
