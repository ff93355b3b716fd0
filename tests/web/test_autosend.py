"""Sending, on the page: what each message takes, what stands and on whose word, and standing one down."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from reviewqueue.db.tables.autosend import StandingApproval
from reviewqueue.db.tables.items import Item
from reviewqueue.lanes.autosend import sending
from tests import drafts
from tests.cast import AIKO, DANA, HELEN, PRIYA
from tests.support import standing_approvals
from tests.web.conftest import text_of
from tests.world import World

HERE = f"/lanes/{drafts.LANE}/sending"
DOWN = f"{HERE}/{standing_approvals.MESSAGE}/stand-down"


def test_what_is_lacking_and_where_to_propose_it(world: World, client_for: Any) -> None:
    """Numbers beside their bars; the way to a proposal opens with the last of them, with the file filled in."""
    standing_approvals.load(world, standing_approvals.files(None, "pilot"))
    page = text_of(client_for(AIKO).get(HERE))
    for says in (
        "Decided by people 0 at least 50 not met",
        "Task of the customer is complete",
        "These are never sent automatically",
    ):
        assert says.casefold() in page.casefold(), says
    standing_approvals.past(world, 80)
    client = client_for(PRIYA)
    shown = client.get(HERE)
    assert "100 % (95 to 100 %, n=80), lower bound 95.4%" in text_of(shown)
    way = f"/policy/replay?file=lanes/{drafts.LANE}.toml&amp;automatic={standing_approvals.MESSAGE}"
    assert shown.text.count("Propose that it is sent automatically") == shown.text.count(way) == 1
    filled = client.get(way.replace("&amp;", "&")).text
    assert f"sending = &#34;automatic&#34;\nautomatic_since = {world.now.date()}" in filled
    assert "Propose that it is" not in client_for(DANA).get(HERE).text


@pytest.mark.furnished(standing_approvals.EARNED)
def test_it_stands_and_is_stood_down(world: World, client_for: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """On whose decision, and what came of it; an item that sent automatically says so; one who may stops it at once."""
    drawn = iter((True, False))
    monkeypatch.setattr(sending, "is_sampled", lambda *_: next(drawn))
    sampled, went = standing_approvals.another(world), standing_approvals.another(world)
    reader, client = client_for(AIKO), client_for(HELEN)
    page = text_of(reader.get(HERE))
    assert "on the decision of Priya Raman and Jonas Petersen" in page
    assert (
        "1 were sent automatically, 1 was drawn for a person to review; of the 0 decided there, people caught 0" in page
    )
    assert "Stop automatic sending" not in page
    shown = text_of(client_for(DANA).get(f"/items/{went}"))
    assert "It was sent automatically" in shown
    assert "drawn for a person to review" in text_of(client_for(DANA).get(f"/items/{sampled}"))
    for view in ("/queue?view=decided", "/releases", "/onboardings", f"/items/{went}/revisions/1"):
        assert reader.get(view).status_code == 200, view
    refused = client.post(DOWN, data={"why": "no"})
    assert (refused.status_code, 'aria-invalid="true"' in refused.text) == (422, True)
    assert client_for(DANA).post(DOWN, data={"why": "They are too many."}).status_code == 403
    told = client.post(DOWN, data={"why": "They are too many."}, follow_redirects=True)
    assert "What had not been sent waits at its gate" in text_of(told)
    assert "Stopped by hand" in text_of(told)
    assert "nothing to stop" in text_of(client.post(DOWN, data={"why": "Again, to be sure."}, follow_redirects=True))
    with world.session() as session:
        assert session.scalars(select(Item.state).where(Item.id == went)).one() == "pending"
        assert session.scalars(select(StandingApproval.down_by)).one() == HELEN.actor
    assert "Task complete" in text_of(reader.get("/releases?view=given_up"))
    assert "was not sent" in text_of(client_for(DANA).get(f"/items/{went}"))
