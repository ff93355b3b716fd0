"""The demo's three stories of a source that changes or is wrong, from the import of the newer record to what holds it:
a kickoff that moved, a correction, and a look. Nobody who follows the page's advice is led back to the old value."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from reviewqueue.cli import demo_data
from reviewqueue.db import database
from reviewqueue.db.tables.items import Item
from reviewqueue.evidence import source_changes
from reviewqueue.onboarding import crm_import
from tests.cast import DANA, HELEN, LENA, MARCUS, PRIYA, TOM, Named
from tests.support import seed_world
from tests.support.databases import Run
from tests.support.pressed_keys import press
from tests.world import World

WHY = "Desmond's office told me on the telephone this morning."


@pytest.fixture
def world(run: Run, engine_name: str, tmp_path: Path) -> Iterator[World]:
    """The demo's world, on the test's engine."""
    place = seed_world.copy(run, engine_name, tmp_path)
    engine = database.connect(place.url)
    yield World(place, engine, now=seed_world.NOW)
    engine.dispose()
    run.drop(place)


def of(world: World, customer: str, kind: str, title: str = "") -> int:
    """The demo's draft of that customer and kind."""
    with world.session() as session:
        found = session.scalars(select(Item).where(Item.customer.startswith(customer), Item.kind == kind))
        return next(one.id for one in found if title in one.title)


def opened(site: Any, page: Page, person: Named, item: int) -> Page:
    """This person's screen with the item on it."""
    site.enter(page, person).goto(f"{site.url}/items/{item}")
    return page


def supported(page: Page) -> str:
    """All that is drawn as borne out by a record."""
    return " | ".join(page.locator("a.claim.is-supported").all_text_contents())


def look(page: Page, why: str = WHY) -> None:
    """Tick what moved and say why it is right all the same, as the page asks."""
    moved = page.locator("#source-moves")
    for box in moved.get_by_role("checkbox").all():
        box.check()
    moved.get_by_label("Why it is right all the same").select_option("still-right")
    moved.get_by_label("What you found").fill(why)
    moved.get_by_role("button", name="I reviewed what I ticked").click()
    expect(page.locator(".flash")).to_contain_text("Change reviewed")


def edit(page: Page, change: Callable[[str], str], *places: str, reason: str = "draft-wrong") -> None:
    """Edit those texts and save."""
    press(page, "e")
    page.wait_for_url(lambda url: url.endswith("/edit"))
    for place in places:
        box = page.locator(f"[name='draft:{place}']")
        box.fill(change(box.input_value()))
    page.locator("#edit-reason_code").select_option(reason)
    page.locator("#edit-text").fill(WHY)
    page.get_by_role("button", name="Save as revision").click()
    page.wait_for_url(lambda url: not url.endswith("/edit"))


def test_a_kickoff_that_moved(site: Any, page: Page) -> None:
    """Dana had approved the invitation when sales moved the day. Her approval is void and her look settles nothing; Tom
    sees it, edits another passage, and is told both days; only the new day passes, and it is nowhere the old one that a
    record bears out."""
    world = site.world
    item = of(world, "Meridian", "customer_email", "Executive kickoff")
    opened(site, page, DANA, item)
    expect(page.locator("#source-moves")).to_contain_text("Approvals from before the change are void")
    expect(page.locator("#source-moves")).to_contain_text("8 December 2026")
    assert "3 December" not in supported(page)
    look(page)
    expect(page.locator("#source-moves")).to_contain_text("Somebody else has to look as well")
    assert page.locator("[data-act=approve]").count() == 0
    assert "3 December" not in supported(page)

    opened(site, page, TOM, item)
    expect(page.locator("#source-moves")).to_contain_text("Dana Whitfield looked")
    expect(page.locator("#source-moves")).to_contain_text(WHY)
    expect(page.locator("#history")).to_contain_text("void: what it rests on changed afterwards")
    edit(page, lambda text: text.replace("Thank you for making time", "Thank you all for making time"), "/body")
    opened(site, page, DANA, item)
    expect(page.locator("#checks")).to_contain_text("The draft says “3 December”")
    expect(page.locator("#checks")).to_contain_text("8 December 2026")
    expect(page.locator("#checks")).to_contain_text("evidence.contradicted")
    assert page.locator("[data-act=approve]").count() == 0
    assert "3 December" not in supported(page)
    edit(page, lambda text: text.replace("Thursday, 3 December", "Tuesday, 8 December 2026"), "/body")
    opened(site, page, MARCUS, item)
    expect(page.locator("#checks")).not_to_contain_text("evidence.contradicted")
    assert "8 December 2026" in supported(page)
    assert "3 December" not in supported(page)


def test_a_correction_that_is_accepted(site: Any, page: Page, tmp_path: Path) -> None:
    """Dana said that the audit is in February. Lena accepts it: the brief with March fails by name until somebody writes
    February, and so does the packet, approved before, until the import shows it; from then on it waits for a look."""
    world = site.world
    brief = of(world, "Marrow Creek", "kickoff_brief")
    site.enter(page, LENA).goto(f"{site.url}/corrections")
    page.get_by_text("It is corrected in the source").first.click()
    page.get_by_role("button", name="It is corrected in the source").click()
    expect(page.locator(".flash")).to_contain_text("2 drafts say the old value and fail")
    opened(site, page, MARCUS, brief)
    checks = page.locator("#checks")
    for words in ("evidence.corrected", "March 2027", "February 2027", "accepted by Lena Vogt"):
        expect(checks).to_contain_text(words)
    assert page.locator("[data-act=approve]").count() == 0
    edit(page, lambda text: text.replace("March 2027", "February 2027"), "/sections/aim", reason="fact-corrected")
    opened(site, page, MARCUS, brief)
    expect(page.locator("#checks")).to_contain_text("The draft says “March”")
    agenda = "/sections/plan_for_the_meeting"
    edit(
        page, lambda text: text.replace("The audit in March", "The audit in February"), agenda, reason="fact-corrected"
    )
    opened(site, page, DANA, brief)
    expect(page.locator("#checks")).not_to_contain_text("evidence.corrected")
    packet = of(world, "Marrow Creek", "handoff_packet")
    opened(site, page, PRIYA, packet)
    expect(page.locator("#checks")).to_contain_text("evidence.corrected")
    import_marrow(world, tmp_path)
    opened(site, page, PRIYA, packet)
    expect(page.locator("#checks")).not_to_contain_text("evidence.corrected")
    for words in ("March 2027", "February 2027"):
        expect(page.locator("#source-moves")).to_contain_text(words)
    assert "March 2027" not in supported(page)
    assert world.verify().holds


def import_marrow(world: World, folder: Path) -> None:
    """The CRM shows the new month."""
    file = Path(demo_data.SEED) / "salesforce"
    records = [
        one
        for path in sorted(file.glob("opportunities-*.json"))
        for one in json.loads(path.read_text())["records"]
        if one["Id"] == "006Nb00000E4eHJIAZ"
    ]
    said = "Pass the SQF re-certification in February 2027 with no major finding, and stop preparing for it by hand."
    newer = {**records[-1], "Business_Outcome__c": said, "LastModifiedDate": "2026-11-24T16:00:00.000+0000"}
    path = folder / "newer.json"
    path.write_text(json.dumps({"totalSize": 1, "done": True, "records": [newer]}))
    with world.session() as session:
        crm_import.run(session, "salesforce", [path], world.now)


def test_a_look_at_what_was_approved(site: Any, page: Page) -> None:
    """Helen had approved the packet. Her own look is kept and settles nothing; Priya's does. Both stand in the history,
    and both values stay on the page."""
    world = site.world
    item = of(world, "Meridian", "handoff_packet")
    opened(site, page, HELEN, item)
    look(page)
    expect(page.locator("#source-moves")).to_contain_text("Somebody else has to look as well")
    with world.session() as session:
        assert source_changes.is_unsettled(session, item)
    opened(site, page, PRIYA, item)
    moved = page.locator("#source-moves")
    expect(moved).to_contain_text("the approval is from before the change")
    look(page, "The day is not what Implementation plans with; the invitation has the new one.")
    with world.session() as session:
        assert not source_changes.is_unsettled(session, item)
    opened(site, page, PRIYA, item)
    expect(moved).to_contain_text("somebody looked")
    for words in ("3 December 2026", "8 December 2026", "Priya Raman looked", "Implementation plans"):
        expect(moved).to_contain_text(words)
    expect(page.locator("#history")).to_contain_text("Priya Raman looked at a source that changed")
    assert "3 December 2026" not in supported(page)
