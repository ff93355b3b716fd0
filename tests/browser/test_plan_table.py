"""A project plan edited as a table in a real browser, from the drafted plan to the milestones that become active; and on a
phone, without a script."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Page, expect

from reviewqueue.people import users
from tests import drafts
from tests.cast import INES, MARCUS, SAM
from tests.support.draft_chain import begun, draft, of_kind, plan_of
from tests.support.pressed_keys import press

ADDED = "Sign-on works for every dispatcher"
AGREED = "Scope, owners and dates agreed in writing by the customer"
REMOVED = "Project created from this plan, with an owner named for each task"
VALUE = "First value reached and shown by the customer"


def test_a_plan_is_shaped_seen_and_approved(site: Any, page: Page) -> None:
    """A row is added, one removed, a date moved with all that follows; saved once, seen in the redline, approved by
    somebody else, and active on the onboarding's page. Ten milestones fit one screen."""
    world = site.world
    begun(world)
    draft(world)
    plan = of_kind(world, "project_plan")[0].id
    was = {one["name"]: one["due"] for one in world.draft(plan)["milestones"]}
    site.enter(page, INES).goto(f"{site.url}/items/{plan}/edit")
    save = page.get_by_role("button", name="Save as revision 2")
    box = save.bounding_box()
    assert page.locator(".rows-table tbody tr").count() == 10
    assert box
    assert box["y"] + box["height"] <= 900
    assert page.evaluate("document.documentElement.scrollWidth") <= 1440

    before = world.everything()
    page.get_by_label("Due of row 3").fill("2026-04-01")
    page.get_by_label("When a date moves").check()
    page.get_by_role("button", name="Check dates and order").click()
    expect(page.get_by_text("Moved along, in working days: row 4 (+2), 5 (+2)")).to_be_visible()
    page.get_by_role("button", name="Remove row 2", exact=True).click()
    expect(page.get_by_text(f"“{REMOVED}” is removed. Nothing is saved yet.")).to_be_focused()
    expect(page.get_by_text(f"It depends on “{REMOVED}”, which is removed.")).to_be_visible()
    page.get_by_label("Depends on of row 2").fill("1")
    page.get_by_role("button", name="Add a row").click()
    expect(page.get_by_label("Layer of row 10")).to_be_focused()
    fill_in_added_row(page)
    page.get_by_role("button", name="Move up row 10", exact=True).press("Enter")
    expect(page.get_by_role("button", name="Move up row 9", exact=True)).to_be_focused()
    assert world.everything() == before, "nothing is written until it is saved"
    page.get_by_label("Reason").select_option("fact-corrected")
    page.get_by_label("Why").fill("They sign on with their own accounts, and begin two days later.")
    save.click()
    page.wait_for_url(f"{site.url}/items/{plan}")
    page.get_by_role("link", name="What you changed").click()
    expect(page.locator(".differs").first).to_contain_text(ADDED)
    expect(page.locator(".differs").first).to_contain_text("deleted; it stood here")

    with world.session() as session:
        users.set_roles(session, MARCUS.id, ["csm", "implementation_lead"], SAM.id, world.now)
    site.enter(page, MARCUS).goto(f"{site.url}/items/{plan}")
    press(page, "a")
    page.locator("#approve-reason_code").select_option("evidence-complete")
    page.get_by_role("button", name="Approve", exact=True).click()
    page.wait_for_url(lambda url: not url.endswith(f"/items/{plan}"))
    held = {one.name: one for one in plan_of(world)}
    assert len(held) == 10
    assert REMOVED not in held
    assert held[ADDED].depends == AGREED
    assert str(held[VALUE].due_on) > was[VALUE]
    page.goto(f"{site.url}/onboardings/1")
    for name in (ADDED, VALUE):
        expect(page.locator(".milestone", has_text=name).first).to_contain_text("due")
    assert world.verify().holds


def fill_in_added_row(page: Page) -> None:
    """The added row, as the last one."""
    page.get_by_label("Layer of row 10").select_option("implementation progress")
    for label, text in {
        "Milestone": ADDED, "Owner": "Ines Castellanos and Piet de Vries", "Due": "2026-04-08", "Evidence": "The sign-on log",
        "Exit criteria": "Piet has signed in with his own account", "Depends on": "2",
    }.items():  # fmt: skip
        page.get_by_label(f"{label} of row 10").fill(text)


def test_on_a_phone_the_rows_stand_one_below_the_other(site: Any, browser: Browser) -> None:
    """Each field is as wide as the screen, with its label, and the buttons say what they do; nothing runs out of it."""
    item = site.world.submit(drafts.plan())
    with browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844}) as context:
        page = site.enter(context.new_page(), INES)
        page.goto(f"{site.url}/items/{item}/edit")
        page.get_by_label("Owner of row 1").fill("Piet de Vries")
        page.get_by_role("button", name="Move down row 1", exact=True).click()
        owner = page.get_by_label("Owner of row 2")
        expect(owner).to_have_value("Piet de Vries")
        widths = [owner.bounding_box(), page.get_by_label("Title").bounding_box(), page.locator("body").bounding_box()]
        assert all(box and 340 <= box["width"] <= 390 for box in widths)
        expect(page.get_by_text("Move down", exact=False).first).to_be_visible()
        page.get_by_label("Reason").select_option("wording")
        page.get_by_role("button", name="Save as revision 2").click()
        page.wait_for_url(f"{site.url}/items/{item}")
    assert [one["owner"] for one in site.world.draft(item)["milestones"]][1] == "Piet de Vries"
