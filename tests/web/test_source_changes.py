"""What moved, on the pages: marked in place with both values, in the queue and on the onboardings; looked again; a stale
tab is refused; a correction from the edit form to its owner's answer."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from reviewqueue.onboarding import crm_import
from tests import drafts
from tests.cast import DANA, JONAS, LENA, MARCUS, PRIYA, TOM
from tests.support.crm_changes import moves, says_now
from tests.web.conftest import text_of
from tests.world import WORDS, World

BEFORE = "A source changed while you were reading"


def sent(page: Any, within: str) -> dict[str, str]:
    """The hidden fields of the form with that id, as a browser sends them."""
    form = re.search(rf'<form[^>]*id="{within}".*?</form>', page.get_data(as_text=True), flags=re.S)
    assert form, within
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[0]))


def form_of(client: Any, item: int, act: str) -> dict[str, str]:
    """What the item page's panel of an act sends."""
    return sent(client.get(f"/items/{item}"), f"{act}-item-{item}")


@pytest.mark.parametrize(
    ("now", "word"), [("", "empty"), ("  ", "empty"), (None, "not there")], ids=["blank", "blanks", "absent"]
)
def test_how_a_value_went_is_said_in_its_own_word(
    client_for: Any, world: World, tmp_path: Path, now: str | None, word: str
) -> None:
    """In the draft, in the evidence, and where it is looked at."""
    packet = drafts.packet()
    item = world.submit(packet)
    says_now(world, tmp_path, packet, Plan__c=now)
    text = text_of(client_for(PRIYA).get(f"/items/{item}"))
    assert f"its source changed: now {word}" in text
    assert text.count(f"is now {word}") == 2
    assert "nothing" not in text[text.index("is now") : text.index("is now") + 30]


def test_null_is_neither(client_for: Any, world: World, tmp_path: Path) -> None:
    """The CRM has the field, and nothing in it."""
    packet = drafts.packet()
    item = world.submit(packet)
    source = packet.drafted.sources["deal"]
    record = {**source.payload, "attributes": {"type": source.object}, "Plan__c": None}
    file = tmp_path / "again.json"
    file.write_text(json.dumps({"totalSize": 1, "done": True, "records": [record]}, default=str))
    with world.session() as session:
        crm_import.run(session, "salesforce", [file], world.now)
    text = text_of(client_for(PRIYA).get(f"/items/{item}"))
    assert "its source changed: now null" in text
    assert text.count("is now null") == 2


def test_marked_in_place_looked_at_and_approved(client_for: Any, world: World, tmp_path: Path) -> None:
    """Two of twenty-four statements, with both values; a tab from before is refused; ticked one by one; approved."""
    packet = drafts.packet()
    item, other = world.submit(packet), world.submit(drafts.packet())
    client = client_for(PRIYA)
    stale = form_of(client, item, "approve")
    says_now(world, tmp_path, packet, CloseDate="2026-03-12", Plan__c=None)
    page = client.get(f"/items/{item}")
    html, text = page.get_data(as_text=True), text_of(page)
    assert "2 statements rest on sources that changed after this was drafted" in text
    assert html.count('class="claim is-stale" id=') == 2
    assert "its source changed: now “2026-03-12”" in text
    assert "its source changed: now not there" in text
    assert text.count("Changed since") == 2
    assert "You cannot approve it now. 2 statements rest" in text
    assert "approve" not in re.findall(r'name="act" value="(\w+)"', html)
    assert 'is-stale" id=' not in client.get(f"/items/{other}").get_data(as_text=True)
    queue = client.get("/queue?view=open").get_data(as_text=True)
    assert queue.count("a source changed</span>") == 1
    lines = {view: client.get(f"/queue?view={view}&moved=1").get_data(as_text=True) for view in ("open", "mine")}
    assert all(line.count('class="queue-row') == 1 for line in lines.values())
    assert "a source changed" in text_of(client.get("/onboardings"))

    refused = client.post(f"/items/{item}/decisions", data={**stale, "reason_code": "evidence-complete", "text": WORDS})
    assert refused.status_code == 409
    assert BEFORE in text_of(refused)
    assert "/CloseDate: 2026-02-27 → 2026-03-12" in text_of(refused)

    look = sent(page, f"look-item-{item}")
    ticked = [str(one.id) for one in moves(world, item)]
    unsaid = client.post(f"/items/{item}/looks", data={**look, "move": ticked, "text": "Both are fine."})
    assert unsaid.status_code == 422
    assert "choose why it is right all the same" in text_of(unsaid)
    assert "Both are fine." in unsaid.get_data(as_text=True)
    look |= {"reason_code": "still-right"}
    assert client.post(f"/items/{item}/looks", data=look).status_code == 422
    half = client.post(f"/items/{item}/looks", data={**look, "move": ticked[:1]}, follow_redirects=True)
    assert "Change reviewed. 1 statement waits for a look" in text_of(half)
    done = client.post(
        f"/items/{item}/looks", data={**look, "move": ticked[1:], "text": "Both are fine."}, follow_redirects=True
    )
    assert "Nothing of it waits any more" in text_of(done)
    assert "that changed after this was drafted" not in text_of(done)
    after = client_for(JONAS).get(f"/items/{item}")
    seen = text_of(after)
    assert "2 statements rest on sources that changed, and somebody looked" in seen
    assert all(said in seen for said in ("2026-02-27", "2026-03-12", "Priya Raman looked", "Both are fine."))
    assert after.get_data(as_text=True).count('class="claim is-stale" id=') == 2, "the old value is never supported"
    assert "Priya Raman looked at a source that changed, “Still right" in seen, "in the history"
    assert client.post(f"/items/{item}/looks", data={**look, "move": ticked}).status_code == 409
    again = form_of(client, item, "approve")
    assert (again["revision_digest"], again["evidence_digest"] == stale["evidence_digest"]) == (
        stale["revision_digest"],
        False,
    )
    answer = client.post(f"/items/{item}/decisions", data={**again, "reason_code": "evidence-complete", "text": WORDS})
    assert answer.status_code == 303
    assert world.item(item).state == "approved"


def test_after_approval_it_is_said_and_looked_at(client_for: Any, world: World, tmp_path: Path) -> None:
    """The page and the onboardings say that a release waits; who wrote it reads why the look is another's."""
    mail = drafts.email()
    item = world.submit(mail)
    world.decide(DANA, item, "edit", draft={**world.draft(item), "subject": "Kickoff, our proposal"})
    world.decide(TOM, item, "approve")
    says_now(world, tmp_path, mail, Start_Date__c="2026-04-06")
    mine = client_for(DANA).get(f"/items/{item}")
    assert "a release waits until somebody else has reviewed it" in text_of(mine)
    assert "Somebody else has to review the change" in text_of(mine)
    assert f'id="look-item-{item}"' not in mine.get_data(as_text=True)
    assert "a source changed: a release waits" in text_of(client_for(DANA).get("/onboardings"))
    for person, settles in ((TOM, False), (MARCUS, True)):
        client = client_for(person)
        look = {**sent(client.get(f"/items/{item}"), f"look-item-{item}"), "reason_code": "still-right"}
        look |= {"move": str(moves(world, item)[0].id)}
        assert client.post(f"/items/{item}/looks", data=look).status_code == 303
        assert ("a release waits" not in text_of(client.get("/onboardings"))) is settles
        if not settles:
            again = client.get(f"/items/{item}")
            assert "Somebody else has to look as well: the approval from before the change was theirs" in text_of(again)
            assert client.post(f"/items/{item}/looks", data=look).status_code == 422, "twice is not two"


@pytest.mark.parametrize("value", ["<script>alert(1)</script>", "\u202egnp.exe", '"><img src=x onerror=alert(1)>'])
def test_hostile_values_are_inert(client_for: Any, world: World, tmp_path: Path, value: str) -> None:
    """On the item page, when a stale tab is refused, in the log, and among the corrections."""
    mail = drafts.email()
    item = world.submit(mail)
    client = client_for(DANA)
    stale = form_of(client, item, "reject")
    draft = {**world.draft(item), "body": drafts.BODY.replace("2026-03-23", "2026-04-07")}
    edit = sent(client.get(f"/items/{item}/edit"), f"edit-item-{item}")
    claim = re.search(
        r'<select[^>]*name="claim".*?<option value="(\d+)"',
        client.get(f"/items/{item}/edit").get_data(as_text=True),
        re.S,
    )
    assert claim
    typed = {**edit, "draft:/body": draft["body"], "reason_code": "source-wrong", "text": WORDS, "claim": claim[1]}
    assert client.post(f"/items/{item}/edit", data={**typed, "proposed": value}).status_code == 303
    other = drafts.email()
    second = world.submit(other)
    stale = form_of(client, second, "reject")
    says_now(world, tmp_path, other, Start_Date__c=value)
    pages = [
        client.get(f"/items/{second}"),
        client.post(f"/items/{second}/decisions", data={**stale, "reason_code": "duplicate", "text": WORDS}),
        client_for(LENA).get("/corrections"),
        client_for(PRIYA).get("/log"),
    ]
    assert [page.status_code for page in pages] == [200, 409, 200, 200]
    for page in pages:
        html = page.get_data(as_text=True)
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert "\u202e" not in html


def test_a_correction_from_the_form_to_its_answer(client_for: Any, world: World) -> None:
    """The form asks which field; a fault is said beside it and nothing typed is lost; sales answers; the packet goes on."""
    about = drafts.deal()
    item, packet = world.submit(drafts.email(about)), world.submit(drafts.packet(about))
    client = client_for(DANA)
    page = client.get(f"/items/{item}/edit")
    assert "Only for “The source is wrong”" in text_of(page)
    (claim,) = re.findall(
        r'<option value="(\d+)">[^<]*Salesforce Opportunity /Start_Date__c', page.get_data(as_text=True)
    )
    body = drafts.BODY.replace("2026-03-23", "2026-04-07")
    typed = {**sent(page, f"edit-item-{item}"), "draft:/body": body, "reason_code": "source-wrong", "text": WORDS}
    wrong = client.post(f"/items/{item}/edit", data={**typed, "claim": "", "proposed": "7 April"})
    assert wrong.status_code == 422
    assert "Choose the field that is wrong" in text_of(wrong)
    assert 'value="7 April"' in wrong.get_data(as_text=True)
    assert (
        client.post(f"/items/{item}/edit", data={**typed, "claim": claim, "proposed": "2026-04-07"}).status_code == 303
    )
    waits = text_of(client_for(PRIYA).get(f"/items/{packet}"))
    assert "A field this rests on is in question" in waits
    assert "correction 1 says it should be 2026-04-07" in waits
    lena = client_for(LENA)
    inbox = text_of(lena.get("/corrections"))
    assert all(said in inbox for said in ("Marlow Freight", "2026-03-23", "2026-04-07", "Dana Whitfield", WORDS))
    assert f"item {item}" not in inbox, "sales does not see the item"
    short = lena.post("/corrections/1/refuse", data={"text": "no"})
    assert short.status_code == 422
    assert "Say why in at least" in text_of(short)
    done = lena.post("/corrections/1/accept", data={"text": "Set it in Salesforce."}, follow_redirects=True)
    accepted_page = text_of(done)
    assert lena.post("/corrections/1/accept").status_code == 409
    assert "Accepted" in text_of(lena.get("/corrections?view=answered"))
    assert client.post("/corrections/1/accept").status_code == 404
    assert client.get("/corrections").status_code == 200
    assert lena.post("/corrections/1/forget").status_code == 404
    goes_on = text_of(client_for(PRIYA).get(f"/items/{packet}"))
    assert "in question" not in goes_on
    assert "The draft says “2026-03-23”, but correction 1, accepted by Lena Vogt" in goes_on
    assert "evidence.corrected" in goes_on
    assert "1 draft says the old value and fails" in accepted_page


def test_a_source_moved_while_editing(client_for: Any, world: World, tmp_path: Path) -> None:
    """The edit of a page from before is refused with what was typed kept, and goes through from there."""
    mail = drafts.email()
    item = world.submit(mail)
    client = client_for(DANA)
    typed = {
        **sent(client.get(f"/items/{item}/edit"), f"edit-item-{item}"), "draft:/subject": "Kickoff on 6 April",
        "reason_code": "draft-wrong", "text": WORDS,
    }  # fmt: skip
    says_now(world, tmp_path, mail, Start_Date__c="2026-04-06")
    refused = client.post(f"/items/{item}/edit", data=typed)
    assert refused.status_code == 409
    assert BEFORE in text_of(refused)
    assert "Kickoff on 6 April" in refused.get_data(as_text=True)
    fresh = sent(refused, f"edit-item-{item}")
    body = drafts.BODY.replace("2026-03-23", "2026-04-06")
    answer = client.post(f"/items/{item}/edit", data={**typed, **fresh, "draft:/body": body})
    assert answer.status_code == 303
    assert moves(world, item) == []
    assert world.item(item).moved_at is None
