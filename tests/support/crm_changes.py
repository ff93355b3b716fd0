"""Moves: what the CRM says later of the records that the drafts of the tests rest on, and who says that it is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sqlalchemy import select

from reviewqueue.db.tables.evidence import Correction, SourceChangeRow
from reviewqueue.db.tables.items import Claim
from reviewqueue.items import acknowledge_change, item_context, seen_version
from reviewqueue.items.submission_rules import Submission
from reviewqueue.onboarding import crm_import
from reviewqueue.onboarding.import_run import ImportResult
from tests.cast import Named
from tests.world import World

START = "/Start_Date__c"
WHY = "Rosa wrote that they start after Easter."


def says_now(world: World, folder: Path, submission: Submission, /, ref: str = "deal", **changes: Any) -> ImportResult:
    """Import the record that a draft calls `ref` as the CRM has it now, with those fields changed; None takes one out."""
    source = submission.drafted.sources[ref]
    record = {**source.payload, "attributes": {"type": source.object}, "LastModifiedDate": str(changes), **changes}
    kept = {name: value for name, value in record.items() if value is not None}
    path = folder / "again.json"
    path.write_text(json.dumps({"totalSize": 1, "done": True, "records": [kept]}))
    with world.session() as session:
        return crm_import.run(session, "salesforce", [path], world.now)


def moves(world: World, item_id: int, *, waiting: bool = True) -> list[SourceChangeRow]:
    """What moved under an item: what waits for a look, or all of it."""
    query = select(SourceChangeRow).where(SourceChangeRow.item_id == item_id).order_by(SourceChangeRow.id)
    with world.session() as session:
        return list(session.scalars(query.where(SourceChangeRow.looked_at.is_(None)) if waiting else query))


def paths(world: World, item_id: int) -> list[str]:
    """The cited fields of an item that wait for a look."""
    return [one.path for one in moves(world, item_id)]


def look(
    world: World,
    person: Named,
    item: int,
    *,
    seen: seen_version.SeenVersion | None = None,
    ticked: Any = None,
    text: str = "",
    reason: str = "still-right",
) -> int:
    """A person looks again at what moved, all of it unless told."""
    chosen = [one.id for one in moves(world, item)] if ticked is None else ticked
    with world.session() as session:
        request = acknowledge_change.LookRequest(chosen, reason, text)
        return acknowledge_change.acknowledge(session, person.id, item, request, seen or world.seen(item), world.now)


def claim_of(world: World, item: int, path: str) -> int:
    """The claim that stands for a field on the edit page of an item."""
    with world.session() as session:
        context = item_context.load(session, item, world.now)
        query = select(Claim.id).where(Claim.revision_id == context.revision.id, Claim.path == path)
        return session.scalars(query.order_by(Claim.id)).first() or 0


def doubt(world: World, person: Named, item: int, **said: Any) -> int:
    """A person edits the start date in a draft and says that the CRM is wrong; returns the correction's id."""
    draft = json.loads(json.dumps(world.draft(item)).replace("2026-03-23", "2026-04-07"))
    whole = {"claim": claim_of(world, item, START), "proposed": "2026-04-07", "draft": draft, "text": WHY, **said}
    world.decide(person, item, "edit", reason_code="source-wrong", **whole)
    with world.session() as session:
        return session.scalars(select(Correction.id).order_by(Correction.id.desc())).first() or 0
