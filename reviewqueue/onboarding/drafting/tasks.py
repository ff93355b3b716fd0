"""The facts about the customer's tasks that a message is about: one, or several of the same day, as one list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reviewqueue.connectors.citation_collector import Cited, Fact
from reviewqueue.connectors.schema import text
from reviewqueue.core.canonical_json import resolve_pointer
from reviewqueue.evidence.text.values import dates as text_dates
from reviewqueue.evidence.types import Source

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def task_facts(sources: Mapping[str, Source]) -> dict[str, Fact]:
    """`task_name`, `task_headline`, `task_list`, `task_owner` and `task_due`, of the source `task`. Its payload is the
    task itself, or has several of one day as `tasks`; one that says in `row` where it stands in the plan cites that."""
    source = sources.get("task")
    rows = list(_rows(source.payload, "plan" in sources)) if source else []
    names = [row["name"] for row in rows if "name" in row]
    if not names:
        return {}
    owners = list({row["owner"].says.casefold(): row["owner"] for row in rows if "owner" in row}.values())
    found = {
        "task_name": joined(names),
        "task_headline": _headline(names, asks=any("about" in row for row in rows)),
        "task_list": _as_list(rows),
        "task_owner": joined(owners) if owners else None,
        "task_due": next((row["due"] for row in rows if "due" in row), None),
    }
    return {name: fact for name, fact in found.items() if fact}


def is_question(source: Source | None) -> bool:
    """Whether the source `task` is about what the customer is asked, which anybody of theirs may answer."""
    return source is not None and any("about" in row for row in _rows(source.payload, planned=False))


def joined(facts: Sequence[Fact]) -> Fact:
    """Several facts as one in a sentence: “a”, “a and b”, “a, b and c”."""
    says = [fact.says for fact in facts]
    whole = " and ".join(filter(None, (", ".join(says[:-1]), says[-1]))) if says else ""
    return Fact(whole, tuple(cited for fact in facts for cited in fact.cited))


def number_word(count: int) -> str:
    """A small number as a word: “three”."""
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def _rows(payload: Any, planned: bool) -> Iterator[dict[str, Fact]]:
    """What is known of each task: its `name`, `owner` and `due`, and what it is `about`, each cited."""
    listed = resolve_pointer(payload, "/tasks")
    places = [f"/tasks/{number}" for number, _ in enumerate(listed)] if isinstance(listed, list) else [""]
    for at in places:
        row: dict[str, Fact] = {}
        in_plan = text(resolve_pointer(payload, f"{at}/row")) if planned else ""
        for name in ("name", "owner", "due", "about"):
            words = text(resolve_pointer(payload, f"{at}/{name}"))
            day = text_dates.read(words) if name == "due" else None
            words = text_dates.in_words(day) if day else words
            if words:
                place = ("plan", f"{in_plan}/{name}") if in_plan else ("task", f"{at}/{name}")
                row[name] = Fact(words, (Cited(words, *place),))
        yield row


def _headline(names: Sequence[Fact], asks: bool) -> Fact:
    """The first task and how many more; of what the customer is asked, the question itself, in its own words."""
    if len(names) == 1:
        return names[0]
    more = number_word(len(names) - 1)
    says = f"{names[0].says} (and {more} more)" if asks else f"{names[0].says}, and {more} more"
    return Fact(says, names[0].cited)


def _as_list(rows: Sequence[dict[str, Fact]]) -> Fact:
    """The tasks, one a line, each with its owner; a question stands alone."""
    named = [
        [row[name] for name in ("name", "owner") if name in row and (name == "name" or "about" not in row)]
        for row in rows
        if "name" in row
    ]
    says = "\n".join("- " + ": ".join(fact.says for fact in facts) for facts in named)
    return Fact(says, tuple(cited for facts in named for fact in facts for cited in fact.cited))
