"""Actors of the log: their values are in logs for ever, and one class alone writes and reads them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import reviewqueue
from reviewqueue.audit.events import Actor, EventType
from reviewqueue.audit.override_log import Event
from reviewqueue.db.tables.items import Item

PACKAGE = Path(reviewqueue.__file__).parent
WRITTEN = re.compile(r"(person|automation|system):[^\s:]*")

# (what is so, the actor, its value in every log that there is)
VALUES = [
    ("a person by id", Actor.person(7), "person:7"),
    ("an automation by id", Actor.automation(3), "automation:3"),
    ("nobody is none", Actor.person_or_none(None), None),
    ("somebody is a person", Actor.person_or_none(7), "person:7"),
    ("what comes after a decision", Actor.CHAIN, "system:chain"),
    ("the command line", Actor.CLI, "system:cli"),
    ("the policy's exceptions", Actor.EXCEPTIONS, "system:exceptions"),
    ("an import", Actor.IMPORT, "system:import"),
    ("a rule of the policy", Actor.POLICY, "system:policy"),
    ("a customer at their portal", Actor.PORTAL, "system:portal"),
    ("the weekly sample", Actor.QA, "system:qa"),
    ("what sends", Actor.RELEASE, "system:release"),
    ("the demo's data", Actor.SEED, "system:seed"),
    ("seeded defects", Actor.SEEDED_DEFECTS, "system:planting"),
    ("the clock", Actor.SLA, "system:sla"),
    ("auto-send", Actor.STANDING, "system:standing"),
    ("what delivers callbacks", Actor.WORKER, "system:worker"),
]


@pytest.mark.parametrize(("says", "actor", "value"), VALUES, ids=[row[0] for row in VALUES])
def test_each_actor_is_written_as_it_always_was(says: str, actor: str | None, value: str | None) -> None:
    assert actor == value, says


def test_the_table_has_every_part_of_the_system() -> None:
    named = {name: value for name, value in vars(Actor).items() if name.isupper()}
    assert set(named.values()) == {value for _, _, value in VALUES if value and value.startswith("system:")}
    assert len(set(named.values())) == len(named) == 13


# (what is so, what is read, the person's id)
READ = [
    ("a person", "person:7", 7),
    ("an automation is none", "automation:7", None),
    ("nor is a part of the system", "system:sla", None),
    ("nor is nothing", "", None),
]


@pytest.mark.parametrize(("says", "actor", "wanted"), READ, ids=[row[0] for row in READ])
def test_a_person_is_read_from_an_actor(says: str, actor: str, wanted: int | None) -> None:
    assert Actor.person_id(actor) == wanted, says


@pytest.mark.parametrize("actor", ["person:", "person:seven", "person:7@2026-03-02"])
def test_what_only_looks_like_a_person_is_never_taken_for_the_system(actor: str) -> None:
    """The system may do what a person has to be allowed to."""
    with pytest.raises(ValueError, match="invalid literal"):
        Actor.person_id(actor)


def hand_made(source: str) -> Iterator[int]:
    """The lines on which an actor is written out."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and WRITTEN.fullmatch(node.value):
            yield node.lineno


def test_no_actor_is_written_by_hand() -> None:
    found = [
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.name != "events.py"
        for line in hand_made(path.read_text())
    ]
    assert found == [], "Actor makes and reads them"


def test_the_control_an_actor_written_by_hand_is_found() -> None:
    """In each of the ways in which they were written, and not in what only has the words."""
    for source in ('f"person:{7}"', 'f"automation:{7}"', '"system:cli"', 'actor.startswith("person:")'):
        assert list(hand_made(source)) == [1], source
    for source in ('"person: a name"', '"""A person: somebody."""', 'f"{person}:{7}"', '"item.system:x y"'):
        assert list(hand_made(source)) == [], source
    assert list(hand_made((PACKAGE / "audit" / "events.py").read_text()))


def test_an_event_about_an_item_stands_where_the_item_stands() -> None:
    item = Item(id=5, onboarding_id=2, lane="mid-market-saas", gate="handoff-quality")
    facts, texts = {"left": 0}, {"reason": "because"}
    whole = Event(Actor.SLA, EventType.ITEM_OVERDUE, 5, 2, "mid-market-saas", "handoff-quality", facts, texts)
    assert Event.about(item, Actor.SLA, EventType.ITEM_OVERDUE, facts=facts, texts=texts) == whole
    bare = Event(Actor.SLA, EventType.ITEM_OVERDUE, 5, 2, "mid-market-saas", "handoff-quality")
    assert Event.about(item, Actor.SLA, EventType.ITEM_OVERDUE) == bare
