"""Holds: what keeps something approved from going out, and that nothing else than what was approved does (row 1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from reviewqueue.core.errors import Conflict, DomainError
from reviewqueue.db import leased_jobs
from reviewqueue.db.tables.items import Revision
from reviewqueue.db.tables.releases import Release
from reviewqueue.delivery import holds, releases
from reviewqueue.items import item_context
from tests import drafts
from tests.cast import DANA, HELEN, MARCUS, TOM
from tests.db.test_triggers import unguard
from tests.support import concurrency
from tests.support.releases import (
    OUT,
    a_correction,
    a_source_moved,
    about_to_go,
    acts,
    an_exception,
    approved,
    by_mail,
    only_drafted,
    opened,
    row,
    send_by_hand,
    state,
    take,
    tell,
)
from tests.world import World

HOLDS = [
    ("exception", an_exception),
    ("source", a_source_moved),
    ("correction", a_correction),
]


@pytest.mark.parametrize(("code", "hold"), HOLDS, ids=[one[0] for one in HOLDS])
def test_what_holds_a_release(
    world: World, tmp_path: Path, code: str, hold: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is taken while it holds, words say why, nobody sends it by hand, a report of it opens an exception; once
    nothing holds it, it is sent automatically. The control: without the question it would have gone."""
    by_mail(world)
    item = about_to_go(world)
    back = hold(world, item, tmp_path)
    with world.session() as session:
        context = item_context.load(session, item, world.now)
        (why,) = holds.current_holds(session, context, row(world, item), world.now, mail=True)
    assert why.code == code
    assert why.at
    assert len(why.says) > 30
    assert state(world, item) == "held"
    assert take(world) is None
    with pytest.raises(Conflict, match="must not go out yet"):
        send_by_hand(world, MARCUS, item)
    with monkeypatch.context() as without:
        without.setattr(holds, "current_holds", lambda *_, **__: [])
        unguarded = take(world, world.now + releases.RECHECK_AFTER)
        assert unguarded is not None, "the control: nothing else held it"
        with world.session() as session:
            leased_jobs.give_back(session, Release, unguarded, world.now)
    back()
    assert state(world, item) == "waiting"
    due = take(world, world.now + releases.RECHECK_AFTER)
    assert due is not None
    assert due.item_id == item


def test_what_a_lane_has_only_drafted_goes_out_by_hand(world: World) -> None:
    """No worker takes it, the words name the lane's rule, and a person says that they sent it."""
    only_drafted(world)
    item = approved(world)
    with world.session() as session:
        (why,) = holds.current_holds(
            session, item_context.load(session, item, world.now), row(world, item), world.now, mail=True
        )
    assert why.code == "draft-only"
    assert "lanes/mid-market-saas.toml:32" in why.says
    assert take(world) is None
    assert state(world, item) == "held"
    send_by_hand(world, MARCUS, item)
    assert state(world, item) == "released"


def test_an_override_that_ran_out_holds_and_so_does_a_missing_mail_server(world: World) -> None:
    """What was overridden until Friday does not go out on Monday; without a server the words say what to set."""
    by_mail(world)
    item = world.submit(failing())
    world.decide(TOM, item, "override", passes=("automation.tone",))
    world.decide(HELEN, item, "approve")
    assert state(world, item) == "waiting"
    assert state(world, item, mail=False) == "held"
    late = world.now + timedelta(days=6)
    with world.session() as session:
        context = item_context.load(session, item, late)
        (why,) = holds.current_holds(session, context, row(world, item), late, mail=True)
        assert (why.code, "held until" in why.says) == ("override", True)
        (unset,) = holds.current_holds(session, context, row(world, item), world.now, mail=False)
        assert "REVIEWQUEUE_SMTP_URL" in unset.says
    in_time = take(world, world.now + timedelta(days=1))
    assert in_time is not None, "the control: in time it goes"
    with world.session() as session:
        leased_jobs.give_back(session, Release, in_time, world.now)
    assert take(world, late) is None


def failing() -> Any:
    """A message with a blocking check of its automation's that failed."""
    from reviewqueue.evidence.types import CheckResult

    found = CheckResult("automation.tone", "fail", True, "It sounds cross.", origin="Handoff agent")
    return replace(drafts.email(), checks=(found,))


def test_a_report_while_something_holds_it_is_kept_and_said(world: World, tmp_path: Path) -> None:
    """It went out all the same: the item is released, and an exception says that it should not have been."""
    item = about_to_go(world)
    a_source_moved(world, item, tmp_path)
    came = tell(world, item)
    assert (came.agrees, came.state) == (False, "released")
    assert "held it" in came.says
    assert opened(world) == ["sent-differs"]


# (what is changed behind the application's back once it was approved)
FORGED = [
    ("the text", "UPDATE revisions SET draft = replace(draft, 'thank you', 'thank you so much')"),
    ("a receiver", "UPDATE revisions SET draft = replace(draft, 'rosa@marlowfreight', 'rosa@marlowfre1ght')"),
    ("the source", "UPDATE source_records SET digest = digest, payload = replace(payload, '2026-03-23', '2026-03-30')"),
    ("the customer", "UPDATE items SET customer = 'Marlow Freigth'"),
    ("the state", "UPDATE items SET state = 'rejected'"),
]


@pytest.mark.parametrize(("says", "change"), FORGED, ids=[one[0] for one in FORGED])
def test_what_is_not_what_was_approved_is_never_sent(
    world: World, says: str, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The digest is made again from what is stored: a mismatch fails, opens an exception, and nobody sends it by hand.
    The control: unasked, it would have been taken."""
    by_mail(world)
    item = about_to_go(world)
    with world.owner() as engine, engine.begin() as connection:
        for table in ("revisions", "source_records"):
            unguard(connection, table)
        connection.execute(text(change))
    with monkeypatch.context() as without:
        without.setattr(holds, "content_mismatch", lambda *_: "")
        unguarded = take(world)
        assert unguarded is not None
        with world.session() as session:
            leased_jobs.give_back(session, Release, unguarded, world.now)
    with pytest.raises(Conflict, match="must not go out"):
        send_by_hand(world, DANA, item)
    assert take(world) is None
    assert row(world, item).state == "failed"
    with pytest.raises(Conflict, match="must not go out"):
        send_by_hand(world, DANA, item)
    assert opened(world) == ["sent-differs"]
    assert acts(world, item) == ["release.fail"]


def test_edit_source_and_exception_race_the_release(world: World, tmp_path: Path) -> None:
    """Row 1 in small: while a worker takes what was approved, others edit it, move a source or open an exception. No
    edit gets in, what is handed over has the digest that was approved, and each is out or held afterwards."""
    by_mail(world)
    wrong: list[str] = []
    for turn in range(6):
        item = about_to_go(world)
        digest, seen = row(world, item).digest, world.seen(item)

        def run(number: int, item: int = item, turn: int = turn, seen: Any = seen) -> Any:
            if number == 0:
                return take(world, world.now + timedelta(minutes=turn))
            if turn % 3 == 0:
                return world.decide(MARCUS, item, "edit", draft={**world.draft(item), "subject": "Else"}, seen=seen)
            folder = tmp_path / f"{turn}-{number}"
            folder.mkdir(exist_ok=True)
            return (a_source_moved, an_exception)[turn % 3 - 1](world, item, folder)

        due, *others = concurrency.at_once(3, run)
        if isinstance(due, Exception):
            raise due
        edits = [one for one in others if turn % 3 == 0 and not isinstance(one, DomainError)]
        wrong += [f"turn {turn}: an approved item was edited" for _ in edits]
        if due is not None:
            with world.session() as session:
                report = session.scalars(select(Revision).where(Revision.item_id == due.item_id)).one()
                wrong += [f"turn {turn}: another text"] if due.letter.draft != report.draft else []
                wrong += [f"turn {turn}: another digest"] if report.digest != digest else []
                releases.report(session, due, OUT, world.now)
        assert state(world, item) in ("released", "held")
        with world.session() as session:
            session.execute(text("UPDATE exceptions SET state = 'resolved', resolved_at = opened_at"))
            session.execute(text("UPDATE releases SET state = 'given_up', done_at = opened_at WHERE state = 'waiting'"))
            session.commit()
    assert not wrong
