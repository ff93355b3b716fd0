"""Messages: topics with the passage that speaks of them, the next step and what it lacks, gaps of a template."""

from __future__ import annotations

import pytest

from reviewqueue.checks import messages, model_check, topics
from reviewqueue.checks.next_step import next_step
from reviewqueue.core.vocabulary import TO_CUSTOMERS
from reviewqueue.evidence.types import CheckResult
from tests import drafts
from tests.checks.policies import POLICY


def said(body: str, kind: str = "customer_email", **fields: object) -> list[CheckResult]:
    return messages.check(kind, {"to": ["refund@x.example"], "subject": "Kickoff", "body": body, **fields})


def topics_said(body: str, kind: str = "customer_email", **fields: object) -> list[CheckResult]:
    """What patterns and model say of the six topics, as it stands on an item at rest."""
    marks = [one for one in said(body, kind, **fields) if one.key.startswith("topic.")]
    draft = {"to": ["refund@x.example"], "subject": "Kickoff", "body": body, **fields}
    marked = {one.key.removeprefix("topic.") for one in marks}
    model = model_check.load_model()
    return [*marks, *model_check.find(POLICY, POLICY.lanes[0], kind, draft, marked, model).checks]


def test_a_sound_message_passes_with_its_next_step_quoted() -> None:
    found = {one.key: one for one in (*said(drafts.BODY), *topics_said(drafts.BODY))}
    assert set(found) == {f"topic.{one}" for one in topics.TOPICS} | {"message.next-step"}
    assert {one.outcome for one in found.values()} == {"pass"}
    assert (
        "“Next step: Dana Whitfield sends you the agenda for our kickoff by 6 March 2026.”"
        in found["message.next-step"].message
    )


@pytest.mark.parametrize("kind", TO_CUSTOMERS)
def test_a_topic_is_marked_whatever_the_draft_says_it_is(kind: str) -> None:
    """The passage is quoted, with its place; it warns and does not block, for a person decides. What passes is never
    said with a confidence, but with the share that is missed."""
    body = f"{drafts.BODY}\n\nP.S. We can re\u200bfund\nthe ＳＥＴＵＰ fee. And your go-live is postponed."
    body += " And we can waive the fee."
    found = topics_said(body, kind, subject="A 10% discount for you")
    assert sorted(one.key for one in found) == sorted(f"topic.{one}" for one in topics.TOPICS)
    warned = [one for one in found if one.outcome == "warn"]
    assert {(one.key, one.at) for one in warned} == {
        ("topic.commercial", "/subject"),
        ("topic.renewal", "/body"),
        ("topic.go-live-date", "/body"),
    }
    assert {(one.outcome, one.blocking, one.confidence is None) for one in found} == {
        ("warn", False, False),
        ("pass", False, True),
    }
    assert all("of 100 messages that do, as measured." in one.message for one in found if one.outcome == "pass")
    refund = next(one for one in found if one.key == "topic.renewal")
    assert "a renewal, refund or downgrade: “We can re[U+200B]fund the ＳＥＴＵＰ fee.”" in refund.message


def test_only_what_customers_read_is_looked_at() -> None:
    assert messages.check("risk_summary", {"summary": "We will refund the fee."}) == []
    assert [one.key for one in said(drafts.BODY) if one.outcome != "pass"] == []


@pytest.mark.parametrize(
    ("body", "lacks", "says"),
    [
        ("Thank you for choosing us, Rosa.", ("step", "owner", "date"), "does not say what happens next."),
        ("Could you call us?", ("date",), "does not say by when. “Could you call us?” comes nearest."),
        ("The agenda will be sent on Friday.", ("owner",), "does not say who does it."),
        ("The agenda will be sent.", ("owner", "date"), "does not say who does it nor by when."),
    ],
)
def test_what_a_next_step_lacks_is_named(body: str, lacks: tuple[str, ...], says: str) -> None:
    assert next_step(body).lacks == lacks
    (found,) = [one for one in said(body) if one.key == "message.next-step"]
    assert (found.outcome, found.blocking, found.at) == ("fail", True, "/body")
    assert says in found.message


def test_a_language_it_cannot_read_is_left_to_the_person() -> None:
    for body in (
        "ご確認のほどよろしくお願いいたします。",
        "Proszę przesłać listę przewoźników na adres podany w portalu klienta firmy.",
    ):
        (found,) = [one for one in said(body) if one.key == "message.next-step"]
        assert (found.outcome, found.blocking) == ("warn", False)


def test_a_gap_is_quoted_and_blocks() -> None:
    (found,) = [
        one for one in said(f"{drafts.BODY} [customer-side owner: not known, ask sales]") if one.outcome == "fail"
    ]
    assert (found.key, found.at) == ("message.placeholder", "/body")
    assert "“[customer-side owner: not known, ask sales]” was never filled in" in found.message


@pytest.mark.parametrize(
    "draft", [None, [], "text", {}, {"body": None}, {"body": ["a"]}, {"body": {"a": 1}}, {"subject": 4}], ids=repr
)
def test_other_shapes_say_nothing_of_a_next_step(draft: object) -> None:
    assert [one.key for one in messages.check("customer_email", draft) if one.key == "message.next-step"] == []


@pytest.mark.parametrize(
    ("body", "we", "speaks"),
    [
        ("Northbeam will guarantee the date.", "Northbeam", True),
        ("Northbeam can promise two dashboards.", "Northbeam", True),
        ("A & B (Holding) do commit to it.", "A & B (Holding)", True),
        ("Northbeam will guarantee the date.", "Southbeam", False),
        ("Northbeam will guarantee the date.", "", False),
        ("Northbeams will guarantee the date.", "Northbeam", False),
    ],
)
def test_what_our_organisation_promises_by_its_name_is_promised_by_us(body: str, we: str, speaks: bool) -> None:
    """Whatever the organisation is called: its name stands in its policy, in no rule of ours."""
    found = messages.check("customer_email", {"to": [], "subject": "s", "body": body}, we)
    assert [one.outcome for one in found if one.key == "topic.commercial"] == ["warn"] * speaks
