"""B11: a customer is found by their name however it is encoded, accented and written: in filters and in drafts."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import pytest
from sqlalchemy import select, update

from reviewqueue.db.database import writing
from reviewqueue.db.tables.items import Check, Item
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.evidence.types import DraftWithEvidence
from reviewqueue.items import check_context
from tests import drafts
from tests.cast import AIKO, DANA
from tests.world import World

NAME = "Genève Crémerie"
WRITTEN = ["Genève Crém", unicodedata.normalize("NFD", "Genève Crém"), "geneve crem", "GENEVE", "Genève\u00a0Crémerie"]


@pytest.fixture(params=["NFC", "NFD"])
def item(request: Any, world: World) -> int:
    """A draft for a customer whose name came composed, or taken apart; and one for somebody else."""
    world.submit(drafts.email(drafts.deal("Anchor Mills")))
    return world.submit(drafts.email(drafts.deal(unicodedata.normalize(request.param, NAME))))


@pytest.mark.parametrize("typed", WRITTEN)
def test_the_filters_find_them(client_for: Any, item: int, typed: str) -> None:
    queue = client_for(AIKO).get("/queue", query_string={"view": "open", "customer": typed}).get_data(as_text=True)
    assert [int(found) for found in re.findall(r'href="/items/(\d+)\?[^"]*" data-key-row', queue)] == [item]
    page = client_for(DANA).get("/onboardings", query_string={"customer": typed}).get_data(as_text=True)
    assert "Anchor Mills" not in page
    assert NAME in unicodedata.normalize("NFC", page)


@pytest.mark.parametrize("typed", ["Genève Crém", unicodedata.normalize("NFC", "genève")])
def test_keys_from_before_are_found_too(world: World, client_for: Any, item: int, typed: str) -> None:
    """Their accents are still in the key: whoever types them finds it."""
    with world.session() as session, writing(session):
        for table in (Item, Onboarding):
            session.execute(
                update(table).where(table.customer_key != "anchor mills").values(customer_key="genève crémerie")
            )
    queue = client_for(AIKO).get("/queue", query_string={"view": "open", "customer": typed}).get_data(as_text=True)
    assert f"/items/{item}?" in queue


@pytest.mark.parametrize(
    "written", ["Genève Crémerie", unicodedata.normalize("NFD", "Genève Crémerie"), "Geneve Cremerie"]
)
def test_another_customers_name_is_seen(world: World, item: int, written: str) -> None:
    """In a message to somebody else: found, and the check fails."""
    draft = DraftWithEvidence("customer_email", "", {"body": f"As we did for {written} last month."})
    with world.session() as session:
        (found,) = check_context.other_customers(session, draft)
    assert unicodedata.normalize("NFC", found) == NAME
    told = world.submit(drafts.email(body=drafts.BODY.replace("choosing us", f"choosing us, as {written} did")))
    with world.session() as session:
        failed = session.scalars(select(Check.key).where(Check.outcome == "fail")).all()
    assert "secret.other-customer" in failed, told
