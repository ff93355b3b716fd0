"""Labelled examples of the six topics, from what people did with marked messages; and how the model does on a list of
them. Nothing is trained on them here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, select, type_coerce
from sqlalchemy.orm import Session

from reviewqueue.checks.model_check import Model
from reviewqueue.checks.topics import TOPICS, find_topics
from reviewqueue.core.canonical_json import leaves
from reviewqueue.core.errors import DomainError
from reviewqueue.core.vocabulary import CHECK_WRONG, ActKey
from reviewqueue.db.tables.items import Decision, Item, Revision
from reviewqueue.db.tables.model_checks import ModelResult
from reviewqueue.db.tables.seeded_defects import not_seeded
from reviewqueue.measurement.stats import share

_BATCH_SIZE = 500


@dataclass(frozen=True)
class TopicExample:
    """A passage with what people showed of it: that it `speaks` of the topic, or not. `source` is how: an edit that
    took a marked passage out, an override that said that the check was wrong, or an approval that said that it does not
    speak of the topic."""

    topic: str
    text: str
    speaks: bool
    source: ActKey
    item: int
    revision: int
    model: str

    def plain(self) -> dict[str, Any]:
        """As a line of the exported file."""
        return vars(self)


def examples(session: Session) -> Iterator[TopicExample]:
    """Every example there is, oldest first: of each decision on a message with marked passages that says whether they
    speak of their topic. Reads a part at a time."""
    query = (
        select(Decision.id, Decision.action, Decision.reason_code, Decision.passes, Decision.item_id)
        .add_columns(Decision.topics_denied, Revision.number, ModelResult.version, ModelResult.passages)
        .join(Revision, Revision.id == Decision.revision_id)
        .join(ModelResult, ModelResult.revision_id == Revision.id)
        .join(Item, Item.id == Decision.item_id)
        .where(Decision.action.in_(("edit", "override")) | _denies_a_topic(), not_seeded())
        .order_by(Decision.id)
        .limit(_BATCH_SIZE)
    )
    last = 0
    while rows := session.execute(query.where(Decision.id > last)).all():
        last = rows[-1].id
        for row in rows:
            if row.passages and row.action == "edit":
                yield from _from_edit(session, row)
            elif row.passages:
                yield from _from_approval(row) if row.action == "approve" else _from_override(row)


def _denies_a_topic() -> ColumnElement[bool]:
    """Whether a decision says that a marked topic is none; most say nothing, and are not read."""
    return type_coerce(Decision.topics_denied, Text) != "[]"


def _from_approval(row: Any) -> Iterator[TopicExample]:
    """It does not speak of this, said who approved it as it is."""
    for one in row.passages:
        if one["topic"] in row.topics_denied:
            yield _example(row, one, speaks=False)


def _from_override(row: Any) -> Iterator[TopicExample]:
    """It does not speak of this, said who overrode a topic's check as wrong."""
    if row.reason_code != CHECK_WRONG:
        return
    for one in row.passages:
        if f"topic.{one['topic']}" in row.passes:
            yield _example(row, one, speaks=False)


def _from_edit(session: Session, row: Any) -> Iterator[TopicExample]:
    """What a person took out or put in other words, after it was marked."""
    later = select(Revision.draft).where(Revision.item_id == row.item_id, Revision.number == row.number + 1)
    texts = [text for _, text in leaves(session.scalar(later))]
    for one in row.passages:
        if not any(one["passage"] in text for text in texts):
            yield _example(row, one, speaks=True)


def _example(row: Any, passage: Mapping[str, Any], *, speaks: bool) -> TopicExample:
    told = passage["topic"], passage["passage"], speaks, row.action
    model = passage["by"] if passage["by"] == "second opinion" else row.version
    return TopicExample(*told, row.item_id, row.number, model)


def parse(line: Mapping[str, Any], number: int) -> tuple[str, str, bool]:
    """(topic, text, whether it speaks of it) of one line of a file. Raises DomainError naming the line."""
    topic, text, speaks = (line.get(name) for name in ("topic", "text", "speaks"))
    if topic not in TOPICS or not isinstance(text, str) or not isinstance(speaks, bool):
        raise DomainError(
            f"Line {number}: an example has `topic` (one of {', '.join(TOPICS)}), `text`, and `speaks`, true or false. "
            "Correct the line and try again."
        )
    return topic, text, speaks


def replay(model: Model, given: Iterable[tuple[str, str, bool]]) -> list[dict[str, Any]]:
    """How patterns and model together do on these examples, by topic: the share found of those that speak of it, and
    the share marked of those that do not, each with its interval."""
    marked: dict[tuple[str, bool], list[bool]] = {}
    for topic, text, speaks in given:
        topics = {one.topic for one in model.classify(text)} | {one.topic for one in find_topics(text)}
        marked.setdefault((topic, speaks), []).append(topic in topics)
    return [
        {
            "topic": topic,
            "found": share(sum(speaking := marked.get((topic, True), [])), len(speaking)).plain(),
            "marked_wrongly": share(sum(other := marked.get((topic, False), [])), len(other)).plain(),
        }
        for topic in TOPICS
    ]
