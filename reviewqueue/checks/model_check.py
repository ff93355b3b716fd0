"""The model's check of a message to a customer: it adds what a model finds to what the patterns found, and takes no
mark away. Pure; it takes longer than all other checks together, so the worker runs it once a draft is submitted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from reviewqueue.checks import messages, secrets
from reviewqueue.checks.topics import TOPICS, find_topics
from reviewqueue.checks.topics.classifier import TopicScore, Verdict
from reviewqueue.core.mime.message import as_read
from reviewqueue.evidence.text.words.sentences import in_quotes
from reviewqueue.evidence.types import CheckResult
from reviewqueue.policy import check_rules
from reviewqueue.policy.model.checks import NOT_CHECKED
from reviewqueue.policy.model.policy import Lane, Policy

MAX_PASSAGES = 10  # quoted for one topic
NO_MODEL = "none"  # the version of a check that found no model
_A_PERSON = "A person decides on every such message."


@dataclass(frozen=True)
class Passage:
    """A passage that speaks of a topic, or may: in the text at pointer `at`, found by the patterns or by a model."""

    at: str
    passage: str
    topic: str
    verdict: Verdict
    by: Literal["patterns", "model", "second opinion"]


@dataclass(frozen=True)
class Model:
    """A model as the check needs it: its classifier, the digest of its weights, and of the messages that speak of a
    topic the share that it was measured to miss."""

    classify: Callable[[str], Sequence[TopicScore]]
    version: str
    missed: dict[str, float]


@dataclass(frozen=True)
class ModelFindings:
    """What came of a model's check of one draft: results to keep beside those of the other checks, and every passage
    found, also by the patterns. `ran` is False where no model looked at it; `checks` says why. `second_opinion` is the
    version of the one that was asked as well, "" for none."""

    version: str
    ran: bool
    checks: tuple[CheckResult, ...]
    passages: tuple[Passage, ...] = ()
    second_opinion: str = ""


def load_model() -> Model:
    """The model that comes with the program; its weights are loaded when it first classifies."""
    from reviewqueue.checks.topics import classifier  # noqa: PLC0415  (nothing of it is loaded where no check runs)

    return Model(classifier.classify, classifier.VERSION, classifier.MISSED)


def find(policy: Policy, lane: Lane, kind: str, draft: Any, marked: Collection[str], model: Model) -> ModelFindings:
    """Run the model over a message. `marked` are the topics that a check has marked already: of those only the passages
    are added. A policy that pins another version than the model's gets a failed check instead."""
    pinned = policy.checks.topics.version
    if pinned and pinned != model.version:
        return ModelFindings(model.version, False, (_counted(policy, lane, kind, _other_version(policy, model)),))
    texts = messages.texts_of(as_read(draft)) if isinstance(draft, dict) else []
    hidden = [secret for _, secret in secrets.find_secrets(kind, draft) if secret]
    passages = [*_by_patterns(texts, policy.organisation.name), *_by_model(texts, model)]
    results = secrets.mask_secrets(list(_results(passages, marked, model)), hidden)
    return ModelFindings(
        model.version, True, tuple(_counted(policy, lane, kind, one) for one in results), tuple(dict.fromkeys(passages))
    )


def could_not_run(policy: Policy, lane: Lane, kind: str, why: str, version: str = NO_MODEL) -> ModelFindings:
    """The findings of a check that was tried and never came to an end: a warning, for a person to read the message."""
    says = (
        f"The model's check for the six topics could not run: {why}. Only the patterns looked, and they miss most. "
        "Read it for the six topics yourself before you decide."
    )
    result = CheckResult(NOT_CHECKED, "warn", False, says, model=version)
    return ModelFindings(version, False, (_counted(policy, lane, kind, result),))


def missed_text(share: float) -> str:
    """What share of such messages a check misses, in words."""
    of_hundred = round(share * 100)
    if share <= 0:
        return "It missed none of those that it was measured with."
    return f"It misses {of_hundred if of_hundred else 'fewer than 1'} of 100 messages that do, as measured."


def _by_patterns(texts: Sequence[tuple[str, str]], we: str) -> Iterator[Passage]:
    for at, text in texts:
        for one in find_topics(text, we):
            yield Passage(at, one.passage, one.topic, "speaks", "patterns")


def _by_model(texts: Sequence[tuple[str, str]], model: Model) -> Iterator[Passage]:
    for at, text in texts:
        for one in model.classify(text):
            if one.topic in TOPICS:
                yield Passage(at, one.passage, one.topic, one.verdict, "model")


def _results(passages: Sequence[Passage], marked: Collection[str], model: Model) -> Iterator[CheckResult]:
    """One result for each topic that has none yet."""
    for topic, called in TOPICS.items():
        if topic in marked:
            continue
        found = [one for one in passages if one.topic == topic and one.by == "model"]
        if not found:
            says = f"Nothing found that speaks of {called}. {missed_text(model.missed.get(topic, 1.0))}"
            yield CheckResult(f"topic.{topic}", "pass", False, says, model=model.version)
            continue
        sure = [one for one in found if one.verdict == "speaks"]
        yield replace(mark(topic, sure or found, model.version), model=model.version)


def mark(topic: str, found: Sequence[Passage], version: str, by: str = "") -> CheckResult:
    """The warning that these passages of a message speak of a topic, or may: then a person looks. `by` is who says so,
    where it is not our own model."""
    first, called = found[0], TOPICS[topic]
    quoted = "; ".join(
        dict.fromkeys(in_quotes(one.passage) + (f" (at {one.at})" if one.at != first.at else "") for one in found)
    )
    if first.verdict == "speaks":
        says = f"{f'{by} says that it speaks' if by else 'Speaks'} of {called}: {quoted}. {_A_PERSON}"
    else:
        speaks = f"{by} says that it may speak" if by else "May speak"
        says = f"{speaks} of {called}: {quoted}. It is not sure: a person looks."
    return CheckResult(f"topic.{topic}", "warn", False, says, first.at, model=version)


def _other_version(policy: Policy, model: Model) -> CheckResult:
    place = policy.place("topics:version") or "checks.toml"
    says = (
        f"The policy asks for version {policy.checks.topics.version[:12]} of the topics' model ({place}), and this "
        f"installation has {model.version[:12]}, so the model did not look at it. Install that version, or let RevOps "
        "propose the new one; then move the item to the active policy."
    )
    return CheckResult(NOT_CHECKED, "fail", True, says, model=model.version)


def _counted(policy: Policy, lane: Lane, kind: str, result: CheckResult) -> CheckResult:
    return check_rules.apply_rule(policy, lane.key, kind, result)
