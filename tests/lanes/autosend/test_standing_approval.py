"""Standing: what has earned it is sent automatically on a decision people made before, and falls at once, whatever the cause."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import insert, select, update
from sqlalchemy.exc import DBAPIError

from reviewqueue.core.errors import Conflict, Forbidden, Invalid
from reviewqueue.db.database import writing
from reviewqueue.db.tables.autosend import StandingApproval, StandingItem
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.items import Decision, Item, Revision
from reviewqueue.db.tables.metrics import FigureSheet
from reviewqueue.db.tables.onboardings import Onboarding
from reviewqueue.db.tables.releases import Release
from reviewqueue.exceptions import exception_cases
from reviewqueue.lanes.autosend import monitoring, sending
from tests import drafts
from tests.cast import AIKO, DANA, HELEN, JONAS, MARCUS, PRIYA
from tests.lanes.test_proposals import propose
from tests.support import standing_approvals
from tests.support.concurrency import at_once
from tests.support.standing_approvals import MESSAGE, another, go, releases, row
from tests.world import World


@pytest.fixture
def drawing(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """`drawing(True)`: from now on every one is drawn for a person to review; `drawing(False)`: none is."""

    def draw(sampled: bool) -> None:
        monkeypatch.setattr(sending, "is_sampled", lambda *_: sampled)

    draw(False)
    return draw


def last(world: World, act: str) -> dict[str, Any]:
    """The newest entry of that act."""
    found: dict[str, Any] = next(json.loads(entry.body) for entry in reversed(world.log()) if entry.act == act)
    return found


def looked(world: World) -> int:
    """The clock's look at what is sent automatically."""
    with world.session() as session:
        return monitoring.tick(session, world.now)


@pytest.mark.furnished(standing_approvals.EARNED)
def test_from_the_proposal_to_the_fall(world: World, drawing: Callable[[bool], None]) -> None:
    """Two people let it stand; it goes with no decision of its own; a rejection in the sample takes it down and brings
    back what had not gone out, which a person then approves and which goes out once; nothing makes it rise again."""
    earn = last(world, "standing.earn")
    assert (earn["actor"], earn["facts"]["proposed_by"]) == (JONAS.actor, PRIYA.actor)
    assert (row(world).people, row(world).cites.keys()) == (
        [PRIYA.id, JONAS.id],
        {"salesforce/Opportunity/Start_Date__c"},
    )
    item = another(world)
    assert (world.item(item).state, world.decisions(item)) == ("approved", [])
    assert "Priya Raman and Jonas Petersen decided so" in world.item(item).why
    stand = last(world, "item.stand")
    assert (stand["actor"], stand["facts"]["decision"]) == ("system:standing", row(world).decision_id)
    assert stand["facts"]["revision_digest"] == world.seen(item).revision == releases(world, item)[0].digest
    due = go(world)
    assert due.item_id == item
    drawing(True)
    sampled = another(world)
    assert world.item(sampled).state == "pending"
    assert "was drawn for a person" in world.item(sampled).why
    drawing(False)
    waiting = another(world)
    world.decide(DANA, sampled, "reject")
    fallen = row(world)
    assert (fallen.down_cause, fallen.down_by) == ("rejected", DANA.actor)
    assert [one.state for one in releases(world, waiting)] == ["given_up"]
    back = world.item(waiting)
    assert (back.state, back.settled_at) == ("pending", None)
    assert "A person rejected one of them" in back.why
    assert go(world, world.now + timedelta(minutes=1)) is None
    assert last(world, "item.take_back")["actor"] == "system:standing"
    assert world.decide(MARCUS, waiting, "approve").state == "approved"
    (only,) = releases(world, waiting)
    assert (only.state, only.decision_id) == ("waiting", world.decisions(waiting)[0].id)
    assert go(world, world.now + timedelta(minutes=1)).item_id == waiting
    assert world.item(another(world)).state == "pending"
    _each_release_rests_on_a_person(world)
    _it_is_told_once_and_never_rises(world)
    assert world.verify().holds


def _each_release_rests_on_a_person(world: World) -> None:
    """Row 5 again: its own item's decision, or the approval of a policy by a second person."""
    with world.session() as session:
        for release in session.scalars(select(Release)):
            decision = session.get_one(Decision, release.decision_id)
            about = session.get_one(Item, decision.item_id)
            assert about.id == release.item_id or (about.kind, decision.person_id) == ("policy_change", JONAS.id)


def _it_is_told_once_and_never_rises(world: World) -> None:
    assert sorted(at_once(2, lambda _: looked(world))) == [0, 1]
    assert looked(world) == 0
    with world.session() as session:
        (case,) = session.scalars(select(ExceptionCase)).all()
        assert (case.category, case.owner_id, case.id) == ("stood-down", PRIYA.id, row(world).exception_id)
    standing_approvals.load(world, standing_approvals.files(None, "pilot"))
    with pytest.raises(Invalid) as refused:
        propose(world, PRIYA, standing_approvals.files())
    assert (
        "It was automatic from 2026-03-02 before: give automatic_since another day" in refused.value.faults[-1].message
    )
    assert "Decided by people: 0" in refused.value.faults[0].message, "what it showed before it fell counts no more"
    tried = ["UPDATE standings SET down_at = NULL, down_cause = ''", "UPDATE standings SET people = '[1, 3]'", "DELETE FROM standings",
             "UPDATE standings SET down_says = 'it never fell'", "UPDATE standing_items SET sampled = true"]  # fmt: skip
    for statement in tried:
        with world.owner() as engine, engine.connect() as connection, pytest.raises(DBAPIError):
            connection.execute(sa.text(statement))
    assert row(world).down_at is not None


TOPICS = {
    "go-live-date": "We have to move your go-live from 12 April to 26 April.",
    "scope": "The NetSuite connector is out of scope for this project.",
    "escalation": "We have escalated this to our VP of Customer Success.",
    "commercial": "We can offer you a discount of 10 % on the second year.",
    "renewal": "Your renewal is due in June, and we suggest a downgrade to Team.",
    "blame": "We are blocked because you did not send the file.",
}
# (what is so, how the draft is, a word of why it waits)
WAITS: list[tuple[str, dict[str, Any], str]] = [
    *((f"it speaks of {topic}", {"body": f"{standing_approvals.BODY}\n\n{says}"}, "check ") for topic, says in TOPICS.items()),
    ("a check only warns", {"body": "Hello Rosa,\n\nthank you.\n\nKind regards\nDana Whitfield"}, "check "),
    ("somebody receives it who belongs to nobody", {"to": ["rosa@elsewhere.example"]}, "check "),
    ("it rests on what none did before", {"also": ["/Plan__c"]}, "/Plan__c, which none did before"),
    ("it promises what nobody approved", {"body": standing_approvals.BODY.replace("Next step", "Your project starts on 2026-03-23.\n\nNext step")}, "promises what nobody has approved"),
]  # fmt: skip


@pytest.mark.furnished(standing_approvals.EARNED)
def test_each_of_these_waits_and_the_standing_stays(world: World, drawing: Callable[[bool], None]) -> None:
    """Alone, each keeps one draft back; the control is the one between them, which goes."""
    for says, changes, why in WAITS:
        waits = world.item(another(world, **changes))
        assert (waits.state in ("pending", "escalated"), world.item(another(world)).state) == (True, "approved"), says
        assert waits.state == "escalated" or why in waits.why, says
    about = drafts.deal()
    no = world.submit(drafts.email(about))
    world.decide(DANA, no, "reject")
    followed = world.item(another(world, about, because=f"reject:{no}@now"))
    assert (followed.state, "a person rejected the one before it" in followed.why) == ("pending", True)
    about = drafts.deal()
    first = another(world, about)
    with world.session() as session:
        said = exception_cases.ExceptionRequest(
            "billing-or-contract-mismatch", "Seats", "The order says 40 seats.", first
        )
        exception_cases.open_case(session, PRIYA.id, said, world.now)
    held = world.item(another(world, about, subject="Done: another task"))
    assert (held.state, "an exception is open" in held.why) == ("pending", True)
    with world.session() as session, writing(session):
        session.execute(
            update(Onboarding).where(Onboarding.external_id == about.external_id).values(segment="enterprise")
        )
    second = world.item(another(world, about, subject="Done: second task"))
    assert (second.state, "segment enterprise" in second.why) == ("pending", True)
    early = standing_approvals.files(since=world.tomorrow())
    again(world, early, since=world.tomorrow())
    assert world.item(another(world)).state == "pending", "its day has not come"
    assert row(world).down_at is None


def again(world: World, files: dict[str, str], since: Any, of: int = 1) -> int:
    """Let it stand again since another day, by the hand of the tests; returns the standing. It goes at opening, and
    no release of it is let out: no person decided it."""
    was, digest = row(world, of), standing_approvals.load(world, files)
    with world.session() as session, writing(session):
        session.execute(
            insert(StandingApproval).values(
                lane=was.lane, message=was.message, since=since, decision_id=was.decision_id, policy_digest=digest,
                people=was.people, earned=was.earned, cites=was.cites, stood_at=world.now, down_cause="", down_says="",
                down_by="",
            )
        )  # fmt: skip
        return session.scalars(select(StandingApproval.id).order_by(StandingApproval.id.desc())).first() or 0


def by_type(world: World, _: dict[str, str]) -> None:
    another(world, deal={"Start_Date__c": 20260323})


def by_path(world: World, _: dict[str, str]) -> None:
    another(world, rests="/Plan__c")


def by_words(world: World, files: dict[str, str]) -> None:
    about = f"templates/{MESSAGE}.toml"
    standing_approvals.load(world, {**files, about: files[about].replace("Thank you.", "Many thanks.")})
    looked(world)


def by_stage(world: World, files: dict[str, str]) -> None:
    standing_approvals.load(world, standing_approvals.files(None, "stopped"))
    looked(world)


def by_another_day(world: World, files: dict[str, str]) -> None:
    standing_approvals.load(world, standing_approvals.files(since=world.tomorrow() + timedelta(days=90)))
    looked(world)


def by_figure(world: World, files: dict[str, str]) -> None:
    figures = {"metrics": {"rework": {"all": {"value": 0.21}}}}
    with world.session() as session, writing(session):
        session.execute(sa.delete(FigureSheet))
        values = {"lane": drafts.LANE, "position": 1, "at": world.now, "figures": json.dumps(figures)}
        session.execute(insert(FigureSheet).values(**values))
    looked(world)


def by_hand(world: World, _: dict[str, str]) -> None:
    with world.session() as session:
        for person in (DANA, AIKO):
            with pytest.raises(Forbidden):
                sending.revoke_by_person(session, person.id, drafts.LANE, MESSAGE, "They are too many.", world.now)
        with pytest.raises(Invalid):
            sending.revoke_by_person(session, HELEN.id, drafts.LANE, MESSAGE, "no", world.now)
        sending.revoke_by_person(session, HELEN.id, drafts.LANE, MESSAGE, "They are too many.", world.now)
        with pytest.raises(Conflict):
            sending.revoke_by_person(session, HELEN.id, drafts.LANE, MESSAGE, "They are too many.", world.now)


@pytest.mark.furnished(standing_approvals.EARNED)
def test_a_recalled_release_goes_with_the_revision_that_was_approved(
    world: World, drawing: Callable[[bool], None]
) -> None:
    """One person changes what was recalled, another changes it back, and a third approves it: it goes out, once."""
    item = another(world)
    first, shown = world.draft(item), world.seen(item).revision
    with world.session() as session:
        sending.revoke_by_person(session, PRIYA.id, drafts.LANE, MESSAGE, "They are too many.", world.now)
    world.decide(DANA, item, "edit", draft={**first, "subject": "Done: the transport system"})
    world.decide(MARCUS, item, "edit", draft=first)
    assert (world.seen(item).revision, world.item(item).revision_number) == (shown, 3)
    assert world.decide(HELEN, item, "approve").state == "approved"
    due = go(world, world.now + timedelta(minutes=1))
    assert (due.item_id, [one.state for one in releases(world, item)]) == (item, ["sending"])


# (a release of the same content, as it was left; what is said of it, "" where it is used again)
LEFT: list[tuple[dict[str, Any], str]] = [
    ({"state": "given_up", "done_at": sa.func.now()}, ""),
    ({"state": "given_up", "done_at": sa.func.now(), "done_by_id": HELEN.id}, "given up already"),
    ({"state": "failed"}, "failed already"),
    ({"state": "unknown"}, "unknown already"),
    ({"state": "waiting"}, "waiting already"),
]


@pytest.mark.furnished(standing_approvals.EARNED)
def test_only_a_recalled_release_is_used_again(world: World, drawing: Callable[[bool], None]) -> None:
    """What a person gave up does not go out after all, because somebody approves the same content again."""
    for left, says in LEFT:
        item = another(world)
        with world.session() as session, writing(session):
            session.execute(update(Item).where(Item.id == item).values(state="pending", settled_at=None))
            session.execute(update(Release).where(Release.item_id == item).values(**left))
        if says:
            with pytest.raises(Conflict, match=says):
                world.decide(MARCUS, item, "approve")
        else:
            world.decide(MARCUS, item, "approve")
        assert releases(world, item)[0].state == ("waiting" if not says else left["state"]), says
        assert len(world.decisions(item)) == (0 if says else 1), says
        with world.session() as session, writing(session):  # out of the way of the next one
            session.execute(update(Item).where(Item.id == item).values(state="superseded"))


STOP = '[[stop]]\nmetric = "rework"\nabove = 0.2\nsays = "work is done again too often"\n'
# (the act, the cause that is written down, a word of it)
CAUSES: list[tuple[Callable[[World, dict[str, str]], None], str, str]] = [
    (by_type, "schema", "Start_Date__c is number, and was string"),
    (by_path, "schema", "Start_Date__c is cited no more"),
    (by_words, "words", "says something else"),
    (by_stage, "stop", "in stage stopped (lanes/mid-market-saas.toml:14)"),
    (by_another_day, "stop", "does not let it be sent automatically since"),
    (by_hand, "by_hand", "They are too many."),
    (by_figure, "stop", "work is done again too often: Implementation rework is 21 %, above 0.2 stops it"),
]


@pytest.mark.furnished(standing_approvals.EARNED)
def test_each_cause_takes_it_down_at_once(world: World, drawing: Callable[[bool], None]) -> None:
    """What waits to go out by it is back at its gate in the same breath; before the act, the clock finds nothing."""
    waiting = another(world)
    standing_approvals.load(world, standing_approvals.files(None, "pilot"))
    assert go(world) is None, "the worker asks again, and it may look before the clock does"
    assert (world.item(waiting).state, releases(world, waiting)[0].state) == ("pending", "given_up")
    standing_approvals.load(world, standing_approvals.files())
    with world.session() as session:
        sending.revoke_by_person(session, PRIYA.id, drafts.LANE, MESSAGE, "It begins with a clean sheet.", world.now)
    for number, (act, cause, says) in enumerate(CAUSES):
        since = world.now.date() - timedelta(days=number + 1)
        files = standing_approvals.files(since=since, bars=STOP)
        mine = again(world, files, since)
        waiting = another(world)
        looked(world)
        assert (row(world, mine).down_at, world.item(waiting).state) == (None, "approved"), cause
        act(world, files)
        fell = row(world, mine)
        assert (fell.down_cause, says in fell.down_says) == (cause, True), (cause, fell.down_says)
        assert (world.item(waiting).state, releases(world, waiting)[0].state) == ("pending", "given_up")
        assert last(world, "standing.lose")["facts"]["cause"] == cause


def test_drift_is_too_many_changes_in_the_sample(world: World, drawing: Callable[[bool], None]) -> None:
    """Three of the last five, or an upper bound below the target; changes outside the sample count for neither."""
    bars, day = "[earned]\ndrift_last = 10\n", world.now.date() - timedelta(days=9)
    standing_approvals.earned(world, bars=bars)
    drawing(True)

    def sampled(act: str, times: int) -> None:
        for _ in range(times):
            item = another(world)
            changed: dict[str, Any] = {"draft": {**world.draft(item), "subject": "Your task"}} if act == "edit" else {}
            world.decide(DANA, item, act, **changed)

    sampled("edit", 2)
    sampled("approve", 1)
    outside = another(world, body="Hello Rosa,\n\nthank you.\n\nKind regards\nDana Whitfield")
    world.decide(DANA, outside, "send_back")
    assert row(world).down_at is None
    sampled("edit", 1)
    assert (row(world).down_cause, "changed 3 of the last 4" in row(world).down_says) == ("drift", True)
    mine = again(world, standing_approvals.files(since=day, bars=bars), day)
    sampled("edit", 1)
    sampled("approve", 5)
    sampled("edit", 1)
    sampled("approve", 2)
    assert row(world, mine).down_at is None, "9 are too few for a bound"
    sampled("send_back", 1)
    assert "Of the last 10 in the sample 7 passed unchanged: at most 89%" in row(world, mine).down_says


def test_a_policy_that_was_loaded_lets_nothing_stand(world: World, drawing: Callable[[bool], None]) -> None:
    """The file says automatic and nobody decided it: each one waits. Nor does it when the file's word comes back."""
    standing_approvals.load(world, standing_approvals.files())
    assert world.item(another(world)).state == "pending"
    assert world.count(StandingApproval) == 0


def test_a_forged_standing_lets_nothing_out(world: World, drawing: Callable[[bool], None]) -> None:
    """Rows written past the application, each as good as the last but for one thing: no person's decision lets it go.
    What is approved only by such a row fails, opens an exception, and never comes to a sender."""
    item = world.submit(drafts.email())
    world.decide(DANA, item, "approve")
    proposal = propose(world, PRIYA, standing_approvals.files(None, "pilot"))
    world.decide(JONAS, proposal, "approve", reason_code="rules-agreed")
    digest = standing_approvals.load(world, standing_approvals.files())
    with world.session() as session:
        message, change = (
            session.scalars(select(Decision.id).where(Decision.item_id == one)).one() for one in (item, proposal)
        )
    for number, decision in enumerate((message, change, change)):
        forged = another(world)
        assert world.item(forged).state == "pending"
        with world.session() as session, writing(session):
            revision = session.scalars(select(Revision).where(Revision.item_id == forged)).one()
            since = standing_approvals.SINCE - timedelta(days=number if number < 2 else 0)
            was = {"lane": drafts.LANE, "message": MESSAGE, "since": since, "decision_id": decision, "earned": {}}
            was |= {"policy_digest": digest, "people": [PRIYA.id, JONAS.id], "cites": {}, "stood_at": world.now}
            if number < 2:
                session.execute(insert(StandingApproval).values(**was, down_cause="", down_says="", down_by=""))
            made = session.scalars(select(StandingApproval.id).order_by(StandingApproval.id.desc())).first()
            session.execute(insert(StandingItem).values(item_id=forged, standing_id=made, sampled=False, at=world.now))
            session.execute(update(Item).where(Item.id == forged).values(state="approved", settled_at=world.now))
            goes = {"item_id": forged, "revision_id": revision.id, "decision_id": decision, "digest": revision.digest}
            goes |= {"destination": "outgoing-mail", "kind": "email", "next_at": world.now, "opened_at": world.now}
            session.execute(insert(Release).values(**goes))
        assert go(world) is None
        assert [one.state for one in releases(world, forged)] == ["failed"], number
    with world.session() as session:
        assert {case.category for case in session.scalars(select(ExceptionCase))} == {"sent-differs"}


@pytest.mark.furnished(standing_approvals.EARNED)
def test_a_rejection_against_one_that_goes(world: World, drawing: Callable[[bool], None]) -> None:
    """At one moment a person rejects one and the next is opened: whichever comes first, nothing is left to go out."""
    for number in range(4):
        since = world.now.date() - timedelta(days=number + 1)
        mine = again(world, standing_approvals.files(since=since), since)
        drawing(True)
        sampled = another(world)
        drawing(False)
        acts: list[Callable[[], Any]] = [lambda: world.decide(DANA, sampled, "reject"), lambda: another(world)]
        came = at_once(2, lambda one: acts[one]())
        assert (row(world, mine).down_cause, isinstance(came[1], int)) == ("rejected", True), came
        assert world.item(came[1]).state == "pending"
        assert not [one for one in releases(world, came[1]) if one.state == "waiting"]
