"""Rule 9: a lease says "I am on it"; it expires by itself, is enforced on every act, and a takeover is logged."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from reviewqueue import leases, pages
from reviewqueue.policy import judging
from reviewqueue.refusals import Invalid, Moved, NotAllowed, NotThere
from tests import drafts
from tests.cast import AIKO, DANA, HELEN, LENA, MARCUS, PRIYA, TOM, Named
from tests.world import World

MINUTES = timedelta(minutes=10)  # what the gate for customer messages gives
WHY = "Dana was called away to a customer."


def take(world: World, person: Named, item: int, now: Any = None) -> Any:
    """Take an item on one's desk."""
    with world.session() as session:
        return leases.take(session, person.id, item, now or world.now)


def take_over(world: World, person: Named, item: int, reason: str = WHY, now: Any = None) -> Any:
    """Take an item from whoever has it."""
    with world.session() as session:
        return leases.take_over(session, person.id, item, reason, now or world.now)


def give_back(world: World, person: Named, item: int, now: Any = None) -> None:
    """Give an item back."""
    with world.session() as session:
        leases.give_back(session, person.id, item, now or world.now)


@pytest.fixture
def item(world: World) -> int:
    """An e-mail that Dana has on her desk."""
    made = world.submit(drafts.with_check(drafts.email(), "automation.tone"))
    assert take(world, DANA, made) == world.now + MINUTES
    return made


@pytest.mark.parametrize("act", ["edit", "send_back", "escalate", "override", "reject"])
def test_while_one_has_it_nobody_else_decides(world: World, item: int, act: str) -> None:
    """Enforced when writing: told who has it and until when, nothing recorded; and the control: its holder decides."""
    said: dict[str, Any] = {"draft": {"body": "Another text altogether."}} if act == "edit" else {}
    said |= {"passes": ("automation.tone",)} if act == "override" else {}
    before = world.everything()
    for person in (MARCUS, TOM, HELEN):
        with pytest.raises(Moved, match="Dana Whitfield has this item until 15:10 UTC"):
            world.decide(person, item, act, **said)
    assert world.everything() == before
    if act == "override":
        give_back(world, DANA, item)
        assert world.decide(TOM, item, act, **said)
    else:
        assert world.decide(DANA, item, act, **said)


def test_it_is_enforced_when_reading_too(world: World, item: int) -> None:
    """Others are offered nothing while it lasts, its holder is."""
    with world.session() as session:
        others = pages.item_page(session, item, MARCUS.id, world.now).legal
        own = pages.item_page(session, item, DANA.id, world.now).legal
    assert not any(legal.allowed for legal in others.values())
    assert own["reject"].allowed


def test_it_expires_by_itself(world: World, item: int) -> None:
    """To the moment: a microsecond before nobody else may, at its end anybody may, without anything having run."""
    end = world.now + MINUTES
    with pytest.raises(Moved):
        take(world, MARCUS, item, end - timedelta(microseconds=1))
    assert world.decide(MARCUS, item, "reject", now=end).state == "rejected"


def test_it_can_be_extended(world: World, item: int) -> None:
    """Taking it again moves its end, and is no new entry on the log."""
    entries = len(world.log(item))
    assert take(world, DANA, item, world.now + timedelta(minutes=8)) == world.now + timedelta(minutes=18)
    assert len(world.log(item)) == entries
    with pytest.raises(Moved, match=r"until 15:18 UTC"):
        world.decide(MARCUS, item, "reject", now=world.now + timedelta(minutes=12))


def test_it_can_be_given_back(world: World, item: int) -> None:
    """Then another takes it; who has none gives none back."""
    give_back(world, DANA, item)
    take(world, MARCUS, item)
    with pytest.raises(Moved, match="do not have this item"):
        give_back(world, DANA, item)
    give_back(world, MARCUS, item)
    assert world.item(item).lease_holder_id is None


def test_an_expired_one_cannot_be_given_back(world: World, item: int) -> None:
    """It is not one's own any more."""
    with pytest.raises(Moved):
        give_back(world, DANA, item, world.now + MINUTES)


def test_a_takeover_is_logged_with_its_reason(world: World, item: int) -> None:
    """Tom takes it over: the log names both, and keeps his words sealed."""
    assert take_over(world, TOM, item) == world.now + MINUTES
    entry = world.log(item)[-1]
    body = json.loads(entry.body)
    assert (entry.act, entry.actor, body["facts"]["from"]) == ("lease.take_over", TOM.actor, DANA.actor)
    assert set(body["sealed"]) == {"reason"}
    with pytest.raises(Moved, match="Tom Abara has this item"):
        world.decide(DANA, item, "reject")
    assert world.decide(TOM, item, "reject")


@pytest.mark.parametrize(
    ("person", "reason", "error"),
    [
        (MARCUS, WHY, NotAllowed),
        (DANA, WHY, NotAllowed),
        (AIKO, WHY, NotAllowed),
        (PRIYA, WHY, NotAllowed),
        (LENA, WHY, NotThere),
        (TOM, "now mine", Invalid),
        (TOM, "\u200b" * 20, Invalid),
    ],
)
def test_who_may_not_take_over(world: World, item: int, person: Named, reason: str, error: type[Exception]) -> None:
    """Only a manager, CS leader or RevOps who decides here, with a reason that can be read."""
    before = world.everything()
    with pytest.raises(error):
        take_over(world, person, item, reason)
    assert world.everything() == before


def test_nothing_to_take_over(world: World, item: int) -> None:
    """Nobody has it, its time is over, or one has it oneself: told so."""
    take_over(world, TOM, item)
    for now in (world.now, world.now + MINUTES):
        with pytest.raises(Moved, match="nothing to take over"):
            take_over(world, TOM, item, now=now)


def test_who_does_not_decide_takes_nothing(world: World) -> None:
    """A lease is for those who decide here; seeing it is not enough."""
    item = world.submit(drafts.email())
    for person in (AIKO, PRIYA):
        with pytest.raises(NotAllowed, match="do not decide"):
            take(world, person, item)
    with pytest.raises(NotThere):
        take(world, LENA, item)


def test_deciding_ends_it(world: World) -> None:
    """After a decision nobody has the item, also where it waits for a second person."""
    for submission in (drafts.email(), drafts.in_lane(drafts.email(), drafts.TWO_APPROVALS)):
        item = world.submit(submission)
        take(world, DANA, item)
        world.decide(DANA, item, "approve")
        assert (world.item(item).lease_holder_id, world.item(item).lease_until) == (None, None)


def test_a_settled_item_is_nobodys(world: World, item: int) -> None:
    """Taking, taking over and giving back a settled item is told as what it is."""
    world.decide(DANA, item, "reject")
    for attempt in (take, take_over, give_back):
        with pytest.raises(Moved, match="rejected"):
            attempt(world, TOM, item)


def test_a_lease_that_is_taken_is_on_the_log_once(world: World, item: int) -> None:
    """Taking and giving back are acts that matter: one entry each."""
    give_back(world, DANA, item)
    assert [entry.act for entry in world.log(item)][-2:] == ["lease.take", "lease.give_back"]


def test_the_control_without_the_question_the_other_decides(
    world: World, item: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the lease taken out of judging, Marcus decides what Dana has on her desk."""
    legal = judging.legal_acts

    def blind(policy: Any, gate: Any, situation: Any, actor: Any) -> Any:
        from dataclasses import replace

        return legal(policy, gate, replace(situation, lease_holder=None), actor)

    monkeypatch.setattr(judging, "legal_acts", blind)
    assert world.decide(MARCUS, item, "reject").state == "rejected"
