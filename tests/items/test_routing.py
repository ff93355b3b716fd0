"""Where a draft goes when it comes."""

from __future__ import annotations

from dataclasses import replace

from tests import drafts
from tests.world import World


def test_an_item_in_another_currency_waits_for_a_person_and_says_so(world: World) -> None:
    """Neither escalated nor passed: it is pending, marked, and its reason names the rule."""
    about = drafts.deal()
    sent = drafts.packet(about)
    record = sent.drafted.sources["deal"]
    yen = replace(record, payload={**record.payload, "CurrencyIsoCode": "JPY"})
    sent = replace(sent, drafted=replace(sent.drafted, sources={**sent.drafted.sources, "deal": yen}))
    item = world.item(world.submit(sent))
    assert item.state == "pending"
    assert "not compared: JPY" in item.why
