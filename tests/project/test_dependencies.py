"""Dependencies: what pyproject.toml declares is what is imported, and docs/dependencies.md says what each is for."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from reviewqueue.core.settings import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
# Declared and never imported by name: each with who asks for it.
ASKED_FOR = {
    "tzdata": "zoneinfo, where the system has no time zones of its own",
    "build": "tests/cli/test_installed.py, as a program",
    "hatchling": "build, which finds it in the environment",
    "pip": "tests/cli/test_installed.py, as a program",
    "openapi-python-client": "tests/api/test_openapi.py, as a program of its own",
    "pytest-playwright": "pytest, as a plugin",
    "pytest-timeout": "pytest, as a plugin",
    "pytest-xdist": "pytest, as a plugin",
}
OURS = {"reviewqueue", "tests"}


def declared(requirements: list[str]) -> set[str]:
    """The distributions that requirements name."""
    return {canonicalize_name(Requirement(one).name) for one in requirements}


def imported(*folders: str) -> set[str]:
    """The distributions that the files in these folders import, also inside functions."""
    names = {name for folder in folders for file in (ROOT / folder).rglob("*.py") for name in top_level(file)}
    homes = packages_distributions()
    missing = names - OURS - sys.stdlib_module_names - homes.keys()
    assert not missing, f"not installed here: {sorted(missing)}"
    return {canonicalize_name(homes[name][0]) for name in names - OURS - sys.stdlib_module_names}


def top_level(file: Path) -> Iterator[str]:
    """The first part of each absolute import."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield str(node.module).partition(".")[0]


def test_the_program_imports_what_it_declares_and_nothing_else() -> None:
    used = imported("reviewqueue", "migrations")
    told = declared(PROJECT["dependencies"])
    assert told - used - ASKED_FOR.keys() == set(), "declared, and not imported"
    assert used - told == set(), "imported, and not declared"


def test_the_tests_import_what_they_declare_and_nothing_else() -> None:
    used = imported("tests")
    told = declared(EXTRAS["test"])
    assert told - used - ASKED_FOR.keys() == set(), "declared, and not imported"
    assert used - told - declared(PROJECT["dependencies"]) == set(), "imported, and not declared"


def test_who_asks_for_the_others_is_said_of_those_alone() -> None:
    told = declared([*PROJECT["dependencies"], *EXTRAS["test"], *EXTRAS["postgres"]])
    used = imported("reviewqueue", "migrations", "tests")
    assert ASKED_FOR.keys() - told == set(), "no longer declared"
    assert ASKED_FOR.keys() & used == set(), "imported by name"


def test_what_each_is_for_is_written_down() -> None:
    """The table of docs/dependencies.md has every one of them, and none that has gone."""
    table = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([a-z][^|]*) \|", table, re.MULTILINE)
    told = {name.partition(" (")[0] for row in rows for name in row.split(", ")} - {"package"}
    assert told == declared([*PROJECT["dependencies"], *(one for extra in EXTRAS.values() for one in extra)])


def test_every_requirement_has_an_upper_bound_or_a_reason() -> None:
    """Whatever comes next from others is let in on purpose. Time zones are data, and any newer pip installs a wheel."""
    open_ended = {"tzdata", "pip"}
    every = [
        Requirement(one) for one in [*PROJECT["dependencies"], *(one for extra in EXTRAS.values() for one in extra)]
    ]
    loose = {canonicalize_name(one.name) for one in every if not any(part.operator == "<" for part in one.specifier)}
    assert loose == open_ended


# A command that would fetch a package of our name from a public index: there, the name may be anybody's.
FETCHES = re.compile(r"\b(?:install|add|run|uvx)\b[^\n`&;|]*?[ '\"]reviewqueue(?:\[|[^\w.-]|$)", re.MULTILINE)
TOLD = [
    path
    for folder in (".", ".ci", "docs", "reviewqueue", "templates", "static", "seed_data")
    for path in ((ROOT / folder).glob("*") if folder in (".", ".ci") else (ROOT / folder).rglob("*"))
    if path.is_file() and path.suffix in {".md", ".py", ".html", ".toml", ".js", ""}
]


def test_nothing_sends_people_to_a_package_name_that_is_not_ours() -> None:
    """Every hint installs from the folder that the person has: `pip install '.[postgres]'`."""
    assert len(TOLD) > 400
    sent = {
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in TOLD
        if (found := FETCHES.search(path.read_text(encoding="utf-8")))
    }
    assert not sent


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("pip install reviewqueue", True),
        ("pip install 'reviewqueue[postgres]'", True),
        ("uv tool install reviewqueue", True),
        ("pipx install -q reviewqueue", True),
        ("uvx reviewqueue demo", True),
        ("uv add reviewqueue", True),
        ("pip install '.[postgres]'", False),
        ("uv tool install . && reviewqueue demo", False),
        (".venv/bin/pip install -q -e . && .venv/bin/reviewqueue demo", False),
    ],
)
def test_the_control_of_such_hints(text: str, found: bool) -> None:
    assert bool(FETCHES.search(text)) == found
