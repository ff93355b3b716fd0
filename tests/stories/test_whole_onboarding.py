"""The whole onboarding of a HubSpot deal, in a real browser, on both engines: two gaps closed by sales, a brief sent back
and written again, a plan with a row added and one removed, a deal that is re-opened and holds again, up to first value."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from reviewqueue.onboarding import owner
from reviewqueue.people import users
from tests import drafts, northbeam
from tests.browser.test_plan_table import ADDED, REMOVED, fill_in_added_row
from tests.cast import DANA, HELEN, INES, LENA, MARCUS, PRIYA, SAM, Named
from tests.stories.test_deal_reopened import says_what_holds
from tests.stories.test_gap_closed_by_sales import approve
from tests.support.crm_life import CRMS
from tests.support.draft_chain import draft, of_kind, plan_of, reach
from tests.support.pressed_keys import press
from tests.world import World

HUBSPOT = CRMS["hubspot"]
GAPS = ("customer_outcome", "non_standard_terms")
OUTCOME = "Dispatchers see each late shipment before the customer calls."
TERMS = "The first invoice is split over two quarters."
BACK = "Say who of us runs it, please."


def deal(**changes: Any) -> dict[str, Any]:
    """The deal as HubSpot exports it, won, with each field of the packet that is not in `changes`; None takes one out."""
    fields = northbeam.policy().lane(drafts.LANE).triggers["hubspot"].fields
    said = {key: says for _, key, _, says in drafts.FIELDS if key in fields} | {"owner": "48113907"}
    said = {key: says for key, says in (said | changes).items() if says is not None and key in fields}
    record = HUBSPOT.deal(0, **{key: says for key, says in changes.items() if key == "stage"})
    record["properties"] |= {fields[key][0].removeprefix("/properties/"): says for key, says in said.items()}
    return record


def bring(world: World, folder: Path, **changes: Any) -> None:
    """Import HubSpot as it is: the deal, its company, two contacts and the owners."""
    piet = HUBSPOT.contact(0, "Piet")
    piet["properties"]["lastname"] = "de Vries"
    owners = {"id": "48113907", "email": LENA.email, "type": "PERSON", "firstName": "Lena", "lastName": "Vogt"}
    owners |= {"userId": 9586504, "archived": False, "updatedAt": "2026-02-01T10:00:00Z"}
    HUBSPOT.bring(world, folder, owners)
    HUBSPOT.bring(world, folder, HUBSPOT.account(0), HUBSPOT.contact(0), piet, deal(**changes))


def approves(site: Any, page: Page, person: Named, item: int) -> None:
    site.enter(page, person).goto(f"{site.url}/items/{item}")
    approve(page, item)
    assert site.world.item(item).state == "approved"


def test_from_closed_won_to_first_value(site: Any, page: Page, tmp_path: Path) -> None:
    world = site.world
    bring(world, tmp_path, **dict.fromkeys(GAPS))
    packet = sales_closes_the_gaps(site, page, tmp_path)
    approves(site, page, PRIYA, packet)
    run = world.item(packet).onboarding_id
    draft(world, at=world.now + timedelta(minutes=10))
    a_brief_is_sent_back_and_written_again(site, page, run)
    a_plan_is_shaped(site, page)
    welcome = of_kind(world, "customer_email")[0].id
    approves(site, page, DANA, welcome)
    the_deal_is_reopened_and_holds_again(site, page, tmp_path, run, welcome)

    later = world.now + timedelta(days=12)
    for milestone in plan_of(world, run):
        reach(world, milestone, at=later)
    page.goto(f"{site.url}/onboardings/{run}")
    expect(page.locator(".stations")).to_contain_text("First value reached")
    expect(page.locator(".to-value")).to_contain_text("12 days")
    assert world.verify().holds


def sales_closes_the_gaps(site: Any, page: Page, folder: Path) -> int:
    """The question waits as soon as the packet does; sales answers one on the page and one in the CRM; the packet is
    drafted again, and cites both."""
    world = site.world
    draft(world)
    [packet], [question] = of_kind(world, "handoff_packet"), of_kind(world, "sales_question")
    assert world.draft(question.id)["to"] == [LENA.email]
    approves(site, page, PRIYA, question.id)
    site.enter(page, LENA).goto(f"{site.url}/questions/{question.id}")
    page.locator("#outcome-customer_outcome").select_option("value")
    page.locator("#words-customer_outcome").fill(OUTCOME)
    page.get_by_role("button", name="Keep the answers").click()
    bring(world, folder, customer_outcome=None, non_standard_terms=TERMS)
    site.enter(page, PRIYA).goto(f"{site.url}/items/{packet.id}")
    page.get_by_role("button", name="Draft it again from what is known now").click()
    for said in (OUTCOME, TERMS):
        expect(page.locator("#draft")).to_contain_text(said)
    return int(packet.id)


def a_brief_is_sent_back_and_written_again(site: Any, page: Page, run: int) -> None:
    """While nothing newer is known the page says so; once it is said whose account it is, all drafts are written
    again with her name. The reviewer's words stand above it, and the same reviewer approves it."""
    world = site.world
    [brief] = of_kind(world, "kickoff_brief")
    site.enter(page, DANA).goto(f"{site.url}/items/{brief.id}")
    press(page, "s")
    page.locator("#send_back-reason_code").select_option(index=1)
    page.locator("textarea:visible").first.fill(BACK)
    page.get_by_role("button", name="Send back").click()
    page.wait_for_url(lambda url: not url.endswith(f"/items/{brief.id}"))
    page.goto(f"{site.url}/items/{brief.id}")
    expect(page.locator("#asked-for")).to_contain_text(BACK)
    page.get_by_role("button", name="Draft it again from what is known now").click()
    draft(world, at=world.now + timedelta(minutes=20))
    page.goto(f"{site.url}/items/{brief.id}")
    expect(page.locator("#draft-again")).to_contain_text("wrote nothing: Nothing newer is known of what it says")
    with world.session() as session:
        owner.set_owner(session, HELEN.id, run, DANA.id, "They have worked together before.", world.now)
    site.enter(page, HELEN).goto(f"{site.url}/onboardings/{run}")
    page.get_by_role("button", name="open drafts again from what is known now").click()
    draft(world, at=world.now + timedelta(minutes=25))
    site.enter(page, DANA).goto(f"{site.url}/items/{brief.id}")
    expect(page.locator("#draft .edited")).to_contain_text(BACK)
    expect(page.locator("#draft")).to_contain_text("Dana Whitfield")
    approve(page, brief.id)
    assert world.item(brief.id).state == "approved"


def a_plan_is_shaped(site: Any, page: Page) -> None:
    """A row is removed and one added in the table; somebody else approves what the redline shows."""
    world = site.world
    draft(world, at=world.now + timedelta(minutes=30))
    [plan] = of_kind(world, "project_plan")
    site.enter(page, INES).goto(f"{site.url}/items/{plan.id}/edit")
    page.get_by_role("button", name="Remove row 2", exact=True).click()
    page.get_by_label("Depends on of row 2").fill("1")
    page.get_by_role("button", name="Add a row").click()
    fill_in_added_row(page)
    page.get_by_label("Reason").select_option("fact-corrected")
    page.get_by_label("Why").fill("They sign on with their own accounts.")
    page.get_by_role("button", name="Save as revision 3").click()
    page.wait_for_url(f"{site.url}/items/{plan.id}")
    with world.session() as session:
        users.set_roles(session, MARCUS.id, ["csm", "implementation_lead"], SAM.id, world.now)
    approves(site, page, MARCUS, plan.id)
    names = {one.name for one in plan_of(world, plan.onboarding_id or 0)}
    assert (ADDED in names, REMOVED in names) == (True, False)


def the_deal_is_reopened_and_holds_again(site: Any, page: Page, folder: Path, run: int, welcome: int) -> None:
    """While the deal is open again nothing goes out, and the pages say so; won again, a person says that it holds."""
    world, known = site.world, {"customer_outcome": None, "non_standard_terms": TERMS}
    bring(world, folder, stage="open", **known)
    site.enter(page, DANA).goto(f"{site.url}/items/{welcome}")
    expect(page.locator("#deal-changed")).to_contain_text("the deal is open again")
    expect(page.locator("#release")).to_contain_text("does not go out yet")
    bring(world, folder, **known)
    site.enter(page, PRIYA).goto(f"{site.url}/onboardings/{run}")
    expect(page.locator("#deal")).to_contain_text("Nothing goes out until somebody says")
    page.locator("#deal").get_by_role("link", name="exception #").first.click()
    says_what_holds(page, "The deal still holds: what waits may go out")
    site.enter(page, DANA).goto(f"{site.url}/items/{welcome}")
    expect(page.locator("#deal-changed")).to_have_count(0)
