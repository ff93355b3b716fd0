"""What newer migrations fill in on a database that has lived: the models' checks (0013), who brought a record (0014), what
a decision saw and denied (0015, 0016), which record is the newest (0017); and the same again after going down."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from reviewqueue.core import canonical_json
from reviewqueue.core.vocabulary import TO_CUSTOMERS
from reviewqueue.db import migrate
from reviewqueue.db.database import writing
from reviewqueue.db.tables.items import Decision, Item, Revision
from reviewqueue.db.tables.model_checks import ModelCheck, ModelResult
from reviewqueue.db.tables.onboardings import DealChange, SourceArrival, SourceRecord
from reviewqueue.evidence import source_records
from reviewqueue.evidence.types import Source
from reviewqueue.items import approvals, intake, item_context
from tests import drafts
from tests.cast import DANA, HELEN, PRIYA
from tests.db.test_triggers import refused
from tests.items.test_model_checks import run as run_check
from tests.support.crm_changes import says_now
from tests.support.databases import Run
from tests.support.releases import tell
from tests.world import World


def again(world: World, run: Run, older: str) -> None:
    """Down to an older version, and up again."""
    migrate.downgrade(world.place.owner_url, older)
    migrate.upgrade(world.place.owner_url, app_role=run.role(world.place.dialect))


def of_every_state(world: World) -> dict[str, int]:
    """A message in each state that matters, one with an older revision, and a draft that is no message."""
    names = ("released", "approved", "open", "edited", "escalated", "sent back", "rejected")
    items = {name: world.submit(drafts.email(drafts.deal(f"Customer {name}"))) for name in names}
    world.decide(DANA, items["released"], "approve")
    tell(world, items["released"])
    world.decide(DANA, items["approved"], "approve")
    draft = {**world.draft(items["edited"]), "subject": "Kickoff on Tuesday"}
    world.decide(DANA, items["edited"], "edit", draft=draft)
    for name in ("escalated", "sent back", "rejected"):
        world.decide(DANA, items[name], {"escalated": "escalate", "sent back": "send_back", "rejected": "reject"}[name])
    passed = world.submit(drafts.packet(drafts.deal("Customer passed")))
    assert world.decide(PRIYA, passed, "approve").state == "approved"
    return {**items, "packet": world.submit(drafts.packet()), "approved packet": passed}


def newest(world: World) -> dict[int, Revision]:
    """The newest revision of each item."""
    joined = sa.select(Revision).join(Item, Item.id == Revision.item_id)
    with world.session() as session:
        return {one.item_id: one for one in session.scalars(joined.where(Revision.number == Item.revision_number))}


# (what is so, the item, whether it waits for a check, whether it has the result of old)
CHECKED: list[tuple[str, str, bool, bool]] = [
    ("an open message waits for its check like a new one", "open", True, False),
    ("by its newest revision alone", "edited", True, False),
    ("an escalated one too", "escalated", True, False),
    ("and one that its automation has to answer", "sent back", True, False),
    ("what was approved keeps its approval", "approved", False, True),
    ("and what went out is never asked again", "released", False, True),
    ("what was rejected needs neither", "rejected", False, False),
    ("and a draft that is no message has neither", "packet", False, False),
    ("nor has one that was approved", "approved packet", False, False),
]


def test_messages_of_old_wait_for_their_check_or_keep_their_approval(world: World, run: Run) -> None:
    """One row for each, of the newest revision, and the same after going down and up once more."""
    items = of_every_state(world)
    for _ in range(2):
        again(world, run, "0012")
        revisions = newest(world)
        with world.session() as session:
            jobs = {one.revision_id: one for one in session.scalars(sa.select(ModelCheck))}
            old = {one.revision_id: one for one in session.scalars(sa.select(ModelResult))}
        for says, name, waits, kept in CHECKED:
            revision = revisions[items[name]]
            assert (revision.id in jobs, revision.id in old) == (waits, kept), says
        assert (len(jobs), len(old)) == (4, 2)
        for number, job in jobs.items():
            made = next(one for one in revisions.values() if one.id == number).made_at
            assert (job.state, job.attempts, job.next_at, job.asked_at, job.lease_until) == (
                "waiting",
                0,
                made,
                made,
                None,
            )
        assert {(one.version, one.outcome, str(one.passages)) for one in old.values()} == {("", "older", "[]")}


def test_what_was_filled_in_is_used(world: World, run: Run) -> None:
    """An open message can be approved once the worker ran its check, an approved one still is, and nothing is changed."""
    items = of_every_state(world)
    again(world, run, "0012")
    with world.session() as session:
        assert [one.code for one in item_context.load(session, items["open"], world.now).needs()] == [
            "check-running", "approval"
        ]  # fmt: skip
        context = item_context.load(session, items["approved"], world.now)
        assert approvals.why_not_approved(session, context, context.decisions[-1].id) == ""
    while run_check(world):
        pass
    assert world.decide(DANA, items["open"], "approve").state == "approved"
    for statement in ("UPDATE model_results SET version = 'x'", "DELETE FROM model_results"):
        with world.owner() as engine:
            assert "append-only" in refused(engine, statement)
    assert world.verify().holds


def arrivals(world: World) -> dict[str, list[tuple[str, int | None, Any]]]:
    """How each record came, by its id in its system and the day that it says."""
    columns = (SourceRecord.external_id, SourceRecord.payload, SourceArrival.way, SourceArrival.automation_id)
    joined = sa.select(*columns, SourceArrival.at).join(
        SourceArrival, SourceArrival.source_record_id == SourceRecord.id
    )
    found: dict[str, list[tuple[str, int | None, Any]]] = {}
    with world.session() as session:
        for row in session.execute(joined.order_by(SourceArrival.id)):
            name = f"{row.external_id} {row.payload.get('CloseDate', '')}".strip()
            found.setdefault(name, []).append((row.way, row.automation_id, row.at))
    return found


def test_who_brought_old_records_is_what_log_and_revisions_prove(world: World, run: Run, tmp_path: Path) -> None:
    """Each record has one arrival: imported at a moment of an import of its own system, else claimed by whoever first sent
    it, else claimed by nobody known."""
    about = drafts.deal()
    deal = drafts.email(about).drafted.sources["deal"]
    first = world.now
    world.submit(drafts.email(about))
    with world.session() as session:  # another automation sends the same record later
        intake.submit(
            session, world.stranger, drafts.email(about, subject="Kickoff again"), first + timedelta(minutes=5)
        )
    world.now = first + timedelta(hours=1)
    says_now(world, tmp_path, drafts.email(about), CloseDate="2026-03-12")
    with world.session() as session, writing(session):
        at_once = Source("hubspot", "DEAL", "at the same moment", {"id": "1"})
        source_records.keep(session, [at_once], world.now, "claimed")
        orphan = Source("salesforce", "Opportunity", "nobody's", {"Id": "2"})
        source_records.keep(session, [orphan], world.now + timedelta(hours=1), "claimed")
        ours = Source("reviewqueue", "policy", "our own", {"name": "Northbeam"})
        source_records.keep(session, [ours], world.now + timedelta(hours=2), "fetched")
    for _ in range(2):
        again(world, run, "0013")
        found = arrivals(world)
        assert {len(ways) for ways in found.values()} == {1}
        assert found[f"{deal.external_id} {deal.payload['CloseDate']}"] == [
            ("claimed", world.caller.automation_id, first)
        ]
        (imported,) = found[f"{deal.external_id} 2026-03-12"]
        assert (imported[0], imported[2]) == ("imported", world.now)
        assert found["at the same moment"] == [("claimed", None, world.now)]
        assert found["nobody's"] == [("claimed", None, world.now + timedelta(hours=1))]
        assert found["our own"] == [("fetched", None, world.now + timedelta(hours=2))]
        assert len(found) == world.count(SourceRecord)


@pytest.mark.parametrize("older", ["0014", "0015"])
def test_decisions_of_old_say_nothing_of_what_nobody_asked_then(world: World, run: Run, older: str) -> None:
    """Every act keeps its row, byte for byte but for the columns that are taken away; those say nothing afterwards."""
    approved, passed, sent_back = (
        world.submit(one)
        for one in (drafts.email(), drafts.with_check(drafts.email(), "automation.tone"), drafts.email())
    )
    world.decide(DANA, approved, "approve")
    world.decide(HELEN, passed, "override", passes=("automation.tone",))
    world.decide(DANA, sent_back, "send_back")
    away = {"changes_seen": "", "topics_denied": []} if older == "0014" else {"topics_denied": []}

    def rows() -> list[dict[str, Any]]:
        with world.session() as session:
            return [dict(row._mapping) for row in session.execute(sa.select(Decision.__table__).order_by(Decision.id))]

    before, log = rows(), [one.body for one in world.log(approved)]
    for _ in range(2):
        migrate.downgrade(world.place.owner_url, older)
        with world.owner() as engine, engine.connect() as connection:
            columns = {one["name"] for one in sa.inspect(connection).get_columns("decisions")}
        assert not columns & away.keys()
        migrate.upgrade(world.place.owner_url, app_role=run.role(world.place.dialect))
        assert rows() == [{**row, **away} for row in before]
    assert [one.body for one in world.log(approved)] == log
    assert (
        "append-only" in refused(world.engine, "UPDATE decisions SET topics_denied = '[]'")
        or world.engine.name != "sqlite"
    )
    assert world.verify().holds


def test_records_of_old_are_as_new_as_when_they_came(world: World, run: Run, tmp_path: Path) -> None:
    """No row is lost, what came last is the newest, and a value that goes back counts again from then on; what was said of
    a deal is gone with its table, and stays in the log."""
    about = drafts.deal()
    packet = drafts.packet(about)
    deal = packet.drafted.sources["deal"]
    item = world.submit(packet)
    says_now(world, tmp_path, packet, StageName="Negotiation/Review")
    rows, log = (world.count(SourceRecord), world.count(SourceArrival)), len(world.log())
    assert world.count(DealChange) == 1
    again(world, run, "0016")
    assert (world.count(SourceRecord), world.count(SourceArrival), len(world.log())) == (*rows, log)
    assert world.count(DealChange) == 0
    assert [entry.act for entry in world.log()].count("onboarding.deal") == 1
    with world.session() as session:
        found = source_records.newest(session, *deal.key[:2], [deal.external_id])[deal.external_id]
        assert found.payload["StageName"] == "Negotiation/Review"
        assert session.get_one(Item, item).moved_at is None
    says_now(world, tmp_path, packet, StageName="Negotiation/Review")
    assert world.count(DealChange) == 1, "the next import says again what is so"
    assert world.verify().holds


def test_what_was_denied_is_gone_with_its_column_and_stays_in_the_log(world: World, run: Run) -> None:
    """Going down loses what the newer column held; the log, which is the record, has it still."""
    from reviewqueue.checks.topics.classifier import TopicScore
    from tests.items.test_model_checks import says

    world.at_rest = False
    item = world.submit(drafts.email())
    run_check(world, says(TopicScore("blame", "It waited on you.", 0.4, "unsure")))
    world.decide(DANA, item, "approve", topics_denied=("blame",))
    assert world.decisions(item)[0].topics_denied == ["blame"]
    again(world, run, "0015")
    assert world.decisions(item)[0].topics_denied == []
    (entry,) = [one for one in world.log(item) if one.act == "item.approve"]
    assert canonical_json.read(entry.body)["facts"]["topics_denied"] == ["blame"]
    assert world.verify().holds


def test_the_kinds_that_0013_names_are_the_messages() -> None:
    """A migration names them itself; they are what a model's check is for."""
    text = (Path(__file__).parents[2] / "migrations" / "versions" / "0013_model_checks.py").read_text(encoding="utf-8")
    assert all(f"'{kind}'" in text for kind in TO_CUSTOMERS)
