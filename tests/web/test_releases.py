"""Releases, on the pages: what holds one, sending by hand, giving up, and the room that lists them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reviewqueue.db.database import writing
from reviewqueue.people import access, api_keys
from tests import drafts
from tests.cast import AIKO, DANA, HELEN, LENA, MARCUS, PRIYA
from tests.support.crm_changes import says_now
from tests.support.releases import an_exception, by_mail, waits_first
from tests.web.conftest import hidden_fields, text_of
from tests.web.test_decisions import post
from tests.world import World

WHY = "Rosa has it from our call already."


def test_held_says_why_and_goes_on_when_somebody_looked(client_for: Any, world: World, tmp_path: Path) -> None:
    """A source changed after the approval: the page says so with the place, nobody sends it by hand, and neither does a
    form that was open before. After a look it may go."""
    submission = drafts.email()
    item = world.submit(submission)
    world.decide(DANA, item, "approve")
    client = client_for(DANA)
    before = hidden_fields(client.get(f"/items/{item}"), f"sent-release-{item}")
    says_now(world, tmp_path, submission, Start_Date__c="2026-04-07")
    page = client.get(f"/items/{item}")
    assert "does not go out yet" in text_of(page)
    assert "/Start_Date__c: 2026-03-23 → 2026-04-07" in text_of(page)
    assert 'href="#source-moves"' in page.text
    assert f"sent-release-{item}" not in page.text
    assert "A source changed and nobody has reviewed it" in text_of(client.get("/releases"))
    said = {**before, "text": "I had sent it already."}
    refused = client.post(f"/items/{item}/release/sent", data=said)
    assert refused.status_code == 409
    assert "must not go out yet" in text_of(refused)
    move = page.text.split('name="move" value="')[1].split('"')[0]
    for looks in (client, client_for(MARCUS)):  # whose approval it was looks, too, but settles nothing alone
        page = looks.get(f"/items/{item}")
        looked = {**hidden_fields(page, f"look-item-{item}"), "move": move, "reason_code": "still-right"}
        assert looks.post(f"/items/{item}/looks", data=looked).status_code == 303
    again = client.post(f"/items/{item}/release/sent", data=said)
    assert again.status_code == 303, text_of(again)
    page = client.get(f"/items/{item}")
    assert "Dana Whitfield sent it by hand" in text_of(page)
    assert "I had sent it already." in text_of(page)
    assert "Marlow Freight" in text_of(client.get("/releases?view=released"))


def test_what_we_drafted_is_sent_by_hand_from_the_page(client_for: Any, world: World) -> None:
    """The approved text stands there to copy, marked for nobody else to send; no words are needed."""
    with world.session() as session, writing(session):
        ours = api_keys.ensure_automation(session, access.OWN_AUTOMATION, "", world.now)
    world.caller = access.Caller(0, ours, access.OWN_AUTOMATION)
    item = world.submit(drafts.email())
    world.decide(DANA, item, "approve")
    client = client_for(MARCUS)
    page = client.get(f"/items/{item}")
    assert "nobody but a person sends it" in text_of(page)
    listed = text_of(client.get("/releases"))
    assert "a person sends it by hand" in listed, "as its own page says"
    assert f"{access.OWN_AUTOMATION} sends it" not in listed
    assert "rosa@marlowfreight.example" in page.text.split('id="release-to"')[1][:120]
    assert "Your project starts on 2026-03-23" in page.text.split('id="release-body"')[1][:400]
    said = hidden_fields(page, f"sent-release-{item}")
    assert client.post(f"/items/{item}/release/sent", data={**said, "digest": "0" * 64}).status_code == 409
    assert client.post(f"/items/{item}/release/sent", data=said).status_code == 303
    assert world.item(item).state == "released"


def test_giving_up_keeps_what_was_typed_and_needs_a_reason(client_for: Any, world: World) -> None:
    """Too short is refused with the words kept; RevOps gives it up; an auditor reads it, sales sees nothing of it."""
    item = world.submit(drafts.email())
    world.decide(DANA, item, "approve")
    client = client_for(PRIYA)
    refused = client.post(f"/items/{item}/release/give-up", data={"reason": "no <b>"})
    assert refused.status_code == 422
    assert "no &lt;b&gt;</textarea>" in refused.text
    assert "at least 10 characters" in text_of(refused)
    assert "manager sends it by hand" in text_of(refused)
    assert client.post(f"/items/{item}/release/give-up", data={"reason": WHY}).status_code == 303
    assert "Priya Raman gave it up" in text_of(client.get(f"/items/{item}"))
    assert client.post(f"/items/{item}/release/retry", data={"reason": WHY}).status_code == 409
    auditor = client_for(AIKO).get(f"/items/{item}")
    assert "gave it up" in text_of(auditor)
    assert "/release/" not in auditor.text
    assert "Marlow Freight" in text_of(client_for(AIKO).get("/releases?view=given_up"))
    assert "Nothing was given up" in text_of(client_for(LENA).get("/releases?view=given_up"))


def test_the_approval_is_undone_on_the_page(client_for: Any, world: World) -> None:
    """The page says until when and who; a reason is asked for and nothing typed is lost; then it is at its gate again,
    and listed as taken back."""
    waits_first(world, undo_minutes=10)
    item, other = world.submit(drafts.email()), world.submit(drafts.email())
    for one in (item, other):
        world.decide(DANA, one, "approve")
    client = client_for(DANA)
    page = client.get(f"/items/{item}")
    assert "You can undo the approval until 2 Mar" in text_of(page)
    assert "15:10 at the earliest" in text_of(client.get("/releases"))
    assert f"undo-release-{item}" not in client_for(MARCUS).get(f"/items/{item}").text
    refused = client.post(f"/items/{item}/release/undo", data={"reason": "no <b>"})
    assert refused.status_code == 422
    assert "no &lt;b&gt;</textarea>" in refused.text
    assert client_for(MARCUS).post(f"/items/{item}/release/undo", data={"reason": WHY}).status_code == 403
    assert client.post(f"/items/{item}/release/undo", data={"reason": WHY}).status_code == 303
    page = client.get(f"/items/{item}")
    assert "Its approval was undone before it went out" in text_of(page)
    assert world.item(item).state == "pending"
    assert "taken back 2 Mar" in text_of(client.get("/releases?view=undone"))
    assert "Nothing was given up" in text_of(client.get("/releases?view=given_up"))
    assert client_for(PRIYA).post(f"/items/{other}/release/now", data={"reason": WHY}).status_code == 303
    assert f"undo-release-{other}" not in client.get(f"/items/{other}").text


def test_what_goes_out_is_stopped_and_goes_on(client_for: Any, world: World) -> None:
    """On the page of the stops: who may, why, what is stopped; the item and Releases say so; somebody else ends it."""
    by_mail(world)
    item = world.submit(drafts.email())
    world.decide(DANA, item, "approve")
    priya, helen = client_for(PRIYA), client_for(HELEN)
    assert "stop-sending" not in client_for(DANA).get("/releases/stops").text
    assert "Nothing was changed" in text_of(
        client_for(DANA).post("/releases/stops", data={"to": "", "why": WHY}, follow_redirects=True)
    )
    refused = priya.post("/releases/stops", data={"to": "outgoing-mail", "why": "<b>"})
    assert refused.status_code == 422
    assert "&lt;b&gt;</textarea>" in refused.text
    assert priya.post("/releases/stops", data={"to": "outgoing-mail", "why": WHY}).status_code == 303
    assert f"was stopped on 02 Mar 15:00 UTC: {WHY.rstrip('.')}" in text_of(priya.get(f"/items/{item}"))
    assert "All that goes to outgoing-mail is stopped" in text_of(helen.get("/releases"))
    assert "It is stopped" in text_of(helen.get("/releases"))
    page = priya.get("/releases/stops")
    assert "You stopped it, so somebody else" in text_of(page)
    assert "end-stop-1" not in page.text
    refused = helen.post("/releases/stops/1/end", data={"why": "<i>"})
    assert refused.status_code == 422
    assert "&lt;i&gt;</textarea>" in refused.text
    assert helen.post("/releases/stops/1/end", data={"why": WHY}).status_code == 303
    assert "is stopped" not in text_of(helen.get("/releases"))
    assert helen.post("/releases/stops/7/end", data={"why": WHY}).status_code == 404


def test_an_approval_says_which_exception_still_holds_it(client_for: Any, world: World, tmp_path: Path) -> None:
    """Whoever approves reads at once that it does not go out, and where that ends."""
    by_mail(world)
    item = world.submit(drafts.email())
    an_exception(world, item, tmp_path)
    client = client_for(DANA)
    assert post(client, item, "approve").status_code == 303
    assert "It does not go out yet: exception #1 holds it." in text_of(client.get("/queue"))
