"""Commitments: what people approve is kept, and a later draft that says otherwise is held up until somebody says why."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from reviewqueue.core.errors import Forbidden
from reviewqueue.db.tables.evidence import Commitment
from reviewqueue.db.tables.items import Check, Item, Revision
from reviewqueue.evidence import commitments
from reviewqueue.evidence.types import DraftWithEvidence
from reviewqueue.items import item_context
from reviewqueue.policy import evaluation, policy_versions
from reviewqueue.review import bulk
from tests import drafts, northbeam
from tests.cast import DANA, HELEN, INES, PRIYA, TOM
from tests.support.executed_statements import hearing
from tests.world import World

GATE = "gates/customer-communication.toml"
START = ("date", "start", "2026-03-23", False)


def meeting(about: drafts.Deal, day: str = "9 March", more: str = ""):  # type: ignore[no-untyped-def]
    """An e-mail that promises the day of the kickoff, beside the start of the project."""
    body = drafts.BODY.replace("Next step:", f"Our kickoff is on {day} 2026. {more}\n\nNext step:")
    return drafts.email(about, body=body, subject=f"Kickoff {day}")


def kept(world: World, item: int) -> list[tuple[str, str, str, bool]]:
    """What was kept of an item: kind, key, value, whether it was dropped."""
    with world.session() as session:
        rows = session.scalars(select(Commitment).where(Commitment.item_id == item).order_by(Commitment.id)).all()
    return [(row.kind, row.key, row.value, row.dropped) for row in rows]


def failed(world: World, item: int, key: str = "commitment.contradicted") -> list[str]:
    """What the check says of an item's newest revision."""
    with world.session() as session:
        query = select(Check.message).where(Check.key == key, Check.outcome == "fail").order_by(Check.id)
        newest = select(Revision.id).where(Revision.item_id == item).order_by(Revision.number.desc()).limit(1)
        return list(session.scalars(query.where(Check.revision_id == session.scalar(newest))))


def test_what_is_approved_is_kept_once_it_is_settled(world: World) -> None:
    """Nothing is kept of a draft that waits, that is rejected, or that has one of two approvals."""
    about = drafts.deal()
    item = world.submit(meeting(about))
    assert kept(world, item) == []
    world.decide(DANA, item, "approve")
    assert kept(world, item) == [("date", "kickoff", "2026-03-09", False), START]
    with world.session() as session:
        row = session.scalars(select(Commitment).where(Commitment.key == "kickoff")).one()
    assert (row.says, row.at, row.approved_by_id) == ("Our kickoff is on 9 March 2026.", "/body", DANA.id)
    assert row.revision_id == world.decisions(item)[0].revision_id
    rejected = world.submit(meeting(drafts.deal()))
    world.decide(DANA, rejected, "reject")
    two = world.submit(drafts.in_lane(meeting(drafts.deal()), drafts.TWO_APPROVALS))
    world.decide(DANA, two, "approve")
    assert kept(world, rejected) == kept(world, two) == []
    world.decide(TOM, two, "approve")
    assert len(kept(world, two)) == 2


def test_a_contradiction_is_held_up_and_passes_with_an_override_that_names_it(world: World) -> None:
    """The check fails with old and new and where the old one was approved; afterwards the new one holds."""
    about = drafts.deal()
    world.decide(DANA, world.submit(meeting(about)), "approve")
    item = world.submit(meeting(about, "16 March"))
    (says,) = failed(world, item)
    assert says.startswith(
        "Kickoff: this says 16 March 2026, but 9 March 2026 holds, by the customer e-mail approved on 2 "
    )
    with pytest.raises(Forbidden, match=r"commitment\.contradicted"):
        world.decide(DANA, item, "approve")
    passes = tuple(sorted({"commitment.contradicted", *_failing(world, item)}))
    who = HELEN if world.item(item).state == "escalated" else TOM
    world.decide(who, item, "override", passes=passes)
    while world.item(item).state not in ("approved",):
        world.decide(HELEN if who is not HELEN else TOM, item, "approve")
    assert ("date", "kickoff", "2026-03-16", False) in kept(world, item)
    third = world.submit(meeting(about, "16 March", more="Lunch is on us."))
    assert third != item
    assert failed(world, third) == []
    assert failed(world, world.submit(meeting(about, "9 March", more="Lunch is on us."))) != []


def _failing(world: World, item: int) -> list[str]:
    with world.session() as session:
        return evaluation.failing_checks(item_context.load(session, item, world.now).situation)


def test_an_edit_is_weighed_against_what_holds(world: World) -> None:
    """A person's new text may contradict as well, and taking it back fixes it."""
    about = drafts.deal()
    world.decide(DANA, world.submit(meeting(about)), "approve")
    item = world.submit(drafts.email(about, subject="Another"))
    said = world.draft(item)
    world.decide(
        DANA,
        item,
        "edit",
        draft={**said, "body": said["body"].replace("Kind", "Our kickoff is on 8 March 2026.\n\nKind")},
    )
    assert len(failed(world, item)) == 1
    world.decide(
        DANA,
        item,
        "edit",
        draft={**said, "body": said["body"].replace("Kind", "Our kickoff is on 9 March 2026.\n\nKind")},
    )
    assert failed(world, item) == []


def test_one_onboarding_never_speaks_for_another(world: World) -> None:
    world.decide(DANA, world.submit(meeting(drafts.deal())), "approve")
    assert failed(world, world.submit(meeting(drafts.deal(), "16 March"))) == []


def test_the_signed_order_is_held_against_the_first_draft_already(world: World) -> None:
    """Another start, another price than the deal's record says; what people approved is not asked for again."""
    about = drafts.deal()
    text = "Hello Rosa,\n\nyour project starts on 30 March 2026."
    item = world.submit(drafts.email(about, body=text))
    (says,) = failed(world, item)
    assert "23 March 2026 holds, by the signed order (Opportunity" in says
    assert "/Start_Date__c" in says


def test_a_newer_plan_drops_the_milestone_that_it_leaves_out(world: World) -> None:
    """A document that is approved takes back what it no longer says; a message takes back nothing."""
    about = drafts.deal()
    first = world.submit(drafts.plan(about))
    world.decide(INES, first, "approve")
    assert len(kept(world, first)) == 4
    second = world.submit(drafts.plan(about, drafts.MILESTONES[:1]))
    assert failed(world, second) == []
    with world.session() as session:
        before = {
            one.promise.key for one in commitments.active_promises(session, world.item(second).onboarding_id or 0)
        }
    world.decide(INES, second, "approve")
    gone = [(kind, key) for kind, key, _, dropped in kept(world, second) if dropped]
    name = "milestone: first late-shipment report used"
    assert gone == [("date", name), ("owner", name)]
    with world.session() as session:
        after = {one.promise.key for one in commitments.active_promises(session, world.item(second).onboarding_id or 0)}
    assert before - after == {name}


def test_a_mail_that_moves_a_milestone_contradicts_the_plan(world: World) -> None:
    about = drafts.deal()
    world.decide(INES, world.submit(drafts.plan(about)), "approve")
    item = world.submit(drafts.email(about, body="Transport system connected is due on 6 April 2026."))
    (says,) = failed(world, item)
    assert "this says 6 April 2026, but 30 March 2026 holds, by the project plan approved on 2 March 2026" in says


def test_a_plain_mail_costs_one_insert_and_one_without_promises_none(world: World) -> None:
    """Deciding stays as fast as it was: what is kept is one statement, and nothing is read for it."""
    plain = drafts.email(drafts.deal(), body=drafts.BODY.replace(" Your project starts on 2026-03-23.", ""))
    for submission, inserts in ((plain, 0), (meeting(drafts.deal()), 1)):
        item = world.submit(submission)
        seen = world.seen(item)
        with hearing(world.engine) as made:
            world.decide(DANA, item, "approve", seen=seen)
        touched = [one for one, _ in made if "commitments" in one]
        assert len(touched) == inserts, touched
        assert all(one.startswith("INSERT") for one in touched)


def test_a_question_and_an_item_of_no_onboarding_promise_nothing(world: World) -> None:
    from tests.web.test_items import question

    item = world.submit(question())
    world.decide(PRIYA, item, "reject")
    with world.session() as session:
        assert session.get_one(Item, item).onboarding_id is None
    assert world.count(Commitment) == 0


@pytest.mark.parametrize(
    "odd", [{}, {"body": 7}, {"milestones": "soon"}, {"sections": [1]}, {"body": "x live on 1 June"}]
)
def test_a_draft_of_any_shape_is_weighed_and_approved(world: World, odd: dict[str, object]) -> None:
    """Never raising, whatever the draft is."""
    about = drafts.deal()
    drafted = DraftWithEvidence(
        "customer_email", "Odd", {"to": ["rosa@marlowfreight.example"], "note": "n", **odd}, about.sources
    )
    item = world.submit(replace(drafts.email(about), drafted=drafted))
    assert failed(world, item) == []


def test_a_gate_may_ask_for_the_whole_package(world: World) -> None:
    """Where it does, nothing is approved while another open draft says otherwise; by default each is decided by itself."""
    about = drafts.deal()
    by_parts = [world.submit(meeting(about, day)) for day in ("9 March", "10 March")]
    assert world.decide(DANA, by_parts[0], "approve").state == "approved"
    files = northbeam.files()
    files[GATE] = files[GATE].replace("sla_hours = 4", 'sla_hours = 4\npackage = "whole"')
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)
    about = drafts.deal()
    first, second, third = (world.submit(meeting(about, day)) for day in ("9 March", "10 March", "Monday, 9 March"))
    alone = world.submit(meeting(drafts.deal()))
    says = f"contradict each other: Kickoff, date \\(#{first} and #{second} and #{third}\\)"
    for item in (first, second, third):
        with pytest.raises(Forbidden, match=says):
            world.decide(DANA, item, "approve")
    with world.session() as session:
        needs = item_context.load(session, first, world.now).needs()
        chosen = [bulk.ChosenItem(item, world.seen(item), opened=True) for item in (first, third)]
        groups, _ = bulk.preview(session, DANA.id, chosen, world.now)
    assert needs[0].rule.startswith(f"{GATE}:")
    assert [offer.act for offer in groups[0].offers].count("approve") == 0
    assert world.decide(DANA, alone, "approve").state == "approved"
    world.decide(DANA, second, "reject")
    with world.session() as session:
        done = bulk.decide(
            session, DANA.id, ("customer_email", "customer-communication"), chosen, world.ask("approve"), world.now
        )
    assert [line.state for line in done.done] == ["approved", "approved"]
    assert len(world.decisions(first)) == len(world.decisions(third)) == 1
