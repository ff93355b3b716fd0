"""Intake: a draft is checked before its turn to write comes, and again where what it was checked under moved meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reviewqueue.db.database import writing
from reviewqueue.items import opening
from reviewqueue.items.revisions import CheckedDraft
from reviewqueue.items.submission_rules import Submission
from reviewqueue.policy import policy_versions
from tests import drafts, northbeam
from tests.cast import DANA
from tests.world import World


def opened(world: World, submission: Submission, ahead: CheckedDraft | None) -> opening.Opened:
    """The item opened with what was checked ahead, in a transaction of its own that is not kept."""
    with world.session() as session:
        with pytest.raises(InterruptedError), writing(session):
            policy = policy_versions.current(session)
            made = opening.open_item(session, policy, world.caller, submission, world.now, ahead=ahead)
            raise InterruptedError
        return made


def checked(world: World, submission: Submission) -> CheckedDraft:
    """What intake checks before it takes its turn."""
    with world.session() as session:
        return opening.precheck(session, world.caller, submission, world.now)


def promised(about: drafts.Deal, day: str) -> Submission:
    """A message that names the day of the kickoff."""
    return drafts.email(about, body=drafts.BODY.replace("Next step:", f"Our kickoff is on {day} 2026.\n\nNext step:"))


def rules_moved(world: World) -> None:
    """Other rules become active."""
    files = northbeam.files()
    files["organisation.toml"] += "\n# another version\n"
    with world.session() as session:
        policy_versions.activate(session, files, "system:test", world.now)


def test_nothing_moved_and_it_counts(world: World) -> None:
    """The control: what was checked ahead is taken as it is."""
    submission = drafts.email()
    ahead = checked(world, submission)
    assert opened(world, submission, ahead).answer["revision"]["digest"] == ahead.digest
    marked = replace(ahead, checks=[], digest="0" * 64, evidence_digest="0" * 64)
    assert opened(world, submission, marked).answer["revision"]["digest"] == "0" * 64


def test_other_rules_came_into_force_meanwhile(world: World) -> None:
    """The digest covers the rules, so it is that of the rules active when the item opens."""
    submission = drafts.email()
    ahead = checked(world, submission)
    rules_moved(world)
    digest = opened(world, submission, ahead).answer["revision"]["digest"]
    assert digest != ahead.digest
    assert digest == opened(world, submission, None).answer["revision"]["digest"]


def test_a_promise_was_approved_meanwhile(world: World) -> None:
    """A message that was checked before another one was approved is held against what that one promised."""
    about = drafts.deal()
    first = world.submit(promised(about, "9 March"))
    second = promised(about, "16 March")
    ahead = checked(world, second)
    assert not [one for one in ahead.checks if one.key == "commitment.contradicted" and one.outcome == "fail"]
    world.decide(DANA, first, "approve")
    answer = opened(world, second, ahead).answer
    failed = [one["key"] for one in answer["checks"] if one["outcome"] == "fail"]
    assert "commitment.contradicted" in failed
