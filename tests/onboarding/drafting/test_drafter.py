"""Whose drafter it is: ours, or an organisation's own that a setting names; the one the documentation shows works."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from reviewqueue.core.errors import DomainError
from reviewqueue.onboarding.drafting.compose import compose
from reviewqueue.onboarding.drafting.drafter import load_drafter
from tests.support.draft_chain import begun, draft, of_kind
from tests.world import World

SHOWN = Path(__file__).parents[3] / "docs" / "operating.md"


@pytest.fixture
def engine_name() -> str:
    """What a drafter writes is the same on either engine."""
    return "sqlite"


@pytest.fixture
def ours(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module of the documentation, as an organisation would install it."""
    (code,) = re.findall(r"```python\n(.*?)```", SHOWN.read_text(encoding="utf-8"), re.DOTALL)
    module: Any = ModuleType("ours.drafts")
    exec(code, module.__dict__)
    module.nothing = 7
    monkeypatch.setitem(sys.modules, "ours", ModuleType("ours"))
    monkeypatch.setitem(sys.modules, "ours.drafts", module)
    return module  # type: ignore[no-any-return]


def test_without_a_setting_it_is_ours() -> None:
    assert load_drafter("") is compose


def test_the_drafter_of_the_documentation_writes_our_drafts(world: World, ours: ModuleType) -> None:
    """Its words are in the draft, and the draft waits at its gate with checks like any other."""
    assert "REVIEWQUEUE_DRAFTER=ours.drafts:friendlier" in SHOWN.read_text(encoding="utf-8")
    begun(world)
    draft(world, load_drafter("ours.drafts:friendlier"))
    (welcome,) = of_kind(world, "customer_email")
    assert "Warm regards" in world.draft(welcome.id)["body"]
    assert (welcome.gate, welcome.state) == ("customer-communication", "pending")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("ours.drafts", "package.module:name"),
        (":friendlier", "package.module:name"),
        ("nobodys.drafts:friendlier", "ModuleNotFoundError"),
        ("ours.drafts:absent", "AttributeError"),
        ("ours.drafts:nothing", "it is not a function"),
        ("..:x", "cannot be loaded"),
    ],
)
def test_one_that_cannot_be_had_is_refused_with_the_mend(ours: ModuleType, name: str, says: str) -> None:
    with pytest.raises(DomainError, match="REVIEWQUEUE_DRAFTER") as refused:
        load_drafter(name)
    assert says in refused.value.says
    assert repr(name) in refused.value.says
