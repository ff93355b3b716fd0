"""Numbers in the tables of a draft: only a plain one is saved, and what is none is refused at its place."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape
from typing import Any

import pytest

from tests import drafts
from tests.cast import DANA
from tests.web.test_draft_tables import BRIEF, opened, press, sent
from tests.world import World


def brief(world: World) -> int:
    return world.submit(drafts._submission(drafts.deal(), "kickoff_brief", "Kickoff brief", BRIEF, ()))


@pytest.mark.parametrize("added", [False, True])
@pytest.mark.parametrize(
    "typed", ["9" * 5000, "1e999999999", "1E5", "1_000", "١٢", "NaN", "--5", "0x10", "5,5", "soon"]
)
def test_what_is_no_plain_number_is_refused_at_its_place(
    client_for: Any, world: World, typed: str, added: bool
) -> None:
    item, client = brief(world), client_for(DANA)
    page = opened(client, item)
    page = press(client, item, page, "add::/agenda") if added else page
    cell, before = f"agenda/{'%2B1' if added else 0}/minutes", world.everything()
    refused = press(client, item, page, **{cell: typed, "agenda/1/topic": "What comes next"})
    assert refused.status_code == 422
    says = unescape(re.sub("<[^>]*>", "", refused.get_data(as_text=True)))
    assert f"“{typed[:40]}” is no number. Write it in at most 30 digits, such as 15 or 1.5." in says
    assert sent(refused)[f"draft:/{cell}"] == typed
    assert sent(refused)["draft:/agenda/1/topic"] == "What comes next"
    assert world.everything() == before


@pytest.mark.parametrize(
    ("typed", "number"), [(" 25 ", 25), ("-3", -3), ("+4", 4), ("5.50", Decimal("5.50")), ("", "")]
)
def test_a_plain_number_is_saved_with_its_digits(client_for: Any, world: World, typed: str, number: Any) -> None:
    item, client = brief(world), client_for(DANA)
    assert press(client, item, opened(client, item), **{"agenda/0/minutes": typed}).status_code == 303
    saved = world.draft(item)["agenda"][0]["minutes"]
    assert (str(saved), type(saved)) == (str(number), type(number))
