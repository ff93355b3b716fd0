"""The kinds of the log: one list is the vocabulary, the filter of the page and the documentation."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from markupsafe import escape
from sqlalchemy import select

from reviewqueue.audit import events, override_log
from reviewqueue.audit.events import EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.core.vocabulary import ACTS
from reviewqueue.db import database
from reviewqueue.db.database import writing
from reviewqueue.db.tables.log import LogEntry
from tests.audit import event_kinds
from tests.cast import AIKO
from tests.support.databases import Run
from tests.support.seed_world import copied
from tests.world import World

CODE = Path(events.__file__).parents[1]


def test_the_documentation_lists_them() -> None:
    """`python -m tests.audit.event_kinds` writes the list again."""
    text = event_kinds.WRITTEN.read_text(encoding="utf-8")
    assert text == event_kinds.renewed(text)
    assert event_kinds.renewed(text.replace("| `item.stand` |", "| `item.gone` |")) == text, "the control"


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
    """Where an entry is made or looked for, its kind is a member of the list; in SQL too. The control finds both."""
    found = {
        str(file.relative_to(CODE)): spelled(file.read_text(encoding="utf-8")) for file in sorted(CODE.rglob("*.py"))
    }
    assert {name for name, lines in found.items() if lines} == {"audit/events.py"}
    assert spelled('where(LogEntry.act == "plant.seal")\ntext("SELECT 1 WHERE act = \'item.stand\'")') == [1, 2]


def spelled(code: str) -> list[int]:
    """The lines of a Python file where a string is one of the kinds, or has one in quotes."""
    kind = "|".join(re.escape(one) for one in EventType)
    spells = re.compile(rf"^(?:{kind})$|'(?:{kind})'")
    strings = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Constant)]
    return sorted(one.lineno for one in strings if isinstance(one.value, str) and spells.search(one.value))


def writers() -> dict[str, list[str]]:
    """Where the code makes an entry of each kind: member → files. What only reads the log or lists kinds is left out."""
    found: dict[str, list[str]] = {kind.name: [] for kind in EventType}
    for file in sorted(CODE.rglob("*.py")):
        if (
            file.name in ("events.py", "approvals.py", "standing_approval.py", "catch_rate.py")
            or file.parent.name == "web"
        ):
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "EventType" and node.attr in found:
                found[node.attr].append(file.name)
    for act in ACTS:  # a decision's kind is made from its act, in one place
        found[EventType(f"item.{act}").name].append("decisions.py")
    return found


def test_each_kind_has_a_place_that_writes_it() -> None:
    """No kind is listed that nothing writes; the control: one that nothing writes is seen."""
    found = writers()
    assert [name for name, files in found.items() if not files] == []
    assert "BASELINE_RECORD" in found
    assert found["BASELINE_RECORD"] == ["recorded_events.py"], "and it is the place itself that is found"


@pytest.fixture(scope="module")
def lived(run: Run, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database that has the demo's data."""
    return f"sqlite:///{copied(run, tmp_path_factory.mktemp('kinds'))}"


def test_the_demo_writes_only_listed_kinds(lived: str) -> None:
    """Every entry of the demo is one of them, so the filter reaches each: none of its entries is out of reach."""
    engine = database.connect(lived)
    with database.sessions(engine)() as session:
        written = set(session.scalars(select(LogEntry.act).distinct()))
    engine.dispose()
    assert written <= {kind.value for kind in EventType}
    assert {"plant.reveal", "drafting.due", "import.keep", "seed.load", "milestone.reach"} <= written


def test_the_page_narrows_to_each_kind(world: World, client_for: Callable[..., FlaskClient]) -> None:
    """With an entry of every kind in the log: the filter offers each, and by each the page shows that kind alone."""
    with world.session() as session, writing(session):
        override_log.append(session, world.now, *(Event("system:test", kind) for kind in EventType))
    client = client_for(AIKO)
    page = client.get("/log").get_data(as_text=True)
    for kind in EventType:
        assert f'<option value="{kind.value}">{escape(kind.says)}</option>' in page, kind
        narrowed = client.get(f"/log?act={kind.value}").get_data(as_text=True)
        shown = re.findall(r'href="/log/(\d+)"', narrowed)
        assert shown, kind
        assert {entry.act for entry in world.log() if str(entry.position) in shown} == {kind.value}
        last = client.get(f"/log/{shown[0]}").get_data(as_text=True)
        assert escape(kind.says) in last
    alone = client.get("/log?view=automatic").get_data(as_text=True)
    assert len(re.findall(r'href="/log/(\d+)"', alone)) == 1, "what no person decided has a view of its own"
    unknown = client.get("/log?act=item.aprove").get_data(as_text=True)
    assert "is not a kind of entry" in unknown
