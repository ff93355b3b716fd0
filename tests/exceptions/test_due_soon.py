"""The clock where one item or exception fails: it does its work on all the others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue import worker
from reviewqueue.core.errors import DomainError
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.exceptions import case_queries, escalate_overdue
from reviewqueue.policy import policy_versions
from reviewqueue.policy.model.exceptions import Category
from reviewqueue.policy.model.policy import Policy
from tests import drafts, northbeam
from tests.cast import DANA
from tests.support.releases import GATE
from tests.world import World


def test_an_item_whose_policy_cannot_be_read_stops_no_clock(
    world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """What is overdue is escalated, who else has something due soon is told, and standard error names the item."""
    bad = world.submit(drafts.email())
    files = northbeam.files()
    files[GATE] += "\n# another version\n"
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)
    late = world.submit(drafts.email(subject="Agenda"), now=world.now - timedelta(hours=1))
    soon = world.submit(drafts.email(subject="Minutes"), now=world.now + timedelta(minutes=1))
    lost, version = world.item(bad).policy_digest, policy_versions.version
    assert world.item(soon).policy_digest == world.item(late).policy_digest != lost

    def unreadable(session: object, digest: str) -> Policy:
        if digest == lost:
            raise DomainError("This policy version is missing or was changed.")
        return version(session, digest)  # type: ignore[arg-type]

    monkeypatch.setattr(policy_versions, "version", unreadable)
    at = world.item(bad).due_at - timedelta(minutes=30)
    worker.run_clock(world.sessions, at)
    assert world.item(late).overdue_at == at
    assert world.item(soon).told_due_at == world.item(soon).due_at
    assert world.item(bad).told_due_at is None
    assert 'event=clock.trouble error=DomainError says="This policy version is missing' in capfd.readouterr().err
    monkeypatch.undo()
    worker.run_clock(world.sessions, at)
    assert world.item(bad).told_due_at == world.item(bad).due_at, "told once it can be read"


def test_an_exception_that_cannot_be_escalated_holds_up_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Each is a transaction of its own: nothing of the failed one is kept, and standard error names it."""
    for reason in ("timeline-risk", "sensitive-account"):
        world.decide(DANA, world.submit(drafts.email()), "escalate", reason_code=reason, text="It cannot hold.")
    category_of = case_queries.category_of

    def unknown(session: Session, case: ExceptionCase) -> Category | None:
        if case.id == 1:
            raise ValueError("no such category")
        return category_of(session, case)

    monkeypatch.setattr(case_queries, "category_of", unknown)
    at = world.now + timedelta(days=30)
    with world.session() as session:
        assert escalate_overdue.escalate(session, at) == 1
        acted = {one.id: one.overdue_at for one in session.scalars(select(ExceptionCase))}
    assert acted == {1: None, 2: at}
    assert 'event=clock.trouble error=ValueError says="no such category"' in capfd.readouterr().err
    monkeypatch.undo()
    with world.session() as session:
        assert escalate_overdue.escalate(session, at) == 1, "once it can be escalated"
    assert world.verify().holds
