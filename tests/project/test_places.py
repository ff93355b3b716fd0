"""Where a test stands: in the folder of the package it tests, so that whoever changes a module finds its tests."""

from __future__ import annotations

from pathlib import Path

from reviewqueue.core.settings import ROOT

TESTS, PACKAGE = ROOT / "tests", ROOT / "reviewqueue"
# What cuts across the packages: folder → what it is.
ACROSS = {
    "rules": "the fifteen rules of docs/trust.md",
    "stories": "from the real input to the last effect",
    "browser": "pages as Chromium shows them",
    "project": "the repository itself: layers, documentation, dependencies",
    "support": "what the tests of several folders share",
    "benchmarks": "figures, run by hand",
}


def strays(tests: Path) -> list[str]:
    """Folders with tests that are no package of ours, and test files at the top that are no module of ours."""
    files = [path.relative_to(tests) for path in tests.rglob("*.py")]
    folders = {path.parent for path in files if path.parent.parts and path.parent.parts[0] not in ACROSS}
    tops = {path for path in files if len(path.parts) == 1 and path.name.startswith("test_")}
    return sorted(
        [str(folder) for folder in folders if not (PACKAGE / folder / "__init__.py").exists()]
        + [path.name for path in tops if not (PACKAGE / path.name.removeprefix("test_")).exists()]
    )


def test_every_test_stands_where_its_module_is() -> None:
    assert strays(TESTS) == []


def test_what_cuts_across_is_no_package_and_is_there() -> None:
    assert {name for name in ACROSS if not (TESTS / name).is_dir() or (PACKAGE / name).exists()} == set()


def test_one_that_stands_elsewhere_would_be_found(tmp_path: Path) -> None:
    """The control: a folder under an old name, a folder too deep, a file at the top."""
    for name in ("drafting/test_a.py", "items/sla/test_b.py", "test_sla.py", "items/test_sla.py", "rules/test_c.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert strays(tmp_path) == ["drafting", "items/sla", "test_sla.py"]
