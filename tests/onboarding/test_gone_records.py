"""What a CRM deleted, archived or merged starts nothing and is nobody's stakeholder; what was merged is its master's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from reviewqueue.checks.known_records import KnownRecords
from reviewqueue.connectors import record_state
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.evidence.types import Source
from reviewqueue.onboarding import draft_input
from tests.support.crm_life import CRMS, Crm, onboarding
from tests.world import World

SALESFORCE, HUBSPOT = CRMS["salesforce"], CRMS["hubspot"]
GONE = {"salesforce": {"IsDeleted": True}, "hubspot": {"archived": True}}


def stakeholders(world: World) -> str:
    """The people that the newest packet names."""
    with world.session() as session:
        found = session.scalars(select(Item.id).where(Item.kind == "handoff_packet").order_by(Item.id.desc())).first()
    return str(world.draft(found or 0)["sections"]["stakeholders"]["key_stakeholders"])


def merged_into(crm: Crm, number: int, master: int) -> list[dict[str, Any]]:
    """The records by which a CRM says that one account was merged into another: Salesforce marks the one that is gone,
    HubSpot lists it at the one that stays."""
    if crm.system == "salesforce":
        gone = crm.account(number, IsDeleted=True, MasterRecordId=crm.id("account", master))
        return [gone, crm.account(master)]
    return [crm.account(master, hs_merged_object_ids=f"{crm.id('account', number)};77")]


@pytest.mark.parametrize("crm", CRMS.values(), ids=CRMS)
def test_a_contact_that_is_gone_is_nobody(world: World, tmp_path: Path, crm: Crm) -> None:
    """Neither a stakeholder of the packet nor somebody to write to."""
    left = crm.contact(0, "Left", **GONE[crm.system])
    crm.bring(world, tmp_path, crm.account(0), crm.contact(0), left, crm.deal(0))
    assert "rosa@aldermoor.example" in stakeholders(world)
    assert "left@" not in stakeholders(world)
    with world.session() as session:
        run = onboarding(world, crm, 0)
        people = draft_input._contact_sources(session, draft_input.policy_versions.current(session), run)
    assert [one.external_id for one in people.values()] == [crm.id("contact", 0, "Rosa")]


@pytest.mark.parametrize("crm", CRMS.values(), ids=CRMS)
def test_a_contact_that_went_later_is_written_to_no_more(world: World, tmp_path: Path, crm: Crm) -> None:
    """The newest record counts: also for whom a draft may go to."""
    crm.bring(world, tmp_path, crm.account(0), crm.contact(0), crm.deal(0))
    crm.bring(world, tmp_path, crm.contact(0, **GONE[crm.system]))
    with world.session() as session:
        run = onboarding(world, crm, 0)
        assert draft_input._contact_sources(session, draft_input.policy_versions.current(session), run) == {}
    (gone,) = crm.sources(tmp_path, crm.contact(0, **GONE[crm.system]))
    (there,) = crm.sources(tmp_path, crm.contact(0))
    for source, vouches in ((gone, False), (there, True)):
        known = KnownRecords({"rosa": source}, {"rosa": source}, account=crm.id("account", 0))
        assert ("rosa" in known.vouching) is vouches
    assert "deleted" in str(KnownRecords({}, {"rosa": gone}).unsure) or "archived" in str(
        KnownRecords({}, {"rosa": gone}).unsure
    )


@pytest.mark.parametrize("crm", CRMS.values(), ids=CRMS)
def test_a_contact_that_moved_is_of_its_new_account_alone(world: World, tmp_path: Path, crm: Crm) -> None:
    """What an older record said of where they work does not count."""
    crm.bring(world, tmp_path, crm.account(0), crm.account(1), crm.contact(0), crm.deal(0))
    moved = crm.contact(1)
    moved = {**moved, **({"Id": crm.id("contact", 0)} if crm is SALESFORCE else {"id": crm.id("contact", 0)})}
    crm.bring(world, tmp_path, moved)
    with world.session() as session:
        run = onboarding(world, crm, 0)
        assert draft_input._contact_sources(session, draft_input.policy_versions.current(session), run) == {}


# (what it shows, the records, the customers whose onboardings start, the words of the questions)
DEALS: list[tuple[str, Any, list[str], list[str]]] = [
    (
        "a deal of an account that is gone is asked about",
        lambda crm: [{**crm.account(0), **GONE[crm.system]}, crm.deal(0)],
        [],
        ["its account", "is "],
    ),
    (
        "a deal that names no account does not find one that is gone",
        lambda crm: [{**crm.account(0), **GONE[crm.system]}, without_account(crm, crm.deal(0))],
        [],
        ["no known account has a name like it"],
    ),
    (
        "a deal that is gone starts nothing",
        lambda crm: [crm.account(0), crm.deal(0, deleted=True)],
        [],
        [],
    ),
    (
        "a deal of a merged account is its master's",
        lambda crm: [*merged_into(crm, 0, 1), crm.contact(1), crm.deal(0)],
        ["Brackwater Rail"],
        [],
    ),
    (
        "so it is a second one where the master has one, which comes first",
        lambda crm: [*merged_into(crm, 0, 1), crm.deal(0), crm.deal(1)],
        ["Brackwater Rail"],
        ["has an onboarding already"],
    ),
    (
        "a name that only the merged account had leads to its master",
        lambda crm: [crm.account(0), *merged_into(crm, 0, 1), without_account(crm, crm.deal(0))],
        ["Brackwater Rail"],
        [],
    ),
]  # fmt: skip


def without_account(crm: Crm, deal: dict[str, Any]) -> dict[str, Any]:
    """A deal that names no account."""
    return {key: value for key, value in deal.items() if key not in ("AccountId", "associations")}


@pytest.mark.parametrize("crm", CRMS.values(), ids=CRMS)
@pytest.mark.parametrize(("says", "records", "started", "asked"), DEALS, ids=[one[0] for one in DEALS])
def test_a_deal_of_what_is_gone(
    world: World, tmp_path: Path, crm: Crm, says: str, records: Any, started: list[str], asked: list[str]
) -> None:
    """What starts, and what RevOps is asked."""
    done = crm.bring(world, tmp_path, *records(crm))
    with world.session() as session:
        found = session.execute(select(Onboarding.customer, Onboarding.account_id)).all()
    assert [row.customer for row in found] == started, says
    assert all(row.account_id == crm.id("account", 1) for row in found)
    whys = [one["why"] for one in done.details if one["outcome"] == "asked"]
    assert len(whys) == bool(asked), whys
    assert all(words in whys[0] for words in asked)


def test_hubspot_merges_deals(world: World, tmp_path: Path) -> None:
    """The one that stays lists the other: whose onboarding runs, it runs on; a second one never starts, and a person says
    what holds."""
    crm = HUBSPOT
    crm.bring(world, tmp_path, crm.account(0), crm.contact(0), crm.deal(0))
    survivor = crm.deal(1, of_account=0)
    survivor["properties"]["hs_merged_object_ids"] = crm.id("deal", 0)
    done = crm.bring(world, tmp_path, survivor)
    assert (done.started, done.asked) == (0, 0)
    assert "was merged into it, and its onboarding runs already" in done.details[0]["why"]
    assert f"merged into DEAL {crm.id('deal', 1)}" in " ".join(done.remarks)
    assert world.count(Onboarding) == 1


def test_a_message_to_somebody_who_left_is_marked(world: World, tmp_path: Path) -> None:
    """A draft to the address of a contact that was deleted does not pass as one to a known recipient."""
    from tests.support.crm_life import message

    crm = SALESFORCE
    crm.bring(world, tmp_path, crm.account(0), crm.contact(0), crm.deal(0))
    before = world.submit(message(world, tmp_path, crm, 0))
    crm.bring(world, tmp_path, crm.contact(0, IsDeleted=True))
    after = world.submit(message(world, tmp_path, crm, 0, "Agenda"))
    assert (world.item(before).fails, world.item(after).fails > 0 or world.item(after).warns > 0) == (0, True)


# (what it shows, the records, which record each merged one is part of)
MERGES: list[tuple[str, list[tuple[str, dict[str, Any]]], dict[str, str]]] = [
    ("one into another", [("1", {"MasterRecordId": "2"})], {"1": "2"}),
    ("and that into a third", [("1", {"MasterRecordId": "2"}), ("2", {"MasterRecordId": "3"})], {"1": "3", "2": "3"}),
    ("a circle leads nowhere", [("1", {"MasterRecordId": "2"}), ("2", {"MasterRecordId": "1"})], {}),
    ("as HubSpot lists them", [("9", {"properties": {"hs_merged_object_ids": "7; 8"}})], {"7": "9", "8": "9"}),
    ("itself is none", [("9", {"properties": {"hs_merged_object_ids": "9"}})], {}),
    ("no master is none", [("1", {"MasterRecordId": None}), ("2", {})], {}),
]


@pytest.mark.parametrize(("says", "records", "masters"), MERGES, ids=[one[0] for one in MERGES])
def test_who_is_the_master(says: str, records: list[tuple[str, dict[str, Any]]], masters: dict[str, str]) -> None:
    """By what the records themselves say."""
    found = record_state.masters(
        Source("salesforce", "Account", name, json.loads(json.dumps(said))) for name, said in records
    )
    assert found == masters, says
