"""How often topics are found: `python -m tests.benchmarks.topics FILE…`.

Each file has one message a line: `text`, `topics` that it speaks of, `also` those that may be marked without being
wrong, `like` the topic it only looks like, `lang` and `form`. It prints the digest of the files, and for the patterns,
the model and both together how many messages were marked, with Wilson's intervals at 95 %.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reviewqueue.checks.topics import TOPICS, classifier, find_topics
from reviewqueue.measurement.stats.shares import share

WAYS = ("patterns", "speaks", "speaks or may", "patterns or speaks", "all three")
LANGUAGES = ("en", "de", "fr", "es")


@dataclass(frozen=True)
class Read:
    """A message, and the topics that each way marks in it."""

    row: dict[str, Any]
    marked: dict[str, frozenset[str]]


def read(row: dict[str, Any]) -> Read:
    """Marks one message in every way."""
    patterns = frozenset(one.topic for one in find_topics(row["text"]))
    found = classifier.classify(row["text"])
    says = frozenset(one.topic for one in found if one.verdict == "speaks")
    may = frozenset(one.topic for one in found)
    return Read(row, dict(zip(WAYS, (patterns, says, may, patterns | says, patterns | may), strict=True)))


def told(messages: Sequence[Read], marked: Callable[[Read], bool]) -> str:
    """A share with its interval."""
    if not messages:
        return "–"
    good = sum(map(marked, messages))
    figure = share(good, len(messages))
    return f"{good}/{len(messages)} = {figure.value:.3f} ({figure.low:.3f}–{figure.high:.3f})"


def table(messages: Sequence[Read]) -> Iterable[tuple[str, list[str]]]:
    """Each row: what is counted, and its share by each way."""
    with_topic = [one for one in messages if one.row["topics"]]
    without = [one for one in messages if not one.row["topics"]]
    anything = {way: (lambda one, way=way: bool(one.marked[way])) for way in WAYS}
    right = {way: (lambda one, way=way: not one.marked[way].isdisjoint(one.row["topics"])) for way in WAYS}
    rows = [("any topic found", with_topic, anything), ("the right one", with_topic, right)]
    for form in ("short", "long"):
        rows.append((f"any, {form}", [one for one in with_topic if one.row.get("form") == form], anything))
    rows += [(f"{topic}, the right one", [one for one in with_topic if topic in one.row["topics"]],
              {way: (lambda one, way=way, topic=topic: topic in one.marked[way]) for way in WAYS}) for topic in TOPICS]  # fmt: skip
    alike = [one for one in without if one.row.get("like") in TOPICS]
    plain = [one for one in without if one.row.get("like") not in TOPICS]
    rows += [("look-alikes marked", alike, anything), ("ordinary mail marked", plain, anything)]
    for lang in LANGUAGES:
        mine = [one for one in messages if one.row.get("lang", "en") == lang]
        rows.append((f"{lang}: any topic found", [one for one in mine if one.row["topics"]], anything))
        rows.append((f"{lang}: the right one", [one for one in mine if one.row["topics"]], right))
        rows.append((f"{lang}: harmless marked", [one for one in mine if not one.row["topics"]], anything))
    for name, some, ways in rows:
        yield name, [told(some, ways[way]) for way in WAYS]


def main(paths: Sequence[str]) -> None:
    """Prints the table of all files together."""
    content = [Path(path).read_bytes() for path in paths]
    print("messages", hashlib.sha256(b"".join(content)).hexdigest(), "model", classifier.VERSION)
    rows = [json.loads(line) for one in content for line in one.decode().splitlines() if line.strip()]
    messages = [read(row) for row in rows]
    print("| | " + " | ".join(WAYS) + " |\n|---|" + "---|" * len(WAYS))
    for name, figures in table(messages):
        print(f"| {name} | " + " | ".join(figures) + " |")


if __name__ == "__main__":
    main(sys.argv[1:])
