"""Who brings an item back to its gate by resolving an exception: nobody who made it, nobody who does not see it, and
nobody from a page that is out of date."""

from __future__ import annotations

from typing import Any

import pytest

from reviewqueue.core.errors import Conflict
from tests import drafts
from tests.cast import DANA, HELEN, JONAS, MARCUS, PRIYA, RAVI, TOM
from tests.exceptions.test_exception_cases import WORDS, do, entries, opens
from tests.web.conftest import text_of
from tests.world import World


@pytest.mark.parametrize("escalates", [False, True], ids=["sent back", "sent back, then escalated by its maker"])
def test_who_made_it_does_not_undo_that_it_was_sent_back(world: World, escalates: bool) -> None:
    """Its editor resolves the exception: it stays, and the result says why. Somebody else returns it."""
    item = world.submit(drafts.packet())
    draft = world.draft(item)
    draft["sections"]["risks"]["risks"] = "None at all, all is well."
    world.decide(PRIYA, item, "edit", draft=draft)
    world.decide(JONAS, item, "send_back")
    if escalates:
        world.decide(PRIYA, item, "escalate", reason_code="commercial-mismatch", text=WORDS)
    else:
        opens(world, PRIYA, item, "timeline-risk")
    was = world.item(item).state
    ended = do(world, PRIYA, "resolve", outcome="back_to_gate")
    assert (ended.moved, world.item(item).state) == ((), was)
    assert "it was sent back, and you wrote this revision: somebody else returns it" in ended.stayed[item]
    case = opens(world, PRIYA, item, "timeline-risk")
    assert do(world, JONAS, "resolve", case, outcome="back_to_gate").moved == (item,)


@pytest.mark.parametrize("outcome", ["back_to_gate", "rejected", "decided_here"])
def test_who_does_not_see_it_neither_returns_it_nor_is_told_of_it(world: World, client_for: Any, outcome: str) -> None:
    """For the exception's owner the item is not there: it stays, the log says why, and they hear no more than the
    exception's page says."""
    item = world.submit(drafts.packet())
    world.decide(JONAS, item, "send_back")
    opens(world, PRIYA, item)
    ravi = client_for(RAVI)
    assert ravi.get(f"/items/{item}").status_code == 404
    assert "Back to the gate" not in text_of(ravi.get("/exceptions/1"))
    ended = do(world, RAVI, "resolve", outcome=outcome)
    assert (ended.moved, dict(ended.stayed), ended.hidden) == ((), {}, 1)
    assert world.item(item).state == "sent_back"
    assert entries(world)[-1] == (RAVI.actor, "exception.resolve", item)


@pytest.mark.parametrize("outcome", ["back_to_gate", "rejected"])
def test_a_page_that_is_out_of_date_changes_nothing(world: World, outcome: str) -> None:
    """What was edited since it was seen is neither returned nor rejected; the exception stays open, too."""
    item = world.submit(drafts.email())
    opens(world, HELEN, item, "timeline-risk")
    seen = world.seen(item)
    world.decide(DANA, item, "edit", draft={**world.draft(item), "subject": "Another subject"})
    world.decide(MARCUS, item, "send_back")
    before = world.everything()
    with pytest.raises(Conflict, match="changed while you were reading: revision 2 by Dana Whitfield"):
        do(world, HELEN, "resolve", outcome=outcome, reason="duplicate", drafts={item: seen})
    assert world.everything() == before
    assert do(world, TOM, "resolve", outcome="back_to_gate", drafts={item: world.seen(item)}).moved == (item,)
