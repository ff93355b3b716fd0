"""A second new-business deal of an account whose onboarding runs already is a question to RevOps, in whichever CRM it
stands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.onboarding import running_accounts
from tests.cast import PRIYA
from tests.support.crm_life import CRMS, Crm, first_value, start
from tests.support.releases import by_mail
from tests.world import World

SALESFORCE, HUBSPOT = CRMS["salesforce"], CRMS["hubspot"]


def another_deal(crm: Crm) -> dict[str, Any]:
    """Another deal of the first account."""
    return crm.deal(1, of_account=0, name="Aldermoor Foods - second plant")


def other(crm: Crm) -> Crm:
    """The other CRM."""
    return HUBSPOT if crm is SALESFORCE else SALESFORCE


def named(account: dict[str, Any], name: str, web: str = "") -> dict[str, Any]:
    """An account with another name and web address."""
    if "properties" in account:
        return {**account, "properties": {"name": name, "domain": web}}
    return {**account, "Name": name, "Website": f"https://www.{web}/about" if web else None}


def ended(world: World, folder: Path, crm: Crm) -> None:
    """The first onboarding ended."""
    with world.session() as session:
        session.execute(update(Onboarding).values(ended_at=world.now))
        session.commit()


def reached(world: World, folder: Path, crm: Crm) -> None:
    """The first onboarding is at first value."""
    by_mail(world)
    first_value(world, folder, crm, 0)


def nothing(world: World, folder: Path, crm: Crm) -> None:
    """The first onboarding runs."""


# (what it shows, what becomes of the first onboarding, in which CRM and what comes then, what RevOps is asked, if it is)
SECOND: list[tuple[str, Callable[..., None], Callable[[Crm], Crm], Callable[[Crm], list[dict[str, Any]]], str]] = [
    (
        "the same account in the same CRM",
        nothing,
        lambda crm: crm,
        lambda crm: [another_deal(crm)],
        "has an onboarding already, of deal",
    ),
    (
        "the same name in the other CRM",
        nothing,
        other,
        lambda crm: [named(crm.account(0), "ALDERMOOR  Foods"), another_deal(crm)],
        "a customer of the same name",
    ),
    (
        "the same domain in the other CRM, under another name",
        nothing,
        other,
        lambda crm: [named(crm.account(0), "AFG Holding", "shop.aldermoor.example"), another_deal(crm)],
        "with the same domain, aldermoor.example",
    ),
    (
        "neither of them",
        nothing,
        other,
        lambda crm: [named(crm.account(0), "AFG Holding", "afg.example"), another_deal(crm)],
        "",
    ),
    (
        "a domain that many share tells nothing",
        nothing,
        other,
        lambda crm: [named(crm.account(0), "AFG Holding", "facebook.com"), another_deal(crm)],
        "",
    ),
    ("another account", nothing, lambda crm: crm, lambda crm: [crm.account(1), crm.deal(1)], ""),
    ("the first onboarding ended", ended, lambda crm: crm, lambda crm: [another_deal(crm)], ""),
    ("the first one is at first value", reached, lambda crm: crm, lambda crm: [another_deal(crm)], ""),
]


@pytest.mark.parametrize("crm", CRMS.values(), ids=CRMS)
@pytest.mark.parametrize(("says", "before", "where", "records", "asked"), SECOND, ids=[one[0] for one in SECOND])
def test_a_second_deal(
    world: World,
    tmp_path: Path,
    crm: Crm,
    says: str,
    before: Callable[..., None],
    where: Callable[[Crm], Crm],
    records: Callable[[Crm], list[dict[str, Any]]],
    asked: str,
) -> None:
    """It is asked about, with the other deal's id; or it starts."""
    start(world, tmp_path, crm, 0)
    before(world, tmp_path, crm)
    there = where(crm)
    done = there.bring(world, tmp_path, *records(there))
    assert (done.asked, done.started) == ((1, 0) if asked else (0, 1)), (says, done.details)
    if asked:
        assert asked in done.details[-1]["why"]
        assert crm.id("deal", 0) in done.details[-1]["why"]


@pytest.mark.parametrize("crm", CRMS.values(), ids=CRMS)
def test_two_at_once(world: World, tmp_path: Path, crm: Crm) -> None:
    """One starts, the other is asked about; the same file again adds nothing; RevOps may start it all the same."""
    records = crm.account(0), crm.contact(0), crm.deal(0), another_deal(crm)
    done = crm.bring(world, tmp_path, *records)
    assert (done.started, done.asked) == (1, 1)
    before = world.everything()
    crm.bring(world, tmp_path, *records)
    assert world.everything() == before
    with world.session() as session:
        question = session.scalars(select(Item.id).where(Item.kind == "trigger_question")).one()
    world.decide(PRIYA, question, "approve", choice=f"account:{crm.id('account', 0)}", text="A second plant of theirs.")
    with world.session() as session:
        assert session.scalar(select(func.count()).select_from(Onboarding)) == 2


def test_another_import_may_start_it_meanwhile(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Judged as the first, while another process starts one of the account: it is not started, and the next import asks."""
    crm = SALESFORCE
    read = running_accounts.load

    def load(*given: Any) -> running_accounts.RunningAccounts:
        found = read(*given)
        monkeypatch.undo()
        start(world, tmp_path, crm, 0)
        return found

    monkeypatch.setattr(running_accounts, "load", load)
    done = crm.bring(world, tmp_path, crm.account(0), another_deal(crm))
    assert (done.started, done.skipped, world.count(Onboarding)) == (0, 1, 1)
    assert crm.bring(world, tmp_path, another_deal(crm)).asked == 1
