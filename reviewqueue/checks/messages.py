"""Checks what a message to a customer says: the six topics that never go out without a person, the next step, and gaps
that a template left."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from reviewqueue.checks import placeholders, topics
from reviewqueue.checks.next_step import LACKS, is_known_language, next_step
from reviewqueue.core.canonical_json import leaves
from reviewqueue.core.mime import invitation
from reviewqueue.core.mime.message import address_field
from reviewqueue.core.vocabulary import TO_CUSTOMERS
from reviewqueue.evidence.text.words.sentences import in_quotes
from reviewqueue.evidence.types import CheckResult

ADDRESSES = ("to", "cc", "bcc", "replyto", "from", "headers")
MAX_RESULTS = 10
# `message.invitation` fails where one of these is anything else than a day, a zone, a number or a word.
_NO_PROSE = frozenset(f"/{invitation.FIELD}/{part}" for part in ("meeting", "starts", "timezone", "minutes"))


def check(kind: str, draft: Any, our_name: str = "") -> list[CheckResult]:
    """What a message to a customer says: `topic.*` warn, one for each of the six that the patterns find (whether the
    others are spoken of, the model says, `topics/model_check.py`); `message.next-step` and `message.placeholder` fail.
    `our_name` is what we are called."""
    if kind not in TO_CUSTOMERS or not isinstance(draft, dict):
        return []
    texts = texts_of(draft)
    return [*_topics(texts, our_name), *_gaps(texts), *_next_step(draft)]


def texts_of(draft: dict[str, Any]) -> list[tuple[str, str]]:
    """(pointer, text) of every text of a message, except addresses and what of an invitation is no prose."""
    found = ((at, text) for at, text in leaves(draft) if at not in _NO_PROSE)
    return [(at, text) for at, text in found if address_field(at.split("/")[1]) not in ADDRESSES]


def _topics(texts: list[tuple[str, str]], we: str) -> Iterator[CheckResult]:
    """One result for each of the six that is found, at the first place that speaks of it."""
    said: dict[str, list[tuple[str, topics.TopicMatch]]] = {}
    for at, text in texts:
        for one in topics.find_topics(text, we):
            said.setdefault(one.topic, []).append((at, one))
    for topic, called in topics.TOPICS.items():
        if topic not in said:
            continue
        first = said[topic][0][0]
        passages = "; ".join(
            in_quotes(one.passage) + (f" (at {at})" if at != first else "") for at, one in said[topic][:MAX_RESULTS]
        )
        says = f"Speaks of {called}: {passages}. A person decides on every such message."
        yield CheckResult(f"topic.{topic}", "warn", False, says, first, max(one.sure for _, one in said[topic]))


def _gaps(texts: list[tuple[str, str]]) -> Iterator[CheckResult]:
    for at, text in texts:
        for gap in islice(placeholders.find_placeholders(text), MAX_RESULTS):
            says = f"{in_quotes(gap)} was never filled in. Write what belongs there, or remove the sentence."
            yield CheckResult("message.placeholder", "fail", True, says, at)


def _next_step(draft: dict[str, Any]) -> Iterator[CheckResult]:
    key, at, body = "message.next-step", "/body", draft.get("body")
    if not isinstance(body, str) or not body.strip():
        return
    step = next_step(body)
    if not step.lacks:
        yield CheckResult(
            key, "pass", True, f"The next step, its owner and its date: {in_quotes(step.passage)}.", at, "0.9"
        )
        return
    if not is_known_language(body):
        says = "The next step cannot be found in a text of this language. See that it says who does what by when."
        yield CheckResult(key, "warn", False, says, at, "0.5")
        return
    missing = " and ".join(LACKS[name] for name in step.lacks[:1] if name == "step") or " nor ".join(
        LACKS[name] for name in step.lacks
    )
    where = f" {in_quotes(step.passage)} comes nearest." if step.passage else ""
    says = f"The message does not say {missing}.{where} Say the next step with its owner and its date."
    yield CheckResult(key, "fail", True, says, at, "0.9")
