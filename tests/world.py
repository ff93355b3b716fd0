"""The world of a test: a migrated database with an active policy, the cast, and an automation that submits drafts.

    def test_a_reason_is_asked_for(world):
        item = world.submit(drafts.email())
        with pytest.raises(Invalid):
            world.decide(DANA, item, "reject", text="no")

Everything goes through the verbs of the application, at the moment `world.now` unless another one is given. What the
worker would do a moment later to a draft handed in, the model's checks, is done right after it, by the worker's own
function; `world.at_rest = False` leaves them running.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import Engine, bindparam, func, insert, inspect, select
from sqlalchemy.orm import Session, sessionmaker

from reviewqueue.audit import override_log
from reviewqueue.db import database
from reviewqueue.db.database import writing
from reviewqueue.db.tables.callbacks import Callback
from reviewqueue.db.tables.items import Decision, Item, Revision
from reviewqueue.db.tables.log import LogEntry
from reviewqueue.db.tables.model_checks import ModelResult
from reviewqueue.db.tables.people import ApiKey, Automation, Person
from reviewqueue.evidence import source_changes
from reviewqueue.items import intake, seen_version
from reviewqueue.items.submission_rules import Submission
from reviewqueue.lanes import model_checks
from reviewqueue.people.access import SCOPES, Caller
from reviewqueue.people.users import hash_of
from reviewqueue.policy import policy_versions
from reviewqueue.review import decision_requests
from reviewqueue.review import decisions as review_decisions
from tests import northbeam
from tests.cast import AUTOMATION, EVERYBODY, PASSWORD, SAM, SOMEBODY_ELSES, Named
from tests.support.databases import Place

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # a Monday; ten in the morning in New York
KEY = "rq_aaaaaaaaaaaa_" + "k" * 43
OTHER_KEY = "rq_bbbbbbbbbbbb_" + "o" * 43

REASONS = {
    "approve": "evidence-complete",
    "edit": "wording",
    "send_back": "unsupported-statement",
    "escalate": "timeline-risk",
    "override": "check-wrong",
    "reject": "duplicate",
}
WORDS = "Looked at it with care."
_ON_SCREEN = (
    select(
        Item.policy_digest,
        Revision.digest,
        Revision.evidence_digest,
        source_changes.last_change_id(Item.id).label("last"),
        ModelResult.digest.label("found"),
    )
    .join(Revision, (Revision.item_id == Item.id) & (Revision.number == Item.revision_number))
    .outerjoin(ModelResult, ModelResult.revision_id == Revision.id)
    .where(Item.id == bindparam("item"))
)


@dataclass
class World:
    """One test's database and what lives in it. `engine` is the application's; `place.owner_url` is the owner's way in."""

    place: Place
    engine: Engine
    now: datetime = NOW
    key: str = KEY
    other_key: str = OTHER_KEY
    caller: Caller = field(default_factory=lambda: Caller(1, 1, AUTOMATION, frozenset(SCOPES)))
    stranger: Caller = field(default_factory=lambda: Caller(2, 2, SOMEBODY_ELSES, frozenset(SCOPES)))
    at_rest: bool = True

    @property
    def url(self) -> str:
        """The database's URL as the application connects."""
        return self.place.url

    @cached_property
    def sessions(self) -> sessionmaker[Session]:
        """Makes sessions on the application's engine. To make such a maker costs more than to make a session."""
        return database.sessions(self.engine)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session on the application's engine, closed at the end."""
        with self.sessions() as session:
            yield session

    @contextmanager
    def owner(self) -> Iterator[Engine]:
        """An engine as the owner of the tables has it, who may do anything."""
        engine = database.connect(self.place.owner_url, owner=True)
        yield engine
        engine.dispose()

    def submit(self, submission: Submission, now: datetime | None = None) -> int:
        """Hand a draft in as the automation; returns the item's id."""
        with self.session() as session:
            answer, _ = intake.submit(session, self.caller, submission, now or self.now)
        self.run_checks(now)
        item_id: int = answer["id"]
        return item_id

    def run_checks(self, now: datetime | None = None) -> int:
        """Let the worker run every model's check that is due, unless they are to stay running; returns how many."""
        return model_checks.run_due(self.sessions, lambda: now or self.now) if self.at_rest else 0

    def seen(self, item_id: int) -> seen_version.SeenVersion:
        """The digests a reviewer has on screen right now."""
        with self.session() as session:
            row = session.execute(_ON_SCREEN, {"item": item_id}).one()
        evidence = source_changes.evidence_version(row.evidence_digest, row.last, model_result=row.found or "")
        return seen_version.SeenVersion(row.digest, evidence, row.policy_digest)

    def ask(self, action: str, **said: Any) -> decision_requests.DecisionRequest:
        """An act with a fitting reason, words, and an expiry for an override; `said` replaces any of it."""
        whole: dict[str, Any] = {"reason_code": REASONS.get(action, "evidence-complete"), "text": WORDS, **said}
        if action == "override":
            whole.setdefault("expires_on", (self.now + timedelta(days=5)).date())
        return decision_requests.DecisionRequest(action, **whole)

    def decide(
        self,
        person: Named,
        item_id: int,
        action: str,
        *,
        seen: seen_version.SeenVersion | None = None,
        now: datetime | None = None,
        **said: Any,
    ) -> review_decisions.DecisionResult:
        """A person decides what is on their screen (`seen` if it was read earlier); raises what the verb raises."""
        with self.session() as session:
            shown = seen or self.seen(item_id)
            done = review_decisions.decide(
                session, person.id, item_id, self.ask(action, **said), shown, now or self.now
            )
        self.run_checks(now)
        return done

    def item(self, item_id: int) -> Item:
        """The item's row as it is now."""
        with self.session() as session:
            return session.get_one(Item, item_id)

    def draft(self, item_id: int) -> Any:
        """The current revision's draft."""
        with self.session() as session:
            item = session.get_one(Item, item_id)
            newest = select(Revision.draft).where(Revision.item_id == item_id, Revision.number == item.revision_number)
            return session.scalars(newest).one()

    def decisions(self, item_id: int) -> list[Decision]:
        """Every decision on an item, oldest first."""
        with self.session() as session:
            return list(session.scalars(select(Decision).where(Decision.item_id == item_id).order_by(Decision.id)))

    def outbox(self, item_id: int) -> list[Callback]:
        """Every message about an item, oldest first."""
        with self.session() as session:
            return list(session.scalars(select(Callback).where(Callback.item_id == item_id).order_by(Callback.id)))

    def log(self, item_id: int | None = None) -> list[LogEntry]:
        """The override log, or what it says of one item, oldest first."""
        query = select(LogEntry).order_by(LogEntry.position)
        with self.session() as session:
            return list(session.scalars(query.where(LogEntry.item_id == item_id) if item_id else query))

    def verify(self) -> override_log.Verification:
        """What `log verify` finds."""
        with self.session() as session:
            return override_log.verify(session)

    def count(self, table: type[Any]) -> int:
        """How many rows a table has."""
        with self.session() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0

    def everything(self) -> dict[str, list[Any]]:
        """Every row of every table as the database has it, to hold two moments against each other; none of a table that
        is not there."""
        from reviewqueue.db.tables import Base

        with self.engine.connect() as connection:
            there = set(inspect(connection).get_table_names())
            names = [table.name for table in Base.metadata.sorted_tables if table.name in there]
            none: dict[str, list[Any]] = {table.name: [] for table in Base.metadata.sorted_tables}
            if self.place.dialect == "sqlite":
                rows = {name: connection.exec_driver_sql(f'SELECT * FROM "{name}"').fetchall() for name in names}
                return none | {name: sorted(map(tuple, found), key=repr) for name, found in rows.items()}
            # PostgreSQL is asked once for all of them: a test asks often, and a way there and back a table adds up.
            connection.exec_driver_sql("SET LOCAL bytea_output = 'escape'")
            each = (f'SELECT \'{name}\', "{name}"::text FROM "{name}"' for name in names)
            told: dict[str, list[Any]] = {name: [] for name in names}
            for name, row in connection.exec_driver_sql(" UNION ALL ".join(each)):
                told[name].append(row)
            return none | {name: sorted(found) for name, found in told.items()}

    def tomorrow(self) -> date:
        """The day after `now`."""
        return (self.now + timedelta(days=1)).date()


def populate(url: str) -> None:
    """Fill a freshly migrated database with the cast, the shipped policy and two automations with a key each."""
    engine = database.connect(url)
    hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with sessionmaker(engine)() as session:
        with writing(session):
            for person in EVERYBODY:
                row = {"email": person.email, "name": person.name, "password_hash": hashed, "created_at": NOW}
                made = session.execute(insert(Person).values(**row, held=" ".join(person.roles)).returning(Person.id))
                assert made.scalar_one() == person.id
            for name, owner, token in ((AUTOMATION, SAM.id, KEY), (SOMEBODY_ELSES, None, OTHER_KEY)):
                made = session.execute(
                    insert(Automation).values(name=name, owner_id=owner, created_at=NOW).returning(Automation.id)
                )
                key = {
                    "prefix": token.split("_")[1],
                    "token_hash": hash_of(token),
                    "scopes": " ".join(SCOPES),
                    "created_at": NOW,
                }
                session.execute(insert(ApiKey).values(automation_id=made.scalar_one(), created_by_id=SAM.id, **key))
        policy_versions.activate(session, northbeam.files(), "system:cli", NOW)
    engine.dispose()
