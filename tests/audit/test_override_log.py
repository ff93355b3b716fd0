"""The override log: entries in order, chained and sealed; what is done to it afterwards is found, and told where."""

from __future__ import annotations

import json
import random
import threading
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from reviewqueue.audit import merkle, override_log
from reviewqueue.audit.override_log import Event
from reviewqueue.core import canonical_json
from reviewqueue.db.database import writing
from reviewqueue.db.triggers import KEYS
from tests.support import concurrency
from tests.world import World

WORDS = [
    "evidence complete",
    "Größe geprüft ✓",
    "שלום",
    "\u202e turned",
    "line\nbreak",
    "",
    "a\u200bb",
    "💡" * 5,
    "\\u0000 said",
]


def events(dice: random.Random, many: int) -> list[Event]:
    """Entries as verbs write them, of every shape."""
    return [
        Event(
            dice.choice(["person:3", "automation:1", "system:sla"]),
            dice.choice(["item.approve", "item.override", "lease.take", "policy.activate"]),
            dice.choice([None, 1, 2**31]),
            dice.choice([None, 7]),
            dice.choice(["", "mid-market-saas"]),
            dice.choice(["", "handoff-quality"]),
            {"n": dice.randint(-9, 2**40), "list": [dice.choice(WORDS)], "nothing": None, "deep": {"ok": True}},
            {name: dice.choice(WORDS) for name in dice.sample(["text", "reason", "why"], dice.randint(0, 2))},
        )
        for _ in range(many)
    ]


def write(world: World, made: list[Event]) -> int:
    """Append entries in one transaction; returns the last position."""
    with world.session() as session, writing(session):
        return override_log.append(session, world.now, *made)


def unguard(connection: Connection) -> None:
    """Remove the triggers, as the owner of the database can."""
    if connection.dialect.name == "sqlite":
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
        for name in names:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
    else:
        for table in KEYS:
            connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")


def tamper(world: World, *statements: str) -> None:
    """Do something to the database that only its owner can do."""
    with world.owner() as engine, engine.begin() as connection:
        unguard(connection)
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_what_is_appended_is_what_is_read(world: World) -> None:
    """Positions follow each other, the chain holds, and the export says what was said."""
    before = write(world, [])
    made = events(random.Random(1), 20)
    assert write(world, made) == before + 20
    entries = world.log()
    assert [entry.position for entry in entries] == list(range(1, before + 21))
    with world.session() as session:
        lines = [canonical_json.read(line) for line in override_log.export(session)]
    for event, line in zip(made, lines[before:], strict=True):
        body = json.loads(line["body"])
        told = {name: body[name] for name in ("actor", "act", "item", "onboarding", "lane", "gate", "facts")}
        said = (event.actor, event.act, event.item_id, event.onboarding_id, event.lane, event.gate, event.facts)
        assert tuple(told.values()) == said
        assert {name: words["text"] for name, words in line["texts"].items()} == event.texts
        assert merkle.leaf_hash(line["body"].encode()).hex() == line["leaf"]
        assert not any(text in line["body"] for text in event.texts.values() if len(text) > 8), "words are only sealed"


def test_a_thousand_clean_logs_raise_no_alarm(world: World) -> None:
    """Random logs of random length, with whatever words: each is found whole."""
    dice = random.Random(8)
    rounds = 1000 if world.engine.dialect.name == "sqlite" else 100
    with world.owner() as engine, world.session() as session:
        for _ in range(rounds):
            with engine.begin() as connection:
                unguard(connection)
                for statement in ("DELETE FROM log_entries", "DELETE FROM log_texts"):
                    connection.exec_driver_sql(statement)
                empty = sa.text("UPDATE log_head SET size = 0, peaks = '', last = :nothing")
                connection.execute(empty, {"nothing": override_log.NO_PREVIOUS})
            with writing(session):
                override_log.append(session, world.now, *events(dice, dice.randint(0, 12)))
                override_log.append(session, world.now, *events(dice, dice.randint(0, 12)))
            verdict = override_log.verify(session)
            assert verdict.holds, verdict.breaks


REST = "at, actor, act, lane, item_id, body, leaf FROM log_entries WHERE position = 7"
BODY = "body = replace(body, 'person:3', 'person:4')"
# (what was done, how, the position that is named, what is said); the log has twelve entries that matter, 5 to 16.
TAMPERED: list[tuple[str, list[str], int, str]] = [
    ("a body is edited", [f"UPDATE log_entries SET {BODY} WHERE position = 7"], 7, "does not match its hash"),
    ("a column is edited", ["UPDATE log_entries SET act = 'item.reject' WHERE position = 7"], 7, "columns do not say"),
    (
        "a moment is edited",
        ["UPDATE log_entries SET at = '2026-03-01 00:00:00' WHERE position = 7"],
        7,
        "columns do not",
    ),
    ("an item is edited", ["UPDATE log_entries SET item_id = 99 WHERE position = 7"], 7, "columns do not say"),
    ("a body cannot be read", ["UPDATE log_entries SET body = '{' WHERE position = 7"], 7, "cannot be read"),
    ("a body is another thing", ["UPDATE log_entries SET body = '[]' WHERE position = 7"], 7, "cannot be read"),
    (
        "seals are another thing",
        ['UPDATE log_entries SET body = replace(body, \'"sealed":{\', \'"sealed":[1],"more":{\') WHERE position = 7'],
        7,
        "cannot be read",
    ),
    ("an entry is dropped", ["DELETE FROM log_entries WHERE position = 7"], 7, "entries 7 to 7 are missing"),
    (
        "several are dropped",
        ["DELETE FROM log_entries WHERE position BETWEEN 7 AND 9"],
        7,
        "entries 7 to 9 are missing",
    ),
    ("the first is dropped", ["DELETE FROM log_entries WHERE position = 1"], 1, "entries 1 to 1 are missing"),
    ("the last is dropped", ["DELETE FROM log_entries WHERE position = 16"], 15, "the head speaks of 16 entries"),
    ("all are dropped", ["DELETE FROM log_entries"], 0, "the head speaks of 16 entries, the log has 0"),
    (
        "one is dropped and the rest close up",
        [
            "DELETE FROM log_entries WHERE position = 7",
            *[f"UPDATE log_entries SET position = {n - 1} WHERE position = {n}" for n in range(8, 17)],
        ],
        7,
        "does not follow the one before it",
    ),
    (
        "two are swapped",
        [
            "UPDATE log_entries SET position = 99 WHERE position = 7",
            "UPDATE log_entries SET position = 7 WHERE position = 8",
            "UPDATE log_entries SET position = 8 WHERE position = 99",
        ],
        7,
        "does not follow the one before it",
    ),
    (
        "one is put in at the end",
        [f"INSERT INTO log_entries SELECT 17, {REST}"],
        17,
        "does not follow the one before it",
    ),
    (
        "one is put in before the first",
        [f"INSERT INTO log_entries SELECT 0, {REST}"],
        0,
        "there is an entry before the first one",
    ),
    (
        "words are edited",
        ["UPDATE log_texts SET text = 'quite another' WHERE position = 7"],
        7,
        "not the ones that were sealed",
    ),
    (
        "a salt is edited",
        [f"UPDATE log_texts SET salt = '{'ab' * 16}' WHERE position = 7"],
        7,
        "not the ones that were sealed",
    ),
    ("a salt is no salt", ["UPDATE log_texts SET salt = 'zz' WHERE position = 7"], 7, "not the ones that were sealed"),
    ("words are dropped", ["DELETE FROM log_texts WHERE position = 7"], 7, "words sealed as 'text' are gone"),
    (
        "words are put in",
        [f"INSERT INTO log_texts VALUES (7, 'more', '{'ab' * 16}', 'x')"],
        7,
        "words of 'more' are not",
    ),
    (
        "words are put to no entry",
        [f"INSERT INTO log_texts VALUES (99, 'more', '{'ab' * 16}', 'x')"],
        99,
        "belong to no entry",
    ),
    ("the head is shortened", ["UPDATE log_head SET size = 15"], 16, "the head speaks of 15 entries, the log has 16"),
    ("the head's tree is edited", [f"UPDATE log_head SET peaks = '{'ab' * 32}'"], 16, "not the tree of these entries"),
    ("the head's end is edited", [f"UPDATE log_head SET last = '{'ab' * 32}'"], 16, "the head does not end where"),
    ("the head is gone", ["DELETE FROM log_head"], 16, "the head speaks of no entries"),
]


@pytest.mark.parametrize(("what", "statements", "position", "says"), TAMPERED, ids=[one[0] for one in TAMPERED])
def test_tampering_is_found_where_it_is(
    world: World, what: str, statements: list[str], position: int, says: str
) -> None:
    """Whoever owns the database and takes the guards away is found out, each time at the right place."""
    write(world, [Event("person:1", "item.escalate")] * (4 - len(world.log())))
    write(world, [Event("person:3", "item.approve", n, texts={"text": f"looked at number {n}"}) for n in range(5, 17)])
    assert world.verify().holds, "the control: before, it holds"
    tamper(world, *statements)
    verdict = world.verify()
    assert not verdict.holds, what
    assert (verdict.breaks[0].position, says in verdict.breaks[0].says) == (position, True), verdict.breaks


def test_an_edit_with_its_own_hash_breaks_the_chain_after_it(world: World) -> None:
    """Body and leaf changed together: the next entry still names the one that was there."""
    write(world, events(random.Random(3), 12))
    entry = world.log()[6]
    body = entry.body.replace('"at":"2026', '"at":"2025')
    leaf = merkle.leaf_hash(body.encode()).hex()
    with world.owner() as engine, engine.begin() as connection:
        unguard(connection)
        statement = sa.text(
            "UPDATE log_entries SET body = :body, leaf = :leaf, at = '2025-03-02 15:00:00' WHERE position = 7"
        )
        connection.execute(statement, {"body": body, "leaf": leaf})
    found = world.verify()
    assert found.breaks[0].position == 8
    assert "does not follow" in found.breaks[0].says


def test_a_log_rewritten_whole_has_another_root(world: World) -> None:
    """Who recomputes every hash is found by whoever kept the root from before: the verdict says size and root."""
    write(world, events(random.Random(4), 6))
    kept = world.verify()
    bodies, last, tree = [], override_log.NO_PREVIOUS, merkle.Frontier()
    for entry in world.log():
        body = json.loads(entry.body) | {"previous": last}
        body |= {"actor": "person:99"} if entry.position == 3 else {}
        text = canonical_json.write(body)
        leaf = merkle.leaf_hash(text.encode())
        last, tree = leaf.hex(), tree.add(leaf)
        bodies.append({"p": entry.position, "body": text, "leaf": last, "actor": body["actor"]})
    with world.owner() as engine, engine.begin() as connection:
        unguard(connection)
        connection.execute(
            sa.text("UPDATE log_entries SET body = :body, leaf = :leaf, actor = :actor WHERE position = :p"), bodies
        )
        connection.execute(
            sa.text("UPDATE log_head SET peaks = :peaks, last = :last"), {"peaks": tree.text(), "last": last}
        )
    now = world.verify()
    assert now.holds, "from the inside it cannot be seen; that is what a root kept by others is for"
    assert (now.size, now.root == kept.root) == (kept.size, False)


def test_many_writers_make_one_log(world: World) -> None:
    """Twenty threads append at once: no position twice, none left out, and the chain holds."""
    before = len(world.log())

    def append(number: int) -> int:
        return write(world, events(random.Random(number), 3))

    came = concurrency.at_once(20, append)
    assert sorted(came) == list(range(before + 3, before + 61, 3)), came
    assert world.verify().holds


def test_verifying_while_others_write_raises_no_alarm(world: World) -> None:
    """A log that grows while it is read is not a broken one."""
    stop = threading.Event()

    def keep_writing() -> None:
        dice = random.Random(5)
        while not stop.is_set():
            write(world, events(dice, 2))

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        verdicts = [world.verify() for _ in range(40)]
    finally:
        stop.set()
        writer.join(30)
    assert all(verdict.holds for verdict in verdicts), next(one for one in verdicts if not one.holds)
    assert len({verdict.size for verdict in verdicts}) > 1, "the control: it did grow meanwhile"


def test_what_fails_leaves_no_entry(world: World) -> None:
    """The entry is in the transaction it tells of: rolled back together, and the next position is not skipped."""
    size = len(world.log())

    def fail() -> None:
        with world.session() as session, writing(session):
            override_log.append(session, world.now, Event("person:3", "item.approve"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert write(world, [Event("person:3", "item.approve")]) == size + 1
    assert world.verify().holds


@pytest.mark.parametrize("bad", [{"n": 2**53}, {"n": float("nan")}, {"text": "\ud800"}, {"what": object()}])
def test_what_has_no_canonical_form_is_refused(world: World, bad: dict[str, Any]) -> None:
    """An entry two readers could read differently is not written at all."""
    before = world.everything()
    with pytest.raises(canonical_json.NotCanonical):
        write(world, [Event("person:3", "item.approve", facts=bad)])
    assert world.everything() == before


def test_the_same_words_are_sealed_differently(world: World) -> None:
    """A seal does not betray who else said the same: each has its own salt."""
    write(world, [Event("person:3", "item.approve", texts={"text": "fine by me"})] * 2)
    first, second = (json.loads(entry.body)["sealed"]["text"] for entry in world.log()[-2:])
    assert first != second
