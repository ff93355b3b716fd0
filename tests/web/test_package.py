"""The package and the promises of an onboarding: side by side, with cross-checks, and only what its reader may see."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from tests import drafts
from tests.cast import AIKO, DANA, HELEN, INES, PRIYA, SAM
from tests.web.conftest import text_of
from tests.world import World

MOVED = drafts.BODY.replace("2026-03-23", "2026-03-30")
HOSTILE = '<script>alert(1)</script>\u202e{{ 7*7 }} "><img src=x onerror=alert(1)>'


def packaged(world: World) -> dict[str, int]:
    """A packet and a plan that are approved, and an e-mail that starts the project a week later."""
    about = drafts.deal()
    items = {"packet": world.submit(drafts.packet(about)), "plan": world.submit(drafts.plan(about))}
    world.decide(PRIYA, items["packet"], "approve")
    world.decide(INES, items["plan"], "approve")
    items["email"] = world.submit(drafts.email(about, body=MOVED))
    items["run"] = world.item(items["email"]).onboarding_id or 0
    return items


def test_the_package_shows_every_draft_and_what_contradicts(client_for: Any, world: World) -> None:
    """Contradictions on top, each place linked to its item; agreeing lines below; the drafts beneath."""
    items = packaged(world)
    answer = client_for(HELEN).get(f"/onboardings/{items['run']}/package")
    page = text_of(answer)
    for words in (
        "1 contradict",
        "Start, date",
        "23 March 2026",
        "30 March 2026",
        "Transport system connected",
        "Rosa Marlow, COO",
    ):
        assert words in page, words
    html = answer.get_data(as_text=True)
    for name in ("packet", "plan", "email"):
        assert f'href="/items/{items[name]}"' in html
    for anchor in re.findall(r'href="#(item-\d+-place-\d+)"', html):
        assert html.count(f'id="{anchor}"') == 1, anchor
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_an_items_page_shows_its_promises_and_what_others_say(client_for: Any, world: World) -> None:
    """Old and new, where the old one was approved, linked where the reader may see it; and the notice of the package."""
    items = packaged(world)
    answer = client_for(HELEN).get(f"/items/{items['email']}")
    html, page = answer.get_data(as_text=True), text_of(answer)
    section = html[html.index('id="promises"') :].partition("</section>")[0]
    assert "<del>23 March 2026</del>" in section
    assert "<ins>30 March 2026</ins>" in section
    assert f'href="/items/{items["packet"]}">the handoff packet approved on 2 March 2026' in section
    assert "contradicts a valid promise" in section
    assert "Another draft of this onboarding says otherwise: Start, date" in page
    assert f'href="/onboardings/{items["run"]}/package#cross-checks"' in html
    packet = client_for(PRIYA).get(f"/items/{items['packet']}").get_data(as_text=True)
    folded = packet[packet.index('id="promises"') :].partition("</section>")[0]
    assert "promises are added; no valid promise is changed</summary>" in folded
    assert "promise-list" not in folded.partition("<details")[0]


def test_the_link_to_all_promises_is_there_for_whom_it_opens(client_for: Any, world: World) -> None:
    """Sam sees the item as the owner of the automation that wrote it, and nothing else of the onboarding."""
    items = packaged(world)
    for person, status in ((PRIYA, 200), (HELEN, 200), (SAM, 404)):
        client = client_for(person)
        page = client.get(f"/items/{items['packet']}")
        assert page.status_code == 200
        assert ("All that was promised" in text_of(page)) == (status == 200), person.name
        assert client.get(f"/onboardings/{items['run']}/promises").status_code == status


def test_who_may_not_see_a_draft_sees_nothing_of_it(client_for: Any, world: World) -> None:
    """The lead sees plans alone; whoever sees no draft of the lane finds nothing there, as for no onboarding at all."""
    items = packaged(world)
    html = client_for(INES).get(f"/onboardings/{items['run']}/package").get_data(as_text=True)
    assert f'href="/items/{items["plan"]}"' in html
    for name in ("packet", "email"):
        assert f'href="/items/{items[name]}"' not in html
    assert "Piet de Vries, dispatch lead" not in html
    kept = client_for(INES).get(f"/onboardings/{items['run']}/promises").get_data(as_text=True)
    assert "Transport system connected" in text_of(client_for(INES).get(f"/onboardings/{items['run']}/promises"))
    assert "48000" not in kept
    for page in ("package", "promises"):
        forbidden = client_for(SAM).get(f"/onboardings/{items['run']}/{page}")
        absent = client_for(SAM).get(f"/onboardings/999999/{page}")
        assert forbidden.status_code == absent.status_code == 404
        assert text_of(forbidden) == text_of(absent)
        assert client_for().get(f"/onboardings/{items['run']}/{page}").status_code == 303


def test_an_old_promise_leads_nowhere_one_may_not_go(client_for: Any, world: World) -> None:
    """What holds is said to everybody who decides; the item it was approved in is a link only for who may see it."""
    about = drafts.deal()
    packet = world.submit(drafts.packet(about))
    world.decide(PRIYA, packet, "approve")
    plan = drafts.plan(about)
    noted = {**plan.drafted.draft, "note": "Your project starts on 30 March 2026."}
    item = world.submit(replace(plan, drafted=replace(plan.drafted, draft=noted)))
    for person, linked in ((INES, False), (HELEN, True)):
        html = client_for(person).get(f"/items/{item}").get_data(as_text=True)
        assert "the handoff packet approved on 2 March 2026" in html
        assert (f'href="/items/{packet}"' in html) is linked


def test_promises_have_their_history_and_a_filter(client_for: Any, world: World) -> None:
    """An auditor reads all of it; the newest holds, what came before stays, and a drop is said."""
    about = drafts.deal()
    first = world.submit(drafts.plan(about))
    world.decide(INES, first, "approve")
    second = world.submit(drafts.plan(about, drafts.MILESTONES[:1]))
    world.decide(INES, second, "approve")
    run = world.item(first).onboarding_id
    client = client_for(AIKO)
    page = text_of(client.get(f"/onboardings/{run}/promises"))
    assert "dropped" in page
    assert page.count("approved by Ines Castellanos") == 8
    dates = text_of(client.get(f"/onboardings/{run}/promises?kind=date"))
    assert "30 March 2026" in dates
    assert "Ines Castellanos Milestone" not in dates
    assert dates.count("approved by Ines Castellanos") == 4
    assert "No promise of this kind" in text_of(client.get(f"/onboardings/{run}/promises?kind=sla"))
    assert client.get(f"/onboardings/{run}/promises?kind=%00x").status_code == 200
    empty = world.item(world.submit(drafts.email())).onboarding_id
    assert "Nothing was promised yet" in text_of(client.get(f"/onboardings/{empty}/promises"))


@pytest.mark.parametrize("page", ["package", "promises"])
def test_text_from_outside_is_inert(client_for: Any, world: World, page: str) -> None:
    """In a customer's name, a title, a milestone and its owner."""
    about = drafts.deal()
    rows = [{**one, "name": f"{one['name']} {HOSTILE}", "owner": HOSTILE} for one in drafts.MILESTONES]
    item = world.submit(drafts.plan(about, rows))
    again = world.submit(drafts.email(about, body=f"{drafts.BODY}\n\n{HOSTILE}", subject=HOSTILE[:60]))
    with world.session() as session:
        from reviewqueue.items import item_context

        failing = item_context.load(session, item, world.now).situation.checks
    assert any(one.outcome == "fail" for one in failing)
    client = client_for(AIKO)
    for address in (f"/onboardings/{world.item(again).onboarding_id}/{page}", f"/items/{item}", f"/items/{again}"):
        html = client.get(address).get_data(as_text=True)
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert "\u202e" not in html
        assert "49" not in re.findall(r"\{\{.*?\}\}", html)


def test_the_pages_take_few_queries(client_for: Any, world: World, queries: Any) -> None:
    """As many for ten drafts as for one."""
    items = packaged(world)
    about = drafts.deal()
    alone = world.item(world.submit(drafts.plan(about))).onboarding_id
    client = client_for(DANA)
    counts = []
    for run in (alone, items["run"]):
        for page in ("package", "promises"):
            with queries() as made:
                assert client.get(f"/onboardings/{run}/{page}").status_code == 200
            counts.append(len(made))
    assert counts[:2] == counts[2:]
    assert max(counts) <= 6
