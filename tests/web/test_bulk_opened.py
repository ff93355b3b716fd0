"""Approving together is never blind: what was opened at its digests, or what passes every check and no customer reads."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

from reviewqueue.review import bulk
from tests import drafts
from tests.cast import AIKO, DANA, MARCUS, PRIYA, Named
from tests.web.conftest import text_of
from tests.web.test_bulk import EMAIL, portal_update, together, tokens, whys
from tests.world import WORDS, World


@pytest.fixture(params=["sqlite", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """What is decided together is tested on both engines."""
    name: str = request.param
    return name


def warned() -> Any:
    """A packet about which a check warns."""
    return drafts.with_check(drafts.packet(), "automation.tone", outcome="warn")


PACKET = ("handoff_packet", "handoff-quality")
BLIND: list[tuple[str, Callable[[], Any], tuple[str, str], Named, bool, str, str]] = [
    ("a customer reads it, unopened", drafts.email, EMAIL, DANA, False, "A customer reads it, and you have not opened it", ""),
    ("a customer reads it, opened", drafts.email, EMAIL, DANA, True, "", "opened"),
    (
        "in the portal_update, unopened",
 portal_update, ("portal_update", EMAIL[1]), DANA, False, "A customer reads it, and you have not opened it", "",
    ),
    ("no customer reads it and every check passes", drafts.packet, PACKET, PRIYA, False, "", "passes"),
    ("the same, opened", drafts.packet, PACKET, PRIYA, True, "", "opened"),
    (
        "a check warns, unopened",
        warned, PACKET, PRIYA, False, "Not every check passes: automation.tone, and you have not opened it", "",
    ),
    ("a check warns, opened", warned, PACKET, PRIYA, True, "", "opened"),
    (
        "a check fails: opening it is not enough",
        lambda: drafts.with_check(drafts.email(), "automation.tone"), EMAIL, DANA, True,
        "Checks fail: automation.tone", "",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("why", "draft", "at", "person", "opened", "says", "on"), BLIND, ids=[row[0] for row in BLIND])
def test_nothing_is_approved_blind(
    world: World,
    why: str,
    draft: Callable[[], Any],
    at: tuple[str, str],
    person: Named,
    opened: bool,
    says: str,
    on: str,
) -> None:
    """Only what was opened, or what passes every check and no customer reads; the log says on which of the two."""
    item = world.submit(draft())
    what = [bulk.ChosenItem(item, world.seen(item), opened=opened)]
    with world.session() as session:
        done = bulk.decide(session, person.id, at, what, world.ask("approve"), world.now)
    assert whys(done) == ({item: says} if says else {}), why
    made = [json.loads(one.body)["facts"] for one in world.log(item) if one.act == "item.approve"]
    assert [facts["together"] for facts in made] == ([on] if on else [])


@pytest.mark.parametrize("action", ["send_back", "reject", "escalate"])
def test_what_is_not_approved_need_not_be_opened(world: World, action: str) -> None:
    """And its entry says nothing about it; nor does that of an approval on the item's own page."""
    item, alone = world.submit(drafts.email()), world.submit(drafts.email())
    done = together(world, [bulk.ChosenItem(item, world.seen(item))], action)
    assert [line.item_id for line in done.done] == [item]
    world.decide(DANA, alone, "approve")
    for entry in (*world.log(item), *world.log(alone)):
        assert "together" not in json.loads(entry.body)["facts"]


def ticks(answer: Any) -> dict[int, str]:
    """The tick under each draft of the page."""
    found = re.findall(r'<details class="bulk-draft".*?</details>', answer.get_data(as_text=True), re.S)
    return {
        int(re.findall(r'href="/items/(\d+)"', one)[0]): unescape(re.findall(r'name="opened" value="([^"]*)"', one)[0])
        for one in found
    }


def test_each_draft_is_shown_whole_and_taken_when_it_is_ticked(client_for: Any, world: World) -> None:
    """Receivers, warnings and text are there, folded; the tick is inside of the fold, and counts for this person, this
    draft and these digests alone."""
    items = [
        world.submit(drafts.with_check(drafts.email(drafts.deal(name)), "automation.tone", outcome="warn"))
        for name in ("Birch & Co", "Cedar Foods", "Dover Rail")
    ]
    dana, marcus = client_for(DANA), client_for(MARCUS)
    carried = tokens(dana.get("/queue"))
    look = dana.post("/queue/chosen", data={"item": list(carried.values())})
    page = text_of(look)
    for expected in (
        "rosa@marlowfreight.example",
        "Kickoff invitation",
        "thank you for choosing us",
        "automation.tone",
    ):
        assert page.count(expected) >= len(items), expected
    ids = re.findall(r' id="([^"]+)"', look.get_data(as_text=True))
    assert len(ids) == len(set(ids)), "several drafts on one page share no anchor"
    mine, theirs = ticks(look), ticks(marcus.post("/queue/chosen", data={"item": list(carried.values())}))
    assert set(mine) == set(items)
    form = {
        "action": "approve", "kind": EMAIL[0], "gate": EMAIL[1], "item": list(carried.values()),
        "reason_code": "evidence-complete", "text": WORDS,
    }  # fmt: skip
    for given in ([], list(theirs.values()), ["nonsense", mine[items[0]] + "x"], list(carried.values())):
        back = dana.post("/queue/decisions", data={**form, "opened": given})
        assert back.status_code == 422
        assert "Nothing was decided: no draft that has to be opened first is ticked." in text_of(back), given
        assert "Birch & Co, Kickoff invitation: A customer reads it, and you have not opened it" in text_of(back)
        whole = back.get_data(as_text=True)
        for item in items:
            assert whole.count(f'href="#draft-{item}"') == whole.count(f' id="draft-{item}"') == 1, "the place to tick"
        assert re.search(r'selected value="evidence-complete"', whole), "the reason is kept"
        assert f">\n{WORDS}</textarea>" in whole.replace("\r", ""), "and the words"
        assert [world.decisions(item) for item in items] == [[], [], []]
    refused = dana.post("/queue/decisions", data={**form, "reason_code": "", "opened": mine[items[0]]})
    assert refused.status_code == 422
    assert re.findall(r'name="opened" value="[^"]*" checked', refused.get_data(as_text=True)) != []
    moved = items[1]
    world.decide(MARCUS, moved, "edit", draft={**world.draft(moved), "subject": "Kickoff, our proposal"})
    done = dana.post("/queue/decisions", data={**form, "opened": [mine[items[0]], mine[moved]]})
    assert "1 item was decided" in text_of(done)
    assert [world.item(item).state for item in items] == ["approved", "pending", "pending"]
    shown = text_of(client_for(AIKO).get(f"/log?item={items[0]}&act=item.approve"))
    assert "Approved together with others, after it was opened." in shown
