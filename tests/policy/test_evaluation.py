"""Judging: for each gate, role and situation, which acts there are, what is still missing, and which rule says so."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewqueue.core import vocabulary
from reviewqueue.core.vocabulary import ACTS
from reviewqueue.db.tables.people import ROLES
from reviewqueue.policy import evaluation, legal_acts, loading
from reviewqueue.policy.evaluation import Actor, CheckOutcome, Situation, Vote
from reviewqueue.policy.model.policy import Gate, Policy

POLICY = loading.load(loading.files_in(loading.SHIPPED))
LANES = [lane.key for lane in POLICY.lanes]
GATES = [gate.key for gate in POLICY.gates]
MAIL = Situation("pending", "customer_email")
OTHER, MAKER = 1, 2  # person ids: somebody uninvolved, and somebody who made it


def gate(key: str = "customer-communication", lane: str = "mid-market-saas") -> Gate:
    """A gate of the shipped policy."""
    found = POLICY.gate(lane, key)
    assert found is not None
    return found


def acts(situation: Situation, actor: Actor, at: Gate | None, policy: Policy = POLICY) -> set[str]:
    """The acts that are open."""
    return {legal.act for legal in legal_acts.legal_acts(policy, at, situation, actor) if legal.allowed}


def person(*roles: str, person_id: int = OTHER) -> Actor:
    """Somebody with these roles."""
    return Actor(person_id, frozenset(roles))


FAILED = (CheckOutcome("evidence.citation", "fail", True),)
FIXED = (CheckOutcome("topic.renewal", "fail", True),)
DECIDED = ("approve", "edit", "send_back", "escalate", "reject")


@pytest.mark.parametrize("key", GATES)
@pytest.mark.parametrize("role", ROLES)
def test_only_the_gates_own_people_decide(key: str, role: str) -> None:
    """At each gate a role has acts if and only if the gate's file names it as reviewer or as who it is escalated to."""
    named = role in {*gate(key).reviewers, *gate(key).goes_up_to}
    assert acts(replace(MAIL, kind="risk_summary"), person(role), gate(key)) == (set(DECIDED) if named else set())


@pytest.mark.parametrize("key", GATES)
@pytest.mark.parametrize("role", ROLES)
def test_an_escalated_item_is_decided_above(key: str, role: str) -> None:
    """Once escalated, only those it is escalated to have acts, and escalating again is none of them."""
    named = role in gate(key).goes_up_to
    expected = {"approve", "edit", "send_back", "reject"} if named else set()
    assert acts(replace(MAIL, state="escalated"), person(role), gate(key)) == expected


@pytest.mark.parametrize("state", vocabulary.SETTLED)
@pytest.mark.parametrize("role", ROLES)
def test_a_settled_item_has_no_acts(state: str, role: str) -> None:
    """Decided is decided, for everybody."""
    assert acts(replace(MAIL, state=state), person(role), gate()) == set()


@pytest.mark.parametrize("role", ROLES)
def test_a_gate_that_is_gone_is_shut(role: str) -> None:
    """Nobody decides at a gate the policy does not have, and it is said."""
    assert acts(MAIL, person(role), None) == set()
    assert all(
        "missing from the policy" in legal.why for legal in legal_acts.legal_acts(POLICY, None, MAIL, person(role))
    )


# (what is so, the situation, the actor, the acts that are open)
SITUATIONS = [
    ("a clean draft", MAIL, person("csm"), {*DECIDED}),
    ("a blocking check fails", replace(MAIL, checks=FAILED), person("csm"), {*DECIDED} - {"approve"}),
    (
        "it fails, and the role may override",
        replace(MAIL, checks=FAILED),
        person("manager"),
        {*DECIDED, "override"} - {"approve"},
    ),
    (
        "a check fails that nobody may override",
        replace(MAIL, checks=FIXED),
        person("manager"),
        {*DECIDED} - {"approve"},
    ),
    (
        "a check fails that does not block",
        replace(MAIL, checks=(CheckOutcome("x", "fail", False),)),
        person("csm"),
        {*DECIDED},
    ),
    ("a check warns", replace(MAIL, checks=(CheckOutcome("x", "warn", True),)), person("csm"), {*DECIDED}),
    ("it was sent back", replace(MAIL, state="sent_back"), person("csm"), {"edit", "escalate", "reject"}),
    ("a question", replace(MAIL, kind="trigger_question"), person("csm"), {*DECIDED} - {"edit"}),
    ("somebody else has it on the desk", replace(MAIL, lease_holder=9), person("csm"), set()),
    ("it is on one's own desk", replace(MAIL, lease_holder=OTHER), person("csm"), {*DECIDED}),
    (
        "one has approved this revision",
        replace(MAIL, votes=(Vote(OTHER, "csm", "approve"),)),
        person("csm"),
        {*DECIDED} - {"approve"},
    ),
    ("a role one only stands in for", MAIL, Actor(OTHER, frozenset({"finance"}), frozenset({"csm"})), set()),
    (
        "escalated to a role one stands in for, at a gate of one's own",
        replace(MAIL, state="escalated"),
        Actor(OTHER, frozenset({"csm"}), frozenset({"cs_leader"})),
        {*DECIDED} - {"escalate"},
    ),
    ("no role that decides", MAIL, person("auditor"), set()),
    ("no role at all", MAIL, person(), set()),
]


@pytest.mark.parametrize(("what", "situation", "actor", "expected"), SITUATIONS, ids=[one[0] for one in SITUATIONS])
def test_which_acts_are_open(what: str, situation: Situation, actor: Actor, expected: set[str]) -> None:
    """The table of situations at the gate for customer messages."""
    assert acts(situation, actor, gate()) == expected, what


WAYS = {
    "author": (replace(MAIL, authors=frozenset({MAKER})), person("csm", person_id=MAKER)),
    "editor": (replace(MAIL, editors=frozenset({MAKER})), person("csm", person_id=MAKER)),
    "automation_owner": (replace(MAIL, automation_owner=MAKER), person("csm", person_id=MAKER)),
    "delegate": (
        replace(MAIL, authors=frozenset({MAKER})),
        Actor(OTHER, frozenset({"csm"}), delegators=frozenset({MAKER})),
    ),
    "delegator": (
        replace(MAIL, editors=frozenset({MAKER})),
        Actor(OTHER, frozenset({"csm"}), delegates=frozenset({MAKER})),
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("key", GATES)
def test_nobody_passes_their_own_work(way: str, key: str) -> None:
    """However a person is involved, at every gate, approve and override are shut, with the place of the rule."""
    situation, actor = WAYS[way]
    actor = replace(actor, roles=frozenset(ROLES))
    for checks in ((), FAILED):
        legal = {
            one.act: one for one in legal_acts.legal_acts(POLICY, gate(key), replace(situation, checks=checks), actor)
        }
        assert not legal["approve"].allowed
        assert not legal["override"].allowed
        assert "your own work" in legal["approve"].why
        assert legal["approve"].rule.startswith(f"gates/{key}.toml:")
        assert legal["send_back"].allowed, "sending one's own work back harms nobody"


@pytest.mark.parametrize("way", WAYS)
def test_the_separation_is_the_policys(way: str) -> None:
    """The control: with that way left out of the gate's `separate`, or in a small team, the same person may."""
    situation, actor = WAYS[way]
    lax = gate().model_copy(update={"separate": tuple(one for one in gate().separate if one != way)})
    assert "approve" in acts(situation, actor, lax)
    small = POLICY.model_copy(update={"organisation": POLICY.organisation.model_copy(update={"small_team": True})})
    assert "approve" in acts(situation, actor, gate(), small)
    assert evaluation.involvement(situation, gate(), actor) == way, "and it is still known"


# (what is so, the situation, codes of what is missing)
NEEDS = [
    ("nobody has looked", MAIL, ["approval"]),
    ("approved by a reviewer", replace(MAIL, votes=(Vote(1, "csm", "approve"),)), []),
    ("approved by somebody above", replace(MAIL, votes=(Vote(1, "cs_leader", "approve"),)), []),
    ("approved under a role that does not count", replace(MAIL, votes=(Vote(1, "finance", "approve"),)), ["approval"]),
    ("escalated, approved below", replace(MAIL, state="escalated", votes=(Vote(1, "csm", "approve"),)), ["approval"]),
    ("escalated, approved above", replace(MAIL, state="escalated", votes=(Vote(1, "cs_leader", "approve"),)), []),
    ("sent back", replace(MAIL, state="sent_back"), ["revision", "approval"]),
    ("a check fails", replace(MAIL, checks=FAILED), ["check", "approval"]),
    ("approved, and a check fails", replace(MAIL, checks=FAILED, votes=(Vote(1, "csm", "approve"),)), ["check"]),
    (
        "overridden by one where two are asked for",
        replace(MAIL, checks=FAILED, votes=(Vote(1, "manager", "override", ("evidence.citation",)),)),
        ["approval"],
    ),
    (
        "overridden, and a second person approved",
        replace(
            MAIL,
            checks=FAILED,
            votes=(Vote(1, "manager", "override", ("evidence.citation",)), Vote(2, "csm", "approve")),
        ),
        [],
    ),
    (
        "the same person twice",
        replace(
            MAIL,
            checks=FAILED,
            votes=(Vote(1, "manager", "override", ("evidence.citation",)), Vote(1, "csm", "approve")),
        ),
        ["approval"],
    ),
    (
        "another check than the one that was overridden",
        replace(
            MAIL,
            checks=FIXED,
            votes=(Vote(1, "manager", "override", ("evidence.citation",)), Vote(2, "csm", "approve")),
        ),
        ["check"],
    ),
    ("settled", replace(MAIL, state="rejected"), []),
]


@pytest.mark.parametrize(("what", "situation", "codes"), NEEDS, ids=[one[0] for one in NEEDS])
def test_what_is_still_missing(what: str, situation: Situation, codes: list[str]) -> None:
    """The table of what an item needs, each need with the file and line that asks for it."""
    found = evaluation.missing_for_approval(POLICY, gate(), situation)
    assert [need.code for need in found] == codes, what
    assert all(need.rule.startswith("gates/customer-communication.toml:") for need in found)
    open_now = situation.state in ("pending", "escalated")
    assert evaluation.satisfied(POLICY, gate(), situation) == (open_now and not codes)


def test_where_two_must_approve_two_different_people_must() -> None:
    """In the lane that asks for two approvals, one person's two votes are one."""
    two = gate(lane="enterprise-saas")
    first, second = Vote(1, "csm", "approve"), Vote(2, "manager", "approve")
    missing = [
        len(evaluation.missing_for_approval(POLICY, two, replace(MAIL, votes=votes)))
        for votes in ((), (first,), (first, first))
    ]
    assert missing == [1, 1, 1]
    assert evaluation.satisfied(POLICY, two, replace(MAIL, votes=(first, second)))


SITUATION = st.builds(
    Situation,
    state=st.sampled_from(vocabulary.OPEN + vocabulary.SETTLED),
    kind=st.sampled_from(["customer_email", "handoff_packet", "trigger_question"]),
    checks=st.lists(
        st.builds(
            CheckOutcome,
            st.sampled_from(["field.customer_outcome", "evidence.citation", "topic.scope"]),
            st.sampled_from(["pass", "warn", "fail"]),
            st.booleans(),
        ),
        max_size=3,
    ).map(tuple),
    votes=st.lists(st.builds(Vote, st.integers(1, 4), st.sampled_from(ROLES), st.just("approve")), max_size=3).map(
        tuple
    ),
    authors=st.frozensets(st.integers(1, 4), max_size=1),
    editors=st.frozensets(st.integers(1, 4), max_size=2),
    automation_owner=st.none() | st.integers(1, 4),
    lease_holder=st.none() | st.integers(1, 4),
)
ACTOR = st.builds(
    Actor,
    st.integers(1, 4),
    st.frozensets(st.sampled_from(ROLES), max_size=3),
    st.frozensets(st.sampled_from(ROLES), max_size=2),
    st.frozensets(st.integers(1, 4), max_size=2),
    st.frozensets(st.integers(1, 4), max_size=2),
)


@given(st.sampled_from(LANES), st.sampled_from(GATES), SITUATION, ACTOR)
def test_whatever_the_situation(lane: str, key: str, situation: Situation, actor: Actor) -> None:
    """For any situation: six acts are answered, a refusal says why, and what is open breaks none of the rules."""
    at = gate(key, lane)
    legal = legal_acts.legal_acts(POLICY, at, situation, actor)
    assert [one.act for one in legal] == list(ACTS)
    assert all(one.allowed or one.why for one in legal)
    open_acts = {one.act for one in legal if one.allowed}
    owner = {situation.automation_owner} - {None}
    makers = situation.authors | situation.editors | owner
    if open_acts:
        assert situation.state in vocabulary.OPEN
        assert (actor.roles | actor.borrowed) & {*at.reviewers, *at.goes_up_to}
        assert situation.lease_holder in (None, actor.person_id)
    if open_acts & {"approve", "override"}:
        assert not makers & {actor.person_id, *actor.delegators, *actor.delegates}
        assert actor.person_id not in {vote.person_id for vote in situation.votes}
    if "approve" in open_acts:
        assert not evaluation.failing_checks(situation)
    if "override" in open_acts:
        assert evaluation.failing_checks(situation)
        assert all(evaluation.overridable(at, check) for check in evaluation.failing_checks(situation))
