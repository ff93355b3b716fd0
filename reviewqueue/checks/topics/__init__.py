"""The six topics that no message may raise without a person, found in sentences by rules for each language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reviewqueue.checks.topics import english, english_terms, french, german, spanish
from reviewqueue.core.patterns import as_pattern
from reviewqueue.evidence.text.words.sentences import plain, sentences

# What people call each topic.
TOPICS = {
    "go-live-date": "a changed go-live date",
    "scope": "a change of scope",
    "escalation": "an executive escalation",
    "commercial": "a commercial commitment",
    "renewal": "a renewal, refund or downgrade",
    "blame": "blame on the customer",
}

RULES = (*english.RULES, *english_terms.RULES, *german.RULES, *french.RULES, *spanish.RULES)
_WORD = as_pattern(r"\w+")
# What follows our name where it promises something, in the words of the rules.
_PROMISES = r"(?:(?:can|will|hereby|do) )?(?:guarantee|promise|commit to|warrant|undertake)\b"
_SHORT = (
    (as_pattern(r"\bcan't\b|\bcannot\b"), "can not"),
    (as_pattern(r"\bwon't\b"), "will not"),
    (as_pattern(r"(?<=[a-z])n't\b"), " not"),
    (as_pattern(r"(?<=[a-z])'ll\b"), " will"),
    (as_pattern(r"(?<=[a-z])'ve\b"), " have"),
    (as_pattern(r"(?<=[a-z])'re\b"), " are"),
)


@dataclass(frozen=True)
class TopicMatch:
    """A sentence that is about a topic."""

    topic: str
    passage: str
    sure: str


def find_topics(text: str, we: str = "", limit: int = 5) -> Iterator[TopicMatch]:
    """Each sentence once for every topic it is about, at most `limit` of them for a topic. `we` is what we are called:
    what our organisation promises is promised by us."""
    whole = _read(text, we)
    words = beginnings(whole)
    rules = [rule for rule in RULES if not rule.begins.isdisjoint(words) and rule.may_stand_in(whole)]
    if not rules:
        return
    count = dict.fromkeys(TOPICS, 0)
    for passage in sentences(text):
        read = _read(passage, we)
        seen: set[str] = set()
        for rule in rules:
            if rule.topic in seen or count[rule.topic] >= limit:
                continue
            if rule.stands_in(read):
                seen.add(rule.topic)
                count[rule.topic] += 1
                yield TopicMatch(rule.topic, passage, rule.sure)


def beginnings(read: str) -> set[str]:
    """The first four letters of every word."""
    return {word[:4] for word in _WORD.findall(read)}


def _read(text: str, we: str = "") -> str:
    """Plain text with English short forms written out, and our name before a promise read as “we”."""
    text = plain(text)
    if "'" in text or "cannot" in text:
        for short, long in _SHORT:
            text = short.sub(long, text)
    if we and (name := plain(we)) in text:
        text = re.sub(rf"(?<!\w){re.escape(name)}(?= {_PROMISES})", "we", text)
    return text
