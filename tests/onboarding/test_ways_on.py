"""What comes after a rejection: offered is only what would be done, and what is chosen is done, said and kept."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from reviewqueue.onboarding import ways_on
from tests import drafts
from tests.cast import AIKO, DANA, INES, PRIYA, Named
from tests.onboarding.test_crm_import import put
from tests.onboarding.test_draft_again import FILLED, arrived
from tests.support.draft_chain import begun, draft, draftings, of_kind
from tests.web.conftest import hidden_fields, text_of
from tests.web.test_items import question
from tests.world import World

__all__ = ["put"]
WORDS = "Their sponsor left last week; open with the new one."
RADIO = re.compile(r'name="choice" value="([^"]*)"')
OPTION = re.compile(r'<option[^>]* value="([^"]*)"')


def page(client_for: Any, person: Named, path: str) -> str:
    return text_of(client_for(person).get(path))


def reject(client_for: Any, person: Named, item: int, **typed: Any) -> Any:
    """What a browser sends from the form of the page."""
    client = client_for(person)
    hidden = hidden_fields(client.get(f"/items/{item}"), f"reject-item-{item}")
    sent = {**hidden, "reason_code": "duplicate", "text": WORDS, **typed}
    return client.post(f"/items/{item}/decisions", data=sent, follow_redirects=True)


def offered(client_for: Any, person: Named, item: int) -> list[str]:
    """What the form offers as next: the radio buttons, and the templates to choose among."""
    whole = client_for(person).get(f"/items/{item}").get_data(as_text=True)
    (form,) = re.findall(rf'<form[^>]* id="reject-item-{item}".*?</form>', whole, flags=re.S)
    (_, *listed) = form.split('id="reject-template"')
    return [*RADIO.findall(form), *(OPTION.findall(listed[0].split("</select>")[0]) if listed else [])]


def test_a_rejected_brief_is_drafted_again_and_approved(world: World, client_for: Any) -> None:
    """From the same template, with the words at its top; both pages, the onboarding and the log say so; whoever rejected
    it approves the next."""
    begun(world)
    draft(world)
    brief = of_kind(world, "kickoff_brief")[0].id
    assert "What comes next: another draft." in text_of(reject(client_for, DANA, brief, choice="again"))
    assert world.decisions(brief)[-1].choice == "again"
    assert json.loads(world.log(brief)[-1].body)["facts"]["choice"] == "again"
    assert draftings(world)["kickoff-brief"].state == "waiting"
    world.now += timedelta(minutes=1)
    draft(world)
    (_, again) = of_kind(world, "kickoff_brief")
    assert (again.state, world.item(brief).superseded_by_id) == ("pending", again.id)
    says = page(client_for, DANA, f"/items/{again.id}")
    assert f"{DANA.name} rejected" in says
    assert WORDS in says
    assert f"What comes next: another draft. Item {again.id}" in page(client_for, DANA, f"/items/{brief}")
    assert world.draft(again.id) == world.draft(brief)
    assert world.decide(DANA, again.id, "approve").state == "approved"
    assert world.verify().holds


def test_a_rejected_packet_of_an_import_is_drafted_again_at_once(world: World, put: Any, client_for: Any) -> None:
    """From the newest records; where its deal is in no import any more, nothing is recorded and nothing typed is lost."""
    packet = arrived(world, put, **{**FILLED, "Risks__c": "Their sponsor left."})
    assert offered(client_for, PRIYA, packet) == ["again", "not-needed"]
    arrived(world, put, **FILLED, IsDeleted=True)
    refused = reject(client_for, PRIYA, packet, choice="again")
    assert (refused.status_code, world.item(packet).state) == (422, "pending")
    assert "Its deal is in no import any more" in text_of(refused)
    assert WORDS in text_of(refused)
    arrived(world, put, **FILLED)
    reject(client_for, PRIYA, packet, choice="again")
    (_, again) = of_kind(world, "handoff_packet")
    assert world.draft(again.id)["sections"] != world.draft(packet)["sections"]
    assert WORDS in page(client_for, PRIYA, f"/items/{again.id}")
    assert world.decide(PRIYA, again.id, "approve").state == "approved"
    assert [entry.act for entry in world.log(packet)][-1] == "item.reject"


def test_another_template_takes_its_place(world: World, client_for: Any) -> None:
    """A message of another automation, in whose place one of ours is drafted; its automation reads what was chosen."""
    begun(world, about := drafts.deal())
    mail = world.submit(drafts.email(about))
    assert offered(client_for, DANA, mail)[:4] == ["again", "template", "not-needed", "kickoff-invitation"]
    reject(client_for, DANA, mail, choice="template", template="kickoff-scheduling")
    assert world.decisions(mail)[-1].choice == "template:kickoff-scheduling"
    sent = json.loads(world.outbox(mail)[-1].body)["data"]["decision"]
    assert (sent["action"], sent["choice"]) == ("reject", "template:kickoff-scheduling")
    world.now += timedelta(minutes=1)
    draft(world)
    followed = world.item(world.item(mail).superseded_by_id or 0)
    assert (followed.kind, followed.state) == ("customer_email", "pending")
    assert "another draft, from “" in page(client_for, DANA, f"/items/{mail}")


# (whose turn, what stands there, what is offered)
OFFERED: list[tuple[str, Named, Any, list[str]]] = [
    ("a packet of another automation: it, or nothing", PRIYA, drafts.packet, ["again", "not-needed"]),
    ("no template of ours without an approved packet", INES, drafts.plan, ["again", "not-needed"]),
    ("after a question nothing is drafted, and its answers are not asked for", PRIYA, question, []),
]


@pytest.mark.parametrize(("sentence", "person", "of", "ways"), OFFERED, ids=[row[0] for row in OFFERED])
def test_only_what_would_be_done_is_offered(
    world: World, client_for: Any, sentence: str, person: Named, of: Any, ways: list[str]
) -> None:
    item = world.submit(of())
    assert [one for one in offered(client_for, person, item) if ways or one.startswith(("again", "not"))] == ways, (
        sentence
    )
    refused = reject(client_for, person, item, choice="template", template="no-such")
    assert (refused.status_code, world.item(item).state) == (422, "pending")
    assert "choose what comes next among what is offered" in text_of(refused).lower()


def test_not_needed_schedules_nothing_until_somebody_asks_after_all(world: World, client_for: Any) -> None:
    begun(world)
    draft(world)
    brief = of_kind(world, "kickoff_brief")[0].id
    before = len(draftings(world))
    reject(client_for, DANA, brief, choice="not-needed")
    assert world.decisions(brief)[-1].choice == ways_on.NOT_NEEDED
    assert "What comes next: nothing: it is not needed." in page(client_for, DANA, f"/items/{brief}")
    world.now += timedelta(hours=1)
    draft(world)
    assert (len(draftings(world)), len(of_kind(world, "kickoff_brief"))) == (before, 1)
    assert "Draft it again after all" not in page(client_for, AIKO, f"/items/{brief}")
    refused = client_for(AIKO).post(f"/items/{brief}/draft-after-all", follow_redirects=True)
    assert "Nothing was changed" in text_of(refused)
    assert "Draft it again after all" in page(client_for, DANA, f"/items/{brief}")
    world.now += timedelta(minutes=1)
    client_for(DANA).post(f"/items/{brief}/draft-after-all")
    again = client_for(DANA).post(f"/items/{brief}/draft-after-all", follow_redirects=True)
    assert "Nothing was changed" in text_of(again), "it is due already"
    world.now += timedelta(minutes=1)
    draft(world)
    assert world.item(brief).superseded_by_id == of_kind(world, "kickoff_brief")[-1].id != brief
    assert "Draft it again after all" not in page(client_for, DANA, f"/items/{brief}")
    asked = next(entry for entry in world.log(brief) if entry.act == "drafting.ask")
    assert (asked.actor, json.loads(asked.body)["facts"]) == (DANA.actor, {"after_all": True})
