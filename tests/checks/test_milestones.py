"""Milestones: owner, date, evidence and exit criteria, in order, on working days, with the customer's part; and more
than a meeting. The names are a labelled set: as many harmless look-alikes as real ones, and the figures are held."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from reviewqueue import checks
from reviewqueue.checks.milestones import MOST, is_only_a_meeting
from reviewqueue.evidence.types import CheckResult, Source
from tests import drafts
from tests.checks.policies import MID, POLICY
from tests.checks.test_malformed_drafts import SHAPED

MERE = """
Kickoff call · Kickoff · Kick-off meeting · Kick off with customer · Kickoff complete · Kickoff held · Kickoff meeting done
Kickoff call completed and recorded · Kickoff scheduled · Kickoff call with Rosa and Piet · Kickoff - week 1
Customer kickoff took place · Project kickoff (virtual) · Hold the kickoff meeting · Weekly sync · Weekly sync with the customer
Sync with the implementation team · Bi-weekly status call · Status call every Thursday · Status update · Status meeting #3
Monthly business review · Quarterly business review · QBR 1 · Mid-project review meeting · Final review meeting
Go-live readiness review · Go-live meeting · Go-live call · Post go-live check-in · Hypercare call · Training · Training session
Training session held · Admin training · Training completed · End user training delivered · Training for dispatchers
Training workshop on Monday · Second training, third training · Admin training session delivered to 5 people
Train-the-trainer session · Training day in Esbjerg · Discovery workshop · Discovery session 2 · Design workshop (90 minutes)
Data migration workshop · Requirements workshop done · Solution design session held · Technical deep-dive session
Introductory webinar attended · Intro call with the sponsor · Intro meeting · Handover call · Internal handoff meeting
Handover meeting between sales and CS · Integration planning call · Onboarding call 3 of 4 · Steering committee
Steering committee held in March · Meet the team · Meeting with IT · Check-in · 30-day check-in · Weekly check-in with Dana
Executive check-in call · Demo · Demo for the board · Onsite visit · Q&A session · Office hours · Project retrospective
Touch base with Piet · Lunch with the sponsor · Walkthrough of the product · Product walkthrough · Stand-up every Tuesday
1:1 with the admin · Presentation to the management · Call with Ana about sign-on · Alignment meeting successfully held
End-of-phase meeting · Success planning session with the COO · Catch-up · Executive sponsor introduction
"""
MORE_THAN_THAT = """
Kickoff complete: admin connected the CRM · Kickoff complete: admin connected the CRM and imported the first pipeline report
Training: 12 dispatchers closed a shipment by themselves · Training: each user has finished one task without help
Training completed: every branch manager closed one opening check · Kickoff: scope, owners and dates agreed in writing
Kickoff deck drafted · Kickoff brief approved · Kickoff agenda agreed with the customer · Kickoff notes sent and scope confirmed
Kickoff outcome: owners named for all nine tasks · Training scheduled · Training data labelled and loaded
Training material approved by the customer · Training environment ready · Training video published in the portal
Workshop: three workflows chosen and owners named for each · Design workshop produced the signed data map
Workshop result: data map signed by IT · Workshop orders imported · Workshop floor tablets enrolled
Steering committee approved the go-live date · Steering committee decision on scope signed · Status page live
Status field mapped from the CRM · First API call answered by production · Call centre connected · Call routing configured
Call recordings imported · Call script approved · Call volume report used by the team lead · Meeting rooms imported from Exchange
Meeting notes template installed · Meeting minutes approved by both sides · Meetings module activated
Session timeout set to 15 minutes by IT · First user session with live data · Session recording switched off
Nightly sync running for five nights · CRM sync enabled · Contact sync tested with 20 rows · Two-way sync of orders works
Sync job repaired · Calendar sync connected · Security review passed · Legal review signed · Review queue configured
Code review rules active · Customer reviews imported · Review of 20 imported rows signed off by Miles · Demo data removed
Demo tenant removed after go-live · Demo to the board: budget approved · Hotel check-in flow live at two sites
Check-in kiosk connected · Site visit reports imported · Visits of field crews planned in the tool
Visit planning live for eight technicians · First report used in the morning stand-up · Stand-up board shows late shipments
Webinar platform connected · Presentation layer deployed · Presentation templates uploaded
Updates of order status arrive within a minute · Update of price list imported · Sponsor confirmed the outcome in the review call
Lunch orders placed through the app by 40 employees · Lunch break rule configured
Retrospective: three changes decided and in use · Weekly sync: the ten open invoices are closed
Handover call recorded and its open points closed · Onboarding checklist finished by the customer
Onboarding of 30 users finished · Conference room displays installed · Conference line migrated
Team calendar shared with the customer · Account created · Project created · CSM assigned · Data imported
Integration connected · Workflow configured · First user activated · First report used · Business outcome verified
SSO connected and tested with three users · First campaign sent · Sprint board imported · Customer portal live
Go-live confirmed by the customer
"""


def names(listed: str) -> list[str]:
    """The names of a labelled list."""
    return [name.strip() for row in listed.strip().splitlines() for name in row.split(" · ")]


# Words of their own that the list of meetings does not know; kept here so that the figures stay honest.
MISSED = {"Executive sponsor introduction"}


def test_the_labelled_names_are_told_apart() -> None:
    """Each list holds what it should; no look-alike is called a meeting, and at most one meeting passes."""
    assert len(names(MERE)) >= 80
    assert len(names(MORE_THAN_THAT)) >= 80
    assert not [name for name in names(MORE_THAN_THAT) if is_only_a_meeting(name)]
    assert {name for name in names(MERE) if not is_only_a_meeting(name)} == MISSED


@pytest.mark.parametrize(
    "says",
    [
        "Used by Ana by 29 May 2026",
        "Used by Ana by the end of May",
        "Used in Q2 2026, by the end of June at the latest",
        "The orders of 15 March 2026 are imported",
        "Used by 15 May, and by everybody by 30 June",
        "Used by all twelve, by 05/06/2026",
        "Signed by 31 December",
    ],
)
def test_a_day_that_leaves_the_due_date_is_nothing_to_tell(says: str) -> None:
    """Days up to which it may be done, days that set no term, and those that may be read as a later one; all due on
    29 May 2026."""
    results = found(plan({"due": "2026-05-29", "exit": says}))
    assert [one.outcome for one in results if one.key == "milestone.named-day"] == ["pass"]


@pytest.mark.parametrize(
    "name", ["Kickoff call " * 20_000, "training " * 50_000, "a " * 100_000, "meeting" * 50_000, ""]
)
def test_a_long_name_takes_no_time(name: str) -> None:
    """The expression reads the beginning only."""
    is_only_a_meeting(name)


def found(milestones: Any, sources: dict[str, Source] | None = None) -> list[CheckResult]:
    """What the milestone checks say of a plan."""
    rests = drafts.deal().sources if sources is None else sources
    results = checks.run(POLICY, MID, "project_plan", {"milestones": milestones}, rests, ())
    return [result for result in results if result.key.startswith("milestone.")]


def plan(*changes: dict[str, str]) -> list[dict[str, str]]:
    """The plan of the suite with one milestone more for each of these changes."""
    third = {**drafts.MILESTONES[1], "name": "Scorecard sent to each carrier", "depends": ""}
    return [*drafts.MILESTONES, *({**third, **change} for change in changes)]


def test_a_sound_plan_passes_each_check() -> None:
    """The control for everything below: ten checks, each once."""
    results = found(plan())
    assert [(one.outcome, one.at) for one in results] == [("pass", "/milestones")] * 10
    assert len({one.key for one in results}) == 10


REPORT = "First late-shipment report used"
# (what is changed in a third milestone, check, outcome, place, a part of what is said)
ROWS = [
    ({"owner": ""}, "owner", "fail", "owner", "has no owner. Name one person"),
    ({"owner": "TBD"}, "owner", "fail", "owner", "has no owner"),
    ({"owner": "  "}, "owner", "fail", "owner", "has no owner"),
    ({"owner": "[CSM: not known, name one for this onboarding]"}, "owner", "fail", "owner", "a gap: “[CSM: not"),
    ({"due": "[due date: not known, ask sales for the start date]"}, "due", "fail", "due", "has no due date"),
    ({"exit": "[customer-side owner: not known, ask sales] says yes"}, "exit", "fail", "exit", "still has a gap"),
    ({"due": ""}, "due", "fail", "due", "has no due date. Write one such as 2026-03-30"),
    ({"due": "n/a"}, "due", "fail", "due", "has no due date"),
    ({"due": "end of April"}, "due", "fail", "due", "is due “end of April”, which is not a date"),
    ({"due": "30.03.2026"}, "due", "fail", "due", "which is not a date"),
    ({"due": "2026-02-30"}, "due", "fail", "due", "which is not a date"),
    ({"due": "20260330"}, "due", "fail", "due", "which is not a date"),
    ({"due": "2026-04-18"}, "working-day", "warn", "due", "on Saturday, 18 April 2026, no working day in calendar us-east"),
    ({"due": "2026-05-25"}, "working-day", "warn", "due", "on Monday, 25 May 2026, a holiday in calendar us-east"),
    ({"due": "2026-05-29", "exit": "Used by Ana by 15 May 2026"}, "named-day", "warn", "due", "exit criteria name an earlier day: “15 May 2026”"),
    ({"due": "2026-05-29", "evidence": "Seen in use no later than 15 May"}, "named-day", "warn", "due", "evidence names an earlier day: “15 May”, which leaves Friday, 15 May 2026 at the latest"),
    ({"due": "2026-05-29", "exit": "Used before the end of Q1 2026"}, "named-day", "warn", "due", "name an earlier day"),
    ({"evidence": ""}, "evidence", "fail", "evidence", "does not say what will show that it is reached"),
    ({"exit": "tbc"}, "exit", "fail", "exit", "has no exit criteria"),
    ({"layer": ""}, "layer", "fail", "layer", "is in no known layer. Write one of internal setup"),
    ({"layer": "value"}, "layer", "fail", "layer", "is in no known layer"),
    ({"name": ""}, "outcome", "fail", "name", "Milestone 3 has no name"),
    ({"name": "Kickoff call", "exit": "Held"}, "outcome", "fail", "name", "“Kickoff call” is only a meeting"),
    ({"name": "Kickoff call", "exit": "Kickoff call held"}, "outcome", "fail", "name", "is only a meeting"),
    ({"name": "Training", "exit": "12 dispatchers closed a shipment"}, "outcome", "warn", "name", "Put that into the name"),
    ({"depends": REPORT, "due": "2026-04-16"}, "order", "fail", "due", "which is due on 2026-04-17. Change one"),
    ({"depends": "first  late-shipment report used.", "due": "2026-04-16"}, "order", "fail", "due", "it depends on"),
    ({"depends": f"Transport system connected, {REPORT}", "due": "2026-04-16"}, "order", "fail", "due", "it depends on"),
    ({"depends": "Moon landing"}, "order", "warn", "depends", "“moon landing”, which is not a milestone of this plan"),
    ({"depends": f"{REPORT}, Moon landing"}, "order", "warn", "depends", "“moon landing”, which is not a milestone"),
    ({"name": "Board in use", "depends": "Board in use"}, "order", "fail", "depends", "depends on itself"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "key", "outcome", "field", "says"), ROWS)
def test_what_is_wrong_is_told_at_its_place(
    change: dict[str, str], key: str, outcome: str, field: str, says: str
) -> None:
    """One thing is wrong, and one thing is said; what fails blocks, what warns does not."""
    wrong = [one for one in found(plan(change)) if one.outcome != "pass"]
    assert [(one.key, one.outcome, one.at) for one in wrong] == [
        (f"milestone.{key}", outcome, f"/milestones/2/{field}")
    ]
    assert says in wrong[0].message
    assert wrong[0].blocking == (outcome == "fail")
    told_by_words = key == "named-day" or (key == "outcome" and bool(change["name"]))
    assert (wrong[0].confidence is not None) == told_by_words


def test_milestones_that_wait_for_one_another_are_told_at_each() -> None:
    """With the way round; their dates may be the same, so that nothing else is wrong."""
    first, second = ({**one, "due": "2026-04-17", "depends": ""} for one in drafts.MILESTONES)
    rows = [{**first, "depends": second["name"]}, {**second, "depends": first["name"]}]
    wrong = [one for one in found(rows) if one.outcome == "fail"]
    assert [one.at for one in wrong] == ["/milestones/0/depends", "/milestones/1/depends"]
    assert all("waits for itself, by way of" in one.message for one in wrong)


@pytest.mark.parametrize(
    "change",
    [
        {"depends": REPORT, "due": "2026-04-17"},
        {"depends": "none"},
        {"depends": "Transport system connected; First late-shipment report used"},
        {"name": "Scope, owners and dates agreed", "due": "2026-04-20", "depends": REPORT},
        {"layer": "Customer Value"},
        {"name": REPORT, "depends": REPORT, "due": "2026-04-20"},
    ],
)
def test_what_is_in_order_is_left_alone(change: dict[str, str]) -> None:
    """A date on the same day, a name with commas, another case, a name that stands twice: the first is meant."""
    assert not [one for one in found(plan(change)) if one.outcome != "pass"]


def test_a_name_with_commas_can_be_depended_on() -> None:
    """Whole, and beside another."""
    first = {"name": "Scope, owners and dates agreed", "due": "2026-04-20"}
    then = {"name": "Board in use", "due": "2026-04-17", "depends": f"Scope, owners and dates agreed, {REPORT}"}
    [wrong] = [one for one in found(plan(first, then)) if one.outcome != "pass"]
    assert (wrong.key, wrong.outcome) == ("milestone.order", "fail")
    assert "“Scope, owners and dates agreed”" in wrong.message


def test_a_plan_that_ends_before_customer_value_is_warned_of() -> None:
    results = {one.key: one for one in found(drafts.MILESTONES[:1]) if one.outcome != "pass"}
    assert results["milestone.layer"].outcome == "warn"
    assert "The plan ends before customer value" in results["milestone.layer"].message


def test_the_customers_part_must_be_named() -> None:
    """By a person that packet, deal or contacts know, or by the word; else it is a warning that names who is known."""
    alone = [{**one, "owner": "Dana Whitfield"} for one in drafts.MILESTONES]
    alone[1]["exit"] = "Dispatchers acted on one late shipment"
    [wrong] = [one for one in found(alone) if one.outcome != "pass"]
    assert (wrong.key, wrong.outcome, wrong.blocking) == ("milestone.customer-duty", "warn", False)
    assert "Known on their side: ana brandt, piet de vries, rosa marlow." in wrong.message
    for owner in ("Piet de Vries", "the customer's IT", "Dana Whitfield and Ana Brandt"):
        assert not [one for one in found([{**alone[0], "owner": owner}, alone[1]]) if one.outcome != "pass"]
    for owner in ("Customer Success (Dana Whitfield)", "Roxana Brandt"):
        ours = [{**alone[0], "owner": owner}, alone[1]]
        assert [one.key for one in found(ours) if one.outcome != "pass"] == ["milestone.customer-duty"]
    assert [one.key for one in found(alone, {}) if one.outcome != "pass"] == ["milestone.customer-duty"]
    approved = Source("reviewqueue", "approved_packet", "1", drafts.packet().drafted.draft)
    named = [{**alone[0], "owner": "Rosa Marlow"}, alone[1]]
    assert [one for one in found(named, {}) if one.outcome == "warn"]
    assert not [one for one in found(named, {"packet": approved}) if one.outcome == "warn"]


def test_a_plan_without_milestones_fails_and_one_of_another_shape_is_left() -> None:
    assert [(one.key, one.outcome) for one in found([])] == [("milestone.owner", "fail")]
    for other in ("text", None, {"a": 1}):
        assert found(other) == []
    results = checks.run(POLICY, MID, "customer_email", {"milestones": plan({"owner": ""})}, {}, ())
    assert not [one for one in results if one.key.startswith("milestone.")]


def test_a_plan_of_thousands_is_told_so() -> None:
    """The first two hundred are looked at, and that is said."""
    results = found([{**drafts.MILESTONES[1], "name": f"Step {number} done by Piet"} for number in range(1_000)])
    told = [one for one in results if one.outcome == "fail"]
    assert [one.at for one in told] == [f"/milestones/{MOST}"]
    assert "1,000 milestones" in told[0].message


@given(draft=SHAPED)
def test_nothing_raises(draft: Any) -> None:
    """Whatever stands where milestones, or a milestone's parts, are expected."""
    for shape in (draft, [draft], [{"name": draft, "due": draft, "owner": draft, "depends": draft, "layer": draft}]):
        found(shape)
