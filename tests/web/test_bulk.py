"""Bulk: several lines of the queue decided with one act, each by itself; what is left out is named with its why."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from sqlalchemy import insert

from reviewqueue.core.errors import Invalid
from reviewqueue.db.database import writing
from reviewqueue.db.tables.exceptions import ExceptionCase, ExceptionItem
from reviewqueue.items import leases, seen_version
from reviewqueue.policy import policy_versions
from reviewqueue.review import bulk, decision_requests
from tests import drafts, northbeam
from tests.cast import AIKO, DANA, HELEN, MARCUS, SAM, Named
from tests.rules.test_separation import chain
from tests.web.conftest import text_of
from tests.world import WORDS, World

EMAIL = ("customer_email", "customer-communication")
Given = Callable[[World, int], object]


@pytest.fixture(params=["sqlite", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """What is decided together is tested on both engines."""
    name: str = request.param
    return name


def chosen(world: World, *items: int) -> list[bulk.ChosenItem]:
    """These items with the digests that are on the page now."""
    return [bulk.ChosenItem(item, world.seen(item), opened=True) for item in items]


def together(
    world: World, what: list[bulk.ChosenItem], action: str = "approve", person: Named = DANA, **said: Any
) -> bulk.BulkResult:
    """Decide them in one go."""
    whole: dict[str, Any] = {"reason_code": world.ask(action).reason_code, "text": WORDS, **said}
    with world.session() as session:
        return bulk.decide(
            session, person.id, EMAIL, what, decision_requests.DecisionRequest(action, **whole), world.now
        )


def whys(done: bulk.BulkResult) -> dict[int, str]:
    """What was left out, and why."""
    return {line.item_id: line.why for line in done.left}


@pytest.mark.parametrize(
    ("action", "state"),
    [("approve", "approved"), ("send_back", "sent_back"), ("escalate", "escalated"), ("reject", "rejected")],
)
def test_each_item_has_its_own_decision_and_its_own_entry(world: World, action: str, state: str) -> None:
    """Three items: three decisions with the reason and the words, three entries in the order they were chosen."""
    items = [world.submit(drafts.email(drafts.deal(name))) for name in ("Anchor Mills", "Birch & Co", "Cedar Foods")]
    before = len(world.log())
    done = together(world, chosen(world, *items), action)
    assert [line.item_id for line in done.done] == items
    assert done.left == []
    acts = [entry for entry in world.log()[before:] if entry.act == f"item.{action}"]
    assert [entry.item_id for entry in acts] == items
    for item in items:
        (made,) = world.decisions(item)
        assert (made.action, made.text, made.person_id) == (action, WORDS, DANA.id)
        assert made.revision_digest == world.seen(item).revision
        assert world.item(item).state == state
    assert world.verify().holds


def portal_update() -> Any:
    """What is said in the portal, which waits at the gate of e-mails too."""
    email = drafts.email()
    return replace(email, drafted=replace(email.drafted, kind="portal_update"))


def has_exception(world: World, item: int) -> None:
    """Sales promised something, and it is not resolved."""
    row = {
        "category": "sales-promise", "lane": "mid-market-saas", "customer": "Acme", "summary": "A date was promised",
        "state": "open", "blocking": False, "owner_role": "csm", "policy_digest": "0" * 64, "opened_by": "system:test",
        "opened_at": world.now, "respond_by": world.now, "due_at": world.now,
    }  # fmt: skip
    with world.session() as session, writing(session):
        case = session.execute(insert(ExceptionCase).values(**row).returning(ExceptionCase.id)).scalar_one()
        session.execute(insert(ExceptionItem).values(exception_id=case, item_id=item))


def taken_by_marcus(world: World, item: int) -> None:
    """Marcus has it on his desk."""
    with world.session() as session:
        leases.take(session, MARCUS.id, item, world.now)


def edited_by_dana(world: World, item: int) -> None:
    """Dana edits it, and looks again."""
    world.decide(DANA, item, "edit", draft={**world.draft(item), "note": "Dana changed this."})


def drafted_for_dana(world: World, item: int) -> None:
    """Sam, whose automation drafted it, is away, and Dana stands in for him."""
    chain(world, SAM, DANA)


LEFT: list[tuple[str, Callable[[], Any], Given, str, str]] = [
    (
        "a check fails",
        lambda: drafts.with_check(drafts.email(), "automation.tone"), lambda *_: None, "approve",
        "Checks fail: automation.tone",
    ),
    (
        "a check fails: it is not sent back in bulk either",
        lambda: drafts.with_check(drafts.email(), "automation.tone"), lambda *_: None, "send_back",
        "Checks fail: automation.tone",
    ),
    ("an exception is open", drafts.email, has_exception, "approve", "Exception #"),
    ("another has it taken", drafts.email, taken_by_marcus, "approve", "Marcus Oyelaran has this item until"),
    ("one's own work", drafts.email, edited_by_dana, "approve", "your own work: you wrote this"),
    ("one's own work is not rejected in bulk either", drafts.email, edited_by_dana, "reject", "your own work"),
    ("one's own through standing in", drafts.email, drafted_for_dana, "approve", "you stand in for somebody who made it"),
    (
        "decided meanwhile",
        drafts.email, lambda world, item: world.decide(MARCUS, item, "approve"), "approve",
        "It is approved already, by Marcus Oyelaran on 02 Mar 15:00 UTC, “",
    ),
    (
        "sent back meanwhile: nothing to approve",
        drafts.email, lambda world, item: world.decide(MARCUS, item, "send_back"), "approve",
        "It was sent back: a new draft comes first (by Marcus Oyelaran on 02 Mar 15:00 UTC, “",
    ),
    ("another kind at another gate", drafts.packet, lambda *_: None, "approve", "It is of another kind, or at another gate"),
    (
        "another kind at the same gate",
        portal_update, lambda *_: None, "approve", "It is of another kind",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("why", "draft", "given", "action", "says"), LEFT, ids=[row[0] for row in LEFT])
def test_what_needs_a_closer_look_is_left_out_and_named(
    world: World, why: str, draft: Callable[[], Any], given: Given, action: str, says: str
) -> None:
    """The other item goes through; this one is as it was, and the why is said."""
    odd = world.submit(draft())
    given(world, odd)
    fine = world.submit(drafts.email())
    if why.startswith("one's own through"):
        fine = odd
    had = len(world.decisions(odd))
    done = together(world, chosen(world, odd, fine), action)
    assert says in whys(done)[odd], why
    assert len(world.decisions(odd)) == had
    assert [line.item_id for line in done.done] == ([] if fine == odd else [fine])


def test_a_digest_that_moved_leaves_the_item_out(world: World) -> None:
    """What was on the page is not what is there: each of the three digests counts."""
    moved, fine = world.submit(drafts.email()), world.submit(drafts.email())
    page = chosen(world, moved, fine)
    edited_by_dana(world, moved)
    done = together(world, page, person=MARCUS)
    assert whys(done) == {moved: "It changed since you looked: revision 2 by Dana Whitfield is there now"}
    assert [line.item_id for line in done.done] == [fine]
    for name in ("revision", "evidence", "policy"):
        item = world.submit(drafts.email())
        now_is = world.seen(item)
        digests = {one: getattr(now_is, one) for one in ("revision", "evidence", "policy")} | {name: "0" * 64}
        assert item in whys(together(world, [bulk.ChosenItem(item, seen_version.SeenVersion(**digests))])), name
        assert world.decisions(item) == []


REFUSED: list[tuple[str, str, dict[str, Any], list[str]]] = [
    ("never an override", "override", {"reason_code": "check-wrong"}, ["/action"]),
    ("never an edit", "edit", {"reason_code": "wording"}, ["/action"]),
    ("no act at all", "", {"reason_code": "wording"}, ["/action"]),
    ("no reason", "approve", {"reason_code": ""}, ["/reason_code"]),
    ("another act's reason", "approve", {"reason_code": "duplicate"}, ["/reason_code"]),
    ("no words where the policy asks for them", "reject", {"text": ""}, ["/text"]),
    ("words that nobody can see", "send_back", {"text": "\u200b" * 40}, ["/text"]),
    ("both", "reject", {"reason_code": "", "text": "no"}, ["/reason_code", "/text"]),
]


@pytest.mark.parametrize(("why", "action", "said", "places"), REFUSED, ids=[row[0] for row in REFUSED])
def test_no_bulk_act_stands_in_for_a_reason(
    world: World, why: str, action: str, said: dict[str, Any], places: list[str]
) -> None:
    """Refused as a whole, before anything is written."""
    items = chosen(world, world.submit(drafts.email()), world.submit(drafts.email()))
    before = world.everything()
    with pytest.raises(Invalid) as refused:
        together(world, items, action, **said)
    assert [fault.at for fault in refused.value.faults] == places, why
    assert world.everything() == before


def test_the_reason_is_one_that_each_items_policy_accepts(world: World) -> None:
    """A newer policy knows one reason less: only what both accept is offered, and only that is taken."""
    old = world.submit(drafts.email())
    files = northbeam.files()
    name = "gates/customer-communication.toml"
    files[name] = files[name].replace('"evidence-complete", ', "", 1)
    assert files[name] != northbeam.files()[name]
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)
    new = world.submit(drafts.email())
    with world.session() as session:
        (group,), unseen = bulk.preview(session, DANA.id, chosen(world, old, new), world.now)
        (alone,), _ = bulk.preview(session, DANA.id, chosen(world, old), world.now)
    offered = [[one.code for one in group.offers[0].reasons] for group in (group, alone)]
    assert "evidence-complete" not in offered[0]
    assert "evidence-complete" in offered[1]
    assert (group.offers[0].act, group.offers[0].goes, unseen) == ("approve", 2, [])
    with pytest.raises(Invalid):
        together(world, chosen(world, old, new))
    done = together(world, chosen(world, old, new), reason_code=offered[0][0])
    assert [line.item_id for line in done.done] == [old, new]


def test_there_is_an_end_to_how_many(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "MAX_CHOSEN", 1)
    items = chosen(world, world.submit(drafts.email()), world.submit(drafts.email()))
    before = world.everything()
    with pytest.raises(Invalid, match="2 items were chosen, so nothing was done: choose 1 at most"):
        together(world, items)
    assert world.everything() == before
    assert len(together(world, [items[0], items[0]]).done) == 1, "the same one twice is one"


def tokens(answer: Any) -> dict[int, str]:
    """What each line of a queue page carries."""
    found = re.findall(r'name="item" value="((\d+)~[^"]*)"', answer.text)
    return {int(number): unescape(value) for value, number in found}


def test_the_pages_lead_through_it_without_javascript(client_for: Any, world: World) -> None:
    """Tick, look, decide, read the summary; looking writes nothing, and a refusal keeps the words."""
    failing = world.submit(drafts.with_check(drafts.email(drafts.deal("Anchor Mills")), "automation.tone"))
    good = [world.submit(drafts.email(drafts.deal(name))) for name in ("Birch & Co", "Cedar Foods")]
    client = client_for(DANA)
    carried = tokens(client.get("/queue"))
    assert set(carried) == {failing, *good}
    before = world.everything()
    look = client.post("/queue/chosen", data={"item": list(carried.values())})
    assert look.status_code == 200
    assert "Anchor Mills, Kickoff invitation: Checks fail: automation.tone" in text_of(look)
    assert "Override" not in text_of(look)
    assert {name: rows for name, rows in world.everything().items() if name != "sign_ins"} == {
        name: rows for name, rows in before.items() if name != "sign_ins"
    }
    form = {"action": "reject", "kind": EMAIL[0], "gate": EMAIL[1], "item": list(carried.values())}
    refused = client.post("/queue/decisions", data={**form, "reason_code": "duplicate", "text": "short 3"})
    assert refused.status_code == 422
    assert "short 3" in refused.text
    done = client.post("/queue/decisions", data={**form, "reason_code": "duplicate", "text": WORDS})
    assert "2 items were decided, each with an entry of its own in the log. 1 was left out." in text_of(done)
    assert "Anchor Mills, Kickoff invitation: Checks fail: automation.tone" in text_of(done)
    assert f"What you typed is kept here {WORDS}" in text_of(done)
    assert "data-form-taken" not in done.text, "the browser keeps its copy for the one that was left out"
    assert [world.item(item).state for item in (failing, *good)] == ["pending", "rejected", "rejected"]
    facts = [json.loads(entry.body)["facts"]["reason"] for entry in world.log() if entry.act == "item.reject"]
    assert facts == ["duplicate", "duplicate"]
    again = client.post("/queue/decisions", data={**form, "reason_code": "duplicate", "text": WORDS})
    assert "Nothing was decided 3 were left out." in text_of(again), "sent twice, it is done once"


def test_who_decides_nowhere_has_nothing_to_tick(client_for: Any, world: World) -> None:
    item = world.submit(drafts.email())
    assert tokens(client_for(AIKO).get("/queue?view=open")) == {}
    assert tokens(client_for(HELEN).get("/queue?view=decided")) == {}
    carried = tokens(client_for(DANA).get("/queue"))
    form = {"action": "approve", "kind": EMAIL[0], "gate": EMAIL[1], "item": carried[item]}
    done = client_for(AIKO).post("/queue/decisions", data={**form, "reason_code": "evidence-complete", "text": WORDS})
    assert "Nothing was decided 1 was left out." in text_of(done)
    assert world.decisions(item) == []


def test_no_line_and_no_nonsense_is_chosen(client_for: Any, world: World) -> None:
    """Nothing ticked, and values that no page of ours carries, lead back to the queue."""
    client = client_for(DANA)
    for item in ([], ["nonsense"], ["1~2"], ["0~a~b~c"], ["99999999999999999999~a~b~c"]):
        answer = client.post("/queue/chosen", data={"item": item})
        assert answer.status_code == 303, item
    unseen = client.post("/queue/chosen", data={"item": "99~a~b~c"})
    assert "Item 99: It is not there, or not yours to see" in text_of(unseen)
