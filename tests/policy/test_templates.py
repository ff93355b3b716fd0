"""Templates: the shipped ones load, and one that nobody could draft from is refused with file, line and fix."""

from __future__ import annotations

import re

import pytest

from reviewqueue.checks.next_step import next_step
from reviewqueue.core.vocabulary import TO_CUSTOMERS
from reviewqueue.onboarding.drafting.facts import _FACT_SOURCES
from reviewqueue.policy import loading
from reviewqueue.policy.model.templates import AFTER, LAYERS
from reviewqueue.policy.template_facts import FACTS, facts
from reviewqueue.policy.validate_templates import PLACEHOLDER, facts_in
from tests.policy.template_facts import HEADING, PAGE, listed
from tests.policy.test_loading import LANE, SHIPPED, broken, flaws_of, line_of

POLICY = loading.load(SHIPPED)
WELCOME = "templates/welcome.toml"
PLAN = "templates/project-plan.toml"
RISKS = "templates/risk-summary.toml"
BRIEF = "templates/kickoff-brief.toml"
REMINDER = "templates/task-reminder.toml"
NEXT = "Next step: I will send you three possible times for our kickoff by {{ times_by }}."

# (file, what stands there, what is put there instead, the text whose line is named, what is said)
BROKEN = [
    (WELCOME, "{{ customer_outcome }}", "{{ customer_outcme }}", "your goal reads:", "did you mean 'customer_outcome'?"),
    (WELCOME, "{{ customer_outcome }}", "{{ moonlight_xyz }}", "your goal reads:", "the facts are customer_outcome"),
    (WELCOME, "{{ customer_outcome }}", "{{ Customer }}", "your goal reads:", "in small letters; correct the braces"),
    (WELCOME, "{{ customer_outcome }}", "{{ customer", "your goal reads:", "correct the braces"),
    (WELCOME, "In our notes", "{{ start_moved }} In our notes", "your goal reads:", "begin its line with '? '"),
    (WELCOME, 'title = "W', 'title = "? W', "title", "only lines of a message's body"),
    (WELCOME, 'kind = "customer_email"', 'kind = "customer_mail"', "kind", "no lane takes kind 'customer_mail'"),
    (WELCOME, 'after = "packet"', 'after = "package"', "after", "'packet', 'brief'"),
    (WELCOME, 'after = "packet"', 'lanes = ["moon"]', "after", "lane 'moon' is not known; name one of enterprise-saas"),
    (WELCOME, '"2 business days after today"', '"soon"', "dates", "should match pattern"),
    (WELCOME, '"2 business days after today"', '"2 business days after may"', "dates", "'may' is not a date to count from"),
    (WELCOME, 'times_by = "', 'customer = "', "dates", "'customer' is a fact already"),
    (WELCOME, '"2 business days after today"', '"2 business days after times_by"', "dates", "'times_by' is not a date"),
    (WELCOME, '["recipient_email"]', '["recipient"]', "to = ", "'recipient' is not an address; write one of recipient_email"),
    (WELCOME, NEXT, "Let us talk soon.", "body", "a customer must read what comes next"),
    (WELCOME, NEXT, "Next step: {{ csm }} writes to you.", "Next step", "by {{ a date }}"),
    (WELCOME, NEXT, f"? {NEXT}", "Next step", "a customer must read what comes next"),
    (WELCOME, "[message]", "[letter]", "[message]", "'letter' is not a word of this table"),
    (WELCOME, '"customer_email"', '"kickoff_brief"', 1, "has one table [brief]; here is [message]"),
    (WELCOME, 'key = "welcome"', 'key = "portal-task"', "key", "'portal-task' is taken by"),
    (WELCOME, 'after = "packet"', 'after = "packet"\nremind_days = [-3]', 1, "remind_days goes with after"),
    (REMINDER, "remind_days = [-3, 0]", 'after = "task"', 1, "write for instance remind_days = [-3, 0]"),
    (REMINDER, "remind_days = [-3, 0]", "remind_days = [-31]", "remind_days", "greater than or equal to -30"),
    (BRIEF, 'after = "packet"', "remind_days = [-3]", 1, "only a message reminds of tasks"),
    (BRIEF, "minutes = 10", "minutes = 0", "minutes", "greater than or equal to 1"),
    (BRIEF, 'who = "{{ csm }}"', 'who = "{{ boss }}"', 'who = "{{ csm }}"', "fact 'boss' is not known"),
    (PLAN, '"2 business days after start"', '"2 business days after strat"', "2 business", "'strat' is not a milestone"),
    (PLAN, '"2 business days after start"', '"next week"', "2 business", "should match pattern"),
    (PLAN, 'depends = ["scope-agreed"]', 'depends = ["scope-agred"]', 'depends = ["scope', "'scope-agred' is not in"),
    (PLAN, 'key = "project-created"', 'key = "start"', 'key = "project-c', "'start' is taken"),
    (PLAN, 'key = "project-created"', 'key = "workspace-ready"', 'key = "project-c', "'workspace-ready' is taken"),
    (PLAN, 'layer = "customer value"', 'layer = "value"', 'layer = "customer value"', "'internal setup', 'impl"),
    (PLAN, '"2 business days after start"', '"0 business days after start"', "2 business", "but 'workspace-ready' only"),
    (RISKS, 'if_known = ["start_was"]', "if_known = []", "{{ start_was }}", "'start_was' is often not known"),
    (RISKS, '["customer_outcome"]', '["customer_outcom"]', '["customer_outcome"]', "did you mean 'customer_outcome'?"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "where", "says"), BROKEN)
def test_a_flaw_is_told_with_file_line_and_mend(name: str, old: str, new: str, where: str | int, says: str) -> None:
    line = where if isinstance(where, int) else line_of(name, where)
    found = flaws_of(broken(name, old, new))
    assert (f"{name}:{line}", True) in [(flaw.place, says in flaw.message) for flaw in found], found


def test_what_waits_for_itself_is_refused() -> None:
    """Round about as well: of milestones by what they depend on, of dates by what they count from."""
    circle = broken(PLAN, 'due = "1 business day after start"', 'due = "1 business day after users-trained"')
    assert any("waits for itself" in flaw.message for flaw in flaws_of(circle))
    dates = 'dates = { times_by = "2 business days after today", again = "1 business day after times_by" }'
    once = broken(WELCOME, 'dates = { times_by = "2 business days after today" }', dates)
    assert loading.load(once).template("welcome")
    twice = {**once, WELCOME: once[WELCOME].replace("days after today", "days after again")}
    assert {flaw.message.partition(" ")[0] for flaw in flaws_of(twice)} == {"'times_by'", "'again'"}


def test_a_kind_that_only_other_lanes_take_is_refused() -> None:
    """A template may be for one lane; that lane must have a gate for it."""
    mine = broken("lanes/enterprise-saas.toml", 'portal_update = "customer-communication"\n', "")
    assert loading.load(mine).template("portal-plan")
    mine["templates/portal-plan.toml"] = 'lanes = ["enterprise-saas"]\n' + mine["templates/portal-plan.toml"]
    assert [flaw.place for flaw in flaws_of(mine)] == ["templates/portal-plan.toml:3"]


def test_a_policy_without_templates_is_valid() -> None:
    """It drafts nothing; and the digest covers the templates."""
    bare = {
        name: re.sub(r"\[messages\..*?(?=\[triggers)", "", text, flags=re.S)
        for name, text in SHIPPED.items()
        if not name.startswith("templates/")
    }
    policy = loading.load(bare)
    assert policy.templates == policy.after("packet", policy.lanes[0]) == ()
    assert policy.template("welcome") is None
    assert policy.digest != POLICY.digest


def test_what_is_drafted_after_what() -> None:
    """In a lane that takes the kind, and that the template names if it names any."""
    lane = POLICY.lanes[0]
    assert {one.key for one in POLICY.after("packet", lane)} == {
        "kickoff-brief", "project-plan", "risk-summary", "welcome"
    }  # fmt: skip
    assert {one.key for one in POLICY.after("", lane)} == {"kickoff-invitation", "missing-document", "task-reminder"}
    assert all(POLICY.after(event, lane) for event in AFTER)
    without = lane.model_copy(update={"kinds": {"project_plan": "implementation-launch"}})
    assert [one.key for one in POLICY.after("packet", without)] == ["project-plan"]
    assert not POLICY.after("packet", lane.model_copy(update={"key": "x", "kinds": {}}))


def test_only_the_lanes_a_template_names_draft_from_it() -> None:
    """The control is the same template without `lanes`."""
    named_one = loading.load(broken(WELCOME, 'after = "packet"', 'after = "packet"\nlanes = ["mid-market-saas"]'))
    told = {lane.key: "welcome" in {one.key for one in named_one.after("packet", lane)} for lane in named_one.lanes}
    assert told == {"enterprise-saas": False, "mid-market-saas": True}


def test_the_shipped_plan_has_all_three_layers() -> None:
    """And every milestone depends on something that is due earlier, from the first on."""
    plan = POLICY.template("project-plan")
    assert plan is not None
    assert plan.plan is not None
    assert {one.layer for one in plan.plan.milestones} == set(LAYERS)
    assert [bool(one.depends) for one in plan.plan.milestones].count(False) == 1


@pytest.mark.parametrize("template", POLICY.templates, ids=lambda one: one.key)
def test_every_message_to_a_customer_names_step_owner_and_date(template: object) -> None:
    """In each line that may say it: who, what, and a date that is reckoned or planned. A request is the reader's, a
    promise the sender's."""
    found = POLICY.template(getattr(template, "key", ""))
    assert found is not None
    if found.message is None or found.kind not in TO_CUSTOMERS:
        return
    lines = [row.removeprefix("? ") for row in found.message.body.splitlines() if "Next step:" in row]
    assert lines
    for line in lines:
        days = {*found.dates, *(name for name in FACTS if FACTS[name].day)}
        assert days & set(facts_in(line))
        said = PLACEHOLDER.sub(lambda hit: "12 March 2026" if hit[1] in days else "Ines Castellanos", line)
        assert next_step(said).lacks == (), said


def test_every_fact_can_come_from_somewhere() -> None:
    """A fact that templates may use and nothing ever fills would be a gap for ever."""
    filled = {"recipient", "recipient_first_name", "recipient_email", "customer", "plan_milestones", "missing"}
    filled |= {"greeting", "silent_for", *(f"task_{part}" for part in ("name", "headline", "list", "owner", "due"))}
    reckoned = {"today", "start", "start_moved", "start_was"}
    reckoned |= {f"{whose}_due_{when}" for whose in ("next", "task") for when in ("ahead", "passed")}
    assert set(FACTS) == filled | reckoned | set(_FACT_SOURCES)
    assert not set(FACTS) & {field.key for field in POLICY.packet.fields}
    assert set(facts(POLICY)) == set(FACTS) | {field.key for field in POLICY.packet.fields}


def test_a_text_of_several_lines_holds_no_tables() -> None:
    """A line of a body that looks like a table or a key moves no other flaw to another place."""
    odd = broken(WELCOME, "In our notes", "[message.to]\nkey = 3\n[[risks.risk]]\n{{ nobody }}\nIn our notes")
    [flaw] = flaws_of(odd)
    assert flaw.place == f"{WELCOME}:{line_of(WELCOME, 'In our notes') + 3}"
    brief = broken(BRIEF, "What {{", "[[brief.agenda]]\nminutes = 3\nWhat {{")
    [flaw] = flaws_of({**brief, BRIEF: brief[BRIEF].replace("minutes = 10", "minutes = 0", 1)})
    assert flaw.place == f"{BRIEF}:{line_of(BRIEF, 'minutes = 10') + 2}"


def test_the_page_lists_every_fact_and_its_examples_load() -> None:
    """docs/templates.md: the list is generated, and what stands there as a template is one."""
    page = PAGE.read_text(encoding="utf-8")
    assert page.partition(HEADING)[2] == listed(POLICY), "write it again with python -m tests.policy.template_facts"
    examples = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    files = {
        f"templates/example-{number}.toml": text for number, text in enumerate(examples) if "[messages." not in text
    }
    rules = "".join(text for text in examples if "[messages." in text)
    mine = loading.load({**SHIPPED, **files, LANE: SHIPPED[LANE] + rules})
    assert len(mine.templates) == len(POLICY.templates) + 3
    assert mine.lanes[1].message_rule("customer_email", "security-questionnaire") != mine.lanes[1].message_rule(
        "customer_email"
    )
    assert all(f"`{event}`" in page for event in AFTER if event)
