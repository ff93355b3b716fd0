"""Change events about a deal whose onboarding runs: they tell what the deal is now, until a newer snapshot does."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reviewqueue.connectors import deal_events
from reviewqueue.evidence.types import Source
from reviewqueue.onboarding import crm_import
from tests.onboarding.test_deal_changes import cases, changes
from tests.support.crm_life import CRMS, Crm, onboarding, start
from tests.world import World

SALESFORCE, HUBSPOT = CRMS["salesforce"], CRMS["hubspot"]


def event(world: World, crm: Crm, kind: str, *, minutes: int = 0, **said: Any) -> dict[str, Any]:
    """A change event about the first deal, that happened so many minutes from now."""
    at = int((world.now + timedelta(minutes=minutes)).timestamp() * 1000)
    found = crm.id("deal", 0)
    if crm.system == "salesforce":
        header = {"entityName": "Opportunity", "changeType": kind, "commitTimestamp": at, "recordIds": [found]}
        return {**said, "ChangeEventHeader": header}
    return {"subscriptionType": f"deal.{kind}", "objectId": int(found), "occurredAt": at, "eventId": at % 9999, **said}


def stage(world: World, crm: Crm, name: str, *, minutes: int = 0) -> dict[str, Any]:
    """The event of a changed stage."""
    if crm.system == "salesforce":
        return event(world, crm, "UPDATE", minutes=minutes, StageName=crm.stages[name])
    said = {"propertyName": "dealstage", "propertyValue": crm.stages[name]}
    return event(world, crm, "propertyChange", minutes=minutes, **said)


def tell(world: World, folder: Path, crm: Crm, *events: dict[str, Any]) -> crm_import.import_run.ImportResult:
    """Import events as the bus, or the webhook, gave them."""
    path = folder / "events.json"
    path.write_text(json.dumps(list(events)))
    with world.session() as session:
        return crm_import.run(session, crm.system, [path], world.now)


def merged(world: World, crm: Crm) -> dict[str, Any]:
    """The event by which HubSpot says that the deal was merged into another."""
    return event(world, crm, "merge", mergedObjectIds=[int(crm.id("deal", 0))], newObjectId=999)


# (what it shows, the CRM, the event, what is told; nothing where that is empty)
EVENTS: list[tuple[str, Crm, Any, str]] = [
    ("re-opened", SALESFORCE, lambda world: stage(world, SALESFORCE, "open"), "open again"),
    ("lost", SALESFORCE, lambda world: stage(world, SALESFORCE, "lost"), "is lost"),
    ("for another amount", SALESFORCE, lambda world: event(world, SALESFORCE, "UPDATE", Amount=9), "its amount is 9"),
    ("deleted", SALESFORCE, lambda world: event(world, SALESFORCE, "DELETE"), "the deal is deleted"),
    ("a gap says not what", SALESFORCE, lambda world: event(world, SALESFORCE, "GAP_UPDATE"), ""),
    ("a field that nothing rests on", SALESFORCE, lambda world: event(world, SALESFORCE, "UPDATE", NextStep="x"), ""),
    ("re-opened", HUBSPOT, lambda world: stage(world, HUBSPOT, "open"), "open again"),
    ("lost", HUBSPOT, lambda world: stage(world, HUBSPOT, "lost"), "is lost"),
    ("deleted", HUBSPOT, lambda world: event(world, HUBSPOT, "deletion"), "the deal is archived"),
    ("merged", HUBSPOT, lambda world: merged(world, HUBSPOT), "merged into DEAL 999"),
    ("won still", HUBSPOT, lambda world: stage(world, HUBSPOT, "won"), ""),
    ("an older one", HUBSPOT, lambda world: stage(world, HUBSPOT, "lost", minutes=-120), ""),
]


@pytest.mark.parametrize(("says", "crm", "made", "told"), EVENTS, ids=[f"{one[1].system} {one[0]}" for one in EVENTS])
def test_an_event_about_a_running_deal(world: World, tmp_path: Path, says: str, crm: Crm, made: Any, told: str) -> None:
    """It is told and asked about once, however often it comes."""
    start(world, tmp_path, crm, 0)
    world.now += timedelta(hours=1)
    for _ in range(2):
        tell(world, tmp_path, crm, made(world))
    run = onboarding(world, crm, 0)
    assert [told in one.says for one in changes(world, run.id)] == ([True] if told else []), says
    assert len(cases(world, run.id)) == bool(told)


@pytest.mark.parametrize("crm", CRMS.values(), ids=CRMS)
def test_events_and_exports_in_turn(world: World, tmp_path: Path, crm: Crm) -> None:
    """Lost by an event, won by the next one, lost again; and an export that is older than the event by its own stamp, or
    comes after it, says what it is worth."""
    start(world, tmp_path, crm, 0)
    run = onboarding(world, crm, 0)

    def last() -> str:
        return changes(world, run.id)[-1].says

    for name, told in (("lost", "is lost"), ("won", "won again"), ("lost", "is lost")):
        world.now += timedelta(hours=1)
        tell(world, tmp_path, crm, stage(world, crm, name))
        assert told in last()
    world.now += timedelta(hours=1)
    crm.bring(world, tmp_path, crm.deal(0))  # the very export of the start: it says now what it said then
    assert "won again" in last()
    assert len(changes(world, run.id)) == 4
    assert len(cases(world, run.id)) == 1
    world.now += timedelta(hours=1)
    crm.bring(world, tmp_path, crm.deal(0))
    assert len(changes(world, run.id)) == 4, "nothing came in between"


# (what it says of when it happened, whether that is a moment)
MOMENTS: list[tuple[str, dict[str, Any], bool]] = [
    ("Salesforce's milliseconds", {"ChangeEventHeader": {"commitTimestamp": 1745500706000}}, True),
    ("HubSpot's milliseconds", {"occurredAt": 1782371972793}, True),
    ("as the event occurrences write it", {"occurredAt": "2023-12-11T20:09:51.854Z"}, True),
    ("a number beyond all time", {"occurredAt": 10**20}, False),
    ("a yes", {"occurredAt": True}, False),
    ("words", {"occurredAt": "yesterday"}, False),
    ("nothing", {}, False),
]


@pytest.mark.parametrize(("says", "payload", "known"), MOMENTS, ids=[one[0] for one in MOMENTS])
def test_when_it_happened(says: str, payload: dict[str, Any], known: bool) -> None:
    """By the event's own word."""
    assert (deal_events.happened_at(Source("hubspot", "deal.deletion", "1", payload)) is not None) is known, says
