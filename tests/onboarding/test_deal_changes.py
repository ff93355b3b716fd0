"""What becomes of an onboarding whose deal changes after its start: what is told, what is held, who is asked, in both CRMs
and wherever the onboarding stands. The two tables read as the documentation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from reviewqueue.core.errors import Conflict
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.onboardings import DealChange
from reviewqueue.db.tables.releases import Release
from reviewqueue.delivery import holds, releases
from reviewqueue.items import deal_changes, item_context
from tests.cast import DANA, MARCUS
from tests.support.crm_life import (
    CRMS,
    first_value,
    message,
    message_sent,
    message_waits,
    onboarding,
    packet_waits,
    start,
)
from tests.support.furnished import Furnished
from tests.support.releases import by_mail, row, send_by_hand, state, take
from tests.world import World

# (where the onboarding stands, how it comes there, what a change of its deal holds)
STANDINGS: list[tuple[str, Callable[..., int], str]] = [
    ("its packet waits for RevOps", packet_waits, "the next message"),
    ("the message was sent", message_sent, "the next message"),
    ("first value is reached", first_value, "the next message"),
    ("a message is approved and waits to be sent", message_waits, "that message, and the next"),
]
# (what the CRM says now, what changed in the deal, what is told of it; nothing is told, opened or held where that is empty)
CHANGES: list[tuple[str, dict[str, Any], str]] = [
    ("the deal was re-opened", {"stage": "open"}, "the deal is open again"),
    ("the deal was lost", {"stage": "lost"}, "the deal is lost"),
    ("the deal is in a stage that no lane knows", {"stage": "odd"}, "in a stage that its lane does not know"),
    ("the deal was deleted or archived", {"deleted": True}, "the deal is"),
    ("the deal was won for more", {"amount": 52000}, "its amount is 52000, and was 48000"),
    ("the deal was won for less", {"amount": 41000}, "its amount is 41000, and was 48000"),
    ("the amount was taken out", {"amount": ""}, "its amount is nothing, and was 48000"),
    ("the deal was re-opened for less", {"stage": "open", "amount": 41000}, "open again"),
    ("the deal belongs to another account", {"of_account": 4}, "its account is"),
    ("the same amount is written with zeros", {"amount": "48000.00"}, ""),
    ("the currency is named for the first time", {"currency": "EUR"}, ""),
    ("a field changed that nothing rests on", {"note": "Call them."}, ""),
    ("nothing changed", {}, ""),
]  # fmt: skip


def held_by(world: World, item: int) -> list[str]:
    """The codes of what holds a release."""
    with world.session() as session:
        context = item_context.load(session, item, world.now)
        return [one.code for one in holds.current_holds(session, context, row(world, item), world.now, mail=True)]


def changes(world: World, run: int) -> list[DealChange]:
    """What became of the deal of an onboarding."""
    with world.session() as session:
        return list(deal_changes.all_of(session, run))


def cases(world: World, run: int) -> list[ExceptionCase]:
    """The exceptions of an onboarding that are open."""
    with world.session() as session:
        query = select(ExceptionCase).where(ExceptionCase.onboarding_id == run, ExceptionCase.resolved_at.is_(None))
        return list(session.scalars(query))


def item_of(world: World, run: int, kind: str) -> int:
    """The first item of that kind."""
    with world.session() as session:
        return session.scalars(select(Item.id).where(Item.onboarding_id == run, Item.kind == kind)).first() or 0


@pytest.fixture
def furnished(system: str) -> Furnished:
    """One onboarding at each standing."""

    def fill(world: World, folder: Path) -> None:
        by_mail(world)
        for number, (_, stand, _) in enumerate(STANDINGS):
            start(world, folder, CRMS[system], number)
            stand(world, folder, CRMS[system], number)

    return Furnished(f"standings_{system}", fill)


@pytest.mark.parametrize("system", CRMS)
@pytest.mark.parametrize(("says", "change", "told"), CHANGES, ids=[one[0] for one in CHANGES])
def test_a_deal_that_changes(
    world: World, tmp_path: Path, system: str, says: str, change: dict[str, Any], told: str
) -> None:
    """The change comes to all onboardings with one import, and once more with the next."""
    crm = CRMS[system]
    runs = [onboarding(world, crm, number).id for number in range(len(STANDINGS))]
    kinds = ["handoff_packet" if stand is packet_waits else "customer_email" for _, stand, _ in STANDINGS]
    items = [item_of(world, run, kind) for run, kind in zip(runs, kinds, strict=True)]
    sent_before = [world.item(item).state for item in items]
    for _ in range(2):
        crm.bring(world, tmp_path, *(crm.deal(number, **change) for number in range(len(STANDINGS))))
    for number, (where, stand, _) in enumerate(STANDINGS):
        told_now, asked = changes(world, runs[number]), cases(world, runs[number])
        assert [told in one.says for one in told_now] == ([True] if told else []), (says, where)
        assert [(one.category, one.owner_role, one.blocking) for one in asked] == (
            [("deal-changed", "revops", True)] if told else []
        ), (says, where)
        assert all(told_now[0].says[1:60] in one.summary for one in asked)
        if stand is message_waits:
            assert state(world, items[number]) == ("held" if told else "waiting"), (says, where)
            assert ("deal" in held_by(world, items[number])) is bool(told)
        following = world.submit(message(world, tmp_path, crm, number, "Agenda for the kickoff"))
        world.decide(DANA, following, "approve")
        assert ("deal" in held_by(world, following)) is bool(told), (says, where)
        if told:
            with pytest.raises(Conflict, match="must not go out yet"):
                send_by_hand(world, MARCUS, following)
        if told and not number:
            with world.session() as session:
                session.execute(update(Release).where(Release.item_id == following).values(state="failed"))
                session.commit()
            with pytest.raises(Conflict, match="must not go out yet"):
                send_by_hand(world, MARCUS, following)
    due = take(world, world.now + releases.RECHECK_AFTER)
    assert (due is None) is bool(told), "the worker is given something to send only where nothing is told"
    after = [world.item(item).state for item in items]
    assert after == sent_before, "no draft is decided by it"
    assert world.verify().holds
