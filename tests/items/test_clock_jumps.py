"""Row 28 of the trust matrix: the machine's clock jumps by ninety days, ten minutes, or an hour of summer time. No item
is leased to two, nothing acts before its time by the clock that stands, and the log's positions rise all the same."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from reviewqueue.core.errors import Conflict, DomainError
from reviewqueue.items import leases, pauses, sla
from tests import drafts
from tests.cast import DANA, HELEN, MARCUS, TOM, Named
from tests.world import World

JUMPS = (
    timedelta(days=90),
    timedelta(days=-90),
    timedelta(minutes=-10),
    timedelta(minutes=1),
    timedelta(hours=3),
    timedelta(days=1),
)
LEASE = timedelta(minutes=10)


def tick(world: World, at: datetime) -> int:
    """The clock looks once."""
    with world.session() as session:
        return sla.tick(session, at)


def take(world: World, person: Named, item: int, at: datetime) -> bool:
    """Try to take an item; whether it was given."""
    with world.session() as session:
        try:
            leases.take(session, person.id, item, at)
        except DomainError:
            return False
    return True


def free_to(world: World, person: Named, item: int, at: datetime) -> bool:
    """Whether nobody else has the item at that moment, by the row."""
    row = world.item(item)
    return row.lease_until is None or row.lease_until <= at or row.lease_holder_id == person.id


def stop_or_go(world: World, item: int, at: datetime) -> None:
    """Pause what runs, let go on what is paused; refusals are as good."""
    reason = "The customer is asked for a date."
    with world.session() as session:
        try:
            if world.item(item).paused_at:
                pauses.resume(session, TOM.id, item, reason, at)
            else:
                pauses.pause(session, TOM.id, item, "waiting_for_customer", reason, at)
        except DomainError:
            return


@pytest.mark.parametrize("seed", range(4))
def test_however_the_clock_jumps(world: World, seed: int) -> None:
    """Sixty steps of work while the clock is put forward and back between them."""
    dice, at, items, stood = Random(seed), world.now, [world.submit(drafts.email())], [world.now]
    for _ in range(60):
        at += dice.choice(JUMPS)
        stood.append(at)
        item, person = dice.choice(items), dice.choice((DANA, MARCUS, TOM, HELEN))
        step = dice.choice(("submit", "take", "take", "tick", "tick", "pause"))
        if step == "submit":
            items.append(world.submit(drafts.email(), at))
        elif step == "take":
            free = free_to(world, person, item, at)
            assert not take(world, person, item, at) or free, "leased to two at once"
        elif step == "tick":
            tick(world, at)
        else:
            stop_or_go(world, item, at)
    log = world.log()
    assert [entry.position for entry in log] == list(range(1, len(log) + 1))
    assert world.verify().holds
    told = [(entry.item_id, entry.at, json.loads(entry.body)["facts"]) for entry in log if entry.act == "item.overdue"]
    assert told, "the clock had something to do"
    assert all(when >= datetime.fromisoformat(facts["due"]) for _, when, facts in told), "nothing acted early"
    assert set(Counter((one, facts["due"]) for one, _, facts in told).values()) == {1}, "once for each due time"
    assert stood != sorted(stood), "the control: the clock did run backwards"
    assert [entry.at for entry in log] != sorted(entry.at for entry in log), (
        "by its times the log would be out of order"
    )


@pytest.mark.parametrize("jump", [timedelta(minutes=-10), timedelta(days=-90)])
def test_a_clock_put_back_lends_an_item_to_nobody_else(world: World, jump: timedelta) -> None:
    """The lease is as long as the clock says, however long that is: a leader takes it over with a reason."""
    item = world.submit(drafts.email())
    assert take(world, DANA, item, world.now)
    assert not take(world, MARCUS, item, world.now + jump)
    with world.session() as session:
        leases.take_over(session, TOM.id, item, "The clock was put back by mistake.", world.now + jump)
    assert not take(world, DANA, item, world.now + jump)


def test_a_clock_put_forward_ends_a_lease_and_put_back_does_not_bring_it_again(world: World) -> None:
    """Who had it before the jump does not have it beside the one who took it since."""
    item = world.submit(drafts.email())
    assert take(world, DANA, item, world.now)
    later = world.now + timedelta(days=90)
    assert take(world, MARCUS, item, later)
    seen = world.seen(item)
    with pytest.raises(Conflict, match="Marcus Oyelaran"):
        world.decide(DANA, item, "approve", seen=seen, now=world.now)
    assert world.item(item).lease_holder_id == MARCUS.id
    assert world.item(item).lease_until == later + LEASE


def test_put_forward_and_back_it_goes_up_once(world: World) -> None:
    """What was escalated by the clock that was wrong was escalated, with a due time ahead of it: put right, nothing acts again."""
    item = world.submit(drafts.email())
    later = world.now + timedelta(days=90)
    assert tick(world, later) == 1
    assert [tick(world, world.now + timedelta(days=days)) for days in range(0, 91, 10)] == [0] * 10
    assert world.item(item).due_at > later
    assert world.decide(HELEN, item, "approve").state == "approved"


@pytest.mark.parametrize(
    ("opened", "due", "naive", "why"),
    [
        ("2026-03-06T22:00", "2026-03-09T16:00", "2026-03-09T17:00", "summer time begins in New York on the Sunday"),
        ("2026-10-30T21:00", "2026-11-02T17:00", "2026-11-02T16:00", "and ends"),
    ],
)
def test_an_office_hour_stays_an_hour_over_summer_time(
    world: World, opened: str, due: str, naive: str, why: str
) -> None:
    """Opened on Friday at five in New York with four hours to go: due on Monday at noon there, either way. The control
    keeps Friday's distance to UTC and is an hour off: in autumn it would act early."""
    start, wanted = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (opened, due))
    friday = start.astimezone(ZoneInfo("America/New_York")).utcoffset() or timedelta()
    careless = datetime.fromisoformat("T".join([due[:10], "12:00"])).replace(tzinfo=UTC) - friday
    assert careless == datetime.fromisoformat(naive).replace(tzinfo=UTC) != wanted, why
    item = world.submit(drafts.email(), start)
    assert world.item(item).due_at == wanted
    assert [tick(world, wanted - timedelta(minutes=minutes)) for minutes in (61, 1, 0)] == [0, 0, 1]
