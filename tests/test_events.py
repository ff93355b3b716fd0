"""The kinds of the log: one list is the vocabulary, the filter of the page and the documentation."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from reviewqueue import events, override_log
from reviewqueue.database import writing
from reviewqueue.events import EventType
from reviewqueue.override_log import Event
from reviewqueue.records.log import LogEntry
from tests import kinds
from tests.world import World

CODE = Path(events.__file__).parent


def test_the_documentation_lists_them() -> None:
    """`python -m tests.kinds` writes the list anew."""
    text = kinds.WRITTEN.read_text(encoding="utf-8")
    assert text == kinds.renewed(text)
    assert kinds.renewed(text.replace("| `item.stand` |", "| `item.gone` |")) == text, "the control"


def test_each_is_in_one_group_and_has_a_sentence_of_its_own() -> None:
    """Nothing is left out of the filter, and no two of them read alike."""
    listed = [kind for _, found in events.groups() for kind in found]
    assert sorted(listed) == sorted(EventType)
    assert len({kind.says for kind in EventType}) == len(EventType)
    assert all(kind.says[0].isupper() and len(kind.says) > 10 for kind in EventType)


def test_a_kind_that_is_not_listed_is_not_appended(world: World) -> None:
    """A misspelled kind raises, and nothing is written; the control: a listed one is appended."""
    before = world.count(LogEntry)
    with pytest.raises(ValueError, match=r"item\.aprove"), world.session() as session, writing(session):
        override_log.append(session, world.now, Event("person:3", "item.aprove"))  # type: ignore[arg-type]
    assert world.count(LogEntry) == before
    with world.session() as session, writing(session):
        override_log.append(session, world.now, Event("person:3", EventType.ITEM_APPROVE))
    assert world.log()[-1].act == "item.approve"


def test_no_kind_is_spelled_as_a_word_in_the_code() -> None:
    """Where an entry is made, its kind is a member of the list."""
    found = []
    for file in sorted(CODE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("Event", "event", "_event"):
                words = [
                    one.value
                    for one in [*node.args, *(word.value for word in node.keywords)]
                    if isinstance(one, ast.Constant)
                ]
                found += [f"{file.name}:{node.lineno}" for word in words if word in set(map(str, EventType))]
    assert found == []
