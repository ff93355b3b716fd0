"""Stood: messages that have earned automatic sending, and one more that might: what the tests of it have in common."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from reviewqueue.db.database import writing
from reviewqueue.db.tables import Base
from reviewqueue.db.tables.autosend import StandingApproval, StandingItem
from reviewqueue.db.tables.items import Claim, Decision, Item, Revision, RevisionSource
from reviewqueue.db.tables.milestones import DraftJob
from reviewqueue.db.tables.onboardings import Onboarding, SourceRecord
from reviewqueue.db.tables.releases import Release
from reviewqueue.db.tables.sampling import QaPlace, QaReview, QaSample
from reviewqueue.delivery import releases as delivery_releases
from reviewqueue.evidence import source_records
from reviewqueue.evidence.types import Citation, Source
from reviewqueue.lanes.autosend import standing_approval
from reviewqueue.onboarding import draft_jobs
from reviewqueue.people import access, api_keys
from reviewqueue.policy import policy_versions
from tests import drafts, northbeam
from tests.cast import DANA, HELEN, JONAS, PRIYA
from tests.lanes.test_proposals import propose
from tests.lanes.test_stage_requirements import ready
from tests.support.furnished import Furnished
from tests.support.releases import GATE, LANE
from tests.world import World

SHIPPED = northbeam.files()
MESSAGE = "task-complete"
RULE = f'[messages.{MESSAGE}]\nsending = "approve"'
SINCE = date(2026, 3, 2)
# What the draft says of each field that it cites.
SAYS = {"/Start_Date__c": "23 March 2026", "/Plan__c": "the Team plan"}
BODY = (
    "Hello Rosa,\n\nthank you. This is done: the transport system is connected, as in the Team plan.\n\n"
    "Next step: Piet de Vries sends the list of readers by 23 March 2026.\n\nKind regards\nDana Whitfield"
)


def files(
    since: date | None = SINCE, stage: str = "live", mail: bool = True, more: str = "", bars: str = ""
) -> dict[str, str]:
    """The shipped policy with one message automatic since that day (None: not), in a lane of that stage; `more` goes
    into its rule, `bars` to the end of the lane's file."""
    found = dict(SHIPPED)
    rule = RULE if since is None else f'{RULE[:-9]}"automatic"\nautomatic_since = {since}'
    assert RULE in found[LANE]
    found[LANE] = found[LANE].replace('stage = "pilot"', f'stage = "{stage}"').replace(RULE, f"{rule}\n{more}")
    found[LANE] += f"\n{bars}\n"
    if mail:
        found[GATE] = found[GATE].replace('release = "automation"', 'release = "outgoing-mail"')
    return found


def load(world: World, wanted: dict[str, str]) -> str:
    """Put an active policy by an emergency load; returns its digest."""
    with world.session() as session:
        return policy_versions.activate(session, wanted, "system:cli", world.now).digest


def past(
    world: World, good: int, bad: int = 0, *, agree: int = 10, reviewed: int = 10, at: datetime | None = None,
    act: str = "edit", expires_at: datetime | None = None, state: str = "approved", message: str = MESSAGE,
    decided: bool = True,
) -> list[int]:  # fmt: skip
    """A history of that message, put straight into the tables: so many approved unchanged, so many that people changed
    by `act` (none of them `decided` by anybody), and second reviews of the first of them; returns the items."""
    at = at or world.now - timedelta(days=3)
    with world.session() as session, writing(session):
        ours = api_keys.ensure_automation(session, access.OWN_AUTOMATION, "", world.now)
        digest = policy_versions.current(session).digest
        run = _put(session, Onboarding, system="salesforce", external_id=drafts.deal().external_id, lane=drafts.LANE,
                   customer="Past Freight", customer_key="past freight", segment="mid-market", started_at=at)  # fmt: skip
        rests = Source("salesforce", "Opportunity", f"past-{run}", {"Start_Date__c": "2026-03-23"})
        source = _put(session, SourceRecord, system=rests.system, object=rests.object, external_id=rests.external_id,
                      payload=rests.payload, digest=rests.digest, received_at=at)  # fmt: skip
        acts = ["approve"] * good + [act] * bad
        same = {"lane": drafts.LANE, "gate": "customer-communication", "kind": "customer_email", "onboarding_id": run}
        same |= {"title": "Task complete", "customer": "Past Freight", "customer_key": "past freight", "state": state}
        same |= {"automation_id": ours, "policy_digest": digest, "opened_at": at, "due_at": at, "settled_at": at}
        items = _all(session, Item, [{**same, "subject": f"past {number}"} for number in range(len(acts))])
        told = {"number": 1, "title": "Task complete", "draft": {"body": "Done."}, "author_automation_id": ours}
        written = [{"item_id": one, **told, **_digests(one, digest=f"{one:064}"), "made_at": at} for one in items]
        revisions = _all(session, Revision, written)
        cited = {"at": "/body", "quote": "Done.", "ref": "deal", "path": "/Start_Date__c"}
        _all(session, Claim, [{"revision_id": one, **cited} for one in revisions])
        rests_on = [{"revision_id": one, "ref": "deal", "source_record_id": source} for one in revisions]
        session.execute(insert(RevisionSource), rests_on)
        said = {
            "reason_code": "wording",
            "text": "Looked at it with care.",
            "person_id": DANA.id,
            "role": "csm",
            "at": at,
        }
        made = _all(session, Decision, [
            {"item_id": one, "revision_id": revision, "action": what, **said, **_digests(one, revision_digest=f"{one:064}"),
             "policy_digest": digest, "passes": ["text.next_step"] if what == "override" else [],
             "expires_at": None if what == "approve" else expires_at}
            for one, revision, what in zip(items, revisions, acts, strict=True) if decided
        ])  # fmt: skip
        due = {"onboarding_id": run, "template": message, "state": "drafted", "next_at": at, "created_at": at}
        _all(session, DraftJob, [{**due, "cause": f"past:{one}", "item_id": one} for one in items])
        if reviewed:
            whole = [*zip(items, revisions, made, strict=True)]
            _second_looks(session, whole[:reviewed], agree, at)
    return items


def _digests(item: int, **more: str) -> dict[str, str]:
    return {"evidence_digest": f"{item:064}", **more}


def _all(session: Any, entity: type[Base], rows: list[dict[str, Any]]) -> list[int]:
    """Insert rows at once; their ids in the same order."""
    statement = insert(entity).returning(entity.__table__.c.id, sort_by_parameter_order=True)
    return list(session.scalars(statement, rows)) if rows else []


def _put(session: Any, entity: type[Base], **row: Any) -> int:
    made: int = session.execute(insert(entity).values(**row).returning(entity.__table__.c.id)).scalar_one()
    return made


def _second_looks(session: Any, items: list[tuple[int, int, int]], agree: int, at: datetime) -> None:
    sample = _put(session, QaSample, lane=drafts.LANE, week=f"{at:%G-W%V} {items[0][0]}", starts_at=at, ends_at=at, seed="1",
                  log_position=1, frame_digest="0" * 64, frame_size=len(items), strata={}, policy_digest="0" * 64,
                  drawn_at=at, drawn_by="system:qa")  # fmt: skip
    for number, (item, revision, decision) in enumerate(items):
        place = _put(session, QaPlace, sample_id=sample, item_id=item, revision_id=revision, decision_id=decision,
                     gate="customer-communication", stratum="approved", looked_for=False)  # fmt: skip
        differs = number >= agree
        _put(session, QaReview, place_id=place, person_id=HELEN.id, role="cs_leader", at=at, differs=differs,
             action="reject" if differs else "approve", reason_code="wording", text="Looked at it again.")  # fmt: skip


def another(world: World, about: drafts.Deal | None = None, *, at: datetime | None = None, **changes: Any) -> int:
    """One more draft of the message, by our own drafter, from records that were imported; returns its item. `rests` replaces its citation, `also` adds some, `deal` the
    CRM record's fields, `because` the cause of its draft job, and all else the draft's."""
    about, because = about or drafts.deal(), changes.pop("because", "")
    told = {"Start_Date__c": "2026-03-23", **changes.pop("deal", {})}
    paths = [changes.pop("rests", "/Start_Date__c"), *changes.pop("also", [])]
    told_by = Source("salesforce", "Opportunity", about.external_id, {**about.sources["deal"].payload, **told})
    draft = {"to": ["rosa@marlowfreight.example"], "subject": "Done: transport system", "body": BODY, **changes}
    drafted = replace(
        drafts.email(about).drafted, title="Task complete", draft=draft,
        sources={**about.sources, "deal": told_by}, citations=tuple(Citation("/body", SAYS[path], "deal", path) for path in paths),
    )  # fmt: skip
    with world.session() as session, writing(session):
        known = session.scalar(select(Onboarding.id).where(Onboarding.external_id == about.external_id))
        run = known or _put(
            session, Onboarding, system="salesforce", external_id=about.external_id, lane=drafts.LANE,
            customer=about.customer, customer_key=about.customer.casefold(), segment="mid-market", started_at=world.now,
        )  # fmt: skip
        now = at or world.now
        cause = because or f"test:{draft['subject']}:{now}"
        source_records.keep(session, drafted.sources.values(), now, "imported")
        due = _put(session, DraftJob, onboarding_id=run, template=MESSAGE, cause=cause, next_at=now, created_at=now)
    with world.session() as session:
        taken = draft_jobs.take_due(session, now)
        assert taken is not None
        assert taken.id == due
        item = draft_jobs.open_item(session, taken, drafted, now)
        assert item is not None, session.get_one(DraftJob, due).says
    world.run_checks(now)
    return item


def earned(world: World, good: int = 80, bars: str = "") -> int:
    """Let the message stand by two people's decision, after a history that has earned it; returns the standing."""
    load(world, files(None, "pilot", bars=bars))
    ready(world)
    past(world, good)
    item = propose(world, PRIYA, files(bars=bars))
    world.decide(JONAS, item, "approve", reason_code="rules-agreed")
    with world.session() as session:
        row = standing_approval.active_approval(session, drafts.LANE, MESSAGE)
        assert row is not None
        return row.id


EARNED = Furnished("earned", lambda world, _: earned(world))  # the world of a test that begins with it


def row(world: World, standing_id: int = 1) -> StandingApproval:
    """A standing as it is now."""
    with world.session() as session:
        return session.get_one(StandingApproval, standing_id)


def releases(world: World, item: int) -> list[Release]:
    """The releases of an item."""
    with world.session() as session:
        return list(session.scalars(select(Release).where(Release.item_id == item)))


def go(world: World, at: datetime | None = None) -> Any:
    """The worker's turn at what goes out."""
    with world.session() as session:
        return delivery_releases.take_due(session, at or world.now, mail=True)


def drawn(world: World, item: int) -> None:
    """A standing by that item's first decision, under which the item was drawn: rows, and nothing behind them."""
    same = {"lane": drafts.LANE, "message": MESSAGE, "since": SINCE, "decision_id": world.decisions(item)[0].id}
    same |= {"policy_digest": "0" * 64, "people": [PRIYA.id, JONAS.id], "earned": {}, "cites": {}}
    fallen = {"down_at": world.now, "down_cause": "stop", "down_says": "It never stood.", "down_by": "system:standing"}
    with world.session() as session, writing(session):
        made = _put(session, StandingApproval, **same, stood_at=world.now, **fallen)
        row = {"item_id": item, "standing_id": made, "sampled": True, "at": world.now}
        session.execute(insert(StandingItem).values(**row))
