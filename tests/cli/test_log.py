"""`log`: verified whole, exported whole, and a change is found and named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from tests import drafts
from tests.cast import DANA
from tests.cli.conftest import Terminal
from tests.world import World


@pytest.fixture
def decided(world: World) -> World:
    """A world in which something was decided."""
    world.decide(DANA, world.submit(drafts.email()), "approve")
    return world


def test_verify_tells_size_and_root_of_a_log_that_holds(terminal: Terminal, decided: World) -> None:
    answer = terminal("log", "verify", "--json")
    verdict = decided.verify()
    assert answer.json == {"holds": True, "size": verdict.size, "root": verdict.root, "breaks": []}
    assert verdict.size >= 3


def test_verify_names_the_entry_that_was_changed_and_ends_with_1(terminal: Terminal, decided: World) -> None:
    with decided.owner() as engine, engine.begin() as connection:
        for statement in without_guards(engine.dialect.name):
            connection.execute(text(statement))
        connection.execute(text("UPDATE log_entries SET act = 'item.reject' WHERE position = 2"))
    answer = terminal("log", "verify", "--json")
    assert answer.status == 1
    assert answer.json["holds"] is False
    assert [one["position"] for one in answer.json["breaks"]] == [2]
    assert "entry 2" in answer.err


def without_guards(dialect: str) -> list[str]:
    """What an attacker with the owner's rights does first."""
    if dialect == "sqlite":
        return ["DROP TRIGGER log_entries_no_update"]
    return ["ALTER TABLE log_entries DISABLE TRIGGER ALL"]


def test_export_writes_every_entry_once_in_order(terminal: Terminal, decided: World, tmp_path: Path) -> None:
    lines = terminal("log", "export").out.splitlines()
    bodies = [json.loads(json.loads(line)["body"]) for line in lines]
    assert [body["position"] for body in bodies] == list(range(1, decided.verify().size + 1))
    target = tmp_path / "log.jsonl"
    answer = terminal("log", "export", "--out", str(target), "--json")
    assert answer.json == {"entries": len(lines), "file": str(target)}
    assert target.read_text(encoding="utf-8").splitlines() == lines
    assert target.stat().st_mode & 0o077 == 0


def test_export_that_fails_leaves_no_half_file_and_keeps_the_old_one(
    terminal: Terminal, decided: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "log.jsonl"
    target.write_text("the last good one")

    def breaks(session: object) -> object:
        yield '{"body": "{}"}'
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("reviewqueue.audit.override_log.export", breaks)
    answer = terminal("log", "export", "--out", str(target))
    assert answer.status == 1
    assert "No space left" in answer.err
    assert target.read_text() == "the last good one"
    assert os.listdir(tmp_path).count("log.jsonl") == 1
    assert not list(tmp_path.glob(".log*"))


def test_export_into_a_pipe_that_closes_is_quiet(terminal: Terminal, decided: World) -> None:
    command = f"{sys.executable} -m reviewqueue log export | head -c 1 > /dev/null; echo ${{PIPESTATUS[0]}}"
    env = {**os.environ, **terminal.env}
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True, env=env)
    assert "Traceback" not in done.stderr
