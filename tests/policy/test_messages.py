"""Message rules: both shipped lanes say one for each message, and one that could not hold is refused with its line."""

from __future__ import annotations

from typing import get_args

import pytest

from reviewqueue.core.vocabulary import ANY_MESSAGE, INTERNAL_MESSAGES
from reviewqueue.evidence.promises import KINDS, Kind
from reviewqueue.policy import loading
from tests.policy.test_loading import LANE, SHIPPED, flaws_of

POLICY = loading.load(SHIPPED)
RULE = '[messages.{about}]\nsending = "approve"\n{more}\n\n'
FIRST = SHIPPED[LANE][: SHIPPED[LANE].index("[messages.")].count("\n") + 1


def with_rule(about: str, more: str) -> dict[str, str]:
    """The shipped policy with one rule put for all those of its first lane."""
    start, end = SHIPPED[LANE].index("[messages."), SHIPPED[LANE].index("[triggers.")
    text = SHIPPED[LANE]
    return {**SHIPPED, LANE: text[:start] + RULE.format(about=about, more=more) + text[end:]}


# (the rule's name, its words, in which of its lines the flaw is told, what it says)
BROKEN = [
    ("welcom", "", 0, "'welcom' is not a message, neither a kind of message nor a template; did you mean 'welcome'?"),
    ("kickoff_brief", "", 0, "'kickoff_brief' is not a message"),
    ("project-plan", "", 0, "'project-plan' is not a message"),
    ("welcome", 'suppressed_when = "blocked"', 0, "suppressed_says the same in words; write both"),
    ("welcome", 'suppressed_says = "it is blocked"', 0, "suppressed_says the same in words; write both"),
    (
        "welcome",
        'suppressed_when = "blockt"\nsuppressed_says = "it is blocked"',
        2,
        "undeclared reference to 'blockt'; the facts are segment, lane, kind, template, blocked, exceptions, finished",
    ),
    ("welcome", 'suppressed_when = "segment"\nsuppressed_says = "it is"', 2, "must answer true or false, not STRING"),
    ("welcome", 'suppressed_when = "revision > 1"\nsuppressed_says = "it is"', 2, "undeclared reference to 'revision'"),
    ("welcome", 'to_role = "champion"', 2, "'customer_owner', 'economic_buyer'"),
    ("welcome", 'to_role = "csm"', 2, "is not for the CSM; write customer_owner or economic_buyer"),
    ("internal_alert", 'to_role = "economic_buyer"', 2, "is not for the economic buyer; write csm or sales_owner"),
    (
        "inactivity-alert",
        'to_role = "sales_owner"',
        2,
        "the template writes to csm_email; let its `to` name sales_owner",
    ),
    ("welcome", 'reply_to = "economic_buyer"', 2, "'csm' or 'sales_owner'"),
    ("welcome", 'may_promise = ["dates"]', 2, "'date', 'scope'"),
    ("welcome", 'may_promise = ["date"]\nmay_not_promise = ["date"]', 3, "date may be promised and may not"),
    ("welcome", "colour = 3", 2, "'colour' is not a word of this table"),
]


@pytest.mark.parametrize(("about", "more", "line", "says"), BROKEN)
def test_a_rule_that_could_not_hold_is_refused(about: str, more: str, line: int, says: str) -> None:
    [flaw] = flaws_of(with_rule(about, more))
    assert says in flaw.message
    assert flaw.place == f"{LANE}:{FIRST + line}"


def test_what_is_only_drafted_is_said() -> None:
    """What may be sent automatically is in test_earned."""
    files = with_rule("welcome", "")
    files[LANE] = files[LANE].replace('sending = "approve"', 'sending = "draft_only"')
    assert loading.load(files).lanes[1].messages["welcome"].sending == "draft_only"


@pytest.mark.parametrize("lane", POLICY.lanes, ids=lambda one: one.key)
def test_a_shipped_lane_says_a_rule_for_every_message(lane: object) -> None:
    """For each kind, so that what other automations submit is held to one as well, and each of our templates."""
    found = next(one for one in POLICY.lanes if one is lane)
    for kind in ANY_MESSAGE:
        assert found.message_rule(kind)
    for template in (one for one in POLICY.templates if one.message):
        name, rule = found.message_rule(template.kind, template.key) or ("", None)
        assert rule is not None
        assert rule.to_role or name == template.kind == "portal_update"
        assert (rule.reply_to is None) == (template.kind in INTERNAL_MESSAGES)


def test_the_templates_rule_goes_before_that_of_its_kind() -> None:
    lane = POLICY.lanes[0]
    assert [(lane.message_rule("customer_email", key) or ("",))[0] for key in ("welcome", "nobody", "")] == [
        "welcome", "customer_email", "customer_email",
    ]  # fmt: skip
    assert lane.message_rule("kickoff_brief") is None
    bare = lane.model_copy(update={"messages": {}})
    assert bare.message_rule("customer_email", "welcome") is None


@pytest.mark.parametrize(
    ("words", "refused"),
    [
        ("", ()),
        ('may_not_promise = ["price", "sla"]', ("price", "sla")),
        ('may_promise = ["date"]', tuple(kind for kind in KINDS if kind != "date")),
        ("may_promise = []", KINDS),
    ],
)
def test_what_a_message_may_not_promise(words: str, refused: tuple[str, ...]) -> None:
    assert loading.load(with_rule("welcome", words)).lanes[1].messages["welcome"].refused == refused
    assert get_args(Kind) == KINDS


@pytest.mark.parametrize(
    ("domain", "says"),
    [
        ("https://northbeam.example", "is not a mail domain; write what comes after the @, such as company.com"),
        ("dana@northbeam.example", "is not a mail domain"),
        ("northbeam", "is not a mail domain"),
        ("gmail.com", "everybody may have an address at gmail.com, so it is not yours"),
    ],
)
def test_a_domain_of_ours_is_one(domain: str, says: str) -> None:
    """Whoever has an address there may receive every message, so a slip of the pen is refused."""
    organisation, files = SHIPPED["organisation.toml"], dict(SHIPPED)
    files["organisation.toml"] = organisation.replace("domains = []", f'domains = ["{domain}"]')
    [flaw] = flaws_of(files)
    assert says in flaw.message
    assert flaw.place == f"organisation.toml:{organisation[: organisation.index('domains = []')].count(chr(10)) + 1}"
    files["organisation.toml"] = organisation.replace("domains = []", 'domains = ["BÜRO-Northbeam.Example"]')
    assert loading.load(files)
