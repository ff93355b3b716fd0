"""Editing on the page: a new revision by a person, every text in a field, and nothing typed is lost."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from tests import drafts
from tests.cast import DANA, MARCUS, PRIYA
from tests.web.conftest import hidden_fields, text_of
from tests.world import World

WHY = "Rosa asked for Tuesday on the phone."


def fields(answer: Any) -> dict[str, str]:
    """The edit form's fields as a browser would send them untouched."""
    form = re.search(r'<form class="edit-form".*?</form>', answer.get_data(as_text=True), flags=re.S)
    assert form
    inputs = re.findall(r'<input[^>]*? name="([^"]+)"[^>]*? value="([^"]*)"', form[0])
    areas = re.findall(r'<textarea[^>]*? name="([^"]+)"[^>]*>\r?\n(.*?)</textarea>', form[0], flags=re.S)
    found = {unescape(name): unescape(value) for name, value in [*inputs, *areas]}
    return {name: "\r\n".join(value.splitlines()) for name, value in found.items() if name != "csrf_token"}


def opened(client: Any, item: int) -> Any:
    answer = client.get(f"/items/{item}/edit")
    assert answer.status_code == 200
    return answer


def save(client: Any, item: int, page: Any = None, **typed: str) -> Any:
    """Send the edit form with some of it changed; a `/` begins a place in the draft."""
    sent = {**fields(page or opened(client, item)), "reason_code": "wording", "text": WHY}
    sent |= {f"draft:{name}" if name.startswith("/") else name: value for name, value in typed.items()}
    return client.post(f"/items/{item}/edit", data=sent)


def test_an_edit_makes_a_revision_and_shows_what_changed(client_for: Any, world: World) -> None:
    item, client = world.submit(drafts.email()), client_for(DANA)
    answer = save(client, item, **{"/subject": "Kickoff, our proposal", "/cc": "ana@marlowfreight.example\r\n"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/items/{item}")
    draft = world.draft(item)
    assert draft["subject"] == "Kickoff, our proposal"
    assert draft["cc"] == ["ana@marlowfreight.example"]
    assert draft["body"] == drafts.BODY
    page = client.get(f"/items/{item}")
    assert "Saved as revision 2." in text_of(page)
    assert f'content="edit-item-{item}"' in page.get_data(as_text=True)
    assert f'href="/items/{item}/revisions/1"' in page.get_data(as_text=True)
    assert "<del> invitation</del>" in client.get(f"/items/{item}/revisions/1").get_data(as_text=True)
    assert world.decisions(item)[0].text == WHY


def test_a_form_sent_back_untouched_changes_nothing(client_for: Any, world: World) -> None:
    item, client = world.submit(drafts.email()), client_for(DANA)
    answer = save(client, item)
    assert answer.status_code == 422
    assert "changes nothing." in text_of(answer)
    assert world.item(item).revision_number == 1


def test_a_gap_in_a_packet_is_filled_at_its_place(client_for: Any, world: World) -> None:
    item, client = world.submit(drafts.packet(without=("non_standard_terms",))), client_for(PRIYA)
    page = opened(client, item)
    assert "Non-standard terms empty so far" in text_of(page)
    answer = save(
        client, item, page, **{"/sections/commitments/non_standard_terms": "none", "reason_code": "gap-filled"}
    )
    assert answer.status_code == 303
    sections = world.draft(item)["sections"]
    assert sections["commitments"]["non_standard_terms"] == "none"
    assert "technical_requirements" in sections["technical"]
    assert world.item(item).fails == 0


@pytest.mark.parametrize(
    ("sentence", "typed", "field", "says"),
    [
        ("no reason", {"reason_code": ""}, "edit-reason_code", "choose a reason"),
        ("a reason of another act", {"reason_code": "duplicate"}, "edit-reason_code", "choose a reason"),
        ("too many words", {"text": "x" * 10_001}, "edit-text", "at most 10,000"),
    ],
)
def test_an_invalid_edit_changes_nothing_and_loses_no_typing(
    client_for: Any, world: World, sentence: str, typed: dict[str, str], field: str, says: str
) -> None:
    item, client = world.submit(drafts.email()), client_for(DANA)
    body = "Hello Rosa,\r\n\r\nTuesday at ten?\r\n <b>Dana</b>"
    answer = save(client, item, **{"/body": body, "title": "Kickoff on Tuesday", **typed})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422, sentence
    assert says in text_of(answer).lower()
    assert f'id="{field}-error"' in page
    assert f'href="#{field}"' in page
    kept = fields(answer)
    assert kept["draft:/body"] == body
    assert kept["title"] == "Kickoff on Tuesday"
    assert kept["text"] == typed.get("text", WHY)
    assert 'data-guard="answered"' in page
    assert world.item(item).revision_number == 1
    assert world.decisions(item) == []


def test_two_edits_at_once_are_a_conflict_and_the_second_is_kept(client_for: Any, world: World) -> None:
    item, client = world.submit(drafts.email()), client_for(DANA)
    read = opened(client, item)
    changed = {**world.draft(item), "subject": "Kickoff, our proposal"}
    world.decide(MARCUS, item, "edit", draft=changed, now=world.now + timedelta(minutes=5))
    answer = save(client, item, read, **{"/body": "Shorter.", "title": "Kickoff, shorter"})
    page = text_of(answer)
    assert answer.status_code == 409
    assert fields(answer)["title"] == "Kickoff, shorter"
    assert "Your “edit” was not recorded." in page
    assert "Marcus Oyelaran" in page
    assert "Shorter." in page
    assert world.draft(item)["subject"] == "Kickoff, our proposal"
    hidden = hidden_fields(answer, f"edit-item-{item}")
    again = {**hidden, "draft:/body": "Shorter.", "reason_code": "wording", "text": WHY}
    assert client.post(f"/items/{item}/edit", data=again).status_code == 303
    assert world.draft(item) == {**changed, "body": "Shorter."}


def test_an_edit_of_a_settled_item_keeps_the_text_to_copy(client_for: Any, world: World) -> None:
    item, client = world.submit(drafts.email()), client_for(DANA)
    read = opened(client, item)
    world.decide(MARCUS, item, "approve")
    answer = save(client, item, read, **{"/body": "Shorter."})
    assert answer.status_code == 409
    assert "This was decided before you" in text_of(answer)
    assert "Body, as you had it Shorter." in text_of(answer)
    assert client.get(f"/items/{item}/edit").status_code == 403


def test_who_does_not_decide_here_does_not_edit(client_for: Any, world: World) -> None:
    item = world.submit(drafts.email())
    read = opened(client_for(DANA), item)
    priya = client_for(PRIYA)
    refused = priya.get(f"/items/{item}/edit")
    assert refused.status_code == 403
    assert "gates/customer-communication.toml:" in text_of(refused)
    answer = save(priya, item, read, **{"/body": "Mine now."})
    assert answer.status_code == 403
    assert "Mine now." in answer.get_data(as_text=True)
    assert world.item(item).revision_number == 1


def test_the_editor_is_told_that_somebody_else_approves(client_for: Any, world: World) -> None:
    page = text_of(opened(client_for(DANA), world.submit(drafts.email())))
    assert "You become an author of revision 2, so somebody else must approve it." in page
