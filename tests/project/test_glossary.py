"""docs/glossary.md: forty words at most, and every module, address, word on screen and table in it is there."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from typing import NamedTuple

import pytest
from flask import Flask

from reviewqueue.core.settings import ROOT
from reviewqueue.db.tables import Base
from reviewqueue.web import layout

MOST = 40
NONE = "–"


class Word(NamedTuple):
    """A row: the word, its sentence, and where it lives."""

    word: str
    says: str
    module: str
    screen: str
    address: str
    tables: str


def rows() -> list[Word]:
    """The table, without its head."""
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return [Word(*cells) for cells in lines[1:]]


@pytest.fixture
def engine_name() -> str:
    """Addresses are the same on every engine."""
    return "sqlite"


def packages() -> set[str]:
    """Every package and module at the top, as the contracts order them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    layers = next(one["layers"] for one in contracts["contracts"] if one["type"] == "layers")
    return {name.removeprefix("reviewqueue.") for row in layers for name in row.split(" | ")}


def test_every_package_has_one_word_and_there_are_no_more_than_forty() -> None:
    words = rows()
    assert len(words) <= MOST
    assert len({one.word for one in words}) == len(words)
    named = Counter(one.module.strip("`") for one in words)
    assert {name for name in named if "/" not in name} == packages()
    assert set(named.values()) == {1}, "two words live in one place"


def test_each_is_one_sentence() -> None:
    for one in rows():
        assert 15 <= len(one.says) <= 120, one.word
        assert ". " not in one.says, one.word


def test_every_module_is_there() -> None:
    for one in rows():
        path = ROOT / "reviewqueue" / one.module.strip("`")
        assert path.exists() or path.with_suffix(".py").exists(), one.module


def test_every_table_stands_there_once() -> None:
    named = Counter(table for one in rows() for table in re.findall(r"`([a-z_]+)`", one.tables))
    assert named.keys() == Base.metadata.tables.keys()
    assert set(named.values()) == {1}
    assert all(one.tables == NONE or "`" in one.tables for one in rows())


def test_every_address_is_one_of_ours_and_every_page_of_the_header_has_its_word(app: Flask) -> None:
    rules = {(re.sub(r"<[a-z]+:", "<", rule.rule), rule.endpoint) for rule in app.url_map.iter_rules()}
    named = {one.address.strip("`") for one in rows()} - {NONE}
    assert named <= {address for address, _ in rules}
    offered = {endpoint for endpoint, _, _ in (*layout.NAV, *layout.MORE_NAV)}
    assert offered <= {endpoint for address, endpoint in rules if address in named}


def test_every_word_on_screen_is_on_a_page() -> None:
    files = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "reviewqueue" / "web").rglob("*.py")]
    shown = "\n".join(file.read_text(encoding="utf-8") for file in files)
    for one in rows():
        assert one.screen == NONE or one.screen in shown, one.screen
