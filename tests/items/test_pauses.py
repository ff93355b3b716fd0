"""Pauses: while an item waits for the customer or for sales, its clock is paused, and it is due later by that time."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from reviewqueue.core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from reviewqueue.db.tables.base import moment
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.log import LogText
from reviewqueue.items import intake, leases, pauses, sla
from reviewqueue.policy import policy_versions
from tests import drafts, northbeam
from tests.cast import AIKO, DANA, HELEN, INES, LENA, MARCUS, PRIYA, Named
from tests.world import World

WAIT = "waiting_for_sales"
REASON = "Lena asks the customer for a start date."
BACK = "Lena says: 23 March it is."
HOUR = timedelta(hours=1)


def pause(world: World, person: Named, item: int, now: datetime, waits: str = WAIT, reason: str = REASON) -> None:
    """Stop an item's clock."""
    with world.session() as session:
        pauses.pause(session, person.id, item, waits, reason, now)


def resume(world: World, person: Named, item: int, now: datetime, reason: str = BACK) -> datetime:
    """Let it run again."""
    with world.session() as session:
        return pauses.resume(session, person.id, item, reason, now)


def standing(world: World, item: int) -> tuple[str, datetime | None, datetime]:
    """What it waits for, since when, and when it is due."""
    row = world.item(item)
    return row.pause, row.paused_at, row.due_at


def told(world: World, item: int) -> tuple[str, str, dict[str, Any]]:
    """The last entry about an item: who, what, and its facts."""
    entry = world.log(item)[-1]
    return entry.actor, entry.act, json.loads(entry.body)["facts"]


def words(world: World, item: int) -> dict[str, str]:
    """What was said with the last entry about an item."""
    with world.session() as session:
        query = select(LogText).where(LogText.position == world.log(item)[-1].position)
        return {text.name: text.text for text in session.scalars(query)}


@pytest.fixture
def item(world: World) -> int:
    """A customer e-mail, due in four business hours: today at two in the afternoon in New York."""
    return world.submit(drafts.email())


def test_it_stands_still_and_says_so(world: World, item: int) -> None:
    due_at, at = world.item(item).due_at, world.now + HOUR
    pause(world, DANA, item, at)
    assert standing(world, item) == (WAIT, at, due_at)
    assert told(world, item) == (
        DANA.actor, "item.pause", {"waits": WAIT, "due": moment(due_at), "state": "pending"},
    )  # fmt: skip
    assert words(world, item) == {"reason": REASON}
    with world.session() as session:
        assert sla.tick(session, due_at + timedelta(days=30)) == 0, "the clock does not act while it is paused"
    assert world.item(item).state == "pending"


def test_it_goes_on_later_by_the_business_hours_it_stood(world: World, item: int) -> None:
    """Paused at eleven for three hours of that day and one of the next: due the next day at nine plus what was left."""
    due_at, at = world.item(item).due_at, world.now + HOUR
    pause(world, DANA, item, at)
    tomorrow = world.now.replace(hour=15) + timedelta(days=1)  # ten in New York: 7 h of Monday and 1 h of Tuesday
    assert resume(world, MARCUS, item, tomorrow) == due_at + timedelta(days=1) - HOUR
    assert standing(world, item) == ("", None, due_at + timedelta(days=1) - HOUR)
    assert told(world, item) == (
        MARCUS.actor,
        "item.resume",
        {"waited": WAIT, "since": moment(at), "due": moment(due_at + timedelta(days=1) - HOUR)},
    )
    assert words(world, item) == {"reason": BACK}


def test_resumed_at_once_nothing_changed(world: World, item: int) -> None:
    due_at = world.item(item).due_at
    pause(world, DANA, item, world.now)
    assert resume(world, DANA, item, world.now) == due_at


def test_a_clock_put_back_in_between_makes_nothing_due_earlier(world: World, item: int) -> None:
    due_at = world.item(item).due_at
    pause(world, DANA, item, world.now)
    assert resume(world, DANA, item, world.now - timedelta(minutes=10)) == due_at


@pytest.mark.parametrize(
    ("who", "refusal", "why"),
    [
        (DANA, None, "a CSM decides customer e-mails"),
        (HELEN, None, "and so does whom the gate escalates to"),
        (PRIYA, Forbidden, "RevOps sees it and does not decide it"),
        (INES, NotFound, "to the implementation lead it is not there"),
        (LENA, NotFound, "nor to the sales owner, for whom it may wait"),
        (AIKO, Forbidden, "an auditor reads everything and changes nothing"),
    ],
)
def test_who_may_pause_and_resume(
    world: World, item: int, who: Named, refusal: type[DomainError] | None, why: str
) -> None:
    if refusal is None:
        pause(world, who, item, world.now)
        resume(world, who, item, world.now + HOUR)
        return
    before = world.everything()
    with pytest.raises(refusal):
        pause(world, who, item, world.now)
    assert world.everything() == before, why
    pause(world, DANA, item, world.now)
    before = world.everything()
    with pytest.raises(refusal):
        resume(world, who, item, world.now + HOUR)
    assert world.everything() == before, why


@pytest.mark.parametrize(
    ("waits", "reason", "place"),
    [
        ("waiting_for_godot", REASON, "/waits"),
        ("", REASON, "/waits"),
        (WAIT, "later", "/reason"),
        (WAIT, " \u200b" * 20, "/reason"),
    ],
)
def test_a_pause_says_for_whom_and_why(world: World, item: int, waits: str, reason: str, place: str) -> None:
    before = world.everything()
    with pytest.raises(Invalid) as refused:
        pause(world, DANA, item, world.now, waits, reason)
    assert [fault.at for fault in refused.value.faults] == [place]
    assert world.everything() == before


def test_a_resume_says_why(world: World, item: int) -> None:
    pause(world, DANA, item, world.now)
    with pytest.raises(Invalid):
        resume(world, DANA, item, world.now + HOUR, "ok")
    assert world.item(item).pause == WAIT


def test_twice_is_told_and_changes_nothing(world: World, item: int) -> None:
    with pytest.raises(Conflict, match="not paused any more"):
        resume(world, DANA, item, world.now)
    pause(world, DANA, item, world.now)
    with pytest.raises(Conflict, match="paused already, waiting for sales since 02 Mar 15:00 UTC"):
        pause(world, MARCUS, item, world.now + HOUR, "waiting_for_customer")
    assert [entry.act for entry in world.log(item)].count("item.pause") == 1


def test_another_persons_lease_keeps_out(world: World, item: int) -> None:
    with world.session() as session:
        leases.take(session, MARCUS.id, item, world.now)
    with pytest.raises(Conflict, match="Marcus Oyelaran has this item"):
        pause(world, DANA, item, world.now)
    pause(world, MARCUS, item, world.now)


def test_what_is_decided_or_sent_back_has_no_clock(world: World, item: int) -> None:
    world.decide(DANA, item, "send_back")
    with pytest.raises(Conflict, match="waits for its author"):
        pause(world, DANA, item, world.now)
    world.decide(DANA, item, "reject")
    with pytest.raises(Conflict, match="rejected"):
        pause(world, DANA, item, world.now)


def test_a_new_draft_lets_it_go_on(world: World, item: int) -> None:
    """What it waited for came with the draft: no person need say so, and the log does."""
    due_at = world.item(item).due_at
    pause(world, DANA, item, world.now)
    draft = drafts.email().drafted
    with world.session() as session:
        revision = world.seen(item).revision
        later = replace(draft, title="A start date for your dispatchers")
        intake.revise(session, world.caller, item, revision, later, world.now + HOUR)
    assert standing(world, item) == ("", None, due_at + HOUR)
    acts = [(entry.actor, entry.act) for entry in world.log(item)][-2:]
    assert acts == [("automation:1", "item.revise"), ("automation:1", "item.resume")]


def test_an_edit_lets_it_go_on(world: World, item: int) -> None:
    due_at = world.item(item).due_at
    pause(world, DANA, item, world.now)
    draft = {**world.draft(item), "subject": "Your start date"}
    world.decide(DANA, item, "edit", draft=draft, now=world.now + HOUR)
    assert standing(world, item) == ("", None, due_at + HOUR)
    assert told(world, item)[1] == "item.resume"


def test_it_can_be_decided_while_it_waits(world: World, item: int) -> None:
    """A pause stops the clock, not the people."""
    pause(world, DANA, item, world.now)
    assert world.decide(DANA, item, "approve", now=world.now + HOUR).state == "approved"


def test_its_end_moves_with_it(world: World) -> None:
    """An item that ends by itself does not end while it waits, and later by that time."""
    files = northbeam.files()
    gate = "gates/customer-communication.toml"
    files[gate] = files[gate].replace("sla_hours = 4", "sla_hours = 4\nexpires_after_hours = 6")
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)
    item = world.submit(drafts.email())
    ends = world.item(item).expires_at
    assert ends == world.now + 6 * HOUR
    pause(world, DANA, item, world.now)
    with world.session() as session:
        sla.tick(session, world.now + timedelta(days=9))
    assert world.item(item).state == "pending"
    resume(world, DANA, item, world.now + HOUR)
    assert world.item(item).expires_at == ends + HOUR
    with world.session() as session:
        assert session.scalar(select(Item.paused_at).where(Item.id == item)) is None
