"""The words of a gate: groups, the account's owner, roles that must be among the approvals, overrides by family."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reviewqueue.policy import evaluation, legal_acts, loading
from reviewqueue.policy.evaluation import Actor, CheckOutcome, Situation, Vote
from reviewqueue.policy.flaws import BadPolicy
from reviewqueue.policy.model.policy import Gate, Policy

SHIPPED = loading.files_in(loading.SHIPPED)
POLICY = loading.load(SHIPPED)
LEAD, CSM, OTHER, OWNER = 1, 2, 3, 4  # person ids
PLAN = Situation("pending", "project_plan", account_owner=OWNER)
HANDOFF = "gates/handoff-quality.toml"
MESSAGE = "gates/customer-communication.toml"
LAUNCH = "gates/implementation-launch.toml"
KICKOFF = "gates/kickoff-preparation.toml"
RISK = "gates/risk-escalation.toml"
ENTERPRISE = "lanes/enterprise-saas.toml"


def at(key: str, lane: str = "mid-market-saas", policy: Policy = POLICY) -> Gate:
    """A gate as a lane has it."""
    found = policy.gate(lane, key)
    assert found is not None
    return found


def line_of(name: str, text: str) -> int:
    """In which line of a shipped file a text stands first."""
    return SHIPPED[name][: SHIPPED[name].index(text)].count("\n") + 1


def approve(gate: Gate, situation: Situation, actor: Actor) -> legal_acts.Permission:
    """Whether this person may approve."""
    return next(one for one in legal_acts.legal_acts(POLICY, gate, situation, actor) if one.act == "approve")


def override(gate: Gate, situation: Situation, actor: Actor, policy: Policy = POLICY) -> legal_acts.Permission:
    """Whether this person may override."""
    return next(one for one in legal_acts.legal_acts(policy, gate, situation, actor) if one.act == "override")


IN_GROUP = Actor(OTHER, frozenset({"finance"}), groups=frozenset({"deal-desk"}))
STRANGER = Actor(OTHER, frozenset({"finance"}), groups=frozenset({"somebody-else"}))
IS_OWNER = Actor(OWNER, frozenset({"sales_owner"}))

# (what is so, gate, state, actor, as what they decide)
AS_WHAT = [
    ("somebody of a group the gate names decides as the group", "risk-escalation", "pending", IN_GROUP, "group:deal-desk"),
    ("somebody of another group does not decide", "risk-escalation", "pending", STRANGER, ""),
    ("the group does not decide where its gate does not name it", "handoff-quality", "pending", IN_GROUP, ""),
    ("once escalated, a group decides no more", "risk-escalation", "escalated", IN_GROUP, ""),
    ("the account's owner decides whatever their role", "kickoff-preparation", "pending", IS_OWNER, "account_owner"),
    ("another account's owner does not", "kickoff-preparation", "pending", Actor(9, frozenset({"sales_owner"})), ""),
    ("nor does the owner at a gate that does not say so", "risk-escalation", "pending", IS_OWNER, ""),
    ("nor once it is escalated", "kickoff-preparation", "escalated", IS_OWNER, ""),
    (
        "an owner who holds the role decides under the role",
        "kickoff-preparation",
        "pending",
        Actor(OWNER, frozenset({"csm"})),
        "csm",
    ),
    (
        "what is one's own comes before what is borrowed",
        "kickoff-preparation",
        "pending",
        Actor(OWNER, frozenset({"sales_owner"}), frozenset({"csm"})),
        "account_owner",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("what", "key", "state", "actor", "role"), AS_WHAT, ids=[one[0] for one in AS_WHAT])
def test_as_what_somebody_decides(what: str, key: str, state: str, actor: Actor, role: str) -> None:
    """Roles, groups and the account's owner, and what the refusal says to the others."""
    gate, situation = at(key), replace(PLAN, state=state)
    assert evaluation.acting_role(gate, situation, actor) == role, what
    legal = approve(gate, situation, actor)
    assert legal.allowed == bool(role)
    if not role:
        assert legal.why == f"Only {evaluation.decider_text(POLICY, gate, situation)} decides here"
        assert legal.rule.startswith(f"gates/{key}.toml:")


def test_who_decides_is_said_in_words() -> None:
    """A group by its name, the owner as what they are; escalated, the roles above alone."""
    kickoff = evaluation.decider_text(POLICY, at("kickoff-preparation"), PLAN)
    risk = evaluation.decider_text(POLICY, at("risk-escalation"), PLAN)
    assert (kickoff, risk) == ("csm or the account's owner", "cs leader or the group Deal desk")
    assert (
        evaluation.decider_text(POLICY, at("risk-escalation"), replace(PLAN, state="escalated"))
        == "cs leader or manager"
    )


LEADS, CSMS = Vote(LEAD, "implementation_lead", "approve"), Vote(CSM, "csm", "approve")
BOTH = [("approval", "implementation lead"), ("approval", "csm")]
# (what is so, votes, what is missing: code and from whom)
FROM = [
    ("nobody approved: one from each role", (), BOTH),
    ("the lead approved: the CSM is missing", (LEADS,), BOTH[1:]),
    ("the CSM approved: the lead is missing", (CSMS,), BOTH[:1]),
    ("two leads are not a lead and a CSM", (LEADS, replace(LEADS, person_id=OTHER)), BOTH[1:]),
    ("one person with both roles is one person", (LEADS, replace(CSMS, person_id=LEAD)), BOTH[1:]),
    ("one of each, and nothing is missing", (LEADS, CSMS), []),
    ("a leader's approval is neither", (Vote(OTHER, "cs_leader", "approve"), LEADS), BOTH[1:]),
]


@pytest.mark.parametrize(("what", "votes", "missing"), FROM, ids=[one[0] for one in FROM])
def test_roles_that_must_be_among_the_approvals(
    what: str, votes: tuple[Vote, ...], missing: list[tuple[str, str]]
) -> None:
    """Each of them, by different people, each need with the line of the lane that asks for it."""
    gate, situation = at("implementation-launch", "enterprise-saas"), replace(PLAN, votes=votes)
    needs = evaluation.missing_for_approval(POLICY, gate, situation)
    assert [(need.code, need.says.removeprefix("One approval from ")) for need in needs] == missing, what
    assert {need.rule for need in needs} <= {f"{ENTERPRISE}:{line_of(ENTERPRISE, 'approvals_from')}"}
    assert evaluation.satisfied(POLICY, gate, situation) == (not missing)


def test_escalated_those_above_decide_instead() -> None:
    """The roles below are asked for no more, the number still is."""
    gate = at("implementation-launch", "enterprise-saas")
    (need,) = evaluation.missing_for_approval(POLICY, gate, replace(PLAN, state="escalated"))
    assert need.says == "2 approvals by different people from cs leader or manager"


def test_an_approval_that_would_not_help_is_refused_with_what_would() -> None:
    """The second lead is told that a CSM is missing, and where that stands; a lead who is also CSM approves as CSM."""
    gate, half = at("implementation-launch", "enterprise-saas"), replace(PLAN, votes=(LEADS,))
    legal = approve(gate, half, Actor(OTHER, frozenset({"implementation_lead"})))
    assert not legal.allowed
    assert "an approval from csm; yours would be one as implementation lead" in legal.why
    assert legal.rule == f"{ENTERPRISE}:{line_of(ENTERPRISE, 'approvals_from')}"
    both = Actor(OTHER, frozenset({"implementation_lead", "csm"}))
    assert approve(gate, half, both).allowed
    assert evaluation.acting_role(gate, half, both, "approve") == "csm"
    assert evaluation.acting_role(gate, PLAN, both, "approve") == "implementation_lead"


PACKET = Situation("pending", "handoff_packet")
TRIGGER, FIELD = CheckOutcome("trigger.deal_type", "fail", True), CheckOutcome("field.risks", "fail", True)


def ruled(*rules: str) -> Policy:
    """The shipped policy with these override rules at the handoff gate, before the others."""
    text = SHIPPED[HANDOFF].replace("[[override_rule]]", "\n".join(rules) + "\n[[override_rule]]", 1)
    return loading.load({**SHIPPED, HANDOFF: text})


ABOVE = '[[override_rule]]\nchecks = ["field.risks"]\nroles = ["cs_leader"]\nsecond_person = true\nlongest_days = 3'
OTHERS = '[[override_rule]]\nchecks = ["field.risks"]\nroles = ["revops"]\nreasons = ["known-gap-accepted"]'


@pytest.mark.parametrize(
    ("what", "checks", "days", "codes"),
    [
        ("a field: the gate's own rule", (FIELD,), 14, ["known-gap-accepted", "confirmed-outside-systems"]),
        ("a trigger: the rule of its family", (TRIGGER,), 7, ["confirmed-outside-systems"]),
        ("both: the shorter time, the reasons of both", (FIELD, TRIGGER), 7, ["confirmed-outside-systems"]),
    ],
)
def test_each_family_has_its_own_days_and_reasons(
    what: str, checks: tuple[CheckOutcome, ...], days: int, codes: list[str]
) -> None:
    gate, situation = at("handoff-quality"), replace(PACKET, checks=checks)
    assert evaluation.override_days(gate, evaluation.failing_checks(situation)) == days, what
    assert [one.code for one in evaluation.reasons(POLICY, gate, "override", situation)] == codes


def test_each_family_has_its_own_people_and_its_own_second_person() -> None:
    """The first rule that names a check holds for it: RevOps may not override the risks here, the CS leader may,
    and then somebody else approves too."""
    policy = ruled(ABOVE)
    gate, situation = at("handoff-quality", policy=policy), replace(PACKET, checks=(FIELD,))
    legal = override(gate, situation, Actor(OTHER, frozenset({"revops"})), policy)
    assert (legal.allowed, legal.why) == (False, "Only cs leader may override field.risks here")
    assert legal.rule == f"{HANDOFF}:{line_of(HANDOFF, '[[override_rule]]') + 2}"
    assert override(gate, situation, Actor(OTHER, frozenset({"revops", "cs_leader"})), policy).allowed
    passed = replace(situation, votes=(Vote(OTHER, "cs_leader", "override", ("field.risks",)),))
    assert evaluation.quorum(gate, passed) == 2
    assert evaluation.quorum(at("handoff-quality"), passed) == 1, "the control: the shipped rule asks for nobody else"


def test_checks_whose_reasons_exclude_each_other_are_not_passed_over_together() -> None:
    """It is said before anybody types a reason."""
    policy = ruled(OTHERS)
    gate, both = at("handoff-quality", policy=policy), replace(PACKET, checks=(FIELD, TRIGGER))
    legal = override(gate, both, Actor(OTHER, frozenset({"revops"})), policy)
    assert not legal.allowed
    assert "No one reason covers overriding field.risks, trigger.deal_type together" in legal.why


def test_a_gate_without_override_rules_has_no_override() -> None:
    """And needs no reason for one."""
    text = SHIPPED[RISK][: SHIPPED[RISK].index("[override]")].replace('"known-gap-accepted", ', "")
    policy = loading.load({**SHIPPED, RISK: text})
    failing = Situation("pending", "risk_summary", checks=(FIELD,))
    legal = override(at("risk-escalation", policy=policy), failing, Actor(OTHER, frozenset({"cs_leader"})), policy)
    assert (legal.allowed, "Nobody may override field.risks" in legal.why) == (False, True)


def test_a_share_to_look_at_again_is_kept() -> None:
    """Until samples are drawn it is only known."""
    assert at("customer-communication").sample_percent == 5
    assert at("handoff-quality").sample_percent == 0


GROUP = line_of("organisation.toml", "[[groups]]")
# (what is wrong, file, what stands there, what is put there instead, the line by its words, what is said)
STUCK = [
    ("a group nobody declared", RISK, '["deal-desk"]', '["dealdesk"]', "reviewer_groups", "Known: deal-desk"),
    ("no way to decide at all", RISK, 'reviewers = ["cs_leader"]\nreviewer_groups = ["deal-desk"]\n',
     "reviewers = []\n", "reviewers", "nobody decides here: name reviewers"),
    ("only who changes nothing decides", RISK, 'reviewers = ["cs_leader"]', 'reviewers = ["auditor"]', "reviewers",
     "auditor reads everything and changes nothing"),
    ("it is escalated to who changes nothing", RISK, 'goes_up_to = ["cs_leader", "manager"]', 'goes_up_to = ["auditor"]',
     "goes_up_to", "auditor reads everything and changes nothing"),
    ("more roles than approvals", ENTERPRISE, "approvals = 2\napprovals_from", "approvals = 1\napprovals_from",
     "approvals_from", "2 roles must approve, but approvals = 1; write approvals = 2"),
    ("a role twice", ENTERPRISE, 'approvals_from = ["implementation_lead", "csm"]', 'approvals_from = ["csm", "csm"]',
     "approvals_from", "a role is named here twice"),
    ("a role that never approves here", ENTERPRISE, 'approvals_from = ["implementation_lead", "csm"]',
     'approvals_from = ["implementation_lead", "finance"]', "approvals_from", "'finance' must approve but is no"),
    ("an override by somebody who never decides", LAUNCH, 'roles = ["implementation_lead", "cs_leader"]',
     'roles = ["finance"]', "roles = [", "'finance' may override but neither decides here"),
    ("an override rule with a reason of another gate", HANDOFF, 'reasons = ["confirmed-outside-systems"]',
     'reasons = ["check-wrong"]', 'reasons = ["confirmed-outside-systems"]', "reason 'check-wrong' is not one this gate"),
    ("an override rule with a reason to approve", HANDOFF, 'reasons = ["confirmed-outside-systems"]',
     'reasons = ["evidence-complete"]', 'reasons = ["confirmed-outside-systems"]', "'evidence-complete' is not one this"),
    ("a package in halves", MESSAGE, "sample_percent = 5", 'package = "half"', "sample_percent", "'parts' or 'whole'"),
    ("a share over a hundred", MESSAGE, "sample_percent = 5", "sample_percent = 101", "sample_percent", "less than or"),
    ("an owner that is not yes or no", KICKOFF, "account_owner = true", 'account_owner = "may"', "account_owner",
     "valid boolean"),
    ("a group twice", "organisation.toml", 'name = "Deal desk"\n',
     'name = "Deal desk"\n\n[[groups]]\nkey = "deal-desk"\nname = "Another"\n', GROUP + 4, "'deal-desk' is taken"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "name", "old", "new", "where", "says"), STUCK, ids=[one[0] for one in STUCK])
def test_what_nobody_could_pass_is_refused_on_load(
    what: str, name: str, old: str, new: str, where: str | int, says: str
) -> None:
    """With the file, the line and the fix, as far as the files can tell."""
    assert old in SHIPPED[name]
    with pytest.raises(BadPolicy) as refused:
        loading.load({**SHIPPED, name: SHIPPED[name].replace(old, new)})
    found = refused.value.flaws
    line = where if isinstance(where, int) else line_of(name, where)
    assert any(flaw.place == f"{name}:{line}" and says in flaw.message for flaw in found), (what, found)
