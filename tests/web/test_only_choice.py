"""Where a form of an exception leaves only one choice, it is chosen already."""

from __future__ import annotations

import re
from typing import Any

import pytest

from reviewqueue.policy import loading, policy_versions
from tests import drafts
from tests.cast import DANA, HELEN, TOM
from tests.world import WORDS, World


def test_the_only_end_of_an_exception_is_chosen(client_for: Any, world: World) -> None:
    """Its items are decided, so nothing else can become of them; while one is open, there are three and none is chosen."""
    item = world.submit(drafts.email())
    world.decide(DANA, item, "escalate", text=WORDS)
    tom = client_for(TOM)
    assert re.findall(r'name="outcome" value="\w+"( checked)?', tom.get("/exceptions/1").text) == ["", "", ""]
    world.decide(HELEN, item, "reject")
    assert re.findall(r'name="outcome" value="(\w+)" checked', tom.get("/exceptions/1").text) == ["decided_here"]


@pytest.mark.parametrize("categories", [1, 2])
def test_the_only_category_is_chosen(client_for: Any, world: World, categories: int) -> None:
    files = loading.files_in(loading.SHIPPED)
    parts = files["exceptions.toml"].split("[[category]]")
    known = re.findall(r'key = "([^"]*)"', parts[1])[0]
    head = re.sub(r'^(\w+) = "[a-z-]+"', rf'\1 = "{known}"', parts[0], flags=re.M)
    files["exceptions.toml"] = "[[category]]".join([head, *parts[1 : 1 + categories]])
    item = world.submit(drafts.email())
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)
    page = client_for(DANA).get(f"/exceptions/new?item={item}").text
    offered = re.findall(r'<select[^>]*name="category".*?</select>', page, re.S)[0]
    assert offered.count("<option") == (1 if categories == 1 else 3)
    assert ('value=""' in offered) == (categories > 1)
