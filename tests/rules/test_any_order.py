"""Whatever people and automations do, in whatever order: the rules hold after each step (row 4)."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select, update

from reviewqueue.core import vocabulary
from reviewqueue.core.errors import DomainError
from reviewqueue.db import database
from reviewqueue.db.database import writing
from reviewqueue.db.tables.items import Decision, Item, Revision
from reviewqueue.db.tables.people import Absence, Person
from reviewqueue.items import intake, leases
from reviewqueue.people import users
from reviewqueue.policy import evaluation
from tests import drafts
from tests.cast import DANA, HELEN, MARCUS, PRIYA, SAM, TOM, Named
from tests.support.databases import Run
from tests.world import World

SEVERAL = st.sampled_from([DANA, MARCUS, TOM, HELEN, PRIYA, SAM])
ACTS = st.sampled_from(["approve", "approve", "override", "edit", "send_back", "escalate", "reject"])
ASKED = {
    "email": drafts.email,
    "two": lambda: drafts.in_lane(drafts.email(), drafts.TWO_APPROVALS),
    "failing": lambda: drafts.with_check(drafts.email(), "automation.tone"),
    "packet": drafts.packet,
}


def reached(start: int, pairs: set[tuple[int, int]]) -> set[int]:
    """Where one gets along these pairs, the start among them."""
    found = {start}
    while further := {to for come, to in pairs if come in found} - found:
        found |= further
    return found


class Days(RuleBasedStateMachine):
    """A few days in the life of a queue, where Sam, whose automation drafts, is a CSM as well; each rule is a try."""

    items = Bundle("items")

    def __init__(self, make: Callable[[], World]) -> None:
        super().__init__()
        self.world, self.edits = make(), 0
        with self.world.session() as session, writing(session):
            session.execute(update(Person).where(Person.id == SAM.id).values(held="admin csm"))
        self.settled: dict[int, str] = {}

    @rule(target=items, what=st.sampled_from(sorted(ASKED)))
    def submit(self, what: str) -> int:
        """The automation hands a draft in."""
        return self.world.submit(ASKED[what]())

    @rule(item=items, person=SEVERAL, action=ACTS)
    def decide(self, item: int, person: Named, action: str) -> None:
        """Somebody decides; what went through is held against the rule at once, with the world as it is now."""
        said: dict[str, Any] = {"passes": ("automation.tone",)} if action == "override" else {}
        if action == "edit":
            self.edits += 1
            said["draft"] = {**self.world.draft(item), "note": f"edit number {self.edits}"}
        makers = self.makers(item)
        with suppress(DomainError):
            self.world.decide(person, item, action, **said)
            if action in ("approve", "override"):
                assert not makers & self.circle(person), f"{person.name} passed their own work"

    @rule(item=items, person=SEVERAL)
    def approve(self, item: int, person: Named) -> None:
        """Somebody tries to approve, which is what most of a day is."""
        self.decide(item, person, "approve")

    @rule(item=items)
    def revise(self, item: int) -> None:
        """The automation drafts again."""
        self.edits += 1
        again = drafts.email(subject=f"draft number {self.edits}").drafted
        with self.world.session() as session, suppress(DomainError):
            kept = self.world.seen(item).revision
            intake.revise(session, self.world.caller, item, kept, again, self.world.now)

    @rule(item=items)
    def withdraw(self, item: int) -> None:
        """The automation takes a draft back."""
        with self.world.session() as session, suppress(DomainError):
            intake.withdraw(session, self.world.caller, item, "Drafted twice by mistake.", self.world.now)

    @rule(person=SEVERAL, delegate=SEVERAL)
    def go_away(self, person: Named, delegate: Named) -> None:
        """Somebody is away for a day."""
        with self.world.session() as session, suppress(DomainError):
            now = self.world.now
            users.set_absence(session, person.id, delegate.id, now, now + timedelta(days=1), now)

    @rule(person=SEVERAL)
    def come_back(self, person: Named) -> None:
        """Somebody is back."""
        with self.world.session() as session, suppress(DomainError):
            users.end_absence(session, person.id, self.world.now)

    @rule(item=items, person=SEVERAL)
    def take(self, item: int, person: Named) -> None:
        """Somebody takes an item taken."""
        with self.world.session() as session, suppress(DomainError):
            leases.take(session, person.id, item, self.world.now)

    @rule(minutes=st.sampled_from([1, 20, 2000]))
    def time_passes(self, minutes: int) -> None:
        """The clock goes on."""
        self.world.now += timedelta(minutes=minutes)

    def makers(self, item: int) -> set[int]:
        """Who made the item, by a way of its own: everybody who wrote any revision, and the automation's owner."""
        with self.world.session() as session:
            query = select(Revision.author_person_id).where(Revision.item_id == item)
            return {person for person in session.scalars(query) if person} | {SAM.id}

    def circle(self, person: Named) -> set[int]:
        """A person, those they stand in for now, and those who stand in for them, over every hop."""
        now = self.world.now
        with self.world.session() as session:
            held = select(Absence.person_id, Absence.delegate_id).where(
                Absence.starts_at <= now, Absence.ends_at > now, Absence.cancelled_at.is_(None)
            )
            pairs = {(row.person_id, row.delegate_id) for row in session.execute(held)}
        return reached(person.id, pairs) | reached(person.id, {(delegate, away) for away, delegate in pairs})

    @invariant()
    def what_is_approved_was_approved_by_a_person(self) -> None:
        """Approved means: a named person's act on the very revision that is there; two of them where two are asked."""
        with self.world.session() as session:
            for item in session.scalars(select(Item).where(Item.state == "approved")):
                query = select(Decision).join(Revision, Revision.id == Decision.revision_id)
                query = query.where(Decision.item_id == item.id, Revision.number == item.revision_number)
                votes = [made for made in session.scalars(query) if made.action in ("approve", "override")]
                two = item.lane == drafts.TWO_APPROVALS or any(made.action == "override" for made in votes)
                assert len({made.person_id for made in votes}) >= (2 if two else 1)
                assert item.settled_by_id in {made.person_id for made in votes}

    @invariant()
    def what_is_settled_stays(self) -> None:
        """A settled item keeps its state, and has no lease."""
        with self.world.session() as session:
            for item in session.scalars(select(Item).where(Item.state.in_(vocabulary.SETTLED))):
                assert self.settled.setdefault(item.id, item.state) == item.state
                assert item.lease_holder_id is None

    def teardown(self) -> None:
        """At the end every decision is on the log, once, each message was put out once, and the log is intact."""
        world = self.world
        with world.session() as session:
            made = sorted(session.scalars(select(Decision.id)))
            decided = session.scalars(select(Item.id).where(Item.state.in_(("approved", "rejected")))).all()
        facts = [json.loads(entry.body)["facts"] for entry in world.log()]
        assert sorted(one["decision"] for one in facts if "decision" in one) == made
        for item in decided:
            assert [message.type for message in world.outbox(item)].count("item.decided") == 1
        assert world.verify().holds
        world.engine.dispose()


@pytest.fixture
def look(run: Run, tmp_path: Path) -> Callable[..., None]:
    """Lets Hypothesis look for an order of events that breaks something, on SQLite."""

    def make() -> World:
        place = run.copy("sqlite", tmp_path)
        return World(place, database.connect(place.url))

    def go(**more: Any) -> None:
        checks = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
        how = {"max_examples": 20, "stateful_step_count": 25, "deadline": None, "suppress_health_check": checks, **more}
        run_state_machine_as_test(lambda: Days(make), settings=settings(**how))

    return go


def test_whatever_happens_in_whatever_order(look: Callable[..., None]) -> None:
    """No order is found in which somebody passes their own work, or anything else breaks."""
    look()


def test_the_control_finds_a_way_when_there_is_one(look: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    """With the rule taken out of judging, one is found."""
    monkeypatch.setattr(evaluation, "involvement", lambda *_: "")
    with pytest.raises(AssertionError, match="passed their own work"):
        look(phases=[Phase.generate], database=None, max_examples=500)
