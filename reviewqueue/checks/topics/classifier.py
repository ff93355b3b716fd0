"""Which sentences of a text speak of one of the six topics, by a small trained model: no network, no database, and
nothing loaded until the first text is classified."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from reviewqueue.checks.topics.tokenizer import Tokenizer, language, words
from reviewqueue.evidence.text.words.sentences import sentences

Verdict = Literal["speaks", "unsure"]

FOLDER = Path(__file__).parent / "weights"
# Read no more of one text than so many sentences; `unread` says how many that leaves.
MOST_SENTENCES = 1200
# A window holds so many pieces; a passage that is longer is read in parts, each with its own score.
WINDOW, LONGEST_PART = 160, 120
SHORT_PART = 40  # of a passage that is longer: what it says in one place is not lost among the rest
THREADS = "OPENBLAS_NUM_THREADS"
_CARD: dict[str, Any] = json.loads((FOLDER / "topics.json").read_text(encoding="utf-8"))
# The SHA-256 of the weights file, which also holds vocabulary, glossaries and thresholds.
VERSION: str = _CARD["version"]
# Of the messages of the calibration part that speak of a topic, the share in which no sentence was marked with it.
MISSED: dict[str, float] = _CARD["missed"]


@dataclass(frozen=True)
class TopicScore:
    """A sentence that speaks of a topic, or may: `score` is the share of sentences with this output that did, on the
    calibration part."""

    topic: str
    passage: str
    score: float
    verdict: Verdict


def classify(text: str) -> list[TopicScore]:
    """The sentences that speak of a topic or may, in the order of the text, each once for a topic. What is not in the
    list does, as far as the model can tell, not speak of it. Takes about 15 ms a sentence."""
    model = load()
    return [
        TopicScore(topic, passage, model.score(logit), verdict)
        for passage, said in scored(text, model)
        for topic, logit in zip(model.topics, said, strict=True)
        if (verdict := model.verdict(topic, logit))
    ]


def unread(text: str) -> int:
    """How many sentences of a text are beyond what `classify` reads."""
    return max(0, sum(1 for one in sentences(text) if one.strip()) - MOST_SENTENCES)


def scored(text: str, model: Model) -> Iterator[tuple[str, list[int]]]:
    """Each sentence with the model's output for each topic, in thousandths."""
    passages = [one for one in sentences(text) if one.strip()][:MOST_SENTENCES]
    parts = _parts(text, passages, model.tokenizer)
    best: dict[int, list[int]] = {}
    for window in windows([ids for _, ids in parts], model.tokenizer):
        for at, said in zip(window.places, model.logits(window), strict=True):
            place = parts[at][0]
            best[place] = [max(pair) for pair in zip(best[place], said, strict=True)] if place in best else said
    for place, said in sorted(best.items()):
        yield passages[place], said


def _parts(text: str, passages: Sequence[str], tokenizer: Tokenizer) -> list[tuple[int, list[int]]]:
    """The pieces of each passage with its place; a long passage in parts."""
    whole = language(words(text)) or "en"
    found: list[tuple[int, list[int]]] = []
    for place, passage in enumerate(passages):
        ids = tokenizer.pieces(passage, language(words(passage)) or whole)
        size = LONGEST_PART if len(ids) <= LONGEST_PART else SHORT_PART
        found.extend((place, ids[start : start + size]) for start in range(0, len(ids), size))
    return found


@dataclass
class Placed:
    """A window as it is filled: pieces, spans of the sentences, and which part each is."""

    ids: list[int]
    spans: list[tuple[int, int]]
    places: list[int]


def windows(parts: Sequence[Sequence[int]], tokenizer: Tokenizer) -> Iterator[Placed]:
    """Sentences that are read together, in order, as many as fit: each is context for the others."""
    window = Placed([tokenizer.begin], [], [])
    for place, ids in enumerate(parts):
        if window.places and len(window.ids) + len(ids) + 1 > WINDOW:
            yield window
            window = Placed([tokenizer.begin], [], [])
        start = len(window.ids)
        window.ids.extend([*ids, tokenizer.end])
        window.spans.append((start, len(window.ids)))
        window.places.append(place)
    if window.places:
        yield window


class Model:
    """What a weights file holds: tokenizer, encoder and thresholds."""

    def __init__(self, content: bytes) -> None:
        encoder = _encoder()
        header, arrays = encoder.read(content)
        self.tokenizer = Tokenizer(header["vocabulary"], header["glossaries"])
        self.topics: list[str] = header["topics"]
        self._speaks: dict[str, int] = header["speaks"]
        self._unsure: dict[str, int] = header["unsure"]
        self._scores: list[float] = header["scores"]
        self._encoder = encoder.Encoder(header, arrays)

    def logits(self, window: Placed) -> list[list[int]]:
        """For each sentence of a window and each topic, in thousandths."""
        said: list[list[int]] = self._encoder.logits(window.ids, window.spans).tolist()
        return said

    def verdict(self, topic: str, logit: int) -> Verdict | None:
        """What an output means for a topic."""
        if logit >= self._speaks[topic]:
            return "speaks"
        return "unsure" if logit >= self._unsure[topic] else None

    def score(self, logit: int) -> float:
        """The score of an output: the table begins at -8 and has a step for each tenth."""
        return self._scores[min(max((logit + 8000) // 100, 0), len(self._scores) - 1)]


@cache
def load() -> Model:
    """The model of the package, read once; it is refused where the file is not the one that `VERSION` names."""
    content = (FOLDER / "topics.bin").read_bytes()
    if (digest := hashlib.sha256(content).hexdigest()) != VERSION:
        raise RuntimeError(f"the topic weights are {digest}, not {VERSION}: install the package again")
    return Model(content)


def _encoder() -> ModuleType:
    """The encoder's module. NumPy's BLAS reads how many threads it may use when it is imported: one, if nobody said
    otherwise, so that a worker that classifies leaves the other cores to whoever waits."""
    said = os.environ.get(THREADS)
    os.environ.setdefault(THREADS, "1")
    try:
        return import_module("reviewqueue.checks.topics.encoder")
    finally:
        if said is None:
            del os.environ[THREADS]
