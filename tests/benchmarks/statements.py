"""`python -m tests.benchmarks.statements FILE [--list]`: what the statements of labelled drafts are drawn as, per kind and
label, with 95 % Wilson intervals. FILE has worlds: records, and drafts whose sentences say whether they are true.

`{"worlds": [{"name", "language", "sources": [{ref, system, object, id, fetched_at, payload}], "drafts": [{"kind", "zone",
"written_on", "sentences": [{"text", "label": "true|wrong|other|none", "kind", "wrong_part"}]}]}]}`. A world may name
"own_domains": addresses there claim nothing about its customer."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from reviewqueue.core import canonical_json
from reviewqueue.evidence.text.grounding import FoundStatement, GroundedDraft
from reviewqueue.evidence.text.values.moments import Place
from reviewqueue.evidence.types import Source
from reviewqueue.measurement.stats.shares import wilson

PLANTED = ("wrong", "other")


@dataclass(frozen=True)
class Judged:
    """One labelled sentence, the draft it stands in, and how it is drawn: "found" where something in it is marked,
    "supported" where its wrong part is drawn as supported, else "silent"."""

    draft: int
    label: str
    kind: str
    text: str
    drawn: str
    marks: tuple[str, ...]


def judged(worlds: list[dict[str, Any]]) -> Iterator[Judged]:
    """Every sentence of every draft."""
    number = 0
    for world in worlds:
        sources = {one["ref"]: _source(one) for one in world["sources"]}
        for draft in world["drafts"]:
            number += 1
            yield from _of_draft(number, draft, sources, world.get("own_domains", ()))


def _place(draft: dict[str, Any]) -> Place:
    """Where and on which day a draft is read, as its lane's calendar says it."""
    day = draft.get("written_on")
    return Place(draft.get("zone") or "UTC", date.fromisoformat(day[:10]) if day else None)


def _source(one: dict[str, Any]) -> Source:
    fetched = datetime.fromisoformat(one["fetched_at"]) if one.get("fetched_at") else None
    payload = canonical_json.read(json.dumps(one["payload"]))
    return Source(one["system"], one["object"], str(one["id"]), payload, fetched)


def _of_draft(number: int, draft: dict[str, Any], sources: dict[str, Source], own: Collection[str]) -> Iterator[Judged]:
    sentences = draft["sentences"]
    body = " ".join(one["text"] for one in sentences)
    found = GroundedDraft({"body": body}, sources, (), own, _place(draft)).statements
    start = 0
    for one in sentences:
        end = start + len(one["text"])
        inside = [told for told in found if told.entity.start < end and told.entity.end > start]
        marks = [told for told in inside if told.status != "supported"]
        wrong = (one.get("wrong_part") or "").strip()
        at = body.find(wrong, start, end) if wrong else -1
        drawn = "found" if marks else "supported" if _drawn_as_supported(inside, at, wrong) else "silent"
        says = tuple(f"{told.quote} [{told.status}]" for told in inside)
        yield Judged(number, one["label"], one["kind"], one["text"], drawn, says)
        start = end + 1


def _drawn_as_supported(inside: list[FoundStatement], at: int, wrong: str) -> bool:
    """Whether a supported statement covers some of the wrong part; of a sentence without one, stands anywhere in it."""
    if at < 0:
        return bool(inside)
    return any(told.entity.start < at + len(wrong) and told.entity.end > at for told in inside)


def _share(some: int, of: int) -> str:
    low, high = wilson(some / of, of) if of else (0.0, 1.0)
    return f"{some:4} of {of:4}  {some / of if of else 0:.3f} [{low:.3f} {high:.3f}]"


def report(made: list[Judged]) -> None:
    """Print it: planted errors by kind, what is true by kind, and false marks in each draft without an error."""
    rows: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for one in made:
        for kind in (one.kind, "ALL"):
            rows[one.label, kind][one.drawn] += 1
    for (label, kind), drawn in sorted(rows.items(), key=lambda row: (row[0][0], row[0][1] == "ALL", row[0][1])):
        of = drawn.total()
        told = "marked"
        print(f"{label:6}{kind:24}{told} {_share(drawn['found'], of)}  silent {drawn['silent']:3}  "
              f"drawn as supported {drawn['supported']:3}")  # fmt: skip
    planted = [one for one in made if one.label in PLANTED]
    print(f"planted found {_share(sum(one.drawn == 'found' for one in planted), len(planted))}, "
          f"drawn as supported {sum(one.drawn == 'supported' for one in planted)}")  # fmt: skip
    with_errors = {one.draft for one in planted}
    clean = {one.draft for one in made} - with_errors
    marks = Counter(one.draft for one in made if one.draft in clean for told in one.marks if "[supported]" not in told)
    some = sum(1 for draft in clean if marks[draft])
    print(f"clean drafts {len(clean)}: false marks each {marks.total() / len(clean) if clean else 0:.2f}; "
          f"with any {_share(some, len(clean))}")  # fmt: skip


def main(arguments: list[str]) -> None:
    """Read the file, print the report, and with `--list` each sentence that is drawn wrongly."""
    worlds = json.loads(Path(arguments[0]).read_text())["worlds"]
    began = time.perf_counter()
    made = list(judged(worlds))
    took = time.perf_counter() - began
    report(made)
    print(f"{len(made)} sentences in {took:.2f} s")
    for one in made if "--list" in arguments else ():
        if (one.label in PLANTED) != (one.drawn == "found"):
            print(f"{one.drawn:10}{one.label:6}{one.kind:18}{one.text}  {'; '.join(one.marks)}")


if __name__ == "__main__":
    main(sys.argv[1:])
