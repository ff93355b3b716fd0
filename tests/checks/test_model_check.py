"""The model's check by itself: it adds marks and takes none away, says what it misses, and repeats no secret."""

from __future__ import annotations

from typing import Any

import pytest

from reviewqueue.checks import model_check
from reviewqueue.checks.model_check import Model, ModelFindings
from reviewqueue.checks.topics import TOPICS
from reviewqueue.checks.topics.classifier import TopicScore
from reviewqueue.policy import loading
from tests import northbeam
from tests.checks.policies import POLICY

BODY = "Hello Rosa,\n\nwe will talk about the later date. Perhaps the fee."


def model(*scores: TopicScore, version: str = "a" * 64, missed: float = 0.08) -> Model:
    """A model that says this of every body, and nothing of other texts."""
    return Model(lambda text: scores if text == BODY else (), version, dict.fromkeys(TOPICS, missed))


def found(given: Model, marked: tuple[str, ...] = (), policy: Any = POLICY, body: str = BODY) -> ModelFindings:
    draft = {"to": ["rosa@marlowfreight.example"], "subject": "Kickoff", "body": body}
    return model_check.find(policy, policy.lanes[0], "customer_email", draft, marked, given)


SPEAKS = TopicScore("go-live-date", "we will talk about the later date.", 0.97, "speaks")
UNSURE = TopicScore("renewal", "Perhaps the fee.", 0.4, "unsure")
# (what is so, what the model says, topics marked before, topic → outcome of the results that are added)
MERGED: list[tuple[str, tuple[TopicScore, ...], tuple[str, ...], dict[str, str]]] = [
    ("a topic that the model finds is marked", (SPEAKS,), (), {"go-live-date": "warn"}),
    ("what it is not sure of is marked too", (UNSURE,), (), {"renewal": "warn"}),
    ("what the patterns marked stays marked, and is not marked twice", (SPEAKS,), ("go-live-date",), {}),
    ("what the patterns marked stays marked where the model finds nothing", (), ("scope",), {}),
    ("a topic that is none of the six is none", (TopicScore("weather", "Perhaps the fee.", 1, "speaks"),), (), {}),
]


@pytest.mark.parametrize(("says", "scores", "marked", "warned"), MERGED, ids=[row[0] for row in MERGED])
def test_a_model_adds_marks_and_takes_none_away(
    says: str, scores: tuple[TopicScore, ...], marked: tuple[str, ...], warned: dict[str, str]
) -> None:
    """One result for each topic that has none yet, all of the model's version."""
    checks = found(model(*scores), marked).checks
    assert {one.key for one in checks} == {f"topic.{topic}" for topic in TOPICS if topic not in marked}, says
    assert {one.key.removeprefix("topic."): one.outcome for one in checks if one.outcome != "pass"} == warned
    assert {(one.model, one.blocking, one.confidence) for one in checks} == {("a" * 64, False, None)}


def test_what_it_is_sure_of_and_what_not_are_said_in_other_words() -> None:
    by_key = {one.key: one for one in found(model(SPEAKS, UNSURE)).checks}
    assert by_key["topic.go-live-date"].message == (
        "Speaks of a changed go-live date: “we will talk about the later date.”. A person decides on every such message."
    )
    assert by_key["topic.renewal"].message == (
        "May speak of a renewal, refund or downgrade: “Perhaps the fee.”. It is not sure: a person looks."
    )
    assert by_key["topic.renewal"].at == "/body"


@pytest.mark.parametrize(
    ("missed", "says"),
    [
        (0.08, "It misses 8 of 100 messages that do, as measured."),
        (0.9, "It misses 90 of 100 messages that do, as measured."),
        (0.001, "It misses fewer than 1 of 100 messages that do, as measured."),
        (0.0, "It missed none of those that it was measured with."),
    ],
)
def test_a_pass_says_what_is_missed_and_claims_no_confidence(missed: float, says: str) -> None:
    checks = found(model(missed=missed)).checks
    assert {one.outcome for one in checks} == {"pass"}
    assert all(one.message.endswith(says) and one.confidence is None for one in checks)


def test_every_passage_is_kept_with_its_place_and_who_found_it() -> None:
    body = "We will refund the fee.\n\nPerhaps the fee."
    given = Model(lambda text: (UNSURE,) if text == body else (), "a" * 64, {})
    passages = {(one.at, one.passage, one.topic, one.verdict, one.by) for one in found(given, body=body).passages}
    assert passages == {
        ("/body", "We will refund the fee.", "renewal", "speaks", "patterns"),
        ("/body", "Perhaps the fee.", "renewal", "unsure", "model"),
    }


def test_no_secret_is_repeated() -> None:
    key = "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc"
    passage = f"The key is {key} and we refund."
    given = Model(lambda text: (TopicScore("renewal", passage, 1, "speaks"),), "a" * 64, {})
    (one,) = [one for one in found(given, body=passage).checks if one.outcome == "warn"]
    assert "[a secret]" in one.message
    assert key not in one.message


def pinned(version: str) -> Any:
    """The shipped policy with that version of the model pinned."""
    files = northbeam.files()
    files["checks.toml"] += f'\n[topics]\nversion = "{version}"\n'
    return loading.load(files)


def test_another_version_than_the_pinned_one_is_not_used() -> None:
    """It fails, says which is wanted and which is there, with file and line, and blocks."""
    policy = pinned("b" * 64)
    findings = found(model(SPEAKS), policy=policy)
    (one,) = findings.checks
    assert (findings.ran, one.key, one.outcome, one.blocking) == (False, "message.topics", "fail", True)
    assert "bbbbbbbbbbbb" in one.message
    assert "aaaaaaaaaaaa" in one.message
    assert "(checks.toml:" in one.message
    assert found(model(SPEAKS, version="b" * 64), policy=policy).ran


def test_a_pin_is_a_digest() -> None:
    with pytest.raises(loading.BadPolicy, match=r"checks\.toml"):
        pinned("latest")
