"""A message that is handed in again after its approval: the same, and its automation is told so; another text, and the
approved one is held until somebody decides. Through the API and the pages, on both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from reviewqueue.api import schemas
from reviewqueue.core import canonical_json
from reviewqueue.db.tables.items import Item
from reviewqueue.db.tables.releases import Release
from reviewqueue.delivery import callbacks as outbox
from reviewqueue.delivery import manual_send, undo
from reviewqueue.items import intake
from tests import drafts
from tests.api import payloads
from tests.cast import AIKO, DANA, MARCUS, PRIYA
from tests.conftest import Api
from tests.support import concurrency
from tests.support.draft_chain import begun, draft, of_kind
from tests.support.releases import by_mail, callbacks, row, state, take, tell, waits_first
from tests.web.conftest import hidden_fields, text_of
from tests.world import World

ITEMS = "/api/v1/items"
TO, BODY = "rosa@marlowfreight.example", drafts.BODY
CORRECTED = BODY.replace("6 March", "5 March")
KEPT = ("state", "next_at", "send_at", "done_at", "done_by_id", "attempts", "decision_id")
WHY = "Rosa asked for the first one on the phone."
# (what comes again, what is other about it, the status, the code of the notice, whether the approved one is held then)
AGAIN: list[tuple[str, dict[str, Any], int, str, bool]] = [
    ("the same", {}, 200, "approved-already", False),
    ("another title", {"title": "Kickoff, once more"}, 200, "approved-already", False),
    ("other white space", {"body": BODY.replace("\n\n", "\r\n \r\n") + "\n"}, 200, "approved-already", False),
    ("the address with a name", {"to": [f"Rosa Marlow <{TO}>"]}, 200, "approved-already", False),
    ("a corrected text", {"body": CORRECTED}, 201, "holds-earlier", True),
    ("one receiver more", {"cc": ["piet@marlowfreight.example"]}, 201, "holds-earlier", True),
    ("to others", {"to": ["piet@marlowfreight.example"]}, 201, "", False),
    ("the corrected text to others", {"to": ["piet@marlowfreight.example"], "body": CORRECTED}, 201, "", False),
    ("another subject", {"subject": "Agenda"}, 201, "", False),
]  # fmt: skip


def body_of(about: drafts.Deal, **changes: Any) -> dict[str, Any]:
    """A message as it is sent to the API; `title` replaces its title, the others fields of its draft."""
    title = changes.pop("title", "Kickoff invitation")
    return {**payloads.as_sent(drafts.email(about, **changes)), "title": title}


def hand_in(api: Api, about: drafts.Deal, key: str = "", **changes: Any) -> Any:
    """Hand a message in: the status, and the answer, held against its documented shape."""
    headers = {"Idempotency-Key": key} if key else {}
    answer = api.post(ITEMS, json=body_of(about, **changes), headers=headers)
    told = canonical_json.read(answer.get_data())
    schemas.Standing.model_validate(told)
    return answer.status_code, told


def approved(api: Api, world: World, about: drafts.Deal) -> int:
    """A message that was handed in and approved."""
    item = int(hand_in(api, about)[1]["id"])
    world.decide(DANA, item, "approve")
    return item


def newer(api: Api, about: drafts.Deal, **changes: Any) -> int:
    """A corrected one."""
    return int(hand_in(api, about, **{"body": CORRECTED, **changes})[1]["id"])


def log_of(world: World, item: int) -> list[str]:
    """What the log says of an item after its approval."""
    told = [entry.act for entry in world.log(item)]
    return told[told.index("item.approve") + 1 :]


@pytest.mark.parametrize(("says", "changes", "status", "code", "held"), AGAIN, ids=[one[0] for one in AGAIN])
def test_what_comes_again(
    api: Api, world: World, says: str, changes: dict[str, Any], status: int, code: str, held: bool
) -> None:
    about = drafts.deal()
    item = approved(api, world, about)
    came, told = hand_in(api, about, **changes)
    assert (came, told.get("notice", {}).get("code", "")) == (status, code), says
    assert state(world, item) == ("held" if held else "waiting")
    assert (told["id"] == item) is (status == 200)
    assert world.count(Release) == 1
    assert world.count(Item) == (1 if status == 200 else 2)
    if status == 200:
        assert (told["state"], told["needs"]) == ("approved", [])
        assert f"approved already: item {item} was approved by Dana Whitfield" in told["notice"]["says"]
        assert log_of(world, item) == ["item.repeat"]
    if held:
        assert told["notice"]["item"] == item
        shown = canonical_json.read(api.get(f"{ITEMS}/{item}").get_data())
        schemas.ItemShown.model_validate(shown)
        assert [one["code"] for one in shown["release"]["because"]] == ["newer-draft"]
        assert shown["superseded_by"] == told["id"]
        assert log_of(world, item) == ["release.replace"]


def test_under_keys_of_its_own_and_after_an_edit(api: Api, world: World) -> None:
    """Whatever key it has; the same key gets the same answer; and what a person edited is what the automation is to use."""
    about = drafts.deal()
    item = int(hand_in(api, about, key="first")[1]["id"])
    world.decide(DANA, item, "edit", draft={**world.draft(item), "body": CORRECTED})
    world.decide(MARCUS, item, "approve")
    status, told = hand_in(api, about, key="second")
    assert (status, told["id"], told["revision"]["number"]) == (200, item, 2)
    assert "as a person edited it: use that draft" in told["notice"]["says"]
    assert hand_in(api, about, key="second") == (200, told)
    assert hand_in(api, about, key="first")[0] == 201, "the first answer again"
    assert log_of(world, item) == ["item.repeat"]


def test_a_message_without_a_subject(api: Api, world: World) -> None:
    """It is told by its title, which no customer sees: under another one it is still the same."""
    about = drafts.deal()
    body = payloads.as_sent(drafts.email(about))
    body |= {"kind": "portal_update", "draft": {"body": BODY}, "title": "Where we stand", "citations": []}
    item = api.post(ITEMS, json=body).json["id"]
    world.decide(DANA, item, "approve")
    again = api.post(ITEMS, json={**body, "title": "Where we stand today"})
    assert (again.status_code, again.json["id"], again.json["notice"]["code"]) == (200, item, "approved-already")


def test_after_it_was_sent(api: Api, world: World, client_for: Any) -> None:
    """The same is told when it went out; another text is one message more, and says on its page what it follows."""
    about = drafts.deal()
    item = approved(api, world, about)
    tell(world, item)
    status, told = hand_in(api, about)
    assert (status, told["id"], told["state"], told["notice"]["code"]) == (200, item, "released", "sent-already")
    assert "It was sent on 02 Mar 2026 at 15:00 UTC" in told["notice"]["says"]
    status, told = hand_in(api, about, body=CORRECTED)
    assert (status, told["notice"]["code"], told["notice"]["item"]) == (201, "follows-sent", item)
    assert "one message more" in text_of(client_for(MARCUS).get(f"/items/{told['id']}"))
    assert state(world, item) == "released"


def test_the_newer_one_is_approved(api: Api, world: World, client_for: Any) -> None:
    """Both pages and the queue say it; approved, the earlier one is cancelled, and only the newer goes out."""
    by_mail(world)
    about = drafts.deal()
    item = approved(api, world, about)
    corrected = newer(api, about)
    client = client_for(MARCUS)
    assert "It is held until this is decided" in text_of(client.get(f"/items/{corrected}"))
    page = client.get(f"/items/{item}")
    assert "says this message anew and waits to be decided" in text_of(page)
    assert f"let-go-release-{item}" not in page.text, "it is decided on the newer one"
    assert "holds an approved one" in text_of(client.get("/queue"))
    assert f"Item {corrected} says it anew" in text_of(client.get("/releases"))
    assert take(world) is None
    world.decide(MARCUS, corrected, "approve")
    assert [state(world, one) for one in (item, corrected)] == ["given_up", "waiting"]
    assert "It was cancelled" in text_of(client.get(f"/items/{item}"))
    assert log_of(world, item) == ["release.replace", "release.cancel"]
    told = [(one.type, one.state) for one in world.outbox(item)]
    assert told == [("item.decided", "given_up"), ("item.superseded", "waiting")]
    due = take(world, world.now + timedelta(minutes=1))
    assert due is not None
    assert due.item_id == corrected
    assert world.verify().holds


@pytest.mark.parametrize("again", [False, True], ids=["rejected then", "another one takes its place"])
def test_the_approval_of_the_newer_one_is_undone(api: Api, world: World, client_for: Any, again: bool) -> None:
    """What it cancelled is held again, by the newer draft or the one after that; and if that is rejected, a person lets
    the earlier one go, once. What a person gave up meanwhile stays given up."""
    waits_first(world, undo_minutes=10)
    about = drafts.deal()
    item, other = approved(api, world, about), approved(api, world, drafts.deal())
    corrected, at = newer(api, about), world.now + timedelta(minutes=2)
    before = row(world, item)
    world.decide(DANA, corrected, "approve", now=at)
    holder = newer(api, about, body=BODY.replace("6 March", "4 March")) if again else corrected
    with world.session() as session:
        undo.undo(session, DANA.id, corrected, WHY, at + timedelta(minutes=1))
    world.run_checks(at + timedelta(minutes=1))
    after = row(world, item)
    assert {name: getattr(after, name) for name in KEPT} == {name: getattr(before, name) for name in KEPT}
    assert (state(world, item), state(world, other), world.item(item).superseded_by_id) == ("held", "held", holder)
    assert log_of(world, item) == ["release.replace", "release.cancel", "release.restore"]
    told = [(one.type, one.state) for one in world.outbox(item)]
    assert told == [("item.decided", "waiting"), ("item.superseded", "given_up")]
    world.decide(MARCUS, holder, "reject", now=at + timedelta(minutes=2))
    with world.session() as session:
        manual_send.let_go(session, MARCUS.id, item, WHY, at + timedelta(minutes=3))
    late = world.now + timedelta(hours=1)
    assert sorted(due.item_id for due in (take(world, late), take(world, late)) if due) == [item, other]
    with world.session() as session:
        outbox.take_due(session, late)
    assert [(one.type, one.state) for one in world.outbox(item)] == [
        ("item.decided", "sending"), ("item.superseded", "given_up"),
    ]  # fmt: skip
    assert world.verify().holds


def test_what_a_person_gave_up_is_not_put_back(api: Api, world: World) -> None:
    """Undone, given up by a person, approved anew and undone again: the second approval cancelled nothing."""
    waits_first(world, undo_minutes=10)
    about, minute = drafts.deal(), timedelta(minutes=1)
    item = approved(api, world, about)
    corrected = newer(api, about)
    for turn in (0, 4):
        world.decide(MARCUS, corrected, "approve", now=world.now + (turn + 1) * minute)
        with world.session() as session:
            undo.undo(session, MARCUS.id, corrected, WHY, world.now + (turn + 2) * minute)
        world.run_checks(world.now + (turn + 2) * minute)
        if turn == 0:
            with world.session() as session:
                manual_send.give_up(session, PRIYA.id, item, WHY, world.now + 3 * minute)
    assert state(world, item) == "given_up"
    assert log_of(world, item) == ["release.replace", "release.cancel", "release.restore", "release.give_up"]


ENDS = ["reject", "withdraw"]


@pytest.mark.parametrize("end", ENDS)
def test_the_newer_one_ends_otherwise(api: Api, world: World, client_for: Any, end: str) -> None:
    """No automation and no time lets the earlier one go: it is held until a person says, with a reason, that it goes."""
    by_mail(world)
    about = drafts.deal()
    item = approved(api, world, about)
    corrected = newer(api, about)
    way, client = f"/items/{item}/release/let-go", client_for(MARCUS)
    early = client.post(way, data={"reason": WHY})
    assert early.status_code == 409
    assert "waits to be decided: decide that one first" in text_of(early)
    if end == "reject":
        world.decide(MARCUS, corrected, "reject")
    else:
        api.post(f"{ITEMS}/{corrected}/withdrawal", json={"reason": "We sent it by mistake."})
    page = client.get(f"/items/{item}")
    assert state(world, item) == "held"
    assert "somebody has to say whether this one still goes out" in text_of(page)
    assert take(world, world.now + timedelta(days=3)) is None
    sent = hidden_fields(page, f"let-go-release-{item}")
    assert client_for(AIKO).post(way, data={**sent, "reason": WHY}).status_code == 403
    refused = client.post(way, data={**sent, "reason": "ok"})
    assert refused.status_code == 422
    assert client.post(way, data={**sent, "reason": WHY}).status_code == 303
    assert state(world, item) == "waiting"
    assert log_of(world, item) == ["release.replace", "release.let_go"]
    due = take(world, world.now + timedelta(days=4))
    assert due is not None
    assert due.item_id == item
    assert client.post(way, data={**sent, "reason": WHY}).status_code == 409


def test_a_newer_one_of_the_newer_one_and_one_by_another_automation(api: Api, world: World) -> None:
    """The hold goes on to the last; and the same text by another automation is its own draft, which holds nothing of the
    first's, takes no place of its open one, and is told no number of either. Whoever decides it sees both."""
    about = drafts.deal()
    item = approved(api, world, about)
    second = newer(api, about)
    third = newer(api, about, to=["piet@marlowfreight.example"])
    assert [world.item(one).superseded_by_id for one in (item, second)] == [third, third]
    api.key = world.other_key
    status, told = hand_in(api, about)
    assert (status, told.get("notice")) == (201, None)
    assert world.item(item).superseded_by_id == third
    assert world.item(third).state == "pending"


def test_another_automations_message_stays_and_is_shown_to_who_decides(api: Api, world: World, client_for: Any) -> None:
    """Approved and not sent, it is neither held nor named to the other automation; the reviewer of the second reads whose
    the first is, and that both go out."""
    about = drafts.deal()
    item = approved(api, world, about)
    api.key = world.other_key
    status, told = hand_in(api, about, body=CORRECTED)
    assert (status, told.get("notice")) == (201, None)
    assert state(world, item) == "waiting"
    page = text_of(client_for(MARCUS).get(f"/items/{told['id']}"))
    assert f"Item {item} by Handoff agent has the same subject" in page
    assert "It goes out as well: an automation holds only what it submitted itself" in page
    world.run_checks()
    world.decide(MARCUS, told["id"], "approve")
    assert state(world, item) == "waiting", "and its approval cancels nothing"


def test_what_our_drafter_wrote_for_the_same_purpose_is_held_and_has_no_number(world: World) -> None:
    """Our welcome is approved; an automation says that its own takes that one's place, and holds it, by no number that it
    could not read. Without the purpose, and under another one, it holds nothing."""
    about = drafts.deal()
    begun(world, about)
    draft(world)
    [welcome] = [one for one in of_kind(world, "customer_email") if "Welcome" in one.title]
    world.decide(DANA, welcome.id, "approve")
    ours = world.draft(welcome.id)
    theirs = drafts.email(about, subject=ours["subject"], to=ours["to"], body=CORRECTED)

    def came(purpose: str) -> dict[str, Any]:
        with world.session() as session:
            return intake.submit(session, world.caller, replace(theirs, purpose=purpose), world.now)[0]

    for purpose in ("", "first-value"):
        assert (came(purpose).get("notice"), state(world, welcome.id)) == (None, "waiting"), purpose
    told = came("welcome")
    assert (told["notice"]["code"], told["notice"]["item"]) == ("holds-earlier", None)
    assert str(welcome.id) not in told["notice"]["says"].split()
    assert "The message that Review Queue drafted for it is approved" in told["notice"]["says"]
    assert (world.item(welcome.id).superseded_by_id, state(world, welcome.id)) == (told["id"], "held")


def test_its_callback_and_its_report_meanwhile(api: Api, world: World) -> None:
    """Who is to send it is not told "approved" while a newer one is there; what went out all the same is an exception."""
    from reviewqueue.delivery import callbacks as outbox

    about = drafts.deal()
    item = approved(api, world, about)
    newer(api, about)
    with world.session() as session:
        assert outbox.take_due(session, world.now, at_most=10) == []
    report = tell(world, item)
    assert (report.agrees, "says this message anew" in report.says) == (False, True)
    assert callbacks(world, item) == ["release.succeeded"]


def test_brought_records_still_count(api: Api, world: World) -> None:
    """The same text with a record that says otherwise by now: it is approved already, and held for somebody to look."""
    about = drafts.deal()
    item = approved(api, world, about)
    again = body_of(about)
    deal = next(one for one in again["sources"] if one["ref"] == "deal")
    deal["payload"], deal["fetched_at"] = {**deal["payload"], "Start_Date__c": "2026-04-07"}, "2026-03-02T14:00:00Z"
    assert api.post(ITEMS, json=again).status_code == 200
    assert world.item(item).moved_at is not None
    assert state(world, item) == "held"


def test_two_at_once(world: World) -> None:
    """However close together: the same text twice opens nothing, two corrected ones leave one open, which holds it."""
    about = drafts.deal()
    item = world.submit(drafts.email(about))
    world.decide(DANA, item, "approve")

    def again(number: int) -> int:
        submission = drafts.email(about) if number % 2 else drafts.email(about, body=f"{CORRECTED} {number}")
        with world.session() as session:
            return int(intake.submit(session, world.caller, submission, world.now)[0]["id"])

    came = concurrency.at_once(4, again)
    assert [one for one in came if isinstance(one, Exception)] == []
    assert came[1] == came[3] == item
    open_now = [one for one in (came[0], came[2]) if world.item(one).state == "pending"]
    assert len(open_now) == 1
    assert world.item(item).superseded_by_id == open_now[0]
    assert (world.count(Release), state(world, item), row(world, item).state) == (1, "held", "waiting")
    world.run_checks()
    world.decide(MARCUS, open_now[0], "approve")
    assert state(world, item) == "given_up"
    assert world.verify().holds


@pytest.mark.parametrize("other", [True, 1.0, "1"])
def test_a_value_of_another_type_is_another_message(api: Api, world: World, other: Any) -> None:
    about = drafts.deal()
    world.decide(DANA, int(hand_in(api, about, priority=1)[1]["id"]), "approve")
    assert hand_in(api, about, priority=1)[1]["notice"]["code"] == "approved-already"
    status, told = hand_in(api, about, priority=other)
    assert (status, told["notice"]["code"]) == (201, "holds-earlier")


@pytest.mark.parametrize(("stands", "in_doubt"), [("sending", True), ("unknown", True), ("failed", False)])
def test_what_may_be_out_is_not_said_to_be_held(api: Api, world: World, stands: str, in_doubt: bool) -> None:
    about = drafts.deal()
    item = approved(api, world, about)
    with world.session() as session:
        session.execute(update(Release).where(Release.item_id == item).values(state=stands))
        session.commit()
    says = hand_in(api, about, body=CORRECTED)[1]["notice"]["says"]
    assert ("may have gone out already" in says, "instead of it" in says) == (in_doubt, not in_doubt)
