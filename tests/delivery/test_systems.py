"""Systems: what was approved does not leave where the active policy's row does not allow it. On both engines."""

from __future__ import annotations

import json
from typing import Any

from reviewqueue.audit.events import EventType
from reviewqueue.db.tables.releases import ReleaseAttempt
from reviewqueue.delivery import manual_send
from reviewqueue.policy import policy_versions
from reviewqueue.policy.model.systems import FILE
from tests import northbeam
from tests.cast import DANA, PRIYA
from tests.support.releases import GATE, approved, opened, row, take
from tests.world import World

MESSAGES = 'write = ["messages"]\nwriting = "automatic"\n'


def activate(world: World, *, mail: bool) -> None:
    """From now on messages go out by e-mail, or e-mail may not be written and they go out by their automation."""
    files = northbeam.files()
    if mail:
        files[GATE] = files[GATE].replace('release = "automation"', 'release = "outgoing-mail"')
    else:
        files[FILE] = files[FILE].replace(MESSAGES, "")
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)


def test_a_row_that_was_narrowed_stops_what_was_approved_before(world: World, client_for: Any) -> None:
    """It fails with the row's file and line, on the log with whose approval asked; once it is allowed it goes out."""
    activate(world, mail=True)
    item = approved(world)
    activate(world, mail=False)
    assert take(world) is None
    assert row(world, item).state == "failed"
    with world.session() as session:
        (attempt,) = session.query(ReleaseAttempt).all()
    refusal = next(one for one in world.log(item) if one.act == EventType.SYSTEM_REFUSE)
    facts = json.loads(refusal.body)["facts"]
    assert facts == {
        "system": "email", "ask": "write messages", "row": facts["row"], "release": row(world, item).id,
        "to": "outgoing-mail", "approved_by": DANA.id,
    }  # fmt: skip
    assert facts["row"].startswith(f"{FILE}:")
    assert facts["row"] in attempt.says
    assert "RevOps or an admin proposes another row" in attempt.says
    assert opened(world) == ["nothing-sent"]
    page = client_for(PRIYA).get(f"/items/{item}").get_data(as_text=True)
    assert f"messages may not be written ({facts['row']})" in page
    activate(world, mail=True)
    with world.session() as session:
        manual_send.retry(session, PRIYA.id, item, "The row is back.", world.now)
    due = take(world)
    assert due is not None
    assert due.item_id == item


def test_the_rows_are_where_people_look(world: World, client_for: Any) -> None:
    """On the page Policy and at the go/no-go's Systems, each with file and line; in the worksheet what is read and released."""
    priya, lines = client_for(PRIYA), northbeam.files()[FILE].splitlines()
    place, crm = (
        f"{FILE}:{lines.index(f'key = {json.dumps(key)}') + 1 + more}" for key, more in (("billing", 0), ("crm", 2))
    )
    for path in ("/policy", "/lanes/mid-market-saas/go-no-go"):
        page = priya.get(path).get_data(as_text=True)
        assert place in page, path
        assert "plan, entitlement, status" in page
        assert "a project from an approved plan, files" in page
    sheet = priya.get("/lanes/mid-market-saas/worksheet").get_data(as_text=True)
    assert "Support desk: early tickets" in sheet
    assert "Billing: plan" not in sheet, "no connector reads it"
    assert "Its automation: whoever submitted it sends it" in sheet
    assert crm in sheet
