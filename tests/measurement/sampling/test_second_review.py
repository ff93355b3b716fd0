"""Second review: who may, who had a hand, what is refused; one answer a draft; disputes and what comes of a finding."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from reviewqueue.core.errors import Conflict, Forbidden, Invalid, NotFound
from reviewqueue.db.tables.exceptions import ExceptionCase
from reviewqueue.db.tables.sampling import QaFinding, QaPlace, QaReview
from reviewqueue.delivery import sent_reports
from reviewqueue.measurement.sampling import agreement, sample_queries, second_review, weekly_sample
from reviewqueue.measurement.sampling.second_review import FindingInput
from reviewqueue.people import actors, users
from reviewqueue.policy import policy_versions
from reviewqueue.policy.evaluation import Actor
from tests import drafts
from tests.cast import AIKO, DANA, HELEN, INES, MARCUS, NOOR, PRIYA, TOM
from tests.support.concurrency import at_once
from tests.support.sampled_week import OVER, decided, look, sample, settled
from tests.world import World

LANE = drafts.LANE
# how somebody has to do with a draft → as what that counts; 1 to 7 are people
MAKERS = {
    "author": frozenset({1}), "automation": frozenset({2}), "decider": frozenset({3, 4}), "acted": frozenset({3, 5}),
}  # fmt: skip
HANDS: list[tuple[str, Actor, str]] = [
    ("wrote or edited a revision", Actor(1, frozenset()), "author"),
    ("owns the automation", Actor(2, frozenset()), "automation"),
    ("decided on it", Actor(3, frozenset()), "decider"),
    ("was stood in for when it was decided", Actor(4, frozenset()), "decider"),
    ("reassigned, paused or took it", Actor(5, frozenset()), "acted"),
    ("stands in for who decided", Actor(6, frozenset(), delegators=frozenset({3})), "stand-in"),
    ("has somebody who edited stand in for them", Actor(6, frozenset(), delegates=frozenset({1})), "stand-in"),
    ("stands in for somebody who only reassigned it", Actor(6, frozenset(), delegators=frozenset({5})), ""),
    ("nothing", Actor(7, frozenset()), ""),
]


def test_who_had_a_hand_in_it() -> None:
    """One row a person's part in it."""
    for says, actor, hand in HANDS:
        assert sample_queries.involvement(MAKERS, actor) == hand, says
        assert hand == "" or hand in sample_queries.INVOLVEMENTS


def test_who_may_look_a_second_time(world: World) -> None:
    """Whoever may decide at the gate by the policy and had no part in it: the real roads into each row of the table."""
    ids = decided(world)
    with world.session() as session:
        weekly_sample.draw_due(session, OVER.replace(hour=5))
        users.set_absence(session, TOM.id, MARCUS.id, OVER, OVER.replace(day=20), OVER)
        policy = policy_versions.current(session)
        places = {one.item.id: one for one in sample_queries.sampled_drafts(session)}

    def may(name: str) -> set[str]:
        with world.session() as session:
            found = places[ids[name]]
            cast = (PRIYA, DANA, MARCUS, INES, HELEN, TOM, NOOR, AIKO)
            return {
                one.name.split()[0]
                for one in cast
                if sample_queries.may_review(policy, found, actors.load_actor(session, one.id, OVER.replace(hour=6)))
            }

    assert may("passed") == {"Marcus", "Helen", "Tom"}, "not Dana, who decided; nor who decides elsewhere"
    assert may("back") == {"Dana", "Helen"}, "not Tom, who decided, nor Marcus, who stands in for him"
    assert may("twice") == {"Helen"}, "not who edited, who approved, nor whom he stands in for"
    assert "Ines" not in may("plan"), "she decided it"


def test_a_second_answer_is_given_once(world: World) -> None:
    """What is refused names its place and writes nothing; of two at once one wins; it is recorded in the log, sealed."""
    sample(world)
    with world.session() as session:
        found = {
            one.first.action: one
            for one in sample_queries.sampled_drafts(session)
            if one.place.gate == "customer-communication"
        }
    passed = next(one for one in found.values() if one.first.action == "reject").place.id
    before = world.everything()
    refused: list[tuple[str, dict[str, Any], str]] = [
        ("no act", {"action": "override", "code": "check-wrong"}, "/action"),
        ("no reason", {"action": "reject", "code": "nonsense"}, "/reason_code"),
        ("another act's reason", {"action": "reject", "code": "evidence-complete"}, "/reason_code"),
        ("no words", {"action": "reject", "text": "no"}, "/text"),
        ("words nobody can see", {"action": "reject", "text": "\u200b" * 20}, "/text"),
        (
            "no such finding",
            {"action": "approve", "findings": (FindingInput("odd", "It is rather odd."),)},
            "/findings/0/category",
        ),
        (
            "a finding without words",
            {"action": "approve", "findings": (FindingInput("tone", "rude"),)},
            "/findings/0/text",
        ),
    ]
    for says, told, at in refused:
        with pytest.raises(Invalid) as raised:
            look(world, MARCUS, passed, **told)
        assert at in [fault.at for fault in raised.value.faults], says
    with pytest.raises(Forbidden, match="decided on it"):
        look(world, DANA, passed, "reject")
    for stranger in (NOOR, PRIYA):
        with pytest.raises(NotFound):
            look(world, stranger, passed, "reject")
    assert world.everything() == before

    def answer(number: int) -> int:
        return look(
            world,
            (MARCUS, HELEN)[number],
            passed,
            "approve",
            findings=(FindingInput("tone", "Rather short of thanks."),),
        )

    came = at_once(2, answer)
    assert sorted(type(one).__name__ for one in came) == ["Conflict", "int"]
    assert (world.count(QaReview), world.count(QaFinding)) == (1, 1)
    told = [entry for entry in world.log() if entry.act == "qa.review"]
    assert len(told) == 1
    assert "thanks" not in told[0].body
    assert world.verify().holds


def test_a_dispute_is_settled_by_a_third(world: World) -> None:
    """Opened where one lets it go on and the other does not; by the lane's roles, never by one of the two; once."""
    sample(world)
    with world.session() as session:
        found = {one.first.action: one for one in sample_queries.sampled_drafts(session)}
        approved = next(
            one for one in sample_queries.sampled_drafts(session) if one.first.text == "Read to the end, twice."
        )
    look(world, MARCUS, approved.place.id, "send_back")
    look(world, HELEN, found["reject"].place.id, "send_back")
    look(world, HELEN, found["escalate"].place.id, "approve")
    with world.session() as session:
        standing = {one.place.id: one for one in sample_queries.sampled_drafts(session)}
        assert standing[approved.place.id].disputed
        assert not standing[found["reject"].place.id].disputed, "both stopped it"
        policy = policy_versions.current(session)
        told = agreement.status(session, LANE, OVER.replace(hour=10))
        assert (told.drawn, told.reviewed, told.open_disputes, told.settled) == (9, 3, 2, 0)
        assert policy
    for who, raised in ((DANA, NotFound), (MARCUS, Forbidden), (TOM, Forbidden), (AIKO, Forbidden)):
        with pytest.raises(raised):
            settled(world, approved.place.id, person=who)
    with pytest.raises(Forbidden, match="one of the two"):
        settled(world, found["escalate"].place.id)
    with pytest.raises(Invalid) as refused:
        settled(world, approved.place.id, "nobody")
    assert [fault.at for fault in refused.value.faults] == ["/verdict"]
    settled(world, approved.place.id)
    for place in (approved.place.id, found["reject"].place.id):
        with pytest.raises(Conflict):
            settled(world, place)
    with world.session() as session:
        assert agreement.status(session, LANE, OVER.replace(hour=10)).settled == 1
        told = agreement.agreement_figures(session, policy_versions.current(session), LANE, OVER.replace(hour=10))
    assert (told[0]["gate"], told[0]["few"]) == ("", True)
    assert {one["gate"] for one in told} == {"", "customer-communication", "implementation-launch"}
    assert [entry.act for entry in world.log()[-1:]] == ["qa.settle"]
    assert world.verify().holds


def test_what_went_out_and_was_wrong_opens_an_exception(world: World) -> None:
    """A finding on a released draft; on one that never went out it is refused; who may add none is told."""
    sample(world)
    with world.session() as session:
        approved = next(
            one for one in sample_queries.sampled_drafts(session) if one.first.text == "Read to the end, twice."
        )
        stopped = next(one for one in sample_queries.sampled_drafts(session) if one.first.action == "reject")
    with world.session() as session:
        digest = world.seen(approved.item.id).revision
        sent_reports.record_report(
            session, world.caller, approved.item.id, sent_reports.SentReport(digest, world.now, "its mail"), world.now
        )
    look(world, MARCUS, approved.place.id, "send_back")
    look(world, MARCUS, stopped.place.id, "reject")
    said = FindingInput("wrong-fact", "The kickoff is on the tenth, not the ninth.")

    def find(who: Any, place: int, category: str = "") -> int:
        with world.session() as session:
            return second_review.add_finding(session, who.id, place, said, OVER.replace(hour=11), category)

    for who, place, category, raised in [
        (DANA, approved.place.id, "", NotFound),
        (AIKO, approved.place.id, "", Forbidden),
        (MARCUS, stopped.place.id, "sent-differs", Invalid),
        (MARCUS, approved.place.id, "no-such", Invalid),
    ]:
        with pytest.raises(raised):
            find(who, place, category)
    assert world.count(ExceptionCase) == 1, "the escalated one's"
    find(MARCUS, approved.place.id)
    find(HELEN, approved.place.id, "sent-differs")
    with world.session() as session:
        newest = session.scalars(select(ExceptionCase).order_by(ExceptionCase.id.desc())).first()
        assert newest is not None
        assert (newest.category, newest.blocking) == ("sent-differs", True)
        assert "Second review of what went out" in newest.summary
        assert [one.outward for one in session.scalars(select(QaFinding).order_by(QaFinding.id))] == [False, True]
        assert len(sample_queries.findings_of_lane(session, LANE)) == 2
    assert world.verify().holds


def test_the_database_keeps_answers(world: World) -> None:
    """One answer a draft, with words, whatever writes it."""
    from sqlalchemy.exc import DBAPIError

    sample(world)
    with world.session() as session:
        place = session.scalars(select(QaPlace.id)).first()
        row = {
            "place_id": place,
            "person_id": MARCUS.id,
            "role": "csm",
            "reason_code": "x",
            "differs": False,
            "at": OVER,
        }
        for action, text in (("reject", "no"), ("override", "Because I say so.")):
            with pytest.raises(DBAPIError):
                session.add(QaReview(**row, action=action, text=text))
                session.flush()
            session.rollback()
