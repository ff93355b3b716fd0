"""Reads the labelled messages, splits off the calibration part, and packs sentences into windows."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reviewqueue.checks.topics import TOPICS
from reviewqueue.checks.topics.tokenizer import Tokenizer, language, words
from reviewqueue.evidence.text.words.sentences import sentences

FOLDER = Path(__file__).parent / "data"
NAMES = tuple(TOPICS)
CALIBRATION_SHARE = 6  # one of six messages, by author and topic


@dataclass(frozen=True)
class Message:
    """One labelled message. Topics in `also` may be marked without being wrong, and are left out of the loss."""

    id: str
    author: str
    text: str
    topics: frozenset[str]
    also: frozenset[str]
    like: str
    lang: str
    form: str
    sentence: str = ""


@dataclass
class Group:
    """Sentences with one label: the greatest of their logits is what the label is held against."""

    sentences: list[list[int]]
    labels: list[float]
    counts: list[float]
    lang: str = "en"


@dataclass
class Packed:
    """A window to train on: its pieces, and for each group the spans of its sentences."""

    ids: list[int]
    groups: list[tuple[Group, list[tuple[int, int]]]] = field(default_factory=list)


def glossaries(folder: Path = FOLDER) -> dict[str, dict[str, str]]:
    """For each language the stems that it knows, in English."""
    return {
        path.stem: dict(line.split(" ", 1) for line in path.read_text(encoding="utf-8").splitlines() if " " in line)
        for path in sorted((folder.parent / "glossaries").glob("*.txt"))
    }


def load(folder: Path = FOLDER) -> list[Message]:
    """Every message of the folder's files; the name of a file is its author."""
    found: list[Message] = []
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            found.append(
                Message(
                    row["id"],
                    path.stem,
                    row["text"],
                    frozenset(row["topics"]),
                    frozenset(row.get("also", ())),
                    row.get("like") or "",
                    row.get("lang", "en"),
                    row.get("form", "short"),
                    row.get("sentence") or "",
                )
            )
    return found


def digest(folder: Path = FOLDER) -> str:
    """SHA-256 over the files that weights are trained with."""
    whole = hashlib.sha256()
    for path in sorted([*folder.glob("*.jsonl"), *(folder.parent / "glossaries").glob("*.txt")]):
        whole.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()


def split(messages: Sequence[Message]) -> tuple[list[Message], list[Message]]:
    """What is trained on, and what is only ever calibrated on: every sixth by author, topic, language and form."""
    train: list[Message] = []
    calibration: list[Message] = []
    by_kind: dict[tuple[object, ...], list[Message]] = {}
    for one in messages:
        by_kind.setdefault((one.author, one.lang, one.form, tuple(sorted(one.topics)), one.like), []).append(one)
    for kind, some in sorted(by_kind.items(), key=str):
        ordered = sorted(some, key=lambda one: hashlib.sha256(one.text.encode()).hexdigest())
        first = int(hashlib.sha256(str(kind).encode()).hexdigest(), 16) % CALIBRATION_SHARE
        for at, one in enumerate(ordered):
            (calibration if at % CALIBRATION_SHARE == first else train).append(one)
    return train, calibration


def groups(message: Message, tokenizer: Tokenizer, longest: int = 100) -> list[Group]:
    """The message's sentences with their labels: a short message is one group; in a long one each sentence that is not
    the labelled one is a group without a topic."""
    passages = [one for one in sentences(message.text) if one.strip()]
    lang = language(words(message.text)) or "en"
    cut = [tokenizer.pieces(one, language(words(one)) or lang)[:longest] for one in passages]
    labels = [float(name in message.topics) for name in NAMES]
    counts = [0.0 if name in message.also else 1.0 for name in NAMES]
    pairs = [(passage, ids) for passage, ids in zip(passages, cut, strict=True) if ids]
    if not message.sentence or not message.topics:
        none = [0.0] * len(NAMES)
        if message.form == "long" and not message.topics:
            return [Group([ids], none, counts, lang) for _, ids in pairs]
        return [Group([ids for _, ids in pairs], labels, counts, lang)] if pairs else []
    told = [ids for passage, ids in pairs if _overlap(passage, message.sentence)]
    rest = [Group([ids], [0.0] * len(NAMES), counts, lang) for p, ids in pairs if not _overlap(p, message.sentence)]
    if not told:
        return [Group([ids for _, ids in pairs], labels, counts, lang)]
    return _in_order(pairs, Group(told, labels, counts, lang), rest)


def _in_order(pairs: list[tuple[str, list[int]]], told: Group, rest: list[Group]) -> list[Group]:
    places = {id(ids): at for at, (_, ids) in enumerate(pairs)}
    return sorted([told, *rest], key=lambda group: places[id(group.sentences[0])])


def _overlap(passage: str, sentence: str) -> bool:
    passage, sentence = " ".join(passage.split()), " ".join(sentence.split())
    return passage in sentence or sentence in passage


def packed(
    messages: Sequence[Sequence[Group]], tokenizer: Tokenizer, chance: random.Random, longest: int = 128
) -> Iterator[Packed]:
    """Windows of an epoch: half of the short messages alone, others several together or within an ordinary mail."""
    order = [list(one) for one in messages]
    chance.shuffle(order)
    ordinary = [one for one in order if len(one) > 3 and not any(any(group.labels) for group in one)]
    waiting: list[Group] = []
    want = 1
    for one in order:
        if len(one) > 1:
            yield from _windows(one, tokenizer, longest)
            continue
        if chance.random() < 0.12 and (hosts := [m for m in ordinary if m[0].lang == one[0].lang]):
            host = chance.choice(hosts)
            at = chance.randrange(len(host) + 1)
            yield from _windows([*host[max(0, at - 2) : at], one[0], *host[at : at + 2]], tokenizer, longest)
            continue
        waiting.extend(one)
        if len(waiting) >= want:
            yield from _windows(waiting, tokenizer, longest)
            waiting, want = [], chance.choice((1, 1, 1, 1, 2, 3, 4, 5))
    yield from _windows(waiting, tokenizer, longest)


def _windows(some: Sequence[Group], tokenizer: Tokenizer, longest: int) -> Iterator[Packed]:
    window = Packed([tokenizer.begin])
    for group in some:
        size = sum(len(ids) + 1 for ids in group.sentences)
        if window.groups and len(window.ids) + size > longest:
            yield window
            window = Packed([tokenizer.begin])
        spans = []
        for ids in group.sentences:
            start = len(window.ids)
            window.ids.extend([*ids, tokenizer.end])
            spans.append((start, len(window.ids)))
        window.groups.append((group, spans))
    if window.groups:
        yield window
