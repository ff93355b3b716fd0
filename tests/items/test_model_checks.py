"""The model's check runs beside the submission: nobody waits for it to submit, and nobody passes before it is there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from reviewqueue.checks.model_check import Model
from reviewqueue.checks.topics import TOPICS
from reviewqueue.checks.topics.classifier import TopicScore
from reviewqueue.core.errors import Conflict, Forbidden
from reviewqueue.core.vocabulary import TO_CUSTOMERS
from reviewqueue.db import database
from reviewqueue.db.tables.items import Check
from reviewqueue.db.tables.model_checks import ModelCheck, ModelResult
from reviewqueue.items import decidable, intake, item_context, model_checks
from reviewqueue.lanes import model_checks as lanes_model_checks
from reviewqueue.people import actors
from reviewqueue.policy import policy_versions
from reviewqueue.review import bulk
from tests import drafts, northbeam
from tests.cast import DANA, HELEN
from tests.db.test_triggers import refused
from tests.world import World

GATE = "gates/customer-communication.toml"
RULE = """
[[must_escalate]]
name = "renewals"
when = '"renewal" in topics'
says = "A renewal is never said without a leader"
"""
BEFORE_RESULT = "still running"


def says(*scores: TopicScore, version: str = "a" * 64) -> Callable[[], Model]:
    """A model that says this of every body."""
    return lambda: Model(lambda text: scores if "\n" in text else (), version, dict.fromkeys(TOPICS, 0.1))


def broken() -> Model:
    raise OSError("the weights cannot be read")


def run(world: World, model: Callable[[], Model] | None = None, after: timedelta = timedelta()) -> bool:
    """One turn of the worker at the checks, with a model that finds nothing if none is given."""
    sessions = database.sessions(world.engine)
    return lanes_model_checks.run_one(sessions, lambda: world.now + after, model or says(), lambda *_, **__: None)


def job(world: World) -> ModelCheck:
    """The newest check."""
    with world.session() as session:
        return session.scalars(select(ModelCheck).order_by(ModelCheck.id.desc())).first() or ModelCheck()


def of_model(world: World) -> list[Check]:
    """Every result of a model."""
    with world.session() as session:
        return list(session.scalars(select(Check).where(Check.model != "").order_by(Check.id)))


@pytest.fixture
def waiting(world: World) -> int:
    """A message whose check is still running."""
    world.at_rest = False
    return world.submit(drafts.email())


@pytest.mark.parametrize("kind", [*TO_CUSTOMERS, "kickoff_brief"])
def test_what_a_customer_reads_waits_for_its_check_and_nothing_else_does(world: World, kind: str) -> None:
    """One job a revision; a draft of another kind has none, and needs nothing of it."""
    world.at_rest = False
    submission = drafts.email() if kind in TO_CUSTOMERS else drafts.packet()
    item = world.submit(submission)
    assert world.count(ModelCheck) == (kind in TO_CUSTOMERS)
    with world.session() as session:
        needs = [need.code for need in item_context.load(session, item, world.now).needs()]
    assert ("check-running" in needs) == (kind in TO_CUSTOMERS)


@pytest.mark.parametrize("act", ["approve", "override"])
def test_nobody_lets_it_through_before_its_result(world: World, act: str) -> None:
    """Refused with the reason; nothing is written. Once the result is there, the same person may."""
    world.at_rest = False
    submission = drafts.with_check(drafts.email(), "automation.tone") if act == "override" else drafts.email()
    item = world.submit(submission)
    before, more = world.everything(), {"passes": ("automation.tone",)} if act == "override" else {}
    with pytest.raises(Forbidden, match=BEFORE_RESULT):
        world.decide(HELEN if more else DANA, item, act, **more)
    assert world.everything() == before
    assert run(world)
    world.decide(HELEN if more else DANA, item, act, **more)
    assert world.decisions(item)


@pytest.mark.parametrize("act", ["edit", "send_back", "escalate", "reject"])
def test_what_lets_nothing_through_need_not_wait(world: World, waiting: int, act: str) -> None:
    """A person may stop or change it at once; the check of what is settled or changed is not run."""
    draft = {**world.draft(waiting), "subject": "Kickoff on Tuesday"} if act == "edit" else None
    world.decide(DANA, waiting, act, draft=draft)
    assert run(world)
    with world.session() as session:
        states = list(session.scalars(select(ModelCheck.state).order_by(ModelCheck.id)))
    assert states == {"edit": ["skipped", "waiting"], "reject": ["skipped"]}.get(act, ["done"])


def test_a_page_from_before_the_result_decides_nothing_after_it(world: World, waiting: int) -> None:
    """409 with what was found; the words are the reader's own to send again."""
    seen = world.seen(waiting)
    run(world, says(TopicScore("renewal", "Perhaps the fee.", 0.4, "unsure")))
    before = world.everything()
    with pytest.raises(Conflict, match=r"came to its result while you were reading.*May speak of a renewal"):
        world.decide(DANA, waiting, "approve", seen=seen)
    assert world.everything() == before
    assert world.decide(DANA, waiting, "approve").state == "approved"


def test_the_result_is_written_once_and_never_changed(world: World, waiting: int) -> None:
    """Six results of the model's version, one row that binds them, in a table nobody can change."""
    assert run(world)
    assert not run(world)
    assert len(of_model(world)) == 6
    assert {one.model for one in of_model(world)} == {"a" * 64}
    assert world.count(ModelResult) == 1
    for statement in ("UPDATE model_results SET version = 'x'", "DELETE FROM model_results"):
        with world.owner() as engine:
            assert "append-only" in refused(engine, statement)


def test_the_decision_names_what_the_model_came_to(world: World, waiting: int) -> None:
    """In the log, so that what was approved can be traced to the weights that looked at it."""
    run(world)
    world.decide(DANA, waiting, "approve")
    (entry,) = [one for one in world.log(waiting) if one.act == "item.approve"]
    with world.session() as session:
        result = session.scalars(select(ModelResult)).one()
    assert f'"model":"{"a" * 64}"' in entry.body
    assert f'"model_result":"{result.digest}"' in entry.body


# (what is so, what the model says, whether the gate has the rule, the state then, the log's acts after submission)
ROUTED: list[tuple[str, tuple[TopicScore, ...], bool, str, list[str]]] = [
    ("nothing found changes nothing", (), True, "pending", []),
    (
        "a topic that a rule is about escalates when it is found",
        (TopicScore("renewal", "The fee comes back to you.", 0.99, "speaks"),),
        True,
        "escalated",
        ["item.check", "item.escalate"],
    ),
    (
        "and so does one it is not sure of",
        (TopicScore("renewal", "Perhaps the fee.", 0.4, "unsure"),),
        True,
        "escalated",
        ["item.check", "item.escalate"],
    ),
    (
        "without the rule it is only marked",
        (TopicScore("renewal", "The fee comes back to you.", 0.99, "speaks"),),
        False,
        "pending",
        ["item.check"],
    ),
    (
        "and with another topic than the rule's",
        (TopicScore("blame", "It waited on you.", 0.99, "speaks"),),
        True,
        "pending",
        ["item.check"],
    ),
]


@pytest.mark.parametrize(("what", "scores", "rule", "state", "acts"), ROUTED, ids=[row[0] for row in ROUTED])
def test_routing_waits_for_the_result(
    world: World, what: str, scores: tuple[TopicScore, ...], rule: bool, state: str, acts: list[str]
) -> None:
    """The rules of the gate are asked again, and the log says so as of any escalation."""
    files = northbeam.files()
    files[GATE] += RULE if rule else ""
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)
    world.at_rest = False
    item = world.submit(drafts.email())
    assert world.item(item).state == "pending"
    run(world, says(*scores))
    row = world.item(item)
    assert row.state == state, what
    assert [one.act for one in world.log(item)][1:] == acts
    assert row.warns == len(scores)
    assert ("rule renewals" in row.why) == (state == "escalated")
    assert world.verify().holds


def test_a_check_that_fails_is_tried_again_and_then_says_that_it_could_not_run(world: World, waiting: int) -> None:
    """Growing pauses; then a warning of the item's own, in the log, and a person decides with it seen."""
    for number, pause in enumerate((0, 1, 6, 36)):
        assert job(world).state == "waiting"
        assert run(world, broken, timedelta(seconds=pause))
        assert job(world).attempts == number + 1
    assert job(world).state == "failed"
    (one,) = of_model(world)
    assert (one.key, one.outcome, one.blocking) == ("message.topics", "warn", False)
    assert "could not run: OSError: the weights cannot be read" in one.message
    assert "Read it for the six topics yourself" in one.message
    assert [entry.act for entry in world.log(waiting)] == ["item.submit", "item.check"]
    assert world.decide(DANA, waiting, "approve").state == "approved"


def test_a_check_that_no_worker_brings_back_says_so_in_the_end(world: World, waiting: int) -> None:
    """Each worker dies with it: the lease runs out, the next takes it, and after the fourth it is not run again."""
    sessions = database.sessions(world.engine)
    lease = model_checks.LEASE + timedelta(seconds=1)
    for number in range(4):
        with sessions() as session:
            assert model_checks.take_due(session, world.now + number * lease)
    assert run(world, broken, 4 * lease)  # the model would raise: it is not asked
    assert "no worker came back with it, 4 times" in of_model(world)[0].message
    assert job(world).state == "failed"


def test_who_lost_the_lease_writes_nothing(world: World, waiting: int) -> None:
    """Two workers with the same check: what the second wrote stands, the first's result is dropped."""
    sessions = database.sessions(world.engine)

    def slow() -> Model:
        assert run(world, says(version="b" * 64), model_checks.LEASE + timedelta(seconds=1))
        return says()()

    lanes_model_checks.run_one(sessions, lambda: world.now, slow, lambda *_, **__: None)
    assert {one.model for one in of_model(world)} == {"b" * 64}
    assert world.count(ModelResult) == 1


def test_a_new_revision_is_checked_anew(world: World, waiting: int) -> None:
    """By its automation: the older revision's result says nothing of the new words."""
    run(world)
    with world.session() as session:
        again = drafts.email(subject="Kickoff on Wednesday").drafted
        intake.revise(session, world.caller, waiting, world.seen(waiting).revision, again, world.now)
    with pytest.raises(Forbidden, match=BEFORE_RESULT):
        world.decide(DANA, waiting, "approve")
    run(world)
    assert world.decide(DANA, waiting, "approve").state == "approved"


def test_lists_and_bulk_wait_for_it_too(world: World, waiting: int) -> None:
    """The list says what it waits for; approving together leaves it out with the reason."""
    with world.session() as session:
        actor = actors.load_actor(session, DANA.id, world.now)
        wait = decidable.waits_of(session, actor, [waiting], world.now)[waiting]
        assert (wait.code, wait.says) == ("check-running", "its check for the six topics, which is still running")
        chosen = bulk.ChosenItem(waiting, world.seen(waiting), opened=True)
        place = ("customer_email", "customer-communication")
        done = bulk.decide(session, DANA.id, place, [chosen], world.ask("approve"), world.now)
        assert BEFORE_RESULT in done.left[0].why
    run(world)
    with world.session() as session:
        assert waiting not in decidable.waits_of(session, actor, [waiting], world.now)
        done = bulk.decide(session, DANA.id, place, [chosen], world.ask("approve"), world.now)
        assert done.left[0].why == "Its check for the six topics ended since you looked"


def test_submitting_asks_nothing_of_the_model(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """No request ever waits for it: the classifier is not called, and its module not even asked for a version."""
    from reviewqueue.checks import model_check

    def refuse(*_: Any) -> Any:
        raise AssertionError("a submission waited for the model")

    monkeypatch.setattr(model_check, "load_model", refuse)
    monkeypatch.setattr(model_check, "find", refuse)
    world.at_rest = False
    item = world.submit(drafts.email())
    world.decide(DANA, item, "edit", draft={**world.draft(item), "subject": "Kickoff on Tuesday"})
    assert world.count(ModelCheck) == 2
