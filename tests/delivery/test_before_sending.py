"""Between approval and sending: the time in which an approval can be undone, the customer's business hours, and sending
before its time. On both engines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reviewqueue.core.errors import Conflict, Forbidden, Invalid
from reviewqueue.delivery import callbacks as outbox
from reviewqueue.delivery import release_queries, undo
from reviewqueue.evidence import commitments
from reviewqueue.items import item_context
from reviewqueue.policy import loading, policy_versions
from reviewqueue.policy.flaws import BadPolicy
from tests import drafts, northbeam
from tests.cast import DANA, HELEN, MARCUS, PRIYA, Named
from tests.support.releases import (
    DEALS,
    GATE,
    SUBMITTED,
    a_correction,
    a_source_moved,
    acts,
    an_exception,
    approved,
    by_mail,
    row,
    state,
    take,
    waits_first,
)
from tests.world import World

WHY = "The date in it is wrong by a month."
LATER = timedelta(minutes=10)


def undone(world: World, person: Named, item: int, now: datetime | None = None) -> None:
    with world.session() as session:
        undo.undo(session, person.id, item, WHY, now or world.now)


def sent_now(world: World, person: Named, item: int, now: datetime | None = None) -> None:
    with world.session() as session:
        undo.send_now(session, person.id, item, "They asked for it on the phone.", now or world.now)


def test_undone_it_is_at_its_gate_and_what_is_approved_then_goes_out_once(world: World) -> None:
    """Nothing leaves before its time; who approved it undoes that; nothing of the approval holds; and approved again
    the same content goes out, by the same release, under the same key."""
    waits_first(world, undo_minutes=10)
    item = approved(world)
    assert (state(world, item), row(world, item).send_at) == ("held", world.now + LATER)
    assert take(world, world.now + LATER - timedelta(seconds=1)) is None
    with world.session() as session:
        assert outbox.take_due(session, world.now) == [], "its automation is told of no approval that may be undone"
    with pytest.raises(Invalid), world.session() as session:
        undo.undo(session, DANA.id, item, "oops", world.now)
    with pytest.raises(Forbidden, match="Only who approved it"):
        undone(world, MARCUS, item)
    key, number = row(world, item).key, world.item(item).revision_number
    undone(world, DANA, item)
    world.run_checks()
    found = world.item(item)
    assert (found.state, found.settled_at, found.settled_by_id) == ("pending", None, None)
    assert (found.revision_number, row(world, item).state) == (number + 1, "given_up")
    assert WHY in found.why
    assert take(world, world.now + LATER) is None
    assert [(one.type, one.state) for one in world.outbox(item)] == [("item.decided", "given_up")]
    with world.session() as session:
        assert commitments.active_promises(session, found.onboarding_id or 0) == (), "it promised nothing"
    (entry,) = [one for one in world.log(item) if one.act == "item.undo"]
    assert entry.actor == DANA.actor

    later = world.now + timedelta(hours=1)
    world.decide(MARCUS, item, "approve", now=later)
    assert (row(world, item).key, row(world, item).send_at) == (key, later + LATER)
    assert take(world, later) is None
    due = take(world, later + LATER)
    assert due is not None
    assert due.item_id == item
    assert take(world, later + LATER) is None, "once"
    with pytest.raises(Conflict, match="being sent"):
        undone(world, MARCUS, item, later + LATER)
    assert world.verify().holds


def test_an_approval_that_was_undone_lets_nothing_out_whatever_the_rows_say(world: World) -> None:
    """Somebody with a way into the database puts release and item back: the log and the revision say otherwise."""
    waits_first(world, undo_minutes=10)
    item = approved(world)
    undone(world, DANA, item)
    with world.owner() as engine, engine.begin() as connection:
        connection.exec_driver_sql("UPDATE items SET state = 'approved'")
        connection.exec_driver_sql("UPDATE releases SET state = 'waiting', done_at = NULL, send_at = NULL")
    assert take(world, world.now + timedelta(hours=1)) is None
    assert row(world, item).state == "failed"


def test_who_undoes_and_until_when(world: World) -> None:
    """RevOps too; when its time has come nobody; and an approval that started more than a release is not undone."""
    waits_first(world, undo_minutes=10)
    first, second = approved(world), approved(world)
    undone(world, PRIYA, first)
    with pytest.raises(Conflict, match="Its time has come"):
        undone(world, DANA, second, world.now + LATER)
    files = waits_first(world, undo_minutes=10, activate=False)
    lane = "lanes/mid-market-saas.toml"
    packets = 'handoff_packet = "handoff-quality"'
    assert packets in files[lane]
    files[lane] = files[lane].replace(packets, packets.replace("handoff-quality", "customer-communication"))
    with pytest.raises(BadPolicy, match="whose approval starts other drafts"):
        loading.load(files)


def test_what_its_automation_was_handed_is_not_undone(world: World) -> None:
    """A worker hands the approval on at its time, while a request made just before waits for its turn to write."""
    files = northbeam.files()
    files[GATE] = files[GATE].replace('release = "automation"', 'release = "automation"\nundo_minutes = 10')
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)
    item, in_time = approved(world), world.now + LATER - timedelta(microseconds=1)
    undone(world, DANA, item, in_time)
    world.run_checks(in_time)
    again = world.now + timedelta(hours=1)
    world.decide(DANA, item, "approve", now=again)
    with world.session() as session:
        assert [one.type for one in outbox.take_due(session, again + LATER)] == ["item.decided"]
    before = world.everything()
    with pytest.raises(Conflict, match="Its automation was handed the approval already"):
        undone(world, DANA, item, again + LATER - timedelta(microseconds=1))
    assert world.everything() == before


# (what the account's record says, when it goes out, in which words)
HOURS = [
    ("", datetime(2026, 3, 3, 14, 0, tzinfo=UTC), "on Tue 3 Mar 2026 at 09:00 New York time"),
    ("europe_slash_berlin", datetime(2026, 3, 3, 8, 0, tzinfo=UTC), "on Tue 3 Mar 2026 at 09:00 Berlin time"),
    ("the moon", datetime(2026, 3, 3, 14, 0, tzinfo=UTC), "on Tue 3 Mar 2026 at 09:00 New York time"),
]


@pytest.mark.parametrize(("zone", "at", "says"), HOURS, ids=["of the lane", "of the customer", "an unknown one"])
def test_it_goes_out_in_the_customers_business_hours(world: World, zone: str, at: datetime, says: str) -> None:
    """Approved in the evening, it waits for the next morning where the customer is; where nobody knows that, where the
    lane is."""
    waits_first(world, undo_minutes=10, send_in_business_hours=True)
    submission = drafts.email()
    sources = submission.drafted.sources
    sources["account"] = replace(sources["account"], payload={**sources["account"].payload, "Time_Zone__c": zone})
    evening = world.now + timedelta(hours=8)
    item = world.submit(submission)
    world.decide(DANA, item, "approve", now=evening)
    assert row(world, item).send_at == at
    with world.session() as session:
        shown = release_queries.of_item(session, item_context.load(session, item, evening), evening, mail=True)
    assert shown is not None
    assert shown.scheduled
    assert says in shown.goes_out
    assert take(world, at - timedelta(seconds=1)) is None
    assert take(world, at) is not None


HOLDS: list[Callable[[World, int, Path], Any]] = [an_exception, a_source_moved, a_correction]


@pytest.mark.parametrize("hold", HOLDS, ids=[one.__name__ for one in HOLDS])
def test_what_comes_up_meanwhile_stops_it_at_the_last_moment(
    world: World, tmp_path: Path, hold: Callable[[World, int, Path], Any]
) -> None:
    """Its time passes, and it does not go out until nothing else holds it."""
    waits_first(world, undo_minutes=10)
    about = drafts.deal()
    submission = drafts.email(about)
    item = world.submit(submission)
    DEALS[item], SUBMITTED[item] = about, submission
    world.decide(DANA, item, "approve")
    back = hold(world, item, tmp_path)
    assert take(world, world.now + LATER) is None
    back()
    due = take(world, world.now + timedelta(hours=1))
    assert due is not None
    assert due.item_id == item


def test_a_newer_draft_stops_it_too(world: World) -> None:
    """It is handed in anew within the time: the earlier one waits, and cannot be sent now past it."""
    waits_first(world, undo_minutes=10)
    about = drafts.deal()
    item = world.submit(drafts.email(about))
    world.decide(DANA, item, "approve")
    world.submit(drafts.email(about, body=drafts.BODY.replace("6 March", "5 March")))
    sent_now(world, MARCUS, item)
    assert take(world, world.now + LATER) is None
    assert state(world, item) == "held"
    assert acts(world, item) == ["release.replace", "release.send_now"]


def test_send_now(world: World) -> None:
    """Whoever may try a release again has it go out before its time, with a reason; nobody else."""
    waits_first(world, undo_minutes=10)
    item = approved(world)
    assert take(world) is None
    sent_now(world, HELEN, item)
    due = take(world)
    assert due is not None
    assert due.item_id == item
    assert acts(world, item) == ["release.send_now"]


def test_the_policy_that_asks_for_nothing_lets_it_go_at_once(world: World) -> None:
    by_mail(world)
    item = approved(world)
    assert row(world, item).send_at is None
    with pytest.raises(Conflict):
        undone(world, DANA, item)
    assert take(world) is not None
