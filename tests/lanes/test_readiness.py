"""Readiness: scores, colours, answers and owners stay as they were said, the newest holds, and each is on the log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest

from reviewqueue.core import canonical_json
from reviewqueue.core.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from reviewqueue.db.tables.readiness import ControlColour, LaunchOwner, ReadinessScore, WorksheetAnswer
from reviewqueue.delivery import callbacks
from reviewqueue.lanes import live_figures, readiness, readiness_queries
from reviewqueue.people import users
from reviewqueue.policy import policy_versions
from tests import drafts, northbeam
from tests.cast import DANA, EVERYBODY, HELEN, INES, JONAS, PRIYA, SAM, TOM
from tests.support import scorecards
from tests.support.scorecards import EVIDENCE, LANE
from tests.world import World

AREA = "measurement-and-roi"
WHY = "The baseline was counted twice."


def last(world: World) -> tuple[str, str, dict[str, Any], set[str]]:
    """The newest entry of the log: who, what, its facts, and which words it seals."""
    entry = world.log()[-1]
    body = canonical_json.read(entry.body)
    return entry.actor, entry.act, body["facts"], set(body["sealed"])


def test_the_newest_score_holds_and_the_earlier_ones_stay(world: World) -> None:
    """Each says what was there before; the history is whole, and the lane's total follows the newest."""
    scorecards.score_all(world, 4)
    scorecards.score(world, AREA, 2, by=JONAS, evidence="Nobody can find the figures of the spring.", link="/log/1")
    assert last(world)[:2] == (JONAS.actor, "readiness.score")
    assert last(world)[2].items() >= {"area": AREA, "score": 2, "before": 4, "evidence_on": "2026-03-02"}.items()
    assert last(world)[3] == {"evidence", "link"}
    found = scorecards.sheet(world)
    assert (found.scores[AREA].score, found.scores[AREA].link) == (2, "/log/1")
    assert found.score.percent == Fraction(408 - 16, 510) * 100
    with world.session() as session:
        past = readiness_queries.history(session, ReadinessScore, LANE)
    assert [row.score for row in past if row.area == AREA] == [2, 4]
    assert len(past) == 11
    assert not scorecards.sheet(world, "enterprise-saas").scores, "another lane has its own"
    assert world.verify().holds


def said(**more: Any) -> readiness.ScoreInput:
    """A score that is taken, but for what is given."""
    return replace(readiness.ScoreInput(AREA, 3, EVIDENCE), **more)


# Each refusal, with the place it names.
GROUNDLESS = (
    (said(area="mood"), "/area"),
    (said(score=0), "/score"),
    (said(score=6), "/score"),
    (said(evidence=""), "/evidence"),
    (said(evidence="\u200b" * 40), "/evidence"),
    (said(evidence="too short"), "/evidence"),
    (said(evidence="a zero \x00 in a text"), "/evidence"),
    (said(note="x" * 10_001), "/note"),
    (said(link="javascript:alert(1)"), "/link"),
    (said(link="http://plain.example/"), "/link"),
    (said(link="//elsewhere.example"), "/link"),
    (said(link="/\\elsewhere.example"), "/link"),
    (said(link="https://us@elsewhere.example/"), "/link"),
    (said(link="/items/4711"), "/link"),
    (said(link="/log/999999"), "/link"),
    (said(link="https://a.example/" + "x" * 255), "/link"),
)


def test_a_score_without_a_ground_is_refused(world: World) -> None:
    """Each refusal names its place, and nothing is written."""
    before = world.everything()
    with world.session() as session:
        for given, at in GROUNDLESS:
            with pytest.raises(Invalid) as refused:
                readiness.score(session, PRIYA.actor, LANE, given, world.now)
            assert at in {fault.at for fault in refused.value.faults}, given
    assert world.everything() == before


def test_evidence_may_be_a_link_alone_and_is_of_a_day(world: World) -> None:
    """A page of ours that is there, or an https address; of a past day, never of one to come; old evidence is named."""
    item = world.submit(drafts.packet())
    for link in (f"/items/{item}", "/onboardings/1#milestones", "https://wiki.example/audit?id=7", "/policy#gates"):
        scorecards.score(world, AREA, 3, evidence="", link=link)
    with world.session() as session:
        day = world.now.date()
        with pytest.raises(Invalid, match="still here"):
            readiness.score(session, PRIYA.actor, LANE, said(evidence_on=day + timedelta(days=2)), world.now)
        readiness.score(session, PRIYA.actor, LANE, said(evidence_on=day - timedelta(days=180)), world.now)
    assert scorecards.standing(world).old == ()
    with world.session() as session:
        readiness.score(session, PRIYA.actor, LANE, said(evidence_on=day - timedelta(days=181)), world.now)
    assert scorecards.standing(world).old == ("Measurement and ROI",)


Act = Callable[[Any, str, World], object]
ACTS: dict[str, Act] = {
    "score": lambda session, who, world: readiness.score(session, who, LANE, said(), world.now),
    "colour": lambda session, who, world: readiness.set_colour(session, who, LANE, "systems", "green", WHY, world.now),
    "answer": lambda session, who, world: readiness.answer_line(
        session, who, LANE, "cs-source", "Vitally", "", world.now
    ),
    "owner": lambda session, who, world: readiness.name_owner(session, who, LANE, "cs", HELEN.id, "", world.now),
}


@pytest.mark.parametrize("act", ACTS)
def test_who_may_say_how_ready_a_lane_is(world: World, act: str) -> None:
    """RevOps and the role that owns the lane; an auditor reads and everybody else tells them. Each act is one entry."""
    for person in EVERYBODY:
        before = len(world.log())
        with world.session() as session:
            if person in (PRIYA, JONAS):
                ACTS[act](session, person.actor, world)
                assert last(world)[:2] == (person.actor, f"readiness.{act}")
                assert len(world.log()) == before + 1
            else:
                with pytest.raises(Forbidden, match="Nothing was recorded"):
                    ACTS[act](session, person.actor, world)
                assert len(world.log()) == before, person.name
    with world.session() as session:
        ACTS[act](session, "system:cli", world)
        with pytest.raises(NotFound, match="enterprise-saas, mid-market-saas"):
            readiness.score(session, PRIYA.actor, "all", said(), world.now)
    owned(world, "csm")
    with world.session() as session:
        ACTS[act](session, DANA.actor, world)
        with pytest.raises(Forbidden, match="its owner \\(csm\\)"):
            ACTS[act](session, TOM.actor, world)
        users.disable(session, PRIYA.id, SAM.id, world.now)
        with pytest.raises(Forbidden, match="account is closed"):
            ACTS[act](session, PRIYA.actor, world)


def owned(world: World, role: str) -> None:
    """Put an active policy in which another role owns the lane."""
    files = northbeam.files()
    name = "lanes/mid-market-saas.toml"
    files[name] = files[name].replace('owner = "revops"', f'owner = "{role}"')
    with world.session() as session:
        policy_versions.activate(session, files, "system:cli", world.now)


def test_who_stands_in_for_revops_may_too(world: World) -> None:
    with world.session() as session:
        users.set_absence(session, PRIYA.id, TOM.id, world.now, world.now + timedelta(days=2), world.now)
        ACTS["score"](session, TOM.actor, world)


def test_a_colour_has_its_reason_and_its_history(world: World) -> None:
    scorecards.colour_all(world)
    scorecards.colour_all(world, besides={"systems": "red"})
    assert last(world)[1:] == (
        "readiness.colour",
        {"area": "measurement", "colour": "green", "before": "green"},
        {"reason"},
    )
    assert scorecards.sheet(world).call.red == ("Systems",)
    with world.session() as session:
        assert len(readiness_queries.history(session, ControlColour, LANE)) == 14
        for area, colour, why, at in (
            ("mood", "green", WHY, "/area"), ("systems", "blue", WHY, "/colour"), ("systems", "red", "no", "/reason"),
        ):  # fmt: skip
            with pytest.raises(Invalid) as refused:
                readiness.set_colour(session, PRIYA.actor, LANE, area, colour, why, world.now)
            assert [fault.at for fault in refused.value.faults] == [at]


def test_a_line_may_be_answered_otherwise_and_both_show(world: World) -> None:
    """The person's answer holds, the system's stands beside it; what the system knew then is kept; it can be taken back."""
    scorecards.answer(world, "weekly-sample", "Ten items each week, drawn at random.", "Five percent would be two.")
    line = {one.line.key: one for one in scorecards.sheet(world).lines}["weekly-sample"]
    assert (line.says, line.differs, line.moved) == ("Ten items each week, drawn at random.", True, False)
    assert line.known is not None
    assert "5 %" in line.known.says
    assert line.answer is not None
    assert line.answer.knew == line.known.says
    scorecards.answer(world, "target-segment", "Mid-Market")
    same = {one.line.key: one for one in scorecards.sheet(world).lines}["target-segment"]
    assert not same.differs, "the same word in another case is no other answer"
    scorecards.answer(world, "weekly-sample", None)
    line = {one.line.key: one for one in scorecards.sheet(world).lines}["weekly-sample"]
    assert (line.answer, line.says) == (None, line.known.says if line.known else "")
    with pytest.raises(Conflict, match="nothing to take back"):
        scorecards.answer(world, "weekly-sample", None)
    with world.session() as session:
        assert readiness_queries.history(session, WorksheetAnswer, LANE)[0].answer == ""
    assert last(world)[1:] == ("readiness.answer", {"line": "weekly-sample"}, {"before"})


def test_what_the_system_knew_is_held_against_what_it_knows(world: World) -> None:
    """Another policy knows something else: the answer is marked, and its person's words stay."""
    scorecards.answer(world, "workflow-owner", "Priya, for RevOps")
    owned(world, "csm")
    line = {one.line.key: one for one in scorecards.sheet(world).lines}["workflow-owner"]
    assert (line.moved, line.known.says if line.known else "", line.says) == (True, "CSM", "Priya, for RevOps")


def test_an_answer_that_says_nothing_is_refused(world: World) -> None:
    for line, text, reason, at in (
        ("mood", "good", "", "/line"),
        ("cs-source", "", "", "/answer"),
        ("cs-source", "\u200b\u2060", "", "/answer"),
        ("cs-source", "x" * 301, "", "/answer"),
        ("pilot-recommendation", "go ahead", WHY, "/answer"),
        ("pilot-recommendation", "build", "", "/reason"),
        ("pilot-recommendation", "build", "\u200b" * 20, "/reason"),
    ):
        with pytest.raises(Invalid) as refused:
            scorecards.answer(world, line, text, reason)
        assert at in {fault.at for fault in refused.value.faults}, (line, text)
    assert not world.count(WorksheetAnswer)


def test_the_recommendation_is_computed_and_a_person_confirms_it(world: World) -> None:
    """Confirmed or not, what is computed stands beside it, also when it has changed since."""
    scorecards.score_all(world, 4)
    scorecards.colour_all(world)
    scorecards.answer(world, "pilot-recommendation", "build", WHY)
    found = scorecards.standing(world)
    assert (found.recommendation.choice, found.confirmed) == ("build", "build")
    scorecards.colour_all(world, besides={"handoff-data": "red"})
    found = scorecards.standing(world)
    assert (found.recommendation.choice, found.confirmed, found.control_gaps) == ("reject", "build", ("Handoff data",))
    line = scorecards.sheet(world).lines[-1]
    assert (line.differs, line.moved) == (True, True)


def test_an_owner_is_named_and_says_that_they_know_their_part(world: World) -> None:
    """Only who is named says so, once; another name begins again; a closed account owns nothing; nobody needs a reason."""
    scorecards.own_all(world)
    assert scorecards.standing(world).unowned == ()
    assert len(scorecards.standing(world).unconfirmed) == 6
    with world.session() as session:
        for person, refusal in ((PRIYA, Forbidden), (INES, None), (INES, Conflict)):
            if refusal is None:
                readiness.confirm_ownership(session, person.id, LANE, "implementation", world.now)
                continue
            with pytest.raises(refusal):
                readiness.confirm_ownership(session, person.id, LANE, "implementation", world.now)
        assert last(world)[:3] == (INES.actor, "readiness.accept", {"part": "implementation"})
        assert "Implementation" not in scorecards.standing(world).unconfirmed
        readiness.name_owner(session, PRIYA.actor, LANE, "implementation", DANA.id, "Ines is away in May.", world.now)
        assert last(world)[2] == {"part": "implementation", "person": DANA.id, "before": INES.id}
        assert "Implementation" in scorecards.standing(world).unconfirmed
        users.disable(session, TOM.id, SAM.id, world.now)
        assert scorecards.standing(world).unowned == ("Support",)
        for part, person, note, at in (
            ("mood", DANA.id, "", "/part"), ("cs", 999, "", "/person"), ("cs", TOM.id, "", "/person"), ("cs", None, "", "/note"),
        ):  # fmt: skip
            with pytest.raises(Invalid) as refused:
                readiness.name_owner(session, PRIYA.actor, LANE, part, person, note, world.now)
            assert [fault.at for fault in refused.value.faults] == [at]
        readiness.name_owner(session, PRIYA.actor, LANE, "cs", None, "Helen has left for another team.", world.now)
        assert scorecards.standing(world).unowned == ("Customer success", "Support")
        assert len(readiness_queries.history(session, LaunchOwner, LANE)) == 9
    known = {one.line.key: one.known.says for one in scorecards.sheet(world).lines if one.known}
    assert known["implementation-owner"] == DANA.name
    assert "cs-owner" not in known


def test_what_keeps_a_lane_from_a_pilot_is_said_one_by_one(world: World) -> None:
    """Score, colours, owners and baseline: each is named until it holds; what nobody asked about is not held against it."""
    assert len(scorecards.standing(world).lacks) == 3
    assert scorecards.standing(world).percent is None
    scorecards.score_all(world, 4, measurement_and_roi=3)
    scorecards.colour_all(world, besides={"measurement": "red"})
    short = " ".join(scorecards.standing(world, baseline=False).lacks)
    for says in ("The score is 78.4 %; a pilot needs 80 %.", "in measurement", "Nobody owns", "No baseline"):
        assert says in short
    scorecards.own_all(world)
    scorecards.score_all(world, 4)
    scorecards.colour_all(world)
    assert scorecards.standing(world, baseline=False).lacks == (
        "No baseline is recorded, so nobody could tell whether the pilot is better.",
    )
    done = scorecards.standing(world)
    assert (done.lacks, done.percent, done.call.key, done.baseline) == ((), 80, "go", None)
    assert done.verdict is not None
    assert done.verdict.key == "ready"
    with world.session() as session, pytest.raises(DomainError):
        readiness.lane_readiness(session, policy_versions.current(session), "nowhere", world.now)


def counted(world: World, lane: str = LANE) -> dict[str, tuple[int, int]]:
    """The lane's gauges: count and total by key."""
    with world.session() as session:
        found = policy_versions.current(session).lane(lane)
        assert found is not None
        return {one.key: (one.count, one.total) for one in live_figures.read(session, found, world.now)}


def test_the_gauges_count_what_happened(world: World) -> None:
    """Packets as first submitted, fields missing, overrides, milestones, retries, exceptions; each lane its own."""
    assert set(counted(world).values()) == {(0, 0)}
    whole, gap = (
        world.submit(drafts.packet()),
        world.submit(drafts.packet(without=("customer_owner", "renewal_signal"))),
    )
    world.decide(PRIYA, whole, "approve")
    draft = world.draft(gap)
    draft["sections"].setdefault("buyer_and_owner", {})["customer_owner"] = "Piet de Vries, dispatch lead"
    world.decide(PRIYA, gap, "edit", reason_code="gap-filled", draft=draft)
    world.decide(JONAS, gap, "approve", reason_code="confirmed-with-owner")
    plan = world.submit(drafts.plan())
    world.decide(INES, plan, "approve")
    bad = world.submit(drafts.plan(milestones=[{**drafts.MILESTONES[0], "due": "soon"}]))
    late = world.submit(drafts.email())
    world.decide(DANA, late, "escalate")
    found = counted(world)
    audited = found["missing-fields"][1]
    assert (found["packet-completion"], found["missing-fields"][0], audited % 2) == ((1, 2), 2, 0)
    assert found["overrides"] == (0, 3)
    assert found["milestones-whole"] == (2, 2)
    assert found["exceptions-overdue"] == (0, 1)
    assert world.item(bad).state == "pending"
    with world.session() as session:
        for _ in range(2):
            for due in callbacks.take_due(session, world.now):
                callbacks.report(session, due, world.now, status=500, says="try later", milliseconds=3)
            world.now += timedelta(hours=1)
    again, told = counted(world)["message-retries"]
    assert told >= again >= 1
    world.now += timedelta(days=30)
    assert counted(world)["exceptions-overdue"] == (1, 1)
    world.now += timedelta(days=70)
    assert counted(world)["overrides"] == (0, 0), "what was decided long ago is not counted"
    assert set(counted(world, "enterprise-saas").values()) == {(0, 0)}


def test_an_override_and_a_message_that_broke_a_rule_are_counted(world: World) -> None:
    passed = world.submit(drafts.with_check(drafts.email(), "automation.tone"))
    world.decide(TOM, passed, "override", passes=("automation.tone",))
    world.decide(HELEN, passed, "approve")
    mailed = world.submit(drafts.email(body="Hello {{ name }},\n\n" + drafts.BODY))
    world.decide(DANA, mailed, "reject")
    found = counted(world)
    assert found["overrides"] == (1, 2)
    assert found["messages-right"] == (1, 2)
