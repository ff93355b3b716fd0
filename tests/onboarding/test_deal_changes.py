"""What becomes of an onboarding whose deal changes after its start: what is told, what is held, who is asked, in both CRMs
and wherever the onboarding stands. The table is that of docs/deals.md."""

from __future__ import annotations

from pathlib import Path

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
from tests.onboarding import deal_change_table
from tests.onboarding.deal_change_table import CHANGES, OPENS, OWNER, STANDINGS, Change
from tests.support.crm_life import CRMS, message, onboarding, packet_waits, start
from tests.support.furnished import Furnished
from tests.support.releases import by_mail, row, send_by_hand, state, take
from tests.world import World


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
        for number, standing in enumerate(STANDINGS):
            start(world, folder, CRMS[system], number)
            standing.comes(world, folder, CRMS[system], number)

    return Furnished(f"standings_{system}", fill)


def test_the_page_has_this_table() -> None:
    """`python -m tests.onboarding.deal_change_table` writes it again."""
    text = deal_change_table.WRITTEN.read_text(encoding="utf-8")
    assert text == deal_change_table.renewed(text)


@pytest.mark.parametrize("system", CRMS)
@pytest.mark.parametrize("change", CHANGES, ids=[one.says for one in CHANGES])
def test_a_deal_that_changes(world: World, tmp_path: Path, system: str, change: Change) -> None:
    """The change comes to all onboardings with one import, and once more with the next."""
    crm = CRMS[system]
    runs = [onboarding(world, crm, number).id for number in range(len(STANDINGS))]
    kinds = ["handoff_packet" if one.comes is packet_waits else "customer_email" for one in STANDINGS]
    items = [item_of(world, run, kind) for run, kind in zip(runs, kinds, strict=True)]
    sent_before = [world.item(item).state for item in items]
    for _ in range(2):
        crm.bring(world, tmp_path, *(crm.deal(number, **change.changed) for number in range(len(STANDINGS))))
    told = change.told.get(system, "")
    for number, standing in enumerate(STANDINGS):
        where = change.says, standing.says
        told_now, asked = changes(world, runs[number]), cases(world, runs[number])
        wanted = [told.format(was=crm.id("account", number))] if told else []
        assert [one.says for one in told_now] == wanted, where
        assert [(one.category, one.owner_role, one.blocking) for one in asked] == (
            [(OPENS, OWNER, True)] if told else []
        ), where
        assert all(told_now[0].says[1:60] in one.summary for one in asked)
        if standing.waits:
            assert state(world, items[number]) == ("held" if told else "waiting"), where
            assert ("deal" in held_by(world, items[number])) is bool(told)
        following = world.submit(message(world, tmp_path, crm, number, "Agenda for the kickoff"))
        world.decide(DANA, following, "approve")
        assert ("deal" in held_by(world, following)) is bool(told), where
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
