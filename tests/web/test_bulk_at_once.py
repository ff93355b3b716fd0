"""Bulk at once: people whose lists share items decide them at one moment. Each item is decided once; who came later is
told who decided it, when and for which reason, and keeps what they typed."""

from __future__ import annotations

from collections import Counter
from html import unescape
from typing import Any

import pytest

from reviewqueue.review import bulk
from tests import drafts
from tests.cast import DANA, MARCUS, TOM, Named
from tests.support import concurrency
from tests.web.conftest import text_of
from tests.web.test_bulk import EMAIL, tokens
from tests.web.test_bulk_opened import ticks
from tests.world import World

ROUNDS, ITEMS = 5, 4
REASONS = {"approve": "evidence-complete", "reject": "duplicate"}
LABEL = {
    "approve": "Complete, and every statement rests on its source",
    "reject": "Duplicate of another onboarding or draft",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Races are run on both engines."""
    name: str = request.param
    return name


def prepared(client: Any, act: str, words: str) -> dict[str, Any]:
    """What the form of that act sends once every draft on the page is opened and ticked."""
    carried = list(tokens(client.get("/queue")).values())
    given = list(ticks(client.post("/queue/chosen", data={"item": carried})).values())
    where = {"action": act, "kind": EMAIL[0], "gate": EMAIL[1]}
    return {**where, "item": carried, "opened": given, "reason_code": REASONS[act], "text": words}


def raced(clients: list[Any], forms: list[dict[str, Any]]) -> list[Any]:
    """What each was answered who sent their form at the same moment, every other one from the last item on."""

    def go(number: int) -> Any:
        order = -1 if number % 2 else 1
        form = {**forms[number], "item": forms[number]["item"][::order]}
        return clients[number].post("/queue/decisions", data=form)

    came = concurrency.at_once(len(clients), go)
    assert [getattr(answer, "status_code", answer) for answer in came] == [200] * len(clients)
    return came


def told(answer: Any) -> Counter[str]:
    """Why items were left out, each with how many."""
    lines = unescape(answer.get_data(as_text=True)).partition("left-title")[2].split("<li>")[1:]
    return Counter(line.partition("<strong>")[2].partition("</strong>")[0] for line in lines)


@pytest.mark.parametrize(
    "people", [(DANA, MARCUS), (DANA, DANA), (DANA, MARCUS, TOM)], ids=["two", "two tabs", "three"]
)
@pytest.mark.parametrize("acts", [("approve", "approve"), ("approve", "reject")], ids=" and ".join)
def test_each_item_is_decided_once_and_the_others_are_told_who_did(
    client_for: Any, world: World, people: tuple[Named, ...], acts: tuple[str, ...]
) -> None:
    """One decision, one entry and one message for each; the losers read who won, when and why."""
    clients = [client_for(person) for person in people]
    for number in range(ROUNDS):
        items = [world.submit(drafts.email(drafts.deal(f"Customer {number}-{one}"))) for one in range(ITEMS)]
        does = [acts[one % 2] for one in range(len(clients))]
        words = [f"{person.name} typed these words in tab {one}." for one, person in enumerate(people)]
        came = raced(clients, [prepared(clients[one], does[one], words[one]) for one in range(len(clients))])
        made = {item: world.decisions(item) for item in items}
        assert [len(one) for one in made.values()] == [1] * ITEMS
        expected = [Counter[str]() for _ in clients]
        for (one,) in made.values():
            assert [entry.act for entry in world.log(one.item_id)].count(f"item.{one.action}") == 1
            assert [message.type for message in world.outbox(one.item_id)] == ["item.decided"]
            assert world.item(one.item_id).state == {"approve": "approved", "reject": "rejected"}[one.action]
            winner = words.index(one.text)
            for loser in set(range(len(clients))) - {winner}:
                who = "you" if people[loser] is people[winner] else people[winner].name
                state = world.item(one.item_id).state
                expected[loser][
                    f"It is {state} already, by {who} on {one.at:%d %b %H:%M} UTC, “{LABEL[one.action]}”"
                ] += 1
        assert [told(answer) for answer in came] == expected
        for one, answer in enumerate(came):
            assert ("data-form-taken" in answer.text) == (not expected[one])
            assert not expected[one] or f"What you typed is kept here {words[one]}" in text_of(answer)
    assert world.verify().holds


def test_a_draft_that_is_revised_between_tick_and_submit_is_left_out(client_for: Any, world: World) -> None:
    """A colleague edits while another approves together: what is approved is what was ticked, or nothing is."""
    dana, marcus = client_for(DANA), client_for(MARCUS)
    for number in range(ROUNDS):
        moved, fine = (world.submit(drafts.email(drafts.deal(f"Customer {number}-{one}"))) for one in range(2))
        form, seen = prepared(dana, "approve", "Dana typed these words."), world.seen(moved)
        draft = {**world.draft(moved), "subject": "Kickoff, our proposal"}

        def go(
            runner: int, form: dict[str, Any] = form, moved: int = moved, draft: Any = draft, seen: Any = seen
        ) -> Any:
            if runner:
                return world.decide(MARCUS, moved, "edit", draft=draft, seen=seen)
            return dana.post("/queue/decisions", data=form)

        answer, edited = concurrency.at_once(2, go)
        assert answer.status_code == 200
        assert world.item(fine).state == "approved"
        if isinstance(edited, Exception):
            assert (world.item(moved).state, world.seen(moved)) == ("approved", seen)
            continue
        assert world.item(moved).state == "pending"
        assert told(answer) == {"It changed since you looked: revision 2 by Marcus Oyelaran is there now": 1}
        assert "What you typed is kept here Dana typed these words." in text_of(answer)
        world.decide(DANA, moved, "reject")
    assert marcus.get("/queue").status_code == 200


@pytest.mark.parametrize(("act", "words"), [("reject", "short 3"), ("approve", "Dana typed these words.")])
def test_words_are_kept_where_the_act_is_not_open_any_more(
    client_for: Any, world: World, monkeypatch: pytest.MonkeyPatch, act: str, words: str
) -> None:
    """The form is refused, and a colleague decides before it is given back: its place is gone, what was typed is not."""
    item, decide = world.submit(drafts.email()), bulk.decide
    dana = client_for(DANA)
    form = {**prepared(dana, act, words), "opened": []}
    refused = dana.post("/queue/decisions", data=form)
    assert (refused.status_code, "What you typed is kept here" in refused.text) == (422, False)

    def beaten(*asked: Any) -> bulk.BulkResult:
        try:
            return decide(*asked)
        finally:
            asked[0].rollback()
            world.decide(MARCUS, item, "approve")

    monkeypatch.setattr(bulk, "decide", beaten)
    back = dana.post("/queue/decisions", data=form)
    assert back.status_code == 422
    assert "It is approved already, by Marcus Oyelaran" in text_of(back)
    assert f"What you typed is kept here {words}" in text_of(back)
