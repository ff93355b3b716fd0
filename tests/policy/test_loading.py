"""Loading a policy: the shipped one loads, and whatever is wrong in another is told with file, line and how to fix it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reviewqueue.policy import flaws, loading, validate_gates
from reviewqueue.policy.flaws import BadPolicy
from reviewqueue.policy.model.policy import Policy
from tests import northbeam

SHIPPED = loading.files_in(loading.SHIPPED)
GATE = "gates/customer-communication.toml"
# Its reasons from the first one to escalate on.
ESCALATING = (
    '"non-standard-promise", "timeline-risk", "sensitive-account", "check-wrong", "confirmed-outside-systems", "duplicate", '
    '"must-not-go-out", "fact-wrong", "wrong-tone", "wrong-recipient", "onboarding-off", "overtaken", "something-else"]'
)
LANE = "lanes/mid-market-saas.toml"
EXCEPTIONS = "exceptions.toml"
DESTINATIONS = "destinations.toml"
PLAN = "templates/project-plan.toml"


def broken(name: str, old: str, new: str) -> dict[str, str]:
    """The shipped policy with one text put for another in one file."""
    assert old in SHIPPED[name], f"{name} does not hold {old!r}"
    return {**SHIPPED, name: SHIPPED[name].replace(old, new, 1)}


def line_of(name: str, text: str) -> int:
    """In which line of a shipped file a text stands first."""
    return SHIPPED[name][: SHIPPED[name].index(text)].count("\n") + 1


def _after(name: str, table: str, text: str) -> int:
    """In which line of a shipped file a text stands first after a table's header."""
    start = SHIPPED[name].index(table)
    return SHIPPED[name][: SHIPPED[name].index(text, start)].count("\n") + 1


def flaws_of(files: dict[str, str]) -> list[flaws.Flaw]:
    """What loading says is wrong."""
    with pytest.raises(BadPolicy) as refused:
        loading.load(files)
    return refused.value.flaws


# (file, what stands there, what is put there instead, where the flaw is told, what it says)
BROKEN = [
    (GATE, "sla_hours = 4", "sla_hours = ", "sla_hours", "not TOML"),
    (GATE, "sla_hours = 4", "sla_hours = 0", "sla_hours", "greater than or equal to 1"),
    (GATE, "sla_hours = 4", 'sla_hours = "soon"', "sla_hours", "valid integer"),
    (GATE, "sla_hours = 4", "sla_ours = 4", "sla_hours", "'sla_ours' is not a word of this table"),
    (GATE, 'reviewers = ["csm", "manager"]', "", 1, "nobody decides here: name reviewers"),
    (GATE, 'reviewers = ["csm", "manager"]', "reviewers = []", "reviewers", "nobody decides here: name reviewers"),
    (GATE, 'reviewers = ["csm", "manager"]', 'reviewers = ["csn"]', "reviewers", "'csm', 'revops'"),
    (
        GATE,
        'roles = ["manager", "cs_leader"]',
        'rolls = ["manager"]',
        "roles = [",
        "'rolls' is not a word of this table",
    ),
    (GATE, 'goes_up_to = ["cs_leader"]', "goes_up_to = []", "goes_up_to", "at least 1 item"),
    (GATE, '"wording", ', '"wordings", ', "reasons", "reason 'wordings' is not in reasons.toml"),
    (GATE, ESCALATING, '"duplicate"]', "reasons", "no reason for 'escalate'"),
    (GATE, "confidence < 0.5", "confidence < ", "when", "condition 'low-confidence'"),
    (GATE, "confidence < 0.5", "certainty < 0.5", "when", "the facts are segment, lane, kind"),
    (GATE, "confidence < 0.5", 'confidence < "half"', "when", "no matching overload"),
    (GATE, "confidence_known && confidence < 0.5", "confidence + 0.5", "when", "must answer true or false"),
    (GATE, "longest_days = 7", "longest_days = 0", "longest_days", "greater than or equal to 1"),
    (LANE, 'calendar = "office"', 'calendar = "mars"', "calendar", "calendar 'mars' is not in organisation.toml"),
    (LANE, 'segment = "mid-market"', 'segment = "all"', "segment", "a lane has one segment"),
    (
        LANE,
        'customer_email = "customer-communication"',
        'customer_email = "nowhere"',
        "customer_email",
        "which no file defines",
    ),
    (LANE, 'stage = "/StageName"', 'stage = "StageName"', 'stage = "/', "should match pattern"),
    (LANE, 'key = "mid-market-saas"', 'key = "Mid Market"', "key", "should match pattern"),
    (LANE, 'owner = "revops"', 'owner = "nobody"', "owner", "'csm', 'revops'"),
    (
        "organisation.toml",
        'default_lane = "mid-market-saas"',
        'default_lane = "x"',
        "default_lane = ",
        "default_lane 'x' is not a lane",
    ),
    ("organisation.toml", "small_team = false", 'small_team = "a bit"', "small_team", "valid boolean"),
    ("organisation.toml", "opens = 9", "opens = 20", "[[calendars]]", "before it opens"),
    ("organisation.toml", "weekdays = [0, 1, 2, 3, 4]", "weekdays = []", "weekdays", "at least 1 item"),
    ("organisation.toml", "weekdays = [0, 1, 2, 3, 4]", "weekdays = [7]", "weekdays", "less than or equal to 6"),
    ("organisation.toml", 'holidays = ""', 'holidays = "ZZ"', "holidays = ", "no holidays are known for 'ZZ'"),
    ("organisation.toml", 'holidays = ""', 'holidays = "DE-XX"', "holidays = ", "or one of its parts: DE-BB, DE-BE, "),
    ("organisation.toml", 'holidays = ""', 'holidays = "GB-"', "holidays = ", "or one of its parts: GB-ENG, GB-NIR"),
    ("organisation.toml", 'holidays = ""', 'holidays = "de-by"', "holidays = ", "for 'de-by'; write DE-BY"),
    ("organisation.toml", 'holidays = ""', 'holidays = "Bavaria"', "holidays = ", "a country's code such as US"),
    ("organisation.toml", "opens = 9", 'opens = "8h"', "opens = ", "'8h' is no time of day; write one such as"),
    ("organisation.toml", "opens = 9", "opens = true", "opens = ", "True is no time of day; write one such as"),
    ("organisation.toml", "opens = 9", 'opens = "24:00"', "opens = ", "less than 24"),
    ("organisation.toml", "opens = 9", 'opens = "17:30"', "[[calendars]]", "at 17:00, before it opens at 17:30"),
    ("organisation.toml", 'holidays = ""', 'closed = ["24.12."]', "holidays = ", '"12-24" for every year'),
    ("organisation.toml", 'holidays = ""', 'closed = ["2026-02-30"]', "holidays = ", "is no day on which the office"),
    (
        "organisation.toml",
        'holidays = ""',
        "closed = [12]",
        "holidays = ",
        "12 is no day on which the office is closed",
    ),
    ("organisation.toml", 'holidays = ""', 'closed = ["12-24 to 2027-01-01"]', "holidays = ", "is no day on which"),
    ("organisation.toml", 'holidays = ""', 'closed = ["2026-12-24 to 2026-12-20"]', "holidays = ", "before it begins"),
    ("organisation.toml", 'holidays = ""', 'closed = ["2026-01-01 to 2030-01-01"]', "holidays = ", "more than a year"),
    ("organisation.toml", 'holidays = ""', 'closed = ["01-01 to 12-31"]', "[[calendars]]", "every day of the year"),
    ("organisation.toml", 'holidays = ""', 'closed = "12-24"', "holidays = ", 'write ["…"], also for one'),
    ("organisation.toml", "UTC", "America/New_Yrok", "timezone", "'America/New_Yrok' is not a time zone"),
    ("organisation.toml", "UTC", "America", "timezone", "'America' is not a time zone"),
    ("reasons.toml", "[[reason]]", "[[reason]", "[[reason]]", "not TOML"),
    ("reasons.toml", 'acts = ["edit"]', 'acts = ["edits"]', 'acts = ["edit"]', "'approve', 'edit'"),
    (
        "packet.toml",
        'missing = "blocks"\n',
        'missing = "maybe"\n',
        'missing = "blocks"\n',
        "'blocks', 'usually' or 'noted'",
    ),
    (EXCEPTIONS, "sla_hours = 16", "sla_hours = 0", "sla_hours", "greater than or equal to 1"),
    (EXCEPTIONS, "blocking = true\n", "", "[[category]]", "'blocking' is missing; add it"),
    (EXCEPTIONS, 'kind = "clarification"', 'kind = "shrug"', "first_response", "'confirm_scope', 'block_launch'"),
    (EXCEPTIONS, '["sales_owner", "csm"]', "[]", "goes_to = [", "at least 1 item"),
    (
        EXCEPTIONS,
        'otherwise = "non-',
        'otherwise = "no-',
        "otherwise",
        "not a category; name one of missing-business-outcome",
    ),
    (
        EXCEPTIONS,
        'standstill = "nobody-',
        'standstill = "no-',
        "standstill = ",
        "standstill = 'no-decides' is not a category; name one of missing-business-outcome",
    ),
    (
        EXCEPTIONS,
        'differs = "sent-',
        'differs = "lost-',
        "differs = ",
        "differs = 'lost-differs' is not a category; name one of",
    ),
    (
        GATE,
        'release = "automation"',
        'release = "pigeon"',
        "release",
        "'pigeon' is not a destination; known: automation, ",
    ),
    (GATE, 'release = "automation"', 'release = "Pigeon"', "release", "String should match pattern"),
    (
        "gates/risk-escalation.toml",
        "sla_hours",
        'release = "outgoing-mail"\nsla_hours',
        "sla_hours",
        "nothing with receivers comes",
    ),
    (LANE, "[kinds]", '[gates.handoff-quality]\nrelease = "pigeon"\n\n[kinds]', 16, "'pigeon' is not a destination"),
    (DESTINATIONS, 'kind = "email"', 'kind = "fax"', 'kind = "email"', "Input should be 'automation', 'email'"),
    (
        DESTINATIONS,
        'sender = "onboarding@example.com"\n',
        "",
        'key = "outgoing-mail"',
        "sends e-mail and has no sender",
    ),
    (DESTINATIONS, '"onboarding@example.com"', '"nobody"', "sender = ", "String should match pattern"),
    (DESTINATIONS, 'key = "outgoing-mail"', 'key = "automation"', 'key = "outgoing', "'automation' is taken by"),
    (
        DESTINATIONS,
        "silent_after_hours = 8",
        "silent_after_hours = 0",
        "silent_after_hours = 8",
        "greater than or equal to 1",
    ),
    (EXCEPTIONS, '"commercial-mismatch"', '"wording"', 'key = "billing', "reason 'wording' escalates nothing"),
    (
        EXCEPTIONS,
        '"commercial-mismatch"',
        '"timeline-risk"',
        'key = "timeline',
        "opens 'billing-or-contract-mismatch' already",
    ),
    (
        EXCEPTIONS,
        'key = "product-gap"',
        'key = "timeline-risk"',
        'key = "product',
        "'timeline-risk' is taken by exceptions",
    ),
]


# (file, what stands there, what is put there instead, where the flaw is told, what it says): what once was overridden.
SLIPS = [
    (LANE, "handoff_packet =", "handof_packet =", "handoff_packet =", "did you mean that?"),
    (LANE, "project_plan =", "project_paln =", "project_plan =", "'project_plan' has no gate in this lane"),
    (LANE, "customer_outcome =", "customer_outcom =", "customer_outcome =", "did you mean 'customer_outcome'?"),
    (LANE, 'required = ["segment"', 'required = ["segmnet"', "required = ", "did you mean 'segment'?"),
    (LANE, "[kinds]", 'waived_fields = ["aar"]\n[kinds]', "[kinds]", "did you mean 'arr'?"),
    (LANE, "[triggers.hubspot]", "[triggers.hubspotx]", "[triggers.hubspot]", "triggers.hubspotx: nobody here reads"),
    (
        LANE,
        "[triggers.hubspot]\n",
        "",
        _after(LANE, "[triggers.hubspot]", "[triggers.hubspot.") - 1,
        "'object' is miss",
    ),
    ("reasons.toml", "[[reason]]", "[[reasons]]", "[[reason]]", "'reasons' is not a word of this file"),
    (DESTINATIONS, "[[destination]]", "[[destinations]]", "[[destination]]", "'destinations' is not a word"),
    (EXCEPTIONS, "[[category]]", "[[categoryx]]", "[[category]]", "'categoryx' is not a word"),
    ("organisation.toml", "[[groups]]", "[[groupsx]]", "[[groups]]", "'groupsx' is not a word"),
    (PLAN, "[[plan.milestones]]", "[[plan.milestonesx]]", "[[plan.milestones]]", "'milestonesx' is not a word"),
    (GATE, "[[must_escalate]]", "[[must_escalates]]", "[[must_escalate]]", "'must_escalates' is not a word"),
    (GATE, "sla_hours = 4", "sla_hours = true", "sla_hours = ", "write a number without quotes"),
    (GATE, "sla_hours = 4", 'sla_hours = "4"', "sla_hours = ", "write a number without quotes"),
    (GATE, "sla_hours = 4", "sla_hours = 4.0", "sla_hours = ", "write a number without quotes"),
    (LANE, "[kinds]", "[earned]\nunchanged = true\n[kinds]", 16, "write a number without quotes"),
    (EXCEPTIONS, "respond_hours = ", "respond_hours = false #", "respond_hours = ", "write a number without quotes"),
]


@pytest.mark.parametrize(("name", "old", "new", "where", "says"), [*BROKEN, *SLIPS], ids=lambda value: str(value)[:30])
def test_a_flaw_is_told_with_file_line_and_mend(name: str, old: str, new: str, where: str | int, says: str) -> None:
    """Each broken policy is refused whole, at the line where it is broken."""
    line = where if isinstance(where, int) else line_of(name, where)
    found = flaws_of(broken(name, old, new))
    assert any(flaw.place == f"{name}:{line}" and says in flaw.message for flaw in found), found


def doubts(policy: Policy) -> list[flaws.Flaw]:
    """What is doubted of a policy besides that the shipped one says of nobody whose it is."""
    return [one for one in validate_gates.warnings(policy) if not one.place.startswith("organisation.toml")]


def test_a_lane_takes_kinds_that_only_an_automation_drafts() -> None:
    """The control: a kind of its own, unlike any of ours, is nobody's slip."""
    policy = loading.load(broken(LANE, "[kinds]", '[kinds]\nsecurity_form = "risk-escalation"'))
    assert not doubts(policy)


def test_triggers_that_start_what_the_lane_does_not_take_are_warned_of() -> None:
    """A lane may do without the packet; its triggers then start nothing, which is told at its kinds."""
    policy = loading.load(broken(LANE, 'handoff_packet = "handoff-quality"\n', ""))
    (doubt,) = doubts(policy)
    assert doubt.place == f"{LANE}:{line_of(LANE, '[kinds]')}"
    assert "start a handoff_packet, which has no gate here" in doubt.message


def test_the_shipped_policy_loads() -> None:
    """The control: nothing broken, nothing refused; six gates, two lanes, and every act has its reasons."""
    policy = loading.load(SHIPPED)
    assert {gate.key for gate in policy.gates} == {
        "handoff-quality", "kickoff-preparation", "implementation-launch", "risk-escalation", "customer-communication",
        "policy-change",
    }  # fmt: skip
    assert len(policy.lanes) == 2
    assert len(policy.packet.sections) == 11


def test_the_shipped_policy_is_nobodys_and_says_so() -> None:
    """It names no company, no domain and no time zone of one; a check warns until both stand there."""
    assert not re.search("northbeam|new_york|berlin|us-east|europe", "".join(SHIPPED.values()), re.IGNORECASE)
    name, domains = validate_gates.warnings(loading.load(SHIPPED))
    assert (name.place, "this names nobody" in name.message) == (
        f"organisation.toml:{line_of('organisation.toml', 'name =')}",
        True,
    )
    assert domains.place == f"organisation.toml:{line_of('organisation.toml', 'domains = []')}"
    assert "none of our mail domains is named here" in domains.message
    assert not validate_gates.warnings(northbeam.policy())


def test_all_flaws_are_told_at_once() -> None:
    """One run of `policy check` shows all there is to fix, across files."""
    files = {
        **broken(GATE, "sla_hours = 4", "sla_hours = 0"),
        **{LANE: SHIPPED[LANE].replace('"revops"', '"nobody"', 1)},
    }
    assert {flaw.place.split(":")[0] for flaw in flaws_of(files)} == {GATE, LANE}


@pytest.mark.parametrize("name", ["organisation.toml", "reasons.toml", "packet.toml"])
def test_a_missing_file_is_named(name: str) -> None:
    """Without one of the three files there is no policy."""
    assert flaws_of({other: text for other, text in SHIPPED.items() if other != name})[0].place == f"{name}:1"


def test_a_policy_without_exceptions_loads() -> None:
    """A policy written before there were exceptions stays active for its items, and opens none."""
    policy = loading.load({name: text for name, text in SHIPPED.items() if name != EXCEPTIONS})
    assert policy.exceptions.category == ()
    assert len(loading.load(SHIPPED).exceptions.category) == 13, (
        "the seven of the field, what nobody decides, two of releases, what was stopped, a deal that changed, a mail that came back"
    )


@pytest.mark.parametrize("name", sorted(name for name in SHIPPED if name.startswith("gates/")))
def test_a_deleted_gate_is_noticed(name: str) -> None:
    """A lane whose kinds wait at a gate that is gone does not load: nothing can slip past it."""
    found = flaws_of({other: text for other, text in SHIPPED.items() if other != name})
    assert any(f"{Path(name).stem!r}, which no file defines" in flaw.message for flaw in found)


def test_a_file_nobody_knows_is_named() -> None:
    """A misspelt file name is not overridden."""
    found = flaws_of({**SHIPPED, "gate/extra.toml": "key = 1"})
    assert [flaw.place for flaw in found] == ["gate/extra.toml:1"]


def test_two_gates_of_one_name_are_refused() -> None:
    """Which of two rules holds is not left to chance."""
    found = flaws_of({**SHIPPED, "gates/zz.toml": SHIPPED[GATE]})
    assert any("customer-communication" in flaw.message for flaw in found)


def test_two_lanes_of_one_name_are_refused() -> None:
    """The same for lanes."""
    found = flaws_of({**SHIPPED, "lanes/zz.toml": SHIPPED[LANE]})
    assert any("mid-market-saas" in flaw.message for flaw in found)


def test_a_reason_given_twice_is_refused() -> None:
    """A code in the log has one meaning."""
    again = '\n[[reason]]\ncode = "duplicate"\nlabel = "Something else"\nacts = ["reject"]\n'
    found = flaws_of({**SHIPPED, "reasons.toml": SHIPPED["reasons.toml"] + again})
    assert any("duplicate" in flaw.message for flaw in found)


def test_reasons_of_another_shape_are_refused() -> None:
    """A slip of brackets makes one table of many; it is said, not stumbled over."""
    for text in ('[reason]\ncode = "duplicate"\n', 'reason = "duplicate"\n', "reason = [1]\n"):
        assert flaws_of({**SHIPPED, "reasons.toml": text})[0].place.startswith("reasons.toml:")


def test_the_digest_names_the_text() -> None:
    """Any letter changed anywhere is another version; the order of the files is not."""
    policy = loading.load(SHIPPED)
    assert loading.digest_of(dict(reversed(SHIPPED.items()))) == policy.digest
    assert loading.digest_of(broken("organisation.toml", "Your organisation", "Southbeam")) != policy.digest
    assert (
        loading.digest_of({("x" + name if name == GATE else name): text for name, text in SHIPPED.items()})
        != policy.digest
    )


def test_a_folder_without_policy_says_so(tmp_path: Path) -> None:
    """An empty or mistyped folder is no policy."""
    with pytest.raises(BadPolicy, match="no policy files here"):
        loading.files_in(tmp_path)


def test_every_rule_knows_its_place() -> None:
    """What a page says about a rule leads to the file and line where it stands."""
    policy = loading.load(SHIPPED)
    for gate in policy.gates:
        name = f"gates/{gate.key}.toml"
        assert policy.place(f"gate:{gate.key}", "reviewers") == f"{name}:{line_of(name, 'reviewers')}"
        if gate.override:
            roles = f"{name}:{_after(name, '[override]', 'roles')}"
            assert policy.place(f"gate:{gate.key}", "override", "roles") == roles
        assert policy.place(f"gate:{gate.key}", "separate") == f"{name}:1", "a default leads to the file"
