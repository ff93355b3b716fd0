"""Races: many decide one item at once, many hand one request in at once; one wins, the others are told (rows 3 and 21).

`pytest -n 0 -s tests/review/test_concurrent_decisions.py` prints the figures.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.core import canonical_json, vocabulary
from reviewqueue.core.errors import Conflict, Forbidden, Invalid
from reviewqueue.db.tables.items import Decision, Item, Revision
from reviewqueue.delivery import callbacks
from reviewqueue.items import intake, leases, seen_version, sla
from reviewqueue.items.intake import IdempotencyKey
from reviewqueue.people import users
from reviewqueue.review import decisions
from tests import drafts
from tests.cast import DANA, HELEN, MARCUS, SAM, TOM, Named
from tests.support import concurrency
from tests.support.sizes import size
from tests.world import NOW, World

DECIDERS = (DANA, MARCUS, TOM, HELEN)


def burst(world: World, item: int, runners: int, actions: tuple[str, ...] = ("approve",)) -> list[Any]:
    """What so many deciders came back with who all saw the same and decide at one moment."""
    seen = world.seen(item)

    def go(number: int) -> Any:
        person, action = DECIDERS[number % 4], actions[number // 4 % len(actions)]
        return world.decide(person, item, action, seen=seen)

    return concurrency.at_once(runners, go)


def one_won(world: World, item: int, came: list[Any]) -> None:
    """Exactly one decided; all others were told who it was; one decision, one entry, one message."""
    won = [one for one in came if isinstance(one, decisions.DecisionResult)]
    lost = [one for one in came if isinstance(one, Conflict)]
    assert (len(won), len(lost)) == (1, len(came) - 1), Counter(map(repr, came))
    (made,) = world.decisions(item)
    winner = next(person.name for person in DECIDERS if person.id == made.person_id)
    assert {(told.who, told.code) for told in lost} == {(winner, "settled")}
    assert all(winner in told.says and "Nothing of yours was recorded" in told.says for told in lost)
    assert [entry.act for entry in world.log(item)].count(f"item.{made.action}") == 1
    assert [message.type for message in world.outbox(item)] == ["item.decided"]


def test_eight_deciders_one_winner(world: World) -> None:
    """Eight at once on one item, ten items: one winner each, seven told, nobody met an error."""
    items = [world.submit(drafts.email()) for _ in range(10)]
    came = [burst(world, item, 8, ("approve", "reject")) for item in items]
    for item, answers in zip(items, came, strict=True):
        one_won(world, item, answers)
    assert world.verify().holds
    print(f"{world.engine.dialect.name}: 10 items × 8 deciders: 10 winners, 70 told who won, 0 errors (no 500)")


def test_two_hundred_at_once_on_one_item(world: World) -> None:
    """Two hundred at once, three items (fifty at full size): one accepted each, 199 told."""
    items = [world.submit(drafts.email()) for _ in range(size(3, 50))]
    for item in items:
        one_won(world, item, burst(world, item, 200))
    assert world.verify().holds
    told = f"{len(items)} accepted, {len(items) * 199} told who won, 0 errors"
    print(f"{world.engine.dialect.name}: {len(items)} items × 200 at once: {told}")


def careless(engine: sa.Engine, item: int, person: Named, seen: seen_version.SeenVersion) -> None:
    """Deciding as it would be without `writing()`: look whether it is open, write a decision, set the state."""
    with Session(engine) as session, session.begin():
        row = session.get_one(Item, item)
        if row.state == "pending":
            revision = session.scalar(select(Revision.id).where(Revision.item_id == item))
            session.add(
                Decision(
                    id=item * 100 + person.id, item_id=item, revision_id=revision, action="approve", text="", at=NOW,
                    reason_code="evidence-complete", person_id=person.id, role=person.roles[0], passes=[], choice="",
                    revision_digest=seen.revision, evidence_digest=seen.evidence.partition(".")[0], policy_digest=seen.policy, exempt="",
                )
            )  # fmt: skip
            row.state = "approved"


def test_the_control_records_several(world: World) -> None:
    """The same race through SQLAlchemy's default set-up: several final decisions on items that can have one."""
    engine, several = sa.create_engine(world.url), 0
    for item in [world.submit(drafts.email()) for _ in range(20)]:
        seen = world.seen(item)

        def go(number: int, item: int = item, seen: seen_version.SeenVersion = seen) -> None:
            careless(engine, item, DECIDERS[number], seen)

        concurrency.at_once(4, go)
        several += len(world.decisions(item)) > 1
    engine.dispose()
    print(f"{world.engine.dialect.name}, default set-up: {several} of 20 items with several final decisions")
    assert several >= 1


def test_two_approvals_at_once_are_two(world: World) -> None:
    """Where two must approve, two who approve at once both count, and a third comes too late."""
    for _ in range(5):
        item = world.submit(drafts.in_lane(drafts.email(), drafts.TWO_APPROVALS))
        seen = world.seen(item)
        came = concurrency.at_once(
            3, lambda n, item=item, seen=seen: world.decide(DECIDERS[n], item, "approve", seen=seen)
        )
        states = sorted(one.state for one in came if isinstance(one, decisions.DecisionResult))
        assert states == ["approved", "pending"]
        assert [type(one) for one in came].count(Conflict) == 1
        assert len(world.decisions(item)) == 2
        assert len(world.outbox(item)) == 1


def test_a_decision_and_a_withdrawal(world: World) -> None:
    """A person approves while the automation takes the draft back: one of them happened, the other was told."""
    for _ in range(10):
        item = world.submit(drafts.email())
        seen = world.seen(item)

        def go(number: int, item: int = item, seen: seen_version.SeenVersion = seen) -> Any:
            if number:
                return world.decide(DANA, item, "approve", seen=seen)
            with world.session() as session:
                return intake.withdraw(session, world.caller, item, "Drafted twice by mistake.", world.now)

        came = concurrency.at_once(2, go)
        assert [isinstance(one, Conflict) for one in came].count(True) == 1, came
        withdrawn = world.item(item).state == "withdrawn"
        assert len(world.decisions(item)) == (0 if withdrawn else 1)


def test_a_decision_and_a_new_draft(world: World) -> None:
    """A person approves while the automation revises: what was approved is what was seen, or nothing was."""
    for _ in range(10):
        item = world.submit(drafts.email())
        seen = world.seen(item)

        def go(number: int, item: int = item, seen: seen_version.SeenVersion = seen) -> Any:
            if number:
                return world.decide(DANA, item, "approve", seen=seen)
            again = drafts.email(subject="Kickoff on Wednesday").drafted
            with world.session() as session:
                return intake.revise(session, world.caller, item, seen.revision, again, world.now)

        came = concurrency.at_once(2, go)
        assert [isinstance(one, Conflict) for one in came].count(True) == 1, came
        assert (world.item(item).state, world.seen(item).revision == seen.revision) in (
            ("approved", True), ("pending", False),
        )  # fmt: skip


def test_a_decision_and_a_new_submission_in_its_place(world: World) -> None:
    """A person approves while the automation submits a newer one: approved or superseded, never both."""
    for _ in range(10):
        about = drafts.deal()
        item = world.submit(drafts.email(about))
        seen = world.seen(item)

        def go(number: int, item: int = item, seen: seen_version.SeenVersion = seen, about: drafts.Deal = about) -> Any:
            return world.decide(DANA, item, "approve", seen=seen) if number else world.submit(drafts.email(about))

        newer, decided = concurrency.at_once(2, go)
        assert isinstance(newer, int), newer
        assert world.item(item).state == ("superseded" if isinstance(decided, Conflict) else "approved")
        assert len(world.outbox(item)) == 1


def test_one_takes_the_lease(world: World) -> None:
    """Twenty take one item at once: one person has it, the others are told who."""
    item = world.submit(drafts.email())

    def go(number: int) -> Any:
        with world.session() as session:
            return leases.take(session, DECIDERS[number % 4].id, item, world.now)

    came = concurrency.at_once(20, go)
    holder = world.item(item).lease_holder_id
    name = next(person.name for person in DECIDERS if person.id == holder)
    told = [one for one in came if isinstance(one, Conflict)]
    assert len(told) == 15, "its holder asked five times, and had it extended"
    assert all(name in one.says for one in told)
    assert [entry.act for entry in world.log(item)].count("lease.take") == 1


def test_a_hundred_identical_submissions_make_one_item(world: World) -> None:
    """The same key and body at once: one item, and everybody gets the same answer; another body: 422."""
    submission, repeat = drafts.email(), IdempotencyKey("one-and-the-same", "d" * 64)

    def go(_: int) -> Any:
        with world.session() as session:
            return intake.submit(session, world.caller, submission, world.now, repeat)

    came = concurrency.at_once(100, go)
    assert world.count(Item) == 1
    assert len({canonical_json.write(answer) for answer, _ in came}) == 1
    assert [fresh for _, fresh in came].count(True) == 1
    with world.session() as session, pytest.raises(Invalid, match="used before with another body") as refused:
        intake.submit(session, world.caller, drafts.email(), world.now, IdempotencyKey("one-and-the-same", "e" * 64))
    assert (refused.value.code, refused.value.status) == ("idempotency-key-reused", 422)
    print(f"{world.engine.dialect.name}: 100 identical submissions at once: {world.count(Item)} item, 100 same answers")


def test_the_control_without_the_key_they_make_many(world: World) -> None:
    """The same without a key: each is a request of its own, and each supersedes the one before."""
    submission = drafts.email()
    came = concurrency.at_once(10, lambda _: world.submit(submission))
    assert len(set(came)) == world.count(Item) == 10
    with world.session() as session:
        assert sorted(session.scalars(select(Item.state))) == ["pending"] + ["superseded"] * 9


def test_another_automations_key_is_another_key(world: World) -> None:
    """Two automations may use the same word for their requests."""
    repeat = IdempotencyKey("one-and-the-same", "d" * 64)
    with world.session() as session:
        first, _ = intake.submit(session, world.caller, drafts.email(), world.now, repeat)
        second, fresh = intake.submit(session, world.stranger, drafts.email(), world.now, repeat)
    assert fresh
    assert first["id"] != second["id"]


def test_each_message_is_taken_once(world: World) -> None:
    """Ten workers ask at once what is due: each message goes to one of them."""
    for _ in range(6):
        world.decide(DANA, world.submit(drafts.email()), "approve")

    def go(_: int) -> Any:
        with world.session() as session:
            return [due.id for due in callbacks.take_due(session, world.now + timedelta(seconds=1), at_most=2)]

    came = concurrency.at_once(10, go)
    assert sorted(one for some in came for one in some) == sorted({one for some in came for one in some})
    assert sum(map(len, came)) == 6


def twenty_overdue(world: World) -> tuple[list[int], datetime]:
    """Twenty customer e-mails that nobody decided, and a moment after they were due."""
    items = [world.submit(drafts.email()) for _ in range(20)]
    return items, world.item(items[-1]).due_at + timedelta(minutes=1)


def eight_clocks(world: World, at: datetime) -> list[Any]:
    """What eight clocks came back with that look at one moment."""

    def go(_: int) -> Any:
        with world.session() as session:
            return sla.tick(session, at)

    return concurrency.at_once(8, go)


@pytest.mark.parametrize("left", [True, False], ids=["somebody-left", "nobody-left"])
def test_eight_clocks_act_once(world: World, left: bool) -> None:
    """Eight workers' clocks at once over twenty overdue items: each is escalated once, or is marked once where nobody is
    left to go to, with one entry in the log."""
    if not left:
        with world.session() as session:
            users.disable(session, HELEN.id, SAM.id, world.now)
    items, at = twenty_overdue(world)
    came = eight_clocks(world, at)
    acts = Counter(entry.item_id for entry in world.log() if entry.act == "item.overdue")
    assert sum(came) == 20, came
    assert acts == dict.fromkeys(items, 1)
    gone = ("escalated", HELEN.id, at) if left else ("pending", None, at)
    assert {(row.state, row.assignee_id, row.overdue_at) for row in map(world.item, items)} == {gone}
    assert world.verify().holds
    what = "was escalated" if left else "marked, nobody left"
    print(f"{world.engine.dialect.name}: 20 overdue items × 8 clocks: 20 {what}, {acts.total()} entries, 0 errors")


def test_the_control_without_the_mark_they_act_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same where a clock does not look at the mark under the lock: items are logged several times."""
    monkeypatch.setattr(sla, "is_late", lambda item, now: item.state in vocabulary.UNDECIDED and item.due_at <= now)
    with world.session() as session:
        users.disable(session, HELEN.id, SAM.id, world.now)
    _, at = twenty_overdue(world)
    came = eight_clocks(world, at)
    acts = [entry.item_id for entry in world.log() if entry.act == "item.overdue"]
    print(f"{world.engine.dialect.name}, without the mark: {len(acts)} entries for 20 items")
    assert sum(came) == len(acts) > 20


def test_a_decision_and_the_clock(world: World) -> None:
    """A person approves at the moment an item is overdue: approved, or escalated and they are told; never both."""
    for _ in range(10):
        item = world.submit(drafts.email())
        seen, at = world.seen(item), world.item(item).due_at

        def go(number: int, item: int = item, seen: seen_version.SeenVersion = seen, at: datetime = at) -> Any:
            if number:
                return world.decide(DANA, item, "approve", seen=seen, now=at)
            with world.session() as session:
                return sla.tick(session, at)

        acted, decided = concurrency.at_once(2, go)
        state = world.item(item).state
        assert (state, acted) == (("escalated", 1) if isinstance(decided, Forbidden) else ("approved", 0)), decided
