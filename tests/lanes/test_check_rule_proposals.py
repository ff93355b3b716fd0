"""Check changes: what other weights would have made of the past, and that two people beside the proposer decide them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reviewqueue.core.errors import Forbidden, Invalid, NotFound
from reviewqueue.db.tables.items import Check
from reviewqueue.items import item_context, undecidable
from reviewqueue.items.submission_rules import Submission
from reviewqueue.lanes import check_rule_proposals
from reviewqueue.lanes.backtest import replay
from reviewqueue.lanes.check_rule_proposals import ProposedRule
from reviewqueue.measurement.metrics import recorded_events
from reviewqueue.policy import check_rules, flaws, loading, policy_versions
from reviewqueue.review.decisions import DecisionResult
from tests import drafts, northbeam
from tests.cast import DANA, HELEN, INES, JONAS, PRIYA, SAM
from tests.items.test_undecidable import closes
from tests.lanes.test_proposals import AGREED, propose
from tests.support import concurrency
from tests.support.recorded_metrics import sheet, tell
from tests.world import World

SHIPPED = northbeam.files()
WHY = "Half of what it stops is nothing."
PROOF, WEEKEND = "milestone.evidence", "milestone.working-day"
SATURDAY = "2026-05-02"
DAYS = timedelta(days=1)


def wanted(key: str = PROOF, counts_as: str = "warn", **more: Any) -> dict[str, str]:
    """The shipped policy with one rule, as the form writes it."""
    return check_rule_proposals.files_with_rule(
        SHIPPED, loading.load(SHIPPED), ProposedRule(key, counts_as, because=WHY, **more)
    )


def plan(**changes: str) -> Submission:
    """A plan whose last milestone says otherwise."""
    about = drafts.deal()
    milestones = drafts.plan(about).drafted.draft["milestones"]
    return drafts.plan(about, [*milestones[:-1], {**milestones[-1], **changes}])


def passed_over(world: World, item: int, reason: str = "check-wrong", *, higher: bool = False) -> None:
    """Ines lets it pass although the check fails, and Helen is the second person; Ines may ask for somebody higher."""
    world.decide(INES, item, "override", passes=(PROOF,), reason_code=reason)
    if higher:
        world.decide(INES, item, "escalate")
    world.decide(HELEN, item, "approve")


def history(world: World) -> list[int]:
    """Six plans whose last milestone says not what will show it: overridden as wrong twice, for another reason once,
    sent back, rejected, and one that waits; one due on a Saturday, approved, and one, sent back; and one without a flaw."""
    gaps = [world.submit(plan(evidence="")) for _ in range(6)]
    passed_over(world, gaps[0])
    passed_over(world, gaps[1], higher=True)
    passed_over(world, gaps[2], "known-gap-accepted")
    world.decide(INES, gaps[3], "send_back")
    world.decide(INES, gaps[4], "reject")
    world.decide(INES, world.submit(plan(due=SATURDAY)), "approve")
    world.decide(INES, world.submit(plan(due=SATURDAY)), "send_back")
    world.decide(INES, world.submit(plan()), "approve")
    return gaps


def replayed(world: World, files: dict[str, str]) -> replay.Report:
    with world.session() as session:
        return replay.run(session, loading.load(files), world.now)


# (what is so, the rule, what is counted at the gate, of how many decided ones the three shares are, what else differs)
REPLAYS: list[tuple[str, dict[str, str], dict[str, int], tuple[int, int, int], dict[str, int]]] = [
    ("a failure would only warn", wanted(),
     {"otherwise": 6, "let_by": 6, "missed": 2, "saved": 2, "stops": 0, "rightly": 0}, (5, 5, 0),
     {"check": 6, "unneeded": 3}),
    ("it would not count", wanted(PROOF, "off"),
     {"otherwise": 6, "let_by": 6, "missed": 2, "saved": 2, "stops": 0, "rightly": 0}, (5, 5, 0),
     {"check": 6, "unneeded": 3}),
    ("a warning would fail", wanted(WEEKEND, "fail"),
     {"otherwise": 2, "let_by": 0, "missed": 0, "saved": 0, "stops": 2, "rightly": 1}, (0, 0, 2),
     {"check": 2, "decider": 1, "unfinished": 1}),
    ("not in this lane", wanted(PROOF, "warn", lanes=("enterprise-saas",)), {}, (0, 0, 0), {}),
    ("not for this kind", wanted(PROOF, "off", kinds=("kickoff_brief",)), {}, (0, 0, 0), {}),
]  # fmt: skip


def test_what_other_weights_would_have_made_of_the_past(world: World) -> None:
    """Each figure counted by hand, with its interval over the decided ones."""
    history(world)
    for what, files, counts, of, totals in REPLAYS:
        report = replayed(world, files)
        plain = report.plain()
        assert report.totals == totals, what
        if not counts:
            assert plain["checks"] == [], what
            continue
        (one,) = plain["checks"]
        assert (one["gate"], one["check"]) == ("implementation-launch", WEEKEND if of[2] else PROOF), what
        assert {name: one[name] for name in counts} == counts, what
        shares = [one[name] for name in ("missed_of", "saved_of", "rightly_of")]
        assert tuple(share["n"] for share in shares) == of, what
        value = shares[2]["value"] if of[2] else shares[0]["value"]
        assert value == (0.5 if of[2] else 0.4)
        assert all(share["low"] < share["value"] < share["high"] for share in shares if share["n"])
        rules = {one.rule for one in report.listed if one.what == "check"}
        assert rules == {check_rules.place(loading.load(files), 0)}, what


def test_what_a_rule_did_is_undone_before_another_is_tried(world: World) -> None:
    """Under a rule active, a replay goes back to what each check said by itself: without the rule the failure is one
    again; with the same rule nothing differs; and the rule's own past is not counted twice."""
    softer = wanted()
    with world.session() as session:
        policy_versions.activate(session, softer, "system:cli", world.now)
    world.decide(INES, world.submit(plan(evidence="")), "approve")
    assert replayed(world, softer).changed == 0
    back = replayed(world, SHIPPED)
    assert back.totals == {"check": 1, "decider": 1, "unfinished": 1}
    (one,) = back.plain()["checks"]
    assert (one["stops"], one["rightly"]) == (1, 0)
    with world.session() as session:
        (check,) = session.query(Check).filter(Check.key == PROOF).all()
    assert (check.outcome, check.blocking) == ("warn", False)
    assert (
        f"By itself a fail; it counts as warn by {check_rules.place(loading.load(softer), 0)}, because" in check.message
    )


def needs(world: World, item: int) -> list[tuple[str, str]]:
    """What an item still needs, with the rule that says so."""
    with world.session() as session:
        return [(need.says, need.rule) for need in item_context.load(session, item, world.now).needs()]


def in_force(world: World) -> str:
    with world.session() as session:
        return policy_versions.current(session).digest


def test_two_people_beside_the_proposer_approve_a_change_of_checks(world: World) -> None:
    """The first approval leaves it waiting and says what is missing; the same person cannot be the second, the proposer
    none; the second activates it. The control: another change needs one."""
    history(world)
    item, before = propose(world, PRIYA, wanted()), in_force(world)
    row = world.item(item)
    assert row.title == "Check change: milestone.evidence counts as warn for every draft in every lane"
    draft = world.draft(item)
    assert draft["checks"] == [f"{PROOF} counts as warn for every draft in every lane, because {WHY}"]
    assert draft["replay"]["checks"][0]["missed"] == 2
    line = SHIPPED["gates/policy-change.toml"].splitlines().index("approvals_for_checks = 2") + 1
    rule = f"gates/policy-change.toml:{line}"
    asked = "approvals by different people from revops or admin: it changes what a check counts as"
    assert needs(world, item) == [(f"2 {asked}", rule)]
    with pytest.raises(Forbidden, match="wrote this revision"):
        world.decide(PRIYA, item, "approve", **AGREED)
    assert world.decide(JONAS, item, "approve", **AGREED).state == "pending"
    assert in_force(world) == before
    assert needs(world, item) == [("One approval from revops or admin: it changes what a check counts as", rule)]
    with pytest.raises(Forbidden, match="another person comes next"):
        world.decide(JONAS, item, "approve", **AGREED)
    assert world.decide(SAM, item, "approve", **AGREED).state == "approved"
    assert in_force(world) == draft["candidate"]
    facts = json.loads(world.log()[-1].body)["facts"]
    assert (facts["way"], facts["item"]) == ("decision", item)
    lower = {
        **wanted(),
        "gates/policy-change.toml": SHIPPED["gates/policy-change.toml"].replace("hours = 16", "hours = 8"),
    }
    assert world.decide(JONAS, propose(world, PRIYA, lower), "approve", **AGREED).state == "approved"


def test_what_else_is_a_change_of_checks(world: World) -> None:
    """Taking a rule away, another order, and how many people are asked, beside other files; never fewer than two."""
    gate = SHIPPED["gates/policy-change.toml"]
    with pytest.raises(flaws.BadPolicy, match="greater than or equal to 2"):
        loading.load({**SHIPPED, "gates/policy-change.toml": gate.replace("checks = 2", "checks = 1")})
    three = {**SHIPPED, "gates/policy-change.toml": gate.replace("checks = 2", "checks = 3")}
    both = check_rule_proposals.files_with_rule(
        wanted(), loading.load(wanted()), ProposedRule(WEEKEND, "fail", because=WHY)
    )
    text = both["checks.toml"]
    first, second = text.index("[[check]]\nabout"), text.rindex("[[check]]")
    turned = {**both, "checks.toml": text[:first] + text[second:] + "\n" + text[first:second]}
    says = [
        check_rules.changes(loading.load(one), loading.load(other))
        for one, other in ((wanted(), SHIPPED), (both, turned), (SHIPPED, three), (SHIPPED, SHIPPED))
    ]
    assert says == [
        [f"no longer: {PROOF} counts as warn for every draft in every lane"],
        ["the same rules in another order, and the first that is about a check holds"],
        ["gate policy-change asks 3 people for such a change instead of 2"],
        [],
    ]
    item = propose(world, PRIYA, three)
    assert world.decide(JONAS, item, "approve", **AGREED).state == "pending"


def test_where_nobody_could_be_the_second_it_says_so(world: World) -> None:
    """Sam and Helen are left beside the proposer: enough. Without Helen the item says what an admin has to do."""
    item = propose(world, PRIYA, wanted())

    def why() -> list[str]:
        with world.session() as session:
            context = item_context.load(session, item, world.now)
            among = undecidable.why_each_undecidable(
                session, [item], world.now, undecidable.load_actors(session, world.now)
            )
            return [undecidable.why_undecidable(session, context, world.now), among.get(item, "")]

    closes(world, JONAS)
    assert why() == ["", ""]
    closes(world, HELEN)
    assert all("It needs 2 more approvals" in one for one in why())


def test_in_a_small_team_the_proposer_may_be_one_of_the_two(world: World) -> None:
    """As everywhere the team's policy lets people pass their own work; the log says so, and it takes two all the same."""
    small = {
        **SHIPPED,
        "organisation.toml": SHIPPED["organisation.toml"].replace("small_team = false", "small_team = true"),
    }
    with world.session() as session:
        policy_versions.activate(session, small, "system:cli", world.now)
    item = propose(world, PRIYA, {**small, "checks.toml": wanted()["checks.toml"]})
    assert world.decide(PRIYA, item, "approve", **AGREED).state == "pending"
    assert json.loads(world.log()[-1].body)["facts"]["separation"]["exempted"] == "author"
    assert world.decide(JONAS, item, "approve", **AGREED).state == "approved"


def test_two_approve_at_once(world: World) -> None:
    """Eight at one moment, three people: two are counted, the change becomes active once, the rest are told."""
    history(world)
    item = propose(world, PRIYA, wanted())
    seen, people = world.seen(item), (JONAS, SAM, HELEN)
    came = concurrency.at_once(8, lambda number: world.decide(people[number % 3], item, "approve", seen=seen, **AGREED))
    done = sorted(one.state for one in came if isinstance(one, DecisionResult))
    assert done == ["approved", "pending"], came
    assert len({made.person_id for made in world.decisions(item)}) == len(world.decisions(item)) == 2
    activated = [json.loads(entry.body)["facts"] for entry in world.log() if entry.act == "policy.activate"]
    assert [one["way"] for one in activated] == ["first", "decision"]
    assert world.verify().holds


def test_a_proposal_that_hides_its_change_is_not_activated(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the draft silent about the checks it changes, one approval would do; so it is asked again."""
    monkeypatch.setattr(check_rules, "changes", lambda *_: [])
    item = propose(world, PRIYA, wanted())
    monkeypatch.undo()
    with pytest.raises(Invalid, match="otherwise than it says"):
        world.decide(JONAS, item, "approve", **AGREED)
    assert world.item(item).state == "pending"


# (what is so, what is asked, at which field, words)
ASKED = [
    ("a weight nobody knows", ProposedRule(PROOF, "silent", because=WHY), "/counts_as", "choose one of warn, off"),
    ("what must not bend", ProposedRule("topic.blame", "off", because=WHY), "/counts_as", "choose one of fail"),
    ("no reason", ProposedRule(PROOF, "off"), "/because", "say why it counts so in at least 10 characters"),
    ("a hidden reason", ProposedRule(PROOF, "off", because="It is so \u202e, believe me."), "/because", "can be seen"),
    ("a lane nobody has", ProposedRule(PROOF, "off", ("moon",), because=WHY), "/counts_as", "'moon' is not one of the lanes"),
    ("a rule that is not there", ProposedRule(PROOF, "itself", ("enterprise-saas",)), "/counts_as", "choose one of"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "ask", "at", "says"), ASKED, ids=[one[0] for one in ASKED])
def test_what_the_form_refuses(what: str, ask: ProposedRule, at: str, says: str) -> None:
    """With its field; and a check that is not one of ours is not there."""
    with pytest.raises(Invalid) as refused:
        check_rule_proposals.files_with_rule(SHIPPED, loading.load(SHIPPED), ask)
    assert any(fault.at == at and says in fault.message for fault in refused.value.faults), refused.value.faults
    with pytest.raises(NotFound):
        check_rule_proposals.files_with_rule(SHIPPED, loading.load(SHIPPED), replace(ask, key="weather.rain"))


def test_what_came_later_counts_a_check_as_right_after_all(world: World) -> None:
    """Two failures overridden as wrong: after one a ticket came within thirty days, after the other nothing did."""
    items = history(world)
    told = sheet(world, world.now + DAYS)
    (one,) = [found for found in told["checks"] if found["check"] == PROOF]
    assert (one["right"], one["wrong"], one["later"]) == (2, 2, {"trouble": 0, "known": 0, "of": 2})
    run = world.item(items[0]).onboarding_id or 0
    world.now += 20 * DAYS
    taken_back = tell(world, world.item(items[1]).onboarding_id or 0, "support_ticket", amount=2, about="Export")
    tell(world, run, "support_ticket", amount=1, about="Login")
    with world.session() as session:
        recorded_events.take_back(session, DANA.actor, taken_back, "It was another customer's.", world.now)
    (one,) = [found for found in sheet(world)["checks"] if found["check"] == PROOF]
    assert (one["right"], one["wrong"], one["later"]) == (3, 1, {"trouble": 1, "known": 1, "of": 2})
    (one,) = [found for found in sheet(world, world.now + 12 * DAYS)["checks"] if found["check"] == PROOF]
    assert (one["wrong"], one["later"], one["precision"]["value"]) == (1, {"trouble": 1, "known": 2, "of": 2}, 0.75)
