"""Newest is what the system of record says last: a value that goes from A to B and back to A ends at A."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reviewqueue.core import canonical_json
from reviewqueue.evidence import record_versions, source_records
from reviewqueue.evidence.types import DraftWithEvidence, Source
from reviewqueue.items import item_context, known_records
from reviewqueue.items.submission_rules import Submission
from reviewqueue.onboarding import crm_import, import_run
from tests import drafts
from tests.cast import JONAS
from tests.support.crm_changes import look, moves
from tests.world import World

DEAL = "006NB0000000041AAA"
FIRST, SECOND = "2027-01-04", "2027-02-01"
MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def salesforce(start: str, stamp: str = "") -> dict[str, Any]:
    """The deal as Salesforce answers it."""
    more = {"LastModifiedDate": stamp} if stamp else {}
    said = {"Name": "Fallow Deer Brewing - taproom", "StageName": "Closed Won", "Amount": 30000, "Type": "New Business"}
    return {"attributes": {"type": "Opportunity"}, "Id": DEAL, "Start_Date__c": start, **said, **more}


def hubspot(start: str, stamp: str = "") -> dict[str, Any]:
    """The same as HubSpot answers it."""
    said = {"dealname": "Fallow Deer Brewing - taproom", "dealstage": "closedwon", "amount": "30000"}
    more = {"updatedAt": stamp} if stamp else {}
    return {"id": "41", "properties": {**said, "start_date": start}, **more}


RECORDS: dict[str, tuple[Callable[..., dict[str, Any]], str, tuple[str, str]]] = {
    "salesforce": (salesforce, "/Start_Date__c", ("Opportunity", DEAL)),
    "hubspot": (hubspot, "/properties/start_date", ("DEAL", "41")),
}


def bring(world: World, folder: Path, system: str, *records: dict[str, Any]) -> import_run.ImportResult:
    """Import these records as one file, an hour after the last."""
    world.now += timedelta(hours=1)
    account = {"attributes": {"type": "Account"}, "Id": "001NB0000000041AAA", "Name": "Fallow Deer Brewing"}
    company = {"id": "40", "properties": {"name": "Fallow Deer Brewing", "domain": "fallow.example"}}
    path = folder / "export.json"
    whole = [company if system == "hubspot" else account, *records]
    path.write_text(json.dumps({"results" if system == "hubspot" else "records": whole, "done": True}))
    with world.session() as session:
        return crm_import.run(session, system, [path], world.now)


def newest(world: World, system: str) -> str:
    """The start date that counts."""
    _, path, (kind, found) = RECORDS[system]
    with world.session() as session:
        source = source_records.newest(session, system, kind, [found], claimed=True)[found]
    return str(canonical_json.resolve_pointer(source.payload, path))


EARLY, LATE = "2026-03-01T08:00:00.000Z", "2026-03-02T08:00:00.000Z"
A, B, A_EARLY, B_LATE = (FIRST, ""), (SECOND, ""), (FIRST, EARLY), (SECOND, LATE)
# (what it shows, the versions in the order in which they are imported, the start that counts)
ORDERS: list[tuple[str, list[tuple[str, str]], str]] = [
    ("the last that came counts", [A, B], SECOND),
    ("one that comes again counts again", [A, B, A], FIRST),
    ("and once more", [A, B, A, B], SECOND),
    ("what comes twice is the same", [A, B, B], SECOND),
    ("an older export, by the record's own stamp, is not newer", [B_LATE, A_EARLY], SECOND),
    ("nor when it comes again", [A_EARLY, B_LATE, A_EARLY], SECOND),
    ("a stamp that says later counts", [A_EARLY, B_LATE], SECOND),
    ("what has no stamp is newer when it comes later", [B_LATE, A], FIRST),
]


@pytest.mark.parametrize("system", RECORDS)
@pytest.mark.parametrize(("says", "versions", "counts"), ORDERS, ids=[row[0] for row in ORDERS])
def test_which_version_counts(
    world: World, tmp_path: Path, system: str, says: str, versions: list[tuple[str, str]], counts: str
) -> None:
    """What is the newest, and what waits under the draft: nothing where it says what the draft says."""
    for version in versions:
        bring(world, tmp_path, system, RECORDS[system][0](*version))
    assert newest(world, system) == counts
    assert bool(moves(world, 1)) is (counts != versions[0][0]), says
    with world.session() as session:
        context = item_context.load(session, 1, world.now)
        known = known_records.of_item(session, context).newest["deal"]
    assert RECORDS[system][1].rpartition("/")[2] in str(known.payload)
    assert counts in str(known.payload)


def test_one_file_with_both_versions_adds_nothing_the_second_time(world: World, tmp_path: Path) -> None:
    """The last of the file counts, however often it is imported; after another version in between it counts again."""
    both = salesforce(FIRST), salesforce(SECOND)
    bring(world, tmp_path, "salesforce", *both)
    before = world.everything()
    done = bring(world, tmp_path, "salesforce", *both)
    assert (world.everything(), done.kept) == (before, 0)
    bring(world, tmp_path, "salesforce", salesforce("2027-03-01"))
    bring(world, tmp_path, "salesforce", *both)
    assert newest(world, "salesforce") == SECOND


def test_a_look_at_b_does_not_outlive_a(world: World, tmp_path: Path) -> None:
    """Somebody looked at B; A came again, and nothing waits; B once more takes another look."""
    for start in (FIRST, SECOND):
        bring(world, tmp_path, "salesforce", salesforce(start))
    look(world, JONAS, 1)
    assert moves(world, 1) == []
    bring(world, tmp_path, "salesforce", salesforce(FIRST))
    assert moves(world, 1) == [], "it says what the draft says"
    bring(world, tmp_path, "salesforce", salesforce(SECOND))
    assert len(moves(world, 1)) == 1, "the look was at what it said before"


def fetched(submission: Submission, start: str, hour: int) -> Submission:
    """A submission whose deal was fetched at that hour, and said that it starts then."""
    deal = submission.drafted.sources["deal"]
    source = replace(deal, payload={**deal.payload, "Start_Date__c": start}, fetched_at=MORNING + timedelta(hours=hour))
    drafted: DraftWithEvidence = replace(
        submission.drafted,
        sources={**submission.drafted.sources, "deal": Source(*source.key, source.payload, source.fetched_at)},
    )
    return replace(submission, drafted=drafted)


# (what it shows, (start, the hour it was fetched) in the order in which an automation sends them, the start that counts)
FETCHED: list[tuple[str, list[tuple[str, int]], str]] = [
    ("what was fetched last counts", [(FIRST, 1), (SECOND, 2)], SECOND),
    ("the first again, fetched after the second, counts again", [(FIRST, 1), (SECOND, 2), (FIRST, 3)], FIRST),
    ("the first again, fetched before the second, does not", [(FIRST, 1), (SECOND, 3), (FIRST, 2)], SECOND),
    ("what is sent late and was fetched early does not count", [(SECOND, 2), (FIRST, 1)], SECOND),
]


@pytest.mark.parametrize(("says", "sent", "counts"), FETCHED, ids=[row[0] for row in FETCHED])
def test_what_an_automation_fetched(world: World, says: str, sent: list[tuple[str, int]], counts: str) -> None:
    """Each with a draft of its own in the same onboarding; the last that was fetched is what is known."""
    about = drafts.deal()
    items = []
    for number, (start, hour) in enumerate(sent):
        world.now = MORNING + timedelta(hours=5 + number)
        items.append(world.submit(fetched(drafts.email(about, subject=f"Kickoff {number}"), start, hour)))
    deal = drafts.email(about).drafted.sources["deal"]
    with world.session() as session:
        known = source_records.newest(session, *deal.key[:2], [deal.external_id], claimed=True)[deal.external_id]
        assert known.payload["Start_Date__c"] == counts, says
        for item in items:
            context = item_context.load(session, item, world.now)
            seen = known_records.of_item(session, context).newest["deal"]
            assert seen.payload["Start_Date__c"] == counts, says


# (what a record says, when its system last changed it)
STAMPS: list[tuple[str, dict[str, Any], datetime | None]] = [
    ("Salesforce with its own offset", {"LastModifiedDate": "2026-03-02T08:00:00.000+0000"}, MORNING),
    ("Salesforce's other stamp comes first", {"SystemModstamp": "2026-03-02T08:00:00Z", "LastModifiedDate": EARLY}, MORNING),
    ("HubSpot beside the properties", {"updatedAt": "2026-03-02T08:00:00Z"}, MORNING),
    ("HubSpot among them", {"properties": {"hs_lastmodifieddate": "2026-03-02T09:00:00+01:00"}}, MORNING),
    ("a moment without an offset tells nothing", {"updatedAt": "2026-03-02T08:00:00"}, None),
    ("words tell nothing", {"LastModifiedDate": "yesterday"}, None),
    ("a number tells nothing", {"updatedAt": 1782371972793}, None),
    ("a record without a stamp", {"Id": "1"}, None),
]  # fmt: skip


@pytest.mark.parametrize(("says", "payload", "at"), STAMPS, ids=[row[0] for row in STAMPS])
def test_when_a_record_was_changed(says: str, payload: dict[str, Any], at: datetime | None) -> None:
    """By the stamps of the systems, whole moments only."""
    assert record_versions.modified_at(payload) == at, says
