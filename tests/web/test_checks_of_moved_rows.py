"""What an automation's own check found in a row goes where the row goes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from reviewqueue.db.tables.items import Check
from reviewqueue.evidence.types import CheckResult
from tests.cast import INES
from tests.web.test_draft_tables import AT, opened, plan, press
from tests.world import World


@pytest.mark.parametrize(
    ("button", "typed", "at"),
    [
        (f"down:0:{AT}", {}, f"{AT}/1/owner"),
        (f"remove:0:{AT}", {"milestones/1/depends": "", "milestones/3/depends": ""}, AT),
    ],
)
def test_an_automations_check_goes_with_its_row(
    client_for: Any, world: World, button: str, typed: dict[str, str], at: str
) -> None:
    """Of a row that was removed it is said of the list."""
    found = CheckResult("owner-left", "warn", False, "Its owner has left.", at=f"{AT}/0/owner", origin="Handoff agent")
    item, client = world.submit(replace(plan(), checks=(found,))), client_for(INES)
    page = press(client, item, opened(client, item), button, **typed)
    assert press(client, item, page).status_code == 303
    with world.session() as session:
        mine = select(Check.at).where(Check.key.endswith("owner-left")).order_by(Check.revision_id)
        assert session.scalars(mine).all() == [f"{AT}/0/owner", at]
