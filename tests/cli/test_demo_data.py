"""The demo data: every state, two lanes, eleven people, evidence that holds, and a log that verifies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from reviewqueue.audit import override_log
from reviewqueue.cli import demo_data
from reviewqueue.core import canonical_json, vocabulary
from reviewqueue.core.characters import hidden
from reviewqueue.core.errors import DomainError
from reviewqueue.db import database
from reviewqueue.db.tables.callbacks import Callback
from reviewqueue.db.tables.evidence import Correction
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.items import Check, Claim, Decision, Item, Revision, RevisionSource
from reviewqueue.db.tables.log import LogEntry, LogText
from reviewqueue.db.tables.milestones import DraftJob
from reviewqueue.db.tables.onboardings import Onboarding, SourceRecord
from reviewqueue.db.tables.people import Person
from reviewqueue.db.tables.readiness import ReadinessScore
from reviewqueue.db.tables.sampling import QaSample
from reviewqueue.evidence import source_changes
from reviewqueue.items import item_context, queue_ranges, queues, sla
from reviewqueue.lanes import readiness, readiness_queries
from reviewqueue.measurement.sampling import sample_queries, weekly_sample
from reviewqueue.onboarding import customer_tasks
from reviewqueue.people import actors, directory, users
from reviewqueue.policy import evaluation, policy_versions
from tests import northbeam
from tests.support import databases
from tests.support.seed_world import NOW, copied, seed

PASSWORD = "a quiet harbour in March"
ROLES = {
    "Priya Raman": "revops",
    "Dana Whitfield": "csm",
    "Marcus Oyelaran": "csm",
    "Ines Castellanos": "implementation_lead",
    "Helen Strand": "cs_leader",
    "Tom Abara": "manager",
    "Aiko Mori": "auditor",
    "Sam Keller": "admin",
    "Lena Vogt": "sales_owner",
    "Noor Haddad": "finance",
    "Grace Okafor": "cs_leader",
}


@pytest.fixture(scope="module")
def url(run: databases.Run, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A seeded database that the tests below only read."""
    return f"sqlite:///{copied(run, tmp_path_factory.mktemp('seed'))}"


@pytest.fixture
def seeded(url: str) -> Iterator[Session]:
    """A session on the seeded database."""
    engine = database.connect(url)
    with database.sessions(engine)() as session:
        yield session
    engine.dispose()


def named(session: Session, name: str) -> int:
    """A person's id by name."""
    return session.scalars(select(Person.id).where(Person.name == name)).one()


def item_of(session: Session, customer: str, kind: str, state: str = "", title: str = "") -> Item:
    """The one item of that kind for that customer, in that state, whose title begins so."""
    query = select(Item).where(Item.customer.startswith(customer), Item.kind == kind, Item.title.startswith(title))
    return session.scalars(query.where(Item.state == state) if state else query).one()


def test_it_loads_on_every_engine_and_its_log_verifies(blank: Callable[[], databases.Place]) -> None:
    place = blank()
    counts = seed(place.owner_url)
    engine = database.connect(place.owner_url)
    with database.sessions(engine)() as session:
        verdict = override_log.verify(session)
        last = session.scalars(select(LogEntry).order_by(LogEntry.position.desc()).limit(1)).one()
    engine.dispose()
    assert verdict.holds, verdict.breaks[:3]
    assert verdict.size > 100
    assert (last.act, canonical_json.read(last.body)["facts"]) == ("seed.load", counts)


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 11, 22, 3, 0, tzinfo=UTC),  # a Sunday night
        datetime(2027, 1, 1, 0, 0, tzinfo=UTC),  # New Year
        datetime(2027, 3, 28, 1, 30, tzinfo=UTC),  # Europe changes its clocks
        datetime(2028, 2, 29, 20, 59, tzinfo=UTC),  # a leap day, at the end of it
    ],
)
def test_it_loads_whenever_the_demo_is_started(tmp_path: Path, now: datetime) -> None:
    url = f"sqlite:///{tmp_path / 'seed.sqlite3'}"
    assert seed(url, now)["items"] > 30
    engine = database.connect(url)
    with database.sessions(engine)() as session:
        times = session.scalars(select(LogEntry.at).order_by(LogEntry.position)).all()
    engine.dispose()
    assert list(times) == sorted(times)
    assert times[-1] == now


def test_eleven_people_have_the_roles_of_the_field_and_sign_in_with_one_password(seeded: Session, url: str) -> None:
    everybody = seeded.scalars(select(Person)).all()
    assert {one.name: one.held for one in everybody} == ROLES
    assert len({one.password_hash for one in everybody}) == 1
    assert users._hasher.verify(everybody[0].password_hash, PASSWORD)


def test_a_dozen_onboardings_run_in_both_lanes_from_both_systems(seeded: Session) -> None:
    found = seeded.scalars(select(Onboarding)).all()
    assert len(found) >= 12
    assert Counter(one.lane for one in found).keys() == {"mid-market-saas", "enterprise-saas"}
    assert {one.system for one in found} == {"salesforce", "hubspot"}
    assert {one.segment for one in found} == {"mid-market", "enterprise"}


def test_items_are_in_every_state_that_can_exist_and_of_every_kind(seeded: Session) -> None:
    states = Counter(seeded.scalars(select(Item.state)).all())
    assert states.keys() == {
        "pending", "sent_back", "escalated", "approved", "released", "rejected", "withdrawn", "superseded",
    }  # fmt: skip
    assert states["pending"] >= 8
    kinds = set(seeded.scalars(select(Item.kind)).all())
    assert kinds == {
        "handoff_packet", "trigger_question", "kickoff_brief", "project_plan", "risk_summary", "customer_email",
        "portal_update", "task_reminder", "sales_question", "policy_change",
    }  # fmt: skip


def test_two_samples_and_more_were_looked_at_again(seeded: Session) -> None:
    """Of each lane, with one dispute open and one settled; each of them is drawn again as it was."""
    drawn = seeded.scalars(select(QaSample)).all()
    assert {lane: sum(one.lane == lane for one in drawn) >= 2 for lane in ("mid-market-saas", "enterprise-saas")} == {
        "mid-market-saas": True,
        "enterprise-saas": True,
    }
    assert all(weekly_sample.verify(seeded, one.id).same for one in drawn)
    found = sample_queries.sampled_drafts(seeded)
    assert sum(one.review is not None for one in found) >= 6
    assert [one.disputed for one in found if one.review and one.review.differs].count(True) == 1
    assert [one.settlement.verdict for one in found if one.settlement] == ["both"]


def test_every_role_that_decides_has_something_on_its_desk(seeded: Session) -> None:
    from reviewqueue.policy import policy_versions

    for name, role in ROLES.items():
        if role in ("auditor", "admin", "sales_owner", "finance"):
            continue
        actor = actors.load_actor(seeded, named(seeded, name), NOW)
        page = queues.page(seeded, policy_versions.current(seeded), actor, queue_ranges.QueueFilters(view="mine"), NOW)
        assert page.rows, f"{name} has nothing to do"
        legal = [item_context.load_visible(seeded, row[0].id, actor, NOW).permissions(actor) for row in page.rows]
        assert any(one.allowed and one.act == "approve" for acts in legal for one in acts), (
            f"{name} can approve nothing"
        )


def test_every_citation_leads_to_its_source_and_no_quote_is_made_up(seeded: Session) -> None:
    claims = seeded.execute(
        select(Claim, Revision.draft, SourceRecord.payload)
        .join(Revision, Revision.id == Claim.revision_id)
        .join(RevisionSource, (RevisionSource.revision_id == Revision.id) & (RevisionSource.ref == Claim.ref))
        .join(SourceRecord, SourceRecord.id == RevisionSource.source_record_id)
    ).all()
    assert len(claims) > 300
    for claim, draft, payload in claims:
        assert claim.quote in canonical_json.resolve_pointer(draft, claim.at)
        assert claim.quote in str(canonical_json.resolve_pointer(payload, claim.path)), (claim.quote, claim.path)
    cited = ("evidence.citation", "evidence.contradicted", "evidence.uncompared")
    broken = select(Check).where(Check.key.in_(cited), Check.outcome != "pass")
    assert seeded.scalars(broken).all() == []


def test_decisions_are_of_named_people_with_reasons_and_words_where_they_are_owed(seeded: Session) -> None:
    made = seeded.scalars(select(Decision)).all()
    assert {one.action for one in made} == {"approve", "edit", "send_back", "escalate", "override", "reject"}
    for one in made:
        assert one.reason_code
        assert len(one.text) > 40 or one.action in ("approve", "edit"), one.text
    texts = seeded.scalars(select(LogText.text).where(LogText.name == "text")).all()
    assert set(texts) >= {one.text for one in made if one.text}


def test_an_override_has_its_expiry_and_one_waits_for_a_second_person(seeded: Session) -> None:
    overrides = seeded.scalars(select(Decision).where(Decision.action == "override")).all()
    assert len(overrides) >= 2
    assert all(one.passes and one.expires_at and one.expires_at > one.at for one in overrides)
    waiting = item_of(seeded, "Harlow", "portal_update")
    context = item_context.load(seeded, waiting.id, NOW)
    assert (waiting.state, [need.code for need in context.needs()]) == ("pending", ["approval"])


def test_one_of_two_approvals_of_an_enterprise_message_is_void_because_its_source_moved(seeded: Session) -> None:
    invited = item_of(seeded, "Meridian", "customer_email", title="Executive kickoff")
    context = item_context.load(seeded, invited.id, NOW)
    assert context.gate is not None
    assert (context.gate.approvals, len(context.situation.votes), context.item.state) == (2, 0, "pending")
    moved, approval = evaluation.missing_for_approval(context.policy, context.gate, context.situation)
    assert (moved.code, approval.says.startswith("2 approvals by different people")) == ("source", True)


def test_a_source_moved_and_a_correction_is_open(seeded: Session) -> None:
    """Sales moved Meridian's kickoff: the invitation waits, and so does what was approved on the old date. Marrow Creek's
    CRM is said to be wrong: the brief waits for sales."""
    rests = seeded.execute(select(Item.kind, Item.state).where(Item.moved_at.is_not(None)).order_by(Item.id)).all()
    assert ("customer_email", "pending") in rests
    assert {kind for kind, state in rests if state == "approved"} == {"handoff_packet", "kickoff_brief"}
    (open_one,) = seeded.scalars(select(Correction).where(Correction.state == "open"))
    assert open_one.owner_role == "sales_owner"
    brief = item_of(seeded, "Marrow Creek", "kickoff_brief")
    assert source_changes.is_unsettled(seeded, brief.id)


def test_one_message_changes_a_day_that_was_promised(seeded: Session) -> None:
    moved = item_of(seeded, "Meridian", "customer_email", title="New day")
    context = item_context.load(seeded, moved.id, NOW)
    says = [check.message for check in context.checks if check.key == "commitment.contradicted"]
    assert len(says) == 1
    assert says[0].startswith("Kickoff: this says 8 December 2026, but 3 December 2026 holds, by the kickoff brief")


def test_someone_is_away_with_a_stand_in_who_can_still_do_their_own_work(seeded: Session) -> None:
    _, away = directory.people(seeded, NOW)
    marcus, dana = named(seeded, "Marcus Oyelaran"), named(seeded, "Dana Whitfield")
    assert away[marcus].delegate_id == dana
    assert actors.load_actor(seeded, dana, NOW).delegators == {marcus}
    stood_in = seeded.scalars(select(Decision).where(Decision.text.startswith("Standing in for Ines."))).one()
    assert (stood_in.person_id, stood_in.role) == (named(seeded, "Grace Okafor"), "cs_leader"), "she acts there herself"


def test_someone_has_an_item_on_their_desk_and_some_are_overdue_and_some_not(seeded: Session) -> None:
    held = seeded.scalars(select(Item).where(Item.lease_holder_id.is_not(None))).one()
    assert (held.lease_holder_id, held.lease_until is not None and held.lease_until > NOW) == (
        named(seeded, "Priya Raman"),
        True,
    )
    still_open = seeded.scalars(select(Item).where(Item.state.in_(vocabulary.OPEN))).all()
    late = [one for one in still_open if one.due_at < NOW and one.paused_at is None]
    assert 1 <= len(late) < len(still_open) / 2


def test_the_clock_took_one_further_up_by_itself_and_two_stand_still(seeded: Session) -> None:
    risk = item_of(seeded, "Nordhavn", "risk_summary")
    assert risk.overdue_at is not None
    assert (risk.state, risk.overdue_at < NOW < risk.due_at) == ("escalated", True)
    assert risk.assignee_id in {named(seeded, name) for name in ("Helen Strand", "Grace Okafor", "Tom Abara")}
    acts = seeded.scalars(select(LogEntry.actor).where(LogEntry.act == "item.overdue", LogEntry.item_id == risk.id))
    assert set(acts) == {"system:sla"}
    paused = seeded.execute(
        select(Item.customer, Item.pause).where(Item.paused_at.is_not(None), Item.settled_at.is_(None))
    )
    assert {(customer.split()[0], waits) for customer, waits in paused} == {
        ("Ostrander", "waiting_for_sales"), ("Nordhavn", "waiting_for_customer"),
    }  # fmt: skip
    assert not [one for one in seeded.scalars(select(Item)) if sla.stuck(one)], "nobody is left with nobody to go to"


def test_a_draft_that_was_sent_back_came_again_and_one_was_replaced(seeded: Session) -> None:
    again = item_of(seeded, "Kestrel", "project_plan")
    assert (again.revision_number, again.state) == (2, "pending")
    old = item_of(seeded, "Kestrel", "customer_email", "superseded")
    assert seeded.get_one(Item, old.superseded_by_id).subject == old.subject


def test_the_ambiguous_deal_is_a_question_with_its_candidates(seeded: Session) -> None:
    asked = seeded.scalars(select(Item).where(Item.kind == "trigger_question")).one()
    draft = item_context.load(seeded, asked.id, NOW).revision.draft
    labels = {choice["label"] for choice in draft["choices"]}
    assert {"Larkspur Hotels Group", "Larkspur Hotels Franchising LLC"} <= labels
    assert asked.onboarding_id is None


def test_the_hostile_record_changed_nothing_and_its_packet_stays_shut(seeded: Session) -> None:
    packet = item_of(seeded, "Ostrander", "handoff_packet")
    context = item_context.load(seeded, packet.id, NOW)
    assert (packet.state, packet.gate) == ("pending", "handoff-quality")
    failing = evaluation.failing_checks(context.situation)
    assert failing == ["text.hidden"] * len(failing)
    assert failing
    actor = actors.load_actor(seeded, named(seeded, "Priya Raman"), NOW)
    legal = {one.act: one.allowed for one in context.permissions(actor)}
    assert (legal["approve"], legal["override"], legal["edit"]) == (False, False, True)
    record = seeded.scalars(select(SourceRecord).where(SourceRecord.external_id == "006Nb00000PCXE0IAP")).one()
    assert "IGNORE ALL PREVIOUS INSTRUCTIONS" in record.payload["Description"]
    assert hidden(record.payload["Risks__c"])
    mail = item_of(seeded, "Ostrander", "customer_email")
    assert mail.state == "rejected"


def test_the_largest_deal_is_in_pounds_and_a_person_took_it_up(seeded: Session) -> None:
    """The policy's limit is in dollars: its rule was not applied, a check says so, and Priya escalated the packet."""
    packet = item_of(seeded, "Albion", "handoff_packet")
    assert packet.state == "escalated"
    (escalated,) = seeded.scalars(select(Decision).where(Decision.item_id == packet.id)).all()
    assert (escalated.action, escalated.person_id) == ("escalate", named(seeded, "Priya Raman"))
    said = seeded.scalars(
        select(Check).join(Revision, Revision.id == Check.revision_id).where(Revision.item_id == packet.id)
    )
    assert ("trigger.currency", "warn") in {(one.key, one.outcome) for one in said}


def test_open_and_lost_deals_started_nothing(seeded: Session) -> None:
    customers = set(seeded.scalars(select(Onboarding.customer)).all())
    assert not customers & {"Pelham Street Bakeries", "Grayling Stadiums", "Larkspur Hotels Group"}
    kept = seeded.scalars(select(SourceRecord.label).where(SourceRecord.object == "Account")).all()
    assert {"Pelham Street Bakeries", "Grayling Stadiums"} <= set(kept)


def test_no_callback_is_made_up(seeded: Session) -> None:
    assert seeded.scalars(select(Callback)).all() == []


def test_messages_to_customers_read_like_letters_and_go_to_the_customers_own_people(seeded: Session) -> None:
    query = select(Item, Revision.draft).join(
        Revision, (Revision.item_id == Item.id) & (Revision.number == Item.revision_number)
    )
    letters = seeded.execute(
        query.where(Item.kind == "customer_email", Item.state.in_(("approved", "released", "pending")))
    ).all()
    assert len(letters) >= 5
    for item, draft in letters:
        assert 300 < len(draft["body"]) < 2_000, item.title
        assert draft["body"].rstrip().endswith("Northbeam"), item.title
        assert len({address.partition("@")[2] for address in draft["to"]}) == 1


def test_a_reminder_of_a_customers_task_is_due(seeded: Session) -> None:
    """The worker drafts it first thing: Harlow & Finch have a task in three working days."""
    (due,) = seeded.scalars(select(DraftJob).where(DraftJob.cause.startswith(customer_tasks.CAUSE)))
    assert (due.template, due.state, due.cause.split(":")[2]) == ("task-reminder", "waiting", "-3")


def test_it_is_never_loaded_over_anything(seeded: Session) -> None:
    before = override_log.verify(seeded).size
    with pytest.raises(DomainError, match="something in this database already"):
        demo_data.load(seeded, northbeam.files(), PASSWORD, NOW)
    assert override_log.verify(seeded).size == before


@pytest.mark.parametrize(
    ("says", "now", "means"),
    [
        ("now", "2026-11-22T03:00", "2026-11-22T03:00"),
        ("-40m", "2026-11-24T16:30", "2026-11-24T15:50"),
        ("-1h20m", "2026-11-24T16:30", "2026-11-24T15:10"),
        ("-30m", "2026-11-22T03:00", "2026-11-20T20:20"),  # on Sunday night the last working moment was on Friday
        ("-30m", "2026-11-23T09:00", "2026-11-20T20:20"),  # and on Monday morning as well
        ("-30m", "2026-11-24T23:00", "2026-11-24T20:20"),
        ("-1d 14:05", "2026-11-24T16:30", "2026-11-23T14:05"),
        ("-1d 14:05", "2026-11-23T16:30", "2026-11-20T14:05"),  # from Monday back to Friday
        ("+4d 13:00", "2026-11-24T16:30", "2026-11-30T13:00"),
    ],
)
def test_moments_are_working_days_before_the_demo_starts(says: str, now: str, means: str) -> None:
    start = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert demo_data.parse_moment(says, start) == datetime.fromisoformat(means).replace(tzinfo=UTC)


@pytest.mark.parametrize("says", ["", "yesterday", "-3d", "-3d 9:00", "40m"])
def test_a_moment_that_means_nothing_is_refused(says: str) -> None:
    with pytest.raises(ValueError, match="not a time"):
        demo_data.parse_moment(says, NOW)


def test_exceptions_in_several_states(url: str) -> None:
    """One resolved, one waiting for the customer, one moved to finance, one late and escalated, one whose answer started a
    question to sales, one of which nobody says that it went out, one about a deal that was re-opened; some hold, and
    nothing stands still."""
    engine = database.connect(url)
    with database.sessions(engine)() as session:
        found = session.scalars(select(ExceptionCase)).all()
        names = {person.id: person.name for person in session.scalars(select(Person))}
    engine.dispose()
    stand = {(one.category, one.state, one.pause, names[one.owner_id or 0]) for one in found}
    assert stand == {
        ("non-standard-promise", "resolved", "", "Helen Strand"),
        ("non-standard-promise", "open", "", "Helen Strand"),
        ("timeline-risk", "responded", "waiting_for_customer", "Tom Abara"),
        ("billing-or-contract-mismatch", "responded", "", "Noor Haddad"),
        ("missing-business-outcome", "open", "", "Tom Abara"),
        ("no-customer-owner", "responded", "", "Dana Whitfield"),
        ("nothing-sent", "open", "", "Priya Raman"),
        ("deal-changed", "open", "", "Priya Raman"),
    }
    assert [one.category for one in found if one.respond_by < NOW and one.state == "open"] == [
        "missing-business-outcome"
    ]
    assert sum(one.blocking and one.state != "resolved" for one in found) == 5


def test_both_lanes_are_scored_one_ready_and_one_with_a_gap(seeded: Session) -> None:
    """Scores with their evidence, colours, owners and answers, said by RevOps; the links lead to pages there are."""
    policy = policy_versions.current(seeded)
    ready, gap = (readiness.lane_readiness(seeded, policy, key, NOW) for key in ("mid-market-saas", "enterprise-saas"))
    assert (ready.lacks, ready.recommendation.choice, ready.confirmed) == ((), "build", "build")
    assert (gap.control_gaps, gap.recommendation.choice, gap.confirmed) == (("Measurement",), "wait", "wait")
    assert gap.unowned == ("Support", "Systems")
    assert not ready.unconfirmed
    assert len(readiness_queries.history(seeded, ReadinessScore, "mid-market-saas")) == 12
