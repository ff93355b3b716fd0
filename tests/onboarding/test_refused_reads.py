"""Systems: a connector reads what the active policy's rows allow, and a file with more than that is refused whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from reviewqueue.audit.events import EventType
from reviewqueue.db.tables.onboardings import SourceRecord
from reviewqueue.onboarding import crm_import
from reviewqueue.policy import policy_versions
from reviewqueue.policy.model.systems import FILE
from tests import northbeam
from tests.world import World

TICKETS = 'connectors = ["hubspot", "salesforce"]\nread = ["tickets"]\n'


def test_a_file_with_more_than_the_row_allows_is_refused_whole(world: World, tmp_path: Path) -> None:
    """Nothing of it is kept, also what stands before; the log has row and file, once; the other file is imported."""
    files = northbeam.files()
    files[FILE] = files[FILE].replace(TICKETS, TICKETS.replace('"hubspot", ', ""))
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)
    company = {"id": "7001", "properties": {"name": "Marlow Freight Inc.", "domain": "marlowfreight.example"}}
    ticket = {"id": "9001", "properties": {"subject": "Login", "hs_ticket_priority": "HIGH"}}
    mixed = _file(tmp_path / "mixed.json", [company, ticket, {**ticket, "id": "9002"}])
    clean = _file(tmp_path / "companies.json", [company])
    with world.session() as session:
        done = crm_import.run(session, "hubspot", [mixed], world.now)
        assert (done.refused, world.count(SourceRecord)) == (1, 0)
        done = crm_import.run(session, "hubspot", [mixed, clean], world.now)
    assert (done.refused, world.count(SourceRecord)) == (1, 1)
    first, _again = (one for one in world.log() if one.act == EventType.SYSTEM_REFUSE)
    support = files[FILE].splitlines().index('key = "support"')
    facts, place = json.loads(first.body)["facts"], f"{FILE}:{support + 2}"
    assert facts == {
        "system": "support", "ask": "read by hubspot", "row": place, "connector": "hubspot", "file": "mixed.json",
        "object": "TICKET",
    }  # fmt: skip
    assert first.actor.startswith("automation:")
    (why,) = (one["why"] for one in done.details if one["outcome"] == "refused")
    assert (
        f"mixed.json was not imported: it has a TICKET. Support desk: the connector hubspot may not read it ({place})"
        in why
    )


def _file(path: Path, records: list[dict[str, Any]]) -> Path:
    path.write_text(json.dumps({"results": records}), encoding="utf-8")
    return path
