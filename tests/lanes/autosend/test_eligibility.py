"""Earning: each thing that a message has to show keeps it, alone, from being proposed; and again from being approved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from reviewqueue.core.errors import Invalid
from reviewqueue.db.tables.autosend import StandingApproval
from reviewqueue.lanes.autosend import eligibility
from reviewqueue.measurement.sampling import weekly_sample
from reviewqueue.policy import policy_versions
from tests import drafts
from tests.cast import JONAS, PRIYA
from tests.lanes.test_proposals import propose
from tests.lanes.test_stage_requirements import ready
from tests.support import standing_approvals
from tests.support.releases import LANE
from tests.world import NOW, World

# Half the interval's width away from perfect: 35 of 35 is above 90 %, 34 of 34 is not.
BARS = "[earned]\nunchanged = 0.9\nleast = 30\n"
SOON, PAST = NOW + timedelta(days=2), NOW - timedelta(days=1)
OVERRIDE: dict[str, Any] = {"bad": 1, "act": "override"}

# (what is so, the message, its history, (agree, reviewed, open disputes), what is lacking)
LACKS: list[tuple[str, str, dict[str, Any], tuple[int, int, int], set[str]]] = [
    ("all that it takes", "task-complete", {"good": 35}, (10, 10, 0), set()),
    ("the bound just below the target", "missing-document", {"good": 34}, (10, 10, 0), {"unchanged"}),
    ("people changed a few", "portal-task", {"good": 60, "bad": 4}, (10, 10, 0), {"unchanged"}),
    ("people sent one back for each that they approved", "task-reminder", {"good": 31, "bad": 31, "act": "send_back"},
     (10, 10, 0), {"unchanged"}),
    ("too few second reviews", "task-complete", {}, (9, 9, 0), {"reviewed"}),
    ("second reviews see it otherwise", "task-complete", {}, (8, 10, 0), {"agree"}),
    ("just as many agree as it takes", "task-complete", {}, (9, 10, 0), set()),
    ("a dispute is open", "task-complete", {}, (10, 10, 1), {"disputes"}),
    ("nobody reviewed any", "task-complete", {}, (0, 0, 0), {"reviewed", "agree"}),
    ("an override is still active", "kickoff-scheduling", {"good": 90, **OVERRIDE, "expires_at": SOON}, (10, 10, 0),
     {"overrides"}),
    ("an override ran out before it went out", "inactivity-alert", {"good": 90, **OVERRIDE, "expires_at": PAST},
     (10, 10, 0), {"overrides"}),
]  # fmt: skip


def test_each_condition_alone_keeps_it_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence a row; every other condition of that row holds. The control is the rows that lack nothing."""
    standing_approvals.load(world, standing_approvals.files(None, "pilot", bars=BARS))
    for says, message, history, looked, lacks in LACKS:
        if history:
            standing_approvals.past(world, reviewed=0, message=message, **history)
        monkeypatch.setattr(weekly_sample, "review_counts", lambda *_, looked=looked: looked)
        assert lacking(world, message) == lacks, says


def lacking(world: World, message: str = standing_approvals.MESSAGE) -> set[str]:
    """What a message lacks by the active policy, by key."""
    with world.session() as session:
        policy = policy_versions.current(session)
        lane = policy.lane(drafts.LANE)
        assert lane is not None
        return {
            one.key
            for one in eligibility.eligibility(session, policy, lane, message, world.now).conditions
            if not one.holds
        }


def test_what_does_not_count(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a year ago, other words, what went out by itself, and other messages: nothing of it is a person's approval
    of these words. An override that went out before it ran out is no debt."""
    monkeypatch.setattr(weekly_sample, "review_counts", lambda *_: (10, 10, 0))
    standing_approvals.load(world, standing_approvals.files(None, "pilot", mail=False, bars=BARS))
    standing_approvals.past(world, 40, reviewed=0, at=world.now - timedelta(days=181))
    standing_approvals.past(world, 40, reviewed=0, message="portal-task")
    standing_approvals.past(world, 40, reviewed=0, decided=False)
    other = standing_approvals.files(None, "pilot")
    about = f"templates/{standing_approvals.MESSAGE}.toml"
    standing_approvals.load(world, {**other, about: other[about].replace("Thank you.", "Many thanks.")})
    standing_approvals.past(world, 40, reviewed=0, at=world.now - timedelta(days=2))
    standing_approvals.load(world, standing_approvals.files(None, "pilot", mail=False, bars=BARS))
    assert lacking(world) == {"least", "unchanged", "way"}
    standing_approvals.past(world, 90, 1, reviewed=0, act="override", expires_at=PAST, state="released")
    assert lacking(world) == {"way"}, "what a person sends by hand is not sent automatically"
    standing_approvals.load(world, standing_approvals.files(None, "pilot", bars=BARS))
    assert lacking(world) == set()


def test_it_is_refused_when_proposed_and_again_when_approved(world: World) -> None:
    """Each lack stands in words with its numbers, file and line; a lane goes live only with a message that may."""
    standing_approvals.load(world, standing_approvals.files(None, "pilot"))
    with pytest.raises(Invalid) as refused:
        propose(world, PRIYA, standing_approvals.files())
    told = [fault.message for fault in refused.value.faults]
    assert {fault.at for fault in refused.value.faults} == {f"/files/{LANE}"}
    mine = [one for one in told if "'task-complete' may not be sent automatically yet" in one]
    assert all(one.startswith(f"{LANE}:110: ") for one in mine)
    assert [one.partition("yet. ")[2] for one in mine][:2] == [
        "Decided by people: 0; it takes at least 50.",
        "Approved unchanged: unknown; it takes a lower bound (Wilson, 95 %) above 95.0%.",
    ]
    assert any("not in live yet. No score yet" in one for one in told)
    ready(world)
    items = standing_approvals.past(world, 80)
    with pytest.raises(Invalid) as refused:
        propose(world, PRIYA, standing_approvals.files(None))
    assert ["No message of it is sent automatically" in fault.message for fault in refused.value.faults] == [True]
    proposal = propose(world, PRIYA, standing_approvals.files())
    standing_approvals.past(world, 0, 3, reviewed=0, at=world.now - timedelta(hours=1))
    with pytest.raises(Invalid) as refused:
        world.decide(JONAS, proposal, "approve", reason_code="rules-agreed")
    assert "96 % (90 to 99 %, n=83), lower bound 89.9%" in refused.value.faults[0].message
    assert (world.item(proposal).state, len(items)) == ("pending", 80)
    assert world.count(StandingApproval) == 0
