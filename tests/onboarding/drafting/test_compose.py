"""Composing: every template gives a whole draft whose values cite their sources; what nobody knows stays a gap."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from reviewqueue import checks
from reviewqueue.checks.message_rules import OnboardingState
from reviewqueue.connectors.citation_collector import Cited, Fact
from reviewqueue.core.canonical_json import leaves
from reviewqueue.evidence.types import DraftWithEvidence, Source
from reviewqueue.onboarding.drafting import Drafter
from reviewqueue.onboarding.drafting.compose import applies, compose
from reviewqueue.onboarding.drafting.facts import Known, collect_facts
from reviewqueue.policy import loading
from reviewqueue.policy.model.templates import Template
from reviewqueue.policy.template_facts import GAP, TemplateFact, facts, placeholder
from reviewqueue.policy.validate_templates import OPTIONAL, facts_in
from tests.onboarding.drafting.approved_onboarding import (
    MID,
    MORE,
    POLICY,
    TODAY,
    cited,
    composed,
    contact,
    knows,
    ours,
    packet,
)

TEMPLATES = pytest.mark.parametrize("template", POLICY.templates, ids=lambda one: one.key)
WORDS = facts(POLICY)
# What may be wrong with a citation: it leads nowhere, its field says otherwise, or the two cannot be compared.
CITED = ("evidence.citation", "evidence.contradicted", "evidence.uncompared")
OWNER = "/sections/buyer_and_owner/customer_owner"
PEOPLE = "/sections/stakeholders/key_stakeholders"


def wrong(drafted: DraftWithEvidence, *keys: str) -> list[str]:
    """What the checks of those keys do not pass."""
    results = checks.run(POLICY, MID, drafted.kind, drafted.draft, drafted.sources, drafted.citations)
    return [one.message for one in results if one.key.startswith(keys) and one.outcome != "pass"]


def gaps(drafted: DraftWithEvidence) -> list[str]:
    """Every gap in a draft."""
    return [hit[0] for _, words in leaves(drafted.draft) for hit in GAP.finditer(words)]


@TEMPLATES
def test_every_template_is_whole_where_everything_is_known(template: Template) -> None:
    """No gap but what no system says of people, every citation holds, and the milestones pass their checks. The plan is
    told one thing: its template counts first value later than the day that this packet promises."""
    found = composed(
        template.key, knows(packet(without=("use_cases", "customer_outcome")) if "sales" in template.key else None)
    )
    assert found.kind == template.kind
    assert set(gaps(found)) <= {
        placeholder(TemplateFact("what they care about", "")),
        placeholder(TemplateFact("e-mail", "")),
    }
    late = wrong(found, "milestone.named-day")
    assert ["“17 April 2026”" in one for one in late] == [True] * (template.key == "project-plan")
    assert wrong(found, *CITED, "milestone.", "text.") == late
    assert found.citations
    assert {"deal", "account", "packet"} <= set(found.sources)
    assert set(found.sources) == {one.ref for one in found.citations} | {"deal", "account", "packet"}


@TEMPLATES
@pytest.mark.parametrize("people", [True, False])
def test_what_is_drafted_from_a_packet_alone_cites_all_the_same(template: Template, people: bool) -> None:
    """Nothing beside the packet is known: gaps, and no citation that does not hold."""
    found = composed(template.key, knows(packet(people=people), {}))
    assert gaps(found) or template.risks
    assert not wrong(found, *CITED, "text.")


def sentinel(name: str) -> Fact:
    """A fact that can be told from every other; the start date has to be one."""
    says = "2026-03-23" if name == "start_date" else f"«{name}»"
    return Fact(says, (Cited(says, "all", f"/{name}"),))


@given(
    missing=some.sets(some.sampled_from(sorted(WORDS))),
    template=some.sampled_from(POLICY.templates),
    now=some.dates(date(2020, 1, 1), date(2090, 1, 1)),
)
def test_whatever_is_missing_leaves_a_gap_and_nothing_else(missing: set[str], template: Template, now: date) -> None:
    """Never an error, never a value for what is not known, never a placeholder; what is known stands there, cited."""
    told_us = {name: sentinel(name) for name in WORDS if name not in missing}
    source = Source("salesforce", "Opportunity", "1", {name: fact.says for name, fact in told_us.items()})
    found = compose(POLICY, MID, template, Known(told_us, {"all": source}), now)
    told = "\n".join(words for _, words in leaves(found.draft))
    assert "{{" not in told + found.title
    assert not wrong(found, *CITED)
    for path, text in template.texts():
        if path == "title" or path.startswith("risks/risk"):
            continue
        for row in text.splitlines():
            for name in facts_in(row) if not row.startswith(OPTIONAL) else ():
                if name in missing and name not in ("start", "today", *template.dates):
                    assert placeholder(WORDS[name]) in told
                    assert f"«{name}»" not in told + found.title
                elif name in told_us and name not in ("start", "today"):
                    assert told_us[name].says in told
                    assert any(one.path == f"/{name}" for one in found.citations)


def test_a_value_cites_the_packet_and_the_record_behind_it() -> None:
    """And the record of the person it names; a reckoned day cites the reckoning."""
    found = composed("kickoff-scheduling")
    assert found.draft["to"] == ["piet@marlowfreight.example"]
    assert cited(found, "/to/0") == {"piet@marlowfreight.example": {("contact-2", "/Email")}}
    assert cited(found, "/body") == {
        "Piet": {("contact-2", "/FirstName")},
        "Thursday, 5 March 2026": {("dates", "/reply_by/says")},
        "Dana Whitfield": {("onboarding", "/csm")},
        "Northbeam": {("policy", "/organisation")},
    }  # fmt: skip
    step = cited(composed("kickoff-brief"), "/next_step")
    assert (step["de Vries"], step["Piet de Vries"]) == (
        {("contact-2", "/LastName")},
        {("packet", OWNER), ("deal", "/Customer_Owner__c"), ("packet", PEOPLE), ("deal", "/Key_Stakeholders__c")},
    )
    outcome = cited(composed("kickoff-brief"), "/framing")["Dispatchers see every late shipment by 8 a.m."]
    assert outcome == {("deal", "/Business_Outcome__c"), ("packet", "/sections/business_outcome/customer_outcome")}


def test_an_edited_packet_is_cited_as_it_was_approved() -> None:
    """What a person wrote into the packet rests on the packet alone."""
    mine = packet(customer_outcome="Everybody sees late shipments.")
    assert cited(composed("welcome", knows(mine)), "/body")["Everybody sees late shipments."] == {
        ("packet", "/sections/business_outcome/customer_outcome")
    }


def test_the_brief_maps_people_and_asks_what_the_packet_leaves_open() -> None:
    """Each person once, with the part they have; the questions of the audited fields that are empty."""
    found = composed("kickoff-brief", knows(packet(without=("technical_requirements", "use_cases")))).draft
    rows = [(one["name"], one["role"], one["email"]) for one in found["stakeholders"]]
    assert rows == [
        ("Rosa Marlow", "COO, economic buyer", "rosa@marlowfreight.example"),
        ("Piet de Vries", "dispatch lead, customer-side owner", "piet@marlowfreight.example"),
        ("Ana Brandt", "IT", "[e-mail: not known, ask sales]"),
    ]
    assert found["open_questions"] == [
        "Which technical constraints did the customer name: sign-on, data location, networks?"
    ]
    assert sum(int(point["minutes"]) for point in found["agenda"]) == 60
    nobody = packet(people=False, without=("economic_buyer", "customer_owner", "key_stakeholders"))
    assert composed("kickoff-brief", knows(nobody)).draft["stakeholders"][0]["name"] == (
        "[key stakeholders: not known, ask sales]"
    )


def test_a_waived_field_is_not_asked_for() -> None:
    """The lane's waiver holds for the question as well; the control is the lane without it."""
    mine = packet(without=("technical_requirements",))
    waiving = MID.model_copy(update={"waived_fields": ("technical_requirements",)})
    approved = ours("approved_packet", mine.draft)
    assert collect_facts(POLICY, MID, mine, approved, MORE).questions
    assert not collect_facts(POLICY, waiving, mine, approved, MORE).questions


def test_the_question_to_sales_lists_what_is_missing() -> None:
    """To the sales owner; and nothing is asked where nothing is missing."""
    template = POLICY.template("sales-question")
    assert template is not None
    mine = knows(packet(without=("customer_outcome", "non_standard_terms")))
    found = composed("sales-question", mine)
    assert found.draft["to"] == ["lena.vogt@northbeam.example"]
    assert "- Which business outcome did the customer buy, in their own words?\n- Which terms" in found.draft["body"]
    assert "by Tuesday, 3 March 2026" in found.draft["body"]
    assert applies(POLICY, MID, template, mine, TODAY)
    assert not applies(POLICY, MID, template, knows(), TODAY)


def test_the_plan_counts_business_days_from_the_start() -> None:
    """Monday 23 March in New York's calendar; Memorial Day is no working day. Each date cites its reckoning."""
    found = composed("project-plan")
    rows = {one["name"].split(",")[0]: one for one in found.draft["milestones"]}
    assert [one["due"] for one in found.draft["milestones"]] == [
        "2026-03-24", "2026-03-25", "2026-03-30", "2026-04-13", "2026-04-20", "2026-04-23", "2026-04-30",
        "2026-05-05", "2026-05-19", "2026-06-17",
    ]  # fmt: skip
    assert cited(found, "/milestones/0/due") == {"2026-03-24": {("dates", "/workspace-ready/date")}}
    assert found.sources["dates"].payload["scope-agreed"]["counted"] == "5 business days after start"
    assert rows["Source systems connected"]["depends"] == "Scope, owners and dates agreed in writing by the customer"
    assert rows["First value reached and shown by the customer"]["exit"] == "First report used by 17 April 2026."
    assert "note" not in found.draft


@pytest.mark.parametrize(
    ("promised", "today", "first", "note"),
    [
        ("2026-03-23", date(2026, 3, 23), "2026-03-24", ""),  # today still is the start
        ("2026-02-27", TODAY, "2026-03-04", "Friday, 27 February 2026, has passed; dates here count from Tuesday, 3 March"),
        ("2026-03-21", TODAY, "2026-03-24", "Saturday, 21 March 2026, is no working day (us-east)"),
        ("2026-05-25", TODAY, "2026-05-27", "Monday, 25 May 2026, is no working day (us-east)"),  # Memorial Day
        ("1774224000000", TODAY, "2026-03-24", ""),  # as HubSpot sends it
        ("2020-01-01", date(2026, 12, 24), "2026-12-29", "has passed; dates here count from Monday, 28 December 2026"),
    ],
)  # fmt: skip
def test_no_date_is_made_before_today(promised: str, today: date, first: str, note: str) -> None:
    """A start that has passed, or falls on a day off, moves to the next working day, and the plan says so."""
    found = composed("project-plan", knows(packet(start_date=promised)), today)
    assert found.draft["milestones"][0]["due"] == first
    assert note in found.draft.get("note", "")
    assert ("note" in found.draft) == bool(note)
    assert all(one["due"] >= today.isoformat() for one in found.draft["milestones"])
    assert not wrong(found, *CITED, "milestone.working-day", "milestone.order")


@pytest.mark.parametrize("promised", ["", "soon", "in March", "9999-12-31", "2026-13-45", "999999999999999"])
def test_a_start_that_is_none_leaves_every_date_open(promised: str) -> None:
    """Nobody guesses one, and the milestones fail their check."""
    found = composed("project-plan", knows(packet(start_date=promised)))
    assert {one["due"] for one in found.draft["milestones"]} == {"[due date: not known, ask sales for the start date]"}
    assert len(wrong(found, "milestone.due")) == len(found.draft["milestones"])


def test_the_risks_that_hold_stand_there_weightiest_first() -> None:
    """The recommended action is the first one's; where none holds there is nothing to draft."""
    template = POLICY.template("risk-summary")
    assert template is not None
    mine = knows(packet(without=("customer_owner",), start_date="2026-02-27"))
    found = composed("risk-summary", mine).draft
    assert [one["risk"] for one in found["risks"]] == [
        "The promised start has passed",
        "Nobody on the customer's side owns this from day to day",
        "Risks and objections are known from the sales cycle",
    ]
    assert "Friday, 27 February 2026; the next working day is Tuesday, 3 March 2026" in found["risks"][0]["sign"]
    assert found["recommended_action"].startswith("The CSM manager decides on the dates that hold")
    quiet = knows(packet(without=("risks",)))
    assert applies(POLICY, MID, template, mine, TODAY)
    assert not applies(POLICY, MID, template, quiet, TODAY)
    assert composed("risk-summary", quiet).draft["risks"] == []


def test_an_optional_line_goes_when_its_fact_is_not_known() -> None:
    """And leaves no hole of empty lines behind."""
    whole = composed("task-reminder").draft["body"]
    assert "You find it here: the portal, under Files" in whole
    task = {key: value for key, value in MORE["task"].payload.items() if key != "where"}
    without = composed("task-reminder", knows(more={**MORE, "task": ours("task", task)})).draft["body"]
    assert "You find it" not in without
    assert "\n\n\n" not in without
    assert "? You" not in whole + without


SEVERAL = ours("task", {"tasks": [
    {"name": "Branch list by CSV", "owner": "Piet de Vries", "due": "2026-03-11", "row": "/milestones/0"},
    {"name": "Sign-on tested", "owner": "Ana Brandt and Piet de Vries", "due": "2026-03-11", "row": "/milestones/1"},
    {"name": "Depots named", "owner": "Ana Brandt", "due": "2026-03-11"},
]})  # fmt: skip


def test_several_tasks_of_one_day_read_as_one_message() -> None:
    """Each with its owner, each citing the plan's row; the words around hold for one and for several."""
    found = composed("task-reminder", knows(more={**MORE, "task": SEVERAL}))
    assert found.draft["subject"] == "For your project, a reminder: Branch list by CSV, and two more"
    listed = "- Branch list by CSV: Piet de Vries\n- Sign-on tested: Ana Brandt and Piet de Vries\n- Depots named: Ana Brandt\n"
    assert f"on your side for Wednesday, 11 March 2026:\n\n{listed}\n" in found.draft["body"]
    assert cited(found, "/body")["Sign-on tested"] == {("plan", "/milestones/1/name")}
    assert cited(found, "/body")["Depots named"] == {("task", "/tasks/2/name")}


@pytest.mark.parametrize(
    ("named", "to", "hello"),
    [
        ("Piet de Vries, dispatch lead", ["piet@marlowfreight.example"], "Hello Piet,"),
        ("Rosa Marlow and Piet de Vries", ["rosa@marlowfreight.example", "piet@marlowfreight.example"], "Hello Rosa and Piet,"),
        ("Rosa Marlow; Piet de Vries", ["rosa@marlowfreight.example", "piet@marlowfreight.example"], "Hello Rosa and Piet,"),
        # Whose address nobody knows does not get it, and is not greeted.
        ("Piet de Vries and Ana Brandt", ["piet@marlowfreight.example"], "Hello Piet,"),
        # A title in the field of the first name: by their whole name.
        ("Dr. Klara Brandt", ["klara@marlowfreight.example"], "Hello Dr. Klara Brandt,"),
        ("the dispatch team", ["[customer-side owner's e-mail: not known, ask sales]"], "Hello,"),
    ],
)  # fmt: skip
def test_one_owner_or_several_are_written_to_by_name(named: str, to: list[str], hello: str) -> None:
    mine = packet(customer_owner=named)
    says = {"FirstName": "Dr. Klara", "LastName": "Brandt", "Email": "klara@marlowfreight.example"}
    mine = replace(mine, sources={**mine.sources, "contact-3": contact("C", says)})
    found = composed("kickoff-scheduling", knows(mine))
    assert (found.draft["to"], found.draft["body"].split("\n")[0]) == (to, hello)
    assert not wrong(found, *CITED, "text.")


@pytest.mark.parametrize(
    ("key", "today", "says"),
    [
        ("task-complete", date(2026, 4, 17), "First late-shipment report used. Dana Whitfield and Piet de Vries will have it done by Friday"),
        ("task-complete", date(2026, 4, 20), "planned for Friday, 17 April 2026. I will tell you by Wednesday, 22 April 2026 how"),
        ("portal-task", date(2026, 3, 11), "please have this done by Wednesday, 11 March 2026."),
        ("portal-task", date(2026, 3, 12), "please tell me by Monday, 16 March 2026 which day suits you. The plan had Wednesday, 11 March"),
    ],
)  # fmt: skip
def test_a_day_that_has_passed_is_not_spoken_of_as_one_to_come(key: str, today: date, says: str) -> None:
    """One next step, in the tense of that day; nothing is known of it: the gap stays, and the draft fails its check."""
    body = composed(key, today=today).draft["body"]
    assert body.count("Next step:") == 1
    assert says in body.split("Next step: ")[1]
    nothing = {name: source for name, source in MORE.items() if name not in ("next", "task")}
    assert "Next step: [" in (other := composed("task-complete", knows(more=nothing))).draft["body"]
    assert "message.placeholder" in {
        one.key for one in checks.run(POLICY, MID, other.kind, other.draft, other.sources, other.citations)
    }


def test_an_approved_plan_becomes_the_portals_list() -> None:
    """One line a milestone, with owner and date, each part cited."""
    found = composed("portal-plan")
    assert "- Transport system connected: Ines Castellanos, Monday, 30 March 2026\n" in found.draft["body"]
    assert cited(found, "/body")["Monday, 30 March 2026"] == {("plan", "/milestones/0/due")}
    odd = {**MORE, "plan": ours("approved_plan", {"milestones": [None, 7, {"name": ["x"]}, {"name": "Data imported"}]})}
    assert "\n\n- Data imported\n\n" in composed("portal-plan", knows(more=odd)).draft["body"]


@pytest.mark.parametrize(
    "value", ["{{ csm }}", "? {{ customer }}", "[a: not known, b]", "a\nb\r\nBcc: x@evil.example", "\u202egnp"]
)
def test_what_a_record_says_is_never_a_template(value: str) -> None:
    """Placeholders, markers and line ends in a value stay what they are; a subject stays one line."""
    more = {**MORE, "task": ours("task", {**MORE["task"].payload, "name": value})}
    found = composed("task-reminder", knows(more=more))
    assert "Dana" not in found.draft["body"].split("on your side for")[1].split("Is it done")[0]
    assert "\n" not in found.draft["subject"] + found.title
    assert not wrong(found, *CITED)


def test_another_drafter_can_stand_in_its_place() -> None:
    """It is called the same and answers the same; ours is one of them."""

    def own(policy: object, lane: object, template: Template, known: Known, today: date) -> DraftWithEvidence:
        return DraftWithEvidence(template.kind, "By somebody else", {"body": known.facts["customer"].says + str(today)})

    template = POLICY.templates[0]
    drafters: list[Drafter] = [compose, own]
    assert [one(POLICY, MID, template, knows(), TODAY).kind for one in drafters] == [template.kind, template.kind]


def test_it_is_written_to_whom_the_lane_says_and_replies_go_there_too() -> None:
    """The enterprise lane's buyer confirms first value; the same template writes to the owner elsewhere."""
    enterprise, mine = POLICY.lanes[0], packet()
    template = POLICY.template("first-value")
    assert template is not None
    buyer = collect_facts(POLICY, enterprise, mine, ours("approved_packet", mine.draft), MORE, "economic_buyer")
    found = compose(POLICY, enterprise, template, buyer, TODAY)
    assert (found.draft["to"], found.draft["body"].split("\n")[0]) == (["rosa@marlowfreight.example"], "Hello Rosa,")
    assert "Next step: please tell me by" in found.draft["body"]
    assert composed("first-value").draft["to"] == ["piet@marlowfreight.example"]
    assert found.draft["reply_to"] == ["dana.whitfield@northbeam.example"]
    assert cited(found, "/reply_to/0") == {"dana.whitfield@northbeam.example": {("onboarding", "/csm_email")}}
    around = checks.CheckContext(onboarding_state=OnboardingState("first-value"))
    results = checks.run(POLICY, enterprise, found.kind, found.draft, found.sources, found.citations, around)
    assert [one.outcome for one in results if one.key == "message.recipient-role"] == ["pass"]
    assert [one.key for one in results if one.outcome == "fail"] == []
    assert "reply_to" not in composed("inactivity-alert").draft
    assert "reply_to" not in composed("welcome", knows(packet(), {})).draft, "an address nobody knows is left out"
    unknown = packet(without=("economic_buyer",))
    nobody = collect_facts(POLICY, enterprise, unknown, ours("approved_packet", unknown.draft), MORE, "economic_buyer")
    told = compose(POLICY, enterprise, template, nobody, TODAY).draft
    assert told["to"] == ["[economic buyer's e-mail: not known, ask sales]"]


def test_a_policy_that_names_nobody_signs_nothing() -> None:
    """The shipped policy's stand-in for a name reaches no customer: the draft has a gap there, which stops it."""
    nobodys = loading.load(loading.files_in(loading.SHIPPED))
    welcome, mine = nobodys.template("welcome"), packet()
    assert welcome is not None
    whole = collect_facts(nobodys, nobodys.lanes[1], mine, ours("approved_packet", mine.draft), MORE)
    drafted = compose(nobodys, nobodys.lanes[1], welcome, whole, TODAY)
    assert placeholder(WORDS["organisation"]) in gaps(drafted)
    assert nobodys.organisation.name not in str(drafted.draft)
    results = checks.run(nobodys, nobodys.lanes[1], drafted.kind, drafted.draft, drafted.sources, drafted.citations)
    assert "message.placeholder" in {one.key for one in results if one.outcome == "fail"}
