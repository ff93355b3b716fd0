"""Message rule checks: a message that the lane holds back, sends to somebody else or lets promise less is stopped."""

from __future__ import annotations

from typing import Any

import pytest

from reviewqueue import checks
from reviewqueue.checks.message_rules import OnboardingState
from reviewqueue.evidence.promises import KeptPromise, Promise
from reviewqueue.evidence.types import CheckResult, Source
from reviewqueue.policy.model.messages import MessageRule
from reviewqueue.policy.model.policy import Lane
from tests import drafts
from tests.checks.policies import MID, POLICY
from tests.onboarding.drafting.approved_onboarding import MORE, PIET, ROSA, contact, ours

ENTERPRISE = POLICY.lanes[0]
DEAL = drafts.deal().sources
PEOPLE = {**DEAL, "rosa": contact("A", ROSA), "piet": contact("B", PIET)}
MAIL = {"to": ["piet@marlowfreight.example"], "subject": "Kickoff", "body": drafts.BODY}
KEYS = ("message.suppressed", "message.promise", "message.recipient-role", "message.reply-to")


def said(
    draft: dict[str, Any],
    *,
    template: str = "welcome",
    kind: str = "customer_email",
    sources: dict[str, Source] | None = None,
    lane: Lane = MID,
    commitments: tuple[KeptPromise, ...] = (),
    **stands: Any,
) -> list[CheckResult]:
    """What these checks say of a message."""
    around = checks.CheckContext("Marlow Freight", (), commitments, OnboardingState(template, **stands))
    results = checks.run(POLICY, lane, kind, draft, PEOPLE if sources is None else sources, (), around)
    return [one for one in results if one.key in KEYS]


def failed(draft: dict[str, Any] = MAIL, **given: Any) -> list[str]:
    """The keys of those that fail; each blocks, and says file and line of the rule."""
    results = [one for one in said(draft, **given) if one.outcome == "fail"]
    for one in results:
        assert one.blocking
        assert "(lanes/" in one.message
    return [one.key for one in results]


def test_an_honest_message_goes_through() -> None:
    """The control for all below; that the right person receives it is said."""
    assert [(one.key, one.outcome) for one in said(MAIL)] == [("message.recipient-role", "pass")]
    place = POLICY.place("lane:mid-market-saas", "messages", "welcome", "to_role")
    assert said(MAIL)[0].message == f"It goes to the customer-side owner ({place})."


@pytest.mark.parametrize(
    ("template", "kind", "stands", "held"),
    [
        ("kickoff-scheduling", "customer_email", {"blocked": True}, True),
        ("kickoff-scheduling", "customer_email", {"blocked": False, "exceptions": ("timeline-risk",)}, False),
        ("kickoff-scheduling", "customer_email", {"finished": True}, False),
        ("task-reminder", "task_reminder", {"finished": True}, True),
        ("", "task_reminder", {"finished": True}, True),
        ("", "task_reminder", {"blocked": True}, True),
        ("", "task_reminder", {}, False),
        ("welcome", "customer_email", {"blocked": True, "finished": True}, False),
        ("inactivity-alert", "internal_alert", {"finished": True}, True),
    ],
)
def test_a_message_is_held_back_as_its_lane_says(template: str, kind: str, stands: dict[str, Any], held: bool) -> None:
    """By how its onboarding stands; what no template of ours wrote is under the rule of its kind."""
    assert ("message.suppressed" in failed(template=template, kind=kind, **stands)) is held


def test_what_cannot_be_told_holds_a_message_back() -> None:
    """A condition that fails is no yes; and a message of a lane without rules is held to none."""
    rule = MessageRule(sending="approve", suppressed_when="exceptions[7] == 'x'", suppressed_says="it cannot be told")
    odd = MID.model_copy(update={"messages": {"welcome": rule}})
    around = checks.CheckContext(onboarding_state=OnboardingState("welcome"))
    results = checks.run(POLICY, odd, "customer_email", MAIL, PEOPLE, (), around)
    assert [one.outcome for one in results if one.key == "message.suppressed"] == ["fail"]
    assert not said({**MAIL, "to": ["rosa@marlowfreight.example"]}, lane=MID.model_copy(update={"messages": {}}))


def order(address: str = "") -> dict[str, Source]:
    """A source for the approved packet that names another customer-side owner than the deal."""
    named = {"sections": {"buyer_and_owner": {"customer_owner": f"Ana Brandt, IT, {address}".rstrip(", ")}}}
    return {**PEOPLE, "packet": ours("approved_packet", named)}


@pytest.mark.parametrize(
    ("why", "given", "to", "found"),
    [
        ("the customer-side owner", {}, ["piet@marlowfreight.example"], []),
        ("written otherwise", {}, ["Piet <PIET@marlowfreight.example>"], []),
        ("among others", {}, ["rosa@marlowfreight.example", "piet@marlowfreight.example"], []),
        ("somebody else", {}, ["rosa@marlowfreight.example"], ["message.recipient-role"]),
        ("another lane's first value is the buyer's to confirm", {"template": "first-value", "lane": ENTERPRISE},
         ["piet@marlowfreight.example"], ["message.recipient-role"]),
        ("and that is the buyer", {"template": "first-value", "lane": ENTERPRISE}, ["rosa@marlowfreight.example"], []),
        ("the approved packet goes before the deal", {"sources": order("ana@marlowfreight.example")},
         ["piet@marlowfreight.example"], ["message.recipient-role"]),
        ("whose address nobody knows", {"sources": order()}, ["piet@marlowfreight.example"], []),
        ("no template's", {"template": ""}, ["rosa@marlowfreight.example"], []),
        ("no record says", {"sources": {}}, ["rosa@marlowfreight.example"], []),
        ("nobody", {}, [], []),
    ],
)  # fmt: skip
def test_it_goes_to_whom_the_lane_says(why: str, given: dict[str, Any], to: list[str], found: list[str]) -> None:
    """As the records tell it; where they do not, nothing is said."""
    assert failed({**MAIL, "to": to}, **given) == found, why


def test_our_own_people_receive_what_is_for_them() -> None:
    """The CSM the alert, the sales owner the question; and replies of the customer go to the CSM."""
    rests = {**PEOPLE, "onboarding": MORE["onboarding"]}
    dana, lena = "dana.whitfield@northbeam.example", "lena.vogt@northbeam.example"
    alert = {"template": "inactivity-alert", "kind": "internal_alert", "sources": rests}
    assert failed({**MAIL, "to": [dana]}, **alert) == []
    assert failed({**MAIL, "to": [lena]}, **alert) == ["message.recipient-role"]
    question = {"template": "sales-question", "kind": "sales_question", "sources": rests}
    assert failed({**MAIL, "to": [lena]}, **question) == []
    assert failed({**MAIL, "to": [dana]}, **question) == ["message.recipient-role"]
    assert failed({**MAIL, "reply_to": [dana]}, sources=rests) == []
    assert failed({**MAIL, "Reply-To": lena}, sources=rests) == ["message.reply-to"]


def holding(kind: Any, key: str, value: str) -> tuple[KeptPromise, ...]:
    """A promise that people approved."""
    return (
        KeptPromise(Promise(kind, key, "as approved", value, "/x"), "the handoff packet approved on 2 March 2026", 1),
    )


@pytest.mark.parametrize(
    ("text", "given", "found"),
    [
        ("We give you a 20 % discount.", {}, ["message.promise"]),
        ("We give you a 20 % discount.", {"template": ""}, ["message.promise"]),
        ("We give you a 20 % discount.", {"commitments": holding("discount", "discount", "20 %")}, []),
        ("We respond within 4 hours.", {}, ["message.promise"]),
        ("Your plan includes three dashboards.", {}, ["message.promise"]),
        ("Your plan includes three dashboards.", {"template": ""}, []),
        ("Our kickoff is on 12 March 2026.", {}, []),
        ("Dana Whitfield is your project manager.", {}, []),
        ("Could we give you a discount of 20 %?", {}, []),
    ],
)
def test_it_promises_only_what_the_lane_lets_it(text: str, given: dict[str, Any], found: list[str]) -> None:
    """What people approved may be repeated; a question promises nothing."""
    draft = {**MAIL, "body": f"{drafts.BODY}\n\n{text}"}
    assert failed(draft, **given) == found
    results = [one for one in said(draft, **given) if one.key == "message.promise"]
    assert [one.at for one in results] == ["/body"] * len(found)
    assert all(f"“{text}”" in one.message for one in results)
