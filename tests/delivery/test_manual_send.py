"""By hand: who may say what became of a release, and how the room shows them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from reviewqueue.core.errors import Conflict, Forbidden, Invalid, NotFound
from reviewqueue.db import paging
from reviewqueue.delivery import manual_send, release_queries
from reviewqueue.items import item_context
from reviewqueue.people import actors
from tests import drafts
from tests.cast import AIKO, DANA, HELEN, LENA, MARCUS, PRIYA, SAM, Named
from tests.support.releases import WHY, a_source_moved, about_to_go, acts, an_exception, approved, row, send_by_hand
from tests.world import World

# (who, may they say that they sent it, may they give up)
WHO = [
    (DANA, True, True),
    (MARCUS, True, True),
    (HELEN, True, True),
    (PRIYA, False, True),
    (AIKO, False, False),
]


@pytest.mark.parametrize(("person", "sends", "drops"), WHO, ids=[one[0].name for one in WHO])
def test_who_may_say_what_became_of_it(world: World, person: Named, sends: bool, drops: bool) -> None:
    """Whoever may decide at the gate, RevOps for the rest; nobody who had a part in making it says that they sent it."""
    item = approved(world)
    with world.session() as session:
        shown = release_queries.panel(
            session, *seen_by(session, person, item, world.now), world.now, mail=True, cases=()
        )
    assert shown is not None
    assert (not shown.send_why, not shown.act_why) == (sends, drops)
    if not sends:
        with pytest.raises(Forbidden):
            send_by_hand(world, person, item)
    if not drops:
        with world.session() as session, pytest.raises(Forbidden):
            manual_send.give_up(session, person.id, item, WHY, world.now)
    if sends:
        with pytest.raises(Conflict, match="not what was approved"):
            send_by_hand(world, person, item, digest="0" * 64)
        with pytest.raises(Invalid, match="Nothing is recorded yet"):
            send_by_hand(world, person, item, words="done")
        send_by_hand(world, person, item)
        assert row(world, item).done_by_id == person.id
        assert acts(world, item) == ["release.send_by_hand", "release.release"]


def seen_by(session: Any, person: Named, item: int, now: datetime) -> tuple[item_context.ItemContext, Any]:
    """An item and a person, as the verbs take them."""
    actor = actors.load_actor(session, person.id, now)
    return item_context.load_visible(session, item, actor, now), actor


def test_who_made_it_does_not_send_it(world: World) -> None:
    """An editor is a maker of it; to others who may not see the item there is no release at all."""
    item = world.submit(drafts.email())
    world.decide(MARCUS, item, "edit", draft={**world.draft(item), "subject": "Our kickoff"})
    world.decide(DANA, item, "approve")
    with pytest.raises(Forbidden, match="Somebody else has to send it"):
        send_by_hand(world, MARCUS, item)
    with pytest.raises(NotFound):
        send_by_hand(world, LENA, item)
    send_by_hand(world, DANA, item)


def test_the_room_shows_what_holds_each(world: World, tmp_path: Path) -> None:
    """At the gates a person sees, newest first, page by page; in a handful of statements."""
    items = [about_to_go(world) for _ in range(4)]
    a_source_moved(world, items[1], tmp_path)
    an_exception(world, items[2], tmp_path)
    send_by_hand(world, DANA, items[3])
    with world.session() as session:

        def listed(person: Named, view: str = "") -> list[tuple[int, list[str]]]:
            actor = actors.load_actor(session, person.id, world.now)
            rows = release_queries.page(session, actor, view, paging.FIRST, world.now, mail=False).rows
            return [(one.item.id, list(one.holds)) for one in rows]

        first, second, third = listed(DANA)
        assert [first[0], second[0], third[0]] == [items[2], items[1], items[0]]
        assert "exception" in first[1][0]
        assert second[1] == ["a source changed and nobody has reviewed it"]
        assert third[1] == []
        assert [one for one, _ in listed(DANA, "released")] == [items[3]]
        assert listed(SAM) == listed(DANA, "trouble") == []
