"""Holds: what keeps something approved from going out, and that nothing else than what was approved does (row 1)."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from sqlalchemy import text

from reviewqueue.core.errors import Conflict, DomainError
from reviewqueue.db import leased_jobs
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
from tests.support.sizes import size
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
    """Row 1: while a worker takes what was approved, others edit it, move a source or open an exception; and an edit
    races the approval itself. No edit gets in, what is handed over is what the approver saw, and each is out, held or
    still at its gate afterwards."""
    by_mail(world)
    wrong: list[str] = []
    turns = size(8, 1_500)
    for turn in range(turns):
        race = (_approval_races_an_edit, _edit_races, _source_races, _exception_races)[turn % 4]
        wrong += [f"turn {turn}: {says}" for says in race(world, tmp_path, turn)]
        with world.session() as session:
            session.execute(text("UPDATE exceptions SET state = 'resolved', resolved_at = opened_at"))
            session.execute(text("UPDATE releases SET state = 'given_up', done_at = opened_at WHERE state = 'waiting'"))
            session.commit()
    print(f"{world.engine.dialect.name}: {turns} races, {len(wrong)} in which something else went out than was seen")
    assert not wrong


def _approval_races_an_edit(world: World, _folder: Path, turn: int) -> Iterator[str]:
    item = world.submit(drafts.email())
    seen, draft = world.seen(item), world.draft(item)

    def run(number: int) -> Any:
        if number == 0:
            return world.decide(DANA, item, "approve", seen=seen)
        return world.decide(MARCUS, item, "edit", draft={**draft, "subject": "Else"}, seen=seen)

    came = [one for one in concurrency.at_once(2, run) if not isinstance(one, DomainError)]
    if len(came) != 1:
        yield f"{len(came)} of an approval and an edit were accepted"
    due = take(world, world.now + timedelta(minutes=turn))
    if due is not None:
        yield from _handed_over(world, due, seen.revision, draft)
    if (due is not None) != (world.item(item).state != "pending"):
        yield f"it is {world.item(item).state}, and was handed over: {due is not None}"


def _edit_races(world: World, _folder: Path, turn: int) -> Iterator[str]:
    def edit(item: int, seen: Any) -> Any:
        return world.decide(MARCUS, item, "edit", draft={**world.draft(item), "subject": "Else"}, seen=seen)

    came = yield from _release_races(world, turn, edit)
    if not all(isinstance(one, DomainError) for one in came):
        yield "an approved item was edited"


def _source_races(world: World, folder: Path, turn: int) -> Iterator[str]:
    mine = folder / str(turn)
    mine.mkdir()
    yield from _release_races(world, turn, lambda item, _: a_source_moved(world, item, mine))


def _exception_races(world: World, folder: Path, turn: int) -> Iterator[str]:
    yield from _release_races(world, turn, lambda item, _: an_exception(world, item, folder))


def _release_races(world: World, turn: int, other: Callable[[int, Any], Any]) -> Generator[str, None, list[Any]]:
    """A worker takes what was approved while somebody does something else; returns what came of that."""
    item = about_to_go(world)
    seen, draft = world.seen(item), world.draft(item)
    at = world.now + timedelta(minutes=turn)
    due, *others = concurrency.at_once(2, lambda number: other(item, seen) if number else take(world, at))
    if isinstance(due, Exception):
        raise due
    if due is not None:
        yield from _handed_over(world, due, seen.revision, draft)
    if state(world, item) not in ("released", "held"):
        yield f"it is {state(world, item)}"
    return others


def _handed_over(world: World, due: releases.Due, digest: str, draft: Any) -> Iterator[str]:
    """What is wrong with what a worker is given to send; it is reported as out."""
    assert due.letter is not None
    if due.letter.draft != draft:
        yield "another text than the approver saw"
    if row(world, due.item_id).digest != digest:
        yield "another digest than the approver saw"
    with world.session() as session:
        releases.report(session, due, OUT, world.now)


def test_the_control_unguarded_lets_another_text_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody asks again at the release, and an edit does not ask for the item's state: most races go wrong."""
    by_mail(world)
    with world.owner() as engine, engine.begin() as connection:
        unguard(connection, "revisions")

    monkeypatch.setattr(holds, "content_mismatch", lambda *_: "")
    turns, wrong = size(6, 100), 0
    for turn in range(turns):
        item = about_to_go(world)
        draft = world.draft(item)

        def edit(number: int, item: int = item, turn: int = turn) -> Any:
            if number == 0:
                sleep(0.03)  # the worker comes by when it comes by
                return take(world, world.now + timedelta(minutes=turn))
            with world.owner() as engine, engine.begin() as connection:
                change = (
                    "UPDATE revisions SET draft = replace(draft, 'thank you', 'no thank you') WHERE item_id = :item"
                )
                return connection.execute(text(change), {"item": item})

        due = concurrency.at_once(2, edit)[0]
        if due is None:
            continue
        wrong += due.letter.draft != draft
        with world.session() as session:
            releases.report(session, due, OUT, world.now)
    print(f"{world.engine.dialect.name}: unguarded, another text went out in {wrong} of {turns} races")
    assert wrong >= turns / 2
